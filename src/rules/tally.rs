//! What the pairs of a day add up to, and what was answered of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::business_day::BusinessDate;
use crate::ledger_data::Totals;
use crate::money::Currency;
use crate::order::Stream;
use crate::reading::{Pair, Reading, Source};
use crate::rules::Overflow;
use crate::rules::judge::{DatedMoney, FeeStanding, Judgement};
use crate::rules::verdict::Proof;
use crate::status::ProviderStatus;

/// What the pairs add up to.
#[derive(Debug, Default)]
pub struct Tally {
    /// The sums of both sides, by stream and currency.
    pub totals: BTreeMap<(Stream, Currency), Totals>,
    /// What was answered, by account.
    pub proofs: BTreeMap<String, Proof>,
    /// Pairs that were judged.
    pub judged: u64,
    /// Discrepancies that were raised, changed, closed or reopened.
    pub changed: u64,
}

impl Tally {
    /// What the provider cannot be asked says nothing about how well it answers.
    fn add(
        &mut self,
        stream: &Stream,
        currency: Currency,
        part: &Totals,
        not_offered: bool,
    ) -> Result<(), Overflow> {
        let sum = self.totals.entry((stream.clone(), currency)).or_default();
        *sum = sum.plus(part).ok_or_else(|| Overflow { account: stream.account.clone() })?;
        if not_offered {
            return Ok(());
        }
        let proof = self.proofs.entry(stream.account.clone()).or_default();
        proof.items = proof.items.saturating_add(part.merchant_count.max(part.provider_count));
        proof.silent = proof.silent.saturating_add(part.status_only_count);
        Ok(())
    }

    /// There is something of the account to be asked about.
    fn saw(&mut self, account: &str) {
        self.proofs.entry(account.to_owned()).or_default().seen = true;
    }

    /// Whether the provider has given a trustworthy answer; a callback is none.
    fn answered(&mut self, account: &str, answered: bool) {
        if answered {
            self.proofs.entry(account.to_owned()).or_default().answered = true;
        }
    }

    /// Adds what the scan found to agree plainly.
    ///
    /// # Errors
    ///
    /// [`Overflow`].
    pub fn agreed(
        &mut self,
        stream: &Stream,
        currency: Currency,
        totals: &Totals,
    ) -> Result<(), Overflow> {
        self.add(stream, currency, totals, false)?;
        self.saw(&stream.account);
        self.answered(&stream.account, totals.provider_count > 0);
        Ok(())
    }

    /// Adds a pair that was judged.
    ///
    /// # Errors
    ///
    /// [`Overflow`].
    pub fn count(
        &mut self,
        pair: &Pair,
        judgement: &Judgement,
        date: BusinessDate,
    ) -> Result<(), Overflow> {
        let Stream { account, .. } = &pair.key.stream;
        let ordered = pair.orders.iter().map(|order| order.business_date);
        let read = pair.readings.iter().map(|reading| reading.business_date);
        let days: BTreeSet<BusinessDate> = ordered.chain(read).collect();
        // What an earlier night left behind proves nothing of this one, and makes no line of its summary,
        // which would be gone when the night is run again.
        let is_own = days.contains(&date);
        // A date that is run again is not the worse for what later dates still wait for.
        let is_later = days.first().is_some_and(|first| *first > date);
        for currency in currencies(pair, judgement) {
            let part = of_currency(judgement, currency, date);
            let part = part.ok_or_else(|| Overflow { account: account.clone() })?;
            if is_own || part != Totals::default() {
                self.add(&pair.key.stream, currency, &part, judgement.not_offered)?;
            }
        }
        self.judged = self.judged.saturating_add(1);
        if judgement.not_offered {
            return Ok(());
        }
        self.saw(account);
        let is_answer = |r: &Reading| {
            r.facts.status != ProviderStatus::Unproved && r.source != Source::Notification
        };
        self.answered(account, is_own && pair.readings.iter().any(is_answer));
        let proof = self.proofs.entry(account.clone()).or_default();
        let is_unproved = judgement.unproved && !is_later;
        proof.unproved = proof.unproved.saturating_add(i64::from(is_unproved));
        let is_stated = is_own && judgement.rests_on_statement;
        proof.stated = proof.stated.saturating_add(i64::from(is_stated));
        let is_unjudged = is_own && judgement.fee == FeeStanding::RuleUnknown;
        proof.fees_unjudged = proof.fees_unjudged.saturating_add(i64::from(is_unjudged));
        proof.items = proof.items.saturating_add(i64::from(is_own));
        Ok(())
    }
}

/// The currencies that a pair has money of; where it has none, that of what it speaks of.
fn currencies(pair: &Pair, judgement: &Judgement) -> BTreeSet<Currency> {
    let money = judgement.merchant.iter().chain(&judgement.provider);
    let mut all: BTreeSet<Currency> = money.map(|it| it.money.currency).collect();
    if all.is_empty() {
        let booked = pair.orders.first().map(|order| order.amount);
        let stated = || pair.readings.iter().find_map(|reading| reading.facts.amount);
        all.insert(booked.or_else(stated).map(|money| money.currency).unwrap_or_default());
    }
    all
}

/// What a pair has of one currency under a date, each side by its own; `None` when a sum does not fit.
fn of_currency(judgement: &Judgement, currency: Currency, date: BusinessDate) -> Option<Totals> {
    let is_counted = |it: &&DatedMoney| it.date == date && it.money.currency == currency;
    let merchant = judgement.merchant.iter().filter(is_counted).map(|it| Totals {
        merchant_count: 1,
        merchant_minor: it.money.minor,
        ..Totals::default()
    });
    let provider = judgement.provider.iter().filter(is_counted).map(|it| Totals {
        provider_count: 1,
        provider_minor: it.money.minor,
        status_only_count: i64::from(it.assumed),
        ..Totals::default()
    });
    merchant.chain(provider).try_fold(Totals::default(), |sum, part| sum.plus(&part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDay;
    use crate::rules::judge::{Rules, judge};
    use crate::rules::testing::{day, pair};

    /// An order that nobody answers for: which dates are the worse for it.
    #[test]
    fn what_a_later_date_waits_for_leaves_an_earlier_one_as_it_was() {
        let rules = Rules {
            business_day: BusinessDay::BEIJING,
            tolerance_minor: 0,
            timing_window_seconds: 24 * 3600,
            fees: &[],
            listed: false,
            offered: true,
            by_bill: None,
            asked_since: None,
        };
        let waiting = pair("succeeded 100 paid=21_10:00 |");
        let judgement = judge(&waiting, &rules);
        assert!(judgement.unproved);
        for (date, unproved, items) in [("20", 0, 0), ("21", 1, 1), ("22", 1, 0)] {
            let mut tally = Tally::default();
            tally.count(&waiting, &judgement, day(date)).expect("small sums");
            let proof = tally.proofs["m"];
            assert_eq!((proof.unproved, proof.items > 0), (unproved, items > 0), "{date}");
        }
    }
}

//! Which line of the bank's statement each payout of a platform is. Pure.
//!
//! A settlement number that the bank repeats is certain, whatever the amount. Else a payout and a line are
//! the same money where payer, currency and amount are, within the days that a transfer takes; of several
//! that cannot be told apart their number is compared and no single one is claimed. Sums are only made
//! where the platform itself states what belongs together: a settlement number, a settlement date.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Weekday};
use serde::{Deserialize, Serialize};

use crate::business_day::BusinessDate;
use crate::config::BankLink;
use crate::config::calendar::Calendar;
use crate::money::{Currency, Money};
use crate::status::coded;

/// A settlement number with fewer characters may stand in a bank's text by chance.
const REFERENCE_CHARS_MIN: usize = 6;

/// Days within which a payout that the bank returned comes back.
const RETURN_DAYS: i64 = 10;

/// What a platform says it paid to the merchant's bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// The platform's account.
    pub account: String,
    /// Under which number of the account it is kept.
    pub number: String,
    /// The business date on which it was paid.
    pub paid_on: BusinessDate,
    /// The settlement date.
    pub settled_on: Option<BusinessDate>,
    /// The product; empty where it is for all of them together.
    pub product: String,
    /// The number by which the bank may name it; empty where the platform gives none.
    pub reference: String,
    /// How much; negative where the platform took money back.
    pub money: Money,
}

/// A line of the bank's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLine {
    /// The business date on which the bank booked it.
    pub booked_on: BusinessDate,
    /// The other party, as the bank names it.
    pub party: String,
    /// Everything else that the bank says of it.
    pub text: String,
    /// The bank's own number of it; empty where it has none.
    pub reference: String,
    /// How much; negative where money went out.
    pub money: Money,
}

coded! {
    /// How payouts and lines were found to be the same money.
    Proof {
        /// The bank names the settlement number.
        Reference = 1, "reference";
        /// Payer and amount, and no other payout or line has these.
        Amount = 2, "amount";
        /// Payer and amount, which others have too: as many lines as payouts came, and no single one is
        /// claimed.
        AmountOfSeveral = 3, "amount_of_several";
        /// Payer, and the sum of all payouts of a settlement date.
        SettlementDate = 4, "settlement_date";
        /// Nothing stays at the bank: it came back.
        Returned = 5, "returned";
    }
}

coded! {
    /// Where the money of a settlement is, by the bank's statement.
    BankState {
        /// It may still arrive.
        Expected = 1, "expected";
        /// It arrived.
        Received = 2, "received";
        /// As many payouts of this amount arrived as were made; which is which is not said.
        ReceivedOfSeveral = 3, "received_of_several";
        /// It did not arrive, or another amount did.
        Mismatch = 4, "mismatch";
        /// The bank's statement is not whole for the days on which it could arrive.
        Unproved = 5, "unproved";
        /// It went back to the platform.
        Returned = 6, "returned";
    }
}

/// What the bank's statement says of a settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankReceipt {
    /// The bank account.
    pub account: String,
    /// Where the money is.
    pub state: BankState,
    /// The dates of the bank's lines.
    pub dates: BTreeSet<BusinessDate>,
    /// Their sum in the smallest unit; `None` where there are none, or where they pay for other settlements
    /// too.
    pub received_minor: Option<i64>,
    /// Their numbers at the bank.
    pub references: BTreeSet<String>,
}

/// Payouts and lines that are the same money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'a> {
    /// The payouts.
    pub payouts: Vec<&'a Payout>,
    /// The lines.
    pub lines: Vec<&'a BankLine>,
    /// What shows it.
    pub proof: Proof,
}

/// A payout of which no line is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpaid<'a> {
    /// The payout.
    pub payout: &'a Payout,
    /// Accounts with a payout of the same amount that did arrive and may be the one that did not.
    pub rivals: Vec<&'a str>,
}

/// What the two sides come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairing<'a> {
    /// What is on both sides.
    pub matches: Vec<Match<'a>>,
    /// What only the platform says.
    pub unpaid: Vec<Unpaid<'a>>,
    /// Money that only the bank says came from one of the payers.
    pub unstated: Vec<&'a BankLine>,
}

/// What payouts and lines are paired by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The link of each account to the bank account.
    pub links: &'a BTreeMap<String, BankLink>,
    /// Legal workdays; without them Monday to Friday.
    pub calendar: Option<&'a Calendar>,
}

impl Terms<'_> {
    /// The last date on which a payout of a date arrives.
    pub fn arrives_by(&self, account: &str, paid_on: BusinessDate) -> BusinessDate {
        let days = self.links.get(account).map_or(0, |link| link.within_days);
        (0..days).fold(paid_on, |day, _| self.next_workday(day))
    }

    fn next_workday(&self, date: BusinessDate) -> BusinessDate {
        const HOLIDAYS_MAX: usize = 20;
        let next = |day: &BusinessDate| Some(day.plus_days(1));
        let mut days = std::iter::successors(Some(date.plus_days(1)), next).take(HOLIDAYS_MAX);
        days.find(|day| self.is_workday(*day)).unwrap_or_else(|| date.plus_days(1))
    }

    fn is_workday(&self, day: BusinessDate) -> bool {
        let is_weekday = !matches!(day.date().weekday(), Weekday::Sat | Weekday::Sun);
        self.calendar.and_then(|calendar| calendar.is_workday(day.date())).unwrap_or(is_weekday)
    }

    /// The accounts whose platform a line's party is.
    pub fn accounts_of<'t>(&'t self, line: &'t BankLine) -> impl Iterator<Item = &'t str> {
        let party = plain(&line.party);
        let is_it = move |payer: &String| party.contains(&plain(payer));
        self.links
            .iter()
            .filter(move |(_, link)| link.payers.iter().any(&is_it))
            .map(|(account, _)| account.as_str())
    }

    fn may_be(&self, payout: &Payout, line: &BankLine) -> bool {
        // What goes back to a platform names it no more reliably than what comes names the payer.
        let is_payer = payout.money.minor < 0
            || self.accounts_of(line).any(|account| account == payout.account);
        is_payer
            && payout.money == line.money
            && payout.paid_on <= line.booked_on
            && line.booked_on <= self.arrives_by(&payout.account, payout.paid_on)
    }
}

/// A name without what banks write differently: blanks, and full-width brackets.
fn plain(name: &str) -> String {
    let half = |c: char| match c {
        '（' => '(',
        '）' => ')',
        c => c,
    };
    name.chars().filter(|c| !c.is_whitespace()).map(half).collect()
}

/// Pairs payouts with the lines of the bank account that they go to.
pub fn pair<'a>(payouts: &'a [Payout], lines: &'a [BankLine], terms: &Terms<'_>) -> Pairing<'a> {
    let (mut payouts, mut lines): (Vec<_>, Vec<_>) =
        (payouts.iter().collect(), lines.iter().collect());
    payouts.sort_by_key(|it| (terms.arrives_by(&it.account, it.paid_on), it.paid_on));
    lines.sort_by_key(|it| it.booked_on);
    let mut open = Open { payouts, lines, terms, matches: Vec::new() };
    open.by_reference();
    let rest = (open.payouts.clone(), open.lines.clone());
    open.by_amount();
    open.by_settlement_date();
    open.returned();
    let Open { payouts, mut lines, matches, .. } = open;
    lines.retain(|line| line.money.minor > 0 && terms.accounts_of(line).next().is_some());
    let unpaid = payouts
        .into_iter()
        .map(|payout| Unpaid { payout, rivals: rivals(payout, &rest, terms) })
        .collect();
    Pairing { matches, unpaid, unstated: lines }
}

/// Other accounts with a payout that one of a payout's lines may be too.
fn rivals<'a>(
    payout: &Payout,
    (payouts, lines): &(Vec<&'a Payout>, Vec<&'a BankLine>),
    terms: &Terms<'_>,
) -> Vec<&'a str> {
    let fits: Vec<_> = lines.iter().filter(|line| terms.may_be(payout, line)).collect();
    let is_rival = |other: &&&'a Payout| {
        other.account != payout.account && fits.iter().any(|line| terms.may_be(other, line))
    };
    let mut accounts: Vec<&'a str> =
        payouts.iter().filter(is_rival).map(|it| it.account.as_str()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

/// What is not paired yet.
struct Open<'a, 't> {
    payouts: Vec<&'a Payout>,
    lines: Vec<&'a BankLine>,
    terms: &'t Terms<'t>,
    matches: Vec<Match<'a>>,
}

impl<'a> Open<'a, '_> {
    fn found(&mut self, found: Match<'a>) {
        self.payouts.retain(|it| !found.payouts.iter().any(|other| std::ptr::eq(*it, *other)));
        self.lines.retain(|it| !found.lines.iter().any(|other| std::ptr::eq(*it, *other)));
        self.matches.push(found);
    }

    fn by_reference(&mut self) {
        let mut batches: BTreeMap<(&'a str, Currency), Vec<&'a Payout>> = BTreeMap::new();
        for payout in &self.payouts {
            if payout.reference.chars().count() >= REFERENCE_CHARS_MIN {
                let key = (payout.reference.as_str(), payout.money.currency);
                batches.entry(key).or_default().push(payout);
            }
        }
        // A line that names two numbers makes one match of both.
        let mut found: Vec<(Vec<&'a str>, Match<'a>)> = Vec::new();
        for line in self.lines.clone() {
            let is_it = |(reference, currency): &(&'a str, Currency)| {
                *currency == line.money.currency && line.names(reference)
            };
            let named: Vec<_> = batches.keys().copied().filter(is_it).collect();
            if named.is_empty() {
                continue;
            }
            let mut references: Vec<&'a str> = named.iter().map(|(it, _)| *it).collect();
            let (payouts, proof) = (Vec::new(), Proof::Reference);
            let mut whole = Match { payouts, lines: vec![line], proof };
            let (same, others) = std::mem::take(&mut found).into_iter().partition(
                |(known, _): &(Vec<&str>, Match<'_>)| {
                    known.iter().any(|it| references.contains(it))
                },
            );
            found = others;
            let same: Vec<(Vec<&'a str>, Match<'a>)> = same;
            for (known, other) in same {
                references.extend(known);
                whole.lines.extend(other.lines);
            }
            found.push((references, whole));
        }
        for (references, mut whole) in found {
            for ((reference, _), payouts) in &batches {
                if references.contains(reference) {
                    whole.payouts.extend(payouts);
                }
            }
            self.found(whole);
        }
    }

    fn by_amount(&mut self) {
        let (payouts, lines, terms) = (self.payouts.clone(), self.lines.clone(), self.terms);
        let mut by_money: BTreeMap<(Currency, i64), Vec<&'a Payout>> = BTreeMap::new();
        for payout in &payouts {
            by_money.entry((payout.money.currency, payout.money.minor)).or_default().push(payout);
        }
        for line in lines.iter().copied() {
            let key = (line.money.currency, line.money.minor);
            let Some(same) = by_money.get(&key) else { continue };
            let fits: Vec<_> = same.iter().filter(|payout| terms.may_be(payout, line)).collect();
            let is_open =
                |payout: &&&&'a Payout| self.payouts.iter().any(|it| std::ptr::eq(*it, ***payout));
            let Some(payout) = fits.iter().find(is_open).map(|payout| **payout) else { continue };
            let others = lines.iter().filter(|other| terms.may_be(payout, other)).count();
            let is_alone = fits.len() == 1 && others == 1;
            let proof = if is_alone { Proof::Amount } else { Proof::AmountOfSeveral };
            self.found(Match { payouts: vec![payout], lines: vec![line], proof });
        }
    }

    fn by_settlement_date(&mut self) {
        let mut batches: BTreeMap<(&'a str, BusinessDate, Currency), Vec<&'a Payout>> =
            BTreeMap::new();
        for payout in &self.payouts {
            if let Some(date) = payout.settled_on {
                let key = (payout.account.as_str(), date, payout.money.currency);
                batches.entry(key).or_default().push(payout);
            }
        }
        let batches: Vec<(Payout, Vec<&'a Payout>)> = batches
            .into_values()
            .filter(|payouts| payouts.len() > 1)
            .filter_map(|payouts| Some((whole_of(&payouts)?, payouts)))
            .collect();
        for (whole, payouts) in &batches {
            let mut fits = self.lines.iter().filter(|line| self.terms.may_be(whole, line));
            let (Some(line), None) = (fits.next().copied(), fits.next()) else { continue };
            let rivals = batches.iter().filter(|(other, _)| self.terms.may_be(other, line));
            if rivals.count() == 1 {
                let (payouts, proof) = (payouts.clone(), Proof::SettlementDate);
                self.found(Match { payouts, lines: vec![line], proof });
            }
        }
    }

    /// What came back is at neither side any more.
    fn returned(&mut self) {
        for back in self.payouts.clone().into_iter().filter(|it| it.money.minor < 0) {
            let is_it = |it: &&&'a Payout| {
                it.account == back.account
                    && is_returned(it.money, back.money)
                    && back.paid_on.days_since(it.paid_on).abs() <= RETURN_DAYS
            };
            if let Some(payout) = self.payouts.iter().find(is_it).copied() {
                let payouts = vec![payout, back];
                self.found(Match { payouts, lines: Vec::new(), proof: Proof::Returned });
            }
        }
        for back in self.lines.clone().into_iter().filter(|it| it.money.minor < 0) {
            let is_it = |it: &&&'a BankLine| {
                is_returned(it.money, back.money)
                    && (0..=RETURN_DAYS).contains(&back.booked_on.days_since(it.booked_on))
                    && self.terms.accounts_of(it).next().is_some()
                    && plain(&it.party) == plain(&back.party)
            };
            if let Some(line) = self.lines.iter().find(is_it).copied() {
                let lines = vec![line, back];
                self.found(Match { payouts: Vec::new(), lines, proof: Proof::Returned });
            }
        }
    }
}

fn is_returned(money: Money, back: Money) -> bool {
    money.currency == back.currency && money.minor.checked_neg() == Some(back.minor)
}

/// Payouts of one settlement date as one: paid when the last of them was.
fn whole_of(payouts: &[&Payout]) -> Option<Payout> {
    let last = payouts.iter().max_by_key(|payout| payout.paid_on)?;
    let minor = sum(payouts.iter().map(|payout| payout.money.minor))?;
    Some(Payout { money: Money { minor, ..last.money }, ..(*last).clone() })
}

/// The sum; `None` where it does not fit.
pub fn sum(mut amounts: impl Iterator<Item = i64>) -> Option<i64> {
    amounts.try_fold(0_i64, i64::checked_add)
}

impl BankLine {
    /// Whether the bank's words have this number whole, and not as a part of a longer one.
    fn names(&self, reference: &str) -> bool {
        let mut from = 0;
        while let Some(rest) = self.text.get(from..) {
            let Some(at) = rest.find(reference) else { return false };
            let end = at.saturating_add(reference.len());
            let before = rest.get(..at).and_then(|text| text.chars().next_back());
            let before =
                before.or_else(|| self.text.get(..from).and_then(|text| text.chars().next_back()));
            let after = rest.get(end..).and_then(|text| text.chars().next());
            let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            if !is_part(before) && !is_part(after) {
                return true;
            }
            from = from.saturating_add(end);
        }
        false
    }
}

#[cfg(test)]
#[path = "bank_tests.rs"]
mod tests;

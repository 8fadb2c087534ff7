//! Finality: which word of a provider is its last, and about which orders it is asked again, in one
//! place (`docs/contract.md` §4).

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::MatchingSettings;
use crate::discrepancy::{DiscrepancyType, NOT_YET};
use crate::reading::{Pair, Reading, Source};
use crate::rules::judge::{Finding, Rules};
use crate::rules::lifecycle::Night;
use crate::rules::transactions::transactions;
use crate::status::{Kind, ProviderStatus};

/// Days by which a second look may come late, after nights that did not run or were not answered.
const LATE_DAYS: u32 = 7;

/// When it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// The night.
    pub night: Night,
    /// Which moment belongs to which date.
    pub business_day: BusinessDay,
    /// How long it is asked, and after how many days once more.
    pub matching: MatchingSettings,
}

/// Whether a provider's word can only change by an event that comes after the order's end, as a refund
/// or a return.
pub const fn is_final(status: ProviderStatus) -> bool {
    match status {
        ProviderStatus::Pending | ProviderStatus::Held | ProviderStatus::Unproved => false,
        ProviderStatus::NotFound
        | ProviderStatus::Succeeded
        | ProviderStatus::Failed
        | ProviderStatus::Refunded
        | ProviderStatus::Returned => true,
    }
}

/// Whether anything trustworthy is known of a pair: a verified answer, also "no such order", or a row of
/// a listing.
pub fn is_known(pair: &Pair) -> bool {
    verified(pair).next().is_some()
}

/// When the provider last gave a verified answer about a pair, or listed it.
pub fn last_answer(pair: &Pair) -> Option<Timestamp> {
    verified(pair).map(|reading| reading.observed_at).chain(pair.confirmed_at).max()
}

fn verified(pair: &Pair) -> impl Iterator<Item = &Reading> {
    pair.readings.iter().filter(|reading| {
        matches!(reading.source, Source::Listing | Source::Query)
            && reading.facts.status != ProviderStatus::Unproved
    })
}

/// Whether the provider is to be asked about a pair in this night.
///
/// - Nothing is reported on the word of an absence: whatever would be reported is asked about first, and
///   so is an order of which nothing trustworthy is known: a callback or a row of a bill only. What was
///   asked and explains itself (two days) is not asked again.
/// - Until the provider's word is final it is asked every night, `ask_until` days at most.
/// - A bill's row or a callback that contradicts the provider's own word raises doubt.
/// - Payouts and refunds that were settled are asked about once more, because they can come back.
/// - What a proved listing no longer has, though it once had it, may have been given back since.
pub fn needs_asking(pair: &Pair, findings: &[Finding], asking: &Asking) -> bool {
    let was_asked = verified(pair).any(|reading| reading.source == Source::Query);
    let explained = was_asked && findings.iter().all(|f| f.kind == DiscrepancyType::CrossDay);
    let is_settled = is_known(pair) && (findings.is_empty() || explained);
    !is_settled
        || pair.past.is_unlisted
        || is_unfinished(pair, asking)
        || is_contradicted(pair)
        || is_due(pair, asking)
}

/// Says of what was found how old it is, where the provider could not be asked again since the end of the
/// day that is judged. What waits does not become open on such a word: only an answer of a night after the
/// window makes it so.
pub fn as_of_last_answer(findings: &mut [Finding], pair: &Pair, rules: &Rules<'_>) {
    let (Some(asked_since), Some(last)) = (rules.asked_since, last_answer(pair)) else { return };
    if last >= asked_since || !rules.offered {
        return;
    }
    let explains_itself = |f: &Finding| f.kind == DiscrepancyType::CrossDay;
    if findings.iter().all(explains_itself) {
        return;
    }
    let day = rules.business_day;
    for finding in findings.iter_mut().filter(|finding| !explains_itself(finding)) {
        finding.provider.evidence.answered_on = Some(day.date_of(last));
        if let Some(until) = finding.timing_until {
            let over = day.end_of(day.date_of(until.plus_seconds(-1)));
            if until <= asked_since && last < over {
                finding.timing_until = Some(NOT_YET);
            }
        }
    }
}

/// The first date of orders that are asked about until the provider is final.
pub fn asked_from(asking: &Asking) -> BusinessDate {
    asking.night.date.plus_days(i64::from(asking.matching.ask_until_days).saturating_neg())
}

/// The provider has not said its last word about an order that is not too old for it.
fn is_unfinished(pair: &Pair, asking: &Asking) -> bool {
    unfinished_since(pair).is_some_and(|date| date >= asked_from(asking))
}

/// The provider has not said its last word about an order that this night is the first not to ask about.
pub fn is_given_up(pair: &Pair, asking: &Asking) -> bool {
    unfinished_since(pair).is_some_and(|date| date.plus_days(1) == asked_from(asking))
}

/// The date of a pair about which the provider has not said its last word.
fn unfinished_since(pair: &Pair) -> Option<BusinessDate> {
    let ordered = pair.orders.iter().map(|order| order.business_date);
    let dated = ordered.chain(pair.readings.iter().map(|reading| reading.business_date)).max();
    let is_open = || transactions(&pair.readings).all.iter().any(|it| !is_final(it.status));
    dated.filter(|_| is_open())
}

/// A witness says of a transaction that it ended otherwise than the provider's newest word. That money
/// which came was given back later is no contradiction, nor is an earlier "processing".
pub fn is_contradicted(pair: &Pair) -> bool {
    let newest = verified(pair).max_by_key(|r| (r.observed_at, r.source == Source::Query));
    let Some(newest) = newest else { return false };
    let number = &newest.facts.provider_order_no;
    pair.readings.iter().any(|witness| {
        let theirs = &witness.facts.provider_order_no;
        let is_same = theirs == number || theirs.is_empty() || number.is_empty();
        matches!(witness.source, Source::Statement | Source::Notification)
            && is_same
            && is_final(witness.facts.status)
            && !follows(witness.facts.status, newest.facts.status)
    })
}

/// Whether a later word can be true together with an earlier final one.
const fn follows(earlier: ProviderStatus, later: ProviderStatus) -> bool {
    use ProviderStatus as P;
    match (earlier, later) {
        (P::Succeeded, P::Succeeded | P::Refunded | P::Returned | P::Held)
        | (P::Refunded, P::Refunded)
        | (P::Returned, P::Returned)
        | (P::Failed | P::NotFound, P::Failed | P::NotFound) => true,
        (..) => false,
    }
}

/// A day of settled payouts or refunds that are looked at once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondLook {
    /// Their business date.
    pub date: BusinessDate,
    /// Those are due that were last answered before this moment.
    pub answered_before: Timestamp,
}

/// Which days are looked at once more in a night. A look is due from the night of its day on until it
/// was answered, a week late at most; which orders are due follows from the ledger's times alone, so that
/// a pull that was cut short goes on where it was. While a day is still running nothing is due.
pub fn second_looks(asking: &Asking) -> Vec<SecondLook> {
    let night = asking.night;
    let looks = || asking.matching.second_look.days();
    let Some((first, last)) = looks().min().zip(looks().max()) else { return Vec::new() };
    (first..=last.saturating_add(LATE_DAYS))
        .filter_map(|back| {
            let days = looks()
                .filter(|day| *day <= back && back.saturating_sub(*day) <= LATE_DAYS)
                .max()?;
            let date = night.date.plus_days(i64::from(back).saturating_neg());
            let answered_before = asking.business_day.end_of(date.plus_days(i64::from(days)));
            (answered_before <= night.now).then_some(SecondLook { date, answered_before })
        })
        .collect()
}

/// Whether what an order of this kind came to can come back.
pub const fn can_come_back(kind: Kind) -> bool {
    matches!(kind, Kind::Payout | Kind::Refund)
}

/// A settled payout or refund whose second look is due.
fn is_due(pair: &Pair, asking: &Asking) -> bool {
    if !can_come_back(pair.key.stream.kind) {
        return false;
    }
    let Some(last) = last_answer(pair) else { return false };
    let is_settled = |r: &&Reading| r.facts.status == ProviderStatus::Succeeded;
    second_looks(asking).iter().any(|look| {
        last < look.answered_before
            && verified(pair).filter(is_settled).any(|r| r.business_date == look.date)
    })
}

#[cfg(test)]
#[path = "finality_tests.rs"]
mod tests;

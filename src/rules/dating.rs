//! To which moment, and so to which business day, a provider's money is dated (`docs/contract.md` §4). The one
//! place: summary, discrepancies, settlement, bridge and claim read it.
//!
//! - The time that the provider states, by the word that decides, else by another one of the order.
//! - Where it states none and had said that the order was not final: the first answer that found it final.
//!   That it is final is asked in the night after a business day, so what is found until noon came to be so
//!   on the day before, unless the answer that it was not final came later than that day.
//! - Else the merchant's time.
//!
//! Money that was given back, or of which the provider says later that it failed, was so, in the same
//! manner, when that was first found: no earlier day is changed by it.

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::discrepancy::TimeFrom;
use crate::order::Order;
use crate::reading::{Past, Reading};
use crate::rules::transactions::Transaction;
use crate::status::ProviderStatus;

/// Seconds after the end of a business day in which what is first found is still that day's.
const FOUND_SECONDS_MAX: i64 = 12 * 3_600;

/// The moment to which something is dated that was first found at `found` and was not yet so at `before`.
///
/// It is never before the business day of `found` less twelve hours, nor after `found`: what a night finds
/// is dated to the last second of the day that the night is about.
pub fn first_found(found: Timestamp, before: Option<Timestamp>, day: BusinessDay) -> Timestamp {
    let date = day.date_of(found.plus_seconds(FOUND_SECONDS_MAX.saturating_neg()));
    let last = day.end_of(date).plus_seconds(-1);
    let at = found.min(last);
    before.map_or(at, |before| at.max(before.plus_seconds(1)).min(found.max(before)))
}

/// When a transaction took or paid its money, as far as the provider says, and whose time that is.
pub fn paid_at(
    transaction: &Transaction,
    past: &Past,
    day: BusinessDay,
) -> (Option<Timestamp>, TimeFrom) {
    if transaction.paid_at.is_some() {
        return (transaction.paid_at, transaction.evidence.time_from);
    }
    let is_answer = transaction.evidence.source.is_some_and(crate::reading::Source::is_interface);
    let is_taken = was_taken(transaction.status, past);
    match past.final_at.zip(past.not_final_at).filter(|_| is_answer && is_taken) {
        Some((found, before)) => {
            (Some(first_found(found, Some(before), day)), TimeFrom::FirstFinal)
        }
        None => (None, TimeFrom::Merchant),
    }
}

/// The business day of money: of its own time, else of the merchant's order, else the one under which the
/// provider's word was kept.
pub fn date(
    paid_at: Option<Timestamp>,
    order: Option<&Order>,
    readings: &[Reading],
    day: BusinessDay,
) -> BusinessDate {
    paid_at
        .map(|at| day.date_of(at))
        .or(order.map(|order| order.business_date))
        .or(readings.first().map(|reading| reading.business_date))
        .unwrap_or(BusinessDate::new(chrono::NaiveDate::MIN))
}

/// When the money of a transaction was given back, which no provider states: when that was first found, and
/// never before it was taken.
pub fn given_back_at(
    transaction: &Transaction,
    past: &Past,
    paid_at: Option<Timestamp>,
    day: BusinessDay,
) -> Option<Timestamp> {
    let is_back =
        was_taken(transaction.status, past) && transaction.status != ProviderStatus::Succeeded;
    let same = past.status == Some(transaction.status);
    let found = past.since.filter(|_| same).unwrap_or(transaction.observed_at);
    let at = first_found(found, past.not_final_at.filter(|before| *before < found), day);
    is_back.then(|| paid_at.map_or(at, |paid_at| at.max(paid_at)))
}

/// The business day under which an answer without a time of payment is kept: that of its money.
pub fn date_of_answer(
    answer: &Reading,
    past: &Past,
    order_date: BusinessDate,
    day: BusinessDay,
) -> BusinessDate {
    if let Some(paid_at) = answer.facts.paid_at {
        return day.date_of(paid_at);
    }
    let past = past.and(answer);
    match past.final_at.zip(past.not_final_at).filter(|_| was_taken(answer.facts.status, &past)) {
        Some((found, before)) => day.date_of(first_found(found, Some(before), day)),
        None => order_date,
    }
}

/// Whether money was taken or paid, also where it was given back since: what is said to have failed after
/// it was said to have succeeded (an accepted refund, a payout) has come back too.
pub const fn was_taken(status: ProviderStatus, past: &Past) -> bool {
    match status {
        ProviderStatus::Succeeded | ProviderStatus::Refunded | ProviderStatus::Returned => true,
        ProviderStatus::Failed => past.had_money,
        ProviderStatus::NotFound
        | ProviderStatus::Unproved
        | ProviderStatus::Pending
        | ProviderStatus::Held => false,
    }
}

#[cfg(test)]
#[path = "dating_tests.rs"]
mod tests;

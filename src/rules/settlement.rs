//! Settlements: on which date the money of a business date is paid to the bank, how much that should
//! be, and whether it was. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use crate::business_day::BusinessDate;
use crate::config::calendar::Calendar;
use crate::config::{Cycle, CycleRule, cycle_of, is_unstated};
use crate::ledger_data::DaySum;
use crate::movement::Movement;
use crate::order::Stream;
use crate::rules::bank::BankReceipt;
use crate::rules::sums::TooLarge;
use crate::status::{Kind, coded};

/// Days that no span of holidays is long.
const HOLIDAYS_MAX: usize = 60;

/// Why a settlement date cannot be said.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
pub enum Undated {
    /// There is no calendar at all.
    #[error("there is no calendar of legal workdays: set calendar in [business_day]")]
    NoCalendar,
    /// The calendar ends before.
    #[error(
        "the calendar of legal workdays has no year {0}: add [{0}] to it from the State Council's notice"
    )]
    NoYear(i32),
    /// The cycle depends on the way of paying, and nobody states it.
    #[error("the cycle depends on the way of paying, and nobody states it for this money")]
    NoWay,
}

/// The date on which the money of a business date is settled.
///
/// T1 is the next legal workday after `date`: a make-up Saturday is one, a holiday is none.
///
/// # Errors
///
/// [`Undated`] where the calendar does not say; a workday is never guessed.
pub fn settlement_date(
    cycle: Cycle,
    date: BusinessDate,
    calendar: Option<&Calendar>,
) -> Result<BusinessDate, Undated> {
    match cycle {
        Cycle::T0 => Ok(date),
        Cycle::D1 => Ok(date.plus_days(1)),
        Cycle::T1 => {
            let calendar = calendar.ok_or(Undated::NoCalendar)?;
            let mut day = date.plus_days(1);
            for _ in 0..HOLIDAYS_MAX {
                match calendar.is_workday(day.date()) {
                    Some(true) => return Ok(day),
                    Some(false) => day = day.plus_days(1),
                    None => return Err(Undated::NoYear(day.date().year())),
                }
            }
            Err(Undated::NoYear(day.date().year()))
        }
    }
}

coded! {
    /// Where a settlement is.
    SettlementState {
        /// Its date has come, and nothing says yet whether it was paid.
        Expected = 1, "expected";
        /// Paid, as much as it should be.
        Settled = 2, "settled";
        /// Paid more or less than it should be, or not paid though its date has passed.
        Mismatch = 3, "mismatch";
        /// Its date is still to come.
        InTransit = 4, "in_transit";
        /// There is nothing to be paid: what was taken is not more than what was paid out.
        NothingDue = 5, "nothing_due";
        /// Its date is not known: the calendar does not have the year.
        Undated = 6, "undated";
    }
}

/// What a settlement is made of. Amounts in fen, none of them negative but for absurd data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Payments.
    pub payment_count: i64,
    /// Their sum.
    pub gross_minor: i64,
    /// Refunds, also payments that were given back as a whole.
    pub refund_count: i64,
    /// Their sum, less those that came back.
    pub refunds_minor: i64,
    /// Fees of payments and refunds.
    pub fees_minor: i64,
    /// Payouts that were paid out.
    pub payout_count: i64,
    /// Their sum, less those that came back.
    pub payouts_minor: i64,
    /// Their fees, also of those that came back.
    pub payout_fees_minor: i64,
    /// Transactions whose fee the provider states.
    pub stated: i64,
    /// Transactions whose fee only the contract says.
    pub contract: i64,
    /// Transactions of which nobody says a fee.
    pub free: i64,
    /// Transactions that only the merchant's word tells of.
    #[serde(rename = "told")]
    pub merchant_only: i64,
    /// Payouts, and refunds, that came back: found in these days, whenever they were paid.
    #[serde(default)]
    pub returned_count: i64,
    /// Their sum, which the payouts and refunds above are without.
    #[serde(default)]
    pub returned_minor: i64,
    /// Payments of which the platform says that the money is not in the available account yet.
    #[serde(default)]
    pub unavailable_count: i64,
    /// Their sum.
    #[serde(default)]
    pub unavailable_minor: i64,
}

impl Parts {
    /// The parts of one stream's sum.
    pub fn of(kind: Kind, sum: &DaySum) -> Option<Self> {
        let fee_minor = sum.fee_minor()?;
        let about = Self {
            stated: sum.stated_count,
            contract: sum.contract_count,
            free: sum.free_count(),
            merchant_only: sum.merchant_only_count,
            unavailable_count: sum.unavailable_count,
            unavailable_minor: sum.unavailable_minor,
            ..Self::default()
        };
        Some(match kind {
            Kind::Payment => Self {
                payment_count: sum.count,
                gross_minor: sum.minor,
                refund_count: sum.back_count,
                refunds_minor: sum.back_minor,
                fees_minor: fee_minor,
                ..about
            },
            // A refund without a rule costs nothing: that is known.
            Kind::Refund => Self {
                free: 0,
                refund_count: sum.count,
                refunds_minor: sum.minor.checked_sub(sum.back_minor)?,
                fees_minor: fee_minor,
                returned_count: sum.back_count,
                returned_minor: sum.back_minor,
                ..about
            },
            Kind::Payout => Self {
                payout_count: sum.count,
                payouts_minor: sum.minor.checked_sub(sum.back_minor)?,
                returned_count: sum.back_count,
                returned_minor: sum.back_minor,
                payout_fees_minor: fee_minor,
                ..about
            },
        })
    }

    /// Adds other parts of the same whole; `None` when a sum does not fit.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            payment_count: self.payment_count.checked_add(other.payment_count)?,
            gross_minor: self.gross_minor.checked_add(other.gross_minor)?,
            refund_count: self.refund_count.checked_add(other.refund_count)?,
            refunds_minor: self.refunds_minor.checked_add(other.refunds_minor)?,
            fees_minor: self.fees_minor.checked_add(other.fees_minor)?,
            payout_count: self.payout_count.checked_add(other.payout_count)?,
            payouts_minor: self.payouts_minor.checked_add(other.payouts_minor)?,
            payout_fees_minor: self.payout_fees_minor.checked_add(other.payout_fees_minor)?,
            stated: self.stated.checked_add(other.stated)?,
            contract: self.contract.checked_add(other.contract)?,
            free: self.free.checked_add(other.free)?,
            merchant_only: self.merchant_only.checked_add(other.merchant_only)?,
            returned_count: self.returned_count.checked_add(other.returned_count)?,
            returned_minor: self.returned_minor.checked_add(other.returned_minor)?,
            unavailable_count: self.unavailable_count.checked_add(other.unavailable_count)?,
            unavailable_minor: self.unavailable_minor.checked_add(other.unavailable_minor)?,
        })
    }

    /// What is to be paid: gross − refunds − fees − payouts − payout fees.
    pub fn net_minor(&self) -> Option<i64> {
        self.gross_minor
            .checked_sub(self.refunds_minor)?
            .checked_sub(self.fees_minor)?
            .checked_sub(self.payouts_minor)?
            .checked_sub(self.payout_fees_minor)
    }
}

/// One line of the settlement file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementRow {
    /// The product; `None` for all products of the account together.
    pub product: Option<String>,
    /// Its cycle.
    pub cycle: Cycle,
    /// The date; or why there is none.
    pub date: Result<BusinessDate, Undated>,
    /// The first business date whose money is in it.
    pub from: BusinessDate,
    /// The last one so far.
    pub to: BusinessDate,
    /// What it is made of.
    pub parts: Parts,
    /// What is to be paid, in fen.
    pub net_minor: i64,
    /// What was paid; `None` where nothing was.
    pub settled_minor: Option<i64>,
    /// Where it is.
    pub state: SettlementState,
    /// It is paid together with others: the row that follows, without product, has their sum.
    pub is_part: bool,
    /// Business dates in it that could not be proved complete, so that it is not judged.
    pub unproved: Vec<BusinessDate>,
    /// What the bank's statement says of it; `None` where no payout for it is known, or no bank account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankReceipt>,
}

impl SettlementRow {
    /// What was paid less what was to be paid, where anything was or should have been paid.
    pub fn difference_minor(&self) -> Option<i64> {
        let is_overdue = self.state == SettlementState::Mismatch && !self.is_part;
        let settled = self.settled_minor.or(is_overdue.then_some(0))?;
        settled.checked_sub(self.net_minor)
    }

    /// What is still to come.
    pub const fn in_transit_minor(&self) -> i64 {
        match self.state {
            SettlementState::InTransit | SettlementState::Undated => self.net_minor,
            SettlementState::Expected
            | SettlementState::Settled
            | SettlementState::Mismatch
            | SettlementState::NothingDue => 0,
        }
    }
}

/// What settlements are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The business date that is settled.
    pub date: BusinessDate,
    /// The account's cycles.
    pub cycles: &'a [CycleRule],
    /// Legal workdays.
    pub calendar: Option<&'a Calendar>,
    /// Fen by which a settlement may differ.
    pub tolerance_minor: i64,
    /// Business dates whose sums are known and proved complete.
    pub proved: &'a BTreeSet<BusinessDate>,
    /// The earliest settlement date of which any settlement is known: from there on one that does
    /// not come is overdue.
    pub watched_from: Option<BusinessDate>,
}

/// What is settled on one date for one product.
struct Open {
    cycle: Cycle,
    from: BusinessDate,
    to: BusinessDate,
    parts: Parts,
}

type Key = (Result<BusinessDate, Undated>, String);

/// Every settlement of an account that money of `days` goes into, sorted by date and product; those
/// that are paid together have a row for their sum.
///
/// `settlements` are the account's movements of that kind.
///
/// # Errors
///
/// [`TooLarge`] when a sum does not fit.
pub fn settlements(
    days: &BTreeMap<BusinessDate, BTreeMap<Stream, DaySum>>,
    settlements: &[Movement],
    terms: &Terms<'_>,
) -> Result<Vec<SettlementRow>, TooLarge> {
    let mut open: BTreeMap<Key, Open> = BTreeMap::new();
    // What nobody says the cycle of may belong to any settlement of its date.
    let mut unclear = BTreeSet::new();
    for (date, streams) in days {
        for (stream, sum) in streams {
            let cycle = cycle_of(terms.cycles, &stream.product);
            let on = if is_unstated(&stream.product) {
                unclear.insert(*date);
                Err(Undated::NoWay)
            } else {
                settlement_date(cycle, *date, terms.calendar)
            };
            let part = Parts::of(stream.kind, sum).ok_or(TooLarge)?;
            let new = || Open { cycle, from: *date, to: *date, parts: Parts::default() };
            let it = open.entry((on, stream.product.clone())).or_insert_with(new);
            it.parts = it.parts.plus(&part).ok_or(TooLarge)?;
            (it.from, it.to) = (it.from.min(*date), it.to.max(*date));
        }
    }
    let proved = terms.proved.difference(&unclear).copied().collect();
    let terms = &Terms { proved: &proved, ..*terms };
    let dates: BTreeSet<_> = open.keys().map(|(on, _)| *on).collect();
    let mut rows = Vec::new();
    for on in dates {
        let products: Vec<_> = open.iter().filter(|((date, _), _)| *date == on).collect();
        rows.extend(on_one_date(on, &products, settlements, terms)?);
    }
    Ok(rows)
}

fn on_one_date(
    on: Result<BusinessDate, Undated>,
    products: &[(&Key, &Open)],
    settlements: &[Movement],
    terms: &Terms<'_>,
) -> Result<Vec<SettlementRow>, TooLarge> {
    let paid: Vec<&Movement> =
        settlements.iter().filter(|paid| paid.settlement_date == on.ok()).collect();
    let has_products = products.iter().any(|((_, product), _)| !product.is_empty());
    let together = has_products && paid.iter().any(|paid| paid.product.is_empty());
    let mut rows = Vec::new();
    let mut sum: Option<Open> = None;
    for ((_, product), it) in products {
        let own = || paid.iter().filter(|paid| paid.product == *product);
        let settled = if together { None } else { total(own())? };
        rows.push(row((Some(product.clone()), on), it, settled, terms)?);
        let before = sum.take();
        sum = Some(Open {
            cycle: it.cycle,
            from: before.as_ref().map_or(it.from, |sum| sum.from.min(it.from)),
            to: before.as_ref().map_or(it.to, |sum| sum.to.max(it.to)),
            parts: before
                .map_or(Some(it.parts), |sum| sum.parts.plus(&it.parts))
                .ok_or(TooLarge)?,
        });
    }
    if let (true, Some(sum)) = (together, sum) {
        let whole = row((None, on), &sum, total(paid.iter())?, terms)?;
        for part in &mut rows {
            (part.is_part, part.state) = (true, whole.state);
        }
        rows.push(whole);
    }
    Ok(rows)
}

/// The sum of what was paid; `None` where nothing was.
fn total<'a>(paid: impl Iterator<Item = &'a &'a Movement>) -> Result<Option<i64>, TooLarge> {
    let mut sum = None;
    for movement in paid {
        let before = sum.unwrap_or(0_i64);
        sum = Some(before.checked_add(movement.money.minor).ok_or(TooLarge)?);
    }
    Ok(sum)
}

fn row(
    (product, date): (Option<String>, Result<BusinessDate, Undated>),
    it: &Open,
    settled_minor: Option<i64>,
    terms: &Terms<'_>,
) -> Result<SettlementRow, TooLarge> {
    let net_minor = it.parts.net_minor().ok_or(TooLarge)?;
    let covered = covered(it, date, terms);
    let unproved: Vec<_> = covered.into_iter().filter(|day| !terms.proved.contains(day)).collect();
    let state = match date {
        Err(_) => SettlementState::Undated,
        Ok(date) if date > terms.date => SettlementState::InTransit,
        Ok(date) => state(date, net_minor, settled_minor, unproved.is_empty(), terms),
    };
    Ok(SettlementRow {
        product,
        cycle: it.cycle,
        date,
        from: it.from,
        to: it.to,
        parts: it.parts,
        net_minor,
        settled_minor,
        state,
        is_part: false,
        unproved,
        bank: None,
    })
}

/// The business dates whose money belongs to a settlement, as far as they are over: also those
/// without trade, before the first and after the last that has some.
fn covered(
    it: &Open,
    on: Result<BusinessDate, Undated>,
    terms: &Terms<'_>,
) -> BTreeSet<BusinessDate> {
    let belongs = |day: &BusinessDate| settlement_date(it.cycle, *day, terms.calendar) == on;
    let back = std::iter::successors(Some(it.from), |day| Some(day.plus_days(-1)));
    let ahead = std::iter::successors(Some(it.from), |day| Some(day.plus_days(1)));
    let is_over = |day: &BusinessDate| *day <= terms.date;
    let back = back.take_while(belongs).take(HOLIDAYS_MAX);
    back.chain(ahead.take_while(belongs).take(HOLIDAYS_MAX)).filter(is_over).collect()
}

fn state(
    date: BusinessDate,
    net_minor: i64,
    settled_minor: Option<i64>,
    is_proved: bool,
    terms: &Terms<'_>,
) -> SettlementState {
    let tolerance = terms.tolerance_minor.max(0).unsigned_abs();
    match settled_minor {
        Some(settled) if settled.abs_diff(net_minor) <= tolerance => SettlementState::Settled,
        _ if !is_proved => SettlementState::Expected,
        Some(_) => SettlementState::Mismatch,
        None if net_minor <= 0 => SettlementState::NothingDue,
        None => {
            let watched = terms.watched_from.is_some_and(|from| from <= date);
            if watched && date < terms.date {
                SettlementState::Mismatch
            } else {
                SettlementState::Expected
            }
        }
    }
}

#[cfg(test)]
#[path = "settlement_tests.rs"]
mod tests;

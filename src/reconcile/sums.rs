//! From groups of transactions to sums: per business date for settlements, per span of time for
//! balances. Pure.
//!
//! The fee of a transaction is the one that the provider states, else the contract's, else none. A
//! refund gives no fee of its payment back, and costs one itself only where the provider states it or
//! the contract has a rule for refunds. Money that was given back as a whole was taken first: it
//! counts as taken when it was paid, and as given back when that was first seen, unless a refund order
//! of the merchant says the same. Nobody says when it was given back: what is seen until noon was
//! given back on the day before, whose settlement is not paid yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::business_day::{BusinessDate, BusinessDay};
use crate::config::FeeRule;
use crate::ledger::{DaySum, SumGroup};
use crate::money::Currency;
use crate::order::Stream;
use crate::reconcile::fee::contract_fee;
use crate::status::ProviderStatus;

/// Seconds after the end of a business date in which what is first seen as given back is still its.
const SEEN_SECONDS_MAX: i64 = 12 * 3_600;

/// A sum does not fit in 64 bits of fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sum does not fit in 64 bits of fen")]
pub struct TooLarge;

/// Sums of one span of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SlotSum {
    /// Per stream. `back` is what was first seen as given back in this span.
    pub streams: BTreeMap<Stream, DaySum>,
    /// Transactions dated by the merchant's time, since the provider states none.
    pub time_assumed: i64,
    /// Transactions in another currency than yuan, which are in no sum.
    pub foreign: i64,
}

/// Everything that was added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Per business date and stream.
    pub days: BTreeMap<BusinessDate, BTreeMap<Stream, DaySum>>,
    /// Per span, from 0; as many as the cuts make.
    pub slots: BTreeMap<i64, SlotSum>,
}

/// Adds up what the provider says (`told`) and what only the merchant says (`booked`).
///
/// `refunded` are the orders that a refund of the merchant gives back.
///
/// # Errors
///
/// [`TooLarge`] when a sum does not fit.
pub fn add_up(
    told: &[SumGroup],
    booked: &[SumGroup],
    fees: &[FeeRule],
    refunded: &BTreeSet<String>,
    day: BusinessDay,
) -> Result<Sums, TooLarge> {
    let mut sums = Sums::default();
    for group in told {
        if group.currency != Currency::CNY {
            let slot = sums.slots.entry(group.slot).or_default();
            slot.foreign = slot.foreign.saturating_add(group.count);
            continue;
        }
        let taken = taken(group, fees)?;
        sums.add(group, (group.business_date, group.slot), &taken)?;
        let slot = sums.slots.entry(group.slot).or_default();
        slot.time_assumed = slot.time_assumed.saturating_add(group.time_assumed);
        let given_back = group.status != ProviderStatus::Succeeded;
        if given_back && !refunded.contains(&group.order_no) {
            let (count, minor) = (group.count, group.minor);
            let back = DaySum { back_count: count, back_minor: minor, ..DaySum::default() };
            let seen = group
                .seen_at
                .map(|at| day.date_of(at.plus_seconds(SEEN_SECONDS_MAX.saturating_neg())));
            let date = seen.unwrap_or(group.business_date).max(group.business_date);
            sums.add(group, (date, group.seen_slot), &back)?;
        }
    }
    for group in booked.iter().filter(|group| group.currency == Currency::CNY) {
        let (count, minor) = (group.count, group.minor);
        let told = DaySum { count, minor, told_count: count, ..DaySum::default() };
        sums.add(group, (group.business_date, group.slot), &told)?;
    }
    Ok(sums)
}

impl Sums {
    fn add(
        &mut self,
        group: &SumGroup,
        (date, slot): (BusinessDate, i64),
        part: &DaySum,
    ) -> Result<(), TooLarge> {
        let day = self.days.entry(date).or_default();
        let slot = self.slots.entry(slot).or_default();
        for streams in [day, &mut slot.streams] {
            let sum = streams.entry(group.stream.clone()).or_default();
            *sum = sum.plus(part).ok_or(TooLarge)?;
        }
        Ok(())
    }
}

fn taken(group: &SumGroup, fees: &[FeeRule]) -> Result<DaySum, TooLarge> {
    let mut sum = DaySum {
        count: group.count,
        minor: group.minor,
        stated_count: group.stated_count,
        stated_minor: group.stated_minor,
        ..DaySum::default()
    };
    let unstated = group.count.saturating_sub(group.stated_count);
    let fee = group
        .unit_minor
        .and_then(|unit| contract_fee(fees, &group.stream, group.business_date, unit));
    if let Some(fee) = fee {
        sum.contract_count = unstated;
        sum.contract_minor = fee.checked_mul(unstated).ok_or(TooLarge)?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Kind;

    fn group(kind: Kind, status: ProviderStatus, minor: i64, fee: Option<i64>) -> SumGroup {
        SumGroup {
            stream: Stream { account: "a".to_owned(), kind, product: String::new() },
            business_date: BusinessDate::parse("2026-11-20").expect("a date"),
            status,
            slot: 1,
            seen_slot: if status == ProviderStatus::Succeeded { 0 } else { 2 },
            seen_at: None,
            currency: Currency::CNY,
            unit_minor: fee.is_none().then_some(minor),
            order_no: "1".to_owned(),
            count: 1,
            minor,
            stated_count: i64::from(fee.is_some()),
            stated_minor: fee.unwrap_or(0),
            amount_assumed: 0,
            time_assumed: 0,
        }
    }

    fn rules() -> Vec<FeeRule> {
        vec![FeeRule {
            kind: Kind::Payment,
            product: None,
            from: None,
            rate: "0.0038".parse().expect("a rate"),
            fixed_minor: 0,
            min_minor: None,
            max_minor: None,
            rounding: crate::config::FeeRounding::Row,
        }]
    }

    fn payment(sums: &Sums, slot: i64) -> DaySum {
        let streams = &sums.slots[&slot].streams;
        *streams.iter().find(|(stream, _)| stream.kind == Kind::Payment).expect("a sum").1
    }

    #[test]
    fn a_fee_is_the_stated_one_else_the_contracts_else_none() {
        use ProviderStatus::Succeeded;
        let told = [
            group(Kind::Payment, Succeeded, 10_000, Some(50)),
            SumGroup { count: 3, minor: 30_000, ..group(Kind::Payment, Succeeded, 10_000, None) },
            group(Kind::Refund, Succeeded, 10_000, None),
        ];
        let sums =
            add_up(&told, &[], &rules(), &BTreeSet::new(), BusinessDay::BEIJING).expect("sums");
        let sum = payment(&sums, 1);
        assert_eq!((sum.count, sum.minor), (4, 40_000));
        assert_eq!((sum.stated_minor, sum.contract_minor, sum.free_count()), (50, 3 * 38, 0));
        let refunds: Vec<_> =
            sums.slots[&1].streams.values().filter(|sum| sum.free_count() == 1).collect();
        assert_eq!(refunds.len(), 1);
        assert_eq!(sums.days.len(), 1);
    }

    #[test]
    fn money_given_back_was_taken_first_and_counts_once_beside_a_refund_order() {
        let told = [group(Kind::Payment, ProviderStatus::Refunded, 10_000, Some(38))];
        let sums = add_up(&told, &[], &[], &BTreeSet::new(), BusinessDay::BEIJING).expect("sums");
        assert_eq!((payment(&sums, 1).minor, payment(&sums, 1).back_minor), (10_000, 0));
        assert_eq!((payment(&sums, 2).minor, payment(&sums, 2).back_minor), (0, 10_000));
        let refunded = BTreeSet::from(["1".to_owned()]);
        let sums = add_up(&told, &[], &[], &refunded, BusinessDay::BEIJING).expect("sums");
        assert_eq!(payment(&sums, 1).minor, 10_000);
        assert!(!sums.slots.contains_key(&2));
    }

    #[test]
    fn money_given_back_is_of_the_day_on_which_it_was_seen_and_never_of_one_before_its_own() {
        let date = |text: &str| BusinessDate::parse(text).expect("a date");
        let paid = date("2026-11-20");
        for (day, hours, expected) in [
            ("2026-11-18", 2, "2026-11-20"),
            ("2026-11-20", 15, "2026-11-20"),
            ("2026-11-21", 2, "2026-11-20"),
            ("2026-11-21", 15, "2026-11-21"),
            ("2026-11-23", 2, "2026-11-22"),
        ] {
            let seen_at = BusinessDay::BEIJING.start_of(date(day)).plus_seconds(hours * 3_600);
            let back = group(Kind::Payment, ProviderStatus::Refunded, 10_000, Some(38));
            let told = [SumGroup { seen_at: Some(seen_at), ..back }];
            let sums =
                add_up(&told, &[], &[], &BTreeSet::new(), BusinessDay::BEIJING).expect("sums");
            let sum = |day: BusinessDate| -> (i64, i64) {
                let all = sums.days.get(&day).into_iter().flat_map(BTreeMap::values);
                all.fold((0, 0), |sum, it| (sum.0 + it.minor, sum.1 + it.back_minor))
            };
            assert_eq!(sum(paid).0, 10_000, "{day} {hours}");
            assert_eq!(sum(date(expected)).1, 10_000, "{day} {hours}");
        }
    }

    #[test]
    fn another_currency_is_counted_and_in_no_sum() {
        let foreign = SumGroup {
            currency: Currency::parse("USD").expect("a currency"),
            ..group(Kind::Payment, ProviderStatus::Succeeded, 10_000, None)
        };
        let sums = add_up(&[foreign], &[], &rules(), &BTreeSet::new(), BusinessDay::BEIJING)
            .expect("sums");
        assert_eq!((sums.slots[&1].foreign, sums.slots[&1].streams.len()), (1, 0));
        assert!(sums.days.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let big = group(Kind::Payment, ProviderStatus::Succeeded, i64::MAX, None);
        assert_eq!(
            add_up(&[big.clone(), big], &[], &[], &BTreeSet::new(), BusinessDay::BEIJING),
            Err(TooLarge)
        );
    }
}

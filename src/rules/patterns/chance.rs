//! When chance is no explanation any more: less than one night in a thousand would show as much.
//!
//! Exact decimals, no floats; every bound errs on the side of saying nothing.

use rust_decimal::Decimal;

/// What is still put down to chance: 1 in 1000.
const RARE: Decimal = Decimal::from_parts(1, 0, 0, false, 3);
/// From so many rows on, five times what chance would give is beyond doubt.
const MANY: usize = 20;
/// Values that amounts may be apart by, where nothing shows how many there are.
const VALUES_MIN: u64 = 100;
/// How many times as many as chance would give.
const TIMES: i64 = 5;

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The part.
    pub part: i64,
    /// The whole.
    pub whole: i64,
}

impl Share {
    fn decimal(self) -> Option<Decimal> {
        Decimal::from(self.part).checked_div(Decimal::from(self.whole))
    }
}

/// Whether it is rare that all of `count` rows are in a part that has this share of the trade.
pub fn all_of_them(count: usize, share: Share) -> bool {
    share.decimal().is_some_and(|share| is_rare(Decimal::ONE, share, count))
}

/// Whether it is rare that `count` lost ones follow each other when `lost` and `booked` ones come in
/// any order. Where nothing was booked at all, there is nothing that chance could have mixed.
pub fn in_a_row(count: usize, lost: usize, booked: usize) -> bool {
    if booked == 0 {
        return true;
    }
    let whole = Decimal::from(lost.saturating_add(booked));
    let share = Decimal::from(lost).checked_div(whole);
    share.is_some_and(|share| is_rare(whole, share, count))
}

/// Whether it is rare that at least `count` of `among` rows are in a part of the day that has this
/// share of it.
pub fn so_many(count: usize, among: usize, share: Share) -> bool {
    is_much(Decimal::ONE, count, among, share)
}

/// Whether it is rare that at least `count` of `among` rows have one value in common, whichever, where
/// the others have theirs so often: how often each is there.
///
/// From how seldom two of the others are equal it follows how many values there are: n rows make about
/// n² / 2v equal pairs. Where there is nothing to see that by, it is taken for a hundred.
pub fn one_value(count: usize, among: usize, others: impl Iterator<Item = usize>) -> bool {
    let (mut rows, mut pairs) = (0_u64, 0_u64);
    for times in others {
        let times = u64::try_from(times).unwrap_or(u64::MAX);
        rows = rows.saturating_add(times);
        let equal = times.saturating_mul(times.saturating_sub(1)).checked_div(2);
        pairs = pairs.saturating_add(equal.unwrap_or(0));
    }
    let twice = pairs.saturating_add(1).saturating_mul(2);
    let values = rows.saturating_mul(rows).checked_div(twice).unwrap_or(0).max(VALUES_MIN);
    let share = Share { part: 1, whole: i64::try_from(values).unwrap_or(i64::MAX) };
    is_much(Decimal::from(values), count, among, share)
}

/// Whether fewer than one in a thousand of `start` tries would have so many.
fn is_much(start: Decimal, count: usize, among: usize, share: Share) -> bool {
    let (count_whole, among_whole) = (Decimal::from(count), Decimal::from(among));
    let expected = share.decimal().and_then(|share| share.checked_mul(among_whole));
    let Some(expected) = expected else { return false };
    let is_much = expected.checked_mul(Decimal::from(TIMES)).is_some_and(|it| count_whole >= it);
    if count >= MANY || !is_much {
        return is_much;
    }
    // The probability of at least `count` is below (among choose count) × share^count.
    let mut bound = start;
    for done in 0..count {
        let left = Decimal::from(among.saturating_sub(done));
        let next = share
            .decimal()
            .and_then(|share| share.checked_mul(left))
            .and_then(|step| step.checked_div(Decimal::from(done.saturating_add(1))))
            .and_then(|step| bound.checked_mul(step));
        let Some(next) = next else { return false };
        bound = next;
    }
    bound < RARE
}

/// Whether `start × share^times` is rare.
fn is_rare(start: Decimal, share: Decimal, times: usize) -> bool {
    let mut product = start;
    for _ in 0..times {
        if product < RARE {
            return true;
        }
        let Some(next) = product.checked_mul(share) else { return false };
        if next == product {
            return false;
        }
        product = next;
    }
    product < RARE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chance_explains_is_no_pattern() {
        let half = Share { part: 1, whole: 2 };
        let table = [
            (all_of_them(5, half), false),
            (all_of_them(10, half), true),
            (all_of_them(1000, Share { part: 1, whole: 1 }), false),
            (all_of_them(5, Share { part: 0, whole: 0 }), false),
            (all_of_them(5, Share { part: 1, whole: 10 }), true),
            (in_a_row(5, 5, 0), true),
            (in_a_row(5, 5, 995), true),
            (in_a_row(5, 100, 900), false),
            (in_a_row(8, 100, 900), true),
            (in_a_row(5, 500, 500), false),
        ];
        for (number, (found, expected)) in table.into_iter().enumerate() {
            assert_eq!(found, expected, "row {number}");
        }
    }

    #[test]
    fn many_in_a_small_part_of_the_day_is_no_chance() {
        let ten_minutes = Share { part: 600, whole: 86_400 };
        let table =
            [(5, 5, true), (5, 50, true), (5, 200, false), (20, 500, true), (20, 5000, false)];
        for (count, among, expected) in table {
            assert_eq!(so_many(count, among, ten_minutes), expected, "{count} of {among}");
        }
        assert!(so_many(100_000, 100_000, ten_minutes));
    }

    #[test]
    fn a_value_of_few_that_all_come_up_often_is_no_cause() {
        // count, how many others, how often each of their values is there, rare
        let table = [
            (5, 0, 1, true),
            (5, 10, 1, true),
            (5, 90, 1, true),
            (5, 885, 1, true),
            // 885 rows over some thousand values: one of them comes up five times on every such night.
            (5, 885, 2, false),
            (6, 885, 2, false),
            (20, 885, 2, true),
            (5, 90, 3, false),
            // Several coupons of a round value each.
            (40, 100, 20, true),
            (40, 40, 40, true),
        ];
        for (count, others, times, expected) in table {
            let among = count + others;
            let values = (0..others / times).map(|_| times);
            assert_eq!(one_value(count, among, values), expected, "{count} {others} {times}");
        }
    }
}

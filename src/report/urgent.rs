//! The most urgent of many discrepancies: the gravest first, then the largest, then as in the file.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::money::{Currency, hundredths};

/// How a discrepancy is ranked: by how urgent its kind is, its size, and its place in the file.
type Rank<K> = (K, Reverse<u64>, u64);

/// As many of them as are wanted, whatever their number, and that number.
#[derive(Debug)]
pub(super) struct Urgent<K, T> {
    most: usize,
    rows: BTreeMap<Rank<K>, T>,
    count: u64,
}

impl<K: Ord + Copy, T> Urgent<K, T> {
    /// None yet; `most` of them will be kept.
    pub(super) const fn new(most: usize) -> Self {
        Self { most, rows: BTreeMap::new(), count: 0 }
    }

    /// Looks at one; the least `kind` is the most urgent, `number` is its place in the file, and `row` makes what is
    /// kept of it.
    pub(super) fn offer(
        &mut self,
        (kind, number): (K, u64),
        (minor, currency): (i64, Currency),
        row: impl FnOnce() -> T,
    ) {
        self.count = self.count.saturating_add(1);
        let size = hundredths(minor.unsigned_abs(), currency);
        let rank = (kind, Reverse(size), number);
        if self.rows.len() >= self.most {
            if self.rows.last_key_value().is_some_and(|(last, _)| *last <= rank) {
                return;
            }
            self.rows.pop_last();
        }
        self.rows.insert(rank, row());
    }

    /// Those that are kept, each with its kind and its place in the file.
    pub(super) fn iter(&self) -> impl Iterator<Item = (K, u64, &T)> {
        self.rows.iter().map(|((kind, _, number), row)| (*kind, *number, row))
    }

    /// How many are kept.
    pub(super) fn kept(&self) -> u64 {
        u64::try_from(self.rows.len()).unwrap_or(u64::MAX)
    }

    /// How many there are in all.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discrepancy::Severity;

    #[test]
    fn the_most_urgent_and_largest_are_kept_and_all_are_counted() {
        let mut urgent = Urgent::new(200);
        for number in 0..500_u64 {
            let severity = if number == 499 { Severity::Critical } else { Severity::Low };
            let minor = -i64::try_from(number).expect("small");
            urgent.offer((Reverse(severity), number), (minor, Currency::CNY), || number);
        }
        assert_eq!((urgent.kept(), urgent.count()), (200, 500));
        let kept: Vec<u64> = urgent.iter().map(|(_, number, _)| number).collect();
        assert_eq!((kept.first(), kept.get(1), kept.last()), (Some(&499), Some(&498), Some(&300)));
    }
}

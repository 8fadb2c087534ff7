//! What the rows of a file add up to, as they are written.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{AmountUnit, Figure, RowKind};
use crate::intake::cell::FEE_SCALE;
use crate::money::Currency;

/// The cells of a row that totals add up: fen as written, 0 where there is nothing; `None` for what
/// cannot be read.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::intake) struct Figures {
    pub(in crate::intake) amount: Option<i64>,
    pub(in crate::intake) refund_amount: Option<i64>,
    /// As [`exact_fee`]: some bills state fees with five decimals.
    pub(in crate::intake) fee: Option<i64>,
}

/// A fee in thousandths of the smallest unit, as totals add them up.
pub(in crate::intake) const fn exact_fee(minor: i64) -> Option<i64> {
    minor.checked_mul(FEE_SCALE)
}

/// What the rows of a file add up to, by their kind.
#[derive(Debug, Default)]
pub(in crate::intake) struct Tally {
    kinds: BTreeMap<Option<RowKind>, Sums>,
    /// Rows of which it is not known what they are.
    unknown: u64,
    /// What their amounts are of.
    currencies: BTreeSet<Currency>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::intake) struct Sums {
    rows: u64,
    /// Rows of which it is not known what they are.
    unknown: u64,
    amount: Sum,
    refund_amount: Sum,
    fee: Sum,
}

/// A column's cells, added up as they are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    minor: i128,
    unreadable: u64,
}

impl Sum {
    fn add(&mut self, minor: Option<i64>) {
        match minor {
            Some(minor) => self.minor = self.minor.saturating_add(i128::from(minor)),
            None => self.unreadable = self.unreadable.saturating_add(1),
        }
    }

    const fn join(&mut self, other: Self) {
        self.minor = self.minor.saturating_add(other.minor);
        self.unreadable = self.unreadable.saturating_add(other.unreadable);
    }
}

impl Sums {
    /// What was added since an earlier time.
    pub(super) const fn since(self, earlier: Self) -> Self {
        const fn minus(sum: Sum, earlier: Sum) -> Sum {
            Sum {
                minor: sum.minor.saturating_sub(earlier.minor),
                unreadable: sum.unreadable.saturating_sub(earlier.unreadable),
            }
        }
        Self {
            rows: self.rows.saturating_sub(earlier.rows),
            unknown: self.unknown.saturating_sub(earlier.unknown),
            amount: minus(self.amount, earlier.amount),
            refund_amount: minus(self.refund_amount, earlier.refund_amount),
            fee: minus(self.fee, earlier.fee),
        }
    }

    /// The number of rows, and what they come to of one figure; `None` where that cannot be said.
    pub(super) fn answer(&self, figure: Figure, in_refunds: bool) -> Option<(u64, i128)> {
        if self.unknown > 0 {
            return None;
        }
        let sum = match figure {
            Figure::Count => Sum { minor: i128::from(self.rows), unreadable: 0 },
            Figure::Amount if in_refunds => self.refund_amount,
            Figure::Amount => self.amount,
            Figure::Fee => self.fee,
            Figure::Ignored => return None,
        };
        (sum.unreadable == 0).then_some((self.rows, sum.minor))
    }
}

impl Tally {
    /// Notes what the amounts of a row are of.
    pub(in crate::intake) fn note(&mut self, currency: Currency) {
        self.currencies.insert(currency);
    }

    /// By how much a sum of the rows is multiplied to stand in hundredths, as a total does that is read
    /// without a currency; `None` where the sums mean nothing: several currencies, or one of more decimals.
    pub(super) fn scale(&self, unit: AmountUnit) -> Option<i128> {
        let mut exponents = self.currencies.iter().map(|currency| currency.exponent());
        match (exponents.next(), exponents.next(), unit) {
            (None, _, _) | (Some(2), None, _) | (Some(_), None, AmountUnit::Fen) => Some(1),
            (Some(0), None, AmountUnit::Yuan) => Some(100),
            (_, _, _) => None,
        }
    }

    /// Adds a row; `kind` is `None` where it cannot be read.
    pub(in crate::intake) fn add(&mut self, kind: Option<RowKind>, figures: Figures) {
        let sums = self.kinds.entry(kind).or_default();
        sums.rows = sums.rows.saturating_add(1);
        sums.amount.add(figures.amount);
        sums.refund_amount.add(figures.refund_amount);
        sums.fee.add(figures.fee);
    }

    /// Adds a row that cannot be read as a whole, so that it may be none.
    pub(in crate::intake) const fn add_unknown(&mut self) {
        self.unknown = self.unknown.saturating_add(1);
    }

    /// Rows and sums of one kind, else of all.
    pub(super) fn of(&self, kind: Option<RowKind>) -> Sums {
        let mut all = Sums { unknown: self.unknown, ..Sums::default() };
        for (of, sums) in &self.kinds {
            if kind.is_none() || kind == *of {
                all.rows = all.rows.saturating_add(sums.rows);
                all.amount.join(sums.amount);
                all.refund_amount.join(sums.refund_amount);
                all.fee.join(sums.fee);
            }
        }
        all
    }

    /// Everything so far, for a row of sums that may be of a part.
    pub(in crate::intake) fn so_far(&self) -> Sums {
        self.of(None)
    }

    /// Whether there are rows whose kind cannot be read.
    pub(super) fn has_rows_of_no_kind(&self) -> bool {
        self.kinds.contains_key(&None)
    }
}

//! Fees that stand in rows of their own, beside the row of their order; whether the balance after each row is
//! what the rows make of it; and whether a batch comes to nothing.

use std::collections::{BTreeMap, VecDeque};

use crate::intake::statement::row::{OrderFee, StoredRow};
use crate::money::{Currency, Money};

/// Rows that may lie between an order's row and that of its fee.
const ROWS_BETWEEN_MAX: usize = 1_000;

/// The last orders, to which fees may still come, and the last fees, whose orders may.
#[derive(Default)]
pub(super) struct Beside {
    orders: VecDeque<StoredRow>,
    fees: VecDeque<OrderFee>,
}

impl Beside {
    /// Takes an order. Gives one to which no fee comes any more.
    pub(super) fn order(&mut self, mut row: StoredRow) -> Option<StoredRow> {
        while let Some(at) = self.fees.iter().position(|fee| is_of(fee, &row)) {
            let Some(fee) = self.fees.remove(at) else { break };
            row.fee_minor = with(row.fee_minor, fee.fee_minor);
        }
        self.orders.push_back(row);
        if self.orders.len() > ROWS_BETWEEN_MAX { self.orders.pop_front() } else { None }
    }

    /// Takes a fee. Gives one whose order is not in the file.
    pub(super) fn fee(&mut self, fee: OrderFee) -> Option<OrderFee> {
        if let Some(row) = self.orders.iter_mut().rev().find(|row| is_of(&fee, row)) {
            row.fee_minor = with(row.fee_minor, fee.fee_minor);
            return None;
        }
        self.fees.push_back(fee);
        if self.fees.len() > ROWS_BETWEEN_MAX { self.fees.pop_front() } else { None }
    }

    /// What is left at the end.
    pub(super) fn rest(self) -> (VecDeque<StoredRow>, VecDeque<OrderFee>) {
        (self.orders, self.fees)
    }
}

fn is_of(fee: &OrderFee, row: &StoredRow) -> bool {
    let (left, right) = (&fee.provider_order_no, &row.provider_order_no);
    let is_same = left.is_empty() || right.is_empty() || left == right;
    fee.lane == row.lane && fee.order_no == row.order_no && is_same
}

/// A fee with a further part; absurd sums stay what they were, and do not tie.
fn with(fee_minor: Option<i64>, further: i64) -> Option<i64> {
    fee_minor.unwrap_or(0).checked_add(further).or(fee_minor)
}

/// The balances after the rows, whether the oldest stands first or last.
#[derive(Debug)]
pub(super) struct Balances {
    last: Option<(i64, i64)>,
    rises: bool,
    falls: bool,
    /// The first line at which neither order holds any more.
    broken: Option<i64>,
}

impl Balances {
    pub(super) const fn new() -> Self {
        Self { last: None, rises: true, falls: true, broken: None }
    }

    /// Looks at a row: by how much it changes the balance, and what that is then.
    pub(super) fn take(&mut self, line: i64, (change, balance): (i64, i64)) {
        if let Some((change_before, balance_before)) = self.last {
            self.rises &= balance_before.checked_add(change) == Some(balance);
            self.falls &= balance.checked_add(change_before) == Some(balance_before);
            if !self.rises && !self.falls {
                self.broken.get_or_insert(line);
            }
        }
        self.last = Some((change, balance));
    }

    /// The line at which the balances stop being what the rows make of them.
    pub(super) const fn broken(&self) -> Option<i64> {
        self.broken
    }
}

/// The net amounts of what was settled together, by batch and currency.
#[derive(Debug, Default)]
pub(super) struct Batches(BTreeMap<String, BTreeMap<Currency, i128>>);

impl Batches {
    /// Adds a row's.
    pub(super) fn take(&mut self, batch: String, net: Money) {
        let sum = self.0.entry(batch).or_default().entry(net.currency).or_default();
        *sum = sum.saturating_add(i128::from(net.minor));
    }

    /// The first batch that does not come to nothing. Of one in several currencies it is not known what each
    /// of them comes to.
    pub(super) fn broken(self) -> Option<String> {
        let is_broken =
            |sums: &BTreeMap<Currency, i128>| sums.len() == 1 && sums.values().any(|sum| *sum != 0);
        self.0.into_iter().find(|(_, sums)| is_broken(sums)).map(|(batch, _)| batch)
    }
}

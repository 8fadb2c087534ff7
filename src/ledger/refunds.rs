//! Refunds of some payments, whichever the database.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::order::OrderKey;
use crate::reading::Reading;

/// The payments whose refunds are looked for.
pub(super) struct Payments<'a>(BTreeSet<(&'a str, &'a str)>);

impl<'a> Payments<'a> {
    pub(super) fn of(payments: &'a [OrderKey]) -> Self {
        Self(payments.iter().map(|key| (&*key.order_no, &*key.stream.account)).collect())
    }

    /// Their order numbers, each once.
    pub(super) fn order_nos(&self) -> Vec<&'a str> {
        let mut order_nos: Vec<&str> = self.0.iter().map(|(order_no, _)| *order_no).collect();
        order_nos.dedup();
        order_nos
    }

    /// Whether a refund is of one of them: numbers are unique in an account only.
    pub(super) fn has(&self, refund: &Reading) -> bool {
        self.0.contains(&(&*refund.original_order_no, &*refund.key.stream.account))
    }
}

/// By key, then as the readings of a pair are sorted.
pub(super) fn in_order(left: &Reading, right: &Reading) -> Ordering {
    let of = |it: &Reading| (it.source, it.occurrence);
    let numbers = left.facts.provider_order_no.cmp(&right.facts.provider_order_no);
    left.key.cmp(&right.key).then(numbers).then(of(left).cmp(&of(right)))
}

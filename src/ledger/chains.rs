//! The next link of each discrepancy's history, while entries are being written.

use std::collections::BTreeMap;

use super::DiscrepancyEvent;
use super::failure::{Outcome, unknown};
use crate::resolution::chain::entry_hash;

/// Where an entry stands in its history.
pub(super) struct Link {
    /// 1, 2, 3, …
    pub(super) sequence: i64,
    /// Its hash.
    pub(super) hash: String,
}

/// The last entries of histories, by order number and id.
#[derive(Default)]
pub(super) struct Chains(BTreeMap<String, BTreeMap<String, Link>>);

impl Chains {
    /// The last entry of a history as it is in the ledger; the hash is `None` for one from before
    /// there were hashes.
    pub(super) fn begin(&mut self, order_no: String, id: String, last: i64, hash: Option<String>) {
        let link = Link { sequence: last, hash: hash.unwrap_or_default() };
        self.0.entry(order_no).or_default().insert(id, link);
    }

    /// The link of the entry that comes next.
    pub(super) fn next(
        &mut self,
        order_no: &str,
        id: &str,
        event: &DiscrepancyEvent,
    ) -> Outcome<Link> {
        let of_order = self.0.entry(order_no.to_owned()).or_default();
        let last = of_order.get(id);
        let sequence = last.map_or(0, |last| last.sequence).saturating_add(1);
        let event = DiscrepancyEvent {
            order_no: order_no.to_owned(),
            discrepancy_id: id.to_owned(),
            sequence: i32::try_from(sequence).map_err(|_| unknown("a sequence", &sequence))?,
            ..event.clone()
        };
        let hash = entry_hash(last.map_or("", |last| &last.hash), &event);
        of_order.insert(id.to_owned(), Link { sequence, hash: hash.clone() });
        Ok(Link { sequence, hash })
    }
}

//! The next link of each discrepancy's history, while entries are being written.

use std::collections::BTreeMap;

use super::failure::{Outcome, unknown};
use super::{DiscrepancyChange, DiscrepancyEvent};
use crate::resolution::chain::{content_hash, entry_hash, row_hash};

/// Where an entry stands in its history, and its hashes.
pub(super) struct Link {
    /// 1, 2, 3, …
    pub(super) sequence: i64,
    /// Over it and the entry before it.
    pub(super) hash: String,
    /// Over the discrepancy's row.
    pub(super) row_hash: String,
    /// Over it and the row.
    pub(super) content_hash: String,
}

/// The last entries of histories: sequence and hash, by order number and id.
#[derive(Default)]
pub(super) struct Chains(BTreeMap<String, BTreeMap<String, (i64, String)>>);

impl Chains {
    /// The last entry of a history as it is in the ledger; the hash is `None` for one from before
    /// there were hashes.
    pub(super) fn begin(&mut self, order_no: String, id: String, last: i64, hash: Option<String>) {
        self.0.entry(order_no).or_default().insert(id, (last, hash.unwrap_or_default()));
    }

    /// The link of the entry that comes next.
    pub(super) fn next(&mut self, change: &DiscrepancyChange) -> Outcome<Link> {
        let DiscrepancyChange { discrepancy, event } = change;
        let of_order = self.0.entry(discrepancy.key.order_no.clone()).or_default();
        let last = of_order.get(&discrepancy.id);
        let sequence = last.map_or(0, |(sequence, _)| *sequence).saturating_add(1);
        let event = DiscrepancyEvent {
            order_no: discrepancy.key.order_no.clone(),
            discrepancy_id: discrepancy.id.clone(),
            sequence: i32::try_from(sequence).map_err(|_| unknown("a sequence", &sequence))?,
            ..event.clone()
        };
        let row_hash = row_hash(discrepancy);
        let hash = entry_hash(last.map_or("", |(_, hash)| hash), &event, &row_hash);
        let content_hash = content_hash(&event, &row_hash);
        of_order.insert(discrepancy.id.clone(), (sequence, hash.clone()));
        Ok(Link { sequence, hash, row_hash, content_hash })
    }
}

//! Histories of discrepancies, and the chain over all of them.

use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::Discrepancy;

/// One entry of a discrepancy's append-only history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscrepancyEvent {
    /// The discrepancy.
    pub discrepancy_id: String,
    /// The pair's order number.
    pub order_no: String,
    /// 1, 2, 3, … per discrepancy.
    pub sequence: i32,
    /// The business date of the run in which it happened.
    pub business_date: BusinessDate,
    /// What happened: `raised`, `changed`, `closed`, `reopened`, or a resolution verb.
    pub event: String,
    /// Who: `duizhang` for the job, else a person.
    pub person: String,
    /// What it was before and is now, or the person's note, in English, without personal data.
    pub note: String,
    /// When.
    pub occurred_at: Timestamp,
}

/// A discrepancy as it is to be, and the event that makes it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscrepancyChange {
    /// The whole row as it is from now on.
    pub discrepancy: Discrepancy,
    /// Its history's next entry; `sequence` is given by the ledger.
    pub event: DiscrepancyEvent,
}

/// One entry of a history as it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEntry {
    /// The entry.
    pub event: DiscrepancyEvent,
    /// What [`crate::resolution::chain::entry_hash`] gave when it was written; `None` for entries
    /// older than hashes.
    pub hash: Option<String>,
    /// What [`crate::resolution::chain::row_hash`] gave; empty for older entries.
    pub row_hash: String,
    /// What [`crate::resolution::chain::content_hash`] gave; empty for older entries.
    pub content_hash: String,
    /// The discrepancy's row as it is now; `None` when there is none.
    pub row: Option<Discrepancy>,
}

/// A link of the chain over all histories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// 1, 2, 3, …
    pub sequence: i64,
    /// The business date of the report that it was made for.
    pub business_date: BusinessDate,
    /// How many entries belong to it.
    pub entries: i64,
    /// The digest of these, see [`crate::resolution::chain::anchor`].
    pub digest: String,
    /// The words of the providers about the business date as they were then; `None` for one from before they
    /// were counted.
    pub words: Option<AnchoredWords>,
    /// Over all that, but for [`AnchoredWords::evidence`], and the link before it.
    pub hash: String,
}

/// The words of the providers about one business date at one moment, see
/// [`crate::resolution::chain::words`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchoredWords {
    /// How many there were that say something, each once.
    pub count: i64,
    /// Their digest.
    pub digest: String,
    /// The newest evidence among them: words that rest on a newer answer came later. Where an answer lies
    /// depends on how often a night was killed, so it is in no hash; it only tells which words to count.
    pub evidence: i64,
}

/// An entry of a history as its anchor knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchoredEntry {
    /// The anchor that was next when it was written.
    pub anchor: i64,
    /// The pair's order number.
    pub order_no: String,
    /// The discrepancy.
    pub discrepancy_id: String,
    /// 1, 2, 3, … per discrepancy.
    pub sequence: i32,
    /// The business date of the run in which it happened.
    pub business_date: BusinessDate,
    /// What [`crate::resolution::chain::content_hash`] gave; of one from before there were such hashes, the
    /// hash of its history.
    pub content_hash: String,
    /// It was pruned with its discrepancy: nothing else is left of it.
    pub is_pruned: bool,
}

/// After which entry a page of [`crate::ledger::Ledger::anchored_entries`] begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AfterEntry {
    /// Its anchor.
    pub anchor: i64,
    /// Its order number.
    pub order_no: String,
    /// Its discrepancy.
    pub discrepancy_id: String,
    /// Its sequence.
    pub sequence: i32,
}

impl From<&AnchoredEntry> for AfterEntry {
    fn from(entry: &AnchoredEntry) -> Self {
        Self {
            anchor: entry.anchor,
            order_no: entry.order_no.clone(),
            discrepancy_id: entry.discrepancy_id.clone(),
            sequence: entry.sequence,
        }
    }
}

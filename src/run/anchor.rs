//! The link of the chain over all histories that stands for a report, see
//! [`crate::resolution::chain::anchor`].

use crate::business_day::BusinessDate;
use crate::ledger::{AfterEntry, Anchor, LedgerError};
use crate::resolution::chain::anchor::{self, EntriesDigest};
use crate::run::House;

/// Entries of histories that are read at once.
pub(super) const ENTRIES: u32 = 1_000;

impl House {
    /// The anchor of a business date's report: the last that was made for it, unless something that the
    /// report may show was written since; else a new one. The caller holds the ledger's lock.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    pub async fn anchor(&self, date: BusinessDate) -> Result<Anchor, LedgerError> {
        let anchors = self.ledger.anchors().await?;
        let last = anchors.last();
        let mut digest = EntriesDigest::default();
        let mut is_due = false;
        let open = last.map_or(0, |last| last.sequence).saturating_add(1);
        let mut after = AfterEntry { anchor: open, ..AfterEntry::default() };
        loop {
            let page = self.ledger.anchored_entries(&after, ENTRIES).await?;
            let Some(end) = page.last() else { break };
            after = AfterEntry::from(end);
            for entry in &page {
                digest.add(entry);
                is_due |= entry.business_date <= date;
            }
        }
        let known = anchors.iter().rfind(|anchor| anchor.business_date == date);
        if let Some(known) = known.filter(|_| !is_due) {
            return Ok(known.clone());
        }
        let anchor = anchor::next(last, date, digest.finish());
        self.ledger.put_anchor(&anchor).await?;
        self.ledger.checkpoint().await?;
        Ok(anchor)
    }
}

//! The link of the chain over all histories that stands for a report, see
//! [`crate::resolution::chain::anchor`].

use futures_util::StreamExt;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::ledger::{AfterEntry, Anchor, AnchoredWords};
use crate::resolution::chain::anchor::{self, EntriesDigest};
use crate::resolution::chain::words::{WordHash, WordsDigest};
use crate::run::RunError;
use crate::sorter::Sorter;

/// Entries of histories that are read at once.
pub(super) const ENTRIES: u32 = 1_000;

impl App {
    /// The anchor of a business date's report: the last that was made for it, unless something that the
    /// report may show was written since; else a new one. The caller holds the ledger's lock.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the ledger or the disk fails.
    pub async fn anchor(&self, date: BusinessDate) -> Result<Anchor, RunError> {
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
        let words = self.words_on(date).await?;
        let anchor = anchor::next(last, date, digest.finish(), words);
        self.ledger.put_anchor(&anchor).await?;
        self.ledger.checkpoint().await?;
        Ok(anchor)
    }

    /// The words of the providers about a business date as they are now.
    async fn words_on(&self, date: BusinessDate) -> Result<AnchoredWords, RunError> {
        let spool = self.spool()?;
        let spooled = |source| RunError::Folder { path: spool.display().to_string(), source };
        let mut hashes = Sorter::new(&spool, |hash: &WordHash, key| key.fixed(&hash.0));
        let mut evidence = 0;
        let mut words = self.ledger.hashed_words(Some(date));
        while let Some(word) = words.next().await {
            let word = word?;
            evidence = evidence.max(word.evidence);
            hashes.push(&word.hash).map_err(spooled)?;
        }
        drop(words);
        let mut digest = WordsDigest::default();
        for hash in hashes.finish().map_err(spooled)? {
            digest.add(hash.map_err(spooled)?);
        }
        let (count, digest) = digest.finish();
        Ok(AnchoredWords { count, digest, evidence })
    }
}

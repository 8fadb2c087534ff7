//! The histories of discrepancies, each by itself, and the chain over all of them.

use serde::Serialize;

use super::Problems;
use crate::app::App;
use crate::ledger::{AfterEntry, Anchor, LedgerError};
use crate::resolution::chain::anchor::{EntriesDigest, link_hash};
use crate::run::RunError;
use crate::run::anchor::ENTRIES;

/// What the histories came to, one by one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct HistoriesChecked {
    /// Histories that were read.
    pub histories: u64,
}

/// What the chain came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ChainChecked {
    /// Its links.
    pub anchors: u64,
    /// Entries of histories that belong to them.
    pub entries: u64,
    /// Of these, how many were pruned: of them only that they were there can be shown.
    pub pruned: u64,
    /// The business date of the newest entry that was pruned; empty without any.
    pub newest_pruned: String,
    /// Entries that were written after the last report: no link has them yet.
    pub since: u64,
}

/// The entries of one link, as far as they were read.
struct Link {
    sequence: i64,
    digest: EntriesDigest,
}

impl App {
    pub(super) async fn check_all_histories(
        &self,
        problems: &mut Problems,
    ) -> Result<HistoriesChecked, RunError> {
        let (histories, broken) = self.check_histories(None).await?;
        for one in broken {
            problems.add(one.to_string());
        }
        for id in self.ledger.altered_versions(ENTRIES).await? {
            problems.add(format!(
                "the row of {id} is not what its reports show: one of them was changed"
            ));
        }
        Ok(HistoriesChecked { histories })
    }

    /// Checks every link by its entries and by the link before it.
    pub(super) async fn check_chain(
        &self,
        problems: &mut Problems,
    ) -> Result<(ChainChecked, Vec<Anchor>), RunError> {
        let anchors = self.ledger.anchors().await?;
        let mut previous = "";
        for (expected, anchor) in (1_i64..).zip(&anchors) {
            if anchor.sequence != expected {
                problems.add(format!(
                    "anchor {expected} is missing: {} stands in its place",
                    anchor.sequence
                ));
                break;
            }
            if link_hash(previous, anchor) != anchor.hash {
                problems.add(format!(
                    "anchor {expected}, of the report of {}, is not what was written: it, or the one \
                     before it, was changed",
                    anchor.business_date
                ));
            }
            previous = &anchor.hash;
        }
        let chain = self.check_entries(&anchors, problems).await?;
        Ok((chain, anchors))
    }

    async fn check_entries(
        &self,
        anchors: &[Anchor],
        problems: &mut Problems,
    ) -> Result<ChainChecked, LedgerError> {
        let mut chain = ChainChecked {
            anchors: u64::try_from(anchors.len()).unwrap_or(u64::MAX),
            ..ChainChecked::default()
        };
        let mut links = anchors.iter();
        let mut open: Option<Link> = None;
        let mut newest = None;
        let mut after = AfterEntry::default();
        loop {
            let page = self.ledger.anchored_entries(&after, ENTRIES).await?;
            let Some(end) = page.last() else { break };
            after = AfterEntry::from(end);
            for entry in &page {
                if open.as_ref().is_none_or(|link| link.sequence != entry.anchor) {
                    close(open.take(), &mut links, entry.anchor, problems);
                    let digest = EntriesDigest::default();
                    open = Some(Link { sequence: entry.anchor, digest });
                }
                if let Some(link) = &mut open {
                    link.digest.add(entry);
                }
                if anchors.last().is_none_or(|last| entry.anchor > last.sequence) {
                    chain.since = chain.since.saturating_add(1);
                } else {
                    chain.entries = chain.entries.saturating_add(1);
                }
                if entry.is_pruned {
                    chain.pruned = chain.pruned.saturating_add(1);
                    newest = newest.max(Some(entry.business_date));
                }
            }
        }
        close(open, &mut links, i64::MAX, problems);
        chain.newest_pruned = newest.map_or_else(String::new, |date| date.to_string());
        Ok(chain)
    }
}

/// Compares the entries that were read with their link, and every link before `next` without any with
/// nothing.
fn close(
    mut open: Option<Link>,
    links: &mut std::slice::Iter<'_, Anchor>,
    next: i64,
    problems: &mut Problems,
) {
    while let Some(anchor) = links.as_slice().first().filter(|anchor| anchor.sequence < next) {
        links.next();
        let own = open.take_if(|link| link.sequence == anchor.sequence);
        let (entries, digest) = own.map(|link| link.digest).unwrap_or_default().finish();
        if entries != anchor.entries {
            problems.add(format!(
                "of the {} entries of histories up to the report of {} (anchor {}), {entries} are there: \
                 entries were removed or added",
                anchor.entries, anchor.business_date, anchor.sequence
            ));
        } else if digest != anchor.digest {
            problems.add(format!(
                "the entries of histories up to the report of {} (anchor {}) are not those that were \
                 written: some were changed",
                anchor.business_date, anchor.sequence
            ));
        }
    }
}

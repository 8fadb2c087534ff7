//! The chain over all histories: one link for each report that had something new, named in the report's
//! manifest, so that whoever keeps the manifests can tell whether anything was taken out of the ledger.
//!
//! A link's digest is over the content hashes of the entries that were written since the link before, by
//! order number, id and sequence. Nothing in it depends on when and in how many pieces they were written:
//! the same night gives the same link, killed or not, on either database.
//!
//! A link also counts the providers' words of its date, see [`super::words`].

use super::netstring::Hash;
use crate::business_day::BusinessDate;
use crate::ledger_data::{Anchor, AnchoredEntry, AnchoredWords};

/// The digest of a link's entries, added one by one in their order.
#[derive(Default)]
pub struct EntriesDigest {
    hash: Hash,
    count: i64,
}

impl EntriesDigest {
    /// Adds an entry.
    pub fn add(&mut self, entry: &AnchoredEntry) {
        self.hash.text(&entry.content_hash);
        self.count = self.count.saturating_add(1);
    }

    /// How many there are, and their digest.
    pub fn finish(self) -> (i64, String) {
        (self.count, self.hash.finish())
    }
}

/// The link that comes after another one.
pub fn next(
    last: Option<&Anchor>,
    business_date: BusinessDate,
    (entries, digest): (i64, String),
    words: AnchoredWords,
) -> Anchor {
    let sequence = last.map_or(0, |last| last.sequence).saturating_add(1);
    let previous = last.map_or("", |last| &last.hash);
    let (words, hash) = (Some(words), String::new());
    let mut anchor = Anchor { sequence, business_date, entries, digest, words, hash };
    anchor.hash = link_hash(previous, &anchor);
    anchor
}

/// The hash of a link, by that of the one before it.
pub fn link_hash(previous: &str, anchor: &Anchor) -> String {
    let mut hash = Hash::default();
    hash.text(previous);
    hash.number(anchor.sequence);
    hash.text(&anchor.business_date.to_string());
    hash.number(anchor.entries);
    hash.text(&anchor.digest);
    // A link from before words were counted has the hash that it had then.
    if let Some(words) = &anchor.words {
        hash.number(words.count);
        hash.text(&words.digest);
    }
    hash.finish()
}

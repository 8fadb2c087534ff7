//! The providers' words of each date against the anchors of its reports: none was taken out, and none put in.
//!
//! That a word is what was answered is another question, see [`super::readings`]; that one is gone can only be
//! told by what was counted when it was there.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde::Serialize;

use super::Problems;
use crate::app::App;
use crate::business_day::BusinessDate;
use crate::ledger::{Anchor, AnchoredWords};
use crate::resolution::chain::words::{HashedWord, WordsDigest};
use crate::run::RunError;
use crate::sorter::Sorter;

/// What the words came to, date by date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct WordsChecked {
    /// Dates of whose words none was taken out since their reports.
    pub dates: u64,
    /// Words that came after the last report of their date, or of whose date there is none: no anchor counts
    /// them yet.
    pub since: u64,
    /// Dates whose words were pruned since.
    pub pruned: u64,
}

/// The words that one anchor counts, as far as they were read.
struct Counted<'a> {
    anchor: &'a Anchor,
    known: &'a AnchoredWords,
    digest: WordsDigest,
}

impl App {
    /// Compares the words of each date with every anchor that counts them.
    pub(super) async fn check_words(
        &self,
        anchors: &[Anchor],
        problems: &mut Problems,
    ) -> Result<WordsChecked, RunError> {
        let mut by_date: BTreeMap<BusinessDate, Vec<Counted<'_>>> = BTreeMap::new();
        for anchor in anchors {
            if let Some(known) = &anchor.words {
                let counted = Counted { anchor, known, digest: WordsDigest::default() };
                by_date.entry(anchor.business_date).or_default().push(counted);
            }
        }
        let mut checked = WordsChecked::default();
        self.count_words(&mut by_date, &mut checked).await?;
        // What is pruned is older than all that is kept.
        let mut is_kept = false;
        for (date, counted) in by_date {
            let (totals, verdicts) = self.ledger.day(date).await?;
            is_kept |= !(totals.is_empty() && verdicts.is_empty());
            match counted.into_iter().find_map(|counted| wrong(counted, is_kept)) {
                None => checked.dates = checked.dates.saturating_add(1),
                Some(Wrong::Pruned) => checked.pruned = checked.pruned.saturating_add(1),
                Some(Wrong::Problem(what)) => problems.add(what),
            }
        }
        Ok(checked)
    }

    async fn count_words(
        &self,
        by_date: &mut BTreeMap<BusinessDate, Vec<Counted<'_>>>,
        checked: &mut WordsChecked,
    ) -> Result<(), RunError> {
        let spool = self.spool()?;
        let spooled = |source| RunError::Folder { path: spool.display().to_string(), source };
        let mut sorted = Sorter::new(&spool, |word: &HashedWord, key| key.fixed(&word.hash.0));
        let mut words = self.ledger.hashed_words(None);
        while let Some(word) = words.next().await {
            sorted.push(&word?).map_err(spooled)?;
        }
        drop(words);
        for word in sorted.finish().map_err(spooled)? {
            let word = word.map_err(spooled)?;
            let mut is_counted = false;
            for counted in by_date.get_mut(&word.business_date).into_iter().flatten() {
                if word.evidence <= counted.known.evidence {
                    counted.digest.add(word.hash);
                    is_counted = true;
                }
            }
            checked.since = checked.since.saturating_add(u64::from(!is_counted));
        }
        Ok(())
    }
}

enum Wrong {
    /// The date is older than everything that is kept, and has less than it had.
    Pruned,
    Problem(String),
}

/// What is wrong with the words that an anchor counts; `None` where nothing is.
fn wrong(counted: Counted<'_>, is_kept: bool) -> Option<Wrong> {
    let Counted { anchor, known, digest } = counted;
    let (there, digest) = digest.finish();
    if there == known.count && digest == known.digest {
        return None;
    }
    if there < known.count && !is_kept {
        return Some(Wrong::Pruned);
    }
    let Anchor { business_date, sequence, .. } = anchor;
    let what = if there < known.count {
        format!(
            "of the {} words of the providers about {business_date} that stood when its report was written \
             (anchor {sequence}), {there} are there: words were taken out of the ledger",
            known.count
        )
    } else {
        format!(
            "the words of the providers about {business_date} are not those that stood when its report was \
             written (anchor {sequence}): some were changed, replaced or put in"
        )
    };
    Some(Wrong::Problem(what))
}

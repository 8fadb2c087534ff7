//! A lost ledger is not a new one: the folders of reports and answers remember whose they are.
//!
//! The mark stands beside the dated folders and not in them, since the same inputs give the same bytes. That
//! of the reports also remembers the newest link of the chain that a report was written with, which an older
//! copy of the ledger does not have.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::ledger::Anchor;
use crate::month::Month;
use crate::run::RunError;

/// The file in a folder that says which ledger wrote there.
const MARK: &str = ".ledger";

/// What a folder remembers.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    /// The ledger's identity.
    ledger: String,
    /// Number and hash of the newest link that a report was written with.
    newest: Option<(i64, String)>,
}

impl Mark {
    /// Reads a mark; `None` for one of which the machine kept nothing.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let ledger = lines.next()?.trim().to_owned();
        let newest = lines.next().and_then(|line| {
            let (sequence, hash) = line.split_once(' ')?;
            Some((sequence.parse().ok()?, hash.trim().to_owned()))
        });
        (!ledger.is_empty()).then_some(Self { ledger, newest })
    }

    fn text(&self) -> String {
        let newest = self.newest.as_ref();
        let newest = newest.map(|(sequence, hash)| format!("{sequence} {hash}\n"));
        format!("{}\n{}", self.ledger, newest.unwrap_or_default())
    }
}

impl App {
    /// Makes sure that the ledger is the one whose reports and answers stand in the configured folders.
    ///
    /// # Errors
    ///
    /// [`RunError::OtherLedger`] where they are of another one, and where there are reports of an earlier
    /// version, which left no mark, beside a ledger that knows of no night.
    pub async fn recognise_ledger(&self) -> Result<(), RunError> {
        let ours = self.ledger.identity().await?;
        for (dir, _) in self.marked() {
            let is_other = match mark(dir)? {
                Some(known) => known.ledger != ours,
                None => has_reports(dir) && self.ledger.last_day().await?.is_none(),
            };
            if is_other {
                return Err(RunError::OtherLedger { folder: dir.display().to_string() });
            }
        }
        Ok(())
    }

    /// Makes sure that the ledger has what the newest report was written with.
    ///
    /// # Errors
    ///
    /// [`RunError::OlderLedger`] where it is an older copy of the ledger that wrote the report.
    pub async fn refuse_older_copy(&self) -> Result<(), RunError> {
        let dir = &self.config.reports.dir;
        let Some((sequence, hash)) = mark(dir)?.and_then(|known| known.newest) else {
            return Ok(());
        };
        let anchors = self.ledger.anchors().await?;
        if anchors.iter().any(|anchor| anchor.sequence == sequence && anchor.hash == hash) {
            return Ok(());
        }
        Err(RunError::OlderLedger { folder: dir.display().to_string() })
    }

    /// Remembers the link that a report was written with, where it is the newest.
    ///
    /// # Errors
    ///
    /// [`RunError::Folder`] when the mark cannot be written.
    pub(super) async fn remember(&self, anchor: &Anchor) -> Result<(), RunError> {
        let dir = &self.config.reports.dir;
        let known = mark(dir)?.and_then(|known| known.newest);
        if known.is_some_and(|(sequence, _)| sequence >= anchor.sequence) {
            return Ok(());
        }
        let ledger = self.ledger.identity().await?;
        let newest = Some((anchor.sequence, anchor.hash.clone()));
        put(dir, &Mark { ledger, newest })
    }

    /// Marks the folders as this ledger's; `over` also those that are marked as another one's.
    ///
    /// # Errors
    ///
    /// [`RunError::Folder`] when a mark cannot be written.
    pub async fn mark_ledger(&self, over: bool) -> Result<(), RunError> {
        let ours = self.ledger.identity().await?;
        for (dir, rights) in self.marked() {
            if over || mark(dir)?.is_none() {
                let made = DirBuilder::new().recursive(true).mode(rights).create(dir);
                made.map_err(|source| unusable(dir, source))?;
                put(dir, &Mark { ledger: ours.clone(), newest: None })?;
            }
        }
        Ok(())
    }

    /// The folders, each with its rights where it has to be made.
    fn marked(&self) -> [(&Path, u32); 2] {
        /// Answers hold what customers paid; nobody but the job reads them.
        const OWNER_ONLY: u32 = 0o700;
        let (reports, archive) = (&self.config.reports, &self.config.archive);
        [(&reports.dir, reports.rights.folder), (&archive.dir, OWNER_ONLY)]
    }
}

fn mark(dir: &Path) -> Result<Option<Mark>, RunError> {
    match fs::read_to_string(dir.join(MARK)) {
        Ok(text) => Ok(Mark::parse(&text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(unusable(dir, source)),
    }
}

/// Writes a mark whole or not at all: half of one would be another ledger's.
fn put(dir: &Path, mark: &Mark) -> Result<(), RunError> {
    let partial = dir.join(format!("{MARK}.partial"));
    let written =
        fs::write(&partial, mark.text()).and_then(|()| fs::rename(&partial, dir.join(MARK)));
    written.map_err(|source| unusable(dir, source))
}

fn unusable(dir: &Path, source: std::io::Error) -> RunError {
    RunError::Folder { path: dir.display().to_string(), source }
}

/// Whether a folder has the report of a date or month.
fn has_reports(dir: &Path) -> bool {
    let entries = fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .any(|name| BusinessDate::parse(&name).is_some() || Month::parse(&name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written_and_without_a_report_too() {
        let newest = Some((7, "ab12".to_owned()));
        for newest in [None, newest] {
            let mark = Mark { ledger: "L1".to_owned(), newest };
            assert_eq!(Mark::parse(&mark.text()), Some(mark));
        }
        // What an earlier version wrote, and what a power cut left of a file.
        assert_eq!(Mark::parse("L1\n").map(|mark| mark.ledger), Some("L1".to_owned()));
        assert_eq!(Mark::parse(""), None);
        assert_eq!(Mark::parse("\n"), None);
    }
}

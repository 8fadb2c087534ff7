//! A lost ledger is not a new one: the folders of reports and answers remember whose they are.
//!
//! The mark stands beside the dated folders and not in them, since the same inputs give the same bytes.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::business_day::BusinessDate;
use crate::month::Month;
use crate::run::{House, RunError};

/// The file in a folder that says which ledger wrote there.
const MARK: &str = ".ledger";

impl House {
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
                Some(known) => known != ours,
                None => has_reports(dir) && self.ledger.last_day().await?.is_none(),
            };
            if is_other {
                return Err(RunError::OtherLedger { folder: dir.display().to_string() });
            }
        }
        Ok(())
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
                let written = made.and_then(|()| fs::write(dir.join(MARK), format!("{ours}\n")));
                written.map_err(|source| unusable(dir, source))?;
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

fn mark(dir: &Path) -> Result<Option<String>, RunError> {
    match fs::read_to_string(dir.join(MARK)) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(unusable(dir, source)),
    }
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

//! Runs of which nothing is kept: everything is as in the app, but what is written goes to a copy.

use tempfile::TempDir;

use crate::app::App;
use crate::archive::ArchiveSettings;
use crate::run::RunError;

/// The folder below `[reports] dir` for reports of runs of which nothing is kept.
const REPORTS: &str = "dry-run";

/// A app that looks like another one and is thrown away. Reports are the exception: they are
/// written to a folder of their own, to be looked at.
pub struct Copy {
    /// The app.
    pub app: App,
    /// Takes the copied ledger away when it is dropped.
    _ledger: Box<dyn Send + Sync>,
    /// The folder of archive and spool.
    _folder: TempDir,
}

impl App {
    /// Turns the app into a copy of itself. The ledger is copied whole, as it is
    /// at one moment: this needs as much room as it takes, and no lock.
    ///
    /// # Errors
    ///
    /// [`RunError`] when there is no room or no right for a copy.
    pub async fn copy(self) -> Result<Copy, RunError> {
        let folder = self.config.base.join("var");
        let unusable = |source| RunError::Folder { path: folder.display().to_string(), source };
        std::fs::create_dir_all(&folder).map_err(unusable)?;
        let folder =
            tempfile::Builder::new().prefix("dry-run-").tempdir_in(&folder).map_err(unusable)?;
        let copied = self.ledger.copy(folder.path()).await?;
        let mut config = self.config;
        config.archive = ArchiveSettings { dir: folder.path().join("archive"), ..config.archive };
        config.reports.dir = config.reports.dir.join(REPORTS);
        let app = Self { config, ledger: copied.ledger, clock: self.clock, stop: self.stop };
        Ok(Copy { app, _ledger: copied.guard, _folder: folder })
    }
}

//! Removing what the settings say is old enough.

use crate::app::App;
use crate::archive::Archive;
use crate::business_day::BusinessDate;
use crate::ledger::LedgerError;
use crate::ledger::prune::Pruned;
use crate::run::RunError;

impl App {
    /// Removes from the ledger what is older than a date, or counts it; see
    /// [`crate::ledger::Ledger::prune`].
    ///
    /// # Errors
    ///
    /// [`LedgerError`]; what was removed before stays removed, and the same again goes on from there.
    pub async fn prune(&self, before: BusinessDate, is_dry: bool) -> Result<Pruned, LedgerError> {
        let pruned = self.ledger.prune(before, is_dry).await?;
        self.ledger.checkpoint().await?;
        Ok(pruned)
    }

    /// Removes what is older than `[ledger] retention_days` and `[archive] retention_days`, counted
    /// back from the business date that was worked on.
    ///
    /// # Errors
    ///
    /// [`RunError`] when ledger or archive fail.
    pub async fn remove_what_is_old(&self, date: BusinessDate) -> Result<(), RunError> {
        if let Some(days) = self.config.ledger_retention_days {
            let before = date.plus_days(i64::from(days).saturating_neg());
            let pruned = self.prune(before, false).await?;
            let rows: u64 = pruned.removed.iter().map(|(_, rows)| *rows).sum();
            let kept = pruned.kept.len();
            tracing::info!(before = %before, rows, kept, "removed what is old from the ledger");
        }
        let before = date.plus_days(i64::from(self.config.archive.retention_days).saturating_neg());
        let files = Archive::open(&self.config.archive)?.prune(before)?;
        if files > 0 {
            tracing::info!(before = %before, files, "removed old files from the archive");
        }
        Ok(())
    }
}

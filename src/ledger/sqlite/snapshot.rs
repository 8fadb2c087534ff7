//! A copy of the whole ledger, to be worked on and thrown away.

use std::path::Path;

use tempfile::TempDir;

use super::{Doing, Outcome, SqliteLedger};
use crate::ledger::{Access, Copied, LedgerError, sql};

const DOING: &str = "copy itself";

/// See [`crate::ledger::Ledger::copy`].
pub(super) async fn copy(ledger: &SqliteLedger, folder: &Path) -> Outcome<Copied> {
    let unusable = |source| LedgerError::File { path: folder.display().to_string(), source };
    let guard: TempDir = tempfile::tempdir_in(folder).map_err(unusable)?;
    let path = guard.path().join("ledger.db");
    let query = sqlx::query(sql::SNAPSHOT_COPY).bind(path.to_string_lossy().into_owned());
    query.execute(&mut *ledger.writer.lock().await).await.doing(DOING)?;
    let url = format!("sqlite://{}", path.display());
    let copied = SqliteLedger::open(&path, &url, Access::Work).await?;
    Ok(Copied { ledger: Box::new(copied), guard: Box::new(guard) })
}

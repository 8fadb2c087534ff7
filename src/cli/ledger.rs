//! `ledger migrate` and `ledger status`.

use std::path::Path;

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{open, output};

/// Creates or upgrades the schema.
pub(crate) async fn migrate(path: &Path) -> Result<u8, Failure> {
    let config = open::config(path)?;
    let ledger = open::schema(&config).await?;
    ledger.migrate().await?;
    let status = ledger.status().await?;
    output::line(&format!("schema version {}", status.schema_version));
    Ok(DONE)
}

/// Shows schema version and row counts.
pub(crate) async fn status(path: &Path) -> Result<u8, Failure> {
    let config = open::config(path)?;
    let status = open::schema(&config).await?.status().await?;
    output::line(&format!("engine          {}", status.engine));
    let (version, known) = (status.schema_version, status.known_version);
    output::line(&format!("schema version  {version} (this duizhang knows {known})"));
    for (table, rows) in &status.tables {
        output::line(&format!("{table:<20} {rows:>12} rows"));
    }
    Ok(DONE)
}

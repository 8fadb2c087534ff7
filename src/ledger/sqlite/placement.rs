//! A file is on one machine.

use super::{Outcome, Store};
use crate::ledger::placement::TablePlacement;
use crate::ledger::{LedgerError, TABLES};

/// See [`crate::ledger::Ledger::placements`].
#[expect(clippy::unused_async, reason = "the other database has to be asked")]
pub(super) async fn placements(_store: &Store) -> Outcome<Vec<TablePlacement>> {
    let tables = TABLES.iter().copied();
    let placed = tables.map(|(name, declared)| TablePlacement { name, declared, found: None });
    Ok(placed.collect())
}

/// See [`crate::ledger::Ledger::distribute`].
#[expect(clippy::unused_async, reason = "the other database has to be asked")]
pub(super) async fn distribute(_store: &Store, _shards: Option<u32>) -> Outcome<Vec<&'static str>> {
    Err(LedgerError::NotDistributable {
        reason: "it is a SQLite file; copy it to a PostgreSQL server that has the extension citus \
                 (duizhang ledger copy --to postgres://…)",
    })
}

//! Asks the Citus extension where tables are, and lets it place them.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use super::{Doing, Outcome, PostgresLedger};
use crate::ledger::placement::{Found, STAGING, TablePlacement, placed_tables, steps};
use crate::ledger::{LedgerError, Placement, sql};

/// What reading does, for errors.
const READING: &str = "look where its tables are";
/// What placing does, for errors.
const PLACING: &str = "place its tables";

/// See [`crate::ledger::Ledger::placements`].
pub(super) async fn placements(store: &PostgresLedger) -> Outcome<Vec<TablePlacement>> {
    let conn = &mut *store.reader(READING).await?;
    let known = known(conn).await?;
    let placement = |(name, declared): (&'static str, _)| {
        let found = |known: &BTreeMap<String, Found>| known.get(name).cloned();
        let found = known.as_ref().map(|known| found(known).unwrap_or(Found::Local));
        TablePlacement { name, declared, found }
    };
    Ok(placed_tables().map(placement).collect())
}

/// See [`crate::ledger::Ledger::distribute`]. Each table by itself: what is interrupted goes on where it
/// was. What a table had before it was split stays on the first machine, where nobody reads it any more,
/// until it is taken away.
pub(super) async fn distribute(
    store: &PostgresLedger,
    shards: Option<u32>,
) -> Outcome<Vec<&'static str>> {
    let conn = &mut *store.reader(PLACING).await?;
    let Some(known) = known(conn).await? else {
        return Err(LedgerError::NotDistributable {
            reason: "the server does not have the extension citus in this database \
                     (CREATE EXTENSION citus)",
        });
    };
    if let Some(shards) = shards {
        let text = format!("SET citus.shard_count TO {shards}");
        conn.execute(AssertSqlSafe(text)).await.doing(PLACING)?;
    }
    let mut placed = Vec::new();
    for step in steps(&known)? {
        conn.execute(AssertSqlSafe(step.text)).await.doing(PLACING)?;
        placed.push(step.name);
    }
    for (name, declared) in placed_tables() {
        if declared != Placement::Local {
            let text = format!("SELECT truncate_local_data_after_distributing_table('{name}')");
            conn.execute(AssertSqlSafe(text)).await.doing(PLACING)?;
        }
    }
    Ok(placed)
}

/// Whether the tables are split over several machines, so that what is staged before them has to be as
/// well.
pub(super) async fn is_split(conn: &mut PgConnection) -> Outcome<bool> {
    let Some(known) = known(conn).await? else { return Ok(false) };
    let is_split = |name: &str| matches!(known.get(name), Some(Found::Split { .. }));
    match (is_split("merchant_order"), STAGING.iter().all(|name| is_split(name))) {
        (false, _) => Ok(false),
        (true, true) => Ok(true),
        (true, false) => Err(LedgerError::NotDistributable {
            reason: "tables of this version are not spread yet: run `duizhang ledger distribute` as \
                     the owner of the tables",
        }),
    }
}

/// The tables that the extension knows; `None` when it is not there.
async fn known(conn: &mut PgConnection) -> Outcome<Option<BTreeMap<String, Found>>> {
    let is_there = sqlx::query_scalar::<_, bool>(sql::TABLE_PLACEMENT_EXISTS);
    if !is_there.fetch_one(&mut *conn).await.doing(READING)? {
        return Ok(None);
    }
    let mut known = BTreeMap::new();
    for row in sqlx::query(sql::TABLE_PLACEMENT).fetch_all(conn).await.doing(READING)? {
        let (name, kind): (String, String) =
            (row.try_get(0).doing(READING)?, row.try_get(1).doing(READING)?);
        let (column, group): (String, i64) =
            (row.try_get(2).doing(READING)?, row.try_get(3).doing(READING)?);
        known.insert(name, Found::from_view(&kind, &column, group));
    }
    Ok(Some(known))
}

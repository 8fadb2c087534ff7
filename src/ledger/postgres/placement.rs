//! Asks the Citus extension where tables are, and lets it place them.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use super::{Doing, Outcome};
use crate::ledger::placement::{Found, TablePlacement, steps};
use crate::ledger::{LedgerError, TABLES, sql};

/// What reading does, for errors.
pub(super) const READING: &str = "look where its tables are";
/// What placing does, for errors.
pub(super) const PLACING: &str = "place its tables";

/// See [`crate::ledger::Ledger::placements`].
pub(super) async fn placements(conn: &mut PgConnection) -> Outcome<Vec<TablePlacement>> {
    let known = known(conn).await?;
    let placement = |(name, declared): (&'static str, _)| {
        let found = |known: &BTreeMap<String, Found>| known.get(name).cloned();
        let found = known.as_ref().map(|known| found(known).unwrap_or(Found::Local));
        TablePlacement { name, declared, found }
    };
    Ok(TABLES.iter().copied().map(placement).collect())
}

/// See [`crate::ledger::Ledger::distribute`]. Each table by itself: what is interrupted goes on where it
/// was.
pub(super) async fn distribute(conn: &mut PgConnection) -> Outcome<Vec<&'static str>> {
    let Some(known) = known(conn).await? else {
        return Err(LedgerError::NotDistributable {
            reason: "the server does not have the extension citus in this database \
                     (CREATE EXTENSION citus)",
        });
    };
    let mut placed = Vec::new();
    for step in steps(&known)? {
        conn.execute(AssertSqlSafe(step.text)).await.doing(PLACING)?;
        placed.push(step.name);
    }
    Ok(placed)
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

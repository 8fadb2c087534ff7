//! Rows that go into a table as they are.

use sqlx::Executor;

pub(super) use super::copy::{Rows, copy as insert};
use super::{Connection, Doing, Outcome, placement};
use crate::ledger::sql;

/// Where rows of refused rows go.
pub(super) const REJECTION: &str = sql::REJECTION_COPY;
/// Where entries of histories go.
pub(super) const DISCREPANCY_EVENT: &str = sql::DISCREPANCY_EVENT_COPY;
/// Where what discrepancies are from a date on goes.
pub(super) const DISCREPANCY_VERSION: &str = sql::DISCREPANCY_VERSION_COPY;

/// Writes discrepancies as they are from now on.
pub(super) async fn put_discrepancies(
    conn: &mut Connection,
    doing: &'static str,
    rows: Rows,
) -> Outcome<()> {
    let is_split = placement::is_split(conn).await?;
    let room =
        if is_split { sql::DISCREPANCY_STAGED_CLEAR } else { sql::DISCREPANCY_STAGED_CREATE };
    conn.execute(room).await.doing(doing)?;
    insert(conn, doing, sql::DISCREPANCY_STAGED_COPY, rows).await?;
    let query = sqlx::query(sql::DISCREPANCY_STAGED_UPSERT).persistent(false);
    query.execute(conn).await.doing(doing).map(|_| ())
}

//! Histories of discrepancies, entry by entry with their hashes.

use sqlx::SqliteConnection;

use super::discrepancies::READING;
use super::{Doing, Outcome};
use crate::ledger::{ChainEntry, rows, sql};

/// See [`crate::ledger::Ledger::chain_entries`].
pub(super) async fn page(
    conn: &mut SqliteConnection,
    after: (&str, &str, i32),
    limit: u32,
) -> Outcome<Vec<ChainEntry>> {
    let (order_no, id, sequence) = after;
    let query = sqlx::query(sql::DISCREPANCY_EVENT_PAGE)
        .bind(order_no.to_owned())
        .bind(id.to_owned())
        .bind(sequence)
        .bind(i64::from(limit));
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(rows::chain_entry).collect()
}

/// See [`crate::ledger::Ledger::without_history`].
pub(super) async fn without(conn: &mut SqliteConnection, limit: u32) -> Outcome<Vec<String>> {
    let query = sqlx::query_scalar(sql::DISCREPANCY_WITHOUT_EVENT).bind(i64::from(limit));
    query.fetch_all(conn).await.doing(READING)
}

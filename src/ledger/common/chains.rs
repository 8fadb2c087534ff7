//! Histories of discrepancies, entry by entry with their hashes.

use super::discrepancies::{READING, WRITING};
use super::{Connection, Doing, Outcome, streams};
use crate::ledger::{AfterEntry, Anchor, AnchoredEntry, ChainEntry, rows, sql};

/// See [`crate::ledger::Ledger::chain_entries`].
pub(super) async fn page(
    conn: &mut Connection,
    after: (&str, &str, i32),
    limit: u32,
) -> Outcome<Vec<ChainEntry>> {
    let (order_no, id, sequence) = after;
    let known = streams::load(conn, READING).await?;
    let query = sqlx::query(sql::DISCREPANCY_EVENT_PAGE)
        .bind(order_no.to_owned())
        .bind(id.to_owned())
        .bind(sequence)
        .bind(i64::from(limit));
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(|row| rows::chain_entry(row, &known)).collect()
}

/// See [`crate::ledger::Ledger::without_history`].
pub(super) async fn without(conn: &mut Connection, limit: u32) -> Outcome<Vec<String>> {
    let query = sqlx::query_scalar(sql::DISCREPANCY_WITHOUT_EVENT).bind(i64::from(limit));
    query.fetch_all(conn).await.doing(READING)
}

/// See [`crate::ledger::Ledger::altered_versions`].
pub(super) async fn altered(conn: &mut Connection, limit: u32) -> Outcome<Vec<String>> {
    let query = sqlx::query_scalar(sql::DISCREPANCY_VERSION_ALTERED).bind(i64::from(limit));
    query.fetch_all(conn).await.doing(READING)
}

/// See [`crate::ledger::Ledger::anchors`].
pub(super) async fn anchors(conn: &mut Connection) -> Outcome<Vec<Anchor>> {
    let found = sqlx::query(sql::ANCHOR_LIST).fetch_all(conn).await.doing(READING)?;
    found.iter().map(rows::anchor).collect()
}

/// See [`crate::ledger::Ledger::put_anchor`].
pub(super) async fn put(conn: &mut Connection, anchor: &Anchor) -> Outcome<()> {
    let query = sqlx::query(sql::ANCHOR_INSERT)
        .bind(anchor.sequence)
        .bind(anchor.business_date.number())
        .bind(anchor.entries)
        .bind(anchor.digest.clone())
        .bind(anchor.hash.clone())
        .bind(anchor.words.as_ref().map(|words| words.count))
        .bind(anchor.words.as_ref().map(|words| words.digest.clone()))
        .bind(anchor.words.as_ref().map(|words| words.evidence));
    query.execute(conn).await.doing(WRITING).map(|_| ())
}

/// The anchor to which entries belong that are written now.
pub(super) async fn next_anchor(conn: &mut Connection) -> Outcome<i64> {
    sqlx::query_scalar(sql::ANCHOR_NEXT).fetch_one(conn).await.doing(WRITING)
}

/// See [`crate::ledger::Ledger::anchored_entries`].
pub(super) async fn anchored(
    conn: &mut Connection,
    after: &AfterEntry,
    limit: u32,
) -> Outcome<Vec<AnchoredEntry>> {
    let query = sqlx::query(sql::DISCREPANCY_EVENT_ANCHORED)
        .bind(after.anchor)
        .bind(after.order_no.clone())
        .bind(after.discrepancy_id.clone())
        .bind(after.sequence)
        .bind(i64::from(limit));
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(rows::anchored_entry).collect()
}

//! Whether the server's tables are sound, as far as it lets that be seen.

use sqlx::{AssertSqlSafe, PgConnection};

use super::{Doing, Outcome};
use crate::ledger::TABLES;

/// What it does, for errors.
pub(super) const DOING: &str = "look whether it is sound";

/// See [`crate::ledger::Ledger::damage`]. The server checks its pages' checksums, where it has them, as
/// they are read: every value of every row is. Indexes are compared with their tables where the extension
/// amcheck is there.
pub(super) async fn found(conn: &mut PgConnection, is_thorough: bool) -> Outcome<Vec<String>> {
    let mut wrong = Vec::new();
    if !is_thorough {
        return Ok(wrong);
    }
    for (table, _) in TABLES {
        let text =
            format!("SELECT coalesce(sum(length(whole::TEXT)), 0)::BIGINT FROM {table} whole");
        wrong.extend(problem(conn, table, text).await?);
    }
    let has_amcheck = "SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'";
    let there: i64 = sqlx::query_scalar(has_amcheck).fetch_one(&mut *conn).await.doing(DOING)?;
    if there == 0 {
        tracing::info!(
            "the extension amcheck is not installed: indexes are not compared with tables"
        );
        return Ok(wrong);
    }
    for (table, _) in TABLES {
        let text = format!(
            "SELECT count(bt_index_check(indexrelid, TRUE)) FROM pg_index JOIN pg_class \
             ON pg_class.oid = pg_index.indexrelid JOIN pg_am ON pg_am.oid = pg_class.relam \
             WHERE indrelid = '{table}'::REGCLASS AND amname = 'btree'"
        );
        wrong.extend(problem(conn, table, text).await?);
    }
    Ok(wrong)
}

/// Runs a statement that reads; what the server says against a table is a finding. A connection that is
/// gone, and a right that is missing, are failures.
async fn problem(conn: &mut PgConnection, table: &str, text: String) -> Outcome<Option<String>> {
    /// Class XX, internal error: what PostgreSQL raises on damaged pages and indexes.
    const INTERNAL: &str = "XX";
    match sqlx::query_scalar::<_, i64>(AssertSqlSafe(text)).fetch_one(conn).await {
        Ok(_) => Ok(None),
        Err(sqlx::Error::Database(error))
            if error.code().is_some_and(|code| code.starts_with(INTERNAL)) =>
        {
            Ok(Some(format!("{table}: {}", error.message())))
        }
        Err(error) => Err(error).doing(DOING),
    }
}

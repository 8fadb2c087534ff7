//! Goal: a slip in a SQL file is found in seconds, and the schema stays one that can be split over
//! several machines.
//!
//! Method: every file is prepared, and the catalog of a migrated database looked at.

use std::collections::BTreeSet;

use duizhang::ledger::placement::STAGING;
use duizhang::ledger::{Placement, TABLES};
use sqlx::{AssertSqlSafe, Executor, PgConnection, SqlSafeStr};

use super::postgres;
use super::sql_files::files;

/// What the ledger keeps beside its rows: on the first machine only.
const HOUSEKEEPING: [&str; 2] = ["_sqlx_migrations", "lock_holder"];

#[tokio::test]
async fn every_query_is_prepared_by_postgres() {
    let Some(fresh) = postgres().await else { return };
    let mut conn = fresh.database.as_ref().unwrap().connect().await;
    let mut queries: Vec<_> = files("queries")
        .into_iter()
        .filter(|(_, text)| {
            let dialects = text.lines().find(|line| line.starts_with("-- Dialects:")).unwrap();
            dialects.contains("PostgreSQL")
        })
        .collect();
    assert!(queries.len() > 60, "{}", queries.len());
    // Temporary tables live as long as a transaction, and others are made of them.
    conn.execute("BEGIN").await.unwrap();
    queries.sort_by_key(|(name, _)| !name.ends_with("_create.sql"));
    for (name, text) in queries {
        if name.ends_with("_create.sql") {
            conn.execute(AssertSqlSafe(text)).await.unwrap();
            continue;
        }
        let done = (&mut conn).prepare(AssertSqlSafe(text).into_sql_str()).await;
        assert!(done.is_ok(), "{name}: {:?}", done.err());
    }
}

#[test]
fn nothing_that_changes_by_itself_is_written_on_conflict() {
    let mut conflicts = 0;
    for (name, text) in files("queries") {
        let text = text.to_lowercase();
        let Some((_, set)) = text.split_once("do update set") else { continue };
        conflicts += 1;
        for volatile in ["now()", "clock_timestamp", "current_", "random", "nextval", "statement_"]
        {
            assert!(!set.contains(volatile), "{name}: {volatile}");
        }
    }
    assert!(conflicts >= 8, "{conflicts}");
}

fn distributed() -> Vec<&'static str> {
    let by_order_no = TABLES.iter().filter(|(_, at)| *at == Placement::ByOrderNo);
    by_order_no.map(|(name, _)| *name).collect()
}

/// What one column of a query about the distributed tables finds.
async fn found(conn: &mut PgConnection, text: &'static str) -> Vec<String> {
    let query = sqlx::query_scalar(text).bind(distributed());
    query.fetch_all(conn).await.unwrap()
}

/// Unique indexes of distributed tables without the bare `order_no`.
const WRONG_KEYS: &str = "SELECT i.indexrelid::regclass::text FROM pg_index i \
     WHERE (i.indisunique OR i.indisexclusion) AND i.indrelid = ANY($1::regclass[]) AND NOT EXISTS ( \
         SELECT 1 FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attname = 'order_no' \
             AND a.attnum = ANY(i.indkey::int2[])) ORDER BY 1";

#[tokio::test]
async fn the_schema_can_be_split_by_order_number() {
    let Some(fresh) = postgres().await else { return };
    let conn = &mut fresh.database.as_ref().unwrap().connect().await;
    let names = "SELECT relname::text FROM pg_class \
         WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace";
    let tables: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut *conn).await.unwrap();
    let tables: BTreeSet<&str> = tables.iter().map(String::as_str).collect();
    let expected: BTreeSet<&str> =
        TABLES.iter().map(|(name, _)| *name).chain(STAGING).chain(HOUSEKEEPING).collect();
    assert_eq!(tables, expected);

    assert_eq!(found(conn, WRONG_KEYS).await, Vec::<String>::new());
    let keyed = "SELECT count(*)::text FROM pg_index \
         WHERE indisprimary AND indrelid = ANY($1::regclass[])";
    assert_eq!(found(conn, keyed).await, [distributed().len().to_string()]);

    let triggers = "SELECT tgname::text FROM pg_trigger \
         WHERE NOT tgisinternal AND tgrelid = ANY($1::regclass[])";
    assert_eq!(found(conn, triggers).await, Vec::<String>::new());

    // Neither from a distributed table nor to one.
    let foreign = "SELECT conname::text FROM pg_constraint WHERE contype = 'f' \
         AND (conrelid = ANY($1::regclass[]) OR confrelid = ANY($1::regclass[]))";
    assert_eq!(found(conn, foreign).await, Vec::<String>::new());

    let column = "SELECT DISTINCT concat_ws(' ', format_type(a.atttypid, a.atttypmod), \
             c.collname, a.attnotnull) \
         FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = a.attcollation \
         WHERE a.attname = 'order_no' AND a.attrelid = ANY($1::regclass[])";
    assert_eq!(found(conn, column).await, ["text C t"]);
    let having = "SELECT count(*)::text FROM pg_attribute \
         WHERE attname = 'order_no' AND attrelid = ANY($1::regclass[])";
    assert_eq!(found(conn, having).await, [distributed().len().to_string()]);
}

#[tokio::test]
async fn a_key_that_cannot_be_split_is_noticed() {
    let Some(fresh) = postgres().await else { return };
    let conn = &mut fresh.database.as_ref().unwrap().connect().await;
    for (name, on) in [("by_line", "(line)"), ("by_lower", "(lower(order_no))")] {
        let text = format!("CREATE UNIQUE INDEX {name} ON merchant_order {on}");
        conn.execute(AssertSqlSafe(text)).await.unwrap();
    }
    assert_eq!(found(conn, WRONG_KEYS).await, ["by_line", "by_lower"]);
}

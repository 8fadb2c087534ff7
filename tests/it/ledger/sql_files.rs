//! Goal: a slip in a SQL file is found in seconds.
//!
//! Method: every file is prepared, and its plan looked at, on an empty migrated database of each
//! dialect that its header names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use duizhang::ledger::placement::STAGING;
use duizhang::ledger::{Placement, TABLES};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, Row, SqlSafeStr, SqliteConnection,
};

use super::sqlite;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sql").join(name)
}

pub(crate) fn files(name: &str) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder(name))
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Lists as SQLite takes them: the files write them as PostgreSQL does.
fn with_lists(text: &str) -> String {
    let mut parts = text.split("= ANY(");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(')').unwrap();
        whole += &["IN (SELECT value FROM json_each(", number, "))", rest].concat();
    }
    whole
}

async fn connect(fresh: &super::Fresh) -> SqliteConnection {
    let path = fresh.folder().join("var/ledger.db");
    sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

#[test]
fn migrations_have_the_same_names_on_both_sides() {
    let names = |dialect: &str| -> Vec<String> {
        files(&format!("migrations/{dialect}")).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

#[test]
fn every_query_has_a_true_header_and_one_statement() {
    for (name, text) in files("queries") {
        let header: Vec<&str> = text.lines().take_while(|line| line.starts_with("--")).collect();
        let has = |word: &str| header.iter().any(|line| line.starts_with(&format!("-- {word}:")));
        assert!(has("Dialects") && (has("Rows") || has("Effect")), "{name} lacks a header line");
        assert_eq!(has("Repeats"), text.contains("/*each*/"), "{name} repeats");
        let takes = text.contains("= ?") || text.contains("$1") || text.contains("(?");
        assert!(has("Params") || !takes, "{name} does not say what it takes");
        let is_shared = header.iter().any(|line| line.contains("PostgreSQL"));
        let body: String = text.lines().skip(header.len()).collect();
        assert!(!is_shared || !body.contains('?'), "{name} has parameters of SQLite only");
        assert!(!body.to_lowercase().contains("now()"), "{name} asks the server's clock");
        assert_eq!(body.matches(';').count(), 1 + body.matches("';'").count(), "{name}");
        assert!(text.ends_with(";\n"), "{name}");
        let (table, _) = name.split_once('_').unwrap();
        let known = ["migration", "engine", "table", "snapshot", "lock", "session"];
        let is_known = TABLES.iter().any(|(known, _)| name.starts_with(known));
        assert!(is_known || known.contains(&table), "{name} begins with no table's name");
    }
}

/// On several machines a table that is on the first one only is no partner of one that is split: a temporary table
/// least of all. Those that read both are named here, and were planned by the engine (`DUIZHANG_CITUS_URL`).
#[test]
fn no_statement_joins_a_split_table_with_a_local_one() {
    let planned = ["table_count.sql"];
    let split = TABLES.iter().filter(|(_, at)| *at == Placement::ByOrderNo);
    let split: BTreeSet<&str> = split.map(|(name, _)| *name).chain(STAGING).collect();
    let local = TABLES.iter().filter(|(_, at)| *at == Placement::Local);
    let local: BTreeSet<&str> = local.map(|(name, _)| *name).collect();
    let mut both = Vec::new();
    for (name, text) in files("queries") {
        let body = text.lines().filter(|line| !line.starts_with("--"));
        let body: String = body.flat_map(|line| [line, " "]).collect();
        let words: Vec<&str> = body
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|w| !w.is_empty())
            .collect();
        let tables: BTreeSet<&str> = words
            .windows(2)
            .filter(|pair| ["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "COPY"].contains(&pair[0]))
            .map(|pair| pair[1])
            .collect();
        if body.contains("CREATE TEMPORARY TABLE") {
            let is_known = STAGING.iter().any(|staged| tables.contains(staged));
            assert!(is_known, "{name}: on several machines this table has to be a real one");
        }
        let is_postgres = text
            .lines()
            .any(|line| line.starts_with("-- Dialects:") && line.contains("PostgreSQL"));
        if is_postgres && !tables.is_disjoint(&split) && !tables.is_disjoint(&local) {
            both.push(name);
        }
    }
    assert_eq!(both, planned);
}

#[tokio::test]
async fn every_query_is_prepared_by_sqlite_and_reads_no_large_table_whole() {
    let fresh = sqlite().await;
    let mut conn = connect(&fresh).await;
    let mut prepared = 0;
    for (name, text) in files("queries") {
        let dialects = text.lines().find(|line| line.starts_with("-- Dialects:")).unwrap();
        if !dialects.contains("SQLite") {
            continue;
        }
        let text = with_lists(&text);
        let done = (&mut conn).prepare(AssertSqlSafe(text.clone()).into_sql_str()).await;
        assert!(done.is_ok(), "{name}: {:?}", done.err());
        prepared += 1;
        // A person calls these once in a while.
        let by_hand = [
            "table_count.sql",
            "discrepancy_without_event.sql",
            "discrepancy_version_altered.sql",
            "reading_all.sql",
        ];
        if by_hand.contains(&&*name) || name.contains("_heal") {
            continue;
        }
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}")));
        for row in plan.fetch_all(&mut conn).await.unwrap() {
            let detail: String = row.get("detail");
            for large in ["merchant_order", "reading", "discrepancy", "touched", "spread"] {
                assert!(!detail.starts_with(&format!("SCAN {large}")), "{name}: {detail}");
            }
        }
    }
    assert!(prepared > 40, "{prepared}");
    conn.close().await.unwrap();
}

#[tokio::test]
async fn every_key_of_a_distributed_table_has_the_bare_order_number() {
    let fresh = sqlite().await;
    let mut conn = connect(&fresh).await;
    let names =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'";
    let found: BTreeSet<String> =
        sqlx::query_scalar(names).fetch_all(&mut conn).await.unwrap().into_iter().collect();
    let expected: BTreeSet<String> = TABLES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, expected);
    let mut keys = 0;
    for (table, placement) in TABLES {
        if *placement != Placement::ByOrderNo {
            continue;
        }
        let lists = format!("SELECT name FROM pragma_index_list('{table}') WHERE \"unique\" = 1");
        let indexes: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(lists)).fetch_all(&mut conn).await.unwrap();
        assert!(!indexes.is_empty(), "{table}");
        for index in indexes {
            let columns = format!("SELECT name FROM pragma_index_info('{index}')");
            let columns: Vec<Option<String>> =
                sqlx::query_scalar(AssertSqlSafe(columns)).fetch_all(&mut conn).await.unwrap();
            let has = columns.iter().flatten().any(|column| column == "order_no");
            assert!(has, "{table}.{index}: {columns:?}");
            keys += 1;
        }
    }
    assert_eq!(keys, TABLES.iter().filter(|(_, at)| *at == Placement::ByOrderNo).count());
}

//! What only a ledger on a server can be asked: schemas of other versions, roles, sessions that are
//! killed, and what a URL shows.

use std::error::Error;
use std::time::Duration;

use duizhang::ledger::{Access, LedgerError, LockHolder, SortedRows, open};
use duizhang::money::Money;
use duizhang::order::Order;
use duizhang::status::{MerchantStatus as M, ProviderStatus as P};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::server::Database;
use super::words::{
    at, counts, day, file, import, list, listed, order, orders_of, rows, scan_of, scanned,
};
use super::{Fresh, postgres};
use crate::night::roles::grants;

/// Every table with its rows as one text: what a refusal must not change.
async fn everything(conn: &mut PgConnection) -> Vec<String> {
    let mut all = Vec::new();
    let names = "SELECT relname::text FROM pg_class \
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1";
    for name in sqlx::query_scalar::<_, String>(names).fetch_all(&mut *conn).await.unwrap() {
        let text =
            format!("SELECT coalesce(string_agg(t::text, '|' ORDER BY t::text), '') FROM {name} t");
        let text: String =
            sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut *conn).await.unwrap();
        all.push(format!("{name}: {text}"));
    }
    all
}

async fn beside(fresh: &Fresh) -> PgConnection {
    fresh.database.as_ref().unwrap().connect().await
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_nothing_changed() {
    let Some(fresh) = postgres().await else { return };
    let known = fresh.ledger.status().await.unwrap().known_version;
    let mut conn = beside(&fresh).await;
    let newer = "INSERT INTO _sqlx_migrations VALUES (9999, 'later', now(), TRUE, '', 0)";
    conn.execute(newer).await.unwrap();
    let before = everything(&mut conn).await;
    let is_refused = |error: Option<LedgerError>| {
        let refused = matches!(error, Some(LedgerError::TooNew { found: 9999, .. }));
        assert!(refused, "{error:?}");
    };
    is_refused(open(&fresh.url, Access::Work).await.err());
    let inspected = open(&fresh.url, Access::Inspect).await.unwrap();
    is_refused(inspected.migrate().await.err());
    let status = inspected.status().await.unwrap();
    assert_eq!((status.schema_version, status.known_version), (9999, known));
    assert_eq!(everything(&mut conn).await, before);
}

#[tokio::test]
async fn an_older_schema_is_left_to_be_migrated() {
    let Some(fresh) = postgres().await else { return };
    let known = fresh.ledger.status().await.unwrap().known_version;
    let mut conn = beside(&fresh).await;
    // As if only an earlier version than the first had been there.
    conn.execute("UPDATE _sqlx_migrations SET version = version - 5 - (SELECT max(version) FROM _sqlx_migrations)")
        .await
        .unwrap();
    let before = everything(&mut conn).await;
    let error = open(&fresh.url, Access::Work).await.err().unwrap();
    assert!(matches!(error, LedgerError::TooOld { found: -5, .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("-5") && message.contains(&known.to_string()), "{message}");
    assert!(message.contains("ledger migrate"), "{message}");
    assert_eq!(everything(&mut conn).await, before);
}

#[tokio::test]
async fn an_empty_database_is_migrated_once_and_by_whoever_may() {
    let Some(database) = Database::create().await else { return };
    let inspected = open(&database.url(), Access::Inspect).await.unwrap();
    let status = inspected.status().await.unwrap();
    assert_eq!((status.schema_version, status.tables.len()), (0, 0));
    assert!(status.engine.starts_with("PostgreSQL 1"), "{}", status.engine);
    // A role that may not create tables is told what to do.
    let mut conn = database.connect().await;
    let role = format!("duizhang_reader_{}", std::process::id());
    conn.execute(AssertSqlSafe(format!("CREATE ROLE {role} LOGIN"))).await.unwrap();
    conn.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await.unwrap();
    let refused = open(&database.url_as(Some(&role)), Access::Work).await.err();
    let dropped = conn.execute(AssertSqlSafe(format!("DROP ROLE {role}"))).await;
    assert!(matches!(refused, Some(LedgerError::TooOld { found: 0, .. })), "{refused:?}");
    dropped.unwrap();
    // Four at once.
    let url = database.url();
    let opened = (0..4).map(|_| open(&url, Access::Work));
    for ledger in futures_util::future::join_all(opened).await {
        let status = ledger.unwrap().status().await.unwrap();
        assert_eq!(status.schema_version, status.known_version);
    }
}

/// Orders that stop after half of them until they are let go on.
fn halting(
    all: u32,
) -> (SortedRows<Order>, tokio::sync::oneshot::Receiver<()>, std::sync::mpsc::Sender<()>) {
    let (reached, half) = tokio::sync::oneshot::channel();
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let mut reached = Some(reached);
    let orders = (0..all).map(move |n| {
        if n == all / 2 {
            reached.take().unwrap().send(()).ok();
            wait.recv().ok();
        }
        Ok(order(&format!("{n:06}"), day(20), M::Succeeded))
    });
    (Box::new(orders), half, release)
}

#[tokio::test]
async fn a_session_that_is_killed_leaves_nothing_and_the_next_run_completes() {
    let Some(fresh) = postgres().await else { return };
    let first = Order { amount: Money::fen(1), ..order("000003", day(20), M::Succeeded) };
    import(&*fresh.ledger, "f", day(20), std::slice::from_ref(&first)).await;
    let mut conn = beside(&fresh).await;
    let before = everything(&mut conn).await;
    let (orders, half, release) = halting(20_000);
    let kill = async {
        half.await.unwrap();
        let text = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()";
        let killed: i64 = sqlx::query_scalar(text).fetch_one(&mut conn).await.unwrap();
        assert_eq!(killed, 1);
        drop(release);
    };
    let file = file("f", day(20));
    let put = fresh.ledger.put_orders(&file, orders, rows(vec![]));
    let (outcome, ()) = tokio::join!(put, kill);
    assert!(matches!(outcome, Err(LedgerError::Statement { .. })), "{outcome:?}");
    assert_eq!(everything(&mut conn).await, before);
    assert_eq!(orders_of(&*fresh.ledger, "000003").await, [first]);
    let (orders, _, release) = halting(20_000);
    drop(release);
    let put = fresh.ledger.put_orders(&file, orders, rows(vec![])).await.unwrap();
    assert_eq!(put, counts(20_000, 0, 1));
}

#[tokio::test]
async fn a_session_that_is_killed_in_the_merge_leaves_nothing() {
    let Some(fresh) = postgres().await else { return };
    let orders: Vec<Order> =
        (0..50).map(|n| order(&format!("{n:03}"), day(20), M::Pending)).collect();
    import(&*fresh.ledger, "f", day(20), &orders).await;
    let mut other = beside(&fresh).await;
    // A row that the merge has to replace is held, so that it is known to be in the middle of it.
    other.execute("BEGIN").await.unwrap();
    other.execute("UPDATE merchant_order SET line = line WHERE order_no = '040'").await.unwrap();
    let later: Vec<Order> =
        orders.iter().map(|order| Order { status: M::Succeeded, ..order.clone() }).collect();
    let kill = async {
        let waiting = "SELECT pid FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut conn = beside(&fresh).await;
        let pid: i32 = loop {
            let found = sqlx::query_scalar(waiting).fetch_optional(&mut conn).await.unwrap();
            match found {
                Some(pid) => break pid,
                None => tokio::task::yield_now().await,
            }
        };
        let text = "SELECT pg_terminate_backend($1)";
        sqlx::query(text).bind(pid).execute(&mut conn).await.unwrap();
    };
    let file = file("f", day(20));
    let put = fresh.ledger.put_orders(&file, rows(later.clone()), rows(vec![]));
    let (outcome, killed) = tokio::join!(put, tokio::time::timeout(Duration::from_secs(20), kill));
    killed.expect("the merge waits for the row");
    assert!(matches!(outcome, Err(LedgerError::Statement { .. })), "{outcome:?}");
    other.execute("ROLLBACK").await.unwrap();
    assert_eq!(orders_of(&*fresh.ledger, "001").await, [orders[1].clone()]);
    let again = import(&*fresh.ledger, "f", day(20), &later).await;
    assert_eq!(again, counts(50, 0, 50));
}

#[tokio::test]
async fn a_lock_ends_with_its_session_and_names_the_machine() {
    let Some(fresh) = postgres().await else { return };
    let pid = std::process::id();
    let holder = |job: &str| LockHolder { job: job.to_owned(), pid, since: at(0) };
    let held = fresh.ledger.lock(&holder("夜间")).await.unwrap();
    let other = fresh.again().await;
    let error = other.lock(&holder("morning")).await.err().unwrap().to_string();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert!(
        error.contains(&format!("夜间 (process {pid} on ")) && error.contains(host.trim()),
        "{error}"
    );
    assert!(error.contains("since 2026-"), "{error}");
    // As if the holder's machine had died: its row is still there, its lock is not.
    let mut conn = beside(&fresh).await;
    let text = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks WHERE locktype = 'advisory' \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let killed: i64 = sqlx::query_scalar(text).fetch_one(&mut conn).await.unwrap();
    assert_eq!(killed, 1);
    let taken = other.lock(&holder("morning")).await.unwrap();
    drop(held);
    let error = fresh.ledger.lock(&holder("nightly")).await.err().unwrap().to_string();
    assert!(error.contains("morning"), "{error}");
    drop(taken);
}

/// A process that was killed is gone before the server notices that its session is: whoever comes next
/// on the same machine waits for that, and for no living one.
#[tokio::test]
async fn the_lock_of_a_process_that_is_dead_is_waited_for() {
    let Some(fresh) = postgres().await else { return };
    // No system gives such a number.
    let dead = LockHolder { job: "nightly".to_owned(), pid: u32::MAX - 1, since: at(0) };
    let held = fresh.ledger.lock(&dead).await.unwrap();
    let other = fresh.again().await;
    let next = LockHolder { job: "morning".to_owned(), pid: std::process::id(), since: at(1) };
    let noticed = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(held);
    };
    let (taken, ()) = tokio::join!(other.lock(&next), noticed);
    let taken = taken.unwrap();
    let living = LockHolder { since: at(2), ..next };
    assert!(fresh.ledger.lock(&living).await.is_err());
    drop(taken);
}

/// Between taking the lock and writing its name, and between removing the name and giving the lock back,
/// nobody is known to hold it: that is waited for, not reported.
#[tokio::test]
async fn a_lock_whose_holder_is_not_named_yet_is_waited_for() {
    let Some(fresh) = postgres().await else { return };
    let mut conn = beside(&fresh).await;
    let key = include_str!("../../../sql/queries/lock_take.sql");
    assert!(sqlx::query_scalar::<_, bool>(key).fetch_one(&mut conn).await.unwrap());
    let holder = LockHolder { job: "nightly".to_owned(), pid: std::process::id(), since: at(0) };
    let given_back = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        conn.close().await.unwrap();
    };
    let (taken, ()) = tokio::join!(fresh.ledger.lock(&holder), given_back);
    drop(taken.unwrap());
}

#[tokio::test]
async fn writers_in_two_processes_take_turns() {
    let Some(fresh) = postgres().await else { return };
    let others = [fresh.again().await, fresh.again().await, fresh.again().await];
    let puts = others.iter().enumerate().map(|(n, ledger)| async move {
        for round in 0..5 {
            let account = format!("{n}{round}");
            let of = |m: usize| {
                let mut order = order(&format!("{m:04}"), day(20), M::Succeeded);
                order.key.stream.account.clone_from(&account);
                order
            };
            let orders: Vec<Order> = (0..300).map(of).collect();
            import(&**ledger, &account, day(20), &orders).await;
        }
    });
    futures_util::future::join_all(puts).await;
    let mut conn = beside(&fresh).await;
    let text = "SELECT count(*), count(DISTINCT stream_id) FROM merchant_order";
    let found: (i64, i64) = sqlx::query_as(text).fetch_one(&mut conn).await.unwrap();
    assert_eq!(found, (15 * 300, 15));
}

#[tokio::test]
async fn a_scan_that_is_dropped_does_no_harm() {
    let Some(fresh) = postgres().await else { return };
    let orders: Vec<Order> =
        (0..20_000).map(|n| order(&format!("{n:05}"), day(20), M::Pending)).collect();
    import(&*fresh.ledger, "f", day(20), &orders).await;
    let scan = scan_of(day(20));
    for _ in 0..20 {
        use futures_util::StreamExt;
        let mut stream = fresh.ledger.scan(&scan);
        assert!(stream.next().await.unwrap().is_ok());
    }
    let found = tokio::time::timeout(Duration::from_secs(50), scanned(&*fresh.ledger, &scan));
    assert_eq!(found.await.unwrap().len(), 20_000);
}

#[tokio::test]
async fn order_numbers_ascend_by_bytes_whatever_the_servers_language() {
    let Some(fresh) = postgres().await else { return };
    let numbers = ["-1", "10", "9", "A", "B", "_", "a", "b", "é", "单"];
    let orders = numbers.map(|number| order(number, day(20), M::Pending));
    import(&*fresh.ledger, "f", day(20), &orders).await;
    let found = scanned(&*fresh.ledger, &scan_of(day(20))).await;
    assert_eq!(super::words::doubts(&found), numbers);
}

#[tokio::test]
async fn a_password_is_never_shown() {
    for url in [
        "postgres://me:hidden@127.0.0.1:1/db",
        "postgres://me@127.0.0.1:1/db?password=hidden",
        "postgres://me:hidden@127.0.0.1:1/db?sslmode=hidden",
        "postgres://me:hidden@127.0.0.1:1/db?hidden=1",
        "postgres://me:hidden@127.0.0.1:x1/db",
    ] {
        let error = open(url, Access::Work).await.err().unwrap();
        let mut message = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(source) = cause {
            message.push(source.to_string());
            cause = source.source();
        }
        let shown = !message[0].contains("hidden") && !format!("{error:?}").contains("me:hidden");
        assert!(shown, "{message:?} {error:?}");
        assert!(matches!(error, LedgerError::Open { .. } | LedgerError::Url { .. }), "{error:?}");
    }
}

/// A server that has no counts of a new day, and a role that may not have it counted: what is said again
/// must not be compared row by row, which takes minutes.
#[tokio::test]
async fn a_day_that_nobody_has_counted_is_counted_again_quickly() {
    const ROWS: u64 = 30_000;
    let Some(fresh) = postgres().await else { return };
    let database = fresh.database.as_ref().unwrap();
    let mut conn = beside(&fresh).await;
    let role = format!("duizhang_again_{}", std::process::id());
    let mut texts = vec![
        format!("CREATE ROLE {role} LOGIN"),
        "ALTER TABLE merchant_order SET (autovacuum_enabled = FALSE)".to_owned(),
        "ALTER TABLE reading SET (autovacuum_enabled = FALSE)".to_owned(),
    ];
    texts.extend(grants(database.name(), &role));
    for text in texts {
        conn.execute(AssertSqlSafe(text)).await.unwrap();
    }
    let ledger = open(&database.url_as(Some(&role)), Access::Work).await.unwrap();
    let orders: Vec<Order> =
        (0..ROWS).map(|n| order(&format!("{n:06}"), day(20), M::Succeeded)).collect();
    let listing: Vec<_> =
        (0..ROWS).map(|n| listed(&format!("{n:06}"), day(20), P::Succeeded)).collect();
    let twice = async {
        for expected in [counts(ROWS, 0, 0), counts(0, ROWS, 0)] {
            assert_eq!(import(&*ledger, "f", day(20), &orders).await, expected);
            assert_eq!(list(&*ledger, day(20), day(20), &listing).await, expected);
        }
    };
    let done = tokio::time::timeout(Duration::from_mins(1), twice).await;
    drop(ledger);
    for text in [format!("DROP OWNED BY {role}"), format!("DROP ROLE {role}")] {
        conn.execute(AssertSqlSafe(text)).await.unwrap();
    }
    done.expect("as quickly as the first time");
}

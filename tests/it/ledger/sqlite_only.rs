//! What only a ledger in a file can be asked: who may read it, and schemas of other versions.

use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use duizhang::ledger::{Access, LedgerError, LockHolder, open};
use duizhang::status::{MerchantStatus, ProviderStatus};
use sqlx::{ConnectOptions, Connection, Executor};

use super::nights::judged;
use super::sqlite;
use super::words::{answer, at, day, import, order};

#[tokio::test]
async fn only_the_owner_can_read_a_new_ledger() {
    let fresh = sqlite().await;
    let one = order("1", day(20), MerchantStatus::Succeeded);
    import(&*fresh.ledger, "f", day(20), &[one]).await;
    let mode = |name: &str| {
        std::fs::metadata(fresh.folder().join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("var"), 0o700);
    for name in ["var/ledger.db", "var/ledger.db-wal", "var/ledger.db-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}

#[tokio::test]
async fn a_newer_schema_is_refused_with_nothing_changed() {
    let fresh = sqlite().await;
    let path = fresh.folder().join("var/ledger.db");
    let known = fresh.ledger.status().await.unwrap().known_version;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut conn = options.connect().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations VALUES (9999, 'later', 0, TRUE, x'00', 0)";
    conn.execute(newer).await.unwrap();
    conn.close().await.unwrap();
    let before = open(&fresh.url, Access::Inspect).await.unwrap().status().await.unwrap();
    assert_eq!((before.schema_version, before.known_version), (9999, known));
    let is_refused = |error: Option<LedgerError>| {
        let refused = matches!(error, Some(LedgerError::TooNew { found: 9999, .. }));
        assert!(refused, "{error:?}");
    };
    is_refused(open(&fresh.url, Access::Work).await.err());
    let inspected = open(&fresh.url, Access::Inspect).await.unwrap();
    is_refused(inspected.migrate().await.err());
    assert_eq!(inspected.status().await.unwrap(), before);
}

#[tokio::test]
async fn an_empty_ledger_can_be_inspected_and_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("ledger.db").display());
    let ledger = open(&url, Access::Inspect).await.unwrap();
    let status = ledger.status().await.unwrap();
    assert_eq!((status.schema_version, status.tables.len()), (0, 0));
    assert!(status.engine.starts_with("SQLite 3."), "{}", status.engine);
    ledger.migrate().await.unwrap();
    ledger.migrate().await.unwrap();
    let status = ledger.status().await.unwrap();
    assert_eq!(status.schema_version, status.known_version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_may_create_a_ledger_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("new/ledger.db").display());
    let opened = futures_util::future::join_all((0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { open(&url, Access::Work).await.map(|_| ()) })
    }));
    for outcome in opened.await {
        outcome.unwrap().unwrap();
    }
}

/// Between taking the lock and writing its name, and between removing the name and giving the lock back,
/// nobody is known to hold it: that is waited for, not reported.
#[tokio::test]
async fn a_lock_whose_holder_is_not_named_yet_is_waited_for() {
    let fresh = sqlite().await;
    let path = fresh.url.strip_prefix("sqlite:").unwrap().split('?').next().unwrap();
    let file = std::fs::File::create(format!("{path}.lock")).unwrap();
    file.lock().unwrap();
    let holder = LockHolder { job: "nightly".to_owned(), pid: std::process::id(), since: at(0) };
    let given_back = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        drop(file);
    };
    let (taken, ()) = tokio::join!(fresh.ledger.lock(&holder), given_back);
    drop(taken.unwrap());
}

#[tokio::test]
async fn what_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    std::fs::write(&path, "not a database, but long enough to be looked at by the engine").unwrap();
    let url = format!("sqlite://{}", path.display());
    let error = open(&url, Access::Work).await.err().unwrap();
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error:?}");
    let below = format!("sqlite://{}", path.join("ledger.db").display());
    let error = open(&below, Access::Work).await.err().unwrap();
    assert!(matches!(error, LedgerError::File { .. }), "{error:?}");
}

/// A day on which nothing agrees leaves no more behind than the day itself: the log in front of the
/// database is copied while the differences are written, and cut off when they are.
#[tokio::test]
async fn a_bad_day_does_not_fill_the_disk() {
    const PAIRS: usize = 10_000;
    const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;
    let fresh = sqlite().await;
    let number = |n: usize| format!("{n:06}");
    let orders: Vec<_> =
        (0..PAIRS).map(|n| order(&number(n), day(20), MerchantStatus::Succeeded)).collect();
    import(&*fresh.ledger, "f", day(20), &orders).await;
    let answers: Vec<_> =
        (0..PAIRS).map(|n| answer(&number(n), day(20), ProviderStatus::Failed)).collect();
    fresh.ledger.put_answers(&answers).await.unwrap();
    let log = fresh.folder().join("var/ledger.db-wal");
    let size = move || std::fs::metadata(&log).map_or(0, |it| it.len());
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let watch = size.clone();
    let watcher = std::thread::spawn(move || {
        let mut most = 0;
        while is_done.recv_timeout(Duration::from_millis(5)) == Err(RecvTimeoutError::Timeout) {
            most = watch().max(most);
        }
        most
    });
    judged(&*fresh.ledger, day(20), at(100_000)).await;
    drop(done);
    let most = watcher.join().unwrap();
    assert!((1..LOG_BYTES_MAX).contains(&most), "{most} bytes of log");
    assert_eq!(size(), 0, "cut off when the day is done");
    let (totals, _) = fresh.ledger.day(day(20)).await.unwrap();
    assert_eq!(totals[0].2.merchant_count, i64::try_from(PAIRS).unwrap());
}

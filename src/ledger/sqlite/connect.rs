//! Opening, migrating and looking at a SQLite ledger.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Row, SqlSafeStr, Sqlite, SqliteConnection};
use tokio::sync::Mutex;

use super::{Doing, Outcome, SqliteLedger};
use crate::ledger::failure::{is_damage, is_disk_full, of_migration};
use crate::ledger::{Access, LedgerError, LedgerStatus, sql};

/// Bytes of a page: large pages hold a clustered table in fewer, fuller nodes.
const PAGE_BYTES: u32 = 16 * 1024;
/// KiB of pages that the writer keeps in memory at most.
const WRITER_CACHE_KIB: u32 = 24 * 1024;
/// KiB of pages that one reader keeps in memory at most; a scan has four.
pub(super) const READER_CACHE_KIB: u32 = 2 * 1024;
/// Pages of write-ahead log after which a commit copies them into the database.
const CHECKPOINT_PAGES: u32 = 2_000;
/// Bytes to which the write-ahead log is cut once it was copied.
const LOG_BYTES: u32 = 64 * 1024 * 1024;
/// Readers at most: two scans, each with its questions about what it found.
const READERS: u32 = 12;
/// How long to wait for another process that writes, or for a reader to become free.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

const MIGRATING: &str = "migrate its schema";

impl SqliteLedger {
    /// Opens the ledger in a file; see [`crate::ledger::open()`].
    pub(in crate::ledger) async fn open(path: &Path, url: &str, access: Access) -> Outcome<Self> {
        create(path)?;
        let unopened = |source| match source {
            source if is_damage(&source) => LedgerError::Damaged { doing: "be opened", source },
            source if is_disk_full(&source) => LedgerError::DiskFull { doing: "be opened" },
            source => LedgerError::Open { url: url.to_owned(), source },
        };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .page_size(PAGE_BYTES)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(PATIENCE)
            .disable_statement_logging();
        let writing = options
            .clone()
            .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            .pragma("journal_size_limit", LOG_BYTES.to_string());
        let reading =
            options.pragma("cache_size", format!("-{READER_CACHE_KIB}")).pragma("query_only", "ON");
        let mut writer = connected(&writing).await.map_err(unopened)?;
        match access {
            Access::Work => migrated(&mut writer).await?,
            Access::Inspect => {}
        }
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(reading);
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), pool })
    }

    /// A connection that only reads.
    pub(super) async fn reader(&self, doing: &'static str) -> Outcome<PoolConnection<Sqlite>> {
        self.pool.acquire().await.doing(doing)
    }
}

/// Connects for writing. Turning a new file's log on does not wait for others who do the same, as
/// every later statement does, so it is tried again for as long as those would wait.
async fn connected(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    const PAUSE: Duration = Duration::from_millis(50);
    const BUSY: &str = "5";
    let mut waited = Duration::ZERO;
    loop {
        match options.connect().await {
            Err(sqlx::Error::Database(error))
                if error.code().as_deref() == Some(BUSY) && waited < PATIENCE =>
            {
                tokio::time::sleep(PAUSE).await;
                waited = waited.saturating_add(PAUSE);
            }
            outcome => return outcome,
        }
    }
}

/// Makes the file and its folders, for the owner only. SQLite gives the files that it keeps beside
/// the database the same rights.
fn create(path: &Path) -> Outcome<()> {
    let unusable = |at: &Path| {
        let path = at.display().to_string();
        |source| LedgerError::File { path, source }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable(folder))?;
    }
    if !path.exists() {
        let mut options = OpenOptions::new();
        options.create(true).append(true).mode(0o600).open(path).map_err(unusable(path))?;
    }
    Ok(())
}

/// Brings the schema up to this program's version.
pub(super) async fn migrate(store: &SqliteLedger) -> Outcome<()> {
    migrated(&mut *store.writer.lock().await).await
}

async fn migrated(conn: &mut SqliteConnection) -> Outcome<()> {
    // Another process may be migrating at the same moment: whoever comes second finds it done, at
    // worst once per migration.
    let mut attempts = sql::SQLITE_MIGRATIONS.len().saturating_add(2);
    loop {
        let found = version(conn).await?;
        if found > known_version() {
            return Err(LedgerError::TooNew { found, known: known_version() });
        }
        if found == known_version() {
            return Ok(());
        }
        attempts = attempts.saturating_sub(1);
        // `Migrator::run` does the same, but its future cannot be shown to be `Send`.
        match migrator().run_direct(None, conn, false).await.map_err(of_migration) {
            Ok(()) => return Ok(()),
            // That is nobody else's doing, and what is half done cannot be gone on with.
            Err(error) if attempts == 0 || is_disk_full(&error) || is_damage(&error) => {
                return Err(error).doing(MIGRATING);
            }
            Err(_) => {}
        }
    }
}

fn migrator() -> Migrator {
    let migration = |(version, purpose, text): &(i64, &'static str, &'static str)| {
        let purpose = (*purpose).into();
        Migration::new(*version, purpose, MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(sql::SQLITE_MIGRATIONS.iter().map(migration).collect())
}

fn known_version() -> i64 {
    sql::SQLITE_MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or(0)
}

async fn version(conn: &mut SqliteConnection) -> Outcome<i64> {
    let begun = sqlx::query(sql::MIGRATION_EXISTS).fetch_optional(&mut *conn).await;
    if begun.doing(MIGRATING)?.is_none() {
        return Ok(0);
    }
    sqlx::query_scalar(sql::MIGRATION_VERSION).fetch_one(conn).await.doing(MIGRATING)
}

/// Version, schema and row counts.
pub(super) async fn status(conn: &mut SqliteConnection) -> Outcome<LedgerStatus> {
    const DOING: &str = "read its status";
    let engine: String =
        sqlx::query_scalar(sql::ENGINE_VERSION).fetch_one(&mut *conn).await.doing(DOING)?;
    let schema_version = version(conn).await?;
    let counted = sqlx::query(sql::TABLE_COUNT).fetch_all(conn).await;
    let rows = match counted {
        Ok(rows) => rows,
        // An empty ledger has no tables, and a newer one need not have these.
        Err(_) if schema_version != known_version() => Vec::new(),
        Err(error) => return Err(error).doing(DOING),
    };
    let table = |row: &sqlx::sqlite::SqliteRow| Ok((row.try_get(1)?, row.try_get(2)?));
    let tables = rows.iter().map(table).collect::<Result<_, sqlx::Error>>().doing(DOING)?;
    Ok(LedgerStatus {
        engine: format!("SQLite {engine}"),
        schema_version,
        known_version: known_version(),
        tables,
    })
}

/// What [`checkpoint`] does, for errors.
const DURABLE: &str = "make its rows durable";

/// Makes everything that was committed durable.
///
/// What a commit leaves in the write-ahead log is durable once that file is: copying it into the
/// database and cutting the log off is then only housekeeping, which may be put off by whoever is still
/// reading.
pub(super) async fn checkpoint(store: &SqliteLedger) -> Outcome<()> {
    let conn = &mut *store.writer.lock().await;
    let mut log = store.path.as_os_str().to_owned();
    log.push("-wal");
    let log = Path::new(&log);
    if log.exists() {
        let flushed = File::open(log).and_then(|file| file.sync_all());
        let path = || log.display().to_string();
        flushed.map_err(|source| LedgerError::File { path: path(), source })?;
    }
    // Whoever reads at this moment is not waited for.
    let patience = format!("PRAGMA busy_timeout = {}", PATIENCE.as_millis());
    for pragma in ["PRAGMA busy_timeout = 0", "PRAGMA wal_checkpoint(TRUNCATE)", &patience] {
        let pragma = sqlx::query(sqlx::AssertSqlSafe(pragma.to_owned()));
        pragma.fetch_all(&mut *conn).await.doing(DURABLE)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::{BusinessDate, Timestamp};
    use crate::ledger::IntakeFile;
    use crate::ledger::{Ledger, SortedRows};
    use crate::order::{Origin, Rejection};

    #[tokio::test]
    async fn a_disk_that_fills_while_the_schema_is_made_is_called_that() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let ledger =
            SqliteLedger::open(&path, "sqlite://ledger.db", Access::Inspect).await.unwrap();
        let mut writer = ledger.writer.lock().await;
        sqlx::query("PRAGMA max_page_count = 20").execute(&mut *writer).await.unwrap();
        let outcome = migrated(&mut writer).await;
        let is_named = matches!(outcome, Err(LedgerError::DiskFull { doing: MIGRATING }));
        assert!(is_named, "{outcome:?}");
        drop(writer);
        drop(ledger);
        // With room again, the same ledger goes on.
        let ledger = SqliteLedger::open(&path, "sqlite://ledger.db", Access::Work).await.unwrap();
        assert!(!ledger.identity().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_full_disk_is_called_that_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ledger.db");
        let ledger = SqliteLedger::open(&path, "sqlite://ledger.db", Access::Work).await.unwrap();
        let pages: i64 = {
            let mut writer = ledger.writer.lock().await;
            let pages = sqlx::query_scalar("PRAGMA page_count");
            let pages = pages.fetch_one(&mut *writer).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 2)))
                .execute(&mut *writer)
                .await
                .unwrap();
            pages
        };
        assert!(pages > 0);
        let date = BusinessDate::parse("2026-11-20").unwrap();
        let file = IntakeFile {
            origin: Origin::Orders,
            name: "orders.csv".to_owned(),
            digest: "d".to_owned(),
            business_date: date,
            rows: 5_000,
            rejected: 5_000,
            encoding: "utf-8".to_owned(),
            imported_at: Timestamp::from_epoch_seconds(0),
            lines: crate::lines::LineCounts::default(),
        };
        let rejection = |line| Rejection {
            column: "amount".to_owned(),
            value: "x".repeat(32),
            order_no: String::new(),
            ..Rejection::whole(
                Origin::Orders,
                "orders.csv",
                line,
                crate::order::RejectionReason::NotANumber,
            )
        };
        let rejections: SortedRows<Rejection> = Box::new((0..5_000).map(move |n| Ok(rejection(n))));
        let outcome = ledger.put_orders(&file, Box::new(std::iter::empty()), rejections).await;
        assert!(matches!(outcome, Err(LedgerError::DiskFull { .. })), "{outcome:?}");
        assert!(ledger.intake_files(date).await.unwrap().is_empty());
    }
}

//! Opening, migrating and looking at a PostgreSQL ledger, and the transaction that writes.

use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::{
    ConnectOptions, Connection as _, Executor, PgConnection, PgPool, Postgres, Row, SqlSafeStr,
};

use super::lock::Holding;
use super::{Doing, Outcome, PostgresLedger};
use crate::ledger::failure::of_migration;
use crate::ledger::{Access, LedgerError, LedgerStatus, sql};

/// Connections at most: one that writes, two scans, and questions about what they found.
const CONNECTIONS: u32 = 8;
/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// The number of the lock under which the schema is changed: any that nobody else has.
const SCHEMA_LOCK: i64 = 0x6475_697a_6861_6e67;
/// What [`migrate`] does, for errors.
pub(super) const MIGRATING: &str = "migrate its schema";
const BEGINNING: &str = "begin to write";

/// PostgreSQL's code for a role that may not do what it tries.
const NOT_PERMITTED: &str = "42501";

/// Parameters that a URL may have. The driver would pass over any other one in silence, and a
/// mistyped `sslmode` must not become a connection that anybody can read.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// Parameters that name files.
const FILES: &[&str] = &["sslcert", "sslkey", "sslrootcert"];

impl PostgresLedger {
    /// Opens the ledger of a server; see [`crate::ledger::open()`]. `shown` is the URL as it may be
    /// shown.
    pub(in crate::ledger) async fn open(url: &str, shown: String, access: Access) -> Outcome<Self> {
        if !has_only_known_parameters(url) {
            return Err(LedgerError::Url { url: shown });
        }
        check_files(url)?;
        let unopened = |source| unopened(shown.clone(), source);
        let options: PgConnectOptions = url.parse().map_err(unopened)?;
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("duizhang"),
        };
        let options = options.disable_statement_logging();
        let schema = wished_schema(url);
        let pool = pool(&options, schema.clone());
        // Connecting by itself says at once what is wrong; a pool would try again until it is tired.
        let mut first = connect(&options, schema.as_deref()).await.map_err(unopened)?;
        match access {
            Access::Work => prepare(&mut first).await?,
            Access::Inspect => {}
        }
        sqlx::Connection::close(first).await.map_err(unopened)?;
        Ok(Self { pool, options, schema, url: shown, holding: Holding::default() })
    }

    /// A connection that only reads.
    pub(super) async fn reader(&self, doing: &'static str) -> Outcome<PoolConnection<Postgres>> {
        self.pool.acquire().await.doing(doing)
    }
}

/// Connections that work with the ledger of `options`, in a schema of its own where that is said.
pub(super) fn pool(options: &PgConnectOptions, schema: Option<String>) -> PgPool {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .after_connect(move |conn, _| {
            let schema = schema.clone();
            Box::pin(async move {
                sqlx::query(sql::SESSION_SETTINGS).execute(&mut *conn).await?;
                enter(conn, schema.as_deref()).await
            })
        })
        .connect_lazy_with(options.clone())
}

/// One connection outside of the pool.
pub(super) async fn connect(
    options: &PgConnectOptions,
    schema: Option<&str>,
) -> Result<PgConnection, sqlx::Error> {
    let mut conn = options.connect().await?;
    enter(&mut conn, schema).await?;
    Ok(conn)
}

/// Goes into a schema by a statement, and makes sure to be there.
///
/// What a connection says when it starts up (`options`) is dropped by poolers such as `PgBouncer`: then
/// what was meant for a copy would be written into the ledger itself.
async fn enter(conn: &mut PgConnection, schema: Option<&str>) -> Result<(), sqlx::Error> {
    let Some(path) = schema else { return Ok(()) };
    sqlx::query(sql::SESSION_SCHEMA).bind(path).execute(&mut *conn).await?;
    be_in(conn, path).await
}

/// Refuses to go on anywhere else than in the first schema of a path.
async fn be_in(conn: &mut PgConnection, path: &str) -> Result<(), sqlx::Error> {
    let first = path.split(',').next().unwrap_or_default().trim().trim_matches('"');
    let found = sqlx::query_scalar::<_, Option<String>>(sql::SESSION_SCHEMA_CURRENT);
    let found = found.fetch_one(conn).await?.unwrap_or_default();
    if found == first {
        return Ok(());
    }
    Err(sqlx::Error::Configuration(
        format!(
            "the connection is in the schema {found:?} and not in {first:?}: nothing was written. A \
             pooler between duizhang and the server has to keep one session for one connection \
             (pool_mode = session)"
        )
        .into(),
    ))
}

/// The schema that a URL wants: `?options[search_path]=ledger` or `?options=-c search_path=ledger`.
fn wished_schema(url: &str) -> Option<String> {
    parameters(url).find_map(|(name, value)| match &*name {
        "options[search_path]" => Some(value.into_owned()),
        "options" => {
            let (_, rest) = value.split_once("search_path=")?;
            rest.split_ascii_whitespace().next().map(str::to_owned)
        }
        _ => None,
    })
}

/// Why a ledger could not be opened.
pub(super) fn unopened(url: String, source: sqlx::Error) -> LedgerError {
    match advice(&format!("{source} {source:?}")) {
        Some(advice) => LedgerError::NotLetIn { url, advice, source },
        None => LedgerError::Open { url, source },
    }
}

/// What to do about a certificate that is refused, or a pooler that refuses.
fn advice(message: &str) -> Option<&'static str> {
    if message.contains("UnknownIssuer") || message.contains("BadSignature") {
        Some(
            "its certificate is of no authority that is trusted: name the file of the one that signed it \
             with sslrootcert=/path/ca.pem",
        )
    } else if message.contains("certificate not valid for name") {
        Some("its certificate is for another name: write the host as the certificate has it")
    } else if message.contains("UnsupportedCertVersion") {
        Some(
            "its certificate is of X.509 version 1, as the extension Citus makes one for a server that has \
             none: give the server one of version 3 (ssl_cert_file, ssl_key_file), or write sslmode=disable \
             where nobody else is on the network",
        )
    } else if message.contains("unsupported startup parameter") {
        Some(
            "a pooler before the server refuses what every connection says at its start: let it pass over \
             that (PgBouncer: ignore_startup_parameters = extra_float_digits)",
        )
    } else if message.contains("peer certificate") {
        Some("its certificate cannot be trusted")
    } else {
        None
    }
}

fn parameters(url: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(url.split_once('?').map_or("", |(_, parameters)| parameters).as_bytes())
}

/// Makes sure that the files that a URL names are there: the driver would not say which one is not.
fn check_files(url: &str) -> Outcome<()> {
    for (_, path) in parameters(url).filter(|(name, _)| FILES.contains(&&**name)) {
        let unusable = |source| LedgerError::File { path: path.to_string(), source };
        std::fs::File::open(&*path).map_err(unusable)?;
    }
    Ok(())
}

fn has_only_known_parameters(url: &str) -> bool {
    parameters(url).all(|(name, _)| {
        let name = name.split_once('[').map_or(&*name, |(name, _)| name);
        PARAMETERS.contains(&name)
    })
}

/// Makes sure that the schema is this program's. An empty database is given it; an older one is left
/// to a person, since the role that works every night need not be one that may change tables.
async fn prepare(conn: &mut PgConnection) -> Outcome<()> {
    let (found, known) = (version(conn).await?, known_version());
    match found {
        _ if found > known => Err(LedgerError::TooNew { found, known }),
        _ if found == known => Ok(()),
        0 => migrated(conn).await,
        _ => Err(LedgerError::TooOld { found, known }),
    }
}

/// Brings the schema up to this program's version.
pub(super) async fn migrate(store: &PostgresLedger) -> Outcome<()> {
    migrated(&mut *store.reader(MIGRATING).await?).await
}

async fn migrated(conn: &mut PgConnection) -> Outcome<()> {
    let (found, known) = (version(conn).await?, known_version());
    if found > known {
        return Err(LedgerError::TooNew { found, known });
    }
    if found == known {
        return Ok(());
    }
    // In one transaction, so that a kill leaves the schema as it was, and under a lock of the server:
    // whoever comes second finds it done. `Migrator::run` would be a future that is not `Send`.
    let mut whole = conn.begin().await.doing(MIGRATING)?;
    let lock = sqlx::query(sql::LOCK_SCHEMA).bind(SCHEMA_LOCK);
    lock.execute(&mut *whole).await.doing(MIGRATING)?;
    let Err(error) = migrator().run_direct(None, &mut *whole, false).await else {
        return whole.commit().await.doing(MIGRATING);
    };
    let error = of_migration(error);
    let code = error.as_database_error().and_then(DatabaseError::code);
    if code.as_deref() == Some(NOT_PERMITTED) {
        return Err(LedgerError::TooOld { found, known });
    }
    Err(error).doing(MIGRATING)
}

fn migrator() -> Migrator {
    let migration = |(version, purpose, text): &(i64, &'static str, &'static str)| {
        let purpose = (*purpose).into();
        Migration::new(*version, purpose, MigrationType::Simple, text.into_sql_str(), false)
    };
    let migrations = sql::POSTGRES_MIGRATIONS.iter().map(migration).collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.set_locking(false);
    migrator
}

fn known_version() -> i64 {
    sql::POSTGRES_MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or(0)
}

async fn version(conn: &mut PgConnection) -> Outcome<i64> {
    let begun = sqlx::query(sql::MIGRATION_EXISTS_POSTGRES).fetch_optional(&mut *conn).await;
    if begun.doing(MIGRATING)?.is_none() {
        return Ok(0);
    }
    sqlx::query_scalar(sql::MIGRATION_VERSION).fetch_one(conn).await.doing(MIGRATING)
}

/// Version, schema and row counts.
pub(super) async fn status(conn: &mut PgConnection) -> Outcome<LedgerStatus> {
    const DOING: &str = "read its status";
    let engine: String = sqlx::query_scalar(sql::ENGINE_VERSION_POSTGRES)
        .fetch_one(&mut *conn)
        .await
        .doing(DOING)?;
    let schema_version = version(conn).await?;
    let rows = match sqlx::query(sql::TABLE_COUNT).fetch_all(conn).await {
        Ok(rows) => rows,
        // An empty ledger has no tables, and one of another version need not have these.
        Err(_) if schema_version != known_version() => Vec::new(),
        Err(error) => return Err(error).doing(DOING),
    };
    let table = |row: &PgRow| Ok((row.try_get(1)?, row.try_get(2)?));
    let tables = rows.iter().map(table).collect::<Result<_, sqlx::Error>>().doing(DOING)?;
    Ok(LedgerStatus {
        engine: format!("PostgreSQL {engine}"),
        schema_version,
        known_version: known_version(),
        tables,
    })
}

/// A connection that is thrown away unless it is given back, whatever it was in the middle of: the
/// server then forgets all that was not committed.
pub(super) struct Lease {
    conn: PoolConnection<Postgres>,
    is_given_back: bool,
}

impl Lease {
    /// A connection.
    pub(super) async fn take(pool: &PgPool, doing: &'static str) -> Outcome<Self> {
        Ok(Self { conn: pool.acquire().await.doing(doing)?, is_given_back: false })
    }

    /// The connection.
    pub(super) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    /// Keeps what was written.
    pub(super) async fn commit(mut self, doing: &'static str) -> Outcome<()> {
        self.conn.execute("COMMIT").await.doing(doing)?;
        self.give_back();
        Ok(())
    }

    /// Nothing is going on any more.
    pub(super) fn give_back(mut self) {
        self.is_given_back = true;
    }
}

/// A connection with the one transaction that writes, once nobody else does. Whoever had the
/// ledger's lock and has lost it writes no more: another run may be at work.
pub(super) async fn begin(ledger: &PostgresLedger, doing: &'static str) -> Outcome<Lease> {
    let mut lease = Lease::take(&ledger.pool, doing).await?;
    lease.conn.execute("BEGIN").await.doing(BEGINNING)?;
    sqlx::query(sql::SNAPSHOT_SETTINGS).fetch_one(lease.conn()).await.doing(BEGINNING)?;
    if let Some(path) = &ledger.schema {
        // Asked in every transaction: a pooler may have put another session in its place.
        be_in(lease.conn(), path).await.doing(BEGINNING)?;
    }
    sqlx::query(sql::LOCK_WRITE).fetch_one(lease.conn()).await.doing(BEGINNING)?;
    if let Some(session) = ledger.holding.session() {
        let held = sqlx::query_scalar::<_, bool>(sql::LOCK_HELD).bind(session);
        if !held.fetch_one(lease.conn()).await.doing(BEGINNING)? {
            return Err(LedgerError::LockLost);
        }
    }
    Ok(lease)
}

/// A commit of the server is durable.
#[expect(clippy::unused_async, reason = "the other database has to be asked")]
pub(super) async fn checkpoint(_store: &PostgresLedger) -> Outcome<()> {
    Ok(())
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.is_given_back {
            self.conn.close_on_drop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_us_out_is_reported_with_what_to_do() {
        let table = [
            ("invalid peer certificate: UnknownIssuer", Some("sslrootcert")),
            ("invalid peer certificate: Other(UnsupportedCertVersion)", Some("sslmode=disable")),
            (
                "unsupported startup parameter: extra_float_digits",
                Some("ignore_startup_parameters"),
            ),
            ("connection refused", None),
        ];
        for (message, expected) in table {
            match (advice(message), expected) {
                (Some(found), Some(word)) => assert!(found.contains(word), "{found}"),
                (found, expected) => assert_eq!(found, expected, "{message}"),
            }
        }
    }

    #[test]
    fn the_schema_of_a_url_is_read_in_both_forms() {
        let table = [
            ("postgres://me@host/db", None),
            ("postgres://me@host/db?options[search_path]=ledger", Some("ledger")),
            ("postgres://me@host/db?options=-c%20search_path=a,b%20-c%20x=1", Some("a,b")),
            ("postgres://me@host/db?options[work_mem]=1MB", None),
        ];
        for (url, expected) in table {
            assert_eq!(wished_schema(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_mistyped_parameter_is_not_passed_over() {
        let table = [
            ("postgres://me@host/db", true),
            ("postgres://me@host/db?sslmode=verify-full&sslrootcert=/etc/ca.pem", true),
            ("postgres://me@host/db?options[search_path]=ledger", true),
            ("postgres://me@host/db?sslmod=verify-full", false),
            ("postgres://me@host/db?SSLMODE=require", false),
        ];
        for (url, expected) in table {
            assert_eq!(has_only_known_parameters(url), expected, "{url}");
        }
    }
}

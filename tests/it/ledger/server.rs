//! A PostgreSQL server to be tested with: the one that `DATABASE_URL` names, as a role that may
//! create databases. `tests/all.sh` starts one and takes it away again.
//!
//! Without one, the tests that need it are skipped, which is said once, and is a failure where `CI`
//! is `true`.

use std::hash::{Hash, Hasher};
use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use duizhang::ledger::{Access, open};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use tokio::sync::OnceCell;

static SKIP_SHOWN: Once = Once::new();
static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A database of its own, removed when dropped.
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// An empty database; `None` when there is no server.
    pub(crate) async fn create() -> Option<Self> {
        Some(Self::create_at(server()?).await)
    }

    async fn create_at(server: String) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("duizhang_test_{}_{number}", std::process::id());
        let made = Self { server, name };
        let mut conn = made.administer().await;
        // A name is left behind by a test process of the same number that was killed.
        for text in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
            conn.execute(AssertSqlSafe(format!("{text} {}", made.name))).await.unwrap();
        }
        conn.close().await.unwrap();
        made
    }

    /// A database with a ledger's schema; `None` when there is no server. It is a copy of one that is migrated once
    /// for each set of migrations, and stays on the server for later runs: migrating takes longer than most
    /// tests.
    pub(crate) async fn migrated() -> Option<Self> {
        let server = server()?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("duizhang_test_{}_{number}", std::process::id());
        let made = Self { server, name };
        let template = TEMPLATE.get_or_init(|| made.template()).await;
        let mut conn = made.administer().await;
        for text in [
            format!("DROP DATABASE IF EXISTS {}", made.name),
            format!("CREATE DATABASE {} TEMPLATE {template}", made.name),
        ] {
            conn.execute(AssertSqlSafe(text)).await.unwrap();
        }
        conn.close().await.unwrap();
        Some(made)
    }

    /// The name of the database that others are copied from.
    async fn template(&self) -> String {
        let mut hasher = std::hash::DefaultHasher::new();
        super::sql_files::files("migrations/postgres").hash(&mut hasher);
        let name = format!("duizhang_template_{:016x}", hasher.finish());
        let mut conn = self.administer().await;
        // One process makes it; it has its name when it is whole.
        conn.execute("SELECT pg_advisory_lock(1685747051, 0)").await.unwrap();
        let there = "SELECT count(*) FROM pg_database WHERE datname = $1";
        let there: i64 = sqlx::query_scalar(there).bind(&name).fetch_one(&mut conn).await.unwrap();
        if there == 0 {
            let made = Self { server: self.server.clone(), name: format!("{name}_made") };
            for text in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
                conn.execute(AssertSqlSafe(format!("{text} {}", made.name))).await.unwrap();
            }
            drop(open(&made.url(), Access::Work).await.unwrap());
            let text = format!("ALTER DATABASE {} RENAME TO {name}", made.name);
            conn.execute(AssertSqlSafe(text)).await.unwrap();
        }
        conn.close().await.unwrap();
        name
    }

    /// An empty database, for a test without a runtime; there has to be a server.
    pub(crate) fn create_now() -> Self {
        wait_for(Self::create()).unwrap()
    }

    /// As [`Database::create_now`], at the server of a URL.
    pub(crate) fn create_on(server: String) -> Self {
        wait_for(Self::create_at(server))
    }

    /// Makes it empty again.
    pub(crate) fn empty(&self) {
        let texts = [
            format!("DROP DATABASE {} WITH (FORCE)", self.name),
            format!("CREATE DATABASE {}", self.name),
        ];
        wait_for(async {
            let mut conn = self.administer().await;
            for text in texts {
                conn.execute(AssertSqlSafe(text)).await.unwrap();
            }
            conn.close().await.unwrap();
        });
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The URL of this database.
    pub(crate) fn url(&self) -> String {
        self.url_as(None)
    }

    /// The URL of this database for another user.
    pub(crate) fn url_as(&self, user: Option<&str>) -> String {
        let (place, parameters) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (server, _) = place.rsplit_once('/').unwrap();
        let server = match (user, server.rsplit_once('@')) {
            (Some(user), Some((_, host))) => format!("postgres://{user}@{host}"),
            _ => server.to_owned(),
        };
        format!("{server}/{}?{parameters}", self.name)
    }

    /// A connection to this database, beside the ledger.
    pub(crate) async fn connect(&self) -> PgConnection {
        let options: PgConnectOptions = self.url().parse().unwrap();
        options.connect().await.unwrap()
    }

    async fn administer(&self) -> PgConnection {
        let options: PgConnectOptions = self.server.parse().unwrap();
        options.connect().await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // On a thread of its own, since a test's runtime cannot be waited for in here; and a test
        // that fails says why itself.
        std::thread::scope(|scope| {
            let text = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
            let drop =
                async { self.administer().await.execute(AssertSqlSafe(text)).await.unwrap() };
            scope.spawn(|| wait_for(drop)).join().ok();
        });
    }
}

/// Runs something to its end on a runtime of its own.
pub(crate) fn wait_for<T>(doing: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(doing)
}

/// Whether there is a server to be tested with.
pub(crate) fn is_there() -> bool {
    server().is_some()
}

#[expect(clippy::disallowed_methods, reason = "where the tests run is said by the environment")]
fn server() -> Option<String> {
    let server = std::env::var("DATABASE_URL").ok().filter(|url| url.starts_with("postgres"));
    if server.is_none() {
        let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!is_ci, "PostgreSQL tests need DATABASE_URL, see tests/all.sh");
        SKIP_SHOWN.call_once(|| {
            let message =
                "\nPostgreSQL tests are skipped: DATABASE_URL is not set, see tests/all.sh\n";
            // Not with a macro, whose output is kept back.
            std::io::stderr().write_all(message.as_bytes()).unwrap();
        });
    }
    server
}

//! Goal: with a pooler before the server nothing is written anywhere else than where it belongs, and one that
//! lets no lock hold is refused.
//!
//! Method: a real `PgBouncer` before the server that `DATABASE_URL` names, in each of its modes. Without the
//! program the tests are skipped, which is said, and is a failure where `CI` is `true`.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use duizhang::ledger::{Access, LockHolder, open};
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use super::cluster::{is_root, skip};
use super::postgres;
use super::server::{self, Database, wait_for};
use super::words::at;
use crate::night::{DATE, On, Rehearsal, code, stderr};

/// A pooler that is stopped when dropped.
struct Pooler {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    /// Starts one before the server of a database; `ignored` as its setting `ignore_startup_parameters`.
    fn start(database: &Database, mode: &str, ignored: &str) -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"];
        let Some(program) = program.into_iter().find(|path| std::path::Path::new(path).exists())
        else {
            skip("a pooler before the server", "pgbouncer");
            return None;
        };
        let options: PgConnectOptions = database.url().parse().unwrap();
        let host = options
            .get_socket()
            .map_or_else(|| options.get_host().to_owned(), |folder| folder.display().to_string());
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "[databases]\n* = host={host} port={} user={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
             ignore_startup_parameters = {ignored}\n",
            options.get_port(),
            options.get_username(),
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        // It refuses to run as root, and reads its settings as whom it runs.
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), everybody).unwrap();
        let mut command = Command::new(program);
        if is_root() {
            command.args(["-u", "nobody"]);
        }
        command.arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap();
        let pooler = Self { process, port, _folder: folder };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "the pooler does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(pooler)
    }

    fn url(&self, database: &Database) -> String {
        format!("postgres://duizhang@127.0.0.1:{}/{}?sslmode=disable", self.port, database.name())
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn rows(database: &Database, table: &str) -> i64 {
    let text = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    wait_for(async {
        sqlx::query_scalar(text).fetch_one(&mut database.connect().await).await.unwrap()
    })
}

#[test]
fn a_pooler_that_keeps_sessions_is_as_the_server_itself_also_for_a_dry_run() {
    if !server::is_there() {
        return;
    }
    let database = Database::create_now();
    let Some(pooler) = Pooler::start(&database, "session", "extra_float_digits, options") else {
        return;
    };
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let report = rehearsal.report();
    std::fs::remove_dir_all(rehearsal.path("var")).unwrap();
    rehearsal.edit_config("sqlite://var/ledger.db", &pooler.url(&database));
    let output = rehearsal.run(&["run", "nightly", "--date", DATE, "--dry-run"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    for table in ["merchant_order", "reading", "discrepancy", "run"] {
        assert_eq!(rows(&database, table), 0, "a dry run has written into {table}");
    }
    assert_eq!(code(&rehearsal.nightly()), 4);
    assert!(rehearsal.report() == report);
    assert!(rows(&database, "merchant_order") > 0);
}

/// What a run does first, over the pooler.
async fn refused(url: &str) -> String {
    let holder = LockHolder { job: "nightly".to_owned(), pid: std::process::id(), since: at(0) };
    let begun = async {
        let ledger = open(url, Access::Work).await?;
        ledger.lock(&holder).await.map(|_| ())
    };
    begun.await.err().map_or_else(|| "not refused".to_owned(), |error| error.to_string())
}

#[tokio::test]
async fn a_pooler_that_shares_sessions_is_refused_before_anything_is_written() {
    let Some(fresh) = postgres().await else { return };
    let database = fresh.database.as_ref().unwrap();
    let Some(pooler) = Pooler::start(database, "transaction", "extra_float_digits") else { return };
    // The driver's prepared statements are in the way of older poolers; newer ones carry them over.
    for url in [pooler.url(database), pooler.url(database) + "&application_name=again"] {
        let refused = refused(&url).await;
        assert!(refused.contains("pool_mode = session"), "{refused}");
    }
}

#[tokio::test]
async fn a_pooler_that_refuses_our_connections_is_recognised() {
    let Some(fresh) = postgres().await else { return };
    let database = fresh.database.as_ref().unwrap();
    let Some(pooler) = Pooler::start(database, "session", "") else { return };
    let refused = refused(&pooler.url(database)).await;
    assert!(refused.contains("ignore_startup_parameters"), "{refused}");
}

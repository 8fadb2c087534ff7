//! Goal: whatever happens to a session, a process or a machine in the middle of a night on a server,
//! the next run gives the report that an undisturbed night gives; and both ledgers give the same.
//!
//! Method: somebody else holds a table, so that the job is known to be in the middle of a statement
//! when its session is ended, it is killed, or it is stopped and goes on when it is too late.

use std::process::{Child, Stdio};
use std::time::Duration;

use sqlx::{AssertSqlSafe, Executor, PgConnection};

use super::{DATE, On, Rehearsal, code, stderr, stdout};
use crate::ledger::server::{Database, is_there, wait_for};

/// Sessions of the job that wait for a table.
const WAITING: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
     AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()";
/// The session that has the ledger's lock, as anybody sees it.
const HOLDING: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted \
     AND classid = 1685747049 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// Somebody who holds a table, so that nobody can write to it.
struct Blocker {
    runtime: tokio::runtime::Runtime,
    holding: PgConnection,
    looking: PgConnection,
}

impl Blocker {
    fn hold(rehearsal: &Rehearsal, table: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (holding, looking) = runtime.block_on(async {
            let mut holding = rehearsal.database().connect().await;
            holding.execute("BEGIN").await.unwrap();
            let text = format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
            holding.execute(AssertSqlSafe(text)).await.unwrap();
            (holding, rehearsal.database().connect().await)
        });
        Self { runtime, holding, looking }
    }

    /// The session that a query finds, once it finds one.
    fn wait_until(&mut self, found: &'static str) -> i32 {
        self.runtime.block_on(async {
            for _ in 0..1_000 {
                let pid = sqlx::query_scalar(found).fetch_optional(&mut self.looking).await;
                if let Some(pid) = pid.unwrap() {
                    return pid;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            panic!("nobody came: {found}");
        })
    }

    /// Waits until a query finds nobody any more.
    fn wait_until_none(&mut self, found: &'static str) {
        self.runtime.block_on(async {
            for _ in 0..1_000 {
                let pid = sqlx::query_scalar::<_, i32>(found).fetch_optional(&mut self.looking);
                if pid.await.unwrap().is_none() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            panic!("somebody is still there: {found}");
        });
    }

    /// Ends a session.
    fn end(&mut self, pid: i32) {
        let text = "SELECT pg_terminate_backend($1, 5000)";
        let ended = sqlx::query_scalar::<_, bool>(text).bind(pid).fetch_one(&mut self.looking);
        assert!(self.runtime.block_on(ended).unwrap());
    }

    fn let_go(mut self) {
        self.runtime.block_on(self.holding.execute("ROLLBACK")).unwrap();
    }
}

fn spawn(rehearsal: &Rehearsal) -> Child {
    let mut command = rehearsal.command(&["run", "nightly", "--date", DATE]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Asks the operating system to send a process a signal.
fn signal(process: &Child, name: &str) {
    let sent = std::process::Command::new("kill").arg(name).arg(process.id().to_string()).status();
    assert!(sent.unwrap().success());
}

/// A world of which the ledger already has the orders, with other content for every tenth of them,
/// so that the next night compares and merges instead of only adding.
struct Changed {
    rehearsal: Rehearsal,
    before: String,
    after: String,
}

impl Changed {
    fn start() -> Self {
        let rehearsal = Rehearsal::start(On::Postgres, 400, 0);
        let before = std::fs::read_to_string(rehearsal.orders()).unwrap();
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        for (n, line) in lines.iter_mut().enumerate().skip(1) {
            if n % 10 == 0 {
                *line = line.replace(",CNY,succeeded,", ",CNY,pending,");
            }
        }
        let after = lines.join("\n");
        assert_ne!(before, after);
        Self { rehearsal, before, after }
    }

    /// The first night, from nothing, and the changed orders for the second one.
    fn begin(&self) {
        self.rehearsal.reset();
        std::fs::write(self.rehearsal.orders(), &self.before).unwrap();
        let first = self.rehearsal.nightly();
        assert_eq!(code(&first), 4, "{}", stderr(&first));
        std::fs::write(self.rehearsal.orders(), &self.after).unwrap();
    }

    fn undisturbed(&self) -> Vec<(String, Vec<u8>)> {
        self.begin();
        let first = self.rehearsal.report();
        assert_eq!(code(&self.rehearsal.nightly()), 4);
        let second = self.rehearsal.report();
        assert_ne!(first, second);
        second
    }
}

#[test]
fn a_session_ended_in_the_middle_of_a_first_night_and_run_again_is_as_one_that_was_not() {
    if !is_there() {
        return;
    }
    let rehearsal = Rehearsal::start(On::Postgres, 400, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let undisturbed = rehearsal.report();
    for table in ["merchant_order", "reading", "discrepancy", "day_verdict"] {
        rehearsal.reset();
        assert_eq!(code(&rehearsal.run(&["ledger", "migrate"])), 0);
        let mut blocker = Blocker::hold(&rehearsal, table);
        let run = spawn(&rehearsal);
        let session = blocker.wait_until(WAITING);
        blocker.end(session);
        let output = run.wait_with_output().unwrap();
        assert_eq!(code(&output), 1, "{table}: {}", stderr(&output));
        assert!(stderr(&output).contains("the ledger failed while"), "{}", stderr(&output));
        blocker.let_go();
        let again = rehearsal.nightly();
        assert_eq!(code(&again), 4, "{table}: {}", stderr(&again));
        assert!(rehearsal.report() == undisturbed, "{table}");
    }
}

#[test]
fn a_session_ended_or_a_process_killed_in_the_middle_of_a_merge_is_as_if_it_was_not() {
    if !is_there() {
        return;
    }
    let changed = Changed::start();
    let undisturbed = changed.undisturbed();
    let rehearsal = &changed.rehearsal;
    for is_killed in [false, true] {
        changed.begin();
        let mut blocker = Blocker::hold(rehearsal, "merchant_order");
        let mut run = spawn(rehearsal);
        let session = blocker.wait_until(WAITING);
        if is_killed {
            // The server has to notice by itself, in the middle of a statement, that nobody listens.
            run.kill().unwrap();
            run.wait().unwrap();
            blocker.wait_until_none(WAITING);
        } else {
            blocker.end(session);
            assert_eq!(code(&run.wait_with_output().unwrap()), 1);
        }
        blocker.let_go();
        let again = rehearsal.nightly();
        assert_eq!(code(&again), 4, "killed: {is_killed}: {}", stderr(&again));
        assert!(rehearsal.report() == undisturbed, "killed: {is_killed}");
    }
}

#[test]
fn a_run_that_lost_its_lock_to_another_one_writes_no_more() {
    if !is_there() {
        return;
    }
    let rehearsal = Rehearsal::start(On::Postgres, 400, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let undisturbed = rehearsal.report();
    rehearsal.reset();
    assert_eq!(code(&rehearsal.run(&["ledger", "migrate"])), 0);
    // The first one is stopped after it has written down its run: a machine that is paused.
    let mut blocker = Blocker::hold(&rehearsal, "merchant_order");
    let first = spawn(&rehearsal);
    let writing = blocker.wait_until(WAITING);
    signal(&first, "-STOP");
    let refused = rehearsal.nightly();
    assert_eq!(code(&refused), 75, "{}", stderr(&refused));
    // What a person does who is told who holds the lock, or the server after two minutes.
    let holding = blocker.wait_until(HOLDING);
    blocker.end(holding);
    blocker.end(writing);
    blocker.let_go();
    let second = rehearsal.nightly();
    assert_eq!(code(&second), 4, "{}", stderr(&second));
    assert!(rehearsal.report() == undisturbed);
    let ledger = stdout(&rehearsal.run(&["ledger", "status"]));
    signal(&first, "-CONT");
    let first = first.wait_with_output().unwrap();
    assert_eq!(code(&first), 1, "{}", stderr(&first));
    assert_eq!(stdout(&rehearsal.run(&["ledger", "status"])), ledger);
    assert!(rehearsal.report() == undisturbed);
}

#[test]
fn a_run_whose_lock_is_gone_says_so() {
    if !is_there() {
        return;
    }
    let rehearsal = Rehearsal::start(On::Postgres, 400, 0);
    assert_eq!(code(&rehearsal.run(&["ledger", "migrate"])), 0);
    let mut blocker = Blocker::hold(&rehearsal, "merchant_order");
    let run = spawn(&rehearsal);
    blocker.wait_until(WAITING);
    let holding = blocker.wait_until(HOLDING);
    blocker.end(holding);
    blocker.let_go();
    let output = run.wait_with_output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(stderr(&output).contains("lock was lost"), "{}", stderr(&output));
    assert!(stderr(&output).contains("run the same command again"), "{}", stderr(&output));
    assert_eq!(code(&rehearsal.nightly()), 4);
}

/// The same world on each ledger, served by one simulator: the second rehearsal uses the first one's
/// files and providers.
fn same_on_both(orders: u32) {
    let rehearsal = Rehearsal::start(On::Sqlite, orders, 0);
    let timed = |what: &str| {
        let watch = std::time::Instant::now();
        let output = rehearsal.nightly();
        assert_eq!(code(&output), 4, "{}", stderr(&output));
        super::say(&format!("{orders} orders, {what}: {} ms", watch.elapsed().as_millis()));
    };
    timed("SQLite");
    timed("SQLite again");
    let in_a_file = rehearsal.report();
    std::fs::remove_dir_all(rehearsal.path("var")).unwrap();
    let rehearsal = rehearsal.on_a_server();
    let timed = |what: &str| {
        let watch = std::time::Instant::now();
        let output = rehearsal.nightly();
        assert_eq!(code(&output), 4, "{}", stderr(&output));
        super::say(&format!("{orders} orders, {what}: {} ms", watch.elapsed().as_millis()));
    };
    timed("PostgreSQL");
    assert!(rehearsal.report() == in_a_file, "the first night");
    timed("PostgreSQL again");
    assert!(rehearsal.report() == in_a_file, "the same night again");
}

#[test]
fn both_ledgers_give_the_same_bytes() {
    if is_there() {
        same_on_both(5_000);
    }
}

#[test]
#[ignore = "takes minutes unless compiled with --release; prints its figures with --nocapture"]
fn both_ledgers_give_the_same_bytes_for_a_hundred_thousand_orders() {
    if is_there() {
        same_on_both(100_000);
    }
}

#[test]
fn a_server_that_ends_idle_sessions_leaves_the_one_that_has_the_lock() {
    if !is_there() {
        return;
    }
    let rehearsal = Rehearsal::start(On::Postgres, 300, 20);
    wait_for(async {
        let mut conn = rehearsal.database().connect().await;
        let impatient = "DO $$ BEGIN EXECUTE format( \
             'ALTER DATABASE %I SET idle_session_timeout = 200', current_database()); END $$";
        conn.execute(impatient).await.unwrap();
    });
    // The lock's session has nothing to do for longer than that.
    let output = rehearsal.nightly();
    assert_eq!(code(&output), 4, "{}", stderr(&output));
}

/// Every setting that the server's version has is made. (That keep-alives end a session whose machine
/// is gone is the operating system's part, and needs a machine to be switched off.)
#[test]
fn sessions_are_set_to_notice_that_the_other_side_is_gone() {
    if !is_there() {
        return;
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(file.join("sql/queries/session_settings.sql")).unwrap();
    let database = Database::create_now();
    let made: Vec<String> = wait_for(async {
        let mut conn = database.connect().await;
        sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut conn).await.unwrap()
    });
    assert_eq!(made.len(), 5, "{made:?}");
    assert!(made.contains(&"2s".to_owned()), "{made:?}");
}

/// The next day, on which some orders of the first one come again as the provider has them.
pub(super) fn the_next_day(rehearsal: &Rehearsal) {
    let orders = rehearsal.path("orders").join("2026-11-19.csv");
    let text = std::fs::read_to_string(rehearsal.orders()).unwrap();
    let pending = |line: &&str| line.contains(",CNY,pending,");
    let header = text.lines().take(1);
    let later: Vec<String> = header
        .chain(text.lines().filter(pending).take(12))
        .map(|line| line.replace(",CNY,pending,", ",CNY,succeeded,"))
        .collect();
    assert!(later.len() > 2, "{later:?}");
    std::fs::write(orders, later.join("\n")).unwrap();
}

#[test]
fn a_ledger_that_moves_to_a_server_goes_on_as_if_it_had_not() {
    if !is_there() {
        return;
    }
    let rehearsal = Rehearsal::start(On::Sqlite, 600, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    the_next_day(&rehearsal);
    let server = Database::create_now();
    let copied = rehearsal.run(&["ledger", "copy", "--to", &server.url()]);
    assert_eq!(code(&copied), 0, "{}{}", stdout(&copied), stderr(&copied));
    assert!(stdout(&copied).contains("sum of amount_minor"), "{}", stdout(&copied));
    let next = || {
        let output = rehearsal.run(&["run", "nightly", "--date", "2026-11-19"]);
        assert_eq!(code(&output), 4, "{}", stderr(&output));
        let reports = [DATE, "2026-11-19"].map(|date| {
            assert_eq!(code(&rehearsal.run(&["report", "--date", date])), 4);
            rehearsal.report_of(date)
        });
        let ledger = stdout(&rehearsal.run(&["ledger", "status"]));
        // Tables and rows; what follows is said of a server only.
        let rows = ledger.lines().skip(1).filter_map(|line| line.split(" rows").next());
        (reports, rows.map(str::to_owned).collect::<Vec<_>>())
    };
    let stayed = next();
    std::fs::remove_dir_all(rehearsal.path("var/reports")).unwrap();
    rehearsal.edit_config("sqlite://var/ledger.db", &server.url());
    assert!(next() == stayed);
    // And back, into a file; then there is no empty ledger any more.
    let file = format!("sqlite://{}", rehearsal.path("var/back.db").display());
    let mut back = rehearsal.command(&["ledger", "copy", "--to-env", "BACK"]);
    let back = back.env("BACK", &file).output().unwrap();
    assert_eq!(code(&back), 0, "{}", stderr(&back));
    let again = rehearsal.run(&["ledger", "copy", "--to", &file]);
    assert_eq!(code(&again), 1, "{}", stderr(&again));
    assert!(stderr(&again).contains("is not empty"), "{}", stderr(&again));
    let unset = rehearsal.run(&["ledger", "copy", "--to-env", "NOT_SET"]);
    assert_eq!(code(&unset), 2, "{}", stderr(&unset));
    rehearsal.edit_config(&server.url(), "sqlite://var/back.db");
    std::fs::remove_dir_all(rehearsal.path("var/reports")).unwrap();
    assert!(next() == stayed);
}

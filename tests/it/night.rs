//! Goal: the whole job through the binary is what a user may rely on. Method: simulated providers on
//! loopback in one process, the job in others: once, twice, killed, with a provider down, with bad
//! input; reports are compared byte by byte. What concerns the ledger runs on each of them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::ledger::server::Database;

/// The business date of every world here.
pub(crate) const DATE: &str = "2026-11-18";

/// The ledger that a rehearsal works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// A SQLite file.
    Sqlite,
    /// A database of its own on the server, see `ledger/server.rs`.
    Postgres,
}

/// Makes a test of each function, per ledger.
macro_rules! on_each_ledger {
    ($($test:ident)+) => {
        mod on_sqlite { $(#[test] fn $test() { super::$test(super::On::Sqlite); })+ }
        mod on_postgres {
            $(#[test] fn $test() {
                if crate::ledger::server::is_there() {
                    super::$test(super::On::Postgres);
                }
            })+
        }
    };
}

mod backends;
mod crashes;
mod lost;
mod retention;
pub(crate) mod roles;
mod servers;
mod verified;

use verified::whatever_is_changed_in_a_ledger_is_named;

on_each_ledger! {
    the_same_night_twice_gives_the_same_bytes_and_no_new_rows
    a_night_killed_at_any_moment_and_run_again_is_as_one_that_was_not
    what_came_to_agree_later_is_still_open_in_the_report_of_its_day
    a_lost_callback_can_be_asked_for_again_and_the_history_says_by_whom
    a_second_run_at_the_same_time_ends_with_75_and_names_the_first
    a_single_order_can_be_asked_about_and_every_discrepancy_looked_at
    whatever_is_changed_in_a_ledger_is_named
}

/// A folder with a world's files, its ledger, and its providers being served.
pub(crate) struct Rehearsal {
    folder: TempDir,
    providers: Child,
    database: Option<Database>,
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        self.providers.kill().unwrap();
        self.providers.wait().unwrap();
    }
}

impl Rehearsal {
    pub(crate) fn start(on: On, orders: u32, latency_ms: u32) -> Self {
        let folder = TempDir::new().unwrap();
        let world = folder.path().join("world.toml");
        // One account that lists its transactions and one that does not: the demo has all of them.
        let settings = format!(
            "seed = 7\norders = {orders}\ndate = \"{DATE}\"\nlatency_ms = {latency_ms}\n\
             accounts = [\"mmsp-main\", \"xxpay-main\"]\n\
             lanes = [\"payment/quick\", \"payment/gateway\", \"payment\"]\n"
        );
        std::fs::write(&world, settings).unwrap();
        let mut providers = duizhang()
            .args(["simulate", "--listen", "127.0.0.1:0", "--world"])
            .arg(&world)
            .arg("--out")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(providers.stdout.take().unwrap()).lines();
        // The last line that it prints before it waits says how to stop it.
        assert!(lines.any(|line| line.unwrap().starts_with("stop with")));
        let rehearsal = Self { folder, providers, database: None };
        match on {
            On::Sqlite => rehearsal,
            On::Postgres => rehearsal.on_a_server(),
        }
    }

    /// Moves the ledger, in which there is nothing yet, to a new database.
    pub(crate) fn on_a_server(self) -> Self {
        self.on(Database::create_now())
    }

    /// Moves the ledger, in which there is nothing yet, to a database.
    pub(crate) fn on(mut self, database: Database) -> Self {
        self.edit_config("sqlite://var/ledger.db", &database.url());
        self.database = Some(database);
        self
    }

    /// The database of a ledger on a server.
    pub(crate) fn database(&self) -> &Database {
        self.database.as_ref().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command with this world's configuration.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = duizhang();
        command.arg("--config").arg(self.path("duizhang.toml")).args(arguments);
        command
    }

    pub(crate) fn nightly(&self) -> Output {
        self.run(&["run", "nightly", "--date", DATE])
    }

    /// Forgets everything but the configuration and the orders.
    pub(crate) fn reset(&self) {
        if self.path("var").exists() {
            std::fs::remove_dir_all(self.path("var")).unwrap();
        }
        if let Some(database) = &self.database {
            database.empty();
        }
    }

    /// Every file of the report, by name.
    pub(crate) fn report(&self) -> Vec<(String, Vec<u8>)> {
        self.report_of(DATE)
    }

    pub(crate) fn report_of(&self, date: &str) -> Vec<(String, Vec<u8>)> {
        let folder = self.path("var/reports").join(date);
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| (name(&path), std::fs::read(&path).unwrap()))
            .collect();
        files.sort();
        assert_eq!(files.len(), 11, "{files:?}");
        files
    }

    /// One file of the report as text.
    pub(crate) fn report_text(&self, ending: &str) -> String {
        let files = self.report();
        let (_, bytes) = files.iter().find(|(name, _)| name.ends_with(ending)).unwrap();
        String::from_utf8(bytes.clone()).unwrap()
    }

    /// Waits until a run is written down, which it is once it has the lock.
    pub(crate) fn wait_for_a_run(&self) {
        for _ in 0..500 {
            let jobs = self.run(&["ledger", "status"]);
            if stdout(&jobs)
                .lines()
                .any(|line| line.starts_with("run ") && line.contains(" 1 rows"))
            {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("no run has begun");
    }

    /// The orders file of [`DATE`].
    pub(crate) fn orders(&self) -> PathBuf {
        self.path("orders").join(format!("{DATE}.csv"))
    }

    pub(crate) fn edit_config(&self, from: &str, to: &str) {
        let path = self.path("duizhang.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }
}

pub(crate) fn duizhang() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
    command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null());
    command
}

#[expect(clippy::print_stdout, reason = "figures are for people")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {output:?}"))
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The rows of a report file, header left out, split at commas outside quotes.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader
        .records()
        .map(|record| record.unwrap().iter().map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn the_same_night_twice_gives_the_same_bytes_and_no_new_rows(on: On) {
    let rehearsal = Rehearsal::start(on, 600, 0);
    let first = rehearsal.nightly();
    // One order of the world gets a wrong signature, so xxpay cannot be complete.
    assert_eq!(code(&first), 4, "{}{}", stdout(&first), stderr(&first));
    let report = rehearsal.report();
    let ledger = stdout(&rehearsal.run(&["ledger", "status"]));
    let second = rehearsal.nightly();
    assert_eq!(code(&second), 4, "{}", stderr(&second));
    assert_eq!(rehearsal.report(), report);
    // What was asked again and answered as before is remembered with its moment, once per order.
    let but_moments = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with("confirmed ")).map(str::to_owned).collect()
    };
    let after = stdout(&rehearsal.run(&["ledger", "status"]));
    assert_eq!(but_moments(&after), but_moments(&ledger));
    assert_eq!(code(&rehearsal.nightly()), 4);
    assert_eq!(stdout(&rehearsal.run(&["ledger", "status"])), after);
    assert_eq!(rehearsal.report(), report);
    assert!(!rehearsal.path("var/reports").join(DATE).join("superseded").exists());
    let verified =
        rehearsal.run(&["verify", rehearsal.path("var/reports").join(DATE).to_str().unwrap()]);
    assert_eq!(code(&verified), 0, "{}", stderr(&verified));
    let index = std::fs::read_to_string(rehearsal.path("var/reports/index.html")).unwrap();
    let links = [format!("href=\"{DATE}/{DATE}_对账报告.html\""), "xxpay-main".to_owned()];
    assert!(links.iter().all(|it| index.contains(it)), "{index}");
}

fn a_night_killed_at_any_moment_and_run_again_is_as_one_that_was_not(on: On) {
    let rehearsal = Rehearsal::start(on, 400, 1);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let undisturbed = rehearsal.report();
    // Moments from "has hardly begun" to "is writing the report", without a clock or dice.
    for moment in [5_u64, 40, 80, 130, 190, 260, 340, 430, 530, 700] {
        rehearsal.reset();
        let mut run = rehearsal
            .command(&["run", "nightly", "--date", DATE])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(moment));
        run.kill().unwrap();
        run.wait().unwrap();
        let again = rehearsal.nightly();
        assert_eq!(code(&again), 4, "killed after {moment} ms: {}", stderr(&again));
        assert!(rehearsal.report() == undisturbed, "killed after {moment} ms");
    }
}

#[test]
fn a_provider_that_is_down_is_failed_accuses_nobody_and_stops_nobody_else() {
    let rehearsal = Rehearsal::start(On::Sqlite, 400, 0);
    rehearsal.edit_config("language = \"zh\"", "language = \"en\"");
    let text = std::fs::read_to_string(rehearsal.path("duizhang.toml")).unwrap();
    let line = text.lines().find(|line| line.contains("/xxpay")).unwrap();
    // Port 9 is nobody's: connections are refused at once.
    rehearsal.edit_config(line, "base_url = \"http://127.0.0.1:9/xxpay\"");
    let output = rehearsal.nightly();
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let summary = rows(&rehearsal.report_text("_summary.csv"));
    let verdict = |account: &str| {
        summary.iter().find(|row| row[1] == account && row[3] == "total").unwrap()[5].clone()
    };
    assert_eq!(verdict("xxpay-main"), "failed");
    assert_eq!(verdict("mmsp-main"), "incomplete", "rows of the merchant were refused");
    for row in &summary {
        assert_eq!(row[16], "0.00", "unexplained: {row:?}");
    }
    for row in rows(&rehearsal.report_text("_discrepancies.csv")) {
        let accused =
            row[4] == "xxpay-main" && row[9] != "unproved" && row[9] != "duplicate_at_merchant";
        assert!(!accused, "{row:?}");
    }
}

fn what_came_to_agree_later_is_still_open_in_the_report_of_its_day(on: On) {
    let rehearsal = Rehearsal::start(on, 300, 0);
    rehearsal.edit_config("language = \"zh\"", "language = \"en\"");
    assert_eq!(code(&rehearsal.nightly()), 4);
    let first = rehearsal.report();
    let found = rows(&rehearsal.report_text("_discrepancies.csv"));
    let lost = found.iter().find(|row| row[9] == "paid_only_at_provider").unwrap();
    // The next day's file has the order as the provider has it.
    let orders = |date: &str| rehearsal.path("orders").join(format!("{date}.csv"));
    let text = std::fs::read_to_string(orders(DATE)).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let order = reader.records().map(Result::unwrap).find(|row| row[at("order_no")] == lost[13]);
    let mut cells: Vec<String> = order.unwrap().iter().map(str::to_owned).collect();
    "succeeded".clone_into(&mut cells[at("status")]);
    cells[at("paid_at")].clone_from(&lost[26]);
    let mut later = csv::Writer::from_path(orders("2026-11-19")).unwrap();
    later.write_record(&header).unwrap();
    later.write_record(&cells).unwrap();
    later.flush().unwrap();
    let next = rehearsal.run(&["run", "nightly", "--date", "2026-11-19"]);
    assert_eq!(code(&next), 4, "{}", stderr(&next));
    let shown = rehearsal.run(&["discrepancy", "show", &lost[0]]);
    assert!(stdout(&shown).contains("closed"), "{}", stdout(&shown));
    // Its own day's report, written again from the ledger, is as it was, and what is so now stands in
    // the one file that is for it, and in those that show every file.
    assert_eq!(code(&rehearsal.run(&["report", "--date", DATE])), 4);
    for ((name, then), (_, now)) in first.iter().zip(&rehearsal.report()) {
        let may_grow =
            ["corrections", "_report.", "manifest"].iter().any(|part| name.contains(part));
        assert!(may_grow || then == now, "{name}");
    }
    let corrected = rows(&rehearsal.report_text("_corrections.csv"));
    let correction = corrected.iter().find(|row| row[0] == lost[0]).unwrap();
    assert_eq!(correction[3], "2026-11-19");
    assert_eq!(correction[12..14], ["open", "resolved"]);
    assert_eq!((&correction[14], &*correction[15]), (&lost[19], "0.00"));
}

fn a_lost_callback_can_be_asked_for_again_and_the_history_says_by_whom(on: On) {
    let rehearsal = Rehearsal::start(on, 300, 0);
    rehearsal.edit_config("language = \"zh\"", "language = \"en\"");
    assert_eq!(code(&rehearsal.nightly()), 4);
    let found = rows(&rehearsal.report_text("_discrepancies.csv"));
    let lost_at = |account: &str| {
        let lost = |row: &&Vec<String>| row[4] == account && row[9] == "paid_only_at_provider";
        found.iter().find(lost).unwrap().clone()
    };
    let lost = lost_at("xxpay-main");
    let again = ["renotify", "xxpay-main", &lost[13], "--person", "li"];
    let unasked = rehearsal.run(&again);
    assert_eq!(code(&unasked), 2, "{}", stderr(&unasked));
    assert!(stderr(&unasked).contains("--yes"), "{}", stderr(&unasked));
    let sent = rehearsal.run(&[&again[..], &["--yes"]].concat());
    assert_eq!(code(&sent), 0, "{}{}", stdout(&sent), stderr(&sent));
    let shown = stdout(&rehearsal.run(&["discrepancy", "show", &lost[0]]));
    assert!(shown.contains("renotified by li"), "{shown}");
    let refused = rehearsal.run(&["renotify", "mmsp-main", &lost_at("mmsp-main")[13], "--yes"]);
    assert_eq!(code(&refused), 2, "{}", stderr(&refused));
}

fn a_second_run_at_the_same_time_ends_with_75_and_names_the_first(on: On) {
    let rehearsal = Rehearsal::start(on, 400, 20);
    let mut first = rehearsal
        .command(&["run", "nightly", "--date", DATE])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Until the first one has the lock, a second one would simply be the first.
    rehearsal.wait_for_a_run();
    let second = rehearsal.nightly();
    assert_eq!(code(&second), 75, "{}", stderr(&second));
    assert!(stderr(&second).contains("nightly"), "{}", stderr(&second));
    assert!(stderr(&second).contains(&first.id().to_string()), "{}", stderr(&second));
    if on == On::Postgres {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        assert!(stderr(&second).contains(&format!(" on {}", host.trim())), "{}", stderr(&second));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    // Who died holds nothing.
    assert_eq!(code(&rehearsal.nightly()), 4);
}

/// What is wrong → exit code and what the message has to say.
#[test]
fn bad_input_gives_one_clear_message_and_loses_nothing() {
    type Spoil = fn(&Rehearsal);
    let table: [(&str, Spoil, i32, &[&str]); 5] = [
        (
            "a typo in the configuration",
            |r| r.edit_config("timing_window", "timing_windw"),
            2,
            &["duizhang.toml:", "timing_windw", "did you mean \"timing_window\"?"],
        ),
        (
            "a missing secret",
            |r| std::fs::remove_file(r.path("secrets/xxpay.key")).unwrap(),
            2,
            &["duizhang.toml:", "xxpay.key"],
        ),
        (
            "orders with wrong columns",
            |r| {
                let orders = r.path("orders").join(format!("{DATE}.csv"));
                let text = std::fs::read_to_string(&orders).unwrap();
                std::fs::write(&orders, text.replacen("amount", "betrag", 1)).unwrap();
            },
            1,
            &["no column for amount", "[orders.columns]"],
        ),
        (
            "no orders file",
            |r| std::fs::remove_dir_all(r.path("orders")).unwrap(),
            1,
            &["orders/2026-11-18.csv"],
        ),
        (
            "a file where the ledger should be",
            |r| {
                std::fs::create_dir_all(r.path("var")).unwrap();
                std::fs::write(r.path("var/ledger.db"), b"this is not a database, surely").unwrap();
            },
            1,
            &["ledger"],
        ),
    ];
    for (what, spoil, expected, words) in table {
        let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
        spoil(&rehearsal);
        let output = rehearsal.nightly();
        assert_eq!(code(&output), expected, "{what}: {}", stderr(&output));
        for word in words {
            assert!(stderr(&output).contains(word), "{what}: {:?} in {}", word, stderr(&output));
        }
        assert!(!stderr(&output).contains("panicked"), "{what}: {}", stderr(&output));
    }
}

#[test]
fn a_date_in_the_future_is_refused_and_an_unknown_job_or_account_too() {
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    for (arguments, word) in [
        (vec!["run", "nightly", "--date", "2098-01-01"], "future"),
        (vec!["run", "nightly", "--date", "2999-01-01"], "2000 to 2099"),
        (vec!["run", "nightly", "--date", "2026-13-01"], "YYYY-MM-DD"),
        (vec!["run", "weekly"], "there are: balances, hourly-watch, month-end, morning, nightly"),
        (vec!["run", "nightly", "--date", DATE, "--account", "nobody"], "mmsp-main"),
        (vec!["discrepancy", "show", "DZ0"], "there is no discrepancy"),
    ] {
        let output = rehearsal.run(&arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(word), "{arguments:?}: {}", stderr(&output));
    }
}

fn a_single_order_can_be_asked_about_and_every_discrepancy_looked_at(on: On) {
    let rehearsal = Rehearsal::start(on, 300, 0);
    rehearsal.edit_config("language = \"zh\"", "language = \"en\"");
    assert_eq!(code(&rehearsal.nightly()), 4);
    let rows = rows(&rehearsal.report_text("_discrepancies.csv"));
    let lost = rows.iter().find(|row| row[9] == "paid_only_at_provider").unwrap();
    let shown = rehearsal.run(&["discrepancy", "show", &lost[0]]);
    assert_eq!(code(&shown), 0, "{}", stderr(&shown));
    for word in ["paid_only_at_provider", "raised", &lost[13]] {
        assert!(stdout(&shown).contains(word), "{word} in {}", stdout(&shown));
    }
    let product: &[&str] = if lost[8].is_empty() { &[] } else { &["--product", &lost[8]] };
    let query = rehearsal.run(&[&["query", &lost[4], &lost[13]][..], product].concat());
    assert_eq!(code(&query), 0, "{}{}", stdout(&query), stderr(&query));
    assert!(stdout(&query).contains("succeeded"), "{}", stdout(&query));
    let listed = rehearsal.run(&["discrepancy", "list", "--date", DATE, "--limit", "0"]);
    assert!(stdout(&listed).contains(&lost[0]), "{}", stdout(&listed));
    let check = rehearsal.run(&["check", "--online"]);
    assert_eq!(code(&check), 0, "{}{}", stdout(&check), stderr(&check));
    let jobs = rehearsal.run(&["jobs"]);
    assert!(stdout(&jobs).contains("ended"), "{}", stdout(&jobs));
}

//! Goal: ten nights in a row come to what the stories say, night for night, on both ledgers, and
//! nights that are run again change nothing and double nothing.
//! Method: the whole job against simulated platforms on the loopback address, whose answers depend
//! on the same clock as the job; the files of each night are compared with the world's own truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use duizhang::app::App;
use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::clock::{Clock, FixedClock};
use duizhang::config;
use duizhang::job::{self, Job};
use duizhang::ledger::{Access, open};
use duizhang::money::minor_from_yuan;
use duizhang::run::{self, RunOutcome, Scope};
use duizhang::simulator::{Nights, Simulator, serve_nights};
use duizhang::status::Verdict;
use tempfile::TempDir;

use crate::ledger::server::Database;
use checks::{
    check_balances, check_bridges, check_made_again, check_roll, check_rows, check_settlements,
    check_summary, check_verdicts,
};

mod checks;
mod d0;

const SEED: u64 = 20_260_917;

/// A clock that a test moves.
#[derive(Clone)]
struct Hands(Arc<Mutex<Timestamp>>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Ten nights, their platforms, and a app that lives through them.
struct Stage {
    nights: Arc<Nights>,
    simulator: Simulator,
    hands: Hands,
    app: App,
    nightly: Job,
    folder: TempDir,
    _server: Option<Database>,
}

/// A row of a file, by column name.
type Row = BTreeMap<String, String>;

impl Stage {
    async fn open(server: Option<Database>) -> Self {
        Self::of(Nights::make(SEED), server).await
    }

    async fn of(nights: Nights, server: Option<Database>) -> Self {
        let nights = Arc::new(nights);
        let before = Nights::night_of(Nights::first().plus_days(-1));
        let clock = Box::new(FixedClock(before));
        let listen = "127.0.0.1:0".parse().unwrap();
        let simulator = serve_nights(Arc::clone(&nights), clock, listen).await.unwrap();
        let folder = TempDir::new().unwrap();
        let files = nights.write_files(folder.path(), simulator.addr).unwrap();
        let text = std::fs::read_to_string(&files.config).unwrap();
        let text = text.replace("language = \"zh\"", "language = \"en\"");
        std::fs::write(&files.config, text).unwrap();
        let mut config = config::load(&files.config, &|_| None).unwrap();
        if let Some(server) = &server {
            config.ledger_url = server.url();
        }
        let ledger = open(&config.ledger_url, Access::Work).await.unwrap();
        let hands = Hands(Arc::new(Mutex::new(before)));
        let jobs = job::jobs_for(&config).unwrap();
        let nightly = jobs.into_iter().find(|job| job.name == "nightly").unwrap();
        let app = App {
            config,
            ledger,
            clock: Box::new(hands.clone()),
            stop: duizhang::stop::Stop::default(),
        };
        Self { nights, simulator, hands, app, nightly, folder, _server: server }
    }

    /// Sets the time for both sides.
    fn at(&self, now: Timestamp) {
        *self.hands.0.lock().unwrap() = now;
        self.simulator.set_now(now);
    }

    /// Asks what the accounts hold in the last second of a business date.
    async fn balances(&self, date: BusinessDate) {
        self.at(end_of(date));
        let scope = Scope { date, accounts: Vec::new() };
        let accounts = self.app.accounts(&scope).unwrap();
        self.app.balances(date, &accounts).await.unwrap();
    }

    /// The whole job of a business date, at the time that it is.
    async fn job(&self, date: BusinessDate) -> RunOutcome {
        let scope = Scope { date, accounts: Vec::new() };
        let outcome = run::job(&self.app, &self.nightly, &scope).await.unwrap();
        assert_eq!(self.simulator.problems(), [], "{date}");
        outcome
    }

    /// A night as it comes: what the accounts hold at midnight, and the job two hours later.
    async fn night(&self, date: BusinessDate) -> RunOutcome {
        self.balances(date).await;
        self.at(Nights::night_of(date));
        self.job(date).await
    }

    fn folder_of(&self, date: BusinessDate) -> PathBuf {
        self.folder.path().join("var/reports").join(date.to_string())
    }

    fn rows(&self, date: BusinessDate, file: &str) -> Vec<Row> {
        rows(&self.folder_of(date).join(format!("{date}_{file}.csv")))
    }

    /// Orders and movements in the ledger.
    async fn row_counts(&self) -> Vec<(String, i64)> {
        let mut tables = self.app.ledger.status().await.unwrap().tables;
        tables.retain(|(name, _)| ["merchant_order", "movement"].contains(&&**name));
        assert_eq!(tables.len(), 2);
        tables
    }

    /// Every file of a night's report, by name.
    fn files(&self, date: BusinessDate) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.folder_of(date)).unwrap();
        let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        files.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
    }
}

/// The last second of a business date.
fn end_of(date: BusinessDate) -> Timestamp {
    BusinessDay::BEIJING.end_of(date).plus_seconds(-1)
}

fn rows(path: &Path) -> Vec<Row> {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let named = |record: csv::StringRecord| {
        let cells = header.iter().zip(record.iter());
        cells.map(|(name, cell)| (name.to_owned(), cell.trim().to_owned())).collect()
    };
    reader.records().map(|record| named(record.unwrap())).collect()
}

fn fen(row: &Row, column: &str) -> i64 {
    minor_from_yuan(&row[column]).unwrap_or_else(|error| panic!("{column} {error}: {row:?}"))
}

/// The files of every night, by name.
type Files = BTreeMap<BusinessDate, BTreeMap<String, Vec<u8>>>;

/// Lives through ten nights, each of which has to be what the stories say.
async fn ten_nights(server: Option<Database>) -> (Stage, Files) {
    let stage = Stage::open(server).await;
    stage.balances(Nights::first().plus_days(-1)).await;
    let mut before = None;
    let mut files = Files::new();
    for (number, date) in (1..).zip(Nights::dates()) {
        let outcome = stage.night(date).await;
        let truth = stage.nights.truth(date);
        check_verdicts(&outcome, number);
        check_rows(&stage, &truth);
        check_summary(&stage, &truth);
        check_bridges(&stage, date, number);
        check_balances(&stage, date, number);
        check_settlements(&stage, date);
        check_roll(&stage, before.as_ref(), &truth);
        files.insert(date, stage.files(date));
        before = Some(truth);
    }
    verified(&stage).await;
    (stage, files)
}

/// Every word follows from its answer, every history and report from the chain.
async fn verified(stage: &Stage) {
    let checked = stage.app.check_ledger().await.unwrap();
    assert_eq!(checked.problems.named, [""; 0]);
    assert!(checked.is_whole() && checked.reports.anchored >= 10, "{checked:#?}");
}

/// Runs nights again, in several orders.
async fn again(stage: &Stage, mut files: Files) {
    let dates = Nights::dates();
    let (fifth, last) = (dates[4], dates[9]);
    check_made_again(stage, &files, &[]).await;

    // The last night once more, at its own time, is the same in everything.
    stage.at(Nights::night_of(last));
    stage.job(last).await;
    same(&stage.files(last), &files[&last]);

    // The fifth night, after all is over, says what is known now, and no other night does.
    let after = Nights::night_of(last).plus_seconds(3600);
    stage.at(after);
    let rows = stage.row_counts().await;
    run_again(stage, fifth).await;
    check_made_again(stage, &files, &[fifth]).await;

    // All of them, the last one first.
    for date in dates.iter().rev() {
        run_again(stage, *date).await;
    }
    assert_eq!(stage.row_counts().await, rows, "nothing is doubled");

    // And in their own order, so that each night follows what the one before says now.
    for date in &dates {
        run_again(stage, *date).await;
        files.insert(*date, stage.files(*date));
    }
    assert_eq!(stage.row_counts().await, rows, "nothing is doubled");
    check_made_again(stage, &files, &[]).await;

    // Whatever is run now changes nothing at all.
    for date in [last, fifth] {
        stage.app.report(date).await.unwrap();
        let before = stage.files(date);
        run_again(stage, date).await;
        same(&stage.files(date), &before);
    }
    verified(stage).await;
}

/// Two sets of files are the same, byte for byte.
fn same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    assert!(found.keys().eq(expected.keys()), "{:?}", found.keys());
    for (name, bytes) in found {
        let lines = |bytes: &[u8]| -> Vec<String> {
            String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect()
        };
        let (found, expected) = (lines(bytes), lines(&expected[name]));
        let other: Vec<_> = found.iter().filter(|line| !expected.contains(line)).collect();
        assert_eq!(found, expected, "{name} has {other:#?}");
    }
}

async fn run_again(stage: &Stage, date: BusinessDate) {
    let outcome = stage.job(date).await;
    let complete = outcome.verdicts.iter().all(|it| it.verdict == Verdict::Complete);
    assert!(complete, "{date}: {:?}", outcome.verdicts);
    let truth = stage.nights.truth_again(date);
    check_rows(stage, &truth);
    check_summary(stage, &truth);
}

#[tokio::test]
async fn ten_nights_are_what_the_stories_say_and_so_are_nights_that_are_run_again() {
    let (stage, files) = ten_nights(None).await;
    again(&stage, files).await;
}

#[tokio::test]
async fn ten_nights_are_the_same_on_a_server() {
    if let Some(server) = Database::create().await {
        let (stage, files) = ten_nights(Some(server)).await;
        again(&stage, files).await;
    }
}

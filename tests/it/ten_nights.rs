//! Goal: ten nights in a row come to what the stories say, night for night, on both ledgers, and
//! nights that are run again change nothing and double nothing.
//! Method: the whole job against simulated platforms on the loopback address, whose answers depend
//! on the same clock as the job; the files of each night are compared with the world's own truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::clock::{Clock, FixedClock};
use duizhang::config;
use duizhang::job::{self, Job};
use duizhang::ledger::{Access, open};
use duizhang::money::{minor_from_yuan, yuan};
use duizhang::run::{self, House, RunOutcome, Scope};
use duizhang::simulator::nights::{NightRow, NightTruth};
use duizhang::simulator::{Nights, Simulator, serve_nights};
use duizhang::status::Verdict;
use tempfile::TempDir;

use crate::ledger::server::Database;

const SEED: u64 = 20_260_917;

/// A clock that a test moves.
#[derive(Clone)]
struct Hands(Arc<Mutex<Timestamp>>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Ten nights, their platforms, and a house that lives through them.
struct Stage {
    nights: Arc<Nights>,
    simulator: Simulator,
    hands: Hands,
    house: House,
    nightly: Job,
    folder: TempDir,
    _server: Option<Database>,
}

/// The rows of a file by column name.
type Rows = Vec<BTreeMap<String, String>>;

impl Stage {
    async fn open(server: Option<Database>) -> Self {
        let nights = Arc::new(Nights::make(SEED));
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
        let house = House { config, ledger, clock: Box::new(hands.clone()) };
        Self { nights, simulator, hands, house, nightly, folder, _server: server }
    }

    /// Sets the time for both sides.
    fn at(&self, now: Timestamp) {
        *self.hands.0.lock().unwrap() = now;
        self.simulator.set_now(now);
    }

    /// Asks what the accounts hold at the end of a business date, that second included.
    async fn balances(&self, date: BusinessDate) {
        self.at(self.house.config.business_day.end_of(date));
        let scope = Scope { date, accounts: Vec::new() };
        let accounts = self.house.accounts(&scope).unwrap();
        self.house.balances(date, &accounts).await.unwrap();
    }

    /// The whole job of a business date, at the time that it is.
    async fn job(&self, date: BusinessDate) -> RunOutcome {
        let scope = Scope { date, accounts: Vec::new() };
        let outcome = run::job(&self.house, &self.nightly, &scope).await.unwrap();
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

    fn rows(&self, date: BusinessDate, file: &str) -> Rows {
        rows(&self.folder_of(date).join(format!("{date}_{file}.csv")))
    }

    /// Every file of a night's report, by name.
    fn files(&self, date: BusinessDate) -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(self.folder_of(date)).unwrap();
        let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        files.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect()
    }
}

fn rows(path: &Path) -> Rows {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let named = |record: csv::StringRecord| {
        let cells = header.iter().zip(record.iter());
        cells.map(|(name, cell)| (name.to_owned(), cell.trim().to_owned())).collect()
    };
    reader.records().map(|record| named(record.unwrap())).collect()
}

fn fen(row: &BTreeMap<String, String>, column: &str) -> i64 {
    minor_from_yuan(&row[column]).unwrap_or_else(|error| panic!("{column} {error}: {row:?}"))
}

/// A discrepancy as one line, from the world's truth and from the report.
fn expected(row: &NightRow) -> String {
    let stream = &row.key.stream;
    format!(
        "{} {} {} {} {} {} since {} {} {}",
        stream.account,
        stream.kind,
        stream.product,
        row.key.order_no,
        row.kind,
        row.business_date,
        row.first_seen,
        row.state,
        yuan(row.difference_minor)
    )
}

fn found(row: &BTreeMap<String, String>) -> String {
    [
        &row["account"],
        &row["kind"],
        &row["product"],
        &row["merchant_order_no"],
        &row["type"],
        &row["business_date"],
        "since",
        &row["first_seen"],
        &row["state"],
        &row["difference"],
    ]
    .join(" ")
}

/// Types of an account, not of an order.
fn is_of_account(row: &BTreeMap<String, String>) -> bool {
    ["balance_mismatch", "settlement_mismatch"].contains(&&*row["type"])
}

/// The night's discrepancies are those of the stories, and no others.
fn check_rows(stage: &Stage, truth: &NightTruth) {
    let mut expected: Vec<String> = truth.rows.iter().map(expected).collect();
    let rows = stage.rows(truth.date, "discrepancies");
    let of_orders = rows.iter().filter(|row| !is_of_account(row));
    let mut found: Vec<String> = of_orders.map(found).collect();
    expected.sort();
    found.sort();
    let missing: Vec<_> = expected.iter().filter(|row| !found.contains(row)).collect();
    let false_ones: Vec<_> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert_eq!(found, expected, "{}\nmissing {missing:#?}\nfalse {false_ones:#?}", truth.date);
}

/// The night's totals are those of both sides, and everything between them is explained.
fn check_summary(stage: &Stage, truth: &NightTruth) {
    let mut totals = truth.totals.clone();
    for row in stage.rows(truth.date, "summary") {
        assert_eq!(fen(&row, "unexplained"), 0, "{} {row:?}", truth.date);
        if row["kind"] == "total" {
            continue;
        }
        let stream = totals.keys().find(|stream| {
            stream.account == row["account"]
                && stream.kind.code() == row["kind"]
                && stream.product == row["product"]
        });
        let total = stream.cloned().and_then(|stream| totals.remove(&stream)).unwrap_or_default();
        let both = (fen(&row, "merchant_amount"), fen(&row, "provider_amount"));
        assert_eq!(both, (total.merchant_minor, total.provider_minor), "{} {row:?}", truth.date);
    }
    assert!(totals.is_empty(), "{} has no line for {totals:?}", truth.date);
}

/// An account that cannot be reached is failed, one with a wrong answer incomplete, others complete.
fn check_verdicts(outcome: &RunOutcome, number: usize) {
    for verdict in &outcome.verdicts {
        let expected = match (number, &*verdict.account) {
            (4, "xxpay-main") => Verdict::Failed,
            (8, "xxpay-main") => Verdict::Incomplete,
            _ => Verdict::Complete,
        };
        assert_eq!(verdict.verdict, expected, "night {number}: {verdict:?}");
    }
}

async fn ten_nights(server: Option<Database>) {
    let stage = Stage::open(server).await;
    stage.balances(Nights::first().plus_days(-1)).await;
    for (number, date) in (1..).zip(Nights::dates()) {
        let outcome = stage.night(date).await;
        let truth = stage.nights.truth(date);
        check_verdicts(&outcome, number);
        check_rows(&stage, &truth);
        check_summary(&stage, &truth);
    }
}

#[tokio::test]
async fn ten_nights_are_what_the_stories_say() {
    ten_nights(None).await;
}

#[tokio::test]
async fn ten_nights_are_what_the_stories_say_on_a_server() {
    if let Some(server) = Database::create().await {
        ten_nights(Some(server)).await;
    }
}

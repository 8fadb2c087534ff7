//! Goal: a portal's bill makes an account two-sided, is believed only as far as its provider confirms it,
//! and is refused as a whole where it contradicts itself. Method: simulated platforms in this process,
//! everything else through the binary; reports and ledgers are compared byte by byte.

mod spoiled;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use duizhang::business_day::BusinessDate;
use duizhang::discrepancy::DiscrepancyType;
use duizhang::simulator::proof::{Proof, prove};
use duizhang::simulator::{Simulator, World, WorldSettings, serve};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::ledger::server::{self, Database};
use crate::night::{On, code, duizhang, name, rows, stderr, stdout};

const DATE: &str = "2026-11-18";
const ACCOUNTS: [&str; 2] = ["icashier-main", "lhxpay-main"];

/// A world's files and ledger, and its platforms being served; the bills lie where no job looks for
/// them.
struct Stage {
    folder: TempDir,
    world: Arc<World>,
    simulator: Simulator,
    _database: Option<Database>,
    _runtime: Runtime,
}

impl Stage {
    fn set(on: On) -> Self {
        let date = BusinessDate::parse(DATE).unwrap();
        let settings = WorldSettings {
            seed: 7,
            orders: 400,
            accounts: ACCOUNTS.map(str::to_owned).into(),
            account_lines: "retries = 0".to_owned(),
            ..WorldSettings::demo(date)
        };
        let world = Arc::new(World::make(settings).unwrap());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let serving = serve(Arc::clone(&world), "127.0.0.1:0".parse().unwrap());
        let simulator = runtime.block_on(serving).unwrap();
        let folder = TempDir::new().unwrap();
        world.write_files(folder.path(), simulator.addr).unwrap();
        let stage = Self { folder, world, simulator, _database: None, _runtime: runtime };
        stage.edit_config("language = \"zh\"", "language = \"en\"");
        std::fs::rename(stage.path("statements"), stage.path("downloads")).unwrap();
        match on {
            On::Sqlite => stage,
            On::Postgres => {
                let database = Database::create_now();
                stage.edit_config("sqlite://var/ledger.db", &database.url());
                Self { _database: Some(database), ..stage }
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn edit_config(&self, from: &str, to: &str) {
        let path = self.path("duizhang.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = duizhang();
        command.arg("--config").arg(self.path("duizhang.toml")).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn nightly(&self, expected: i32) -> Output {
        let output = self.run(&["run", "nightly", "--date", DATE]);
        assert_eq!(code(&output), expected, "{}{}", stdout(&output), stderr(&output));
        output
    }

    /// The bill of an account as it was downloaded.
    fn bill(&self, account: &str) -> PathBuf {
        let ending = if account == "lhxpay-main" { "csv" } else { "xlsx" };
        self.path(&format!("downloads/{account}-{DATE}.{ending}"))
    }

    fn import(&self, account: &str, file: &Path) -> Output {
        let file = file.to_str().unwrap();
        self.run(&["import", "statement", "--account", account, "--date", DATE, file])
    }

    fn import_all(&self) {
        for account in ACCOUNTS {
            let output = self.import(account, &self.bill(account));
            assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        }
    }

    fn report_folder(&self, date: &str) -> PathBuf {
        self.path("var/reports").join(date)
    }

    fn report(&self, date: &str) -> Vec<(String, Vec<u8>)> {
        let files = std::fs::read_dir(self.report_folder(date)).unwrap();
        let files = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let mut files: Vec<_> =
            files.map(|path| (name(&path), std::fs::read(&path).unwrap())).collect();
        files.sort();
        assert!(files.len() > 5, "{files:?}");
        files
    }

    /// The rows of one file of a report.
    fn rows(&self, date: &str, file: &str) -> Vec<Vec<String>> {
        let path = self.report_folder(date).join(format!("{date}_{file}.csv"));
        rows(&std::fs::read_to_string(path).unwrap())
    }

    /// Verdict and coverage of each account.
    fn standing(&self) -> Vec<(String, String)> {
        let summary = self.rows(DATE, "summary");
        let of = |account: &str| {
            let total = summary.iter().find(|row| row[1] == account && row[3] == "total").unwrap();
            (total[5].clone(), total[6].clone())
        };
        ACCOUNTS.map(of).into()
    }

    fn proof(&self) -> Proof {
        prove(&self.report_folder(DATE), &self.world).unwrap()
    }

    fn requests(&self) -> Vec<u64> {
        ACCOUNTS.map(|account| self.simulator.requests(account)).into()
    }

    fn ledger(&self) -> String {
        let status = self.run(&["ledger", "status"]);
        assert_eq!(code(&status), 0, "{}", stderr(&status));
        stdout(&status)
    }

    /// Type and order of everything that only a bill can show.
    fn billed(&self, account: &str) -> BTreeSet<(String, String)> {
        let planted = self.world.planted().iter();
        let of_account = planted.filter(|item| item.key.stream.account == account);
        // What is asked about states amounts at icashier, and none at lhxpay.
        let is_billed = |kind| {
            kind == DiscrepancyType::MissingAtMerchant
                || (kind == DiscrepancyType::AmountMismatch && account == "lhxpay-main")
        };
        of_account
            .filter(|item| is_billed(item.kind))
            .map(|item| (item.kind.code().to_owned(), item.key.order_no.clone()))
            .collect()
    }

    /// Type and order of everything that is reported of an account.
    fn found(&self, date: &str, account: &str) -> BTreeSet<(String, String)> {
        let rows = self.rows(date, "discrepancies").into_iter();
        let of_account = rows.filter(|row| row[4] == account);
        of_account.map(|row| (row[9].clone(), row[13].clone())).collect()
    }
}

fn standings(verdict: &str, coverages: [&str; 2]) -> Vec<(String, String)> {
    coverages.map(|coverage| (verdict.to_owned(), coverage.to_owned())).into()
}

#[test]
fn a_bill_shows_what_only_the_platform_has_and_the_platform_proves_it() {
    a_bill_after_the_night(On::Sqlite);
}

#[test]
fn a_bill_shows_the_same_on_a_server() {
    if server::is_there() {
        a_bill_after_the_night(On::Postgres);
    }
}

fn a_bill_after_the_night(on: On) {
    let stage = Stage::set(on);
    stage.nightly(0);
    assert_eq!(stage.standing(), standings("complete", ["one_sided", "status_only"]));
    let once = stage.requests();
    let before = ACCOUNTS.map(|account| stage.found(DATE, account));
    // What stays open is asked about in every night.
    stage.nightly(0);
    let twice = stage.requests();

    stage.import_all();
    stage.nightly(0);
    assert_eq!(stage.standing(), standings("complete", ["two_sided"; 2]));
    // What each bill comes to is printed beside what is counted.
    for file in [format!("{DATE}_report.html"), "manifest.json".to_owned()] {
        let text = std::fs::read_to_string(stage.report_folder(DATE).join(file)).unwrap();
        // The page writes the apostrophe in its own way.
        let text = text.replace("&#39;", "'");
        let tied = text.matches(" = the platform's side as counted ").count();
        assert!(tied >= ACCOUNTS.len(), "{text}");
    }
    let proof = stage.proof();
    assert!(proof.is_proved(), "{proof} {proof:#?}");
    for (at, account) in ACCOUNTS.into_iter().enumerate() {
        let after = stage.found(DATE, account);
        let billed = stage.billed(account);
        assert!(billed.len() >= 3, "{billed:?}");
        assert_eq!(after.difference(&before[at]).cloned().collect::<BTreeSet<_>>(), billed);
        assert!(after.is_superset(&before[at]));
        let new = u64::try_from(billed.len()).unwrap();
        let asked = stage.requests()[at] - twice[at];
        assert_eq!(asked, twice[at] - once[at] + new, "each of them is asked about, once");
    }
    assert_eq!(stage.simulator.problems(), []);
    for row in stage.rows(DATE, "discrepancies") {
        if row[9] == "amount_mismatch" {
            // What was asked at lhxpay states no amount: it is the bill's, and said to be.
            let (asked, rest) = row[27].split_once("; amount: ").unwrap_or((&row[27], ""));
            assert!(asked.contains("asked about this order"), "{row:?}");
            let is_of_bill = rest.contains(&format!("{DATE}.csv (nothing verifies the file)"));
            assert_eq!(is_of_bill, row[4] == "lhxpay-main", "{row:?}");
        }
        if row[9] == "missing_at_merchant" {
            let interface = match (row[4].as_str(), row[7].as_str()) {
                ("icashier-main", _) => "/api/query",
                (_, "payment") => "/api/Payments/Query",
                _ => "/api/Payouts/Query",
            };
            assert!(row[27].contains(interface), "{row:?}");
            assert!(!row[14].is_empty(), "the number that the bill has: {row:?}");
        }
    }
}

#[test]
fn a_bill_that_should_not_have_been_imported_is_taken_back() {
    let stage = Stage::set(On::Sqlite);
    stage.nightly(0);
    let standing = stage.standing();
    stage.import_all();
    for account in ACCOUNTS {
        let bill = stage.bill(account);
        std::fs::remove_file(&bill).unwrap();
        let bill = bill.to_str().unwrap();
        let withdraw =
            || stage.run(&["import", "statement", "--account", account, "--withdraw", bill]);
        let output = withdraw();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let printed = stdout(&output);
        assert!(printed.contains(" transactions and 0 movements withdrawn"), "{printed}");
        assert!(!printed.contains(": 0 transactions"), "{printed}");
        let again = stdout(&withdraw());
        assert!(again.contains(": 0 transactions and 0 movements withdrawn"), "{again}");
    }
    stage.nightly(0);
    assert_eq!(stage.standing(), standing);
    // What the night found is what the platforms said when they were asked, and nothing is a bill's.
    for row in stage.rows(DATE, "discrepancies") {
        assert!(!row[27].contains("statement file") && !row[27].contains("downloads/"), "{row:?}");
    }
}

#[test]
fn a_bill_that_is_there_when_the_night_begins_is_read_by_it() {
    let stage = Stage::set(On::Sqlite);
    std::fs::rename(stage.path("downloads"), stage.path("statements")).unwrap();
    let output = stage.nightly(0);
    for account in ACCOUNTS {
        let (_, file) =
            stderr(&output).lines().find_map(|line| line.split_once(account)).map_or_else(
                || panic!("{}", stderr(&output)),
                |(before, after)| (before.to_owned(), after.to_owned()),
            );
        assert!(file.contains(DATE), "{file}");
    }
    assert_eq!(stage.standing(), standings("complete", ["two_sided"; 2]));
    let proof = stage.proof();
    assert!(proof.is_proved(), "{proof} {proof:#?}");
}

#[test]
fn the_same_bill_again_changes_nothing_whatever_its_name() {
    let stage = Stage::set(On::Sqlite);
    stage.import_all();
    stage.nightly(0);
    let (report, ledger) = (stage.report(DATE), stage.ledger());
    for account in ACCOUNTS {
        let output = stage.import(account, &stage.bill(account));
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).contains("imported before"), "{}", stdout(&output));
    }
    assert_eq!(stage.ledger(), ledger);
    for account in ACCOUNTS {
        let bill = stage.bill(account);
        let copy = bill.with_file_name(format!("copy-of-{}", name(&bill)));
        std::fs::copy(&bill, &copy).unwrap();
        let output = stage.import(account, &copy);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let printed = stdout(&output);
        assert!(
            printed.contains(": 0 added, ") && printed.contains(" 0 superseded, "),
            "{printed}"
        );
        assert!(!printed.contains(" 0 unchanged"), "{printed}");
    }
    stage.nightly(0);
    for ((name, then), (_, now)) in report.iter().zip(&stage.report(DATE)) {
        // The manifest names every file that was read.
        assert!(then == now || name == "manifest.json", "{name}");
    }
}

#[test]
fn a_bill_accuses_nobody_while_its_platform_is_down() {
    let stage = Stage::set(On::Sqlite);
    stage.nightly(0);
    stage.import_all();
    for account in ACCOUNTS {
        stage.simulator.set_down(account, true);
    }
    stage.nightly(4);
    assert_eq!(stage.standing(), standings("incomplete", ["two_sided"; 2]));
    for account in ACCOUNTS {
        let found = stage.found(DATE, account);
        let accused: Vec<_> =
            found.iter().filter(|(kind, _)| kind == "missing_at_merchant").collect();
        assert_eq!(accused, Vec::<&(String, String)>::new());
    }
    let reconciled = stdout(&stage.run(&["reconcile", "--date", DATE]));
    for account in ACCOUNTS {
        let is_missing = |(kind, _): &&(String, String)| kind == "missing_at_merchant";
        let count = stage.billed(account).iter().filter(is_missing).count();
        let reason =
            format!("{account}: incomplete: {count} order(s) without a trustworthy answer");
        assert!(reconciled.contains(&reason), "{reason}: {reconciled}");
    }
    for account in ACCOUNTS {
        stage.simulator.set_down(account, false);
    }
    stage.nightly(0);
    let proof = stage.proof();
    assert!(proof.is_proved(), "{proof} {proof:#?}");
}

#[test]
fn what_nothing_but_a_bill_says_is_not_proved() {
    let stage = Stage::set(On::Sqlite);
    std::fs::rename(stage.path("downloads"), stage.path("statements")).unwrap();
    for account in ACCOUNTS {
        stage.simulator.set_down(account, true);
    }
    stage.nightly(4);
    for (verdict, _) in stage.standing() {
        assert!(["incomplete", "failed"].contains(&&*verdict), "{verdict}");
    }
    // Only what differs in a bill's own columns, and what the merchant has twice, is no accusation.
    let innocent =
        ["unproved", "amount_mismatch", "fee_mismatch", "duplicate_at_merchant", "cross_day"];
    for row in stage.rows(DATE, "discrepancies") {
        assert!(innocent.contains(&&*row[9]), "{row:?}");
    }
    for account in ACCOUNTS {
        stage.simulator.set_down(account, false);
    }
    stage.nightly(0);
    let proof = stage.proof();
    assert!(proof.is_proved(), "{proof} {proof:#?}");
}

#[test]
fn a_bill_of_a_day_that_was_reconciled_is_judged_by_the_next_night_under_its_own_date() {
    const NEXT: &str = "2026-11-19";

    let stage = Stage::set(On::Sqlite);
    stage.nightly(0);
    let yesterday = stage.report(DATE);
    stage.import_all();
    let orders = std::fs::read_to_string(stage.path(&format!("orders/{DATE}.csv"))).unwrap();
    let header = format!("{}\n", orders.lines().next().unwrap());
    std::fs::write(stage.path(&format!("orders/{NEXT}.csv")), header).unwrap();
    let next = stage.run(&["run", "nightly", "--date", NEXT]);
    assert_eq!(code(&next), 0, "{}{}", stdout(&next), stderr(&next));
    for account in ACCOUNTS {
        let new: BTreeSet<_> = stage
            .rows(NEXT, "discrepancies")
            .into_iter()
            .filter(|row| row[4] == account && row[2] == NEXT)
            // The other halves of what crosses midnight are of this night.
            .filter(|row| row[9] != "cross_day")
            .inspect(|row| assert_eq!(row[1], DATE, "{row:?}"))
            .map(|row| (row[9].clone(), row[13].clone()))
            .collect();
        assert_eq!(new, stage.billed(account));
    }
    assert_eq!(code(&stage.run(&["report", "--date", DATE])), 0);
    for ((name, then), (_, now)) in yesterday.iter().zip(&stage.report(DATE)) {
        let may_grow =
            ["corrections", "_report.", "manifest"].iter().any(|part| name.contains(part));
        assert!(may_grow || then == now, "{name}");
    }
}

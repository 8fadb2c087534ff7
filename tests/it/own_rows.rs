//! Goal: our own side counts. What of the merchant's rows is refused, empty or not there accuses nobody
//! and lets no night be called proved. Method: two simulated platforms, one that lists and one that is
//! only asked, where both sides agree about everything; then the merchant's file is spoiled, and
//! everything goes through the binary.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};
use std::sync::Arc;

use duizhang::business_day::BusinessDate;
use duizhang::simulator::{Simulator, World, WorldSettings, serve};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::ledger::server::Database;
use crate::night::{On, code, duizhang, rows, stderr, stdout};

const DATE: &str = "2026-11-18";
const LISTS: &str = "mmsp-main";
const IS_ASKED: &str = "xxpay-main";

struct Stage {
    folder: TempDir,
    csv: String,
    _simulator: Simulator,
    _database: Option<Database>,
    _runtime: Runtime,
}

impl Stage {
    fn set(on: On, lanes: &[&str]) -> Self {
        let date = BusinessDate::parse(DATE).unwrap();
        let settings = WorldSettings {
            orders: 60,
            planted: false,
            lanes: lanes.iter().map(|lane| (*lane).to_owned()).collect(),
            account_lines: "retries = 0".to_owned(),
            ..WorldSettings::payments(date)
        };
        let world = Arc::new(World::make(settings).unwrap());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let serving = serve(Arc::clone(&world), "127.0.0.1:0".parse().unwrap());
        let simulator = runtime.block_on(serving).unwrap();
        let folder = TempDir::new().unwrap();
        world.write_files(folder.path(), simulator.addr).unwrap();
        std::fs::remove_dir_all(folder.path().join("statements")).ok();
        let stage = Self {
            csv: world.orders_csv(),
            folder,
            _simulator: simulator,
            _database: None,
            _runtime: runtime,
        };
        stage.edit_config("language = \"zh\"", "language = \"en\"");
        match on {
            On::Sqlite => stage,
            On::Postgres => {
                let database = Database::create_now();
                stage.edit_config("sqlite://var/ledger.db", &database.url());
                Self { _database: Some(database), ..stage }
            }
        }
    }

    fn payments(on: On) -> Self {
        Self::set(on, &["payment/quick", "payment"])
    }

    fn edit_config(&self, from: &str, to: &str) {
        let path = self.folder.path().join("duizhang.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }

    /// Spoils the merchant's file, line by line below the header.
    fn spoil(&self, spoiled: impl Fn(usize, &str) -> Option<String>) {
        let mut lines = self.csv.lines();
        let mut text = format!("{}\n", lines.next().unwrap());
        for (at, line) in lines.enumerate() {
            if let Some(line) = spoiled(at, line) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        self.write(&text);
    }

    fn write(&self, csv: &str) {
        std::fs::write(self.folder.path().join(format!("orders/{DATE}.csv")), csv).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = duizhang();
        command.arg("--config").arg(self.folder.path().join("duizhang.toml")).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn nightly(&self, expected: i32) -> String {
        let output = self.run(&["run", "nightly", "--date", DATE]);
        assert_eq!(code(&output), expected, "{}{}", stdout(&output), stderr(&output));
        stdout(&output)
    }

    fn file(&self, ending: &str) -> String {
        let path = self.folder.path().join(format!("var/reports/{DATE}/{DATE}_{ending}"));
        std::fs::read_to_string(path).unwrap()
    }

    /// How many discrepancies of each type are not closed, by account.
    fn found(&self) -> BTreeMap<(String, String), usize> {
        let mut found = BTreeMap::new();
        for row in rows(&self.file("discrepancies.csv")) {
            if row[11] != "resolved" {
                *found.entry((row[4].clone(), row[9].clone())).or_default() += 1;
            }
        }
        found
    }

    fn verdicts(&self) -> [String; 2] {
        let summary = rows(&self.file("summary.csv"));
        [LISTS, IS_ASKED].map(|account| {
            let total = summary.iter().find(|row| row[1] == account && row[3] == "total");
            let row = total.or_else(|| summary.iter().find(|row| row[1] == account)).unwrap();
            assert_eq!(row[16], "0.00", "unexplained: {row:?}");
            row[5].clone()
        })
    }

    /// Orders that both sides count as money, of an account; a row may stand twice in the file.
    fn orders_of(&self, account: &str) -> usize {
        let is_money = |line: &&str| line.contains(account) && line.contains(",succeeded,");
        let order_no =
            |line: &str| line.split(',').next().unwrap().trim_matches(['\t', '`']).to_owned();
        let order_nos: BTreeSet<String> = self.csv.lines().filter(is_money).map(order_no).collect();
        order_nos.len()
    }
}

fn all_refused(stage: &Stage) -> BTreeMap<(String, String), usize> {
    [LISTS, IS_ASKED]
        .map(|account| {
            let of = (account.to_owned(), "refused_at_merchant".to_owned());
            (of, stage.orders_of(account))
        })
        .into()
}

#[test]
fn a_night_of_refused_words_is_not_proved_and_the_platforms_are_asked_all_the_same() {
    for on in [On::Sqlite, On::Postgres] {
        let stage = Stage::payments(on);
        stage.spoil(|_, line| Some(line.replace(",succeeded,", ",已支付,")));
        let printed = stage.nightly(4);
        assert!(printed.contains("row(s) of the merchant's orders were refused"), "{printed}");
        assert!(printed.contains("CNY"), "how much money: {printed}");
        assert_eq!(stage.verdicts(), ["incomplete", "incomplete"]);
        assert_eq!(stage.found(), all_refused(&stage));
        let page = stage.file("report.html");
        assert!(page.contains("were refused") && !page.contains("This day can be booked:"));
        // Again, and with nothing new to be learnt: the same.
        let before = [stage.file("discrepancies.csv"), stage.file("summary.csv")];
        stage.nightly(4);
        assert_eq!([stage.file("discrepancies.csv"), stage.file("summary.csv")], before);
        // The file is mended and imported again: everything closes by itself.
        stage.write(&stage.csv);
        stage.nightly(0);
        assert_eq!(stage.verdicts(), ["complete", "complete"]);
        assert_eq!(stage.found(), BTreeMap::new());
    }
}

#[test]
fn a_misspelt_account_makes_every_account_incomplete_and_accuses_nobody() {
    for on in [On::Sqlite, On::Postgres] {
        let stage = Stage::payments(on);
        stage.spoil(|_, line| Some(line.replace("-main", "-mian")));
        let printed = stage.nightly(4);
        assert!(printed.contains("of an unknown account"), "{printed}");
        assert_eq!(stage.verdicts(), ["incomplete", "incomplete"]);
        // Nobody knows at which platform to ask; what one lists is found by its number.
        let mut expected = all_refused(&stage);
        expected.remove(&(IS_ASKED.to_owned(), "refused_at_merchant".to_owned()));
        assert_eq!(stage.found(), expected);
        stage.write(&stage.csv);
        stage.nightly(0);
        assert_eq!(stage.found(), BTreeMap::new());
    }
}

#[test]
fn one_refused_row_makes_its_own_account_incomplete_and_no_other() {
    let stage = Stage::payments(On::Sqlite);
    let spoilt = stage.csv.lines().skip(1).position(|line| line.contains(IS_ASKED)).unwrap();
    stage.spoil(|at, line| {
        Some(if at == spoilt { line.replace(",succeeded,", ",paid,") } else { line.to_owned() })
    });
    stage.nightly(4);
    assert_eq!(stage.verdicts(), ["complete", "incomplete"]);
    let of = (IS_ASKED.to_owned(), "refused_at_merchant".to_owned());
    assert_eq!(stage.found(), BTreeMap::from([(of, 1)]));
    // By itself, the report says no more than the night.
    assert_eq!(code(&stage.run(&["report", "--date", DATE])), 4);
    let refused = rows(&stage.file("rejected_rows.csv"));
    assert_eq!(refused.len(), 1, "{refused:?}");
}

#[test]
fn refused_refunds_are_asked_about_like_payments() {
    let stage = Stage::set(On::Sqlite, &["payment/scan", "refund/scan", "payment"]);
    stage.spoil(|_, line| {
        let is_refund = line.contains(",refund,");
        Some(if is_refund {
            line.replace(",succeeded,", ",退款成功,")
        } else {
            line.to_owned()
        })
    });
    stage.nightly(4);
    assert_eq!(stage.verdicts(), ["incomplete", "complete"]);
    let is_spoilt = |line: &&str| line.contains(",refund,") && line.contains(",succeeded,");
    let refunds = stage.csv.lines().filter(is_spoilt).count();
    let of = (LISTS.to_owned(), "refused_at_merchant".to_owned());
    assert!(refunds > 0);
    assert_eq!(stage.found(), BTreeMap::from([(of, refunds)]));
}

#[test]
fn an_empty_file_or_none_proves_nothing_where_nobody_can_list() {
    let stage = Stage::payments(On::Sqlite);
    stage.spoil(|_, _| None);
    let printed = stage.nightly(4);
    assert!(printed.contains("empty below its header"), "{printed}");
    assert_eq!(stage.verdicts(), ["complete", "unasked"]);
    let missing = (LISTS.to_owned(), "missing_at_merchant".to_owned());
    assert_eq!(stage.found(), BTreeMap::from([(missing, stage.orders_of(LISTS))]));
    // Without any file of orders nothing is complete, whatever the platforms say.
    let stage = Stage::payments(On::Sqlite);
    std::fs::create_dir(stage.folder.path().join("jobs")).unwrap();
    let job = "schedule = []\nsteps = [\"pull\", \"reconcile\", \"report\"]\n";
    std::fs::write(stage.folder.path().join("jobs/nightly.toml"), job).unwrap();
    let printed = stage.nightly(4);
    assert!(printed.contains("no orders of this date were imported"), "{printed}");
    assert_eq!(stage.verdicts(), ["incomplete", "unasked"]);
}

#[test]
fn an_account_without_orders_that_day_is_unasked_and_no_worse() {
    let stage = Stage::payments(On::Sqlite);
    stage.spoil(|_, line| line.contains(LISTS).then(|| line.to_owned()));
    stage.nightly(0);
    assert_eq!(stage.verdicts(), ["complete", "unasked"]);
    assert!(!stage.file("report.html").contains("not every account could be proved"));
}

#[test]
fn a_day_that_was_never_reconciled_is_shown_as_unknown() {
    let stage = Stage::payments(On::Sqlite);
    for command in [&["report"][..], &["discrepancy", "list"]] {
        let output = stage.run(&[command, &["--date", DATE]].concat());
        assert_eq!(code(&output), 1, "{}", stdout(&output));
        assert!(stderr(&output).contains("was never reconciled"), "{}", stderr(&output));
    }
}

#[test]
fn refused_rows_and_a_platform_that_is_away_are_both_shown() {
    let folder = TempDir::new().unwrap();
    let orders = "account,kind,order_no,amount,status,paid_at\n\
                  main,payment,A1,12.00,已支付,2026-11-18 10:00:00\n\
                  main,payment,A2,10.00,已支付,2026-11-18 11:00:00\n";
    let config = "[ledger]\nurl = \"sqlite://var/ledger.db\"\n[reports]\nlanguage = \"zh\"\n\
                  [orders]\ncsv = \"orders/{date}.csv\"\n[[account]]\nname = \"main\"\n\
                  provider = \"xxpay\"\nbase_url = \"http://127.0.0.1:9\"\nretries = 0\n\
                  mch_id = \"20001222\"\napp_id = \"0ae8be35ff634e2abe94f5f32f6d5c4f\"\n\
                  key = { env = \"KEY\" }\n";
    std::fs::create_dir(folder.path().join("orders")).unwrap();
    std::fs::write(folder.path().join(format!("orders/{DATE}.csv")), orders).unwrap();
    std::fs::write(folder.path().join("duizhang.toml"), config).unwrap();
    let mut command = duizhang();
    command.env("KEY", "secret").arg("--config").arg(folder.path().join("duizhang.toml"));
    let output = command.args(["run", "nightly", "--date", DATE]).output().unwrap();
    assert_eq!(code(&output), 4, "{}{}", stdout(&output), stderr(&output));
    let printed = stdout(&output);
    assert!(printed.contains("商户订单中有 2 行被拒收(22.00 元)"), "{printed}");
    assert!(printed.contains("没有可用的应答"), "{printed}");
    let page = folder.path().join(format!("var/reports/{DATE}/{DATE}_对账报告.html"));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("2 行被拒收") && !page.contains("本日可以入账"), "{page}");
}

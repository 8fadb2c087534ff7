//! Goal: the callbacks that five platforms sent, and the balances that they state, come in through the
//! binary, verified, once, and tell which money the shop received word of and did not book.
//! Method: the files that a simulated world writes, with its platforms served in this process.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use duizhang::business_day::BusinessDate;
use duizhang::simulator::proof::prove;
use duizhang::simulator::{Simulator, World, WorldSettings, serve};

const DATE: &str = "2026-11-18";

/// A world's files, in English, and its platforms being served.
struct Stage {
    folder: tempfile::TempDir,
    world: Arc<World>,
    simulator: Simulator,
}

async fn stage(accounts: &[&str]) -> Stage {
    let date = BusinessDate::parse(DATE).unwrap();
    let settings = WorldSettings {
        seed: 3,
        orders: 200 * u32::try_from(accounts.len()).unwrap(),
        accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
        // Nothing but callbacks states what was paid.
        bills: false,
        ..WorldSettings::demo(date)
    };
    let world = Arc::new(World::make(settings).unwrap());
    let simulator = serve(Arc::clone(&world), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = world.write_files(folder.path(), simulator.addr).unwrap();
    let config = std::fs::read_to_string(&files.config).unwrap();
    std::fs::write(&files.config, config.replace("\"zh\"", "\"en\"")).unwrap();
    Stage { folder, world, simulator }
}

impl Stage {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn log(&self, account: &str) -> String {
        std::fs::read_to_string(self.path(&format!("notifications/{account}.log"))).unwrap()
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
        command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null());
        command.arg("--config").arg(self.path("duizhang.toml")).args(arguments);
        if arguments.first() != Some(&"ledger") {
            command.args(["--date", DATE]);
        }
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    /// Runs what has to be done without complaint, and gives what it printed.
    async fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the import of a file with this many unreadable callbacks prints.
    async fn import(&self, account: &str, file: &str, refused: usize) -> String {
        self.import_ends(account, file, if refused > 0 { 4 } else { 0 }).await
    }

    /// What an import prints that ends with this code.
    async fn import_ends(&self, account: &str, file: &str, expected: i32) -> String {
        let path = self.path(file);
        let path = path.to_str().unwrap();
        let output = self.run(&["import", "notifications", "--account", account, path]).await;
        assert_eq!(output.status.code(), Some(expected), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    async fn nightly(&self) {
        let output = self.run(&["run", "nightly"]).await;
        assert!(matches!(output.status.code(), Some(0 | 4)), "{output:?}");
    }

    /// The rows of a file of the report, by the names of their columns.
    fn rows(&self, file: &str) -> Vec<Row> {
        let name = format!("var/reports/{DATE}/{DATE}_{file}.csv");
        let text = std::fs::read_to_string(self.path(&name)).unwrap();
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows = reader.records().map(|row| Row { header: header.clone(), row: row.unwrap() });
        rows.collect()
    }
}

struct Row {
    header: csv::StringRecord,
    row: csv::StringRecord,
}

impl Row {
    fn get(&self, column: &str) -> &str {
        self.row[self.header.iter().position(|name| name == column).unwrap()].trim()
    }
}

const ACCOUNTS: [&str; 5] =
    ["icashier-main", "lhxpay-main", "mmsp-main", "xxpay-main", "zhangxun-main"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_platforms_callbacks_verify_and_come_in_once() {
    let stage = stage(&ACCOUNTS).await;
    for account in ACCOUNTS {
        let file = format!("notifications/{account}.log");
        let lines = stage.log(account).lines().count();
        assert!(lines > 20, "{account}: {lines}");
        // One order has a status that no document lists, in its callback too; and of an order that
        // was paid twice the later callback stands for both.
        let refused = usize::from(account == "xxpay-main");
        let first = stage.import(account, &file, refused).await;
        let added = lines - refused;
        let begins = first.starts_with(&format!("{file}: {added} added, 0 unchanged, "));
        assert!(begins && first.contains(&format!(" superseded, {refused} refused\n")), "{first}");
        let again = stage.import(account, &file, refused).await;
        let and_refused = if refused > 0 { ", 1 refused" } else { "" };
        let expected = format!(
            "{file}: 0 added, {added} unchanged, 0 superseded, {refused} refused\n  \
             {lines} lines: {added} taken{and_refused}\n"
        );
        assert!(again.starts_with(&expected), "{again}");
    }
    assert_eq!(stage.simulator.requests("xxpay-main"), 0, "nobody is asked by an import");
    stage.nightly().await;
    let rows = stage.rows("rejected_rows");
    let mut of_callbacks = rows.iter().filter(|row| row.get("source").starts_with("notifications"));
    let row = of_callbacks.next().unwrap();
    assert_eq!(row.get("source"), "notifications/xxpay-main.log");
    assert_eq!(row.get("reason"), "unreadable");
    assert!(row.get("value").starts_with("unknown_code:status="), "{}", row.get("value"));
    assert!(of_callbacks.next().is_none());
}

/// What is done to the body of a callback.
const TAMPERINGS: [fn(&str) -> String; 4] =
    [changed_digit, without_sign, |_| "hello=world".to_owned(), |_| String::new()];

/// The reasons for which each platform's tampered callbacks are then refused. At icashier the changed
/// digit leaves base64 text that is no JSON, and what has no message is looked at no further.
const REASONS: [(&str, [&str; 4]); 2] = [
    ("zhangxun-main", ["bad_signature"; 4]),
    ("icashier-main", ["not_a_callback", "bad_signature", "unreadable", "unreadable"]),
];

/// The last digit of the body that belongs to an amount or a number, changed.
fn changed_digit(body: &str) -> String {
    let sign = body.find("sign").or(body.find("Sign")).unwrap_or(body.len());
    let digit =
        |(at, c): &(usize, char)| c.is_ascii_digit() && (*at + 64 < sign || *at > sign + 64);
    let (at, old) = body.char_indices().rfind(digit).unwrap();
    let new = if old == '1' { "2" } else { "1" };
    format!("{}{new}{}", &body[..at], &body[at + 1..])
}

fn without_sign(body: &str) -> String {
    let pairs: Vec<&str> = body.split('&').filter(|pair| !pair.starts_with("sign=")).collect();
    pairs.join("&")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tampered_callback_is_listed_with_its_line_and_nothing_of_its_content() {
    let stage = stage(&REASONS.map(|(account, _)| account)).await;
    for (account, reasons) in REASONS {
        let log = stage.log(account);
        let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
        for (index, tamper) in TAMPERINGS.iter().enumerate() {
            let mut line: serde_json::Value = serde_json::from_str(&lines[2 * index]).unwrap();
            line["body"] = tamper(line["body"].as_str().unwrap()).into();
            lines[2 * index] = line.to_string();
        }
        lines.push("card=6222020000000000017 no JSON".to_owned());
        std::fs::write(stage.path("tampered.log"), lines.join("\n")).unwrap();
        let printed = stage.import(account, "tampered.log", TAMPERINGS.len() + 1).await;
        let good = lines.len() - TAMPERINGS.len() - 1;
        stage.nightly().await;
        let of_log = |rows: Vec<Row>| -> Vec<Row> {
            rows.into_iter().filter(|row| row.get("source") == "tampered.log").collect()
        };
        let rows = of_log(stage.rows("rejected_rows"));
        let found: Vec<(String, &str)> =
            rows.iter().map(|row| (row.get("line").to_owned(), row.get("reason"))).collect();
        let numbered =
            (0..).zip(reasons).map(|(index, reason)| ((2 * index + 1).to_string(), reason));
        let mut expected: Vec<(String, &str)> = numbered.collect();
        expected.push((lines.len().to_string(), "not_a_callback"));
        assert_eq!(found, expected, "{account}");
        let counts = format!(
            "tampered.log: {good} added, 0 unchanged, 0 superseded, 5 refused\n  \
             {} lines: {good} taken, 5 refused\n",
            lines.len()
        );
        assert!(printed.starts_with(&counts), "{printed}");
        for row in &rows {
            assert_eq!(row.get("order_no"), "");
            assert!(!row.row.iter().any(|cell| cell.contains("6222") || cell.contains("hello")));
        }
        // The whole log under the same name: nothing is refused any more.
        std::fs::write(stage.path("tampered.log"), &log).unwrap();
        assert!(stage.import(account, "tampered.log", 0).await.contains(" 0 refused\n"));
        stage.nightly().await;
        assert!(of_log(stage.rows("rejected_rows")).is_empty());
    }
    // One account's callbacks in the other's name.
    let lines = stage.log("zhangxun-main").lines().count();
    // Nothing else is in it: that is no import.
    let foreign = stage.import_ends("icashier-main", "notifications/zhangxun-main.log", 1).await;
    assert!(foreign.contains(&format!(": 0 added, 0 unchanged, 0 superseded, {lines} refused\n")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callbacks_supply_amounts_and_say_what_the_shop_received_and_did_not_book() {
    let stage = stage(&["lhxpay-main"]).await;
    let nightly = stage.run(&["run", "nightly"]).await;
    assert_eq!(nightly.status.code(), Some(0), "{nightly:?}");
    let lost = |stage: &Stage| -> Vec<Row> {
        let rows = stage.rows("discrepancies").into_iter();
        rows.filter(|row| row.get("type") == "paid_only_at_provider").collect()
    };
    let before = lost(&stage);
    assert!(before.len() > 2);
    for row in &before {
        assert_eq!(row.get("provider_amount"), "", "it states none");
        assert!(row.get("evidence").contains("it states no amount"));
        assert!(!row.get("explanation").contains("callback"), "{}", row.get("explanation"));
    }
    let totals = stage.rows("summary");
    stage.import("lhxpay-main", "notifications/lhxpay-main.log", 0).await;
    let again = stage.run(&["run", "nightly"]).await;
    assert_eq!(again.status.code(), Some(0), "{again:?}");

    let known = stage.world.notified();
    let mut received = 0;
    for row in lost(&stage) {
        let text = row.get("explanation");
        let is_known = known.iter().any(|key| key.order_no == row.get("merchant_order_no"));
        assert_eq!(text.contains("callback was received at"), is_known, "{text}");
        assert_eq!(row.get("provider_amount").is_empty(), !is_known, "{text}");
        assert_eq!(row.get("evidence").contains("it states no amount"), !is_known);
        received += usize::from(is_known);
    }
    assert!(received > 0 && received < before.len() + 1, "{received} of {}", before.len());
    // Amounts that are stated now agree with what was taken for them, and the coverage is still the
    // interface's: not every order has a callback.
    for (then, now) in totals.iter().zip(stage.rows("summary")) {
        for column in ["verdict", "coverage", "merchant_amount", "provider_amount", "unexplained"] {
            assert_eq!(then.get(column), now.get(column), "{column}");
        }
        assert_eq!(now.get("coverage"), "status_only");
    }
    let proof = prove(&stage.path(&format!("var/reports/{DATE}")), &stage.world).unwrap();
    assert!(proof.is_proved(), "{proof}: {:?} {:?}", proof.missing, proof.false_ones);
    assert_eq!(stage.simulator.problems(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn balances_are_shown_and_kept_where_a_platform_states_them() {
    let stage = stage(&ACCOUNTS).await;
    let text = stage.printed(&["balances"]).await;
    for account in ACCOUNTS {
        let mut lines = text.lines().filter(|line| line.starts_with(account));
        if matches!(account, "icashier-main" | "lhxpay-main") {
            assert!(lines.next().unwrap().ends_with("states no balance"), "{text}");
            continue;
        }
        let proof = if account == "mmsp-main" { "echo" } else { "md5" };
        assert!(lines.clone().count() > 1, "{text}");
        assert!(lines.all(|line| line.contains(" CNY ") && line.ends_with(proof)), "{text}");
    }
    let one = stage.printed(&["balances", "--account", "zhangxun-main"]).await;
    assert!(one.lines().all(|line| line.starts_with("zhangxun-main")), "{one}");
    let status = stage.printed(&["ledger", "status"]).await;
    let kept = status.lines().find(|line| line.contains("balance_snapshot")).unwrap();
    assert!(!kept.trim_end().ends_with(" 0"), "{kept}");
    stage.simulator.set_down("zhangxun-main", true);
    let down = stage.run(&["balances", "--account", "zhangxun-main"]).await;
    assert_eq!(down.status.code(), Some(4), "{down:?}");
    assert!(String::from_utf8_lossy(&down.stdout).contains("no trustworthy answer"));
    assert_eq!(stage.simulator.problems(), []);
}

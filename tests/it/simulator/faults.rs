//! Goal: an answer that goes wrong is never taken for a word about money, and one that is only odd is
//! read all the same. Method: the whole job through the binary on a small world in which both sides
//! agree and one answer has a fault; verdict, discrepancy and exit code by table.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use duizhang::business_day::BusinessDate;
use duizhang::simulator::world::{Fault, FaultAt};
use duizhang::simulator::{World, WorldSettings, serve};

const DATE: &str = "2026-11-18";

/// What a night came to.
#[derive(Debug, PartialEq, Eq)]
struct Night {
    verdict: String,
    /// Types and order numbers of the discrepancies.
    found: Vec<(String, String)>,
    exit: i32,
}

fn settings(account: &str, lane: &str, orders: u32) -> WorldSettings {
    WorldSettings {
        orders,
        planted: false,
        accounts: vec![account.to_owned()],
        lanes: vec![lane.to_owned()],
        account_lines: "retries = 0\ntimeout = \"2s\"".to_owned(),
        ..WorldSettings::payments(BusinessDate::parse(DATE).unwrap())
    }
}

/// An order that the books have as paid, and whose number stands bare in the file.
fn paid_order(settings: &WorldSettings) -> String {
    let csv = World::make(settings.clone()).unwrap().orders_csv();
    let mut rows = csv.lines().skip(5).map(|line| line.split(',').collect::<Vec<_>>());
    rows.find(|row| row.contains(&"succeeded")).unwrap()[0].to_owned()
}

fn records(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join(format!("{DATE}_{name}.csv"))).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect()).collect()
}

async fn night(settings: WorldSettings) -> Night {
    let account = settings.accounts[0].clone();
    let world = Arc::new(World::make(settings).unwrap());
    let simulator = serve(Arc::clone(&world), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = world.write_files(folder.path(), simulator.addr).unwrap();
    let config = std::fs::read_to_string(&files.config).unwrap();
    std::fs::write(&files.config, config.replace("\"zh\"", "\"en\"")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
    command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null()).arg("--config").arg(&files.config);
    command.args(["run", "nightly", "--date", DATE]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(simulator.problems(), [], "requests are as documented");
    simulator.stop().await;
    let report = folder.path().join("var/reports").join(DATE);
    let summary = records(&report, "summary");
    let total = summary.iter().find(|row| row[1] == account && row[3] == "total").unwrap();
    let rows = records(&report, "discrepancies");
    Night {
        verdict: total[5].clone(),
        found: rows.into_iter().map(|row| (row[9].clone(), row[13].clone())).collect(),
        exit: output.status.code().unwrap(),
    }
}

/// What an order's fault has to lead to.
type Expected<'a> = &'a dyn Fn(&str) -> Night;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_in_one_answer_leaves_that_order_unproved_and_accuses_nobody() {
    let unproved = |order_no: &str| Night {
        verdict: "incomplete".to_owned(),
        found: vec![("unproved".to_owned(), order_no.to_owned())],
        exit: 4,
    };
    let clean = |_: &str| Night { verdict: "complete".to_owned(), found: Vec::new(), exit: 0 };
    let table: [(Fault, Expected<'_>); 16] = [
        (Fault::WrongSignature, &unproved),
        (Fault::MissingSignature, &unproved),
        (Fault::UnknownStatus, &unproved),
        (Fault::AnotherOrder, &unproved),
        (Fault::Truncated, &unproved),
        (Fault::Html, &unproved),
        (Fault::Http500, &unproved),
        (Fault::Http502, &unproved),
        (Fault::Http503, &unproved),
        (Fault::Slow, &unproved),
        (Fault::Reset, &unproved),
        (Fault::Redirect, &unproved),
        (Fault::Huge, &unproved),
        (Fault::MixedEncoding, &unproved),
        (Fault::Gzip, &clean),
        (Fault::OtherTypes, &clean),
    ];
    for (fault, expected) in table {
        let calm = settings("xxpay-main", "payment", 14);
        let order_no = paid_order(&calm);
        let at = FaultAt { fault, account: "xxpay-main".to_owned(), order_no: order_no.clone() };
        let found = night(WorldSettings { faults: vec![at], ..calm }).await;
        assert_eq!(found, expected(&order_no), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listing_that_does_not_add_up_is_not_proved_and_accuses_nobody() {
    for (fault, verdict, exit) in [
        (Fault::None, "complete", 0),
        (Fault::OtherTypes, "complete", 0),
        (Fault::RepeatedRows, "incomplete", 4),
        (Fault::WrongTotal, "incomplete", 4),
        (Fault::ShiftingPages, "incomplete", 4),
    ] {
        let calm = settings("mmsp-main", "payment/quick", 1300);
        let at = FaultAt { fault, account: "mmsp-main".to_owned(), order_no: String::new() };
        let found = night(WorldSettings { faults: vec![at], ..calm }).await;
        let expected = Night { verdict: verdict.to_owned(), found: Vec::new(), exit };
        assert_eq!(found, expected, "{fault:?}");
    }
}

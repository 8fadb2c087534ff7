//! Goal: a world of every platform is reconciled to the fen. Method: the whole job through the
//! binary, and the world's own truth.

use std::process::{Command, Stdio};
use std::sync::Arc;

use duizhang::business_day::BusinessDate;
use duizhang::discrepancy::DiscrepancyType;
use duizhang::simulator::proof::prove;
use duizhang::simulator::world::{Fault, FaultAt};
use duizhang::simulator::{World, WorldSettings, serve};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_platform_is_reconciled_and_everything_planted_is_found() {
    let date = BusinessDate::parse("2026-11-18").unwrap();
    let settings = WorldSettings { seed: 3, orders: 1900, ..WorldSettings::demo(date) };
    // The other family of xxpay as well: refunds, payouts at an address of their own.
    let account = "xxpay4pro-main";
    let accounts = [settings.accounts.clone(), vec![account.to_owned()]].concat();
    let settings = WorldSettings { accounts, ..settings };
    let world = World::make(settings.clone()).unwrap();
    let mut planted = world.planted().iter().filter(|it| it.key.stream.account == account);
    let order_no = planted.find(|it| it.kind == DiscrepancyType::AmountMismatch).unwrap();
    let order_no = order_no.key.order_no.clone();
    // It is busy with one order, and asked again in the same run.
    let busy = FaultAt { fault: Fault::Busy, account: account.to_owned(), order_no };
    let settings = WorldSettings { faults: vec![busy], ..settings };
    let world = Arc::new(World::make(settings).unwrap());
    let simulator = serve(Arc::clone(&world), "127.0.0.1:0".parse().unwrap()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let files = world.write_files(folder.path(), simulator.addr).unwrap();
    let config = std::fs::read_to_string(&files.config).unwrap();
    std::fs::write(&files.config, config.replace("\"zh\"", "\"en\"")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
    command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null()).arg("--config").arg(&files.config);
    command.args(["run", "nightly", "--date", "2026-11-18"]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(4), "xxpay has orders that cannot be proved");
    assert_eq!(simulator.problems(), []);
    for account in world.accounts() {
        assert_eq!(simulator.renotified(account), 0, "nobody's shop is called: {account}");
    }
    let report = folder.path().join("var/reports/2026-11-18");
    let proof = prove(&report, &world).unwrap();
    assert!(proof.is_proved(), "{proof}: {:?} {:?}", proof.missing, proof.false_ones);
    assert_eq!(proof.accounts.len(), 7);
}

#[test]
fn callbacks_are_logged_line_by_line_also_for_orders_that_the_books_have_as_pending() {
    let date = BusinessDate::parse("2026-11-18").unwrap();
    let settings = WorldSettings { orders: 1500, ..WorldSettings::demo(date) };
    let world = World::make(settings).unwrap();
    let mut lines = 0;
    for account in world.accounts() {
        let log = world.notification_log(account);
        let mut before = String::new();
        for line in log.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let at = line["received_at"].as_str().unwrap().to_owned();
            assert!(at >= before && at.ends_with("+08:00"), "{at}");
            before = at;
            assert!(!line["body"].as_str().unwrap().is_empty());
            let kind = line["content_type"].as_str().unwrap();
            assert_eq!(kind == "application/json", account == "mmsp-main");
            lines += 1;
        }
        let lost = world.lost_in_the_shop();
        assert!(lost.iter().any(|key| key.stream.account == account), "{account}");
        assert!(lost.is_subset(&world.notified()));
    }
    assert!(lines >= world.notified().len() && lines > 500, "{lines}");
}

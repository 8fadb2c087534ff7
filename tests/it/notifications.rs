//! Goal: a callback is a witness, never the judge. Method: a log of callbacks against a stub platform.

use duizhang::run::Scope;
use duizhang::status::Verdict;
use futures_util::TryStreamExt;
use serde_json::json;

use crate::stub::{Stubbed, at, date};

/// A line of the log: a callback about order `order_no`.
fn line(order_no: &str, time: &str, status: &str, amount: i64, sign: &str) -> String {
    let body = json!({
        "sign": sign, "order_no": order_no, "number": format!("P{order_no}"), "status": status,
        "amount": amount, "paid_at": at("20 10:00").epoch_seconds(), "card": "6222020000000000000",
    });
    json!({ "received_at": format!("2026-11-20T{time}+08:00"), "body": body.to_string() })
        .to_string()
}

#[tokio::test]
async fn a_log_is_imported_once_and_what_is_forged_is_listed_without_its_body() {
    let stub = Stubbed::new(&["payment"]).await;
    let accounts = stub.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    let log = [
        line("1", "10:00:05", "succeeded", 10_000, "good"),
        "not JSON".to_owned(),
        String::new(),
        line("1", "10:00:01", "pending", 10_000, "good"),
        line("2", "10:00:05", "succeeded", 10_000, "forged"),
        line("1", "10:05:05", "succeeded", 10_000, "good"),
    ];
    let path = stub.folder.path().join("callbacks.log");
    std::fs::write(&path, log.join("\n")).unwrap();
    let import = || stub.app.import_notifications(&accounts[0], &path, "callbacks.log", date());
    let (count, lines) = import().await.unwrap();
    assert_eq!((count.added, lines.taken, lines.refused), (2, 3, 2));
    let rejections: Vec<_> = stub.app.ledger.rejections(date()).try_collect().await.unwrap();
    let refused: Vec<_> =
        rejections.iter().map(|it| (it.line, &*it.value, it.reason.code())).collect();
    let expected = [(2, "malformed", "not_a_callback"), (5, "wrong_signature", "bad_signature")];
    assert_eq!(refused, expected);
    assert!(!format!("{rejections:?}").contains("6222"));
    let status = stub.app.ledger.status().await.unwrap();
    assert_eq!(import().await.unwrap().0.added, 0);
    assert_eq!(stub.app.ledger.status().await.unwrap(), status);
}

#[tokio::test]
async fn two_transactions_of_one_order_do_not_take_turns() {
    let stub = Stubbed::new(&["payment"]).await;
    let accounts = stub.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    let second = line("1", "10:05:00", "succeeded", 9_000, "good").replace("P1", "P2");
    let path = stub.folder.path().join("callbacks.log");
    let log = [line("1", "10:00:00", "succeeded", 9_000, "good"), second].join("\n");
    std::fs::write(&path, log).unwrap();
    let import = || stub.app.import_notifications(&accounts[0], &path, "callbacks.log", date());
    assert_eq!(import().await.unwrap().0.added, 2);
    let status = stub.app.ledger.status().await.unwrap();
    assert_eq!(import().await.unwrap().0.unchanged, 2);
    assert_eq!(stub.app.ledger.status().await.unwrap(), status);
}

#[tokio::test]
async fn a_line_without_end_is_refused_and_what_follows_is_read() {
    let stub = Stubbed::new(&["payment"]).await;
    let accounts = stub.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    let endless = "x".repeat(3 << 20);
    let log = [endless, line("1", "10:00:00", "succeeded", 9_000, "good"), "{".to_owned()];
    let path = stub.folder.path().join("callbacks.log");
    std::fs::write(&path, log.join("\n")).unwrap();
    let import = stub.app.import_notifications(&accounts[0], &path, "callbacks.log", date());
    let (count, lines) = import.await.unwrap();
    assert_eq!((count.added, lines.taken, lines.refused), (1, 1, 2));
    let rejections: Vec<_> = stub.app.ledger.rejections(date()).try_collect().await.unwrap();
    assert_eq!(rejections.iter().map(|it| it.line).collect::<Vec<_>>(), [1, 3]);
}

#[tokio::test]
async fn callbacks_alone_make_no_night_complete() {
    let stub = Stubbed::new(&["payment"]).await;
    let accounts = stub.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    stub.orders(&["payment,1,,100.00,succeeded,paid 20 10:00:00"]).await;
    let path = stub.folder.path().join("callbacks.log");
    std::fs::write(&path, line("1", "10:00:05", "succeeded", 10_000, "good")).unwrap();
    stub.app.import_notifications(&accounts[0], &path, "c", date()).await.unwrap();
    // Without an answer the money is taken as the callback says, and the night is none.
    for _ in 0..2 {
        assert_eq!(stub.night().await.verdict, Verdict::Failed);
        assert_eq!(stub.found().await, Vec::<String>::new());
    }
    stub.says("1", "succeeded", Some(10_000));
    assert_eq!(stub.night().await.verdict, Verdict::Complete);
}

#[tokio::test]
async fn a_callback_supplies_the_amount_and_the_platform_is_asked_all_the_same() {
    let stub = Stubbed::new(&["payment"]).await;
    let accounts = stub.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    let row = |number| format!("payment,{number},,100.00,succeeded,paid 20 10:00:00");
    let rows: Vec<String> = (1..=3).map(row).collect();
    stub.orders(&rows.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stub.says("1", "succeeded", None);
    stub.says("2", "succeeded", Some(10_000));
    stub.says("3", "not_found", None);
    let log: Vec<String> = ["1", "2", "3"]
        .into_iter()
        .map(|number| line(number, "10:00:05", "succeeded", 9_000, "good"))
        .collect();
    let path = stub.folder.path().join("callbacks.log");
    std::fs::write(&path, log.join("\n")).unwrap();
    stub.app.import_notifications(&accounts[0], &path, "c", date()).await.unwrap();
    assert_eq!(stub.night().await.verdict, Verdict::Complete);
    assert_eq!(stub.asked.lock().unwrap().len(), 3);
    let found = stub.found().await;
    let expected =
        ["1 amount_mismatch open", "2 duplicate_at_provider open", "3 missing_at_provider open"];
    assert_eq!(found, expected);
}

//! Goal: what the accounts hold is known from verified answers only. Method: a stub platform.

use duizhang::balance::BalancePart;
use duizhang::clock::FixedClock;
use duizhang::run::Scope;
use serde_json::json;

use crate::stub::{Stubbed, at, date};

#[tokio::test]
async fn a_verified_balance_is_kept_once_and_a_bad_answer_never() {
    let stub = Stubbed::new(&["payment", "balance"]).await;
    let accounts = stub.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    let says = |sign: &str| {
        let answer = json!({ "sign": sign, "available": 12_345, "frozen": 0 });
        stub.answers.lock().unwrap().insert("/balance".to_owned(), answer);
    };
    says("forged");
    let asked = stub.app.balances(date(), &accounts).await.unwrap();
    assert_eq!(asked[0].figures, Err("wrong_signature".to_owned()));
    says("good");
    for _ in 0..2 {
        let asked = stub.app.balances(date(), &accounts).await.unwrap();
        assert_eq!(asked[0].figures.as_ref().unwrap().len(), 2);
    }
    let kept = stub.app.ledger.balances("a", at("20 00:00"), at("22 00:00")).await.unwrap();
    let figures: Vec<_> = kept.iter().map(|it| (it.line.part, it.line.money.minor)).collect();
    assert_eq!(figures, [(BalancePart::Available, 12_345), (BalancePart::Frozen, 0)]);
    assert!(kept.iter().all(|it| it.as_of == at("21 02:30") && it.evidence > 0), "{kept:?}");
    // Nor what nobody can add up, though it is signed.
    for absurd in [i64::MAX, i64::MIN] {
        let answer = json!({ "sign": "good", "available": absurd, "frozen": 0 });
        stub.answers.lock().unwrap().insert("/balance".to_owned(), answer);
        let asked = stub.app.balances(date(), &accounts).await.unwrap();
        assert_eq!(asked[0].figures, Err("field:amount".to_owned()));
    }
    stub.answers.lock().unwrap().clear();
    let asked = stub.app.balances(date(), &accounts).await.unwrap();
    assert!(asked[0].figures.is_err(), "{asked:?}");
}

#[tokio::test]
async fn an_account_that_states_no_balance_is_not_asked() {
    let stub = Stubbed::new(&["payment"]).await;
    let accounts = stub.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    assert_eq!(stub.app.balances(date(), &accounts).await.unwrap(), []);
    assert!(stub.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_balance_that_cannot_be_read_is_not_one_that_nobody_asked_for() {
    let mut stub = Stubbed::new(&["payment", "balance"]).await;
    stub.orders(&["payment,1,,10.00,succeeded,paid 20 10:00"]).await;
    stub.says("1", "succeeded", Some(1_000));
    stub.app.clock = Box::new(FixedClock(at("21 00:05")));
    let accounts = stub.app.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    let says = |available: serde_json::Value| {
        let answer = json!({ "sign": "good", "available": available, "frozen": 0 });
        stub.answers.lock().unwrap().insert("/balance".to_owned(), answer);
    };
    // Nobody asked.
    let line = async |stub: &Stubbed| {
        stub.night().await;
        stub.app.settle(date(), &accounts).await.unwrap();
        let rows = stub.report(20, "balances").await;
        rows.into_iter().find(|row| row[2] == "bridge").unwrap()
    };
    assert_eq!(line(&stub).await[3], "no_closing");
    for unreadable in [json!("1.5"), json!("余额不足"), json!(null)] {
        says(unreadable);
        let asked = stub.app.balances(date(), &accounts).await.unwrap();
        assert_eq!(asked[0].figures, Err("field:balance".to_owned()));
    }
    let row = line(&stub).await;
    assert_eq!(row[3], "closing_unread");
    assert!(row[9].contains("2026-11-21 00:05:00"), "{row:?}");
    assert!(row[9].contains("field:balance"), "{row:?}");
    // The account itself is proved all the same: only its bridge is missing.
    assert_eq!(stub.night().await.verdict.code(), "complete");
    // One that can be read near enough is taken, whatever came before it.
    says(json!(1_000));
    stub.app.clock = Box::new(FixedClock(at("21 02:30")));
    stub.app.balances(date(), &accounts).await.unwrap();
    assert_eq!(line(&stub).await[3], "no_opening");
}

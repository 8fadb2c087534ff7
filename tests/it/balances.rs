//! Goal: what the accounts hold is known from verified answers only. Method: a stub platform.

use duizhang::balance::BalancePart;
use duizhang::run::Scope;
use serde_json::json;

use crate::stub::{Stubbed, at, date};

#[tokio::test]
async fn a_verified_balance_is_kept_once_and_a_bad_answer_never() {
    let stub = Stubbed::new(&["payment", "balance"]).await;
    let accounts = stub.house.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    let says = |sign: &str| {
        let answer = json!({ "sign": sign, "available": 12_345, "frozen": 0 });
        stub.answers.lock().unwrap().insert("/balance".to_owned(), answer);
    };
    says("forged");
    let asked = stub.house.balances(date(), &accounts).await.unwrap();
    assert_eq!(asked[0].figures, Err("wrong_signature".to_owned()));
    says("good");
    for _ in 0..2 {
        let asked = stub.house.balances(date(), &accounts).await.unwrap();
        assert_eq!(asked[0].figures.as_ref().unwrap().len(), 2);
    }
    let kept = stub.house.ledger.balances("a", at("20 00:00"), at("22 00:00")).await.unwrap();
    let figures: Vec<_> = kept.iter().map(|it| (it.line.part, it.line.money.minor)).collect();
    assert_eq!(figures, [(BalancePart::Available, 12_345), (BalancePart::Frozen, 0)]);
    assert!(kept.iter().all(|it| it.as_of == at("21 02:30") && it.evidence > 0), "{kept:?}");
    stub.answers.lock().unwrap().clear();
    let asked = stub.house.balances(date(), &accounts).await.unwrap();
    assert!(asked[0].figures.is_err(), "{asked:?}");
}

#[tokio::test]
async fn an_account_that_states_no_balance_is_not_asked() {
    let stub = Stubbed::new(&["payment"]).await;
    let accounts = stub.house.accounts(&Scope { date: date(), accounts: vec![] }).unwrap();
    assert_eq!(stub.house.balances(date(), &accounts).await.unwrap(), []);
    assert!(stub.asked.lock().unwrap().is_empty());
}

//! Goal: an answer that says "ask again" is asked again in the same run, and one that takes proved money
//! back to processing proves nothing. Method: a stub platform whose answers change from one question to
//! the next.

use serde_json::{Value, json};

use crate::stub::{Stubbed, at, date};

fn paid(order_no: &str, status: &str) -> Value {
    json!({
        "sign": "good", "order_no": order_no, "number": format!("P{order_no}"), "status": status,
        "amount": 1_000, "paid_at": at("20 10:00").epoch_seconds(),
    })
}

#[tokio::test]
async fn what_says_ask_again_is_asked_again_in_the_same_run_and_not_for_ever() {
    for (busy, retries, verdict) in [(2, 2, "complete"), (2, 1, "failed"), (1, 0, "failed")] {
        let mut stub = Stubbed::new(&["payment"]).await;
        stub.app.config.accounts[0].account.limits.retries = retries;
        stub.orders(&["payment,1,,10.00,succeeded,paid 20 10:00"]).await;
        let again = |then| json!({ "refused": "系统繁忙，请稍后再试", "then": then });
        let answer = (0..busy).fold(paid("1", "succeeded"), |then, _| again(then));
        stub.answers.lock().unwrap().insert("/query/1".to_owned(), answer);
        assert_eq!(stub.night().await.verdict.code(), verdict, "{busy} {retries}");
        let asked = stub.asked.lock().unwrap().len();
        assert_eq!(asked, usize::try_from(retries).unwrap() + 1, "{busy} {retries}");
    }
}

#[tokio::test]
async fn a_refusal_that_does_not_say_so_is_asked_once() {
    let mut stub = Stubbed::new(&["payment"]).await;
    stub.app.config.accounts[0].account.limits.retries = 3;
    stub.orders(&["payment,1,,10.00,succeeded,paid 20 10:00"]).await;
    let answer = json!({ "refused": "签名错误" });
    stub.answers.lock().unwrap().insert("/query/1".to_owned(), answer);
    assert_eq!(stub.night().await.verdict.code(), "failed");
    assert_eq!(stub.asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn money_that_was_proved_does_not_go_back_to_processing() {
    let stub = Stubbed::new(&["payment"]).await;
    // The books say that it failed, so that it is asked about every night.
    stub.orders(&["payment,1,,10.00,failed,paid 20 10:00"]).await;
    stub.answers.lock().unwrap().insert("/query/1".to_owned(), paid("1", "succeeded"));
    stub.night().await;
    assert_eq!(stub.found().await, ["1 paid_only_at_provider open"]);
    let proved = stub.app.ledger.pulls(date()).await.unwrap();
    stub.answers.lock().unwrap().insert("/query/1".to_owned(), paid("1", "pending"));
    let verdict = stub.night().await;
    assert_eq!(stub.asked.lock().unwrap().len(), 2);
    // What was proved stays proved, and so does the verdict on it.
    assert_eq!(stub.found().await, ["1 paid_only_at_provider open"]);
    assert_eq!(verdict.verdict.code(), "complete");
    assert_eq!(stub.app.ledger.pulls(date()).await.unwrap(), proved);
}

//! Goal: what a platform says last counts, whatever interface said it, and its money is dated once.
//! Method: a stub platform that changes its mind, nights that follow each other, whole.

use serde_json::json;

use crate::stub::{Stubbed, november};

const ORDER: &str = "payment,1,,1.00,succeeded,2026-11-20 09:00:00,2026-11-20 10:00:00";

/// `order type state` of the rows of a day's report.
async fn rows(stub: &Stubbed, day: u32) -> Vec<String> {
    let rows = stub.report(day, "discrepancies").await;
    let at = |name: &str| rows[0].iter().position(|cell| cell == name).unwrap();
    let columns = [at("merchant_order_no"), at("type"), at("state")];
    rows[1..].iter().map(|row| columns.map(|at| row[at].clone()).join(" ")).collect()
}

/// Pending in the first night; paid in the second, which the listing and a question tell.
async fn paid_on_the_second_night() -> Stubbed {
    let mut stub = Stubbed::new(&["payment", "list"]).await;
    for day in 19..=22 {
        stub.lists(day, &[]);
    }
    stub.file(20, &[ORDER]).await;
    stub.says_of(20, "1", "pending", Some(100));
    stub.night_after(20).await;
    assert_eq!(rows(&stub, 20).await, ["1 paid_only_at_merchant timing"]);
    stub.lists(20, &[("1", "succeeded", 100)]);
    stub.says_of(20, "1", "succeeded", Some(100));
    // Asked as well, so that an answer of its own stands beside the listing's row.
    stub.night_after(21).await;
    stub
}

#[tokio::test]
async fn what_a_listing_no_longer_has_is_asked_about_and_the_newer_answer_counts() {
    let mut stub = paid_on_the_second_night().await;
    // Given back at the portal.
    stub.lists(20, &[]);
    stub.says_of(20, "1", "refunded", Some(100));
    let (_, asked) = stub.night_after(22).await;
    assert!(asked.contains(&"/query/1".to_owned()), "{asked:?}");
    assert_eq!(rows(&stub, 22).await, ["1 refunded_only_at_provider open"]);
    // It was answered: it is not asked for ever.
    stub.file(20, &[&ORDER.replace("succeeded", "refunded")]).await;
    stub.night_after(23).await;
    let (_, asked) = stub.night_after(24).await;
    assert!(!asked.contains(&"/query/1".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn an_order_that_was_never_asked_singly_behaves_the_same() {
    let mut stub = Stubbed::new(&["payment", "list"]).await;
    for day in 19..=22 {
        stub.lists(day, &[]);
    }
    stub.lists(20, &[("1", "succeeded", 100)]);
    stub.file(20, &[ORDER]).await;
    let (_, asked) = stub.night_after(20).await;
    assert!(!asked.contains(&"/query/1".to_owned()), "{asked:?}");
    stub.lists(20, &[]);
    stub.says_of(20, "1", "refunded", Some(100));
    stub.night_after(21).await;
    assert_eq!(rows(&stub, 21).await, ["1 refunded_only_at_provider open"]);
}

#[tokio::test]
async fn an_outage_in_that_night_does_not_end_the_question() {
    let mut stub = paid_on_the_second_night().await;
    stub.lists(20, &[]);
    stub.answers.lock().unwrap().remove("/query/1");
    let (_, asked) = stub.night_after(22).await;
    assert!(asked.contains(&"/query/1".to_owned()), "{asked:?}");
    stub.says_of(20, "1", "refunded", Some(100));
    let (_, asked) = stub.night_after(23).await;
    assert!(asked.contains(&"/query/1".to_owned()), "{asked:?}");
    assert_eq!(rows(&stub, 23).await, ["1 refunded_only_at_provider open"]);
}

#[tokio::test]
async fn money_without_a_time_is_dated_by_the_first_final_answer_and_the_evidence_says_so() {
    let mut stub = Stubbed::new(&["payment"]).await;
    stub.file(20, &[ORDER]).await;
    let says = |stub: &Stubbed, status: &str| {
        let answer = json!({
            "sign": "good", "order_no": "1", "number": "P1", "status": status, "amount": 100,
        });
        stub.answers.lock().unwrap().insert("/query/1".to_owned(), answer);
    };
    says(&stub, "pending");
    stub.night_after(20).await;
    assert_eq!(rows(&stub, 20).await, ["1 paid_only_at_merchant timing"]);
    says(&stub, "succeeded");
    stub.night_after(21).await;
    // Asked in the night after the 20th it was pending: it cannot have been paid on the 20th.
    let found = rows(&stub, 21).await;
    assert_eq!(found, ["1 paid_only_at_merchant resolved", "1 cross_day timing"]);
    let found = stub.report(21, "discrepancies").await.concat();
    assert!(found.iter().any(|cell| cell.contains("first answer that found it final")));
    let pair = stub.app.ledger.find("1").await.unwrap().remove(0);
    assert_eq!(pair.readings[0].business_date, november(21));
    let summary = stub.report(21, "summary").await;
    let column = summary[0].iter().position(|cell| cell == "provider_amount").unwrap();
    assert_eq!(summary[1][column], "1.00");
    // What it said once, it does not have to say again.
    let (_, asked) = stub.night_after(22).await;
    assert!(!asked.contains(&"/query/1".to_owned()), "{asked:?}");
}

//! Goal: refunds are never hidden and never exceed their payment unseen. Method: nights of one
//! account at a stub platform, with and without a refund query.

use duizhang::status::Verdict;
use futures_util::TryStreamExt;

use crate::stub::{Stubbed, date};

const PAID: &str = "payment,1,,100.00,succeeded,paid 20 10:00:00";

#[tokio::test]
async fn a_refund_that_goes_over_is_found_stays_and_closes_and_carries_no_difference() {
    let stub = Stubbed::new(&["payment", "refund"]).await;
    for (order_no, amount) in [("1", 10_000), ("r1", 6_000), ("r2", 4_001)] {
        stub.says(order_no, "succeeded", Some(amount));
    }
    let first = "refund,r1,1,60.00,succeeded,paid 20 10:00:00";
    stub.orders(&[PAID, first, "refund,r2,1,40.01,succeeded,paid 20 10:00:00"]).await;
    assert_eq!(stub.night().await.verdict, Verdict::Complete);
    assert_eq!(stub.found().await, ["r2 over_refund open"]);
    let rows = stub.discrepancies().await;
    let only = &rows[0];
    assert_eq!((only.difference_minor, &*only.original_order_no), (0, "1"));
    assert_eq!(only.merchant_amount_minor.zip(only.provider_amount_minor), Some((4_001, 4_001)));
    // The same night again changes nothing, and the totals are counted once.
    let (totals, _) = stub.app.ledger.day(date()).await.unwrap();
    assert_eq!(stub.night().await.verdict, Verdict::Complete);
    assert_eq!(stub.discrepancies().await, rows);
    assert_eq!(stub.app.ledger.day(date()).await.unwrap().0, totals);
    let refunds = totals.iter().next_back().map(|(.., t)| (t.merchant_minor, t.provider_minor));
    assert_eq!(refunds, Some((10_001, 10_001)));
    // The merchant corrects its books: both sides agree, and it closes by itself.
    stub.says("r2", "succeeded", Some(4_000));
    stub.orders(&[PAID, first, "refund,r2,1,40.00,succeeded,paid 20 10:00:00"]).await;
    stub.night().await;
    let (closed, history) = stub.app.ledger.discrepancy(&only.id).await.unwrap().unwrap();
    assert_eq!((&*closed.resolution, history.len()), ("agreed", 2));
}

#[tokio::test]
async fn a_refund_that_arrives_late_pushes_one_that_was_fine_over() {
    let stub = Stubbed::new(&["payment", "refund"]).await;
    for (order_no, amount) in [("1", 10_000), ("r1", 6_000), ("r2", 4_000), ("r0", 1)] {
        stub.says(order_no, "succeeded", Some(amount));
    }
    let mut rows = vec![
        PAID,
        "refund,r1,1,60.00,succeeded,paid 20 10:00:00",
        "refund,r2,1,40.00,succeeded,paid 20 10:00:00",
    ];
    stub.orders(&rows).await;
    stub.night().await;
    assert!(stub.found().await.is_empty());
    rows.push("refund,r0,1,0.01,succeeded,paid 19 10:00:00");
    stub.orders(&rows).await;
    stub.night().await;
    let found = stub.found().await;
    assert!(found.contains(&"r2 over_refund open".to_owned()), "{found:?}");
}

#[tokio::test]
async fn a_refund_of_a_platform_that_cannot_be_asked_is_shown_and_spoils_no_verdict() {
    let stub = Stubbed::new(&["payment"]).await;
    stub.says("1", "succeeded", Some(10_000));
    stub.orders(&[PAID, "refund,r1,1,100.01,succeeded,paid 20 10:00:00"]).await;
    let rejected: Vec<_> = stub.app.ledger.rejections(date()).try_collect().await.unwrap();
    assert!(rejected.is_empty(), "{rejected:?}");
    let verdict = stub.night().await;
    assert_eq!((verdict.verdict, &*verdict.reason), (Verdict::Complete, ""));
    assert_eq!(stub.found().await, ["r1 over_refund open", "r1 unproved open"]);
    let rows = stub.discrepancies().await;
    assert!(rows.iter().all(|row| row.evidence.status_code == "not_offered"), "{rows:?}");
    let sum: i64 = rows.iter().map(|row| row.difference_minor).sum();
    assert_eq!(sum, -10_001);
    assert_eq!(*stub.asked.lock().unwrap(), ["/query/1"]);
}

#[tokio::test]
async fn an_order_is_not_asked_about_before_its_time_and_the_verdict_says_so() {
    let stub = Stubbed::new(&["payment", "age"]).await;
    for order_no in ["1", "2"] {
        stub.says(order_no, "succeeded", Some(10_000));
    }
    // Twelve hours before the run at 02:30 is 14:30.
    let path = stub.folder.path().join("orders.csv");
    let text = "account,kind,order_no,amount,status,created_at\n\
                a,payment,1,100.00,pending,2026-11-20 14:30:00\n\
                a,payment,2,100.00,pending,2026-11-20 14:30:01\n";
    std::fs::write(&path, text).unwrap();
    stub.app.import_orders(&path, "orders.csv", date()).await.unwrap();
    let verdict = stub.night().await;
    assert_eq!(*stub.asked.lock().unwrap(), ["/query/1"]);
    assert_eq!(verdict.verdict, Verdict::Incomplete);
    assert!(verdict.reason.contains("1 not asked yet, younger than 43200 s"), "{verdict:?}");
    assert_eq!(stub.found().await, ["1 paid_only_at_provider open", "2 unproved open"]);
}

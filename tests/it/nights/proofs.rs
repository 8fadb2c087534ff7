//! Goal: what was proved of a date stays proved when it is run again and nothing new is learnt. Method: a
//! night is run twice, the second time with the platform out of order, and every byte is compared.

use duizhang::job;
use duizhang::ledger::AccountPull;
use duizhang::run::{self, Scope};
use duizhang::status::Verdict;

use super::{cells, paid};
use crate::stub::{Fault, Stubbed, november};

/// An order of the 18th with another status.
fn made(order_no: &str, status: &str) -> String {
    format!("payment,{order_no},,100.00,{status},2026-11-18 09:00:00,")
}

/// What the platform lists of the 18th.
const LISTED: [(&str, &str, i64); 3] =
    [("1", "succeeded", 10_000), ("5", "succeeded", 9_000), ("6", "succeeded", 10_000)];

/// A night of which everything was proved: agreed ones, a missing one, one that still waits, one that
/// was given up, and one with another amount.
async fn proved(offers: &[&str]) -> Stubbed {
    let mut stub = Stubbed::new(offers).await;
    stub.lists(18, &LISTED);
    for (order_no, status, amount) in LISTED {
        stub.says_of(18, order_no, status, Some(amount));
    }
    stub.says_of(18, "2", "not_found", None);
    stub.says_of(18, "3", "not_found", None);
    stub.says_of(18, "4", "pending", None);
    let rows = [
        paid(18, "1", "100.00"),
        paid(18, "2", "100.00"),
        made("3", "closed"),
        made("4", "pending"),
        paid(18, "5", "100.00"),
        paid(18, "6", "100.00"),
    ];
    stub.file(18, &rows.each_ref().map(|row| &**row)).await;
    let (verdict, _) = stub.night_after(18).await;
    assert_eq!(verdict.verdict, Verdict::Complete, "{}", verdict.reason);
    stub
}

async fn pull_of(stub: &Stubbed) -> AccountPull {
    stub.app.ledger.pulls(november(18)).await.unwrap().remove(0)
}

const FAULTS: [Fault; 5] =
    [Fault::Down, Fault::Gone, Fault::Forged, Fault::NoListing, Fault::NoAnswers];

#[tokio::test]
async fn a_second_run_while_the_platform_is_out_of_order_changes_no_byte() {
    for offers in [&["payment"][..], &["payment", "list"]] {
        for fault in FAULTS {
            let mut stub = proved(offers).await;
            let (first, before) = (stub.figures(18).await, pull_of(&stub).await);
            let known = stub.app.ledger.day(november(18)).await.unwrap();
            *stub.fault.lock().unwrap() = fault;
            let (verdict, _) = stub.night_again(18, 20).await;
            assert_eq!(verdict, known.1[0], "{offers:?} {fault:?}");
            assert_eq!(stub.app.ledger.day(november(18)).await.unwrap(), known);
            assert_eq!(stub.figures(18).await, first, "{offers:?} {fault:?}");
            assert_eq!(pull_of(&stub).await.listed, before.listed);
            assert_eq!(pull_of(&stub).await.is_answered(), before.is_answered());
            let corrected = stub.report(18, "corrections").await;
            assert_eq!(cells(&corrected, &["merchant_order_no"]), [""; 0], "{fault:?}");
        }
    }
}

#[tokio::test]
async fn orders_of_ours_that_came_since_are_unproved_until_they_are_asked_about() {
    for offers in [&["payment"][..], &["payment", "list"]] {
        let mut stub = proved(offers).await;
        *stub.fault.lock().unwrap() = Fault::Down;
        let late = paid(18, "9", "7.00");
        stub.file(19, &[&late]).await;
        let (verdict, _) = stub.night_again(18, 20).await;
        assert_eq!(verdict.verdict, Verdict::Incomplete);
        assert!(verdict.reason.contains("{\"unanswered\":1}"), "{}", verdict.reason);
        let found = cells(&stub.report(18, "discrepancies").await, &["type", "merchant_order_no"]);
        assert!(found.contains(&"unproved 9".to_owned()), "{found:?}");
        assert_eq!(found.iter().filter(|row| row.starts_with("unproved")).count(), 1);
        // Once it was asked about, the day is proved again.
        *stub.fault.lock().unwrap() = Fault::None;
        stub.says_of(18, "9", "succeeded", Some(700));
        let listed = LISTED.into_iter().chain([("9", "succeeded", 700)]);
        stub.lists(18, &listed.collect::<Vec<_>>());
        let (verdict, _) = stub.night_again(18, 20).await;
        assert_eq!(verdict.verdict, Verdict::Complete, "{}", verdict.reason);
    }
}

#[tokio::test]
async fn a_later_answer_that_differs_is_a_change() {
    let mut stub = proved(&["payment"]).await;
    stub.says_of(18, "2", "succeeded", Some(10_000));
    let (verdict, _) = stub.night_again(18, 19).await;
    assert_eq!(verdict.verdict, Verdict::Complete);
    let found = cells(&stub.report(18, "discrepancies").await, &["merchant_order_no", "state"]);
    assert!(found.contains(&"2 resolved".to_owned()), "{found:?}");
}

#[tokio::test]
async fn an_account_that_was_not_proved_is_not_proved_by_an_outage() {
    for offers in [&["payment"][..], &["payment", "list"]] {
        let mut stub = Stubbed::new(offers).await;
        stub.file(18, &[&paid(18, "1", "100.00")]).await;
        *stub.fault.lock().unwrap() = Fault::Down;
        for morning in [19, 20] {
            let (verdict, _) = stub.night_again(18, morning).await;
            assert_eq!(verdict.verdict, Verdict::Failed);
        }
        // And a day that was pulled while it ran is not proved by that.
        let mut stub = Stubbed::new(offers).await;
        let early = paid(18, "1", "100.00").replace("09:00", "01:00").replace("10:00", "01:05");
        stub.file(18, &[&early]).await;
        stub.lists(18, &[("1", "succeeded", 10_000)]);
        stub.says_of(18, "1", "succeeded", Some(10_000));
        let (verdict, _) = stub.night_again(18, 18).await;
        assert_eq!(verdict.verdict, Verdict::NotReady);
        *stub.fault.lock().unwrap() = Fault::Down;
        let (verdict, _) = stub.night_again(18, 19).await;
        assert_eq!(verdict.verdict == Verdict::Incomplete, offers.contains(&"list"), "{offers:?}");
    }
}

#[tokio::test]
async fn the_morning_of_a_proved_night_exits_as_the_night_did() {
    for fault in FAULTS {
        let mut stub = proved(&["payment", "list"]).await;
        let orders = stub.folder.path().join("orders");
        std::fs::create_dir_all(&orders).unwrap();
        let rows = std::fs::read(stub.folder.path().join("orders-18.csv")).unwrap();
        std::fs::write(orders.join("2026-11-18.csv"), rows).unwrap();
        let jobs = job::jobs_for(&stub.app.config).unwrap();
        let scope = Scope { date: november(18), accounts: vec![] };
        let named = |name: &str| jobs.iter().find(|job| job.name == name).unwrap();
        let night = run::job(&stub.app, named("nightly"), &scope).await.unwrap();
        let first = stub.figures(18).await;
        *stub.fault.lock().unwrap() = fault;
        stub.app.clock = Box::new(duizhang::clock::FixedClock(crate::stub::at("19 10:30")));
        for name in ["morning", "nightly"] {
            let again = run::job(&stub.app, named(name), &scope).await.unwrap();
            assert_eq!((again.is_proved(), night.is_proved()), (true, true), "{name} {fault:?}");
            assert_eq!(stub.figures(18).await, first, "{name} {fault:?}");
        }
    }
}

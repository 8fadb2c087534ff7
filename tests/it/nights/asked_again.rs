//! Goal: the platform is asked until it is final, when a witness contradicts it, and once more about what
//! can come back. Method: nights at a stub platform, its requests looked at.

use duizhang::business_day::Timestamp;
use duizhang::reading::{Assurance, Reading, Source};
use duizhang::status::{ProviderStatus, Verdict};

use super::cells;
use crate::stub::{Fault, Stubbed, at, november};

fn given_up(order_no: &str) -> String {
    format!("payment,{order_no},,100.00,closed,2026-11-18 09:00:00,")
}

/// The platform has the order in hand, and states no time.
fn in_hand(stub: &Stubbed, order_no: &str) {
    let answer = serde_json::json!({
        "sign": "good", "order_no": order_no, "number": format!("P{order_no}"),
        "status": "pending", "amount": 10_000,
    });
    stub.answers.lock().unwrap().insert(format!("/query/{order_no}"), answer);
}

/// The single questions of a night.
fn questions(asked: Vec<String>) -> Vec<String> {
    asked.into_iter().filter(|path| path.starts_with("/query")).collect()
}

#[tokio::test]
async fn what_the_platform_has_not_finished_is_asked_about_until_it_has() {
    for offers in [&["payment"][..], &["payment", "list"]] {
        let mut stub = Stubbed::new(offers).await;
        for day in 18..=23 {
            stub.lists(day, &[]);
        }
        in_hand(&stub, "1");
        stub.file(18, &[&given_up("1")]).await;
        stub.night_after(18).await;
        if offers.contains(&"list") {
            // What a listing leaves out and was given up is not asked about by itself.
            let key = stub.app.ledger.find("1").await.unwrap().remove(0).key;
            let pending = reading(&key, ProviderStatus::Pending, Source::Query, at("19 02:30"));
            stub.app.ledger.put_answers(&[pending]).await.unwrap();
        }
        for day in [19, 20] {
            stub.file(day, &[]).await;
            let (verdict, asked) = stub.night_after(day).await;
            assert_eq!(questions(asked), ["/query/1"], "the night of {day}");
            assert!(verdict.verdict.is_proved());
            assert!(stub.report(day, "discrepancies").await[1..].is_empty());
        }
        // The customer pays after all.
        stub.says_of(20, "1", "succeeded", Some(10_000));
        stub.file(21, &[]).await;
        let (_, asked) = stub.night_after(21).await;
        assert_eq!(questions(asked), ["/query/1"]);
        let found = stub.report(21, "discrepancies").await;
        let columns = ["business_date", "first_seen", "type", "merchant_order_no", "difference"];
        let expected = "2026-11-20 2026-11-21 paid_only_at_provider 1 100.00";
        assert_eq!(cells(&found, &columns), [expected], "{offers:?}");
    }
}

#[tokio::test]
async fn it_is_given_up_when_it_takes_too_long() {
    let mut stub = Stubbed::new(&["payment"]).await;
    stub.app.config.matching.ask_until_days = 2;
    in_hand(&stub, "1");
    stub.file(18, &[&given_up("1")]).await;
    for (day, expected) in [(18, 1), (19, 1), (20, 1), (21, 0)] {
        if day > 18 {
            stub.file(day, &[]).await;
        }
        let (_, asked) = stub.night_after(day).await;
        assert_eq!(asked.len(), expected, "the night of {day}");
    }
}

#[tokio::test]
async fn an_outage_only_puts_the_question_off() {
    let mut stub = Stubbed::new(&["payment"]).await;
    in_hand(&stub, "1");
    stub.file(18, &[&given_up("1")]).await;
    let (before, _) = stub.night_after(18).await;
    *stub.fault.lock().unwrap() = Fault::Down;
    stub.file(19, &[]).await;
    stub.night_after(19).await;
    assert!(stub.report(19, "discrepancies").await[1..].is_empty());
    *stub.fault.lock().unwrap() = Fault::None;
    stub.says_of(18, "1", "succeeded", Some(10_000));
    stub.file(20, &[]).await;
    stub.night_after(20).await;
    let found = stub.report(20, "discrepancies").await;
    assert_eq!(cells(&found, &["type"]), ["paid_only_at_provider"]);
    assert_eq!(before.verdict, Verdict::Complete);
}

fn reading(
    key: &duizhang::order::OrderKey,
    status: ProviderStatus,
    source: Source,
    observed_at: Timestamp,
) -> Reading {
    Reading {
        key: key.clone(),
        business_date: november(18),
        source,
        occurrence: 1,
        facts: duizhang::reading::Facts {
            order_no: key.order_no.clone(),
            provider_order_no: format!("P{}", key.order_no),
            status,
            status_code: format!("status={status}"),
            amount: Some(duizhang::money::Money::fen(10_000)),
            fee_minor: None,
            paid_at: None,
            withheld_minor: None,
            way: String::new(),
        },
        interface: "/query".to_owned(),
        assurance: Assurance::Md5,
        evidence: 1,
        observed_at,
        original_order_no: String::new(),
    }
}

#[tokio::test]
async fn a_callback_that_contradicts_a_final_answer_is_asked_about() {
    for status in ["failed", "not_found", "pending"] {
        let mut stub = Stubbed::new(&["payment"]).await;
        stub.says_of(18, "1", status, None);
        stub.file(18, &[&given_up("1")]).await;
        let (verdict, _) = stub.night_after(18).await;
        assert_eq!(verdict.verdict, Verdict::Complete);
        let key = stub.app.ledger.find("1").await.unwrap().remove(0).key;
        let paid = reading(&key, ProviderStatus::Succeeded, Source::Notification, at("19 12:00"));
        stub.app.ledger.put_answers(&[paid]).await.unwrap();
        stub.says_of(18, "1", "succeeded", Some(10_000));
        stub.file(19, &[]).await;
        let (_, asked) = stub.night_after(19).await;
        assert_eq!(asked, ["/query/1"], "{status}");
        let found = stub.report(19, "discrepancies").await;
        assert_eq!(cells(&found, &["type"]), ["paid_only_at_provider"], "{status}");
    }
}

#[tokio::test]
async fn a_refund_that_was_settled_is_asked_about_after_three_and_seven_days() {
    let mut stub = Stubbed::new(&["payment", "refund"]).await;
    stub.says_of(18, "R1", "succeeded", Some(10_000));
    stub.file(18, &["refund,R1,1,100.00,succeeded,2026-11-18 09:00:00,2026-11-18 10:00:00"]).await;
    stub.night_after(18).await;
    // The night of the 21st finds the platform down: the next one asks instead.
    let nights = [(19, 0), (20, 0), (21, 1), (22, 1), (23, 0), (24, 0), (25, 1)];
    for (day, expected) in nights {
        let fault = if day == 21 { Fault::Down } else { Fault::None };
        *stub.fault.lock().unwrap() = fault;
        if day == 25 {
            stub.says_of(18, "R1", "failed", Some(10_000));
        }
        stub.file(day, &[]).await;
        let (_, asked) = stub.night_after(day).await;
        assert_eq!(asked.len(), expected, "the night of {day}: {asked:?}");
        if day < 25 {
            assert!(stub.report(day, "discrepancies").await[1..].is_empty(), "{day}");
        }
    }
    let found = stub.report(25, "discrepancies").await;
    let columns = ["business_date", "first_seen", "type", "merchant_order_no"];
    assert_eq!(cells(&found, &columns), ["2026-11-18 2026-11-25 paid_only_at_merchant R1"]);
}

#[tokio::test]
async fn an_empty_list_of_second_looks_asks_nothing() {
    let mut stub = Stubbed::new(&["refund"]).await;
    stub.app.config.matching.second_look = duizhang::config::SecondLookDays::of(&[]).unwrap();
    stub.says_of(18, "R1", "succeeded", Some(10_000));
    stub.file(18, &["refund,R1,1,100.00,succeeded,2026-11-18 09:00:00,2026-11-18 10:00:00"]).await;
    stub.night_after(18).await;
    stub.file(21, &[]).await;
    let (_, asked) = stub.night_after(21).await;
    assert_eq!(asked, [""; 0]);
}

/// Nights of one order that the merchant counts and the platform has in hand: what each says of it.
#[tokio::test]
async fn an_outage_does_not_accuse_on_the_answer_of_the_night_before() {
    let mut stub = Stubbed::new(&["payment"]).await;
    in_hand(&stub, "1");
    stub.file(18, &[&super::paid(18, "1", "100.00")]).await;
    let nights = [
        (18, Fault::None, "timing", ""),
        (19, Fault::Down, "timing", "last answered on 2026-11-19, could not be asked since"),
        (20, Fault::Forged, "timing", "last answered on 2026-11-19, could not be asked since"),
        (21, Fault::None, "open", ""),
        (22, Fault::Down, "open", "last answered on 2026-11-22, could not be asked since"),
        (23, Fault::None, "open", ""),
    ];
    for (day, fault, state, words) in nights {
        *stub.fault.lock().unwrap() = fault;
        if day > 18 {
            stub.file(day, &[]).await;
        }
        stub.night_after(day).await;
        let found = stub.report(day, "discrepancies").await;
        assert_eq!(cells(&found, &["state"]), [state], "the night of {day}");
        let evidence = cells(&found, &["evidence"]).remove(0);
        assert_eq!(evidence.contains("last answered"), !words.is_empty(), "{day}: {evidence}");
        assert!(evidence.contains(words), "{day}: {evidence}");
        // The same night again, now with the platform down, says the same.
        let first = stub.figures(day).await;
        *stub.fault.lock().unwrap() = Fault::Down;
        stub.night_again(day, day + 1).await;
        assert_eq!(stub.figures(day).await, first, "the night of {day}");
    }
    let id = stub.discrepancies_now("1").await.remove(0).id;
    let (_, history) = stub.app.ledger.discrepancy(&id).await.unwrap().unwrap();
    let notes: Vec<&str> = history[1..].iter().map(|event| &*event.note).collect();
    let expected = [
        "last answered on 2026-11-19, not answered since",
        "answered again, as before",
        "last answered on 2026-11-22, not answered since",
        "answered again, as before",
    ];
    assert_eq!(notes, expected);
}

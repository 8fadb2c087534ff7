//! Goal: nights follow each other as an accountant expects: what arrives late is found under its own
//! date, what is settled is not asked again, discrepancies roll from night to night, and what an earlier
//! day says is corrected openly. Method: nights of one account at a stub platform, its requests counted.

use duizhang::report;
use duizhang::status::Verdict;

use crate::stub::{Stubbed, november};

mod again;
mod asked_again;
mod proofs;
mod soak;

/// An order of a day of November, as a row of the merchant's file.
fn paid(day: u32, order_no: &str, yuan: &str) -> String {
    format!("payment,{order_no},,{yuan},succeeded,2026-11-{day} 09:00:00,2026-11-{day} 10:00:00")
}

/// The cells of some columns, by their names.
fn cells(table: &[Vec<String>], columns: &[&str]) -> Vec<String> {
    let at = |name: &&str| table[0].iter().position(|column| column == *name).unwrap();
    let places: Vec<usize> = columns.iter().map(at).collect();
    let row = |row: &Vec<String>| places.iter().map(|at| &*row[*at]).collect::<Vec<_>>().join(" ");
    table[1..].iter().map(row).collect()
}

const FIRST: [(&str, &str, i64); 3] =
    [("1", "succeeded", 10_000), ("2", "succeeded", 10_000), ("3", "succeeded", 10_000)];

async fn three_days_of_one_platform() -> Stubbed {
    let mut stub = Stubbed::new(&["payment", "list"]).await;
    for day in [18, 19, 20] {
        stub.lists(day, &[]);
    }
    stub.lists(18, &FIRST);
    stub.file(18, &["1", "2", "3"].map(|no| paid(18, no, "100.00")).each_ref().map(|r| &**r)).await;
    let (verdict, asked) = stub.night_after(18).await;
    assert_eq!(verdict.verdict, Verdict::Complete);
    // Nothing was walked before the first night, so nothing is looked back at.
    assert_eq!(asked, ["/list/2026-11-18/1", "/list/2026-11-18/2"]);
    stub
}

#[tokio::test]
async fn what_is_settled_costs_one_page_per_day_that_is_looked_back_at() {
    let mut stub = three_days_of_one_platform().await;
    stub.file(19, &[]).await;
    let (verdict, asked) = stub.night_after(19).await;
    assert_eq!(verdict.verdict, Verdict::ProvedEmpty);
    assert_eq!(asked, ["/list/2026-11-18/1", "/list/2026-11-19/1"]);
    stub.file(20, &[]).await;
    let (_, asked) = stub.night_after(20).await;
    assert_eq!(asked, ["/list/2026-11-18/1", "/list/2026-11-19/1", "/list/2026-11-20/1"]);
    stub.app.config.matching.look_back = 0;
    let (_, asked) = stub.night_after(20).await;
    assert_eq!(asked, ["/list/2026-11-20/1"]);
}

#[tokio::test]
async fn a_transaction_that_is_listed_late_is_found_under_its_own_date() {
    let mut stub = three_days_of_one_platform().await;
    let before = stub.app.report(november(18)).await.unwrap();
    let totals = stub.app.ledger.day(november(18)).await.unwrap();
    let mut rows = FIRST.to_vec();
    rows.push(("9", "succeeded", 700));
    stub.lists(18, &rows);
    stub.says_of(18, "9", "succeeded", Some(700));
    stub.file(19, &[]).await;
    let (_, asked) = stub.night_after(19).await;
    // The day is walked again, and the one that would be accused is asked about first.
    let pages = ["/list/2026-11-18/1", "/list/2026-11-18/1", "/list/2026-11-18/2"];
    assert_eq!(asked, [&pages[..], &["/list/2026-11-19/1", "/query/9"]].concat());
    let found = stub.report(19, "discrepancies").await;
    let columns = ["business_date", "first_seen", "type", "merchant_order_no", "difference"];
    assert_eq!(cells(&found, &columns), ["2026-11-18 2026-11-19 missing_at_merchant 9 7.00"]);
    // The day's own files stay what they were; the correction says what is known now.
    assert_eq!(stub.app.ledger.day(november(18)).await.unwrap(), totals);
    let corrected = stub.report(18, "corrections").await;
    let columns = [
        "merchant_order_no",
        "changed_on",
        "type_then",
        "type_now",
        "difference_then",
        "difference_now",
    ];
    assert_eq!(cells(&corrected, &columns), ["9 2026-11-19  missing_at_merchant  7.00"]);
    let after = stub.app.report(november(18)).await.unwrap();
    for (then, now) in before.files.iter().zip(&after.files) {
        // The workbook and the page show the corrections too.
        let is_overview = now.name.contains("_report.");
        let may_grow =
            is_overview || now.name.contains("corrections") || now.name == "manifest.json";
        assert!(may_grow || then == now, "{}", now.name);
    }
    report::verify(&after.folder).unwrap();
    // Another night finds the day as it was left; the open one is asked again.
    let (_, asked) = stub.night_after(19).await;
    assert_eq!(asked, ["/list/2026-11-18/1", "/list/2026-11-19/1", "/query/9"]);
}

#[tokio::test]
async fn a_row_of_the_first_page_that_changed_is_noticed_at_the_same_count() {
    let mut stub = three_days_of_one_platform().await;
    let mut rows = FIRST;
    rows[0] = ("1", "refunded", 10_000);
    stub.lists(18, &rows);
    stub.says_of(18, "1", "refunded", Some(10_000));
    stub.file(19, &[]).await;
    let (_, asked) = stub.night_after(19).await;
    assert_eq!(asked.len(), 5, "{asked:?}");
    let found = stub.report(19, "discrepancies").await;
    let columns = ["business_date", "type", "merchant_order_no", "difference"];
    let expected = "2026-11-18 refunded_only_at_provider 1 -100.00";
    assert_eq!(cells(&found, &columns), [expected]);
}

#[tokio::test]
async fn an_order_that_the_merchant_books_late_is_asked_about_under_its_own_date() {
    let mut stub = three_days_of_one_platform().await;
    stub.answers.lock().unwrap().insert(
        "/query/8".to_owned(),
        serde_json::json!({ "sign": "good", "order_no": "8", "status": "not_found" }),
    );
    stub.file(19, &[&paid(18, "8", "5.00")]).await;
    let (_, asked) = stub.night_after(19).await;
    assert_eq!(asked, ["/list/2026-11-18/1", "/list/2026-11-19/1", "/query/8"]);
    let found = stub.report(19, "discrepancies").await;
    let columns = ["business_date", "type", "merchant_order_no", "difference"];
    assert_eq!(cells(&found, &columns), ["2026-11-18 missing_at_provider 8 -5.00"]);
}

#[tokio::test]
async fn a_listing_that_cannot_be_looked_back_at_leaves_the_night_as_it_is() {
    let mut stub = three_days_of_one_platform().await;
    stub.answers.lock().unwrap().remove("/list/2026-11-18/1");
    stub.file(19, &[]).await;
    let (verdict, _) = stub.night_after(19).await;
    assert_eq!(verdict.verdict, Verdict::ProvedEmpty);
    assert!(stub.report(19, "discrepancies").await[1..].is_empty());
}

#[tokio::test]
async fn discrepancies_roll_from_night_to_night_and_the_history_says_what_closed_them() {
    let mut stub = Stubbed::new(&["payment"]).await;
    stub.says_of(18, "1", "failed", None);
    stub.says_of(18, "2", "succeeded", Some(9_000));
    stub.file(18, &[&paid(18, "1", "100.00"), &paid(18, "2", "100.00")]).await;
    stub.night_after(18).await;
    let columns = [
        "account",
        "opening_count",
        "opening_amount",
        "new_count",
        "new_amount",
        "reopened_count",
        "closed_count",
        "closed_amount",
        "changed_count",
        "changed_amount",
        "outstanding_count",
        "outstanding_amount",
        "open_amount",
    ];
    let roll = async |stub: &Stubbed, day: u32| cells(&stub.report(day, "roll").await, &columns);
    let first = "0 0.00 2 110.00 0 0 0.00 0 0.00 2 110.00 110.00";
    assert_eq!(roll(&stub, 18).await, [format!("a {first}"), format!("total {first}")]);
    // The first one comes to agree, the second one is off by more.
    stub.says_of(18, "1", "succeeded", Some(10_000));
    stub.says_of(18, "2", "succeeded", Some(8_000));
    stub.file(19, &[]).await;
    stub.night_after(19).await;
    let second = "2 110.00 0 0.00 0 1 100.00 1 10.00 1 20.00 20.00";
    assert_eq!(roll(&stub, 19).await[0], format!("a {second}"));
    // And on the third night the first one is back, under its id.
    stub.says_of(18, "1", "failed", None);
    let changed = paid(18, "1", "100.00").replace("09:00", "09:01");
    stub.file(20, &[&changed]).await;
    stub.says_of(18, "1", "failed", None);
    let key = duizhang::order::OrderKey {
        stream: duizhang::order::Stream {
            account: "a".to_owned(),
            kind: duizhang::status::Kind::Payment,
            product: String::new(),
        },
        order_no: "1".to_owned(),
    };
    let known = stub.app.ledger.discrepancies_of(std::slice::from_ref(&key)).await.unwrap();
    let mut reading = stub.app.ledger.pairs(&[key]).await.unwrap()[0].readings[0].clone();
    reading.facts.status = duizhang::status::ProviderStatus::Failed;
    reading.facts.amount = None;
    stub.app.ledger.put_answers(&[reading]).await.unwrap();
    stub.night_after(20).await;
    let third = "1 20.00 0 0.00 1 0 0.00 0 0.00 2 120.00 120.00";
    assert_eq!(roll(&stub, 20).await[0], format!("a {third}"));
    let (_, history) = stub.app.ledger.discrepancy(&known[0].id).await.unwrap().unwrap();
    let events: Vec<&str> = history.iter().map(|event| &*event.event).collect();
    assert_eq!(events, ["raised", "closed", "reopened"]);
    let note = &history[1].note;
    let words =
        ["both sides agree: merchant succeeded, provider succeeded", "query /query archived as"];
    assert!(words.iter().all(|word| note.contains(word)), "{note}");
    assert!(note.contains("said at 2026-11-20 02:30:00"), "{note}");
    // Every folder verifies, each against the one before it; a broken chain is found.
    for day in [18, 19, 20] {
        let set = stub.app.report(november(day)).await.unwrap();
        report::verify(&set.folder).unwrap();
        assert!(report::terminal(&set, duizhang::config::Language::En).contains("Roll (count"));
    }
    // Of its day's own figures, what became of them since stands beside what they were.
    let corrected = stub.report(18, "corrections").await;
    let columns =
        ["merchant_order_no", "state_then", "state_now", "difference_then", "difference_now"];
    // The first one is again as it was.
    assert_eq!(cells(&corrected, &columns), ["2 open open -10.00 -20.00"]);
}

#[tokio::test]
async fn a_roll_that_does_not_open_where_the_day_before_ended_is_found() {
    let mut stub = Stubbed::new(&["payment"]).await;
    stub.says_of(18, "1", "failed", None);
    stub.file(18, &[&paid(18, "1", "100.00")]).await;
    stub.night_after(18).await;
    stub.app.report(november(18)).await.unwrap();
    stub.file(19, &[]).await;
    stub.night_after(19).await;
    let set = stub.app.report(november(19)).await.unwrap();
    report::verify(&set.folder).unwrap();
    // The earlier day is run again with another answer, and only its report is made anew.
    stub.says_of(18, "1", "succeeded", Some(10_000));
    stub.night_after(18).await;
    stub.app.report(november(18)).await.unwrap();
    let problem = report::verify(&set.folder).unwrap_err().to_string();
    assert!(problem.contains("a opens with 1 / 100.00"), "{problem}");
    assert!(problem.contains("write this report again"), "{problem}");
    let again = stub.app.report(november(19)).await.unwrap();
    report::verify(&again.folder).unwrap();
}

//! How fast statement files come in: a million rows as the first words of a day, beside the same rows as
//! a listing; the file again; and a file that has the rows of thirty others.
//!
//! `cargo test --release -- --ignored --nocapture statements_of_a_million` prints the figures.

use std::time::Instant;

use duizhang::ledger::{ListingWindow, PutCount, SortedRows};
use duizhang::reading::{Facts, Reading, Source};
use duizhang::status::ProviderStatus as P;

use super::words::{counts, day, listed, rows, stated, statement, stream};
use super::{Fresh, postgres, sqlite};

const ROWS: u32 = 1_000_000;
/// Days over which the rows of the last file are spread.
const DAYS: u32 = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes many seconds; its figures are for people"]
async fn statements_of_a_million_rows() {
    measured(sqlite, "SQLite").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes many seconds; its figures are for people"]
async fn statements_of_a_million_rows_on_a_server() {
    if postgres().await.is_some() {
        measured(|| Box::pin(async { postgres().await.unwrap() }), "PostgreSQL").await;
    }
}

async fn measured(open: fn() -> futures_util::future::BoxFuture<'static, Fresh>, engine: &str) {
    let window = ListingWindow { stream: stream("a"), from: day(1), to: day(DAYS), whole: true };
    let all = |pattern: Reading| -> SortedRows<Reading> {
        let row = move |n| Ok(numbered(&pattern, 0, n));
        Box::new((0..ROWS).map(row))
    };
    let fresh = open().await;
    let listing = listed("", day(1), P::Succeeded);
    let watch = Instant::now();
    let put = fresh.ledger.put_listing(&window, all(listing)).await.unwrap();
    report(&format!("{engine}, listing"), watch, put, counts(u64::from(ROWS), 0, 0));
    let fresh = open().await;
    for (name, count) in
        [("s", counts(u64::from(ROWS), 0, 0)), ("s", counts(0, u64::from(ROWS), 0))]
    {
        let bill = all(stated(name, "", day(1), P::Succeeded));
        let watch = Instant::now();
        let put = fresh.ledger.put_statement(&statement(name), bill, rows(vec![])).await.unwrap();
        report(&format!("{engine}, a day's statement"), watch, put, count);
    }
    let fresh = open().await;
    let of_day = |name: &str, date| {
        let pattern = stated(name, "", day(date), P::Succeeded);
        (0..ROWS / DAYS).map(move |n| Ok(numbered(&pattern, date, n)))
    };
    let watch = Instant::now();
    for date in 1..=DAYS {
        let name = date.to_string();
        let bill: SortedRows<Reading> = Box::new(of_day(&name, date));
        fresh.ledger.put_statement(&statement(&name), bill, rows(vec![])).await.unwrap();
    }
    let whole = u64::from(ROWS / DAYS * DAYS);
    let none = PutCount::default();
    report(&format!("{engine}, thirty statements"), watch, none, none);
    for round in ["a month's statement", "the month again"] {
        let bill: SortedRows<Reading> = Box::new(
            (1..=DAYS).flat_map(|date| of_day("month", date)).collect::<Vec<_>>().into_iter(),
        );
        let watch = Instant::now();
        let put =
            fresh.ledger.put_statement(&statement("month"), bill, rows(vec![])).await.unwrap();
        report(&format!("{engine}, {round}"), watch, put, counts(0, whole, 0));
    }
}

/// A row of a date, with numbers as a shop and a provider give them.
fn numbered(pattern: &Reading, date: u32, n: u32) -> Reading {
    let order_no = format!("202611{date:02}{n:012}");
    let provider_order_no = format!("420000{n:016}");
    let facts = Facts { provider_order_no, order_no: order_no.clone(), ..pattern.facts.clone() };
    let mut row = Reading { facts, ..pattern.clone() };
    assert!(matches!(row.source, Source::Listing | Source::Statement));
    row.key.order_no = order_no;
    row
}

#[expect(clippy::print_stdout, reason = "figures are for people")]
fn report(what: &str, watch: Instant, put: PutCount, expected: PutCount) {
    println!("{what}: {} ms", watch.elapsed().as_millis());
    assert_eq!(put, expected, "{what}");
}

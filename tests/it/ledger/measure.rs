//! How fast and how large: a day of a million orders and as many listing rows, and then as many answers
//! that say the same.
//!
//! `cargo test --release -- --ignored --nocapture a_day_of_a_million` prints the figures.

use std::time::Instant;

use duizhang::ledger::{Ledger, ListingWindow, Scan, SortedRows};
use duizhang::money::Money;
use duizhang::order::Order;
use duizhang::reading::{Facts, Reading, Source};
use duizhang::status::{MerchantStatus as M, ProviderStatus as P};

use super::words::{day, doubts, file, listed, order, rows, scan_of, scanned, stream, sums};
use super::{Fresh, postgres, sqlite};

const ROWS: u32 = 1_000_000;
/// Scans of which the fastest counts.
const SCANS: usize = 7;
/// MiB of memory that the ledger's part may take at most, besides what the process had.
const MIB: u64 = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes many seconds; its figures are for people"]
async fn a_day_of_a_million_orders_in_bounded_memory() {
    a_day(sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes many seconds; its figures are for people"]
async fn a_day_of_a_million_orders_on_a_server() {
    if let Some(fresh) = postgres().await {
        a_day(fresh).await;
    }
}

async fn a_day(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let before = peak_mib();
    let number = |n: u32| format!("20261120{n:012}");
    let pattern = order("", day(20), M::Succeeded);
    let orders = move || -> SortedRows<Order> {
        let pattern = pattern.clone();
        Box::new((0..ROWS).map(move |n| {
            let mut order = pattern.clone();
            order.key.order_no = number(n);
            order.amount = Money::fen(i64::from(n % 10_000 + 1));
            order.provider_order_no = format!("420000{n:016}");
            order.paid_at = order.created_at;
            order.line = i64::from(n) + 2;
            Ok(order)
        }))
    };
    let pattern = listed("", day(20), P::Succeeded);
    let listing = move || -> SortedRows<Reading> {
        let pattern = pattern.clone();
        Box::new((0..ROWS).map(move |n| {
            let order_no = number(n);
            let wrong = i64::from(n % 200 == 7);
            let facts = Facts {
                provider_order_no: format!("420000{n:016}"),
                amount: Some(Money::fen(i64::from(n % 10_000 + 1) + wrong)),
                order_no: order_no.clone(),
                ..pattern.facts.clone()
            };
            let mut row = Reading { facts, ..pattern.clone() };
            row.key.order_no = order_no;
            Ok(row)
        }))
    };
    let file = file("f", day(20));
    let window = ListingWindow { stream: stream("a"), from: day(20), to: day(20), whole: true };
    let scan = Scan { fees: std::collections::BTreeMap::new(), ..scan_of(day(20)) };
    for round in ["first", "again"] {
        let watch = Instant::now();
        let put = ledger.put_orders(&file, orders(), rows(vec![])).await.unwrap();
        say(&format!("{round}: orders"), watch, ROWS);
        assert_eq!(put.added + put.unchanged, u64::from(ROWS));
        let watch = Instant::now();
        let put = ledger.put_listing(&window, listing()).await.unwrap();
        say(&format!("{round}: listing"), watch, ROWS);
        assert_eq!(put.added + put.unchanged, u64::from(ROWS));
        let watch = Instant::now();
        ledger.checkpoint().await.unwrap();
        say(&format!("{round}: checkpoint"), watch, 2 * ROWS);
        let watch = Instant::now();
        let found = scanned(ledger, &scan).await;
        say(&format!("{round}: scan"), watch, ROWS);
        assert_eq!(doubts(&found).len(), 5_000);
        assert_eq!(sums(&found)[0].1.merchant_count, 995_000);
    }
    fastest(ledger, &scan, "one reading per order").await;
    answer(ledger, listing()).await;
    ledger.checkpoint().await.unwrap();
    fastest(ledger, &scan, "two readings per order").await;
    let used = peak_mib() - before;
    print(&format!("peak memory: {used} MiB more than the {before} MiB before"));
    assert!(used <= MIB, "{used} MiB");
}

/// Answers that say what the listing says.
async fn answer(ledger: &dyn Ledger, listing: SortedRows<Reading>) {
    let mut answers = listing.map(|row| Reading { source: Source::Query, ..row.unwrap() });
    loop {
        let part: Vec<Reading> = answers.by_ref().take(5_000).collect();
        if part.is_empty() {
            return;
        }
        ledger.put_answers(&part).await.unwrap();
    }
}

/// Scans several times: what else the machine does only makes it slower.
async fn fastest(ledger: &dyn Ledger, scan: &Scan, what: &str) {
    let mut took = Vec::new();
    let mut found = Vec::new();
    for _ in 0..SCANS {
        let watch = Instant::now();
        found = scanned(ledger, scan).await;
        took.push(watch.elapsed().as_millis());
    }
    took.sort_unstable();
    print(&format!("scan, {what}: {took:?} ms"));
    assert_eq!(doubts(&found).len(), 5_000);
    assert_eq!(sums(&found)[0].1.merchant_count, 995_000);
}

fn say(what: &str, watch: Instant, rows: u32) {
    let milliseconds = u64::try_from(watch.elapsed().as_millis()).unwrap().max(1);
    let rate = u64::from(rows) / milliseconds;
    print(&format!("{what}: {milliseconds} ms, {rate} thousand rows/s"));
}

/// The most memory that this process ever had, in MiB.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[expect(clippy::print_stdout, reason = "figures are for people")]
fn print(line: &str) {
    println!("{line}");
}

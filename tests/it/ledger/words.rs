//! Short words for the tests: dates, orders, readings, and what a ledger says of them.

use std::collections::BTreeMap;

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::config::{FeeRounding, FeeRule};
use duizhang::ledger::{
    AccountVerdict, IntakeFile, Ledger, ListingWindow, PutCount, Scan, Scanned, SortedRows,
    Statement, Totals,
};
use duizhang::money::Money;
use duizhang::order::{Order, OrderKey, Stream};
use duizhang::reading::{Assurance, Facts, Reading, Source};
use duizhang::status::{Coverage, Kind, MerchantStatus, ProviderStatus, Verdict};
use futures_util::TryStreamExt;

/// A day of November 2026.
pub(crate) fn day(day: u32) -> BusinessDate {
    BusinessDate::parse(&format!("2026-11-{day:02}")).unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_epoch_seconds(1_790_000_000 + seconds)
}

pub(crate) fn stream(account: &str) -> Stream {
    Stream { account: account.to_owned(), kind: Kind::Payment, product: String::new() }
}

pub(crate) fn key(account: &str, order_no: &str) -> OrderKey {
    OrderKey { stream: stream(account), order_no: order_no.to_owned() }
}

/// An order of account `a`, 100 fen.
pub(crate) fn order(order_no: &str, date: BusinessDate, status: MerchantStatus) -> Order {
    Order {
        key: key("a", order_no),
        occurrence: 1,
        business_date: date,
        provider_order_no: String::new(),
        original_order_no: String::new(),
        amount: Money::fen(100),
        status,
        created_at: Some(at(0)),
        paid_at: None,
        fee_minor: None,
        product: String::new(),
        line: 2,
    }
}

/// A listing row of account `a`, 100 fen.
pub(crate) fn listed(order_no: &str, date: BusinessDate, status: ProviderStatus) -> Reading {
    reading(Source::Listing, order_no, date, status)
}

/// An answer about an order of account `a`, 100 fen.
pub(crate) fn answer(order_no: &str, date: BusinessDate, status: ProviderStatus) -> Reading {
    reading(Source::Query, order_no, date, status)
}

pub(crate) fn reading(
    source: Source,
    order_no: &str,
    date: BusinessDate,
    status: ProviderStatus,
) -> Reading {
    Reading {
        key: key("a", order_no),
        business_date: date,
        source,
        occurrence: 1,
        facts: Facts {
            order_no: order_no.to_owned(),
            provider_order_no: format!("P{order_no}"),
            status,
            status_code: "STATUS=2".to_owned(),
            amount: Some(Money::fen(100)),
            fee_minor: None,
            paid_at: Some(at(1)),
            withheld_minor: None,
            way: String::new(),
        },
        interface: "/query".to_owned(),
        assurance: Assurance::Md5,
        evidence: 7,
        observed_at: at(100),
        original_order_no: String::new(),
    }
}

pub(crate) fn file(name: &str, date: BusinessDate) -> IntakeFile {
    IntakeFile {
        origin: duizhang::order::Origin::Orders,
        name: name.to_owned(),
        digest: "digest".to_owned(),
        business_date: date,
        rows: 3,
        rejected: 0,
        encoding: "utf-8".to_owned(),
        imported_at: at(0),
        lines: duizhang::lines::LineCounts::default(),
    }
}

pub(crate) fn rows<T: Send + 'static>(rows: Vec<T>) -> SortedRows<T> {
    Box::new(rows.into_iter().map(Ok))
}

pub(crate) async fn import(
    ledger: &dyn Ledger,
    name: &str,
    date: BusinessDate,
    orders: &[Order],
) -> PutCount {
    ledger.put_orders(&file(name, date), rows(orders.to_vec()), rows(Vec::new())).await.unwrap()
}

/// A listing of account `a`.
pub(crate) async fn list(
    ledger: &dyn Ledger,
    from: BusinessDate,
    to: BusinessDate,
    listing: &[Reading],
) -> PutCount {
    let window = ListingWindow { stream: stream("a"), from, to, whole: true };
    ledger.put_listing(&window, rows(listing.to_vec())).await.unwrap()
}

/// A statement file of account `a` that is the whole of nothing.
pub(crate) fn statement(name: &str) -> Statement {
    Statement {
        file: file(name, day(20)),
        account: "a".to_owned(),
        interface: name.to_owned(),
        streams: Vec::new(),
        days: Vec::new(),
    }
}

/// A row of a statement file of account `a`, 100 fen.
pub(crate) fn stated(
    name: &str,
    order_no: &str,
    date: BusinessDate,
    status: ProviderStatus,
) -> Reading {
    let row = reading(Source::Statement, order_no, date, status);
    Reading { interface: name.to_owned(), assurance: Assurance::None, ..row }
}

/// Imports a statement file of account `a`, whatever the order of its rows.
pub(crate) async fn state(ledger: &dyn Ledger, name: &str, stated: &[Reading]) -> PutCount {
    let place =
        |row: &Reading| (row.key.clone(), row.facts.provider_order_no.clone(), row.occurrence);
    let mut sorted = stated.to_vec();
    sorted.sort_by_key(place);
    ledger.put_statement(&statement(name), rows(sorted), rows(Vec::new())).await.unwrap()
}

/// Writes answers, and rows of statements as a statement.
pub(crate) async fn tell(ledger: &dyn Ledger, readings: &[Reading]) {
    let (of_statements, answers): (Vec<_>, Vec<_>) =
        readings.iter().cloned().partition(|row| row.source == Source::Statement);
    ledger.put_answers(&answers).await.unwrap();
    if let Some(interface) = of_statements.first().map(|row| row.interface.clone()) {
        state(ledger, &interface, &of_statements).await;
    }
}

/// Says that a date was reconciled.
pub(crate) async fn reconciled(ledger: &dyn Ledger, date: BusinessDate) {
    let verdict = AccountVerdict {
        account: "a".to_owned(),
        verdict: Verdict::Complete,
        coverage: Coverage::TwoSided,
        reason: String::new(),
    };
    ledger.put_day(date, &[], &[verdict]).await.unwrap();
}

pub(crate) const fn counts(added: u64, unchanged: u64, superseded: u64) -> PutCount {
    PutCount { added, unchanged, superseded, restored: 0 }
}

/// The current orders of account `a` with these numbers.
pub(crate) async fn orders_of(ledger: &dyn Ledger, order_no: &str) -> Vec<Order> {
    ledger.pairs(&[key("a", order_no)]).await.unwrap().remove(0).orders
}

/// The current readings of account `a` with these numbers.
pub(crate) async fn readings_of(ledger: &dyn Ledger, order_no: &str) -> Vec<Reading> {
    ledger.pairs(&[key("a", order_no)]).await.unwrap().remove(0).readings
}

/// A rule for payments: rate and fixed part, rounded per row.
pub(crate) fn fee_rule(rate: &str, fixed_minor: i64) -> FeeRule {
    FeeRule {
        kind: Kind::Payment,
        product: None,
        way: None,
        from: None,
        rate: rate.parse().unwrap(),
        fixed_minor,
        min_minor: None,
        max_minor: None,
        rounding: FeeRounding::Row,
    }
}

/// A scan of account `a` that has listed its stream, and whose contract says 9 fen a payment.
pub(crate) fn scan_of(date: BusinessDate) -> Scan {
    Scan {
        date,
        accounts: vec!["a".to_owned()],
        tolerance_minor: 0,
        listed: vec![stream("a")],
        verified_only: false,
        by_bill: Vec::new(),
        fees: BTreeMap::from([("a".to_owned(), vec![fee_rule("0", 9)])]),
    }
}

pub(crate) async fn scanned(ledger: &dyn Ledger, scan: &Scan) -> Vec<Scanned> {
    ledger.scan(scan).try_collect().await.unwrap()
}

/// The order numbers in doubt, as they came.
pub(crate) fn doubts(found: &[Scanned]) -> Vec<String> {
    let doubts = found.iter().filter_map(|found| match found {
        Scanned::Doubt(key) => Some(key.order_no.clone()),
        Scanned::Agreed(..) => None,
    });
    doubts.collect()
}

/// The sums of the pairs that agree, as they came.
pub(crate) fn sums(found: &[Scanned]) -> Vec<(Stream, Totals)> {
    let sums = found.iter().filter_map(|found| match found {
        Scanned::Doubt(_) => None,
        Scanned::Agreed(stream, _, totals) => Some((stream.clone(), totals.clone())),
    });
    sums.collect()
}

/// The tables that have rows, of a ledger that nobody has written to; who it is, it says from the start.
pub(crate) async fn filled(ledger: &dyn Ledger) -> Vec<String> {
    let tables = ledger.status().await.unwrap().tables;
    let has_rows = |(name, rows): &(String, i64)| *name != "identity" && *rows > 0;
    tables.into_iter().filter(has_rows).map(|(name, _)| name).collect()
}

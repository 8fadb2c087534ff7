//! Goal: a million orders in about a second and bounded memory.
//! Method: files in a temporary folder, timed. Run it with
//! `cargo test --release --test it measure -- --ignored --nocapture --test-threads=1`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::clock::Stopwatch;
use duizhang::intake::{OrdersRequest, examine_orders, read_orders};
use duizhang::money::Money;
use duizhang::order::{Order, OrderKey, Stream};
use duizhang::sorter::{SortKey, Sorter};
use duizhang::status::{Kind, MerchantStatus};

use super::{NOW, accounts, our_settings};

/// Spreads 0..rows over 0..rows; odd, so that each number comes once for a power of ten.
const STRIDE: u64 = 387_420_489;

fn order_no(number: u64) -> String {
    format!("202611200000{number:08}")
}

/// Writes a file of payments, payouts and refunds, in the order of their numbers or shuffled.
fn write_orders(path: &Path, rows: u64, is_shuffled: bool) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    writeln!(
        file,
        "account,kind,product,order_no,provider_order_no,original_order_no,amount,currency,status,\
         created_at,paid_at,fee,goods"
    )
    .unwrap();
    for row in 0..rows {
        let number = if is_shuffled { row * STRIDE % rows } else { row };
        let kind = ["payment", "payment", "payment", "payout", "refund"]
            [usize::try_from(number % 5).unwrap()];
        let second = number * 86_000 / rows;
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        writeln!(
            file,
            "xxpay-main,{kind},,{},P{number:020},,{}.{:02},CNY,succeeded,2026-11-20 \
             {hour:02}:{minute:02}:{second:02},2026-11-20 {hour:02}:{minute:02}:{second:02},0.12,{}",
            order_no(number),
            number % 5_000,
            number % 100,
            if number.is_multiple_of(9) { "\"礼盒,大号\"" } else { "手工牛轧糖500g" },
        )
        .unwrap();
    }
    file.flush().unwrap();
}

/// The most memory that this process had, in MiB; Linux only.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

#[expect(clippy::print_stderr, reason = "a measurement is read by a person")]
fn say(what: &str, rows: u64, stopwatch: Stopwatch) {
    eprintln!("{what}: {rows} rows, {:.2?}, peak {} MiB", stopwatch.elapsed(), peak_mib());
}

fn measure_intake(rows: u64, is_shuffled: bool) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("orders.csv");
    write_orders(&path, rows, is_shuffled);
    let (known, settings) = (accounts(), our_settings());
    let request = OrdersRequest {
        path: &path,
        name: "orders.csv",
        settings: &settings,
        business_day: BusinessDay::BEIJING,
        accounts: &known,
        business_date: BusinessDate::parse("2026-11-20").unwrap(),
        now: NOW,
        spool: dir.path(),
    };
    let what = if is_shuffled { "shuffled" } else { "in order" };
    let stopwatch = Stopwatch::start();
    let examined = examine_orders(&request).unwrap();
    say(&format!("examined {what}"), rows, stopwatch);
    let read = read_orders(&request, &examined).unwrap();
    say(&format!("read {what}"), rows, stopwatch);
    let count = read.orders.map(Result::unwrap).count();
    say(&format!("read and taken {what}"), rows, stopwatch);
    assert_eq!(u64::try_from(count).unwrap(), rows);
    assert_eq!(read.repeated.count(), 0);
}

#[test]
#[ignore = "a measurement"]
fn a_million_orders_are_read_and_sorted() {
    for is_shuffled in [false, true] {
        measure_intake(1_000_000, is_shuffled);
    }
}

#[test]
#[ignore = "a measurement of a minute"]
fn ten_million_orders_take_no_more_memory() {
    for is_shuffled in [false, true] {
        measure_intake(10_000_000, is_shuffled);
    }
}

#[test]
#[ignore = "a measurement"]
fn a_million_whole_orders_are_sorted() {
    fn by_key(order: &Order, key: &mut SortKey) {
        key.text(&order.key.stream.account);
        key.text(&order.key.order_no);
    }
    let dir = tempfile::tempdir().unwrap();
    let rows = 1_000_000;
    for stride in [1, STRIDE] {
        let orders: Vec<_> = (0..rows).map(|row| order(row * stride % rows)).collect();
        let stopwatch = Stopwatch::start();
        let mut sorter = Sorter::new(dir.path(), by_key);
        for order in &orders {
            sorter.push(order).unwrap();
        }
        say("pushed", rows, stopwatch);
        let count = sorter.finish().unwrap().map(Result::unwrap).count();
        say("sorted and taken", rows, stopwatch);
        assert_eq!(count, orders.len());
    }
}

fn order(number: u64) -> Order {
    let moment = Timestamp::from_epoch_seconds(1_795_104_000);
    let stream =
        Stream { account: "xxpay-main".to_owned(), kind: Kind::Payment, product: String::new() };
    Order {
        key: OrderKey { stream, order_no: order_no(number) },
        occurrence: 1,
        business_date: BusinessDay::BEIJING.date_of(moment),
        provider_order_no: format!("P{number:020}"),
        original_order_no: String::new(),
        amount: Money::fen(12_300),
        status: MerchantStatus::Succeeded,
        created_at: Some(moment),
        paid_at: Some(moment),
        fee_minor: Some(12),
        product: String::new(),
        line: i64::try_from(number).unwrap(),
    }
}

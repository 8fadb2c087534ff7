//! Goal: every shipped layout reads the bills whose form it says, and every row of them ends as what it is.
//!
//! Method: each invented bill under `samples/layouts/<layout>/` is read by an account of provider `file` that
//! names the layout, and what comes out is compared with the text beside it; the ledger is not touched. With
//! `UPDATE_EXPECT=1` the texts are rewritten instead.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::config::layouts::LAYOUTS;
use duizhang::config::{Config, load};
use duizhang::intake::Tie;
use duizhang::intake::statement::{
    Numbers, StatementRead, StatementRequest, examine_statement, read_statement,
};
use duizhang::money::units;
use duizhang::provider::order_lanes;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/layouts")
}

/// A configuration with one account of a layout, and what stands beside it.
fn config(layout: &str, merchant_no: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("duizhang.toml");
    let text = format!(
        "[ledger]\nurl = \"sqlite://ledger.db\"\n[orders]\ncsv = \"{{date}}.csv\"\n[[account]]\n\
         name = \"main\"\nprovider = \"file\"\nmerchant_no = \"{merchant_no}\"\n[account.statement]\n\
         layout = \"{layout}\"\nfile = \"st/{{date}}*\"\n"
    );
    std::fs::write(&path, text).unwrap();
    load(&path, &|_| None).unwrap_or_else(|errors| panic!("{layout}: {errors}"))
}

/// What becomes of a bill, a line each: orders, money that is no order, refused rows, totals, lines, days.
fn reading(layout: &str, bill: &Path) -> String {
    let merchant_no =
        if bill.ends_with("of-several-merchants.csv") { "1900000201" } else { "1900000109" };
    let config = config(layout, merchant_no);
    let account = &config.accounts[0];
    let lanes: Vec<_> = order_lanes(&account.account.provider.lanes()).into_iter().collect();
    let (spool, numbers) = (tempfile::tempdir().unwrap(), Numbers::new());
    let date = BusinessDate::parse("2026-11-20").unwrap();
    let day = BusinessDay::BEIJING;
    let request = StatementRequest {
        path: bill,
        name: "bill",
        settings: account.statement.as_ref().unwrap(),
        account: "main",
        merchant_no,
        lanes: &lanes,
        numbers: &numbers,
        business_day: day,
        business_date: date,
        days: None,
        other_part_in_doubt: false,
        evidence: 0,
        now: Timestamp::from_epoch_seconds(day.end_of(date).epoch_seconds() + 36_000),
        spool: spool.path(),
    };
    let read = examine_statement(&request).and_then(|file| read_statement(&request, &file));
    let read = match read {
        Ok(read) => read,
        Err(error) => return format!("not read: {error}\n"),
    };
    described(read, day)
}

fn described(read: StatementRead, day: BusinessDay) -> String {
    let mut text = String::new();
    for row in read.rows {
        let row = row.unwrap();
        let said = &row.said;
        let money = said.amount.unwrap();
        let fee = said.fee_minor.map_or("-".to_owned(), |fee| units(fee, money.currency));
        let at = said.paid_at.map_or("-".to_owned(), |at| day.text(at));
        let of = if row.original_order_no.is_empty() {
            String::new()
        } else {
            format!(" of {}", row.original_order_no)
        };
        let _ = writeln!(
            text,
            "{} {}{of} ({}) {} {} {} fee {fee} at {at}",
            row.key.stream.kind,
            row.key.order_no,
            said.provider_order_no,
            said.status,
            units(money.minor, money.currency),
            money.currency,
        );
    }
    for movement in &read.movements {
        let money = movement.money;
        let _ = writeln!(
            text,
            "movement {} {} {} at {} {} {}",
            movement.kind,
            units(money.minor, money.currency),
            money.currency,
            day.text(movement.occurred_at),
            movement.name,
            movement.note
        );
    }
    for row in read.rejections {
        let row = row.unwrap();
        let _ = writeln!(
            text,
            "refused line {}: {}={} {}",
            row.line, row.column, row.value, row.reason
        );
    }
    for total in &read.totals {
        let agrees = total.tie == Tie::Agrees;
        let _ = writeln!(text, "total {} {} {agrees}", total.label, total.stated);
    }
    let _ = writeln!(text, "lines {}", read.file.lines);
    let _ = writeln!(text, "left out {}", read.ignored);
    let days: Vec<_> = read.whole.days.iter().map(ToString::to_string).collect();
    let doubt = read.whole.doubt.map_or_else(String::new, |doubt| format!(" ({doubt})"));
    let streams: Vec<_> = read.whole.streams.iter().map(|stream| stream.kind.code()).collect();
    let _ = writeln!(text, "whole of {} {}{doubt}", days.join(", "), streams.join(", "));
    text
}

#[test]
fn every_layout_reads_its_bills_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for layout in LAYOUTS {
        let mut bills: Vec<_> = std::fs::read_dir(folder().join(layout.name))
            .unwrap_or_else(|_| panic!("{} has no bill", layout.name))
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end != "txt"))
            .collect();
        bills.sort();
        assert!(!bills.is_empty(), "{} has no bill", layout.name);
        for bill in bills {
            let found = reading(layout.name, &bill);
            let expected = bill.with_extension("expected.txt");
            if update {
                std::fs::write(&expected, &found).unwrap();
                continue;
            }
            let expected = std::fs::read_to_string(&expected).unwrap_or_default();
            if expected != found {
                wrong.push(format!("{}:\n{expected}---\n{found}", bill.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "expected and found differ:\n{}", wrong.join("\n"));
}

#[test]
fn every_layout_says_what_it_reads_and_where_its_form_is_from() {
    for layout in LAYOUTS {
        assert!(layout.title().len() > 10, "{}", layout.name);
        assert!(layout.text.contains("\n[account.statement]\n"), "{}", layout.name);
        assert!(layout.text.contains("# Form:"), "{}", layout.name);
        assert!(folder().join(layout.name).with_extension("toml").is_file());
    }
    let names: Vec<_> = LAYOUTS.iter().map(|layout| layout.name).collect();
    assert!(names.is_sorted(), "{names:?}");
}

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
    Numbers, StatementError, StatementRead, StatementRequest, examine_statement, read_statement,
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

/// Gives a bill to its layout's reader.
fn read<T>(
    layout: &str,
    bill: &Path,
    then: impl FnOnce(Result<StatementRead, StatementError>) -> T,
) -> T {
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
    then(examine_statement(&request).and_then(|file| read_statement(&request, &file)))
}

/// What becomes of a bill, a line each: orders, money that is no order, refused rows, totals, lines, days.
fn reading(layout: &str, bill: &Path) -> String {
    read(layout, bill, |read| match read {
        Ok(read) => described(read, BusinessDay::BEIJING),
        Err(error) => format!("not read: {error}\n"),
    })
}

/// The bills of a layout.
fn bills(layout: &str) -> Vec<PathBuf> {
    let mut bills: Vec<_> = std::fs::read_dir(folder().join(layout))
        .unwrap_or_else(|_| panic!("{layout} has no bill"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end != "txt"))
        .collect();
    bills.sort();
    assert!(!bills.is_empty(), "{layout} has no bill");
    bills
}

fn described(read: StatementRead, day: BusinessDay) -> String {
    let mut text = String::new();
    for row in read.rows {
        let row = row.unwrap();
        let facts = &row.facts;
        let money = facts.amount.unwrap();
        let fee = facts.fee_minor.map_or("-".to_owned(), |fee| units(fee, money.currency));
        let at = facts.paid_at.map_or("-".to_owned(), |at| day.text(at));
        let way = if facts.way.is_empty() { String::new() } else { format!(" by {}", facts.way) };
        let of = if row.original_order_no.is_empty() {
            String::new()
        } else {
            format!(" of {}", row.original_order_no)
        };
        let _ = writeln!(
            text,
            "{} {}{of} ({}) {} {} {} fee {fee} at {at}{way}",
            row.key.stream.kind,
            row.key.order_no,
            facts.provider_order_no,
            facts.status,
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
        if !movement.reference.is_empty() {
            let _ = writeln!(text, "  reference {}", movement.reference);
        }
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
    for part in &read.whole.parts {
        let at = |at: Option<Timestamp>| at.map_or_else(String::new, |at| day.text(at));
        let _ = writeln!(text, "  a part of {}: {} - {}", part.date, at(part.from), at(part.until));
    }
    text
}

#[test]
fn every_layout_reads_its_bills_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for layout in LAYOUTS {
        for bill in bills(layout.name) {
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
fn no_layout_loses_a_line_of_a_bill_that_is_cut_off_or_damaged() {
    /// Places of each bill at which it is cut, and changed.
    const PLACES: usize = 3;
    let folder = tempfile::tempdir().unwrap();
    for layout in LAYOUTS {
        for bill in bills(layout.name) {
            let bytes = std::fs::read(&bill).unwrap();
            let path = folder.path().join(bill.file_name().unwrap());
            for place in 0..PLACES {
                let at = 1 + (bytes.len() - 1) * place / PLACES;
                let changed = [&bytes[..at], b"\0", &bytes[(at + 1).min(bytes.len())..]].concat();
                for bytes in [&bytes[..at], &changed] {
                    std::fs::write(&path, bytes).unwrap();
                    read(layout.name, &path, |read| match read {
                        Ok(mut read) => {
                            // Lines are what they are counted as, and rows can be kept.
                            assert!(read.file.lines.sum() > 0, "{} {at}", bill.display());
                            assert!(read.rows.all(|row| row.is_ok()));
                        }
                        Err(error) => {
                            let message = error.to_string();
                            assert!(
                                !message.contains("fault of"),
                                "{} {at}: {message}",
                                bill.display()
                            );
                        }
                    });
                }
            }
        }
    }
}

/// A camt.053 document of one day with one entry that came in.
fn camt(id: &str, date: &str, opening: &str, came_in: &str, closing: &str) -> String {
    let balance = |code: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{date}</Dt></Dt></Bal>\n"
        )
    };
    format!(
        "<?xml version=\"1.0\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt>\n\
         <Stmt><Id>{id}</Id><Acct><Id><Othr><Id>1900000109</Id></Othr></Id></Acct>\n{}{}<Ntry><Amt Ccy=\"CNY\">{came_in}\
         </Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{date}</Dt></BookgDt></Ntry></Stmt>\n\
         </BkToCstmrStmt></Document>",
        balance("OPBD", opening),
        balance("CLBD", closing),
    )
}

/// An MT940 message of one day with one entry that came in.
fn mt940(number: &str, day: &str, opening: &str, came_in: &str, closing: &str) -> String {
    format!(
        ":20:{number}\n:25:1900000109\n:60F:C{day}CNY{opening}\n:61:{day}C{came_in}NTRFX//{number}\n:62F:C{day}CNY{closing}\n"
    )
}

#[test]
fn several_statements_of_one_archive_are_read_as_one() {
    let days = [
        camt("S9", "2026-11-19", "0.00", "5.00", "5.00"),
        camt("S10", "2026-11-20", "5.00", "6.00", "11.00"),
        camt("S11", "2026-11-21", "11.00", "7.00", "18.00"),
        camt("S11", "2026-11-21", "11.00", "7.00", "18.01"),
    ];
    let messages = [
        mt940("9", "261119", "0,", "5,", "5,"),
        mt940("10", "261120", "5,", "6,", "11,"),
        mt940("11", "261121", "11,", "7,", "18,"),
        mt940("11", "261121", "11,", "7,", "18,01"),
    ];
    // Which statements, and what has to be said; names order them otherwise than their days.
    let table: [(&[usize], &[&str]); 3] = [
        (&[0, 1, 2], &["movement bank 5.00", "movement bank 6.00", "movement bank 7.00"]),
        // The one between them is missing.
        (&[0, 2], &["movement bank 5.00", "movement bank 7.00", "11.00 false"]),
        // None is passed over because it cannot be read.
        (&[0, 3], &["not read: ", "s11.txt", "18.01"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (layout, texts) in [("camt053", &days), ("mt940", &messages)] {
        for (which, expected) in table {
            let path = folder.path().join("statements.zip");
            let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
            let options = zip::write::SimpleFileOptions::default();
            let names = ["s9.txt", "s10.txt", "s11.txt", "s11.txt"];
            let files = which.iter().map(|at| (names[*at], texts[*at].as_str()));
            for (name, text) in files.chain([("readme.txt", "a note of the bank")]) {
                writer.start_file(name, options).unwrap();
                std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
            }
            writer.finish().unwrap();
            let found = reading(layout, &path);
            for part in expected {
                assert!(found.contains(part), "{layout} {which:?}: no {part:?} in {found}");
            }
            let totals = found.lines().filter(|line| line.starts_with("total ")).count();
            assert!(found.starts_with("not read") || totals >= which.len(), "{layout}: {found}");
            assert_eq!(found.contains(" false\n"), which == [0, 2], "{layout}: {found}");
        }
    }
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

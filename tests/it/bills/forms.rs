//! What a file is: line ends, marks, packing, answers that were saved as bills.

use std::io::{Cursor, Write as _};

use super::{Case, HEADER, PLAIN, Shop, below, try_all};

const ROW: &str = "A1,12.00,2026-11-20 10:00:00,0.03\n";
const CLAIM: &[&str] = &["A1 12.00 2026-11-20 10:00:00"];
const WHOLE: &str = "the whole of 2026-11-20 for payment";

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn lines_and_marks_of_every_system_are_read() {
    let text = format!("{HEADER}{ROW}");
    let utf16: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let case =
        |what, bill, expected| Case { what, statement: PLAIN, bill, expected, claims: Some(CLAIM) };
    try_all(vec![
        case(
            "carriage returns only",
            text.replace('\n', "\r").into(),
            &["2 lines: 1 header, 1 taken", WHOLE],
        ),
        case("CRLF", text.replace('\n', "\r\n").into(), &["2 lines: 1 header, 1 taken", WHOLE]),
        case(
            "Ctrl-Z behind the last line",
            format!("{text}\u{1a}").into(),
            &["3 lines: 1 header, 1 taken, 1 blank", WHOLE],
        ),
        case(
            "Ctrl-Z on the last line",
            format!("{}\u{1a}", text.trim_end()).into(),
            &["2 lines: 1 header, 1 taken", WHOLE],
        ),
        case(
            "NUL to the end of the block",
            format!("{text}{}", "\0".repeat(300)).into(),
            &["1 taken, 1 blank", WHOLE],
        ),
        case("a mark", format!("\u{feff}{text}").into(), &["2 lines", WHOLE]),
        case("two marks", format!("\u{feff}\u{feff}{text}").into(), &["2 lines", WHOLE]),
        case("UTF-16", utf16, &["2 lines: 1 header, 1 taken", WHOLE]),
        case(
            "a title and blank lines",
            format!("某账单\n\n{text}\n\n").into(),
            &["6 lines: 1 preamble, 1 header, 1 taken, 3 blank", WHOLE],
        ),
        case("bars", text.replace(',', "|").into(), &["2 lines: 1 header, 1 taken", WHOLE]),
        case(
            "the header on every page",
            format!("{text}{HEADER}").into(),
            &["3 lines: 2 header, 1 taken", WHOLE],
        ),
    ]);
}

#[test]
fn a_bill_may_come_packed() {
    let text = below(ROW);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&text).unwrap();
    let sum: &[u8] = "汇总\n1,12.00\n".as_bytes();
    let case =
        |what, bill, expected| Case { what, statement: PLAIN, bill, expected, claims: Some(CLAIM) };
    try_all(vec![
        case("a zip", zipped(&[("业务明细.csv", &text)]), &["read from 业务明细.csv", WHOLE]),
        case(
            "a zip with a summary",
            zipped(&[("业务明细.csv", &text), ("业务明细(汇总).csv", sum)]),
            &["read from 业务明细.csv", WHOLE],
        ),
        case("a gz", packed.finish().unwrap(), &["read from the file inside", WHOLE]),
    ]);
}

#[test]
fn what_is_no_bill_is_named_as_what_it_is() {
    let refused = |what, bill: Vec<u8>, expected| Case {
        what,
        statement: PLAIN,
        bill,
        expected,
        claims: None,
    };
    let answer = "it is what an interface answered, not the bill";
    let xml =
        "<xml><return_code><![CDATA[FAIL]]></return_code><error_code>20002</error_code></xml>\n";
    try_all(vec![
        refused("XML", xml.into(), &["s.csv is XML", answer]),
        refused("JSON", "{\"code\":\"NO_STATEMENT_EXIST\"}".into(), &["s.csv is JSON", answer]),
        refused(
            "a page",
            "<!DOCTYPE html>\n<html></html>".into(),
            &["s.csv is an HTML page", answer],
        ),
        refused("PDF", "%PDF-1.7\n".into(), &["s.csv is a PDF document"]),
        refused("RAR", "Rar!\u{1a}\u{7}".into(), &["s.csv is a RAR archive: unpack it first"]),
        refused(
            "two bills",
            zipped(&[("a.csv", &below(ROW)), ("b.csv", &below(ROW))]),
            &["more than one is such a bill", "a.csv, b.csv"],
        ),
    ]);
    // A sentence is no header, so that no line of configuration helps.
    let shop = Shop::new(PLAIN);
    shop.write("s.csv", b"No Bill Exist\n");
    let (code, printed) = shop.import("s.csv");
    assert_eq!(code, 1, "{printed}");
    assert!(
        printed.contains("has no header") && !printed.contains("NAME IN THE FILE"),
        "{printed}"
    );
}

//! Workbooks: several sheets, formats that show zeros, formulas that nobody has worked out.

use std::io::{Cursor, Write as _};

use super::{Case, PLAIN, Shop, try_all};

const STYLES: &str = r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="166" formatCode="00000000"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="166" applyNumberFormat="1"/></cellXfs></styleSheet>"#;
const HEAD: &str = "商户订单号,金额,时间,手续费";
const A1: &str = "A1,#12.5,2026-11-20 10:00:00,#0.03";
const A2: &str = "A2,#10,2026-11-20 11:00:00,#0.03";

/// A sheet of lines: `#1` is a number, `0#1` one in the format `00000000`, `=B2` a formula without a value.
fn sheet(lines: &[&str]) -> String {
    let cell = |at: usize, line: usize, text: &str| {
        let place = format!("{}{line}", char::from(b'A' + u8::try_from(at).unwrap()));
        if let Some(number) = text.strip_prefix("0#") {
            format!("<c r=\"{place}\" s=\"1\"><v>{number}</v></c>")
        } else if let Some(number) = text.strip_prefix('#') {
            format!("<c r=\"{place}\"><v>{number}</v></c>")
        } else if let Some(formula) = text.strip_prefix('=') {
            format!("<c r=\"{place}\"><f>{formula}</f></c>")
        } else if text.is_empty() {
            String::new()
        } else {
            format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        }
    };
    let row = |(line, text): (usize, &&str)| {
        let cells = text.split(',').enumerate().map(|(at, text)| cell(at, line, text));
        format!("<row r=\"{line}\">{}</row>", cells.collect::<Vec<_>>().concat())
    };
    let rows: String = (1..).zip(lines).map(row).collect();
    format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
         <sheetData>{rows}</sheetData></worksheet>"
    )
}

fn book(sheets: &[(&str, &[&str])]) -> Vec<u8> {
    const RELS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut file = |name: String, text: String| {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    };
    let numbered = || (1..).zip(sheets.iter());
    let overrides: String = numbered()
        .map(|(n, _)| format!("<Override PartName=\"/xl/worksheets/sheet{n}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"))
        .collect::<Vec<_>>().concat();
    file(
        "[Content_Types].xml".into(),
        format!(
            "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>{overrides}</Types>"
        ),
    );
    file(
        "_rels/.rels".into(),
        format!(
            "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"{RELS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    let names: String = numbered()
        .map(|(n, (name, _))| format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>"))
        .collect::<Vec<_>>()
        .concat();
    file(
        "xl/workbook.xml".into(),
        format!(
            "<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELS}\"><sheets>{names}</sheets></workbook>"
        ),
    );
    let links: String = numbered().map(|(n, _)| format!("<Relationship Id=\"rId{n}\" Type=\"{RELS}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>")).collect::<Vec<_>>().concat();
    file(
        "xl/_rels/workbook.xml.rels".into(),
        format!(
            "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{links}<Relationship Id=\"rId99\" Type=\"{RELS}/styles\" Target=\"styles.xml\"/></Relationships>"
        ),
    );
    file("xl/styles.xml".into(), STYLES.into());
    for (n, (_, lines)) in numbered() {
        file(format!("xl/worksheets/sheet{n}.xml"), sheet(lines));
    }
    writer.finish().unwrap().into_inner()
}

const BOTH: &[&str] = &["A1 12.50 2026-11-20 10:00:00", "A2 10.00 2026-11-20 11:00:00"];

fn case<'a>(
    what: &'a str,
    sheets: &[(&str, &[&str])],
    expected: &'a [&'a str],
    claims: Option<&'a [&'a str]>,
) -> Case<'a> {
    Case { what, statement: PLAIN, bill: book(sheets), expected, claims }
}

#[test]
fn sheets_that_continue_each_other_are_one_bill() {
    try_all(vec![
        case(
            "two with the header",
            &[("1", &[HEAD, A1]), ("2", &[HEAD, A2])],
            &["2 added", "4 lines: 2 header, 2 taken", "the whole of 2026-11-20"],
            Some(BOTH),
        ),
        case(
            "the second without a header",
            &[("1", &[HEAD, A1]), ("2", &[A2])],
            &["2 added", "3 lines: 1 header, 2 taken"],
            Some(BOTH),
        ),
        case(
            "a summary in front",
            &[("汇总", &["共,#2", "某,店"]), ("明细", &[HEAD, A1, A2])],
            &["2 added", "5 lines: 2 preamble, 1 header, 2 taken"],
            Some(BOTH),
        ),
        case(
            "notes behind",
            &[("明细", &[HEAD, A1, A2]), ("说明", &["说明", "仅供参考"])],
            &["2 added", "5 lines: 2 preamble, 1 header, 2 taken"],
            Some(BOTH),
        ),
        case(
            "a copy",
            &[("1", &[HEAD, A1, A2]), ("副本", &[HEAD, A1, A2])],
            &["2 added", "6 lines: 2 header, 2 taken, 2 comments"],
            Some(BOTH),
        ),
        case(
            "a copy that somebody worked on",
            &[("1", &[HEAD, A1, A2]), ("副本", &[HEAD, A1])],
            &["neither continues the other", "sheet = \"1\""],
            None,
        ),
        case(
            "a refused row on the second",
            &[("1", &[HEAD, A1]), ("二", &[HEAD, "A2,x,2026-11-20 11:00:00"])],
            &["1 added", "1 refused"],
            None,
        ),
    ]);
    let shop = Shop::new(&format!("sheet = \"1\"\n{}", PLAIN.trim_start()));
    shop.write("s.xlsx", &book(&[("副本", &[HEAD, A1]), ("1", &[HEAD, A1, A2])]));
    let (code, printed) = shop.import("s.xlsx");
    assert!(code == 0 && printed.contains("2 added"), "{printed}");
    let shop = Shop::new(&format!("sheet = \"明细\"\n{}", PLAIN.trim_start()));
    shop.write("s.xlsx", &book(&[("1", &[HEAD, A1])]));
    let (code, printed) = shop.import("s.xlsx");
    assert!(
        code == 1 && printed.contains("has no sheet \"明细\"") && printed.contains("it has: 1"),
        "{printed}"
    );
}

#[test]
fn numbers_are_read_as_excel_shows_them() {
    try_all(vec![case(
        "zeros by format",
        &[("1", &[HEAD, "0#123,#1,2026-11-20 10:00:00,#0.03", "0#20261,#2,2026-11-20 10:00:00,"])],
        &["2 added", "0 refused"],
        Some(&["00000123 1.00 2026-11-20 10:00:00", "00020261 2.00 2026-11-20 10:00:00"]),
    )]);
}

#[test]
fn a_formula_that_nobody_has_worked_out_is_refused_by_line() {
    let shop = Shop::new(PLAIN);
    shop.write(
        "s.xlsx",
        &book(&[(
            "1",
            &[HEAD, "A1,#100,2026-11-20 10:00:00,=B2*0.006", A2, "A3,=B2,2026-11-20 10:00:00,"],
        )]),
    );
    let (code, printed) = shop.import("s.xlsx");
    assert!(code == 4 && printed.contains("1 added") && printed.contains("2 refused"), "{printed}");
    shop.claims();
    let refused = shop.report("rejected_rows");
    assert!(
        refused.iter().all(|row| row.contains(&"formula_without_value".to_owned())),
        "{refused:?}"
    );
    assert_eq!(refused.len(), 2);
}

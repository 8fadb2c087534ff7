//! Files as spreadsheets and other programs save them.

use super::*;
use crate::text::folded;

fn is_ours(names: &[String]) -> bool {
    names.iter().any(|name| folded(name) == "差异编号")
}

fn opened(bytes: &[u8]) -> Result<Table, TableError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    std::fs::write(&path, bytes).expect("written");
    open(
        &path,
        "list.csv",
        Wanted { is_header: &is_ours, columns: "差异编号", continues: false, sheet: None },
    )
}

/// The rows as `line:value|value`.
fn rows(bytes: &[u8]) -> Vec<String> {
    opened(bytes)
        .expect("a table")
        .map(|row| {
            let cells: Vec<_> = row.cells.iter().map(|cell| cell.text.as_str()).collect();
            let problem = row.problem.map_or(String::new(), |problem| format!(" {problem}"));
            format!("{}:{}{problem}", row.line, cells.join("|"))
        })
        .collect()
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, rows) in sheets {
        let sheet = book.add_worksheet().set_name(*name).expect("a name");
        for (at, row) in (0_u32..).zip(rows.iter()) {
            for (column, text) in (0_u16..).zip(row.iter()) {
                sheet.write_string(at, column, *text).expect("written");
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn the_usual_encodings_and_separators_give_the_same_rows() {
    let text = "差异编号,备注,金额\r\nDZ1,\"一,\r\n二\",-1.50\r\n\r\n,,\r\nDZ2,=\"007\",\t1\r\n";
    let tabs = "差异编号\t备注\t金额\r\nDZ1\t\"一,\r\n二\"\t-1.50\r\n\r\n\t\t\r\nDZ2\t\"=\"\"007\"\"\"\t`1\r\n";
    let semicolons =
        "sep=;\r\n差异编号;备注;金额\r\nDZ1;\"一,\r\n二\";-1.50\r\n;;\r\n\r\nDZ2;'007;1\r\n";
    // Excel shows the header as row 1 and a value of two lines as one row.
    let expected = ["2:DZ1|一,\r\n二|-1.50", "5:DZ2|007|1"];
    let gb18030 = encoding_rs::GB18030.encode(text).0.into_owned();
    let bom = [BOM, text.as_bytes()].concat();
    let table: [(&str, Vec<u8>); 6] = [
        ("utf-8", text.as_bytes().to_vec()),
        ("utf-8-bom", bom),
        ("gb18030", gb18030),
        ("utf-16", utf16(tabs)),
        ("utf-8", tabs.as_bytes().to_vec()),
        ("utf-8", semicolons.as_bytes().to_vec()),
    ];
    for (encoding, bytes) in table {
        let opened = opened(&bytes).expect(encoding);
        assert_eq!((opened.encoding, opened.header.len()), (encoding, 3));
        assert_eq!(rows(&bytes), expected, "{encoding}");
    }
}

#[test]
fn line_ends_and_marks_of_every_system_are_read() {
    let text = "差异编号,备注\n1,a\n";
    let expected = rows(text.as_bytes());
    for dress in [
        text.replace('\n', "\r"),
        text.replace('\n', "\r\n"),
        format!("\u{feff}\u{feff}{text}"),
        format!("{text}\u{1a}"),
    ] {
        assert_eq!(rows(dress.as_bytes()), expected, "{dress:?}");
    }
}

#[test]
fn what_stands_above_the_header_is_passed_over() {
    let text = "#支付宝业务明细查询\n#账号：[x]，共 1 笔\n备注,差异编号,\na,DZ1,\nb,DZ2\nc,DZ3,,,\nd,DZ4,,e\n";
    let expected = ["4:a|DZ1", "5:b|DZ2", "6:c|DZ3"];
    let rows = rows(text.as_bytes());
    assert_eq!(rows[..3], expected);
    assert!(rows[3].starts_with("7:d|DZ4||e wrong_column_count"), "{}", rows[3]);
}

#[test]
fn what_cannot_be_read_for_certain_is_marked() {
    let text = b"\xEF\xBB\xBF\xE5\xB7\xAE\xE5\xBC\x82\xE7\xBC\x96\xE5\x8F\xB7,a\nDZ1,1.23457E+19\nDZ2,2026E05\nDZ3,\xFF\n";
    let found: Vec<_> =
        opened(text).expect("a table").map(|row| row.text(1).map(str::to_owned)).collect();
    let expected =
        [Err(RejectionReason::Scientific), Ok("2026E05".to_owned()), Err(RejectionReason::NotText)];
    assert_eq!(found, expected);
}

#[test]
fn a_workbook_gives_the_rows_of_the_sheet_with_the_header() {
    let ours: &[&[&str]] = &[
        &["差异明细"],
        &["备注", " 差异编号 ", "商户订单号"],
        &["`x", "DZ1", "20261120000000000017"],
        &[],
        &["", "DZ2"],
        &["", "DZ3", "1", "2"],
    ];
    let book = workbook(&[("说明", &[&["说明"]]), ("差异明细", ours)]);
    let table = opened(&book).expect("a table");
    assert_eq!((&*table.sheet, table.encoding), ("差异明细", "xlsx"));
    assert_eq!(table.header, ["备注", "差异编号", "商户订单号"]);
    assert_eq!(
        rows(&book),
        ["3:x|DZ1|20261120000000000017", "5:|DZ2|", "6:|DZ3|1|2 wrong_column_count"]
    );
    let twice = workbook(&[("a", ours), ("b", ours)]);
    let error = opened(&twice).err().expect("refused").to_string();
    assert!(error.contains("on two sheets, \"a\" and \"b\""), "{error}");
}

/// What a bill's reader finds in a workbook: the values of the rows, or what is wrong.
fn continued(book: &mut rust_xlsxwriter::Workbook) -> Result<Vec<String>, String> {
    let bytes = book.save_to_buffer().expect("a workbook");
    let wanted = Wanted { is_header: &is_ours, columns: "", continues: true, sheet: None };
    let table = of_workbook(bytes, "s.xlsx", wanted).map_err(|error| error.to_string())?;
    Ok(table.map(|row| row.shown(0).to_owned()).collect())
}

#[test]
fn a_hidden_sheet_never_adds_rows_to_one_that_is_seen() {
    let book = |hidden: &[bool], values: &[&str]| {
        let mut book = rust_xlsxwriter::Workbook::new();
        for (at, (is_hidden, value)) in hidden.iter().zip(values).enumerate() {
            let sheet = book.add_worksheet().set_name(format!("S{at}")).expect("a name");
            for (row, text) in [(0, "差异编号"), (1, *value)] {
                sheet.write_string(row, 0, text).expect("written");
                sheet.write_string(row, 1, "x").expect("written");
                sheet.write_string(row, 2, "y").expect("written");
            }
            sheet.set_hidden(*is_hidden);
            // The writer shows the active sheet, the first one if no other is.
            sheet.set_active(!*is_hidden);
        }
        continued(&mut book)
    };
    assert_eq!(book(&[false, false], &["1", "2"]), Ok(vec!["1".to_owned(), "2".to_owned()]));
    assert_eq!(book(&[false, true], &["1", "1"]), Ok(vec!["1".to_owned()]));
    for hidden in [[false, true], [true, false]] {
        let error = book(&hidden, &["1", "2"]).expect_err("refused");
        assert!(error.contains("on two sheets, \"S0\" and \"S1\""), "{error}");
    }
}

#[test]
fn cells_of_a_workbook_hold_what_they_held_before_excel() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d h:mm");
    sheet.write_string(0, 0, "差异编号").expect("written");
    sheet.write_string(0, 5, "f").expect("written");
    sheet.write_number(1, 0, 20_261_120_000_000_000_017_f64).expect("written");
    sheet.write_number(1, 1, 100.1).expect("written");
    let at = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 11, 20).expect("a date");
    let at = at.and_hms(8, 5, 9).expect("a time");
    sheet.write_datetime_with_format(1, 2, &at, &date).expect("written");
    sheet.write_boolean(1, 3, true).expect("written");
    let formula = rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A");
    sheet.write_formula(1, 4, formula).expect("written");
    let bytes = book.save_to_buffer().expect("a workbook");
    let row = opened(&bytes).expect("a table").next().expect("a row");
    assert_eq!(row.text(0), Err(RejectionReason::Scientific));
    assert_eq!(row.shown(0), "2.026112E+19");
    assert_eq!(row.text(1), Ok("100.1"));
    assert_eq!(row.text(2), Ok("2026-11-20 08:05:09"));
    assert_eq!(row.text(3), Ok("TRUE"));
    assert_eq!(row.text(5), Ok(""));
}

#[test]
fn what_is_no_table_is_refused_with_advice() {
    let table: [(&[u8], &str); 7] = [
        (b"", "is empty"),
        (b"\x1F\x8B\x08", "unpack it first"),
        (b"\xD0\xCF\x11\xE0\xA1", "or one with a password"),
        (b"PK\x03\x04....", "cannot be read as a workbook"),
        (b"\0\0a", "no text"),
        (b"a,b\n1,2\n", "no header with 差异编号; its first row is: a, b"),
        (b"\n\n", "no header"),
    ];
    for (bytes, expected) in table {
        let error = opened(bytes).err().expect(expected).to_string();
        assert!(error.contains(expected) && error.contains("list.csv"), "{error}");
    }
}

#[test]
fn names_are_compared_without_space_case_and_width() {
    assert_eq!(folded(" 商户 金额（元）\u{feff}"), "商户金额(元)");
    assert_eq!(folded("Discrepancy_ID"), "discrepancy_id");
}

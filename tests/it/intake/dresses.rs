//! Goal: orders are read in every dress in which shops export them, as bills are; what is certain is
//! undone and what is doubtful refused. Method: small invented files, each with what it comes to.

use std::io::{Cursor, Write as _};

use duizhang::config::{OfAllOrders, OrderSettings, Sign};
use duizhang::intake::{IntakeError, StatedTotal, Tie};
use duizhang::status::{Kind, MerchantStatus};

use super::{HEADER, Intake, intake, intake_bytes, our_settings};

const ROW: &str = "xxpay-main,payment,A1,12.00,succeeded,2026-11-20 10:00:00\n";

/// Orders as `kind number amount status`, refused rows as `line column reason`, and the lines.
fn summary_of(intake: &Intake) -> (Vec<String>, Vec<String>, String) {
    let orders = intake.orders.iter().map(|order| {
        let money = duizhang::money::yuan(order.amount.minor);
        format!("{} {} {money} {}", order.key.stream.kind, order.key.order_no, order.status)
    });
    let refused = intake.rejections.iter();
    let refused = refused.map(|row| format!("{} {} {}", row.line, row.column, row.reason));
    (orders.collect(), refused.collect(), intake.read.file.lines.to_string())
}

fn with(settings: &OrderSettings, name: &str, bytes: &[u8]) -> Result<Intake, IntakeError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    intake(&path, settings)
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_dress_is_taken_off() {
    let text = format!("{HEADER}{ROW}");
    let utf16 = |text: &str| -> Vec<u8> {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let plain = "2 lines: 1 header, 1 taken";
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("plain", text.clone().into(), plain),
        ("UTF-16", utf16(&text), plain),
        ("tabs in UTF-16", utf16(&text.replace(',', "\t")), plain),
        ("carriage returns", text.replace('\n', "\r").into(), plain),
        ("bars", text.replace(',', "|").into(), plain),
        ("gz", packed.finish().unwrap(), plain),
        ("zip", zip(&[("导出/订单.csv", text.as_bytes()), ("说明.txt", b"x\n")]), plain),
        ("Ctrl-Z", format!("{text}\u{1a}").into(), "3 lines: 1 header, 1 taken, 1 blank"),
        ("NUL", format!("{text}{}", "\0".repeat(99)).into(), "3 lines: 1 header, 1 taken, 1 blank"),
        ("sep=", format!("sep=,\n{text}").into(), "3 lines: 1 preamble, 1 header, 1 taken"),
        (
            "titles",
            format!("订单导出\n店铺：某店,,\n\n{text}").into(),
            "5 lines: 2 preamble, 1 header, 1 taken, 1 blank",
        ),
        (
            "two files in one",
            format!("{text}\u{feff}{HEADER}").into(),
            "3 lines: 2 header, 1 taken",
        ),
        (
            "a total",
            format!("{text}合计,,,12.00,,\n").into(),
            "3 lines: 1 header, 1 taken, 1 totals",
        ),
        (
            "a total with a date",
            format!("{text},,合计,12.00,,2026-11-20\n").into(),
            "3 lines: 1 header, 1 taken, 1 totals",
        ),
        (
            "a line and a comment",
            format!("{text}------\n# 导出完成\n").into(),
            "4 lines: 1 header, 1 taken, 2 comments",
        ),
    ];
    for (what, bytes, lines) in table {
        let read = intake_bytes(&bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        let expected = (vec!["payment A1 12.00 succeeded".to_owned()], vec![], lines.to_owned());
        assert_eq!(summary_of(&read), expected, "{what}");
    }
}

#[test]
fn a_total_that_the_rows_do_not_give_is_a_refused_row() {
    let text = format!("{HEADER}{ROW}合计,,,99.00,,\n");
    let read = intake_bytes(text.as_bytes()).unwrap();
    let (orders, refused, lines) = summary_of(&read);
    assert_eq!(orders, ["payment A1 12.00 succeeded"]);
    assert_eq!(refused, ["3 合计 amount total_differs"]);
    assert_eq!(lines, "3 lines: 1 header, 1 taken, 1 refused");
    let [StatedTotal { tie: Tie::Differs { rows: 1, sum }, .. }] = read.read.totals.as_slice()
    else {
        panic!("{:?}", read.read.totals)
    };
    assert_eq!(sum, "12.00");
}

#[test]
fn what_certainly_is_none_is_none_and_what_is_doubtful_is_refused() {
    let header = "account,kind,order_no,provider_order_no,original_order_no,amount,status,created_at,paid_at,fee\n";
    let row = |provider: &str, original: &str, paid: &str, fee: &str| {
        format!(
            "xxpay-main,refund,A1,{provider},{original},1.00,pending,2026-11-20 10:00:00,{paid},{fee}\n"
        )
    };
    let read =
        |row: String| summary_of(&intake_bytes(format!("{header}{row}").as_bytes()).unwrap());
    for none in
        ["", "-", "--", "—", "―", "－", "/", "无", "暂无", "N/A", "NULL", "Null", "\\N", "空"]
    {
        let (orders, refused, _) = read(row(none, none, none, none));
        assert_eq!((orders.len(), refused.len()), (1, 0), "{none} {refused:?}");
    }
    for none in ["nan", "None", "NaT", "#N/A", "<NA>", "#REF!", "(null)"] {
        let (orders, refused, _) = read(row(none, none, "", ""));
        assert_eq!((orders.len(), refused.len()), (1, 0), "{none} {refused:?}");
        // Of a time or a fee it may have been lost.
        assert_eq!(read(row("", "", none, "")).1, ["2 paid_at not_a_time"], "{none}");
        assert_eq!(read(row("", "", "", none)).1, ["2 fee not_a_number"], "{none}");
    }
    for (cut, reason) in [
        ("1.23457E+19", "scientific_notation"),
        ("1.23457E19", "scientific_notation"),
        ("20261120000000001.0", "scientific_notation"),
        ("########", "hidden_by_spreadsheet"),
        ("\"20,261,120,000,001\"", "not_an_order_number"),
    ] {
        let expected = format!("2 provider_order_no {reason}");
        assert_eq!(read(row(cut, "", "", "")).1, [expected], "{cut}");
        let expected = format!("2 original_order_no {reason}");
        assert_eq!(read(row("", cut, "", "")).1, [expected], "{cut}");
    }
    for zero in ["0000-00-00 00:00:00", "1970-01-01 08:00:00", "0001-01-01", "1900-01-01"] {
        let (orders, refused, _) = read(row("", "", zero, ""));
        assert_eq!((orders.len(), refused.len()), (1, 0), "{zero}");
    }
}

#[test]
fn numbers_cut_to_15_digits_are_found_in_every_column() {
    let header =
        "account,kind,order_no,provider_order_no,original_order_no,amount,status,paid_at\n";
    let cut = ["202611200000010000", "202611200000020000", "2026112000000300"];
    for (at, column) in ["order_no", "provider_order_no", "original_order_no"].iter().enumerate() {
        let rows = cut.iter().enumerate().map(|(row, number)| {
            let mut numbers = [format!("A{row}"), String::new(), String::new()];
            (*number).clone_into(&mut numbers[at]);
            format!("xxpay-main,refund,{},1.00,succeeded,2026-11-20 10:00:00\n", numbers.join(","))
        });
        let text = rows.fold(header.to_owned(), |text, row| text + &row);
        let error = intake_bytes(text.as_bytes()).err().expect("cut").to_string();
        assert!(error.contains(column) && error.contains("15 digits"), "{error}");
    }
}

#[test]
fn an_export_says_once_what_all_its_rows_have() {
    let of_all = OfAllOrders {
        account: Some("xxpay-main".to_owned()),
        kind: Some(Kind::Payment),
        ..OfAllOrders::default()
    };
    let mut settings = OrderSettings { of_all, refunds: Sign::Negative, ..our_settings() };
    for (ours, theirs) in [
        ("order_no", vec!["订单号"]),
        ("amount", vec!["金额（元）"]),
        ("status", vec!["状态"]),
        ("paid_at", vec!["日期", "时间"]),
    ] {
        let theirs = theirs.into_iter().map(str::to_owned).collect();
        settings.columns.insert(ours.to_owned(), theirs);
    }
    settings.statuses.insert("已支付*".to_owned(), MerchantStatus::Succeeded);
    let text = "某店\n订单号,金额(元),状态,日期,时间\nA1,12.00,已支付,20261120,100500\n\
                A2,-5.00,已支付(微信),2026-11-20,下午1:05\nA3,1.00,未知,2026-11-20,10:00\n合计,8.00,,,\n";
    let read = with(&settings, "o.csv", text.as_bytes()).unwrap();
    let (orders, refused, lines) = summary_of(&read);
    assert_eq!(orders, ["payment A1 12.00 succeeded", "refund A2 5.00 succeeded"]);
    assert_eq!(refused, ["5 状态 unknown_word"]);
    assert_eq!(lines, "6 lines: 1 preamble, 1 header, 2 taken, 1 refused, 1 totals");
    // A column of the file counts before what is said of all rows.
    settings.of_all.kind = Some(Kind::Payout);
    settings.kinds.insert("退款".to_owned(), Kind::Refund);
    settings.columns.insert("kind".to_owned(), vec!["类型".to_owned()]);
    let text = "订单号,金额（元）,状态,日期,时间,类型\nA2,-5.00,已支付,20261120,100500,退款\n\
                A3,5.00,已支付,20261120,100500,退款\nA4,-5.00,已支付,20261120,100500,payment\n";
    let read = with(&settings, "o.csv", text.as_bytes()).unwrap();
    let (orders, refused, _) = summary_of(&read);
    assert_eq!(orders, ["refund A2 5.00 succeeded"]);
    assert_eq!(refused, ["3 金额（元） wrong_sign", "4 金额（元） negative"]);
}

#[test]
fn times_are_read_in_the_zone_that_their_column_names() {
    let mut settings = our_settings();
    settings.columns.insert("paid_at".to_owned(), vec!["Paid (UTC)".to_owned()]);
    let text = "account,kind,order_no,amount,status,Paid (UTC)\n\
                xxpay-main,payment,A1,1.00,succeeded,2026-11-19 18:30:00\n";
    let read = with(&settings, "o.csv", text.as_bytes()).unwrap();
    assert_eq!(read.orders[0].business_date.to_string(), "2026-11-20");
    let doubtful = text.replace("UTC", "CST");
    settings.columns.insert("paid_at".to_owned(), vec!["Paid (CST)".to_owned()]);
    let error = with(&settings, "o.csv", doubtful.as_bytes()).err().expect("no zone").to_string();
    assert!(error.contains("CST is none for certain") && error.contains("[orders]"), "{error}");
}

#[test]
fn a_workbook_of_orders_is_read_over_its_sheets() {
    let mut book = rust_xlsxwriter::Workbook::new();
    for (sheet, number) in [("一", "A1"), ("二", "A2")] {
        let sheet = book.add_worksheet().set_name(sheet).unwrap();
        sheet.write_string(0, 0, "订单导出").unwrap();
        for (at, name) in (0..).zip(HEADER.trim_end().split(',')) {
            sheet.write_string(1, at, name).unwrap();
        }
        for (at, value) in (0..).zip(["xxpay-main", "payment", number]) {
            sheet.write_string(2, at, value).unwrap();
        }
        sheet.write_number(2, 3, 12.0).unwrap();
        sheet.write_string(2, 4, "succeeded").unwrap();
        sheet.write_string(2, 5, if number == "A1" { "2026-11-20 10:00:00" } else { "x" }).unwrap();
    }
    let read = with(&our_settings(), "o.xlsx", &book.save_to_buffer().unwrap()).unwrap();
    let (orders, refused, lines) = summary_of(&read);
    assert_eq!(orders, ["payment A1 12.00 succeeded"]);
    assert_eq!(refused, ["3 paid_at not_a_time"]);
    assert_eq!(read.rejections[0].source, "o.xlsx [二]");
    assert_eq!(lines, "6 lines: 2 preamble, 2 header, 1 taken, 1 refused");
}

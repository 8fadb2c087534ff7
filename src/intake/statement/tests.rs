//! Bills as portals export them: what becomes of their rows, what of their totals, and of what they
//! are the whole.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::config::Sign::{Negative, Positive};
use crate::config::{Figure, RowKind, TotalOf};
use crate::ledger::StatedPart;
use crate::status::ProviderStatus;

mod days;
mod totals;

/// One row of text per line, as `lane order_no/provider_no #occurrence status amount fee date code`.
struct Outcome {
    rows: Vec<String>,
    movements: Vec<String>,
    rejections: Vec<String>,
    totals: Vec<String>,
    whole: String,
    parts: Vec<StatedPart>,
    file: IntakeFile,
    ignored: u64,
    repeated: u64,
}

fn lanes() -> Vec<(Kind, String)> {
    let lanes = [
        (Kind::Payment, "quick"),
        (Kind::Payment, "scan"),
        (Kind::Payout, "payout"),
        (Kind::Refund, "quick"),
        (Kind::Refund, "scan"),
    ];
    lanes.map(|(kind, product)| (kind, product.to_owned())).to_vec()
}

fn settings(columns: &[(&str, &str)]) -> StatementSettings {
    let list = |names: &str| names.split('|').map(str::to_owned).collect();
    StatementSettings {
        product: Some("scan".to_owned()),
        columns: columns.iter().map(|(ours, theirs)| ((*ours).to_owned(), list(theirs))).collect(),
        ..StatementSettings::default()
    }
}

/// A small layout: every row a payment.
fn plain() -> StatementSettings {
    let columns =
        [("order_no", "单号"), ("amount", "金额"), ("fee", "手续费"), ("paid_at", "时间")];
    StatementSettings { kind: Some(RowKind::Payment), ..settings(&columns) }
}

fn words<T: Copy>(words: &[(&str, T)]) -> BTreeMap<String, T> {
    words.iter().map(|(theirs, ours)| ((*theirs).to_owned(), *ours)).collect()
}

const fn total(kind: Option<RowKind>, figure: Figure) -> TotalOf {
    TotalOf { kind, figure }
}

fn moment(text: &str) -> Timestamp {
    Times::new(BusinessDay::BEIJING).read(text).expect(text)
}

fn date(text: &str) -> BusinessDate {
    BusinessDate::parse(text).expect(text)
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// Reads a bill at noon of 21 November 2026.
fn outcome_of(
    bytes: &[u8],
    settings: &StatementSettings,
    change: impl FnOnce(&mut StatementRequest<'_>),
) -> Result<Outcome, StatementError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bill.csv");
    std::fs::write(&path, bytes).expect("written");
    let lanes = lanes();
    let mut request = StatementRequest {
        path: &path,
        name: "statements/bill.csv",
        settings,
        account: "till",
        merchant_no: "",
        lanes: &lanes,
        numbers: &Numbers::new(),
        business_day: BusinessDay::BEIJING,
        business_date: date("2026-11-20"),
        days: None,
        other_part_in_doubt: false,
        evidence: 7,
        now: moment("2026-11-21 12:00:00"),
        spool: folder.path(),
    };
    change(&mut request);
    let file = examine_statement(&request)?;
    let read = read_statement(&request, &file)?;
    let day = request.business_day;
    let rows = read.rows.map(|row| shown(&row.expect("a row"))).collect();
    let movements = read.movements.iter().map(|movement| {
        let Movement { kind, product, settlement_date, money, name, note, .. } = movement;
        let settled = settlement_date.map_or(String::new(), |date| date.to_string());
        let at = day.text(movement.occurred_at);
        format!("{kind} {at} {product} {settled} {} {name} {note}", money.minor)
    });
    let rejections = read.rejections.map(|row| {
        let row = row.expect("a rejection");
        format!("{}:{}={} {} {}", row.line, row.column, row.value, row.reason, row.order_no)
    });
    let totals = read.totals.iter().map(|total| {
        let StatedTotal { label, of, line, stated, tie, .. } = total;
        let checked = *tie == Tie::Agrees;
        format!("{line}:{label} {of} {stated} {checked}")
    });
    let whole = match &read.whole {
        Whole { doubt: Some(doubt), streams, days, parts, .. } => {
            assert!(streams.is_empty() == parts.is_empty() && days.is_empty());
            doubt.to_string()
        }
        Whole { streams, days, by, doubt: None, .. } => {
            let mut text = format!("{by:?}");
            for stream in streams {
                let _ = write!(text, " {}/{}", stream.kind, stream.product);
            }
            for day in days {
                let _ = write!(text, " {day}");
            }
            text
        }
    };
    Ok(Outcome {
        rows,
        movements: movements.collect(),
        rejections: rejections.collect(),
        totals: totals.collect(),
        whole,
        parts: read.whole.parts,
        file: read.file,
        ignored: read.ignored,
        repeated: read.repeated.count(),
    })
}

fn shown(row: &Reading) -> String {
    assert_eq!((row.source, row.assurance), (Source::Statement, Assurance::None));
    assert_eq!((row.interface.as_str(), row.evidence), ("statements/bill.csv", 7));
    let Facts { provider_order_no, status, status_code, amount, fee_minor, .. } = &row.facts;
    let (stream, number) = (&row.key.stream, &row.key.order_no);
    let fee = fee_minor.map_or("-".to_owned(), |fee| fee.to_string());
    let minor = amount.map_or(0, |money| money.minor);
    format!(
        "{}/{} {number}/{provider_order_no} #{} {status} {minor} {fee} {} {status_code}",
        stream.kind, stream.product, row.occurrence, row.business_date
    )
    .trim_end()
    .to_owned()
}

fn outcome(bytes: &[u8], settings: &StatementSettings) -> Outcome {
    match outcome_of(bytes, settings, |_| ()) {
        Ok(outcome) => outcome,
        Err(error) => panic!("{error}"),
    }
}

fn error(bytes: &[u8], settings: &StatementSettings) -> String {
    match outcome_of(bytes, settings, |_| ()) {
        Ok(outcome) => panic!("read: {:?}", outcome.rows),
        Err(error) => error.to_string(),
    }
}

/// The settings of `samples/statements/guarded.csv`.
fn guarded() -> StatementSettings {
    let columns = [
        ("order_no", "商户订单号"),
        ("provider_order_no", "平台订单号"),
        ("refund_no", "商户退款单号"),
        ("provider_refund_no", "平台退款单号"),
        ("kind", "交易状态"),
        ("amount", "应结订单金额"),
        ("refund_amount", "退款金额"),
        ("fee", "手续费"),
        ("paid_at", "交易时间"),
        ("currency", "货币种类"),
    ];
    StatementSettings {
        kinds: words(&[("SUCCESS", RowKind::Payment), ("REFUND", RowKind::Refund)]),
        totals: words(&[
            ("总交易单数", total(None, Figure::Count)),
            ("应结订单总金额", total(None, Figure::Amount)),
            ("退款总金额", total(Some(RowKind::Refund), Figure::Amount)),
            ("手续费总金额", total(None, Figure::Fee)),
        ]),
        ..settings(&columns)
    }
}

/// The settings of `samples/statements/preamble.csv`.
fn preamble() -> StatementSettings {
    let columns = [
        ("order_no", "商户订单号"),
        ("provider_order_no", "平台流水号"),
        ("kind", "业务类型"),
        ("status", "状态"),
        ("amount", "订单金额（元）"),
        ("fee", "服务费（元）"),
        ("paid_at", "完成时间"),
        ("note", "备注"),
    ];
    StatementSettings {
        outflows: Negative,
        fees: Negative,
        kinds: words(&[
            ("交易", RowKind::Payment),
            ("退款", RowKind::Refund),
            ("提现", RowKind::Settlement),
            ("冻结", RowKind::Ignored),
        ]),
        statuses: words(&[
            ("成功", ProviderStatus::Succeeded),
            ("处理中", ProviderStatus::Pending),
        ]),
        totals: words(&[
            ("交易合计", total(Some(RowKind::Payment), Figure::Count)),
            ("商家实收共", total(Some(RowKind::Payment), Figure::Amount)),
            ("退款合计", total(Some(RowKind::Refund), Figure::Count)),
            ("商家实收退款共", total(Some(RowKind::Refund), Figure::Amount)),
        ]),
        ..settings(&columns)
    }
}

const GUARDED: &[u8] = include_bytes!("../../../samples/statements/guarded.csv");
const PREAMBLE: &[u8] = include_bytes!("../../../samples/statements/preamble.csv");

#[test]
fn a_bill_with_guards_and_two_lines_of_totals_is_read_whole() {
    let found = outcome(GUARDED, &guarded());
    let expected = [
        "payment/scan 20261120000000000001/4200001 #1 succeeded 10000 60 2026-11-20",
        "payment/scan 20261120000000000002/4200002 #1 succeeded 123456 741 2026-11-20",
        "payment/scan 20261120000000000003/4200003 #1 succeeded 1 0 2026-11-20",
        "refund/scan R20261120000000000001/5000001 #1 succeeded 5000 -30 2026-11-20",
    ];
    assert_eq!(found.rows, expected);
    let totals = [
        "6:总交易单数 count 4 true",
        "6:应结订单总金额 amount 1334.57 true",
        "6:退款总金额 refund.amount 50.00 true",
        "6:手续费总金额 fee 7.71 true",
    ];
    let (mut found_totals, mut totals) =
        (found.totals, totals.map(|line| line.replace("6:", "7:")));
    found_totals.sort();
    totals.sort();
    assert_eq!(found_totals, totals);
    assert_eq!(found.rejections, [""; 0]);
    assert_eq!(found.whole, "Rows payment/scan refund/scan 2026-11-20");
    assert_eq!((found.file.rows, &*found.file.encoding), (4, "utf-8-bom"));
}

#[test]
fn a_bill_with_a_preamble_in_gb18030_is_read_whole() {
    let found = outcome(PREAMBLE, &preamble());
    let expected = [
        "payment/scan 20261119000000000001/2026111922001 #1 succeeded 10000 60 2026-11-19 状态=成功",
        "payment/scan 20261119000000000002/2026111922002 #1 pending 500 - 2026-11-20 状态=处理中",
        "refund/scan 20261119000000000001/2026111922003 #1 succeeded 2500 -15 2026-11-19 状态=成功",
    ];
    assert_eq!(found.rows, expected);
    assert_eq!(found.movements, ["settlement 2026-11-19 23:00:00 scan 2026-11-19 7455  "]);
    assert_eq!((found.ignored, found.rejections), (1, Vec::new()));
    assert_eq!(found.totals.len(), 4);
    assert_eq!(found.whole, "Stated payment/scan refund/scan 2026-11-19");
    assert_eq!((found.file.rows, &*found.file.encoding), (5, "gb18030"));
}

#[test]
fn a_workbook_with_a_title_and_a_row_of_sums_is_read_whole() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows: [&[&str]; 7] = [
        &["交易明细"],
        &["账单日期", "2026-11-20"],
        &["序号", "单号", "持卡人", "金额", "手续费", "时间"],
        &["1", "20261120000000000001", "某人", "¥1,000.00", "6.00", "2026/11/20 8:05"],
        &["2", "20261120000000000002", "某人", "0.50元", "", "2026-11-20 23:59:59"],
        &["合计", "共2笔", "", "1000.50", "6.00"],
        &["------"],
    ];
    for (line, row) in (0_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(row) {
            sheet.write_string(line, column, *text).expect("written");
        }
    }
    let bytes = book.save_to_buffer().expect("a workbook");
    let found = outcome(&bytes, &plain());
    let expected = [
        "payment/scan 20261120000000000001/ #1 succeeded 100000 600 2026-11-20",
        "payment/scan 20261120000000000002/ #1 succeeded 50 - 2026-11-20",
    ];
    assert_eq!(found.rows, expected);
    let totals = ["6:合计 金额 amount 1000.50 true", "6:合计 手续费 fee 6.00 true"];
    assert_eq!(found.totals[..2], totals);
    assert_eq!(found.totals[2], "6:合计 count 2 true");
    assert_eq!(found.whole, "Stated payment/scan 2026-11-20");
    assert_eq!((found.file.rows, &*found.file.encoding), (2, "xlsx"));
}

#[test]
fn text_in_utf_16_is_read_too() {
    let text = "单号\t金额\t手续费\t时间\r\n`1\t1.00\t\t2026-11-20 08:00:00\r\n";
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    let found = outcome(&bytes, &plain());
    assert_eq!(found.rows, ["payment/scan 1/ #1 succeeded 100 - 2026-11-20"]);
    assert_eq!(found.file.encoding, "utf-16");
}

/// A bill of two payments of 1.00 and 2.00 with fees of 0.01 and 0.02, with lines above and below.
fn two_rows(above: &str, below: &str) -> String {
    format!(
        "{above}单号,金额,手续费,时间\nA1,1.00,0.01,2026-11-20 08:00:00\n\
         A2,2.00,0.02,2026-11-20 09:00:00\n{below}"
    )
}

#[test]
fn signs_are_those_that_the_configuration_says() {
    let columns = [
        ("order_no", "单号"),
        ("kind", "类型"),
        ("amount", "金额"),
        ("fee", "手续费"),
        ("paid_at", "时间"),
    ];
    let kinds = words(&[
        ("收", RowKind::Payment),
        ("付", RowKind::Payout),
        ("退", RowKind::Refund),
        ("结", RowKind::Settlement),
        ("充", RowKind::TopUp),
        ("调", RowKind::Adjustment),
    ]);
    let table = [
        (Positive, Positive, "收,10.00,0.06", "1000 6"),
        (Positive, Positive, "收,-10.00,0.06", "金额=-10.00 negative"),
        (Positive, Positive, "收,10.00,-0.06", "手续费=-0.06 negative"),
        (Negative, Negative, "收,10.00,-0.06", "1000 6"),
        (Negative, Negative, "收,10.00,0.06", "手续费=0.06 wrong_sign"),
        (Negative, Positive, "收,10.00,0.06", "1000 6"),
        (Positive, Positive, "付,10.00,2.00", "1000 200"),
        (Positive, Positive, "付,-10.00,2.00", "金额=-10.00 negative"),
        (Negative, Negative, "付,-10.00,-2.00", "1000 200"),
        (Negative, Negative, "付,10.00,-2.00", "金额=10.00 wrong_sign"),
        (Negative, Negative, "付,0.00,0.00", "0 0"),
        // What is given back of a fee has the other sign.
        (Positive, Positive, "退,10.00,-0.06", "1000 -6"),
        (Negative, Negative, "退,-10.00,0.06", "1000 -6"),
        (Negative, Negative, "退,10.00,", "金额=10.00 wrong_sign"),
        (Positive, Positive, "结,10.00,", "settlement 1000"),
        (Positive, Positive, "结,-10.00,", "settlement -1000"),
        (Negative, Negative, "结,-10.00,", "settlement 1000"),
        (Negative, Negative, "充,10.00,", "topup 1000"),
        (Negative, Negative, "充,-10.00,", "金额=-10.00 negative"),
        (Positive, Positive, "调,-10.00,", "adjustment -1000"),
        (Negative, Negative, "调,-10.00,", "adjustment -1000"),
    ];
    for (outflows, fees, row, expected) in table {
        let settings = StatementSettings {
            outflows,
            fees,
            kinds: kinds.clone(),
            product: None,
            ..settings(&columns)
        };
        let settings = if row.starts_with(['付', '结', '充', '调']) {
            settings
        } else {
            StatementSettings { product: Some("quick".to_owned()), ..settings }
        };
        let text = format!("单号,类型,金额,手续费,时间\nA1,{row},2026-11-20 08:00:00\n");
        let found = outcome(text.as_bytes(), &settings);
        let all =
            [found.rows.join(""), found.movements.join(""), found.rejections.join("")].concat();
        let expected: Vec<&str> = expected.split(' ').collect();
        assert!(expected.iter().all(|word| all.contains(word)), "{row} {outflows}: {all}");
        assert_eq!(found.file.rows, 1, "{row}");
    }
}

#[test]
fn kinds_products_and_statuses_are_words_of_the_file_or_ours() {
    let columns = [
        ("order_no", "单号"),
        ("kind", "类型"),
        ("product", "产品"),
        ("status", "状态"),
        ("amount", "金额"),
        ("paid_at", "时间"),
    ];
    let settings = StatementSettings {
        product: None,
        kinds: words(&[("收款", RowKind::Payment), ("代付", RowKind::Payout)]),
        products: BTreeMap::from([("扫码".to_owned(), "scan".to_owned())]),
        statuses: words(&[("已退票", ProviderStatus::Returned), ("失败", ProviderStatus::Failed)]),
        ..settings(&columns)
    };
    let table = [
        ("收款,扫码,succeeded", "payment/scan A1/ #1 succeeded"),
        (" 收 款 ,SCAN,Ｓucceeded", "payment/scan A1/ #1 succeeded"),
        ("refund,quick,failed", "refund/quick A1/ #1 failed"),
        ("代付,,已退票", "payout/payout A1/ #1 returned"),
        ("收款,,succeeded", "产品= unknown_product"),
        ("收款,花呗,succeeded", "产品=花呗 unknown_product"),
        ("收款,扫码,", "状态= missing"),
        ("收款,扫码,not_found", "状态=not_found unknown_word"),
        ("其他,扫码,succeeded", "类型=其他 unknown_word"),
        (",扫码,succeeded", "类型= missing"),
        ("settlement,扫码,失败", "ignored"),
    ];
    for (row, expected) in table {
        let text = format!("单号,类型,产品,状态,金额,时间\nA1,{row},1.00,2026-11-20 08:00:00\n");
        let found = outcome(text.as_bytes(), &settings);
        let mut all = [found.rows.join(""), found.rejections.join("")].concat();
        if found.ignored == 1 {
            all.push_str("ignored");
        }
        assert!(all.contains(expected), "{row}: {all}");
    }
    let text = "单号,类型,产品,状态,金额,时间\nA1,refund,quick,failed,1.00,\n";
    let found = outcome(text.as_bytes(), &settings);
    assert_eq!(found.rows, ["refund/quick A1/ #1 failed 100 - 2026-11-20 状态=failed"]);
    assert_eq!(found.whole, "Rows payment/scan payout/payout refund/quick 2026-11-20");
}

#[test]
fn rows_that_cannot_be_read_say_where_and_why() {
    let table = [
        ("2.02611E+13,1,,2026-11-20", "2:单号=2.02611E+13 scientific_notation "),
        ("A1,,,2026-11-20", "2:金额= missing A1"),
        ("A1,1.001,,2026-11-20", "2:金额=1.001 too_many_decimals A1"),
        ("A1,1,x,2026-11-20", "2:手续费=x not_a_number A1"),
        ("A1,1,,46346.33", "2:时间=46346.33 not_a_time A1"),
        ("A1,1,,", "2:时间= missing A1"),
        ("A1,1,,2026-11-23", "2:时间=2026-11-23 in_the_future A1"),
        ("A1,1,,2026-11-20,x", "2:= wrong_column_count "),
        ("A1,\"1,,2026-11-20", "2:= broken_quote "),
    ];
    for (row, expected) in table {
        let found = outcome(format!("单号,金额,手续费,时间\n{row}\n").as_bytes(), &plain());
        assert_eq!(found.rejections, [expected], "{row}");
        assert_eq!((found.file.rows, found.file.rejected), (1, 1), "{row}");
        assert_eq!(found.whole, "1 row(s) were refused", "{row}");
    }
}

#[test]
fn a_line_may_end_with_separators_and_a_record_may_have_two_lines() {
    let text = "sep=,\n单号,金额,手续费,时间,备注,\nA1,1,,2026-11-20,\"a\nb\",\nA2,1,,2026-11-20,c\nA3,1,,2026-11-20,\"d\",,\nA4,x,,2026-11-20,e,\n";
    let found = outcome(text.as_bytes(), &plain());
    assert_eq!(found.rows.len(), 3);
    assert_eq!(found.rejections, ["5:金额=x not_a_number A4"]);
}

#[test]
fn a_query_says_by_its_silence_that_there_was_nothing_and_needs_no_more_columns_than_a_row_does() {
    use crate::config::DatabaseQuery;
    use crate::provider::Secret;
    let columns = ["order_no", "kind", "status", "amount", "fee", "paid_at", "note"];
    let columns = columns.map(|name| (name, name));
    let database = DatabaseQuery {
        url: Secret::new("sqlite://platform.db".to_owned()),
        query: "bill.sql".into(),
        named: BTreeMap::new(),
    };
    let kinds = words(&[("pay", RowKind::Payment), ("transfer", RowKind::Payout)]);
    let queried =
        StatementSettings { database: Some(database), kinds, product: None, ..settings(&columns) };
    let filed = StatementSettings { database: None, ..queried.clone() };
    let read = |settings: &StatementSettings, text: &str| {
        outcome_of(text.as_bytes(), settings, |request| {
            request.days = Some(date("2026-11-20")..=date("2026-11-20"));
        })
    };
    let header = "kind,order_no,amount,paid_at\n";
    let nothing = read(&queried, header).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(nothing.whole, "Command payout/payout 2026-11-20");
    let row = format!("{header}transfer,T1,5.00,2026-11-20 10:00:00\n");
    let one = read(&queried, &row).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(one.rows, ["payout/payout T1/ #1 succeeded 500 - 2026-11-20"]);
    // A file lacks what its configuration says that it has.
    assert!(read(&filed, header).is_err());
    let without = read(&queried, "kind,order_no,amount\n").map(|found| found.whole);
    assert!(without.is_err_and(|error| error.to_string().contains("paid_at")));
}

#[test]
fn a_file_without_header_is_refused_without_showing_its_rows() {
    let message = error("张三,13800138000,1.00,2026-11-20\n".as_bytes(), &plain());
    assert!(message.contains("None of its first 40 rows looks like it"), "{message}");
    assert!(!message.contains("张三") && !message.contains("138"), "{message}");
    let message = error("交易明细\n商户订单号,交易金额,完成时间,手续费\n".as_bytes(), &plain());
    assert!(message.contains("order_no (configured as \"单号\")"), "{message}");
    assert!(
        message
            .contains("order_no = \"商户订单号\"\namount = \"交易金额\"\npaid_at = \"完成时间\""),
        "{message}"
    );
    let message = error("单号,金额,时间\n".as_bytes(), &plain());
    assert!(message.contains("has no column for fee (configured as \"手续费\")"), "{message}");
    let message = error("单号,金额,手续费,时间,金额\n".as_bytes(), &plain());
    assert!(message.contains("2 columns named \"金额\""), "{message}");
    assert!(error(b"", &plain()).contains("is empty"));
}

#[test]
fn the_first_of_several_names_that_is_there_counts() {
    let columns =
        [("order_no", "商户单号|订单号"), ("amount", "金额"), ("paid_at", "时间|完成时间")];
    let settings = StatementSettings { kind: Some(RowKind::Payment), ..settings(&columns) };
    let text = "订单号,商户单号,金 额,完成时间\nB1,A1,1,2026-11-20\n";
    let found = outcome(text.as_bytes(), &settings);
    assert_eq!(found.rows, ["payment/scan A1/ #1 succeeded 100 - 2026-11-20"]);
}

#[test]
fn the_digest_changes_with_the_file_and_with_the_way_of_reading() {
    let digest = |text: &str, settings: &StatementSettings, days: bool| {
        let found = outcome_of(text.as_bytes(), settings, |request| {
            request.days = days.then(|| date("2026-11-20")..=date("2026-11-20"));
        });
        found.map(|found| found.file.digest).map_err(|error| error.to_string())
    };
    let (text, fen) = (two_rows("", ""), StatementSettings { outflows: Negative, ..plain() });
    let first = digest(&text, &plain(), false);
    assert!(first.is_ok());
    assert_eq!(first, digest(&text, &plain(), false));
    assert_ne!(first, digest(&two_rows("\n", ""), &plain(), false));
    assert_ne!(first, digest(&text, &fen, false));
    assert_ne!(first, digest(&text, &plain(), true));
}

#[test]
fn an_interface_is_the_end_of_a_name() {
    assert_eq!(interface("a/b/渠道账单 2026.csv"), "a/b/渠道账单 2026.csv");
    let long = format!("{}/bill.csv", "长".repeat(200));
    assert_eq!(interface(&long).chars().count(), 100);
    assert!(interface(&long).ends_with("长/bill.csv"));
}

/// A row of a bill, with few numbers so that they meet.
fn any_row() -> impl Strategy<Value = String> {
    let number = prop_oneof![3 => "[AB][1-3]", 1 => Just("2E+13".to_owned())];
    let kind = prop_oneof![Just("收"), Just("退"), Just("充"), Just("冻"), Just("?")];
    let amount = prop_oneof![4 => "[0-2]\\.[05]0", 1 => "-1|x|"];
    (number, kind, amount, 19_u8..=20)
        .prop_map(|(number, kind, amount, day)| format!("{number},{kind},{amount},2026-11-{day}"))
}

fn any_settings() -> StatementSettings {
    let columns = [("order_no", "单号"), ("kind", "类型"), ("amount", "金额"), ("paid_at", "时间")];
    let kinds = [
        ("收", RowKind::Payment),
        ("退", RowKind::Refund),
        ("充", RowKind::TopUp),
        ("冻", RowKind::Ignored),
    ];
    StatementSettings { kinds: words(&kinds), ..settings(&columns) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_the_rows_does_not_matter_and_none_is_lost(
        (rows, mixed) in proptest::collection::vec(any_row(), 0..24)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
    ) {
        let text = |rows: &[String]| format!("单号,类型,金额,时间\n{}\n", rows.join("\n"));
        let without_line = |lines: &[String]| {
            let mut lines: Vec<_> = lines
                .iter()
                .map(|line| line.split_once(':').map_or("", |(_, rest)| rest).to_owned())
                .collect();
            lines.sort();
            lines
        };
        let found = outcome(text(&rows).as_bytes(), &any_settings());
        let other = outcome(text(&mixed).as_bytes(), &any_settings());
        prop_assert_eq!(&found.rows, &other.rows);
        prop_assert_eq!(&found.movements, &other.movements);
        prop_assert_eq!(without_line(&found.rejections), without_line(&other.rejections));
        prop_assert_eq!((found.ignored, found.repeated), (other.ignored, other.repeated));
        prop_assert_eq!(&found.whole, &other.whole);
        let read = count(found.rows.len()) + found.repeated + count(found.movements.len());
        prop_assert_eq!(found.file.rows, stored(read + found.ignored + stored_back(found.file.rejected)));
        prop_assert_eq!(found.file.rows, stored(count(rows.len())));
        prop_assert_eq!(found.file.rejected, stored(count(found.rejections.len())));
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        text in "(总笔数|[0-9:：,，\n#\"合计元 年月日-])*",
        in_gb18030 in any::<bool>(),
    ) {
        let settings = StatementSettings {
            totals: words(&[("总笔数", total(None, Figure::Count))]),
            ..plain()
        };
        let _ = outcome_of(&bytes, &settings, |_| ());
        let header = "单号,金额,手续费,时间\n";
        let whole = format!("{text}\n{header}{text}");
        let whole = if in_gb18030 { gb18030(&whole) } else { whole.into_bytes() };
        let _ = outcome_of(&whole, &settings, |_| ());
        let _ = outcome_of(&[header.as_bytes(), &bytes].concat(), &settings, |_| ());
    }
}

fn stored_back(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}

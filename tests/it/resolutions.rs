//! Goal: the clerk's file comes back, whatever a spreadsheet did to it, and nothing is half applied.
//! Method: a night against a stub platform, its report filled in as a clerk would, imported again;
//! also through files that `LibreOffice` really saved.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use duizhang::clock::FixedClock;
use duizhang::config::Language;
use duizhang::discrepancy::{Discrepancy, State};
use duizhang::report::columns::{FileKind, Overview, today};
use duizhang::report::csv::reader;
use duizhang::resolution::{Effect, Reason, Refusal, Wish};
use duizhang::run::causes::{Became, CauseDecided};
use duizhang::run::resolutions::ResolutionsImported;

use crate::stub::{Stubbed, at, date};

mod libreoffice;

/// Order numbers as long as they really are; the last letters tell them apart.
fn order(number: u32) -> String {
    format!("2026112000000000{number:04}")
}

/// A night with a lost callback (1), a missing order (2), another amount (3), a large one (4), an
/// unpaid order (5).
async fn night() -> Stubbed {
    let mut stub = Stubbed::new(&["payment"]).await;
    stub.app.config.reports.language = Language::Zh;
    says(&stub);
    import_orders(&stub, "100.00").await;
    stub.night().await;
    stub
}

fn says(stub: &Stubbed) {
    stub.says(&order(1), "succeeded", Some(10_000));
    stub.says(&order(2), "not_found", None);
    stub.says(&order(3), "succeeded", Some(9_000));
    stub.says(&order(4), "succeeded", Some(100));
    stub.says(&order(5), "failed", None);
}

async fn import_orders(stub: &Stubbed, third: &str) {
    let rows = [
        format!("payment,{},,100.00,pending,paid 20 10:00:00", order(1)),
        format!("payment,{},,100.00,succeeded,paid 20 10:00:00", order(2)),
        format!("payment,{},,{third},succeeded,paid 20 10:00:00", order(3)),
        format!("payment,{},,10001.01,succeeded,paid 20 10:00:00", order(4)),
        format!("payment,{},,100.00,succeeded,paid 20 10:00:00", order(5)),
    ];
    stub.orders(&rows.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

/// One file of the report, written now.
async fn report(stub: &Stubbed, workbook: bool) -> PathBuf {
    let set = stub.app.report(date()).await.unwrap();
    let language = stub.app.config.reports.language;
    set.folder.join(if workbook {
        Overview::Workbook.name(date(), language)
    } else {
        FileKind::Discrepancies.name(date(), language)
    })
}

/// What a clerk writes: order number, 处理方式, 处理人, 处理备注.
type Fill<'a> = (u32, &'a str, &'a str, &'a str);

/// The records of a CSV file, header first, as texts.
fn records(path: &Path) -> Vec<Vec<String>> {
    let bytes = std::fs::read(path).unwrap();
    let mut csv = reader(bytes.as_slice(), duizhang::config::Encoding::Utf8Bom);
    let header = csv.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = csv.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    std::iter::once(header).chain(rows).collect()
}

fn write(path: &Path, records: &[Vec<String>]) {
    let mut csv = csv::WriterBuilder::new().flexible(true).from_path(path).unwrap();
    for record in records {
        csv.write_record(record).unwrap();
    }
    csv.flush().unwrap();
}

/// Writes what the clerk fills in, and gives the records.
fn filled(path: &Path, fills: &[Fill<'_>]) -> Vec<Vec<String>> {
    let mut records = records(path);
    let at = |names: [&str; 2]| {
        records[0].iter().position(|name| names.contains(&name.as_str())).unwrap()
    };
    let number = at(["商户订单号", "merchant_order_no"]);
    let places = [
        at(["处理方式", "resolution"]),
        at(["处理人", "resolved_by"]),
        at(["处理备注", "resolution_note"]),
    ];
    for record in records.iter_mut().skip(1) {
        let found = fills.iter().find(|(n, ..)| record[number].ends_with(&format!("{n:04}")));
        if let Some((_, word, person, note)) = found {
            for (at, text) in places.iter().zip([word, person, note]) {
                (*text).clone_into(&mut record[*at]);
            }
        }
    }
    records
}

async fn import(stub: &Stubbed, path: &Path, person: Option<&str>) -> ResolutionsImported {
    stub.app.import_resolutions(path, "the file", person).await.unwrap()
}

/// The rows of the report of that day, as they are by now.
async fn current(stub: &Stubbed) -> Vec<Discrepancy> {
    let mut rows = Vec::new();
    for row in stub.discrepancies().await {
        rows.push(stub.app.ledger.discrepancy(&row.id).await.unwrap().unwrap().0);
    }
    rows
}

/// How every discrepancy stands: `number: state reason person`.
async fn stands(stub: &Stubbed) -> Vec<String> {
    let rows = current(stub).await;
    let row = |row: &Discrepancy| {
        let number: u32 = row.key.order_no[16..].parse().unwrap();
        let text = format!("{number}: {} {} {}", row.state, row.resolution, row.resolved_by);
        text.trim_end().to_owned()
    };
    let mut found: Vec<String> = rows.iter().map(row).collect();
    found.sort();
    found
}

/// What the clerk fills in in most tests, and how things stand then.
const FILLS: [Fill<'_>; 4] = [
    (1, "补单", "李四", ""),
    (2, " 挂 账 ", "李四", "等渠道\n回复"),
    (3, "Written_Off", "wang", "too small"),
    (5, "核实无误", "李四", "测试, \"引号\""),
];
const STAND: [&str; 5] = [
    "1: resolved order_completed 李四",
    "2: suspense suspense 李四",
    "3: written_off written_off wang",
    "4: open",
    "5: resolved explained 李四",
];

#[tokio::test]
async fn a_filled_in_file_is_applied_once() {
    for language in [Language::Zh, Language::En] {
        let mut stub = night().await;
        stub.app.config.reports.language = language;
        let path = report(&stub, false).await;
        let mut records = filled(&path, &FILLS);
        // The clerk sorts, deletes and repeats rows, moves columns and adds some.
        records[1..].reverse();
        let again =
            records.iter().find(|row| row.iter().any(|cell| cell == "李四")).unwrap().clone();
        records.push(again);
        for record in &mut records {
            record.rotate_right(5);
            record.insert(3, "my own".to_owned());
        }
        write(&path, &records);
        let first = import(&stub, &path, None).await;
        assert_eq!((first.count(Effect::Applied), first.count(Effect::Unchanged)), (4, 1));
        assert_eq!((first.refused(), first.untouched, first.listing), (0, 1, None));
        assert_eq!(stands(&stub).await, STAND);
        let status = stub.app.ledger.status().await.unwrap();
        let second = import(&stub, &path, None).await;
        assert_eq!((second.count(Effect::Unchanged), second.refused()), (5, 0));
        assert_eq!(stub.app.ledger.status().await.unwrap(), status, "nothing was written");
        let (checked, broken) = stub.app.check_histories(None).await.unwrap();
        assert_eq!((checked, broken), (5, Vec::new()));
        // The report of the day on which it was decided shows it, and comes back without a change.
        let decided_on = date().plus_days(1);
        let set = stub.app.report(decided_on).await.unwrap();
        let path = set.folder.join(Overview::Workbook.name(decided_on, language));
        let third = import(&stub, &path, None).await;
        assert_eq!((third.count(Effect::Unchanged), third.refused()), (4, 0), "{third:?}");
    }
}

#[tokio::test]
async fn the_workbook_comes_back_as_the_csv_does() {
    let stub = night().await;
    let csv = report(&stub, false).await;
    let records = filled(&csv, &FILLS);
    let path = stub.folder.path().join("list.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("说明").unwrap();
    let sheet = book.add_worksheet();
    for (row, record) in (0_u32..).zip(&records) {
        for (column, cell) in (0_u16..).zip(record) {
            // What a spreadsheet takes for a number becomes one, ids too.
            match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(row, column, number).unwrap(),
                Err(_) => sheet.write_string(row, column, cell).unwrap(),
            };
        }
    }
    book.save(&path).unwrap();
    let imported = import(&stub, &path, None).await;
    assert_eq!((imported.count(Effect::Applied), imported.refused()), (4, 0), "{imported:?}");
    assert_eq!(stands(&stub).await, STAND);
}

#[tokio::test]
async fn what_is_filled_in_on_the_first_sheet_counts_unless_the_full_row_says_otherwise() {
    let stub = night().await;
    // 2 is put on suspense; the report of the next day says so in its full row.
    let first = filled(&report(&stub, false).await, &FILLS[1..2]);
    let path = stub.folder.path().join("first.csv");
    write(&path, &first);
    assert_eq!(import(&stub, &path, None).await.count(Effect::Applied), 1);
    let next = date().plus_days(1);
    let set = stub.app.report(next).await.unwrap();
    let csv = set.folder.join(FileKind::Discrepancies.name(next, Language::Zh));
    let full = filled(&csv, &[(4, "退款", "李四", "")]);
    let number = full[0].iter().position(|name| name == "商户订单号").unwrap();
    let id = |of: u32| {
        let row = full.iter().find(|row| row[number].ends_with(&format!("{of:04}"))).unwrap();
        row[0].trim_start_matches('\t').to_owned()
    };
    let path = stub.folder.path().join("list.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(3, 0, today::header(Language::Zh)).unwrap();
    for (row, of) in (4_u32..).zip([1, 2, 4]) {
        sheet.write_string(row, 1, id(of)).unwrap();
        sheet.write_row(row, 7, ["补单", "王五"]).unwrap();
    }
    let sheet = book.add_worksheet();
    for (row, record) in (0_u32..).zip(&full) {
        sheet.write_row(row, 0, record.iter().map(String::as_str)).unwrap();
    }
    book.save(&path).unwrap();
    for effect in [Effect::Applied, Effect::Unchanged] {
        let imported = import(&stub, &path, None).await;
        assert_eq!((imported.count(effect), imported.refused()), (2, 1), "{imported:?}");
        let refused = imported.rows.iter().find_map(|row| row.effect.clone().err());
        assert!(matches!(refused, Some(Refusal::Contradiction { .. })), "{imported:?}");
    }
    let stands = stands(&stub).await;
    assert_eq!(stands[0], "1: resolved order_completed 王五");
    assert_eq!(stands[1], "2: resolved order_completed 王五");
    assert_eq!(stands[3], "4: open");
}

#[tokio::test]
async fn what_is_doubtful_is_refused_with_row_and_reason_and_listed() {
    let stub = night().await;
    let path = report(&stub, false).await;
    let fills = [
        (1, "补单", "", ""),
        (2, "搞定", "李四", ""),
        (3, "核销", "李四", ""),
        (4, "双方已一致", "李四", ""),
        (5, "退款", "李四", ""),
    ];
    let mut records = filled(&path, &fills);
    let (id, word) = (0, records[0].iter().position(|name| name == "处理方式").unwrap());
    let mut unknown = records[5].clone();
    unknown[id] = "DZ0000000000000000".to_owned();
    let mut short = records[5].clone();
    short.truncate(12);
    let mut other = records[5].clone();
    other[word] = "冲正".to_owned();
    records.extend([unknown, short, other]);
    write(&path, &records);
    let imported = import(&stub, &path, None).await;
    let refusals: BTreeMap<i64, Refusal> =
        imported.rows.iter().map(|row| (row.line, row.effect.clone().unwrap_err())).collect();
    let expected = [
        Refusal::PersonMissing,
        Refusal::UnknownWord { word: "搞定".to_owned() },
        Refusal::NoteMissing { reason: Reason::WrittenOff },
        Refusal::OnlyTheJob,
        Refusal::Contradiction { line: 9 },
        Refusal::UnknownId { id: "DZ0000000000000000".to_owned() },
        Refusal::Row(duizhang::order::RejectionReason::WrongColumnCount),
        Refusal::Contradiction { line: 6 },
    ];
    assert_eq!(refusals, (2..).zip(expected).collect());
    assert!(stands(&stub).await.iter().all(|row| row.ends_with("open")), "nothing is applied");
    // The listing can be put right and imported as it is.
    let listing = imported.listing.unwrap();
    let mut listed = self::records(&listing);
    assert_eq!(listed.len(), 9);
    assert!(
        listed[2].last().unwrap().starts_with("处理方式“搞定”不在可选范围内，可填：补单、退款")
    );
    listed.truncate(3);
    listed[2][word] = "退款".to_owned();
    write(&listing, &listed);
    let imported = import(&stub, &listing, Some("赵六")).await;
    assert_eq!((imported.count(Effect::Applied), imported.refused()), (2, 0), "{imported:?}");
    let stands = stands(&stub).await;
    assert_eq!(stands[..2], ["1: resolved order_completed 赵六", "2: resolved refunded 李四"]);
}

#[tokio::test]
async fn a_row_that_changed_since_it_was_exported_is_refused_and_the_others_are_applied() {
    let stub = night().await;
    let path = report(&stub, false).await;
    write(&path, &filled(&path, &FILLS));
    // The next night the callback has come, and another amount is known.
    stub.says(&order(3), "succeeded", Some(8_000));
    let accounts =
        stub.app.accounts(&duizhang::run::Scope { date: date(), accounts: vec![] }).unwrap();
    import_orders(&stub, "99.00").await;
    stub.app.pull(date(), &accounts).await.unwrap();
    stub.app.reconcile(date(), &accounts).await.unwrap();
    let imported = import(&stub, &path, None).await;
    let refused: Vec<_> = imported.rows.iter().filter(|row| row.effect.is_err()).collect();
    let [row] = refused[..] else { panic!("{imported:?}") };
    let changed = Refusal::Changed {
        column: "商户金额(元)".to_owned(),
        was: "100.00".to_owned(),
        now: "99.00".to_owned(),
    };
    assert_eq!(row.effect, Err(changed));
    assert_eq!(imported.count(Effect::Applied), 3);
    assert_eq!(stands(&stub).await[2], "3: open");
}

#[tokio::test]
async fn what_a_person_put_on_suspense_carries_on_and_closes_by_agreement() {
    let mut stub = night().await;
    let path = report(&stub, false).await;
    write(&path, &filled(&path, &[(2, "挂账", "李四", "等回复")]));
    import(&stub, &path, None).await;
    stub.app.clock = Box::new(FixedClock(at("22 02:30")));
    stub.night().await;
    assert_eq!(stands(&stub).await[1], "2: suspense suspense 李四", "nothing changed");
    stub.says(&order(2), "succeeded", Some(10_000));
    stub.night().await;
    assert_eq!(stands(&stub).await[1], "2: resolved agreed duizhang");
    // A file from before is too late, and says so.
    write(&path, &filled(&path, &[(2, "退款", "李四", "")]));
    let imported = import(&stub, &path, None).await;
    assert!(matches!(imported.rows[0].effect, Err(Refusal::ClosedByJob { .. })), "{imported:?}");
    let (_, broken) = stub.app.check_histories(None).await.unwrap();
    assert_eq!(broken, []);
}

#[tokio::test]
async fn much_money_takes_a_second_person_also_by_file() {
    let mut stub = night().await;
    stub.app.config.resolution.four_eyes_above_minor = Some(1_000_000);
    let path = report(&stub, false).await;
    write(&path, &filled(&path, &[(3, "退款", "李四", ""), (4, "退款", "李四", "多收")]));
    let imported = import(&stub, &path, None).await;
    assert_eq!((imported.count(Effect::Applied), imported.count(Effect::Proposed)), (1, 1));
    assert_eq!(import(&stub, &path, Some("李四")).await.count(Effect::Waiting), 1);
    assert_eq!(stands(&stub).await[3], "4: open");
    let imported = import(&stub, &path, Some("王五")).await;
    assert_eq!((imported.count(Effect::Applied), imported.count(Effect::Unchanged)), (1, 1));
    assert_eq!(stands(&stub).await[3], "4: resolved refunded 李四 / 王五");
    let imported = import(&stub, &path, Some("王五")).await;
    assert_eq!(imported.count(Effect::Unchanged), 2);
    let found = current(&stub).await;
    assert!(found.iter().any(|row| row.state == State::Resolved && row.resolution_note == "多收"));
}

#[tokio::test]
async fn a_file_that_is_not_the_discrepancies_is_refused_whole() {
    let stub = night().await;
    let path = report(&stub, false).await;
    let mut records = filled(&path, &FILLS);
    for record in &mut records {
        // 处理方式, 处理人, 处理备注 and what stands behind them.
        record.truncate(record.len() - 4);
    }
    write(&path, &records);
    let error = stub.app.import_resolutions(&path, "list.csv", None).await.unwrap_err();
    assert!(error.to_string().contains("list.csv has no header with 差异编号"), "{error}");
    let mut records = filled(&report(&stub, false).await, &FILLS);
    let at = records[0].iter().position(|name| name == "差异金额(元)").unwrap();
    for record in &mut records {
        record.remove(at);
    }
    write(&path, &records);
    let error = stub.app.import_resolutions(&path, "list.csv", None).await.unwrap_err();
    assert!(error.to_string().contains("no column 差异金额 (difference)"), "{error}");
}

/// A night in which four amounts are a hundred times what the orders say; a fifth differs by no factor.
async fn four_times_a_hundred() -> Stubbed {
    let stub = Stubbed::new(&["payment"]).await;
    let rows: Vec<String> = (1..=5)
        .map(|n| format!("payment,{},,{n}.00,succeeded,paid 20 10:00:00", order(n)))
        .collect();
    for n in 1..=4 {
        stub.says(&order(n), "succeeded", Some(i64::from(n) * 10_000));
    }
    // It differs too, and by no factor.
    stub.says(&order(5), "succeeded", Some(501));
    stub.orders(&rows.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stub.night().await;
    stub
}

#[tokio::test]
async fn a_decision_in_the_row_of_a_cause_closes_what_the_cause_explains() {
    let mut stub = four_times_a_hundred().await;
    stub.app.config.reports.language = Language::Zh;
    let set = stub.app.report(date()).await.unwrap();
    let path = set.folder.join(FileKind::Patterns.name(date(), Language::Zh));
    let untouched = records(&path);
    assert_eq!(untouched.len(), 2, "{untouched:#?}");
    let decided = |cells: [&str; 3]| {
        let mut records = untouched.clone();
        let at = records[0].iter().position(|name| name == "处理方式").unwrap();
        for (place, text) in (at..).zip(cells) {
            text.clone_into(&mut records[1][place]);
        }
        records
    };
    let nothing = import(&stub, &path, None).await;
    assert_eq!((nothing.rows.len(), nothing.causes.len()), (0, 0));
    write(&path, &decided(["已处理了", "li", "unit was fen"]));
    let unknown = import(&stub, &path, None).await;
    assert!(matches!(unknown.causes[0].effect, Err(Refusal::UnknownWord { .. })), "{unknown:?}");
    assert!(!unknown.is_accepted());
    write(&path, &decided(["调账", "", "单位已改"]));
    let done = import(&stub, &path, Some("li")).await;
    let [cause] = done.causes.as_slice() else { panic!("{done:?}") };
    let counted = cause.effect.as_ref().unwrap();
    assert_eq!((counted.sum(Became::Applied).count, &*cause.person), (4, "li"));
    assert!(done.is_accepted());
    for row in current(&stub).await {
        let is_claimed = row.key.order_no != order(5);
        assert_eq!(row.state == State::Resolved, is_claimed, "{}", row.key.order_no);
        assert_eq!(row.resolution_note == "单位已改", is_claimed);
    }
    // The same file once more changes nothing.
    let again = import(&stub, &path, Some("li")).await;
    assert_eq!(again.causes[0].effect.as_ref().unwrap().sum(Became::LeftAlone).count, 4);
    let mut other = decided(["调账", "li", "x"]);
    let at = other[0].iter().position(|name| name == "原因编号").unwrap();
    "PT0".clone_into(&mut other[1][at]);
    write(&path, &other);
    let strange = import(&stub, &path, None).await;
    assert!(matches!(strange.causes[0].effect, Err(Refusal::UnknownCause { .. })), "{strange:?}");
}

#[tokio::test]
async fn one_decision_about_a_cause_is_one_about_each_discrepancy_that_it_claims() {
    let mut stub = four_times_a_hundred().await;
    stub.app.config.resolution.four_eyes_above_minor = Some(30_000);
    let causes = stub.app.ledger.patterns(date()).await.unwrap();
    let cause = causes.iter().find(|cause| cause.count == 4).expect("a cause").id(date());
    let wish = |person: &str| Wish::new(Reason::Adjusted, person, "unit was fen").unwrap();
    let counts = |decided: &CauseDecided| {
        let all = [Became::Applied, Became::Waiting, Became::LeftAlone, Became::Refused];
        all.map(|became| decided.sum(became).count)
    };

    let by_li = stub.app.decide_cause(&cause, &wish("li")).await.unwrap().unwrap();
    assert_eq!(counts(&by_li), [3, 1, 0, 0]);
    // 99 + 198 + 297 yuan; the fourth, of 396, waits.
    assert_eq!(by_li.sum(Became::Applied).difference_minor, 59_400);
    assert_eq!(by_li.sum(Became::Waiting).difference_minor, 39_600);
    for (again, expected) in [("li", [0, 1, 3, 0]), ("wang", [1, 0, 3, 0]), ("wang", [0, 0, 4, 0])]
    {
        let decided = stub.app.decide_cause(&cause, &wish(again)).await.unwrap().unwrap();
        assert_eq!(counts(&decided), expected, "{again}");
    }
    for row in current(&stub).await {
        let is_claimed = row.key.order_no != order(5);
        assert_eq!(row.state == State::Resolved, is_claimed, "{}", row.key.order_no);
        assert_eq!(row.resolution_note == "unit was fen", is_claimed);
    }
    assert_eq!(stub.app.check_histories(None).await.unwrap().1, []);
    assert!(stub.app.decide_cause("PT0", &wish("li")).await.unwrap().is_none());
}

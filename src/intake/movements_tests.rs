//! What becomes of the rows of a file of movements.

use std::io::Write as _;

use super::*;
use crate::money::yuan;
use crate::status::Kind;

fn lane(product: &str) -> Lane {
    Lane { kind: Kind::Payment, product: product.to_owned(), listing: None, states_amount: true }
}

fn read_as(text: &[u8], account: Option<&str>) -> Result<MovementsRead, IntakeError> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(text).expect("written");
    let accounts =
        [("a".to_owned(), vec![lane("quick"), lane("scan")]), ("b".to_owned(), vec![lane("")])];
    let day = BusinessDay::BEIJING;
    let request = MovementsRequest {
        path: file.path(),
        name: "movements/day.csv",
        account,
        accounts: &accounts,
        business_day: day,
        business_date: BusinessDate::parse("2026-11-20").expect("a date"),
        now: day.moment("2026-11-21T02:30:00".parse().expect("a time")),
    };
    read(&request)
}

/// One row under the full header → what it becomes.
fn row(row: &str, account: Option<&str>) -> String {
    let text = format!("{}\n{row}\n", MOVEMENT_COLUMNS.join(","));
    let read = read_as(text.as_bytes(), account).expect("a file");
    assert_eq!(read.file.rows, 1);
    if let Some(refused) = read.rejections.first() {
        return format!(
            "{}:{} {}={}",
            refused.line,
            refused.reason.code(),
            refused.column,
            refused.value
        );
    }
    let it = &read.movements[0];
    format!(
        "{} {} {} {} {} {} {} {}",
        it.account,
        BusinessDay::BEIJING.text(it.occurred_at),
        it.kind,
        if it.product.is_empty() { "-" } else { &it.product },
        it.settlement_date.map_or("-".to_owned(), |date| date.to_string()),
        yuan(it.money.minor),
        yuan(it.effect_minor()),
        it.name,
    )
}

#[test]
fn a_row_is_read_or_refused_with_its_column_and_reason() {
    let table = [
        (
            "2026-11-20 10:00:00,settlement,quick,2026-11-20,\"1,234.50\",到账,n,a",
            "a 2026-11-20 10:00:00 settlement quick 2026-11-20 1234.50 -1234.50 到账",
        ),
        (
            "2026-11-20 23:59:59,settlement,,,5.00,,,a",
            "a 2026-11-20 23:59:59 settlement - 2026-11-20 5.00 -5.00 ",
        ),
        (
            "2026/11/20 9:05,settlement,,20261119,-3.00,,,b",
            "b 2026-11-20 09:05:00 settlement - 2026-11-19 -3.00 3.00 ",
        ),
        (
            "2026-11-20 10:00:00,topup,,,100,充值,,b",
            "b 2026-11-20 10:00:00 topup - - 100.00 100.00 充值",
        ),
        (
            "2026-11-20 10:00:00,adjustment,,,-0.01,,,b",
            "b 2026-11-20 10:00:00 adjustment - - -0.01 -0.01 ",
        ),
        (",topup,,,1,,,a", "2:missing occurred_at="),
        ("yesterday,topup,,,1,,,a", "2:not_a_time occurred_at=yesterday"),
        ("2026-11-23 10:00:00,topup,,,1,,,a", "2:in_the_future occurred_at=2026-11-23 10:00:00"),
        ("2026-11-20 10:00:00,,,,1,,,a", "2:missing kind="),
        ("2026-11-20 10:00:00,transfer,,,1,,,a", "2:unknown_word kind=transfer"),
        ("2026-11-20 10:00:00,topup,,,,,,a", "2:missing amount="),
        ("2026-11-20 10:00:00,topup,,,1.234,,,a", "2:too_many_decimals amount=1.234"),
        ("2026-11-20 10:00:00,topup,,,1.5E+5,,,a", "2:scientific_notation amount=1.5E+5"),
        ("2026-11-20 10:00:00,topup,,,-1,,,a", "2:negative amount=-1"),
        ("2026-11-20 10:00:00,topup,,,1,,,", "2:missing account="),
        ("2026-11-20 10:00:00,topup,,,1,,,c", "2:unknown_account account=c"),
        ("2026-11-20 10:00:00,topup,quick,,1,,,a", "2:unknown_product product=quick"),
        ("2026-11-20 10:00:00,settlement,quick,,1,,,b", "2:unknown_product product=quick"),
        ("2026-11-20 10:00:00,settlement,,soon,1,,,a", "2:not_a_time settlement_date=soon"),
        (
            "2026-11-20 10:00:00,topup,,2026-11-20,1,,,a",
            "2:unknown_word settlement_date=2026-11-20",
        ),
        ("2026-11-20 10:00:00,topup,,,1,,a", "2:wrong_column_count ="),
        (
            "`2026-11-20 10:00:00,`topup,`,`,`100,`a, b,`n,`a,`R1",
            "a 2026-11-20 10:00:00 topup - - 100.00 100.00 a, b",
        ),
        (
            "2026-11-20 24:00:00,topup,-,--,１００．００,无,—,a",
            "a 2026-11-20 23:59:59 topup - - 100.00 100.00 ",
        ),
        ("2026-11-20 10:00:00,topup,,,nan,,,a", "2:not_a_number amount=nan"),
        ("nan,topup,,,1,,,a", "2:not_a_time occurred_at=nan"),
        ("1970-01-01 08:00:00,topup,,,1,,,a", "2:missing occurred_at=1970-01-01 08:00:00"),
        ("########,topup,,,1,,,a", "2:hidden_by_spreadsheet occurred_at=########"),
    ];
    for (text, expected) in table {
        assert_eq!(row(text, None), expected, "{text}");
    }
    assert!(row("2026-11-20 10:00:00,topup,,,1,,,", Some("b")).starts_with("b "));
    assert_eq!(row("2026-11-20 10:00:00,topup,,,1,,,a", Some("b")), "2:unknown_account account=a");
}

#[test]
fn good_rows_go_on_and_the_digest_is_that_of_content_and_account() {
    let text = "\u{feff}amount,备注,KIND,occurred_at\n1,x,topup,2026-11-20 10:00:00\n?,x,topup,2026-11-20 10:00:00\n2,x,topup,2026-11-20 10:00:00\n";
    let read = read_as(text.as_bytes(), Some("a")).expect("a file");
    assert_eq!((read.movements.len(), read.rejections.len(), read.file.rejected), (2, 1, 1));
    assert_eq!(read.rejections[0].line, 3);
    let again = read_as(text.as_bytes(), Some("a")).expect("a file");
    assert_eq!(read.file.digest, again.file.digest);
    let other = read_as(text.as_bytes(), Some("b")).expect("a file");
    assert_ne!(read.file.digest, other.file.digest);
}

#[test]
fn sums_and_the_marks_of_other_systems_are_no_rows() {
    let text = "\u{feff}\u{feff}occurred_at,kind,amount,account\r\n\
                2026-11-20 10:00:00,topup,1,a\r\n小计,,1,\r\n2026-11-20 11:00:00,topup,2,a\r\n\
                小计,,2,\r\n合计,,3,\r\n\u{1a}";
    let read = read_as(text.as_bytes(), None).expect("a file");
    assert_eq!((read.movements.len(), read.rejections.len()), (2, 0));
    assert_eq!(read.totals.len(), 3);
    assert!(read.totals.iter().all(|total| total.tie == Tie::Agrees), "{:?}", read.totals);
    assert_eq!((read.file.lines.totals, read.file.lines.blank), (3, 1));
}

#[test]
fn a_file_without_what_is_needed_is_refused_whole() {
    let refused =
        |text: &str, account| read_as(text.as_bytes(), account).expect_err(text).to_string();
    assert!(refused("", None).contains("not even a header"));
    let lacks = refused("occurred_at,amount\n", None);
    assert!(lacks.contains("has no column for kind, account"), "{lacks}");
    assert!(lacks.contains("settlement_date"), "{lacks}");
    let twice = refused("occurred_at,amount,Amount,kind\n", Some("a"));
    assert!(twice.contains("2 columns named \"amount\""), "{twice}");
}

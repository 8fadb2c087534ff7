//! Totals: what a bill states, in whatever words, is checked against its rows, and is never a row.

use super::{Case, PLAIN, below, try_all};

const WHOLE: &str = "the whole of 2026-11-20";
const TWO: &str = "A1,12.00,2026-11-20 10:00:00,0.03\nA2,10.00,2026-11-20 11:00:00,0.03\n";
const CLAIMS: &[&str] = &["A1 12.00 2026-11-20 10:00:00", "A2 10.00 2026-11-20 11:00:00"];

fn case<'a>(what: &'a str, rows: &str, expected: &'a [&'a str]) -> Case<'a> {
    Case { what, statement: PLAIN, bill: below(rows), expected, claims: None }
}

#[test]
fn a_row_of_sums_is_none_of_the_orders_whatever_its_time_says() {
    let with = |row: &str| format!("{TWO}{row}\n");
    try_all(vec![
        Case {
            what: "a date in its time",
            statement: PLAIN,
            bill: below(&with("合计,22.00,2026-11-20,0.06")),
            expected: &[
                "2 added",
                "0 refused",
                "1 totals",
                "合计 金额 22.00, the rows add up to it",
                WHOLE,
            ],
            claims: Some(CLAIMS),
        },
        case(
            "a time in it",
            &with("总计,22.00,2026-11-20 23:59:59,0.06"),
            &["2 added", "the rows add up to it", WHOLE],
        ),
        case(
            "grand total",
            &with("Grand Total,22.00,2026-11-20,"),
            &["2 added", "Grand Total 金额 22.00, the rows add up", WHOLE],
        ),
        case(
            "a wrong one",
            &with("合计,99.00,2026-11-20,0.06"),
            &["is 99.00, and its 2 rows give 22.00", "\"合计\" = \"ignored\""],
        ),
        case("counted", &with("共2笔,22.00,,"), &["2 added", "共2笔 2, the rows add up", WHOLE]),
        case("counted wrongly", &with("共3笔,22.00,,"), &["is 3, and its 2 rows give 2"]),
        case(
            "yuan in words",
            &with("人民币合计,¥22.00元,,"),
            &["人民币合计 金额 22.00, the rows add up", WHOLE],
        ),
        case("no number", &with("合计,二十二元,,"), &["1 refused", "of no day"]),
        case(
            "an order that is called nearly so",
            &with("合计红茶,1.00,2026-11-20 12:00:00,"),
            &["3 added", "0 refused"],
        ),
    ]);
}

#[test]
fn sums_of_pages_are_checked_against_their_pages() {
    let pages = |first: &str, second: &str, all: &str| {
        format!(
            "A1,12.00,2026-11-20 10:00:00,0.03\n{first}\nA2,10.00,2026-11-20 11:00:00,0.03\n{second}\n{all}\n"
        )
    };
    try_all(vec![
        Case {
            what: "pages",
            statement: PLAIN,
            bill: below(&pages("本页小计,12.00,,0.03", "本页小计,10.00,,0.03", "总计,22.00,,0.06")),
            expected: &[
                "2 added",
                "0 refused",
                "6 lines: 1 header, 2 taken, 3 totals",
                "line 6: 总计 金额 22.00, the rows add up to it",
                WHOLE,
            ],
            claims: Some(CLAIMS),
        },
        case(
            "running sums",
            &pages("小计,12.00,,", "小计,22.00,,", "合计,22.00,,"),
            &["2 added", "3 totals", WHOLE],
        ),
        case(
            "a word for both",
            &pages("合计,12.00,,", "合计,10.00,,", "总计,22.00,,"),
            &["2 added", "3 totals", WHOLE],
        ),
        case(
            "days",
            &pages("11月20日小计,12.00,,", "本日合计,22.00,,", "共2笔,22.00,,"),
            &["2 added", "3 totals", WHOLE],
        ),
        case(
            "a wrong page",
            &pages("本页小计,12.00,,", "本页小计,11.00,,", "总计,22.00,,"),
            &["line 5", "is 11.00, and its 1 rows give 10.00", "\"本页小计\" = \"ignored\""],
        ),
        case(
            "a wrong whole",
            &pages("本页小计,12.00,,", "本页小计,10.00,,", "总计,10.00,,"),
            &["line 6", "is 10.00, and its 2 rows give 22.00", "\"总计\" = \"ignored\""],
        ),
    ]);
}

#[test]
fn equal_rows_that_a_total_counts_are_both_kept() {
    let twice = "A1,12.00,2026-11-20 08:00:00,0.03\nA1,12.00,2026-11-20 08:00:00,0.03\n";
    try_all(vec![
        case(
            "both",
            &format!("{twice}合计,24.00,,0.06\n"),
            &["2 added", "合计 金额 24.00, the rows add up to it"],
        ),
        case(
            "one by its total",
            &format!("{twice}合计,12.00,,\n"),
            &["is 12.00, and its 2 rows give 24.00"],
        ),
        case("without a total", twice, &["1 added"]),
    ]);
}

//! Totals: where they are found, and what happens when the rows give something else.

use super::*;

#[test]
fn totals_are_found_in_every_form_and_have_to_be_what_the_rows_give() {
    let settings = StatementSettings {
        totals: words(&[
            ("总笔数", total(None, Figure::Count)),
            ("总金额", total(None, Figure::Amount)),
        ]),
        ..plain()
    };
    let table = [
        ("", "总笔数：2笔,总金额：3.00元\n", true),
        ("", "总笔数,2\n总金额,`3\n", true),
        ("", "总笔数,2笔,总金额,¥3.00\n", true),
        ("", "总笔数,2,总金额,3.00\n", true),
        ("", "总笔数,总金额\n`2,`3.00\n", true),
        ("", "#总笔数:2笔，总金额(元)：3.00，\n", true),
        ("总笔数：2\n总金额：3.00\n", "", true),
        ("总笔数,总金额\n2,3.00\n", "", true),
        ("", "\"总笔数：2\",\"总金额：3.00\",,\n---------\n", true),
        ("", "总笔数：3笔,总金额：3.00元\n", false),
        ("", "总笔数,2\n总金额,3.01\n", false),
        ("", "总笔数,总金额\n2,30\n", false),
        ("总笔数：1\n总金额：3.00\n", "", false),
        ("", "总笔数：2,总金额：3.00\n合计,4.00\n", false),
    ];
    for (above, below, agrees) in table {
        let found = outcome_of(two_rows(above, below).as_bytes(), &settings, |_| ());
        match found {
            Ok(found) => {
                assert!(agrees, "{above}{below}");
                assert_eq!((found.rows.len(), found.totals.len()), (2, 2), "{above}{below}");
                assert_eq!(found.rejections, [""; 0], "{above}{below}");
            }
            Err(StatementError::Totals { .. }) => assert!(!agrees, "{above}{below}"),
            Err(error) => panic!("{above}{below}: {error}"),
        }
    }
}

#[test]
fn a_total_that_differs_says_both_sums_and_where() {
    let message = error(two_rows("", "合计,3.50,0.03\n").as_bytes(), &plain());
    let expected = "statements/bill.csv line 4: \"合计 金额\" is 3.50, and its 2 rows give 3.00";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn a_configured_total_that_is_not_there_means_that_the_file_was_cut_off() {
    let totals = words(&[("总笔数", total(None, Figure::Count))]);
    let settings = StatementSettings { totals, ..plain() };
    for below in ["", "总笔数\n", "总笔数：,\n", "手续费总笔数：2\n"] {
        let message = error(two_rows("", below).as_bytes(), &settings);
        assert!(message.contains("has no \"总笔数\" with a number"), "{below}: {message}");
    }
}

#[test]
fn a_total_that_is_ignored_is_neither_checked_nor_refused() {
    let totals = words(&[("合计", total(None, Figure::Ignored))]);
    let settings = StatementSettings { totals, ..plain() };
    let found = outcome(two_rows("", "合计,99.00\n").as_bytes(), &settings);
    assert_eq!((found.totals.len(), found.rejections.len()), (0, 0));
    assert_eq!(outcome(two_rows("", "").as_bytes(), &settings).rows.len(), 2);
}

#[test]
fn a_total_over_a_cell_that_cannot_be_read_is_not_checked() {
    let below = "A3,1.2E+19,0.01,2026-11-20 10:00:00\n合计,9.00,0.04\n";
    let found = outcome(two_rows("", below).as_bytes(), &plain());
    assert_eq!(found.totals, ["5:合计 金额 amount 9.00 false", "5:合计 手续费 fee 0.04 true"]);
    assert_eq!(found.rejections, ["4:金额=1.2E+19 scientific_notation A3"]);
    assert_eq!(found.whole, "1 row(s) were refused");
}

#[test]
fn a_row_refused_for_another_cell_is_added_up_all_the_same() {
    let below = "2026 11,3.00,0.01,2026-11-20 10:00:00\n合计,6.00,0.04\n";
    let found = outcome(two_rows("", below).as_bytes(), &plain());
    assert_eq!(found.totals, ["5:合计 金额 amount 6.00 true", "5:合计 手续费 fee 0.04 true"]);
    assert_eq!(found.rejections, ["4:单号=2026 11 not_an_order_number "]);
}

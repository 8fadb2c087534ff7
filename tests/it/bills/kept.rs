//! What a file said is kept per file: the newest import of a name counts, and taking one back leaves what
//! the others say.

use super::{PLAIN, Shop, below};

const RIGHT: &str = "A1,12.00,2026-11-20 10:00:00,0.03\n";
const WRONG: &str = "A1,13.00,2026-11-20 10:00:00,0.03\n";

#[test]
fn a_wrong_copy_taken_back_brings_back_what_the_right_file_says() {
    let shop = Shop::new(PLAIN);
    shop.write("s.csv", &below(RIGHT));
    shop.write("s (1).csv", &below(WRONG));
    assert!(shop.import("s.csv").1.contains("1 added"));
    let (_, copy) = shop.import("s (1).csv");
    assert!(copy.contains("1 added") && copy.contains("1 superseded"), "{copy}");
    assert_eq!(shop.claims(), ["A1 13.00 2026-11-20 10:00:00"]);
    let (_, back) = shop.import_for("s (1).csv", &["--withdraw"]);
    assert!(back.contains("1 transactions"), "{back}");
    assert_eq!(shop.claims(), ["A1 12.00 2026-11-20 10:00:00"]);
    let (_, again) = shop.import("s.csv");
    assert!(again.contains("imported before, nothing to do"), "{again}");
    let (_, gone) = shop.import_for("s.csv", &["--withdraw"]);
    assert!(gone.contains("1 transactions"), "{gone}");
    assert_eq!(shop.claims(), [""; 0]);
}

#[test]
fn the_right_file_again_is_what_counts() {
    let shop = Shop::new(PLAIN);
    shop.write("s.csv", &below(RIGHT));
    shop.write("s (1).csv", &below(WRONG));
    shop.import("s.csv");
    shop.import("s (1).csv");
    let (_, again) = shop.import("s.csv");
    assert!(again.contains("1 added") && again.contains("1 superseded"), "{again}");
    assert_eq!(shop.claims(), ["A1 12.00 2026-11-20 10:00:00"]);
    // Then the copy is what waits behind it.
    shop.import_for("s.csv", &["--withdraw"]);
    assert_eq!(shop.claims(), ["A1 13.00 2026-11-20 10:00:00"]);
}

#[test]
fn two_files_that_say_the_same_are_both_kept() {
    let shop = Shop::new(PLAIN);
    shop.write("day.csv", &below(RIGHT));
    shop.write("month.csv", &below(&format!("{RIGHT}A2,1.00,2026-11-20 11:00:00,\n")));
    shop.import("day.csv");
    let (_, month) = shop.import("month.csv");
    assert!(month.contains("1 added, 1 unchanged, 0 superseded"), "{month}");
    assert!(shop.import("day.csv").1.contains("imported before"));
    shop.import_for("day.csv", &["--withdraw"]);
    assert_eq!(shop.claims(), ["A1 12.00 2026-11-20 10:00:00", "A2 1.00 2026-11-20 11:00:00"]);
    shop.import_for("month.csv", &["--withdraw"]);
    assert_eq!(shop.claims(), [""; 0]);
}

#[test]
fn a_corrected_file_takes_back_its_own_rows_only() {
    let shop = Shop::new(PLAIN);
    shop.write("a.csv", &below(&format!("{RIGHT}A2,1.00,2026-11-20 11:00:00,\n")));
    shop.write("b.csv", &below("A2,2.00,2026-11-20 11:00:00,\n"));
    shop.import("a.csv");
    shop.import("b.csv");
    shop.write("b.csv", &below("A3,3.00,2026-11-20 11:00:00,\n"));
    shop.import("b.csv");
    assert_eq!(
        shop.claims(),
        [
            "A1 12.00 2026-11-20 10:00:00",
            "A2 1.00 2026-11-20 11:00:00",
            "A3 3.00 2026-11-20 11:00:00"
        ]
    );
}

const MOVEMENTS: &str = "occurred_at,kind,amount\n2026-11-20 10:00:00,topup,5.00\n";

fn movements(shop: &Shop, file: &str, more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["import", "movements", "--account", "main", file];
    arguments.extend(more);
    let output = shop.run(&arguments);
    (crate::night::code(&output), crate::night::stdout(&output) + &crate::night::stderr(&output))
}

#[test]
fn movements_are_read_and_refused_as_bills_are_and_taken_back_by_name() {
    let shop = Shop::new(PLAIN);
    for (what, bytes, expected, ended) in [
        ("CR", MOVEMENTS.replace('\n', "\r"), "1 added, 0 superseded, 0 refused", 0),
        ("Ctrl-Z", format!("{MOVEMENTS}\u{1a}"), "3 lines: 1 header, 1 taken, 1 blank", 0),
        (
            "a mark and a title",
            format!("\u{feff}资金变动\n{MOVEMENTS}"),
            "3 lines: 1 preamble, 1 header, 1 taken",
            0,
        ),
        ("the year 1", format!("{MOVEMENTS}0001-01-01 00:00:00,topup,1.00\n"), "1 refused", 4),
        ("the year 202", format!("{MOVEMENTS}0202-11-20 00:00:00,topup,1.00\n"), "1 refused", 4),
        ("certain", format!("{MOVEMENTS}2026年11月20日 10:05,adjustment,(1.00)\n"), "2 taken", 0),
        ("a dash", format!("{MOVEMENTS}--,topup,1.00\n"), "1 refused", 4),
        ("JSON", "{\"code\": 1}".to_owned(), "is JSON", 1),
    ] {
        shop.write("m.csv", bytes.as_bytes());
        let (code, printed) = movements(&shop, "m.csv", &[]);
        assert!(code == ended && printed.contains(expected), "{what}: {code} {printed}");
    }
    let (_, gone) = movements(&shop, "m.csv", &["--withdraw"]);
    assert!(gone.contains("m.csv: 1 movements withdrawn"), "{gone}");
}

#[test]
fn a_log_of_callbacks_may_have_a_mark_and_says_which_lines_it_wants() {
    let shop = Shop::new(PLAIN);
    let line = |order: &str| {
        format!(
            "{{\"received_at\":\"2026-11-20T00:00:00+08:00\",\"body\":\"mchId=20001222&mchOrderNo={order}\"}}"
        )
    };
    // None of them is signed, so that each is refused: for its signature, and not for its form.
    for (what, log, lines) in [
        ("a mark", format!("\u{feff}{}\n{}\n", line("1"), line("2")), "2 lines: 2 refused"),
        ("CR", format!("{}\r{}\r", line("1"), line("2")), "2 lines: 2 refused"),
        ("Ctrl-Z", format!("{}\n\n\u{1a}", line("1")), "3 lines: 1 refused, 2 blank"),
    ] {
        shop.write("n.log", log.as_bytes());
        let arguments =
            ["import", "notifications", "--account", "main", "--date", super::DATE, "n.log"];
        let output = shop.run(&arguments);
        let printed = crate::night::stdout(&output);
        assert_eq!(crate::night::code(&output), 1, "{what}: {printed}");
        assert!(
            printed.contains(lines) && printed.contains("a line of a log is {\"received_at\""),
            "{what}: {printed}"
        );
        shop.claims();
        for row in shop.report("rejected_rows") {
            assert!(!row.contains(&"not_a_callback".to_owned()), "{what}: {row:?}");
        }
    }
}

#[test]
fn a_bill_that_is_imported_again_ends_as_it_did() {
    let shop = Shop::new(PLAIN);
    let good = "A1,12.00,2026-11-20 10:00:00,0.05\n";
    let bad = "A2,12.00,2026-11-20 10:00:00,?\n";
    let table = [
        ("good.csv", [good, ""], 0, "nothing to do"),
        ("some.csv", [good, bad], 4, "1 rows of it are refused"),
        ("none.csv", [bad, ""], 1, "1 rows of it are refused"),
    ];
    for (name, rows, ended, again) in table {
        shop.write(name, &below(&rows.concat()));
        let (code, printed) = shop.import(name);
        assert_eq!(code, ended, "{printed}");
        let (code, printed) = shop.import(name);
        assert!(code == ended && printed.contains(again), "{code} {printed}");
    }
}

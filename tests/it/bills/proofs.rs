//! What a bill proves: what it says, and nothing against its platform.

use super::{DATE, PLAIN, Shop, below};
use crate::night::{code, stderr, stdout};

fn nightly(statement: &str, orders: &str, bill: &[u8]) -> (Shop, i32, String) {
    let shop = Shop::new(&format!("file = \"st/{{date}}.csv\"\n{}", statement.trim_start()));
    shop.orders(orders);
    shop.write(&format!("st/{DATE}.csv"), bill);
    let output = shop.nightly();
    let printed = stdout(&output) + &stderr(&output);
    (shop, code(&output), printed)
}

const OURS: &str = "main,payment,A1,12.00,succeeded,2026-11-20 10:00:00\n";

#[test]
fn a_bill_with_a_refused_row_proves_nothing() {
    for (what, rows) in [
        (
            "a refused row",
            "A1,12.00,2026-11-20 10:00:00,0.03\nA2,(5.00),2026-11-20 10:00:00,0.03\n",
        ),
        ("none", "A1,12.00,2026-11-20 10:00:00,0.03\n"),
        (
            "a broken quote",
            "A1,12.00,2026-11-20 10:00:00,0.03\n\"A\"2,5.00,2026-11-20 10:00:00,0.03\n",
        ),
    ] {
        let (shop, code, printed) = nightly(PLAIN, OURS, &below(rows));
        assert_eq!(code, 4, "{what}: {printed}");
        assert!(shop.standing().starts_with("incomplete"), "{what}: {}", shop.standing());
    }
}

#[test]
fn what_only_the_bill_has_is_shown_and_counted_nowhere() {
    let rows = "A1,12.00,2026-11-20 10:00:00,0.03\nONLYP,5.00,2026-11-20 10:10:00,0.03\n合计,17.00,,0.06\n";
    let (shop, code, printed) = nightly(PLAIN, OURS, &below(rows));
    assert_eq!(code, 4, "{printed}");
    let found = shop.report("discrepancies");
    let row = found.iter().find(|row| row[13] == "ONLYP").expect("a row for it");
    let cells_shown = [&row[9], &row[11], &row[17], &row[18], &row[19], &row[24], &row[26]];
    let expected = ["unproved", "open", "", "5.00", "0.00", "unproved", "2026-11-20 10:10:00"];
    assert_eq!(cells_shown, expected, "{row:?}");
    assert!(row[28].contains("The bill alone says so"), "{row:?}");
    assert!(row[27].contains("nothing verifies the file"), "{row:?}");
    let summary = shop.report("summary");
    let total = summary.iter().find(|row| row[1] == "main" && row[3] == "total").unwrap();
    assert_eq!((&*total[10], &*total[16]), ("12.00", "0.00"), "{total:?}");
    assert!(shop.standing().starts_with("incomplete"), "{total:?}");
}

#[test]
fn a_bill_in_parts_is_read_by_the_night_in_all_its_parts() {
    let parts = |second: &str| {
        let pattern = "file = \"st/main-{date}*.csv\"";
        let shop = Shop::new(&format!("{pattern}\n{}", PLAIN.trim_start()));
        shop.orders(&format!("{OURS}main,payment,A2,10.00,succeeded,2026-11-20 11:00:00\n"));
        shop.write(&format!("st/main-{DATE}_1.csv"), &below("A1,12.00,2026-11-20 10:00:00,0.03\n"));
        shop.write(&format!("st/main-{DATE}_2.csv"), &below(second));
        let output = shop.nightly();
        assert_eq!(code(&output), 4, "{}{}", stdout(&output), stderr(&output));
        let summary = shop.report("summary");
        let total = summary.iter().find(|row| row[1] == "main" && row[3] == "total").unwrap();
        total[10].clone()
    };
    assert_eq!(parts("A2,10.00,2026-11-20 11:00:00,0.03\n"), "22.00");
    assert_eq!(parts("A2,10.00,x,0.03\n"), "12.00");
}

#[test]
fn parts_of_a_bill_are_whole_only_together() {
    let printed = |second: &str| {
        let shop = Shop::new(PLAIN);
        shop.write("a.csv", &below("A1,12.00,2026-11-20 10:00:00,0.03\n"));
        shop.write("b.csv", &below(second));
        shop.import_for("a.csv", &["b.csv", "--date", DATE])
    };
    let (ended, both) = printed("A2,10.00,2026-11-20 11:00:00,0.03\n");
    assert_eq!((ended, both.matches("the whole of 2026-11-20").count()), (0, 2), "{both}");
    let (ended, one) = printed("A2,10.00,x,0.03\n");
    assert_eq!((ended, one.matches("the whole of 2026-11-20").count()), (4, 0), "{one}");
    assert!(one.contains("another part is not whole"), "{one}");
}

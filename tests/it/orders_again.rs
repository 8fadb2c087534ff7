//! Goal: of several files of orders for a date the newest import counts, whatever was imported between, and
//! taking one back leaves what the others say. Method: a right file and wrong copies of it through the binary,
//! on each ledger; what counts is read from the summary.

use crate::bills::{DATE, Shop};
use crate::currencies::shop;
use crate::night::{On, code, stderr, stdout};

const HEADER: &str = "account,kind,order_no,amount,status,paid_at\n";

/// A file of orders: number and amount of each.
fn file(orders: &[(&str, &str)]) -> Vec<u8> {
    let rows = orders.iter().map(|(number, amount)| {
        format!("main,payment,{number},{amount},succeeded,2026-11-20 10:00:00")
    });
    format!("{HEADER}{}\n", rows.collect::<Vec<_>>().join("\n")).into_bytes()
}

fn orders(shop: &Shop, arguments: &[&str]) -> String {
    let output = shop.run(&[&["import", "orders", "--date", DATE][..], arguments].concat());
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    stdout(&output)
}

/// Count and sum of the merchant's orders.
fn counted(shop: &Shop) -> String {
    for step in ["reconcile", "report"] {
        let output = shop.run(&[step, "--date", DATE]);
        assert!([0, 4].contains(&code(&output)), "{}{}", stdout(&output), stderr(&output));
    }
    let summary = shop.report("summary");
    let total = summary.iter().find(|row| row[3] == "total").unwrap();
    format!("{} {}", total[7], total[8])
}

fn each_ledger(test: fn(&Shop)) {
    for on in [On::Sqlite, On::Postgres] {
        if matches!(on, On::Postgres) && !crate::ledger::server::is_there() {
            continue;
        }
        let (shop, _database) = shop(on);
        test(&shop);
    }
}

#[test]
fn the_right_orders_again_after_a_wrong_copy_are_what_counts() {
    each_ledger(|shop| {
        shop.write("a.csv", &file(&[("A1", "12.00")]));
        shop.write("a (1).csv", &file(&[("A1", "13.00")]));
        for name in ["a.csv", "a (1).csv", "a.csv"] {
            orders(shop, &[name]);
        }
        assert_eq!(counted(shop), "1 12.00");
        // And once more, with nothing between.
        assert!(orders(shop, &["a.csv"]).contains("0 added"));
        assert_eq!(counted(shop), "1 12.00");
    });
}

#[test]
fn a_wrong_copy_that_is_taken_back_leaves_what_the_others_say() {
    each_ledger(|shop| {
        shop.write("a.csv", &file(&[("A1", "12.00"), ("A2", "5.00")]));
        shop.write("b.csv", &file(&[("A1", "13.00"), ("A2", "5.00"), ("A3", "7.00")]));
        orders(shop, &["a.csv"]);
        orders(shop, &["b.csv"]);
        assert_eq!(counted(shop), "3 25.00");
        // Nothing rests on files that may be gone.
        std::fs::remove_file(shop.path("a.csv")).unwrap();
        std::fs::remove_file(shop.path("b.csv")).unwrap();
        let printed = orders(shop, &["b.csv", "--withdraw"]);
        assert!(printed.contains("2 orders withdrawn"), "{printed}");
        assert!(printed.contains("of 1 what other files say counts again"), "{printed}");
        assert_eq!(counted(shop), "2 17.00");
        // Taken back twice is taken back.
        assert!(orders(shop, &["b.csv", "--withdraw"]).contains("0 orders withdrawn"));
    });
}

#[test]
fn numbers_that_a_spreadsheet_has_cut_are_no_orders() {
    let (shop, _database) = shop(On::Sqlite);
    let cut: Vec<_> =
        [("20261120000000100000", "12.00"), ("20261120000000100000", "9.00")].to_vec();
    let cut = [cut, [("20261120000000200000", "9.00")].to_vec()].concat();
    shop.write("a.csv", &file(&cut));
    let output = shop.run(&["import", "orders", "--date", DATE, "a.csv"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("a spreadsheet has cut them to 15 digits"), "{output:?}");
    // One that ends otherwise shows that they are numbers as the shop made them.
    shop.write("a.csv", &file(&[&cut[..], &[("20261120000000200001", "9.00")]].concat()));
    orders(&shop, &["a.csv"]);
    // Two are no certain sign.
    shop.write("b.csv", &file(&cut[1..]));
    orders(&shop, &["b.csv"]);
}

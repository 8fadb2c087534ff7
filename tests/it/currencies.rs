//! Goal: money of different currencies is never added, in no file, on no line and in no check. Method: a
//! merchant with orders in yuan, dollars and yen, whose platform is out of reach or answers in another
//! currency than the merchant wrote, through the binary and on each ledger.

use std::process::Output;

use crate::bills::{DATE, PLAIN, Shop};
use crate::ledger::server::Database;
use crate::night::{On, code, stderr, stdout};
use crate::stub::{Stubbed, date};

const ORDERS: &str = "account,kind,order_no,amount,currency,status,paid_at\n\
     main,payment,A1,100.00,CNY,succeeded,2026-11-20 10:00:00\n\
     main,payment,A2,100.00,USD,succeeded,2026-11-20 11:00:00\n\
     main,payment,A3,10000,JPY,succeeded,2026-11-20 11:00:00\n";

/// Columns of the summary, by their place.
const LINE: [usize; 6] = [3, 7, 8, 11, 16, 17];

fn ended(output: &Output, expected: i32) -> String {
    assert_eq!(code(output), expected, "{}{}", stdout(output), stderr(output));
    stdout(output)
}

/// A merchant whose platform is out of reach, with a ledger of its own.
pub(crate) fn shop(on: On) -> (Shop, Option<Database>) {
    let shop = Shop::new(PLAIN);
    match on {
        On::Sqlite => (shop, None),
        On::Postgres => {
            let database = Database::create_now();
            let path = shop.path("duizhang.toml");
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.replace("sqlite://var/ledger.db", &database.url());
            std::fs::write(path, text).unwrap();
            (shop, Some(database))
        }
    }
}

#[test]
fn each_currency_has_its_own_lines_and_totals() {
    three_currencies(On::Sqlite);
}

#[test]
fn each_currency_has_its_own_lines_and_totals_on_postgres() {
    if crate::ledger::server::is_there() {
        three_currencies(On::Postgres);
    }
}

fn three_currencies(on: On) {
    let (shop, _database) = shop(on);
    shop.write(&format!("orders/{DATE}.csv"), ORDERS.as_bytes());
    let printed = ended(&shop.nightly(), 4);
    let lines: Vec<String> = shop
        .report("summary")
        .iter()
        .map(|row| LINE.map(|at| row[at].as_str()).join(" "))
        .collect();
    assert_eq!(
        lines,
        [
            "payment 1 100.00 -100.00 0.00 CNY",
            "payment 1 10000 -10000 0 JPY",
            "payment 1 100.00 -100.00 0.00 USD",
            "total 1 100.00 -100.00 0.00 CNY",
            "total 1 10000 -10000 0 JPY",
            "total 1 100.00 -100.00 0.00 USD",
        ]
    );
    for wrong in ["10200", "200.00"] {
        assert!(!printed.contains(wrong), "{printed}");
    }
    assert!(printed.contains("1 / 10000 JPY") && printed.contains("1 / 100.00 USD"), "{printed}");
    let roll: Vec<String> = shop
        .report("roll")
        .iter()
        .map(|row| format!("{} {} {} {}", row[1], row[5], row[6], row.last().unwrap()))
        .collect();
    assert_eq!(
        roll,
        [
            "main 1 100.00 CNY",
            "main 1 10000 JPY",
            "main 1 100.00 USD",
            "total 1 100.00 CNY",
            "total 1 10000 JPY",
            "total 1 100.00 USD",
        ]
    );
    let folder = shop.path(&format!("var/reports/{DATE}"));
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let rows = &manifest["files"][0]["sums"];
    let sums = ["difference", "difference JPY", "difference USD"].map(|key| rows[key].clone());
    assert_eq!(sums, ["-100.00", "-10000", "-100.00"]);
    assert_eq!(manifest["accounts"][0]["unexplained"], "0.00; 0 JPY; 0.00 USD");
    ended(&shop.run(&["verify", folder.to_str().unwrap()]), 0);
    let listed = ended(&shop.run(&["discrepancy", "list", "--date", DATE]), 0);
    assert!(listed.contains("-10000 JPY") && listed.contains("-100.00 USD"), "{listed}");
    for ending in ["report.html", "report.xlsx"] {
        let file = std::fs::read(folder.join(format!("{DATE}_{ending}"))).unwrap();
        assert!(!String::from_utf8_lossy(&file).contains("10200"), "{ending}");
    }
    let month = ended(&shop.run(&["month", "--month", "2026-11"]), 4);
    assert!(!month.contains("10200"), "{month}");
    let folder = shop.path("var/reports/2026-11");
    ended(&shop.run(&["verify", folder.to_str().unwrap()]), 0);
    let statement = std::fs::read_to_string(folder.join("2026-11_statement.csv"));
    let statement = crate::night::rows(&statement.unwrap());
    let totals: Vec<_> = statement.iter().filter(|row| row[0] == "total").collect();
    let totals: Vec<String> =
        totals.iter().map(|row| format!("{} {}", row[5], row.last().unwrap())).collect();
    assert_eq!(totals, ["100.00 CNY", "10000 JPY", "100.00 USD"]);
}

#[tokio::test]
async fn sides_in_two_currencies_each_count_in_their_own() {
    let stub = Stubbed::new(&["payment"]).await;
    let text = "account,kind,order_no,amount,currency,status,created_at,paid_at\n\
         a,payment,1,100.00,USD,succeeded,2026-11-20 09:00:00,2026-11-20 10:00:00\n\
         a,payment,2,5.00,CNY,succeeded,2026-11-20 09:00:00,2026-11-20 10:00:00\n\
         a,payment,3,7.00,USD,pending,2026-11-20 09:00:00,\n";
    let path = stub.folder.path().join("orders.csv");
    std::fs::write(&path, text).unwrap();
    stub.app.import_orders(&path, "orders.csv", date()).await.unwrap();
    stub.says("1", "succeeded", Some(70_000));
    stub.says("2", "succeeded", Some(500));
    stub.says("3", "succeeded", Some(5_000));
    stub.night().await;
    let rows = stub.discrepancies().await;
    let mut rows: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{} {} {:?} {:?} {} {}",
                row.key.order_no,
                row.kind,
                row.merchant_amount_minor,
                row.provider_amount_minor,
                row.difference_minor,
                row.currency
            )
        })
        .collect();
    rows.sort();
    assert_eq!(
        rows,
        [
            "1 currency_mismatch None Some(70000) 70000 CNY",
            "1 currency_mismatch Some(10000) None -10000 USD",
            "3 paid_only_at_provider None Some(5000) 5000 CNY",
        ]
    );
    let (totals, _) = stub.app.ledger.day(date()).await.unwrap();
    let totals: Vec<String> = totals
        .iter()
        .map(|(_, currency, it)| {
            let sides =
                [it.merchant_count, it.merchant_minor, it.provider_count, it.provider_minor];
            format!("{currency} {sides:?}")
        })
        .collect();
    assert_eq!(totals, ["CNY [1, 500, 3, 75500]", "USD [1, 10000, 0, 0]"]);
    // The same night again says the same, and the corrected order closes both rows.
    stub.night().await;
    assert_eq!(stub.discrepancies().await.len(), 3);
    stub.orders(&["payment,1,,700.00,succeeded,paid 20 10:00:00"]).await;
    stub.night().await;
    let open = stub.discrepancies().await;
    let open = open.iter().filter(|row| row.key.order_no == "1" && !row.state.is_closed());
    assert_eq!(open.count(), 0);
}

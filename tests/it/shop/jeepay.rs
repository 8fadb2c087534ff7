//! Goal: what a Jeepay server has in its own database is the platform's side of the day, whole and with
//! fees, and nothing of other days, merchants or applications is. Method: its three tables on `MariaDB`
//! with the shipped query, imported through the binary.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use duizhang::ledger::{Access, open};
use duizhang::reading::Facts;
use duizhang::status::ProviderStatus::{Refunded, Succeeded};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use super::DATE;
use crate::mariadb;

/// The tables of the server's own `init.sql`, as far as the query goes.
const TABLES: [&str; 3] = [
    "CREATE TABLE t_pay_order (pay_order_id VARCHAR(30) PRIMARY KEY, mch_no VARCHAR(64) NOT NULL, \
     app_id VARCHAR(64) NOT NULL, mch_order_no VARCHAR(64) NOT NULL, amount BIGINT NOT NULL, \
     mch_fee_amount BIGINT NOT NULL, currency VARCHAR(3) NOT NULL DEFAULT 'cny', \
     state TINYINT NOT NULL, success_time DATETIME DEFAULT NULL, way_code VARCHAR(20) NOT NULL)",
    "CREATE TABLE t_refund_order (refund_order_id VARCHAR(30) PRIMARY KEY, mch_no VARCHAR(64) NOT NULL, \
     app_id VARCHAR(64) NOT NULL, mch_refund_no VARCHAR(64) NOT NULL, refund_amount BIGINT NOT NULL, \
     currency VARCHAR(3) NOT NULL DEFAULT 'cny', state TINYINT NOT NULL, \
     success_time DATETIME DEFAULT NULL)",
    "CREATE TABLE t_transfer_order (transfer_id VARCHAR(32) PRIMARY KEY, mch_no VARCHAR(64) NOT NULL, \
     app_id VARCHAR(64) NOT NULL, mch_order_no VARCHAR(64) NOT NULL, amount BIGINT NOT NULL, \
     currency VARCHAR(3) NOT NULL DEFAULT 'cny', state TINYINT NOT NULL, \
     success_time DATETIME DEFAULT NULL)",
];

/// Payments: number, merchant, application, state, time; of 100.00 with a fee of 0.38.
const PAYMENTS: [(&str, &str, &str, u8, &str); 11] = [
    ("J-FIRST", "M1", "A1", 2, "'2026-11-20 00:00:00'"),
    ("J-LAST", "M1", "A1", 2, "'2026-11-20 23:59:59'"),
    ("J-BACK", "M1", "A1", 5, "'2026-11-20 12:00:00'"),
    ("J-BEFORE", "M1", "A1", 2, "'2026-11-19 23:59:59'"),
    ("J-AFTER", "M1", "A1", 2, "'2026-11-21 00:00:00'"),
    ("J-MADE", "M1", "A1", 0, "NULL"),
    ("J-UNDER-WAY", "M1", "A1", 1, "NULL"),
    ("J-FAILED", "M1", "A1", 3, "NULL"),
    ("J-CLOSED", "M1", "A1", 6, "NULL"),
    ("J-OTHER-MERCHANT", "M2", "A1", 2, "'2026-11-20 12:00:00'"),
    ("J-OTHER-APP", "M1", "A2", 2, "'2026-11-20 12:00:00'"),
];

fn configuration(folder: &Path) {
    let config = "[orders]\ncsv = \"orders/{date}.csv\"\n\n[[account]]\nname = \"j\"\n\
         provider = \"jeepay\"\nbase_url = \"http://127.0.0.1:9\"\nmch_no = \"M1\"\napp_id = \"A1\"\n\
         key = { env = \"KEY\" }\n[account.statement]\n\
         database = { url = { env = \"JEEPAY_DB\" }, query = \"bill.sql\" }\namount_unit = \"fen\"\n\
         [account.statement.kinds]\npay = \"payment\"\nrefund = \"refund\"\ntransfer = \"payout\"\n";
    std::fs::write(folder.join("duizhang.toml"), config).unwrap();
    let query = include_str!("../../../src/provider/jeepay/bill.sql");
    std::fs::write(folder.join("bill.sql"), query).unwrap();
    for name in ["orders", "jobs"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    let orders = "account,kind,order_no,amount,status,created_at,paid_at\n\
                  j,payment,J-FIRST,100.00,succeeded,2026-11-20 00:00:00,2026-11-20 00:00:01\n";
    std::fs::write(folder.join(format!("orders/{DATE}.csv")), orders).unwrap();
    let job =
        "description = \"files only\"\nschedule = \"0 3 * * *\"\nsteps = [\"import_orders\"]\n";
    std::fs::write(folder.join("jobs/files.toml"), job).unwrap();
}

fn run(folder: &Path, url: &str, arguments: &[&str]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
    command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null());
    command.env("JEEPAY_DB", url).env("KEY", "secret");
    command.arg("--config").arg(folder.join("duizhang.toml"));
    let output = command.args(arguments).output().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let printed = format!("{out}{err}");
    assert!(!printed.contains("pass word") && !printed.contains("panicked"), "{printed}");
    (output, printed)
}

async fn facts_of(folder: &Path, order_no: &str) -> Vec<Facts> {
    let url = format!("sqlite://{}", folder.join("var/ledger.db").display());
    let ledger = open(&url, Access::Work).await.unwrap();
    let found = ledger.find(order_no).await.unwrap();
    found.into_iter().flat_map(|pair| pair.readings).map(|reading| reading.facts).collect()
}

async fn filled(server: &mariadb::Server) {
    let options: sqlx::mysql::MySqlConnectOptions = server.url("root", "").parse().unwrap();
    let mut conn = options.connect().await.unwrap();
    for statement in [
        "CREATE DATABASE jeepay CHARACTER SET utf8mb4",
        "CREATE USER reader@localhost IDENTIFIED BY 'pass word'",
        "GRANT SELECT ON jeepay.* TO reader@localhost",
        "USE jeepay",
    ] {
        conn.execute(statement).await.unwrap();
    }
    for table in TABLES {
        conn.execute(table).await.unwrap();
    }
    for (order_no, mch_no, app_id, state, at) in PAYMENTS {
        let row = format!(
            "INSERT INTO t_pay_order VALUES ('P-{order_no}', '{mch_no}', '{app_id}', '{order_no}', \
             10000, 38, 'cny', {state}, {at}, 'WX_JSAPI')"
        );
        conn.execute(AssertSqlSafe(row)).await.unwrap();
    }
    for (order_no, state) in [("JR-BACK", 2), ("JR-FAILED", 3)] {
        let row = format!(
            "INSERT INTO t_refund_order VALUES ('R-{order_no}', 'M1', 'A1', '{order_no}', 10000, \
             'cny', {state}, '2026-11-20 12:00:01')"
        );
        conn.execute(AssertSqlSafe(row)).await.unwrap();
    }
    for (order_no, state) in [("JT-PAID", 2), ("JT-CLOSED", 4)] {
        let row = format!(
            "INSERT INTO t_transfer_order VALUES ('T-{order_no}', 'M1', 'A1', '{order_no}', 500, \
             'cny', {state}, '2026-11-20 12:00:02')"
        );
        conn.execute(AssertSqlSafe(row)).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_jeepay_server_has_in_its_database_is_its_bill_of_the_day() {
    let Some(server) = mariadb::Server::start() else { return };
    filled(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    configuration(folder);
    let url = server.url("reader:pass%20word", "jeepay");
    let (_, checked) = run(folder, &url, &["check"]);
    assert!(checked.contains("mysql://reader@localhost/jeepay takes the query"), "{checked}");
    let (output, imported) = run(folder, &url, &["-v", "run", "files", "--date", DATE]);
    assert_eq!(output.status.code(), Some(0), "{imported}");
    for (order_no, status, amount, fee) in [
        ("J-FIRST", Succeeded, 10_000, Some(38)),
        ("J-LAST", Succeeded, 10_000, Some(38)),
        ("J-BACK", Refunded, 10_000, Some(38)),
        ("JR-BACK", Succeeded, 10_000, None),
        ("JT-PAID", Succeeded, 500, None),
    ] {
        let words = facts_of(folder, order_no).await;
        let [word] = words.as_slice() else { panic!("{order_no}: {words:?}\n{imported}") };
        assert_eq!((word.status, word.fee_minor), (status, fee), "{order_no}");
        assert_eq!(word.amount.map(|amount| amount.minor), Some(amount), "{order_no}");
        assert!(word.provider_order_no.ends_with(order_no), "{word:?}");
    }
    let others = PAYMENTS.iter().skip(3).map(|(order_no, ..)| *order_no);
    for order_no in others.chain(["JR-FAILED", "JT-CLOSED"]) {
        assert_eq!(facts_of(folder, order_no).await, [], "{order_no}");
    }
    // A database that is not there takes nothing back, and says so.
    let (output, refused) = run(
        folder,
        &url.replace("pass%20word", "pass%20wort"),
        &["-v", "run", "files", "--date", DATE],
    );
    assert_eq!(output.status.code(), Some(4), "{refused}");
    assert!(refused.contains("the statement was not imported"), "{refused}");
    assert_eq!(facts_of(folder, "J-LAST").await.len(), 1);
}

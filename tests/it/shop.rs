//! Goal: the merchant's own database gives the same orders as its export would, exactly, and nothing
//! can be written to it. Method: one shop in SQLite, PostgreSQL and `MariaDB`, with the sample queries,
//! imported through the binary; what is stored is asked of the ledger.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use duizhang::ledger::{Access, open};
use duizhang::order::Order;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::ledger::server::Database;
use crate::mariadb;

mod jeepay;
mod night;

const DATE: &str = "2026-11-20";

/// A configuration with a database for its orders.
struct Shop {
    folder: tempfile::TempDir,
    url: String,
}

impl Shop {
    fn new(url: &str, query: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "[orders]\ndatabase = {{ url = {{ env = \"SHOP_DB\" }}, query = \"orders.sql\" }}\n{more}\n\
             [[account]]\nname = \"a\"\nprovider = \"icashier\"\nbase_url = \"http://127.0.0.1:9\"\n\
             mer_id = \"1\"\nkey = {{ env = \"KEY\" }}\n"
        );
        std::fs::write(folder.path().join("duizhang.toml"), config).unwrap();
        let shop = Self { folder, url: url.to_owned() };
        shop.ask(query);
        shop
    }

    fn ask(&self, query: &str) {
        std::fs::write(self.folder.path().join("orders.sql"), query).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_duizhang"));
        command.env_remove("DUIZHANG_CONFIG").stdin(Stdio::null());
        command.env("SHOP_DB", &self.url).env("KEY", "secret");
        command.arg("--config").arg(self.folder.path().join("duizhang.toml"));
        command.args(arguments).output().unwrap()
    }

    /// What the job says while it imports; only the orders are imported.
    fn import(&self) -> String {
        let jobs = self.folder.path().join("jobs");
        std::fs::create_dir_all(&jobs).unwrap();
        let job = "description = \"orders only\"\nschedule = \"0 3 * * *\"\nsteps = [\"import_orders\"]\n";
        std::fs::write(jobs.join("orders.toml"), job).unwrap();
        let output = self.run(&["-v", "run", "orders", "--date", DATE]);
        let printed = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() != Some(1) || printed.contains("duizhang: "), "{printed}");
        assert!(!printed.contains("pass word") && !printed.contains("panicked"), "{printed}");
        printed
    }

    fn check(&self) -> (Option<i32>, String) {
        let output = self.run(&["check"]);
        let printed = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!printed.contains("pass word"), "{printed}");
        (output.status.code(), printed)
    }

    async fn stored(&self, order_no: &str) -> Vec<Order> {
        let url = format!("sqlite://{}", self.folder.path().join("var/ledger.db").display());
        let ledger = open(&url, Access::Work).await.unwrap();
        let found = ledger.find(order_no).await.unwrap();
        found.into_iter().flat_map(|pair| pair.orders).collect()
    }

    /// Line, column and reason of what was refused.
    async fn refused(&self) -> Vec<(i64, String, &'static str)> {
        let url = format!("sqlite://{}", self.folder.path().join("var/ledger.db").display());
        let ledger = open(&url, Access::Work).await.unwrap();
        let date = duizhang::business_day::BusinessDate::parse(DATE).unwrap();
        let found: Vec<_> = ledger.rejections(date).try_collect().await.unwrap();
        assert!(found.iter().all(|row| row.source == format!("database:orders.sql {DATE}")));
        found.into_iter().map(|row| (row.line, row.column, row.reason.code())).collect()
    }
}

/// One engine's shop: its URL, types, and the literal of a moment in Beijing.
struct Kind {
    url: String,
    query: &'static str,
    /// Types of amount, fee, order number, status, created at, paid at.
    types: [&'static str; 6],
    /// Amount and fee of 99999999999.93 and 0.10 as they are stored.
    amounts: [&'static str; 2],
    unit: &'static str,
}

const COLUMNS: &str = "account VARCHAR(20), kind VARCHAR(20), product VARCHAR(20), \
     provider_order_no VARCHAR(64), original_order_no VARCHAR(64), currency VARCHAR(3)";

fn statements(kind: &Kind) -> Vec<String> {
    let [amount, fee, order_no, status, created_at, paid_at] = kind.types;
    let [large, dime] = kind.amounts;
    let mut all = vec![format!(
        "CREATE TABLE shop_order ({COLUMNS}, order_no {order_no}, amount {amount}, fee {fee}, \
         status {status}, created_at {created_at}, paid_at {paid_at})"
    )];
    let row = |order_no: &str, status: &str, paid_at: &str, amount: &str| {
        format!(
            "INSERT INTO shop_order (account, kind, product, currency, order_no, amount, fee, status, \
             created_at, paid_at) VALUES ('a', 'payment', '', NULL, {order_no}, {amount}, {dime}, \
             '{status}', '2026-11-20 08:00:00', {paid_at})"
        )
    };
    // The day's first and last second, and their neighbours in the days beside it.
    all.push(row("9007199254740993", "succeeded", "'2026-11-20 00:00:00'", large));
    all.push(row("9007199254740994", "succeeded", "'2026-11-20 23:59:59'", dime));
    all.push(row("9007199254740995", "succeeded", "'2026-11-19 23:59:59'", dime));
    all.push(row("9007199254740996", "succeeded", "'2026-11-21 00:00:00'", dime));
    all.push(row("9007199254740997", "closed", "NULL", dime));
    all.push(row("9007199254740998", "lost", "'2026-11-20 10:00:00'", dime));
    all
}

/// Everything that holds of any shop's database.
async fn holds(kind: &Kind) {
    let shop = Shop::new(&kind.url, kind.query, &format!("amount_unit = \"{}\"", kind.unit));
    let (code, printed) = shop.check();
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("takes the query"), "{printed}");
    let printed = shop.import();
    assert!(printed.contains("added=3") && printed.contains("rejected=1"), "{printed}");
    let first = &shop.stored("9007199254740993").await[0];
    assert_eq!((first.amount.minor, first.fee_minor), (9_999_999_999_993, Some(10)));
    assert_eq!(first.business_date.to_string(), DATE);
    assert_eq!(first.line, 2);
    let last = &shop.stored("9007199254740994").await[0];
    assert_eq!(
        duizhang::business_day::BusinessDay::BEIJING.text(last.paid_at.unwrap()),
        "2026-11-20 23:59:59"
    );
    let closed = &shop.stored("9007199254740997").await[0];
    assert_eq!((closed.paid_at, closed.status.code()), (None, "closed"));
    for neighbour in ["9007199254740995", "9007199254740996"] {
        assert_eq!(shop.stored(neighbour).await, [], "{neighbour}");
    }
    assert_eq!(shop.refused().await, [(5, "status".to_owned(), "unknown_word")]);
    assert!(shop.import().contains("unchanged since its last import"));
    assert_eq!(std::fs::read_dir(shop.folder.path().join("var/spool")).unwrap().count(), 0);
    refuses(&shop);
}

/// What cannot be asked is said, without the password, and nothing is written.
fn refuses(shop: &Shop) {
    let from = "FROM shop_order WHERE created_at >= {day_start} AND created_at < {day_end}";
    let table = [
        (format!("SELECT account, kind {from}"), "no column for order_no, amount, status"),
        (format!("SELECT account, kind, fee AS status, nothing {from}"), "nothing"),
        ("SELECT * FROM shop_order".to_owned(), "does not say {day_start}"),
        (format!("SELECT * {from}; DELETE FROM shop_order"), "second statement"),
        ("SELECT * FROM shop_order WHERE '{day_start}' < {day_end}".to_owned(), "inside quotes"),
    ];
    for (query, problem) in table {
        shop.ask(&query);
        let (code, printed) = shop.check();
        assert_eq!(code, Some(2), "{printed}");
        assert!(
            printed.contains(problem) && printed.contains("orders.sql"),
            "{problem}: {printed}"
        );
        assert!(shop.import().contains(problem), "{problem}");
    }
    let writes =
        "DELETE FROM shop_order WHERE created_at >= {day_start} AND created_at < {day_end}";
    shop.ask(writes);
    let printed = shop.import();
    assert!(printed.contains("duizhang: "), "{printed}");
}

#[tokio::test]
async fn orders_come_from_a_sqlite_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let kind = Kind {
        url: format!("sqlite://{}", path.display()),
        query: include_str!("../../samples/orders/sqlite.sql"),
        types: ["INTEGER", "INTEGER", "INTEGER", "TEXT", "TEXT", "TEXT"],
        amounts: ["9999999999993", "10"],
        unit: "fen",
    };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut conn = options.connect().await.unwrap();
    for statement in statements(&kind) {
        conn.execute(AssertSqlSafe(statement)).await.unwrap();
    }
    holds(&kind).await;
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM shop_order").fetch_one(&mut conn).await.unwrap();
    assert_eq!(count, 6, "nothing was deleted");
    // What SQLite calls DECIMAL is a binary fraction, and is refused before and while it is read.
    conn.execute("CREATE TABLE d AS SELECT * FROM shop_order").await.unwrap();
    conn.execute("ALTER TABLE d DROP COLUMN amount").await.unwrap();
    conn.execute("ALTER TABLE d ADD COLUMN amount DECIMAL(10, 2) DEFAULT 12.5").await.unwrap();
    let query = "SELECT * FROM d WHERE created_at >= {day_start} AND created_at < {day_end}";
    let shop = Shop::new(&kind.url, query, "");
    assert!(shop.import().contains("\"amount\" as REAL, which cannot hold every amount exactly"));
    conn.execute("ALTER TABLE d ADD COLUMN price REAL").await.unwrap();
    conn.execute("ALTER TABLE d ADD COLUMN paid BOOLEAN").await.unwrap();
    let columns = "[orders.columns]\namount = \"price\"\nstatus = \"paid\"\nkind = \"art\"";
    let shop = Shop::new(&kind.url, query, columns);
    let (code, printed) = shop.check();
    assert_eq!(code, Some(2), "{printed}");
    for problem in ["no column for kind", "\"price\" as REAL", "\"paid\" as BOOLEAN"] {
        assert!(printed.contains(problem), "all at once: {printed}");
    }
    let nowhere = Shop::new("sqlite://nowhere.db", "SELECT 1", "");
    let (code, printed) = nowhere.check();
    assert_eq!(code, Some(2), "{printed}");
    assert!(
        printed.contains("cannot connect") && printed.contains("does not say {day_start}"),
        "{printed}"
    );
}

#[tokio::test]
async fn orders_come_from_postgresql() {
    let Some(database) = Database::create().await else { return };
    let mut conn = database.connect().await;
    // The shop's clock is elsewhere; its rows are in Beijing's time all the same.
    conn.execute("SET TIME ZONE 'Asia/Shanghai'").await.unwrap();
    conn.execute("CREATE TYPE order_status AS ENUM ('succeeded', 'closed', 'lost')").await.unwrap();
    let url = database.url().replacen("duizhang@", "duizhang:pass%20word@", 1);
    let kind = |paid_at, order_no| Kind {
        url: url.clone(),
        query: include_str!("../../samples/orders/postgres.sql"),
        types: ["NUMERIC(20, 2)", "NUMERIC", order_no, "order_status", "TIMESTAMP", paid_at],
        amounts: ["99999999999.93", "0.10"],
        unit: "yuan",
    };
    for kind in [kind("TIMESTAMPTZ", "BIGINT"), kind("TIMESTAMP", "VARCHAR(64)")] {
        for statement in statements(&kind) {
            conn.execute(AssertSqlSafe(statement)).await.unwrap();
        }
        holds(&kind).await;
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM shop_order")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        assert_eq!(count, 6, "nothing was deleted");
        let writes = "CREATE OR REPLACE FUNCTION writes() RETURNS TEXT LANGUAGE SQL AS \
                      $$ DELETE FROM shop_order RETURNING account $$";
        conn.execute(writes).await.unwrap();
        let shop = Shop::new(
            &url,
            "SELECT writes() AS account, *, {day_start} < {day_end} AS x FROM (SELECT kind, order_no, amount, status, paid_at FROM shop_order) AS s",
            "",
        );
        assert!(shop.import().contains("(25006)"), "the transaction is read-only");
        let float = "SELECT account, kind, order_no, amount::float8, fee, status, created_at, true AS \
                     product FROM shop_order WHERE paid_at BETWEEN {day_start} AND {day_end}";
        shop.ask(float);
        let (_, printed) = shop.check();
        assert!(
            printed.contains("\"amount\" as FLOAT8") && printed.contains("\"product\" as BOOL"),
            "{printed}"
        );
        conn.execute("DROP TABLE shop_order").await.unwrap();
    }
    conn.close().await.unwrap();
}

#[tokio::test]
async fn orders_come_from_mariadb() {
    let Some(server) = mariadb::Server::start() else { return };
    let options: sqlx::mysql::MySqlConnectOptions = server.url("root", "").parse().unwrap();
    let mut conn = options.connect().await.unwrap();
    for statement in [
        "CREATE DATABASE shop CHARACTER SET utf8mb4",
        "CREATE USER reader@localhost IDENTIFIED BY 'pass word'",
        "GRANT ALL ON shop.* TO reader@localhost",
        "USE shop",
        "SET time_zone = '+08:00'",
    ] {
        conn.execute(statement).await.unwrap();
    }
    let url = server.url("reader:pass%20word", "shop");
    for (order_no, status, paid_at) in [
        ("BIGINT UNSIGNED", "ENUM('succeeded', 'closed', 'lost')", "TIMESTAMP NULL"),
        ("VARCHAR(64)", "TEXT", "DATETIME(3)"),
    ] {
        let kind = Kind {
            url: url.clone(),
            query: include_str!("../../samples/orders/mysql.sql"),
            types: ["DECIMAL(20, 2)", "DECIMAL(10, 2)", order_no, status, "DATETIME", paid_at],
            amounts: ["99999999999.93", "0.10"],
            unit: "yuan",
        };
        for statement in statements(&kind) {
            conn.execute(AssertSqlSafe(statement)).await.unwrap();
        }
        holds(&kind).await;
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM shop_order")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        assert_eq!(count, 6, "nothing was deleted");
        let shop = Shop::new(
            &url,
            "SELECT account, kind, order_no, amount * 1e0 AS amount, status, paid_at FROM shop_order WHERE paid_at BETWEEN {day_start} AND {day_end}",
            "",
        );
        let (_, printed) = shop.check();
        assert!(printed.contains("\"amount\" as DOUBLE"), "{printed}");
        conn.execute("DROP TABLE shop_order").await.unwrap();
    }
    let shop = Shop::new(&url.replace("pass%20word", "wrong%20pass%20word"), "SELECT 1", "");
    assert!(
        shop.check()
            .1
            .contains("cannot connect to the shop's database mysql://reader@localhost/shop")
    );
}

fn path(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

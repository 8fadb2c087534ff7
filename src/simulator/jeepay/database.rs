//! The platform's own database, which the merchant owns: the three tables, as far as a merchant's query of
//! them goes, in a SQLite file.

use std::io;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use super::{APP_ID, MCH_NO, state, way};
use crate::business_day::BusinessDay;
use crate::simulator::world::Trade;
use crate::status::Kind;

/// The file beside the configuration.
pub(super) const FILE: &str = "jeepay.db";

/// `[account.statement]`.
pub(super) const SETTINGS: &str = r#"
[account.statement]
database = { url = { file = "secrets/jeepay-database.url" }, query = "jeepay_bill.sql" }
amount_unit = "fen"

[account.statement.kinds]
pay = "payment"
refund = "refund"
transfer = "payout"
"#;

/// The query that is shipped for the real one.
const QUERY: &str = include_str!("../../provider/jeepay/bill.sql");

const TABLES: &str = "
CREATE TABLE t_pay_order (
    pay_order_id TEXT PRIMARY KEY, mch_no TEXT, app_id TEXT, mch_order_no TEXT, amount INTEGER,
    mch_fee_amount INTEGER, currency TEXT, state INTEGER, created_at TEXT, success_time TEXT, way_code TEXT
);
CREATE TABLE t_refund_order (
    refund_order_id TEXT PRIMARY KEY, mch_no TEXT, app_id TEXT, mch_refund_no TEXT,
    refund_amount INTEGER, currency TEXT, state INTEGER, created_at TEXT, success_time TEXT
);
CREATE TABLE t_transfer_order (
    transfer_id TEXT PRIMARY KEY, mch_no TEXT, app_id TEXT, mch_order_no TEXT, amount INTEGER,
    currency TEXT, state INTEGER, created_at TEXT, success_time TEXT
);
";

const PAYMENT: &str =
    "INSERT INTO t_pay_order VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const REFUND: &str = "INSERT INTO t_refund_order VALUES (?1, ?2, ?3, ?4, ?5, ?7, ?8, ?9, ?10)";
const TRANSFER: &str = "INSERT INTO t_transfer_order VALUES (?1, ?2, ?3, ?4, ?5, ?7, ?8, ?9, ?10)";

/// Writes database and query into a folder, anew.
pub(super) fn write(folder: &Path, trades: &[&Trade]) -> io::Result<()> {
    let path = folder.join(FILE);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    std::fs::write(folder.join("jeepay_bill.sql"), QUERY)?;
    // Whoever writes a world may be on a runtime, which must not wait for another one.
    std::thread::scope(|scope| {
        let written = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(tables(&path, trades)).map_err(io::Error::other)
        });
        written.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

async fn tables(path: &Path, trades: &[&Trade]) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut database: SqliteConnection = options.connect().await?;
    sqlx::raw_sql(TABLES).execute(&mut database).await?;
    sqlx::raw_sql("BEGIN").execute(&mut database).await?;
    let text = |at| BusinessDay::BEIJING.text(at);
    for trade in trades {
        let insert = match trade.lane.kind {
            Kind::Payment => PAYMENT,
            Kind::Refund => REFUND,
            Kind::Payout => TRANSFER,
        };
        let insert = sqlx::query(insert)
            .bind(&trade.provider_order_no)
            .bind(MCH_NO)
            .bind(APP_ID)
            .bind(&trade.order_no)
            .bind(trade.amount_minor)
            .bind(trade.fee_minor)
            .bind(trade.currency)
            .bind(state(trade))
            .bind(text(trade.created_at))
            .bind(trade.paid_at.map(text))
            .bind(way(trade));
        insert.execute(&mut database).await?;
    }
    sqlx::raw_sql("COMMIT").execute(&mut database).await?;
    Ok(())
}

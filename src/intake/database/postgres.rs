//! A shop's database on PostgreSQL.
//!
//! Rows are fetched from a cursor as PostgreSQL itself writes values as text, so that every type, also
//! one of the shop's own, comes as `psql` would show it, and nothing is turned into a fraction.

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Executor, Row, SqlSafeStr, Statement, TypeInfo,
    ValueRef,
};

use super::query::{Bound, Query};
use super::sink::Sink;
use super::{Bounds, Column, Engine, Fit, Stop, Used, code, within_patience};
use crate::business_day::Timestamp;

/// All that is read is as it was at one moment, and nothing can be written.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// As many rows are in memory at once.
const FETCH: &str = "FETCH FORWARD 2000 FROM duizhang_orders";

/// A connection in which every transaction is read-only.
pub(super) struct Shop(PgConnection);

impl Shop {
    /// Connects. Amounts and times are shown in the form that is read, whatever the server's default.
    pub(super) async fn connect(options: &PgConnectOptions) -> Result<Self, sqlx::Error> {
        let options = options.clone().options([
            ("default_transaction_read_only", "on"),
            ("DateStyle", "ISO"),
            ("client_encoding", "UTF8"),
        ]);
        Ok(Self(options.connect().await?))
    }
}

#[async_trait]
impl Engine for Shop {
    async fn columns(&mut self, query: &Query) -> Result<Vec<Column>, sqlx::Error> {
        let sql = AssertSqlSafe(query.sql.clone()).into_sql_str();
        let statement = (&mut self.0).prepare(sql).await?;
        let columns = statement.columns().iter().map(|column| {
            let type_name = column.type_info().name().to_owned();
            Column { name: column.name().to_owned(), fit: fit(&type_name), type_name }
        });
        Ok(columns.collect())
    }

    async fn rows(
        &mut self,
        query: &Query,
        day: &Bounds,
        used: &[Used],
        sink: &mut Sink,
    ) -> Result<(), Stop> {
        let failed = |error: sqlx::Error| Stop::Failed(code(&error));
        self.0.execute(BEGIN).await.map_err(failed)?;
        let zone = sqlx::query("SELECT set_config('TimeZone', $1, TRUE)");
        let zone = zone.bind(day.day.timezone.name()).execute(&mut self.0);
        zone.await.map_err(failed)?;
        let cursor = format!("DECLARE duizhang_orders NO SCROLL CURSOR FOR {}", query.sql);
        let mut declared = sqlx::query(AssertSqlSafe(cursor)).persistent(false);
        for bound in &query.bounds {
            declared = match bound {
                Bound::Start => declared.bind(utc(day.start)),
                Bound::End => declared.bind(utc(day.end)),
                Bound::Text(text) => declared.bind(text.clone()),
            };
        }
        within_patience(declared.execute(&mut self.0)).await?.map_err(failed)?;
        let mut values = Vec::with_capacity(used.len());
        loop {
            let page = self.0.fetch_all(sqlx::raw_sql(FETCH));
            let page = within_patience(page).await?.map_err(failed)?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                values.clear();
                for used in used {
                    values.push(text(row, used).map_err(failed)?);
                }
                sink.row(&values)?;
            }
        }
        self.0.execute("ROLLBACK").await.map_err(failed)?;
        Ok(())
    }
}

fn fit(type_name: &str) -> Fit {
    match type_name {
        "FLOAT4" | "FLOAT8" => Fit::Float,
        "BOOL" => Fit::Truth,
        "BYTEA" | "JSON" | "JSONB" | "TIME" | "TIMETZ" | "INTERVAL" | "RECORD" | "MONEY" => {
            Fit::Other
        }
        array if array.ends_with("[]") => Fit::Other,
        _ => Fit::Exact,
    }
}

/// A value as PostgreSQL writes it; empty for NULL.
fn text(row: &PgRow, used: &Used) -> Result<String, sqlx::Error> {
    let value = row.try_get_raw(used.at)?;
    if value.is_null() {
        return Ok(String::new());
    }
    value.as_str().map(str::to_owned).map_err(sqlx::Error::Decode)
}

/// A moment with its zone.
fn utc(moment: Timestamp) -> String {
    chrono::DateTime::from_timestamp(moment.epoch_seconds(), 0)
        .map_or_else(String::new, |moment| moment.format("%Y-%m-%d %H:%M:%S+00").to_string())
}

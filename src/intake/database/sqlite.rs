//! A shop's database in a SQLite file.

use std::path::Path;

use async_trait::async_trait;
use futures_util::StreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow, SqliteValueRef};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Decode, Executor, Row, SqlSafeStr, Sqlite,
    SqliteConnection, Statement, TypeInfo, ValueRef,
};

use super::query::{Bound, Query};
use super::sink::Sink;
use super::{Bounds, Column, Engine, Fit, Stop, Used, code, misfit, within_patience};

/// A connection that cannot write.
pub(super) struct Shop(SqliteConnection);

impl Shop {
    /// Opens the file, which has to be there, for reading only.
    pub(super) async fn connect(path: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let options = options.create_if_missing(false).pragma("query_only", "ON");
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
        let mut asked = sqlx::query(AssertSqlSafe(query.sql.clone())).persistent(false);
        for bound in &query.bounds {
            asked = asked.bind(match bound {
                Bound::Start => day.day.text(day.start),
                Bound::End => day.day.text(day.end),
                Bound::Text(text) => text.clone(),
            });
        }
        let mut found = asked.fetch(&mut self.0);
        let mut values = Vec::with_capacity(used.len());
        while let Some(row) = within_patience(found.next()).await? {
            let row = row.map_err(|error| Stop::Failed(code(&error)))?;
            values.clear();
            for used in used {
                values.push(text(&row, used)?);
            }
            sink.row(&values)?;
        }
        Ok(())
    }
}

/// By the declared type; what is declared otherwise is looked at value by value.
fn fit(type_name: &str) -> Fit {
    match type_name {
        "REAL" => Fit::Float,
        "BOOLEAN" => Fit::Truth,
        _ => Fit::Exact,
    }
}

/// A value as text; empty for NULL. A column declared `DECIMAL` holds binary fractions here.
fn text(row: &SqliteRow, used: &Used) -> Result<String, Stop> {
    let failed = |error: &sqlx::Error| Stop::Failed(code(error));
    let value = row.try_get_raw(used.at).map_err(|error| failed(&error))?;
    if value.is_null() {
        return Ok(String::new());
    }
    let type_name = value.type_info().name().to_owned();
    let unreadable = |_| Stop::Failed("a value that cannot be read".to_owned());
    match type_name.as_str() {
        "INTEGER" => number(value).map_err(unreadable),
        "TEXT" | "BLOB" => bytes(value).map_err(unreadable),
        other => {
            let fit = if other == "REAL" { Fit::Float } else { Fit::Other };
            let wrong = misfit(&used.name, other, fit, used.ours);
            Err(Stop::Type(wrong.unwrap_or_default()))
        }
    }
}

type Read = Result<String, sqlx::error::BoxDynError>;

fn number(value: SqliteValueRef<'_>) -> Read {
    Ok(<i64 as Decode<'_, Sqlite>>::decode(value)?.to_string())
}

fn bytes(value: SqliteValueRef<'_>) -> Read {
    let bytes = <&[u8] as Decode<'_, Sqlite>>::decode(value)?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

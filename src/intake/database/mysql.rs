//! A shop's database on `MySQL` or `MariaDB`.

use async_trait::async_trait;
use futures_util::StreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow, MySqlValueRef};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions, Decode, Executor, MySql, Row, SqlSafeStr,
    Statement, TypeInfo, ValueRef,
};

use super::query::{Bound, Query};
use super::sink::Sink;
use super::{Bounds, Column, Engine, Fit, Stop, Used, code, within_patience};

/// Every transaction of the session is read-only, also one that a statement begins by itself.
const READ_ONLY: &str = "SET SESSION TRANSACTION READ ONLY";
/// All that is read is as it was at one moment.
const BEGIN: &str = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// A connection in which every transaction is read-only.
pub(super) struct Shop(MySqlConnection);

impl Shop {
    /// Connects, with the server's own way of reading SQL.
    pub(super) async fn connect(options: &MySqlConnectOptions) -> Result<Self, sqlx::Error> {
        let options = options.clone().pipes_as_concat(false).no_engine_substitution(false);
        let mut conn = options.timezone(None).connect().await?;
        conn.execute(READ_ONLY).await?;
        Ok(Self(conn))
    }

    /// The session's zone is the business day's: by its name where the server knows names, else by
    /// the offset that it has at the beginning of the day.
    async fn set_zone(&mut self, day: &Bounds) -> Result<(), sqlx::Error> {
        let set = |zone: String| sqlx::query("SET time_zone = ?").bind(zone);
        let name = day.day.timezone.name().to_owned();
        if set(name).execute(&mut self.0).await.is_ok() {
            return Ok(());
        }
        let local = day.day.local(day.start).and_utc().timestamp();
        let offset = local.saturating_sub(day.start.epoch_seconds());
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.saturating_abs().div_euclid(60);
        let (hours, minutes) = (minutes.div_euclid(60), minutes.rem_euclid(60));
        let offset = format!("{sign}{hours:02}:{minutes:02}");
        set(offset).execute(&mut self.0).await.map(|_| ())
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
        self.set_zone(day).await.map_err(failed)?;
        self.0.execute(BEGIN).await.map_err(failed)?;
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
            let row = row.map_err(failed)?;
            values.clear();
            for used in used {
                values.push(text(&row, used).map_err(failed)?);
            }
            sink.row(&values)?;
        }
        drop(found);
        self.0.execute("ROLLBACK").await.map_err(failed)?;
        Ok(())
    }
}

fn fit(type_name: &str) -> Fit {
    match type_name {
        "FLOAT" | "DOUBLE" => Fit::Float,
        "BIT" | "TIME" | "GEOMETRY" | "JSON" | "SET" => Fit::Other,
        // Here BOOLEAN is a small whole number, in which many shops keep a status.
        _ => Fit::Exact,
    }
}

/// A value as text; empty for NULL and for the date of zeros.
fn text(row: &MySqlRow, used: &Used) -> Result<String, sqlx::Error> {
    let value = row.try_get_raw(used.at)?;
    if value.is_null() {
        return Ok(String::new());
    }
    let type_name = value.type_info().name().to_owned();
    let read = match type_name.as_str() {
        "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "BOOLEAN" => {
            <i64 as Decode<'_, MySql>>::decode(value).map(|number| number.to_string())
        }
        "TINYINT UNSIGNED" | "SMALLINT UNSIGNED" | "MEDIUMINT UNSIGNED" | "INT UNSIGNED"
        | "BIGINT UNSIGNED" | "YEAR" => {
            <u64 as Decode<'_, MySql>>::decode(value).map(|number| number.to_string())
        }
        "DATE" | "DATETIME" | "TIMESTAMP" => bytes(value)
            .and_then(|bytes| time(bytes).ok_or_else(|| "a time that cannot be read".into())),
        // Decimals come as text too.
        _ => bytes(value).map(|bytes| String::from_utf8_lossy(bytes).into_owned()),
    };
    read.map_err(sqlx::Error::Decode)
}

fn bytes(value: MySqlValueRef<'_>) -> Result<&[u8], sqlx::error::BoxDynError> {
    <&[u8] as Decode<'_, MySql>>::decode(value)
}

/// A time of the binary protocol: its length, then year (two bytes), month and day, then hour, minute
/// and second, then parts of a second; what is zero at the end is left out.
fn time(bytes: &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_first()?;
    let rest = rest.get(..usize::from(*length))?;
    let ([low, high, month, day], clock) = rest.split_first_chunk::<4>()?;
    let year = u16::from_le_bytes([*low, *high]);
    let (hour, minute, second) = match clock {
        [hour, minute, second, ..] => (*hour, *minute, *second),
        _ => (0, 0, 0),
    };
    Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_protocol_has_them() {
        let table: [(&[u8], Option<&str>); 6] = [
            (&[4, 0xEA, 7, 11, 20], Some("2026-11-20 00:00:00")),
            (&[7, 0xEA, 7, 11, 20, 23, 59, 58], Some("2026-11-20 23:59:58")),
            (&[11, 0xEA, 7, 1, 2, 3, 4, 5, 1, 0, 0, 0], Some("2026-01-02 03:04:05")),
            (&[7, 0xEA, 7, 11, 20], None),
            (&[0], None),
            (&[], None),
        ];
        for (bytes, expected) in table {
            assert_eq!(time(bytes).as_deref(), expected);
        }
    }
}

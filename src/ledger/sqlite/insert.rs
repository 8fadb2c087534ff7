//! Rows that go into a table as they are.

use sqlx::sqlite::SqliteArguments;

use super::bind::{Binder, ROWS, execute};
use super::{Connection, Doing, Outcome};
use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::sql;

/// Where rows of refused rows go.
pub(super) const REJECTION: &str = sql::REJECTION_INSERT;
/// Where entries of histories go.
pub(super) const DISCREPANCY_EVENT: &str = sql::DISCREPANCY_EVENT_INSERT;
/// Where what discrepancies are from a date on goes.
pub(super) const DISCREPANCY_VERSION: &str = sql::DISCREPANCY_VERSION_INSERT;

/// Rows, and how their columns are written. The names are those of PostgreSQL's widths, of which SQLite has one.
#[derive(Default)]
pub(super) struct Rows {
    parts: Vec<(usize, SqliteArguments)>,
    binder: Binder,
    in_part: usize,
    error: Option<sqlx::Error>,
}

impl Rows {
    /// No rows.
    pub(super) fn start() -> Self {
        Self::default()
    }

    /// Begins a row of so many columns.
    pub(super) fn row(&mut self, _columns: i16) {
        if self.in_part >= ROWS {
            self.end_part();
        }
        self.in_part = self.in_part.saturating_add(1);
    }

    /// A whole number.
    pub(super) fn int2(&mut self, value: i16) {
        self.int8(i64::from(value));
    }

    /// A whole number or NULL.
    pub(super) fn int2_or_null(&mut self, value: Option<i16>) {
        self.int8_or_null(value.map(i64::from));
    }

    /// A whole number.
    pub(super) fn int4(&mut self, value: i64) {
        self.int8(value);
    }

    /// A whole number.
    pub(super) fn int8(&mut self, value: i64) {
        self.write(|binder| binder.int(value));
    }

    /// A whole number or NULL.
    pub(super) fn int8_or_null(&mut self, value: Option<i64>) {
        self.write(|binder| binder.int_or_null(value));
    }

    /// A moment or NULL.
    pub(super) fn time(&mut self, value: Option<Timestamp>) {
        self.write(|binder| binder.time(value));
    }

    /// A business date as its number.
    pub(super) fn date(&mut self, value: BusinessDate) {
        self.write(|binder| binder.date(value));
    }

    /// A business date or NULL.
    pub(super) fn date_or_null(&mut self, value: Option<BusinessDate>) {
        match value {
            Some(value) => self.date(value),
            None => self.int8_or_null(None),
        }
    }

    /// A text.
    pub(super) fn text(&mut self, value: &str) {
        self.write(|binder| binder.text(value));
    }

    /// A text, NULL when it is empty.
    pub(super) fn text_or_null(&mut self, value: &str) {
        self.write(|binder| binder.text_or_null(value));
    }

    fn write(&mut self, value: impl FnOnce(&mut Binder) -> Result<(), sqlx::Error>) {
        if let Err(error) = value(&mut self.binder) {
            self.error.get_or_insert(error);
        }
    }

    fn end_part(&mut self) {
        let arguments = std::mem::take(&mut self.binder).finish();
        self.parts.push((std::mem::take(&mut self.in_part), arguments));
    }
}

/// Writes rows to one of the places that this module names.
pub(super) async fn insert(
    conn: &mut Connection,
    doing: &'static str,
    into: &'static str,
    mut rows: Rows,
) -> Outcome<()> {
    if rows.in_part > 0 {
        rows.end_part();
    }
    if let Some(error) = rows.error {
        return Err(error).doing(doing);
    }
    for (times, arguments) in rows.parts {
        execute(conn, doing, into, times, arguments).await?;
    }
    Ok(())
}

/// Writes discrepancies as they are from now on.
pub(super) async fn put_discrepancies(
    conn: &mut Connection,
    doing: &'static str,
    rows: Rows,
) -> Outcome<()> {
    insert(conn, doing, sql::DISCREPANCY_UPSERT, rows).await
}

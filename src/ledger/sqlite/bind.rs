//! Statements that carry many rows: their text and their arguments.

use std::sync::Arc;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, SqliteConnection};

use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::failure::{Doing, Outcome};

/// Rows that one statement carries at most. More would not be faster, and SQLite takes 32 766
/// arguments in one statement.
pub(super) const ROWS: usize = 500;

/// What stands on both sides of the part of a file that is repeated.
pub(super) const EACH: &str = "/*each*/";

/// The arguments of one statement, in the order of its question marks.
#[derive(Default)]
pub(super) struct Binder {
    arguments: SqliteArguments,
    date: Option<(BusinessDate, i64)>,
    common: Vec<Arc<str>>,
}

impl Binder {
    /// Room for so many arguments.
    pub(super) fn with_capacity(arguments: usize) -> Self {
        let mut binder = Self::default();
        binder.arguments.reserve(arguments, 0);
        binder
    }

    /// A whole number.
    pub(super) fn int(&mut self, value: impl Into<i64>) -> Result<(), sqlx::Error> {
        self.arguments.add(value.into()).map_err(sqlx::Error::Encode)
    }

    /// A whole number or NULL.
    pub(super) fn int_or_null(&mut self, value: Option<i64>) -> Result<(), sqlx::Error> {
        self.arguments.add(value).map_err(sqlx::Error::Encode)
    }

    /// A moment or NULL.
    pub(super) fn time(&mut self, value: Option<Timestamp>) -> Result<(), sqlx::Error> {
        self.int_or_null(value.map(Timestamp::epoch_seconds))
    }

    /// A business date as its number.
    pub(super) fn date(&mut self, value: BusinessDate) -> Result<(), sqlx::Error> {
        // Making the number costs more than all the rest of a row, and most rows share their date.
        let number = match self.date {
            Some((date, number)) if date == value => number,
            Some(_) | None => i64::from(value.number()),
        };
        self.date = Some((value, number));
        self.int(number)
    }

    /// A text.
    pub(super) fn text(&mut self, value: &str) -> Result<(), sqlx::Error> {
        self.arguments.add(Arc::<str>::from(value)).map_err(sqlx::Error::Encode)
    }

    /// A text, NULL when it is empty.
    pub(super) fn text_or_null(&mut self, value: &str) -> Result<(), sqlx::Error> {
        if value.is_empty() { self.int_or_null(None) } else { self.text(value) }
    }

    /// A text that many rows share, NULL when it is empty: kept once.
    pub(super) fn common_text(&mut self, value: &str) -> Result<(), sqlx::Error> {
        if value.is_empty() {
            return self.int_or_null(None);
        }
        let known = self.common.iter().find(|text| &***text == value).cloned();
        let text = known.unwrap_or_else(|| {
            let text = Arc::<str>::from(value);
            if self.common.len() < 16 {
                self.common.push(Arc::clone(&text));
            }
            text
        });
        self.arguments.add(text).map_err(sqlx::Error::Encode)
    }

    /// The arguments.
    pub(super) fn finish(self) -> SqliteArguments {
        self.arguments
    }
}

/// A file's text with its repeated parts written `times` times.
///
/// Only question marks are repeated, never a value, so the text stays as safe as the file.
pub(super) fn repeated(text: &'static str, times: usize) -> AssertSqlSafe<String> {
    let mut whole = String::with_capacity(text.len().saturating_add(times.saturating_mul(64)));
    for (index, part) in text.split(EACH).enumerate() {
        // Parts outside and inside the markers take turns.
        if index % 2 == 0 {
            whole.push_str(part);
            continue;
        }
        for time in 0..times {
            if time > 0 {
                whole.push(',');
            }
            whole.push_str(part.trim());
        }
    }
    AssertSqlSafe(whole)
}

/// Runs a statement for many rows and says how many it changed.
pub(super) async fn execute(
    conn: &mut SqliteConnection,
    doing: &'static str,
    text: &'static str,
    times: usize,
    arguments: SqliteArguments,
) -> Outcome<u64> {
    // Only the usual size is worth keeping prepared.
    let done = sqlx::query_with(repeated(text, times), arguments)
        .persistent(times == ROWS)
        .execute(conn)
        .await
        .doing(doing)?;
    Ok(done.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_is_repeated() {
        let text = "A IN (/*each*/ ? /*each*/) OR B IN (/*each*/ (?, ?) /*each*/);";
        assert_eq!(repeated(text, 3).0, "A IN (?,?,?) OR B IN ((?, ?),(?, ?),(?, ?));");
        assert_eq!(repeated("A = ?;", 3).0, "A = ?;");
    }
}

//! What SQLite writes in its own way: lists, and the columns of a row.

use sqlx::error::BoxDynError;
use sqlx::{Arguments as _, AssertSqlSafe, Row as _};

use super::{Connection, Doing, Outcome, Row};
use crate::ledger::rows::Fields;
use crate::ledger::sql;

/// The values of a statement.
pub(super) type Arguments = sqlx::sqlite::SqliteArguments;

/// A file's text with its lists, which stand there as PostgreSQL takes them, as SQLite does.
pub(super) fn with_lists(text: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(in_words(text))
}

/// A text of which not all is in a file, with its lists as SQLite takes them.
pub(super) fn in_words(text: &str) -> String {
    let whole = replaced(text, "= ANY(", "IN (SELECT value FROM json_each(");
    replaced(&whole, "<> ALL(", "NOT IN (SELECT value FROM json_each(")
}

/// A text in which lists begin in another way, and so end with one bracket more.
fn replaced(text: &str, begin: &str, with: &str) -> String {
    let mut whole = String::with_capacity(text.len().saturating_add(64));
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin) {
        let (number, after) = after.split_once(')').unwrap_or((after, ""));
        for part in [before, with, number, "))"] {
            whole.push_str(part);
        }
        rest = after;
    }
    whole.push_str(rest);
    whole
}

/// What says the columns of a table, by name first.
pub(super) const TABLE_COLUMNS: &str = sql::TABLE_COLUMNS;

/// Adds a list to the values of a statement.
pub(super) fn add_list(arguments: &mut Arguments, keys: Vec<&str>) -> Result<(), BoxDynError> {
    arguments.add(serde_json::Value::from(keys).to_string())
}

/// A file is never split.
pub(super) async fn parts_of(
    _conn: &mut Connection,
    _doing: &'static str,
    _order_nos: &[&str],
) -> Outcome<Option<Vec<i32>>> {
    Ok(None)
}

impl Fields for Row {
    fn int_or_none(&self, column: usize) -> Outcome<Option<i64>> {
        self.try_get(column).doing("read a row")
    }

    fn text_or_none(&self, column: usize) -> Outcome<Option<String>> {
        self.try_get(column).doing("read a row")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_as_sqlite_takes_them() {
        let text = "a = $1 AND b = ANY($2) OR c = ANY($3);";
        let expected = "a = $1 AND b IN (SELECT value FROM json_each($2)) \
                        OR c IN (SELECT value FROM json_each($3));";
        assert_eq!(with_lists(text).0, expected);
        assert_eq!(with_lists("a = $1;").0, "a = $1;");
        let expected = "a = $1 AND b NOT IN (SELECT value FROM json_each($2))";
        assert_eq!(in_words("a = $1 AND b <> ALL($2)"), expected);
    }
}

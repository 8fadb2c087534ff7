//! What PostgreSQL writes in its own way: lists, and the columns of a row.

use sqlx::error::BoxDynError;
use sqlx::{Arguments as _, Column, Row as _, TypeInfo};

use super::{Connection, Doing, Outcome, Row};
use crate::ledger::rows::Fields;
use crate::ledger::sql;

/// Keys of a list from which on it is worth asking where each of them lives.
const MANY_KEYS: usize = 100;

/// The values of a statement.
pub(super) type Arguments = sqlx::postgres::PgArguments;

/// A file's text: lists stand there as PostgreSQL takes them.
pub(super) const fn with_lists(text: &'static str) -> &'static str {
    text
}

/// A text of which not all is in a file.
pub(super) fn in_words(text: &str) -> String {
    text.to_owned()
}

/// What says the columns of a table, by name first.
pub(super) const TABLE_COLUMNS: &str = sql::TABLE_COLUMNS_POSTGRES;

/// Adds a list to the values of a statement.
pub(super) fn add_list(arguments: &mut Arguments, keys: Vec<&str>) -> Result<(), BoxDynError> {
    arguments.add(keys)
}

/// In which part of the split tables each order number lives, in numbers that say no more than "the same" or
/// "another". `None` where tables are not split, and for lists so short that it is not worth asking.
pub(super) async fn parts_of(
    conn: &mut Connection,
    doing: &'static str,
    order_nos: &[&str],
) -> Outcome<Option<Vec<i32>>> {
    if order_nos.len() < MANY_KEYS {
        return Ok(None);
    }
    // Asked each time, and not kept with the ledger: it takes a hundredth of what is asked next, and tables may be
    // split while a session is open.
    let can_be = sqlx::query_scalar::<_, bool>(sql::TABLE_PLACEMENT_EXISTS);
    if !can_be.fetch_one(&mut *conn).await.doing(doing)? {
        return Ok(None);
    }
    let parts = sqlx::query_scalar::<_, i32>(sql::TABLE_PLACEMENT_PARTS).bind(order_nos);
    let parts = parts.fetch_all(conn).await.doing(doing)?;
    Ok((parts.len() == order_nos.len()).then_some(parts))
}

impl Fields for Row {
    fn int_or_none(&self, column: usize) -> Outcome<Option<i64>> {
        const DOING: &str = "read a row";
        let kind = self.try_column(column).doing(DOING)?.type_info().name().to_owned();
        match &*kind {
            "INT2" => Ok(self.try_get::<Option<i16>, _>(column).doing(DOING)?.map(i64::from)),
            "INT4" => Ok(self.try_get::<Option<i32>, _>(column).doing(DOING)?.map(i64::from)),
            _ => self.try_get(column).doing(DOING),
        }
    }

    fn text_or_none(&self, column: usize) -> Outcome<Option<String>> {
        self.try_get(column).doing("read a row")
    }
}

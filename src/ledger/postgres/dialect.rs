//! What PostgreSQL writes in its own way: lists, and the columns of a row.

use sqlx::error::BoxDynError;
use sqlx::{Arguments as _, Column, Row as _, TypeInfo};

use super::{Doing, Outcome, Row};
use crate::ledger::rows::Fields;

/// The values of a statement.
pub(super) type Arguments = sqlx::postgres::PgArguments;

/// A file's text: lists stand there as PostgreSQL takes them.
pub(super) const fn with_lists(text: &'static str) -> &'static str {
    text
}

/// Adds a list to the values of a statement.
pub(super) fn add_list(arguments: &mut Arguments, keys: Vec<&str>) -> Result<(), BoxDynError> {
    arguments.add(keys)
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

//! Column widths that show most values, in characters of the default font.

use rust_xlsxwriter::{ColNum, Worksheet, XlsxError};

use crate::report::columns::{Column, Form};
use crate::report::table;

/// The narrowest column, with room for the arrow of the filter.
const LEAST: usize = 8;
/// The widest column of sentences and of anything else.
const MOST: usize = 44;

/// The widest value of each column so far.
pub(super) struct Widths(Vec<usize>);

impl Widths {
    pub(super) fn new(columns: &[Column]) -> Self {
        let least = |column: &Column| match column.form {
            // The clerk writes here.
            _ if column.code == "resolution_note" => MOST.saturating_div(2),
            Form::Text | Form::Count => LEAST,
            Form::Yuan | Form::Date => 11,
            Form::Time => 19,
        };
        Self(columns.iter().map(least).collect())
    }

    /// Looks at a value or column name.
    pub(super) fn see(&mut self, at: ColNum, text: &str) {
        if let Some(widest) = self.0.get_mut(usize::from(at)) {
            *widest = table::columns(text).max(*widest).min(MOST);
        }
    }

    pub(super) fn set(self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        for (at, widest) in (0..).zip(self.0) {
            let characters = u32::try_from(widest.saturating_add(3)).unwrap_or(u32::MAX);
            sheet.set_column_width(at, characters)?;
        }
        Ok(())
    }
}

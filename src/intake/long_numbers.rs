//! The long numbers of a file, column by column: whether a spreadsheet has cut them.

use std::collections::BTreeMap;

use crate::intake::IntakeError;
use crate::intake::cell::CutNumbers;

/// The long numbers of the columns that have some, each with the first that may have been cut.
#[derive(Debug, Default)]
pub(super) struct LongNumbers(BTreeMap<String, (CutNumbers, Option<(i64, String)>)>);

/// A column of which every long number was cut.
pub(super) struct CutColumn {
    column: String,
    line: i64,
    value: String,
}

impl LongNumbers {
    /// Looks at a number.
    pub(super) fn note(&mut self, line: i64, column: &str, number: &str) {
        if !CutNumbers::is_long(number) {
            return;
        }
        if !self.0.contains_key(column) {
            self.0.insert(column.to_owned(), (CutNumbers::default(), None));
        }
        let Some((numbers, first)) = self.0.get_mut(column) else { return };
        if numbers.note(number) && first.is_none() {
            *first = Some((line, number.to_owned()));
        }
    }

    /// The first column of which all that are long were cut.
    pub(super) fn cut(self) -> Option<CutColumn> {
        let mut cut = self.0.into_iter().filter(|(_, (numbers, _))| numbers.are_cut());
        cut.find_map(|(column, (_, first))| {
            first.map(|(line, value)| CutColumn { column, line, value })
        })
    }
}

impl CutColumn {
    /// What is said of a file of this name.
    pub(super) fn error(self, name: &str) -> IntakeError {
        let Self { column, line, value } = self;
        IntakeError::CutNumbers { name: name.to_owned(), line, column, value }
    }
}

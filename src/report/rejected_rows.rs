//! `rejected_rows.csv`: one row per input row that was refused.

use std::borrow::Cow;

use crate::config::Language;
use crate::order::Rejection;
use crate::report::csv::Cell;
use crate::wording::Word;

/// The cells of a row, in the order of the columns.
pub fn cells(row: &Rejection, language: Language) -> Vec<Cell<'_>> {
    vec![
        Cell::text(&row.source),
        if row.line == 0 { Cell::Empty } else { Cell::Count(row.line) },
        Cell::text(&row.column),
        Cell::Text(Cow::Owned(row.shown_value())),
        Cell::text(row.reason.word(language)),
        Cell::text(&row.order_no),
    ]
}

//! `rejected_rows.csv`: one row per input row that was refused.

use std::borrow::Cow;

use crate::config::Language;
use crate::order::{Rejection, RejectionReason};
use crate::personal;
use crate::report::csv::Cell;
use crate::report::words::Word;

/// What was refused, as far as it is nobody's: enough to find it in its line. Cards, identity cards and
/// phones are masked everywhere; where a number or a time was to be, letters are somebody's name more
/// often than not.
fn shown_value(row: &Rejection) -> Cell<'_> {
    use RejectionReason as R;
    let masked = personal::masked(&row.value);
    let is_figure = matches!(
        row.reason,
        R::NotANumber | R::TooPrecise | R::TooLarge | R::Negative | R::NotATime | R::Currency
    );
    let is_foreign = masked.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    let value = if is_figure && is_foreign { personal::hidden(&masked) } else { masked };
    Cell::Text(Cow::Owned(value))
}

/// The cells of a row, in the order of the columns.
pub fn cells(row: &Rejection, language: Language) -> Vec<Cell<'_>> {
    vec![
        Cell::text(&row.source),
        if row.line == 0 { Cell::Empty } else { Cell::Count(row.line) },
        Cell::text(&row.column),
        shown_value(row),
        Cell::text(row.reason.word(language)),
        Cell::text(&row.order_no),
    ]
}

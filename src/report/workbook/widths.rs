//! Column widths that show most values, in characters of the default font.

use rust_xlsxwriter::{ColNum, Worksheet, XlsxError};

use crate::report::columns::{Column, Form};
use crate::report::table;

/// The narrowest column, with room for the arrow of the filter.
const LEAST: usize = 8;
/// The widest column of sentences and of anything else.
const MOST: usize = 44;

/// Height of a line of text in points.
const LINE_POINTS: u32 = 15;

/// Lines that a cell shows at most.
const LINES_MAX: usize = 12;

/// How high a row is in which a text of so many characters' width goes over several lines; `None` where it has
/// one. Not every program works it out itself when it opens the file.
pub(super) fn height_of<'t>(cells: impl Iterator<Item = (&'t str, usize)>) -> Option<u32> {
    let lines = |(text, width): (&str, usize)| {
        let lines = text.lines().map(|line| table::columns(line).div_ceil(width.max(1)).max(1));
        lines.fold(0, usize::saturating_add)
    };
    let most = cells.map(lines).max().unwrap_or(1).min(LINES_MAX);
    let most = u32::try_from(most).ok().filter(|lines| *lines > 1)?;
    Some(most.saturating_mul(LINE_POINTS))
}

/// The characters of a line of sentences.
pub(super) const SENTENCE: usize = MOST;

/// The widest value of each column so far.
pub(super) struct Widths(Vec<usize>);

impl Widths {
    pub(super) fn new(columns: &[Column]) -> Self {
        let least = |column: &Column| match column.form {
            // The clerk writes here.
            _ if column.code == "resolution_note" => MOST.saturating_div(2),
            _ if column.is_sentence() => 24,
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

    /// The width of all columns.
    pub(super) fn sum(&self) -> usize {
        self.0.iter().fold(0, |sum, widest| sum.saturating_add(widest.saturating_add(3)))
    }

    pub(super) fn set(self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        for (at, widest) in (0..).zip(self.0) {
            let characters = u32::try_from(widest.saturating_add(3)).unwrap_or(u32::MAX);
            sheet.set_column_width(at, characters)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_as_high_as_its_longest_text() {
        assert_eq!(height_of([("", 10), ("short", 10)].into_iter()), None);
        assert_eq!(height_of([("short", 10), ("差异明细差异", 10)].into_iter()), Some(30));
        assert_eq!(height_of([("a\nb\nc", 10)].into_iter()), Some(45));
        assert_eq!(height_of([("x".repeat(10_000).as_str(), 10)].into_iter()), Some(180));
    }
}

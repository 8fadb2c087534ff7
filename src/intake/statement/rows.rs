//! The rows below a header, whether they come out of a long text or out of a sheet.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader};

use crate::config::Encoding;
use crate::intake::cell;
use crate::intake::records::{Records, Step};
use crate::intake::table::{Table, TableRow};
use crate::order::RejectionReason;

/// The rows of a file, one at a time.
pub(super) enum Rows {
    /// Text in UTF-8 or GB18030, read as it is needed.
    Text(TextRows),
    /// A sheet, or text in UTF-16, in memory.
    Sheet(SheetRows),
}

/// Rows of a text.
pub(super) struct TextRows {
    pub(super) records: Records<BufReader<File>>,
    encoding: Encoding,
    /// How many values a row has; 0 while the header is not found.
    width: usize,
    line: i64,
    /// Lines of the records so far beyond their first: Excel shows a record of several lines as one
    /// row.
    more: i64,
}

/// Rows of a sheet.
pub(super) struct SheetRows {
    table: Table,
    row: Option<TableRow>,
}

impl Rows {
    /// The rows of a table below its header.
    pub(super) const fn sheet(table: Table) -> Self {
        Self::Sheet(SheetRows { table, row: None })
    }

    /// Goes to the next row that has a value.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn advance(&mut self) -> io::Result<Step> {
        match self {
            Self::Text(text) => text.advance(),
            Self::Sheet(sheet) => {
                sheet.row = sheet.table.next();
                Ok(match &sheet.row {
                    None => Step::End,
                    Some(TableRow { problem: Some(reason), .. }) => Step::Refused(*reason),
                    Some(_) => Step::Row,
                })
            }
        }
    }

    /// The row's number as Excel shows it.
    pub(super) fn line(&self) -> i64 {
        match self {
            Self::Text(text) => text.line,
            Self::Sheet(sheet) => sheet.row.as_ref().map_or(0, |row| row.line),
        }
    }

    /// How many values the row has.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Text(text) => text.records.width(),
            Self::Sheet(sheet) => sheet.row.as_ref().map_or(0, TableRow::width),
        }
    }

    /// A value's bytes as they stand there; empty where there is none.
    pub(super) fn raw(&self, at: Option<usize>) -> &[u8] {
        let Some(at) = at else { return &[] };
        match self {
            Self::Text(text) => text.records.value(at),
            Self::Sheet(sheet) => sheet.row.as_ref().map_or(&[], |row| row.shown(at).as_bytes()),
        }
    }

    /// A value, freed of what a spreadsheet puts around it; empty where there is none.
    ///
    /// # Errors
    ///
    /// What destroyed it.
    pub(super) fn text(&self, at: Option<usize>) -> Result<Cow<'_, str>, RejectionReason> {
        let Some(place) = at else { return Ok(Cow::Borrowed("")) };
        match self {
            Self::Text(text) => match cell::decode(text.records.value(place), text.encoding) {
                Some(Cow::Borrowed(text)) => Ok(Cow::Borrowed(cell::clean(text))),
                Some(Cow::Owned(text)) => Ok(Cow::Owned(cell::clean(&text).to_owned())),
                None => Err(RejectionReason::NotText),
            },
            Self::Sheet(sheet) => match &sheet.row {
                Some(row) => row.text(place).map(Cow::Borrowed),
                None => Ok(Cow::Borrowed("")),
            },
        }
    }

    /// A value for people to look at: all of it, with U+FFFD for what is no text.
    pub(super) fn lossy(&self, at: Option<usize>) -> Cow<'_, str> {
        let bytes = self.raw(at);
        match self {
            Self::Text(text) => match cell::decode_lossy(bytes, text.encoding) {
                Cow::Borrowed(text) => Cow::Borrowed(cell::clean(text)),
                Cow::Owned(text) => Cow::Owned(cell::clean(&text).to_owned()),
            },
            Self::Sheet(_) => String::from_utf8_lossy(bytes),
        }
    }

    /// All values of the row, for people to look at.
    pub(super) fn cells(&self) -> Vec<String> {
        (0..self.width()).map(|at| self.lossy(Some(at)).into_owned()).collect()
    }
}

impl TextRows {
    pub(super) const fn new(records: Records<BufReader<File>>, encoding: Encoding) -> Self {
        Self { records, encoding, width: 0, line: 0, more: 0 }
    }

    /// From now on every row has to have this number of values; `written` is how many the header has
    /// with its empty ones at the end.
    pub(super) const fn expect_width(&mut self, width: usize, written: usize) {
        self.width = width;
        self.records.expect_width(written);
    }

    fn advance(&mut self) -> io::Result<Step> {
        let step = self.records.advance()?;
        self.line = self.records.line().saturating_sub(self.more);
        self.more = self.more.saturating_add(self.records.lines().saturating_sub(1));
        if step == Step::Refused(RejectionReason::WrongColumnCount)
            && self.records.is_one_line()
            && self.fits()
        {
            return Ok(Step::Row);
        }
        Ok(step)
    }

    /// Whether the row has all values of the header and beyond them only empty ones: many programs
    /// end a line with a separator.
    fn fits(&self) -> bool {
        let width = self.records.width();
        let is_empty = |at| self.records.value(at).iter().all(u8::is_ascii_whitespace);
        width >= self.width && (self.width..width).all(is_empty)
    }
}

/// Passes over a first line like `sep=;`, which is for Excel only and which Excel does not count;
/// gives its bytes.
pub(super) fn skip_separator_line(input: &mut impl BufRead) -> io::Result<u64> {
    const SEPARATOR: &[u8] = b"sep=";
    if !input.fill_buf()?.starts_with(SEPARATOR) {
        return Ok(0);
    }
    let skipped = input.skip_until(b'\n')?;
    Ok(u64::try_from(skipped).unwrap_or(u64::MAX))
}

//! Tables that people send: CSV in any of the usual encodings, or a workbook (`.xlsx`), as a header
//! and rows of text.
//!
//! The file is read into memory as a whole, so it is bounded in size. Row numbers are those that
//! Excel shows. What Excel does to a value is undone where that is certain (white space, a guard in
//! front, `="…"`, a date or number cell back to its text) and marked where it is not (`1.23457E+19`,
//! an id of more than 15 digits in a number cell).

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::config::Encoding;
use crate::intake::cell;
use crate::intake::records::{Records, Step};
use crate::intake::scan::{self, BOM};
use crate::lines::LineKind;
use crate::order::RejectionReason;

mod workbook;

/// Bytes that a CSV file may have.
const TEXT_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Bytes that a workbook may have, packed as it is on disk.
const WORKBOOK_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Rows at the beginning of a sheet among which the header is looked for: titles and the preambles
/// of bills stand above it.
pub(super) const HEADER_ROWS_MAX: usize = 40;

/// What to do with a file of another kind.
pub(super) const SAVE: &str = "save it in Excel as .xlsx or as \"CSV UTF-8\"";

/// Names of the first row that an error shows.
const SHOWN_NAMES_MAX: usize = 12;

/// Which table is wanted: a file may have several sheets, and lines above its header.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Whether a row is the header of what is wanted. Names are without surrounding space.
    pub is_header: &'a dyn Fn(&[String]) -> bool,
    /// The columns that such a header has, for the error when there is none.
    pub columns: &'a str,
    /// Whether several sheets with this header are one table; else there may be but one.
    pub continues: bool,
    /// The sheet that is meant, where it is said.
    pub sheet: Option<&'a str>,
}

/// A table of a file. Its rows come by iterating.
pub struct Table {
    /// The column names as they stand there, without surrounding space.
    pub header: Vec<String>,
    /// SHA-256 of the file, hexadecimal.
    pub digest: String,
    /// What the file is in: `utf-8`, `utf-8-bom`, `gb18030`, `utf-16` or `xlsx`.
    pub encoding: &'static str,
    /// The name of the sheet; empty in CSV.
    pub sheet: String,
    /// The header's number in Excel.
    pub header_line: i64,
    /// The rows above the header: titles, the preamble of a bill.
    pub above: Vec<TableRow>,
    /// Lines of a workbook that are none of the rows.
    pub passed: Vec<(LineKind, u64)>,
    /// All lines of a workbook's sheets as far as they have values.
    pub lines: u64,
    rows: Box<dyn Iterator<Item = TableRow> + Send>,
}

/// One row below the header. Empty rows are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRow {
    /// The row's number in Excel; the header of a plain file is 1.
    pub line: i64,
    /// Why the row cannot be read as a whole, such as for having more values than the header; its
    /// cells are then only to be shown.
    pub problem: Option<RejectionReason>,
    /// Blank lines right above it.
    pub blank_before: u64,
    /// The sheet that it stands on, where that is not the first one of the table.
    pub sheet: Arc<str>,
    /// Whether that sheet has no header of its own, so that it may be no row at all.
    pub is_outside: bool,
    /// Lines of the file that it has beyond its first; none in a workbook.
    pub more_lines: u64,
    pub(super) cells: Vec<TableCell>,
}

/// A value of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableCell {
    /// The text, freed of what a spreadsheet puts around it.
    pub text: String,
    /// What has been destroyed in it: `Scientific` for an id that lost its digits, `NotText` for
    /// broken bytes, `Missing` for an error of a formula.
    pub damage: Option<RejectionReason>,
}

/// A file that cannot be read as a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The file cannot be opened or read.
    #[error("cannot read {name}")]
    Read {
        /// The file.
        name: String,
        /// The cause.
        source: std::io::Error,
    },
    /// Nothing is in it.
    #[error("{name} is empty, not even a header")]
    Empty {
        /// The file.
        name: String,
    },
    /// It is larger than what is read.
    #[error("{name} has more than {limit}: split it and import the parts one after the other")]
    TooLarge {
        /// The file.
        name: String,
        /// The limit, such as `64 MB`.
        limit: &'static str,
    },
    /// It is something else.
    #[error("{name} is {found}: {advice}")]
    Other {
        /// The file.
        name: String,
        /// What it is.
        found: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// It is packed and cannot be unpacked.
    #[error(
        "{name} is an archive that cannot be read ({problem}): unpack it, and import what is in it"
    )]
    Packed {
        /// The file.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It is an archive, and which file in it is meant is not certain.
    #[error(
        "{name} is an archive of {files} files ({names}), and {problem}: unpack it, and import the bill \
         in it"
    )]
    Archive {
        /// The file.
        name: String,
        /// How many files are in it.
        files: usize,
        /// Why none was taken.
        problem: String,
        /// Their names.
        names: String,
    },
    /// The workbook is broken or protected by a password.
    #[error(
        "{name} cannot be read as a workbook ({problem}): save it again as .xlsx or as \"CSV UTF-8\""
    )]
    Workbook {
        /// The file.
        name: String,
        /// What the reader says.
        problem: String,
    },
    /// No row of it is the header that was looked for.
    #[error("{name} has no header with {wanted}; its first row is: {found}")]
    NoHeader {
        /// The file.
        name: String,
        /// The columns that were looked for.
        wanted: String,
        /// What is there.
        found: String,
    },
    /// The sheet that the configuration names is not there.
    #[error("{name} has no sheet {sheet:?}, which the configuration names; it has: {sheets}")]
    NoSheet {
        /// The file.
        name: String,
        /// The sheet as configured.
        sheet: String,
        /// The sheets that are there.
        sheets: String,
    },
    /// Two sheets could be meant.
    #[error(
        "{name} has this header on two sheets, {first:?} and {second:?}, and neither continues the \
         other: it is not certain which one counts; remove one of them, or, in a bill, say it with \
         sheet = {first:?} in [account.statement]"
    )]
    TwoSheets {
        /// The file.
        name: String,
        /// A sheet.
        first: String,
        /// Another one.
        second: String,
    },
}

impl Iterator for Table {
    type Item = TableRow;

    fn next(&mut self) -> Option<TableRow> {
        self.rows.next()
    }
}

/// What a table is made of that was read out of something else.
pub(super) struct Made {
    /// The names of its columns.
    pub(super) header: Vec<String>,
    /// Its rows.
    pub(super) rows: Vec<TableRow>,
    /// Lines of the file that are none of the rows.
    pub(super) passed: Vec<(LineKind, u64)>,
    /// All lines of the file.
    pub(super) lines: u64,
    /// The line of the header; 0 where there is none.
    pub(super) header_line: i64,
}

impl Table {
    /// The table that a bill comes to that is written as something else.
    pub(super) fn made(made: Made) -> Self {
        let Made { header, rows, passed, lines, header_line } = made;
        Self {
            header,
            digest: String::new(),
            encoding: "",
            sheet: String::new(),
            header_line,
            above: Vec::new(),
            passed,
            lines,
            rows: Box::new(rows.into_iter()),
        }
    }
}

impl TableRow {
    /// A row of these values.
    pub(super) fn of(line: i64, cells: Vec<TableCell>) -> Self {
        Self { line, cells, ..Self::default() }
    }

    /// How many values there are.
    pub const fn width(&self) -> usize {
        self.cells.len()
    }

    /// A value as it is to be shown; empty where there is none.
    pub fn shown(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", |cell| cell.text.as_str())
    }

    /// The same row with other values in some places.
    #[must_use]
    pub fn with(mut self, values: impl IntoIterator<Item = (usize, String)>) -> Self {
        for (at, text) in values {
            if self.cells.len() <= at {
                self.cells.resize_with(at.saturating_add(1), TableCell::default);
            }
            if let Some(cell) = self.cells.get_mut(at) {
                *cell = TableCell { text, damage: None };
            }
        }
        self
    }

    /// A value to go on with; empty where there is none.
    ///
    /// # Errors
    ///
    /// What destroyed it.
    pub fn text(&self, at: usize) -> Result<&str, RejectionReason> {
        match self.cells.get(at) {
            Some(TableCell { damage: Some(damage), .. }) => Err(*damage),
            Some(cell) => Ok(&cell.text),
            None => Ok(""),
        }
    }
}

/// Which of some folded words a word is: the same one, else the longest that ends in `*` and with whose
/// beginning it begins. Such a word stands for many, as for 已退款 with an amount behind, and `*` alone for
/// every other one. `None` among the words keeps a place and is none of them.
pub(super) fn place_of<'w>(
    known: impl Iterator<Item = Option<&'w str>> + Clone,
    word: &str,
) -> Option<usize> {
    let exactly = known.clone().position(|known| known == Some(word));
    exactly.or_else(|| {
        let begun = known.enumerate().filter_map(|(at, known)| {
            let start = known?.strip_suffix('*')?;
            word.starts_with(start).then_some((start.len(), at))
        });
        begun.max_by_key(|(length, _)| *length).map(|(_, at)| at)
    })
}

/// Opens a table. `name` is the file's name in errors.
///
/// # Errors
///
/// [`TableError`] when the file cannot be read, is too large, is something else, or has not exactly
/// one table with the wanted header.
pub fn open(path: &Path, name: &str, wanted: Wanted<'_>) -> Result<Table, TableError> {
    let bytes = whole(path, name)?;
    let digest = format!("{:x}", Sha256::digest(&bytes));
    let begins = |mark: &[u8]| bytes.starts_with(mark);
    let other = |found, advice| Err(TableError::Other { name: name.to_owned(), found, advice });
    if bytes.is_empty() {
        return Err(TableError::Empty { name: name.to_owned() });
    }
    if begins(b"PK\x03\x04") {
        return workbook::open(bytes, digest, name, wanted);
    }
    if begins(b"\xD0\xCF\x11\xE0") {
        // An .xlsx with a password has this form too.
        return other("an old Excel workbook, or one with a password", SAVE);
    }
    if begins(b"\x1F\x8B") {
        return other("a gzip archive", "unpack it first");
    }
    if begins(b"\xFF\xFE") || begins(b"\xFE\xFF") {
        let text = utf16(&bytes);
        return text_table(text.into_bytes(), digest, "utf-16", name, wanted);
    }
    if bytes.iter().take(2).any(|byte| *byte == 0) {
        return other("no text", SAVE);
    }
    let encoding = scan::encoding_of(&bytes);
    text_table(bytes, digest, encoding.code(), name, wanted)
}

/// Opens the table of a workbook whose bytes are in memory.
///
/// # Errors
///
/// As [`open`].
pub(super) fn of_workbook(
    bytes: Vec<u8>,
    name: &str,
    wanted: Wanted<'_>,
) -> Result<Table, TableError> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > WORKBOOK_BYTES_MAX) {
        let limit = "64 MB as a workbook";
        return Err(TableError::TooLarge { name: name.to_owned(), limit });
    }
    workbook::open(bytes, String::new(), name, wanted)
}

fn whole(path: &Path, name: &str) -> Result<Vec<u8>, TableError> {
    let failed = |source| TableError::Read { name: name.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    let read = file.take(TEXT_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes);
    let length = u64::try_from(read.map_err(failed)?).unwrap_or(u64::MAX);
    let too_large = |limit| Err(TableError::TooLarge { name: name.to_owned(), limit });
    if length > TEXT_BYTES_MAX {
        return too_large("128 MB");
    }
    if bytes.starts_with(b"PK") && length > WORKBOOK_BYTES_MAX {
        return too_large("64 MB as a workbook");
    }
    Ok(bytes)
}

/// Text in UTF-16 with its byte order mark, what Excel calls "Unicode text".
fn utf16(bytes: &[u8]) -> String {
    let (encoding, _) = encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_16LE, 2));
    encoding.decode_with_bom_removal(bytes).0.into_owned()
}

fn text_table(
    mut bytes: Vec<u8>,
    digest: String,
    encoding: &'static str,
    name: &str,
    wanted: Wanted<'_>,
) -> Result<Table, TableError> {
    while bytes.starts_with(BOM) {
        bytes.drain(..BOM.len());
    }
    if !bytes.contains(&b'\n') {
        // Lines that end with a carriage return alone.
        bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
    }
    without_separator_line(&mut bytes);
    let decoded_as =
        if encoding == Encoding::Gb18030.code() { Encoding::Gb18030 } else { Encoding::Utf8 };
    let mut first_row = None;
    let detected = detected(bytes.as_slice(), name)?;
    for delimiter in [detected, b',', b';', b'\t'] {
        let mut lines = Lines::new(Cursor::new(bytes), decoded_as, delimiter, name)?;
        let mut above = Vec::new();
        for _ in 0..HEADER_ROWS_MAX {
            let Some(row) = lines.next() else { break };
            let mut header = row.cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>();
            if (wanted.is_header)(&header) {
                without_empty_end(&mut header);
                lines.width = header.len();
                let (rows, sheet) = (Box::new(lines), String::new());
                let (passed, lines, header_line) = (Vec::new(), 0, row.line);
                return Ok(Table {
                    header,
                    digest,
                    encoding,
                    sheet,
                    header_line,
                    above,
                    passed,
                    lines,
                    rows,
                });
            }
            first_row.get_or_insert(header);
            above.push(row);
        }
        bytes = lines.records.into_input().into_inner();
    }
    Err(no_header(name, wanted, &first_row.unwrap_or_default()))
}

fn detected(bytes: &[u8], name: &str) -> Result<u8, TableError> {
    let records = Records::new(bytes);
    let failed = |source| TableError::Read { name: name.to_owned(), source };
    Ok(records.map_err(failed)?.delimiter())
}

/// Takes away a first line like `sep=;`, which is for Excel only and which Excel does not count.
fn without_separator_line(bytes: &mut Vec<u8>) {
    if bytes.starts_with(b"sep=") {
        let end = bytes
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |at| at.saturating_add(1));
        bytes.drain(..end);
    }
}

fn without_empty_end(header: &mut Vec<String>) {
    while header.last().is_some_and(String::is_empty) {
        header.pop();
    }
}

fn no_header(name: &str, wanted: Wanted<'_>, first_row: &[String]) -> TableError {
    let names = first_row.iter().take(SHOWN_NAMES_MAX).map(|name| cell::shown(name));
    TableError::NoHeader {
        name: name.to_owned(),
        wanted: wanted.columns.to_owned(),
        found: names.collect::<Vec<_>>().join(", "),
    }
}

/// The rows of a CSV text.
struct Lines {
    records: Records<Cursor<Vec<u8>>>,
    encoding: Encoding,
    /// How many values a row may have; 0 while the header is not found.
    width: usize,
    /// Lines of the records so far beyond their first: Excel shows a record of several lines as one
    /// row.
    more: i64,
}

impl Lines {
    fn new(
        input: Cursor<Vec<u8>>,
        encoding: Encoding,
        delimiter: u8,
        name: &str,
    ) -> Result<Self, TableError> {
        let failed = |source| TableError::Read { name: name.to_owned(), source };
        let mut records = Records::new(input).map_err(failed)?;
        records.separated_by(delimiter);
        Ok(Self { records, encoding, width: 0, more: 0 })
    }

    fn cell(&self, at: usize) -> TableCell {
        let value = self.records.value(at);
        match cell::decode(value, self.encoding) {
            Some(text) => {
                let text = cell::clean(&text).to_owned();
                let is_damaged = cell::is_scientific(&text);
                TableCell { damage: is_damaged.then_some(RejectionReason::Scientific), text }
            }
            None => TableCell {
                text: cell::decode_lossy(value, self.encoding).into_owned(),
                damage: Some(RejectionReason::NotText),
            },
        }
    }
}

impl Iterator for Lines {
    type Item = TableRow;

    fn next(&mut self) -> Option<TableRow> {
        loop {
            // The text is in memory: reading it cannot fail.
            let step = self.records.advance().unwrap_or(Step::End);
            let problem = match step {
                Step::End => return None,
                Step::Row => None,
                Step::Refused(reason) => Some(reason),
            };
            let line = self.records.line().saturating_sub(self.more);
            self.more = self.more.saturating_add(self.records.lines().saturating_sub(1));
            let cells: Vec<_> = (0..self.records.width()).map(|at| self.cell(at)).collect();
            if let Some(row) = checked(line, cells, self.width, problem) {
                return Some(row);
            }
        }
    }
}

/// A row whose values fit the header: Excel adds empty ones at the end, other programs leave them
/// out. `None` for a row without any value.
fn checked(
    line: i64,
    mut cells: Vec<TableCell>,
    width: usize,
    problem: Option<RejectionReason>,
) -> Option<TableRow> {
    if problem.is_none() && cells.iter().all(|cell| cell.text.is_empty()) {
        return None;
    }
    if width > 0 {
        while cells.len() > width && cells.last().is_some_and(|cell| cell.text.is_empty()) {
            cells.pop();
        }
    }
    let fits = width == 0 || cells.len() == width;
    let problem = problem.or((!fits).then_some(RejectionReason::WrongColumnCount));
    Some(TableRow { line, problem, cells, ..TableRow::default() })
}

/// A row of a sheet whose values fit the header, else one with that problem.
fn fitted(mut row: TableRow, width: usize) -> TableRow {
    while row.cells.len() > width && row.cells.last().is_some_and(|cell| cell.text.is_empty()) {
        row.cells.pop();
    }
    if row.cells.len() != width {
        row.problem = row.problem.or(Some(RejectionReason::WrongColumnCount));
    }
    row
}

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;

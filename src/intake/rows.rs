//! The rows of a file that came in, whether out of a long text or out of a workbook, and what became of
//! each of its lines.
//!
//! Every line ends as exactly one [`LineKind`]: whoever reads a row says what it was, and
//! [`Rows::finish`] fails where the counts are not the lines that were counted beforehand.

use std::borrow::Cow;
use std::io::{self, BufRead};

use crate::config::Encoding;
use crate::intake::cell;
use crate::intake::content::{Content, Form};
use crate::intake::records::{Records, Step};
use crate::intake::table::{Table, TableRow};
use crate::lines::{LineCounts, LineKind};
use crate::order::RejectionReason;

/// The rows of a file, one at a time.
pub(super) struct Rows {
    source: Source,
    counts: LineCounts,
    /// Lines of the current row, of which nobody has said yet what they are.
    open: u64,
    /// The names of the header; a line that repeats them is one again.
    header: Vec<String>,
}

enum Source {
    Text(Box<Text>),
    Sheet(Box<Sheet>),
}

/// Rows of a text.
struct Text {
    records: Records<Box<dyn BufRead + Send>>,
    encoding: Encoding,
    /// How many values a row has; 0 while the header is not found.
    width: usize,
    /// How many of them a row may not leave out.
    needed: usize,
    line: i64,
    /// Lines of the records so far beyond their first: Excel shows a record of several lines as one
    /// row.
    more: i64,
    /// Bytes in front of the records.
    skipped: u64,
    /// The lines of the file, counted beforehand.
    lines: u64,
    /// Blank lines that are counted already.
    blank: u64,
    /// Whether a row had all values of the header.
    is_full: bool,
}

/// Rows of a workbook.
struct Sheet {
    table: Table,
    row: Option<TableRow>,
}

/// The lines of a file that were counted are not those that are in it: a fault of the reader, for which
/// no import may pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unaccounted {
    /// What was counted.
    pub(super) counted: u64,
    /// What is there.
    pub(super) lines: u64,
}

/// How a text separates its values, as far as its first line shows.
///
/// # Errors
///
/// The file cannot be read.
pub(super) fn separator(content: &Content) -> io::Result<u8> {
    let (mut input, _) = content.text()?;
    skip_separator_line(&mut input)?;
    Ok(Records::new(input)?.delimiter())
}

impl Rows {
    /// The rows of a text from its beginning.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn text(content: &Content, separator: u8) -> io::Result<Self> {
        let (mut input, mut skipped) = content.text()?;
        let separator_line = skip_separator_line(&mut input)?;
        skipped = skipped.saturating_add(separator_line);
        let mut records = Records::new(input)?;
        records.separated_by(separator);
        let (encoding, lines) = match content.form {
            Form::Text { encoding, lines, .. } => (encoding, lines),
            Form::Workbook => (Encoding::Utf8, 0),
        };
        let skipped_lines = u64::from(separator_line > 0);
        let mut counts = LineCounts::default();
        counts.add(LineKind::Preamble, skipped_lines);
        let text = Text {
            records,
            encoding,
            width: 0,
            needed: 0,
            line: 0,
            more: 0,
            skipped,
            lines,
            blank: 0,
            is_full: false,
        };
        Ok(Self { source: Source::Text(Box::new(text)), counts, open: 0, header: Vec::new() })
    }

    /// The rows of a workbook below its header.
    pub(super) fn sheet(table: Table) -> Self {
        let mut counts = LineCounts::default();
        for (kind, lines) in &table.passed {
            counts.add(*kind, *lines);
        }
        let header = table.header.iter().map(|name| cell::clean(name).to_owned()).collect();
        let sheet = Sheet { table, row: None };
        Self { source: Source::Sheet(Box::new(sheet)), counts, open: 0, header }
    }

    /// From now on rows are those below this header. `needed` is how many of its values a row may not
    /// leave out: what a program does not write at the end of a line is empty.
    pub(super) fn below(&mut self, names: &[String], needed: usize) {
        self.header = names.iter().map(|name| cell::clean(name).to_owned()).collect();
        while self.header.last().is_some_and(String::is_empty) {
            self.header.pop();
        }
        let width = self.header.len();
        if let Source::Text(text) = &mut self.source {
            (text.width, text.needed) = (width, needed);
            text.records.expect_width(names.len());
        }
    }

    /// Goes to the next row that has a value.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn advance(&mut self) -> io::Result<Step> {
        let (step, lines, blank) = match &mut self.source {
            Source::Text(text) => text.advance()?,
            Source::Sheet(sheet) => {
                sheet.row = sheet.table.next();
                match &sheet.row {
                    None => (Step::End, 0, 0),
                    Some(row) => {
                        let step = row.problem.map_or(Step::Row, Step::Refused);
                        (step, row.more_lines.saturating_add(1), row.blank_before)
                    }
                }
            }
        };
        self.open = lines;
        self.counts.add(LineKind::Blank, blank);
        Ok(step)
    }

    /// Says what the current row is.
    pub(super) const fn is(&mut self, kind: LineKind) {
        self.counts.add(kind, self.open);
        self.open = 0;
    }

    /// Says of a line above the header, which is counted as preamble, that it states a total.
    pub(super) const fn was_total_above(&mut self) {
        if self.counts.preamble > 0 {
            self.counts.preamble = self.counts.preamble.saturating_sub(1);
            self.counts.add(LineKind::Total, 1);
        }
    }

    /// Says of a line that is counted as a total that it is refused.
    pub(super) const fn total_was_refused(&mut self) {
        if self.counts.totals > 0 {
            self.counts.totals = self.counts.totals.saturating_sub(1);
            self.counts.add(LineKind::Refused, 1);
        }
    }

    /// What became of the lines, when there are no more.
    ///
    /// # Errors
    ///
    /// [`Unaccounted`] where a line is nothing, or two things.
    pub(super) fn finish(&self) -> Result<LineCounts, Unaccounted> {
        let lines = match &self.source {
            Source::Text(text) => text.lines,
            Source::Sheet(sheet) => sheet.table.lines,
        };
        let counted = self.counts.sum();
        if counted == lines { Ok(self.counts) } else { Err(Unaccounted { counted, lines }) }
    }

    /// Whether all bytes of a file of this length were read.
    pub(super) fn has_read(&self, bytes: u64) -> bool {
        match &self.source {
            Source::Text(text) => text.records.bytes().saturating_add(text.skipped) == bytes,
            Source::Sheet(_) => true,
        }
    }

    /// Whether the current row names the columns once more, as bills in pages do.
    pub(super) fn repeats_header(&self) -> bool {
        let mut names = self.header.iter().enumerate();
        !self.header.is_empty() && names.all(|(at, name)| self.lossy(Some(at)) == *name)
    }

    /// Whether the row stands on a sheet that has no header of its own: it is a row only if it reads as
    /// one.
    pub(super) fn is_outside(&self) -> bool {
        match &self.source {
            Source::Text(_) => false,
            Source::Sheet(sheet) => sheet.row.as_ref().is_some_and(|row| row.is_outside),
        }
    }

    /// The sheet on which the row stands; empty in a text and on the first sheet.
    fn sheet_name(&self) -> &str {
        match &self.source {
            Source::Text(_) => "",
            Source::Sheet(sheet) => sheet.row.as_ref().map_or("", |row| &*row.sheet),
        }
    }

    /// A file as a rejected row names it: with the sheet where it is not the first one.
    pub(super) fn source(&self, name: &str) -> String {
        match self.sheet_name() {
            "" => name.to_owned(),
            sheet => format!("{name} [{}]", cell::shown(sheet)),
        }
    }

    /// The row's number as Excel shows it.
    pub(super) fn line(&self) -> i64 {
        match &self.source {
            Source::Text(text) => text.line,
            Source::Sheet(sheet) => sheet.row.as_ref().map_or(0, |row| row.line),
        }
    }

    /// How many values the row has.
    fn width(&self) -> usize {
        match &self.source {
            Source::Text(text) => text.records.width(),
            Source::Sheet(sheet) => sheet.row.as_ref().map_or(0, TableRow::width),
        }
    }

    /// A value's bytes as they stand there; empty where there is none.
    pub(super) fn raw(&self, at: Option<usize>) -> &[u8] {
        let Some(at) = at else { return &[] };
        match &self.source {
            Source::Text(text) => text.records.value(at),
            Source::Sheet(sheet) => sheet.row.as_ref().map_or(&[], |row| row.shown(at).as_bytes()),
        }
    }

    /// A value, freed of what a spreadsheet puts around it; empty where there is none.
    ///
    /// # Errors
    ///
    /// What destroyed it.
    pub(super) fn value(&self, at: Option<usize>) -> Result<Cow<'_, str>, RejectionReason> {
        let Some(place) = at else { return Ok(Cow::Borrowed("")) };
        match &self.source {
            Source::Text(text) => match cell::decode(text.records.value(place), text.encoding) {
                Some(Cow::Borrowed(text)) => Ok(Cow::Borrowed(cell::clean(text))),
                Some(Cow::Owned(text)) => Ok(Cow::Owned(cell::clean(&text).to_owned())),
                None => Err(RejectionReason::NotText),
            },
            Source::Sheet(sheet) => match &sheet.row {
                Some(row) => row.text(place).map(Cow::Borrowed),
                None => Ok(Cow::Borrowed("")),
            },
        }
    }

    /// A value for people to look at: all of it, with U+FFFD for what is no text.
    pub(super) fn lossy(&self, at: Option<usize>) -> Cow<'_, str> {
        let bytes = self.raw(at);
        match &self.source {
            Source::Text(text) => text.lossy(bytes),
            Source::Sheet(_) => String::from_utf8_lossy(bytes),
        }
    }

    /// All values of the row, for people to look at.
    pub(super) fn cells(&self) -> Vec<String> {
        (0..self.width()).map(|at| self.lossy(Some(at)).into_owned()).collect()
    }

    /// The values of the row's first line without regard to quotes: of a row that cannot be read.
    pub(super) fn raw_cells(&self) -> Vec<String> {
        match &self.source {
            Source::Text(text) => {
                text.records.raw_values().map(|bytes| text.lossy(bytes).into_owned()).collect()
            }
            Source::Sheet(_) => self.cells(),
        }
    }
}

impl Text {
    /// The next step, the lines of its row, and the blank lines in front.
    fn advance(&mut self) -> io::Result<(Step, u64, u64)> {
        let step = self.records.advance()?;
        let blank = self.records.blank().saturating_sub(self.blank);
        self.blank = self.records.blank();
        if step == Step::End {
            return Ok((step, 0, blank));
        }
        self.line = self.records.line().saturating_sub(self.more);
        let lines = self.records.lines();
        self.more = self.more.saturating_add(lines.saturating_sub(1));
        let lines = u64::try_from(lines).unwrap_or(0);
        let is_short_row = step == Step::Refused(RejectionReason::WrongColumnCount)
            && self.records.is_one_line()
            && self.fits();
        let step = if is_short_row { Step::Row } else { step };
        self.is_full |= step == Step::Row && self.records.width() >= self.width;
        Ok((step, lines, blank))
    }

    /// Whether a row with another number of values than the header is one all the same: beyond those of
    /// the header it has only empty ones, since many programs end a line with a separator; or it leaves
    /// out values at its end that need not be there, since others do not write empty ones. A last line
    /// that is shorter than the others and not ended may have been cut off.
    fn fits(&self) -> bool {
        let width = self.records.width();
        let is_empty = |at| self.records.value(at).iter().all(u8::is_ascii_whitespace);
        if width >= self.width {
            return (self.width..width).all(is_empty);
        }
        let is_cut_off = self.is_full && !self.records.has_line_end();
        self.needed > 0 && width >= self.needed && !is_cut_off
    }

    fn lossy<'t>(&self, bytes: &'t [u8]) -> Cow<'t, str> {
        match cell::decode_lossy(bytes, self.encoding) {
            Cow::Borrowed(text) => Cow::Borrowed(cell::clean(text)),
            Cow::Owned(text) => Cow::Owned(cell::clean(&text).to_owned()),
        }
    }
}

/// Passes over a first line like `sep=;`, which is for Excel only and which Excel does not count;
/// gives its bytes.
fn skip_separator_line(input: &mut impl BufRead) -> io::Result<u64> {
    const SEPARATOR: &[u8] = b"sep=";
    if !input.fill_buf()?.starts_with(SEPARATOR) {
        return Ok(0);
    }
    let skipped = input.skip_until(b'\n')?;
    Ok(u64::try_from(skipped).unwrap_or(u64::MAX))
}

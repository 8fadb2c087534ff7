//! CSV records out of bytes, one at a time, each refused by itself when it is broken.
//!
//! As RFC 4180 says, with LF or CRLF, and quotes that mean something only at the beginning of a
//! value. Values are bytes: in UTF-8 and in GB18030 no byte of a longer character is a comma,
//! semicolon, tab, quote or line end, so splitting comes before decoding and broken text stays in
//! its own value.
//!
//! A quote that is never closed would swallow the rest of the file, and one that is closed lines later
//! swallows the rows between. So a record may have [`RECORD_BYTES_MAX`] bytes and
//! [`RECORD_LINES_MAX`] lines, after a closing quote only a delimiter or line end may follow, and no
//! two of its lines may each have as many separators as a row; where that fails, the first physical
//! line is refused and reading goes on at the second. The same is done with a record of several lines
//! that has the wrong number of values.
//!
//! A line that begins with a backtick is written by a platform that guards every value with one and
//! quotes nothing: there a value ends at a separator with a backtick behind it.

use std::io::{self, BufRead, Read};
use std::ops::Range;

use crate::intake::scan::BOM;
use crate::order::RejectionReason;

/// Bytes that one record may have.
pub(super) const RECORD_BYTES_MAX: usize = 64 * 1024;

/// Lines that one record may have: a value with more is rather a quote that was never closed. It also
/// bounds how often a line is looked at.
pub(super) const RECORD_LINES_MAX: i64 = 64;

/// Reads records from `input`.
pub(super) struct Records<R> {
    input: R,
    delimiter: u8,
    /// How many values a record has to have; 0 while the header is not read.
    width: usize,
    /// Bytes of the current record, then of lines that were read ahead.
    text: Vec<u8>,
    /// How many bytes of `text` belong to the current record.
    used: usize,
    /// Values without their quotes; unused where the record has no quote.
    unquoted: Vec<u8>,
    values: Values,
    /// Line of the current record's beginning.
    line: i64,
    /// Line of the next record's beginning.
    next_line: i64,
    bytes: u64,
    at_end: bool,
    /// Whether the current record's values are out of one physical line.
    is_one_line: bool,
    /// Lines without any value that were passed over.
    blank: u64,
    /// Whether the current record's line ends with a line feed; the last one of a file that was cut off
    /// does not.
    has_line_end: bool,
}

/// Where the current record's values are.
#[derive(Debug)]
enum Values {
    InText(Vec<Range<usize>>),
    Unquoted(Vec<Range<usize>>),
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A record with as many values as the header.
    Row,
    /// A record, or one line, that cannot be read.
    Refused(RejectionReason),
    /// No more.
    End,
}

impl<R: BufRead> Records<R> {
    /// Records of `input`, separated as its first line shows: by commas, or, where that line has no
    /// comma, by the one of semicolon, tab and bar that it has.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub(super) fn new(input: R) -> io::Result<Self> {
        let mut records = Self {
            input,
            delimiter: b',',
            width: 0,
            text: Vec::new(),
            used: 0,
            unquoted: Vec::new(),
            values: Values::InText(Vec::new()),
            line: 0,
            next_line: 1,
            bytes: 0,
            at_end: false,
            is_one_line: true,
            blank: 0,
            has_line_end: false,
        };
        let end = records.first_line()?;
        let has = |byte: u8| records.text.iter().take(end).any(|found| *found == byte);
        records.delimiter = match (has(b','), has(b';'), has(b'\t'), has(b'|')) {
            (false, true, false, false) => b';',
            (false, false, true, false) => b'\t',
            (false, false, false, true) => b'|',
            _ => b',',
        };
        Ok(records)
    }

    /// The separator.
    pub(super) const fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The input, behind what was read of it.
    pub(super) fn into_input(self) -> R {
        self.input
    }

    /// Takes another separator than the one that the first line shows.
    pub(super) const fn separated_by(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// From now on every record has to have this number of values.
    pub(super) const fn expect_width(&mut self, width: usize) {
        self.width = width;
    }

    /// The physical line, from 1, on which the current record begins.
    pub(super) const fn line(&self) -> i64 {
        self.line
    }

    /// How many physical lines the current record has.
    pub(super) const fn lines(&self) -> i64 {
        self.next_line.saturating_sub(self.line)
    }

    /// Whether the current record's values, also of a refused one, are out of one physical line.
    pub(super) const fn is_one_line(&self) -> bool {
        self.is_one_line
    }

    /// Bytes read from the input so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many values the current record has.
    pub(super) const fn width(&self) -> usize {
        match &self.values {
            Values::InText(ranges) | Values::Unquoted(ranges) => ranges.len(),
        }
    }

    /// A value of the current record; empty when there is none.
    pub(super) fn value(&self, at: usize) -> &[u8] {
        let (bytes, ranges) = match &self.values {
            Values::InText(ranges) => (&self.text, ranges),
            Values::Unquoted(ranges) => (&self.unquoted, ranges),
        };
        ranges.get(at).and_then(|range| bytes.get(range.clone())).unwrap_or_default()
    }

    /// Lines without any value that were passed over so far.
    pub(super) const fn blank(&self) -> u64 {
        self.blank
    }

    /// Whether the line of the current record is ended.
    pub(super) const fn has_line_end(&self) -> bool {
        self.has_line_end
    }

    /// The current record's first line, cut at its separators without regard to quotes: for what cannot
    /// be read.
    pub(super) fn raw_values(&self) -> impl Iterator<Item = &[u8]> {
        let first = self.text.get(..self.used).unwrap_or_default();
        let line = first.split(|byte| *byte == b'\n').next().unwrap_or_default();
        line.strip_suffix(b"\r").unwrap_or(line).split(|byte| *byte == self.delimiter)
    }

    /// Goes to the next record. Lines without any value, also `,,,`, are none.
    ///
    /// # Errors
    ///
    /// The input cannot be read.
    pub(super) fn advance(&mut self) -> io::Result<Step> {
        loop {
            let step = self.read_record()?;
            if step == Step::End || !self.is_blank() {
                return Ok(step);
            }
            let lines = u64::try_from(self.lines()).unwrap_or(0);
            self.blank = self.blank.saturating_add(lines);
        }
    }

    fn is_blank(&self) -> bool {
        let content = self.text.get(..self.used).unwrap_or_default();
        // Old hosts end a file with Ctrl-Z, or fill its last block with NUL.
        let nothing = |byte: &u8| {
            byte.is_ascii_whitespace() || *byte == self.delimiter || matches!(*byte, 0 | 0x1A)
        };
        content.iter().all(nothing)
    }

    fn read_record(&mut self) -> io::Result<Step> {
        self.text.drain(..self.used);
        self.used = 0;
        self.line = self.next_line;
        let end = self.first_line()?;
        if end == 0 {
            return Ok(Step::End);
        }
        self.used = end;
        self.next_line = self.line.saturating_add(1);
        self.is_one_line = true;
        if !self.is_whole(end) {
            self.skip_line()?;
            return Ok(Step::Refused(RejectionReason::TooLarge));
        }
        let end = self.without_mark(end);
        self.used = end;
        let line = self.text.get(..end).unwrap_or_default();
        self.has_line_end = line.last() == Some(&b'\n');
        if line.first() == Some(&b'`') {
            self.split_guarded(end);
            if self.width == 0 || self.width() == self.width {
                return Ok(Step::Row);
            }
        }
        let line = self.text.get(..end).unwrap_or_default();
        if line.contains(&b'"') {
            return self.read_quoted(end);
        }
        self.split_line(end);
        Ok(self.checked())
    }

    /// Takes off the byte order mark in front of a line, where files were put together; gives the line's
    /// new end.
    fn without_mark(&mut self, end: usize) -> usize {
        if !self.text.starts_with(BOM) {
            return end;
        }
        self.text.drain(..BOM.len());
        end.saturating_sub(BOM.len())
    }

    fn checked(&self) -> Step {
        if self.width == 0 || self.width() == self.width {
            Step::Row
        } else {
            Step::Refused(RejectionReason::WrongColumnCount)
        }
    }

    /// Splits a line that has no quote.
    fn split_line(&mut self, end: usize) {
        self.split(end, |_| true);
    }

    /// Splits a line of which every value begins with a backtick.
    fn split_guarded(&mut self, end: usize) {
        self.split(end, |behind| behind.first() == Some(&b'`'));
    }

    /// Splits a line at those separators behind which `begins` finds a value.
    fn split(&mut self, end: usize, begins: impl Fn(&[u8]) -> bool) {
        let mut ranges = std::mem::replace(&mut self.values, Values::InText(Vec::new())).ranges();
        ranges.clear();
        let line = self.text.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut from = 0_usize;
        for at in memchr::memchr_iter(self.delimiter, line) {
            let behind = at.saturating_add(1);
            if begins(line.get(behind..).unwrap_or_default()) {
                ranges.push(from..at);
                from = behind;
            }
        }
        ranges.push(from..line.len());
        self.values = Values::InText(ranges);
    }

    /// Reads a record that has quotes and may go over several lines. `first` is where its first
    /// line ends.
    fn read_quoted(&mut self, first: usize) -> io::Result<Step> {
        let ranges = std::mem::replace(&mut self.values, Values::InText(Vec::new())).ranges();
        let mut reader = Quoted::new(self.delimiter, std::mem::take(&mut self.unquoted), ranges);
        let mut end = first;
        let mut lines = 1_i64;
        let ended = loop {
            match reader.read(&self.text, end) {
                Progress::Record => break true,
                Progress::Broken => break false,
                Progress::NeedsLine => {}
            }
            let next = self.line_end(end)?;
            if next == end || !self.is_whole(next) || lines >= RECORD_LINES_MAX {
                break false;
            }
            end = next;
            lines = lines.saturating_add(1);
        };
        self.is_one_line = lines == 1;
        self.unquoted = reader.unquoted;
        self.values = Values::Unquoted(reader.ranges);
        if !ended {
            return Ok(Step::Refused(RejectionReason::BrokenQuote));
        }
        let step = self.checked();
        if step == Step::Row && lines > 1 && self.has_rows_inside(end) {
            return Ok(Step::Refused(RejectionReason::BrokenQuote));
        }
        if step == Step::Row {
            self.used = end;
            self.next_line = self.line.saturating_add(lines);
        }
        Ok(step)
    }

    /// Whether two lines of a record of several each have as many separators as a row: then a quote has
    /// swallowed rows.
    fn has_rows_inside(&self, end: usize) -> bool {
        let separators = self.width.saturating_sub(1);
        if separators == 0 {
            return false;
        }
        let lines = self.text.get(..end).unwrap_or_default().split(|byte| *byte == b'\n');
        let is_row =
            |line: &&[u8]| line.split(|byte| *byte == self.delimiter).skip(1).count() >= separators;
        lines.filter(is_row).nth(1).is_some()
    }

    /// Where the first line of `text` ends; reads it where it is not there yet.
    fn first_line(&mut self) -> io::Result<usize> {
        self.line_end(0)
    }

    /// Where the line that begins at `from` ends, behind its line feed; `from` at the end of input.
    fn line_end(&mut self, from: usize) -> io::Result<usize> {
        let ahead = self.text.get(from..).unwrap_or_default();
        if let Some(at) = ahead.iter().position(|byte| *byte == b'\n') {
            return Ok(from.saturating_add(at).saturating_add(1));
        }
        if !self.at_end {
            let room = RECORD_BYTES_MAX.saturating_sub(self.text.len());
            let room = u64::try_from(room).unwrap_or(u64::MAX);
            let read = (&mut self.input).take(room).read_until(b'\n', &mut self.text)?;
            self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            self.at_end = self.text.len() < RECORD_BYTES_MAX && self.text.last() != Some(&b'\n');
        }
        Ok(self.text.len())
    }

    /// Whether the line that ends at `end` ends there in the input too.
    fn is_whole(&self, end: usize) -> bool {
        self.at_end || end.checked_sub(1).and_then(|last| self.text.get(last)) == Some(&b'\n')
    }

    /// Skips what is left in the input of a line that is too long.
    fn skip_line(&mut self) -> io::Result<()> {
        let skipped = self.input.skip_until(b'\n')?;
        self.bytes = self.bytes.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX));
        Ok(())
    }
}

impl Values {
    fn ranges(self) -> Vec<Range<usize>> {
        match self {
            Self::InText(ranges) | Self::Unquoted(ranges) => ranges,
        }
    }
}

/// Splits a record that has quotes, going on where it stopped when a line was added.
struct Quoted {
    delimiter: u8,
    state: State,
    at: usize,
    from: usize,
    unquoted: Vec<u8>,
    ranges: Vec<Range<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the beginning of a value.
    Begin,
    /// In a value without quotes.
    Plain,
    /// Between quotes.
    Inside,
    /// Behind a quote that ends the value or is the first half of a doubled one.
    Behind,
}

enum Progress {
    Record,
    NeedsLine,
    Broken,
}

impl Quoted {
    fn new(delimiter: u8, mut unquoted: Vec<u8>, mut ranges: Vec<Range<usize>>) -> Self {
        unquoted.clear();
        ranges.clear();
        Self { delimiter, state: State::Begin, at: 0, from: 0, unquoted, ranges }
    }

    /// Reads on in `text`, whose last line ends at `end`.
    fn read(&mut self, text: &[u8], end: usize) -> Progress {
        let bytes = text.get(self.at..end).unwrap_or_default();
        for byte in bytes {
            match (self.state, *byte) {
                (State::Begin, b'"') => self.state = State::Inside,
                (State::Inside, b'"') => self.state = State::Behind,
                (State::Inside, byte) => self.unquoted.push(byte),
                (State::Behind, b'"') => {
                    self.unquoted.push(b'"');
                    self.state = State::Inside;
                }
                (_, byte) if byte == self.delimiter => self.end_value(),
                (State::Behind, b' ' | b'\t' | b'\r' | b'\n') => {}
                (State::Behind, _) => return Progress::Broken,
                (State::Begin | State::Plain, byte) => {
                    self.unquoted.push(byte);
                    self.state = State::Plain;
                }
            }
        }
        self.at = end;
        if self.state == State::Inside {
            return Progress::NeedsLine;
        }
        if self.state == State::Plain {
            self.drop_line_end();
        }
        self.end_value();
        Progress::Record
    }

    fn drop_line_end(&mut self) {
        for byte in [b'\n', b'\r'] {
            if self.unquoted.len() > self.from && self.unquoted.last() == Some(&byte) {
                self.unquoted.pop();
            }
        }
    }

    fn end_value(&mut self) {
        self.ranges.push(self.from..self.unquoted.len());
        self.from = self.unquoted.len();
        self.state = State::Begin;
    }
}

#[cfg(test)]
#[path = "records/tests.rs"]
mod tests;

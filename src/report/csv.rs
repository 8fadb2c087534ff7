//! CSV as Excel and WPS open it by double-click, and back again.
//!
//! A cell of text gets at most one guard character in front, which [`unguard`] takes away:
//! an apostrophe where a spreadsheet would run the text as a formula, and the configured character
//! where it would take an id for a number or a date and destroy it. Numbers are never guarded.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use encoding_rs::{Decoder, GB18030, UTF_8};
use sha2::{Digest, Sha256};

use crate::config::{Encoding, LongIdGuard};
use crate::money::yuan;

/// Digits that a spreadsheet still shows as they are; one more and it writes `1.23457E+11`.
const SAFE_DIGITS: usize = 11;

/// The guard against formulas.
const APOSTROPHE: char = '\'';
const TAB: char = '\t';
const BACKTICK: char = '`';

/// One cell of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// An id or words: guarded where a spreadsheet would make something else of it.
    Text(Cow<'a, str>),
    /// A date or time in the report's form, which a spreadsheet may well recognise.
    Moment(String),
    /// A count.
    Count(i64),
    /// Fen, written as yuan with two decimals.
    Yuan(i64),
    /// What a side does not state.
    Empty,
}

impl<'a> Cell<'a> {
    /// Text that lives as long as the row.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// Fen, or nothing.
    #[must_use]
    pub fn yuan(minor: Option<i64>) -> Self {
        minor.map_or(Self::Empty, Self::Yuan)
    }
}

/// What a finished file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub bytes: u64,
    /// Rows below the header.
    pub rows: u64,
    /// Per column: the sum of its amounts in fen; 0 for a column without amounts.
    pub sums: Vec<i64>,
}

/// A CSV file that is being written.
pub struct Sheet {
    writer: csv::Writer<Sink>,
    guard: LongIdGuard,
    rows: u64,
    sums: Vec<i64>,
}

impl Sheet {
    /// Starts a file with its header.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn begin(
        file: File,
        encoding: Encoding,
        guard: LongIdGuard,
        header: &[String],
    ) -> io::Result<Self> {
        let sink = Sink::begin(file, encoding)?;
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .has_headers(false)
            .from_writer(sink);
        writer.write_record(header).map_err(io_error)?;
        Ok(Self { writer, guard, rows: 0, sums: vec![0; header.len()] })
    }

    /// Writes a row whose amounts count in the file's sums.
    ///
    /// # Errors
    ///
    /// What the disk says; [`io::ErrorKind::InvalidData`] when a sum leaves 64 bits.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for (sum, cell) in self.sums.iter_mut().zip(cells) {
            if let Cell::Yuan(minor) = cell {
                *sum = sum.checked_add(*minor).ok_or_else(sum_too_large)?;
            }
        }
        self.part(cells)
    }

    /// Writes a row that is a part of a later one, so that its amounts do not count twice.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn part(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            let field = match cell {
                Cell::Text(text) => guarded(text, self.guard),
                Cell::Moment(text) => Cow::Borrowed(text.as_str()),
                Cell::Count(count) => Cow::Owned(count.to_string()),
                Cell::Yuan(minor) => Cow::Owned(yuan(*minor)),
                Cell::Empty => Cow::Borrowed(""),
            };
            self.writer.write_field(field.as_bytes()).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)?;
        self.rows = self.rows.saturating_add(1);
        Ok(())
    }

    /// Ends the file and makes it durable.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn finish(mut self) -> io::Result<Written> {
        self.writer.flush()?;
        let sink = self.writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let (sha256, bytes) = sink.finish()?;
        Ok(Written { sha256, bytes, rows: self.rows, sums: self.sums })
    }
}

fn sum_too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a sum does not fit in 64 bits of fen")
}

/// The cause behind a CSV error, with its kind: a full disk has to be told apart.
pub(super) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(source) => source,
        other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
    }
}

/// Takes UTF-8, writes the file's encoding, and keeps count and digest of what was written.
struct Sink {
    file: BufWriter<File>,
    encoding: Encoding,
    hash: Sha256,
    bytes: u64,
    /// The beginning of a character whose rest has not come yet.
    unfinished: Vec<u8>,
}

impl Sink {
    fn begin(file: File, encoding: Encoding) -> io::Result<Self> {
        let file = BufWriter::with_capacity(64 * 1024, file);
        let mut sink =
            Self { file, encoding, hash: Sha256::new(), bytes: 0, unfinished: Vec::new() };
        if encoding == Encoding::Utf8Bom {
            sink.put(b"\xEF\xBB\xBF")?;
        }
        Ok(sink)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// GB18030 has every character; only U+E5E5, which no person writes, becomes `&#58853;`.
    fn put_gb18030(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut text = std::mem::take(&mut self.unfinished);
        text.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&text) {
            Ok(whole) => whole,
            Err(error) if error.error_len().is_none() => {
                let (whole, rest) = text.split_at(error.valid_up_to());
                self.unfinished = rest.to_vec();
                std::str::from_utf8(whole).unwrap_or_default()
            }
            Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        };
        let (encoded, _, _) = GB18030.encode(whole);
        self.put(&encoded)
    }

    fn finish(self) -> io::Result<(String, u64)> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok((hex(&self.hash.finalize()), self.bytes))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.encoding {
            Encoding::Utf8Bom | Encoding::Utf8 => self.put(bytes)?,
            Encoding::Gb18030 => self.put_gb18030(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Text as it goes into a cell: with one guard character in front where it needs one.
pub fn guarded(text: &str, guard: LongIdGuard) -> Cow<'_, str> {
    let character = if starts_like_a_formula(text) {
        APOSTROPHE
    } else if reads_as_something_else(text) {
        match guard {
            LongIdGuard::Tab => TAB,
            LongIdGuard::Backtick => BACKTICK,
            LongIdGuard::None => return Cow::Borrowed(text),
        }
    } else {
        return Cow::Borrowed(text);
    };
    Cow::Owned(format!("{character}{text}"))
}

/// Text as it was before [`guarded`], whatever guard was configured then; `="…"`, which others
/// write against the same damage, is understood too.
pub fn unguard(cell: &str) -> &str {
    if let Some(text) = cell.strip_prefix([APOSTROPHE, TAB, BACKTICK]) {
        return text;
    }
    cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell)
}

/// Whether a spreadsheet would run it, or [`unguard`] would take its first character for a guard.
fn starts_like_a_formula(text: &str) -> bool {
    let runs = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let guards = [APOSTROPHE, TAB, BACKTICK, '\r', '\n'];
    text.starts_with(guards) || text.trim_start().starts_with(runs)
}

/// Whether a spreadsheet would take it for a number, a date or a truth value and show another one.
///
/// Short whole numbers stay what they are and need no guard.
fn reads_as_something_else(text: &str) -> bool {
    let half_width = text.chars().map(half_width);
    let text: String = half_width.flat_map(char::to_lowercase).collect();
    if matches!(text.as_str(), "true" | "false") {
        return true;
    }
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if text.chars().all(|c| c.is_ascii_digit()) {
        return text.len() > SAFE_DIGITS || (text.len() > 1 && text.starts_with('0'));
    }
    let mut before = None;
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphabetic() {
            rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (part, after) = rest.split_at(length);
        if !belongs_to_a_number_or_date(part, before) {
            return false;
        }
        before = part.chars().next_back();
        rest = after;
    }
    true
}

fn belongs_to_a_number_or_date(part: &str, before: Option<char>) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    match part {
        // Only after a digit is it a power of ten: `E123` is text.
        "e" => before.is_some_and(|c| c.is_ascii_digit() || c == '.'),
        "am" | "pm" | "sept" => true,
        _ if part.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            MONTHS.iter().any(|month| *month == part || month.get(..3) == Some(part))
        }
        _ => part.chars().all(|c| c.is_ascii_digit() || " .,+-/:%()$¥￥年月日时分秒".contains(c)),
    }
}

/// Full-width digits, letters and signs as their half-width twins.
fn half_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code.wrapping_sub(0xFEE0)).unwrap_or(c),
        _ => c,
    }
}

/// A reader of one of our files, row by row, whatever its size.
pub fn reader<R: Read>(source: R, encoding: Encoding) -> csv::Reader<impl Read> {
    let decoder = match encoding {
        Encoding::Utf8Bom | Encoding::Utf8 => UTF_8.new_decoder_with_bom_removal(),
        Encoding::Gb18030 => GB18030.new_decoder_without_bom_handling(),
    };
    let decoded =
        Decoded { source, decoder, text: String::new(), taken: 0, ended: false, bytes: Vec::new() };
    csv::ReaderBuilder::new().from_reader(decoded)
}

/// Reads an encoded file as UTF-8; bytes that are not text in the encoding are an error.
struct Decoded<R> {
    source: R,
    decoder: Decoder,
    text: String,
    taken: usize,
    ended: bool,
    bytes: Vec<u8>,
}

impl<R: Read> Decoded<R> {
    fn refill(&mut self) -> io::Result<()> {
        self.text.clear();
        self.taken = 0;
        self.bytes.resize(64 * 1024, 0);
        let count = self.source.read(&mut self.bytes)?;
        self.ended = count == 0;
        let room = self.decoder.max_utf8_buffer_length(count).unwrap_or(0);
        self.text.reserve(room);
        let read = self.bytes.get(..count).unwrap_or_default();
        let (_, _, malformed) = self.decoder.decode_to_string(read, &mut self.text, self.ended);
        if malformed {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "bytes that are not text in the file's encoding",
            ));
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken >= self.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let ready = self.text.as_bytes().get(self.taken..).unwrap_or_default();
        let count = ready.len().min(out.len());
        for (target, byte) in out.iter_mut().zip(ready) {
            *target = *byte;
        }
        self.taken = self.taken.saturating_add(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_guard_stands_only_where_a_spreadsheet_would_do_harm() {
        let table = [
            ("20261120000000000001", "\t20261120000000000001"),
            ("202611200001", "\t202611200001"),
            ("20261120001", "20261120001"),
            ("0", "0"),
            ("007", "\t007"),
            ("1E5", "\t1E5"),
            ("1e+19", "\t1e+19"),
            ("E20261120", "E20261120"),
            ("A20261120000001", "A20261120000001"),
            ("DZ0123456789ABCDFG", "DZ0123456789ABCDFG"),
            ("1-2", "\t1-2"),
            ("2026-11", "\t2026-11"),
            ("2026/11/20", "\t2026/11/20"),
            ("2026年11月", "\t2026年11月"),
            ("12:30", "\t12:30"),
            ("(12)", "\t(12)"),
            ("MAR1", "\tMAR1"),
            ("2-sept", "\t2-sept"),
            ("MARKET1", "MARKET1"),
            ("1.50", "\t1.50"),
            ("１２３４５６７８９０１２", "\t１２３４５６７８９０１２"),
            ("TRUE", "\tTRUE"),
            ("=1+1", "'=1+1"),
            (" =1+1", "' =1+1"),
            ("＝1+1", "'＝1+1"),
            ("+86", "'+86"),
            ("-12.30", "'-12.30"),
            ("@SUM", "'@SUM"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'x", "''x"),
            ("`x", "'`x"),
            ("商户漏单", "商户漏单"),
            ("渠道已收 100.00 元", "渠道已收 100.00 元"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(guarded(text, LongIdGuard::Tab), expected, "{text:?}");
            assert_eq!(unguard(expected), text);
        }
        assert_eq!(guarded("202611200001", LongIdGuard::Backtick), "`202611200001");
        assert_eq!(guarded("202611200001", LongIdGuard::None), "202611200001");
        assert_eq!(guarded("=1", LongIdGuard::None), "'=1", "a formula is guarded in any case");
        assert_eq!(unguard("=\"007\""), "007");
    }

    #[test]
    fn numbers_are_written_bare_and_lines_end_as_excel_wants() {
        let cells = [
            Cell::Yuan(-1230),
            Cell::Count(12),
            Cell::Empty,
            Cell::text("a,\"b\"\r\nc"),
            Cell::Moment("2026-11-20 08:00:00".to_owned()),
        ];
        let (bytes, written) = round(Encoding::Utf8Bom, LongIdGuard::Tab, &[&cells, &cells]);
        let line = "-12.30,12,,\"a,\"\"b\"\"\r\nc\",2026-11-20 08:00:00\r\n";
        assert_eq!(bytes, format!("\u{feff}0,1,2,3,4\r\n{line}{line}").into_bytes());
        assert_eq!(written.sums, [-2460, 0, 0, 0, 0]);
        assert_eq!((written.rows, written.bytes), (2, u64::try_from(bytes.len()).expect("short")));
        assert_eq!(written.sha256, hex(&Sha256::digest(&bytes)));
    }

    #[test]
    fn a_full_disk_is_told_apart() {
        let Ok(full) = File::options().write(true).open("/dev/full") else { return };
        let header = ["a".to_owned()];
        let mut sheet = Sheet::begin(full, Encoding::Utf8, LongIdGuard::Tab, &header)
            .expect("the header waits in memory");
        let cell = [Cell::text("x")];
        let error = (0..1_000_000).find_map(|_| sheet.row(&cell).err()).expect("it is full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn an_impossible_sum_is_refused_not_wrapped() {
        let file = tempfile::tempfile().expect("a file");
        let header = ["a".to_owned()];
        let mut sheet =
            Sheet::begin(file, Encoding::Utf8, LongIdGuard::Tab, &header).expect("a sheet");
        sheet.row(&[Cell::Yuan(i64::MAX)]).expect("fits");
        assert!(sheet.row(&[Cell::Yuan(1)]).is_err());
    }

    fn round(encoding: Encoding, guard: LongIdGuard, rows: &[&[Cell<'_>]]) -> (Vec<u8>, Written) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        let width = rows.first().map_or(1, |row| row.len());
        let header: Vec<_> = (0..width).map(|n| n.to_string()).collect();
        let file = File::create(&path).expect("a file");
        let mut sheet = Sheet::begin(file, encoding, guard, &header).expect("a sheet");
        for row in rows {
            sheet.row(row).expect("a row");
        }
        let written = sheet.finish().expect("an end");
        (std::fs::read(&path).expect("bytes"), written)
    }

    /// Ids, formulas, every script; without U+E5E5, see [`Sink::put_gb18030`].
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            "[0-9eE+./-]{0,24}",
            "['`\t\r\n =+@＝0-9a-z\",-]{0,12}",
            any::<String>().prop_map(|text| text.replace('\u{e5e5}', "")),
            "[一-龥０-９𠀀-𠀿]{0,12}",
        ]
    }

    proptest! {
        #[test]
        fn every_text_survives_the_round_trip(
            texts in prop::collection::vec(texts(), 1..40),
            encoding in prop::sample::select(Encoding::ALL),
            guard in prop::sample::select(LongIdGuard::ALL),
        ) {
            // A lone empty cell is an empty line to any CSV reader; our rows have more columns.
            let rows: Vec<_> = texts.iter().map(|t| [Cell::Count(1), Cell::text(t)]).collect();
            let rows: Vec<&[Cell<'_>]> = rows.iter().map(|row| row.as_slice()).collect();
            let (bytes, _) = round(encoding, guard, &rows);
            let mut reader = reader(bytes.as_slice(), encoding);
            let back: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
            prop_assert_eq!(back.len(), texts.len());
            for (row, text) in back.iter().zip(&texts) {
                prop_assert_eq!(unguard(&row[1]), text);
            }
        }
    }
}

//! CSV as Excel and WPS open it by double-click, and back again.
//!
//! Text gets a [`guard`] where a spreadsheet would make something else of it; numbers never do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use encoding_rs::{Decoder, GB18030, UTF_8};
use sha2::{Digest, Sha256};

use crate::config::{Encoding, LongIdGuard};
use crate::money::{Currency, Money, units};

pub mod guard;

pub use guard::{guarded, unguard};

/// One cell of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// An id or words: guarded where a spreadsheet would make something else of it.
    Text(Cow<'a, str>),
    /// A date or time in the report's form, which a spreadsheet may well recognise.
    Moment(String),
    /// A count.
    Count(i64),
    /// An amount, written in whole units with the decimals of its currency.
    Money(Money),
    /// What a side does not state.
    Empty,
}

impl<'a> Cell<'a> {
    /// Text that lives as long as the row.
    #[must_use]
    pub const fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// Fen.
    #[must_use]
    pub const fn fen(minor: i64) -> Self {
        Self::Money(Money::fen(minor))
    }

    /// Fen, or nothing.
    #[must_use]
    pub fn yuan(minor: Option<i64>) -> Self {
        minor.map_or(Self::Empty, Self::fen)
    }

    /// An amount of a currency.
    #[must_use]
    pub const fn of(minor: i64, currency: Currency) -> Self {
        Self::Money(Money { minor, currency })
    }

    /// An amount of a currency, or nothing.
    #[must_use]
    pub fn some_of(minor: Option<i64>, currency: Currency) -> Self {
        minor.map_or(Self::Empty, |minor| Self::of(minor, currency))
    }
}

/// A value that was read from a table: a number stays one where a spreadsheet shows it as it is.
pub fn as_read(text: &str) -> Cell<'_> {
    let number = text.strip_prefix('-').unwrap_or(text);
    let digits = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !number.is_empty() && digits && number.contains('.') {
        return Cell::Moment(text.to_owned());
    }
    Cell::text(text)
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
    /// What its columns add up to.
    pub sums: ColumnSums,
}

/// What the columns of a file add up to, per currency: each the sum of its amounts in the smallest unit, 0
/// for a column without amounts. Yuan are always there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSums(BTreeMap<Currency, Vec<i64>>);

impl ColumnSums {
    /// Nothing yet, of a file with so many columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self(BTreeMap::from([(Currency::CNY, vec![0; columns])]))
    }

    /// Adds an amount of a column; `None` when the sum does not fit.
    pub fn add(&mut self, column: usize, money: Money) -> Option<()> {
        let columns = self.0.get(&Currency::CNY).map_or(0, Vec::len);
        let sums = self.0.entry(money.currency).or_insert_with(|| vec![0; columns]);
        let sum = sums.get_mut(column)?;
        *sum = sum.checked_add(money.minor)?;
        Some(())
    }

    /// Per currency, the sums in the order of the columns.
    pub fn iter(&self) -> impl Iterator<Item = (Currency, &[i64])> {
        self.0.iter().map(|(currency, sums)| (*currency, sums.as_slice()))
    }
}

/// A CSV file that is being written.
pub struct Sheet {
    writer: csv::Writer<Sink>,
    guard: LongIdGuard,
    rows: u64,
    sums: ColumnSums,
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
        Ok(Self { writer, guard, rows: 0, sums: ColumnSums::new(header.len()) })
    }

    /// Writes a row whose amounts count in the file's sums.
    ///
    /// # Errors
    ///
    /// What the disk says; [`io::ErrorKind::InvalidData`] when a sum leaves 64 bits.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for (column, cell) in cells.iter().enumerate() {
            if let Cell::Money(money) = cell {
                self.sums.add(column, *money).ok_or_else(sum_too_large)?;
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
                Cell::Money(money) => Cow::Owned(units(money.minor, money.currency)),
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
    let problem = error.to_string();
    if let csv::ErrorKind::Io(source) = error.into_kind() {
        source
    } else {
        io::Error::new(io::ErrorKind::InvalidData, problem)
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

/// A reader of one of our files, row by row, whatever its size.
pub fn reader<R: Read>(source: R, encoding: Encoding) -> csv::Reader<impl Read> {
    let decoder = match encoding {
        Encoding::Utf8Bom | Encoding::Utf8 => UTF_8.new_decoder_with_bom_removal(),
        Encoding::Gb18030 => GB18030.new_decoder_without_bom_handling(),
    };
    csv::ReaderBuilder::new().from_reader(Decoded {
        source,
        decoder,
        text: String::new(),
        taken: 0,
        ended: false,
        bytes: Vec::new(),
    })
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
    fn numbers_are_written_bare_and_lines_end_as_excel_wants() {
        let cells = [
            Cell::fen(-1230),
            Cell::Count(12),
            Cell::Empty,
            Cell::text("a,\"b\"\r\nc"),
            Cell::Moment("2026-11-20 08:00:00".to_owned()),
        ];
        let (bytes, written) = round(Encoding::Utf8Bom, LongIdGuard::Tab, &[&cells, &cells]);
        let line = "-12.30,12,,\"a,\"\"b\"\"\r\nc\",2026-11-20 08:00:00\r\n";
        assert_eq!(bytes, format!("\u{feff}0,1,2,3,4\r\n{line}{line}").into_bytes());
        let sums: Vec<_> = written.sums.iter().collect();
        assert_eq!(sums, [(Currency::CNY, [-2460, 0, 0, 0, 0].as_slice())]);
        assert_eq!((written.rows, written.bytes), (2, u64::try_from(bytes.len()).expect("short")));
        assert_eq!(written.sha256, hex(&Sha256::digest(&bytes)));
    }

    #[test]
    fn a_full_disk_is_recognised() {
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
        sheet.row(&[Cell::fen(i64::MAX)]).expect("fits");
        assert!(sheet.row(&[Cell::fen(1)]).is_err());
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
            let rows: Vec<&[Cell<'_>]> = rows.iter().map(<[_; 2]>::as_slice).collect();
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

//! What a file is, by its first bytes and one pass over it: text in one of the usual encodings, a
//! workbook, either of them packed, or something that is no table at all.
//!
//! Text is read again as it is needed and never as a whole, unless it has to be turned into another
//! form first: UTF-16, and what is packed.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::config::Encoding;
use crate::intake::IntakeError;
use crate::intake::scan::{self, BOM, Scan};
use crate::intake::table::TableError;

mod foreign;
mod packed;

/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;

/// Bytes that text in UTF-16, or what is unpacked, may have.
const MEMORY_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Bytes that a text may have which is read as a whole.
const WHOLE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A file that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    /// SHA-256 of the file as it lies there.
    pub(super) digest: scan::Sha256Digest,
    /// Its bytes as it lies there.
    pub(super) bytes: u64,
    /// The name of the file inside an archive; empty where there is none.
    pub(super) inside: String,
    pub(super) form: Form,
    place: Place,
    /// Of an archive with several files that are read as one: the files, in the order of their names.
    more: Vec<Self>,
}

/// What changes when a file is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub(super) fn of(file: &Metadata) -> Self {
        Self { bytes: file.len(), modified: file.modified().ok() }
    }
}

/// What its bytes, unpacked, are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A text.
    Text {
        /// What it was in, for people: `utf-8`, `utf-8-bom`, `gb18030` or `utf-16`.
        label: &'static str,
        /// How its bytes are read.
        encoding: Encoding,
        /// Its lines.
        lines: u64,
        /// Whether its lines end with a carriage return alone.
        has_returns: bool,
    },
    /// A workbook (`.xlsx`).
    Workbook,
}

/// Where the bytes are.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    File(PathBuf),
    Memory(Arc<Vec<u8>>),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(_) => f.write_str("File"),
            Self::Memory(bytes) => write!(f, "Memory({} bytes)", bytes.len()),
        }
    }
}

impl Content {
    /// What the file is in, for people.
    pub(super) const fn label(&self) -> &'static str {
        match self.form {
            Form::Text { label, .. } => label,
            Form::Workbook => "xlsx",
        }
    }

    /// Whether it is read out of the file as it is needed.
    pub(super) const fn is_file(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// The text from behind its byte order mark, with line feeds at the ends of its lines, and how many
    /// bytes of the file are in front.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(crate) fn text(&self) -> io::Result<(Box<dyn BufRead + Send>, u64)> {
        let bytes: Box<dyn Read + Send> = match &self.place {
            Place::File(path) => Box::new(File::open(path)?),
            Place::Memory(bytes) => Box::new(Cursor::new(Shared(Arc::clone(bytes)))),
        };
        let has_returns = matches!(self.form, Form::Text { has_returns: true, .. });
        let mut input: Box<dyn BufRead + Send> = if has_returns {
            Box::new(BufReader::with_capacity(READ_BYTES, LineFeeds(bytes)))
        } else {
            Box::new(BufReader::with_capacity(READ_BYTES, bytes))
        };
        let mut skipped = 0_u64;
        // Parts that were put together, and careless programs, have more than one mark.
        while input.fill_buf()?.starts_with(BOM) {
            input.consume(BOM.len());
            skipped = skipped.saturating_add(u64::try_from(BOM.len()).unwrap_or(0));
        }
        Ok((input, skipped))
    }

    /// The text as a whole, from behind its byte order mark.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is too large to be read as a whole.
    pub(super) fn whole_text(&self, name: &str) -> Result<Vec<u8>, TableError> {
        let failed = |source| TableError::Read { name: name.to_owned(), source };
        let (input, _) = self.text().map_err(failed)?;
        let mut bytes = Vec::new();
        let read = input.take(WHOLE_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes);
        let length = read.map_err(failed)?;
        if u64::try_from(length).is_ok_and(|length| length <= WHOLE_BYTES_MAX) {
            return Ok(bytes);
        }
        Err(TableError::TooLarge {
            name: name.to_owned(),
            limit: "64 MB in a form that is no table",
        })
    }

    /// What is read as one: itself, or the files of its archive.
    pub(super) fn parts(&self) -> &[Self] {
        if self.more.is_empty() { std::slice::from_ref(self) } else { &self.more }
    }

    /// The lines of a text; 0 of a workbook.
    pub(super) const fn lines(&self) -> u64 {
        match self.form {
            Form::Text { lines, .. } => lines,
            Form::Workbook => 0,
        }
    }

    /// The bytes, unpacked.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub(super) fn all(&self) -> io::Result<Vec<u8>> {
        match &self.place {
            Place::File(path) => std::fs::read(path),
            Place::Memory(bytes) => Ok(bytes.to_vec()),
        }
    }
}

/// Bytes that several readers share.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Turns carriage returns into line feeds, in a file that has no line feed.
struct LineFeeds<R>(R);

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        for byte in buffer.iter_mut().take(read).filter(|byte| **byte == b'\r') {
            *byte = b'\n';
        }
        Ok(read)
    }
}

/// What a file may be besides a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Besides {
    /// Nothing.
    Nothing,
    /// Statements in a form of their own, of which an archive may have several files.
    Statements,
    /// The same in XML.
    Xml,
}

/// Looks at a file. `name` is its name in errors; `is_wanted` says of a file inside an archive that has
/// several whether it is the one.
///
/// # Errors
///
/// [`TableError`] when the file cannot be read, is empty, is something else than a table, is packed
/// with a password, or has not exactly one table in it.
pub(super) fn examine(
    path: &Path,
    name: &str,
    is_wanted: &dyn Fn(&Content) -> bool,
) -> Result<Content, TableError> {
    examine_besides(path, name, Besides::Nothing, is_wanted)
}

/// As [`examine`], for a file that may be something else than a table.
///
/// # Errors
///
/// As [`examine`].
pub(super) fn examine_besides(
    path: &Path,
    name: &str,
    besides: Besides,
    is_wanted: &dyn Fn(&Content) -> bool,
) -> Result<Content, TableError> {
    foreign::refuse(&start_of(path, name)?, name, besides)?;
    examine_any(path, name, besides, is_wanted)
}

/// Looks at a log, which has lines and no table.
///
/// # Errors
///
/// As [`examine`], but for what it is.
pub(crate) fn examine_log(path: &Path, name: &str) -> Result<Content, TableError> {
    examine_any(path, name, Besides::Nothing, &|_| false)
}

fn start_of(path: &Path, name: &str) -> Result<Vec<u8>, TableError> {
    let failed = |source| TableError::Read { name: name.to_owned(), source };
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(foreign::START_BYTES).read_to_end(&mut start).map_err(failed)?;
    Ok(start)
}

fn examine_any(
    path: &Path,
    name: &str,
    besides: Besides,
    is_wanted: &dyn Fn(&Content) -> bool,
) -> Result<Content, TableError> {
    let failed = |source| TableError::Read { name: name.to_owned(), source };
    let start = start_of(path, name)?;
    if start.is_empty() {
        return Err(TableError::Empty { name: name.to_owned() });
    }
    if packed::is_packed(&start) || is_utf16(&start) {
        let bytes = bounded(File::open(path).map_err(failed)?, name)?;
        let digest = Sha256::digest(&bytes).into();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let whole = Content { digest, bytes: length, ..of_memory(bytes, String::new(), name)? };
        return packed::unpacked(whole, name, besides, is_wanted);
    }
    let Scan { digest, encoding, bytes, feeds, returns, ends_with_feed } =
        scan::scan(path, name).map_err(|error| named(error, name))?;
    let form = text_form(encoding.code(), encoding, (feeds, returns, ends_with_feed));
    let place = Place::File(path.to_owned());
    Ok(Content { digest, bytes, inside: String::new(), form, place, more: Vec::new() })
}

fn named(error: IntakeError, name: &str) -> TableError {
    let name = name.to_owned();
    if let IntakeError::NotCsv { found, advice, .. } = error {
        return TableError::Other { name, found, advice };
    }
    if let IntakeError::Open { source, .. } | IntakeError::Read { source, .. } = error {
        return TableError::Read { name, source };
    }
    TableError::Empty { name }
}

fn text_form(
    label: &'static str,
    encoding: Encoding,
    (feeds, returns, ends_with_feed): (u64, u64, bool),
) -> Form {
    let has_returns = feeds == 0 && returns > 0;
    let ends = if has_returns { returns } else { feeds };
    let lines = ends.saturating_add(u64::from(!ends_with_feed));
    Form::Text { label, encoding, lines, has_returns }
}

/// What bytes in memory are. They are not looked into any further.
fn of_memory(bytes: Vec<u8>, inside: String, name: &str) -> Result<Content, TableError> {
    if bytes.is_empty() {
        return Err(TableError::Empty { name: name.to_owned() });
    }
    let digest = [0; 32];
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if packed::is_packed(&bytes) {
        let place = Place::Memory(Arc::new(bytes));
        let (form, more) = (Form::Workbook, Vec::new());
        return Ok(Content { digest, bytes: length, inside, form, place, more });
    }
    let (bytes, label, encoding) = if is_utf16(&bytes) {
        (utf16(&bytes).into_bytes(), "utf-16", Encoding::Utf8)
    } else {
        let encoding = scan::encoding_of(&bytes);
        (bytes, encoding.code(), encoding)
    };
    let count = |wanted: u8| {
        let found = bytes.split(|byte| *byte == wanted).skip(1).count();
        u64::try_from(found).unwrap_or(u64::MAX)
    };
    let (feeds, returns) = (count(b'\n'), count(b'\r'));
    let last = if feeds == 0 && returns > 0 { b'\r' } else { b'\n' };
    let ends = (feeds, returns, bytes.last() == Some(&last));
    let form = text_form(label, encoding, ends);
    let (place, more) = (Place::Memory(Arc::new(bytes)), Vec::new());
    Ok(Content { digest, bytes: length, inside, form, place, more })
}

/// All bytes of an input.
fn bounded(input: impl Read, name: &str) -> Result<Vec<u8>, TableError> {
    bounded_by(MEMORY_BYTES_MAX, input, name)
}

/// All bytes of an input, where they are so many at most.
fn bounded_by(limit: u64, input: impl Read, name: &str) -> Result<Vec<u8>, TableError> {
    let mut bytes = Vec::new();
    let read = input.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    let length = read.map_err(|source| TableError::Read { name: name.to_owned(), source })?;
    if u64::try_from(length).is_ok_and(|length| length <= limit) {
        return Ok(bytes);
    }
    Err(TableError::TooLarge { name: name.to_owned(), limit: "256 MB unpacked" })
}

/// Text in UTF-16, which Excel calls "Unicode text": with its mark, or with the zeros that its commas,
/// digits and line ends have in one half of their two bytes.
fn is_utf16(start: &[u8]) -> bool {
    const LOOKED_AT: usize = 512;
    /// One such character in so many is what any header has.
    const ONE_IN: usize = 8;
    if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
        return true;
    }
    let start = start.get(..start.len().min(LOOKED_AT)).unwrap_or_default();
    let zeros = |offset: usize| {
        let half = start.iter().skip(offset).step_by(2);
        half.filter(|byte| **byte == 0).count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let enough = (start.len() / 2).div_ceil(ONE_IN).max(2);
    (even.min(odd) == 0 && even.max(odd) >= enough) && !ends_in_zeros(start)
}

/// Whether all zeros stand at the end: a text that an old host has filled up.
fn ends_in_zeros(bytes: &[u8]) -> bool {
    let text = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at.saturating_add(1));
    !bytes.iter().take(text).any(|byte| *byte == 0)
}

fn utf16(bytes: &[u8]) -> String {
    let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let big_endian = bytes.first() == Some(&0);
    let guess = if big_endian { encoding_rs::UTF_16BE } else { encoding_rs::UTF_16LE };
    marked.unwrap_or(guess).decode_with_bom_removal(bytes).0.into_owned()
}

#[cfg(test)]
mod tests;

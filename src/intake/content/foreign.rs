//! Files that are no table, told by their first bytes: answers of interfaces that were saved as bills,
//! documents, archives that are not opened.

use super::Besides;
use crate::intake::scan::BOM;
use crate::intake::table::{SAVE, TableError};

/// Bytes that are enough to know a file by.
pub(super) const START_BYTES: u64 = 1024;

/// What to do with an answer.
const ANSWER: &str = "it is what an interface answered, not the bill: read what it says, and download the bill \
                      again";

/// What XML is called.
const XML: &str = "XML";

/// What a bank's statement in XML is called, and what to do with it.
const CAMT: (&str, &str) =
    ("a bank's statement in XML (camt)", "layout = \"camt053\" in [account.statement] reads it");

/// What to do with an archive that is not opened.
const UNPACK: &str = "unpack it first";

/// Refuses what is no table.
///
/// # Errors
///
/// [`TableError::Other`] with what it is and what to do.
pub(super) fn refuse(start: &[u8], name: &str, besides: Besides) -> Result<(), TableError> {
    let is_wanted = |found: &str| besides == Besides::Xml && (found == XML || found == CAMT.0);
    match found(start).filter(|(found, _)| !is_wanted(found)) {
        Some((found, advice)) => Err(TableError::Other { name: name.to_owned(), found, advice }),
        None => Ok(()),
    }
}

fn found(start: &[u8]) -> Option<(&'static str, &'static str)> {
    const MARKS: [(&[u8], &str, &str); 8] = [
        (b"\xD0\xCF\x11\xE0", "an old Excel workbook, or one with a password", SAVE),
        (b"%PDF", "a PDF document", "download the bill as CSV or Excel"),
        (b"Rar!", "a RAR archive", UNPACK),
        (b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
        (b"BZh", "a bzip2 archive", UNPACK),
        (b"\xFD7zXZ", "an xz archive", UNPACK),
        (b"\x28\xB5\x2F\xFD", "a zstd archive", UNPACK),
        (b"{\\rtf", "a text document (RTF)", "download the bill as CSV or Excel"),
    ];
    if let Some((_, found, advice)) = MARKS.iter().find(|(mark, ..)| start.starts_with(mark)) {
        return Some((found, advice));
    }
    if start.get(257..262) == Some(b"ustar") {
        return Some(("a tar archive", UNPACK));
    }
    let mut text = start;
    while let Some(rest) = text.strip_prefix(BOM) {
        text = rest;
    }
    let text = text.trim_ascii_start();
    let lower = text.get(..text.len().min(512)).unwrap_or_default().to_ascii_lowercase();
    let has = |word: &[u8]| lower.windows(word.len()).any(|found| found == word);
    match lower.first() {
        Some(b'<') if has(b"schemas-microsoft-com:office:spreadsheet") => {
            Some(("an Excel workbook of 2003 (XML)", SAVE))
        }
        Some(b'<') if has(b"<html") || has(b"<!doctype html") || has(b"<head") || has(b"<body") => {
            Some(("an HTML page", ANSWER))
        }
        Some(b'<') if has(b"<table") || has(b"<meta") => {
            Some(("a table of an HTML page, whatever its name says", SAVE))
        }
        Some(b'<')
            if lower.get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'?') =>
        {
            Some(if has(b"camt.05") { CAMT } else { (XML, ANSWER) })
        }
        Some(b'{') if behind(&lower, b"\"}") => Some(("JSON", ANSWER)),
        Some(b'[') if behind(&lower, b"{[]\"") => Some(("JSON", ANSWER)),
        _ => None,
    }
}

/// Whether one of these bytes is the next behind the first that is no white space.
fn behind(text: &[u8], bytes: &[u8]) -> bool {
    let rest = text.get(1..).unwrap_or_default().trim_ascii_start();
    rest.first().is_some_and(|byte| bytes.contains(byte))
}

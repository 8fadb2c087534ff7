//! Rows written down as the CSV that they would have been exported to.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{ROWS_MAX, Stop};

/// Bytes that are written at once.
const WRITE_BYTES: usize = 256 * 1024;

/// Takes rows. The file is its owner's only, and is removed with the last handle on it.
pub(super) struct Sink {
    file: BufWriter<NamedTempFile>,
    rows: u64,
    line: Vec<u8>,
}

impl Sink {
    /// A file in `folder` with its header.
    pub(super) fn start(folder: &Path, names: &[&str]) -> io::Result<Self> {
        let file = tempfile::Builder::new().prefix("shop-").suffix(".csv").tempfile_in(folder)?;
        let mut file = BufWriter::with_capacity(WRITE_BYTES, file);
        file.write_all(header(names).as_bytes())?;
        Ok(Self { file, rows: 0, line: Vec::new() })
    }

    /// Adds a row, a value per column of the header. Row n is on line n + 1.
    pub(super) fn row(&mut self, values: &[String]) -> Result<(), Stop> {
        self.rows = self.rows.saturating_add(1);
        if self.rows > ROWS_MAX {
            return Err(Stop::Failed(format!("more than {ROWS_MAX} rows: is it one day's?")));
        }
        self.line.clear();
        // A line without any value is none, and no row may be lost.
        if values.iter().all(|value| value.trim().is_empty()) {
            self.line.extend_from_slice(b"\"\"");
        }
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                self.line.push(b',');
            }
            push(&mut self.line, value);
        }
        self.line.push(b'\n');
        self.file.write_all(&self.line).map_err(Stop::Spool)
    }

    /// The file, written.
    pub(super) fn finish(self) -> io::Result<NamedTempFile> {
        self.file.into_inner().map_err(io::IntoInnerError::into_error)
    }
}

/// The header as a line.
pub(super) fn header(names: &[&str]) -> String {
    let mut line = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            line.push(b',');
        }
        push(&mut line, name);
    }
    line.push(b'\n');
    String::from_utf8_lossy(&line).into_owned()
}

/// A value in quotes where it needs them. A line end inside a value becomes U+2028, which is one too
/// and leaves rows and lines in step.
fn push(line: &mut Vec<u8>, value: &str) {
    let needs_quotes = value.contains([',', '"', ';', '\t']);
    if needs_quotes {
        line.push(b'"');
    }
    let mut buffer = [0; 4];
    for c in value.chars() {
        match c {
            '"' => line.extend_from_slice(b"\"\""),
            '\n' | '\r' => line.extend_from_slice("\u{2028}".as_bytes()),
            c => line.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes()),
        }
    }
    if needs_quotes {
        line.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_lines_whatever_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = Sink::start(folder.path(), &["a", "b,c"]).unwrap();
        for values in [["1", "x, \"y\""], ["two\nlines", "\r"], ["", " "]] {
            assert!(sink.row(&values.map(str::to_owned)).is_ok());
        }
        let file = sink.finish().unwrap();
        let text = std::fs::read_to_string(file.path()).unwrap();
        let expected = "a,\"b,c\"\n1,\"x, \"\"y\"\"\"\ntwo\u{2028}lines,\u{2028}\n\"\", \n";
        assert_eq!(text, expected);
        let path = file.path().to_owned();
        drop(file);
        assert!(!path.exists());
    }
}

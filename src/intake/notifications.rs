//! A log of callbacks: one JSON object a line, as the merchant's web tier received them.
//!
//! `{"received_at": "2026-11-20T10:00:01+08:00", "content_type": "application/json", "body": "…"}`;
//! `body` is the raw body or the query string, `content_type` may be left out.

use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;

use crate::business_day::{StatedTime, Timestamp};
use crate::intake::{IntakeError, content};
use crate::provider::{Notification, Unproved};

/// What a line of a log has to be, for who wrote another one.
pub const LINE_OF_LOG: &str = "{\"received_at\": \"2026-11-20T10:00:01+08:00\", \"content_type\": \"application/json\", \
                               \"body\": \"the body as it came, as one text\"}";

/// Opens a log: text of any system, with or without a byte order mark, packed or not.
///
/// # Errors
///
/// [`IntakeError`] when it cannot be read or is no text.
pub fn open_log(path: &Path, name: &str) -> Result<Box<dyn BufRead + Send>, IntakeError> {
    let failed = |source| IntakeError::Open { name: name.to_owned(), source };
    drop(std::fs::File::open(path).map_err(failed)?);
    let content = match content::examine_log(path, name) {
        // A log in which nothing stands yet.
        Err(crate::intake::table::TableError::Empty { .. }) => {
            return Ok(Box::new(std::io::empty()));
        }
        examined => examined?,
    };
    content.text().map(|(text, _)| text).map_err(failed)
}

/// What a line says, without what systems put at the ends of lines and files.
pub fn trimmed(line: &[u8]) -> &[u8] {
    let is_nothing = |byte: &u8| byte.is_ascii_whitespace() || matches!(*byte, 0 | 0x1A);
    let from = line.iter().position(|byte| !is_nothing(byte)).unwrap_or(line.len());
    let until =
        line.iter().rposition(|byte| !is_nothing(byte)).map_or(from, |at| at.saturating_add(1));
    line.get(from..until).unwrap_or_default()
}

#[derive(Deserialize)]
struct Line {
    received_at: String,
    #[serde(default)]
    content_type: String,
    body: String,
}

/// Reads one line of a log.
///
/// # Errors
///
/// [`Unproved::Malformed`] for what is no such object, [`Unproved::Field`] for a time without its
/// offset or that is none.
pub fn line_of_log(line: &[u8]) -> Result<Notification, Unproved> {
    let line: Line = serde_json::from_slice(line)
        .map_err(|_| Unproved::Malformed { expected: "a JSON object with received_at and body" })?;
    let received_at = chrono::DateTime::parse_from_rfc3339(&line.received_at)
        .map_err(|_| Unproved::Field { field: "received_at" })?;
    let received_at = Timestamp::from_epoch_seconds(received_at.timestamp());
    let StatedTime::At(received_at) = received_at.stated() else {
        return Err(Unproved::Field { field: "received_at" });
    };
    Ok(Notification { received_at, content_type: line.content_type, body: line.body.into_bytes() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_systems_are_no_part_of_a_line() {
        let line = "{\"received_at\":\"2026-11-20T08:00:01+08:00\",\"body\":\"a=1\"}";
        for text in [
            format!("\u{feff}{line}\r\n\u{1a}"),
            format!("{line}\r"),
            format!("\u{feff}\u{feff}{line}\n\0\0"),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("n.log");
            std::fs::write(&path, &text).expect("written");
            let log = open_log(&path, "n.log").expect("a log");
            let lines: Vec<_> = log.split(b'\n').map(|line| line.expect("a line")).collect();
            let contents: Vec<_> =
                lines.iter().map(|line| trimmed(line)).filter(|line| !line.is_empty()).collect();
            assert_eq!(contents, [line.as_bytes()], "{text:?}");
        }
    }

    #[test]
    fn a_line_is_read_or_refused_for_a_reason() {
        let good = br#"{"received_at":"2026-11-20T08:00:01+08:00","body":"a=1","more":2}"#;
        let read = line_of_log(good).expect("a callback");
        assert_eq!((read.received_at.epoch_seconds(), &*read.body), (1_795_132_801, &b"a=1"[..]));
        let table: [(&[u8], &str); 5] = [
            (b"\xff", "malformed"),
            (br#"{"received_at":"2026-11-20T10:00:00+08:00"}"#, "malformed"),
            (br#"{"received_at":"2026-11-20 10:00:00","body":""}"#, "field:received_at"),
            (br#"{"received_at":"0001-01-01T00:00:00Z","body":""}"#, "field:received_at"),
            (br#"{"received_at":"yesterday","body":""}"#, "field:received_at"),
        ];
        for (line, code) in table {
            assert_eq!(line_of_log(line).expect_err("refused").code(), code);
        }
    }
}

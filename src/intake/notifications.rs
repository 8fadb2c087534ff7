//! A log of callbacks: one JSON object a line, as the merchant's web tier received them.
//!
//! `{"received_at": "2026-11-20T10:00:01+08:00", "content_type": "application/json", "body": "…"}`;
//! `body` is the raw body or the query string, `content_type` may be left out.

use serde::Deserialize;

use crate::business_day::{StatedTime, Timestamp};
use crate::provider::{Notification, Unproved};

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

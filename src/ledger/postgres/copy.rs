//! Rows in PostgreSQL's binary COPY format (PostgreSQL manual, COPY, "Binary Format"), and sending
//! them.

use sqlx::PgConnection;

use super::{Doing, Outcome, broken_rows};
use crate::business_day::{BusinessDate, Timestamp};

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const END: [u8; 2] = (-1_i16).to_be_bytes();
const NULL: [u8; 4] = (-1_i32).to_be_bytes();

/// Bytes of a part of a stream of rows: about that many are sent at once.
pub(super) const PART: usize = 256 * 1024;

/// Rows as they go over the wire. Every field is written in the width of its column.
#[derive(Debug, Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    date: Option<(BusinessDate, i32)>,
    is_too_large: bool,
}

impl Rows {
    /// The beginning of a stream of rows.
    pub(super) fn start() -> Self {
        Self { bytes: HEADER.to_vec(), ..Self::default() }
    }

    /// Begins a row of so many columns.
    pub(super) fn row(&mut self, columns: i16) {
        self.bytes.extend_from_slice(&columns.to_be_bytes());
    }

    /// A SMALLINT.
    pub(super) fn int2(&mut self, value: i16) {
        self.field(&value.to_be_bytes());
    }

    /// A SMALLINT or NULL.
    pub(super) fn int2_or_null(&mut self, value: Option<i16>) {
        match value {
            Some(value) => self.int2(value),
            None => self.null(),
        }
    }

    /// An INTEGER.
    pub(super) fn int4(&mut self, value: i64) {
        let narrow = i32::try_from(value);
        self.is_too_large |= narrow.is_err();
        self.field(&narrow.unwrap_or_default().to_be_bytes());
    }

    /// A BIGINT.
    pub(super) fn int8(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    /// A BIGINT or NULL.
    pub(super) fn int8_or_null(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.int8(value),
            None => self.null(),
        }
    }

    /// A moment or NULL.
    pub(super) fn time(&mut self, value: Option<Timestamp>) {
        self.int8_or_null(value.map(Timestamp::epoch_seconds));
    }

    /// A business date as its number.
    pub(super) fn date(&mut self, value: BusinessDate) {
        // Making the number costs more than all the rest of a row, and most rows share their date.
        let number = match self.date {
            Some((date, number)) if date == value => number,
            Some(_) | None => value.number(),
        };
        self.date = Some((value, number));
        self.field(&number.to_be_bytes());
    }

    /// A business date or NULL.
    pub(super) fn date_or_null(&mut self, value: Option<BusinessDate>) {
        match value {
            Some(value) => self.date(value),
            None => self.null(),
        }
    }

    /// A TEXT.
    pub(super) fn text(&mut self, value: &str) {
        self.field(value.as_bytes());
    }

    /// A TEXT, NULL when it is empty.
    pub(super) fn text_or_null(&mut self, value: &str) {
        if value.is_empty() { self.null() } else { self.text(value) }
    }

    /// NULL.
    pub(super) fn null(&mut self) {
        self.bytes.extend_from_slice(&NULL);
    }

    fn field(&mut self, bytes: &[u8]) {
        let length = i32::try_from(bytes.len());
        self.is_too_large |= length.is_err();
        self.bytes.extend_from_slice(&length.unwrap_or_default().to_be_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    /// Whether there is enough for one sending.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= PART
    }

    /// What was written since the last time.
    pub(super) fn take(&mut self, doing: &'static str) -> Outcome<Vec<u8>> {
        if self.is_too_large {
            return Err(broken_rows(doing, "a value does not fit its column"));
        }
        let room = Vec::with_capacity(PART.saturating_add(4096));
        Ok(std::mem::replace(&mut self.bytes, room))
    }

    /// The rest of the rows, and the end of their stream.
    pub(super) fn finish(mut self, doing: &'static str) -> Outcome<Vec<u8>> {
        self.bytes.extend_from_slice(&END);
        self.take(doing)
    }
}

/// Sends whole rows to a COPY statement.
///
/// When it fails or is dropped half-way, the connection is in the middle of a COPY and good for
/// nothing: [`super::connect::Lease`] throws it away.
pub(super) async fn copy(
    conn: &mut PgConnection,
    doing: &'static str,
    text: &'static str,
    rows: Rows,
) -> Outcome<()> {
    let bytes = rows.finish(doing)?;
    let mut copy = conn.copy_in_raw(text).await.doing(doing)?;
    copy.send(bytes).await.doing(doing)?;
    copy.finish().await.doing(doing).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_as_the_manual_says() {
        let mut rows = Rows::start();
        rows.row(3);
        rows.int2(7);
        rows.null();
        rows.text("é");
        let bytes = rows.finish("test").unwrap();
        let mut expected = b"PGCOPY\n\xff\r\n\0".to_vec();
        expected.extend_from_slice(&[0; 8]);
        expected.extend_from_slice(&[0, 3, 0, 0, 0, 2, 0, 7, 255, 255, 255, 255]);
        expected.extend_from_slice(&[0, 0, 0, 2, 0xc3, 0xa9, 255, 255]);
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        let mut rows = Rows::start();
        rows.int4(i64::from(i32::MAX) + 1);
        assert!(rows.finish("test").is_err());
    }
}

//! Every word of the providers.

use super::{Store, streamed};
use crate::business_day::BusinessDate;
use crate::ledger::{LedgerStream, rows, sql};
use crate::reading::Reading;

/// See [`crate::ledger::Ledger::all_readings`]; about one date, or all.
pub(super) fn readings(store: &Store, date: Option<BusinessDate>) -> LedgerStream<'_, Reading> {
    const READING: &str = "read every word of the providers";
    let (text, values) = match date {
        Some(date) => (sql::READING_ON, vec![date.into()]),
        None => (sql::READING_ALL, Vec::new()),
    };
    streamed(store, READING, text, values, |row, known| Ok(rows::reading(row, known)?.word))
}

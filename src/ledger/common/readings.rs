//! Every word of the providers.

use futures_util::{StreamExt, TryStreamExt};

use super::{Store, streamed};
use crate::business_day::BusinessDate;
use crate::ledger::{LedgerStream, rows, sql};
use crate::reading::Reading;
use crate::resolution::chain::words::{HashedWord, WordHasher};

const READING: &str = "read every word of the providers";

/// See [`crate::ledger::Ledger::all_readings`].
pub(super) fn all(store: &Store) -> LedgerStream<'_, Reading> {
    let read = |row: &dyn rows::Fields, known: &_| Ok(rows::reading(row, known)?.word);
    streamed(store, READING, sql::READING_ALL, Vec::new(), read)
}

/// See [`crate::ledger::Ledger::hashed_words`].
pub(super) fn hashed(store: &Store, date: Option<BusinessDate>) -> LedgerStream<'_, HashedWord> {
    let (text, values) = match date {
        Some(date) => (sql::READING_ON, vec![date.into()]),
        None => (sql::READING_ALL, Vec::new()),
    };
    // Hashed where they are read: a hash is handed over for less than all that is hashed.
    let mut hasher = WordHasher::default();
    let words = streamed(store, READING, text, values, move |row, known| {
        Ok(hasher.hash(&rows::reading(row, known)?.word))
    });
    words.try_filter_map(|word| async move { Ok(word) }).boxed()
}

//! Every word of the providers.

use futures_util::StreamExt;

use super::flow::flow;
use super::{Doing, Store, streams};
use crate::business_day::BusinessDate;
use crate::ledger::{LedgerStream, rows, sql};
use crate::reading::Reading;

/// See [`crate::ledger::Ledger::all_readings`]; about one date, or all.
pub(super) fn readings(store: &Store, date: Option<BusinessDate>) -> LedgerStream<'_, Reading> {
    const READING: &str = "read every word of the providers";
    let found = flow(store, READING, move |mut lease, sender| async move {
        let known = streams::load(lease.conn(), READING).await?;
        let query = match date {
            Some(date) => sqlx::query(sql::READING_ON).bind(date.number()),
            None => sqlx::query(sql::READING_ALL),
        };
        let mut found = query.fetch(lease.conn());
        while let Some(row) = found.next().await {
            let stored = rows::reading(&row.doing(READING)?, &known)?;
            if sender.send(Ok(Some(stored.word))).await.is_err() {
                break;
            }
        }
        drop(found);
        Ok(lease)
    });
    found.boxed()
}

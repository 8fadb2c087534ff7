//! Whether the file is sound, and every word in it.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sqlx::SqliteConnection;
use tokio::sync::mpsc;

use super::bind::ROWS;
use super::intake::receiving;
use super::{Doing, Outcome, SqliteLedger, streams};
use crate::business_day::BusinessDate;
use crate::ledger::failure::is_damage;
use crate::ledger::{LedgerError, rows, sql};
use crate::reading::Reading;

/// What it does, for errors.
pub(super) const DOING: &str = "look whether it is sound";

/// See [`crate::ledger::Ledger::damage`].
pub(super) async fn found(conn: &mut SqliteConnection, is_thorough: bool) -> Outcome<Vec<String>> {
    /// What SQLite says of a sound file.
    const SOUND: &str = "ok";
    let pragma = if is_thorough { "PRAGMA integrity_check(20)" } else { "PRAGMA quick_check(20)" };
    match sqlx::query_scalar::<_, String>(pragma).fetch_all(conn).await {
        Ok(found) => Ok(found.into_iter().filter(|line| line != SOUND).collect()),
        // A page that it cannot even begin with.
        Err(error) if is_damage(&error) => Ok(vec![error.to_string()]),
        Err(error) => Err(error).doing(DOING),
    }
}

/// See [`crate::ledger::Ledger::all_readings`]; about one date, or all.
pub(super) fn readings(
    ledger: &SqliteLedger,
    date: Option<BusinessDate>,
) -> impl Stream<Item = Outcome<Reading>> + Send + '_ {
    const READING: &str = "read every word of the providers";
    let opened = stream::once(async move {
        let mut conn = ledger.reader(READING).await?;
        let known = streams::load(&mut conn, READING).await?;
        let (sender, receiver) = mpsc::channel(ROWS);
        tokio::spawn(async move {
            let query = match date {
                Some(date) => sqlx::query(sql::READING_ON).bind(date.number()),
                None => sqlx::query(sql::READING_ALL),
            };
            let mut found = query.fetch(&mut *conn);
            while let Some(row) = found.next().await {
                let row = row.doing(READING).and_then(|row| rows::reading(&row, &known));
                if sender.send(row.map(|stored| stored.word)).await.is_err() {
                    return;
                }
            }
        });
        Ok::<_, LedgerError>(receiving(receiver))
    });
    opened.try_flatten()
}

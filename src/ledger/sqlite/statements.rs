//! The statements that both ways of writing words use, in bulk and answer by answer.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use super::bind::{Binder, ROWS, execute, padded, repeated};
use super::first_words::Inserts;
use super::words::{Place, Word, values};
use super::{Doing, Outcome};
use crate::ledger::rows::Stored;
use crate::ledger::streams::Streams;

/// Everything ever said, by order number, about some orders of a stream.
pub(super) async fn by_key<W: Word>(
    conn: &mut SqliteConnection,
    doing: &'static str,
    streams: &Streams,
    stream_id: i64,
    order_nos: &[&str],
) -> Outcome<BTreeMap<String, Vec<Stored<W>>>> {
    let mut found: BTreeMap<String, Vec<Stored<W>>> = BTreeMap::new();
    for part in order_nos.chunks(ROWS) {
        let mut binder = Binder::with_capacity(ROWS);
        binder.int(stream_id).doing(doing)?;
        let times = bind_padded(&mut binder, part).doing(doing)?;
        let query = sqlx::query_with(repeated(W::TEXTS.by_key, times), binder.finish());
        for row in query.fetch_all(&mut *conn).await.doing(doing)? {
            let stored = W::from_row(&row, streams)?;
            found.entry(stored.word.key().order_no.clone()).or_default().push(stored);
        }
    }
    Ok(found)
}

/// Binds order numbers for a repeated key, and says how often it is repeated.
pub(super) fn bind_padded(binder: &mut Binder, order_nos: &[&str]) -> Result<usize, sqlx::Error> {
    let times = padded(order_nos.len());
    let last = order_nos.last().copied().unwrap_or_default();
    for order_no in order_nos.iter().copied().chain(std::iter::repeat(last)).take(times) {
        binder.text(order_no)?;
    }
    Ok(times)
}

/// Adds words as current ones.
pub(super) async fn insert<W: Word>(
    conn: &mut SqliteConnection,
    doing: &'static str,
    words: &[(W, Place)],
) -> Outcome<()> {
    for part in words.chunks(ROWS) {
        let rows = values(part.iter().map(|(word, place)| (word, *place)));
        Inserts::new(W::TEXTS.insert, W::COLUMNS)
            .plain(&rows)
            .doing(doing)?
            .execute(conn, doing)
            .await?;
    }
    Ok(())
}

/// Marks words, each with its stream's number, as no longer current.
pub(super) async fn retire<W: Word>(
    conn: &mut SqliteConnection,
    doing: &'static str,
    gone: &[(i64, &Stored<W>)],
) -> Outcome<()> {
    mark(conn, doing, W::TEXTS.retire, gone).await
}

/// Marks words, each with its stream's number, as overruled.
pub(super) async fn overrule<W: Word>(
    conn: &mut SqliteConnection,
    doing: &'static str,
    gone: &[(i64, &Stored<W>)],
) -> Outcome<()> {
    mark(conn, doing, W::TEXTS.overrule, gone).await
}

async fn mark<W: Word>(
    conn: &mut SqliteConnection,
    doing: &'static str,
    text: &'static str,
    gone: &[(i64, &Stored<W>)],
) -> Outcome<()> {
    for part in gone.chunks(ROWS) {
        let mut binder = Binder::default();
        for (stream_id, stored) in part {
            stored.word.bind_identity(&mut binder, *stream_id, stored.version).doing(doing)?;
        }
        execute(conn, doing, text, part.len(), binder.finish()).await?;
    }
    Ok(())
}

//! Adds, retires and overrules single words that are given: the answers, and in a bulk those that are not all new.

use super::bind::{Binder, ROWS, execute};
use super::first_words::Inserts;
use super::words::{WordTable, values};
use super::{Connection, Doing, Outcome};
use crate::ledger::rows::Stored;
use crate::ledger::word::Place;

/// Adds words as current ones.
pub(super) async fn add<W: WordTable>(
    conn: &mut Connection,
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
pub(super) async fn retire<W: WordTable>(
    conn: &mut Connection,
    doing: &'static str,
    gone: &[(i64, &Stored<W>)],
) -> Outcome<()> {
    mark(conn, doing, W::TEXTS.retire, gone).await
}

/// Marks words, each with its stream's number, as overruled.
pub(super) async fn overrule<W: WordTable>(
    conn: &mut Connection,
    doing: &'static str,
    gone: &[(i64, &Stored<W>)],
) -> Outcome<()> {
    mark(conn, doing, W::TEXTS.overrule, gone).await
}

async fn mark<W: WordTable>(
    conn: &mut Connection,
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

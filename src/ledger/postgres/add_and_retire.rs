//! Writes readings one by one: answers.

use super::copy::{Rows, copy};
use super::words::WordTable;
use super::{Connection, Doing, Outcome};
use crate::ledger::rows::Stored;
use crate::ledger::sql;
use crate::ledger::word::Place;
use crate::reading::Reading;

/// Adds answers as current ones.
pub(super) async fn add(
    conn: &mut Connection,
    doing: &'static str,
    added: &[(Reading, Place)],
) -> Outcome<()> {
    let mut rows = Rows::start();
    for (answer, place) in added {
        answer.encode(&mut rows, *place);
    }
    copy(conn, doing, sql::READING_COPY, rows).await
}

/// Marks answers, each with its stream's number, as no longer current.
pub(super) async fn retire(
    conn: &mut Connection,
    doing: &'static str,
    gone: &[(i64, &Stored<Reading>)],
) -> Outcome<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let of = |number: fn(&Reading) -> i64| -> Vec<i64> {
        gone.iter().map(|(_, stored)| number(&stored.word)).collect()
    };
    let text = |text: fn(&Reading) -> &str| -> Vec<&str> {
        gone.iter().map(|(_, stored)| text(&stored.word)).collect()
    };
    let query = sqlx::query(sql::READING_RETIRE_POSTGRES)
        .bind(of(|word| i64::from(word.business_date.number())))
        .bind(gone.iter().map(|(stream_id, _)| *stream_id).collect::<Vec<_>>())
        .bind(text(|word| &word.key.order_no))
        .bind(of(|word| i64::from(word.source.number())))
        .bind(text(|word| &word.facts.provider_order_no))
        .bind(of(|word| i64::from(word.occurrence)))
        .bind(gone.iter().map(|(_, stored)| stored.version).collect::<Vec<_>>());
    query.execute(conn).await.doing(doing).map(|_| ())
}

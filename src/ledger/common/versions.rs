//! What discrepancies were on each business date: rows that hold from one date to before another.

use super::discrepancies::{READING, WRITING, encode_columns};
use super::insert::{self, Rows, insert};
use super::pairs::by_stream;
use super::{Connection, Outcome, Store, lists, streamed, streams};
use crate::business_day::BusinessDate;
use crate::discrepancy::Discrepancy;
use crate::ledger::{LedgerStream, Version, rows, sql};
use crate::order::OrderKey;

/// The date until which holds what still holds.
const FOREVER: i64 = 99_991_231;

/// See [`crate::ledger::Ledger::discrepancies_on`].
pub(super) async fn on(
    conn: &mut Connection,
    date: BusinessDate,
    keys: &[OrderKey],
) -> Outcome<Vec<Version>> {
    let known = streams::load(conn, READING).await?;
    let on = number(date).min(FOREVER.saturating_sub(1));
    let mut found = Vec::new();
    for (stream_id, order_nos) in by_stream(&known, keys) {
        let (text, numbers) = (sql::DISCREPANCY_VERSION_BY_KEY, [stream_id, on, on]);
        for row in lists::fetch(conn, READING, text, &numbers, &[&order_nos]).await? {
            found.push(rows::version(&row, &known)?);
        }
    }
    found.sort_by(|a, b| {
        let of =
            |version: &Version| (version.discrepancy.key.clone(), version.discrepancy.id.clone());
        of(a).cmp(&of(b))
    });
    Ok(found)
}

/// See [`crate::ledger::Ledger::restate`].
pub(super) async fn restate(
    conn: &mut Connection,
    date: BusinessDate,
    rows: &[Discrepancy],
) -> Outcome<()> {
    let mut known = streams::load(conn, WRITING).await?;
    let mut placed = Vec::with_capacity(rows.len());
    for row in rows {
        let stream = &row.key.stream;
        placed.push((row, streams::id_of(conn, WRITING, &mut known, stream).await?));
    }
    put(conn, number(date), number(date.plus_days(1)), &placed).await
}

/// Says what discrepancies are from a date on.
pub(super) async fn hold(
    conn: &mut Connection,
    since: BusinessDate,
    rows: &[(&Discrepancy, i64)],
) -> Outcome<()> {
    put(conn, number(since), FOREVER, rows).await
}

/// Makes room from one date to before another, and puts rows there, each discrepancy once.
async fn put(
    conn: &mut Connection,
    since: i64,
    until: i64,
    rows: &[(&Discrepancy, i64)],
) -> Outcome<()> {
    let order_nos: Vec<&str> = rows.iter().map(|(row, _)| &*row.key.order_no).collect();
    let ids: Vec<&str> = rows.iter().map(|(row, _)| &*row.id).collect();
    let keys = [&*order_nos, &*ids];
    if until < FOREVER {
        let text = sql::DISCREPANCY_VERSION_TAIL;
        lists::execute(conn, WRITING, text, &[until, until, until], &keys).await?;
    }
    let text = sql::DISCREPANCY_VERSION_DELETE;
    lists::execute(conn, WRITING, text, &[since, until], &keys).await?;
    let text = sql::DISCREPANCY_VERSION_END;
    lists::execute(conn, WRITING, text, &[since, since, since], &keys).await?;
    let mut encoded = Rows::start();
    for (row, stream_id) in rows {
        encoded.row(36);
        encoded.text(&row.key.order_no);
        encoded.text(&row.id);
        encoded.int4(since);
        encoded.int4(until);
        encode_columns(&mut encoded, row, *stream_id);
    }
    insert(conn, WRITING, insert::DISCREPANCY_VERSION, encoded).await
}

fn number(date: BusinessDate) -> i64 {
    if date == crate::ledger::FOREVER { FOREVER } else { i64::from(date.number()) }
}

/// See [`crate::ledger::Ledger::moved_on`] and [`crate::ledger::Ledger::moved_since`].
pub(super) fn moved<'a>(
    store: &'a Store,
    text: &'static str,
    date: BusinessDate,
) -> LedgerStream<'a, OrderKey> {
    streamed(store, READING, text, vec![date.into()], |row, known| rows::order_key(row, known))
}

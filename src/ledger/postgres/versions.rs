//! What discrepancies were on each business date: rows that hold from one date to before another.

use futures_util::StreamExt;
use sqlx::{PgConnection, PgPool};

use super::bulk::KEYS;
use super::copy::{Rows, copy};
use super::discrepancies::{READING, WRITING, encode_columns};
use super::flow::flow;
use super::pairs::by_stream;
use super::{Doing, Outcome, streams};
use crate::business_day::BusinessDate;
use crate::discrepancy::Discrepancy;
use crate::ledger::{LedgerStream, Version, rows, sql};
use crate::order::OrderKey;

/// The date until which holds what still holds.
const FOREVER: i32 = 99_991_231;

/// See [`crate::ledger::Ledger::discrepancies_on`].
pub(super) async fn on(
    conn: &mut PgConnection,
    date: BusinessDate,
    keys: &[OrderKey],
) -> Outcome<Vec<Version>> {
    let known = streams::load(conn, READING).await?;
    let on = number(date).min(FOREVER.saturating_sub(1));
    let mut found = Vec::new();
    for (stream_id, order_nos) in by_stream(&known, keys) {
        for part in order_nos.chunks(KEYS) {
            let query = sqlx::query(sql::DISCREPANCY_VERSION_BY_KEY_POSTGRES)
                .bind(stream_id)
                .bind(on)
                .bind(on)
                .bind(part);
            for row in query.fetch_all(&mut *conn).await.doing(READING)? {
                found.push(rows::version(&row, &known)?);
            }
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
    conn: &mut PgConnection,
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
    conn: &mut PgConnection,
    since: BusinessDate,
    rows: &[(&Discrepancy, i64)],
) -> Outcome<()> {
    put(conn, number(since), FOREVER, rows).await
}

/// Makes room from one date to before another, and puts rows there, each discrepancy once.
async fn put(
    conn: &mut PgConnection,
    since: i32,
    until: i32,
    rows: &[(&Discrepancy, i64)],
) -> Outcome<()> {
    for part in rows.chunks(KEYS) {
        if until < FOREVER {
            let text = sql::DISCREPANCY_VERSION_TAIL_POSTGRES;
            change(conn, text, &[until, until, until], part).await?;
        }
        change(conn, sql::DISCREPANCY_VERSION_DELETE_POSTGRES, &[since, until], part).await?;
        change(conn, sql::DISCREPANCY_VERSION_END_POSTGRES, &[since, since, since], part).await?;
        let mut encoded = Rows::start();
        for (row, stream_id) in part {
            encoded.row(36);
            encoded.text(&row.key.order_no);
            encoded.text(&row.id);
            encoded.int4(i64::from(since));
            encoded.int4(i64::from(until));
            encode_columns(&mut encoded, row, *stream_id);
        }
        copy(conn, WRITING, sql::DISCREPANCY_VERSION_COPY, encoded).await?;
    }
    Ok(())
}

async fn change(
    conn: &mut PgConnection,
    text: &'static str,
    dates: &[i32],
    rows: &[(&Discrepancy, i64)],
) -> Outcome<()> {
    let order_nos: Vec<&str> = rows.iter().map(|(row, _)| &*row.key.order_no).collect();
    let ids: Vec<&str> = rows.iter().map(|(row, _)| &*row.id).collect();
    let query = dates.iter().fold(sqlx::query(text), |query, date| query.bind(*date));
    query.bind(order_nos).bind(ids).execute(conn).await.doing(WRITING).map(|_| ())
}

fn number(date: BusinessDate) -> i32 {
    if date == crate::ledger::FOREVER { FOREVER } else { date.number() }
}

/// See [`crate::ledger::Ledger::moved_on`] and [`crate::ledger::Ledger::moved_since`].
pub(super) fn moved<'a>(
    pool: &'a PgPool,
    text: &'static str,
    date: BusinessDate,
) -> LedgerStream<'a, OrderKey> {
    let found = flow(pool, READING, move |mut lease, sender| async move {
        let known = streams::load(lease.conn(), READING).await?;
        let mut found = sqlx::query(text).bind(date.number()).fetch(lease.conn());
        while let Some(row) = found.next().await {
            let key = rows::order_key(&row.doing(READING)?, &known)?;
            if sender.send(Ok(Some(key))).await.is_err() {
                break;
            }
        }
        drop(found);
        Ok(lease)
    });
    found.boxed()
}

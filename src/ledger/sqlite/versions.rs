//! What discrepancies were on each business date: rows that hold from one date to before another.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sqlx::SqliteConnection;
use tokio::sync::mpsc;

use super::bind::{Binder, ROWS, execute, repeated};
use super::discrepancies::{PART, READING, WRITING, bind_columns};
use super::intake::receiving;
use super::pairs::by_stream;
use super::statements::bind_padded;
use super::{Doing, Outcome, SqliteLedger, streams};
use crate::business_day::BusinessDate;
use crate::discrepancy::Discrepancy;
use crate::ledger::{LedgerError, Version, rows, sql};
use crate::order::OrderKey;

/// The date until which holds what still holds.
const FOREVER: i64 = 99_991_231;

/// See [`crate::ledger::Ledger::discrepancies_on`].
pub(super) async fn on(
    conn: &mut SqliteConnection,
    date: BusinessDate,
    keys: &[OrderKey],
) -> Outcome<Vec<Version>> {
    let known = streams::load(conn, READING).await?;
    let on = number(date).min(FOREVER.saturating_sub(1));
    let mut found = Vec::new();
    for (stream_id, order_nos) in by_stream(&known, keys) {
        for part in order_nos.chunks(ROWS) {
            let mut binder = Binder::with_capacity(ROWS);
            for value in [stream_id, on, on] {
                binder.int(value).doing(READING)?;
            }
            let times = bind_padded(&mut binder, part).doing(READING)?;
            let text = repeated(sql::DISCREPANCY_VERSION_BY_KEY, times);
            let query = sqlx::query_with(text, binder.finish());
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
    conn: &mut SqliteConnection,
    date: BusinessDate,
    rows: &[Discrepancy],
) -> Outcome<()> {
    let mut known = streams::load(conn, WRITING).await?;
    for part in rows.chunks(PART) {
        let mut placed = Vec::with_capacity(part.len());
        for row in part {
            let stream = &row.key.stream;
            placed.push((row, streams::id_of(conn, WRITING, &mut known, stream).await?));
        }
        put(conn, number(date), number(date.plus_days(1)), &placed).await?;
    }
    Ok(())
}

/// Says what discrepancies are from a date on.
pub(super) async fn hold(
    conn: &mut SqliteConnection,
    since: BusinessDate,
    rows: &[(&Discrepancy, i64)],
) -> Outcome<()> {
    put(conn, number(since), FOREVER, rows).await
}

/// Makes room from one date to before another, and puts rows there, each discrepancy once.
async fn put(
    conn: &mut SqliteConnection,
    since: i64,
    until: i64,
    rows: &[(&Discrepancy, i64)],
) -> Outcome<()> {
    if rows.is_empty() {
        return Ok(());
    }
    if until < FOREVER {
        change(conn, sql::DISCREPANCY_VERSION_TAIL, &[until, until, until], rows).await?;
    }
    change(conn, sql::DISCREPANCY_VERSION_DELETE, &[since, until], rows).await?;
    change(conn, sql::DISCREPANCY_VERSION_END, &[since, since, since], rows).await?;
    let mut binder = Binder::default();
    for (row, stream_id) in rows {
        binder.text(&row.key.order_no).doing(WRITING)?;
        binder.text(&row.id).doing(WRITING)?;
        binder.int(since).doing(WRITING)?;
        binder.int(until).doing(WRITING)?;
        bind_columns(&mut binder, row, *stream_id).doing(WRITING)?;
    }
    let text = sql::DISCREPANCY_VERSION_INSERT;
    execute(conn, WRITING, text, rows.len(), binder.finish()).await.map(|_| ())
}

async fn change(
    conn: &mut SqliteConnection,
    text: &'static str,
    dates: &[i64],
    rows: &[(&Discrepancy, i64)],
) -> Outcome<()> {
    let mut binder = Binder::default();
    for date in dates {
        binder.int(*date).doing(WRITING)?;
    }
    let order_nos: Vec<&str> = rows.iter().map(|(row, _)| &*row.key.order_no).collect();
    let ids: Vec<&str> = rows.iter().map(|(row, _)| &*row.id).collect();
    let times = bind_padded(&mut binder, &order_nos).doing(WRITING)?;
    bind_padded(&mut binder, &ids).doing(WRITING)?;
    let query = sqlx::query_with(repeated(text, times), binder.finish()).persistent(false);
    query.execute(conn).await.doing(WRITING).map(|_| ())
}

fn number(date: BusinessDate) -> i64 {
    if date == crate::ledger::FOREVER { FOREVER } else { i64::from(date.number()) }
}

/// See [`crate::ledger::Ledger::moved_on`] and [`crate::ledger::Ledger::moved_since`].
pub(super) fn moved<'a>(
    ledger: &'a SqliteLedger,
    text: &'static str,
    date: BusinessDate,
) -> impl Stream<Item = Outcome<OrderKey>> + Send + 'a {
    let opened = stream::once(async move {
        let mut conn = ledger.reader(READING).await?;
        let known = streams::load(&mut conn, READING).await?;
        let (sender, receiver) = mpsc::channel(ROWS);
        tokio::spawn(async move {
            let mut found = sqlx::query(text).bind(date.number()).fetch(&mut *conn);
            while let Some(row) = found.next().await {
                let key = row.doing(READING).and_then(|row| rows::order_key(&row, &known));
                if sender.send(key).await.is_err() {
                    return;
                }
            }
        });
        Ok::<_, LedgerError>(receiving(receiver))
    });
    opened.try_flatten()
}

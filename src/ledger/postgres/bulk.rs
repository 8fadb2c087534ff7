//! The one routine that writes many words of one side: a file of orders, a listing, or a statement.
//!
//! They come by COPY into a table that is staged before the others. Of a stream of which the ledger has
//! nothing in their range, which one look tells, they are added as they are; else those that say what is
//! known are taken away, and the others are written.

use std::collections::BTreeSet;

use sqlx::{Executor, PgConnection};

use super::spool::{Lane, Part, Reader, read};
use super::words::WordTable;
use super::{Doing, Outcome, broken_rows, placement, streams};
use crate::business_day::BusinessDate;
use crate::ledger::put::Put;
use crate::ledger::streams::Streams;
use crate::ledger::{PutCount, SortedRows, rows};

/// Added rows after which the server's counts are made anew.
const MANY: u64 = 10_000;

/// Keeps the server from comparing whole days row by row because it takes a new day, of which it has no
/// counts yet, for an empty one. A role that does not own the tables cannot have them counted.
const WHOLE: &str = "SET LOCAL enable_nestloop TO off";
/// Lets the server choose again.
const CHOOSE: &str = "SET LOCAL enable_nestloop TO DEFAULT";

/// Writes the rows of a put; says what was done and under which dates rows were added.
pub(super) async fn put<W: WordTable>(
    conn: &mut PgConnection,
    put: Put,
    rows: SortedRows<W>,
) -> Outcome<(PutCount, BTreeSet<BusinessDate>)> {
    let known = streams::load(conn, put.doing).await?;
    let lanes = stage(conn, &put, known.clone(), rows).await?;
    for lane in &lanes {
        if let Some(stream) = &lane.new_stream {
            streams::insert(conn, put.doing, lane.stream_id, stream).await?;
        }
    }
    let mut written = Written::default();
    let mut is_known = Vec::with_capacity(lanes.len());
    for lane in &lanes {
        is_known.push(has_any::<W>(conn, put.doing, lane).await?);
    }
    if !put.dates.is_empty() || is_known.contains(&true) {
        conn.execute(W::TEXTS.analyze).await.doing(put.doing)?;
    }
    if !put.dates.is_empty() {
        let gone = withdraw::<W>(conn, &put, &known).await?;
        written.count.superseded = written.count.superseded.saturating_add(gone);
    }
    for (lane, is_known) in lanes.iter().zip(is_known) {
        if lane.is_spread {
            of_lane(conn, &put, W::TEXTS.spread, lane).await?;
        }
        if is_known {
            merge::<W>(conn, &put, lane, &mut written).await?;
        } else {
            add_first::<W>(conn, &put, lane, &mut written).await?;
        }
    }
    if written.count.added >= MANY {
        // Else the server would take the new day for an empty one until it looks by itself.
        conn.execute(W::TEXTS.analyze_all).await.doing(put.doing)?;
    }
    Ok((written.count, written.dates))
}

#[derive(Default)]
struct Written {
    count: PutCount,
    dates: BTreeSet<BusinessDate>,
}

/// Brings the rows into the table that is staged before the others.
async fn stage<W: WordTable>(
    conn: &mut PgConnection,
    put: &Put,
    known: Streams,
    rows: SortedRows<W>,
) -> Outcome<Vec<Lane>> {
    let doing = put.doing;
    let is_split = placement::is_split(conn).await?;
    let room = if is_split { W::TEXTS.clear } else { W::TEXTS.create };
    conn.execute(room).await.doing(doing)?;
    let reader = Reader { doing, streams: known, only: put.only.clone(), owner: put.owner };
    let mut parts = read(rows, reader);
    let mut copy = conn.copy_in_raw(W::TEXTS.copy).await.doing(doing)?;
    loop {
        let part = parts.recv().await;
        match part.ok_or_else(|| broken_rows(doing, "the reading stopped"))?? {
            Part::Bytes(bytes) => drop(copy.send(bytes).await.doing(doing)?),
            Part::End(lanes) => {
                copy.finish().await.doing(doing)?;
                return Ok(lanes);
            }
        }
    }
}

async fn has_any<W: WordTable>(
    conn: &mut PgConnection,
    doing: &'static str,
    lane: &Lane,
) -> Outcome<bool> {
    let query = sqlx::query(W::TEXTS.probe).bind(lane.stream_id).bind(&lane.first).bind(&lane.last);
    Ok(query.fetch_optional(conn).await.doing(doing)?.is_some())
}

/// Takes back what an earlier put has and this one has not.
async fn withdraw<W: WordTable>(
    conn: &mut PgConnection,
    put: &Put,
    known: &Streams,
) -> Outcome<u64> {
    let (first, last, is_inside) = put.noted.bounds();
    let mut query = sqlx::query_scalar::<_, i64>(W::TEXTS.withdraw)
        .persistent(false)
        .bind(put.owner)
        .bind(numbers(&put.dates))
        .bind(put.only.ids(known))
        .bind(first)
        .bind(last)
        .bind(is_inside);
    if W::HAS_INTERFACE {
        query = query.bind(&put.interface);
    }
    conn.execute(WHOLE).await.doing(put.doing)?;
    let gone = query.fetch_one(&mut *conn).await.doing(put.doing)?;
    conn.execute(CHOOSE).await.doing(put.doing)?;
    Ok(gone.cast_unsigned())
}

/// Adds the rows of a stream as first words.
async fn add_first<W: WordTable>(
    conn: &mut PgConnection,
    put: &Put,
    lane: &Lane,
    written: &mut Written,
) -> Outcome<()> {
    let added = of_lane(conn, put, W::TEXTS.first, lane).await?;
    if added != lane.rows {
        return Err(broken_rows(put.doing, "not every row arrived"));
    }
    written.count.added = written.count.added.saturating_add(added);
    written.dates.extend(&lane.dates);
    if !lane.dates.iter().any(|date| put.noted.has(*date)) {
        return Ok(());
    }
    let (first, last, is_inside) = put.noted.bounds();
    let query = sqlx::query(W::TEXTS.touch)
        .persistent(false)
        .bind(lane.stream_id)
        .bind(first)
        .bind(last)
        .bind(is_inside);
    query.execute(conn).await.doing(put.doing).map(|_| ())
}

/// Compares the rows of a stream with what is known, and writes what differs.
async fn merge<W: WordTable>(
    conn: &mut PgConnection,
    put: &Put,
    lane: &Lane,
    written: &mut Written,
) -> Outcome<()> {
    let dates: Vec<BusinessDate> = lane.dates.iter().copied().collect();
    let query = sqlx::query(W::TEXTS.same)
        .persistent(false)
        .bind(lane.stream_id)
        .bind(&lane.first)
        .bind(&lane.last)
        .bind(numbers(&dates));
    conn.execute(WHOLE).await.doing(put.doing)?;
    if put.is_kept {
        let query = sqlx::query(W::TEXTS.also)
            .persistent(false)
            .bind(lane.stream_id)
            .bind(&lane.first)
            .bind(&lane.last)
            .bind(numbers(&dates));
        query.execute(&mut *conn).await.doing(put.doing)?;
        // Where to look for them, should they count one day.
        written.dates.extend(&lane.dates);
    }
    query.execute(&mut *conn).await.doing(put.doing)?;
    conn.execute(CHOOSE).await.doing(put.doing)?;
    // Few rows may be left: they are looked up one by one then.
    conn.execute(W::TEXTS.analyze).await.doing(put.doing)?;
    let (first, last, is_inside) = put.noted.bounds();
    let query = sqlx::query(W::TEXTS.touch_changed)
        .persistent(false)
        .bind(lane.stream_id)
        .bind(first)
        .bind(last)
        .bind(is_inside);
    query.execute(&mut *conn).await.doing(put.doing)?;
    of_lane(conn, put, W::TEXTS.spread_changed, lane).await?;
    let replaced = of_lane(conn, put, W::TEXTS.replace, lane).await?;
    let added = of_lane(conn, put, W::TEXTS.add, lane).await?;
    let count = &mut written.count;
    count.added = count.added.saturating_add(added);
    count.superseded = count.superseded.saturating_add(replaced);
    count.unchanged = count.unchanged.saturating_add(lane.rows.saturating_sub(added));
    let query = sqlx::query_scalar(W::TEXTS.dates).persistent(false).bind(lane.stream_id);
    let dates: Vec<i32> = query.fetch_all(conn).await.doing(put.doing)?;
    for date in dates {
        written.dates.insert(rows::date(i64::from(date))?);
    }
    Ok(())
}

/// Runs a statement about the staged rows of a stream; says how many rows it wrote.
async fn of_lane(
    conn: &mut PgConnection,
    put: &Put,
    text: &'static str,
    lane: &Lane,
) -> Outcome<u64> {
    let query = sqlx::query(text).persistent(false).bind(lane.stream_id);
    Ok(query.execute(conn).await.doing(put.doing)?.rows_affected())
}

fn numbers(dates: &[BusinessDate]) -> Vec<i32> {
    dates.iter().map(|date| date.number()).collect()
}

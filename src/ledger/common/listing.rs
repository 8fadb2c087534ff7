//! Writes a listing.

use super::{Connection, Doing, Outcome, broken_rows, bulk, streams};
use crate::business_day::BusinessDate;
use crate::ledger::put::{Noted, Only, Put};
use crate::ledger::{ListingWindow, PutCount, SortedRows, sql};
use crate::order::Stream;
use crate::reading::{Reading, Source};

/// What this does, for errors.
pub(super) const DOING: &str = "write a listing";

/// Days of a window at most: a bound against a window that was made wrongly.
const DAYS: i64 = 400;

/// See [`crate::ledger::Ledger::put_listing`].
pub(super) async fn put(
    conn: &mut Connection,
    window: &ListingWindow,
    rows: SortedRows<Reading>,
) -> Outcome<PutCount> {
    write(conn, window, Noted::Outside(window.from..=window.to), rows).await
}

/// See [`crate::ledger::Ledger::put_late_listing`].
pub(super) async fn put_late(
    conn: &mut Connection,
    window: &ListingWindow,
    rows: SortedRows<Reading>,
) -> Outcome<PutCount> {
    write(conn, window, Noted::Everywhere, rows).await
}

async fn write(
    conn: &mut Connection,
    window: &ListingWindow,
    noted: Noted,
    rows: SortedRows<Reading>,
) -> Outcome<PutCount> {
    let days = window.to.days_since(window.from);
    if !(0..DAYS).contains(&days) {
        return Err(broken_rows(DOING, "the window ends before it begins, or is too long"));
    }
    let streams = streams::load(conn, DOING).await?;
    let mut dates = Vec::new();
    // What is not the whole of a window withdraws nothing from it.
    if let Some(stream_id) = streams.id(&window.stream).filter(|_| window.whole) {
        for date in (0..=days).map(|day| window.from.plus_days(day)) {
            if has_listing(conn, date, stream_id).await? {
                dates.push(date);
            }
        }
    }
    let put = Put {
        doing: DOING,
        owner: i64::from(Source::Listing.number()),
        interface: None,
        is_kept: false,
        dates,
        only: Only::Stream(window.stream.clone()),
        noted,
    };
    let listed = rows.map(|row| match row {
        Ok(row) if row.source != Source::Listing => {
            Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "a row was not listed"))
        }
        row => row,
    });
    bulk::put(conn, put, Box::new(listed)).await.map(|(count, _)| count)
}

async fn has_listing(conn: &mut Connection, date: BusinessDate, stream_id: i64) -> Outcome<bool> {
    let query = sqlx::query(sql::READING_DATES).bind(date.number()).bind(stream_id);
    Ok(query.fetch_optional(conn).await.doing(DOING)?.is_some())
}

/// See [`crate::ledger::Ledger::put_listed_rows`].
pub(super) async fn put_rows(
    conn: &mut Connection,
    stream: &Stream,
    date: BusinessDate,
    rows: i64,
) -> Outcome<()> {
    let mut known = streams::load(conn, DOING).await?;
    let stream_id = streams::id_of(conn, DOING, &mut known, stream).await?;
    let query = sqlx::query(sql::LISTED_DAY_UPSERT).bind(date.number()).bind(stream_id).bind(rows);
    query.execute(conn).await.doing(DOING).map(|_| ())
}

/// See [`crate::ledger::Ledger::listed_rows`].
pub(super) async fn rows(
    conn: &mut Connection,
    stream: &Stream,
    date: BusinessDate,
) -> Outcome<Option<i64>> {
    let known = streams::load(conn, DOING).await?;
    let Some(stream_id) = known.id(stream) else { return Ok(None) };
    let query = sqlx::query_scalar(sql::LISTED_DAY_FIND).bind(date.number()).bind(stream_id);
    query.fetch_optional(conn).await.doing(DOING)
}

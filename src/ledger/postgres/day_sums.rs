//! Adds up the money of days: the server does, of all streams and days by one statement for each side.

use sqlx::{Connection, Executor};

use super::sums::READING;
use super::{Doing, Outcome, Row, Store, streams};
use crate::business_day::Timestamp;
use crate::ledger::rows::{self, Fields};
use crate::ledger::streams::Streams;
use crate::ledger::{SumRequest, Summed, sql};
use crate::order::{OrderKey, Stream};

/// Rows come in the order in which they are brought together; to sort all of them for the few sums that they come to
/// costs more than to keep these at hand.
const WITHOUT_SORT: &str = "SET LOCAL enable_sort TO off";

/// See [`crate::ledger::Ledger::sums`].
pub(super) async fn of(store: &Store, request: &SumRequest) -> Outcome<Summed> {
    let mut reader = store.reader(READING).await?;
    let mut transaction = reader.begin().await.doing(READING)?;
    let conn = &mut *transaction;
    sqlx::query(sql::SNAPSHOT_SETTINGS).fetch_one(&mut *conn).await.doing(READING)?;
    conn.execute(WITHOUT_SORT).await.doing(READING)?;
    let known = streams::load(conn, READING).await?;
    let own = known.iter().filter(|(stream, _)| stream.account == request.account);
    let (unasked, asked): (Vec<_>, Vec<_>) =
        own.partition(|(stream, _)| request.unasked.contains(stream));
    let ids = |of: &[(&Stream, i64)]| of.iter().map(|(_, id)| *id).collect::<Vec<i64>>();
    let (unasked, asked) = (ids(&unasked), ids(&asked));
    let all = [&*unasked, &*asked].concat();
    let resolved = if request.by_bill { Vec::new() } else { asked };
    let mut summed = Summed::default();
    if let Some((first, last)) = span(request, true) {
        let query = sqlx::query(sql::READING_GIVEN_BACK_POSTGRES).bind(&all);
        let query = query.bind(first).bind(last);
        for row in query.fetch_all(&mut *conn).await.doing(READING)? {
            let stream = rows::stream(&known, row.int(1)?)?.clone();
            summed.apart.insert(OrderKey { stream, order_no: row.text(0)? });
        }
    }
    let Some((first, last)) = span(request, false) else { return Ok(summed) };
    let cuts = request.cuts.map(Timestamp::epoch_seconds);
    let query = |text, of| {
        let query = sqlx::query(text).bind(&all).bind(first).bind(last);
        let query = cuts.iter().fold(query, |query, cut| query.bind(*cut));
        query.bind(of).bind(i64::from(request.per_order))
    };
    let readings = query(sql::READING_SUMS, &resolved).fetch_all(&mut *conn).await;
    for row in readings.doing(READING)? {
        let (stream, date) = (of_row(&known, &row, 9)?, rows::date(row.int(10)?)?);
        rows::reading_sum(&row, stream, date, &mut summed)?;
    }
    let orders = query(sql::MERCHANT_ORDER_SUMS, &unasked).fetch_all(&mut *conn).await;
    for row in orders.doing(READING)? {
        let (stream, date) = (of_row(&known, &row, 5)?, rows::date(row.int(6)?)?);
        rows::order_sum(&row, stream, date, &mut summed)?;
    }
    transaction.commit().await.doing(READING)?;
    Ok(summed)
}

fn of_row<'s>(known: &'s Streams, row: &Row, column: usize) -> Outcome<&'s Stream> {
    rows::stream(known, row.int(column)?)
}

/// The first and the last date that are added up; with `only_back` those of which only what was given back is.
fn span(request: &SumRequest, only_back: bool) -> Option<(i32, i32)> {
    let mut dates = request.dates().filter(|(_, back)| *back == only_back).map(|(date, _)| date);
    let first = dates.next()?;
    Some((first.number(), dates.last().unwrap_or(first).number()))
}

//! Adds up the money of days: the server does.

use super::sums::READING;
use super::{Doing, Outcome, Store, streams};
use crate::business_day::Timestamp;
use crate::ledger::rows::{self, Fields};
use crate::ledger::{SumRequest, Summed, sql};
use crate::order::OrderKey;

/// See [`crate::ledger::Ledger::sums`].
pub(super) async fn of(store: &Store, request: &SumRequest) -> Outcome<Summed> {
    let conn = &mut *store.reader(READING).await?;
    let known = streams::load(conn, READING).await?;
    let mut summed = Summed::default();
    for (stream, id) in known.iter().filter(|(stream, _)| stream.account == request.account) {
        let is_asked = !request.unasked.contains(stream);
        for (date, only_back) in request.dates() {
            if only_back {
                let query = sqlx::query(sql::READING_GIVEN_BACK).bind(id).bind(date.number());
                for row in query.fetch_all(&mut *conn).await.doing(READING)? {
                    let order_no = row.text(0)?;
                    summed.apart.insert(OrderKey { stream: stream.clone(), order_no });
                }
                continue;
            }
            let cuts = request.cuts.map(Timestamp::epoch_seconds);
            let query = sqlx::query(sql::READING_SUMS).bind(id).bind(date.number());
            let query = cuts.iter().fold(query, |query, cut| query.bind(*cut));
            let query = query.bind(i64::from(is_asked && !request.by_bill));
            let query = query.bind(i64::from(request.per_order));
            for row in query.fetch_all(&mut *conn).await.doing(READING)? {
                rows::reading_sum(&row, stream, date, &mut summed)?;
            }
            let query = sqlx::query(sql::MERCHANT_ORDER_SUMS).bind(id).bind(date.number());
            let query = cuts.iter().fold(query, |query, cut| query.bind(*cut));
            let query = query.bind(i64::from(!is_asked));
            let query = query.bind(i64::from(request.per_order));
            for row in query.fetch_all(&mut *conn).await.doing(READING)? {
                rows::order_sum(&row, stream, date, &mut summed)?;
            }
        }
    }
    Ok(summed)
}

//! What is added up for settlements and balances.

use sqlx::SqliteConnection;

use super::{Doing, Outcome, streams};
use crate::business_day::BusinessDate;
use crate::ledger::{DaySum, SumGroup, SumRequest, rows, sql};
use crate::order::Stream;
use crate::status::ProviderStatus;

/// What reading does, for errors.
pub(super) const READING: &str = "add up a day";
/// What writing does, for errors.
pub(super) const WRITING: &str = "keep the sums of a day";

/// Business dates that are added up at most: a slip in a date must not read the whole ledger.
const DATES_MAX: usize = 40;

/// See [`crate::ledger::Ledger::reading_sums`].
pub(super) async fn of_readings(
    conn: &mut SqliteConnection,
    request: &SumRequest,
) -> Outcome<Vec<SumGroup>> {
    let known = streams::load(conn, READING).await?;
    let mut groups = Vec::new();
    for (stream, id) in known.iter().filter(|(stream, _)| stream.account == request.account) {
        for date in dates(request.from.min(request.back_from), request.to) {
            // Of earlier days only what was given back since.
            let least = if date < request.from {
                ProviderStatus::Refunded
            } else {
                ProviderStatus::Succeeded
            };
            let query = sqlx::query(sql::READING_SUMS).bind(id).bind(date.number());
            let query =
                request.cuts.iter().fold(query, |query, cut| query.bind(cut.epoch_seconds()));
            let query = query.bind(least.number());
            for row in query.fetch_all(&mut *conn).await.doing(READING)? {
                groups.push(rows::reading_sum(&row, stream, date)?);
            }
        }
    }
    Ok(groups)
}

/// See [`crate::ledger::Ledger::order_sums`].
pub(super) async fn of_orders(
    conn: &mut SqliteConnection,
    streams: &[Stream],
    request: &SumRequest,
) -> Outcome<Vec<SumGroup>> {
    let known = streams::load(conn, READING).await?;
    let mut groups = Vec::new();
    for (stream, id) in known.iter().filter(|(stream, _)| streams.contains(stream)) {
        for date in dates(request.from, request.to) {
            let query = sqlx::query(sql::MERCHANT_ORDER_SUMS).bind(id).bind(date.number());
            let query =
                request.cuts.iter().fold(query, |query, cut| query.bind(cut.epoch_seconds()));
            for row in query.fetch_all(&mut *conn).await.doing(READING)? {
                groups.push(rows::order_sum(&row, stream, date)?);
            }
        }
    }
    Ok(groups)
}

fn dates(from: BusinessDate, to: BusinessDate) -> impl Iterator<Item = BusinessDate> {
    let next = |date: &BusinessDate| Some(date.plus_days(1));
    std::iter::successors(Some(from), next).take_while(move |date| *date <= to).take(DATES_MAX)
}

/// See [`crate::ledger::Ledger::put_day_sums`].
pub(super) async fn put(
    conn: &mut SqliteConnection,
    account: &str,
    date: BusinessDate,
    sums: &[(Stream, DaySum)],
) -> Outcome<()> {
    let query = sqlx::query(sql::DAY_SUM_DELETE).bind(date.number()).bind(account.to_owned());
    query.execute(&mut *conn).await.doing(WRITING)?;
    let mut known = streams::load(conn, WRITING).await?;
    for (stream, sum) in sums {
        let stream_id = streams::id_of(conn, WRITING, &mut known, stream).await?;
        let query = sqlx::query(sql::DAY_SUM_INSERT)
            .bind(date.number())
            .bind(stream_id)
            .bind(sum.count)
            .bind(sum.minor)
            .bind(sum.stated_count)
            .bind(sum.stated_minor)
            .bind(sum.contract_count)
            .bind(sum.contract_minor)
            .bind(sum.back_count)
            .bind(sum.back_minor)
            .bind(sum.told_count);
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
    Ok(())
}

/// See [`crate::ledger::Ledger::day_sums`].
pub(super) async fn list(
    conn: &mut SqliteConnection,
    account: &str,
    from: BusinessDate,
    to: BusinessDate,
) -> Outcome<Vec<(BusinessDate, Stream, DaySum)>> {
    let known = streams::load(conn, READING).await?;
    let query = sqlx::query(sql::DAY_SUM_LIST)
        .bind(account.to_owned())
        .bind(from.number())
        .bind(to.number());
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(|row| rows::day_sum(row, &known)).collect()
}

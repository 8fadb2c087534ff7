//! What is added up for settlements and balances.

use std::collections::BTreeSet;

use super::{Connection, Doing, Outcome, streams};
use crate::business_day::BusinessDate;
use crate::ledger::rows::{self, Fields};
use crate::ledger::{DaySum, sql};
use crate::order::Stream;

/// What reading does, for errors.
pub(super) const READING: &str = "add up a day";
/// What writing does, for errors.
pub(super) const WRITING: &str = "keep the sums of a day";

/// See [`crate::ledger::Ledger::put_day_sums`].
pub(super) async fn put(
    conn: &mut Connection,
    account: &str,
    date: BusinessDate,
    sums: &[(Stream, DaySum)],
) -> Outcome<()> {
    for text in [sql::DAY_SUM_DELETE, sql::STALE_SUM_DELETE] {
        let query = sqlx::query(text).bind(date.number()).bind(account.to_owned());
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
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
            .bind(sum.merchant_only_count)
            .bind(sum.unavailable_count)
            .bind(sum.unavailable_minor);
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
    Ok(())
}

/// See [`crate::ledger::Ledger::day_sums`].
pub(super) async fn list(
    conn: &mut Connection,
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

/// See [`crate::ledger::Ledger::stale_dates`].
pub(super) async fn stale(
    conn: &mut Connection,
    account: &str,
    from: BusinessDate,
    to: BusinessDate,
) -> Outcome<Vec<BusinessDate>> {
    let query = sqlx::query(sql::STALE_SUM_LIST)
        .bind(account.to_owned())
        .bind(from.number())
        .bind(to.number());
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(|row| rows::date(row.int(0)?)).collect()
}

/// Notes dates of streams as ones whose sums have to be added up again.
pub(super) async fn note_stale(
    conn: &mut Connection,
    dates: &BTreeSet<(BusinessDate, i64)>,
) -> Outcome<()> {
    for (date, stream_id) in dates {
        let query = sqlx::query(sql::STALE_SUM_INSERT).bind(date.number()).bind(stream_id);
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
    Ok(())
}

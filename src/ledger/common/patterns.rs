//! What the open discrepancies of a day have in common.

use super::days::{READING, WRITING};
use super::{Connection, Doing, Outcome, streams};
use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::pattern::Pattern;
use crate::ledger::{rows, sql};
use crate::order::Stream;
use crate::status::MerchantStatus;

/// See [`crate::ledger::Ledger::put_patterns`].
pub(super) async fn put(
    conn: &mut Connection,
    date: BusinessDate,
    accounts: &[String],
    patterns: &[Pattern],
) -> Outcome<()> {
    for account in accounts {
        let query = sqlx::query(sql::DAY_PATTERN_DELETE).bind(date.number()).bind(account.clone());
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
    let mut known = streams::load(conn, WRITING).await?;
    for (sequence, pattern) in (1_i32..).zip(patterns) {
        let stream_id = streams::id_of(conn, WRITING, &mut known, &pattern.stream).await?;
        let query = sqlx::query(sql::DAY_PATTERN_INSERT)
            .bind(date.number())
            .bind(sequence)
            .bind(stream_id)
            .bind(pattern.kind.number())
            .bind(pattern.of.number())
            .bind(pattern.count)
            .bind(pattern.among)
            .bind(pattern.difference_minor)
            .bind(pattern.constant_minor)
            .bind(pattern.span.map(|(first, _)| first.epoch_seconds()))
            .bind(pattern.span.map(|(_, last)| last.epoch_seconds()))
            .bind(pattern.currency.as_str().to_owned());
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
    Ok(())
}

/// See [`crate::ledger::Ledger::patterns`].
pub(super) async fn list(conn: &mut Connection, date: BusinessDate) -> Outcome<Vec<Pattern>> {
    let known = streams::load(conn, READING).await?;
    let query = sqlx::query(sql::DAY_PATTERN_LIST).bind(date.number());
    let found = query.fetch_all(conn).await.doing(READING)?;
    let patterns = found.iter().map(|row| rows::day_pattern(row, &known));
    let mut patterns = patterns.collect::<Outcome<Vec<_>>>()?;
    patterns.sort_by(|a, b| a.stream.cmp(&b.stream));
    Ok(patterns)
}

/// See [`crate::ledger::Ledger::booked`].
pub(super) async fn booked(
    conn: &mut Connection,
    stream: &Stream,
    date: BusinessDate,
) -> Outcome<Vec<Timestamp>> {
    let known = streams::load(conn, READING).await?;
    let Some(stream_id) = known.id(stream) else { return Ok(Vec::new()) };
    let query = sqlx::query_scalar(sql::MERCHANT_ORDER_BOOKED)
        .bind(date.number())
        .bind(stream_id)
        .bind(MerchantStatus::Succeeded.number());
    let found: Vec<i64> = query.fetch_all(conn).await.doing(READING)?;
    Ok(found.into_iter().map(Timestamp::from_epoch_seconds).collect())
}

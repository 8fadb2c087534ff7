//! What a night came to: pulls, totals, verdicts and runs.

use super::{Connection, Doing, Outcome, streams};
use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::rows::{self, Fields};
use crate::ledger::{AccountPull, AccountVerdict, RunRecord, Totals, sql};
use crate::money::Currency;
use crate::order::Stream;

/// What reading does, for errors.
pub(super) const READING: &str = "read the results of a day";
/// What writing does, for errors.
pub(super) const WRITING: &str = "write the results of a day";

/// See [`crate::ledger::Ledger::put_pull`].
pub(super) async fn put_pull(conn: &mut Connection, pull: &AccountPull) -> Outcome<()> {
    let query = sqlx::query(sql::ACCOUNT_PULL_UPSERT)
        .bind(pull.business_date.number())
        .bind(pull.account.clone())
        .bind(pull.coverage.number())
        .bind(rows::lines(&pull.listed))
        .bind(rows::lines(&pull.unlisted))
        .bind(pull.listed_rows)
        .bind(pull.asked)
        .bind(pull.answered)
        .bind(pull.unproved)
        .bind(i64::from(pull.day_unfinished))
        .bind(pull.problem.clone());
    query.execute(conn).await.doing(WRITING).map(|_| ())
}

/// See [`crate::ledger::Ledger::pulls`].
pub(super) async fn pulls(conn: &mut Connection, date: BusinessDate) -> Outcome<Vec<AccountPull>> {
    let query = sqlx::query(sql::ACCOUNT_PULL_LIST).bind(date.number());
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(|row| rows::account_pull(row, date)).collect()
}

/// See [`crate::ledger::Ledger::put_day`].
pub(super) async fn put_day(
    conn: &mut Connection,
    date: BusinessDate,
    totals: &[(Stream, Currency, Totals)],
    verdicts: &[AccountVerdict],
) -> Outcome<()> {
    for verdict in verdicts {
        let query = sqlx::query(sql::DAY_TOTAL_DELETE);
        let query = query.bind(date.number()).bind(verdict.account.clone());
        query.execute(&mut *conn).await.doing(WRITING)?;
        let query = sqlx::query(sql::DAY_VERDICT_UPSERT)
            .bind(date.number())
            .bind(verdict.account.clone())
            .bind(verdict.verdict.number())
            .bind(verdict.coverage.number())
            .bind(verdict.reason.clone());
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
    let mut known = streams::load(conn, WRITING).await?;
    for (stream, currency, totals) in totals {
        let stream_id = streams::id_of(conn, WRITING, &mut known, stream).await?;
        let query = sqlx::query(sql::DAY_TOTAL_UPSERT)
            .bind(date.number())
            .bind(stream_id)
            .bind(totals.merchant_count)
            .bind(totals.merchant_minor)
            .bind(totals.provider_count)
            .bind(totals.provider_minor)
            .bind(totals.status_only_count)
            .bind(currency.as_str().to_owned());
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
    Ok(())
}

/// See [`crate::ledger::Ledger::day`].
pub(super) async fn day(
    conn: &mut Connection,
    date: BusinessDate,
) -> Outcome<(Vec<(Stream, Currency, Totals)>, Vec<AccountVerdict>)> {
    let known = streams::load(conn, READING).await?;
    let query = sqlx::query(sql::DAY_TOTAL_LIST).bind(date.number());
    let found = query.fetch_all(&mut *conn).await.doing(READING)?;
    let totals = found.iter().map(|row| rows::day_total(row, &known));
    let mut totals = totals.collect::<Outcome<Vec<_>>>()?;
    totals.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let query = sqlx::query(sql::DAY_VERDICT_LIST).bind(date.number());
    let found = query.fetch_all(conn).await.doing(READING)?;
    let verdicts = found.iter().map(rows::day_verdict).collect::<Outcome<_>>()?;
    Ok((totals, verdicts))
}

/// See [`crate::ledger::Ledger::put_run`].
pub(super) async fn put_run(conn: &mut Connection, run: &RunRecord) -> Outcome<()> {
    let query = sqlx::query(sql::RUN_UPSERT)
        .bind(run.business_date.number())
        .bind(run.job.clone())
        .bind(run.started_at.epoch_seconds())
        .bind(run.finished_at.map(Timestamp::epoch_seconds))
        .bind(run.exit_code);
    query.execute(conn).await.doing(WRITING).map(|_| ())
}

/// See [`crate::ledger::Ledger::runs`].
pub(super) async fn runs(conn: &mut Connection, limit: u32) -> Outcome<Vec<RunRecord>> {
    let query = sqlx::query(sql::RUN_LIST).bind(i64::from(limit));
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(rows::run).collect()
}

/// See [`crate::ledger::Ledger::last_day`].
pub(super) async fn last(conn: &mut Connection) -> Outcome<Option<BusinessDate>> {
    let last = sqlx::query(sql::DAY_VERDICT_LAST).fetch_one(conn).await.doing(READING)?;
    last.int_or_none(0)?.map(rows::date).transpose()
}

/// The first and the last business date that was reconciled.
pub(super) async fn span(
    conn: &mut Connection,
    doing: &'static str,
) -> Outcome<Option<(BusinessDate, BusinessDate)>> {
    let span = sqlx::query(sql::DAY_VERDICT_SPAN).fetch_one(conn).await.doing(doing)?;
    let ends = span.int_or_none(0)?.zip(span.int_or_none(1)?);
    ends.map(|(first, last)| Ok((rows::date(first)?, rows::date(last)?))).transpose()
}

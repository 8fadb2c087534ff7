//! What came of each time at which a job fired.

use super::{Connection, Doing, Outcome};
use crate::business_day::Timestamp;
use crate::ledger::{Firing, rows, sql};

/// What these functions do, for errors.
pub(super) const READING: &str = "read when jobs fired";
pub(super) const WRITING: &str = "keep that a job fired";

/// See [`crate::ledger::Ledger::put_firing`].
pub(super) async fn put(conn: &mut Connection, firing: &Firing) -> Outcome<()> {
    let count = |count: u16| i16::try_from(count).unwrap_or(i16::MAX);
    let query = sqlx::query(sql::FIRING_UPSERT)
        .bind(firing.job.clone())
        .bind(firing.fire_at.epoch_seconds())
        .bind(firing.business_date.number())
        .bind(firing.state.number())
        .bind(count(firing.attempts))
        .bind(count(firing.failures))
        .bind(firing.started_at.map(Timestamp::epoch_seconds))
        .bind(firing.finished_at.map(Timestamp::epoch_seconds))
        .bind(firing.exit_code);
    query.execute(conn).await.doing(WRITING).map(|_| ())
}

/// See [`crate::ledger::Ledger::firings`].
pub(super) async fn list(conn: &mut Connection, per_job: u32) -> Outcome<Vec<Firing>> {
    let query = sqlx::query(sql::FIRING_LIST).bind(i64::from(per_job));
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(rows::firing).collect()
}

//! What the accounts held, as their providers said.

use super::{Connection, Doing, Outcome};
use crate::balance::{BalanceAsk, BalanceSnapshot};
use crate::business_day::Timestamp;
use crate::ledger::{PutCount, rows, sql};

/// What reading does, for errors.
pub(super) const READING: &str = "read balances";
/// What writing does, for errors.
pub(super) const WRITING: &str = "keep balances";

/// See [`crate::ledger::Ledger::put_balances`].
pub(super) async fn put(conn: &mut Connection, snapshots: &[BalanceSnapshot]) -> Outcome<PutCount> {
    let mut count = PutCount::default();
    for snapshot in snapshots {
        let query = sqlx::query(sql::BALANCE_SNAPSHOT_INSERT)
            .bind(snapshot.account.clone())
            .bind(snapshot.as_of.epoch_seconds())
            .bind(snapshot.line.channel.clone())
            .bind(snapshot.line.part.number())
            .bind(snapshot.line.money.currency.as_str().to_owned())
            .bind(snapshot.line.money.minor)
            .bind(snapshot.assurance.number())
            .bind(snapshot.evidence)
            .bind(snapshot.observed_at.epoch_seconds());
        let added = query.execute(&mut *conn).await.doing(WRITING)?.rows_affected();
        count.added = count.added.saturating_add(added);
        count.unchanged = count.unchanged.saturating_add(u64::from(added == 0));
    }
    Ok(count)
}

/// See [`crate::ledger::Ledger::balances`].
pub(super) async fn list(
    conn: &mut Connection,
    account: &str,
    from: Timestamp,
    until: Timestamp,
) -> Outcome<Vec<BalanceSnapshot>> {
    let query = sqlx::query(sql::BALANCE_SNAPSHOT_LIST)
        .bind(account.to_owned())
        .bind(from.epoch_seconds())
        .bind(until.epoch_seconds());
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(rows::balance_snapshot).collect()
}

/// See [`crate::ledger::Ledger::put_balance_asks`].
pub(super) async fn put_asks(conn: &mut Connection, asks: &[BalanceAsk]) -> Outcome<()> {
    for ask in asks {
        let query = sqlx::query(sql::BALANCE_ASK_INSERT)
            .bind(ask.account.clone())
            .bind(ask.asked_at.epoch_seconds())
            .bind(ask.problem.clone())
            .bind(rows::terms_text(&ask.terms))
            .bind(ask.evidence);
        query.execute(&mut *conn).await.doing(WRITING)?;
    }
    Ok(())
}

/// See [`crate::ledger::Ledger::balance_asks`].
pub(super) async fn asks(
    conn: &mut Connection,
    account: &str,
    from: Timestamp,
    until: Timestamp,
) -> Outcome<Vec<BalanceAsk>> {
    let query = sqlx::query(sql::BALANCE_ASK_LIST)
        .bind(account.to_owned())
        .bind(from.epoch_seconds())
        .bind(until.epoch_seconds());
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(rows::balance_ask).collect()
}

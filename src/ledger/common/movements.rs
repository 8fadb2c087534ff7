//! Money of an account that is no order.

use std::collections::BTreeMap;

use super::{Connection, Doing, Outcome};
use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::rows::Fields;
use crate::ledger::{PutCount, rows, sql};
use crate::movement::Movement;

/// What reading does, for errors.
pub(super) const READING: &str = "read movements";
/// What writing does, for errors.
pub(super) const WRITING: &str = "keep movements";

/// See [`crate::ledger::Ledger::put_movements`].
pub(super) async fn put(
    conn: &mut Connection,
    source: &str,
    movements: &[Movement],
) -> Outcome<PutCount> {
    let query = sqlx::query(sql::MOVEMENT_LAST).bind(source.to_owned());
    let last = query.fetch_one(&mut *conn).await.doing(WRITING)?;
    let import_no = last.int(0)?.saturating_add(1);
    let query = sqlx::query(sql::MOVEMENT_RETIRE).bind(source.to_owned());
    let superseded = query.execute(&mut *conn).await.doing(WRITING)?.rows_affected();
    let mut count = PutCount { superseded, ..PutCount::default() };
    let mut occurrences: BTreeMap<_, i64> = BTreeMap::new();
    for (sequence, movement) in (1_i64..).zip(movements) {
        let occurrence = occurrences.entry(content(movement)).or_default();
        *occurrence = occurrence.saturating_add(1);
        let query = sqlx::query(sql::MOVEMENT_INSERT)
            .bind(source.to_owned())
            .bind(import_no)
            .bind(sequence)
            .bind(movement.account.clone())
            .bind(movement.occurred_at.epoch_seconds())
            .bind(movement.kind.number())
            .bind(movement.product.clone())
            .bind(movement.settlement_date.map(BusinessDate::number))
            .bind(movement.money.minor)
            .bind(movement.money.currency.as_str().to_owned())
            .bind(movement.name.clone())
            .bind(movement.note.clone())
            .bind(*occurrence)
            .bind(movement.reference.clone());
        query.execute(&mut *conn).await.doing(WRITING)?;
        count.added = count.added.saturating_add(1);
    }
    Ok(count)
}

/// What makes two rows the same movement.
fn content(movement: &Movement) -> impl Ord + use<'_> {
    let Movement { account, occurred_at, kind, product, settlement_date, money, name, .. } =
        movement;
    (account, occurred_at, kind, product, settlement_date, money, name)
}

/// See [`crate::ledger::Ledger::movements`].
pub(super) async fn list(
    conn: &mut Connection,
    account: &str,
    from: Timestamp,
    until: Timestamp,
) -> Outcome<Vec<Movement>> {
    let query = sqlx::query(sql::MOVEMENT_LIST)
        .bind(account.to_owned())
        .bind(from.epoch_seconds())
        .bind(until.epoch_seconds());
    let found = query.fetch_all(conn).await.doing(READING)?;
    found.iter().map(|row| rows::movement(row, account)).collect()
}

/// See [`crate::ledger::Ledger::settlements`].
pub(super) async fn settled(
    conn: &mut Connection,
    account: &str,
    from: BusinessDate,
    until: Timestamp,
) -> Outcome<(Vec<Movement>, Option<BusinessDate>)> {
    let query = sqlx::query(sql::MOVEMENT_FIRST_SETTLED).bind(account.to_owned());
    let first = query.fetch_one(&mut *conn).await.doing(READING)?;
    let first = first.int_or_none(0)?.map(rows::date).transpose()?;
    let query = sqlx::query(sql::MOVEMENT_SETTLED)
        .bind(account.to_owned())
        .bind(from.number())
        .bind(until.epoch_seconds());
    let found = query.fetch_all(conn).await.doing(READING)?;
    let found = found.iter().map(|row| rows::movement(row, account)).collect::<Outcome<_>>()?;
    Ok((found, first))
}

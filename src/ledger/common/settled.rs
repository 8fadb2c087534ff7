//! What settling a day came to, as its report shows it.

use std::collections::BTreeMap;

use super::sums::{READING, WRITING};
use super::{Connection, Doing, Outcome};
use crate::business_day::BusinessDate;
use crate::ledger::sql;

/// See [`crate::ledger::Ledger::put_settled`].
pub(super) async fn put(
    conn: &mut Connection,
    date: BusinessDate,
    account: &str,
    found: &str,
) -> Outcome<()> {
    let query = sqlx::query(sql::DAY_SETTLED_UPSERT)
        .bind(date.number())
        .bind(account.to_owned())
        .bind(found.to_owned());
    query.execute(conn).await.doing(WRITING)?;
    Ok(())
}

/// See [`crate::ledger::Ledger::settled`].
pub(super) async fn list(
    conn: &mut Connection,
    date: BusinessDate,
) -> Outcome<BTreeMap<String, String>> {
    let query = sqlx::query_as(sql::DAY_SETTLED_LIST).bind(date.number());
    let found: Vec<(String, String)> = query.fetch_all(conn).await.doing(READING)?;
    Ok(found.into_iter().collect())
}

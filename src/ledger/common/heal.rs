//! Taking rows out of use that cannot be.

use super::{Connection, Doing, Outcome};
use crate::ledger::heal::{Bounds, DOING, Healed};
use crate::ledger::sql;

/// A file by its number, or by its name.
type File = (Option<i64>, Option<String>);

/// See [`crate::ledger::Ledger::heal`].
pub(super) async fn heal(conn: &mut Connection) -> Outcome<Healed> {
    let bounds = Bounds::new();
    let mut healed = Healed::default();
    let mut files = orders_and_readings(conn, bounds, &mut healed).await?;
    files.extend(movements(conn, bounds, &mut healed).await?);
    for (id, name) in files {
        let query = sqlx::query_scalar::<_, String>(sql::INTAKE_FILE_HEAL);
        let found = query.bind(id).bind(name.clone()).fetch_all(&mut *conn).await.doing(DOING)?;
        healed.files.extend(found);
        healed.files.extend(name);
    }
    Ok(healed.sorted())
}

async fn orders_and_readings(
    conn: &mut Connection,
    Bounds { dates: (first, last), minor: (low, high), .. }: Bounds,
    healed: &mut Healed,
) -> Outcome<Vec<File>> {
    let query = sqlx::query_scalar::<_, i64>(sql::MERCHANT_ORDER_HEAL_FILES);
    let query = query.bind(first).bind(last).bind(low).bind(high);
    let orders = query.fetch_all(&mut *conn).await.doing(DOING)?;
    let query = sqlx::query_scalar::<_, String>(sql::READING_HEAL_FILES);
    let query = query.bind(first).bind(last).bind(low).bind(high);
    let statements = query.fetch_all(&mut *conn).await.doing(DOING)?;
    for (table, text) in [
        ("", sql::TOUCHED_HEAL_ORDERS),
        ("merchant_order", sql::MERCHANT_ORDER_HEAL),
        ("", sql::TOUCHED_HEAL_READINGS),
        ("reading", sql::READING_HEAL),
    ] {
        let query = sqlx::query(text).bind(first).bind(last).bind(low).bind(high);
        let rows = query.execute(&mut *conn).await.doing(DOING)?.rows_affected();
        if !table.is_empty() {
            healed.note(table, rows);
        }
    }
    let orders = orders.into_iter().map(|id| (Some(id), None));
    Ok(orders.chain(statements.into_iter().map(|name| (None, Some(name)))).collect())
}

async fn movements(
    conn: &mut Connection,
    Bounds { dates, moments, minor }: Bounds,
    healed: &mut Healed,
) -> Outcome<Vec<File>> {
    let query = sqlx::query_scalar::<_, String>(sql::MOVEMENT_HEAL_SOURCES);
    let query = query.bind(moments.0).bind(moments.1).bind(dates.0).bind(dates.1);
    let sources = query.bind(minor.0).bind(minor.1).fetch_all(&mut *conn).await.doing(DOING)?;
    let query = sqlx::query(sql::MOVEMENT_HEAL);
    let query = query.bind(moments.0).bind(moments.1).bind(dates.0).bind(dates.1);
    let done = query.bind(minor.0).bind(minor.1).execute(&mut *conn).await.doing(DOING)?;
    healed.note("movement", done.rows_affected());
    Ok(sources.into_iter().map(|source| (None, Some(source))).collect())
}

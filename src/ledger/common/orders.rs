//! Imports a file of merchant orders.

use super::{Connection, Doing, Outcome, bulk, intake, stated};
use crate::business_day::BusinessDate;
use crate::ledger::put::Put;
use crate::ledger::{IntakeFile, PutCount, SortedRows, sql};
use crate::order::{Order, Origin, Rejection};

pub(super) use crate::ledger::put::ORDERS as DOING;

/// What asking does, for errors.
pub(super) const READING: &str = "look for files of orders that say otherwise";

/// See [`crate::ledger::Ledger::put_orders`].
pub(super) async fn put(
    conn: &mut Connection,
    file: &IntakeFile,
    orders: SortedRows<Order>,
    rejections: SortedRows<Rejection>,
) -> Outcome<PutCount> {
    let file_id = intake::upsert(conn, DOING, file).await?;
    let before = intake::dates(conn, DOING, file_id).await?;
    let put = Put::of_orders(file_id, before.clone(), file.business_date);
    let query = sqlx::query(sql::MERCHANT_ORDER_OVERRULED_FORGET).bind(file_id);
    query.execute(&mut *conn).await.doing(DOING)?;
    let noted = put.noted.clone();
    let (mut count, dates) = bulk::put(conn, put, orders).await?;
    if count.superseded > 0 {
        for date in before {
            let query = sqlx::query(sql::MERCHANT_ORDER_OVERRULED_RESTORE)
                .bind(file_id)
                .bind(date.number());
            let restored = query.fetch_all(&mut *conn).await.doing(DOING)?;
            stated::note_restored(conn, restored, &noted, &mut count).await?;
        }
    }
    intake::note_dates(conn, DOING, file_id, dates).await?;
    intake::replace_rejections_of_file(conn, DOING, file, rejections).await?;
    Ok(count)
}

/// See [`crate::ledger::Ledger::orders_overruled_by`].
pub(super) async fn overruled_by(conn: &mut Connection, name: &str) -> Outcome<Vec<String>> {
    let Some((file_id, _)) = intake::find(conn, name).await? else { return Ok(Vec::new()) };
    let query = sqlx::query_scalar::<_, i64>(sql::MERCHANT_ORDER_OVERRULED_BY).bind(file_id);
    let mut names = Vec::new();
    for other in query.fetch_all(&mut *conn).await.doing(READING)? {
        let query = sqlx::query_scalar::<_, String>(sql::INTAKE_FILE_NAME).bind(other);
        names.extend(query.fetch_optional(&mut *conn).await.doing(READING)?);
    }
    Ok(names)
}

/// See [`crate::ledger::Ledger::unkept_orders`].
pub(super) async fn unkept(conn: &mut Connection, date: BusinessDate) -> Outcome<Vec<String>> {
    let query = sqlx::query_scalar(sql::INTAKE_FILE_UNKEPT).bind(date.number());
    query.bind(Origin::Orders.number()).fetch_all(conn).await.doing(READING)
}

//! Imports a file of merchant orders.

use sqlx::PgConnection;

use super::bulk::{self, Put};
use super::{Doing, Outcome, intake};
use crate::ledger::{IntakeFile, PutCount, SortedRows, rows, sql};
use crate::order::{Order, Rejection};

/// What this does, for errors.
pub(super) const DOING: &str = "import orders";

/// See [`crate::ledger::Ledger::put_orders`].
pub(super) async fn put(
    conn: &mut PgConnection,
    file: &IntakeFile,
    orders: SortedRows<Order>,
    rejections: SortedRows<Rejection>,
) -> Outcome<PutCount> {
    let file_id = intake::upsert(conn, DOING, file).await?;
    let known = sqlx::query_scalar::<_, i32>(sql::INTAKE_FILE_DATE_LIST).bind(file_id);
    let known = known.fetch_all(&mut *conn).await.doing(DOING)?;
    let put = Put {
        doing: DOING,
        owner: file_id,
        dates: known.into_iter().map(|date| rows::date(i64::from(date))).collect::<Outcome<_>>()?,
        only: None,
        home: file.business_date..=file.business_date,
    };
    let (count, dates) = bulk::put(conn, put, orders).await?;
    for date in dates {
        let query = sqlx::query(sql::INTAKE_FILE_DATE_INSERT).bind(file_id).bind(date.number());
        query.execute(&mut *conn).await.doing(DOING)?;
    }
    intake::replace_rejections_of_file(conn, file, rejections).await?;
    Ok(count)
}

//! Imports a file of merchant orders.

use sqlx::SqliteConnection;

use super::{Outcome, bulk, intake};
use crate::ledger::put::{Noted, Only, Put};
use crate::ledger::{IntakeFile, PutCount, SortedRows};
use crate::order::{Order, Rejection};

/// What this does, for errors.
pub(super) const DOING: &str = "import orders";

/// See [`crate::ledger::Ledger::put_orders`].
pub(super) async fn put(
    conn: &mut SqliteConnection,
    file: &IntakeFile,
    orders: SortedRows<Order>,
    rejections: SortedRows<Rejection>,
) -> Outcome<PutCount> {
    let file_id = intake::upsert(conn, DOING, file).await?;
    let put = Put {
        doing: DOING,
        owner: file_id,
        interface: None,
        dates: intake::dates(conn, DOING, file_id).await?,
        only: Only::Any,
        noted: Noted::Outside(file.business_date..=file.business_date),
    };
    let (count, dates) = bulk::put(conn, put, orders).await?;
    intake::note_dates(conn, DOING, file_id, dates).await?;
    intake::replace_rejections_of_file(conn, DOING, file, rejections).await?;
    Ok(count)
}

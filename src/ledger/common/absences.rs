//! What absences are checked by: orders that listings lack, and orders that a provider has to know.

use super::{Connection, Doing, Outcome, streams};
use crate::business_day::BusinessDate;
use crate::ledger::sql;
use crate::order::Stream;
use crate::reading::Source;
use crate::status::{MerchantStatus, ProviderStatus};

/// What this does, for errors.
pub(super) const DOING: &str = "look for what listings lack";

/// See [`crate::ledger::Ledger::given_up`].
pub(super) async fn given_up(
    conn: &mut Connection,
    stream: &Stream,
    date: BusinessDate,
    after: &str,
    limit: u32,
) -> Outcome<Vec<String>> {
    let known = streams::load(conn, DOING).await?;
    let Some(stream_id) = known.id(stream) else { return Ok(Vec::new()) };
    let query = sqlx::query_scalar(sql::MERCHANT_ORDER_GIVEN_UP)
        .bind(date.number())
        .bind(stream_id)
        .bind(after.to_owned())
        .bind(i64::from(limit))
        .bind(MerchantStatus::Failed.number())
        .bind(MerchantStatus::Closed.number())
        .bind(Source::Listing.number());
    query.fetch_all(conn).await.doing(DOING)
}

/// See [`crate::ledger::Ledger::left_out`].
pub(super) async fn left_out(
    conn: &mut Connection,
    stream: &Stream,
    date: BusinessDate,
    after: &str,
    limit: u32,
) -> Outcome<Vec<String>> {
    let known = streams::load(conn, DOING).await?;
    let Some(stream_id) = known.id(stream) else { return Ok(Vec::new()) };
    let query = sqlx::query_scalar(sql::READING_LEFT_OUT)
        .bind(date.number())
        .bind(stream_id)
        .bind(after.to_owned())
        .bind(i64::from(limit))
        .bind(Source::Query.number())
        .bind(Source::Notification.number())
        .bind(ProviderStatus::Succeeded.number())
        .bind(Source::Listing.number());
    query.fetch_all(conn).await.doing(DOING)
}

/// See [`crate::ledger::Ledger::known_order`].
pub(super) async fn known_order(conn: &mut Connection, stream: &Stream) -> Outcome<Option<String>> {
    let known = streams::load(conn, DOING).await?;
    let Some(stream_id) = known.id(stream) else { return Ok(None) };
    let query = sqlx::query_scalar(sql::READING_KNOWN)
        .bind(stream_id)
        .bind(Source::Statement.number())
        .bind(ProviderStatus::Succeeded.number())
        .bind(ProviderStatus::Returned.number());
    query.fetch_optional(conn).await.doing(DOING)
}

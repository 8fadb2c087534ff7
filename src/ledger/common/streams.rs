//! Streams and their numbers.

use super::{Connection, Doing, Outcome};
use crate::ledger::streams::Streams;
use crate::ledger::{rows, sql};
use crate::order::Stream;

/// Every stream of the ledger.
pub(super) async fn load(conn: &mut Connection, doing: &'static str) -> Outcome<Streams> {
    let mut streams = Streams::default();
    for row in sqlx::query(sql::STREAM_LIST).fetch_all(conn).await.doing(doing)? {
        let (id, stream) = rows::stream_row(&row)?;
        streams.add(id, stream);
    }
    Ok(streams)
}

/// Writes a stream under the number that it was given.
pub(super) async fn insert(
    conn: &mut Connection,
    doing: &'static str,
    id: i64,
    stream: &Stream,
) -> Outcome<()> {
    let query = sqlx::query(sql::STREAM_INSERT)
        .bind(id)
        .bind(stream.account.clone())
        .bind(stream.kind.number())
        .bind(stream.product.clone());
    query.execute(conn).await.doing(doing).map(|_| ())
}

/// The number of a stream, which is written when it is new.
pub(super) async fn id_of(
    conn: &mut Connection,
    doing: &'static str,
    streams: &mut Streams,
    stream: &Stream,
) -> Outcome<i64> {
    let (id, is_new) = streams.id_or_new(stream);
    if is_new {
        insert(conn, doing, id, stream).await?;
    }
    Ok(id)
}

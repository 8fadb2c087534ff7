//! The scan of a day: the server brings both sides together, one stream after the other.

use std::collections::BTreeSet;

use futures_util::StreamExt;
use sqlx::postgres::PgRow;
use sqlx::{Executor, PgConnection, PgPool};

use super::flow::{Sender, flow};
use super::{Doing, Outcome, streams};
use crate::config::FeeRounding;
use crate::ledger::rows::Fields;
use crate::ledger::{LedgerStream, Scan, Scanned, Totals, sql};
use crate::order::{OrderKey, Stream};

/// What this does, for errors.
const DOING: &str = "look at a day";

/// See [`crate::ledger::Ledger::scan`].
pub(super) fn scan<'a>(pool: &'a PgPool, scan: &'a Scan) -> LedgerStream<'a, Scanned> {
    let scan = scan.clone();
    let found = flow(pool, DOING, move |mut lease, sender| async move {
        let conn = lease.conn();
        // All streams are seen as they are now, whatever is written meanwhile.
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.doing(DOING)?;
        sqlx::query(sql::SNAPSHOT_SETTINGS).fetch_one(&mut *conn).await.doing(DOING)?;
        let known = streams::load(conn, DOING).await?;
        let accounts: BTreeSet<&str> = scan.accounts.iter().map(String::as_str).collect();
        let asked = known.iter().filter(|(stream, _)| accounts.contains(&*stream.account));
        for (stream, id) in asked {
            look(conn, &scan, stream, id, &sender).await?;
        }
        conn.execute("COMMIT").await.doing(DOING)?;
        Ok(lease)
    });
    found.boxed()
}

/// Looks at one stream.
async fn look(
    conn: &mut PgConnection,
    scan: &Scan,
    stream: &Stream,
    stream_id: i64,
    sender: &Sender<Scanned>,
) -> Outcome<()> {
    let fee = scan.fee_of(stream);
    let query = sqlx::query(sql::MERCHANT_ORDER_PAIR)
        // Planned anew for each day and stream: what suits a small one does not suit a large one.
        .persistent(false)
        .bind(stream_id)
        .bind(scan.date.number())
        .bind(scan.tolerance_minor)
        .bind(scan.listed.contains(stream))
        .bind(scan.verified_only)
        .bind(fee.map(|rule| rule.rate.to_string()))
        .bind(fee.map(|rule| rule.fixed_minor))
        .bind(fee.and_then(|rule| rule.min_minor))
        .bind(fee.and_then(|rule| rule.max_minor))
        .bind(fee.is_some_and(|rule| rule.rounding == FeeRounding::Day));
    let mut found = query.fetch(conn);
    while let Some(row) = found.next().await {
        let found = scanned(&row.doing(DOING)?, stream)?;
        if sender.send(Ok(Some(found))).await.is_err() {
            // Nobody listens any more: the rest would be read for nothing.
            return Err(sqlx::Error::WorkerCrashed).doing(DOING);
        }
    }
    Ok(())
}

fn scanned(row: &PgRow, stream: &Stream) -> Outcome<Scanned> {
    if let Some(order_no) = row.text_or_none(0)? {
        return Ok(Scanned::Doubt(OrderKey { stream: stream.clone(), order_no }));
    }
    let totals = Totals {
        merchant_count: row.int(1)?,
        merchant_minor: row.int(2)?,
        provider_count: row.int(3)?,
        provider_minor: row.int(4)?,
        status_only_count: row.int(5)?,
    };
    Ok(Scanned::Agreed(stream.clone(), totals))
}

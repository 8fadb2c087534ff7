//! The scan of a day: the server brings both sides together, one stream after the other.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;
use sqlx::postgres::PgRow;
use sqlx::{Executor, PgConnection};

use super::flow::{ROWS_AHEAD, Sender, flow};
use super::{Doing, Outcome, Store, streams};
use crate::business_day::BusinessDate;
use crate::ledger::failure::unknown;
use crate::ledger::rows::{self, Fields};
use crate::ledger::streams::Streams;
use crate::ledger::{LedgerStream, Scan, Scanned, Totals, sql};
use crate::money::{Currency, Money};
use crate::order::{OrderKey, Stream};
use crate::rules::fee::{Chosen, expected_by};
use crate::rules::verdict_table::{Cell, cell};
use crate::status::{MerchantStatus, ProviderStatus};

/// What this does, for errors.
const DOING: &str = "look at a day";

/// See [`crate::ledger::Ledger::scan`].
pub(super) fn scan<'a>(store: &'a Store, scan: &'a Scan) -> LedgerStream<'a, Scanned> {
    let scan = scan.clone();
    let found = flow(store, DOING, ROWS_AHEAD, move |mut lease, sender| async move {
        let conn = lease.conn();
        // All streams are seen as they are now, whatever is written meanwhile.
        conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.doing(DOING)?;
        sqlx::query(sql::SNAPSHOT_SETTINGS).fetch_one(&mut *conn).await.doing(DOING)?;
        let known = streams::load(conn, DOING).await?;
        let accounts: BTreeSet<&str> = scan.accounts.iter().map(String::as_str).collect();
        let asked = known.iter().filter(|(stream, _)| accounts.contains(&*stream.account));
        for (stream, id) in asked {
            let refunded = if scan.by_bill.contains(stream) {
                refunded(conn, &known, &stream.account, scan.date).await?
            } else {
                None
            };
            look(conn, &scan, (stream, id), refunded, &sender).await?;
        }
        conn.execute("COMMIT").await.doing(DOING)?;
        Ok(lease)
    });
    found.boxed()
}

/// The payments of an account that refunds name from the day before a date on; `None` where they are too many.
async fn refunded(
    conn: &mut PgConnection,
    known: &Streams,
    account: &str,
    date: BusinessDate,
) -> Outcome<Option<Vec<String>>> {
    let mut found = BTreeSet::new();
    let refunds = known.refunds(account);
    let mut after = date.plus_days(-2).number();
    while !refunds.is_empty() && found.len() <= Scan::REFUNDED_MAX {
        let query = sqlx::query_scalar(sql::READING_DATE_AFTER).bind(after);
        let next: Option<i32> = query.fetch_one(&mut *conn).await.doing(DOING)?;
        let Some(date) = next else { break };
        for stream_id in &refunds {
            let query = sqlx::query_scalar(sql::READING_REFUNDED).bind(date).bind(*stream_id);
            let named: Vec<String> = query.fetch_all(&mut *conn).await.doing(DOING)?;
            found.extend(named);
        }
        after = date;
    }
    let is_few = found.len() <= Scan::REFUNDED_MAX;
    Ok(is_few.then(|| found.into_iter().collect()))
}

/// Looks at one stream. `refunded`: of a stream of [`Scan::by_bill`], the payments that refunds name.
async fn look(
    conn: &mut PgConnection,
    scan: &Scan,
    (stream, stream_id): (&Stream, i64),
    refunded: Option<Vec<String>>,
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
        .bind(fee != Chosen::None)
        .bind(agreeing())
        .bind(refunded.is_some())
        .bind(refunded.unwrap_or_default());
    let mut agreed: BTreeMap<Currency, Totals> = BTreeMap::new();
    let mut rows = query.fetch(conn);
    while let Some(row) = rows.next().await {
        let row = row.doing(DOING)?;
        let order_no = row.text_or_none(0)?;
        let totals = totals(&row)?;
        let currency = row.int_or_none(7)?.map(rows::currency_of_number).transpose()?;
        let currency = currency.unwrap_or_default();
        let is_due = |charged| {
            // A row of its own is one pair.
            let counted = Money { minor: totals.provider_minor, currency };
            match fee {
                Chosen::None => true,
                Chosen::One(rule) => {
                    expected_by(rule, counted, charged).is_none_or(|due| due == charged)
                }
                Chosen::Several => false,
            }
        };
        match (order_no, row.int_or_none(6)?) {
            (None, _) => add(&mut agreed, currency, &totals)?,
            (Some(_), Some(charged)) if is_due(charged) => add(&mut agreed, currency, &totals)?,
            (Some(order_no), _) => {
                let doubt = Scanned::Doubt(OrderKey { stream: stream.clone(), order_no });
                send(sender, doubt).await?;
            }
        }
    }
    for (currency, totals) in agreed {
        send(sender, Scanned::Agreed(stream.clone(), currency, totals)).await?;
    }
    Ok(())
}

async fn send(sender: &Sender<Scanned>, found: Scanned) -> Outcome<()> {
    // When nobody listens any more, the rest would be read for nothing.
    let sent = sender.send(Ok(Some(found))).await;
    sent.map_err(|_| sqlx::Error::WorkerCrashed).doing(DOING)
}

fn add(
    agreed: &mut BTreeMap<Currency, Totals>,
    currency: Currency,
    totals: &Totals,
) -> Outcome<()> {
    let sum = agreed.entry(currency).or_default();
    *sum = sum.plus(totals).ok_or_else(|| unknown("a sum of a day", "too large"))?;
    Ok(())
}

/// The statuses of both sides that agree or are compared, as the statement takes them.
fn agreeing() -> Vec<i32> {
    let mut pairs = Vec::new();
    for ours in MerchantStatus::ALL {
        for theirs in ProviderStatus::ALL {
            if matches!(cell(Some(*ours), *theirs), Cell::Agree | Cell::Compare) {
                let (ours, theirs) =
                    (i32::from(ours.number()), u32::from(theirs.number().unsigned_abs()));
                pairs.push(ours.saturating_mul(1_000).saturating_add(1_i32 << theirs.min(9)));
            }
        }
    }
    pairs
}

fn totals(row: &PgRow) -> Outcome<Totals> {
    Ok(Totals {
        merchant_count: row.int(1)?,
        merchant_minor: row.int(2)?,
        provider_count: row.int(3)?,
        provider_minor: row.int(4)?,
        status_only_count: row.int(5)?,
    })
}

//! Disagreements and their histories.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use sqlx::SqliteConnection;
use tokio::sync::mpsc;

use super::bind::{Binder, ROWS, execute, repeated};
use super::intake::receiving;
use super::pairs::by_stream;
use super::statements::bind_padded;
use super::{Doing, Outcome, SqliteLedger, chains, streams, versions};
use crate::business_day::BusinessDate;
use crate::discrepancy::Discrepancy;
use crate::ledger::chains::{Chains, Link};
use crate::ledger::streams::Streams;
use crate::ledger::{DiscrepancyChange, DiscrepancyEvent, LedgerError, rows, sql};
use crate::order::OrderKey;
use crate::rules::lifecycle;

/// What reading does, for errors.
pub(super) const READING: &str = "read discrepancies";
/// What writing does, for errors.
pub(super) const WRITING: &str = "write discrepancies";

/// The name by which the job signs what it does by itself.
const JOB: &str = "duizhang";

/// Changes that are written by one statement each for rows and events: a row has 34 arguments.
pub(super) const PART: usize = 200;

/// See [`crate::ledger::Ledger::discrepancies_of`].
pub(super) async fn of(
    conn: &mut SqliteConnection,
    keys: &[OrderKey],
) -> Outcome<Vec<Discrepancy>> {
    let known = streams::load(conn, READING).await?;
    let mut found = Vec::new();
    for (stream_id, order_nos) in by_stream(&known, keys) {
        for part in order_nos.chunks(ROWS) {
            let mut binder = Binder::with_capacity(ROWS);
            binder.int(stream_id).doing(READING)?;
            let times = bind_padded(&mut binder, part).doing(READING)?;
            let text = repeated(sql::DISCREPANCY_BY_KEY, times);
            let query = sqlx::query_with(text, binder.finish());
            for row in query.fetch_all(&mut *conn).await.doing(READING)? {
                found.push(rows::discrepancy(&row, &known)?);
            }
        }
    }
    found.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
    Ok(found)
}

/// See [`crate::ledger::Ledger::discrepancy`].
pub(super) async fn find(
    conn: &mut SqliteConnection,
    id: &str,
) -> Outcome<Option<(Discrepancy, Vec<DiscrepancyEvent>)>> {
    let known = streams::load(conn, READING).await?;
    let query = sqlx::query(sql::DISCREPANCY_FIND).bind(id.to_owned());
    let Some(row) = query.fetch_optional(&mut *conn).await.doing(READING)? else {
        return Ok(None);
    };
    let discrepancy = rows::discrepancy(&row, &known)?;
    let query = sqlx::query(sql::DISCREPANCY_EVENT_LIST)
        .bind(discrepancy.key.order_no.clone())
        .bind(id.to_owned());
    let events = query.fetch_all(conn).await.doing(READING)?;
    let events = events.iter().map(rows::discrepancy_event).collect::<Outcome<_>>()?;
    Ok(Some((discrepancy, events)))
}

/// See [`crate::ledger::Ledger::put_discrepancies`].
pub(super) async fn put(conn: &mut SqliteConnection, changes: &[DiscrepancyChange]) -> Outcome<()> {
    let mut known = streams::load(conn, WRITING).await?;
    for of_date in changes.chunk_by(|a, b| a.event.business_date == b.event.business_date) {
        for part in of_date.chunks(PART) {
            put_part(conn, &mut known, part).await?;
        }
    }
    Ok(())
}

/// Writes changes of one date.
async fn put_part(
    conn: &mut SqliteConnection,
    known: &mut Streams,
    part: &[DiscrepancyChange],
) -> Outcome<()> {
    let mut last: BTreeMap<&str, (&Discrepancy, i64)> = BTreeMap::new();
    for DiscrepancyChange { discrepancy, .. } in part {
        let stream = &discrepancy.key.stream;
        let stream_id = streams::id_of(conn, WRITING, known, stream).await?;
        last.insert(&discrepancy.id, (discrepancy, stream_id));
    }
    let last: Vec<(&Discrepancy, i64)> = last.into_values().collect();
    let mut binder = Binder::default();
    for (discrepancy, stream_id) in &last {
        binder.text(&discrepancy.key.order_no).doing(WRITING)?;
        binder.text(&discrepancy.id).doing(WRITING)?;
        bind_columns(&mut binder, discrepancy, *stream_id).doing(WRITING)?;
    }
    execute(conn, WRITING, sql::DISCREPANCY_UPSERT, last.len(), binder.finish()).await?;
    if let Some(change) = part.first() {
        versions::hold(conn, change.event.business_date, &last).await?;
    }
    put_events(conn, part).await
}

/// The last entry of a history: order number, id, sequence, hash.
type Last = (String, String, i64, Option<String>);

async fn put_events(conn: &mut SqliteConnection, changes: &[DiscrepancyChange]) -> Outcome<()> {
    let order_nos: BTreeSet<&str> =
        changes.iter().map(|change| &*change.discrepancy.key.order_no).collect();
    let order_nos: Vec<&str> = order_nos.into_iter().collect();
    let mut binder = Binder::default();
    let times = bind_padded(&mut binder, &order_nos).doing(WRITING)?;
    let text = repeated(sql::DISCREPANCY_EVENT_LAST, times);
    let query = sqlx::query_as_with::<_, Last, _>(text, binder.finish());
    let found = query.fetch_all(&mut *conn).await.doing(WRITING)?;
    let mut chains = Chains::default();
    for (order_no, id, sequence, hash) in found {
        chains.begin(order_no, id, sequence, hash);
    }
    let mut binder = Binder::default();
    let anchor = chains::next_anchor(conn).await?;
    for change in changes {
        let link = chains.next(change)?;
        bind_event(&mut binder, change, &link, anchor).doing(WRITING)?;
    }
    let text = sql::DISCREPANCY_EVENT_INSERT;
    execute(conn, WRITING, text, changes.len(), binder.finish()).await.map(|_| ())
}

fn bind_event(
    row: &mut Binder,
    DiscrepancyChange { discrepancy: of, event }: &DiscrepancyChange,
    link: &Link,
    anchor: i64,
) -> Result<(), sqlx::Error> {
    row.text(&of.key.order_no)?;
    row.text(&of.id)?;
    row.int(link.sequence)?;
    row.date(event.business_date)?;
    row.text(&event.event)?;
    row.text(&event.person)?;
    row.text(&event.note)?;
    row.int(event.occurred_at.epoch_seconds())?;
    row.text(&link.hash)?;
    row.int(anchor)?;
    row.text(&link.row_hash)?;
    row.text(&link.content_hash)
}

/// Binds the columns from `stream_id` on.
pub(super) fn bind_columns(
    row: &mut Binder,
    it: &Discrepancy,
    stream_id: i64,
) -> Result<(), sqlx::Error> {
    row.int(stream_id)?;
    row.int(it.kind.number())?;
    row.date(it.business_date)?;
    row.date(it.first_seen)?;
    row.time(it.timing_until)?;
    row.int(it.state.number())?;
    row.int_or_null(it.closed_on.map(|date| i64::from(date.number())))?;
    row.int(it.difference_minor)?;
    row.text(&it.provider_order_no)?;
    row.text(&it.original_order_no)?;
    row.text(it.currency.as_str())?;
    row.int_or_null(it.merchant_amount_minor)?;
    row.int_or_null(it.provider_amount_minor)?;
    row.int_or_null(it.merchant_fee_minor)?;
    row.int_or_null(it.provider_fee_minor)?;
    row.int_or_null(it.merchant_status.map(|status| i64::from(status.number())))?;
    row.int(it.provider_status.number())?;
    row.time(it.merchant_time)?;
    row.time(it.provider_time)?;
    row.int_or_null(it.evidence.source.map(|source| i64::from(source.number())))?;
    row.text(&it.evidence.interface)?;
    row.int(it.evidence.assurance.number())?;
    row.text(&it.evidence.status_code)?;
    row.int(it.evidence.amount_assumed)?;
    row.int(it.evidence.time_from.number())?;
    row.text(&it.resolution)?;
    row.text(&it.resolved_by)?;
    row.text(&it.resolution_note)?;
    row.time(it.evidence.callback_at)?;
    let amount_from = it.evidence.amount_from.as_ref();
    row.int_or_null(amount_from.map(|(source, _)| i64::from(source.number())))?;
    row.text_or_null(amount_from.map_or("", |(_, interface)| interface))?;
    row.int_or_null(it.evidence.answered_on.map(|date| i64::from(date.number())))
}

/// See [`crate::ledger::Ledger::report_rows`].
pub(super) fn report_rows(
    ledger: &SqliteLedger,
    date: BusinessDate,
) -> impl Stream<Item = Outcome<Discrepancy>> + Send + '_ {
    let opened = stream::once(async move {
        let mut conn = ledger.reader(READING).await?;
        let known = streams::load(&mut conn, READING).await?;
        let (sender, receiver) = mpsc::channel(ROWS);
        tokio::spawn(async move {
            let before = date.plus_days(-1);
            let query = sqlx::query(sql::DISCREPANCY_VERSION_REPORT);
            let query = query.bind(date.number()).bind(JOB).bind(before.number());
            let mut found = query.fetch(&mut *conn);
            while let Some(row) = found.next().await {
                let row = row.doing(READING).and_then(|row| rows::discrepancy(&row, &known));
                let row = row.map(|row| lifecycle::shown_on(row, date));
                if sender.send(row).await.is_err() {
                    return;
                }
            }
        });
        Ok::<_, LedgerError>(receiving(receiver))
    });
    opened.try_flatten()
}

//! Disagreements and their histories.

use std::collections::{BTreeMap, BTreeSet};

use super::insert::{self, Rows, insert};
use super::pairs::by_stream;
use super::{Connection, Doing, Outcome, Store, chains, lists, streamed, streams, versions};
use crate::business_day::BusinessDate;
use crate::discrepancy::Discrepancy;
use crate::ledger::chains::{Chains, Link};
use crate::ledger::rows::{self, Fields, Value};
use crate::ledger::{DiscrepancyChange, DiscrepancyEvent, LedgerStream, sql};
use crate::order::OrderKey;
use crate::reading::Source;
use crate::rules::lifecycle;
use crate::status::MerchantStatus;

/// What reading does, for errors.
pub(super) const READING: &str = "read discrepancies";
/// What writing does, for errors.
pub(super) const WRITING: &str = "write discrepancies";

/// The name by which the job signs what it does by itself.
const JOB: &str = "duizhang";

/// See [`crate::ledger::Ledger::discrepancies_of`].
pub(super) async fn of(conn: &mut Connection, keys: &[OrderKey]) -> Outcome<Vec<Discrepancy>> {
    let known = streams::load(conn, READING).await?;
    let mut found = Vec::new();
    for (stream_id, order_nos) in by_stream(&known, keys) {
        let text = sql::DISCREPANCY_BY_KEY;
        for row in lists::fetch(conn, READING, text, &[stream_id], &[&order_nos]).await? {
            found.push(rows::discrepancy(&row, &known)?);
        }
    }
    found.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
    Ok(found)
}

/// See [`crate::ledger::Ledger::discrepancy`].
pub(super) async fn find(
    conn: &mut Connection,
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
pub(super) async fn put(conn: &mut Connection, changes: &[DiscrepancyChange]) -> Outcome<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut known = streams::load(conn, WRITING).await?;
    let mut last: BTreeMap<&str, (&Discrepancy, i64)> = BTreeMap::new();
    for of_date in changes.chunk_by(|a, b| a.event.business_date == b.event.business_date) {
        let mut of_id: BTreeMap<&str, (&Discrepancy, i64)> = BTreeMap::new();
        for DiscrepancyChange { discrepancy, .. } in of_date {
            let stream = &discrepancy.key.stream;
            let stream_id = streams::id_of(conn, WRITING, &mut known, stream).await?;
            of_id.insert(&discrepancy.id, (discrepancy, stream_id));
        }
        let rows: Vec<(&Discrepancy, i64)> = of_id.values().copied().collect();
        if let Some(change) = of_date.first() {
            versions::hold(conn, change.event.business_date, &rows).await?;
        }
        last.extend(of_id);
    }
    let mut rows = Rows::start();
    for (discrepancy, stream_id) in last.values() {
        rows.row(34);
        rows.text(&discrepancy.key.order_no);
        rows.text(&discrepancy.id);
        encode_columns(&mut rows, discrepancy, *stream_id);
    }
    insert::put_discrepancies(conn, WRITING, rows).await?;
    put_events(conn, changes).await
}

async fn put_events(conn: &mut Connection, changes: &[DiscrepancyChange]) -> Outcome<()> {
    let order_nos: BTreeSet<&str> =
        changes.iter().map(|change| &*change.discrepancy.key.order_no).collect();
    let order_nos: Vec<&str> = order_nos.into_iter().collect();
    let text = sql::DISCREPANCY_EVENT_LAST;
    let found = lists::fetch(conn, WRITING, text, &[], &[&order_nos]).await?;
    let mut chains = Chains::default();
    for row in found {
        chains.begin(row.text(0)?, row.text(1)?, row.int(2)?, row.text_or_none(3)?);
    }
    let mut rows = Rows::start();
    let anchor = chains::next_anchor(conn).await?;
    for change in changes {
        let link = chains.next(change)?;
        encode_event(&mut rows, change, &link, anchor);
    }
    insert(conn, WRITING, insert::DISCREPANCY_EVENT, rows).await
}

fn encode_event(
    row: &mut Rows,
    DiscrepancyChange { discrepancy: of, event }: &DiscrepancyChange,
    link: &Link,
    anchor: i64,
) {
    row.row(12);
    row.text(&of.key.order_no);
    row.text(&of.id);
    row.int4(link.sequence);
    row.date(event.business_date);
    row.text(&event.event);
    row.text(&event.person);
    row.text(&event.note);
    row.int8(event.occurred_at.epoch_seconds());
    row.text(&link.hash);
    row.int8(anchor);
    row.text(&link.row_hash);
    row.text(&link.content_hash);
}

/// Writes the columns from `stream_id` on.
pub(super) fn encode_columns(row: &mut Rows, it: &Discrepancy, stream_id: i64) {
    row.int4(stream_id);
    row.int2(it.kind.number());
    row.date(it.business_date);
    row.date(it.first_seen);
    row.time(it.timing_until);
    row.int2(it.state.number());
    row.date_or_null(it.closed_on);
    row.int8(it.difference_minor);
    row.text(&it.provider_order_no);
    row.text(&it.original_order_no);
    row.text(it.currency.as_str());
    row.int8_or_null(it.merchant_amount_minor);
    row.int8_or_null(it.provider_amount_minor);
    row.int8_or_null(it.merchant_fee_minor);
    row.int8_or_null(it.provider_fee_minor);
    row.int2_or_null(it.merchant_status.map(MerchantStatus::number));
    row.int2(it.provider_status.number());
    row.time(it.merchant_time);
    row.time(it.provider_time);
    row.int2_or_null(it.evidence.source.map(Source::number));
    row.text(&it.evidence.interface);
    row.int2(it.evidence.assurance.number());
    row.text(&it.evidence.status_code);
    row.int2(i16::from(it.evidence.amount_assumed));
    row.int2(it.evidence.time_from.number());
    row.text(&it.resolution);
    row.text(&it.resolved_by);
    row.text(&it.resolution_note);
    row.time(it.evidence.callback_at);
    let amount_from = it.evidence.amount_from.as_ref();
    row.int2_or_null(amount_from.map(|(source, _)| source.number()));
    row.text_or_null(amount_from.map_or("", |(_, interface)| interface));
    row.date_or_null(it.evidence.answered_on);
}

/// See [`crate::ledger::Ledger::report_rows`].
pub(super) fn report_rows(store: &Store, date: BusinessDate) -> LedgerStream<'_, Discrepancy> {
    let values = vec![date.into(), Value::Text(JOB.to_owned()), date.plus_days(-1).into()];
    streamed(store, READING, sql::DISCREPANCY_VERSION_REPORT, values, move |row, known| {
        Ok(lifecycle::shown_on(rows::discrepancy(row, known)?, date))
    })
}

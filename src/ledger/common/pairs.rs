//! Everything current about some orders.

use std::collections::{BTreeMap, BTreeSet};

use super::words::WordTable;
use super::{Connection, Doing, Outcome, Row, lists, streams, sums};
use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::refunds::{Payments, in_order};
use crate::ledger::rows::{self, Fields, Stored, past};
use crate::ledger::sql;
use crate::ledger::streams::Streams;
use crate::ledger::word::Word;
use crate::order::{Order, OrderKey, Rejection, Stream};
use crate::reading::{Pair, Past, Reading};

/// What this does, for errors.
pub(super) const DOING: &str = "read pairs";
/// What [`touch_unfinished`] and [`touch_settled`] do, for errors.
pub(super) const TOUCHING: &str = "note what is asked again";
/// What [`settle_touched`] does, for errors.
pub(super) const SETTLING: &str = "note what was judged";

/// See [`crate::ledger::Ledger::pairs`].
pub(super) async fn pairs(conn: &mut Connection, keys: &[OrderKey]) -> Outcome<Vec<Pair>> {
    let known = streams::load(conn, DOING).await?;
    pairs_of(conn, &known, keys).await
}

/// See [`crate::ledger::Ledger::find`].
pub(super) async fn find(conn: &mut Connection, order_no: &str) -> Outcome<Vec<Pair>> {
    let known = streams::load(conn, DOING).await?;
    let key = |stream: &Stream| OrderKey { stream: stream.clone(), order_no: order_no.to_owned() };
    let keys: Vec<OrderKey> = known.iter().map(|(stream, _)| key(stream)).collect();
    let mut pairs = pairs_of(conn, &known, &keys).await?;
    pairs.retain(|pair| !pair.orders.is_empty() || !pair.readings.is_empty());
    Ok(pairs)
}

async fn pairs_of(conn: &mut Connection, known: &Streams, keys: &[OrderKey]) -> Outcome<Vec<Pair>> {
    let mut orders: BTreeMap<OrderKey, Vec<Order>> = BTreeMap::new();
    let mut readings: BTreeMap<OrderKey, Vec<Reading>> = BTreeMap::new();
    let mut confirmed: BTreeMap<OrderKey, Timestamp> = BTreeMap::new();
    let mut pasts: BTreeMap<OrderKey, Past> = BTreeMap::new();
    for (stream_id, order_nos) in by_stream(known, keys) {
        let found = by_key::<Order>(conn, DOING, known, stream_id, &order_nos).await?;
        orders.extend(found.into_values().filter_map(current));
        let found = by_key::<Reading>(conn, DOING, known, stream_id, &order_nos).await?;
        let Some(stream) = known.stream(stream_id) else { continue };
        let key = |order_no| OrderKey { stream: stream.clone(), order_no };
        let unlisted = unlisted(conn, stream_id, &order_nos).await?;
        for (order_no, words) in found {
            let past = Past { is_unlisted: unlisted.contains(&order_no), ..past(&words) };
            pasts.insert(key(order_no), past);
            readings.extend(current(words));
        }
        for (order_no, at) in confirmed_of(conn, stream_id, &order_nos).await? {
            confirmed.insert(key(order_no), at);
        }
    }
    let unknown: BTreeSet<&OrderKey> =
        keys.iter().filter(|key| !orders.contains_key(*key)).collect();
    let mut refused: BTreeMap<String, Vec<Rejection>> = BTreeMap::new();
    for row in self::refused(conn, &unknown).await? {
        refused.entry(row.order_no.clone()).or_default().push(row);
    }
    let pair = |key: &OrderKey| Pair {
        key: key.clone(),
        orders: orders.get(key).cloned().unwrap_or_default(),
        readings: readings.get(key).cloned().unwrap_or_default(),
        confirmed_at: confirmed.get(key).copied(),
        past: pasts.get(key).copied().unwrap_or_default(),
        refused: (refused.get(&key.order_no).into_iter().flatten())
            .filter(|row| unknown.contains(key) && row.may_be(key))
            .cloned()
            .collect(),
    };
    Ok(keys.iter().map(pair).collect())
}

/// Everything ever said, by order number, about some orders of a stream.
pub(super) async fn by_key<W: WordTable>(
    conn: &mut Connection,
    doing: &'static str,
    streams: &Streams,
    stream_id: i64,
    order_nos: &[&str],
) -> Outcome<BTreeMap<String, Vec<Stored<W>>>> {
    let mut found: BTreeMap<String, Vec<Stored<W>>> = BTreeMap::new();
    for row in lists::fetch(conn, doing, W::TEXTS.by_key, &[stream_id], &[order_nos]).await? {
        let stored = W::from_row(&row, streams)?;
        found.entry(stored.word.key().order_no.clone()).or_default().push(stored);
    }
    Ok(found)
}

/// When those of a stream's orders were last answered as before of which that is known.
async fn confirmed_of(
    conn: &mut Connection,
    stream_id: i64,
    order_nos: &[&str],
) -> Outcome<Vec<(String, Timestamp)>> {
    let text = sql::CONFIRMED_BY_KEY;
    let found = lists::fetch(conn, DOING, text, &[stream_id], &[order_nos]).await?;
    let at = |row: &Row| Ok((row.text(0)?, Timestamp::from_epoch_seconds(row.int(1)?)));
    found.iter().map(at).collect()
}

/// Which of the pairs are no longer listed and have not been asked about since.
async fn unlisted(
    conn: &mut Connection,
    stream_id: i64,
    order_nos: &[&str],
) -> Outcome<BTreeSet<String>> {
    let text = sql::TOUCHED_UNLISTED;
    let found = lists::fetch(conn, DOING, text, &[stream_id], &[order_nos]).await?;
    found.iter().map(|row| row.text(0)).collect()
}

/// The merchant's refused rows with the numbers of orders that it does not have.
async fn refused(conn: &mut Connection, unknown: &BTreeSet<&OrderKey>) -> Outcome<Vec<Rejection>> {
    let order_nos: BTreeSet<&str> = unknown.iter().map(|key| &*key.order_no).collect();
    let order_nos: Vec<&str> = order_nos.into_iter().collect();
    let text = sql::REJECTION_BY_ORDER_NO;
    let found = lists::fetch_anywhere(conn, DOING, text, &order_nos).await?;
    found.iter().map(rows::rejection).collect()
}

/// The current words of one pair's side, ascending: of several about the same, the one that was
/// written last.
fn current<W: Word>(mut words: Vec<Stored<W>>) -> Option<(OrderKey, Vec<W>)> {
    words.retain(|stored| stored.is_current);
    words.sort_by(|a, b| a.word.identity().cmp(&b.word.identity()).then(b.version.cmp(&a.version)));
    words.dedup_by(|next, kept| next.word.identity() == kept.word.identity());
    let key = words.first()?.word.key().clone();
    Some((key, words.into_iter().map(|stored| stored.word).collect()))
}

/// Keys by the numbers of their streams, each once; those of streams that the ledger has never seen
/// are left out.
pub(super) fn by_stream<'k>(known: &Streams, keys: &'k [OrderKey]) -> BTreeMap<i64, Vec<&'k str>> {
    let mut grouped: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    for key in keys {
        if let Some(stream_id) = known.id(&key.stream) {
            grouped.entry(stream_id).or_default().push(&key.order_no);
        }
    }
    for order_nos in grouped.values_mut() {
        order_nos.sort_unstable();
        order_nos.dedup();
    }
    grouped
}

/// See [`crate::ledger::Ledger::refunds_of`].
pub(super) async fn refunds_of(
    conn: &mut Connection,
    payments: &[OrderKey],
) -> Outcome<Vec<Order>> {
    let known = streams::load(conn, DOING).await?;
    let mut asked: Vec<(&str, &str)> =
        payments.iter().map(|key| (&*key.order_no, &*key.stream.account)).collect();
    asked.sort_unstable();
    asked.dedup();
    let mut order_nos: Vec<&str> = asked.iter().map(|(order_no, _)| *order_no).collect();
    order_nos.dedup();
    let mut refunds = Vec::new();
    let text = sql::MERCHANT_ORDER_REFUNDS;
    for row in lists::fetch_anywhere(conn, DOING, text, &order_nos).await? {
        let refund = rows::order(&row, &known)?.word;
        let of = (&*refund.original_order_no, &*refund.key.stream.account);
        if asked.binary_search(&of).is_ok() {
            refunds.push(refund);
        }
    }
    refunds.sort_by(|a, b| (&a.key, a.occurrence).cmp(&(&b.key, b.occurrence)));
    Ok(refunds)
}

/// See [`crate::ledger::Ledger::provider_numbers`].
pub(super) async fn provider_numbers(
    conn: &mut Connection,
    account: &str,
    (from, to): (BusinessDate, BusinessDate),
) -> Outcome<Vec<(String, OrderKey)>> {
    let known = streams::load(conn, DOING).await?;
    let query = sqlx::query(sql::MERCHANT_ORDER_NUMBERS).bind(from.number()).bind(to.number());
    let mut numbers = Vec::new();
    for row in query.fetch_all(&mut *conn).await.doing(DOING)? {
        let stream = rows::stream(&known, row.int(0)?)?;
        if stream.account == account {
            let key = OrderKey { stream: stream.clone(), order_no: row.text(2)? };
            numbers.push((row.text(1)?, key));
        }
    }
    numbers.sort();
    Ok(numbers)
}

/// See [`crate::ledger::Ledger::refund_readings`].
pub(super) async fn refund_readings(
    conn: &mut Connection,
    payments: &[OrderKey],
) -> Outcome<Vec<Reading>> {
    let known = streams::load(conn, DOING).await?;
    if !known.has_refunds() {
        return Ok(Vec::new());
    }
    let asked = Payments::of(payments);
    let mut refunds = Vec::new();
    let text = sql::READING_REFUNDS;
    for row in lists::fetch_anywhere(conn, DOING, text, &asked.order_nos()).await? {
        let refund = rows::reading(&row, &known)?.word;
        if asked.has(&refund) {
            refunds.push(refund);
        }
    }
    refunds.sort_by(in_order);
    Ok(refunds)
}

/// See [`crate::ledger::Ledger::refunds_on`].
pub(super) async fn refunds_on(
    conn: &mut Connection,
    stream: &Stream,
    date: BusinessDate,
    after: &str,
    limit: u32,
) -> Outcome<Vec<Order>> {
    let known = streams::load(conn, DOING).await?;
    let Some(stream_id) = known.id(stream) else { return Ok(Vec::new()) };
    let query = sqlx::query(sql::MERCHANT_ORDER_REFUNDS_ON)
        .bind(date.number())
        .bind(stream_id)
        .bind(after.to_owned())
        .bind(i64::from(limit));
    let found = query.fetch_all(conn).await.doing(DOING)?;
    found.iter().map(|row| Ok(rows::order(row, &known)?.word)).collect()
}

/// See [`crate::ledger::Ledger::touch_unfinished`].
pub(super) async fn touch_unfinished(
    conn: &mut Connection,
    stream: &Stream,
    (from, to): (BusinessDate, BusinessDate),
) -> Outcome<()> {
    let known = streams::load(conn, TOUCHING).await?;
    let Some(stream_id) = known.id(stream) else { return Ok(()) };
    let query = sqlx::query(sql::TOUCHED_INSERT_UNFINISHED)
        .bind(stream_id)
        .bind(from.number())
        .bind(to.number());
    query.execute(conn).await.doing(TOUCHING).map(|_| ())
}

/// See [`crate::ledger::Ledger::touch_settled`].
pub(super) async fn touch_settled(
    conn: &mut Connection,
    stream: &Stream,
    date: BusinessDate,
    answered_before: Timestamp,
) -> Outcome<()> {
    let known = streams::load(conn, TOUCHING).await?;
    let Some(stream_id) = known.id(stream) else { return Ok(()) };
    let query = sqlx::query(sql::TOUCHED_INSERT_SETTLED)
        .bind(date.number())
        .bind(stream_id)
        .bind(answered_before.epoch_seconds());
    query.execute(conn).await.doing(TOUCHING).map(|_| ())
}

/// See [`crate::ledger::Ledger::settle_touched`].
pub(super) async fn settle_touched(conn: &mut Connection, keys: &[OrderKey]) -> Outcome<()> {
    let known = streams::load(conn, SETTLING).await?;
    let mut stale = BTreeSet::new();
    for (stream_id, order_nos) in by_stream(&known, keys) {
        // Looked up and noted apart: where the tables are split, what is noted lives on one machine.
        for text in [sql::TOUCHED_DATES, sql::TOUCHED_DATES_ORDERS] {
            let dates = lists::fetch(conn, SETTLING, text, &[stream_id], &[&order_nos]).await?;
            for row in dates {
                stale.insert((rows::date(row.int(0)?)?, stream_id));
            }
        }
        let text = sql::TOUCHED_DELETE;
        lists::execute(conn, SETTLING, text, &[stream_id], &[&order_nos]).await?;
    }
    sums::note_stale(conn, &stale).await
}

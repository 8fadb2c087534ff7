//! Rows out of the server as they come: a task of its own reads them, and waits while nobody takes
//! them.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use tokio::sync::mpsc;

use super::connect::Lease;
use super::{Doing, Outcome, Store, broken_rows, streams};
use crate::ledger::LedgerStream;
use crate::ledger::rows::{Fields, Value};
use crate::ledger::streams::Streams;

/// Rows that wait to be taken, at most.
pub(super) const ROWS_AHEAD: usize = 500;
/// Parts of many rows that wait to be taken, at most.
pub(super) const PARTS_AHEAD: usize = 2;
/// Rows that are handed over together: each by itself costs more than to read it.
const PART: usize = 1_000;

/// Where a task puts what it found. An error is the end.
pub(super) type Sender<T> = mpsc::Sender<Outcome<Option<T>>>;

/// Runs a task on a connection of its own, and gives what it sends; at most `ahead` of it waits to be taken.
///
/// The task gives its connection back at the end. If it ends early, the connection is thrown away:
/// to use it again, everything that is still to come would have to be read first.
pub(super) fn flow<T, F, R>(
    store: &Store,
    doing: &'static str,
    ahead: usize,
    task: F,
) -> impl Stream<Item = Outcome<T>> + Send + use<T, F, R>
where
    T: Send + 'static,
    F: FnOnce(Lease, Sender<T>) -> R + Send + 'static,
    R: Future<Output = Outcome<Lease>> + Send,
{
    let pool = store.pool.clone();
    let (sender, receiver) = mpsc::channel(ahead);
    let started = stream::once(async move {
        tokio::spawn(async move {
            let done = async {
                let lease = Lease::take(&pool, doing).await?;
                task(lease, sender.clone()).await
            };
            // The end is sent too: a channel that just closes is a task that died.
            let end = done.await.map(Lease::give_back);
            sender.send(end.map(|()| None)).await.ok();
        });
        taking(receiver, doing)
    });
    started.flatten()
}

fn taking<T: Send>(
    receiver: mpsc::Receiver<Outcome<Option<T>>>,
    doing: &'static str,
) -> impl Stream<Item = Outcome<T>> + Send {
    stream::unfold(Some(receiver), move |receiver| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Ok(Some(row))) => Some((Ok(row), Some(receiver))),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(error), None)),
            None => Some((Err(broken_rows(doing, "the reading stopped")), None)),
        }
    })
}

/// What is made of the rows that a statement finds.
pub(super) fn streamed<T, F>(
    store: &Store,
    doing: &'static str,
    text: &'static str,
    values: Vec<Value>,
    mut read: F,
) -> LedgerStream<'static, T>
where
    T: Send + 'static,
    F: FnMut(&dyn Fields, &Streams) -> Outcome<T> + Send + 'static,
{
    let parts = flow(store, doing, PARTS_AHEAD, move |mut lease, sender| async move {
        let known = streams::load(lease.conn(), doing).await?;
        let query = values.into_iter().fold(sqlx::query(text), |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
        });
        let mut found = query.fetch(lease.conn()).chunks(PART);
        while let Some(rows) = found.next().await {
            let mut part = Vec::with_capacity(rows.len());
            for row in rows {
                part.push(read(&row.doing(doing)?, &known)?);
            }
            if sender.send(Ok(Some(part))).await.is_err() {
                break;
            }
        }
        drop(found);
        Ok(lease)
    });
    parts.map_ok(|part| stream::iter(part.into_iter().map(Ok))).try_flatten().boxed()
}

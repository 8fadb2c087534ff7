//! Rows out of the server as they come: a task of its own reads them, and waits while nobody takes
//! them.

use futures_util::{Stream, StreamExt, stream};
use sqlx::postgres::PgRow;
use sqlx::{Column, PgPool, Row, TypeInfo};
use tokio::sync::mpsc;

use super::connect::Lease;
use super::{Doing, Outcome, broken_rows};
use crate::ledger::rows::Fields;

/// Rows that wait to be taken, at most.
const AHEAD: usize = 500;

/// Where a task puts what it found. An error is the end.
pub(super) type Sender<T> = mpsc::Sender<Outcome<Option<T>>>;

/// Runs a task on a connection of its own, and gives what it sends.
///
/// The task gives its connection back at the end. If it ends early, the connection is thrown away:
/// to use it again, everything that is still to come would have to be read first.
pub(super) fn flow<T, F, R>(
    pool: &PgPool,
    doing: &'static str,
    task: F,
) -> impl Stream<Item = Outcome<T>> + Send + use<T, F, R>
where
    T: Send + 'static,
    F: FnOnce(Lease, Sender<T>) -> R + Send + 'static,
    R: Future<Output = Outcome<Lease>> + Send,
{
    let pool = pool.clone();
    let (sender, receiver) = mpsc::channel(AHEAD);
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

impl Fields for PgRow {
    fn int_or_none(&self, column: usize) -> Outcome<Option<i64>> {
        const DOING: &str = "read a row";
        let kind = self.try_column(column).doing(DOING)?.type_info().name().to_owned();
        match &*kind {
            "INT2" => Ok(self.try_get::<Option<i16>, _>(column).doing(DOING)?.map(i64::from)),
            "INT4" => Ok(self.try_get::<Option<i32>, _>(column).doing(DOING)?.map(i64::from)),
            _ => self.try_get(column).doing(DOING),
        }
    }

    fn text_or_none(&self, column: usize) -> Outcome<Option<String>> {
        self.try_get(column).doing("read a row")
    }
}

//! Rows that are read where they lie: on a connection of their own, on a thread of its own, column by column.
//!
//! sqlx hands every row over from its thread to the caller by itself. What reads a whole day has a million of
//! them, so it reads here, and hands over what it made of them in parts.

use std::path::Path;

use futures_util::{StreamExt, TryStreamExt, stream};
use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Rows, Statement};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::connect::{PATIENCE, READER_CACHE_KIB};
use super::{Doing, Outcome, Store, broken_rows};
use crate::ledger::rows::{self, Fields, Value};
use crate::ledger::streams::Streams;
use crate::ledger::{LedgerError, LedgerStream, sql};

/// Rows that are handed over together.
const PART: usize = 1_000;
/// Parts that wait to be taken, at most.
const AHEAD: usize = 2;

/// A connection that only reads, and sees the ledger as it was when it was opened.
pub(super) struct Snapshot(Connection);

impl Snapshot {
    /// Opens one.
    pub(super) fn open(database: &Path, doing: &'static str) -> Outcome<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(database, flags).doing(doing)?;
        conn.busy_timeout(PATIENCE).doing(doing)?;
        conn.pragma_update(None, "cache_size", format!("-{READER_CACHE_KIB}")).doing(doing)?;
        conn.pragma_update(None, "query_only", "ON").doing(doing)?;
        conn.execute_batch("BEGIN").doing(doing)?;
        conn.query_row(sql::SNAPSHOT_BEGIN, [], |_| Ok(())).doing(doing)?;
        Ok(Self(conn))
    }

    /// Every stream of the ledger.
    pub(super) fn streams(&self, doing: &'static str) -> Outcome<Streams> {
        let mut streams = Streams::default();
        let mut statement = self.statement(sql::STREAM_LIST, doing)?;
        let mut found = statement.raw_query();
        while let Some(row) = found.next().doing(doing)? {
            let (id, stream) = rows::stream_row(row)?;
            streams.add(id, stream);
        }
        Ok(streams)
    }

    /// A statement, prepared.
    pub(super) fn statement(
        &self,
        text: &'static str,
        doing: &'static str,
    ) -> Outcome<Statement<'_>> {
        self.0.prepare(text).doing(doing)
    }
}

/// The rows that a statement finds with its values, of which the first is `$1`.
pub(super) fn query<'s>(
    statement: &'s mut Statement<'_>,
    values: &[Value],
    doing: &'static str,
) -> Outcome<Rows<'s>> {
    for (number, value) in (1..).zip(values) {
        // SQLite numbers names by where they first stand.
        let at: i32 = number;
        let Some(index) = statement.parameter_index(&format!("${at}")).doing(doing)? else {
            continue;
        };
        let bound = match value {
            Value::Int(value) => statement.raw_bind_parameter(index, value),
            Value::Text(value) => statement.raw_bind_parameter(index, value),
        };
        bound.doing(doing)?;
    }
    Ok(statement.raw_query())
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
    let path = store.path.clone();
    let opened = stream::once(async move {
        let (sender, receiver) = mpsc::channel(AHEAD);
        spawn_blocking(move || {
            let end = send_parts(&path, (doing, text, &values), &mut read, &sender);
            // The end is sent too: a channel that just closes is a task that died.
            sender.blocking_send(end.map(|()| Vec::new())).ok();
        });
        Ok::<_, LedgerError>(taking(receiver, doing))
    });
    opened.try_flatten().boxed()
}

fn send_parts<T>(
    path: &Path,
    (doing, text, values): (&'static str, &'static str, &[Value]),
    mut read: impl FnMut(&dyn Fields, &Streams) -> Outcome<T>,
    sender: &mpsc::Sender<Outcome<Vec<T>>>,
) -> Outcome<()> {
    let snapshot = Snapshot::open(path, doing)?;
    let known = snapshot.streams(doing)?;
    let mut statement = snapshot.statement(text, doing)?;
    let mut found = query(&mut statement, values, doing)?;
    let mut part = Vec::with_capacity(PART);
    while let Some(row) = found.next().doing(doing)? {
        part.push(read(row, &known)?);
        if part.len() >= PART {
            let full = std::mem::replace(&mut part, Vec::with_capacity(PART));
            if sender.blocking_send(Ok(full)).is_err() {
                return Ok(());
            }
        }
    }
    if !part.is_empty() {
        sender.blocking_send(Ok(part)).ok();
    }
    Ok(())
}

/// The rows of parts as they come; an empty one is the end.
fn taking<T: Send + 'static>(
    receiver: mpsc::Receiver<Outcome<Vec<T>>>,
    doing: &'static str,
) -> LedgerStream<'static, T> {
    let parts = stream::try_unfold(receiver, move |mut receiver| async move {
        let part = receiver.recv().await;
        let part = part.ok_or_else(|| broken_rows(doing, "the reading stopped"))??;
        Ok((!part.is_empty()).then(|| (stream::iter(part.into_iter().map(Ok)), receiver)))
    });
    parts.try_flatten().boxed()
}

impl<T> Doing<T> for Result<T, rusqlite::Error> {
    fn doing(self, doing: &'static str) -> Outcome<T> {
        self.map_err(|error| {
            let code = error.sqlite_error_code();
            let source = sqlx::Error::Protocol(error.to_string());
            match code {
                Some(ErrorCode::DiskFull) => LedgerError::DiskFull { doing },
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    LedgerError::Damaged { doing, source }
                }
                _ => LedgerError::Statement { doing, source },
            }
        })
    }
}

impl Fields for Row<'_> {
    fn int_or_none(&self, column: usize) -> Outcome<Option<i64>> {
        self.get(column).doing("read a row")
    }

    fn text_or_none(&self, column: usize) -> Outcome<Option<String>> {
        self.get(column).doing("read a row")
    }
}

/// A text of a row as it lies there, empty for NULL.
pub(super) fn text_of<'r>(
    row: &'r Row<'_>,
    column: usize,
    doing: &'static str,
) -> Outcome<&'r str> {
    let value = row.get_ref(column).doing(doing)?;
    let text = value.as_str_or_null().map_err(|error| LedgerError::Statement {
        doing,
        source: sqlx::Error::Protocol(error.to_string()),
    });
    Ok(text?.unwrap_or_default())
}

//! The small numbers by which the ledger knows streams.

use std::collections::BTreeMap;

use crate::order::Stream;
use crate::status::Kind;

/// Every stream of the ledger with its number, as of one moment or one write transaction.
#[derive(Debug, Clone, Default)]
pub(super) struct Streams {
    by_stream: BTreeMap<Stream, i64>,
    by_id: BTreeMap<i64, Stream>,
}

impl Streams {
    /// The numbers of an account's streams of refunds.
    pub(super) fn refunds(&self, account: &str) -> Vec<i64> {
        let is_own = |stream: &Stream| stream.account == account && stream.kind == Kind::Refund;
        self.iter().filter(|(stream, _)| is_own(stream)).map(|(_, id)| id).collect()
    }

    /// Whether any account has refunds.
    pub(super) fn has_refunds(&self) -> bool {
        self.by_stream.keys().any(|stream| stream.kind == Kind::Refund)
    }

    /// Adds a stream that has a number.
    pub(super) fn add(&mut self, id: i64, stream: Stream) {
        self.by_id.insert(id, stream.clone());
        self.by_stream.insert(stream, id);
    }

    /// The number of a stream; `None` when the ledger has never seen it.
    pub(super) fn id(&self, stream: &Stream) -> Option<i64> {
        self.by_stream.get(stream).copied()
    }

    /// The stream with a number.
    pub(super) fn stream(&self, id: i64) -> Option<&Stream> {
        self.by_id.get(&id)
    }

    /// The number of a stream, and whether it was given just now and has to be written. Only the
    /// holder of the write transaction may give numbers.
    pub(super) fn id_or_new(&mut self, stream: &Stream) -> (i64, bool) {
        if let Some(id) = self.id(stream) {
            return (id, false);
        }
        let id = self.by_id.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
        self.add(id, stream.clone());
        (id, true)
    }

    /// Streams and numbers in the order of streams.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Stream, i64)> {
        self.by_stream.iter().map(|(stream, id)| (stream, *id))
    }
}

//! Reads sorted rows on a thread of their own and cuts them into chunks for one statement each, so
//! that reading and encoding the next rows overlaps with writing the last ones.

use tokio::sync::mpsc;

use super::bind::ROWS;
use super::first_words::{Insert, Inserts};
use super::words::{WordTable, values};
use super::{Doing, Outcome, broken_rows};
use crate::ledger::put::Only;
use crate::ledger::streams::Streams;
use crate::ledger::word::{Place, is_same_stream};
use crate::ledger::{LedgerError, SortedRows};
use crate::order::Stream;

/// Chunks that wait to be written, at most.
const AHEAD: usize = 2;

/// Rows of one stream, ascending, never with a part of an order number's rows.
pub(super) struct Chunk<W> {
    /// Their stream's number.
    pub(super) stream_id: i64,
    /// Their stream, when it was given its number just now and has to be written.
    pub(super) new_stream: Option<Stream>,
    /// The rows.
    pub(super) words: Vec<W>,
    /// What adds all of the rows as first words, `ROWS` at a time; empty when it is known beforehand that they
    /// will be compared.
    pub(super) ready: Vec<Insert>,
}

/// How rows are to be read.
pub(super) struct Reader {
    /// What is being done, for errors.
    pub(super) doing: &'static str,
    /// The ledger's streams. New ones are given numbers, so this needs the write transaction.
    pub(super) streams: Streams,
    /// The streams that rows may have.
    pub(super) only: Only,
    /// Which put the rows belong to.
    pub(super) owner: i64,
    /// Whether to encode the rows as first words.
    pub(super) encode: bool,
}

/// Starts reading. The rows end with the channel; whoever drops the receiver stops the reading.
pub(super) fn read<W: WordTable>(
    rows: SortedRows<W>,
    reader: Reader,
) -> mpsc::Receiver<Outcome<Option<Chunk<W>>>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut reader = reader;
        let mut inserts = Inserts::new(W::TEXTS.insert, W::COLUMNS);
        let end = reader.chunks(rows, &mut inserts, &sender);
        // The end is sent too: a channel that just closes is a thread that died.
        sender.blocking_send(end.map(|()| None)).ok();
    });
    receiver
}

impl Reader {
    fn chunks<W: WordTable>(
        &mut self,
        rows: SortedRows<W>,
        inserts: &mut Inserts,
        sender: &mpsc::Sender<Outcome<Option<Chunk<W>>>>,
    ) -> Outcome<()> {
        let mut words: Vec<W> = Vec::with_capacity(ROWS);
        let mut before: Option<W> = None;
        for row in rows {
            let word = row.map_err(|source| LedgerError::Rows { doing: self.doing, source })?;
            let continues = self.check(words.last().or(before.as_ref()), &word)?;
            if let Some(last) = words.last() {
                let is_full = words.len() >= ROWS && last.key().order_no != word.key().order_no;
                if !continues || is_full {
                    before = Some(last.clone());
                    let full = std::mem::replace(&mut words, Vec::with_capacity(ROWS));
                    if sender.blocking_send(self.chunk(full, inserts).map(Some)).is_err() {
                        return Ok(());
                    }
                }
            }
            words.push(word);
        }
        if !words.is_empty() {
            sender.blocking_send(self.chunk(words, inserts).map(Some)).ok();
        }
        Ok(())
    }

    /// Everything here rests on the order of the rows, so it is not taken on trust. Says whether a
    /// row continues the stream of the one before.
    fn check<W: WordTable>(&self, before: Option<&W>, word: &W) -> Outcome<bool> {
        let (continues, ascends) = match before {
            Some(before) if is_same_stream(&before.key().stream, &word.key().stream) => {
                (true, before.identity() < word.identity())
            }
            Some(before) => (false, before.key().stream < word.key().stream),
            None => (false, true),
        };
        if !ascends {
            return Err(broken_rows(self.doing, "the rows do not ascend by key"));
        }
        if word.key().order_no.is_empty() {
            return Err(broken_rows(self.doing, "a row has no order number"));
        }
        if !continues && !self.only.has(&word.key().stream) {
            return Err(broken_rows(self.doing, "a row belongs to another stream"));
        }
        Ok(continues)
    }

    fn chunk<W: WordTable>(&mut self, words: Vec<W>, inserts: &mut Inserts) -> Outcome<Chunk<W>> {
        let Some(first) = words.first() else {
            return Err(broken_rows(self.doing, "a chunk has no rows"));
        };
        let (stream_id, is_new) = self.streams.id_or_new(&first.key().stream);
        let new_stream = is_new.then(|| first.key().stream.clone());
        let mut ready = Vec::new();
        if self.encode {
            let place = Place { stream_id, version: 1, owner: self.owner };
            for part in words.chunks(ROWS) {
                let rows = values(part.iter().map(|word| (word, place)));
                ready.push(inserts.of(&rows).doing(self.doing)?);
            }
        }
        Ok(Chunk { stream_id, new_stream, words, ready })
    }
}

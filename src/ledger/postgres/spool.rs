//! Reads sorted rows on a thread of their own and writes them as COPY wants them, so that reading
//! the next ones overlaps with sending the last ones.

use std::collections::BTreeSet;

use tokio::sync::mpsc;

use super::copy::Rows;
use super::words::WordTable;
use super::{Outcome, broken_rows};
use crate::business_day::BusinessDate;
use crate::ledger::put::Only;
use crate::ledger::streams::Streams;
use crate::ledger::word::Place;
use crate::ledger::{LedgerError, SortedRows};
use crate::order::Stream;

/// Parts that wait to be sent, at most.
const AHEAD: usize = 2;

/// What the rows of one stream are like.
#[derive(Debug)]
pub(super) struct Lane {
    /// The stream's number.
    pub(super) stream_id: i64,
    /// The stream, when it was given its number just now and has to be written.
    pub(super) new_stream: Option<Stream>,
    /// The first order number.
    pub(super) first: String,
    /// The last order number.
    pub(super) last: String,
    /// How many rows.
    pub(super) rows: u64,
    /// Their dates.
    pub(super) dates: BTreeSet<BusinessDate>,
    /// Whether rows of one order have several dates.
    pub(super) is_spread: bool,
}

/// What comes out of the thread.
pub(super) enum Part {
    /// Rows to be sent.
    Bytes(Vec<u8>),
    /// There are no more, and this is what they were.
    End(Vec<Lane>),
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
}

/// Starts reading. Whoever drops the receiver stops it.
pub(super) fn read<W: WordTable>(
    rows: SortedRows<W>,
    reader: Reader,
) -> mpsc::Receiver<Outcome<Part>> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut reader = reader;
        // The end is sent too: a channel that just closes is a thread that died.
        let end = reader.all(rows, &sender);
        sender.blocking_send(end.map(Part::End)).ok();
    });
    receiver
}

impl Reader {
    fn all<W: WordTable>(
        &mut self,
        rows: SortedRows<W>,
        sender: &mpsc::Sender<Outcome<Part>>,
    ) -> Outcome<Vec<Lane>> {
        let mut out = Rows::start();
        let mut lanes: Vec<Lane> = Vec::new();
        let mut before: Option<W> = None;
        for row in rows {
            let word = row.map_err(|source| LedgerError::Rows { doing: self.doing, source })?;
            self.check(before.as_ref(), &word)?;
            let same_stream = |before: &W| before.key().stream == word.key().stream;
            if !before.as_ref().is_some_and(same_stream) {
                if let (Some(lane), Some(before)) = (lanes.last_mut(), &before) {
                    lane.last.clone_from(&before.key().order_no);
                }
                lanes.push(self.lane(&word));
            }
            if let Some(lane) = lanes.last_mut() {
                lane.note(before.as_ref(), &word);
                let place = Place { stream_id: lane.stream_id, version: 1, owner: self.owner };
                word.encode(&mut out, place);
            }
            if out.is_full() && sender.blocking_send(out.take(self.doing).map(Part::Bytes)).is_err()
            {
                return Ok(lanes);
            }
            before = Some(word);
        }
        if let (Some(lane), Some(before)) = (lanes.last_mut(), &before) {
            lane.last.clone_from(&before.key().order_no);
        }
        sender.blocking_send(out.finish(self.doing).map(Part::Bytes)).ok();
        Ok(lanes)
    }

    /// Everything here rests on the order of the rows, so it is not taken on trust.
    fn check<W: WordTable>(&self, before: Option<&W>, word: &W) -> Outcome<()> {
        let ascends = before.is_none_or(|before| {
            (&before.key().stream, before.identity()) < (&word.key().stream, word.identity())
        });
        if !ascends {
            return Err(broken_rows(self.doing, "the rows do not ascend by key"));
        }
        if word.key().order_no.is_empty() {
            return Err(broken_rows(self.doing, "a row has no order number"));
        }
        if !self.only.has(&word.key().stream) {
            return Err(broken_rows(self.doing, "a row belongs to another stream"));
        }
        Ok(())
    }

    fn lane<W: WordTable>(&mut self, word: &W) -> Lane {
        let (stream_id, is_new) = self.streams.id_or_new(&word.key().stream);
        Lane {
            stream_id,
            new_stream: is_new.then(|| word.key().stream.clone()),
            first: word.key().order_no.clone(),
            last: String::new(),
            rows: 0,
            dates: BTreeSet::new(),
            is_spread: false,
        }
    }
}

impl Lane {
    fn note<W: WordTable>(&mut self, before: Option<&W>, word: &W) {
        self.rows = self.rows.saturating_add(1);
        let same_date = |before: &W| before.date() == word.date();
        if self.rows > 1 && before.is_some_and(same_date) {
            return;
        }
        self.dates.insert(word.date());
        let is_other = |before: &W| before.key() == word.key();
        self.is_spread |= before.is_some_and(is_other);
    }
}

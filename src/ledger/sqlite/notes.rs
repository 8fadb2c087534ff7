//! Pairs that a write has to leave a note about, for the scan.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use super::bind::{Binder, ROWS, execute};
use super::{Doing, Outcome};
use crate::business_day::Timestamp;
use crate::ledger::sql;
use crate::ledger::word::Word;

/// Pairs to be noted as touched, spread, or answered as before.
#[derive(Default)]
pub(super) struct Notes {
    /// And whether they are no longer listed.
    touched: Vec<(i64, String, bool)>,
    spread: Vec<(i64, String)>,
    confirmed: BTreeMap<(i64, String), Timestamp>,
}

impl Notes {
    /// The pair was changed under another date.
    pub(super) fn touched(&mut self, stream_id: i64, order_no: &str) {
        self.touched.push((stream_id, order_no.to_owned(), false));
    }

    /// A proved listing no longer has the pair: it is touched, whatever the date.
    pub(super) fn unlisted(&mut self, stream_id: i64, order_no: &str) {
        self.touched.push((stream_id, order_no.to_owned(), true));
    }

    /// One side of the pair has rows under several dates.
    pub(super) fn spread(&mut self, stream_id: i64, order_no: &str) {
        self.spread.push((stream_id, order_no.to_owned()));
    }

    /// A question about the pair was answered with what had been said before.
    pub(super) fn confirmed(&mut self, stream_id: i64, order_no: &str, at: Timestamp) {
        let known = self.confirmed.entry((stream_id, order_no.to_owned())).or_insert(at);
        *known = at.max(*known);
    }

    /// Notes as spread what one put has under several dates.
    pub(super) fn note_neighbours<W: Word>(&mut self, stream_id: i64, words: &[W]) {
        for (one, next) in words.iter().zip(words.iter().skip(1)) {
            if one.date() != next.date() && one.key().order_no == next.key().order_no {
                self.spread(stream_id, &one.key().order_no);
            }
        }
    }

    /// Writes what was noted.
    pub(super) async fn flush(
        &mut self,
        conn: &mut SqliteConnection,
        doing: &'static str,
    ) -> Outcome<()> {
        let touched = std::mem::take(&mut self.touched);
        let spread = std::mem::take(&mut self.spread);
        for part in touched.chunks(ROWS) {
            let mut binder = Binder::default();
            for (stream_id, order_no, is_unlisted) in part {
                binder.int(*stream_id).doing(doing)?;
                binder.text(order_no).doing(doing)?;
                binder.int(*is_unlisted).doing(doing)?;
            }
            execute(conn, doing, sql::TOUCHED_INSERT, part.len(), binder.finish()).await?;
        }
        for part in spread.chunks(ROWS) {
            let mut binder = Binder::default();
            for (stream_id, order_no) in part {
                binder.int(*stream_id).doing(doing)?;
                binder.text(order_no).doing(doing)?;
            }
            execute(conn, doing, sql::SPREAD_INSERT, part.len(), binder.finish()).await?;
        }
        let confirmed: Vec<_> = std::mem::take(&mut self.confirmed).into_iter().collect();
        for part in confirmed.chunks(ROWS) {
            let mut binder = Binder::default();
            for ((stream_id, order_no), at) in part {
                binder.int(*stream_id).doing(doing)?;
                binder.text(order_no).doing(doing)?;
                binder.int(at.epoch_seconds()).doing(doing)?;
            }
            execute(conn, doing, sql::CONFIRMED_UPSERT, part.len(), binder.finish()).await?;
        }
        Ok(())
    }
}

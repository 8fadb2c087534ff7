//! Pairs that a write has to leave a note about, for the scan.

use std::collections::BTreeMap;

use super::{Connection, Doing, Outcome};
use crate::business_day::Timestamp;
use crate::ledger::sql;

/// Pairs to be noted as touched, spread, or answered as before.
#[derive(Default)]
pub(super) struct Notes {
    touched: (Vec<i64>, Vec<String>),
    spread: (Vec<i64>, Vec<String>),
    confirmed: BTreeMap<(i64, String), Timestamp>,
}

impl Notes {
    /// The pair was changed under another date.
    pub(super) fn touched(&mut self, stream_id: i64, order_no: &str) {
        self.touched.0.push(stream_id);
        self.touched.1.push(order_no.to_owned());
    }

    /// One side of the pair has rows under several dates.
    pub(super) fn spread(&mut self, stream_id: i64, order_no: &str) {
        self.spread.0.push(stream_id);
        self.spread.1.push(order_no.to_owned());
    }

    /// A question about the pair was answered with what had been said before.
    pub(super) fn confirmed(&mut self, stream_id: i64, order_no: &str, at: Timestamp) {
        let known = self.confirmed.entry((stream_id, order_no.to_owned())).or_insert(at);
        *known = at.max(*known);
    }

    /// Writes what was noted.
    pub(super) async fn flush(self, conn: &mut Connection, doing: &'static str) -> Outcome<()> {
        let touched = (sql::TOUCHED_INSERT_POSTGRES, self.touched);
        let spread = (sql::SPREAD_INSERT_POSTGRES, self.spread);
        for (text, (stream_ids, order_nos)) in [touched, spread] {
            if !order_nos.is_empty() {
                let query = sqlx::query(text).bind(stream_ids).bind(order_nos);
                query.execute(&mut *conn).await.doing(doing)?;
            }
        }
        if self.confirmed.is_empty() {
            return Ok(());
        }
        let (mut stream_ids, mut order_nos, mut moments) = (Vec::new(), Vec::new(), Vec::new());
        for ((stream_id, order_no), at) in self.confirmed {
            stream_ids.push(stream_id);
            order_nos.push(order_no);
            moments.push(at.epoch_seconds());
        }
        let query = sqlx::query(sql::CONFIRMED_UPSERT_POSTGRES)
            .bind(stream_ids)
            .bind(order_nos)
            .bind(moments);
        query.execute(&mut *conn).await.doing(doing).map(|_| ())
    }
}

//! What the two sides' words have in common for the routine that writes them, [`super::bulk`].

use super::copy::Rows;
use super::{Outcome, Row};
use crate::ledger::rows::{self, Stored};
use crate::ledger::sql;
use crate::ledger::streams::Streams;
use crate::ledger::word::{Place, Word};
use crate::order::Order;
use crate::reading::Reading;

/// The statements that write a side's words.
pub(super) struct Texts {
    /// `…_staged_create.sql`: on one machine.
    pub(super) create: &'static str,
    /// `…_staged_clear.sql`: on several.
    pub(super) clear: &'static str,
    /// `…_staged_copy.sql`.
    pub(super) copy: &'static str,
    /// Counts of the staged rows, for the server's planning.
    pub(super) analyze: &'static str,
    /// Counts of the side's rows; passed over by the server for a role that does not own them.
    pub(super) analyze_all: &'static str,
    /// `…_staged_withdraw.sql`.
    pub(super) withdraw: &'static str,
    /// `…_probe.sql`.
    pub(super) probe: &'static str,
    /// `…_staged_first.sql`.
    pub(super) first: &'static str,
    /// `touched_insert_….sql`.
    pub(super) touch: &'static str,
    /// `spread_insert_….sql`.
    pub(super) spread: &'static str,
    /// `…_staged_also.sql`, where what each file says is kept.
    pub(super) also: &'static str,
    /// `…_staged_same.sql`.
    pub(super) same: &'static str,
    /// `…_staged_touch.sql`.
    pub(super) touch_changed: &'static str,
    /// `…_staged_spread.sql`.
    pub(super) spread_changed: &'static str,
    /// `…_staged_replace.sql`.
    pub(super) replace: &'static str,
    /// `…_staged_add.sql`.
    pub(super) add: &'static str,
    /// `…_staged_dates.sql`.
    pub(super) dates: &'static str,
    /// `…_by_key.sql`.
    pub(super) by_key: &'static str,
}

/// How the words of one side are written and read. `withdraw` of words that have an interface takes it last.
pub(super) trait WordTable: Word {
    /// The statements.
    const TEXTS: Texts;

    /// Writes it as a current row.
    fn encode(&self, rows: &mut Rows, place: Place);

    /// Reads a row of `…_by_key.sql`.
    fn from_row(row: &Row, streams: &Streams) -> Outcome<Stored<Self>>;
}

impl WordTable for Order {
    const TEXTS: Texts = Texts {
        create: sql::MERCHANT_ORDER_STAGED_CREATE,
        clear: sql::MERCHANT_ORDER_STAGED_CLEAR,
        copy: sql::MERCHANT_ORDER_STAGED_COPY,
        analyze: "ANALYZE staged_order",
        analyze_all: "ANALYZE merchant_order",
        withdraw: sql::MERCHANT_ORDER_STAGED_WITHDRAW,
        probe: sql::MERCHANT_ORDER_PROBE,
        first: sql::MERCHANT_ORDER_STAGED_FIRST,
        touch: sql::TOUCHED_INSERT_ORDERS,
        spread: sql::SPREAD_INSERT_ORDERS,
        also: sql::MERCHANT_ORDER_STAGED_ALSO,
        same: sql::MERCHANT_ORDER_STAGED_SAME,
        touch_changed: sql::MERCHANT_ORDER_STAGED_TOUCH,
        spread_changed: sql::MERCHANT_ORDER_STAGED_SPREAD,
        replace: sql::MERCHANT_ORDER_STAGED_REPLACE,
        add: sql::MERCHANT_ORDER_STAGED_ADD,
        dates: sql::MERCHANT_ORDER_STAGED_DATES,
        by_key: sql::MERCHANT_ORDER_BY_KEY,
    };

    fn encode(&self, rows: &mut Rows, place: Place) {
        rows.row(17);
        rows.date(self.business_date);
        rows.int4(place.stream_id);
        rows.text(&self.key.order_no);
        rows.int2(self.occurrence);
        rows.int4(place.version);
        rows.int2(1);
        rows.int2(self.status.number());
        rows.int8(self.amount.minor);
        rows.text(self.amount.currency.as_str());
        rows.int8_or_null(self.fee_minor);
        rows.time(self.created_at);
        rows.time(self.paid_at);
        rows.text_or_null(&self.provider_order_no);
        rows.text_or_null(&self.original_order_no);
        rows.int8(self.line);
        rows.int8(place.owner);
        rows.text_or_null(&self.product);
    }

    fn from_row(row: &Row, streams: &Streams) -> Outcome<Stored<Self>> {
        rows::order(row, streams)
    }
}

impl WordTable for Reading {
    const TEXTS: Texts = Texts {
        create: sql::READING_STAGED_CREATE,
        clear: sql::READING_STAGED_CLEAR,
        copy: sql::READING_STAGED_COPY,
        analyze: "ANALYZE staged_reading",
        analyze_all: "ANALYZE reading",
        withdraw: sql::READING_STAGED_WITHDRAW,
        probe: sql::READING_PROBE,
        first: sql::READING_STAGED_FIRST,
        touch: sql::TOUCHED_INSERT_READINGS,
        spread: sql::SPREAD_INSERT_READINGS,
        also: sql::READING_STAGED_ALSO,
        same: sql::READING_STAGED_SAME,
        touch_changed: sql::READING_STAGED_TOUCH,
        spread_changed: sql::READING_STAGED_SPREAD,
        replace: sql::READING_STAGED_REPLACE,
        add: sql::READING_STAGED_ADD,
        dates: sql::READING_STAGED_DATES,
        by_key: sql::READING_BY_KEY,
    };

    fn encode(&self, rows: &mut Rows, place: Place) {
        rows.row(21);
        rows.date(self.business_date);
        rows.int4(place.stream_id);
        rows.text(&self.key.order_no);
        rows.int2(self.source.number());
        rows.text(&self.facts.provider_order_no);
        rows.int2(self.occurrence);
        rows.int4(place.version);
        rows.int2(1);
        rows.int2(self.facts.status.number());
        rows.text_or_null(&self.facts.status_code);
        let amount = self.facts.amount;
        rows.int8_or_null(amount.map(|amount| amount.minor));
        rows.text_or_null(amount.as_ref().map_or("", |amount| amount.currency.as_str()));
        rows.int8_or_null(self.facts.fee_minor);
        rows.time(self.facts.paid_at);
        rows.text_or_null(&self.interface);
        rows.int2(self.assurance.number());
        rows.int8(self.evidence);
        rows.int8(self.observed_at.epoch_seconds());
        rows.int8_or_null(self.facts.withheld_minor);
        rows.text_or_null(&self.original_order_no);
        rows.text_or_null(&self.facts.way);
    }

    fn from_row(row: &Row, streams: &Streams) -> Outcome<Stored<Self>> {
        rows::reading(row, streams)
    }
}

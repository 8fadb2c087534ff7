//! What the two sides' words have in common for the routine that writes them, [`super::bulk`].

use super::copy::Rows;
use crate::business_day::BusinessDate;
use crate::ledger::rows::{self, Stored};
use crate::ledger::sql;
use crate::ledger::streams::Streams;
use crate::order::{Order, OrderKey};
use crate::reading::{Reading, Source};

use super::Outcome;
use sqlx::postgres::PgRow;

/// What a word is about, within its stream: order number, source, provider order number, occurrence.
/// The ledger has one current word about it. Its order is that of the primary key.
pub(super) type Identity<'a> = (&'a str, i16, &'a str, i16);

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
    /// `…_by_key_postgres.sql`.
    pub(super) by_key: &'static str,
}

/// Where a word goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Its stream's number.
    pub(super) stream_id: i64,
    /// Its version.
    pub(super) version: i64,
    /// Which put it belongs to.
    pub(super) owner: i64,
}

/// A row of one side, as it was said.
pub(super) trait Word: Clone + Send + Sync + 'static {
    /// The statements.
    const TEXTS: Texts;
    /// Whether rows are told apart by the interface that they came over: `withdraw` takes it last.
    const HAS_INTERFACE: bool;

    /// Its pair.
    fn key(&self) -> &OrderKey;

    /// Its date.
    fn date(&self) -> BusinessDate;

    /// What it is about.
    fn identity(&self) -> Identity<'_>;

    /// Writes it as a current row.
    fn encode(&self, rows: &mut Rows, place: Place);

    /// Reads a row of `…_by_key_postgres.sql`.
    fn from_row(row: &PgRow, streams: &Streams) -> Outcome<Stored<Self>>;
}

impl Word for Order {
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
        by_key: sql::MERCHANT_ORDER_BY_KEY_POSTGRES,
    };
    const HAS_INTERFACE: bool = false;

    fn key(&self) -> &OrderKey {
        &self.key
    }

    fn date(&self) -> BusinessDate {
        self.business_date
    }

    fn identity(&self) -> Identity<'_> {
        (&self.key.order_no, 0, "", self.occurrence)
    }

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

    fn from_row(row: &PgRow, streams: &Streams) -> Outcome<Stored<Self>> {
        rows::order(row, streams)
    }
}

impl Word for Reading {
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
        by_key: sql::READING_BY_KEY_POSTGRES,
    };
    const HAS_INTERFACE: bool = true;

    fn key(&self) -> &OrderKey {
        &self.key
    }

    fn date(&self) -> BusinessDate {
        self.business_date
    }

    fn identity(&self) -> Identity<'_> {
        let source = self.source.number();
        match self.source {
            Source::Listing | Source::Statement => {
                (&self.key.order_no, source, &self.said.provider_order_no, self.occurrence)
            }
            // One answer per order, whatever number and date it gives.
            Source::Query | Source::Notification => (&self.key.order_no, source, "", 0),
        }
    }

    fn encode(&self, rows: &mut Rows, place: Place) {
        rows.row(21);
        rows.date(self.business_date);
        rows.int4(place.stream_id);
        rows.text(&self.key.order_no);
        rows.int2(self.source.number());
        rows.text(&self.said.provider_order_no);
        rows.int2(self.occurrence);
        rows.int4(place.version);
        rows.int2(1);
        rows.int2(self.said.status.number());
        rows.text_or_null(&self.said.status_code);
        let amount = self.said.amount;
        rows.int8_or_null(amount.map(|amount| amount.minor));
        rows.text_or_null(amount.as_ref().map_or("", |amount| amount.currency.as_str()));
        rows.int8_or_null(self.said.fee_minor);
        rows.time(self.said.paid_at);
        rows.text_or_null(&self.interface);
        rows.int2(self.assurance.number());
        rows.int8(self.evidence);
        rows.int8(self.observed_at.epoch_seconds());
        rows.int8_or_null(self.said.withheld_minor);
        rows.text_or_null(&self.original_order_no);
        rows.text_or_null(&self.said.way);
    }

    fn from_row(row: &PgRow, streams: &Streams) -> Outcome<Stored<Self>> {
        rows::reading(row, streams)
    }
}

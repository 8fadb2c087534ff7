//! What the two sides' words have in common for the one routine that writes them, [`super::bulk`].

use super::bind::Binder;
use super::first_words::Values;
use super::packed::Packed;
use super::{Outcome, Row};
use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::rows::{self, Stored};
use crate::ledger::sql;
use crate::ledger::streams::Streams;
use crate::ledger::word::{Place, Word};
use crate::money::Money;
use crate::order::{Order, OrderKey, Stream};
use crate::reading::{Assurance, Facts, Reading, Source};
use crate::status::{MerchantStatus, ProviderStatus};

/// The statements that write a side's words.
pub(super) struct Texts {
    /// `…_probe.sql`.
    pub(super) probe: &'static str,
    /// `…_insert.sql`.
    pub(super) insert: &'static str,
    /// `…_page.sql`.
    pub(super) page: &'static str,
    /// `…_by_key.sql`.
    pub(super) by_key: &'static str,
    /// `…_retire.sql`.
    pub(super) retire: &'static str,
    /// `…_overrule.sql`: as `retire`, of what another file still says.
    pub(super) overrule: &'static str,
    /// `…_retire_after.sql`.
    pub(super) retire_after: &'static str,
    /// `touched_insert_after….sql`: notes as touched what `retire_after` is about to retire.
    pub(super) touch_after: &'static str,
}

/// How the words of one side are written and read. Of words that have an interface `…_page.sql` takes their
/// source last, and `retire_after` and `touch_after` their interface.
pub(super) trait WordTable: Word {
    /// The statements.
    const TEXTS: Texts;
    /// Values of one row in `…_insert.sql`.
    const COLUMNS: usize;

    /// The values of a row of `…_insert.sql`.
    fn values<'a>(&'a self, row: &mut Values<'a>, place: Place);

    /// Binds a row of `…_retire.sql`.
    fn bind_identity(
        &self,
        row: &mut Binder,
        stream_id: i64,
        version: i64,
    ) -> Result<(), sqlx::Error>;

    /// Binds the place in `…_page.sql` after which to go on: after every row of an order number, or
    /// after one row.
    fn bind_after(row: &mut Binder, after: After<'_, Self>) -> Result<(), sqlx::Error>;

    /// Reads a row of `…_by_key.sql`.
    fn from_row(row: &Row, streams: &Streams) -> Outcome<Stored<Self>>;

    /// Reads a row of `…_page.sql`.
    fn unpack(page: &mut Packed<'_>, stream: &Stream, date: BusinessDate) -> Outcome<Stored<Self>>;
}

/// Where a page begins.
pub(super) enum After<'a, W> {
    /// After every row of this order number.
    OrderNo(&'a str),
    /// After this row.
    Row(&'a Stored<W>),
}

/// Greater than every occurrence and version.
const BEYOND: i64 = i64::MAX;

impl WordTable for Order {
    const TEXTS: Texts = Texts {
        probe: sql::MERCHANT_ORDER_PROBE,
        insert: sql::MERCHANT_ORDER_INSERT,
        page: sql::MERCHANT_ORDER_PAGE,
        by_key: sql::MERCHANT_ORDER_BY_KEY,
        retire: sql::MERCHANT_ORDER_RETIRE,
        overrule: sql::MERCHANT_ORDER_OVERRULE,
        retire_after: sql::MERCHANT_ORDER_RETIRE_AFTER,
        touch_after: sql::TOUCHED_INSERT_AFTER,
    };
    const COLUMNS: usize = 16;

    fn values<'a>(&'a self, row: &mut Values<'a>, place: Place) {
        row.date(self.business_date);
        row.int(place.stream_id);
        row.text(&self.key.order_no);
        row.int(self.occurrence);
        row.int(place.version);
        row.int(self.status.number());
        row.int(self.amount.minor);
        row.common_text(self.amount.currency.as_str());
        row.int_or_null(self.fee_minor);
        row.time(self.created_at);
        row.time(self.paid_at);
        row.text_or_null(&self.provider_order_no);
        row.text_or_null(&self.original_order_no);
        row.int(self.line);
        row.int(place.owner);
        row.text_or_null(&self.product);
    }

    fn bind_identity(
        &self,
        row: &mut Binder,
        stream_id: i64,
        version: i64,
    ) -> Result<(), sqlx::Error> {
        row.date(self.business_date)?;
        row.int(stream_id)?;
        row.text(&self.key.order_no)?;
        row.int(self.occurrence)?;
        row.int(version)
    }

    fn bind_after(row: &mut Binder, after: After<'_, Self>) -> Result<(), sqlx::Error> {
        let (order_no, occurrence, version) = match after {
            After::OrderNo(order_no) => (order_no, BEYOND, BEYOND),
            After::Row(Stored { word, version, .. }) => {
                (&*word.key.order_no, i64::from(word.occurrence), *version)
            }
        };
        row.text(order_no)?;
        row.int(occurrence)?;
        row.int(version)
    }

    fn from_row(row: &Row, streams: &Streams) -> Outcome<Stored<Self>> {
        rows::order(row, streams)
    }

    fn unpack(page: &mut Packed<'_>, stream: &Stream, date: BusinessDate) -> Outcome<Stored<Self>> {
        let order_no = page.length()?;
        let occurrence = rows::small("an occurrence", page.int()?)?;
        let version = page.int()?;
        let status = rows::listed("a merchant status", page.int()?, MerchantStatus::from_number)?;
        let minor = page.int()?;
        let fee_minor = page.int_or_none()?;
        let created_at = page.int_or_none()?.map(Timestamp::from_epoch_seconds);
        let paid_at = page.int_or_none()?.map(Timestamp::from_epoch_seconds);
        let provider_order_no = page.length()?;
        let original_order_no = page.length()?;
        let product = page.length()?;
        let owner = page.int()?;
        let order_no = page.text(order_no)?.to_owned();
        let currency = rows::currency(page.text(3)?)?;
        let word = Self {
            key: OrderKey { stream: stream.clone(), order_no },
            occurrence,
            business_date: date,
            provider_order_no: page.text(provider_order_no)?.to_owned(),
            original_order_no: page.text(original_order_no)?.to_owned(),
            amount: Money { minor, currency },
            status,
            created_at,
            paid_at,
            fee_minor,
            product: page.text(product)?.to_owned(),
            line: 0,
        };
        Ok(Stored { word, version, is_current: true, owner })
    }
}

impl WordTable for Reading {
    const TEXTS: Texts = Texts {
        probe: sql::READING_PROBE,
        insert: sql::READING_INSERT,
        page: sql::READING_PAGE,
        by_key: sql::READING_BY_KEY,
        retire: sql::READING_RETIRE,
        overrule: sql::READING_OVERRULE,
        retire_after: sql::READING_RETIRE_AFTER,
        touch_after: sql::TOUCHED_INSERT_AFTER_READINGS,
    };
    const COLUMNS: usize = 20;

    fn values<'a>(&'a self, row: &mut Values<'a>, place: Place) {
        row.date(self.business_date);
        row.int(place.stream_id);
        row.text(&self.key.order_no);
        row.int(self.source.number());
        row.text(&self.facts.provider_order_no);
        row.int(self.occurrence);
        row.int(place.version);
        row.int(self.facts.status.number());
        row.common_text(&self.facts.status_code);
        let amount = self.facts.amount.as_ref();
        row.int_or_null(amount.map(|amount| amount.minor));
        row.common_text(amount.map_or("", |amount| amount.currency.as_str()));
        row.int_or_null(self.facts.fee_minor);
        row.time(self.facts.paid_at);
        row.common_text(&self.interface);
        row.int(self.assurance.number());
        row.int(self.evidence);
        row.int(self.observed_at.epoch_seconds());
        row.int_or_null(self.facts.withheld_minor);
        row.text_or_null(&self.original_order_no);
        row.text_or_null(&self.facts.way);
    }

    fn bind_identity(
        &self,
        row: &mut Binder,
        stream_id: i64,
        version: i64,
    ) -> Result<(), sqlx::Error> {
        row.date(self.business_date)?;
        row.int(stream_id)?;
        row.text(&self.key.order_no)?;
        row.int(self.source.number())?;
        row.text(&self.facts.provider_order_no)?;
        row.int(self.occurrence)?;
        row.int(version)
    }

    fn bind_after(row: &mut Binder, after: After<'_, Self>) -> Result<(), sqlx::Error> {
        let (order_no, source, provider_order_no, occurrence, version) = match after {
            After::OrderNo(order_no) => (order_no, BEYOND, "", BEYOND, BEYOND),
            After::Row(Stored { word, version, .. }) => (
                &*word.key.order_no,
                i64::from(word.source.number()),
                &*word.facts.provider_order_no,
                i64::from(word.occurrence),
                *version,
            ),
        };
        row.text(order_no)?;
        row.int(source)?;
        row.text(provider_order_no)?;
        row.int(occurrence)?;
        row.int(version)
    }

    fn from_row(row: &Row, streams: &Streams) -> Outcome<Stored<Self>> {
        rows::reading(row, streams)
    }

    fn unpack(page: &mut Packed<'_>, stream: &Stream, date: BusinessDate) -> Outcome<Stored<Self>> {
        let order_no = page.length()?;
        let provider_order_no = page.length()?;
        let owner = page.int()?;
        let occurrence = rows::small("an occurrence", page.int()?)?;
        let version = page.int()?;
        let status = rows::listed("a provider status", page.int()?, ProviderStatus::from_number)?;
        let status_code = page.length()?;
        let minor = page.int_or_none()?;
        let currency = page.length()?;
        let fee_minor = page.int_or_none()?;
        let paid_at = page.int_or_none()?.map(Timestamp::from_epoch_seconds);
        let interface = page.length()?;
        let original_order_no = page.length()?;
        let way = page.length()?;
        let withheld_minor = page.int_or_none()?;
        let assurance = rows::listed("an assurance", page.int()?, Assurance::from_number)?;
        let order_no = page.text(order_no)?.to_owned();
        let facts = Facts {
            order_no: order_no.clone(),
            provider_order_no: page.text(provider_order_no)?.to_owned(),
            status,
            status_code: page.text(status_code)?.to_owned(),
            amount: rows::money(minor, page.text(currency)?)?,
            fee_minor,
            paid_at,
            withheld_minor,
            way: String::new(),
        };
        let interface = page.text(interface)?.to_owned();
        let original_order_no = page.text(original_order_no)?.to_owned();
        let facts = Facts { way: page.text(way)?.to_owned(), ..facts };
        let word = Self {
            key: OrderKey { stream: stream.clone(), order_no },
            business_date: date,
            source: rows::listed("a source", owner, Source::from_number)?,
            occurrence,
            facts,
            interface,
            assurance,
            evidence: 0,
            observed_at: Timestamp::from_epoch_seconds(0),
            original_order_no,
        };
        Ok(Stored { word, version, is_current: true, owner })
    }
}

/// The values of `…_insert.sql` for some words, each with its place.
pub(super) fn values<'a, W: WordTable>(
    words: impl ExactSizeIterator<Item = (&'a W, Place)>,
) -> Values<'a> {
    let mut values = Values::with_capacity(words.len().saturating_mul(W::COLUMNS));
    for (word, place) in words {
        word.values(&mut values, place);
    }
    values
}

//! One row of the file: values in, an order or the first thing wrong with it out.

use std::borrow::Cow;
use std::io::BufRead;

use serde::{Deserialize, Serialize};

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::{Encoding, OrderSettings};
use crate::intake::cell;
use crate::intake::orders::OrdersRequest;
use crate::intake::orders::header::{Layout, Place};
use crate::intake::orders::lanes::{Found, Lanes};
use crate::intake::records::Records;
use crate::intake::time::Times;
use crate::money::Money;
use crate::order::{Origin, Rejection, RejectionReason};
use crate::sorter::SortKey;
use crate::status::{Kind, MerchantStatus};

/// Seconds by which a time may be later than the import: clocks differ, and so do zones.
const AHEAD_SECONDS_MAX: i64 = 24 * 60 * 60;

/// Ways to name a stream that are remembered.
const KNOWN_LANES_MAX: usize = 64;

/// An order as it is sorted: without what follows from the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredOrder {
    /// Number of the stream in [`Lanes`].
    pub(super) lane: u16,
    pub(super) line: i64,
    pub(super) words: Words,
}

/// What the row says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Words {
    pub(super) order_no: String,
    pub(super) provider_order_no: String,
    pub(super) original_order_no: String,
    pub(super) amount: Money,
    pub(super) status: MerchantStatus,
    pub(super) created_at: Option<Timestamp>,
    pub(super) paid_at: Option<Timestamp>,
    pub(super) fee_minor: Option<i64>,
}

impl StoredOrder {
    /// Stream, then order number; rows with both equal stay in the order of their lines.
    pub(super) fn sort_key(&self, key: &mut SortKey) {
        key.small(self.lane);
        key.text(&self.words.order_no);
    }

    pub(super) fn has_key_of(&self, other: &Self) -> bool {
        self.lane == other.lane && self.words.order_no == other.words.order_no
    }

    /// Whether this row says the very same, on whatever line.
    pub(super) fn says(&self, other: &Self) -> bool {
        self.lane == other.lane && self.words == other.words
    }
}

/// Reads rows of one file.
pub(super) struct RowReader<'a> {
    source: &'a str,
    settings: &'a OrderSettings,
    layout: &'a Layout,
    lanes: &'a Lanes,
    encoding: Encoding,
    times: Times,
    latest: Timestamp,
    /// Account, kind and product as they stand in the file, and the stream that they name.
    known_lanes: Vec<([Vec<u8>; 3], u16)>,
}

/// The first thing wrong with a row.
struct Wrong {
    column: String,
    value: String,
    reason: RejectionReason,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(
        request: &OrdersRequest<'a>,
        layout: &'a Layout,
        lanes: &'a Lanes,
        encoding: Encoding,
    ) -> Self {
        Self {
            source: request.name,
            settings: request.settings,
            layout,
            lanes,
            encoding,
            times: Times::new(request.business_day),
            latest: request.now.plus_seconds(AHEAD_SECONDS_MAX),
            known_lanes: Vec::new(),
        }
    }

    /// Reads the current record. Its columns are looked at in the order of the contract, and the
    /// first that cannot be read is the one that the rejection names.
    pub(super) fn read<R: BufRead>(
        &mut self,
        records: &Records<R>,
    ) -> Result<StoredOrder, Box<Rejection>> {
        self.read_words(records).map_err(|wrong| Box::new(self.refused(records, wrong)))
    }

    /// A rejection of the current record, with what of it can be read.
    fn refused<R: BufRead>(&mut self, records: &Records<R>, wrong: Wrong) -> Rejection {
        let layout = self.layout;
        let account = self.text(records, &layout.account).unwrap_or_default();
        let account = if self.lanes.has_account(&account) { &*account } else { "" };
        let kind = self.value(records, &layout.kind, kind).ok();
        let product = self.find_lane(records).ok().and_then(|number| self.lanes.stream(number));
        let order_no = self.value(records, &layout.order_no, cell::order_number);
        let amount = self.amount(records);
        Rejection {
            column: wrong.column,
            value: wrong.value,
            order_no: order_no.unwrap_or_default(),
            account: account.to_owned(),
            kind,
            product: product.map_or_else(String::new, |stream| stream.product.clone()),
            amount: amount.ok(),
            business_date: self.date(records),
            ..Rejection::whole(Origin::Orders, self.source, records.line(), wrong.reason)
        }
    }

    /// The day of `paid_at`, else of `created_at`. A time of payment that is there and cannot be read
    /// leaves the day open.
    fn date<R: BufRead>(&mut self, records: &Records<R>) -> Option<BusinessDate> {
        let layout = self.layout;
        let paid_at = self.time(records, &layout.paid_at).ok()?;
        let moment = match paid_at {
            Some(paid_at) => paid_at,
            None => self.time(records, &layout.created_at).ok().flatten()?,
        };
        Some(self.times.date_of(moment))
    }

    /// A rejection of the current record as a whole. Its values may be anything, so none is shown.
    pub(super) fn refused_whole<R: BufRead>(
        &self,
        records: &Records<R>,
        reason: RejectionReason,
    ) -> Rejection {
        Rejection::whole(Origin::Orders, self.source, records.line(), reason)
    }

    fn read_words<R: BufRead>(&mut self, records: &Records<R>) -> Result<StoredOrder, Wrong> {
        let layout = self.layout;
        let lane = self.lane(records)?;
        let order_no = self.value(records, &layout.order_no, cell::order_number)?;
        let optional_number = |value: &str| {
            if value.is_empty() { Ok(String::new()) } else { cell::order_number(value) }
        };
        let provider_order_no = self.value(records, &layout.provider_order_no, optional_number)?;
        let original_order_no = self.value(records, &layout.original_order_no, optional_number)?;
        let amount = self.amount(records)?;
        let status = self.value(records, &layout.status, |value| self.status(required(value)?))?;
        let created_at = self.time(records, &layout.created_at)?;
        let paid_at = self.time(records, &layout.paid_at)?;
        if created_at.is_none() && paid_at.is_none() {
            let place =
                if layout.paid_at.at.is_some() { &layout.paid_at } else { &layout.created_at };
            return Err(Wrong {
                column: place.name.clone(),
                value: String::new(),
                reason: RejectionReason::NoDate,
            });
        }
        let fee_minor = self.value(records, &layout.fee, |value| {
            let (unit, currency) = (self.settings.amount_unit, amount.currency);
            if value.is_empty() { Ok(None) } else { cell::amount(value, unit, currency).map(Some) }
        })?;
        let words = Words {
            order_no,
            provider_order_no,
            original_order_no,
            amount,
            status,
            created_at,
            paid_at,
            fee_minor,
        };
        Ok(StoredOrder { lane, line: records.line(), words })
    }

    fn amount<R: BufRead>(&self, records: &Records<R>) -> Result<Money, Wrong> {
        let unit = self.settings.amount_unit;
        // The decimals of an amount are those of its currency.
        let currency = self.value(records, &self.layout.currency, cell::currency);
        let known = currency.as_ref().copied().unwrap_or_default();
        let minor = self.value(records, &self.layout.amount, |value| {
            let minor = cell::amount(required(value)?, unit, known)?;
            if minor < 0 { Err(RejectionReason::Negative) } else { Ok(minor) }
        })?;
        Ok(Money { minor, currency: currency? })
    }

    /// The stream that account, kind and product name. Few such triples make up a whole file, so
    /// those that were understood are remembered as they stand there.
    fn lane<R: BufRead>(&mut self, records: &Records<R>) -> Result<u16, Wrong> {
        let Layout { account, kind, product, .. } = self.layout;
        let triple = [account, kind, product].map(|place| bytes_of(records, place));
        let is_same = |known: &&([Vec<u8>; 3], u16)| {
            known.0.iter().zip(triple).all(|(known, bytes)| cell::is_same(known, bytes))
        };
        if let Some((_, number)) = self.known_lanes.iter().find(is_same) {
            return Ok(*number);
        }
        let number = self.find_lane(records)?;
        if self.known_lanes.len() < KNOWN_LANES_MAX {
            self.known_lanes.push((triple.map(<[u8]>::to_vec), number));
        }
        Ok(number)
    }

    fn find_lane<R: BufRead>(&self, records: &Records<R>) -> Result<u16, Wrong> {
        let (layout, lanes) = (self.layout, self.lanes);
        let account = self.text(records, &layout.account)?;
        self.value(records, &layout.account, |account| {
            let is_known = lanes.has_account(required(account)?);
            is_known.then_some(()).ok_or(RejectionReason::UnknownAccount)
        })?;
        let kind = self.value(records, &layout.kind, |word| {
            let kind = kind(word)?;
            // Where there is nothing of that kind, it is not the product that is wrong.
            match lanes.find(&account, kind, "") {
                Found::NoSuchKind => Err(RejectionReason::UnknownProduct),
                Found::NoSuchProduct | Found::Stream(_) => Ok(kind),
            }
        })?;
        self.value(records, &layout.product, |product| match lanes.find(&account, kind, product) {
            Found::Stream(number) => Ok(number),
            Found::NoSuchKind | Found::NoSuchProduct => Err(RejectionReason::UnknownProduct),
        })
    }

    fn status(&self, word: &str) -> Result<MerchantStatus, RejectionReason> {
        let theirs = &self.settings.statuses;
        if let Some(status) = theirs.get(word) {
            return Ok(*status);
        }
        let theirs = theirs.iter().map(|(word, status)| (word.as_str(), *status));
        let ours = MerchantStatus::ALL.iter().map(|status| (status.code(), *status));
        theirs
            .chain(ours)
            .find(|(known, _)| cell::clean(known).eq_ignore_ascii_case(word))
            .map(|(_, status)| status)
            .ok_or(RejectionReason::UnknownWord)
    }

    fn time<R: BufRead>(
        &mut self,
        records: &Records<R>,
        place: &Place,
    ) -> Result<Option<Timestamp>, Wrong> {
        let text = self.text(records, place)?;
        if text.is_empty() || cell::is_zero_date(&text) {
            return Ok(None);
        }
        let reason = match self.times.read(&text) {
            Some(moment) if moment > self.latest => RejectionReason::InTheFuture,
            Some(moment) => return Ok(Some(moment)),
            None => Times::problem(&text),
        };
        Err(self.wrong(records, place, reason))
    }

    /// Reads the value of a column.
    fn value<R: BufRead, T>(
        &self,
        records: &Records<R>,
        place: &Place,
        read: impl FnOnce(&str) -> Result<T, RejectionReason>,
    ) -> Result<T, Wrong> {
        let text = self.text(records, place)?;
        read(&text).map_err(|reason| self.wrong(records, place, reason))
    }

    /// The cleaned text of a column; empty where the file has no such column.
    fn text<'r, R: BufRead>(
        &self,
        records: &'r Records<R>,
        place: &Place,
    ) -> Result<Cow<'r, str>, Wrong> {
        match cell::decode(bytes_of(records, place), self.encoding) {
            Some(Cow::Borrowed(text)) => Ok(Cow::Borrowed(cell::clean(text))),
            Some(Cow::Owned(text)) => Ok(Cow::Owned(cell::clean(&text).to_owned())),
            None => Err(self.wrong(records, place, RejectionReason::NotText)),
        }
    }

    fn wrong<R: BufRead>(
        &self,
        records: &Records<R>,
        place: &Place,
        reason: RejectionReason,
    ) -> Wrong {
        let value = cell::shown(&cell::decode_lossy(bytes_of(records, place), self.encoding));
        Wrong { column: place.name.clone(), value, reason }
    }
}

fn bytes_of<'r, R: BufRead>(records: &'r Records<R>, place: &Place) -> &'r [u8] {
    place.at.map_or(&[], |at| records.value(at))
}

/// The kind that a word says.
fn kind(word: &str) -> Result<Kind, RejectionReason> {
    let word = required(word)?;
    let known = Kind::ALL.iter().find(|kind| kind.code().eq_ignore_ascii_case(word));
    known.copied().ok_or(RejectionReason::UnknownWord)
}

fn required(value: &str) -> Result<&str, RejectionReason> {
    if value.is_empty() { Err(RejectionReason::Missing) } else { Ok(value) }
}

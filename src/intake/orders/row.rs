//! One row of the file: values in, an order or the first thing wrong with it out.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::{OrderSettings, Sign};
use crate::intake::cell;
use crate::intake::header::Place;
use crate::intake::orders::OrdersRequest;
use crate::intake::orders::header::{Layout, Moment};
use crate::intake::orders::lanes::{Found, Lanes};
use crate::intake::rows::Rows;
use crate::intake::table::place_of;
use crate::intake::time::Times;
use crate::intake::totals::{Figures, exact_fee};
use crate::money::{Currency, Money};
use crate::order::{Origin, Rejection, RejectionReason};
use crate::sorter::SortKey;
use crate::status::{Kind, MerchantStatus};
use crate::text;
use crate::text::folded;

/// Seconds by which a time may be later than the import: clocks differ, and so do zones.
const AHEAD_SECONDS_MAX: i64 = 24 * 60 * 60;

/// Characters that are kept of a word for the way of paying.
const PRODUCT_CHARS_MAX: usize = 64;

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
    /// The shop's own word for the way of paying; empty where the platform's products are known.
    pub(super) product: String,
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

    /// The merchant's number, the provider's and that of the refunded payment; the latter may be empty.
    pub(super) fn numbers(&self) -> [&str; 3] {
        let Words { order_no, provider_order_no, original_order_no, .. } = &self.words;
        [order_no, provider_order_no, original_order_no]
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
    times: Times,
    latest: Timestamp,
    kinds: Vec<(String, Kind)>,
    statuses: Vec<(String, MerchantStatus)>,
    /// Account, kind and product as they stand in the file, whether a minus says that it is a refund, and
    /// the stream that they name.
    known_lanes: Vec<([Vec<u8>; 3], bool, u16)>,
    /// Statuses as they stand in the file.
    known_statuses: Vec<(Vec<u8>, MerchantStatus)>,
}

/// The first thing wrong with a row.
pub(super) struct Wrong {
    column: String,
    value: String,
    reason: RejectionReason,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(request: &OrdersRequest<'a>, layout: &'a Layout, lanes: &'a Lanes) -> Self {
        let settings = request.settings;
        let kinds = settings.kinds.iter().map(|(word, kind)| (folded(word), *kind));
        let statuses = settings.statuses.iter().map(|(word, status)| (folded(word), *status));
        let own_kinds = Kind::ALL.iter().map(|kind| (kind.code().to_owned(), *kind));
        let own_statuses = MerchantStatus::ALL.iter().map(|it| (it.code().to_owned(), *it));
        Self {
            source: request.name,
            settings,
            layout,
            lanes,
            times: match layout.timezone {
                Some(timezone) => Times::of_zone(request.business_day, timezone),
                None => Times::new(request.business_day),
            },
            latest: request.now.plus_seconds(AHEAD_SECONDS_MAX),
            kinds: kinds.chain(own_kinds).collect(),
            statuses: statuses.chain(own_statuses).collect(),
            known_lanes: Vec::new(),
            known_statuses: Vec::new(),
        }
    }

    /// Reads the current row. Its columns are looked at in the order of the contract, and the first
    /// that cannot be read is the one that is named.
    pub(super) fn read(&mut self, rows: &Rows) -> Result<StoredOrder, Wrong> {
        let layout = self.layout;
        let lane = self.lane(rows)?;
        let order_no = read_as(rows, &layout.order_no, cell::order_number)?;
        let provider_order_no = read_as(rows, &layout.provider_order_no, cell::optional_number)?;
        let original_order_no = read_as(rows, &layout.original_order_no, cell::optional_number)?;
        let amount = self.amount(rows)?;
        let status = self.status(rows)?;
        let created_at = self.time(rows, &layout.created_at)?;
        let paid_at = self.time(rows, &layout.paid_at)?;
        if created_at.is_none() && paid_at.is_none() {
            let Moment { date: place, .. } =
                if layout.paid_at.date.at.is_some() { &layout.paid_at } else { &layout.created_at };
            let (column, value) = (place.name.clone(), String::new());
            return Err(Wrong { column, value, reason: RejectionReason::NoDate });
        }
        let fee_minor = read_as(rows, &layout.fee, |value| {
            let (unit, currency) = (self.settings.amount_unit, amount.currency);
            let value = cell::optional(value);
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
            product: self.way(rows, lane),
        };
        Ok(StoredOrder { lane, line: rows.line(), words })
    }

    /// The shop's own word for the way of paying, where the platform has no products. It only chooses a rule
    /// that names it, so no word is refused.
    fn way(&self, rows: &Rows, lane: u16) -> String {
        if self.lanes.stream(lane).is_none_or(|stream| !stream.product.is_empty()) {
            return String::new();
        }
        let place = self.layout.product.at;
        let of_all = self.settings.of_all.product.as_deref().filter(|_| place.is_none());
        let stated = rows.value(place).unwrap_or_default();
        text::shown(of_all.unwrap_or_else(|| cell::optional(&stated)), PRODUCT_CHARS_MAX)
    }

    /// A rejection of the current row, with what of it can be read.
    pub(super) fn rejection(&mut self, rows: &Rows, wrong: Wrong) -> Rejection {
        let layout = self.layout;
        let account = self.account(rows).unwrap_or_default();
        let account = if self.lanes.has_account(&account) { &*account } else { "" };
        let kind = self.kind(rows).ok();
        let product = self.find_lane(rows).ok().and_then(|number| self.lanes.stream(number));
        let order_no = read_as(rows, &layout.order_no, cell::order_number);
        let amount = self.amount(rows);
        Rejection {
            column: wrong.column,
            value: wrong.value,
            order_no: order_no.unwrap_or_default(),
            account: account.to_owned(),
            kind,
            product: product.map_or_else(String::new, |stream| stream.product.clone()),
            amount: amount.ok(),
            business_date: self.date(rows),
            ..self.refused_whole(rows, wrong.reason)
        }
    }

    /// A rejection of the current row as a whole. Its values may be anything, so none is shown.
    pub(super) fn refused_whole(&self, rows: &Rows, reason: RejectionReason) -> Rejection {
        Rejection::whole(Origin::Orders, &rows.source(self.source), rows.line(), reason)
    }

    /// Whether a row that cannot be read is one all the same, and neither a total nor a title: it has
    /// an amount and a time, or one of them and an order's number.
    pub(super) fn is_data(&mut self, rows: &Rows) -> bool {
        let layout = self.layout;
        let has_amount = matches!(self.figure(rows, &layout.amount), CellOfMoney::Is(_));
        let has_time = [&layout.created_at, &layout.paid_at]
            .into_iter()
            .any(|place| matches!(self.time(rows, place), Ok(Some(_))));
        let number = rows.value(layout.order_no.at).unwrap_or_default();
        let is_number = number.is_ascii()
            && number.bytes().any(|byte| byte.is_ascii_digit())
            && cell::order_number(&number).is_ok();
        (has_amount && has_time) || (is_number && (has_amount || has_time))
    }

    /// The cells that totals add up, as they are written.
    pub(super) fn figures(&self, rows: &Rows) -> Figures {
        let figure = |place: &Place| match self.figure(rows, place) {
            CellOfMoney::Is(minor) => Some(minor),
            CellOfMoney::Empty => Some(0),
            CellOfMoney::Unreadable => None,
        };
        Figures {
            amount: figure(&self.layout.amount),
            refund_amount: Some(0),
            fee: figure(&self.layout.fee).and_then(exact_fee),
        }
    }

    /// A cell of money.
    fn figure(&self, rows: &Rows, place: &Place) -> CellOfMoney {
        let Ok(text) = rows.value(place.at) else { return CellOfMoney::Unreadable };
        let text = cell::optional(&text);
        if text.is_empty() {
            return CellOfMoney::Empty;
        }
        let read = cell::amount(text, self.settings.amount_unit, self.currency(rows));
        read.map_or(CellOfMoney::Unreadable, CellOfMoney::Is)
    }

    /// What the amounts of a row are of; one that cannot be read is refused elsewhere.
    pub(super) fn currency(&self, rows: &Rows) -> Currency {
        self.stated_currency(rows).unwrap_or_default()
    }

    /// The day of `paid_at`, else of `created_at`. A time of payment that is there and cannot be read
    /// leaves the day open.
    fn date(&mut self, rows: &Rows) -> Option<BusinessDate> {
        let layout = self.layout;
        let paid_at = self.time(rows, &layout.paid_at).ok()?;
        let moment = match paid_at {
            Some(paid_at) => paid_at,
            None => self.time(rows, &layout.created_at).ok().flatten()?,
        };
        Some(self.times.date_of(moment))
    }

    fn amount(&self, rows: &Rows) -> Result<Money, Wrong> {
        // The decimals of an amount are those of its currency.
        let currency = self.stated_currency(rows);
        let known = currency.as_ref().copied().unwrap_or_default();
        let is_refund =
            self.settings.refunds == Sign::Negative && matches!(self.kind(rows), Ok(Kind::Refund));
        let minor = read_as(rows, &self.layout.amount, |value| {
            let minor = cell::amount(required(value)?, self.settings.amount_unit, known)?;
            match (is_refund, minor) {
                (false, ..0) => Err(RejectionReason::Negative),
                (true, 1..) => Err(RejectionReason::WrongSign),
                (true, minor) => minor.checked_neg().ok_or(RejectionReason::TooLarge),
                (false, minor) => Ok(minor),
            }
        })?;
        Ok(Money { minor, currency: currency? })
    }

    fn stated_currency(&self, rows: &Rows) -> Result<Currency, Wrong> {
        let of_all = self.settings.of_all.currency;
        read_as(rows, &self.layout.currency, |value| match (cell::optional(value), of_all) {
            ("", Some(currency)) => Ok(currency),
            (value, _) => cell::currency(value),
        })
    }

    /// The stream that account, kind and product name. Few such triples make up a whole file, so
    /// those that were understood are remembered as they stand there.
    fn lane(&mut self, rows: &Rows) -> Result<u16, Wrong> {
        let Layout { account, kind, product, .. } = self.layout;
        let triple = [account, kind, product].map(|place| rows.raw(place.at));
        let is_turned = self.is_turned(rows);
        let is_same = |known: &&([Vec<u8>; 3], bool, u16)| {
            known.1 == is_turned
                && known.0.iter().zip(triple).all(|(known, bytes)| cell::is_same(known, bytes))
        };
        if let Some((.., number)) = self.known_lanes.iter().find(is_same) {
            return Ok(*number);
        }
        let number = self.find_lane(rows)?;
        if self.known_lanes.len() < KNOWN_LANES_MAX {
            self.known_lanes.push((triple.map(<[u8]>::to_vec), is_turned, number));
        }
        Ok(number)
    }

    fn find_lane(&self, rows: &Rows) -> Result<u16, Wrong> {
        let (layout, lanes) = (self.layout, self.lanes);
        let account = self.account(rows)?;
        read_as(rows, &layout.account, |_| {
            let is_known = lanes.has_account(required(&account)?);
            is_known.then_some(()).ok_or(RejectionReason::UnknownAccount)
        })?;
        let kind = self.kind(rows)?;
        // Where there is nothing of that kind, it is not the product that is wrong.
        if matches!(lanes.find(&account, kind, ""), Found::NoSuchKind) {
            return Err(wrong(rows, &layout.kind, RejectionReason::UnknownProduct));
        }
        let of_all =
            self.settings.of_all.product.as_deref().filter(|_| layout.product.at.is_none());
        read_as(rows, &layout.product, |product| {
            match lanes.find(&account, kind, of_all.unwrap_or_else(|| cell::optional(product))) {
                Found::Stream(number) => Ok(number),
                Found::NoSuchKind | Found::NoSuchProduct => Err(RejectionReason::UnknownProduct),
            }
        })
    }

    /// The account that a row names, else the one of all rows.
    fn account<'r>(&'r self, rows: &'r Rows) -> Result<Cow<'r, str>, Wrong> {
        match &self.settings.of_all.account {
            Some(account) if self.layout.account.at.is_none() => Ok(Cow::Borrowed(account)),
            Some(_) | None => cleaned(rows, &self.layout.account),
        }
    }

    /// The kind that a row names, else the one of all rows.
    fn kind(&self, rows: &Rows) -> Result<Kind, Wrong> {
        match self.settings.of_all.kind {
            Some(_) if self.layout.kind.at.is_none() && self.is_turned(rows) => Ok(Kind::Refund),
            Some(kind) if self.layout.kind.at.is_none() => Ok(kind),
            Some(_) | None => read_as(rows, &self.layout.kind, |word| {
                let word = folded(required(cell::optional(word))?);
                let at = place_of(self.kinds.iter().map(|(known, _)| Some(known.as_str())), &word);
                let known = at.and_then(|at| self.kinds.get(at));
                known.map(|(_, kind)| *kind).ok_or(RejectionReason::UnknownWord)
            }),
        }
    }

    /// Whether nothing but its minus says that a row is a refund: in a file of payments in which refunds
    /// have one.
    fn is_turned(&self, rows: &Rows) -> bool {
        let settings = self.settings;
        self.layout.kind.at.is_none()
            && settings.of_all.kind == Some(Kind::Payment)
            && settings.refunds == Sign::Negative
            && matches!(self.figure(rows, &self.layout.amount), CellOfMoney::Is(..0))
    }

    /// The status that a row names. Few words make up a whole file, so those that were understood are
    /// remembered as they stand there.
    fn status(&mut self, rows: &Rows) -> Result<MerchantStatus, Wrong> {
        let place = &self.layout.status;
        let raw = rows.raw(place.at);
        if let Some((_, status)) = self.known_statuses.iter().find(|(known, _)| *known == raw) {
            return Ok(*status);
        }
        let status = read_as(rows, place, |word| {
            let word = folded(cell::optional(word));
            let at = place_of(self.statuses.iter().map(|(known, _)| Some(known.as_str())), &word);
            match at.and_then(|at| self.statuses.get(at)) {
                Some((_, status)) => Ok(*status),
                None if word.is_empty() => Err(RejectionReason::Missing),
                None => Err(RejectionReason::UnknownWord),
            }
        })?;
        if self.known_statuses.len() < KNOWN_LANES_MAX {
            self.known_statuses.push((raw.to_vec(), status));
        }
        Ok(status)
    }

    fn time(&mut self, rows: &Rows, place: &Moment) -> Result<Option<Timestamp>, Wrong> {
        let Moment { date: place, clock } = place;
        let text = cleaned(rows, place)?;
        let date = cell::optional(&text);
        if date.is_empty() || cell::is_zero_date(date) {
            return Ok(None);
        }
        let read = if clock.at.is_none() {
            self.times.read(date)
        } else {
            let clock = cleaned(rows, clock)?;
            self.times.read_two(date, cell::optional(&clock))
        };
        match read {
            Some(moment) if moment > self.latest => {
                Err(wrong(rows, place, RejectionReason::InTheFuture))
            }
            Some(moment) => Ok(Some(moment)),
            None if clock.at.is_some() && self.times.read(date).is_some() => {
                Err(wrong(rows, clock, RejectionReason::NotATime))
            }
            None => Err(wrong(rows, place, Times::problem(date))),
        }
    }
}

/// What a cell of money has, in the smallest unit.
enum CellOfMoney {
    Unreadable,
    Empty,
    Is(i64),
}

/// Reads the value of a column.
fn read_as<T>(
    rows: &Rows,
    place: &Place,
    read: impl FnOnce(&str) -> Result<T, RejectionReason>,
) -> Result<T, Wrong> {
    let text = cleaned(rows, place)?;
    read(&text).map_err(|reason| wrong(rows, place, reason))
}

/// The cleaned text of a column; empty where the file has no such column.
fn cleaned<'r>(rows: &'r Rows, place: &Place) -> Result<Cow<'r, str>, Wrong> {
    rows.value(place.at).map_err(|reason| wrong(rows, place, reason))
}

fn wrong(rows: &Rows, place: &Place, reason: RejectionReason) -> Wrong {
    Wrong { column: place.name.clone(), value: cell::shown(&rows.lossy(place.at)), reason }
}

fn required(value: &str) -> Result<&str, RejectionReason> {
    if value.is_empty() { Err(RejectionReason::Missing) } else { Ok(value) }
}

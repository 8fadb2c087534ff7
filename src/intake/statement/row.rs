//! One row of a bill: values in, an order, a movement or the first thing wrong with it out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::{RowKind, Sign};
use crate::intake::cell;
use crate::intake::header::Place;
use crate::intake::long_numbers::LongNumbers;
use crate::intake::movements::{self, AHEAD_SECONDS_MAX};
use crate::intake::rows::Rows;
use crate::intake::statement::StatementRequest;
use crate::intake::statement::header::Layout;
use crate::intake::statement::words::{Class, Words, places};
use crate::intake::time::Times;
use crate::intake::totals::Figures;
use crate::money::{Currency, Money};
use crate::movement::{Movement, MovementKind};
use crate::order::{Origin, Rejection, RejectionReason};
use crate::sorter::SortKey;
use crate::status::ProviderStatus;

/// Ways to name kind, product and status that are remembered.
const KNOWN_CLASSES_MAX: usize = 64;

/// A row as it is sorted: without what follows from the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredRow {
    /// Number of the stream in [`Words::streams`].
    pub(super) lane: u16,
    pub(super) order_no: String,
    pub(super) provider_order_no: String,
    /// Number of the status in [`Words::status`].
    pub(super) status: u16,
    pub(super) amount: Money,
    pub(super) fee_minor: Option<i64>,
    pub(super) paid_at: Option<Timestamp>,
}

impl StoredRow {
    /// Stream, order number, provider order number.
    pub(super) fn sort_key(&self, key: &mut SortKey) {
        key.small(self.lane);
        key.text(&self.order_no);
        key.text(&self.provider_order_no);
    }
}

/// What a row turned out to be.
pub(super) enum Read {
    Order(StoredRow),
    Movement(Movement),
    Ignored,
}

/// A row that was read.
pub(super) struct Row {
    pub(super) figures: Figures,
    /// What it is, where that can be read.
    pub(super) kind: Option<RowKind>,
    pub(super) read: Result<Read, Wrong>,
}

/// The first thing wrong with a row.
pub(super) struct Wrong {
    column: String,
    value: String,
    reason: RejectionReason,
}

/// An amount as it stands in a cell; `None` where the cell is empty.
type Amount = Result<Option<i64>, RejectionReason>;

/// Reads rows of one file.
pub(super) struct RowReader<'a> {
    request: &'a StatementRequest<'a>,
    layout: &'a Layout,
    words: &'a Words<'a>,
    times: Times,
    latest: Timestamp,
    /// Kind, product and status as they stand in the file, and what they mean.
    known: Vec<([Vec<u8>; 3], Class)>,
    /// The streams and the business dates of the orders so far.
    pub(super) seen: BTreeSet<u16>,
    pub(super) dates: BTreeSet<BusinessDate>,
    last: Option<(u16, BusinessDate)>,
    /// The business dates of orders and movements.
    pub(super) all_dates: BTreeSet<BusinessDate>,
    /// The numbers of the orders, and those that the provider gave them.
    pub(super) numbers: LongNumbers,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(
        request: &'a StatementRequest<'a>,
        layout: &'a Layout,
        words: &'a Words<'a>,
    ) -> Self {
        Self {
            request,
            layout,
            words,
            times: match layout.timezone {
                Some(timezone) => Times::of_zone(request.business_day, timezone),
                None => Times::new(request.business_day),
            },
            latest: request.now.plus_seconds(AHEAD_SECONDS_MAX),
            known: Vec::new(),
            seen: BTreeSet::new(),
            dates: BTreeSet::new(),
            last: None,
            all_dates: BTreeSet::new(),
            numbers: LongNumbers::default(),
        }
    }

    /// Reads the current row; the first column that cannot be read is the one that is named.
    pub(super) fn read(&mut self, rows: &Rows) -> Row {
        let (amount, refund_amount, fee) = {
            let layout = self.layout;
            let read = |place: &Place| self.amount(rows, place);
            (read(&layout.amount), read(&layout.refund_amount), read(&layout.fee))
        };
        let figure = |amount: &Amount| amount.as_ref().ok().map(|found| found.unwrap_or(0));
        let figures = Figures {
            amount: figure(&amount),
            refund_amount: figure(&refund_amount),
            fee: figure(&fee),
        };
        let class = match self.class(rows) {
            Ok(class) => class,
            Err(wrong) => {
                let kind = rows.value(self.layout.kind.at).ok();
                let kind = kind.and_then(|cell| self.words.kind(&cell).ok());
                return Row { figures, kind, read: Err(wrong) };
            }
        };
        let (amount, place) = match self.money(class.kind, amount, refund_amount) {
            Ok((amount, place)) => (Ok(amount), place),
            Err((reason, place)) => (Err(wrong(rows, place, reason)), place),
        };
        let read = match (class.lane, movement_kind(class.kind)) {
            (Some(lane), _) => self.order(rows, class, lane, (amount, place), fee).map(Read::Order),
            (None, Some(kind)) => self.movement(rows, class, kind, (amount, place)),
            (None, None) => Ok(Read::Ignored),
        };
        Row { figures, kind: Some(class.kind), read }
    }

    /// A rejection of the current row.
    pub(super) fn rejection(&self, rows: &Rows, wrong: Wrong) -> Rejection {
        let order_no = rows.value(self.layout.order_no.at).ok();
        let order_no = order_no.and_then(|cell| cell::order_number(&cell).ok());
        Rejection {
            column: wrong.column,
            value: wrong.value,
            order_no: order_no.unwrap_or_default(),
            ..self.refused_whole(rows, wrong.reason)
        }
    }

    /// A rejection of the current row as a whole. Its values may be anything, so none is shown.
    pub(super) fn refused_whole(&self, rows: &Rows, reason: RejectionReason) -> Rejection {
        Rejection {
            account: self.request.account.to_owned(),
            ..Rejection::whole(
                Origin::Statement,
                &rows.source(self.request.name),
                rows.line(),
                reason,
            )
        }
    }

    /// Whether a row that cannot be read is one all the same, and neither a total nor a title: it has
    /// an amount and a time, or one of them and an order's number.
    pub(super) fn is_data(&mut self, rows: &Rows) -> bool {
        let (has_amount, has_time) = self.figures_of(rows);
        let number = rows.value(self.layout.order_no.at).unwrap_or_default();
        let is_number = number.is_ascii()
            && number.bytes().any(|byte| byte.is_ascii_digit())
            && cell::order_number(&number).is_ok();
        (has_amount && has_time) || (is_number && (has_amount || has_time))
    }

    /// As [`RowReader::is_data`], of a row above which stand labels that wait for their values: a number
    /// alone may be one of them.
    pub(super) fn is_dated(&mut self, rows: &Rows) -> bool {
        self.figures_of(rows) == (true, true)
    }

    /// Whether the row has an amount, and a time.
    fn figures_of(&mut self, rows: &Rows) -> (bool, bool) {
        let places = [&self.layout.amount, &self.layout.refund_amount];
        let has_amount = places.iter().any(|place| matches!(self.amount(rows, place), Ok(Some(_))));
        let time = rows.value(self.layout.paid_at.at).unwrap_or_default();
        (has_amount, self.times.read(&time).is_some())
    }

    /// Whether the current row has neither an order number nor an amount.
    pub(super) fn says_nothing(&self, rows: &Rows) -> bool {
        let places = [&self.layout.order_no, &self.layout.amount, &self.layout.refund_amount];
        places.iter().all(|place| rows.lossy(place.at).is_empty())
    }

    /// What the row's words mean. Few of them make up a whole file, so those that were understood are
    /// remembered as they stand there.
    fn class(&mut self, rows: &Rows) -> Result<Class, Wrong> {
        let places = places(self.layout);
        let raw = places.map(|place| rows.raw(place.at));
        let is_same = |known: &&([Vec<u8>; 3], Class)| {
            known.0.iter().zip(raw).all(|(known, bytes)| cell::is_same(known, bytes))
        };
        if let Some((_, class)) = self.known.iter().find(is_same) {
            return Ok(*class);
        }
        let text = |place: &Place| text(rows, place);
        let [kind, product, status] = places;
        let cells = [text(kind)?, text(product)?, text(status)?];
        let class = self.words.class([&cells[0], &cells[1], &cells[2]]);
        let class = class.map_err(|(at, reason)| match places.get(at) {
            Some(place) => wrong(rows, place, reason),
            None => wrong(rows, kind, reason),
        })?;
        if self.known.len() < KNOWN_CLASSES_MAX {
            self.known.push((raw.map(<[u8]>::to_vec), class));
        }
        Ok(class)
    }

    fn order(
        &mut self,
        rows: &Rows,
        class: Class,
        lane: u16,
        (amount, place): (Result<i64, Wrong>, &Place),
        fee: Amount,
    ) -> Result<StoredRow, Wrong> {
        let layout = self.layout;
        let is_refund = class.kind == RowKind::Refund;
        let (number, provider_number) = if is_refund && layout.refund_no.at.is_some() {
            (&layout.refund_no, &layout.provider_refund_no)
        } else if is_refund && layout.provider_refund_no.at.is_some() {
            (&layout.order_no, &layout.provider_refund_no)
        } else {
            (&layout.order_no, &layout.provider_order_no)
        };
        let order_no = value(rows, number, cell::order_number)?;
        let provider_order_no = value(rows, provider_number, cell::optional_number)?;
        let sign = if class.kind == RowKind::Payment {
            Sign::Positive
        } else {
            self.request.settings.outflows
        };
        let minor = of_sign(amount?, sign).map_err(|reason| wrong(rows, place, reason))?;
        let currency = value(rows, &layout.currency, currency)?;
        self.numbers.note(rows.line(), &number.name, &order_no);
        self.numbers.note(rows.line(), &provider_number.name, &provider_order_no);
        let fee = fee.and_then(|fee| self.charged(fee, is_refund));
        let fee_minor = fee.map_err(|reason| wrong(rows, &layout.fee, reason))?;
        let paid_at = self.time(rows)?;
        let status = self.words.status(class.status);
        let is_open = matches!(status, Some(ProviderStatus::Pending | ProviderStatus::Failed));
        if paid_at.is_none() && !is_open {
            return Err(wrong(rows, &layout.paid_at, RejectionReason::Missing));
        }
        self.note(lane, paid_at);
        Ok(StoredRow {
            lane,
            order_no,
            provider_order_no,
            status: class.status,
            amount: Money { minor, currency },
            fee_minor,
            paid_at,
        })
    }

    fn movement(
        &mut self,
        rows: &Rows,
        class: Class,
        kind: MovementKind,
        (amount, place): (Result<i64, Wrong>, &Place),
    ) -> Result<Read, Wrong> {
        let status = self.words.status(class.status);
        if status != Some(ProviderStatus::Succeeded) {
            // No money moved, or it came back.
            return Ok(Read::Ignored);
        }
        let layout = self.layout;
        let minor = amount?;
        let too_large = || wrong(rows, place, RejectionReason::TooLarge);
        let minor = match (kind, self.request.settings.outflows) {
            // A shortfall that the provider takes back has the other sign.
            (MovementKind::Settlement, Sign::Negative) => {
                minor.checked_neg().ok_or_else(too_large)?
            }
            (MovementKind::TopUp, _) if minor < 0 => {
                return Err(wrong(rows, place, RejectionReason::Negative));
            }
            _ => minor,
        };
        let currency = value(rows, &layout.currency, currency)?;
        let Some(occurred_at) = self.time(rows)? else {
            return Err(wrong(rows, &layout.paid_at, RejectionReason::Missing));
        };
        let (mut product, mut settlement_date) = (String::new(), None);
        if kind == MovementKind::Settlement {
            let words = self.words;
            let is_ours = |cell: &str| words.product(cell).map(str::to_owned);
            product = value(rows, &layout.product, is_ours)?;
            let text = text(rows, &layout.settlement_date)?;
            let text = cell::optional(&text);
            let date = movements::settled_on(&mut self.times, text, occurred_at)
                .map_err(|reason| wrong(rows, &layout.settlement_date, reason))?;
            settlement_date = Some(date);
        }
        self.all_dates.insert(self.times.date_of(occurred_at));
        Ok(Read::Movement(Movement {
            account: self.request.account.to_owned(),
            occurred_at,
            kind,
            product,
            settlement_date,
            money: Money { minor, currency },
            name: said(rows, &layout.name)?,
            note: said(rows, &layout.note)?,
        }))
    }

    /// The fee, positive where it is charged. What is given back with a refund has the other sign.
    fn charged(&self, fee: Option<i64>, is_refund: bool) -> Amount {
        let Some(fee) = fee else { return Ok(None) };
        let sign = self.request.settings.fees;
        match (is_refund, sign) {
            (true, Sign::Positive) => Ok(Some(fee)),
            (true, Sign::Negative) => fee.checked_neg().map(Some).ok_or(RejectionReason::TooLarge),
            (false, sign) => of_sign(fee, sign).map(Some),
        }
    }

    fn time(&mut self, rows: &Rows) -> Result<Option<Timestamp>, Wrong> {
        let place = &self.layout.paid_at;
        let text = text(rows, place)?;
        let date = cell::optional(&text);
        if date.is_empty() || cell::is_zero_date(date) {
            return Ok(None);
        }
        let clock = self::text(rows, &self.layout.clock)?;
        match self.times.read_two(date, cell::optional(&clock)) {
            Some(moment) if moment > self.latest => {
                Err(wrong(rows, place, RejectionReason::InTheFuture))
            }
            Some(moment) => Ok(Some(moment)),
            None if self.times.read(date).is_some() => {
                Err(wrong(rows, &self.layout.clock, RejectionReason::NotATime))
            }
            None => Err(wrong(rows, place, Times::problem(date))),
        }
    }

    /// The money of a row of this kind, as it stands in its cell, and that cell's column: `amount`; of a
    /// refund `refund_amount`, where the file has that column. Two columns of money, one for each
    /// direction, have a value in one of them only, and that has to be the one of the row's kind.
    fn money(
        &self,
        kind: RowKind,
        amount: Amount,
        refund_amount: Amount,
    ) -> Result<(i64, &'a Place), (RejectionReason, &'a Place)> {
        let layout = self.layout;
        let (into, out) = (&layout.amount, &layout.refund_amount);
        let has_value =
            |amount: &Amount| amount.as_ref().is_ok_and(|it| it.is_some_and(|it| it != 0));
        let needed = |amount: Amount, place: &'a Place| {
            let amount = amount.and_then(|found| found.ok_or(RejectionReason::Missing));
            amount.map(|minor| (minor, place)).map_err(|reason| (reason, place))
        };
        if out.at.is_none() || kind == RowKind::Ignored {
            return needed(amount, into);
        }
        let (is_in, is_out) = (has_value(&amount), has_value(&refund_amount));
        // A cell that cannot be read is in neither direction for certain.
        let is_read = amount.is_ok() && refund_amount.is_ok();
        let contradicts = is_read && is_in && is_out;
        let outflows = self.request.settings.outflows;
        match kind {
            RowKind::Refund if layout.is_pair && contradicts => {
                Err((RejectionReason::WrongSign, into))
            }
            RowKind::Refund if is_read && is_in && !is_out => {
                Err((RejectionReason::WrongSign, into))
            }
            RowKind::Refund => needed(refund_amount, out),
            RowKind::Payment | RowKind::TopUp if is_read && !is_in && is_out => {
                Err((RejectionReason::WrongSign, out))
            }
            _ if contradicts && (layout.is_pair || kind != RowKind::Payment) => {
                Err((RejectionReason::WrongSign, out))
            }
            RowKind::Payment | RowKind::TopUp => needed(amount, into),
            RowKind::Payout | RowKind::Settlement if is_read && is_out => {
                needed(refund_amount, out)
            }
            RowKind::Payout if layout.is_pair && is_read && is_in => {
                Err((RejectionReason::WrongSign, into))
            }
            // What the provider takes back.
            RowKind::Settlement if layout.is_pair && is_read && outflows == Sign::Positive => {
                let (minor, place) = needed(amount, into)?;
                minor
                    .checked_neg()
                    .map(|minor| (minor, place))
                    .ok_or((RejectionReason::TooLarge, place))
            }
            RowKind::Adjustment if is_read && is_out => {
                let (minor, place) = needed(refund_amount, out)?;
                let minor = of_sign(minor, outflows).map_err(|reason| (reason, place))?;
                minor
                    .checked_neg()
                    .map(|minor| (minor, place))
                    .ok_or((RejectionReason::TooLarge, place))
            }
            RowKind::Payout | RowKind::Settlement | RowKind::Adjustment | RowKind::Ignored => {
                needed(if is_read { amount } else { amount.and(refund_amount) }, into)
            }
        }
    }

    /// Remembers stream and date of an order.
    fn note(&mut self, lane: u16, paid_at: Option<Timestamp>) {
        let date = paid_at.map_or(self.request.business_date, |at| self.times.date_of(at));
        if self.last != Some((lane, date)) {
            self.seen.insert(lane);
            self.dates.insert(date);
            self.all_dates.insert(date);
            self.last = Some((lane, date));
        }
    }

    fn amount(&self, rows: &Rows, place: &Place) -> Amount {
        let text = rows.value(place.at)?;
        let text = cell::optional(&text);
        if text.is_empty() {
            return Ok(None);
        }
        cell::amount(text, self.request.settings.amount_unit, self.currency(rows)).map(Some)
    }

    /// What the amounts of a row are of; one that cannot be read is refused elsewhere.
    pub(super) fn currency(&self, rows: &Rows) -> Currency {
        value(rows, &self.layout.currency, currency).unwrap_or_default()
    }
}

/// A figure that has to have this sign, as a positive one.
fn of_sign(minor: i64, sign: Sign) -> Result<i64, RejectionReason> {
    match sign {
        Sign::Positive if minor < 0 => Err(RejectionReason::Negative),
        Sign::Positive => Ok(minor),
        Sign::Negative if minor > 0 => Err(RejectionReason::WrongSign),
        Sign::Negative => minor.checked_neg().ok_or(RejectionReason::TooLarge),
    }
}

fn currency(value: &str) -> Result<Currency, RejectionReason> {
    cell::currency(cell::optional(value))
}

const fn movement_kind(kind: RowKind) -> Option<MovementKind> {
    match kind {
        RowKind::Settlement => Some(MovementKind::Settlement),
        RowKind::TopUp => Some(MovementKind::TopUp),
        RowKind::Adjustment => Some(MovementKind::Adjustment),
        RowKind::Payment | RowKind::Payout | RowKind::Refund | RowKind::Ignored => None,
    }
}

/// Words for people; they may be a person's name, so that a refused one is not shown.
fn said(rows: &Rows, place: &Place) -> Result<String, Wrong> {
    let hidden = |reason| Wrong { column: place.name.clone(), value: String::new(), reason };
    let text = rows.value(place.at).map_err(hidden)?;
    movements::words(cell::optional(&text)).map_err(hidden)
}

/// Reads the value of a column.
fn value<T>(
    rows: &Rows,
    place: &Place,
    read: impl FnOnce(&str) -> Result<T, RejectionReason>,
) -> Result<T, Wrong> {
    let text = text(rows, place)?;
    read(&text).map_err(|reason| wrong(rows, place, reason))
}

/// The cleaned text of a column; empty where the file has no such column.
fn text<'r>(rows: &'r Rows, place: &Place) -> Result<Cow<'r, str>, Wrong> {
    rows.value(place.at).map_err(|reason| wrong(rows, place, reason))
}

fn wrong(rows: &Rows, place: &Place, reason: RejectionReason) -> Wrong {
    Wrong { column: place.name.clone(), value: cell::shown(&rows.lossy(place.at)), reason }
}

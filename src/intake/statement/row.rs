//! One row of a bill: values in, an order, a movement or the first thing wrong with it out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::{Direction, RowKind, Sign};
use crate::intake::cell;
use crate::intake::header::Place;
use crate::intake::long_numbers::LongNumbers;
use crate::intake::movements::{self, AHEAD_SECONDS_MAX};
use crate::intake::rows::Rows;
use crate::intake::statement::StatementRequest;
use crate::intake::statement::header::Layout;
use crate::intake::statement::when::Dated;
use crate::intake::statement::words::{Class, Words, places};
use crate::intake::time::Times;
use crate::intake::totals::Figures;
use crate::money::{Currency, Money};
use crate::movement::{Movement, MovementKind};
use crate::order::{Origin, Rejection, RejectionReason};
use crate::sorter::SortKey;
use crate::status::{Kind, ProviderStatus};
use crate::text::folded;

mod movement;
mod numbers;

use numbers::{RowNumbers, provider_number_of};

pub(super) use numbers::is_no_number;

/// Ways to name kind, product and status that are remembered.
const KNOWN_CLASSES_MAX: usize = 64;

/// Characters of a way of paying that are kept.
const WAY_CHARS_MAX: usize = 60;

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
    /// The payment that a refund gives back, where the row names both; else empty.
    pub(super) original_order_no: String,
    /// The way of paying in the platform's word; else empty.
    pub(super) way: String,
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
    /// A movement, and the one that its fee is.
    Movement(Movement, Option<Movement>),
    /// The fee of an order whose own row is another one.
    OrderFee(OrderFee),
    Ignored,
    /// Another merchant's, of a bill that is made for several.
    OfAnother,
}

/// The fee of an order in a row of its own.
pub(super) struct OrderFee {
    /// The order's stream, number and transaction: it is charged for payments and given back with refunds.
    pub(super) lane: u16,
    pub(super) order_no: String,
    pub(super) provider_order_no: String,
    /// Positive where it is charged.
    pub(super) fee_minor: i64,
    /// What it is kept as where its order is in another file.
    pub(super) movement: Movement,
}

/// A row that was read.
pub(super) struct Row {
    pub(super) figures: Figures,
    /// What it is, where that can be read.
    pub(super) kind: Option<RowKind>,
    /// By how much it changes the balance, and what that is after it, where the file says both.
    pub(super) balance: Option<(i64, i64)>,
    /// The batch that it is of, and its net amount, where these come to something.
    pub(super) batch: Option<(String, Money)>,
    pub(super) read: Result<Read, Wrong>,
}

/// The first thing wrong with a row.
pub(super) struct Wrong {
    column: String,
    value: String,
    pub(super) reason: RejectionReason,
}

/// An amount as it stands in a cell; `None` where the cell is empty.
pub(super) type Amount = Result<Option<i64>, RejectionReason>;

/// Reads rows of one file.
pub(super) struct RowReader<'a> {
    pub(super) request: &'a StatementRequest<'a>,
    pub(super) layout: &'a Layout,
    words: &'a Words<'a>,
    pub(super) times: Times,
    /// Times of the zones that rows have named.
    pub(super) zones: Vec<(Tz, Times)>,
    pub(super) latest: Timestamp,
    /// Kind, product, status and direction as they stand in the file, and what they mean.
    known: Vec<([Vec<u8>; 4], Class)>,
    /// The streams and the business dates of the orders so far.
    pub(super) seen: BTreeSet<u16>,
    pub(super) dates: BTreeSet<BusinessDate>,
    last: Option<(u16, BusinessDate)>,
    /// The business dates of orders and movements.
    pub(super) all_dates: BTreeSet<BusinessDate>,
    /// The first and the last moment of all.
    pub(super) span: Option<(Timestamp, Timestamp)>,
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
            zones: Vec::new(),
            latest: request.now.plus_seconds(AHEAD_SECONDS_MAX),
            known: Vec::new(),
            seen: BTreeSet::new(),
            dates: BTreeSet::new(),
            last: None,
            all_dates: BTreeSet::new(),
            span: None,
            numbers: LongNumbers::default(),
        }
    }

    /// Reads the current row; the first column that cannot be read is the one that is named.
    pub(super) fn read(&mut self, rows: &Rows) -> Row {
        let row = self.read_row(rows);
        match (&row.read, self.batch(rows)) {
            (Ok(_), Ok(batch)) => Row { batch, ..row },
            (Ok(_), Err(wrong)) => Row { read: Err(wrong), ..row },
            (Err(_), _) => row,
        }
    }

    fn read_row(&mut self, rows: &Rows) -> Row {
        let layout = self.layout;
        let batch = None;
        let amount = self.amount(rows, &layout.amount);
        let refund_amount = self.amount(rows, &layout.refund_amount);
        let (fee, exact_fee) = self.fee(rows);
        let figure = |amount: &Amount| amount.as_ref().ok().map(|found| found.unwrap_or(0));
        let figures = Figures {
            amount: figure(&amount),
            refund_amount: figure(&refund_amount),
            fee: exact_fee,
        };
        let change = self.change(rows, &amount, &refund_amount).ok().flatten();
        let balance = change.zip(self.amount(rows, &layout.balance).ok().flatten());
        let class = match self.class(rows) {
            Ok(class) => class,
            Err(wrong) => {
                let kind = rows.value(self.layout.kind.at).ok();
                let direction = self.kinds_direction(rows).ok().flatten();
                let kind = kind.and_then(|cell| self.words.kind(&cell, direction).ok());
                return Row { figures, kind, balance, batch, read: Err(wrong) };
            }
        };
        if class.kind == RowKind::OrderFee {
            let read = self.order_fee(rows, change).map(Read::OrderFee);
            return Row { figures, kind: Some(class.kind), balance, batch, read };
        }
        let is_of_another = match self.is_of_another(rows) {
            Ok(is_of_another) => is_of_another,
            Err(wrong) => {
                return Row { figures, kind: Some(class.kind), balance, batch, read: Err(wrong) };
            }
        };
        if is_of_another {
            return Row {
                figures,
                kind: Some(class.kind),
                balance,
                batch,
                read: Ok(Read::OfAnother),
            };
        }
        if class.kind == RowKind::Bank {
            let place = &layout.amount;
            let minor = change.ok_or_else(|| wrong(rows, place, RejectionReason::NotANumber));
            let read = self.movement(rows, class, MovementKind::Bank, (minor, place));
            return Row { figures, kind: Some(class.kind), balance, batch, read };
        }
        let (amount, place) = match self.money(class.kind, amount, refund_amount) {
            Ok((amount, place)) => (Ok(amount), place),
            Err((reason, place)) => (Err(wrong(rows, place, reason)), place),
        };
        let read = match (class.lane, movement_kind(class.kind)) {
            (Some(lane), _) => self.order(rows, class, lane, (amount, place), fee).map(Read::Order),
            (None, Some(kind)) => self.movement(rows, class, kind, (amount, place)),
            (None, None) => Ok(Read::Ignored),
        };
        Row { figures, kind: Some(class.kind), balance, batch, read }
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
        let [kind, product, status] = places;
        let cells = [kind, product, status, &self.layout.direction];
        let raw = cells.map(|place| rows.raw(place.at));
        let is_same = |known: &&([Vec<u8>; 4], Class)| {
            known.0.iter().zip(raw).all(|(known, bytes)| cell::is_same(known, bytes))
        };
        if let Some((_, class)) = self.known.iter().find(is_same) {
            return Ok(*class);
        }
        let text = |place: &Place| text(rows, place);
        let cells = [text(kind)?, text(product)?, text(status)?];
        let direction = self.kinds_direction(rows)?;
        let class = self.words.class([&cells[0], &cells[1], &cells[2]], direction);
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
        let kind = class.kind.order_kind().unwrap_or(Kind::Payment);
        let is_refund = kind == Kind::Refund;
        let RowNumbers { order_no, number, provider_number, original_order_no } =
            self.numbers_of(rows, kind)?;
        let provider_order_no = value(rows, provider_number, provider_number_of)?;
        self.agrees_with_direction(rows, class.kind)?;
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
        let paid_at = self.time(rows, if is_refund { Dated::Refund } else { Dated::Payment })?;
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
            original_order_no,
            way: way(&text(rows, &layout.way)?),
        })
    }

    /// Whether the row is another merchant's than the account's, of a bill that is made for several. It is
    /// the sub-merchant's where it names one.
    fn is_of_another(&self, rows: &Rows) -> Result<bool, Wrong> {
        let own = self.request.merchant_no;
        let (merchant, sub) = (&self.layout.merchant_no, &self.layout.sub_merchant_no);
        if own.is_empty() || (merchant.at.is_none() && sub.at.is_none()) {
            return Ok(false);
        }
        let sub = text(rows, sub)?;
        if !is_no_number(&sub) {
            return Ok(*sub != *own);
        }
        let merchant = text(rows, merchant)?;
        Ok(!is_no_number(&merchant) && *merchant != *own)
    }

    /// Whether money came in or went out, by the word for it; `None` where the file has none.
    fn direction(&self, rows: &Rows) -> Result<Option<Direction>, Wrong> {
        let place = &self.layout.direction;
        if place.at.is_none() { Ok(None) } else { self.direction_at(rows, place).map(Some) }
    }

    /// What the word of a column of directions says.
    pub(super) fn direction_at(&self, rows: &Rows, place: &Place) -> Result<Direction, Wrong> {
        let word = folded(cell::optional(&text(rows, place)?));
        let mut known = self.request.settings.directions.iter();
        let found = known.find(|(theirs, _)| folded(theirs) == word).map(|(_, found)| *found);
        found
            .or_else(|| Direction::from_code(&word))
            .ok_or_else(|| wrong(rows, place, RejectionReason::UnknownWord))
    }

    /// As [`RowReader::direction`], where a row's kind depends on it.
    fn kinds_direction(&self, rows: &Rows) -> Result<Option<Direction>, Wrong> {
        if self.request.settings.directed_kinds.is_empty() {
            Ok(None)
        } else {
            self.direction(rows)
        }
    }

    /// Refuses an order whose money went the other way than its kind says.
    fn agrees_with_direction(&self, rows: &Rows, kind: RowKind) -> Result<(), Wrong> {
        let expected = if kind == RowKind::Payment { Direction::In } else { Direction::Out };
        match self.direction(rows)? {
            Some(found) if found != expected => {
                Err(wrong(rows, &self.layout.direction, RejectionReason::WrongSign))
            }
            Some(_) | None => Ok(()),
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
            at(place, amount.and_then(|found| found.ok_or(RejectionReason::Missing)))
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
                let (minor, place) = needed(refund_amount, out)?;
                at(
                    place,
                    if outflows == Sign::Either { of_sign(minor, outflows) } else { Ok(minor) },
                )
            }
            RowKind::Payout if layout.is_pair && is_read && is_in => {
                Err((RejectionReason::WrongSign, into))
            }
            // What the provider takes back.
            RowKind::Settlement if layout.is_pair && is_read && outflows != Sign::Negative => {
                let (minor, place) = needed(amount, into)?;
                at(place, negated(minor))
            }
            RowKind::Adjustment | RowKind::Fee | RowKind::Chargeback | RowKind::Reserve
                if is_read && is_out =>
            {
                let (minor, place) = needed(refund_amount, out)?;
                at(place, of_sign(minor, outflows).and_then(negated))
            }
            RowKind::Payout
            | RowKind::Settlement
            | RowKind::Adjustment
            | RowKind::Ignored
            | RowKind::Fee
            | RowKind::Chargeback
            | RowKind::Reserve
            | RowKind::OrderFee
            | RowKind::Bank => {
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

    /// What the amounts of a row are of; one that cannot be read is refused elsewhere.
    pub(super) fn currency(&self, rows: &Rows) -> Currency {
        value(rows, &self.layout.currency, currency).unwrap_or_default()
    }
}

/// A platform's word for the way of paying; a dash is none.
fn way(text: &str) -> String {
    let word = cell::optional(text).trim().chars().filter(|c| !crate::text::is_forbidden(*c));
    word.take(WAY_CHARS_MAX).collect()
}

/// A figure of a cell, with the cell's column.
fn at(
    place: &Place,
    minor: Result<i64, RejectionReason>,
) -> Result<(i64, &Place), (RejectionReason, &Place)> {
    minor.map(|minor| (minor, place)).map_err(|reason| (reason, place))
}

pub(super) fn negated(minor: i64) -> Result<i64, RejectionReason> {
    minor.checked_neg().ok_or(RejectionReason::TooLarge)
}

/// A figure that has to have this sign, as a positive one.
pub(super) fn of_sign(minor: i64, sign: Sign) -> Result<i64, RejectionReason> {
    match sign {
        Sign::Positive if minor < 0 => Err(RejectionReason::Negative),
        Sign::Positive => Ok(minor),
        Sign::Either => minor.checked_abs().ok_or(RejectionReason::TooLarge),
        Sign::Negative if minor > 0 => Err(RejectionReason::WrongSign),
        Sign::Negative => minor.checked_neg().ok_or(RejectionReason::TooLarge),
    }
}

pub(super) fn currency(value: &str) -> Result<Currency, RejectionReason> {
    cell::currency(cell::optional(value))
}

const fn movement_kind(kind: RowKind) -> Option<MovementKind> {
    match kind {
        RowKind::Settlement => Some(MovementKind::Settlement),
        RowKind::TopUp => Some(MovementKind::TopUp),
        RowKind::Adjustment => Some(MovementKind::Adjustment),
        RowKind::Fee => Some(MovementKind::Fee),
        RowKind::Chargeback => Some(MovementKind::Chargeback),
        RowKind::Reserve => Some(MovementKind::Reserve),
        RowKind::Bank => Some(MovementKind::Bank),
        RowKind::Payment
        | RowKind::Payout
        | RowKind::Refund
        | RowKind::Ignored
        | RowKind::OrderFee => None,
    }
}

/// Words for people; they may be a person's name, so that a refused one is not shown.
fn words_at(rows: &Rows, place: &Place) -> Result<String, Wrong> {
    let hidden = |reason| Wrong { column: place.name.clone(), value: String::new(), reason };
    let text = rows.value(place.at).map_err(hidden)?;
    movements::words(cell::optional(&text)).map_err(hidden)
}

/// Reads the value of a column.
pub(super) fn value<T>(
    rows: &Rows,
    place: &Place,
    read: impl FnOnce(&str) -> Result<T, RejectionReason>,
) -> Result<T, Wrong> {
    let text = text(rows, place)?;
    read(&text).map_err(|reason| wrong(rows, place, reason))
}

/// The cleaned text of a column; empty where the file has no such column.
pub(super) fn text<'r>(rows: &'r Rows, place: &Place) -> Result<Cow<'r, str>, Wrong> {
    rows.value(place.at).map_err(|reason| wrong(rows, place, reason))
}

pub(super) fn wrong(rows: &Rows, place: &Place, reason: RejectionReason) -> Wrong {
    Wrong { column: place.name.clone(), value: cell::shown(&rows.lossy(place.at)), reason }
}

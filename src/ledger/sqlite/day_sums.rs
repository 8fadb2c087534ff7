//! Adds up the money of days by one pass over each day's readings and orders, in the order of their numbers.
//!
//! The rules are those of `reading_sums.sql` and `merchant_order_sums.sql`, by which a server adds up: an order is
//! added up here where all its current readings lie under the day, all say that it succeeded, nothing that two of
//! them state differs, no fee was taken out of the amount, and none calls its settlement under way; every other
//! order with money is resolved.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use rusqlite::{Row, Rows, Statement};
use tokio::task::spawn_blocking;

use super::direct::{Snapshot, query, text_of};
use super::sums::READING;
use super::{Doing, Outcome, Store, broken_rows};
use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::failure::unknown;
use crate::ledger::rows::{self, Fields, Value};
use crate::ledger::{LedgerError, SumGroup, SumRequest, Summed, sql};
use crate::money::Currency;
use crate::order::{OrderKey, Stream};
use crate::reading::Source;
use crate::status::{MerchantStatus, ProviderStatus};

/// See [`crate::ledger::Ledger::sums`].
pub(super) async fn of(store: &Store, request: &SumRequest) -> Outcome<Summed> {
    let (path, request) = (store.path.clone(), request.clone());
    let summed = spawn_blocking(move || {
        let snapshot = Snapshot::open(&path, READING)?;
        let known = snapshot.streams(READING)?;
        let mut summed = Summed::default();
        for (stream, id) in known.iter().filter(|(stream, _)| stream.account == request.account) {
            let mut stream_sums = StreamSums::new(&snapshot, &request, (stream, id))?;
            for (date, only_back) in request.dates() {
                if only_back {
                    stream_sums.given_back(date, &mut summed)?;
                } else {
                    stream_sums.day(date, &mut summed)?;
                }
            }
        }
        Ok(summed)
    });
    summed.await.unwrap_or_else(|_| Err(broken_rows(READING, "the adding stopped")))
}

/// A stream, and the statements about it.
struct StreamSums<'s> {
    request: &'s SumRequest,
    stream: &'s Stream,
    id: i64,
    is_asked: bool,
    given_back: Statement<'s>,
    money: Statement<'s>,
    spread: Statement<'s>,
    orders: Statement<'s>,
    lookups: Lookups<'s>,
}

/// Questions about one order.
struct Lookups<'s> {
    earlier: Statement<'s>,
    stated: Statement<'s>,
    elsewhere: Statement<'s>,
}

/// What the current readings of an order that the day has none of come to.
enum Elsewhere {
    /// There is none: only the merchant tells of it.
    Nothing,
    /// None states a time, so that the merchant's dates their money.
    Undated,
    /// One states a time, and is dated there.
    Dated,
}

/// What the merchant states of an order: amount, currency and moment.
type Booked = (i64, Currency, Option<i64>);

impl Lookups<'_> {
    fn was_money(&mut self, id: i64, order_no: &str) -> Outcome<bool> {
        let values = [Value::Int(id), Value::Text(order_no.to_owned())];
        let mut found = query(&mut self.earlier, &values, READING)?;
        Ok(found.next().doing(READING)?.is_some())
    }

    fn elsewhere(&mut self, id: i64, order_no: &str) -> Outcome<Elsewhere> {
        let values = [Value::Int(id), Value::Text(order_no.to_owned())];
        let mut found = query(&mut self.elsewhere, &values, READING)?;
        let Some(row) = found.next().doing(READING)? else { return Ok(Elsewhere::Nothing) };
        Ok(match (row.int(0)?, row.int_or_none(1)?) {
            (0, _) => Elsewhere::Nothing,
            (_, None) => Elsewhere::Undated,
            (_, Some(_)) => Elsewhere::Dated,
        })
    }

    fn booked(&mut self, id: i64, date: BusinessDate, order_no: &str) -> Outcome<Option<Booked>> {
        let values = [Value::Int(id), date.into(), Value::Text(order_no.to_owned())];
        let mut found = query(&mut self.stated, &values, READING)?;
        let Some(row) = found.next().doing(READING)? else { return Ok(None) };
        Ok(Some((row.int(0)?, rows::currency(&row.text(1)?)?, row.int_or_none(2)?)))
    }
}

impl<'s> StreamSums<'s> {
    fn new(
        snapshot: &'s Snapshot,
        request: &'s SumRequest,
        (stream, id): (&'s Stream, i64),
    ) -> Outcome<Self> {
        let statement = |text| snapshot.statement(text, READING);
        Ok(Self {
            request,
            stream,
            id,
            is_asked: !request.unasked.contains(stream),
            given_back: statement(sql::READING_GIVEN_BACK)?,
            money: statement(sql::READING_MONEY)?,
            spread: statement(sql::SPREAD_LIST)?,
            orders: statement(sql::MERCHANT_ORDER_MONEY)?,
            lookups: Lookups {
                earlier: statement(sql::READING_EARLIER_MONEY)?,
                stated: statement(sql::MERCHANT_ORDER_STATED)?,
                elsewhere: statement(sql::READING_ELSEWHERE)?,
            },
        })
    }

    fn key(&self, order_no: &str) -> OrderKey {
        OrderKey { stream: self.stream.clone(), order_no: order_no.to_owned() }
    }

    fn given_back(&mut self, date: BusinessDate, summed: &mut Summed) -> Outcome<()> {
        let values = [Value::Int(self.id), date.into()];
        let mut apart = Vec::new();
        let mut found = query(&mut self.given_back, &values, READING)?;
        while let Some(row) = found.next().doing(READING)? {
            apart.push(text_of(row, 0, READING)?.to_owned());
        }
        drop(found);
        summed.apart.extend(apart.iter().map(|order_no| self.key(order_no)));
        Ok(())
    }

    /// What the provider tells of, and what only the merchant tells of.
    fn day(&mut self, date: BusinessDate, summed: &mut Summed) -> Outcome<()> {
        let (stream, id) = (self.stream, Value::Int(self.id));
        let of_day = [id.clone(), date.into()];
        let mut day = Day {
            request: self.request,
            date,
            id: self.id,
            is_resolved: self.request.per_order,
            is_asked: self.is_asked,
            lookups: &mut self.lookups,
            spread: Ascending::new(query(&mut self.spread, std::slice::from_ref(&id), READING)?)?,
            orders: Orders::new(query(&mut self.orders, &of_day, READING)?)?,
            groups: BTreeMap::new(),
            unreported: BTreeMap::new(),
            apart: Vec::new(),
        };
        let mut found = query(&mut self.money, &of_day, READING)?;
        let mut order = Money::default();
        while let Some(row) = found.next().doing(READING)? {
            let order_no = text_of(row, 0, READING)?;
            if order.order_no != order_no {
                day.add(&order)?;
                order.begin(order_no);
            }
            order.take(row)?;
        }
        day.add(&order)?;
        day.orders_before(None)?;
        let Day { groups, unreported, apart, .. } = day;
        let key = |order_no| OrderKey { stream: stream.clone(), order_no };
        summed.apart.extend(apart.into_iter().map(key));
        let group = |(slot, currency, unit_minor): Unit, sum: Sum, merchant_only_count| SumGroup {
            stream: stream.clone(),
            paid_by: (String::new(), String::new()),
            business_date: date,
            slot,
            back: None,
            currency,
            unit_minor,
            order_no: String::new(),
            count: sum.count,
            minor: sum.minor,
            stated_count: sum.stated_count,
            stated_minor: sum.stated_minor,
            time_assumed: sum.time_assumed,
            merchant_only_count,
            is_unavailable: false,
        };
        summed.groups.extend(groups.into_iter().map(|(unit, sum)| group(unit, sum, 0)));
        let of_merchant = |(unit, sum): (Unit, Sum)| {
            let count = sum.count;
            group(unit, sum, count)
        };
        summed.groups.extend(unreported.into_iter().map(of_merchant));
        Ok(())
    }
}

/// Order numbers, ascending, that are asked about in ascending order.
struct Ascending<'s> {
    rows: Rows<'s>,
    next: Option<String>,
}

impl<'s> Ascending<'s> {
    fn new(rows: Rows<'s>) -> Outcome<Self> {
        let mut numbers = Self { rows, next: None };
        numbers.advance()?;
        Ok(numbers)
    }

    fn advance(&mut self) -> Outcome<()> {
        self.next = match self.rows.next().doing(READING)? {
            Some(row) => Some(text_of(row, 0, READING)?.to_owned()),
            None => None,
        };
        Ok(())
    }

    fn has(&mut self, order_no: &str) -> Outcome<bool> {
        while self.next.as_deref().is_some_and(|next| next < order_no) {
            self.advance()?;
        }
        Ok(self.next.as_deref() == Some(order_no))
    }
}

/// The merchant's orders of a day, ascending, that are asked about in ascending order.
struct Orders<'s> {
    rows: Rows<'s>,
    next: Option<MerchantOrder>,
}

/// What is added up of an order of which only the merchant tells.
struct MerchantOrder {
    order_no: String,
    status: MerchantStatus,
    minor: i64,
    currency: Currency,
    moment: i64,
}

impl<'s> Orders<'s> {
    fn new(rows: Rows<'s>) -> Outcome<Self> {
        let mut orders = Self { rows, next: None };
        orders.advance(String::new())?;
        Ok(orders)
    }

    /// Goes on to the next order, whose number takes the room of one that is no longer needed.
    fn advance(&mut self, mut order_no: String) -> Outcome<()> {
        self.next = None;
        if let Some(row) = self.rows.next().doing(READING)? {
            text_of(row, 0, READING)?.clone_into(&mut order_no);
            let status = row.int(1)?;
            self.next = Some(MerchantOrder {
                order_no,
                status: rows::listed("a merchant status", status, MerchantStatus::from_number)?,
                minor: row.int(2)?,
                currency: rows::currency(text_of(row, 3, READING)?)?,
                moment: row.int(4)?,
            });
        }
        Ok(())
    }
}

/// What is added up together: span, currency, and the amount of each where no fee is stated.
type Unit = (i64, Currency, Option<i64>);

#[derive(Default)]
struct Sum {
    count: i64,
    minor: i64,
    stated_count: i64,
    stated_minor: i64,
    time_assumed: i64,
}

impl Sum {
    fn plus(&mut self, minor: i64, fee_minor: Option<i64>, is_assumed: bool) -> Option<()> {
        self.count = self.count.checked_add(1)?;
        self.minor = self.minor.checked_add(minor)?;
        self.stated_count = self.stated_count.checked_add(i64::from(fee_minor.is_some()))?;
        self.stated_minor = self.stated_minor.checked_add(fee_minor.unwrap_or(0))?;
        self.time_assumed = self.time_assumed.checked_add(i64::from(is_assumed))?;
        Some(())
    }
}

/// What the readings of one order say of its money.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is seen, or not, among the readings")]
struct Money {
    order_no: String,
    readings: u32,
    has_moved: bool,
    has_failed: bool,
    /// Not every reading says that it succeeded, two of them differ, or its amount is not what arrived.
    is_apart: bool,
    /// There is a reading that is no statement's row.
    has_answer: bool,
    has_versions: bool,
    amount_minor: Option<i64>,
    currency: Option<Currency>,
    fee_minor: Option<i64>,
    paid_at: Option<i64>,
    number: String,
}

impl Money {
    fn begin(&mut self, order_no: &str) {
        let (mut own, mut number) =
            (std::mem::take(&mut self.order_no), std::mem::take(&mut self.number));
        order_no.clone_into(&mut own);
        number.clear();
        *self = Self { order_no: own, number, ..Self::default() };
    }

    fn take(&mut self, row: &Row<'_>) -> Outcome<()> {
        self.readings = self.readings.saturating_add(1);
        let status = rows::listed("a provider status", row.int(3)?, ProviderStatus::from_number)?;
        self.has_moved |= matches!(
            status,
            ProviderStatus::Succeeded | ProviderStatus::Refunded | ProviderStatus::Returned
        );
        self.has_failed |= status == ProviderStatus::Failed;
        self.has_answer |= row.int(1)? != i64::from(Source::Statement.number());
        self.has_versions |= row.int(2)? > 1;
        let currency = text_of(row, 5, READING)?;
        let currency = if currency.is_empty() { None } else { Some(rows::currency(currency)?) };
        let number = text_of(row, 8, READING)?;
        self.is_apart |= status != ProviderStatus::Succeeded
            || row.int(9)? == 1
            || differs(&mut self.amount_minor, row.int_or_none(4)?)
            || differs(&mut self.currency, currency)
            || differs(&mut self.fee_minor, row.int_or_none(6)?)
            || differs(&mut self.paid_at, row.int_or_none(7)?)
            || (!number.is_empty() && !self.number.is_empty() && number != self.number);
        if self.number.is_empty() {
            number.clone_into(&mut self.number);
        }
        Ok(())
    }
}

fn too_large() -> LedgerError {
    unknown("a sum of a day", "too large")
}

/// Keeps what is stated first; says whether another states something else.
fn differs<T: PartialEq>(kept: &mut Option<T>, stated: Option<T>) -> bool {
    match (&kept, stated) {
        (_, None) => false,
        (Some(kept), Some(stated)) => *kept != stated,
        (None, stated) => {
            *kept = stated;
            false
        }
    }
}

/// A day's sums of a stream as they grow.
struct Day<'d, 's> {
    request: &'d SumRequest,
    date: BusinessDate,
    id: i64,
    /// Every order is resolved by itself.
    is_resolved: bool,
    /// The provider can be asked.
    is_asked: bool,
    lookups: &'d mut Lookups<'s>,
    spread: Ascending<'d>,
    orders: Orders<'d>,
    groups: BTreeMap<Unit, Sum>,
    /// Of orders of which only the merchant tells.
    unreported: BTreeMap<Unit, Sum>,
    apart: Vec<String>,
}

impl Day<'_, '_> {
    fn add(&mut self, order: &Money) -> Outcome<()> {
        if order.readings == 0 {
            return Ok(());
        }
        self.orders_before(Some(&order.order_no))?;
        let has_moved = order.has_moved
            || (order.has_failed && self.lookups.was_money(self.id, &order.order_no)?);
        if !has_moved {
            return Ok(());
        }
        let is_plain = !self.is_resolved
            && !order.is_apart
            // Where the provider can be asked, a file's word alone is resolved.
            && (order.has_answer || !self.is_asked || self.request.by_bill)
            && (order.paid_at.is_some() || !order.has_versions)
            && !self.spread.has(&order.order_no)?;
        let whole = if is_plain { self.whole(order)? } else { None };
        let Some((minor, currency, moment)) = whole else {
            self.apart.push(order.order_no.clone());
            return Ok(());
        };
        let slot = self.request.slot_of(Timestamp::from_epoch_seconds(moment));
        let unit_minor = order.fee_minor.is_none().then_some(minor);
        let sum = self.groups.entry((slot, currency, unit_minor)).or_default();
        sum.plus(minor, order.fee_minor, order.paid_at.is_none()).ok_or_else(too_large)
    }

    /// Adds the orders before one of which a reading of the day tells, or all that are left, and passes over that
    /// one.
    fn orders_before(&mut self, order_no: Option<&str>) -> Outcome<()> {
        while let Some(next) = self.orders.next.take() {
            match order_no.map(|order_no| next.order_no.as_str().cmp(order_no)) {
                Some(Ordering::Greater) => {
                    self.orders.next = Some(next);
                    return Ok(());
                }
                Some(Ordering::Equal) => {}
                Some(Ordering::Less) | None => self.unreported(&next)?,
            }
            self.orders.advance(next.order_no)?;
        }
        Ok(())
    }

    fn unreported(&mut self, order: &MerchantOrder) -> Outcome<()> {
        let is_counted = !self.is_asked && order.status == MerchantStatus::Succeeded;
        let is_apart = match self.lookups.elsewhere(self.id, &order.order_no)? {
            Elsewhere::Undated => true,
            Elsewhere::Nothing => is_counted && self.is_resolved,
            Elsewhere::Dated => return Ok(()),
        };
        if is_apart {
            self.apart.push(order.order_no.clone());
        } else if is_counted {
            let slot = self.request.slot_of(Timestamp::from_epoch_seconds(order.moment));
            let sum = self.unreported.entry((slot, order.currency, None)).or_default();
            sum.plus(order.minor, None, true).ok_or_else(too_large)?;
        }
        Ok(())
    }

    /// Amount, currency and moment; what no reading states is the merchant's.
    fn whole(&mut self, order: &Money) -> Outcome<Option<(i64, Currency, i64)>> {
        let is_whole = order.amount_minor.is_some() && order.paid_at.is_some();
        let booked = if is_whole {
            None
        } else {
            self.lookups.booked(self.id, self.date, &order.order_no)?
        };
        let minor = order.amount_minor.or(booked.map(|(minor, ..)| minor));
        let currency = order.currency.or(booked.map(|(_, currency, _)| currency));
        let moment = order.paid_at.or(booked.and_then(|(.., moment)| moment));
        let all = minor.zip(currency).zip(moment);
        Ok(all.map(|((minor, currency), moment)| (minor, currency, moment)))
    }
}

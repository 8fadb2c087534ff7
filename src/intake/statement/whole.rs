//! Of what a statement file is the whole.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::NaiveTime;
use chrono_tz::Tz;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::intake::statement::period::Period;
use crate::ledger::StatedPart;
use crate::order::Stream;

/// Of which streams and days a file is the whole: what it does not have there, the provider's bill
/// does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The streams that its words can express, sorted.
    pub streams: Vec<Stream>,
    /// The business dates, ascending; each was over when the file was imported.
    pub days: Vec<BusinessDate>,
    /// The parts of business dates of which it is the whole besides, where its own days are others.
    pub parts: Vec<StatedPart>,
    /// Where the days come from.
    pub by: DaysBy,
    /// Why it is the whole of nothing: then there are neither streams nor days.
    pub doubt: Option<Doubt>,
}

/// Where the days of a file come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaysBy {
    /// Whoever imported it said so.
    Command,
    /// The file states its period above its header.
    Stated,
    /// Nothing but the dates of its rows.
    Rows,
}

/// Why a file is the whole of nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Rows were refused: any of them may be the one that is missing.
    RefusedRows(u64),
    /// A total could not be checked, because cells of its column cannot be read.
    UncheckedTotal(String),
    /// No business day lies wholly in it and was over.
    NoDay,
    /// Its days go from midnight to midnight of this zone, and no business day lies wholly in those that it is said
    /// to be of: it is the whole of parts only.
    OtherZone(Tz),
    /// No row and no word says of which kind or product it is.
    NoStream,
    /// Another part of the bill is in doubt.
    OtherPart,
    /// The file states another day than the one that it is said to be of.
    OtherDay(BusinessDate),
    /// At this line the balance is not what the rows make of it: a row was left out, or changed.
    Balance(i64),
    /// What this batch is made of does not come to what it has to: a row is missing.
    Batch(String),
    /// Such a file is whole of what was settled together, never of a day.
    OfSettlements,
    /// All of its rows are other merchants'.
    OfOthers(u64),
    /// None of its rows is of a day that it is said to be of, and no total of it says that there is
    /// none.
    NoRow,
}

impl Doubt {
    /// Its code in documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RefusedRows(_) => "refused_rows",
            Self::UncheckedTotal(_) => "unchecked_total",
            Self::NoDay => "no_day",
            Self::NoStream => "no_stream",
            Self::OtherZone(_) => "other_zone",
            Self::OtherPart => "other_part",
            Self::OtherDay(_) => "other_day",
            Self::NoRow => "no_row",
            Self::Balance(_) => "balance",
            Self::Batch(_) => "batch",
            Self::OfSettlements => "of_settlements",
            Self::OfOthers(_) => "of_others",
        }
    }
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RefusedRows(rows) => write!(f, "{rows} row(s) were refused"),
            Self::UncheckedTotal(label) => write!(f, "the total {label:?} could not be checked"),
            Self::NoDay => f.write_str("no business day lies wholly in it and was over"),
            Self::OtherPart => f.write_str(
                "it is a part of a bill, and another part is not whole or cannot be read",
            ),
            Self::OtherDay(date) => {
                write!(f, "the file says above its header that it is of {date}, another day")
            }
            Self::NoRow => f.write_str(
                "none of its rows is of that day, and no total of it says that there is none",
            ),
            Self::Balance(line) => write!(
                f,
                "the balance in line {line} is not the one before with the row's amount: rows are missing or \
                 out of order"
            ),
            Self::Batch(batch) => write!(
                f,
                "the net amounts of batch {batch:?}, its payout among them, do not come to zero: rows are missing"
            ),
            Self::OfSettlements => f.write_str(
                "such a file is the whole of what was settled together, and proves what it lists",
            ),
            Self::OfOthers(rows) => write!(
                f,
                "none of its {rows} row(s) is of the account's merchant_no: compare the two numbers"
            ),
            Self::OtherZone(zone) => write!(
                f,
                "its days go from midnight to midnight of {zone}, so a business day has parts of two: import the \
                 file of the neighbouring day too, or export it by business days"
            ),
            Self::NoStream => f.write_str("nothing says of which kind and product it is"),
        }
    }
}

/// What is known of a file's days.
pub(super) struct Days<'a> {
    pub(super) business_day: BusinessDay,
    pub(super) now: Timestamp,
    /// The file's own days, where they are no business days.
    pub(super) own_day: Option<BusinessDay>,
    /// What the caller says.
    pub(super) by_command: Option<&'a RangeInclusive<BusinessDate>>,
    /// What the file states.
    pub(super) stated: Option<Period>,
    /// The dates of its rows.
    pub(super) rows: &'a BTreeSet<BusinessDate>,
}

impl Days<'_> {
    /// The business dates of which the file is the whole, and where they come from.
    pub(super) fn whole(&self) -> (DaysBy, Vec<BusinessDate>) {
        let is_over = |date: &BusinessDate| self.business_day.end_of(*date) <= self.now;
        let today = self.business_day.date_of(self.now);
        if let Some(by_command) = self.by_command {
            let own = self.own_period();
            let dates = from_to(*by_command.start(), (*by_command.end()).min(today));
            let dates = dates.filter(|date| own.is_none_or(|own| self.is_inside(*date, own)));
            return (DaysBy::Command, dates.filter(is_over).collect());
        }
        if let Some(period) = self.stated {
            let dates = self.dates_in(period).filter(|date| self.is_inside(*date, period));
            return (DaysBy::Stated, dates.filter(is_over).collect());
        }
        let mut dates: Vec<_> = self.rows.iter().copied().filter(is_over).collect();
        if self.business_day.cutoff != NaiveTime::MIN || self.own_day.is_some() {
            // A bill goes from midnight to midnight, so of its first and last business day it has
            // but a part.
            dates.retain(|date| Some(date) != self.rows.first() && Some(date) != self.rows.last());
        }
        (DaysBy::Rows, dates)
    }

    /// The parts of business dates of which the file is the whole, where its own days are others: as far as they were
    /// over.
    pub(super) fn parts(&self) -> Vec<StatedPart> {
        let period = match (self.by_command, self.stated) {
            (Some(_), _) => self.own_period(),
            (None, stated) => stated,
        };
        let Some(Period { from, to }) = period else { return Vec::new() };
        let period = Period { from, to: to.min(self.now) };
        let of_date = |date: BusinessDate| StatedPart {
            date,
            from: (self.business_day.start_of(date) < period.from).then_some(period.from),
            until: (period.to < self.business_day.end_of(date)).then_some(period.to),
        };
        let dates = self.dates_in(period).filter(|date| !self.is_inside(*date, period));
        dates.map(of_date).collect()
    }

    /// The file's own days from the first to the last that it is said to be of; `None` where they are business days.
    fn own_period(&self) -> Option<Period> {
        let (own, by_command) = (self.own_day?, self.by_command?);
        Some(Period { from: own.start_of(*by_command.start()), to: own.end_of(*by_command.end()) })
    }

    /// Whether a business date lies wholly in a period.
    fn is_inside(&self, date: BusinessDate, Period { from, to }: Period) -> bool {
        self.business_day.start_of(date) >= from && self.business_day.end_of(date) <= to
    }

    /// The business dates that a period has something of, none after today.
    fn dates_in(&self, Period { from, to }: Period) -> impl Iterator<Item = BusinessDate> {
        let last = self.business_day.date_of(to.plus_seconds(-1).min(self.now));
        from_to(self.business_day.date_of(from), last)
    }
}

/// Why the period that a file states is not that of the days that it is said to be of: it is of another day, or
/// only of a part of them. A bill's own day goes from midnight to midnight, whatever the business day does.
pub(super) fn other_period(
    by_command: &RangeInclusive<BusinessDate>,
    stated: Option<Period>,
    business_day: BusinessDay,
) -> Option<Doubt> {
    let Period { from, to } = stated?;
    let midnight = BusinessDay { cutoff: NaiveTime::MIN, ..business_day };
    let (first, last) = (midnight.date_of(from), midnight.date_of(to.plus_seconds(-1)));
    if *by_command.start() < first || last < *by_command.end() {
        return Some(Doubt::OtherDay(first));
    }
    let is_whole =
        from <= midnight.start_of(*by_command.start()) && midnight.end_of(*by_command.end()) <= to;
    (!is_whole).then_some(Doubt::NoDay)
}

/// The dates of a range, both ends included.
fn from_to(first: BusinessDate, last: BusinessDate) -> impl Iterator<Item = BusinessDate> {
    std::iter::successors(Some(first), |date| {
        let next = date.plus_days(1);
        (next != *date).then_some(next)
    })
    .take_while(move |date| *date <= last)
}

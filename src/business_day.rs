//! Time with a zone: moments, business dates, and the rule that turns one into the other.

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A moment, in seconds since 1970-01-01 00:00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// A moment from epoch seconds.
    #[must_use]
    pub const fn from_epoch_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Epoch seconds of this moment.
    pub const fn epoch_seconds(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment `seconds` later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

/// A business date: the day of the merchant's books to which something belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BusinessDate(NaiveDate);

impl BusinessDate {
    /// A business date from a calendar date.
    #[must_use]
    pub const fn new(date: NaiveDate) -> Self {
        Self(date)
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self)
    }

    /// The calendar date.
    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// The date as the number `yyyymmdd`, as the ledger keeps it.
    pub fn number(self) -> i32 {
        self.0.format("%Y%m%d").to_string().parse().unwrap_or(0)
    }

    /// The date that the ledger keeps as `yyyymmdd`.
    pub fn from_number(number: i32) -> Option<Self> {
        NaiveDate::parse_from_str(&number.to_string(), "%Y%m%d").ok().map(Self)
    }

    /// The date `days` later, or earlier when negative. Stays put at the ends of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let step = Days::new(days.unsigned_abs());
        let moved =
            if days < 0 { self.0.checked_sub_days(step) } else { self.0.checked_add_days(step) };
        Self(moved.unwrap_or(self.0))
    }

    /// Days from `earlier` to this date.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// When a business day begins: `cutoff` local time in `timezone`.
///
/// With a cut-off of 00:00 business date and calendar date agree. With a later one, what happens
/// before the cut-off belongs to the business date before; the business day D is
/// `[D cutoff, D+1 cutoff)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusinessDay {
    /// The zone in which people read times.
    pub timezone: Tz,
    /// Local time at which a business day begins.
    pub cutoff: NaiveTime,
}

impl BusinessDay {
    /// Beijing time, midnight: how every platform dates its own bills.
    pub const BEIJING: Self = Self { timezone: chrono_tz::Asia::Shanghai, cutoff: NaiveTime::MIN };

    /// The business date to which a moment belongs.
    pub fn date_of(&self, moment: Timestamp) -> BusinessDate {
        let local = self.local(moment);
        let date = BusinessDate(local.date());
        if local.time() < self.cutoff { date.plus_days(-1) } else { date }
    }

    /// The first moment of a business date.
    pub fn start_of(&self, date: BusinessDate) -> Timestamp {
        self.moment(date.0.and_time(self.cutoff))
    }

    /// The first moment after a business date.
    pub fn end_of(&self, date: BusinessDate) -> Timestamp {
        self.start_of(date.plus_days(1))
    }

    /// A moment as local wall-clock time.
    pub fn local(&self, moment: Timestamp) -> NaiveDateTime {
        let utc = DateTime::from_timestamp(moment.0, 0).unwrap_or_default();
        utc.with_timezone(&self.timezone).naive_local()
    }

    /// Local wall-clock time as a moment. A time that a clock change skips is read as the moment
    /// of the change; one that occurs twice is read as its first occurrence.
    pub fn moment(&self, local: NaiveDateTime) -> Timestamp {
        let mut probe = local;
        // A skipped hour is at most a few hours long; the bound only keeps the loop honest.
        for _ in 0..(4 * 60) {
            if let Some(found) = self.timezone.from_local_datetime(&probe).earliest() {
                return Timestamp(found.timestamp());
            }
            probe = probe.checked_add_signed(chrono::TimeDelta::minutes(1)).unwrap_or(probe);
        }
        Timestamp(local.and_utc().timestamp())
    }

    /// A moment as people read it: `yyyy-MM-dd HH:mm:ss` in the business time zone.
    pub fn text(&self, moment: Timestamp) -> String {
        self.local(moment).format("%Y-%m-%d %H:%M:%S").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(cutoff: &str, zone: Tz) -> BusinessDay {
        BusinessDay {
            timezone: zone,
            cutoff: NaiveTime::parse_from_str(cutoff, "%H:%M").expect("a time"),
        }
    }

    #[test]
    fn a_moment_belongs_to_the_day_that_its_cutoff_says() {
        let table = [
            ("00:00", "2026-11-20 00:00:00", "2026-11-20"),
            ("00:00", "2026-11-19 23:59:59", "2026-11-19"),
            ("04:00", "2026-11-20 03:59:59", "2026-11-19"),
            ("04:00", "2026-11-20 04:00:00", "2026-11-20"),
            ("04:00", "2026-03-01 00:00:00", "2026-02-28"),
        ];
        for (cutoff, local, expected) in table {
            let day = day(cutoff, chrono_tz::Asia::Shanghai);
            let moment = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M:%S").expect(local);
            let moment = day.moment(moment);
            assert_eq!(day.date_of(moment).to_string(), expected, "{cutoff} {local}");
            assert_eq!(day.text(moment), local);
        }
    }

    #[test]
    fn days_follow_each_other_without_gap_across_clock_changes() {
        let day = day("02:30", chrono_tz::Europe::Berlin);
        let mut date = BusinessDate::parse("2026-01-01").expect("a date");
        for _ in 0..400 {
            assert_eq!(day.end_of(date), day.start_of(date.plus_days(1)));
            assert_eq!(day.date_of(day.start_of(date)), date);
            assert_eq!(day.date_of(day.end_of(date).plus_seconds(-1)), date);
            date = date.plus_days(1);
        }
    }

    #[test]
    fn numbers_and_dates_go_both_ways() {
        let date = BusinessDate::parse("2026-02-28").expect("a date");
        assert_eq!(date.number(), 20_260_228);
        assert_eq!(BusinessDate::from_number(20_260_228), Some(date));
        assert_eq!(BusinessDate::from_number(20_261_301), None);
        assert_eq!(date.plus_days(1).days_since(date), 1);
    }
}

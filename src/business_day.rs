//! Time with a zone: moments, business dates, and the rule that turns one into the other.

use std::fmt;
use std::ops::RangeInclusive;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
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

    /// What a time that somebody outside states is worth. Whoever takes a time from outside goes
    /// through here or through [`BusinessDay::stated`].
    #[must_use]
    pub fn stated(self) -> StatedTime {
        // Whoever wrote it may have been that far from UTC, and so may be whoever reads it.
        if self.is_zero(OFFSET_SECONDS_MAX.saturating_mul(2)) {
            StatedTime::Nothing
        } else if (EARLIEST..LATEST).contains(&self.0) {
            StatedTime::At(self)
        } else {
            StatedTime::Implausible
        }
    }

    /// Whether this is what some program writes where it has no time; for the epoch, in a zone so far from
    /// UTC. Zones are whole quarters of an hour from it, but for those of the years before 1970.
    fn is_zero(self, epoch_reach: i64) -> bool {
        const QUARTER: i64 = 15 * 60;
        let is_near = |zero: &i64| self.0.saturating_sub(*zero).saturating_abs() <= DAY_SECONDS;
        let is_epoch = self.0.saturating_abs() <= epoch_reach && self.0.rem_euclid(QUARTER) == 0;
        is_epoch || ZERO_TIMES.iter().any(is_near)
    }

    /// Whether this moment is later than `now` by more than clocks and zones can differ.
    #[must_use]
    pub const fn is_ahead_of(self, now: Self) -> bool {
        self.seconds_since(now) > DAY_SECONDS
    }
}

/// What a time from outside is worth, see [`Timestamp::stated`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatedTime {
    /// A moment that business can have.
    At(Timestamp),
    /// The zero time of some program or database: it means that there is no time.
    Nothing,
    /// No moment that business can have.
    Implausible,
}

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// No place on earth is further from UTC.
const OFFSET_SECONDS_MAX: i64 = 14 * 60 * 60;

/// What programs write where they have no time, besides the epoch, in seconds from it: Go and .NET
/// (0001-01-01), Excel and OLE (1899-12-30), SQL Server (1900-01-01). Each may come in any zone, and
/// in the local mean time that zones had then.
const ZERO_TIMES: [i64; 3] = [-62_135_596_800, -2_209_161_600, -2_208_988_800];

/// Business has no earlier moment: 2000-01-01 00:00:00, where the day begins first.
const EARLIEST: i64 = 946_684_800 - OFFSET_SECONDS_MAX;

/// Nor a later one: 2100-01-01 00:00:00, where the day begins last.
const LATEST: i64 = 4_102_444_800 + OFFSET_SECONDS_MAX;

/// The first and the last business date that can be.
pub const PLAUSIBLE_DATES: (BusinessDate, BusinessDate) =
    match (NaiveDate::from_ymd_opt(2000, 1, 1), NaiveDate::from_ymd_opt(2099, 12, 31)) {
        (Some(first), Some(last)) => (BusinessDate(first), BusinessDate(last)),
        // There are these two dates.
        _ => (BusinessDate(NaiveDate::MIN), BusinessDate(NaiveDate::MAX)),
    };

/// The years of a business date.
const YEARS: RangeInclusive<i32> = 2000..=2099;

/// A business date: the day of the merchant's books to which something belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BusinessDate(NaiveDate);

impl BusinessDate {
    /// A business date from a calendar date.
    #[must_use]
    pub const fn new(date: NaiveDate) -> Self {
        Self(date)
    }

    /// Reads `YYYY-MM-DD` of the years 2000 to 2099: no business was done before, and what is read
    /// here is written into the ledger.
    pub fn parse(text: &str) -> Option<Self> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        YEARS.contains(&date.year()).then_some(Self(date))
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
    ///
    /// Every date of the years 0 to 9999 is read back, also one that was written before
    /// [`Timestamp::stated`] kept such dates out: a row with it costs no night.
    pub fn from_number(number: i32) -> Option<Self> {
        let part = |divisor: i32, modulus: i32| {
            u32::try_from(number.checked_div(divisor)?.checked_rem(modulus)?).ok()
        };
        let year = number.checked_div(10_000)?;
        NaiveDate::from_ymd_opt(year, part(100, 100)?, part(1, 100)?).map(Self)
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
        // As `%Y-%m-%d`, ten times as fast.
        write!(f, "{}", self.0)
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

    /// What a local wall-clock time that somebody outside states is worth: as [`Timestamp::stated`],
    /// and its year is one of 2000 to 2099 as it is written.
    pub fn stated(&self, local: NaiveDateTime) -> StatedTime {
        if Timestamp(local.and_utc().timestamp()).is_zero(OFFSET_SECONDS_MAX) {
            StatedTime::Nothing
        } else if YEARS.contains(&local.year()) {
            StatedTime::At(self.moment(local))
        } else {
            StatedTime::Implausible
        }
    }

    /// A moment as people read it: `yyyy-MM-dd HH:mm:ss` in the business time zone.
    pub fn text(&self, moment: Timestamp) -> String {
        self.local(moment).format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// A moment as programs read it, with its zone: `2026-11-20T10:00:00+08:00` (RFC 3339).
    pub fn stamp(&self, moment: Timestamp) -> String {
        let utc = DateTime::from_timestamp(moment.0, 0).unwrap_or_default();
        utc.with_timezone(&self.timezone).to_rfc3339()
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
    fn programs_read_a_moment_with_its_zone() {
        let moment = Timestamp::from_epoch_seconds(1_763_604_000);
        assert_eq!(BusinessDay::BEIJING.stamp(moment), "2025-11-20T10:00:00+08:00");
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
    fn a_stated_time_is_a_moment_of_business_or_the_zero_of_some_program_or_worth_nothing() {
        let table = [
            ("2000-01-01 00:00:00", "at"),
            ("2026-11-20 10:00:00", "at"),
            ("2099-12-31 23:59:59", "at"),
            ("2100-01-01 00:00:00", "implausible"),
            ("9999-12-31 23:59:59", "implausible"),
            ("1999-12-31 23:59:59", "implausible"),
            ("1970-01-02 00:00:00", "implausible"),
            ("1970-01-01 08:00:01", "implausible"),
            ("1970-01-01 00:00:00", "nothing"),
            ("1970-01-01 08:00:00", "nothing"),
            ("1969-12-31 16:00:00", "nothing"),
            ("0202-11-20 10:00:00", "implausible"),
            ("0001-01-01 00:00:00", "nothing"),
            ("0001-01-01 08:05:43", "nothing"),
            ("1900-01-01 00:00:00", "nothing"),
            ("1899-12-30 00:00:00", "nothing"),
            ("1900-01-03 00:00:00", "implausible"),
            ("1800-01-01 00:00:00", "implausible"),
        ];
        for zone in [chrono_tz::Asia::Shanghai, chrono_tz::UTC, chrono_tz::America::New_York] {
            let day = day("00:00", zone);
            for (local, expected) in table {
                let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M:%S").expect(local);
                let found = match day.stated(local) {
                    StatedTime::At(moment) => {
                        let date = day.date_of(moment);
                        assert_eq!(BusinessDate::from_number(date.number()), Some(date));
                        "at"
                    }
                    StatedTime::Nothing => "nothing",
                    StatedTime::Implausible => "implausible",
                };
                assert_eq!(found, expected, "{local} {zone}");
            }
        }
        for extreme in [i64::MIN, i64::MAX] {
            let moment = Timestamp::from_epoch_seconds(extreme);
            assert_eq!(moment.stated(), StatedTime::Implausible);
        }
    }

    #[test]
    fn a_date_is_of_years_in_which_business_is_done() {
        for text in ["1999-12-31", "0001-01-01", "0202-11-20", "2100-01-01", "+12026-11-20", ""] {
            assert_eq!(BusinessDate::parse(text), None, "{text}");
        }
        assert!(BusinessDate::parse("2000-01-01").is_some());
        assert!(BusinessDate::parse("2099-12-31").is_some());
    }

    #[test]
    fn numbers_and_dates_go_both_ways() {
        let date = BusinessDate::parse("2026-02-28").expect("a date");
        assert_eq!(date.number(), 20_260_228);
        assert_eq!(BusinessDate::from_number(20_260_228), Some(date));
        for (number, text) in
            [(10_101, "0001-01-01"), (2_021_120, "0202-11-20"), (1_231, "0000-12-31")]
        {
            let date = BusinessDate::from_number(number).expect(text);
            assert_eq!((date.to_string().as_str(), date.number()), (text, number));
        }
        for number in [20_261_301, 20_261_100, 0, -20_261_120, i32::MIN, i32::MAX] {
            assert_eq!(BusinessDate::from_number(number), None, "{number}");
        }
        assert_eq!(date.plus_days(1).days_since(date), 1);
    }
}

//! Times as exports and spreadsheets write them, turned into moments.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};

const HOUR_SECONDS: i64 = 3_600;

/// Bytes of `2026-11-20`.
const DATE_BYTES: usize = 10;

/// No place on earth is further from UTC.
const OFFSET_SECONDS_MAX: i64 = 14 * HOUR_SECONDS;

/// Local hours whose distance from UTC is remembered: a file goes through a day, and a row's times
/// are hours apart.
const KNOWN_HOURS: usize = 32;

/// Reads times of one business time zone, remembering the last hours and day: rows near each other
/// mostly have times near each other, and the zone's rules are slow to ask.
#[derive(Debug, Clone)]
pub(super) struct Times {
    day: BusinessDay,
    /// The last date as it was written, with the local seconds at which it begins.
    written: Option<([u8; DATE_BYTES], i64)>,
    /// Local hours in which the clock was not changed, each with the seconds from local time to
    /// UTC, where the hour's number modulo [`KNOWN_HOURS`] says.
    hours: [Option<(i64, i64)>; KNOWN_HOURS],
    /// A business date with its first moment and the first moment after it.
    date: Option<(BusinessDate, Timestamp, Timestamp)>,
}

impl Times {
    pub(super) const fn new(day: BusinessDay) -> Self {
        Self { day, written: None, hours: [None; KNOWN_HOURS], date: None }
    }

    /// The zone of the times, and the cut-off that dates them.
    pub(super) const fn business_day(&self) -> BusinessDay {
        self.day
    }

    /// Reads a time: in the business time zone unless it carries an offset. `None` when it is not
    /// in one of the forms of [`parse`].
    pub(super) fn read(&mut self, text: &str) -> Option<Timestamp> {
        let plain = plain(text);
        if let (Some((date, clock)), Some((written, midnight))) = (plain, self.written)
            && date == written
        {
            return Some(self.moment(midnight.saturating_add(clock)));
        }
        let (local, offset) = parse(text)?;
        let local = local.and_utc().timestamp();
        if let Some((date, clock)) = plain {
            self.written = Some((date, local.saturating_sub(clock)));
        }
        Some(match offset {
            None => self.moment(local),
            Some(offset) => Timestamp::from_epoch_seconds(local.saturating_sub(offset)),
        })
    }

    /// As [`BusinessDay::moment`], of local seconds.
    fn moment(&mut self, local: i64) -> Timestamp {
        let hour = local.div_euclid(HOUR_SECONDS);
        let place = usize::try_from(hour).unwrap_or(0) % KNOWN_HOURS;
        if let Some(Some((known, shift))) = self.hours.get(place)
            && *known == hour
        {
            return Timestamp::from_epoch_seconds(local.saturating_add(*shift));
        }
        let start = hour.saturating_mul(HOUR_SECONDS);
        let moment_at = |seconds: i64| {
            let local = DateTime::from_timestamp(seconds, 0)?.naive_utc();
            Some(self.day.moment(local).epoch_seconds())
        };
        let last_second = HOUR_SECONDS.saturating_sub(1);
        let moment = moment_at(local).unwrap_or(local);
        if let (Some(first), Some(last)) =
            (moment_at(start), moment_at(start.saturating_add(last_second)))
            && last.saturating_sub(first) == last_second
            && let Some(known) = self.hours.get_mut(place)
        {
            *known = Some((hour, first.saturating_sub(start)));
        }
        Timestamp::from_epoch_seconds(moment)
    }

    /// As [`BusinessDay::date_of`].
    pub(super) fn date_of(&mut self, moment: Timestamp) -> BusinessDate {
        if let Some((date, from, to)) = self.date
            && from <= moment
            && moment < to
        {
            return date;
        }
        let date = self.day.date_of(moment);
        self.date = Some((date, self.day.start_of(date), self.day.end_of(date)));
        date
    }
}

/// Ten bytes for the date, and the seconds of the clock, of a text that ends as in
/// `2026-11-20 08:05:00`: nearly all do. Whether those ten bytes are a date is not looked at, but
/// where [`parse`] reads one such text, it reads every other one with the same ten bytes.
fn plain(text: &str) -> Option<([u8; DATE_BYTES], i64)> {
    let (date, clock) = text.as_bytes().split_first_chunk()?;
    let [b' ', h, hh, b':', m, mm, b':', s, ss] = *clock else { return None };
    let number = |tens: u8, ones: u8, most: u8| {
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        let number = (tens & 0x0F).saturating_mul(10).saturating_add(ones & 0x0F);
        (digits && number <= most).then_some(i64::from(number))
    };
    let hours = number(h, hh, 23)?.saturating_mul(HOUR_SECONDS);
    let minutes = number(m, mm, 59)?.saturating_mul(60);
    Some((*date, hours.saturating_add(minutes).saturating_add(number(s, ss, 59)?)))
}

/// Reads wall-clock time, and the offset from UTC in seconds where one is stated:
///
/// - `2026-11-20 08:05:00`, `2026-11-20T08:05:00.123+08:00` (`Z`, `+0800`, `+08`), with one or two
///   digits for month, day and hour, and with or without seconds;
/// - `2026/11/20 8:05`, as Excel saves it, and `2026.11.20`;
/// - `20261120080500`, `20261120`.
///
/// A date alone is its beginning, 00:00:00. Parts of a second are dropped.
fn parse(text: &str) -> Option<(NaiveDateTime, Option<i64>)> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return compact(text).map(|local| (local, None));
    }
    let mut rest = Rest(text.as_bytes());
    let year = rest.digits(4, 4)?;
    let separator = rest.any_of(b"-/.")?;
    let month = rest.digits(1, 2)?;
    rest.any_of(&[separator])?;
    let day = rest.digits(1, 2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    if rest.0.is_empty() {
        return Some((date.and_time(NaiveTime::MIN), None));
    }
    rest.any_of(b" T")?;
    rest.skip_spaces();
    let hour = rest.digits(1, 2)?;
    rest.any_of(b":")?;
    let minute = rest.digits(2, 2)?;
    let mut second = 0;
    if rest.any_of(b":").is_some() {
        second = rest.digits(2, 2)?;
        if rest.any_of(b".").is_some() {
            rest.digits(1, 9)?;
        }
    }
    let local = date.and_hms_opt(hour, minute, second)?;
    rest.skip_spaces();
    let offset = if rest.0.is_empty() { None } else { Some(rest.offset()?) };
    rest.0.is_empty().then_some((local, offset))
}

fn compact(text: &str) -> Option<NaiveDateTime> {
    let mut rest = Rest(text.as_bytes());
    let year = i32::try_from(rest.digits(4, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, rest.digits(2, 2)?, rest.digits(2, 2)?)?;
    if rest.0.is_empty() {
        return Some(date.and_time(NaiveTime::MIN));
    }
    let local = date.and_hms_opt(rest.digits(2, 2)?, rest.digits(2, 2)?, rest.digits(2, 2)?)?;
    rest.0.is_empty().then_some(local)
}

/// What is left of a text that is being read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// Takes `least` to `most` digits, as many as there are.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let mut number = 0_u32;
        for count in 0..most {
            let Some((digit @ b'0'..=b'9', rest)) = self.0.split_first() else {
                return (count >= least).then_some(number);
            };
            let digit = u32::from(digit.wrapping_sub(b'0'));
            number = number.checked_mul(10)?.checked_add(digit)?;
            self.0 = rest;
        }
        Some(number)
    }

    /// Takes one of these bytes.
    fn any_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        if !bytes.contains(byte) {
            return None;
        }
        self.0 = rest;
        Some(*byte)
    }

    fn skip_spaces(&mut self) {
        while self.any_of(b" ").is_some() {}
    }

    /// Takes `Z`, `+08:00`, `+0800` or `+08`: seconds east of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.any_of(b"Z").is_some() {
            return Some(0);
        }
        let sign = self.any_of(b"+-")?;
        let hours = self.digits(2, 2)?;
        self.any_of(b":");
        let minutes = if self.0.is_empty() { 0 } else { self.digits(2, 2)? };
        let seconds = i64::from(hours)
            .checked_mul(HOUR_SECONDS)?
            .checked_add(i64::from(minutes).checked_mul(60)?)?;
        if minutes > 59 || seconds > OFFSET_SECONDS_MAX {
            return None;
        }
        if sign == b'-' { seconds.checked_neg() } else { Some(seconds) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        let moment = Times::new(BusinessDay::BEIJING).read(text)?;
        Some(BusinessDay::BEIJING.text(moment))
    }

    #[test]
    fn times_are_read_in_the_forms_that_exports_use() {
        let table = [
            ("2026-11-20 08:05:09", "2026-11-20 08:05:09"),
            ("2026-11-20  8:05", "2026-11-20 08:05:00"),
            ("2026/11/20 8:05", "2026-11-20 08:05:00"),
            ("2026/1/2 8:05:09", "2026-01-02 08:05:09"),
            ("2026.01.02", "2026-01-02 00:00:00"),
            ("2026-11-20", "2026-11-20 00:00:00"),
            ("20261120", "2026-11-20 00:00:00"),
            ("20261120080509", "2026-11-20 08:05:09"),
            ("2026-11-20T08:05:09", "2026-11-20 08:05:09"),
            ("2026-11-20T08:05:09.999", "2026-11-20 08:05:09"),
            ("2026-11-20T08:05:09Z", "2026-11-20 16:05:09"),
            ("2026-11-20T08:05:09.123456789+08:00", "2026-11-20 08:05:09"),
            ("2026-11-20 08:05:09 +0900", "2026-11-20 07:05:09"),
            ("2026-11-20T08:05:09-05", "2026-11-20 21:05:09"),
        ];
        for (text, expected) in table {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_could_be_two_times_is_none() {
        let table = [
            "",
            "11/20/2026 8:05",
            "20-11-2026",
            "2026-11/20",
            "2026-02-30",
            "2026-11-20 24:00:00",
            "2026-11-20 08:60:00",
            "2026-11-20 08:05:60",
            "2026-11-20 8",
            "2026-11-20 08:05:09.",
            "2026-11-20 08:05:09 PM",
            "2026-11-20 08:05:09+15:00",
            "2026-11-20 08:05:09+08:60",
            "2026-11-20 08:05:09+08:00x",
            "2026112008050",
            "1763596800",
            "1763596800000",
            "46346.3368",
            "2026-11-20 08：05：09",
        ];
        for text in table {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_remembered_date_changes_nothing(
            texts in proptest::collection::vec(
                "202[0-9]-0?[0-9]-[0-3][0-9]|2026/1/2 ? ? ?|2026-1-2 [01]",
                1..3,
            ),
            clocks in proptest::collection::vec(" ?[0-2][0-9]:[0-6][0-9]:[0-6]?[0-9](.1)?", 1..6),
        ) {
            let mut times = Times::new(BusinessDay::BEIJING);
            for text in texts.iter().cycle().take(6) {
                for clock in &clocks {
                    let text = format!("{text}{clock}");
                    let alone = Times::new(BusinessDay::BEIJING).read(&text);
                    let alone_slowly = parse(&text).map(|(local, _)| {
                        BusinessDay::BEIJING.moment(local)
                    });
                    prop_assert_eq!(times.read(&text), alone, "{}", text);
                    prop_assert_eq!(alone, alone_slowly, "{}", text);
                }
            }
        }
    }

    #[test]
    fn remembering_changes_nothing_across_clock_changes() {
        let cutoff = NaiveTime::from_hms_opt(2, 30, 0).expect("a time");
        for timezone in
            [chrono_tz::Asia::Shanghai, chrono_tz::Europe::Berlin, chrono_tz::Asia::Kolkata]
        {
            let day = BusinessDay { timezone, cutoff };
            let mut times = Times::new(day);
            let mut local = NaiveDate::from_ymd_opt(2026, 3, 28).expect("a date").and_time(cutoff);
            // Steps of seven minutes over both of the year's clock changes.
            for _ in 0..(230 * 24 * 60 / 7) {
                let moment = times.moment(local.and_utc().timestamp());
                assert_eq!(moment, day.moment(local), "{local} {timezone}");
                assert_eq!(times.date_of(moment), day.date_of(moment), "{local} {timezone}");
                local += chrono::TimeDelta::seconds(7 * 60 + 1);
            }
        }
    }
}

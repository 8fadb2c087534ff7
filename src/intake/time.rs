//! Times as exports and spreadsheets write them, turned into moments.

use chrono::{DateTime, NaiveTime};
use chrono_tz::Tz;

use crate::business_day::{BusinessDate, BusinessDay, PLAUSIBLE_DATES, StatedTime, Timestamp};
use crate::intake::cell;
use crate::order::RejectionReason;

mod written;
mod zone;

use written::parse;
pub(super) use zone::{zone_of, zone_of_word};

const HOUR_SECONDS: i64 = 3_600;

/// Bytes of `2026-11-20`.
const DATE_BYTES: usize = 10;

/// Local hours whose distance from UTC is remembered: a file goes through a day, and a row's times
/// are hours apart.
const KNOWN_HOURS: usize = 32;

/// Reads times of one business time zone, remembering the last hours and day: rows near each other
/// mostly have times near each other, and the zone's rules are slow to ask.
#[derive(Debug, Clone)]
pub(super) struct Times {
    day: BusinessDay,
    /// The zone of what is read, which a file may have of its own.
    zone: BusinessDay,
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
        Self { day, zone: day, written: None, hours: [None; KNOWN_HOURS], date: None }
    }

    /// Reads times of another zone than that of the business day, which still dates them.
    pub(super) const fn of_zone(day: BusinessDay, timezone: Tz) -> Self {
        let zone = BusinessDay { timezone, cutoff: NaiveTime::MIN };
        Self { zone, ..Self::new(day) }
    }

    /// The zone of the business day, and the cut-off that dates times.
    pub(super) const fn business_day(&self) -> BusinessDay {
        self.day
    }

    /// Reads a time: in the file's zone unless it carries an offset. `None` when it is not in one of
    /// the forms of [`parse`], or its date is none of [`PLAUSIBLE_DATES`].
    ///
    /// A date alone states a day and no moment: it is the first moment of that business date, whatever
    /// the cut-off. `24:00:00` is the last second of its day, to which it belongs.
    pub(super) fn read(&mut self, text: &str) -> Option<Timestamp> {
        let plain = plain(text);
        if let (Some((date, clock)), Some((written, midnight))) = (plain, self.written)
            && date == written
        {
            return Some(self.moment(midnight.saturating_add(clock)));
        }
        let written = parse(text)?;
        let (first, last) = PLAUSIBLE_DATES;
        if !(first.date()..=last.date()).contains(&written.date) {
            return None;
        }
        let Some(clock) = written.clock else {
            return Some(self.day.start_of(BusinessDate::new(written.date)));
        };
        let local = written.date.and_time(clock).and_utc().timestamp();
        if let Some((date, clock)) = plain {
            self.written = Some((date, local.saturating_sub(clock)));
        }
        Some(match written.offset {
            None => self.moment(local),
            Some(offset) => Timestamp::from_epoch_seconds(local.saturating_sub(offset)),
        })
    }

    /// Reads a date and a time of day that stand in two columns. Where the first holds both, the second
    /// is not looked at; where the second is empty, the date stands alone.
    pub(super) fn read_two(&mut self, date: &str, clock: &str) -> Option<Timestamp> {
        let written = parse(date)?;
        if clock.is_empty() || written.clock.is_some() {
            return self.read(date);
        }
        // The second may hold both, too; then it says the same day.
        if let Some(both) = parse(clock).filter(|both| both.clock.is_some()) {
            return if both.date == written.date { self.read(clock) } else { None };
        }
        let clock = cell::narrow(clock);
        let is_compact =
            matches!(clock.len(), 5 | 6) && clock.bytes().all(|byte| byte.is_ascii_digit());
        if !is_compact {
            return self.read(&format!("{date} {clock}"));
        }
        // A spreadsheet drops the zero of 090500.
        let padded = format!("0{clock}");
        let digits = padded.get(padded.len().saturating_sub(6)..)?;
        let (hour, rest) = digits.split_at_checked(2)?;
        let (minute, second) = rest.split_at_checked(2)?;
        self.read(&format!("{date} {hour}:{minute}:{second}"))
    }

    /// Why a text is no time that [`Times::read`] reads.
    pub(super) fn problem(text: &str) -> RejectionReason {
        if text.is_empty() || cell::is_zero_date(text) {
            return RejectionReason::Missing;
        }
        if cell::exponent(text).is_some() {
            return RejectionReason::Scientific;
        }
        if cell::is_hidden(text) {
            return RejectionReason::Hidden;
        }
        match parse(text) {
            Some(written) if written.date > PLAUSIBLE_DATES.1.date() => {
                RejectionReason::InTheFuture
            }
            Some(_) => RejectionReason::TooEarly,
            None => RejectionReason::NotATime,
        }
    }

    /// As [`BusinessDay::moment`] in the file's zone, of local seconds.
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
            Some(self.zone.moment(local).epoch_seconds())
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

/// Whether a text is a time that programs write for none, see [`BusinessDay::stated`].
pub(super) fn is_zero(text: &str) -> bool {
    parse(text).is_some_and(|written| {
        let local = written.date.and_time(written.clock.unwrap_or(NaiveTime::MIN));
        BusinessDay::BEIJING.stated(local) == StatedTime::Nothing
    })
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use chrono::NaiveDate;

    use super::written::Written;
    use super::*;

    fn read(text: &str) -> Option<String> {
        let moment = Times::new(BusinessDay::BEIJING).read(text)?;
        Some(BusinessDay::BEIJING.text(moment))
    }

    #[test]
    fn a_word_for_a_zone_is_read_where_it_is_one_place_s_alone() {
        let read = |word: &str| {
            let mut times = Times::of_zone(BusinessDay::BEIJING, zone_of_word(word)?);
            Some(BusinessDay::BEIJING.text(times.read("2026-07-20 10:00:00")?))
        };
        let table = [
            ("UTC", "2026-07-20 18:00:00"),
            ("cet", "2026-07-20 17:00:00"),
            ("CEST", "2026-07-20 16:00:00"),
            ("PST", "2026-07-21 02:00:00"),
            ("PDT", "2026-07-21 01:00:00"),
            ("SGT", "2026-07-20 10:00:00"),
            ("HKT", "2026-07-20 10:00:00"),
            ("AEST", "2026-07-20 08:00:00"),
            ("+08:00", "2026-07-20 10:00:00"),
            ("UTC-5", "2026-07-20 23:00:00"),
            ("Europe/Amsterdam", "2026-07-20 16:00:00"),
        ];
        for (word, expected) in table {
            assert_eq!(read(word).as_deref(), Some(expected), "{word}");
        }
        for word in ["CST", "IST", "BST", "", "XYZ", "Mars/Base", "+05:30", "UTC+"] {
            assert_eq!(read(word), None, "{word}");
        }
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
            ("2026-11-20 08:05:09 UTC", "2026-11-20 16:05:09"),
            ("2026-11-20 08:05:09 GMT+08:00", "2026-11-20 08:05:09"),
            ("2026-11-20 24:00:00", "2026-11-20 23:59:59"),
            ("20261120240000", "2026-11-20 23:59:59"),
            ("2026-11-20 9:5:3", "2026-11-20 09:05:03"),
            ("20261120 10:05:00", "2026-11-20 10:05:00"),
            ("20261120 100500", "2026-11-20 10:05:00"),
            ("2026-11-20 10：05：00", "2026-11-20 10:05:00"),
            ("２０２６－１１－２０　１０：０５", "2026-11-20 10:05:00"),
            ("2026-11-20\u{a0}10:05:00", "2026-11-20 10:05:00"),
            ("2026-11-20 11:05:00\u{202f}PM", "2026-11-20 23:05:00"),
            ("2026年11月20日 10:05:00", "2026-11-20 10:05:00"),
            ("2026年1月2日", "2026-01-02 00:00:00"),
            ("2026年11月20日10时5分", "2026-11-20 10:05:00"),
            ("2026年11月20日 10时05分09秒", "2026-11-20 10:05:09"),
            ("2026/11/20 下午 1:05:00", "2026-11-20 13:05:00"),
            ("2026/11/20 上午12:05", "2026-11-20 00:05:00"),
            ("2026/11/20 下午 12:05:00", "2026-11-20 12:05:00"),
            ("2026-11-20 08:05:09 PM", "2026-11-20 20:05:09"),
            ("2026-11-20 1:05 a.m.", "2026-11-20 01:05:00"),
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
            "2026-11-20 24:00:01",
            "2026-11-20 25:00:00",
            "2026-11-20 08:60:00",
            "2026-11-20 08:05:60",
            "2026-11-20 8",
            "2026-11-20 08:05:09.",
            "2026-11-20 上午 13:05",
            "2026-11-20 上午",
            "2026-11-20 下午 24:00:00",
            "0202-11-20 10:00:00",
            "1999-12-31 23:59:59",
            "0001-01-01",
            "11月20日 10:05",
            "2026-11-20 08:05:09+15:00",
            "2026-11-20 08:05:09+08:60",
            "2026-11-20 08:05:09+08:00x",
            "2026112008050",
            "1763596800",
            "1763596800000",
            "46346.3368",
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
                    let alone_slowly = parse(&text).map(|Written { date, clock, .. }| {
                        BusinessDay::BEIJING.moment(date.and_time(clock.unwrap_or_default()))
                    });
                    prop_assert_eq!(times.read(&text), alone, "{}", text);
                    prop_assert_eq!(alone, alone_slowly, "{}", text);
                }
            }
        }
    }

    #[test]
    fn a_date_alone_is_that_business_date_whatever_the_cutoff() {
        let cutoff = NaiveTime::from_hms_opt(6, 0, 0).expect("a time");
        let mut times = Times::new(BusinessDay { cutoff, ..BusinessDay::BEIJING });
        for (text, expected) in [
            ("2026-11-20", "2026-11-20"),
            ("20261120", "2026-11-20"),
            ("2026年11月20日", "2026-11-20"),
            ("2026-11-20 05:59:59", "2026-11-19"),
            ("2026-11-20 00:00:00", "2026-11-19"),
            ("2026-11-20 24:00:00", "2026-11-20"),
        ] {
            let moment = times.read(text).expect(text);
            assert_eq!(times.date_of(moment).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_date_and_a_time_of_day_may_stand_apart() {
        let table = [
            ("20261120", "100500", Some("2026-11-20 10:05:00")),
            ("20261120", "90500", Some("2026-11-20 09:05:00")),
            ("2026-11-20", "10:05", Some("2026-11-20 10:05:00")),
            ("2026年11月20日", "下午1:05", Some("2026-11-20 13:05:00")),
            ("2026-11-20", "24:00:00", Some("2026-11-20 23:59:59")),
            ("2026-11-20", "", Some("2026-11-20 00:00:00")),
            ("2026-11-20 10:05:00", "x", Some("2026-11-20 10:05:00")),
            ("2026-11-20", "x", None),
            ("2026-11-20", "500", None),
            ("", "10:05", None),
        ];
        for (date, clock, expected) in table {
            let read = Times::new(BusinessDay::BEIJING).read_two(date, clock);
            let read = read.map(|moment| BusinessDay::BEIJING.text(moment));
            assert_eq!(read.as_deref(), expected, "{date} {clock}");
        }
    }

    #[test]
    fn times_of_another_zone_are_moments() {
        let mut times = Times::of_zone(BusinessDay::BEIJING, Tz::UTC);
        let moment = times.read("2026-11-19 18:30:00").expect("a time");
        assert_eq!(BusinessDay::BEIJING.text(moment), "2026-11-20 02:30:00");
    }

    #[test]
    fn why_a_text_is_no_time_is_reported() {
        let table = [
            ("", RejectionReason::Missing),
            ("0001-01-01 00:00:00", RejectionReason::Missing),
            ("0202-11-20 10:00:00", RejectionReason::TooEarly),
            ("1.79510E+12", RejectionReason::Scientific),
            ("########", RejectionReason::Hidden),
            ("20-11-2026", RejectionReason::NotATime),
        ];
        for (text, expected) in table {
            assert_eq!(Times::problem(text), expected, "{text}");
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

//! When a job fires: crontab expressions in a time zone. Pure.
//!
//! Five fields, as crontab(5) has them: minute, hour, day of month, month, day of week. Six fields
//! begin with the second, a seventh is the year. Weekdays are 0 to 7 in every form, where both 0 and
//! 7 are Sunday; months and weekdays may be named.
//!
//! As in crontab, where both days are restricted one of the two is enough: `0 0 13 * 5` fires on
//! every 13th and on every Friday. A field that begins with `*` does not restrict in this sense.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use chrono::{
    DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike,
};
use chrono_tz::Tz;

use crate::business_day::{BusinessDay, Timestamp};

mod field;

use field::{DAY_OF_MONTH, DAY_OF_WEEK, HOUR, MINUTE, MONTH, SECOND, Unit, YEAR, values};

/// The years in which a schedule may fire; the search for the next time ends with the last.
const YEARS: RangeInclusive<u32> = 1970..=2199;

/// Short forms, as crontab has them.
const SHORT_FORMS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// Why a text is not a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not five, six or seven fields.
    #[error(
        "{0} fields where a schedule has five (minute, hour, day of month, month, day of week), or \
         six or seven with seconds first and the year last"
    )]
    FieldCount(usize),
    /// A field that cannot be read.
    #[error("{field} {part:?} {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// The part of it that is wrong.
        part: String,
        /// What is wrong with it.
        problem: String,
    },
    /// No day is as the schedule wants it: `0 0 31 2 *`.
    #[error("it never fires")]
    Never,
}

/// A parsed schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    text: String,
    seconds: BTreeSet<u32>,
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days_of_month: Days,
    months: BTreeSet<u32>,
    days_of_week: Days,
    years: BTreeSet<u32>,
}

/// The days that one of the two day fields allows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Days {
    values: BTreeSet<u32>,
    /// Whether the field begins with something else than `*`.
    restricts: bool,
}

impl Schedule {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// [`ScheduleError`] names the field and the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        let short = SHORT_FORMS.iter().find(|(short, _)| *short == text);
        let fields: Vec<&str> = short.map_or(text, |(_, long)| long).split_whitespace().collect();
        let (second, rest, year) = match fields.as_slice() {
            rest if rest.len() == 5 => ("0", rest, "*"),
            [second, rest @ ..] if rest.len() == 5 => (*second, rest, "*"),
            [second, rest @ .., year] if rest.len() == 5 => (*second, rest, *year),
            other => return Err(ScheduleError::FieldCount(other.len())),
        };
        let [minute, hour, month_day, month, weekday] = rest else {
            return Err(ScheduleError::FieldCount(fields.len()));
        };
        let mut days_of_week = days(weekday, &DAY_OF_WEEK)?;
        if days_of_week.values.remove(&7) {
            days_of_week.values.insert(0);
        }
        let schedule = Self {
            text: text.to_owned(),
            seconds: values(second, &SECOND)?,
            minutes: values(minute, &MINUTE)?,
            hours: values(hour, &HOUR)?,
            days_of_month: days(month_day, &DAY_OF_MONTH)?,
            months: values(month, &MONTH)?,
            days_of_week,
            years: values(year, &YEAR)?,
        };
        match schedule.wall_from(DateTime::UNIX_EPOCH.naive_utc()) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::Never),
        }
    }

    /// The first time after `after` at which the schedule fires in `zone`; `None` when it never
    /// does again.
    ///
    /// A time that a clock change skips fires once, at the end of the gap. A time that occurs twice
    /// fires once, the first time.
    pub fn next_after(&self, after: Timestamp, zone: Tz) -> Option<Timestamp> {
        let day = BusinessDay { timezone: zone, cutoff: NaiveTime::MIN };
        let first = self.wall_from(day.local(after));
        // The clock reads at most one change's width back, so only a few steps stay at or before
        // `after`; the wall time grows with each of them and ends with the last year.
        std::iter::successors(first, |wall| self.wall_from(wall.checked_add_signed(SECOND_LONG)?))
            .map(|wall| moment(wall, day))
            .find(|moment| *moment > after)
    }

    /// The first wall time at or after `from`.
    fn wall_from(&self, from: NaiveDateTime) -> Option<NaiveDateTime> {
        let last = *self.years.last()?;
        from.date().iter_days().take_while(|day| year(*day) <= last).find_map(|day| {
            let begin = if day == from.date() { from.time() } else { NaiveTime::MIN };
            self.allows(day).then(|| self.time_from(begin)).flatten().map(|time| day.and_time(time))
        })
    }

    fn allows(&self, day: NaiveDate) -> bool {
        let of_month = self.days_of_month.values.contains(&day.day());
        let of_week = self.days_of_week.values.contains(&day.weekday().num_days_from_sunday());
        let either = self.days_of_month.restricts && self.days_of_week.restricts;
        let fits = if either { of_month || of_week } else { of_month && of_week };
        fits && self.months.contains(&day.month()) && self.years.contains(&year(day))
    }

    fn time_from(&self, begin: NaiveTime) -> Option<NaiveTime> {
        for hour in self.hours.range(begin.hour()..) {
            let same_hour = *hour == begin.hour();
            let first_minute = if same_hour { begin.minute() } else { 0 };
            for minute in self.minutes.range(first_minute..) {
                let same_minute = same_hour && *minute == begin.minute();
                let first_second = if same_minute { begin.second() } else { 0 };
                if let Some(second) = self.seconds.range(first_second..).next() {
                    return NaiveTime::from_hms_opt(*hour, *minute, *second);
                }
            }
        }
        None
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const SECOND_LONG: chrono::TimeDelta = chrono::TimeDelta::seconds(1);

fn year(day: NaiveDate) -> u32 {
    u32::try_from(day.year()).unwrap_or(0)
}

fn moment(wall: NaiveDateTime, day: BusinessDay) -> Timestamp {
    let skipped = matches!(day.timezone.from_local_datetime(&wall), LocalResult::None);
    // Gaps end on a full minute: without the second, a skipped time is read as exactly that end.
    let whole_minute = wall.with_second(0).filter(|_| skipped);
    day.moment(whole_minute.unwrap_or(wall))
}

fn days(text: &str, unit: &Unit) -> Result<Days, ScheduleError> {
    // `?` is how other schedulers write "any day" beside the other day field.
    let text = if text == "?" { "*" } else { text };
    Ok(Days { values: values(text, unit)?, restricts: !text.starts_with('*') })
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;

    use super::*;

    /// The next times of an expression after a moment, both with the offset from UTC.
    fn fires(expression: &str, zone: Tz, after: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse(expression).expect(expression);
        let mut after = DateTime::parse_from_str(after, "%Y-%m-%d %H:%M:%S %:z")
            .map(|after| Timestamp::from_epoch_seconds(after.timestamp()))
            .expect(after);
        let mut times = Vec::new();
        while let Some(next) = schedule.next_after(after, zone).filter(|_| times.len() < count) {
            let utc = DateTime::from_timestamp(next.epoch_seconds(), 0).expect("a moment");
            times.push(utc.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %:z").to_string());
            after = next;
        }
        times
    }

    /// Each line is `expression | after -> time, time, …`, in Beijing time; 2026-11-21 is a
    /// Saturday.
    #[test]
    fn a_schedule_fires_as_crontab_says() {
        let table = "
            30 2 * * *       | 2026-11-21 02:29:59 -> 2026-11-21 02:30:00, 2026-11-22 02:30:00
            30 2 * * *       | 2026-11-21 02:30:00 -> 2026-11-22 02:30:00
            0 0 13 * 5       | 2026-12-04 12:00:00 -> 2026-12-11 00:00:00, 2026-12-13 00:00:00, 2026-12-18 00:00:00
            0 0 13 * *       | 2026-11-21 00:00:00 -> 2026-12-13 00:00:00, 2027-01-13 00:00:00
            0 0 * * 5        | 2026-11-21 00:00:00 -> 2026-11-27 00:00:00, 2026-12-04 00:00:00
            0 0 * * 0        | 2026-11-21 00:00:00 -> 2026-11-22 00:00:00, 2026-11-29 00:00:00
            0 0 * * 7        | 2026-11-21 00:00:00 -> 2026-11-22 00:00:00, 2026-11-29 00:00:00
            0 0 * * 1        | 2026-11-21 00:00:00 -> 2026-11-23 00:00:00, 2026-11-30 00:00:00
            0 0 * * 6        | 2026-11-21 00:00:00 -> 2026-11-28 00:00:00
            0 9 * * 1-5      | 2026-11-20 09:00:00 -> 2026-11-23 09:00:00, 2026-11-24 09:00:00
            0 9 * * MON-fri  | 2026-11-20 09:00:00 -> 2026-11-23 09:00:00
            0 9 * * 5-7      | 2026-11-20 08:00:00 -> 2026-11-20 09:00:00, 2026-11-21 09:00:00, 2026-11-22 09:00:00, 2026-11-27 09:00:00
            0 9 * * fri-sun  | 2026-11-20 09:00:00 -> 2026-11-21 09:00:00, 2026-11-22 09:00:00, 2026-11-27 09:00:00
            0 0 * * */2      | 2026-11-21 00:00:00 -> 2026-11-22 00:00:00, 2026-11-24 00:00:00, 2026-11-26 00:00:00, 2026-11-28 00:00:00, 2026-11-29 00:00:00
            0 0 */10 * 1     | 2026-11-21 00:00:00 -> 2026-12-21 00:00:00, 2027-01-11 00:00:00
            0 0 1 1,jul *    | 2026-11-21 00:00:00 -> 2027-01-01 00:00:00, 2027-07-01 00:00:00
            0 0 29 2 *       | 2026-11-21 00:00:00 -> 2028-02-29 00:00:00, 2032-02-29 00:00:00
            0 0 31 * *       | 2026-11-21 00:00:00 -> 2026-12-31 00:00:00, 2027-01-31 00:00:00, 2027-03-31 00:00:00
            */20 8-9 * * *   | 2026-11-21 08:30:00 -> 2026-11-21 08:40:00, 2026-11-21 09:00:00, 2026-11-21 09:20:00, 2026-11-21 09:40:00, 2026-11-22 08:00:00
            50/5 23 * * *    | 2026-11-21 23:51:00 -> 2026-11-21 23:55:00, 2026-11-22 23:50:00
            59 23 31 12 *    | 2026-12-31 23:59:00 -> 2027-12-31 23:59:00
            15 30 2 * * *    | 2026-11-21 02:30:00 -> 2026-11-21 02:30:15, 2026-11-22 02:30:15
            0 0 12 ? * mon   | 2026-11-21 00:00:00 -> 2026-11-23 12:00:00, 2026-11-30 12:00:00
            0 0 0 1 1 * 2028 | 2026-11-21 00:00:00 -> 2028-01-01 00:00:00
            @daily           | 2026-11-21 00:00:00 -> 2026-11-22 00:00:00
            @weekly          | 2026-11-21 00:00:00 -> 2026-11-22 00:00:00
            @monthly         | 2026-11-21 00:00:00 -> 2026-12-01 00:00:00
        ";
        for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (question, answers) = line.split_once(" -> ").expect(line);
            let (expression, after) = question.split_once(" | ").expect(line);
            let expected: Vec<String> =
                answers.split(", ").map(|time| format!("{time} +08:00")).collect();
            let after = format!("{} +08:00", after.trim());
            let found = fires(expression, chrono_tz::Asia::Shanghai, &after, expected.len());
            assert_eq!(found, expected, "{line}");
        }
    }

    /// Berlin 2026: at 02:00 on 29 March it becomes 03:00, at 03:00 on 25 October it becomes 02:00.
    #[test]
    fn a_skipped_time_fires_after_the_gap_and_a_repeated_one_fires_once() {
        let table: [(&str, &str, &[&str]); 7] = [
            (
                "30 2 * * *",
                "2026-03-28 12:00:00 +01:00",
                &["2026-03-29 03:00:00 +02:00", "2026-03-30 02:30:00 +02:00"],
            ),
            (
                "30 10 2 * * *",
                "2026-03-28 12:00:00 +01:00",
                &["2026-03-29 03:00:00 +02:00", "2026-03-30 02:10:30 +02:00"],
            ),
            (
                "*/30 * * * *",
                "2026-03-29 01:30:00 +01:00",
                &["2026-03-29 03:00:00 +02:00", "2026-03-29 03:30:00 +02:00"],
            ),
            ("0 3 * * *", "2026-03-28 12:00:00 +01:00", &["2026-03-29 03:00:00 +02:00"]),
            (
                "30 2 * * *",
                "2026-10-25 01:00:00 +02:00",
                &["2026-10-25 02:30:00 +02:00", "2026-10-26 02:30:00 +01:00"],
            ),
            // The process is started within the second 02:10: 02:30 was an hour ago.
            ("30 2 * * *", "2026-10-25 02:10:00 +01:00", &["2026-10-26 02:30:00 +01:00"]),
            (
                "0 3 * * *",
                "2026-10-25 02:59:59 +02:00",
                &["2026-10-25 03:00:00 +01:00", "2026-10-26 03:00:00 +01:00"],
            ),
        ];
        for (expression, after, expected) in table {
            let found = fires(expression, chrono_tz::Europe::Berlin, after, expected.len());
            assert_eq!(found, expected, "{expression} after {after}");
        }
    }

    #[test]
    fn a_schedule_that_is_over_has_no_next_time() {
        let found =
            fires("0 0 0 1 1 * 2020", chrono_tz::Asia::Shanghai, "2026-11-21 00:00:00 +08:00", 1);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn a_wrong_schedule_says_which_part_is_wrong() {
        let table = [
            ("60 2 * * *", "minute \"60\" is not within 0 to 59"),
            ("0 24 * * *", "hour \"24\" is not within 0 to 23"),
            ("0 0 0 * *", "day of month \"0\" is not within 1 to 31"),
            ("0 0 * 13 *", "month \"13\" is not within 1 to 12"),
            ("0 0 * * 8", "day of week \"8\" is not within 0 to 7"),
            ("0 0 * foo *", "month \"foo\" is neither a number from 1 to 12 nor a name"),
            ("x 0 * * *", "minute \"x\" is not a number from 0 to 59"),
            ("1,,2 0 * * *", "minute \"\" is not a number from 0 to 59"),
            ("30-10 0 * * *", "minute \"30-10\" goes backwards"),
            ("*/0 0 * * *", "minute \"*/0\" has a step that is not within 1 to 59"),
            ("*/90 0 * * *", "minute \"*/90\" has a step that is not within 1 to 59"),
            ("+1 0 * * *", "minute \"+1\" is not a number from 0 to 59"),
            ("99999999999 0 * * *", "minute \"99999999999\" is not within 0 to 59"),
            ("0 0 31 2 *", "it never fires"),
        ];
        for (text, expected) in table {
            let error = Schedule::parse(text).expect_err(text);
            assert_eq!(error.to_string(), expected, "{text}");
        }
        for (text, count) in [("", 0), ("* * * *", 4), ("@reboot", 1), ("* * * * * * * *", 8)] {
            assert_eq!(Schedule::parse(text), Err(ScheduleError::FieldCount(count)), "{text:?}");
        }
    }

    fn field(range: RangeInclusive<u32>) -> impl Strategy<Value = String> {
        let (first, last) = (*range.start(), *range.end());
        prop_oneof![
            Just("*".to_owned()),
            range.clone().prop_map(|value| value.to_string()),
            (range.clone(), range.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
            (1..=last.min(20)).prop_map(|step| format!("*/{step}")),
            (range.clone(), range).prop_map(move |(a, b)| format!("{},{}", a.max(first), b)),
        ]
    }

    proptest! {
        /// Where at most one of the two day fields is restricted, the crate `cron` agrees with
        /// crontab, up to its counting of weekdays (1 is Sunday), and is a witness.
        #[test]
        fn the_next_time_is_the_one_that_another_implementation_finds(
            second in field(0..=59),
            minute in field(0..=59),
            hour in field(0..=23),
            month in field(1..=12),
            day in 0_u32..=28,
            weekday in 0_u32..=6,
            after in 1_700_000_000_i64..2_000_000_000,
        ) {
            let of_month = if day == 0 { "*".to_owned() } else { day.to_string() };
            let of_week = |shift: u32| match day {
                0 => weekday.saturating_add(shift).to_string(),
                _ => "*".to_owned(),
            };
            let text = |week: String| format!("{second} {minute} {hour} {of_month} {month} {week}");
            let ours = Schedule::parse(&text(of_week(0))).expect("a schedule");
            let theirs = cron::Schedule::from_str(&text(of_week(1))).expect("a schedule");
            let moment = DateTime::from_timestamp(after, 0).expect("a moment");
            let expected = theirs.after(&moment).next().map(|next| next.timestamp());
            let found = ours.next_after(Timestamp::from_epoch_seconds(after), Tz::UTC);
            prop_assert_eq!(found.map(Timestamp::epoch_seconds), expected);
        }

        #[test]
        fn no_text_breaks_the_parser(text in "[-*/,0-9a-z? @]{0,20}") {
            let _ = Schedule::parse(&text).map(|schedule| schedule.to_string());
        }
    }
}

#[cfg(test)]
#[path = "schedule/zone_tests.rs"]
mod zone_tests;

//! Clock changes by hand and by a second implementation.
//!
//! New York 2026: at 02:00 on 8 March it becomes 03:00, at 02:00 on 1 November it becomes 01:00.
//! Lord Howe 2026: at 02:00 on 5 April it becomes 01:30, at 02:00 on 4 October it becomes 02:30.
//! Shanghai never changes.

use std::str::FromStr;

use chrono_tz::{America, Asia, Australia, Europe};
use proptest::prelude::*;

use super::*;

fn moment_of(text: &str) -> Timestamp {
    let read = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M %:z").expect(text);
    Timestamp::from_epoch_seconds(read.timestamp())
}

/// Each line is `expression | after -> time, time, …` with offsets from UTC.
fn check(zone: Tz, table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (question, answers) = line.split_once(" -> ").expect(line);
        let (expression, after) = question.split_once('|').expect(line);
        let schedule = Schedule::parse(expression).expect(line);
        let mut after = moment_of(after.trim());
        for answer in answers.split(", ") {
            let next = schedule.next_after(after, zone).expect(line);
            assert_eq!(next, moment_of(answer.trim()), "{zone}: {line}: {answer}");
            after = next;
        }
    }
}

#[test]
fn new_york_springs_forward_and_falls_back() {
    check(
        America::New_York,
        "
        30 2 * * *   | 2026-03-07 12:00 -05:00 -> 2026-03-08 03:00 -04:00, 2026-03-09 02:30 -04:00
        0 3 * * *    | 2026-03-07 12:00 -05:00 -> 2026-03-08 03:00 -04:00, 2026-03-09 03:00 -04:00
        */30 1-3 * * * | 2026-03-08 01:00 -05:00 -> 2026-03-08 01:30 -05:00, 2026-03-08 03:00 -04:00, 2026-03-08 03:30 -04:00, 2026-03-09 01:00 -04:00
        0 * * * *    | 2026-03-08 00:30 -05:00 -> 2026-03-08 01:00 -05:00, 2026-03-08 03:00 -04:00, 2026-03-08 04:00 -04:00
        30 1 * * *   | 2026-10-31 12:00 -04:00 -> 2026-11-01 01:30 -04:00, 2026-11-02 01:30 -05:00
        0 2 * * *    | 2026-10-31 12:00 -04:00 -> 2026-11-01 02:00 -05:00, 2026-11-02 02:00 -05:00
        30 1 * * *   | 2026-11-01 01:10 -05:00 -> 2026-11-02 01:30 -05:00
        30 2 * * 0   | 2026-03-01 02:30 -05:00 -> 2026-03-08 03:00 -04:00, 2026-03-15 02:30 -04:00
        ",
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    check(
        Australia::Lord_Howe,
        "
        45 1 * * *   | 2026-04-04 12:00 +11:00 -> 2026-04-05 01:45 +11:00, 2026-04-06 01:45 +10:30
        45 1 * * *   | 2026-04-05 01:35 +10:30 -> 2026-04-06 01:45 +10:30
        0 2 * * *    | 2026-04-04 12:00 +11:00 -> 2026-04-05 02:00 +10:30, 2026-04-06 02:00 +10:30
        15 2 * * *   | 2026-10-03 12:00 +10:30 -> 2026-10-04 02:30 +11:00, 2026-10-05 02:15 +11:00
        30 2 * * *   | 2026-10-03 12:00 +10:30 -> 2026-10-04 02:30 +11:00, 2026-10-05 02:30 +11:00
        */15 1-2 * * * | 2026-10-04 01:30 +10:30 -> 2026-10-04 01:45 +10:30, 2026-10-04 02:30 +11:00, 2026-10-04 02:45 +11:00, 2026-10-05 01:00 +11:00
        ",
    );
}

#[test]
fn berlin_and_shanghai_on_the_same_nights() {
    check(
        Europe::Berlin,
        "
        0 2 * * *    | 2026-03-28 12:00 +01:00 -> 2026-03-29 03:00 +02:00, 2026-03-30 02:00 +02:00
        0 0 29 3 *   | 2026-03-01 12:00 +01:00 -> 2026-03-29 00:00 +01:00, 2027-03-29 00:00 +02:00
        0 */2 * * *  | 2026-10-25 00:00 +02:00 -> 2026-10-25 02:00 +02:00, 2026-10-25 04:00 +01:00
        ",
    );
    check(
        Asia::Shanghai,
        "
        30 2 * * *   | 2026-03-28 12:00 +08:00 -> 2026-03-29 02:30 +08:00, 2026-03-30 02:30 +08:00
        30 2 * * *   | 2026-10-24 12:00 +08:00 -> 2026-10-25 02:30 +08:00, 2026-10-26 02:30 +08:00
        0 6 1 * *    | 2026-02-28 06:00 +08:00 -> 2026-03-01 06:00 +08:00, 2026-04-01 06:00 +08:00
        ",
    );
}

proptest! {
    /// Away from the hours of a change, the crate `cron` says the same in every zone, also on the
    /// days of a change and across them.
    #[test]
    fn another_implementation_agrees_in_every_zone(
        zone in prop::sample::select(vec![
            Europe::Berlin, America::New_York, Australia::Lord_Howe, Asia::Shanghai, Asia::Kathmandu,
        ]),
        minute in 0_u32..=59,
        hour in 4_u32..=23,
        day in 0_u32..=31,
        month in 0_u32..=12,
        after in 1_700_000_000_i64..2_000_000_000,
    ) {
        let or_any = |value: u32| if value == 0 { "*".to_owned() } else { value.to_string() };
        // The 31st of a month that has none never comes.
        let day = if month > 0 { day.min(28) } else { day };
        let text = format!("0 {minute} {hour} {} {} *", or_any(day), or_any(month));
        let theirs = cron::Schedule::from_str(&text).expect("a schedule");
        let local = DateTime::from_timestamp(after, 0).expect("a moment").with_timezone(&zone);
        let expected = theirs.after(&local).next().map(|next| next.timestamp());
        let ours = Schedule::parse(&text).expect("a schedule");
        let found = ours.next_after(Timestamp::from_epoch_seconds(after), zone);
        prop_assert_eq!(found.map(Timestamp::epoch_seconds), expected, "{} in {}", text, zone);
    }
}

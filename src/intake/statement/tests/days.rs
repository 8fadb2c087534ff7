//! Of which days a bill is the whole.

use super::*;

const NO_ROW: &str = "none of its rows is of that day, and no total of it says that there is none";

#[test]
fn the_days_of_a_bill_are_of_the_command_or_stated_or_those_of_its_rows() {
    let table = [
        ("", "Rows payment/scan 2026-11-20"),
        ("账单日期：2026-11-20\n", "Stated payment/scan 2026-11-20"),
        ("账单日期,20261120\n", "Stated payment/scan 2026-11-20"),
        // No row of it is of the day that it states.
        ("账单日期：2026-11-19\n", NO_ROW),
        (
            "起始日期：[2026-11-19 00:00:00]   终止日期：[2026-11-21 00:00:00]\n",
            "Stated payment/scan 2026-11-19 2026-11-20",
        ),
        (
            "#起始日期：[2026年11月19日 00:00:00],#终止日期：[2026年11月20日 23:59:59]\n",
            "Stated payment/scan 2026-11-19 2026-11-20",
        ),
        (
            "开始时间,2026-11-19 00:00\n结束时间,2026-11-20 23:59\n",
            "Stated payment/scan 2026-11-19 2026-11-20",
        ),
        (
            "Start Date: 2026/11/19\nEnd Date: 2026/11/20\n",
            "Stated payment/scan 2026-11-19 2026-11-20",
        ),
        ("对账日期：2026-11-19至2026-11-20\n", "Stated payment/scan 2026-11-19 2026-11-20"),
        ("账单周期: 2026-11-19 ~ 2026-11-20\n", "Stated payment/scan 2026-11-19 2026-11-20"),
        // Half a day is none, and 21 November is not over yet.
        ("开始日期：2026-11-19 12:00:00\n结束日期：2026-11-21\n", "Stated payment/scan 2026-11-20"),
        ("账单日期：2026-11-21\n", "no business day lies wholly in it and was over"),
        // Two words about the same end are none.
        (
            "起始日期：2026-11-18\n起始日期：2026-11-19\n终止日期：2026-11-20\n",
            "Rows payment/scan 2026-11-20",
        ),
        ("起始日期：2026-11-18\n", "Rows payment/scan 2026-11-20"),
        ("下载账单日期：2026-11-18\n", "Rows payment/scan 2026-11-20"),
    ];
    for (above, expected) in table {
        let found = outcome(two_rows(above, "").as_bytes(), &plain());
        assert_eq!(found.whole, expected, "{above}");
    }
    let result_of = |above: &str, from: &str, to: &str| {
        let days = date(from)..=date(to);
        let found = outcome_of(two_rows(above, "").as_bytes(), &plain(), |request| {
            request.days = Some(days);
        });
        found.map(|found| found.whole).ok()
    };
    let expected = "Command payment/scan 2026-11-18 2026-11-19 2026-11-20";
    assert_eq!(result_of("", "2026-11-18", "2026-11-30").as_deref(), Some(expected));
    assert_eq!(result_of("", "2026-11-18", "2026-11-19").as_deref(), Some(NO_ROW));
    let other = "the file says above its header that it is of 2026-11-19, another day";
    let above = "账单日期：2026-11-19\n";
    assert_eq!(result_of(above, "2026-11-20", "2026-11-20").as_deref(), Some(other));
    let labels =
        StatementSettings { from: Some("自".to_owned()), to: Some("迄".to_owned()), ..plain() };
    let found = outcome(two_rows("自：2026-11-20\n迄：2026-11-20\n", "").as_bytes(), &labels);
    assert_eq!(found.whole, "Stated payment/scan 2026-11-20");
}

#[test]
fn of_a_day_that_begins_late_a_bill_from_midnight_has_but_a_part() {
    let cutoff = NaiveTime::from_hms_opt(4, 0, 0).expect("a time");
    let whole = |above: &str, below: &str| {
        let text = two_rows(above, below);
        let found = outcome_of(text.as_bytes(), &plain(), |request| {
            request.business_day.cutoff = cutoff;
        });
        found.map(|found| found.whole).map_err(|error| error.to_string())
    };
    let none = "no business day lies wholly in it and was over";
    assert_eq!(whole("账单日期：2026-11-19\n", ""), Ok(none.to_owned()));
    let noon = "A3,1,0,2026-11-19 12:00:00\n";
    let two = whole("起始日期：2026-11-18\n终止日期：2026-11-20\n", noon);
    assert_eq!(two, Ok("Stated payment/scan 2026-11-18 2026-11-19".to_owned()));
    assert_eq!(whole("", ""), Ok(none.to_owned()));
    let below = "A3,1,0,2026-11-19 05:00:00\nA4,1,0,2026-11-19 03:00:00\n";
    assert_eq!(whole("", below), Ok("Rows payment/scan 2026-11-19".to_owned()));
}

#[test]
fn of_a_bill_of_another_zone_the_days_that_lie_wholly_in_it_are_whole() {
    let other = "its days go from midnight to midnight of UTC, so a business day has parts of two";
    let table = [
        // Zone, what stands above, said from and to, expected.
        (chrono_tz::UTC, "", Some((20, 20)), other),
        (chrono_tz::UTC, "账单日期：2026-11-20\n", Some((20, 20)), other),
        (chrono_tz::UTC, "", Some((19, 20)), "Command payment/scan 2026-11-20"),
        (chrono_tz::UTC, "", None, "no business day lies wholly in it and was over"),
        // Another name of the same days.
        (chrono_tz::Asia::Singapore, "", Some((20, 20)), "Command payment/scan 2026-11-20"),
        (chrono_tz::Asia::Singapore, "", None, "Rows payment/scan 2026-11-20"),
    ];
    for (zone, above, by_command, expected) in table {
        let settings = StatementSettings { timezone: Some(zone), ..plain() };
        let day = |day: u32| date(&format!("2026-11-{day}"));
        let found = outcome_of(two_rows(above, "").as_bytes(), &settings, |request| {
            request.days = by_command.map(|(from, to)| day(from)..=day(to));
        });
        let found = found.map_or_else(|error| error.to_string(), |found| found.whole);
        assert!(found.starts_with(expected), "{zone} {by_command:?}: {found}");
    } // Times of UTC in a file by business days: one of its rows is of none of the days of UTC.
    let utc = StatementSettings { timezone: Some(chrono_tz::UTC), ..plain() };
    let result_of = |below: &str| {
        let found = outcome_of(two_rows("", below).as_bytes(), &utc, |request| {
            request.days = Some(date("2026-11-20")..=date("2026-11-20"));
        });
        found.map_or_else(|error| error.to_string(), |found| found.whole)
    };
    assert_eq!(result_of("A3,1,0,2026-11-19 18:30:00\n"), "Command payment/scan 2026-11-20");
    let both = result_of("A3,1,0,2026-11-19 18:30:00\nA4,1,0,2026-11-20 18:30:00\n");
    assert!(both.starts_with(other), "{both}");
}

#[test]
fn of_other_days_a_bill_is_the_whole_of_parts() {
    let late = NaiveTime::from_hms_opt(4, 0, 0).expect("a time");
    let (utc, beijing) = (chrono_tz::UTC, chrono_tz::Asia::Shanghai);
    let midnight = NaiveTime::MIN;
    let noon = "账单开始：2026-11-19 12:00:00\n账单结束：2026-11-20 23:59:59\n";
    let early = "A3,1,0,2026-11-20 01:00:00\n";
    let next = "A3,1,0,2026-11-21 01:00:00\n";
    let table = [
        // Zone, cut-off, above the header, another row, said from and to, parts expected.
        (utc, midnight, "", "", Some((20, 20)), "20 08:00- 21 -08:00"),
        (utc, midnight, "", "", Some((19, 20)), "19 08:00- 21 -08:00"),
        (beijing, midnight, "", "", Some((20, 20)), ""),
        (beijing, midnight, noon, "", None, "19 12:00-"),
        // A row before the cut-off shows that the file goes from midnight to midnight, one after it that it does not.
        (beijing, late, "", early, Some((20, 20)), "19 00:00- 20 -00:00"),
        (beijing, late, "", next, Some((20, 20)), ""),
        (beijing, late, "", "", Some((20, 20)), ""),
        (beijing, late, "账单日期：2026-11-20\n", "", None, "19 00:00- 20 -00:00"),
    ];
    for (zone, cutoff, above, below, by_command, expected) in table {
        let settings = StatementSettings { timezone: Some(zone), ..plain() };
        let day = |day: u32| date(&format!("2026-11-{day}"));
        let outcome = outcome_of(two_rows(above, below).as_bytes(), &settings, |request| {
            request.business_day.cutoff = cutoff;
            request.days = by_command.map(|(from, to)| day(from)..=day(to));
        });
        let clock = |at: Option<Timestamp>| {
            at.map_or_else(String::new, |at| BusinessDay::BEIJING.text(at)[11..16].to_owned())
        };
        let parts = outcome.expect("a bill").parts.into_iter().map(|part| {
            format!("{} {}-{}", &part.date.to_string()[8..], clock(part.from), clock(part.until))
        });
        let parts: Vec<_> = parts.collect();
        assert_eq!(parts.join(" "), expected, "{zone} {cutoff} {above:?} {below:?} {by_command:?}");
    }
}

//! The legal workdays around the ten nights, read a second time and not from the calendar file.

use chrono::{Datelike, Weekday};

use crate::business_day::BusinessDate;

/// Mid-autumn.
const HOLIDAY: &str = "2026-09-25";
/// The Sunday that is worked for it.
const WORKED: &str = "2026-09-20";

/// The next legal workday after a date.
pub(super) fn next_workday(date: BusinessDate) -> BusinessDate {
    let mut next = date.plus_days(1);
    while !is_workday(next) {
        next = next.plus_days(1);
    }
    next
}

fn is_workday(date: BusinessDate) -> bool {
    let text = date.to_string();
    let is_weekend = matches!(date.date().weekday(), Weekday::Sat | Weekday::Sun);
    (!is_weekend || text == WORKED) && text != HOLIDAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workday_that_makes_up_is_one_and_a_holiday_is_none() {
        let table = [
            ("2026-09-17", "2026-09-18"),
            ("2026-09-18", "2026-09-20"),
            ("2026-09-19", "2026-09-20"),
            ("2026-09-20", "2026-09-21"),
            ("2026-09-24", "2026-09-28"),
            ("2026-09-25", "2026-09-28"),
            ("2026-09-26", "2026-09-28"),
        ];
        for (date, expected) in table {
            let date = BusinessDate::parse(date).expect("a date");
            assert_eq!(next_workday(date).to_string(), expected, "{date}");
        }
    }
}

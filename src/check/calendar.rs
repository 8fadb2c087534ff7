//! The calendar: the years that settlement will need.

use chrono::{Datelike, NaiveDate};

use super::{Part, Trouble};
use crate::business_day::BusinessDate;
use crate::config::Config;
use crate::config::calendar::Calendar;

/// Days ahead for which the calendar has to be there: the longest holidays, and a weekend at either
/// end, so that a T+1 date can always be found.
const DAYS_AHEAD: i64 = 14;

/// The month in which next year's holidays have been announced, as a rule.
const ANNOUNCED_IN: u32 = 11;

const FIX: &str = "add the State Council's holidays and make-up workdays of that year, see \
                   samples/calendar-2026.toml";

/// Looks at the calendar as of a business date.
pub(super) fn calendar(config: &Config, today: BusinessDate) -> Part {
    let mut part = Part::new("calendar");
    let Some(path) = &config.calendar else {
        part.note(
            "there is no calendar: legal holidays are not known, so T+1 settlement dates are not \
             either",
            "set calendar in [business_day], see samples/calendar-2026.toml",
        );
        return part;
    };
    part.found = path.display().to_string();
    if !path.is_file() {
        // The configuration's problem says so.
        return part;
    }
    match Calendar::read(path) {
        Ok(calendar) => years(&mut part, &calendar, today.date()),
        Err(errors) => part.wrong.extend(errors.problems.into_iter().map(Trouble::from)),
    }
    part
}

fn years(part: &mut Part, calendar: &Calendar, today: NaiveDate) {
    let knows = |date: NaiveDate| calendar.is_workday(date).is_some();
    let (this, next) = (today.year(), today.year().saturating_add(1));
    if !knows(today) {
        part.wrong(format!("the calendar does not have {this}"), FIX);
    }
    let ahead = BusinessDate::new(today).plus_days(DAYS_AHEAD).date();
    let first = NaiveDate::from_ymd_opt(next, 1, 1);
    if ahead.year() == next && !knows(ahead) {
        part.wrong(format!("the calendar does not have {next}, which is about to begin"), FIX);
    } else if today.month() >= ANNOUNCED_IN && first.is_some_and(|first| !knows(first)) {
        part.note(format!("the calendar does not have {next} yet"), FIX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_that_will_be_needed_is_missed_in_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calendar.toml");
        std::fs::write(&path, "[2026]\nholidays = []\nworkdays = []\n").expect("a file");
        let calendar = Calendar::read(&path).expect("a calendar");
        let table = [
            ("2025-06-01", 1, 0),
            ("2026-06-01", 0, 0),
            ("2026-10-31", 0, 0),
            ("2026-11-01", 0, 1),
            ("2026-12-17", 0, 1),
            ("2026-12-18", 1, 0),
            ("2027-01-01", 1, 0),
        ];
        for (today, wrong, notes) in table {
            let mut part = Part::new("calendar");
            years(&mut part, &calendar, today.parse().expect(today));
            assert_eq!((part.wrong.len(), part.notes.len()), (wrong, notes), "{today}: {part}");
        }
    }
}

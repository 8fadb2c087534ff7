//! `[business_day] calendar`: which days are legal workdays.
//!
//! One table per year: `holidays` are weekdays that are off, `workdays` weekend days that are
//! worked. Every other weekday is a workday, every other weekend day is off.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{Datelike, NaiveDate, Weekday};

use super::problem::ConfigErrors;
use super::reader::{Section, Source, read_text};
use super::values;

/// Legal workdays, for the years that the file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i32, Exceptions>,
}

/// The days of one year that are not what their weekday says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Exceptions {
    holidays: BTreeSet<NaiveDate>,
    workdays: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// Reads a calendar file.
    ///
    /// # Errors
    ///
    /// [`ConfigErrors`] with every problem of the file: a day that is not of its year, a holiday on
    /// a weekend, a make-up workday on a weekday, a day listed twice.
    pub fn read(path: &Path) -> Result<Self, ConfigErrors> {
        let text = read_text(path, "check calendar in [business_day]")?;
        let file = path.display().to_string();
        let source = Source::new(&file, &text);
        let table = source.parse()?;
        let years = years(&source, (table.span().start, Some(table.get_ref())));
        source.finish()?;
        Ok(Self { years })
    }

    /// Whether a day is a legal workday; `None` for a year that the file does not have.
    pub fn is_workday(&self, date: NaiveDate) -> Option<bool> {
        let exceptions = self.years.get(&date.year())?;
        if is_weekend(date) {
            Some(exceptions.workdays.contains(&date))
        } else {
            Some(!exceptions.holidays.contains(&date))
        }
    }

    /// The years and their days as one text, the same for every file that says the same.
    pub(crate) fn canonical(&self) -> String {
        let mut words = Vec::new();
        for (year, exceptions) in &self.years {
            words.push(year.to_string());
            words.extend(exceptions.holidays.iter().map(|day| format!("-{day}")));
            words.extend(exceptions.workdays.iter().map(|day| format!("+{day}")));
        }
        words.join(" ")
    }
}

fn years<'a>(
    source: &'a Source<'a>,
    table: (usize, Option<&'a toml::de::DeTable<'a>>),
) -> BTreeMap<i32, Exceptions> {
    let names: Vec<&str> = table
        .1
        .map_or_else(Vec::new, |table| table.keys().map(|key| key.get_ref().as_ref()).collect());
    let top = Section::open(source, "", table, &names);
    let mut years = BTreeMap::new();
    for (name, at) in top.keys() {
        let Some(year) = name.parse().ok().filter(|year| (2000..=2199).contains(year)) else {
            let what = format!("{name:?} is not a year");
            source.problem(at, name, what, "write one table per year, for example [2026]");
            continue;
        };
        let section = top.section(name, &format!("[{name}]"), &["holidays", "workdays"]);
        let holidays = days(&section, "holidays", |day| day.year() == year && !is_weekend(day));
        let workdays = days(&section, "workdays", |day| day.year() == year && is_weekend(day));
        years.insert(year, Exceptions { holidays, workdays });
    }
    if years.is_empty() {
        source.problem(0, "", "there is no year".to_owned(), "add one, for example [2026]");
    }
    years
}

fn days(section: &Section<'_>, key: &str, fits: impl Fn(NaiveDate) -> bool) -> BTreeSet<NaiveDate> {
    let kind = if key == "holidays" { "a weekday" } else { "a weekend day" };
    let mut days = BTreeSet::new();
    section.require(key, "[]");
    for text in section.texts(key).unwrap_or_default() {
        match values::date(&text).map(crate::business_day::BusinessDate::date) {
            Err(wrong) => section.refuse(key, &format!("has {text:?}, {}", wrong.what), wrong.fix),
            Ok(day) if !fits(day) => {
                section.refuse(key, &format!("has {text}, which is not {kind} of that year"), "");
            }
            Ok(day) if !days.insert(day) => {
                section.refuse(key, &format!("has {text} twice"), "");
            }
            Ok(_) => {}
        }
    }
    days
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Calendar, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("calendar.toml");
        std::fs::write(&path, text).expect("a file");
        let folder = format!("{}/", folder.path().display());
        Calendar::read(&path).map_err(|errors| errors.to_string().replace(&folder, ""))
    }

    #[test]
    fn a_holiday_is_off_and_a_make_up_day_is_worked() {
        let text = "[2026]\nholidays = [\"2026-01-01\"]\nworkdays = [\"2026-01-04\"]\n";
        let calendar = read(text).expect("a calendar");
        let table = [
            ("2026-01-01", Some(false)),
            ("2026-01-02", Some(true)),
            ("2026-01-03", Some(false)),
            ("2026-01-04", Some(true)),
            ("2027-01-01", None),
        ];
        for (day, expected) in table {
            let date = day.parse().expect(day);
            assert_eq!(calendar.is_workday(date), expected, "{day}");
        }
    }

    #[test]
    fn a_wrong_calendar_is_refused_with_its_line() {
        let text =
            "[2026]\nholidays = [\"2026-01-03\", \"2026-1-1\"]\nworkdays = [\"2025-01-04\"]\n";
        assert_eq!(
            read(text).expect_err("problems"),
            "calendar.toml:2:12: holidays in [2026] has 2026-01-03, which is not a weekday of that \
             year\n\
             calendar.toml:2:12: holidays in [2026] has \"2026-1-1\", not a date; write \
             \"YYYY-MM-DD\", for example \"2026-01-31\"\n\
             calendar.toml:3:12: workdays in [2026] has 2025-01-04, which is not a weekend day of \
             that year"
        );
        assert_eq!(
            read("").expect_err("a problem"),
            "calendar.toml:1:1: there is no year; add one, for example [2026]"
        );
        assert_eq!(
            read("[2026]\nholidays = []\n").expect_err("a problem"),
            "calendar.toml:1:1: [2026] has no workdays; add workdays = []"
        );
    }
}

//! Calendar months of business dates.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};

use crate::business_day::BusinessDate;

/// A calendar month: the business dates from its first to its last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month of a business date.
    #[must_use]
    pub fn of(date: BusinessDate) -> Self {
        let date = date.date();
        Self { first: date.with_day(1).unwrap_or(date) }
    }

    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
        Some(Self { first }).filter(|month| month.to_string() == text)
    }

    /// Its first day.
    pub const fn first(self) -> BusinessDate {
        BusinessDate::new(self.first)
    }

    /// Its last day.
    pub fn last(self) -> BusinessDate {
        let next = self.first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
        BusinessDate::new(next).plus_days(-1)
    }

    /// Every day, in order.
    pub fn days(self) -> impl Iterator<Item = BusinessDate> + use<> {
        let last = self.last();
        let next = |day: &BusinessDate| Some(day.plus_days(1));
        std::iter::successors(Some(self.first()), next).take_while(move |day| *day <= last)
    }

    /// Whether a business date is one of its days.
    pub fn has(self, date: BusinessDate) -> bool {
        (self.first()..=self.last()).contains(&date)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_its_days_and_no_other() {
        let table = [
            ("2026-11", "2026-11-01", "2026-11-30", 30),
            ("2026-12", "2026-12-01", "2026-12-31", 31),
            ("2026-02", "2026-02-01", "2026-02-28", 28),
            ("2028-02", "2028-02-01", "2028-02-29", 29),
        ];
        for (text, first, last, days) in table {
            let month = Month::parse(text).expect(text);
            assert_eq!(month.to_string(), text);
            assert_eq!(
                (month.first().to_string(), month.last().to_string()),
                (first.into(), last.into())
            );
            assert_eq!(month.days().count(), days);
            assert!(month.days().all(|day| month.has(day) && Month::of(day) == month), "{text}");
            assert!(!month.has(month.first().plus_days(-1)), "{text}");
            assert!(!month.has(month.last().plus_days(1)), "{text}");
        }
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["", "2026", "2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "2026-11 "]
        {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}

//! Dates on the command line.

use std::str::FromStr;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};

/// A business day on the command line, not yet resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateArg {
    /// The business day before the one that is running.
    Yesterday,
    /// The business day that is running.
    Today,
    /// This one.
    On(BusinessDate),
}

impl DateArg {
    /// The business date that is meant at `now`.
    ///
    /// # Errors
    ///
    /// [`FutureDate`] for a business day that has not begun.
    pub fn resolve(
        self,
        now: Timestamp,
        business_day: &BusinessDay,
    ) -> Result<BusinessDate, FutureDate> {
        let today = business_day.date_of(now);
        match self {
            Self::Yesterday => Ok(today.plus_days(-1)),
            Self::Today => Ok(today),
            Self::On(date) if date > today => Err(FutureDate { date, today }),
            Self::On(date) => Ok(date),
        }
    }
}

impl FromStr for DateArg {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        match text {
            "yesterday" => Ok(Self::Yesterday),
            "today" => Ok(Self::Today),
            text => BusinessDate::parse(text)
                .filter(|date| date.to_string() == text)
                .filter(|date| is_sensible(*date))
                .map(Self::On)
                .ok_or(NotADate),
        }
    }
}

/// Whether a date is one on which something may have been paid.
pub(super) fn is_sensible(date: BusinessDate) -> bool {
    /// Nothing was paid over these platforms before; a smaller year is a slip.
    const YEAR_MIN: i32 = 2000;
    chrono::Datelike::year(&date.date()) >= YEAR_MIN
}

/// A text that is no business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write YYYY-MM-DD of the years 2000 to 2099, yesterday or today")]
pub struct NotADate;

/// A business day that has not begun, so there is nothing to reconcile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{date} is in the future: the business day that is running is {today}")]
pub struct FutureDate {
    /// What was asked for.
    pub date: BusinessDate,
    /// The business day that is running.
    pub today: BusinessDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_resolved_in_the_business_day_and_never_in_the_future() {
        let cutoff = chrono::NaiveTime::from_hms_opt(4, 0, 0).expect("a time");
        let day = BusinessDay { cutoff, ..BusinessDay::BEIJING };
        let now = day.moment("2026-11-21T03:00:00".parse().expect("a time"));
        let table = [
            ("today", Ok("2026-11-20")),
            ("yesterday", Ok("2026-11-19")),
            ("2026-11-20", Ok("2026-11-20")),
            ("2025-02-28", Ok("2025-02-28")),
            (
                "2026-11-21",
                Err("2026-11-21 is in the future: the business day that is running is 2026-11-20"),
            ),
        ];
        for (text, expected) in table {
            let argument: DateArg = text.parse().expect(text);
            let found = argument.resolve(now, &day);
            let found = found.map(|date| date.to_string()).map_err(|error| error.to_string());
            assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{text}");
        }
    }
}

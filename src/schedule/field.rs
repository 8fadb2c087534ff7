//! One field of a crontab expression: a list of values, ranges and steps.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::ScheduleError;

/// Names of months and weekdays, as crontab has them.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// One field of an expression: what it is called and what it may hold.
pub(super) struct Unit {
    /// What messages call it.
    name: &'static str,
    /// The values that it may hold.
    range: RangeInclusive<u32>,
    /// Names for the values from the start of the range on.
    names: &'static [&'static str],
}

pub(super) const SECOND: Unit = Unit { name: "second", range: 0..=59, names: &[] };
pub(super) const MINUTE: Unit = Unit { name: "minute", range: 0..=59, names: &[] };
pub(super) const HOUR: Unit = Unit { name: "hour", range: 0..=23, names: &[] };
pub(super) const DAY_OF_MONTH: Unit = Unit { name: "day of month", range: 1..=31, names: &[] };
pub(super) const MONTH: Unit = Unit { name: "month", range: 1..=12, names: &MONTHS };
pub(super) const DAY_OF_WEEK: Unit = Unit { name: "day of week", range: 0..=7, names: &WEEKDAYS };
pub(super) const YEAR: Unit = Unit { name: "year", range: super::YEARS, names: &[] };

/// The values of a field: a list of `*`, `a`, `a-b`, each with `/step`.
pub(super) fn values(text: &str, unit: &Unit) -> Result<BTreeSet<u32>, ScheduleError> {
    let mut values = BTreeSet::new();
    for part in text.split(',') {
        let wrong = |problem: String| ScheduleError::Field {
            field: unit.name,
            part: part.to_owned(),
            problem,
        };
        let (span, step) = part.split_once('/').map_or((part, None), |(a, b)| (a, Some(b)));
        let (first, last) = match span.split_once('-') {
            _ if span == "*" => (*unit.range.start(), *unit.range.end()),
            Some((first, last)) => {
                let first = value(first, unit).map_err(wrong)?;
                let last = value(last, unit).map_err(wrong)?;
                // A week may end with Sunday: `fri-sun`.
                let sunday = unit.name == DAY_OF_WEEK.name && last == 0;
                (first, if sunday { 7 } else { last })
            }
            None => {
                let first = value(span, unit).map_err(wrong)?;
                (first, if step.is_some() { *unit.range.end() } else { first })
            }
        };
        if first > last {
            return Err(wrong("goes backwards".to_owned()));
        }
        let step = step.map_or(Ok(1), |step| step_width(step, unit)).map_err(wrong)?;
        values.extend((first..=last).step_by(step));
    }
    Ok(values)
}

fn value(text: &str, unit: &Unit) -> Result<u32, String> {
    let named = unit.names.iter().position(|name| text.eq_ignore_ascii_case(name));
    let named = named.and_then(|index| u32::try_from(index).ok());
    let named = named.and_then(|index| unit.range.start().checked_add(index));
    let range = format!("{} to {}", unit.range.start(), unit.range.end());
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = if digits { text.parse().ok() } else { named };
    match read {
        Some(value) if unit.range.contains(&value) => Ok(value),
        None if !digits && unit.names.is_empty() => Err(format!("is not a number from {range}")),
        None if !digits => Err(format!("is neither a number from {range} nor a name")),
        Some(_) | None => Err(format!("is not within {range}")),
    }
}

fn step_width(text: &str, unit: &Unit) -> Result<usize, String> {
    let width = text.parse::<usize>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let last = usize::try_from(*unit.range.end()).unwrap_or(usize::MAX);
    width
        .filter(|width| (1..=last).contains(width))
        .ok_or_else(|| format!("has a step that is not within 1 to {last}"))
}

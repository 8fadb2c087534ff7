//! The date in the name of a bill, for rows whose times have no year.

use chrono::{Datelike, NaiveDate};

use crate::intake::content::Content;
use crate::intake::statement::{StatementError, StatementRequest};

/// The date in the name that the bill was made under, else the last of those that it is said to be of. `None`
/// where nothing needs it.
///
/// # Errors
///
/// [`StatementError::NoYear`] where neither says one.
pub(super) fn date(
    request: &StatementRequest<'_>,
    content: &Content,
) -> Result<Option<NaiveDate>, StatementError> {
    let Some(wanted) = &request.settings.date_in_name else { return Ok(None) };
    let no_year =
        || StatementError::NoYear { name: request.name.to_owned(), wanted: wanted.clone() };
    if !content.inside.is_empty() {
        return in_name(wanted, &content.inside).map(Some).ok_or_else(no_year);
    }
    let file = request.path.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut names = file.iter().map(String::as_str).chain([request.name]);
    let found = names.find_map(|name| in_name(wanted, name));
    let by_command = request.days.as_ref().map(|days| days.end().date());
    found.or(by_command).map(Some).ok_or_else(no_year)
}

/// The date in a name that has `wanted` in it.
fn in_name(wanted: &str, name: &str) -> Option<NaiveDate> {
    let forms = [("{yymmdd}", 6), ("{yyyymmdd}", 8)];
    let (form, digits) = forms.into_iter().find(|(form, _)| wanted.contains(form))?;
    let (front, behind) = wanted.split_once(form)?;
    name.match_indices(front).find_map(|(at, found)| {
        let rest = name.get(at.saturating_add(found.len())..)?;
        let (date, rest) = rest.split_at_checked(digits)?;
        let is_it = date.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with(behind);
        let date = if digits == 6 { format!("20{date}") } else { date.to_owned() };
        is_it.then(|| NaiveDate::parse_from_str(&date, "%Y%m%d").ok()).flatten()
    })
}

/// A time without its year (`MMDDhhmmss`) with that of a date: no row is later than the bill that it is in, so
/// that in a bill of January a row of December is of the year before.
pub(super) fn with_year(text: &str, date: NaiveDate) -> Option<String> {
    const DIGITS: usize = 10;
    let is_it = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let (day, _) = text.split_at_checked(4).filter(|_| is_it)?;
    let is_before = day > format!("{:02}{:02}", date.month(), date.day()).as_str();
    let year = date.year().checked_sub(i32::from(is_before))?;
    Some(format!("{year:04}{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_is_that_of_the_name() {
        let wanted = "INN{yymmdd}88ZM_";
        let date = |name: &str| in_name(wanted, name).map(|date| date.to_string());
        assert_eq!(date("INN26112088ZM_898000000000001").as_deref(), Some("2026-11-20"));
        assert_eq!(date("out/INN26112088ZM_8980.txt").as_deref(), Some("2026-11-20"));
        for name in ["INN26112088ZME_8980", "INN26132088ZM_8980", "unionpay-2026-11-20", ""] {
            assert_eq!(date(name), None, "{name}");
        }
        let year = |text: &str, date: &str| with_year(text, date.parse().unwrap());
        assert_eq!(year("1120101500", "2026-11-20").as_deref(), Some("20261120101500"));
        assert_eq!(year("1231233000", "2027-01-01").as_deref(), Some("20261231233000"));
        assert_eq!(year("0101003000", "2027-01-01").as_deref(), Some("20270101003000"));
        assert_eq!(year("112010150", "2026-11-20"), None);
    }
}

//! What a person saw when deciding: the figures of a row as it was exported, against those of now.
//!
//! The file may have been written on an earlier night and gone through a spreadsheet, so amounts are
//! compared as numbers and words in either language, without regard to space and width.

use std::borrow::Cow;

use crate::config::{AmountUnit, Language};
use crate::discrepancy::{Discrepancy, DiscrepancyType, State};
use crate::intake::table::TableRow;
use crate::intake::{amount_of_cell, shown_value};
use crate::money::{Currency, units};
use crate::order::RejectionReason;
use crate::resolution::Refusal;
use crate::text::folded;
use crate::wording::{self, Word};

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Which value of a row.
    pub at: usize,
    /// The name in the file's header.
    pub name: String,
}

/// Where the figures stand that a person decides by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenColumns {
    /// The type.
    pub kind: Column,
    /// The state.
    pub state: Column,
    /// The merchant's amount.
    pub merchant_amount: Column,
    /// The provider's amount.
    pub provider_amount: Column,
    /// The difference.
    pub difference: Column,
    /// The merchant's status.
    pub merchant_status: Column,
    /// The provider's status.
    pub provider_status: Column,
}

/// Whether the figures of a row are still those of the discrepancy.
///
/// # Errors
///
/// [`Refusal::Changed`] names the first that is not, [`Refusal::Unreadable`] one that cannot be read.
pub fn figures(
    row: &TableRow,
    columns: &SeenColumns,
    known: &Discrepancy,
    language: Language,
) -> Result<(), Refusal> {
    let merchant = known.merchant_status;
    let merchant_words = |language: Language| {
        merchant.map_or_else(|| wording::absent(language), |status| status.word(language))
    };
    // Earlier reports have other words for the same types.
    if DiscrepancyType::from_word(text(row, &columns.kind)?) != Some(known.kind) {
        word(row, &columns.kind, |language| known.kind.word(language), language)?;
    }
    word(row, &columns.merchant_status, merchant_words, language)?;
    let provider = |language| known.provider_status.word(language);
    word(row, &columns.provider_status, provider, language)?;
    let currency = known.currency;
    amount(row, &columns.merchant_amount, known.merchant_amount_minor, currency)?;
    amount(row, &columns.provider_amount, known.provider_amount_minor, currency)?;
    amount(row, &columns.difference, Some(known.difference_minor), currency)
}

/// Whether the state of a row is still that of the discrepancy. Timing and open are one: mere age
/// turns one into the other.
///
/// # Errors
///
/// [`Refusal::Changed`].
pub fn state(
    row: &TableRow,
    columns: &SeenColumns,
    known: &Discrepancy,
    language: Language,
) -> Result<(), Refusal> {
    let states: &[State] = match known.state {
        State::Timing | State::Open => &[State::Open, State::Timing],
        State::Suspense => &[State::Suspense],
        State::Resolved => &[State::Resolved],
        State::WrittenOff => &[State::WrittenOff],
    };
    let text = text(row, &columns.state)?;
    let says = |state: &State| is(text, |language| state.word(language));
    if states.iter().any(says) {
        return Ok(());
    }
    let now = states.first().map_or("", |state| state.word(language));
    Err(changed(&columns.state, text, now))
}

fn word(
    row: &TableRow,
    column: &Column,
    now: impl Fn(Language) -> &'static str,
    language: Language,
) -> Result<(), Refusal> {
    let text = text(row, column)?;
    if is(text, &now) { Ok(()) } else { Err(changed(column, text, now(language))) }
}

fn is(text: &str, word: impl Fn(Language) -> &'static str) -> bool {
    let text = folded(text);
    Language::ALL.iter().any(|language| folded(word(*language)) == text)
}

fn amount(
    row: &TableRow,
    column: &Column,
    now: Option<i64>,
    currency: Currency,
) -> Result<(), Refusal> {
    let text = text(row, column)?;
    let seen = as_shown(text, currency).map_err(|reason| unreadable(column, text, reason))?;
    if seen == now {
        return Ok(());
    }
    Err(changed(column, text, &now.map_or_else(String::new, |minor| units(minor, currency))))
}

/// The amount of a cell, also in the formats of accountants: `(12.00)` is negative, `-` is zero.
fn as_shown(text: &str, currency: Currency) -> Result<Option<i64>, RejectionReason> {
    let text = text.trim();
    let plain: Cow<'_, str> = match text {
        "" => return Ok(None),
        "-" => return Ok(Some(0)),
        text => match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inside) => Cow::Owned(format!("-{inside}")),
            None => Cow::Borrowed(text),
        },
    };
    amount_of_cell(&plain, AmountUnit::Yuan, currency).map(Some)
}

fn text<'a>(row: &'a TableRow, column: &Column) -> Result<&'a str, Refusal> {
    row.text(column.at).map_err(|reason| unreadable(column, row.shown(column.at), reason))
}

fn unreadable(column: &Column, value: &str, reason: RejectionReason) -> Refusal {
    Refusal::Unreadable { column: column.name.clone(), value: shown_value(value), reason }
}

fn changed(column: &Column, was: &str, now: &str) -> Refusal {
    Refusal::Changed { column: column.name.clone(), was: shown_value(was), now: now.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_a_spreadsheet_shows_them() {
        let table = [
            ("", Ok(None)),
            ("100", Ok(Some(10_000))),
            ("100.00", Ok(Some(10_000))),
            ("1,234.5", Ok(Some(123_450))),
            ("-12.3", Ok(Some(-1_230))),
            ("(12.30)", Ok(Some(-1_230))),
            (" - ", Ok(Some(0))),
            ("￥ 5", Ok(Some(500))),
            ("1.2E+11", Err(RejectionReason::Scientific)),
            ("x", Err(RejectionReason::NotANumber)),
        ];
        for (text, expected) in table {
            assert_eq!(as_shown(text, Currency::CNY), expected, "{text:?}");
        }
    }
}

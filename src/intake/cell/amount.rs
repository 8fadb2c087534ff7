//! An amount and its currency, as a cell has them.

use std::borrow::Cow;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{exponent, is_hidden, narrow};
use crate::config::AmountUnit;
use crate::money::{self, Currency, MoneyError, minor_from_fen, minor_from_units};
use crate::order::RejectionReason;

/// Reads an amount into the smallest unit of its currency, of either sign.
///
/// What is certain is undone: full-width digits, the words and signs of yuan around it (`¥`, `RMB`,
/// `人民币`, `元`), accountants' negatives (`(5.00)`, `5.00-`), and thousands commas that stand exactly
/// where they belong (`1,234,567.89`). `元` says the unit, whatever the file's is.
pub(crate) fn amount(
    value: &str,
    unit: AmountUnit,
    currency: Currency,
) -> Result<i64, RejectionReason> {
    let minor = written_amount(value, unit, currency)?;
    money::stated(minor).map_err(|_| RejectionReason::TooLarge)
}

fn written_amount(
    value: &str,
    unit: AmountUnit,
    currency: Currency,
) -> Result<i64, RejectionReason> {
    if unit == AmountUnit::Yuan
        && currency.exponent() == 2
        && let Some(minor) = plain_yuan(value)
    {
        return Ok(minor);
    }
    if exponent(value).is_some() {
        return Err(RejectionReason::Scientific);
    }
    if is_hidden(value) {
        return Err(RejectionReason::Hidden);
    }
    let narrowed = narrow(value);
    let says_yuan = |word: &&str| narrowed.to_ascii_uppercase().contains(*word);
    if currency != Currency::CNY && ["CNY", "RMB", "人民币", "元"].iter().any(says_yuan) {
        // Its own currency contradicts the row's.
        return Err(RejectionReason::Currency);
    }
    let Bare { number, unit, is_negative } = bare_amount(&narrowed, unit);
    let number = ungrouped(number).ok_or(RejectionReason::NotANumber)?;
    let number = with_zero(number);
    if is_negative && number.starts_with(['-', '+']) {
        return Err(RejectionReason::NotANumber);
    }
    let minor = match unit {
        AmountUnit::Yuan => minor_from_units(&number, currency),
        AmountUnit::Fen => minor_from_fen(&number),
    };
    let minor = minor.map_err(|error| match error {
        // Checked above; here it is only a word with an e in it.
        MoneyError::Scientific | MoneyError::NotANumber => RejectionReason::NotANumber,
        MoneyError::TooPrecise => RejectionReason::TooPrecise,
        MoneyError::TooLarge => RejectionReason::TooLarge,
        MoneyError::Currency => RejectionReason::Currency,
    })?;
    if is_negative { minor.checked_neg().ok_or(RejectionReason::TooLarge) } else { Ok(minor) }
}

/// How many parts of the smallest unit a fee is told in that has more decimals than its currency.
pub(in crate::intake) const FEE_SCALE: i64 = 1_000;

/// An amount of a currency with more decimals than it has: rounded half-up, away from zero, to its smallest
/// unit, and exactly in parts of it ([`FEE_SCALE`]). `None` where it has more decimals than that.
pub(crate) fn fine_amount(value: &str, currency: Currency) -> Option<(i64, i64)> {
    let narrowed = narrow(value);
    let Bare { number, is_negative, .. } = bare_amount(&narrowed, AmountUnit::Yuan);
    let number: Decimal = ungrouped(number)?.parse().ok()?;
    let parts = Decimal::from(10_u64.checked_pow(currency.exponent())?);
    let exact = number.checked_mul(parts)?.checked_mul(Decimal::from(FEE_SCALE))?;
    if !exact.fract().is_zero() || (is_negative && exact.is_sign_negative()) {
        return None;
    }
    let exact = if is_negative { -exact } else { exact };
    let minor = exact.checked_div(Decimal::from(FEE_SCALE))?;
    let minor = minor.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    let minor = money::stated(minor.to_i64()?).ok()?;
    Some((minor, exact.to_i64()?))
}

/// An amount without the words and signs around its number.
struct Bare<'a> {
    number: &'a str,
    unit: AmountUnit,
    /// By brackets or a minus behind; a minus in front stays with the number.
    is_negative: bool,
}

fn bare_amount(text: &str, unit: AmountUnit) -> Bare<'_> {
    let mut bare = Bare { number: text.trim(), unit, is_negative: false };
    let inside = bare.number.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    if let Some(inside) = inside {
        (bare.number, bare.is_negative) = (inside.trim(), true);
    }
    bare.without_currency();
    if !bare.is_negative
        && let Some(number) = bare.number.strip_suffix('-')
    {
        (bare.number, bare.is_negative) = (number.trim_end(), true);
    }
    // The sign may stand in front of the currency: `-¥5.00`.
    if !bare.is_negative
        && let Some(rest) = bare.number.strip_prefix('-')
    {
        let mut unsigned = Bare { number: rest.trim_start(), unit: bare.unit, is_negative: true };
        let before = unsigned.number.len();
        unsigned.without_currency();
        if unsigned.number.len() < before {
            return unsigned;
        }
    }
    bare
}

impl Bare<'_> {
    /// Takes off at most one word in front and one behind.
    fn without_currency(&mut self) {
        const FRONT: [&str; 5] = ["¥", "￥", "人民币", "RMB", "CNY"];
        const BEHIND: [&str; 3] = ["人民币", "RMB", "CNY"];
        let strip = |text: &str, word: &str, in_front: bool| {
            let cut = if in_front { word.len() } else { text.len().checked_sub(word.len())? };
            let (front, behind) = text.split_at_checked(cut)?;
            let (found, rest) = if in_front { (front, behind) } else { (behind, front) };
            found.eq_ignore_ascii_case(word).then_some(rest.len())
        };
        if let Some(length) = FRONT.iter().find_map(|word| strip(self.number, word, true)) {
            let from = self.number.len().saturating_sub(length);
            self.number = self.number.get(from..).unwrap_or_default().trim_start();
        }
        if let Some(number) = self.number.strip_suffix('元') {
            let number = number.strip_suffix("人民币").unwrap_or(number);
            (self.number, self.unit) = (number.trim_end(), AmountUnit::Yuan);
        } else if let Some(length) = BEHIND.iter().find_map(|word| strip(self.number, word, false))
        {
            self.number = self.number.get(..length).unwrap_or_default().trim_end();
        }
    }
}

/// Reads a currency: its code in any case, or the words and the number that China's banks write for
/// its own. Nothing at all is yuan.
pub(in crate::intake) fn currency(value: &str) -> Result<Currency, RejectionReason> {
    const YUAN: [&str; 8] = ["人民币", "人民币元", "人民币(元)", "元", "RMB", "156", "¥", "￥"];
    if matches!(value, "" | "CNY") {
        return Ok(Currency::CNY);
    }
    let value = narrow(value);
    let value = value.trim();
    if YUAN.iter().any(|word| value.eq_ignore_ascii_case(word)) {
        return Ok(Currency::CNY);
    }
    Currency::parse(&value.to_ascii_uppercase()).map_err(|_| RejectionReason::Currency)
}

/// The fen of `123`, `-123.4` or `123.45`, as [`money::minor_from_yuan`] says; `None` for any other form.
/// Nearly all amounts have this one, and it is ten times as fast.
fn plain_yuan(value: &str) -> Option<i64> {
    match value.strip_prefix('-') {
        Some(positive) => unsigned_yuan(positive)?.checked_neg(),
        None => unsigned_yuan(value),
    }
}

fn unsigned_yuan(value: &str) -> Option<i64> {
    const DIGITS_MAX: usize = 17;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, "00"));
    let decimals_in_fen = match decimals.len() {
        1 => 10_i64,
        2 => 1,
        _ => return None,
    };
    if whole.is_empty() || value.len() > DIGITS_MAX {
        return None;
    }
    let number = |digits: &str| {
        digits.bytes().try_fold(0_i64, |number, digit| match digit {
            b'0'..=b'9' => number.checked_mul(10)?.checked_add(i64::from(digit & 0x0F)),
            _ => None,
        })
    };
    let fen = number(decimals)?.checked_mul(decimals_in_fen)?;
    number(whole)?.checked_mul(100)?.checked_add(fen)
}

/// A number without its thousands commas; `None` when one stands where none belongs.
pub(super) fn ungrouped(number: &str) -> Option<Cow<'_, str>> {
    if !number.contains(',') {
        return Some(Cow::Borrowed(number));
    }
    let unsigned = number.strip_prefix(['-', '+']).unwrap_or(number);
    let whole = unsigned.split_once('.').map_or(unsigned, |(whole, _)| whole);
    let mut groups = whole.split(',');
    let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()) && digits(group));
    let decimals_have_none = number.matches(',').count() == whole.matches(',').count();
    let well_placed = first && decimals_have_none && groups.all(|g| g.len() == 3 && digits(g));
    well_placed.then(|| Cow::Owned(number.replace(',', "")))
}

/// A number with the zero in front of its point that databases leave out: `.05` is `0.05`.
fn with_zero(number: Cow<'_, str>) -> Cow<'_, str> {
    let sign = number.len().saturating_sub(number.trim_start_matches(['-', '+']).len());
    let (sign, unsigned) = number.split_at_checked(sign).unwrap_or(("", &number));
    let has_digit = |rest: &str| rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    match unsigned.strip_prefix('.').filter(|rest| has_digit(rest)) {
        Some(rest) => Cow::Owned(format!("{sign}0.{rest}")),
        None => number,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_undone_where_it_is_certain() {
        let table: &[(&str, Result<i64, RejectionReason>)] = &[
            ("12.3", Ok(1_230)),
            ("1,234,567.89", Ok(123_456_789)),
            ("¥1,234.00", Ok(123_400)),
            ("￥ 12", Ok(1_200)),
            ("-1,234.00", Ok(-123_400)),
            (".5", Ok(50)),
            ("-.05", Ok(-5)),
            ("(.05)", Ok(-5)),
            (".", Err(RejectionReason::NotANumber)),
            ("..5", Err(RejectionReason::NotANumber)),
            ("1,23", Err(RejectionReason::NotANumber)),
            ("1234,567", Err(RejectionReason::NotANumber)),
            ("1,234.5,6", Err(RejectionReason::NotANumber)),
            ("12,34.00", Err(RejectionReason::NotANumber)),
            (",123", Err(RejectionReason::NotANumber)),
            ("$1", Err(RejectionReason::NotANumber)),
            ("１２．５０", Ok(1_250)),
            ("RMB 12.00", Ok(1_200)),
            ("人民币12.00元", Ok(1_200)),
            ("12.00 CNY", Ok(1_200)),
            ("12.00人民币元", Ok(1_200)),
            ("(1,234.00)", Ok(-123_400)),
            ("（¥12.00）", Ok(-1_200)),
            ("1234.00-", Ok(-123_400)),
            ("-¥12.00", Ok(-1_200)),
            ("\u{2212}12.00", Ok(-1_200)),
            ("\u{2013}12.00", Ok(-1_200)),
            ("12.00\u{2014}", Ok(-1_200)),
            ("free", Err(RejectionReason::NotANumber)),
            ("(-12.00)", Err(RejectionReason::NotANumber)),
            ("-12.00-", Err(RejectionReason::NotANumber)),
            ("(12.00", Err(RejectionReason::NotANumber)),
            ("-", Err(RejectionReason::NotANumber)),
            ("nan", Err(RejectionReason::NotANumber)),
            ("USD 12.00", Err(RejectionReason::NotANumber)),
            ("########", Err(RejectionReason::Hidden)),
            ("1.23457E+19", Err(RejectionReason::Scientific)),
            ("1E5", Err(RejectionReason::Scientific)),
            ("0.001", Err(RejectionReason::TooPrecise)),
            ("92233720368547758.08", Err(RejectionReason::TooLarge)),
            ("92233720368547758.07", Err(RejectionReason::TooLarge)),
            ("100000000000.01", Err(RejectionReason::TooLarge)),
            ("(100,000,000,000.00)", Ok(-10_000_000_000_000)),
        ];
        for (value, expected) in table {
            assert_eq!(&amount(value, AmountUnit::Yuan, Currency::CNY), expected, "{value:?}");
        }
        assert_eq!(amount("1,230", AmountUnit::Fen, Currency::CNY), Ok(1_230));
        assert_eq!(
            amount("12.3", AmountUnit::Fen, Currency::CNY),
            Err(RejectionReason::TooPrecise)
        );
    }

    #[test]
    fn the_words_of_yuan_are_yuan() {
        for word in ["", "CNY", "cny", "人民币", "人民币元", "156", "RMB", "¥", "ＲＭＢ"]
        {
            assert_eq!(currency(word), Ok(Currency::CNY), "{word}");
        }
        assert_eq!(currency("usd").map(|code| code.to_string()), Ok("USD".to_owned()));
        assert_eq!(currency("美元"), Err(RejectionReason::Currency));
    }

    proptest! {
        #[test]
        fn the_short_way_to_read_an_amount_agrees_with_the_long_one(
            value in "-?[0-9]{0,18}([.][0-9]{0,4})?|[-+0-9.]{0,6}",
        ) {
            if let Some(minor) = plain_yuan(&value) {
                prop_assert_eq!(Ok(minor), money::minor_from_yuan(&value));
            }
        }
    }
}

//! Money: a whole number of the smallest unit and a currency. Decimals exist only at the edges.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A three-letter currency code, upper case (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Chinese yuan, the currency of all five platforms.
    pub const CNY: Self = Self(*b"CNY");

    /// Reads a code in any case; `RMB` is read as `CNY`.
    ///
    /// # Errors
    ///
    /// [`MoneyError::Currency`] when the text is not three ASCII letters.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let upper = text.trim().to_ascii_uppercase();
        if upper == "RMB" {
            return Ok(Self::CNY);
        }
        match <[u8; 3]>::try_from(upper.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            Ok(_) | Err(_) => Err(MoneyError::Currency),
        }
    }

    /// How many decimals its amounts have: how many digits of the smallest unit make one whole. By ISO 4217
    /// (list one); 2 for a code that the list does not name.
    #[must_use]
    pub const fn exponent(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        // Only ASCII letters get in, so this never takes the fallback.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }
}

impl Default for Currency {
    /// Yuan.
    fn default() -> Self {
        Self::CNY
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a decimal number at all.
    #[error("not a number")]
    NotANumber,
    /// Excel has turned the number into `1.23E+19` form, so digits are lost.
    #[error("a number in scientific notation, whose digits are lost")]
    Scientific,
    /// More decimals than the currency has, or any decimal (fen): rounding would be a guess.
    #[error("more decimals than the unit allows")]
    TooPrecise,
    /// Does not fit in 64 bits of fen, or is beyond [`STATED_MINOR_MAX`] where somebody states it.
    #[error("too large")]
    TooLarge,
    /// Not a three-letter currency code.
    #[error("not a currency code of three letters")]
    Currency,
}

/// An amount of money in the smallest unit (fen for CNY) of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money {
    /// Fen; negative means money going out of the side that states it.
    pub minor: i64,
    /// What the fen are of.
    pub currency: Currency,
}

impl Money {
    /// An amount of fen in CNY.
    #[must_use]
    pub const fn fen(minor: i64) -> Self {
        Self { minor, currency: Currency::CNY }
    }
}

/// The greatest amount, of either sign, that is believed of somebody outside: a hundred thousand
/// million yuan. No order, fee, balance or total of a bill is near it, nine hundred thousand of it add
/// up to less than 64 bits hold, and what is beyond it is a mistake or an attack.
pub const STATED_MINOR_MAX: i64 = 10_000_000_000_000;

/// Lets an amount pass that somebody outside states. Whoever takes one goes through here; sums of our
/// own do not.
///
/// # Errors
///
/// [`MoneyError::TooLarge`] beyond [`STATED_MINOR_MAX`].
pub fn stated(minor: i64) -> Result<i64, MoneyError> {
    let is_plausible = (-STATED_MINOR_MAX..=STATED_MINOR_MAX).contains(&minor);
    is_plausible.then_some(minor).ok_or(MoneyError::TooLarge)
}

/// Reads yuan with at most two decimals into fen: `"12.3"` is 1230. See [`minor_from_units`].
///
/// # Errors
///
/// [`MoneyError`] says why the text is not an amount.
pub fn minor_from_yuan(text: &str) -> Result<i64, MoneyError> {
    minor_from_units(text, Currency::CNY)
}

/// Reads whole units, with at most as many decimals as the currency has, into its smallest unit: `"12.3"`
/// is 1230 of CNY, 12300 of KWD, and nothing of JPY.
///
/// Thousands commas and a currency sign are not accepted here: what is certain is undone by the
/// intake, what is not is refused.
///
/// # Errors
///
/// [`MoneyError`] says why the text is not an amount.
pub fn minor_from_units(text: &str, currency: Currency) -> Result<i64, MoneyError> {
    let number = decimal(text)?;
    let factor = Decimal::from(10_i64.pow(currency.exponent()));
    let minor = number.checked_mul(factor).ok_or(MoneyError::TooLarge)?;
    whole(minor)
}

/// Reads an integer number of fen: `"1230"`, also `"1230.00"` as some platforms print it.
///
/// # Errors
///
/// [`MoneyError`] says why the text is not an amount of fen.
pub fn minor_from_fen(text: &str) -> Result<i64, MoneyError> {
    whole(decimal(text)?)
}

/// Fen as yuan with exactly two decimals: `-1230` is `"-12.30"`.
pub fn yuan(minor: i64) -> String {
    units(minor, Currency::CNY)
}

/// The smallest unit as whole ones with exactly the decimals of the currency: 12300 is `"123.00"` of CNY,
/// `"12300"` of JPY, `"12.300"` of KWD.
pub fn units(minor: i64, currency: Currency) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let decimals = currency.exponent();
    let (all, one) = (minor.unsigned_abs(), 10_u64.pow(decimals));
    let whole = all.checked_div(one).unwrap_or_default();
    if decimals == 0 {
        return format!("{sign}{whole}");
    }
    let (part, width) = (all.checked_rem(one).unwrap_or_default(), usize::try_from(decimals));
    let width = width.unwrap_or_default();
    format!("{sign}{whole}.{part:0width$}")
}

/// An amount as [`units`] writes it, with its thousands apart, for people to read: `-1234567.80` is
/// `-1,234,567.80`. What is no amount stays as it is.
pub fn grouped(amount: &str) -> String {
    let (whole, part) = match amount.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (amount, None),
    };
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(digits) || !part.is_none_or(are_digits) {
        return amount.to_owned();
    }
    let mut text = sign.to_owned();
    for (at, digit) in digits.char_indices() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left.checked_rem(3) == Some(0) {
            text.push(',');
        }
        text.push(digit);
    }
    text.extend(part.map(|part| format!(".{part}")));
    text
}

/// As hundredths of a whole unit, rounded up: what bounds that are written in yuan compare, whatever the
/// currency. Never added.
#[must_use]
pub const fn hundredths(minor: u64, currency: Currency) -> u64 {
    match currency.exponent() {
        0 => minor.saturating_mul(100),
        1 => minor.saturating_mul(10),
        2 => minor,
        3 => minor.div_ceil(10),
        _ => minor.div_ceil(100),
    }
}

fn decimal(text: &str) -> Result<Decimal, MoneyError> {
    let text = text.trim();
    if text.contains(['e', 'E']) {
        return Err(MoneyError::Scientific);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let shaped = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    if !shaped {
        return Err(MoneyError::NotANumber);
    }
    Decimal::from_str(text)
        .map_err(|_| if digits.len() > 20 { MoneyError::TooLarge } else { MoneyError::NotANumber })
}

fn whole(number: Decimal) -> Result<i64, MoneyError> {
    if !number.fract().is_zero() {
        return Err(MoneyError::TooPrecise);
    }
    i64::try_from(number.trunc()).map_err(|_| MoneyError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let table = [
            ("0.00", "0.00"),
            ("-0.30", "-0.30"),
            ("999.99", "999.99"),
            ("1000.00", "1,000.00"),
            ("-123456.70", "-123,456.70"),
            ("92233720368547758.07", "92,233,720,368,547,758.07"),
            ("12300", "12,300"),
            ("1234.567", "1,234.567"),
            ("", ""),
            ("-", "-"),
            ("1e9", "1e9"),
            ("12345.x", "12345.x"),
        ];
        for (amount, expected) in table {
            assert_eq!(grouped(amount), expected);
        }
    }

    #[test]
    fn yuan_reads_exactly_or_says_why_not() {
        let table: &[(&str, Result<i64, MoneyError>)] = &[
            ("0", Ok(0)),
            ("0.01", Ok(1)),
            ("12.3", Ok(1230)),
            ("12.30", Ok(1230)),
            ("12.300", Ok(1230)),
            (" 7.00 ", Ok(700)),
            ("-0.30", Ok(-30)),
            ("+1", Ok(100)),
            ("92233720368547758.07", Ok(i64::MAX)),
            ("-92233720368547758.08", Ok(i64::MIN)),
            ("92233720368547758.08", Err(MoneyError::TooLarge)),
            ("99999999999999999999999999999999", Err(MoneyError::TooLarge)),
            ("0.001", Err(MoneyError::TooPrecise)),
            ("1.23457E+19", Err(MoneyError::Scientific)),
            ("1,234.00", Err(MoneyError::NotANumber)),
            ("", Err(MoneyError::NotANumber)),
            (".5", Err(MoneyError::NotANumber)),
            ("1_000", Err(MoneyError::NotANumber)),
            ("--1", Err(MoneyError::NotANumber)),
            ("NaN", Err(MoneyError::NotANumber)),
        ];
        for (text, expected) in table {
            assert_eq!(&minor_from_yuan(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_stated_amount_has_a_bound_on_both_sides() {
        for minor in [0, 1, -1, STATED_MINOR_MAX, -STATED_MINOR_MAX] {
            assert_eq!(stated(minor), Ok(minor));
        }
        for minor in [STATED_MINOR_MAX + 1, -STATED_MINOR_MAX - 1, i64::MAX, i64::MIN] {
            assert_eq!(stated(minor), Err(MoneyError::TooLarge), "{minor}");
        }
    }

    #[test]
    fn fen_are_whole() {
        assert_eq!(minor_from_fen("100"), Ok(100));
        assert_eq!(minor_from_fen("100.00"), Ok(100));
        assert_eq!(minor_from_fen("100.5"), Err(MoneyError::TooPrecise));
    }

    #[test]
    fn every_small_amount_survives_the_round_trip() {
        for minor in -100_000..100_000 {
            assert_eq!(minor_from_yuan(&yuan(minor)), Ok(minor));
        }
        assert_eq!(yuan(i64::MIN), "-92233720368547758.08");
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        let table: &[(&str, &str, Result<i64, MoneyError>, &str)] = &[
            ("CNY", "12.3", Ok(1230), "12.30"),
            ("USD", "-0.05", Ok(-5), "-0.05"),
            ("JPY", "10000", Ok(10_000), "10000"),
            ("JPY", "10000.00", Ok(10_000), "10000"),
            ("JPY", "10000.5", Err(MoneyError::TooPrecise), ""),
            ("KRW", "-7", Ok(-7), "-7"),
            ("KWD", "1.234", Ok(1_234), "1.234"),
            ("KWD", "1", Ok(1_000), "1.000"),
            ("KWD", "1.2345", Err(MoneyError::TooPrecise), ""),
            ("CLF", "0.0001", Ok(1), "0.0001"),
        ];
        for (code, text, expected, printed) in table {
            let currency = Currency::parse(code).expect("a currency");
            assert_eq!(&minor_from_units(text, currency), expected, "{code} {text}");
            if let Ok(minor) = expected {
                assert_eq!(units(*minor, currency), *printed, "{code} {text}");
            }
        }
        for code in ["JPY", "CNY", "KWD", "CLF"] {
            let currency = Currency::parse(code).expect("a currency");
            for minor in [i64::MIN, -100_001, -10, -1, 0, 1, 9, 10, 99_999, i64::MAX] {
                assert_eq!(
                    minor_from_units(&units(minor, currency), currency),
                    Ok(minor),
                    "{code}"
                );
            }
        }
    }

    #[test]
    fn bounds_in_yuan_compare_whole_units() {
        let table = [("JPY", 10, 1_000), ("CNY", 10, 10), ("KWD", 1_001, 101), ("CLF", 1, 1)];
        for (code, minor, expected) in table {
            let currency = Currency::parse(code).expect("a currency");
            assert_eq!(hundredths(minor, currency), expected, "{code}");
        }
    }

    #[test]
    fn currencies_are_three_letters() {
        assert_eq!(Currency::parse("cny"), Ok(Currency::CNY));
        assert_eq!(Currency::parse("RMB"), Ok(Currency::CNY));
        assert_eq!(Currency::parse("usd").map(|c| c.to_string()), Ok("USD".to_owned()));
        assert_eq!(Currency::parse("C1Y"), Err(MoneyError::Currency));
        assert_eq!(Currency::parse(""), Err(MoneyError::Currency));
    }
}

//! One value of a file: decoded, freed of what a spreadsheet did to it, and read.

use std::borrow::Cow;

use crate::config::{AmountUnit, Encoding};
use crate::money::{MoneyError, minor_from_fen, minor_from_yuan};
use crate::order::RejectionReason;

/// Characters that an order number may have.
const ORDER_NUMBER_CHARS_MAX: usize = 64;

/// Characters of a value that a rejection shows.
const SHOWN_CHARS_MAX: usize = 64;

/// The text of a value; `None` when its bytes are not text in the file's encoding.
pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Option<Cow<'_, str>> {
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Encoding::Gb18030 => {
            encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes)
        }
    }
}

/// The text of a value, with U+FFFD for what is not text: for people to look at only.
pub(super) fn decode_lossy(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    match encoding {
        Encoding::Utf8 | Encoding::Utf8Bom => String::from_utf8_lossy(bytes),
        Encoding::Gb18030 => encoding_rs::GB18030.decode_without_bom_handling(bytes).0,
    }
}

/// A value with what surrounds it taken off: white space (also U+3000, NBSP and tabs), `="…"`, and
/// a backtick or apostrophe in front. `NULL` and `\N` are what databases export for nothing.
pub(super) fn clean(text: &str) -> &str {
    // Most values begin and end with a digit, or are empty.
    let edges = (text.as_bytes().first(), text.as_bytes().last());
    if let (Some(b'0'..=b'9'), Some(b'0'..=b'9')) | (None, None) = edges {
        return text;
    }
    let mut value = trimmed(text);
    if let Some(quoted) = value.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        value = trimmed(quoted);
    }
    if let Some(guarded) = value.strip_prefix(['`', '\'']) {
        value = trimmed(guarded);
    }
    if matches!(value, "NULL" | "null" | "\\N") { "" } else { value }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'))
}

/// Whether a value is a time that `MySQL` exports for none.
pub(super) fn is_zero_date(value: &str) -> bool {
    value.starts_with("0000-00-00")
}

/// A value as a rejection shows it: shortened and without control characters.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect()
}

/// Reads an order number: 1 to 64 visible characters, without quotes and full-width forms.
pub(super) fn order_number(value: &str) -> Result<String, RejectionReason> {
    if value.is_empty() {
        return Err(RejectionReason::Missing);
    }
    // Nearly all order numbers are like this.
    if value.len() <= ORDER_NUMBER_CHARS_MAX && value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(value.to_owned());
    }
    // An order number may well have the form 2026E05; Excel always writes the sign.
    if exponent(value).is_some_and(|exponent| exponent.starts_with(['+', '-'])) {
        return Err(RejectionReason::Scientific);
    }
    let fits = value.chars().take(ORDER_NUMBER_CHARS_MAX.saturating_add(1)).count()
        <= ORDER_NUMBER_CHARS_MAX;
    if fits && value.chars().all(is_visible) {
        Ok(value.to_owned())
    } else {
        Err(RejectionReason::NotAnOrderNumber)
    }
}

fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '`');
    }
    let is_hidden = matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
    );
    // Full-width digits and letters look like the plain ones and are not; U+FFFD is a lost character.
    let is_doubtful = matches!(
        c,
        '\u{2018}'..='\u{201f}' | '\u{e000}'..='\u{f8ff}' | '\u{ff01}'..='\u{ff5e}' | '\u{fffd}'
    );
    !c.is_whitespace() && !c.is_control() && !is_hidden && !is_doubtful
}

/// Reads an amount into fen, of either sign.
///
/// What is certain is undone: a leading `¥` or `￥`, and thousands commas that stand exactly where
/// they belong (`1,234,567.89`).
pub(crate) fn amount(value: &str, unit: AmountUnit) -> Result<i64, RejectionReason> {
    if let (AmountUnit::Yuan, Some(minor)) = (unit, plain_yuan(value)) {
        return Ok(minor);
    }
    if exponent(value).is_some() {
        return Err(RejectionReason::Scientific);
    }
    let number = value.strip_prefix(['¥', '￥']).map_or(value, str::trim_start);
    let number = ungrouped(number).ok_or(RejectionReason::NotANumber)?;
    let minor = match unit {
        AmountUnit::Yuan => minor_from_yuan(&number),
        AmountUnit::Fen => minor_from_fen(&number),
    };
    minor.map_err(|error| match error {
        // Checked above; here it is only a word with an e in it.
        MoneyError::Scientific | MoneyError::NotANumber => RejectionReason::NotANumber,
        MoneyError::TooPrecise => RejectionReason::TooPrecise,
        MoneyError::TooLarge => RejectionReason::TooLarge,
        MoneyError::Currency => RejectionReason::Currency,
    })
}

/// The fen of `123`, `-123.4` or `123.45`, as [`minor_from_yuan`] says; `None` for any other form.
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
fn ungrouped(number: &str) -> Option<Cow<'_, str>> {
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

/// The exponent of a number in scientific notation, with its sign: of `1.23457E+19` it is `+19`.
pub(super) fn exponent(value: &str) -> Option<&str> {
    let (mantissa, exponent) = value.split_once(['E', 'e'])?;
    let mantissa = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(decimals) && digits(power)).then_some(exponent)
}

/// Whether two values are the same.
///
/// Comparing two empty ones with `==` makes some processors load, and suppress the fault of, an
/// address that is not there: a hundred times slower than not to look. Most files have no product.
pub(crate) fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && (a.is_empty() || a == b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_spreadsheet_put_around_a_value_is_taken_off() {
        let table = [
            ("20261120000001", "20261120000001"),
            (" \t20261120000001\t", "20261120000001"),
            ("`20261120000001", "20261120000001"),
            ("'00012", "00012"),
            ("=\"00012\"", "00012"),
            ("=\"\t00012\"", "00012"),
            ("\u{3000}succeeded\u{a0}", "succeeded"),
            ("\u{feff}account", "account"),
            ("NULL", ""),
            ("\\N", ""),
            ("", ""),
            ("=1+1", "=1+1"),
            ("=\"", "=\""),
        ];
        for (text, expected) in table {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn order_numbers_are_visible_and_whole() {
        let table: &[(&str, Result<&str, RejectionReason>)] = &[
            ("20261120000001", Ok("20261120000001")),
            ("2026E05", Ok("2026E05")),
            ("M-2026_11/20#1,2", Ok("M-2026_11/20#1,2")),
            ("订单1", Ok("订单1")),
            ("", Err(RejectionReason::Missing)),
            ("2.02611E+13", Err(RejectionReason::Scientific)),
            ("2E+13", Err(RejectionReason::Scientific)),
            ("2026 1120", Err(RejectionReason::NotAnOrderNumber)),
            ("2026\u{a0}1120", Err(RejectionReason::NotAnOrderNumber)),
            ("2026\u{200b}1120", Err(RejectionReason::NotAnOrderNumber)),
            ("2026\n1120", Err(RejectionReason::NotAnOrderNumber)),
            ("\"2026\"", Err(RejectionReason::NotAnOrderNumber)),
            ("２０２６", Err(RejectionReason::NotAnOrderNumber)),
            ("2026\u{fffd}", Err(RejectionReason::NotAnOrderNumber)),
        ];
        for (value, expected) in table {
            assert_eq!(order_number(value), expected.map(str::to_owned), "{value:?}");
        }
        assert!(order_number(&"单".repeat(64)).is_ok());
        assert_eq!(order_number(&"9".repeat(65)), Err(RejectionReason::NotAnOrderNumber));
    }

    #[test]
    fn amounts_are_undone_where_it_is_certain() {
        let table: &[(&str, Result<i64, RejectionReason>)] = &[
            ("12.3", Ok(1_230)),
            ("1,234,567.89", Ok(123_456_789)),
            ("¥1,234.00", Ok(123_400)),
            ("￥ 12", Ok(1_200)),
            ("-1,234.00", Ok(-123_400)),
            ("1,23", Err(RejectionReason::NotANumber)),
            ("1234,567", Err(RejectionReason::NotANumber)),
            ("1,234.5,6", Err(RejectionReason::NotANumber)),
            ("12,34.00", Err(RejectionReason::NotANumber)),
            (",123", Err(RejectionReason::NotANumber)),
            ("$1", Err(RejectionReason::NotANumber)),
            ("１２", Err(RejectionReason::NotANumber)),
            ("free", Err(RejectionReason::NotANumber)),
            ("(12.00)", Err(RejectionReason::NotANumber)),
            ("1.23457E+19", Err(RejectionReason::Scientific)),
            ("1E5", Err(RejectionReason::Scientific)),
            ("0.001", Err(RejectionReason::TooPrecise)),
            ("92233720368547758.08", Err(RejectionReason::TooLarge)),
        ];
        for (value, expected) in table {
            assert_eq!(&amount(value, AmountUnit::Yuan), expected, "{value:?}");
        }
        assert_eq!(amount("1,230", AmountUnit::Fen), Ok(1_230));
        assert_eq!(amount("12.3", AmountUnit::Fen), Err(RejectionReason::TooPrecise));
    }

    proptest! {
        #[test]
        fn the_short_way_to_read_an_amount_agrees_with_the_long_one(
            value in "-?[0-9]{0,18}([.][0-9]{0,4})?|[-+0-9.]{0,6}",
        ) {
            if let Some(minor) = plain_yuan(&value) {
                prop_assert_eq!(Ok(minor), minor_from_yuan(&value));
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_none() {
        assert_eq!(decode(b"\xB3\xC9\xB9\xA6", Encoding::Gb18030).as_deref(), Some("成功"));
        assert_eq!(decode(b"\xB3\xC9\xB9", Encoding::Gb18030), None);
        assert_eq!(decode(b"\xB3\xC9\xB9\xA6", Encoding::Utf8), None);
        assert_eq!(decode("成功".as_bytes(), Encoding::Utf8Bom).as_deref(), Some("成功"));
    }

    #[test]
    fn a_shown_value_is_short_and_printable() {
        assert_eq!(shown("a\u{7}b\n"), "ab");
        assert_eq!(shown(&"长".repeat(100)).chars().count(), 64);
    }
}

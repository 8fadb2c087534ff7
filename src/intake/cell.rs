//! One value of a file: decoded, freed of what a spreadsheet did to it, and read.

use std::borrow::Cow;

use crate::config::Encoding;
use crate::intake::time;
use crate::order::RejectionReason;
use crate::text;

mod amount;

use amount::ungrouped;
pub(super) use amount::{FEE_SCALE, currency};
pub(crate) use amount::{amount, fine_amount};

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

/// A value with what surrounds it taken off: white space (also U+3000, NBSP and tabs), marks that nobody sees,
/// the NUL and Ctrl-Z with which old hosts fill and end their files, `="…"`, and a backtick or apostrophe in front.
/// `NULL` and `\N` are what databases export for nothing.
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
    if value == "\\N" || value.eq_ignore_ascii_case("null") { "" } else { value }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace() || text::is_unseen(c) || matches!(c, '\0' | '\u{1a}')
    })
}

/// Whether a value is a time that programs export for none: the zero of `MySQL`, of .NET and Go, of
/// Excel, and of Unix in whatever zone.
pub(super) fn is_zero_date(value: &str) -> bool {
    // Nearly all times begin like this.
    if value.starts_with('2') {
        return false;
    }
    ["0000-00-00", "0000/00/00"].iter().any(|zero| value.starts_with(zero)) || time::is_zero(value)
}

/// Whether a value is a sign that people and programs write for "none": a dash, a stroke, 无.
pub(super) fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 8] = ["无", "暂无", "空", "N/A", "n/a", "(无)", "（无）", "不适用"];
    const SIGNS_MAX: usize = 4;
    let mut signs = value.chars();
    let are_signs = signs.by_ref().take(SIGNS_MAX).all(|c| is_dash(c) || is_stroke(c));
    let are_signs = are_signs && (signs.next().is_none() || is_line(value));
    !value.is_empty() && (are_signs || WORDS.contains(&value))
}

/// Whether a value is the line of dashes that a bank draws through an empty field.
fn is_line(value: &str) -> bool {
    const DASHES_MIN: usize = 8;
    value.chars().all(is_dash) && value.chars().count() >= DASHES_MIN
}

/// Whether a character is a dash, in whatever width and of whatever alphabet: people type many.
const fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{2500}'
                | '\u{2501}'
                | '\u{2e3a}'
                | '\u{2e3b}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{30fc}'
    )
}

const fn is_stroke(c: char) -> bool {
    matches!(c, '/' | '\\' | '／' | '＼')
}

/// A value that may be left out: empty where it is a sign for none.
pub(super) fn optional(value: &str) -> &str {
    // A value that begins with a digit is a value.
    let is_plain = value.as_bytes().first().is_none_or(u8::is_ascii_digit);
    if !is_plain && is_placeholder(value) { "" } else { value }
}

/// Whether a value is a word with which a program wrote that there was none. It may also have been
/// something that was lost, so only a value that says nothing by itself is taken for empty.
pub(super) fn is_null_word(value: &str) -> bool {
    const WORDS: [&str; 30] = [
        "nan",
        "-nan",
        "+nan",
        "inf",
        "-inf",
        "infinity",
        "1.#qnan",
        "1.#ind",
        "-1.#ind",
        "none",
        "nat",
        "nil",
        "na",
        "<na>",
        "<nil>",
        "<null>",
        "(null)",
        "[null]",
        "(none)",
        "undefined",
        "null",
        "#n/a",
        "#n/a n/a",
        "#null!",
        "#ref!",
        "#value!",
        "#div/0!",
        "#name?",
        "#num!",
        "空值",
    ];
    const BYTES_MAX: usize = 9;
    value.len() <= BYTES_MAX && WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a value is what Excel shows, and saves, where a column was too narrow for it: `########`.
pub(super) fn is_hidden(value: &str) -> bool {
    value.len() >= 2 && value.bytes().all(|byte| byte == b'#')
}

/// A value in half-width characters, as they are read: `１２．００` is `12.00`.
pub(super) fn narrow(value: &str) -> Cow<'_, str> {
    if value.is_ascii() {
        return Cow::Borrowed(value);
    }
    let narrowed = value.chars().map(|c| match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code.wrapping_sub(0xFEE0)).unwrap_or(c),
        // Ideographic space, NBSP and others.
        _ if c.is_whitespace() && !c.is_control() => ' ',
        _ if is_dash(c) => '-',
        _ => c,
    });
    Cow::Owned(narrowed.collect())
}

/// Whether the numbers of a column have been cut to the 15 digits that a spreadsheet keeps: then all
/// that are longer end in zeros from the 16th on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CutNumbers {
    long: u64,
    cut: u64,
}

impl CutNumbers {
    const DIGITS_KEPT: usize = 15;
    /// So many that chance does not make them.
    const ENOUGH: u64 = 3;

    /// Whether a number has more digits than a spreadsheet keeps.
    pub(super) fn is_long(number: &str) -> bool {
        number.len() > Self::DIGITS_KEPT && number.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Looks at a number; says whether it may have been cut.
    pub(super) fn note(&mut self, number: &str) -> bool {
        if !Self::is_long(number) {
            return false;
        }
        let bytes = number.as_bytes();
        self.long = self.long.saturating_add(1);
        let tail = bytes.get(Self::DIGITS_KEPT..).unwrap_or_default();
        let is_cut = tail.iter().all(|digit| *digit == b'0');
        self.cut = self.cut.saturating_add(u64::from(is_cut));
        is_cut
    }

    /// Whether all of them were.
    pub(super) const fn are_cut(self) -> bool {
        self.long >= Self::ENOUGH && self.long == self.cut
    }
}

/// A value as a rejection shows it: shortened and without control characters.
pub(crate) fn shown(text: &str) -> String {
    text::shown(text, SHOWN_CHARS_MAX)
}

/// Reads an order number: 1 to 64 visible characters, without quotes and full-width forms.
pub(super) fn order_number(value: &str) -> Result<String, RejectionReason> {
    if value.is_empty() {
        return Err(RejectionReason::Missing);
    }
    // Nearly all order numbers are like this.
    if value.len() <= ORDER_NUMBER_CHARS_MAX && value.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return if is_null_word(value) {
            Err(RejectionReason::Missing)
        } else {
            Ok(value.to_owned())
        };
    }
    if is_placeholder(value) || is_null_word(value) {
        return Err(RejectionReason::Missing);
    }
    if is_hidden(value) {
        return Err(RejectionReason::Hidden);
    }
    // A program that keeps numbers as floats; it keeps 15 digits for certain.
    if let Some((whole, decimals)) = value.split_once('.')
        && !decimals.is_empty()
        && decimals.bytes().all(|byte| byte == b'0')
        && whole.bytes().all(|byte| byte.is_ascii_digit())
    {
        let is_certain = (1..=CutNumbers::DIGITS_KEPT).contains(&whole.len());
        return if is_certain { Ok(whole.to_owned()) } else { Err(RejectionReason::Scientific) };
    }
    if is_scientific(value) {
        return Err(RejectionReason::Scientific);
    }
    // A number with the commas of thousands may have been a longer one.
    if value.contains(',') && value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.'))
    {
        let is_grouped = ungrouped(value).is_some();
        return if is_grouped {
            Err(RejectionReason::NotAnOrderNumber)
        } else {
            Ok(value.to_owned())
        };
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
    // Full-width digits and letters look like the plain ones and are not; U+FFFD is a lost character.
    let is_doubtful = matches!(
        c,
        '\u{2018}'..='\u{201f}' | '\u{e000}'..='\u{f8ff}' | '\u{ff01}'..='\u{ff5e}' | '\u{fffd}'
    );
    !c.is_whitespace() && !text::is_forbidden(c) && !is_doubtful
}

/// Reads an order number that may be left out: empty where a sign or a program's word says that there
/// is none.
pub(super) fn optional_number(value: &str) -> Result<String, RejectionReason> {
    if value.is_empty() || is_placeholder(value) || is_null_word(value) {
        return Ok(String::new());
    }
    order_number(value)
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

/// Whether a value is a number that a program has written in scientific notation. An order number may
/// well have the form `2026E05`; programs write a sign or a point.
pub(super) fn is_scientific(value: &str) -> bool {
    exponent(value).is_some_and(|exponent| exponent.starts_with(['+', '-']) || value.contains('.'))
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
            ("\u{202a}2026-11-20\u{202c}", "2026-11-20"),
            ("\u{200e}A1\u{2060}\u{ad}", "A1"),
            ("\u{feff}account", "account"),
            ("NULL", ""),
            ("Null", ""),
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
            ("1.23457E19", Err(RejectionReason::Scientific)),
            ("1.0e7", Err(RejectionReason::Scientific)),
            ("20,261,120,000,001", Err(RejectionReason::NotAnOrderNumber)),
            ("20261120000001.000", Ok("20261120000001")),
            ("20261120000001.50", Ok("20261120000001.50")),
            ("NaT", Err(RejectionReason::Missing)),
            ("(null)", Err(RejectionReason::Missing)),
            ("#REF!", Err(RejectionReason::Missing)),
            ("空", Err(RejectionReason::Missing)),
            ("\u{2011}", Err(RejectionReason::Missing)),
            ("\u{2015}\u{2015}", Err(RejectionReason::Missing)),
            ("-------------------", Err(RejectionReason::Missing)),
            ("2026 1120", Err(RejectionReason::NotAnOrderNumber)),
            ("2026\u{a0}1120", Err(RejectionReason::NotAnOrderNumber)),
            ("2026\u{200b}1120", Err(RejectionReason::NotAnOrderNumber)),
            ("2026\n1120", Err(RejectionReason::NotAnOrderNumber)),
            ("\"2026\"", Err(RejectionReason::NotAnOrderNumber)),
            ("２０２６", Err(RejectionReason::NotAnOrderNumber)),
            ("2026\u{fffd}", Err(RejectionReason::NotAnOrderNumber)),
            ("20261120000001.0", Ok("20261120000001")),
            ("20261120000000001.0", Err(RejectionReason::Scientific)),
            ("nan", Err(RejectionReason::Missing)),
            ("None", Err(RejectionReason::Missing)),
            ("#N/A", Err(RejectionReason::Missing)),
            ("--", Err(RejectionReason::Missing)),
            ("########", Err(RejectionReason::Hidden)),
            ("#1001", Ok("#1001")),
        ];
        for (value, expected) in table {
            assert_eq!(order_number(value), expected.map(str::to_owned), "{value:?}");
        }
        assert!(order_number(&"单".repeat(64)).is_ok());
        assert_eq!(order_number(&"9".repeat(65)), Err(RejectionReason::NotAnOrderNumber));
    }

    #[test]
    fn what_stands_for_none_is_known() {
        let dashes = ["‐", "‑", "‒", "–", "―", "−", "─", "﹘", "﹣", "－", "⸺", "ー"];
        for sign in ["-", "--", "---", "—", "——", "/", "／", "无", "暂无", "空", "N/A"]
            .iter()
            .chain(&dashes)
        {
            assert_eq!(optional(sign), "", "{sign}");
        }
        for value in ["0", "-1", "-5.00", "a/b", "-----", "无效"] {
            assert_eq!(optional(value), value);
        }
        for zero in [
            "0000-00-00 00:00:00",
            "0001-01-01",
            "1900/01/01 00:00",
            "1970-01-01 08:00:00",
            "1969-12-31 16:00:00",
        ] {
            assert!(is_zero_date(zero), "{zero}");
        }
        for time in ["2026-11-20 00:00:00", "1970-01-02", "1970-01-01 08:00:01", ""] {
            assert!(!is_zero_date(time), "{time}");
        }
    }

    #[test]
    fn numbers_that_a_spreadsheet_has_cut_are_known_together() {
        let cut = |numbers: &[&str]| {
            let mut found = CutNumbers::default();
            for number in numbers {
                found.note(number);
            }
            found.are_cut()
        };
        assert!(cut(&["202611200000010000", "202611200000010000", "2026112000000200", "1"]));
        assert!(!cut(&["202611200000010000", "202611200000010000"]));
        assert!(!cut(&["202611200000010000", "202611200000010000", "202611200000010001"]));
        assert!(!cut(&["A2026112000000100", "A202611200000010000", "A202611200000010000"]));
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

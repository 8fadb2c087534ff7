//! One guard character in front of text that a spreadsheet would make something else of, and its
//! way back.
//!
//! An apostrophe stands where it would run the text as a formula, the configured character where it
//! would take an id for a number or a date and destroy it. There is at most one, which [`unguard`]
//! takes away.

use std::borrow::Cow;

use crate::config::LongIdGuard;

/// Digits that a spreadsheet still shows as they are; one more and it writes `1.23457E+11`.
const SAFE_DIGITS: usize = 11;

/// The guard against formulas.
const APOSTROPHE: char = '\'';
const TAB: char = '\t';
const BACKTICK: char = '`';

/// Text as it goes into a cell: with one guard character in front where it needs one.
pub fn guarded(text: &str, guard: LongIdGuard) -> Cow<'_, str> {
    let character = if starts_like_a_formula(text) {
        APOSTROPHE
    } else if reads_as_something_else(text) {
        match guard {
            LongIdGuard::Tab => TAB,
            LongIdGuard::Backtick => BACKTICK,
            LongIdGuard::None => return Cow::Borrowed(text),
        }
    } else {
        return Cow::Borrowed(text);
    };
    Cow::Owned(format!("{character}{text}"))
}

/// Text as it was before [`guarded`], whatever guard was configured then; `="…"`, which others
/// write against the same damage, is understood too.
pub fn unguard(cell: &str) -> &str {
    if let Some(text) = cell.strip_prefix([APOSTROPHE, TAB, BACKTICK]) {
        return text;
    }
    cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell)
}

/// Whether a spreadsheet would run it, or [`unguard`] would take its first character for a guard.
fn starts_like_a_formula(text: &str) -> bool {
    let runs = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let guards = [APOSTROPHE, TAB, BACKTICK, '\r', '\n'];
    text.starts_with(guards) || text.trim_start().starts_with(runs)
}

/// Whether a spreadsheet would take it for a number, a date or a truth value and show another one.
///
/// Short whole numbers stay what they are and need no guard.
fn reads_as_something_else(text: &str) -> bool {
    // Most cells are words and end here, without being copied.
    if text.chars().any(is_plainly_a_word) {
        return false;
    }
    let half_width = text.chars().map(half_width);
    let text: String = half_width.flat_map(char::to_lowercase).collect();
    if matches!(text.as_str(), "true" | "false") {
        return true;
    }
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if text.chars().all(|c| c.is_ascii_digit()) {
        return text.len() > SAFE_DIGITS || (text.len() > 1 && text.starts_with('0'));
    }
    let mut before = None;
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphabetic() {
            rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (part, after) = rest.split_at(length);
        if !belongs_to_a_number_or_date(part, before) {
            return false;
        }
        before = part.chars().next_back();
        rest = after;
    }
    true
}

fn belongs_to_a_number_or_date(part: &str, before: Option<char>) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    match part {
        // Only after a digit is it a power of ten: `E123` is text.
        "e" => before.is_some_and(|c| c.is_ascii_digit() || c == '.'),
        "am" | "pm" | "sept" => true,
        _ if part.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            MONTHS.iter().any(|month| *month == part || month.get(..3) == Some(part))
        }
        _ => part.chars().all(|c| c.is_ascii_digit() || " .,+-/:%()$¥￥年月日时分秒".contains(c)),
    }
}

/// A letter that no number and no date has, in any language that a spreadsheet might be set to.
fn is_plainly_a_word(c: char) -> bool {
    c.is_alphabetic() && !c.is_ascii() && half_width(c) == c && !"年月日时分秒".contains(c)
}

/// Full-width digits, letters and signs as their half-width twins.
fn half_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code.wrapping_sub(0xFEE0)).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_stands_only_where_a_spreadsheet_would_do_harm() {
        let table = [
            ("20261120000000000001", "\t20261120000000000001"),
            ("202611200001", "\t202611200001"),
            ("20261120001", "20261120001"),
            ("0", "0"),
            ("007", "\t007"),
            ("1E5", "\t1E5"),
            ("1e+19", "\t1e+19"),
            ("E20261120", "E20261120"),
            ("A20261120000001", "A20261120000001"),
            ("DZ0123456789ABCDFG", "DZ0123456789ABCDFG"),
            ("1-2", "\t1-2"),
            ("2026-11", "\t2026-11"),
            ("2026/11/20", "\t2026/11/20"),
            ("2026年11月", "\t2026年11月"),
            ("12:30", "\t12:30"),
            ("(12)", "\t(12)"),
            ("MAR1", "\tMAR1"),
            ("2-sept", "\t2-sept"),
            ("MARKET1", "MARKET1"),
            ("1.50", "\t1.50"),
            ("１２３４５６７８９０１２", "\t１２３４５６７８９０１２"),
            ("TRUE", "\tTRUE"),
            ("=1+1", "'=1+1"),
            (" =1+1", "' =1+1"),
            ("＝1+1", "'＝1+1"),
            ("+86", "'+86"),
            ("-12.30", "'-12.30"),
            ("@SUM", "'@SUM"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'x", "''x"),
            ("`x", "'`x"),
            ("商户漏单", "商户漏单"),
            ("渠道已收 100.00 元", "渠道已收 100.00 元"),
            ("", ""),
        ];
        for (text, expected) in table {
            assert_eq!(guarded(text, LongIdGuard::Tab), expected, "{text:?}");
            assert_eq!(unguard(expected), text);
        }
        assert_eq!(guarded("202611200001", LongIdGuard::Backtick), "`202611200001");
        assert_eq!(guarded("202611200001", LongIdGuard::None), "202611200001");
        assert_eq!(guarded("=1", LongIdGuard::None), "'=1", "a formula is guarded in any case");
        assert_eq!(unguard("=\"007\""), "007");
    }
}

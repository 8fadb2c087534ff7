//! The forms in which exports and spreadsheets write a time.

use chrono::{NaiveDate, NaiveTime};

use super::HOUR_SECONDS;
use crate::intake::cell;

/// No place on earth is further from UTC.
const OFFSET_SECONDS_MAX: i64 = 14 * HOUR_SECONDS;

/// Bytes that a time may have, more than any form needs.
const TIME_BYTES_MAX: usize = 64;

/// A time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) date: NaiveDate,
    /// `None` for a date alone.
    pub(super) clock: Option<NaiveTime>,
    /// Seconds east of UTC, where they are stated.
    pub(super) offset: Option<i64>,
}

/// Half of a day, as a clock with twelve hours names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// Reads wall-clock time, and the offset from UTC where one is stated:
///
/// - `2026-11-20 08:05:00`, `2026-11-20T08:05:00.123+08:00` (`Z`, `UTC`, `+0800`, `+08`), with one or
///   two digits for month, day, hour, minute and second, and with or without seconds;
/// - `2026/11/20 8:05`, as Excel saves it, and `2026.11.20`;
/// - `20261120080500`, `20261120 08:05:00`, `20261120`;
/// - `2026年11月20日 8时5分0秒`, `2026/11/20 下午 8:05`, `2026-11-20 8:05 PM`;
/// - any of these in full-width characters.
///
/// `24:00:00` is read as the last second of its day. Parts of a second are dropped.
pub(super) fn parse(text: &str) -> Option<Written> {
    if text.len() > TIME_BYTES_MAX {
        return None;
    }
    if text.is_ascii() && !text.bytes().any(|byte| matches!(byte, b'M' | b'm')) {
        return parse_plain(text, None);
    }
    let (text, half) = spelled(text)?;
    parse_plain(&text, half)
}

/// A time in Chinese or full-width characters, or with a half of the day, in plain ones.
fn spelled(text: &str) -> Option<(String, Option<Half>)> {
    const HALVES: [(&str, Half); 8] = [
        ("上午", Half::Morning),
        ("凌晨", Half::Morning),
        ("下午", Half::Afternoon),
        ("晚上", Half::Afternoon),
        ("A.M.", Half::Morning),
        ("P.M.", Half::Afternoon),
        ("AM", Half::Morning),
        ("PM", Half::Afternoon),
    ];
    let mut plain = cell::narrow(text).to_ascii_uppercase();
    // GMT is a zone and no half of a day.
    let is_half = |word: &str| !plain.contains("GMT") && plain.matches(word).count() == 1;
    let found = HALVES.iter().find(|(word, _)| is_half(word)).copied();
    if let Some((word, _)) = found {
        plain = plain.replace(word, " ");
    }
    if plain.contains('年') {
        plain = plain.replacen('年', "-", 1).replacen('月', "-", 1).replacen('日', " ", 1);
    }
    let plain = plain.replacen('时', ":", 1).replacen('点', ":", 1).replacen('分', ":", 1);
    let plain = plain.replacen('秒', "", 1);
    let plain = plain.trim().trim_end_matches(':').to_owned();
    plain.is_ascii().then_some((plain, found.map(|(_, half)| half)))
}

fn parse_plain(text: &str, half: Option<Half>) -> Option<Written> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return if half.is_none() { compact(text) } else { None };
    }
    let mut rest = Rest(text.as_bytes());
    let date = match rest.compact_date() {
        Some(date) => date,
        None => rest.date()?,
    };
    rest.skip_spaces();
    if rest.0.is_empty() {
        return half.is_none().then_some(Written { date, clock: None, offset: None });
    }
    // A zone alone behind a date is none of these forms.
    let clock = rest.clock(half)?;
    rest.skip_spaces();
    let offset = if rest.0.is_empty() { None } else { Some(rest.offset()?) };
    let written = Written { date, clock: Some(clock), offset };
    rest.0.is_empty().then_some(written)
}

fn compact(text: &str) -> Option<Written> {
    let mut rest = Rest(text.as_bytes());
    let year = i32::try_from(rest.digits(4, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, rest.digits(2, 2)?, rest.digits(2, 2)?)?;
    if rest.0.is_empty() {
        return Some(Written { date, clock: None, offset: None });
    }
    let clock = time_of(rest.digits(2, 2)?, rest.digits(2, 2)?, rest.digits(2, 2)?)?;
    rest.0.is_empty().then_some(Written { date, clock: Some(clock), offset: None })
}

/// A time of day; `24:00:00` is the last second.
fn time_of(hour: u32, minute: u32, second: u32) -> Option<NaiveTime> {
    match (hour, minute, second) {
        (24, 0, 0) => NaiveTime::from_hms_opt(23, 59, 59),
        _ => NaiveTime::from_hms_opt(hour, minute, second),
    }
}

/// What is left of a text that is being read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// Takes `least` to `most` digits, as many as there are.
    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let mut number = 0_u32;
        for count in 0..most {
            let Some((digit @ b'0'..=b'9', rest)) = self.0.split_first() else {
                return (count >= least).then_some(number);
            };
            let digit = u32::from(digit.wrapping_sub(b'0'));
            number = number.checked_mul(10)?.checked_add(digit)?;
            self.0 = rest;
        }
        Some(number)
    }

    /// Takes `20261120` where something that is no digit follows.
    fn compact_date(&mut self) -> Option<NaiveDate> {
        const DIGITS: usize = 8;
        let (date, behind) = self.0.split_at_checked(DIGITS)?;
        let is_date = date.iter().all(u8::is_ascii_digit);
        if !is_date || behind.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let mut digits = Rest(date);
        let year = i32::try_from(digits.digits(4, 4)?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, digits.digits(2, 2)?, digits.digits(2, 2)?)?;
        self.0 = behind;
        Some(date)
    }

    /// Takes `2026-11-20`, `2026/11/20` or `2026.11.20`, and the one T behind it.
    fn date(&mut self) -> Option<NaiveDate> {
        let year = self.digits(4, 4)?;
        let separator = self.any_of(b"-/.")?;
        let month = self.digits(1, 2)?;
        self.any_of(&[separator])?;
        let day = self.digits(1, 2)?;
        if self.0.is_empty() || self.any_of(b" T").is_some() {
            return NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day);
        }
        None
    }

    /// Takes `8:05`, `08:05:09.123`, `8:5:9`, or `080509`.
    fn clock(&mut self, half: Option<Half>) -> Option<NaiveTime> {
        const DIGITS: usize = 6;
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == DIGITS && half.is_none() {
            return time_of(self.digits(2, 2)?, self.digits(2, 2)?, self.digits(2, 2)?);
        }
        let hour = self.digits(1, 2)?;
        self.any_of(b":")?;
        let minute = self.digits(1, 2)?;
        let mut second = 0;
        if self.any_of(b":").is_some() {
            second = self.digits(1, 2)?;
            if self.any_of(b".").is_some() {
                self.digits(1, 9)?;
            }
        }
        let hour = match (half, hour) {
            (Some(Half::Morning), 12) => 0,
            (Some(Half::Afternoon), 1..=11) => hour.checked_add(12)?,
            (None, _) | (Some(Half::Morning), 0..=11) | (Some(Half::Afternoon), 12..=23) => hour,
            (Some(_), _) => return None,
        };
        time_of(hour, minute, second)
    }

    /// Takes one of these bytes.
    fn any_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        if !bytes.contains(byte) {
            return None;
        }
        self.0 = rest;
        Some(*byte)
    }

    fn skip_spaces(&mut self) {
        while self.any_of(b" ").is_some() {}
    }

    /// Takes `Z`, `UTC`, `+08:00`, `UTC+0800` or `+08`: seconds east of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.any_of(b"Z").is_some() {
            return Some(0);
        }
        if let Some(rest) = self.0.strip_prefix(b"UTC").or_else(|| self.0.strip_prefix(b"GMT")) {
            self.0 = rest;
            if rest.is_empty() {
                return Some(0);
            }
        }
        let sign = self.any_of(b"+-")?;
        let hours = self.digits(2, 2)?;
        self.any_of(b":");
        let minutes = if self.0.is_empty() { 0 } else { self.digits(2, 2)? };
        let seconds = i64::from(hours)
            .checked_mul(HOUR_SECONDS)?
            .checked_add(i64::from(minutes).checked_mul(60)?)?;
        if minutes > 59 || seconds > OFFSET_SECONDS_MAX {
            return None;
        }
        if sign == b'-' { seconds.checked_neg() } else { Some(seconds) }
    }
}

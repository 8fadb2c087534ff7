//! Single values: times, spans, sizes, zones, words, amounts, rates.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{NaiveTime, Timelike};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::problem::{Wrong, nearest};
use crate::business_day::BusinessDate;
use crate::money::{MoneyError, minor_from_yuan};

/// Units of time spans, with their seconds.
const SPANS: [(&str, i64); 4] = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
/// Units of sizes, with their bytes.
const SIZES: [(&str, i64); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// A time of day, `HH:MM`.
pub(crate) fn time_of_day(text: &str) -> Result<NaiveTime, Wrong> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .ok()
        .filter(|time| time.second() == 0 && time.nanosecond() == 0)
        .ok_or_else(|| Wrong::new("not a time of day", "write \"HH:MM\", for example \"04:00\""))
}

/// A time zone of the IANA database.
pub(crate) fn zone(text: &str) -> Result<Tz, Wrong> {
    Tz::from_str(text).map_err(|_| {
        let near =
            || nearest(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()), |_| false);
        let near = meant_zone(text).or_else(near);
        let fix = near.map_or_else(
            || "write a name like \"Asia/Shanghai\"".to_owned(),
            |near| format!("did you mean {near:?}?"),
        );
        Wrong::new("not a time zone", fix)
    })
}

/// The zone that people mean who write something else for it: a city that the database does not have, an
/// offset, an abbreviation.
fn meant_zone(text: &str) -> Option<&'static str> {
    const MEANT: [(&str, &[&str]); 4] = [
        (
            "Asia/Shanghai",
            &[
                "beijing",
                "peking",
                "shenzhen",
                "guangzhou",
                "hangzhou",
                "chengdu",
                "china",
                "cst",
                "utc+8",
                "utc+08:00",
                "gmt+8",
                "gmt+08:00",
                "+8",
                "+08:00",
                "+0800",
                "北京",
                "上海",
                "北京时间",
                "中国",
            ],
        ),
        ("Asia/Hong_Kong", &["hongkong", "hong kong", "香港"]),
        ("Asia/Kolkata", &["mumbai", "delhi", "new_delhi", "bangalore", "ist", "+05:30"]),
        ("UTC", &["z", "+00:00", "+0", "utc+0", "gmt+0"]),
    ];
    let lower = text.trim().to_lowercase();
    let city = lower.rsplit('/').next().unwrap_or_default();
    MEANT.iter().find(|(_, words)| words.contains(&city)).map(|(zone, _)| *zone)
}

/// Seconds of a span like `20s`, `90m`, `24h`, `2d`.
pub(crate) fn seconds(text: &str, range: RangeInclusive<i64>) -> Result<i64, Wrong> {
    let examples = "write a whole number with s, m, h or d, for example \"24h\"";
    measured(text, &SPANS, range, "not a span of time", examples)
}

/// Bytes of a size like `16MiB`.
pub(crate) fn bytes(text: &str, range: RangeInclusive<i64>) -> Result<u64, Wrong> {
    let examples = "write a whole number with KiB, MiB or GiB, for example \"16MiB\"";
    let bytes = measured(text, &SIZES, range, "not a size", examples)?;
    u64::try_from(bytes).map_err(|_| Wrong::new("not a size", examples))
}

fn measured(
    text: &str,
    units: &[(&str, i64)],
    range: RangeInclusive<i64>,
    what: &str,
    examples: &str,
) -> Result<i64, Wrong> {
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain { digits.parse::<i64>().ok() } else { None }
    };
    let read = units.iter().find_map(|(unit, factor)| {
        number(text.strip_suffix(unit)?.trim_end())?.checked_mul(*factor)
    });
    let read = read.ok_or_else(|| Wrong::new(what, examples))?;
    if range.contains(&read) {
        return Ok(read);
    }
    let (start, end) = (shown(*range.start(), units), shown(*range.end(), units));
    Err(Wrong::new("out of range", format!("write {start} to {end}")))
}

/// A measure in the largest unit that divides it.
fn shown(value: i64, units: &[(&str, i64)]) -> String {
    let whole = |factor: i64| value.checked_rem(factor) == Some(0) && value != 0;
    let largest = units.iter().rev().find(|(_, factor)| whole(*factor)).or(units.first());
    largest.map_or_else(String::new, |(unit, factor)| {
        format!("\"{}{unit}\"", value.checked_div(*factor).unwrap_or(value))
    })
}

/// The rights of a folder as `chmod` writes them: the owner can always do everything.
pub(crate) fn folder_mode(text: &str) -> Result<u32, Wrong> {
    mode(text, 0o700, "write \"0750\"")
}

/// The rights of a file as `chmod` writes them: the owner can always read and write.
pub(crate) fn file_mode(text: &str) -> Result<u32, Wrong> {
    mode(text, 0o600, "write \"0640\"")
}

fn mode(text: &str, owner: u32, fix: &str) -> Result<u32, Wrong> {
    let mode = u32::from_str_radix(text, 8).ok();
    mode.filter(|mode| *mode <= 0o777 && mode & owner == owner)
        .ok_or_else(|| Wrong::new("not rights that the owner can work with", fix))
}

/// A business date, `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> Result<BusinessDate, Wrong> {
    BusinessDate::parse(text)
        .filter(|date| date.to_string() == text)
        .ok_or_else(|| Wrong::new("not a date", "write \"YYYY-MM-DD\", for example \"2026-01-31\""))
}

/// Fen of an amount in yuan that is not negative.
pub(crate) fn yuan_not_negative(text: &str) -> Result<i64, Wrong> {
    let fix = "write yuan with at most two decimals, for example \"0.50\"";
    match minor_from_yuan(text) {
        Ok(minor) if minor < 0 => Err(Wrong::new("negative", fix)),
        Ok(minor) => Ok(minor),
        Err(MoneyError::TooPrecise) => Err(Wrong::new("finer than a fen", fix)),
        Err(error) => Err(Wrong::new(error.to_string(), fix)),
    }
}

/// A share from 0 to below 1: `0.0038` is 0.38 %.
pub(crate) fn rate(text: &str) -> Result<Decimal, Wrong> {
    let fix = "write the share itself, for example \"0.0038\" for 0.38 %";
    let plain = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let rate = Decimal::from_str(text).ok().filter(|_| plain);
    let rate = rate.ok_or_else(|| Wrong::new("not a rate", fix))?;
    if rate < Decimal::ONE { Ok(rate) } else { Err(Wrong::new("not below 1", fix)) }
}

/// One word of a closed list.
pub(crate) fn word<T>(
    text: &str,
    read: impl Fn(&str) -> Option<T>,
    codes: &[&'static str],
) -> Result<T, Wrong> {
    read(text).ok_or_else(|| {
        let near = nearest(text, codes.iter().copied(), |_| false);
        let fix = near.map_or_else(String::new, |near| format!("did you mean {near:?}?"));
        Wrong::new(format!("not one of {}", codes.join(", ")), fix)
    })
}

/// Reads one word of a `coded!` list.
macro_rules! coded_word {
    ($name:ty) => {
        |text: &str| {
            let codes: Vec<&'static str> =
                <$name>::ALL.iter().copied().map(<$name>::code).collect();
            $crate::config::values::word(text, <$name>::from_code, &codes)
        }
    };
}
pub(crate) use coded_word;

/// A name for people and files: ASCII letters, digits, `-`, `_` and `.`, at most 64.
pub(crate) fn name(text: &str) -> Result<String, Wrong> {
    /// Characters of a name, at most.
    const CHARS_MAX: usize = 64;
    let fix = "write letters, digits, -, _ and . (at most 64, a letter or digit first)";
    let first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if first && rest && text.len() <= CHARS_MAX {
        Ok(text.to_owned())
    } else {
        Err(Wrong::new("not a name", fix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_are_whole_numbers_with_a_unit() {
        let day = 0..=86_400 * 400;
        let table =
            [("24h", Some(86_400)), ("90m", Some(5_400)), ("2d", Some(172_800)), ("0h", Some(0))];
        for (text, expected) in table {
            assert_eq!(seconds(text, day.clone()).ok(), expected, "{text}");
        }
        for text in ["", "h", "24", "1.5h", "-1h", "1h30m", "１h", "99999999999999999999d", "24 H"]
        {
            assert!(seconds(text, day.clone()).is_err(), "{text:?}");
        }
        assert_eq!(
            seconds("2d", 0..=86_400),
            Err(Wrong::new("out of range", "write \"0s\" to \"1d\""))
        );
        assert_eq!(bytes("16MiB", 1..=i64::MAX), Ok(16 * 1024 * 1024));
        assert!(bytes("16MB", 1..=i64::MAX).is_err());
    }

    #[test]
    fn a_zone_that_is_none_is_answered_with_the_one_that_is_meant() {
        for (text, meant) in [
            ("Asia/Beijing", "Asia/Shanghai"),
            ("UTC+8", "Asia/Shanghai"),
            ("+08:00", "Asia/Shanghai"),
            ("北京", "Asia/Shanghai"),
            ("Asia/Mumbai", "Asia/Kolkata"),
            ("Asia/Shangahi", "Asia/Shanghai"),
        ] {
            let wrong = zone(text).expect_err(text);
            assert!(wrong.fix.contains(meant), "{text}: {}", wrong.fix);
        }
        assert!(zone("Asia/Shanghai").is_ok());
    }

    #[test]
    fn a_rate_is_a_share_below_one() {
        assert_eq!(rate("0.0038").map(|rate| rate.to_string()), Ok("0.0038".to_owned()));
        assert_eq!(rate("0"), Ok(Decimal::ZERO));
        for text in ["", "0.38%", "-0.1", "1", "1.0", "3.8e-3", ".5", "0.0.1", "+0.1", "0_1"] {
            assert!(rate(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_name_is_safe_in_a_path() {
        for text in ["zhangxun-main", "a", "1.x_y", &"a".repeat(64)] {
            assert_eq!(name(text), Ok(text.to_owned()));
        }
        for text in ["", ".", "..", "-a", "_a", "a/b", "a b", "掌讯", &"a".repeat(65)] {
            assert!(name(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_time_of_day_has_no_seconds() {
        assert_eq!(time_of_day("04:30").ok(), NaiveTime::from_hms_opt(4, 30, 0));
        assert_eq!(time_of_day("04:30:00").ok(), NaiveTime::from_hms_opt(4, 30, 0));
        for text in ["", "24:00", "4", "04:60", "04:30:01", "23:59:60", "4am"] {
            assert!(time_of_day(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_date_is_written_in_full() {
        assert!(date("2026-02-28").is_ok());
        for text in ["2026-2-28", "26-02-28", "2026-02-30", "20260228", ""] {
            assert!(date(text).is_err(), "{text:?}");
        }
    }
}

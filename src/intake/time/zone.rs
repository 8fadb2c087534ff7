//! Zones that a column's name or a value of it says.

use chrono_tz::Tz;

use crate::intake::cell;

/// The zone that a column's name says its times are in, such as `Created (UTC)`: `None` where it names
/// none, the name where it may be several.
///
/// # Errors
///
/// What names a zone that is none for certain: `CST` is China's and Chicago's, and a name that begins with `gmt_`
/// is what shops that follow Alibaba's rules call local times.
pub(in crate::intake) fn zone_of(column: &str) -> Result<Option<Tz>, String> {
    let plain = cell::narrow(column);
    if let Some(zone) = whole_name(&plain) {
        return Ok(Some(zone));
    }
    let name = plain.to_ascii_uppercase();
    if name.starts_with("GMT_") {
        return Err("gmt_".to_owned());
    }
    if let Some(zone) = in_brackets(&name)? {
        return Ok(Some(zone));
    }
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '+' | '-' | ':');
    for word in name.split(|c: char| !is_inside(c)).filter(|word| !word.is_empty()) {
        if let Some(zone) = zone_of_part(word)? {
            return Ok(Some(zone));
        }
    }
    Ok(None)
}

/// A zone by its whole name: `America/New_York`.
fn whole_name(column: &str) -> Option<Tz> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    let mut names = column.split(|c: char| !is_inside(c)).filter(|name| name.contains('/'));
    names.find_map(|name| name.parse().ok())
}

/// What is too short to be a zone anywhere else: `(Z)`, `(ET)`, `(+08:00)`.
fn in_brackets(name: &str) -> Result<Option<Tz>, String> {
    const DOUBTFUL: [&str; 4] = ["ET", "CT", "MT", "PT"];
    let Some((_, behind)) = name.split_once(['(', '[']) else { return Ok(None) };
    let inside = behind.split([')', ']']).next().unwrap_or_default().trim();
    if DOUBTFUL.contains(&inside) {
        return Err(inside.to_owned());
    }
    let digits = inside.strip_prefix(['+', '-']).unwrap_or_default();
    let is_shift = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b':');
    match inside {
        "Z" => Ok(Some(Tz::UTC)),
        shift if is_shift => whole_hours(shift).map(Some).ok_or_else(|| shift.to_owned()),
        _ => Ok(None),
    }
}

/// Words that name a zone.
const KNOWN: [(&str, Tz); 20] = [
    ("UTC", Tz::UTC),
    ("GMT", Tz::UTC),
    ("北京时间", Tz::Asia__Shanghai),
    ("BEIJING", Tz::Asia__Shanghai),
    ("HKT", Tz::Asia__Hong_Kong),
    ("SGT", Tz::Asia__Singapore),
    ("JST", Tz::Asia__Tokyo),
    ("KST", Tz::Asia__Seoul),
    ("东京时间", Tz::Asia__Tokyo),
    ("日本时间", Tz::Asia__Tokyo),
    ("首尔时间", Tz::Asia__Seoul),
    ("韩国时间", Tz::Asia__Seoul),
    ("香港时间", Tz::Asia__Hong_Kong),
    ("新加坡时间", Tz::Asia__Singapore),
    ("东八区", Tz::Asia__Shanghai),
    ("东九区", Tz::Asia__Tokyo),
    ("零时区", Tz::UTC),
    ("格林威治", Tz::UTC),
    ("格林尼治", Tz::UTC),
    ("世界时", Tz::UTC),
];

/// Short names of several zones, or of hours that change.
const DOUBTFUL: [&str; 20] = [
    "CST", "PST", "PDT", "EST", "EDT", "MST", "MDT", "CDT", "CET", "CEST", "BST", "IST", "EET",
    "EEST", "WET", "MSK", "AEST", "AEDT", "PACIFIC", "EASTERN",
];

/// Places that have summer time, or are none.
const PLACES: [&str; 14] = [
    "美东",
    "美西",
    "美国时间",
    "当地时间",
    "太平洋时间",
    "东部时间",
    "中部时间",
    "山地时间",
    "纽约",
    "洛杉矶",
    "伦敦",
    "巴黎",
    "悉尼",
    "莫斯科",
];

/// The zone that one word of a name says.
fn zone_of_part(word: &str) -> Result<Option<Tz>, String> {
    let doubtful = DOUBTFUL.iter().find(|known| word == **known);
    if let Some(doubtful) = doubtful.or_else(|| PLACES.iter().find(|place| word.contains(**place)))
    {
        return Err((*doubtful).to_owned());
    }
    if names_a_belt(word) && !word.contains("东八区") && !word.contains("东九区") {
        return Err(word.to_owned());
    }
    for (known, zone) in KNOWN {
        let is_ascii = known.is_ascii();
        let Some(rest) =
            (if is_ascii { word.strip_prefix(known) } else { word.contains(known).then_some("") })
        else {
            continue;
        };
        match rest {
            "" | "时间" | "TIME" => return Ok(Some(zone)),
            shift if zone == Tz::UTC && shift.starts_with(['+', '-']) => {
                return whole_hours(shift).map(Some).ok_or_else(|| word.to_owned());
            }
            // UTC8 may be meant as UTC+8.
            shift if zone == Tz::UTC && shift.bytes().all(|byte| byte.is_ascii_digit()) => {
                return Err(word.to_owned());
            }
            _ => {}
        }
    }
    Ok(None)
}

/// Whether a word names one of the belts of zones: 东七区, 西五区.
fn names_a_belt(word: &str) -> bool {
    let behind = |side: char| word.split_once(side).map(|(_, behind)| behind);
    let sides = [behind('东'), behind('西')];
    sides.into_iter().flatten().any(|behind| {
        let number = behind.split_once('区').map_or("", |(number, _)| number);
        !number.is_empty() && number.chars().all(|c| "一二三四五六七八九十".contains(c))
    })
}

/// The zone that a value names, by the short name of its hours from UTC, which says at once whether it is summer
/// time; or by its whole name. `None` where it names none for certain: `CST` is China's and Chicago's, `IST`
/// India's, Israel's and Ireland's, `BST` Britain's and Bangladesh's.
pub(in crate::intake) fn zone_of_word(word: &str) -> Option<Tz> {
    const HOURS: [(&str, &str); 20] = [
        ("UTC", "+0"),
        ("GMT", "+0"),
        ("Z", "+0"),
        ("WET", "+0"),
        ("WEST", "+1"),
        ("CET", "+1"),
        ("CEST", "+2"),
        ("EET", "+2"),
        ("EEST", "+3"),
        ("PST", "-8"),
        ("PDT", "-7"),
        ("EST", "-5"),
        ("EDT", "-4"),
        ("SGT", "+8"),
        ("HKT", "+8"),
        ("JST", "+9"),
        ("KST", "+9"),
        ("AEST", "+10"),
        ("AEDT", "+11"),
        ("NZST", "+12"),
    ];
    let word = word.trim();
    let upper = word.to_ascii_uppercase();
    if let Some((_, hours)) = HOURS.iter().find(|(known, _)| upper == *known) {
        return whole_hours(hours);
    }
    let shift = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT"));
    if let Some(shift) = shift.or(Some(&*upper)).filter(|shift| shift.starts_with(['+', '-'])) {
        return whole_hours(shift);
    }
    if word.contains('/') { word.parse().ok() } else { None }
}

/// The zone that lies so many whole hours from UTC: `+8`, `+08:00`, `-0500`.
fn whole_hours(shift: &str) -> Option<Tz> {
    let digits: String = shift.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(digits.len().min(2))?;
    if !minutes.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let hours: u8 = hours.parse().ok()?;
    // The names of these zones count westwards.
    let sign = if shift.starts_with('-') { '+' } else { '-' };
    match hours {
        0 => Some(Tz::UTC),
        hours => format!("Etc/GMT{sign}{hours}").parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_may_name_the_zone_of_its_times() {
        let shanghai = Ok(Some(Tz::Asia__Shanghai));
        let table = [
            ("Created (UTC)", Ok(Some(Tz::UTC))),
            ("created_utc", Ok(Some(Tz::UTC))),
            ("UTC时间", Ok(Some(Tz::UTC))),
            ("Time GMT", Ok(Some(Tz::UTC))),
            ("交易时间（UTC+8）", Ok(Some(Tz::Etc__GMTMinus8))),
            ("Time (GMT-05:00)", Ok(Some(Tz::Etc__GMTPlus5))),
            ("交易时间(北京时间)", shanghai.clone()),
            ("Beijing Time", shanghai),
            ("交易时间", Ok(None)),
            ("Paid at", Ok(None)),
            ("Outcome", Ok(None)),
            ("Time (CST)", Err("CST".to_owned())),
            ("Time (UTC+5:30)", Err("UTC+5:30".to_owned())),
            ("PST time", Err("PST".to_owned())),
            ("Created (America/New_York)", Ok(Some(Tz::America__New_York))),
            ("日期/时间", Ok(None)),
            ("time (Z)", Ok(Some(Tz::UTC))),
            ("Time(+0000)", Ok(Some(Tz::UTC))),
            ("时间（+08:00）", Ok(Some(Tz::Etc__GMTMinus8))),
            ("时间(ET)", Err("ET".to_owned())),
            ("Date et heure", Ok(None)),
            ("时间(太平洋时间)", Err("太平洋时间".to_owned())),
            ("纽约时间", Err("纽约".to_owned())),
            ("时间(格林威治)", Ok(Some(Tz::UTC))),
            ("交易时间(东八区)", Ok(Some(Tz::Asia__Shanghai))),
            ("交易时间(东七区)", Err("东七区".to_owned())),
            ("西区时间", Ok(None)),
            ("广东省东莞市区时间", Ok(None)),
            ("time_utc8", Err("UTC8".to_owned())),
            // Alibaba's rules for tables call local times so.
            ("gmt_create", Err("gmt_".to_owned())),
            ("gmtCreate", Ok(None)),
        ];
        for (column, expected) in table {
            assert_eq!(zone_of(column), expected, "{column}");
        }
    }
}

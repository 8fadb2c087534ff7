//! The period that a bill states above its header.

use chrono::{NaiveDateTime, NaiveTime, TimeDelta};

use crate::business_day::{BusinessDay, Timestamp};
use crate::config::StatementSettings;
use crate::intake::time::Times;
use crate::text::folded;

/// Labels of a period's beginning, as they are compared.
const FROM_LABELS: [&str; 12] = [
    "起始日期",
    "开始日期",
    "起始时间",
    "开始时间",
    "账单开始",
    "账单起始",
    "账单开始日期",
    "账单开始时间",
    "账单起始日期",
    "账单起始时间",
    "startdate",
    "starttime",
];

/// Labels of a period's end.
const TO_LABELS: [&str; 14] = [
    "终止日期",
    "结束日期",
    "终止时间",
    "结束时间",
    "截止日期",
    "截止时间",
    "账单结束",
    "账单终止",
    "账单结束日期",
    "账单结束时间",
    "账单终止日期",
    "账单终止时间",
    "enddate",
    "endtime",
];

/// Labels of one day, or of both ends.
const DAY_LABELS: [&str; 6] =
    ["账单日期", "对账日期", "交易日期", "billdate", "statementdate", "账单周期"];

/// What stands between the two ends of a period.
const UNTIL: [char; 6] = ['至', '到', '~', '～', '—', '-'];

/// What a bill says to be about: from a moment to another, which is not in it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// A time as it stands in a bill: where it begins, and where it ends when it is the end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    begins: NaiveDateTime,
    ends: NaiveDateTime,
}

/// The period that the rows above a header state. `None` where they state none, or two different ones.
pub(super) fn stated(
    above: &[(i64, Vec<String>)],
    settings: &StatementSettings,
    day: BusinessDay,
) -> Option<Period> {
    let own = |label: &Option<String>| label.as_deref().map(folded).filter(|text| !text.is_empty());
    let (own_from, own_to) = (own(&settings.from), own(&settings.to));
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for (_, cells) in above {
        for (at, cell) in cells.iter().enumerate() {
            let next = cells.get(at.saturating_add(1)).map_or("", String::as_str);
            let labelled = |labels: &[&str], own: Option<&String>| {
                let own = own.map(String::as_str);
                let labels = own.into_iter().chain(labels.iter().copied());
                longest(cell, labels)
                    .map(|rest| if rest.is_empty() { next } else { rest }.to_owned())
            };
            if let Some(rest) = labelled(&DAY_LABELS, None) {
                let Some((first, rest)) = written(&rest) else { continue };
                let last = rest.trim_start().strip_prefix(UNTIL);
                let last = last.and_then(|rest| written(rest.trim_start()));
                from.push(first.begins);
                to.push(last.map_or(first.ends, |(last, _)| last.ends));
                continue;
            }
            let moment = |rest: Option<String>| rest.and_then(|rest| Some(written(&rest)?.0));
            from.extend(moment(labelled(&FROM_LABELS, own_from.as_ref())).map(|at| at.begins));
            to.extend(moment(labelled(&TO_LABELS, own_to.as_ref())).map(|at| at.ends));
        }
    }
    let one = |mut moments: Vec<NaiveDateTime>| {
        moments.dedup();
        if let [moment] = *moments { Some(day.moment(moment)) } else { None }
    };
    let period = Period { from: one(from)?, to: one(to)? };
    (period.from < period.to).then_some(period)
}

/// What stands behind the label that ends furthest in a cell, without what separates the two; `None`
/// where it has none of them. A label is followed by a separator, a number or nothing.
fn longest(cell: &str, labels: impl Iterator<Item = impl AsRef<str>>) -> Option<&str> {
    let text = Folded::of(cell);
    let mut best: Option<(usize, &str)> = None;
    for label in labels {
        let label = label.as_ref();
        for (at, _) in text.text.match_indices(label) {
            let (Some(from), Some(end)) = (text.begins(at), text.ends(at, label.len())) else {
                continue;
            };
            let rest = cell.get(end..).unwrap_or_default();
            let rest = rest.trim_start_matches(|c: char| {
                c.is_whitespace()
                    || matches!(c, ':' | '：' | '=' | '[' | '【' | '(' | '（' | '"' | '`' | '\'')
            });
            let is_whole = rest.chars().next().is_none_or(|c| c.is_ascii_digit());
            let before = cell.get(..from).and_then(|before| before.chars().next_back());
            let is_word = before.is_none_or(|c| !c.is_alphanumeric() || c.is_ascii_digit());
            if is_whole && is_word && best.is_none_or(|(known, _)| label.len() > known) {
                best = Some((label.len(), rest));
            }
        }
    }
    best.map(|(_, rest)| rest)
}

/// A text as labels are looked for in it, and where each byte of that stands in the text.
struct Folded {
    text: String,
    /// Of each byte: where its character begins and ends in the original.
    places: Vec<(usize, usize)>,
}

impl Folded {
    fn of(cell: &str) -> Self {
        let mut all = Self { text: String::new(), places: Vec::new() };
        let mut bytes = [0; 4];
        for (at, c) in cell.char_indices() {
            let piece = folded(c.encode_utf8(&mut bytes));
            let place = (at, at.saturating_add(c.len_utf8()));
            all.places.extend(std::iter::repeat_n(place, piece.len()));
            all.text.push_str(&piece);
        }
        all
    }

    fn begins(&self, at: usize) -> Option<usize> {
        self.places.get(at).map(|(begin, _)| *begin)
    }

    fn ends(&self, at: usize, length: usize) -> Option<usize> {
        let last = at.checked_add(length)?.checked_sub(1)?;
        self.places.get(last).map(|(_, end)| *end)
    }
}

/// The time with which a text begins, and what stands behind it.
///
/// A date alone ends with its day; 00:00 ends there; any other time ends with its second, or with its
/// minute where it has no seconds.
fn written(text: &str) -> Option<(Written, &str)> {
    let is_of_date =
        |c: char| c.is_ascii_digit() || matches!(c, '-' | '/' | '.' | '年' | '月' | '日');
    let (date, rest) = split(text, is_of_date);
    let plain: String = date
        .chars()
        .filter_map(|c| match c {
            '年' | '月' => Some('-'),
            '日' => None,
            other => Some(other),
        })
        .collect();
    let plain = plain.trim_end_matches(['-', '/', '.']);
    let behind = rest.trim_start_matches([' ', 'T']);
    let is_of_time = |c: char| c.is_ascii_digit() || matches!(c, ':' | '时' | '分' | '秒');
    let (time, after) = split(behind, is_of_time);
    let time = time.replace(['时', '分'], ":").replace('秒', "");
    let time = time.trim_end_matches(':');
    let parts = time.split(':').count();
    let (spelled, has_time, rest) = if (2..=3).contains(&parts) {
        (format!("{plain} {time}"), true, after)
    } else {
        let is_compact = plain.len() == 14 && plain.bytes().all(|byte| byte.is_ascii_digit());
        (plain.to_owned(), is_compact, rest)
    };
    // The zone does not matter here: the text has no offset, and wall-clock time is what is wanted.
    let local = BusinessDay::BEIJING;
    let begins = local.local(Times::new(local).read(&spelled)?);
    let length = match (has_time, begins.time() == NaiveTime::MIN) {
        (false, _) => TimeDelta::days(1),
        (true, true) => TimeDelta::zero(),
        (true, false) if parts == 2 => TimeDelta::minutes(1),
        (true, false) => TimeDelta::seconds(1),
    };
    let ends = begins.checked_add_signed(length)?;
    Some((Written { begins, ends }, rest.trim_start_matches([']', '】'])))
}

/// The part of a text whose characters are all of a kind, and what stands behind it.
fn split(text: &str, is_of_kind: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c: char| !is_of_kind(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

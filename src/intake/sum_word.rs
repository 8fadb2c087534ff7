//! Words with which a row of sums begins, without any configuration: 合计, 本页小计, 共2笔, Grand Total.

use crate::intake::cell;
use crate::text::folded;

/// What a row of sums is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SumWord {
    /// As it stands there, without what surrounds it.
    pub(super) text: String,
    /// Whether it adds up a part of the file: a page, a day.
    pub(super) is_part: bool,
    /// The rows that it says there are: of 共2笔.
    pub(super) count: Option<i64>,
}

/// Bytes that such a word may have.
const BYTES_MAX: usize = 60;

/// The words themselves, the longest first.
const CORES: [&str; 17] = [
    "grandtotal",
    "dailytotal",
    "pagetotal",
    "subtotal",
    "totals",
    "total",
    "sum",
    "合计",
    "总计",
    "小计",
    "总和",
    "共计",
    "汇总",
    "累计",
    "总额",
    "总数",
    "共",
];

/// What may stand before and behind them.
const BESIDE: [&str; 31] = [
    "人民币",
    "本页",
    "当页",
    "每页",
    "分页",
    "本日",
    "当日",
    "每日",
    "按日",
    "本期",
    "本月",
    "当月",
    "账单",
    "全部",
    "所有",
    "以上",
    "交易",
    "收款",
    "付款",
    "金额",
    "笔数",
    "amount",
    "page",
    "daily",
    "rmb",
    "cny",
    "元",
    "总",
    "共",
    "页",
    "日",
];

/// Those of both that are of a part.
const PARTS: [&str; 11] = [
    "小计",
    "subtotal",
    "pagetotal",
    "dailytotal",
    "页",
    "page",
    "本日",
    "当日",
    "每日",
    "按日",
    "daily",
];

/// The word of a row of sums in a cell; `None` where the cell is anything else.
pub(super) fn sum_word(text: &str) -> Option<SumWord> {
    let text = cell::clean(text);
    if !may_be(text) {
        return None;
    }
    let word: String = folded(text)
        .chars()
        .filter(|c| {
            !matches!(
                c,
                '#' | ':' | '*' | '(' | ')' | '[' | ']' | '【' | '】' | '=' | '-' | '_' | '、'
            )
        })
        .collect();
    let (word, count) = without_count(&word);
    let is_part = PARTS.iter().any(|part| word.contains(part));
    let core = CORES.iter().find_map(|core| word.split_once(core));
    let (front, behind) = core?;
    let is_chinese = !word.is_ascii();
    let (front_rest, behind_rest) = (beside(front), beside(behind));
    // A day's sum names its day: 11月20日小计.
    let is_date = is_chinese && is_of_date(front_rest);
    let is_bare_count = word == "共" && count.is_none();
    if (!front_rest.is_empty() && !is_date) || !behind_rest.is_empty() || is_bare_count {
        return None;
    }
    let text =
        text.trim_matches(|c: char| matches!(c, '#' | ':' | '：' | '*') || c.is_whitespace());
    let is_part = is_part || !front_rest.is_empty();
    Some(SumWord { text: text.to_owned(), is_part, count })
}

/// Whether a text is worth a closer look: nearly none is.
fn may_be(text: &str) -> bool {
    if text.is_empty() || text.len() > BYTES_MAX {
        return false;
    }
    // An order number is nearly always plain, and has a digit.
    !text.is_ascii()
        || text.bytes().all(|byte| byte.is_ascii_alphabetic() || b" #*:()[]=-_.".contains(&byte))
}

/// The word without a count of rows in it, and the count.
fn without_count(word: &str) -> (String, Option<i64>) {
    const UNITS: [char; 3] = ['笔', '条', '单'];
    let Some((before, behind)) = word.split_once(UNITS) else { return (word.to_owned(), None) };
    let digits =
        before.len().saturating_sub(before.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    let (words, number) =
        before.split_at_checked(before.len().saturating_sub(digits)).unwrap_or((before, ""));
    match number.parse() {
        Ok(count) => (format!("{words}{behind}"), Some(count)),
        Err(_) => (word.to_owned(), None),
    }
}

/// What is left of a text when everything that may stand beside such a word is taken away.
fn beside(text: &str) -> &str {
    let mut rest = text;
    loop {
        let shorter = BESIDE
            .iter()
            .find_map(|word| rest.strip_prefix(word).or_else(|| rest.strip_suffix(word)));
        match shorter {
            Some(shorter) => rest = shorter,
            None => return rest,
        }
    }
}

fn is_of_date(text: &str) -> bool {
    let has_digit = text.chars().any(|c| c.is_ascii_digit());
    has_digit && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '年' | '月' | '/' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_sums_are_known_and_others_are_not() {
        let table = [
            ("合计", false, None),
            ("合计：", false, None),
            ("总计(元)", false, None),
            ("合计金额", false, None),
            ("人民币合计", false, None),
            ("交易总额", false, None),
            ("共2笔", false, Some(2)),
            ("合计(共12笔)", false, Some(12)),
            ("总计3笔", false, Some(3)),
            ("Total", false, None),
            ("TOTAL:", false, None),
            ("Grand Total", false, None),
            ("汇总", false, None),
            ("本日汇总：", true, None),
            ("Total amount (CNY)", false, None),
            ("小计", true, None),
            ("本页小计", true, None),
            ("本日合计", true, None),
            ("Subtotal", true, None),
            ("Page total", true, None),
            ("11月20日小计", true, None),
            ("2026年11月20日合计", true, None),
        ];
        for (text, is_part, count) in table {
            let found = sum_word(text).map(|word| (word.is_part, word.count));
            assert_eq!(found, Some((is_part, count)), "{text}");
        }
        for text in [
            "",
            "A1",
            "20261120000001",
            "共",
            "红茶",
            "合计红茶",
            "总店",
            "Total War",
            "sum20261120",
            "S1",
            "T-1",
            "本页",
            "共2件",
            "小计划",
            "汇总表",
            "R2026",
            "#1001",
        ] {
            assert_eq!(sum_word(text), None, "{text}");
        }
    }
}

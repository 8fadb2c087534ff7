//! Why a bill is the whole of nothing, in words.

use crate::config::Language;
use crate::intake::statement::Doubt;

/// Why a bill is the whole of nothing.
pub fn doubt_words(doubt: &Doubt, language: Language) -> String {
    match (language, doubt) {
        (Language::En, doubt) => doubt.to_string(),
        (Language::Zh, Doubt::RefusedRows(rows)) => format!("有 {rows} 行被拒收"),
        (Language::Zh, Doubt::UncheckedTotal(label)) => format!("合计「{label}」无法核对"),
        (Language::Zh, Doubt::NoDay) => "没有一个已经结束的账期完整地落在其中".to_owned(),
        (Language::Zh, Doubt::OtherZone(zone)) => format!(
            "文件按 {zone} 零点至零点划分日期，一个账期各占其中两日的一部分：请同时导入相邻一日的文件，或按账期导出"
        ),
        (Language::Zh, Doubt::NoStream) => "看不出是哪种业务、哪个产品".to_owned(),
        (Language::Zh, Doubt::OtherPart) => "它是账单的一部分，另一部分不完整或读不出".to_owned(),
        (Language::Zh, Doubt::OtherDay(date)) => format!("文件表头上方写明是 {date}，是另一天"),
        (Language::Zh, Doubt::NoRow) => "没有一行属于该日，也没有合计说明该日为零".to_owned(),
        (Language::Zh, Doubt::Balance(line)) => {
            format!("第 {line} 行的余额与上一行余额加减本行金额不符，有行缺失或次序错乱")
        }
        (Language::Zh, Doubt::Batch(batch)) => {
            format!("批次「{batch}」各行净额连同打款合计不为零，有行缺失")
        }
        (Language::Zh, Doubt::OfSettlements) => {
            "这类文件只对一次结算完整，只能证明其所列，不能证明其所无".to_owned()
        }
        (Language::Zh, Doubt::OfOthers(rows)) => {
            format!("{rows} 行全部属于其他商户，请核对账户的 merchant_no")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_english_stands_in_what_a_chinese_bill_is_the_whole_of() {
        let doubts = [
            Doubt::RefusedRows(1),
            Doubt::UncheckedTotal("合计".to_owned()),
            Doubt::Batch("12".to_owned()),
            Doubt::NoDay,
            Doubt::NoStream,
            Doubt::OtherPart,
            Doubt::NoRow,
        ];
        for doubt in doubts {
            let words = doubt_words(&doubt, Language::Zh);
            assert!(!words.contains(|c: char| c.is_ascii_alphabetic()), "{words}");
        }
    }
}

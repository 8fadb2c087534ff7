//! What the job notes in histories and beside closures, in the words of the report's language.

use crate::config::Language;
use crate::discrepancy::DiscrepancyType;
use crate::status::{MerchantStatus, ProviderStatus};
use crate::wording::Word;

/// How the job's notes are put; what stands first is looked for first.
const PHRASES: &[(&str, &str)] = &[
    ("both sides agree", "双方已一致"),
    ("this difference is gone", "该差异已消失"),
    ("answered again, as before", "渠道重新答复，与之前相同"),
    ("same figures, on other evidence", "数字不变，依据不同"),
    ("last answered on ", "最后一次答复于 "),
    (", not answered since", "，此后没有答复"),
    ("the merchant's order in line ", "商户订单第 "),
    ("; provider: ", " 行；渠道："),
    ("merchant ", "商户"),
    (", provider ", "，渠道"),
    ("absent", "无记录"),
    (" -> ", " → "),
    (": ", "："),
    ("; ", "；"),
];

/// A note of the job, which keeps codes; one of a person is that person's.
pub fn of_job(note: &str, language: Language) -> String {
    if language == Language::En {
        return note.to_owned();
    }
    let mut text = String::new();
    let mut code = String::new();
    for c in note.chars() {
        if c.is_ascii_lowercase() || c == '_' {
            code.push(c);
            continue;
        }
        text.push_str(word(&code, language));
        code.clear();
        text.push(c);
    }
    text.push_str(word(&code, language));
    // Codes first: some hold a word of a phrase.
    PHRASES.iter().fold(text, |text, (en, zh)| text.replace(en, zh))
}

/// The word of a code; what is none as it is.
fn word(code: &str, language: Language) -> &str {
    let kind = DiscrepancyType::from_code(code).map(|it| it.word(language));
    let provider = || ProviderStatus::from_code(code).map(|it| it.word(language));
    let merchant = || MerchantStatus::from_code(code).map(|it| it.word(language));
    kind.or_else(provider).or_else(merchant).unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_of_the_job_hold_no_codes_in_chinese() {
        let table = [
            (
                "amount_mismatch -9.00 (succeeded 10.00 / succeeded 1.00)",
                "金额不符 -9.00 (成功 10.00 / 成功 1.00)",
            ),
            ("merchant succeeded, provider pending", "商户成功，渠道处理中"),
            (
                "still_pending 0.00 (pending 1.00 / pending -) -> missing_at_merchant 1.00 (absent - / succeeded 1.00)",
                "未完成(尚无结果) 0.00 (处理中 1.00 / 处理中 -) → 商户漏单(渠道有、商户无) 1.00 (无记录 - / 成功 1.00)",
            ),
            (
                "last answered on 2026-11-20, not answered since",
                "最后一次答复于 2026-11-20，此后没有答复",
            ),
            (
                "both sides agree: merchant succeeded, provider succeeded",
                "双方已一致：商户成功，渠道成功",
            ),
        ];
        for (note, expected) in table {
            assert_eq!(of_job(note, Language::Zh), expected);
            assert_eq!(of_job(note, Language::En), note);
        }
    }
}

//! What the job notes in histories and beside closures, in the words of the report's language.

use crate::config::Language;
use crate::report::sentence::{Voice, source_words};
use crate::rules::note::{Answer, ClosingWord, Closure, Figures, Note, Seen, Sides, Well};
use crate::status::{MerchantStatus, ProviderStatus};
use crate::wording::Word;

/// A note of the job. English has it as it is kept.
pub fn of_job(kept: &str, voice: Voice) -> String {
    let note = Note::read(kept);
    match voice.language {
        Language::En => note.to_string(),
        Language::Zh => in_chinese(&note, voice),
    }
}

fn in_chinese(note: &Note, voice: Voice) -> String {
    match note {
        Note::Seen(it) => seen(it, voice),
        Note::Changed(then, now) => format!("{} → {}", seen(then, voice), seen(now, voice)),
        Note::NotAnsweredSince(date) => format!("最后一次答复于 {date}，此后没有答复"),
        Note::AnsweredAgain => "渠道重新答复，与之前相同".to_owned(),
        Note::OtherEvidence => "数字不变，依据不同".to_owned(),
        Note::Closed { closure, sides: both, word } => {
            let all = match closure {
                Closure::Agreed => "双方已一致",
                Closure::Gone => "该差异已消失",
            };
            let word = word.as_ref().map_or_else(String::new, |it| closing_word(it, voice));
            format!("{all}：{}{word}", sides(*both, voice))
        }
        Note::Sides(both) => sides(*both, voice),
        Note::Other(text) => text.clone(),
    }
}

fn ours(status: Option<MerchantStatus>, voice: Voice) -> &'static str {
    status.map_or("无记录", |status| status.word(voice.language))
}

fn theirs(status: ProviderStatus, voice: Voice) -> &'static str {
    status.word(voice.language)
}

fn seen(seen: &Seen, voice: Voice) -> String {
    let Figures { difference, merchant, merchant_amount, provider, provider_amount } =
        &seen.figures;
    format!(
        "{} {difference} (商户{} {} / 渠道{} {})",
        seen.kind.word(voice.language),
        ours(*merchant, voice),
        merchant_amount.as_deref().unwrap_or("-"),
        theirs(*provider, voice),
        provider_amount.as_deref().unwrap_or("-"),
    )
}

fn sides(sides: Sides, voice: Voice) -> String {
    match sides {
        Sides::Order(merchant, provider) => {
            format!("商户{}，渠道{}", ours(merchant, voice), theirs(provider, voice))
        }
        Sides::Account(well) => match well {
            Well::Balance => "期初余额加各项变动等于期末余额",
            Well::Bank => "渠道与银行的金额一致",
            Well::Settlement => "结算金额等于各笔之和",
            Well::OtherName => "已按其他产品名称结算",
        }
        .to_owned(),
    }
}

fn closing_word(word: &ClosingWord, voice: Voice) -> String {
    let order = word.order_line.map(|line| format!("；商户订单文件第 {line} 行"));
    let answer = match &word.answer {
        None => "；渠道交易列表中没有该笔".to_owned(),
        Some(Answer { source, interface, evidence, answered_at }) => {
            let source = source_words(*source, voice);
            format!("；{source} {interface}，{answered_at} 答复，存档号 {evidence}")
        }
    };
    order.unwrap_or_default() + &answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDay;

    #[test]
    fn notes_of_the_job_hold_no_codes_in_chinese() {
        let table = [
            (
                "amount_mismatch -9.00 (succeeded 10.00 / succeeded 1.00)",
                "金额不符 -9.00 (商户成功 10.00 / 渠道成功 1.00)",
            ),
            ("merchant succeeded, provider pending", "商户成功，渠道处理中"),
            (
                "still_pending 0.00 (pending 1.00 / pending -) -> missing_at_merchant 1.00 (absent - / succeeded 1.00)",
                "未完成(尚无结果) 0.00 (商户处理中 1.00 / 渠道处理中 -) → \
                 商户漏单(渠道有、商户无) 1.00 (商户无记录 - / 渠道成功 1.00)",
            ),
            (
                "last answered on 2026-11-20, not answered since",
                "最后一次答复于 2026-11-20，此后没有答复",
            ),
            (
                "both sides agree: merchant succeeded, provider succeeded",
                "双方已一致：商户成功，渠道成功",
            ),
            (
                "this difference is gone: merchant closed, provider failed; the merchant's order in line 7; \
                 provider: query /api/pay/query_order archived as 12, said at 2026-11-21 02:30:05",
                "该差异已消失：商户已关闭，渠道失败；商户订单文件第 7 行；逐单查询 /api/pay/query_order，\
                 2026-11-21 02:30:05 答复，存档号 12",
            ),
            (
                "both sides agree: merchant absent, provider not_found; no row in the provider's listing",
                "双方已一致：商户无记录，渠道查无此单；渠道交易列表中没有该笔",
            ),
            (
                "both sides agree: opening balance and movements make the closing balance",
                "双方已一致：期初余额加各项变动等于期末余额",
            ),
            ("a note of another version", "a note of another version"),
        ];
        let of = |language| Voice { language, business_day: BusinessDay::BEIJING };
        for (note, expected) in table {
            assert_eq!(of_job(note, of(Language::Zh)), expected);
            assert_eq!(of_job(note, of(Language::En)), note);
        }
    }
}

//! `patterns.csv`: one row per cause that several discrepancies have in common, with the test that
//! the explanation has passed.

use std::borrow::Cow;

use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::discrepancy::DiscrepancyType;
use crate::discrepancy::pattern::{Pattern, PatternKind};
use crate::money::units;
use crate::report::ReportAccount;
use crate::report::csv::Cell;
use crate::report::sentence::Voice;
use crate::wording::{self, Word};

/// The cells of a row, in the order of the columns.
pub fn cells<'a>(
    pattern: &'a Pattern,
    date: BusinessDate,
    account: Option<&'a ReportAccount>,
    voice: Voice,
) -> Vec<Cell<'a>> {
    let stream = &pattern.stream;
    let moment = |moment| Cell::Moment(voice.business_day.text(moment));
    let (first, last) = pattern
        .span
        .map_or((Cell::Empty, Cell::Empty), |(first, last)| (moment(first), moment(last)));
    vec![
        Cell::Moment(date.to_string()),
        Cell::text(&stream.account),
        Cell::text(account.map_or("", |account| &account.provider_id)),
        Cell::text(stream.kind.word(voice.language)),
        Cell::text(wording::product(&stream.product, voice.language)),
        Cell::text(pattern.of.word(voice.language)),
        Cell::text(pattern.kind.word(voice.language)),
        Cell::Count(pattern.count),
        Cell::of(pattern.difference_minor, pattern.currency),
        first,
        last,
        Cell::Text(Cow::Owned(test(pattern, voice))),
        Cell::text(suggested(pattern, voice)),
        Cell::text(pattern.currency.as_str()),
        Cell::Text(Cow::Owned(pattern.id(date))),
        // For the clerk.
        Cell::Empty,
        Cell::Empty,
        Cell::Empty,
    ]
}

/// The pattern in one line: where, what, how much, and the test.
pub fn line(pattern: &Pattern, voice: Voice) -> String {
    let stream = &pattern.stream;
    let language = voice.language;
    let product = wording::product(&stream.product, language);
    let gap = if product.is_empty() { "" } else { "/" };
    let (kind, of) = (stream.kind.word(language), pattern.of.word(language));
    let (cause, why) = (pattern.kind.word(language), test(pattern, voice));
    let sum = voice.amount(pattern.difference_minor, pattern.currency);
    let account = &stream.account;
    match language {
        Language::Zh => {
            format!("{account} {kind}{gap}{product} {of}：{cause}，差异金额 {sum}。{why}")
        }
        Language::En => format!("{account} {kind}{gap}{product} {of}: {cause}, {sum}; {why}"),
    }
}

/// The test that holds for every row of the pattern.
pub fn test(pattern: &Pattern, voice: Voice) -> String {
    let (count, among) = (pattern.count, pattern.among);
    let provider_has_more = pattern.difference_minor > 0;
    let text = match (pattern.kind, provider_has_more) {
        (PatternKind::WholeStream, _) if pattern.of == DiscrepancyType::MissingAtProvider => voice
            .pick(
                "本日商户的全部 {count} 笔在渠道都查无此单，渠道一笔也没有",
                "all {count} orders of the day are unknown to the provider, which has none at all",
            ),
        (PatternKind::WholeStream, _) => voice.pick(
            "本日渠道的全部 {count} 笔商户都没有，商户一笔也没有",
            "all {count} transactions of the day are unknown to the merchant, which has none at all",
        ),
        (PatternKind::Factor100, true) => voice.pick(
            "{count} 笔(同类 {among} 笔)的渠道金额都恰为商户金额的 100 倍",
            "for {count} of {among} the provider's amount is exactly 100 times the merchant's",
        ),
        (PatternKind::Factor100, false) => voice.pick(
            "{count} 笔(同类 {among} 笔)的商户金额都恰为渠道金额的 100 倍",
            "for {count} of {among} the merchant's amount is exactly 100 times the provider's",
        ),
        (PatternKind::ConstantDifference, _) => voice.pick(
            "{count} 笔(同类 {among} 笔)的金额都恰好相差 {constant} 元",
            "for {count} of {among} the amounts differ by exactly {constant} yuan",
        ),
        (PatternKind::CallbackOutage, _) => voice.pick(
            "{count} 笔(同类 {among} 笔)接连发生，其间没有一笔支付正常入账",
            "{count} of {among} follow each other, and no payment between them reached the books",
        ),
        (PatternKind::CutOff, _) => voice.pick(
            "{count} 笔(同类 {among} 笔)都发生在日切前后 5 分钟之内",
            "{count} of {among} happened within 5 minutes of the cut-off",
        ),
        (PatternKind::OneProduct, _) => voice.pick(
            "全部 {count} 笔都在这一产品，该账户的其他产品一笔也没有",
            "all {count} are in this product, none in the account's other products",
        ),
    };
    text.replace("{count}", &count.to_string()).replace("{among}", &among.to_string()).replace(
        "{constant}",
        units(pattern.constant_minor, pattern.currency).trim_start_matches('-'),
    )
}

/// What to look at first.
fn suggested<'a>(pattern: &Pattern, voice: Voice) -> &'a str {
    match pattern.kind {
        PatternKind::WholeStream if pattern.of == DiscrepancyType::MissingAtProvider => voice.pick(
            "核对该账户配置的商户号、终端号与环境，再逐笔处理",
            "check the account's merchant number, terminal and environment before any single order",
        ),
        PatternKind::WholeStream => voice.pick(
            "核对商户订单文件是否漏了该账户或产品",
            "check whether the merchant's file lacks this account or product",
        ),
        PatternKind::Factor100 => voice.pick(
            "核对金额单位：一方以分、另一方以元计(amount_unit)",
            "check the unit of amounts: one side counts in fen, the other in yuan (amount_unit)",
        ),
        PatternKind::ConstantDifference => voice.pick(
            "核对优惠券、立减或固定手续费是否计入订单金额",
            "check whether a coupon, a discount or a fixed charge is part of the order's amount",
        ),
        PatternKind::CallbackOutage => voice.pick(
            "检查该时段的回调接收服务；修复后批量补单(可用 renotify 重发)",
            "check what received callbacks at that time; then complete the orders together (renotify)",
        ),
        PatternKind::CutOff => voice.pick(
            "双方日切时间不同，次日应自行抵平；核对日切设置(cutoff)",
            "the two sides date it differently and it should even out tomorrow; check the cut-off",
        ),
        PatternKind::OneProduct => voice.pick(
            "先查该产品的接口、合同费率或上线变更",
            "look first at this product's interface, contract rate or latest change",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::BusinessDay;
    use crate::order::Stream;
    use crate::status::Kind;

    #[test]
    fn every_pattern_says_its_test_in_both_languages() {
        for kind in PatternKind::ALL {
            for difference_minor in [-500, 500] {
                let pattern = Pattern {
                    kind: *kind,
                    stream: Stream {
                        account: "a".to_owned(),
                        kind: Kind::Payment,
                        product: String::new(),
                    },
                    of: DiscrepancyType::MissingAtProvider,
                    currency: crate::money::Currency::CNY,
                    count: 12,
                    among: 34,
                    difference_minor,
                    span: None,
                    constant_minor: difference_minor,
                };
                for language in [Language::Zh, Language::En] {
                    let voice = Voice { language, business_day: BusinessDay::BEIJING };
                    let text = test(&pattern, voice);
                    assert!(text.contains("12") && !text.contains('{'), "{text}");
                    assert!(!text.contains("-5"), "{text}");
                    assert!(!suggested(&pattern, voice).is_empty());
                }
            }
        }
    }
}

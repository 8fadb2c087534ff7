//! What a row says in sentences: what the judgement rests on, and what disagrees, with both sides,
//! the direction in words and the amounts. What to do about it is in [`action`].
//!
//! Nothing in here differs between two runs over the same inputs.

use crate::business_day::{BusinessDay, Timestamp};
use crate::config::Language;
use crate::discrepancy::{Discrepancy, DiscrepancyType, TimeFrom};
use crate::money::{Currency, units};
use crate::reading::{Assurance, Source, is_on_its_way};
use crate::report::discrepancies::Shown;
use crate::rules::file_alone::DENIED;
use crate::rules::judge::{NO_BILL, NOT_IN_BILL};
use crate::status::{Kind, MerchantStatus, ProviderStatus};

mod account;
pub mod action;
mod few;
pub mod note;
mod remark;
pub mod unproved;
mod why;

pub(crate) use account::rest_order;

pub use few::few;
pub use remark::calls_back;
pub use why::{remarks, tied_bills, why};

/// In which language and zone a report speaks.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// The language.
    pub language: Language,
    /// The zone of times.
    pub business_day: BusinessDay,
}

impl Voice {
    /// One of two texts.
    pub const fn pick<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.language.pick(zh, en)
    }

    /// An amount with its unit: `100.00 元`.
    fn money(&self, minor: i64, currency: Currency) -> String {
        self.money_unsigned(units(minor, currency), currency)
    }

    /// An amount of yuan as a bare number in Chinese and with its unit in English, of another currency with
    /// its code: `100.00`, `100.00 yuan`, `100.00 USD`.
    pub fn amount(&self, minor: i64, currency: Currency) -> String {
        let text = units(minor, currency);
        match (self.language, currency) {
            (Language::Zh, Currency::CNY) => text,
            (Language::En, Currency::CNY) => text + " yuan",
            (_, _) => format!("{text} {currency}"),
        }
    }

    /// The same without its sign, where the direction is said in words.
    fn size(&self, minor: i64, currency: Currency) -> String {
        let text = units(minor, currency);
        self.money_unsigned(text.trim_start_matches('-').to_owned(), currency)
    }

    fn money_unsigned(&self, text: String, currency: Currency) -> String {
        match self.language {
            Language::Zh if currency == Currency::CNY => text + " 元",
            Language::Zh | Language::En => format!("{text} {currency}"),
        }
    }

    fn day(&self, moment: Option<Timestamp>) -> String {
        let date = moment.map(|moment| self.business_day.date_of(moment).to_string());
        date.unwrap_or_else(|| self.pick("日期不明", "an unknown day").to_owned())
    }
}

/// What the judgement rests on: way, interface, proof, the provider's own code, and what was assumed.
pub fn evidence(row: &Discrepancy, voice: Voice) -> String {
    let evidence = &row.evidence;
    if row.kind.is_of_account() {
        return account::evidence(row, voice);
    }
    let Some(source) = evidence.source else {
        return voice.pick("没有渠道答复", "nothing was said by the provider").to_owned();
    };
    match evidence.status_code.as_str() {
        NOT_IN_BILL => {
            let zh = "当日渠道账单（完整）中没有此单；文件没有签名，无从验证";
            let en =
                "the bill of that day, which is whole, does not have it; nothing verifies the file";
            return voice.pick(zh, en).to_owned();
        }
        NO_BILL => {
            return voice
                .pick("当日渠道账单未到", "no bill that is the whole of that day")
                .to_owned();
        }
        _ => {}
    }
    let mut parts = vec![source_words(source, voice).to_owned()];
    if !evidence.interface.is_empty() {
        let label = match source {
            Source::Statement => voice.pick("文件 ", "file "),
            Source::Listing | Source::Query | Source::Notification => {
                voice.pick("接口 ", "interface ")
            }
        };
        parts.push(format!("{label}{}", evidence.interface));
    }
    let proof = match source {
        Source::Statement => unsigned_words(voice),
        Source::Listing | Source::Query | Source::Notification => {
            assurance_words(evidence.assurance, voice)
        }
    };
    parts.push(proof.to_owned());
    let denial = evidence.status_code.strip_prefix(DENIED).and_then(|rest| rest.strip_prefix(':'));
    if let Some(words) = denial {
        let label = voice.pick(
            "渠道逐单查询答复查无此单：",
            "asked about this order, the provider says that it has none: ",
        );
        parts.push(format!("{label}{words}"));
    } else if !evidence.status_code.is_empty() {
        let label = voice.pick("渠道原文 ", "in its words ");
        let label = if row.provider_status == ProviderStatus::Unproved {
            voice.pick("原因 ", "reason ")
        } else {
            label
        };
        parts.push(format!("{label}{}", evidence.status_code));
    }
    parts.extend(transit_words(&evidence.status_code, voice));
    if evidence.amount_assumed {
        let zh = "渠道不报金额，合计按商户金额计";
        parts.push(voice.pick(zh, "it states no amount: totals take the merchant's").to_owned());
    }
    if let Some((source, interface)) = &evidence.amount_from {
        parts.push(amount_words(*source, interface, voice));
    }
    if let Some(date) = evidence.answered_on {
        parts.push(match voice.language {
            Language::Zh => format!("渠道最近一次答复为 {date}，此后未能再问到"),
            Language::En => format!("last answered on {date}, could not be asked since"),
        });
    }
    parts.extend(time_words(evidence.time_from, voice));
    parts.join(voice.pick("；", "; "))
}

/// That the platform itself calls the settlement of a paid order under way.
fn transit_words(status_code: &str, voice: Voice) -> Option<String> {
    let zh = "已付款，结算在途：渠道已记入不可用账户，尚不能提现";
    let en = "paid, settlement in transit: in the account that is not yet available";
    is_on_its_way(status_code).then(|| voice.pick(zh, en).to_owned())
}

/// Whose time dates the money, where the deciding answer states none.
fn time_words(from: TimeFrom, voice: Voice) -> Option<String> {
    let (zh, en) = match from {
        TimeFrom::Stated => return None,
        TimeFrom::Merchant => (
            "渠道不报支付时间，账期日按商户时间计",
            "it states no time of payment: the day is the merchant's",
        ),
        TimeFrom::FirstFinal => (
            "渠道不报支付时间，先前应答尚未终结，账期日按首次终结的应答计",
            "it states no time of payment, and had said that it was not final: the day is that of the \
             first answer that found it final",
        ),
        TimeFrom::Other(source) => {
            let words = source_words(source, voice);
            return Some(match voice.language {
                Language::Zh => format!("支付时间据{words}"),
                Language::En => format!("time of payment: {words}"),
            });
        }
    };
    Some(voice.pick(zh, en).to_owned())
}

/// Whose amount it is, where the deciding answer states none. A callback is a reading only once it was
/// verified; what proves the other answers is said of the deciding one.
fn amount_words(source: Source, interface: &str, voice: Voice) -> String {
    let words = source_words(source, voice);
    let (name, proof) = match source {
        Source::Statement => (format!(" {interface}"), unsigned_words(voice)),
        Source::Notification => (String::new(), voice.pick("验签通过", "signature verified")),
        Source::Listing | Source::Query => (format!(" {interface}"), ""),
    };
    match (voice.language, proof) {
        (Language::Zh, "") => format!("金额据{words}{name}"),
        (Language::Zh, _) => format!("金额据{words}{name}（{proof}）"),
        (Language::En, "") => format!("amount: {words}{name}"),
        (Language::En, _) => format!("amount: {words}{name} ({proof})"),
    }
}

/// What is to be said of a file's assurance.
pub(crate) const fn unsigned_words(voice: Voice) -> &'static str {
    voice.pick("文件没有签名，无从验证", "nothing verifies the file")
}

/// The way a reading came, in words.
pub(crate) const fn source_words(source: Source, voice: Voice) -> &'static str {
    match (voice.language, source) {
        (Language::Zh, Source::Listing) => "批量查询",
        (Language::Zh, Source::Query) => "逐单查询",
        (Language::Zh, Source::Statement) => "渠道对账单",
        (Language::Zh, Source::Notification) => "渠道通知",
        (Language::En, Source::Listing) => "listed by the provider",
        (Language::En, Source::Query) => "asked about this order",
        (Language::En, Source::Statement) => "statement file of the provider",
        (Language::En, Source::Notification) => "notification of the provider",
    }
}

/// What proves an answer, in words.
pub(crate) const fn assurance_words(assurance: Assurance, voice: Voice) -> &'static str {
    match (voice.language, assurance) {
        (Language::Zh, Assurance::Md5) => "MD5 验签通过",
        (Language::Zh, Assurance::Rsa) => "RSA 验签通过",
        (Language::Zh, Assurance::Echo) => "该接口渠道不签名，仅以订单号一致为凭",
        (Language::Zh, Assurance::Refusal) => "未签名的错误答复，只取其错误码",
        (Language::Zh, Assurance::None) => "没有可信答复",
        (Language::En, Assurance::Md5) => "MD5 signature verified",
        (Language::En, Assurance::Rsa) => "RSA signature verified",
        (Language::En, Assurance::Echo) => {
            "the provider signs nothing here, only the order number binds the answer"
        }
        (Language::En, Assurance::Refusal) => "unsigned refusal, only its code counts",
        (Language::En, Assurance::None) => "no trustworthy answer",
    }
}

/// What disagrees, in one or two plain sentences.
pub fn explanation(row: &Discrepancy, shown: Shown, voice: Voice) -> String {
    if shown.agreed {
        return closed_by_itself(row, voice);
    }
    let main = match row.kind {
        DiscrepancyType::FeeMismatch => fee_sentence(row, voice),
        DiscrepancyType::CrossDay => cross_day_sentence(row, shown, voice),
        DiscrepancyType::BalanceMismatch => account::balance(row, voice),
        DiscrepancyType::SettlementMismatch => account::settlement(row, voice),
        DiscrepancyType::DuplicateAtMerchant
        | DiscrepancyType::DuplicateAtProvider
        | DiscrepancyType::PaidTwice => once_more(row, shown, voice),
        DiscrepancyType::MissingAtMerchant
        | DiscrepancyType::RefusedAtMerchant
        | DiscrepancyType::MissingAtProvider
        | DiscrepancyType::PaidOnlyAtProvider
        | DiscrepancyType::PaidOnlyAtMerchant
        | DiscrepancyType::StillPending
        | DiscrepancyType::Unproved
        | DiscrepancyType::StatusMismatch
        | DiscrepancyType::RefundedOnlyAtProvider
        | DiscrepancyType::RefundedOnlyAtMerchant
        | DiscrepancyType::Held
        | DiscrepancyType::AmountMismatch
        | DiscrepancyType::OverRefund => both_sides(row, shown, voice),
        DiscrepancyType::CurrencyMismatch => one_currency(row, shown, voice),
    };
    let gap = voice.pick("", " ");
    let mut text = main;
    let remarks = [
        remark::callback(row, voice),
        remark::remark(row, voice),
        remark::waiting(row, shown, voice),
    ];
    for more in remarks {
        if !more.is_empty() {
            text.push_str(gap);
            text.push_str(&more);
        }
    }
    text
}

fn closed_by_itself(row: &Discrepancy, voice: Voice) -> String {
    let on = row.closed_on.map_or_else(String::new, |date| date.to_string());
    let was = match (row.difference_minor, voice.language) {
        (0, Language::Zh | Language::En) => String::new(),
        (minor, Language::Zh) => {
            format!("；此前{}", gap_words(minor, row.currency, voice))
        }
        (minor, Language::En) => {
            format!("; before, {}", gap_words(minor, row.currency, voice))
        }
    };
    match voice.language {
        Language::Zh => format!("该差异已不存在，自 {on} 起自动关闭{was}。"),
        Language::En => {
            format!("This difference is gone: closed by itself as of {on}{was}.")
        }
    }
}

fn both_sides(row: &Discrepancy, shown: Shown, voice: Voice) -> String {
    let provider = provider_words(row, voice);
    let merchant = merchant_words(row, voice);
    let gap = if row.kind == DiscrepancyType::Unproved && shown.difference_minor != 0 {
        // Neither more nor less is known: only that nobody trustworthy has said so.
        let size = voice.size(shown.difference_minor, row.currency);
        match voice.language {
            Language::Zh => format!("{size} 未得到渠道证实"),
            Language::En => format!("{size} is not proved by the provider"),
        }
    } else {
        gap_words(shown.difference_minor, row.currency, voice)
    };
    match voice.language {
        Language::Zh => format!("{provider}，{merchant}：{gap}。"),
        Language::En => format!("{provider}, {merchant}: {gap}."),
    }
}

/// One side's money, in a currency in which the other has none: that stands in a row of its own.
fn one_currency(row: &Discrepancy, shown: Shown, voice: Voice) -> String {
    let gap = gap_words(shown.difference_minor, row.currency, voice);
    let side = if row.merchant_amount_minor.is_some() {
        merchant_words(row, voice)
    } else {
        provider_words(row, voice)
    };
    match voice.language {
        Language::Zh => format!("{side}，另一方以其他币种计，见该单的另一行：{gap}。"),
        Language::En => {
            let side = capital(&side);
            format!(
                "{side}, the other side has it in another currency, see the order's other row: {gap}."
            )
        }
    }
}

/// The text with a capital at its beginning.
fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// What one side has a second time: the difference is that side's alone.
fn once_more(row: &Discrepancy, shown: Shown, voice: Voice) -> String {
    let gap = gap_words(shown.difference_minor, row.currency, voice);
    let (merchant, provider) = (merchant_words(row, voice), provider_words(row, voice));
    let by_merchant = row.kind == DiscrepancyType::DuplicateAtMerchant;
    let twice_paid = row.kind == DiscrepancyType::PaidTwice;
    match (voice.language, by_merchant, twice_paid) {
        (Language::Zh, true, _) => {
            format!("商户文件中同一订单号又出现一次而内容不同，{merchant}：{gap}。")
        }
        (Language::Zh, false, true) => {
            format!("同一商户订单在渠道又有一笔成功交易，{provider}：{gap}。")
        }
        (Language::Zh, false, false) => {
            format!("渠道把同一笔交易又列出一次而内容不同，{provider}：{gap}。")
        }
        (Language::En, true, _) => {
            format!("The merchant's file has the order once more, differently, {merchant}: {gap}.")
        }
        (Language::En, false, true) => {
            format!("{provider} in one more transaction for the same order: {gap}.")
        }
        (Language::En, false, false) => {
            format!("{provider} by a second, different listing of the same transaction: {gap}.")
        }
    }
}

/// `渠道多 100.00 元`: the direction in words, so that no sign has to be interpreted.
fn gap_words(minor: i64, currency: Currency, voice: Voice) -> String {
    let size = voice.size(minor, currency);
    match (voice.language, minor.signum()) {
        (Language::Zh, 1) => format!("渠道多 {size}"),
        (Language::Zh, -1) => format!("渠道少 {size}"),
        (Language::Zh, _) => "本行不计金额差异".to_owned(),
        (Language::En, 1) => format!("the provider has {size} more"),
        (Language::En, -1) => format!("the provider has {size} less"),
        (Language::En, _) => "this row carries no difference in money".to_owned(),
    }
}

fn provider_words(row: &Discrepancy, voice: Voice) -> String {
    let (zh, en) = match (row.provider_status, row.key.stream.kind) {
        (ProviderStatus::NotFound, _) => ("渠道查无此单", "The provider has no such order"),
        (ProviderStatus::Unproved, _) => return unproved::reason(&row.evidence.status_code, voice),
        (ProviderStatus::Pending, _) => ("渠道仍在处理", "The provider is still processing"),
        (ProviderStatus::Succeeded, Kind::Payment) => ("渠道已收", "The provider received"),
        (ProviderStatus::Succeeded, Kind::Payout) => ("渠道已付出", "The provider paid out"),
        (ProviderStatus::Succeeded, Kind::Refund) => ("渠道已退款", "The provider refunded"),
        (ProviderStatus::Failed, _) => ("渠道失败", "The provider says that it failed"),
        (ProviderStatus::Refunded, _) => ("渠道收款后已退回客户", "The provider gave back"),
        (ProviderStatus::Returned, _) => {
            ("渠道付出后已被退回", "The provider paid out and got back")
        }
        (ProviderStatus::Held, _) => ("渠道正在调查", "The provider is investigating"),
    };
    let verb = voice.pick(zh, en);
    match (row.provider_status, row.provider_amount_minor) {
        (ProviderStatus::NotFound | ProviderStatus::Unproved | ProviderStatus::Failed, _) => {
            verb.to_owned()
        }
        (ProviderStatus::Pending | ProviderStatus::Held, Some(minor)) => {
            aside(verb, &voice.money(minor, row.currency), voice)
        }
        (_, Some(minor)) => format!("{verb} {}", voice.money(minor, row.currency)),
        (_, None) => aside(verb, voice.pick("未报金额", "it states no amount"), voice),
    }
}

/// What is not counted as money stands in brackets.
fn aside(words: &str, more: &str, voice: Voice) -> String {
    match voice.language {
        Language::Zh => format!("{words}({more})"),
        Language::En => format!("{words} ({more})"),
    }
}

fn merchant_words(row: &Discrepancy, voice: Voice) -> String {
    let (zh, en) = match row.merchant_status {
        None if row.kind == DiscrepancyType::RefusedAtMerchant => {
            let en = "the merchant's row of it could not be read";
            return voice.pick("商户文件中有此单号，但该行无法读取，已被拒收", en).to_owned();
        }
        None => return voice.pick("商户未记账", "the merchant has no such order").to_owned(),
        Some(MerchantStatus::Pending) => ("商户记为处理中", "the merchant has it as pending"),
        Some(MerchantStatus::Succeeded) => ("商户已记账", "the merchant booked"),
        Some(MerchantStatus::Failed) => ("商户记为失败", "the merchant has it as failed"),
        Some(MerchantStatus::Closed) => ("商户已关单", "the merchant has closed it"),
        Some(MerchantStatus::Refunded) => ("商户记为已退款", "the merchant has it as refunded"),
    };
    let verb = voice.pick(zh, en);
    match (row.merchant_status, row.merchant_amount_minor) {
        (Some(MerchantStatus::Succeeded), Some(minor)) => {
            format!("{verb} {}", voice.money(minor, row.currency))
        }
        (_, Some(minor)) => aside(verb, &voice.money(minor, row.currency), voice),
        (_, None) => aside(verb, voice.pick("未记金额", "without an amount"), voice),
    }
}

fn fee_sentence(row: &Discrepancy, voice: Voice) -> String {
    let Some((expected, charged)) = row.merchant_fee_minor.zip(row.provider_fee_minor) else {
        let zh = "双方手续费不一致。";
        return voice.pick(zh, "The fees of the two sides differ.").to_owned();
    };
    let difference = charged.saturating_sub(expected);
    let (expected, charged) =
        (voice.money(expected, row.currency), voice.money(charged, row.currency));
    let size = voice.size(difference, row.currency);
    match (voice.language, difference < 0) {
        (Language::Zh, false) => {
            format!("渠道收手续费 {charged}，应收 {expected}：渠道多收手续费 {size}。")
        }
        (Language::Zh, true) => {
            format!("渠道收手续费 {charged}，应收 {expected}：渠道少收手续费 {size}。")
        }
        (Language::En, false) => {
            format!("The provider charged {charged}, {expected} was due: {size} too much.")
        }
        (Language::En, true) => {
            format!("The provider charged {charged}, {expected} was due: {size} too little.")
        }
    }
}

fn cross_day_sentence(row: &Discrepancy, shown: Shown, voice: Voice) -> String {
    let (merchant, provider) = (voice.day(row.merchant_time), voice.day(row.provider_time));
    let gap = gap_words(shown.difference_minor, row.currency, voice);
    match voice.language {
        Language::Zh => format!(
            "双方都成功，账期日不同(商户 {merchant}，渠道 {provider})：本日{gap}，在另一日抵回。"
        ),
        Language::En => format!(
            "Both sides succeeded on different days (merchant {merchant}, provider {provider}): \
             on this day {gap}, on the other day it comes back."
        ),
    }
}

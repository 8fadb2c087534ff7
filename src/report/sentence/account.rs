//! What disagrees about an account as a whole: its balance, a settlement.

use crate::config::Language;
use crate::discrepancy::Discrepancy;
use crate::report::sentence::Voice;
use crate::rules::bridge::RestOrder;
use crate::settle::{GapAbout, is_at_the_bank};
use crate::status::ProviderStatus;
use crate::wording::Word;

/// The figures of the two sides: what should be, and what the provider says or paid.
fn figures(row: &Discrepancy) -> (i64, i64, i64) {
    let expected = row.merchant_amount_minor.unwrap_or(0);
    let stated = row.provider_amount_minor.unwrap_or(0);
    (expected, stated, stated.saturating_sub(expected))
}

/// The sentence about a balance.
pub(super) fn balance(row: &Discrepancy, voice: Voice) -> String {
    let (expected, stated, rest) = figures(row);
    let (expected, stated) =
        (voice.money(expected, row.currency), voice.money(stated, row.currency));
    let size = voice.size(rest, row.currency);
    let order = RestOrder::parse(&row.evidence.status_code);
    let cause = order.map(|order| rest_order(&order, voice));
    match voice.language {
        Language::Zh => {
            let (way, cause) = (if rest < 0 { "少" } else { "多" }, cause.as_deref());
            let cause = cause.unwrap_or("没有任何一笔能解释");
            format!(
                "期初余额加全部已知变动，期末应为 {expected}，渠道报 {stated}：渠道{way} {size}，{cause}。"
            )
        }
        Language::En => {
            let (way, cause) = (if rest < 0 { "less" } else { "more" }, cause);
            let cause = cause.map(|cause| format!("; it {cause}")).unwrap_or_default();
            format!(
                "Opening balance and every known movement make {expected}, the provider states \
                 {stated}: it holds {size} {way} than anything explains{cause}."
            )
        }
    }
}

/// That a rest is the amount of one order.
pub(crate) fn rest_order(order: &RestOrder, voice: Voice) -> String {
    let (kind, status) = (order.kind.word(voice.language), order.status.word(voice.language));
    let order_no = &order.order_no;
    match voice.language {
        Language::Zh => {
            format!("与一笔{kind}的金额相等：{order_no}（渠道状态：{status}），请先核实该笔")
        }
        Language::En => {
            format!(
                "equals the amount of one {kind}, {order_no} ({status} at the provider): look at it first"
            )
        }
    }
}

/// The sentence about what a platform paid out and the bank received.
fn at_the_bank(row: &Discrepancy, about: &GapAbout, voice: Voice) -> String {
    let (stated, received, rest) = figures(row);
    let (stated_amount, came) =
        (voice.money(stated, row.currency), voice.money(received, row.currency));
    let size = voice.size(rest, row.currency);
    let GapAbout { bank, accounts, looked } = about;
    let date = row.business_date;
    let is_stated = row.merchant_status.is_some();
    let has_arrived = row.provider_status == ProviderStatus::Succeeded;
    let names = accounts.join(voice.pick("、", ", "));
    let way = if rest < 0 { voice.pick("少", "less") } else { voice.pick("多", "more") };
    match (voice.language, is_stated, has_arrived) {
        (Language::Zh, false, _) => format!(
            "银行账户 {bank} 于 {date} 收到 {came}，付款方为渠道（{names}），但渠道自 {looked} 起的打款记录中没有这一笔。"
        ),
        (Language::Zh, true, false) if accounts.len() > 1 => format!(
            "{names} 有多笔打款金额同为 {stated_amount}，银行账户 {bank} 截至 {looked} 少收一笔，无法断定是哪一笔。"
        ),
        (Language::Zh, true, false) => format!(
            "渠道（{names}）称 {date} 已打款 {stated_amount}，银行账户 {bank} 截至 {looked} 未见到账。"
        ),
        (Language::Zh, true, true) => format!(
            "渠道（{names}）称 {date} 已打款 {stated_amount}，银行账户 {bank} 到账 {came}，{way} {size}。"
        ),
        (Language::En, false, _) => format!(
            "{bank} received {came} from the platform of {names} on {date}; none of its payouts since {looked} is this money."
        ),
        (Language::En, true, false) if accounts.len() > 1 => format!(
            "{names} have several payouts of {stated_amount}; {bank} received one less until {looked}, and nothing says which one is missing."
        ),
        (Language::En, true, false) => format!(
            "{names} states a payout of {stated_amount} on {date}; until {looked} {bank} has not received it."
        ),
        (Language::En, true, true) => format!(
            "{names} states a payout of {stated_amount} on {date}; {bank} received {came}, {size} {way}."
        ),
    }
}

/// The sentence about a settlement.
pub(super) fn settlement(row: &Discrepancy, voice: Voice) -> String {
    if let Some(about) = GapAbout::parse(&row.evidence.status_code) {
        return at_the_bank(row, &about, voice);
    }
    let (expected, paid, rest) = figures(row);
    let (expected, paid) = (voice.money(expected, row.currency), voice.money(paid, row.currency));
    let size = voice.size(rest, row.currency);
    let is_overdue = row.provider_status == ProviderStatus::NotFound;
    let date = row.business_date;
    match (voice.language, is_overdue, rest < 0) {
        (Language::Zh, true, _) => {
            format!("结算日 {date} 应结 {expected}，结算日已过，未见到账。")
        }
        (Language::Zh, false, true) => {
            format!("结算日 {date} 应结 {expected}，实结 {paid}：渠道少结 {size}。")
        }
        (Language::Zh, false, false) => {
            format!("结算日 {date} 应结 {expected}，实结 {paid}：渠道多结 {size}。")
        }
        (Language::En, true, _) => {
            format!("On {date} {expected} was due; the date has passed and nothing came.")
        }
        (Language::En, false, true) => {
            format!("On {date} {expected} was due, {paid} came: {size} too little.")
        }
        (Language::En, false, false) => {
            format!("On {date} {expected} was due, {paid} came: {size} too much.")
        }
    }
}

/// What it rests on.
pub(super) fn evidence(row: &Discrepancy, voice: Voice) -> String {
    let moment = |at: Option<_>| at.map(|at| voice.business_day.text(at)).unwrap_or_default();
    if let (Some(_), Some(_)) = (row.merchant_time, row.provider_time) {
        let (from, to) = (moment(row.merchant_time), moment(row.provider_time));
        return match voice.language {
            Language::Zh => {
                format!("{from} 与 {to} 两次余额，及其间已证实的交易合计；明细见余额调节表")
            }
            Language::En => format!(
                "the balances of {from} and {to} and the proved transactions in between, see balances"
            ),
        };
    }
    if is_at_the_bank(row) {
        return at_the_bank_evidence(row, voice).to_owned();
    }
    let made_of = &row.evidence.status_code;
    match voice.language {
        Language::Zh => format!("到账记录与明细合计；支付−退款−手续费−代付−代付手续费：{made_of}"),
        Language::En => format!(
            "what came to the bank and the sum of its rows; payments - refunds - fees - payouts - \
             payout fees: {made_of}"
        ),
    }
}

/// What a difference between platform and bank rests on.
const fn at_the_bank_evidence(row: &Discrepancy, voice: Voice) -> &'static str {
    let (zh, en) = match (row.merchant_status, row.provider_status) {
        (None, _) => (
            "银行对账单与渠道的打款记录；渠道在可能打款的各日已核对完整；文件没有签名，无从验证",
            "the bank's statement and the platform's payouts, whole for every day on which it could have been paid; \
             nothing verifies the files",
        ),
        (Some(_), ProviderStatus::NotFound) => (
            "渠道的打款记录与银行对账单；银行对账单在可能到账的各日已核对完整；文件没有签名，无从验证",
            "the platform's payouts and the bank's statement, whole for every day on which it could arrive; \
             nothing verifies the files",
        ),
        (Some(_), _) => (
            "渠道的打款记录与银行对账单，按凭证号认定为同一笔；文件没有签名，无从验证",
            "the platform's payouts and the bank's statement, which names the payout's number; nothing verifies \
             the files",
        ),
    };
    match voice.language {
        Language::Zh => zh,
        Language::En => en,
    }
}

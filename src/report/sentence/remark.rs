//! What is worth saying besides both sides' words: what the type means, and until when it waits.

use std::time::Duration;

use crate::config::Language;
use crate::discrepancy::{Discrepancy, DiscrepancyType, NOT_YET, State, TimeFrom};
use crate::report::discrepancies::Shown;
use crate::report::sentence::Voice;
use crate::status::{Kind, MerchantStatus, ProviderStatus};

/// What the type adds to the two sides' words.
pub(super) fn remark(row: &Discrepancy, voice: Voice) -> String {
    let (zh, en) = match row.kind {
        DiscrepancyType::CurrencyMismatch => (
            "双方币种不同，金额不能直接相减。",
            "The two sides state different currencies, so the amounts cannot be subtracted.",
        ),
        DiscrepancyType::OverRefund => (
            "连同本笔，退款合计已超过原支付金额。",
            "With this refund, more was given back than the payment brought in.",
        ),
        DiscrepancyType::AmountMismatch => match hundredfold(row) {
            Some(Side::Merchant) => (
                "商户金额恰为渠道金额的 100 倍，疑为元与分混用。",
                "The merchant's amount is exactly 100 times the provider's: yuan against fen?",
            ),
            Some(Side::Provider) => (
                "渠道金额恰为商户金额的 100 倍，疑为元与分混用。",
                "The provider's amount is exactly 100 times the merchant's: yuan against fen?",
            ),
            None => ("", ""),
        },
        DiscrepancyType::Unproved => {
            ("没有可信的答复，因此不判定缺单。", "Nothing is called missing on such a word.")
        }
        DiscrepancyType::MissingAtMerchant
        | DiscrepancyType::MissingAtProvider
        | DiscrepancyType::PaidOnlyAtProvider
        | DiscrepancyType::PaidOnlyAtMerchant
        | DiscrepancyType::StillPending
        | DiscrepancyType::StatusMismatch
        | DiscrepancyType::RefundedOnlyAtProvider
        | DiscrepancyType::RefundedOnlyAtMerchant
        | DiscrepancyType::Held
        | DiscrepancyType::FeeMismatch
        | DiscrepancyType::DuplicateAtMerchant
        | DiscrepancyType::DuplicateAtProvider
        | DiscrepancyType::PaidTwice
        | DiscrepancyType::CrossDay
        | DiscrepancyType::BalanceMismatch
        | DiscrepancyType::RefusedAtMerchant
        | DiscrepancyType::SettlementMismatch => ("", ""),
    };
    voice.pick(zh, en).to_owned()
}

/// What the shop did with a callback that it has received; nothing is said where none is known.
pub(super) fn callback(row: &Discrepancy, voice: Voice) -> String {
    let Some(received_at) = row.evidence.callback_at else { return String::new() };
    let at = voice.business_day.text(received_at);
    let is_paid = row.provider_status == ProviderStatus::Succeeded;
    let is_payment = row.key.stream.kind == Kind::Payment;
    match (voice.language, is_paid, is_payment) {
        (Language::Zh, true, true) => {
            format!("渠道回调已于 {at} 收到并验签，但未入账，属掉单。")
        }
        (Language::Zh, true, false) => {
            format!("渠道回调已于 {at} 收到并验签，但未登记结果。")
        }
        (Language::Zh, false, _) => {
            format!("渠道回调已于 {at} 收到并验签，其中称已成功，与查询结果不一致，且未入账。")
        }
        (Language::En, true, true) => format!(
            "The provider's callback was received at {at} and verified, but not booked: the shop \
             lost it."
        ),
        (Language::En, true, false) => format!(
            "The provider's callback was received at {at} and verified, but its result was not \
             booked."
        ),
        (Language::En, false, _) => format!(
            "The provider's callback was received at {at} and verified; it says succeeded, which \
             its answer does not, and was not booked."
        ),
    }
}

/// Until when a callback that was lost may still come, by the platform's own schedule; `None` where none is
/// waited for, or where the platform does not say for how long it calls or when it was paid.
pub fn calls_back(
    row: &Discrepancy,
    shown: Shown,
    calls_back_for: Option<Duration>,
    voice: Voice,
) -> Option<String> {
    let is_given_up =
        matches!(row.merchant_status, Some(MerchantStatus::Failed | MerchantStatus::Closed));
    let is_lost = matches!(
        row.kind,
        DiscrepancyType::PaidOnlyAtProvider
            | DiscrepancyType::MissingAtMerchant
            | DiscrepancyType::RefusedAtMerchant
    );
    let is_waited_for = is_lost
        && !shown.state.is_closed()
        && !is_given_up
        && row.evidence.callback_at.is_none()
        && row.provider_status == ProviderStatus::Succeeded
        && row.evidence.time_from == TimeFrom::Stated;
    let paid_at = row.provider_time.filter(|_| is_waited_for)?;
    let seconds = i64::try_from(calls_back_for?.as_secs()).unwrap_or(i64::MAX);
    let until = paid_at.plus_seconds(seconds);
    // A report is made when its day is over.
    let is_over = until <= voice.business_day.end_of(row.business_date);
    let until = voice.business_day.text(until);
    Some(match (voice.language, is_over) {
        (Language::Zh, true) => format!("渠道最迟回调至 {until}，此后不再回调，须主动处理。"),
        (Language::Zh, false) => format!("渠道最迟回调至 {until}，届时仍未入账须主动处理。"),
        (Language::En, true) => {
            format!("The provider called back until {until} at most and calls no more: act.")
        }
        (Language::En, false) => {
            format!("The provider calls back until {until} at most: act if it is not booked then.")
        }
    })
}

/// Whose amount is the hundredfold one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Merchant,
    Provider,
}

fn hundredfold(row: &Discrepancy) -> Option<Side> {
    let (merchant, provider) = row.merchant_amount_minor.zip(row.provider_amount_minor)?;
    if provider != 0 && provider.checked_mul(100) == Some(merchant) {
        return Some(Side::Merchant);
    }
    (merchant != 0 && merchant.checked_mul(100) == Some(provider)).then_some(Side::Provider)
}

/// Until when a waiting item waits.
pub(super) fn waiting(row: &Discrepancy, shown: Shown, voice: Voice) -> String {
    match (shown.state, row.kind, row.timing_until) {
        (State::Timing, DiscrepancyType::CrossDay, _) => String::new(),
        (State::Timing, _, Some(NOT_YET)) => voice
            .pick(
                "等待期已过，但当晚未能问到渠道；问到后仍不一致才转为待处理。",
                "Its wait is over, but the provider could not be asked: it is open once that has \
                 answered and both sides still differ.",
            )
            .to_owned(),
        (State::Timing, _, Some(until)) => {
            let until = voice.business_day.text(until);
            match voice.language {
                Language::Zh => format!("等待期至 {until}，到期仍不一致转为待处理。"),
                Language::En => format!("It waits until {until} and is open after that."),
            }
        }
        (
            State::Timing | State::Open | State::Suspense | State::Resolved | State::WrittenOff,
            _,
            _,
        ) => String::new(),
    }
}

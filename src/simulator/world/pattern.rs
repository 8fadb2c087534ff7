//! Worlds in which many discrepancies have one cause, beside a few that have none in common.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::plant::Planter;
use super::{
    BookRow, DAY, DiscrepancyType as Type, GATEWAY, Lane, MerchantStatus, Planted, QUICK, SCAN,
    State, Timestamp, Trade, TradeStatus, XXPAY, ZHANGXUN, ZHANGXUN_PAYOUT,
};
use crate::order::OrderKey;
use crate::simulator::zhangxun;
use MerchantStatus::{Pending, Succeeded};

/// The one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// 分 against 元: what the books say is a hundred times what was paid.
    #[serde(rename = "factor_100")]
    Factor100,
    /// Everything between 23:58 and 00:03 is on two days.
    CutOff,
    /// Nothing of one account is known to its platform, as if asked under a wrong merchant number.
    AccountMissing,
    /// No callback of one account came through from 14:07 to 15:30.
    CallbackOutage,
    /// A coupon: always 5.00 less was paid than the books say.
    ConstantDifference,
    /// Everything of one product failed at the platform, and the books do not know.
    OneProduct,
    /// None: only discrepancies that have nothing in common.
    None,
}

impl Pattern {
    /// Every pattern, and none.
    pub const ALL: [Self; 7] = [
        Self::Factor100,
        Self::CutOff,
        Self::AccountMissing,
        Self::CallbackOutage,
        Self::ConstantDifference,
        Self::OneProduct,
        Self::None,
    ];

    /// Whether an order that agrees would spoil the pattern.
    pub(super) fn is_spoiled_by(self, lane: Lane, heard_at: Timestamp) -> bool {
        match self {
            Self::AccountMissing => lane.account == zhangxun::ACCOUNT,
            Self::OneProduct => lane == GATEWAY,
            Self::CallbackOutage => lane.account == XXPAY.account && is_in_outage(heard_at),
            Self::CutOff | Self::Factor100 | Self::ConstantDifference | Self::None => false,
        }
    }
}

/// What belongs to a world's pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternTruth {
    /// The pattern.
    pub pattern: Pattern,
    /// The orders whose discrepancies have this cause.
    pub orders: BTreeSet<OrderKey>,
    /// How many discrepancies these are.
    pub count: u64,
    /// Their sum, provider − merchant, in fen.
    pub difference_minor: i64,
}

impl PatternTruth {
    /// Everything planted so far belongs to the pattern.
    fn of(pattern: Pattern, planted: &[Planted]) -> Self {
        Self {
            pattern,
            orders: planted.iter().map(|item| item.key.clone()).collect(),
            count: u64::try_from(planted.len()).unwrap_or(u64::MAX),
            difference_minor: planted
                .iter()
                .fold(0_i64, |sum, item| sum.saturating_add(item.difference_minor)),
        }
    }
}

/// 14:07 to 15:30, Beijing time.
fn is_in_outage(moment: Timestamp) -> bool {
    let time = DAY.local(moment).format("%H:%M").to_string();
    ("14:07".."15:30").contains(&time.as_str())
}

impl Planter<'_> {
    /// Plants the pattern, then a few discrepancies that do not belong to it.
    pub(super) fn pattern(&mut self, pattern: Pattern) -> PatternTruth {
        match pattern {
            Pattern::Factor100 => self.factor_100(),
            Pattern::CutOff => self.cut_off(),
            Pattern::AccountMissing => self.account_missing(),
            Pattern::CallbackOutage => self.callback_outage(),
            Pattern::ConstantDifference => self.constant_difference(),
            Pattern::OneProduct => self.one_product(),
            Pattern::None => {}
        }
        let truth = PatternTruth::of(pattern, &self.made.planted);
        self.nothing_in_common();
        truth
    }

    fn factor_100(&mut self) {
        for _ in 0..40 {
            let draft = self.drafts.next(XXPAY);
            let amount_minor = draft.amount_minor.saturating_mul(100);
            self.made.rows.push(BookRow { amount_minor, ..draft.row(Succeeded) });
            self.made.trades.push(draft.trade(TradeStatus::Paid));
            let difference = draft.amount_minor.saturating_sub(amount_minor);
            self.note(&draft, Type::AmountMismatch, difference, State::Open);
        }
    }

    fn cut_off(&mut self) {
        let (day, next) = (DAY.start_of(self.settings.date), DAY.end_of(self.settings.date));
        for index in 0..12 {
            // From two minutes before midnight to three minutes after it.
            let before = self.drafts.dice.from(-119, 119);
            let after = self.drafts.dice.from(0, 180);
            for lane in [QUICK, GATEWAY, XXPAY] {
                let (heard_at, paid_at) = match index {
                    0..6 => (next.plus_seconds(before), next.plus_seconds(after)),
                    _ => (day.plus_seconds(after), day.plus_seconds(before)),
                };
                let draft = self.around_midnight(lane, heard_at, paid_at);
                let difference = draft.amount_minor.saturating_neg();
                self.note(&draft, Type::CrossDay, difference, State::Timing);
            }
        }
    }

    fn account_missing(&mut self) {
        for index in 0..40 {
            let draft = self.drafts.next(if index < 30 { ZHANGXUN } else { ZHANGXUN_PAYOUT });
            self.made.rows.push(draft.row(Succeeded));
            let difference = draft.amount_minor.saturating_neg();
            let planted = self.note(&draft, Type::MissingAtProvider, difference, State::Open);
            planted.provider_order_no.clear();
        }
    }

    fn callback_outage(&mut self) {
        let start = DAY.start_of(self.settings.date).plus_seconds((14 * 60 + 7) * 60);
        for _ in 0..35 {
            let mut draft = self.drafts.next(XXPAY);
            draft.paid_at = start.plus_seconds(self.drafts.dice.from(0, 82 * 60));
            draft.created_at = draft.paid_at.plus_seconds(-30);
            draft.heard_at = draft.paid_at.plus_seconds(2);
            self.made.rows.push(draft.row(Pending));
            self.made.trades.push(draft.trade(TradeStatus::Paid));
            self.note(&draft, Type::PaidOnlyAtProvider, draft.amount_minor, State::Open);
        }
    }

    fn constant_difference(&mut self) {
        for index in 0..36 {
            let draft = self.drafts.next(if index < 24 { SCAN } else { XXPAY });
            let amount_minor = draft.amount_minor.saturating_add(500);
            self.made.rows.push(BookRow { amount_minor, ..draft.row(Succeeded) });
            self.made.trades.push(draft.trade(TradeStatus::Paid));
            self.note(&draft, Type::AmountMismatch, -500, State::Open);
        }
    }

    fn one_product(&mut self) {
        for _ in 0..30 {
            let draft = self.drafts.next(GATEWAY);
            self.made.rows.push(draft.row(Succeeded));
            self.made.trades.push(draft.trade(TradeStatus::Failed));
            let difference = draft.amount_minor.saturating_neg();
            self.note(&draft, Type::PaidOnlyAtMerchant, difference, State::Open);
        }
    }

    /// A handful of discrepancies of several types, lanes, hours and amounts.
    fn nothing_in_common(&mut self) {
        for (lane, more) in [(SCAN, 37), (QUICK, -91), (XXPAY, 4), (SCAN, -263)] {
            let draft = self.drafts.next(lane);
            let draft = self.outside(draft);
            let amount_minor = draft.amount_minor.saturating_add(more);
            self.made.rows.push(draft.row(Succeeded));
            self.made.trades.push(Trade { amount_minor, ..draft.trade(TradeStatus::Paid) });
            self.note(&draft, Type::AmountMismatch, more, State::Open);
        }
        for (kind, lane, merchant, platform) in [
            (Type::MissingAtProvider, QUICK, Some(Succeeded), None),
            (Type::MissingAtMerchant, QUICK, None, Some(TradeStatus::Paid)),
            (Type::PaidOnlyAtProvider, SCAN, Some(Pending), Some(TradeStatus::Paid)),
            (Type::PaidOnlyAtMerchant, XXPAY, Some(Succeeded), Some(TradeStatus::Failed)),
            (Type::StatusMismatch, SCAN, Some(Pending), Some(TradeStatus::Failed)),
        ] {
            let draft = self.drafts.next(lane);
            let draft = self.outside(draft);
            self.made.rows.extend(merchant.map(|status| draft.row(status)));
            self.made.trades.extend(platform.map(|status| draft.trade(status)));
            let minus = if merchant == Some(Succeeded) { draft.amount_minor } else { 0 };
            let plus = if platform == Some(TradeStatus::Paid) { draft.amount_minor } else { 0 };
            let difference = plus.saturating_sub(minus);
            let planted = self.note(&draft, kind, difference, State::Open);
            if platform.is_none() {
                planted.provider_order_no.clear();
            }
        }
    }
}

//! What an account holds at a provider, at one moment.

use serde::{Deserialize, Serialize};

use crate::business_day::Timestamp;
use crate::money::Money;
use crate::reading::Assurance;
use crate::status::coded;

coded! {
    /// Which part of a balance a figure is. Parts are kept apart and never added by themselves.
    BalancePart {
        /// Can be paid out now.
        Available = 1, "available";
        /// Frozen by the provider: payouts under way, complaints.
        Frozen = 2, "frozen";
        /// 待清算: received, not yet settled to the available balance.
        Pending = 3, "pending";
        /// 垫资: can be paid out now from the provider's advance.
        Advance = 4, "advance";
        /// 当日收款: the merchant's own takings of the day, which can be paid out at once and which
        /// become [`Self::Pending`] at midnight.
        Takings = 5, "takings";
    }
}

/// One figure of a balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceLine {
    /// The provider's channel or sub-account; empty where it has none.
    pub channel: String,
    /// Which part.
    pub part: BalancePart,
    /// How much.
    pub money: Money,
}

/// What a provider says an account holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The moment for which it says so: its own time, else that of the answer.
    pub as_of: Timestamp,
    /// The figures, sorted by channel and part; every part of the interface is there, also zeros.
    pub lines: Vec<BalanceLine>,
}

/// One figure of a balance as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceSnapshot {
    /// The account.
    pub account: String,
    /// The moment for which the provider says so, see [`Balance::as_of`].
    pub as_of: Timestamp,
    /// What it says.
    pub line: BalanceLine,
    /// What proves it.
    pub assurance: Assurance,
    /// Where the raw answer is archived.
    pub evidence: i64,
    /// When it was said.
    pub observed_at: Timestamp,
}

coded! {
    /// A term on which a platform keeps an account, as it states it beside the balance.
    TermKind {
        /// 账户状态: `normal` or `frozen`.
        AccountState = 1, "account_state";
        /// 商户类型: `T1` or `D0`.
        MerchantType = 2, "merchant_type";
        /// 清算周期, from what is pending to what can be paid out: `T1` (legal workdays) or `D1`.
        SettleCycle = 3, "settle_cycle";
        /// 清算时间 of a day, in the platform's words.
        SettleAt = 4, "settle_at";
        /// 是否记账: `yes` or `no`.
        Booked = 5, "booked";
        /// The least that one payout may be, in the platform's words (no unit is stated).
        PayoutMin = 6, "payout_min";
        /// The most that one payout may be, likewise.
        PayoutMax = 7, "payout_max";
        /// From which time of day payouts are made, in the platform's words.
        PayoutFrom = 8, "payout_from";
        /// Until which time of day.
        PayoutUntil = 9, "payout_until";
        /// 节假日出款: `none`, `advance`, `balance` or `both`.
        HolidayPayout = 10, "holiday_payout";
    }
}

/// One term of one channel of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountTerm {
    /// The provider's channel; empty where it has none.
    pub channel: String,
    /// Which term.
    pub kind: TermKind,
    /// What it is: the words of [`TermKind`], else the platform's own.
    pub value: String,
}

/// What came of asking once what an account holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceAsk {
    /// The account.
    pub account: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// Why there are no figures: the code of what is wrong with the answer, or of the call that
    /// brought none. Empty where they were read and kept.
    pub problem: String,
    /// The terms that the answer states, sorted.
    pub terms: Vec<AccountTerm>,
    /// Where the raw answer is archived; 0 where there was none.
    pub evidence: i64,
}

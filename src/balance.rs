//! What an account holds at a provider, at one moment.

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

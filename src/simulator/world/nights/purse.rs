//! What an account holds: one entry for each change, so that every balance is the sum of its past.

use super::super::{Holdings, Lane, TradeStatus};
use super::life::Life;
use crate::business_day::{BusinessDate, Timestamp};
use crate::simulator::mmsp;
use crate::status::Kind;

/// What an account holds before the first night.
pub(super) const OPENING: Holdings = Holdings {
    available_minor: 20_000_000,
    frozen_minor: 12_300,
    pending_minor: 4_560_000,
    advance_minor: 700_000,
};

/// A part of what an account holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Available,
    Frozen,
    Pending,
}

/// Why what an account holds changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Payments came in.
    Payments,
    /// The platform's fees for them.
    PaymentFees,
    /// Payments were given back.
    Refunds,
    /// Paid out to others.
    Payouts,
    /// The platform's fees for that.
    PayoutFees,
    /// Paid to the merchant's bank.
    Settlements,
    /// Paid in by the merchant.
    TopUps,
    /// Anything else that has a name.
    Adjustments,
}

/// One change of one part of what an account holds.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) account: &'static str,
    pub(super) at: Timestamp,
    pub(super) part: Part,
    pub(super) minor: i64,
    /// `None` where money only moves between parts.
    pub(super) cause: Option<Cause>,
    /// The first night after which the merchant can know of it.
    pub(super) known_from: Option<BusinessDate>,
}

/// Where payments arrive: mmsp clears them first.
pub(super) fn arrival(account: &str) -> Part {
    if account == mmsp::ACCOUNT { Part::Pending } else { Part::Available }
}

/// What an order does to what its account holds.
pub(super) fn entries(life: &Life) -> Vec<Entry> {
    let Lane { account, kind, .. } = life.draft.lane;
    // What is paid and given back on one day never shows.
    let is_undone = life.states.iter().any(|(_, status)| *status == TradeStatus::Refunded);
    let (paid, fee) = (life.paid_minor, life.fee_minor);
    let both = paid.saturating_add(fee);
    let mut entries = Vec::new();
    let mut push = |at, part, minor, cause: Option<Cause>| {
        let cause = cause.filter(|_| !is_undone);
        entries.push(Entry { account, at, part, minor, cause, known_from: life.known_from });
    };
    for (at, status) in &life.states {
        match (kind, status) {
            (Kind::Payment, TradeStatus::Paid) => {
                push(*at, arrival(account), paid, Some(Cause::Payments));
                push(*at, arrival(account), fee.saturating_neg(), Some(Cause::PaymentFees));
            }
            (Kind::Payment, TradeStatus::Refunded) => {
                push(*at, arrival(account), paid.saturating_neg(), None);
                push(*at, arrival(account), fee, None);
            }
            (Kind::Refund, TradeStatus::Paid) => {
                push(*at, arrival(account), paid.saturating_neg(), Some(Cause::Refunds));
            }
            (Kind::Payout, TradeStatus::Unpaid) => {
                push(*at, Part::Available, both.saturating_neg(), None);
                push(*at, Part::Frozen, both, None);
            }
            (Kind::Payout, TradeStatus::Paid) => {
                push(*at, Part::Frozen, paid.saturating_neg(), Some(Cause::Payouts));
                push(*at, Part::Frozen, fee.saturating_neg(), Some(Cause::PayoutFees));
            }
            (Kind::Payout, TradeStatus::Failed) => {
                push(*at, Part::Frozen, both.saturating_neg(), None);
                push(*at, Part::Available, both, None);
            }
            _ => {}
        }
    }
    entries
}

/// What an account holds at a moment, that moment included.
pub(super) fn holdings(all: &[Entry], account: &str, now: Timestamp) -> Holdings {
    let mut holdings = OPENING;
    for entry in all.iter().filter(|entry| entry.account == account && entry.at <= now) {
        let part = match entry.part {
            Part::Available => &mut holdings.available_minor,
            Part::Frozen => &mut holdings.frozen_minor,
            Part::Pending => &mut holdings.pending_minor,
        };
        *part = part.saturating_add(entry.minor);
    }
    holdings
}

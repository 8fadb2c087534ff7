//! What an account holds: one entry for each change, so that every balance is the sum of its past.

use super::{DAY, Holdings, Trade, TradeStatus};
use crate::business_day::{BusinessDate, Timestamp};
use crate::simulator::platform;
use crate::status::Kind;

/// What an account holds before anything happens.
const OPENING: Holdings = Holdings {
    available_minor: 1_000_000_000,
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

/// Where payments arrive.
pub(super) fn arrival(account: &str) -> Part {
    let clears_first = platform::of_account(account).is_some_and(|it| it.clears_first);
    if clears_first { Part::Pending } else { Part::Available }
}

/// What a transaction of a world of one day does to what its account holds. What is given back as a
/// whole, or comes back, does so in the last hour of its day, or at once where it was paid later; its fee
/// does not.
pub(super) fn entries(trade: &Trade) -> Vec<Entry> {
    let account = trade.lane.account;
    let is_yuan = trade.currency == "cny";
    let (Some(at), false, true) = (trade.paid_at, trade.twin, is_yuan) else {
        return Vec::new();
    };
    let is_back = match trade.status {
        TradeStatus::Paid => false,
        TradeStatus::Refunded | TradeStatus::Returned => true,
        TradeStatus::Unpaid | TradeStatus::Failed | TradeStatus::Held => return Vec::new(),
    };
    let (amount, minus) = (trade.amount_minor, i64::saturating_neg);
    let fee = trade.fee_minor;
    let lines = match trade.lane.kind {
        Kind::Payment => [
            (arrival(account), amount, Cause::Payments),
            (arrival(account), minus(payment_fee(amount)), Cause::PaymentFees),
        ],
        Kind::Refund => [
            (arrival(account), minus(amount), Cause::Refunds),
            (arrival(account), 0, Cause::Refunds),
        ],
        Kind::Payout => [
            (Part::Available, minus(amount), Cause::Payouts),
            (Part::Available, minus(fee), Cause::PayoutFees),
        ],
    };
    let entry = |at, (part, minor, cause)| Entry {
        account,
        at,
        part,
        minor,
        cause: Some(cause),
        known_from: None,
    };
    let [taken, _] = lines;
    let (part, minor, cause) = taken;
    let back = is_back.then(|| {
        entry(DAY.end_of(DAY.date_of(at)).plus_seconds(-3600).max(at), (part, minus(minor), cause))
    });
    lines.map(|line| entry(at, line)).into_iter().chain(back).collect()
}

/// What the contract says that a payment costs: 0.38 %, half a fen rounded up.
pub(super) fn payment_fee(amount_minor: i64) -> i64 {
    let scaled = amount_minor.saturating_mul(38).saturating_add(5000);
    scaled.checked_div(10_000).unwrap_or(0)
}

/// What an account holds at a moment, that moment included.
pub(super) fn holdings(all: &[Entry], account: &str, now: Timestamp) -> Holdings {
    let mut holdings = OPENING;
    if arrival(account) != Part::Pending {
        holdings.pending_minor = 0;
    }
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

/// Of what comes in on a day, so many hundredths can be paid out at once at a D0 merchant.
const ADVANCED_PERCENT: i64 = 90;

/// What a D0 merchant holds: the day's takings are not cleared yet, and only a share of them is to be
/// seen until midnight. There is no other advance.
pub(super) fn of_d0(all: &[Entry], account: &str, now: Timestamp) -> Holdings {
    let mut holdings = holdings(all, account, now);
    let is_taking = |it: &&Entry| {
        it.account == account
            && it.part == Part::Pending
            && it.cause == Some(Cause::Payments)
            && it.at <= now
            && DAY.date_of(it.at) == DAY.date_of(now)
    };
    let takings = all.iter().filter(is_taking).fold(0_i64, |sum, it| sum.saturating_add(it.minor));
    holdings.pending_minor = holdings.pending_minor.saturating_sub(takings);
    let share = takings.saturating_mul(ADVANCED_PERCENT).checked_div(100).unwrap_or(0);
    holdings.advance_minor = share;
    holdings
}

//! The cells of the verdict table that these platforms can show (`docs/contract.md` §4).

use super::{Lane, MerchantStatus, State, TradeStatus, Type};
use MerchantStatus::{Closed, Failed, Pending, Refunded, Succeeded};

/// Two statuses that disagree, by the verdict table.
pub(super) struct Cell {
    pub(super) kind: Type,
    pub(super) merchant: Option<MerchantStatus>,
    pub(super) platform: Option<TradeStatus>,
    pub(super) state: State,
    pub(super) times: u32,
}

impl Cell {
    /// Whether a lane can show it; `whole`: the platform tells of all that was paid there.
    pub(super) fn is_for(&self, lane: Lane, whole: bool) -> bool {
        // What the merchant does not have is found in no answer about an order; a refund is not refunded.
        (self.merchant.is_some() || whole)
            // A bill has what was paid, and nothing else.
            && (!lane.is_by_bill() || matches!(self.platform, None | Some(TradeStatus::Paid)))
            && !(lane.is_refund() && self.merchant == Some(Refunded))
            && self.platform.is_none_or(|status| lane.can_say(status))
    }
}

impl Cell {
    /// The state of what it shows in a lane: what one bill lacks, the next may have.
    pub(super) fn state_at(&self, lane: Lane) -> State {
        let may_come = lane.is_by_bill() && self.kind == Type::MissingAtProvider;
        if may_come { State::Timing } else { self.state }
    }
}

const fn cell(
    kind: Type,
    merchant: Option<MerchantStatus>,
    platform: Option<TradeStatus>,
    state: State,
    times: u32,
) -> Cell {
    Cell { kind, merchant, platform, state, times }
}

pub(super) const UNPAID: Option<TradeStatus> = Some(TradeStatus::Unpaid);
pub(super) const PAID: Option<TradeStatus> = Some(TradeStatus::Paid);
pub(super) const FAILED: Option<TradeStatus> = Some(TradeStatus::Failed);
pub(super) const REFUNDED: Option<TradeStatus> = Some(TradeStatus::Refunded);
pub(super) const RETURNED: Option<TradeStatus> = Some(TradeStatus::Returned);
const HELD: Option<TradeStatus> = Some(TradeStatus::Held);

pub(super) const CELLS: &[Cell] = &[
    cell(Type::MissingAtProvider, Some(Succeeded), None, State::Open, 2),
    cell(Type::MissingAtProvider, Some(Refunded), None, State::Open, 1),
    cell(Type::MissingAtMerchant, None, PAID, State::Open, 3),
    cell(Type::PaidOnlyAtProvider, Some(Pending), PAID, State::Open, 2),
    cell(Type::PaidOnlyAtProvider, Some(Failed), PAID, State::Open, 1),
    cell(Type::PaidOnlyAtProvider, Some(Closed), PAID, State::Open, 1),
    cell(Type::PaidOnlyAtMerchant, Some(Succeeded), FAILED, State::Open, 2),
    cell(Type::PaidOnlyAtMerchant, Some(Succeeded), UNPAID, State::Timing, 2),
    cell(Type::PaidOnlyAtMerchant, Some(Succeeded), RETURNED, State::Open, 2),
    cell(Type::PaidOnlyAtMerchant, Some(Refunded), FAILED, State::Open, 1),
    cell(Type::PaidOnlyAtMerchant, Some(Refunded), UNPAID, State::Timing, 1),
    cell(Type::PaidOnlyAtMerchant, Some(Refunded), RETURNED, State::Open, 1),
    cell(Type::StillPending, Some(Pending), UNPAID, State::Timing, 2),
    cell(Type::StillPending, Some(Pending), None, State::Timing, 1),
    cell(Type::StatusMismatch, Some(Pending), FAILED, State::Open, 2),
    cell(Type::StatusMismatch, Some(Pending), REFUNDED, State::Open, 1),
    cell(Type::StatusMismatch, Some(Pending), RETURNED, State::Open, 1),
    cell(Type::RefundedOnlyAtProvider, Some(Succeeded), REFUNDED, State::Open, 2),
    cell(Type::RefundedOnlyAtMerchant, Some(Refunded), PAID, State::Open, 2),
    cell(Type::Held, Some(Pending), HELD, State::Open, 2),
    cell(Type::Held, Some(Succeeded), HELD, State::Open, 2),
    cell(Type::Held, Some(Failed), HELD, State::Open, 1),
    cell(Type::Held, Some(Refunded), HELD, State::Open, 1),
];

//! What must not be concluded from an absence: a listing that leaves out what was paid or dates it to
//! another century, and refusals that are about the account.

use super::{Closed, Draft, Fault, GATEWAY, Planter, QUICK, State, Succeeded, Trade};
use super::{TradeStatus, Type, XXPAY};

impl Planter<'_> {
    pub(super) fn absences(&mut self) {
        if self.has(QUICK) {
            self.left_out();
        }
        if self.has(GATEWAY) {
            let draft = self.drafts.next(GATEWAY);
            self.paid(&draft, Fault::Misdated);
        }
        if self.has(XXPAY) {
            let draft = self.drafts.next(XXPAY);
            self.paid(&draft, Fault::AccountUnknown);
            let difference = draft.amount_minor.saturating_neg();
            let planted = self.note(&draft, Type::Unproved, difference, State::Open);
            planted.provider_order_no.clear();
        }
    }

    /// One order that both sides count, which the answer finds; and then two that the merchant gave up and
    /// the platform was paid for, which only whoever disbelieves the listing asks about.
    fn left_out(&mut self) {
        let draft = self.drafts.next(QUICK);
        self.paid(&draft, Fault::NotListed);
        for _ in 0..2 {
            let draft = self.drafts.next(QUICK);
            self.made.rows.push(draft.row(Closed));
            let paid = draft.trade(TradeStatus::Paid);
            self.made.trades.push(Trade { fault: Fault::NotListed, ..paid });
            self.note(&draft, Type::PaidOnlyAtProvider, draft.amount_minor, State::Open);
        }
    }

    fn paid(&mut self, draft: &Draft, fault: Fault) {
        self.made.rows.push(draft.row(Succeeded));
        self.made.trades.push(Trade { fault, ..draft.trade(TradeStatus::Paid) });
    }
}

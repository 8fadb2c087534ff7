//! Discrepancies of fees, currencies and refunds, and orders whose answers are worth nothing.

use super::{
    BookRow, Currency, Draft, Fault, Lane, Pending, Planter, QUICK, RefusedRow, RejectionReason,
    State, Succeeded, Trade, TradeStatus, Type, XXPAY,
};

/// A currency as the platform writes it.
const DOLLARS: &str = "usd";

impl Planter<'_> {
    /// The answer about this order is worth nothing, so the merchant's money is not proved.
    pub(super) fn unproved(&mut self, lane: Lane) {
        let faults = [Fault::WrongSignature, Fault::UnknownStatus, Fault::AnotherOrder];
        for fault in faults {
            for status in [Succeeded, Pending] {
                let draft = self.drafts.next(lane);
                let paid = status == Succeeded;
                let held = if paid { TradeStatus::Paid } else { TradeStatus::Unpaid };
                self.made.rows.push(draft.row(status));
                self.made.trades.push(Trade { fault, ..draft.trade(held) });
                let money = if paid { draft.amount_minor } else { 0 };
                let difference = money.saturating_neg();
                let planted = self.note(&draft, Type::Unproved, difference, State::Open);
                planted.provider_order_no.clear();
            }
        }
    }

    /// Paid in dollars, booked in yuan.
    pub(super) fn currency(&mut self) {
        for _ in 0..2 {
            let draft = self.drafts.next(XXPAY);
            self.made.rows.push(draft.row(Succeeded));
            self.made.trades.push(Trade { currency: DOLLARS, ..draft.trade(TradeStatus::Paid) });
            // A row in each side's currency.
            let minor = draft.amount_minor;
            self.note(&draft, Type::CurrencyMismatch, minor.saturating_neg(), State::Open);
            let theirs = self.note(&draft, Type::CurrencyMismatch, minor, State::Open);
            theirs.currency = Currency::parse(DOLLARS).unwrap_or_default();
        }
    }

    /// The platform charged something else than the contract says, or than the books say: so much more in
    /// the books, where there is a fee, and so much more at the platform.
    pub(super) fn fees(&mut self, lane: Lane) {
        const ALL: i64 = i64::MIN;
        for (in_books, charged) in
            [(None, 100), (None, -1), (None, ALL), (Some(-50), 0), (Some(ALL), 0)]
        {
            let draft = self.drafts.next(lane);
            let trade = draft.trade(TradeStatus::Paid);
            let with = |more: i64| trade.fee_minor.saturating_add(more).max(0);
            let (fee_minor, charged) = (in_books.map(with), with(charged));
            self.made.rows.push(BookRow { fee_minor, ..draft.row(Succeeded) });
            self.made.trades.push(Trade { fee_minor: charged, ..trade });
            self.note(&draft, Type::FeeMismatch, 0, State::Open);
        }
    }

    /// A refund, and the payment that both sides agree about.
    pub(super) fn refund(&mut self, lane: Lane, payments: Lane) -> Draft {
        let refund = self.drafts.next(lane);
        // Larger than anything that is planted on the refund.
        let amount_minor = refund.amount_minor.saturating_mul(2).saturating_add(1000);
        let payment = Draft { amount_minor, ..self.drafts.next(payments) };
        self.made.rows.push(payment.row(Succeeded));
        self.made.trades.push(payment.trade(TradeStatus::Paid));
        refund.of(&payment)
    }

    /// Two refunds that both sides agree about, which together are more than their payment.
    pub(super) fn over_refunds(&mut self, lane: Lane, payments: Lane) {
        for over in [1_i64, 300] {
            let payment = self.drafts.next(payments);
            self.made.rows.push(payment.row(Succeeded));
            self.made.trades.push(payment.trade(TradeStatus::Paid));
            let first = self.drafts.next(lane).of(&payment);
            let amount_minor = payment.amount_minor.saturating_sub(200);
            let first = Draft { amount_minor, ..first };
            let second = self.drafts.next(lane).of(&payment);
            let second = Draft {
                amount_minor: over.saturating_add(200),
                created_at: first.created_at.plus_seconds(90),
                paid_at: first.paid_at.plus_seconds(90),
                heard_at: first.heard_at.plus_seconds(90),
                ..second
            };
            for refund in [&first, &second] {
                self.made.rows.push(refund.row(Succeeded));
                self.made.trades.push(refund.trade(TradeStatus::Paid));
            }
            self.note(&second, Type::OverRefund, 0, State::Open);
        }
    }

    /// A pending order whose answer says nothing yet, three days on, is no longer timing.
    pub(super) fn old_pending(&mut self, lane: Lane) {
        let mut draft = self.draft(lane);
        draft.created_at = draft.created_at.plus_seconds(-3 * 86_400);
        self.made.rows.push(draft.row(Pending));
        if lane.can_say(TradeStatus::Unpaid) {
            self.made.trades.push(draft.trade(TradeStatus::Unpaid));
        }
        let planted = self.note(&draft, Type::StillPending, 0, State::Open);
        planted.business_date = super::DAY.date_of(draft.created_at);
        if !lane.can_say(TradeStatus::Unpaid) {
            planted.provider_order_no.clear();
        }
    }

    pub(super) fn refused_rows(&mut self) {
        let table = [
            ("amount", "1.23457E+19", RejectionReason::Scientific),
            ("amount", "12.345", RejectionReason::TooPrecise),
            ("amount", "", RejectionReason::Missing),
            ("status", "paid", RejectionReason::UnknownWord),
            ("account", "mmsp-old", RejectionReason::UnknownAccount),
            ("created_at", "yesterday noon", RejectionReason::NotATime),
        ];
        for (column, value, reason) in table {
            // It may belong to every account, and what an account holds accuses nobody on a night that was
            // not proved.
            if column == "account" && self.settings.held {
                continue;
            }
            let draft = self.drafts.next(QUICK);
            if matches!(column, "status" | "account") {
                self.refused_by_us(&draft);
            }
            let (order_no, lane) = (draft.order_no, QUICK);
            self.made.refused_rows.push(RefusedRow { lane, order_no, column, value, reason });
        }
        // What no listing shows is only known if the platform is asked about it.
        if self.has(XXPAY) {
            let draft = self.drafts.next(XXPAY);
            self.refused_by_us(&draft);
            self.made.refused_rows.push(RefusedRow {
                lane: XXPAY,
                order_no: draft.order_no,
                column: "status",
                value: "paid",
                reason: RejectionReason::UnknownWord,
            });
        }
    }

    /// The platform was paid, and nobody can read the merchant's row of it.
    fn refused_by_us(&mut self, draft: &Draft) {
        self.made.trades.push(draft.trade(TradeStatus::Paid));
        self.note(draft, Type::RefusedAtMerchant, draft.amount_minor, State::Open);
    }
}

//! An order before it is decided what both sides make of it.

use super::dice::Dice;
use super::purse::payment_fee;
use super::{
    BookRow, BusinessDate, DAY, Fault, Lane, MerchantStatus, Timestamp, Trade, TradeStatus,
    WorldSettings,
};
use crate::simulator::platform;
use crate::status::Kind;

/// What a payout costs by contract, in fen.
const USUAL_PAYOUT_FEE: i64 = 200;

/// What the contract says that it costs, in fen: 0.38 % of a payment, half a fen rounded up; a fixed sum per
/// payout.
pub(super) fn usual_fee(kind: Kind, amount_minor: i64) -> i64 {
    match kind {
        Kind::Payment => payment_fee(amount_minor),
        Kind::Payout => USUAL_PAYOUT_FEE,
        Kind::Refund => 0,
    }
}

/// Makes one order after the other, each with numbers of its own.
pub(super) struct Drafts {
    pub(super) dice: Dice,
    date: BusinessDate,
    count: u32,
}

/// An order as both sides would have it if all went well.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) lane: Lane,
    pub(super) order_no: String,
    pub(super) provider_order_no: String,
    /// The payment that is refunded.
    pub(super) original_order_no: String,
    pub(super) amount_minor: i64,
    pub(super) created_at: Timestamp,
    /// When the platform was paid.
    pub(super) paid_at: Timestamp,
    /// When the merchant heard of it.
    pub(super) heard_at: Timestamp,
    /// Whether the merchant wrote down the platform's number.
    pub(super) number_known: bool,
}

impl Drafts {
    pub(super) const fn new(settings: &WorldSettings) -> Self {
        Self { dice: Dice::new(settings.seed), date: settings.date, count: 0 }
    }

    /// Makes the next orders on another day.
    pub(super) const fn turn_to(&mut self, date: BusinessDate) {
        self.date = date;
    }

    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The next order of the day: made, paid and heard of well within it.
    pub(super) fn next(&mut self, lane: Lane) -> Draft {
        self.count = self.count.saturating_add(1);
        let (count, day) = (self.count, self.date.date().format("%Y%m%d").to_string());
        let created_at = DAY.start_of(self.date).plus_seconds(self.dice.from(600, 84_600));
        let paid_at = created_at.plus_seconds(self.dice.from(5, 300));
        // Mostly small change, now and then a lot; never less than the mismatches take away.
        let amount_minor = if self.dice.below(20) == 0 {
            self.dice.from(500, 5_000_000)
        } else {
            self.dice.from(500, 50_000)
        };
        let numbers = platform::terms(lane).map(|terms| (terms.numbers)(&day, count));
        let (order_no, provider_order_no) = numbers.unwrap_or_default();
        Draft {
            lane,
            order_no,
            provider_order_no,
            original_order_no: String::new(),
            amount_minor,
            created_at,
            paid_at,
            heard_at: paid_at.plus_seconds(self.dice.below(4)),
            number_known: self.dice.below(2) == 0,
        }
    }
}

impl Draft {
    /// This refund as one of that payment, soon after it.
    pub(super) fn of(self, payment: &Self) -> Self {
        Self {
            original_order_no: payment.order_no.clone(),
            created_at: payment.paid_at.plus_seconds(300),
            paid_at: payment.paid_at.plus_seconds(310),
            heard_at: payment.paid_at.plus_seconds(311),
            ..self
        }
    }

    /// What the merchant's books say.
    pub(super) fn row(&self, status: MerchantStatus) -> BookRow {
        let paid = matches!(status, MerchantStatus::Succeeded | MerchantStatus::Refunded);
        let known = paid && self.number_known;
        BookRow {
            lane: self.lane,
            order_no: self.order_no.clone(),
            provider_order_no: if known { self.provider_order_no.clone() } else { String::new() },
            original_order_no: self.original_order_no.clone(),
            amount_minor: self.amount_minor,
            fee_minor: None,
            status,
            created_at: self.created_at,
            paid_at: paid.then_some(self.heard_at),
            repeated: false,
        }
    }

    /// What the platform's books say.
    pub(super) fn trade(&self, status: TradeStatus) -> Trade {
        let unpaid = matches!(status, TradeStatus::Unpaid | TradeStatus::Failed);
        Trade {
            lane: self.lane,
            order_no: self.order_no.clone(),
            provider_order_no: self.provider_order_no.clone(),
            amount_minor: self.amount_minor,
            ordered_minor: self.amount_minor,
            fee_minor: usual_fee(self.lane.kind, self.amount_minor),
            currency: "cny",
            status,
            created_at: self.created_at,
            paid_at: (!unpaid).then_some(self.paid_at),
            fault: Fault::None,
            twin: false,
        }
    }
}

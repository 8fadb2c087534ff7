//! An order before it is decided what both sides make of it.

use super::dice::Dice;
use super::{
    BookRow, BusinessDate, DAY, Fault, Lane, MerchantStatus, Timestamp, Trade, TradeStatus,
    WorldSettings, XXPAY,
};

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

    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The next order of the day: made, paid and heard of well within it.
    pub(super) fn next(&mut self, lane: Lane) -> Draft {
        self.count = self.count.saturating_add(1);
        let (count, day) = (self.count, self.date.date().format("%Y%m%d"));
        let created_at = DAY.start_of(self.date).plus_seconds(self.dice.from(600, 84_600));
        let paid_at = created_at.plus_seconds(self.dice.from(5, 300));
        // Mostly small change, now and then a lot; never less than the mismatches take away.
        let amount_minor = if self.dice.below(20) == 0 {
            self.dice.from(500, 5_000_000)
        } else {
            self.dice.from(500, 50_000)
        };
        let (order_no, provider_order_no) = match (lane.account, lane.product) {
            (_, "quick") => (format!("{day}{count:08}"), format!("1000{count:08}")),
            (_, "gateway") => (format!("W{day}{count:08}"), format!("2000{count:08}")),
            _ => (format!("{day}210604{count:06}"), format!("P01{day}{count:09}")),
        };
        Draft {
            lane,
            order_no,
            provider_order_no,
            amount_minor,
            created_at,
            paid_at,
            heard_at: paid_at.plus_seconds(self.dice.below(4)),
            number_known: self.dice.below(2) == 0,
        }
    }
}

impl Draft {
    /// What the merchant's books say.
    pub(super) fn row(&self, status: MerchantStatus) -> BookRow {
        let paid = matches!(status, MerchantStatus::Succeeded | MerchantStatus::Refunded);
        let known = paid && self.number_known;
        BookRow {
            lane: self.lane,
            order_no: self.order_no.clone(),
            provider_order_no: if known { self.provider_order_no.clone() } else { String::new() },
            amount_minor: self.amount_minor,
            status,
            created_at: self.created_at,
            paid_at: paid.then_some(self.heard_at),
            repeated: false,
        }
    }

    /// What the platform's books say.
    pub(super) fn trade(&self, status: TradeStatus) -> Trade {
        let paid = matches!(status, TradeStatus::Paid | TradeStatus::Refunded);
        Trade {
            lane: self.lane,
            order_no: self.order_no.clone(),
            provider_order_no: self.provider_order_no.clone(),
            amount_minor: self.amount_minor,
            currency: "cny",
            status,
            paid_at: paid.then_some(self.paid_at),
            fault: Fault::None,
            twin: false,
        }
    }

    pub(super) fn is_xxpay(&self) -> bool {
        self.lane == XXPAY
    }
}

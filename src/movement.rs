//! Money of an account that is no order: what the provider paid to the bank, what the merchant paid in,
//! and what was put right by hand.

use crate::business_day::{BusinessDate, Timestamp};
use crate::money::Money;
use crate::status::coded;

coded! {
    /// What kind of movement it is.
    MovementKind {
        /// The provider paid the net of a settlement date to the merchant's bank.
        Settlement = 1, "settlement";
        /// The merchant paid money into the account.
        TopUp = 2, "topup";
        /// Anything else, signed as it changes the balance.
        Adjustment = 3, "adjustment";
        /// What the provider charges apart from any order, signed likewise.
        Fee = 4, "fee";
        /// A payment that the payer's bank took back, or its return, signed likewise.
        Chargeback = 5, "chargeback";
        /// What the provider holds back or gives free, signed likewise.
        Reserve = 6, "reserve";
        /// A row of a bank's statement, signed likewise.
        Bank = 7, "bank";
    }
}

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The account.
    pub account: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What it is.
    pub kind: MovementKind,
    /// The product that a settlement is for; empty where it is for all products together.
    pub product: String,
    /// The settlement date of a settlement; `None` for everything else.
    pub settlement_date: Option<BusinessDate>,
    /// Of a settlement what the bank got (negative where the provider took a shortfall back), of a
    /// top-up what was paid in, of everything else the signed change of the balance.
    pub money: Money,
    /// The line in the balance bridge; empty where the kind's word is enough.
    pub name: String,
    /// What is worth knowing about it.
    pub note: String,
    /// Of a settlement the number by which the bank may name it, of a row of a bank's statement the bank's own
    /// number; empty where there is none.
    pub reference: String,
}

impl Movement {
    /// By how much it changes the balance, in fen.
    pub const fn effect_minor(&self) -> i64 {
        match self.kind {
            MovementKind::Settlement => self.money.minor.saturating_neg(),
            MovementKind::TopUp
            | MovementKind::Adjustment
            | MovementKind::Fee
            | MovementKind::Chargeback
            | MovementKind::Reserve
            | MovementKind::Bank => self.money.minor,
        }
    }
}

//! Money of an account that is no order, and the file in which the merchant has it.

use super::DAY;
use super::purse::{Cause, Entry, Part, arrival};
use crate::business_day::{BusinessDate, Timestamp};
use crate::money::yuan;

/// The header of the file.
const HEADER: &str = "occurred_at,kind,product,settlement_date,amount,name,note,account";

/// What kind of movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MovementKind {
    /// The platform paid the net of a settlement date to the merchant's bank.
    Settlement,
    /// The merchant paid money in.
    TopUp,
    /// Anything else; its sign says in which direction.
    Adjustment,
}

impl MovementKind {
    /// The word in the merchant's file.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Settlement => "settlement",
            Self::TopUp => "topup",
            Self::Adjustment => "adjustment",
        }
    }
}

/// Money of an account that is no order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The account.
    pub account: &'static str,
    /// When.
    pub occurred_at: Timestamp,
    /// What kind.
    pub kind: MovementKind,
    /// The product that is settled; empty where there is none.
    pub product: &'static str,
    /// The settlement date, of settlements.
    pub settlement_date: Option<BusinessDate>,
    /// Fen; of an adjustment with its sign, else never negative.
    pub amount_minor: i64,
    /// What it is called.
    pub name: &'static str,
}

impl Movement {
    /// What it adds to what the account holds.
    pub(super) fn entry(&self) -> Entry {
        let (part, minor, cause) = match self.kind {
            MovementKind::Settlement => {
                (arrival(self.account), self.amount_minor.saturating_neg(), Cause::Settlements)
            }
            MovementKind::TopUp => (Part::Available, self.amount_minor, Cause::TopUps),
            MovementKind::Adjustment => (Part::Available, self.amount_minor, Cause::Adjustments),
        };
        Entry {
            account: self.account,
            at: self.occurred_at,
            part,
            minor,
            cause: Some(cause),
            known_from: Some(DAY.date_of(self.occurred_at)),
        }
    }
}

/// What the bank and the portals say of a day, as the merchant writes it down.
pub(super) fn csv(all: &[Movement], date: BusinessDate) -> String {
    let of_day = all.iter().filter(|it| DAY.date_of(it.occurred_at) == date);
    of_day.fold(format!("{HEADER}\r\n"), |text, it| text + &line(it) + "\r\n")
}

fn line(movement: &Movement) -> String {
    let date = movement.settlement_date.map(|date| date.to_string());
    let note = match movement.kind {
        MovementKind::Settlement => "银行流水",
        MovementKind::TopUp | MovementKind::Adjustment => "商户后台",
    };
    [
        &*DAY.text(movement.occurred_at),
        movement.kind.code(),
        movement.product,
        &date.unwrap_or_default(),
        &yuan(movement.amount_minor),
        movement.name,
        note,
        movement.account,
    ]
    .join(",")
}

//! The balance bridge: opening balance and every movement that has a name make the closing balance, or
//! what is left over is said. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::balance::{BalancePart, BalanceSnapshot};
use crate::business_day::Timestamp;
use crate::ledger_data::DaySum;
use crate::money::Currency;
use crate::movement::{Movement, MovementKind};
use crate::rules::sums::{SlotSum, TooLarge};
use crate::status::{Kind, ProviderStatus, coded};

/// Seconds by which a balance may be away from the end of its business day.
pub const SNAPSHOT_SECONDS_MAX: i64 = 12 * 3_600;

coded! {
    /// A line of the bridge, in its order.
    BridgeLineKind {
        /// What the account held at the beginning.
        Opening = 1, "opening";
        /// Payments.
        Payments = 2, "payments";
        /// Refunds.
        Refunds = 3, "refunds";
        /// Refunds that were accepted and came back.
        FailedRefunds = 16, "refunds_returned";
        /// Refunds that only the merchant's word tells of.
        MerchantOnlyRefunds = 4, "refunds_told";
        /// Payments that the provider gave back as a whole.
        GivenBack = 5, "given_back";
        /// Fees of payments and refunds.
        Fees = 6, "fees";
        /// Payouts.
        Payouts = 7, "payouts";
        /// Fees of payouts.
        PayoutFees = 8, "payout_fees";
        /// Payouts that came back.
        Returned = 9, "payouts_returned";
        /// Paid to the bank.
        Settlements = 10, "settlements";
        /// Paid in by the merchant.
        TopUps = 11, "topups";
        /// Put right by hand.
        Adjustments = 12, "adjustments";
        /// Charged apart from any order.
        OtherFees = 17, "other_fees";
        /// Taken back by payers' banks.
        Chargebacks = 18, "chargebacks";
        /// Held back, or given free.
        Reserves = 19, "reserves";
        /// What the account should hold at the end.
        Expected = 13, "expected";
        /// What the provider says that it holds.
        Closing = 14, "closing";
        /// 余额差额: closing − expected.
        #[serde(alias = "Unexplained")]
        BalanceGap = 15, "balance_gap";
    }
}

impl BridgeLineKind {
    /// Whether it is a change between opening and closing.
    pub const fn is_change(self) -> bool {
        !matches!(self, Self::Opening | Self::Expected | Self::Closing | Self::BalanceGap)
    }
}

/// A balance at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The moment for which the provider says so.
    pub as_of: Timestamp,
    /// Every part that it states, in fen, over all its channels.
    pub parts: BTreeMap<BalancePart, i64>,
    /// The sum of the parts that are compared.
    pub held_minor: i64,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeLine {
    /// What it is.
    pub kind: BridgeLineKind,
    /// The name of a movement; empty where the kind says enough.
    pub name: String,
    /// How many.
    pub count: i64,
    /// By how much the balance changes, in fen.
    pub minor: i64,
}

/// The order whose amount a rest equals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestOrder {
    /// What it is.
    pub kind: Kind,
    /// What the provider says of it.
    pub status: ProviderStatus,
    /// The number that both sides know it by.
    pub order_no: String,
}

/// The form in which a discrepancy carries it: `payout returned T-1`.
impl fmt::Display for RestOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.kind, self.status, self.order_no)
    }
}

impl RestOrder {
    /// Reads what [`fmt::Display`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.splitn(3, ' ');
        let kind = Kind::from_code(words.next()?)?;
        let status = ProviderStatus::from_code(words.next()?)?;
        let order_no = words.next()?.to_owned();
        Some(Self { kind, status, order_no })
    }
}

/// A bridge between two balances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    /// Where it begins.
    pub opening: Holding,
    /// Where it ends.
    pub closing: Holding,
    /// The changes, in their order.
    pub lines: Vec<BridgeLine>,
    /// Opening and changes.
    pub expected_minor: i64,
    /// Closing − expected.
    pub unexplained_minor: i64,
    /// Transactions of which nobody says a fee.
    pub free: i64,
    /// Transactions dated by the merchant's time.
    pub time_assumed: i64,
    /// Transactions in another currency, which are in no line.
    pub foreign: i64,
    /// The one pending, returned or refunded order whose amount is what is left over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest_order: Option<RestOrder>,
}

impl Bridge {
    /// Whether both balances state the same parts: else they cannot be compared.
    pub fn is_comparable(&self) -> bool {
        self.opening.parts.keys().eq(self.closing.parts.keys())
    }
}

/// The balances that are in these snapshots (of one account), by moment. `held` are the parts that
/// are compared; other currencies than yuan are left out.
///
/// # Errors
///
/// [`TooLarge`] when a sum does not fit.
pub fn holdings(
    snapshots: &[BalanceSnapshot],
    held: &[BalancePart],
) -> Result<Vec<Holding>, TooLarge> {
    let mut parts: BTreeMap<Timestamp, BTreeMap<BalancePart, i64>> = BTreeMap::new();
    for snapshot in snapshots.iter().filter(|it| it.line.money.currency == Currency::CNY) {
        let sum = parts.entry(snapshot.as_of).or_default().entry(snapshot.line.part).or_default();
        *sum = sum.checked_add(snapshot.line.money.minor).ok_or(TooLarge)?;
    }
    let holding = |(as_of, parts): (Timestamp, BTreeMap<BalancePart, i64>)| {
        let own = parts.iter().filter(|(part, _)| held.contains(part)).map(|(_, minor)| *minor);
        let held_minor = own.into_iter().try_fold(0_i64, i64::checked_add).ok_or(TooLarge)?;
        Ok(Holding { as_of, parts, held_minor })
    };
    parts.into_iter().map(holding).collect()
}

/// Seconds by which a balance before the end of a day has to be nearer to it than one after it, where
/// the day's takings are kept apart until midnight.
const TAKINGS_SECONDS: i64 = 3_600;

/// The balance that ends a business day: the one nearest to its end, the earlier of two that are
/// equally near; `None` where none is near enough.
///
/// Of an account whose takings of the day are a part of their own until midnight
/// ([`BalancePart::Takings`]) the one after the end is the right one: only then has everything become
/// the account's, also the share of the takings that the part leaves out.
pub fn at_end(holdings: &[Holding], end_of_day: Timestamp) -> Option<&Holding> {
    let away = |it: &Holding| it.as_of.seconds_since(end_of_day).saturating_abs();
    let counted = |it: &Holding| {
        let is_early = it.as_of < end_of_day && it.parts.contains_key(&BalancePart::Takings);
        away(it).saturating_add(if is_early { TAKINGS_SECONDS } else { 0 })
    };
    holdings
        .iter()
        .filter(|it| away(it) <= SNAPSHOT_SECONDS_MAX)
        .min_by_key(|it| (counted(it), it.as_of))
}

/// Builds the bridge from `opening` to `closing`. `sum` is what was added up in between, `movements`
/// are those in between.
///
/// # Errors
///
/// [`TooLarge`] when a sum does not fit.
pub fn bridge(
    opening: &Holding,
    closing: &Holding,
    sum: &SlotSum,
    movements: &[Movement],
) -> Result<Bridge, TooLarge> {
    let mut lines = Lines::default();
    let mut free = 0_i64;
    for (stream, it) in &sum.streams {
        lines.transactions(stream.kind, it)?;
        // A refund without a rule costs nothing: that is known.
        if stream.kind != Kind::Refund {
            free = free.saturating_add(it.free_count());
        }
    }
    for movement in movements.iter().filter(|it| it.money.currency == Currency::CNY) {
        let kind = match movement.kind {
            MovementKind::Settlement => BridgeLineKind::Settlements,
            MovementKind::TopUp => BridgeLineKind::TopUps,
            MovementKind::Adjustment | MovementKind::Bank => BridgeLineKind::Adjustments,
            MovementKind::Fee => BridgeLineKind::OtherFees,
            MovementKind::Chargeback => BridgeLineKind::Chargebacks,
            MovementKind::Reserve => BridgeLineKind::Reserves,
        };
        lines.add(kind, &movement.name, 1, Some(movement.effect_minor()))?;
    }
    let lines = lines.sorted();
    let mut expected = opening.held_minor;
    for line in &lines {
        expected = expected.checked_add(line.minor).ok_or(TooLarge)?;
    }
    let foreign = movements.iter().filter(|it| it.money.currency != Currency::CNY).count();
    Ok(Bridge {
        opening: opening.clone(),
        closing: closing.clone(),
        lines,
        expected_minor: expected,
        unexplained_minor: closing.held_minor.checked_sub(expected).ok_or(TooLarge)?,
        free,
        time_assumed: sum.time_assumed,
        foreign: sum.foreign.saturating_add(i64::try_from(foreign).unwrap_or(i64::MAX)),
        rest_order: None,
    })
}

#[derive(Default)]
struct Lines(BTreeMap<(BridgeLineKind, String), (i64, i64)>);

impl Lines {
    /// The lines that every bridge has stand there also where nothing happened.
    fn transactions(&mut self, kind: Kind, it: &DaySum) -> Result<(), TooLarge> {
        use BridgeLineKind as Line;
        let out = |minor: i64| minor.checked_neg();
        let fees = it.fee_minor().ok_or(TooLarge)?;
        let charged = it.stated_count.saturating_add(it.contract_count);
        let (taken, fee, back) = match kind {
            Kind::Payment => {
                self.add(Line::Payments, "", it.count, Some(it.minor))?;
                self.add(Line::Fees, "", charged, out(fees))?;
                (Line::GivenBack, None, out(it.back_minor))
            }
            Kind::Refund if it.merchant_only_count > 0 => {
                self.add(Line::MerchantOnlyRefunds, "", it.count, out(it.minor))?;
                (Line::MerchantOnlyRefunds, Some(Line::Fees), Some(it.back_minor))
            }
            Kind::Refund => {
                self.add(Line::Refunds, "", it.count, out(it.minor))?;
                (Line::FailedRefunds, Some(Line::Fees), Some(it.back_minor))
            }
            Kind::Payout => {
                self.add(Line::Payouts, "", it.count, out(it.minor))?;
                (Line::Returned, Some(Line::PayoutFees), Some(it.back_minor))
            }
        };
        if let Some(fee) = fee {
            self.add(fee, "", charged, out(fees))?;
        }
        if it.back_count > 0 {
            self.add(taken, "", it.back_count, back)?;
        }
        Ok(())
    }

    fn add(
        &mut self,
        kind: BridgeLineKind,
        name: &str,
        count: i64,
        minor: Option<i64>,
    ) -> Result<(), TooLarge> {
        let line = self.0.entry((kind, name.to_owned())).or_default();
        line.0 = line.0.checked_add(count).ok_or(TooLarge)?;
        line.1 = line.1.checked_add(minor.ok_or(TooLarge)?).ok_or(TooLarge)?;
        Ok(())
    }

    fn sorted(mut self) -> Vec<BridgeLine> {
        use BridgeLineKind::{Fees, Payments, PayoutFees, Payouts, Refunds};
        for kind in [Payments, Refunds, Fees, Payouts, PayoutFees] {
            self.0.entry((kind, String::new())).or_default();
        }
        let line = |((kind, name), (count, minor))| BridgeLine { kind, name, count, minor };
        self.0.into_iter().map(line).collect()
    }
}

#[cfg(test)]
#[path = "bridge_tests.rs"]
mod tests;

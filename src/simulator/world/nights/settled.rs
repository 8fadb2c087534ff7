//! What is settled with the merchant, as the platforms work it out.

use std::collections::BTreeMap;

use super::calendar::next_workday;
use super::life::Life;
use super::{DAY, Nights};
use crate::business_day::{BusinessDate, Timestamp};
use crate::simulator::world::movement::MovementKind;
use crate::simulator::world::{Lane, TradeStatus};
use crate::simulator::xxpay;
use crate::status::Kind;

/// What one settlement comes to, in fen, as far as a night can know it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettlementTruth {
    /// The business dates whose money it has: the first and the last one.
    pub days: Option<(BusinessDate, BusinessDate)>,
    /// Payments.
    pub gross_minor: i64,
    /// What was given back.
    pub refunds_minor: i64,
    /// Fees of payments.
    pub fees_minor: i64,
    /// Payouts.
    pub payouts_minor: i64,
    /// Their fees.
    pub payout_fees_minor: i64,
    /// What was paid to the bank; `None` where nothing was yet.
    pub settled_minor: Option<i64>,
}

impl SettlementTruth {
    /// What is to be paid.
    pub const fn net_minor(&self) -> i64 {
        self.gross_minor
            .saturating_sub(self.refunds_minor)
            .saturating_sub(self.fees_minor)
            .saturating_sub(self.payouts_minor)
            .saturating_sub(self.payout_fees_minor)
    }
}

/// When what is settled on a date is paid.
pub(super) fn paid_on(date: BusinessDate) -> Timestamp {
    DAY.start_of(date).plus_seconds(10 * 3600)
}

/// On which date the money of a business date is settled: at xxpay on the next day, else on the next
/// workday.
pub(super) fn settled_on(lane: Lane, date: BusinessDate) -> BusinessDate {
    if lane.account == xxpay::ACCOUNT { date.plus_days(1) } else { next_workday(date) }
}

/// Whose settlement a payment lowers that was given back: that of the day, or of the day before while
/// that is not paid yet.
pub(super) fn given_back_on(life: &Life, paid: BusinessDate) -> Option<(Timestamp, BusinessDate)> {
    let mut states = life.states.iter();
    let (at, _) = states.find(|(_, status)| *status == TradeStatus::Refunded)?;
    Some((*at, DAY.date_of(at.plus_seconds(-10 * 3600)).max(paid)))
}

/// Account, product and settlement date of a settlement.
type Key = (&'static str, &'static str, BusinessDate);

/// The settlement that money of a date goes into.
fn entry(
    all: &mut BTreeMap<Key, SettlementTruth>,
    lane: Lane,
    date: BusinessDate,
) -> &mut SettlementTruth {
    let it = all.entry((lane.account, lane.product, settled_on(lane, date))).or_default();
    let (from, to) = it.days.unwrap_or((date, date));
    it.days = Some((from.min(date), to.max(date)));
    it
}

impl Nights {
    /// The settlements that money of a night's business date and those before goes into, by account,
    /// product and settlement date.
    pub fn settlements(&self, night: BusinessDate) -> BTreeMap<Key, SettlementTruth> {
        let mut all: BTreeMap<Key, SettlementTruth> = BTreeMap::new();
        let now = Self::night_of(night);
        for life in &self.lives {
            let is_known = life.known_from.is_some_and(|from| from <= night);
            let is_paid = life.paid_at().is_some_and(|paid_at| paid_at <= now);
            let Some(paid) = life.provider_date(night).filter(|date| *date <= night) else {
                continue;
            };
            if !is_known || !is_paid {
                continue;
            }
            let lane = life.draft.lane;
            let it = entry(&mut all, lane, paid);
            let (amount, fees) = match lane.kind {
                Kind::Payment => (&mut it.gross_minor, &mut it.fees_minor),
                Kind::Refund => (&mut it.refunds_minor, &mut it.fees_minor),
                Kind::Payout => (&mut it.payouts_minor, &mut it.payout_fees_minor),
            };
            *amount = amount.saturating_add(life.paid_minor);
            *fees = fees.saturating_add(life.fee_minor);
            if let Some((at, date)) = given_back_on(life, paid)
                && at <= now
                && date <= night
            {
                let it = entry(&mut all, lane, date);
                it.refunds_minor = it.refunds_minor.saturating_add(life.paid_minor);
            }
        }
        for movement in &self.movements {
            let is_over = movement.occurred_at < DAY.end_of(night);
            if movement.kind == MovementKind::Settlement
                && is_over
                && let Some(on) = movement.settlement_date
                && let Some(it) = all.get_mut(&(movement.account, movement.product, on))
            {
                let before = it.settled_minor.unwrap_or(0);
                it.settled_minor = Some(before.saturating_add(movement.amount_minor));
            }
        }
        all
    }
}

//! What happens to the accounts besides orders: settlements to the bank, money paid in, and
//! adjustments.

use std::collections::BTreeMap;

use super::calendar::next_workday;
use super::life::Life;
use super::{NIGHTS, day, moment};
use crate::business_day::{BusinessDate, Timestamp};
use crate::simulator::world::movement::{Movement, MovementKind};
use crate::simulator::world::{DAY, TradeStatus};
use crate::simulator::{mmsp, xxpay, zhangxun};
use crate::status::Kind;

/// Everything besides orders, by time.
pub(super) fn make(lives: &[Life]) -> Vec<Movement> {
    let named = |account, occurred_at, kind, amount_minor, name| Movement {
        account,
        occurred_at,
        kind,
        product: "",
        settlement_date: None,
        amount_minor,
        name,
    };
    let mut all = vec![
        named(zhangxun::ACCOUNT, moment(2, 10, 0, 0), MovementKind::TopUp, 5_000_000, "充值"),
        named(mmsp::ACCOUNT, moment(3, 9, 30, 0), MovementKind::TopUp, 3_000_000, "充值"),
        named(mmsp::ACCOUNT, moment(5, 15, 0, 0), MovementKind::Adjustment, -1234, "投诉扣款"),
        named(xxpay::ACCOUNT, moment(8, 11, 0, 0), MovementKind::Adjustment, 888, "活动返还"),
    ];
    all.extend(settlements(lives));
    all.sort_by_key(|movement| (movement.occurred_at, movement.account, movement.product));
    all
}

/// On its settlement date the platform pays the net of the days that it covers at ten in the
/// morning: mmsp on the next workday, product by product, xxpay on the next day, less what was paid
/// out.
fn settlements(lives: &[Life]) -> Vec<Movement> {
    let mut nets: BTreeMap<(BusinessDate, &str, &str), i64> = BTreeMap::new();
    for life in lives {
        let lane = life.draft.lane;
        let Some(paid_at) = life.paid_at() else { continue };
        let date = DAY.date_of(paid_at);
        let on = match lane.account {
            mmsp::ACCOUNT => next_workday(date),
            xxpay::ACCOUNT => date.plus_days(1),
            _ => continue,
        };
        let is_back = life.status(paid_on(on)) == Some(TradeStatus::Refunded);
        let net = match lane.kind {
            // Given back before it was settled; its fee is not.
            Kind::Payment if is_back => life.fee_minor.saturating_neg(),
            Kind::Payment => life.paid_minor.saturating_sub(life.fee_minor),
            Kind::Refund => life.paid_minor.saturating_neg(),
            // Payouts at mmsp are a product of their own, which nobody settles.
            Kind::Payout if lane.account == mmsp::ACCOUNT => continue,
            Kind::Payout => life.paid_minor.saturating_add(life.fee_minor).saturating_neg(),
        };
        let sum = nets.entry((on, lane.account, lane.product)).or_default();
        *sum = sum.saturating_add(net);
    }
    let last = day(NIGHTS);
    let paid = nets.into_iter().filter(|((on, ..), net)| *on <= last && *net > 0);
    paid.map(|((on, account, product), net)| Movement {
        account,
        occurred_at: paid_on(on),
        kind: MovementKind::Settlement,
        product,
        settlement_date: Some(on),
        amount_minor: net,
        name: "结算到账",
    })
    .collect()
}

/// When what is settled on a date is paid.
fn paid_on(date: BusinessDate) -> Timestamp {
    DAY.start_of(date).plus_seconds(10 * 3600)
}

//! What happens to the accounts besides orders: settlements to the bank, money paid in, and
//! adjustments.

use std::collections::BTreeMap;

use super::life::Life;
use super::settled::{given_back_on, paid_on, settled_on};
use super::{NIGHTS, day, moment};
use crate::business_day::BusinessDate;
use crate::simulator::world::DAY;
use crate::simulator::world::movement::{Movement, MovementKind};
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
        if lane.account == zhangxun::ACCOUNT {
            continue;
        }
        let date = DAY.date_of(paid_at);
        let on = settled_on(lane, date);
        // What is given back is taken from the next settlement; its fee is not given back.
        if let Some((_, back)) = given_back_on(life, date) {
            let key = (settled_on(lane, back), lane.account, lane.product);
            let sum = nets.entry(key).or_default();
            *sum = sum.saturating_sub(life.paid_minor);
        }
        let net = match lane.kind {
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

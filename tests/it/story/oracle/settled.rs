//! What the settlement of a night and the fee claim of the month have to say: read from the same
//! money, dates and fees as everything else.

use std::collections::{BTreeMap, BTreeSet};

use duizhang::business_day::BusinessDate;

use super::super::platforms::in_yuan;
use super::super::world::{NIGHTS, Order, PlatformState, contract_fee, day, is_workday};
use super::{Oracle, line};

/// The sums of one settlement, in fen.
#[derive(Default)]
struct Parts {
    days: BTreeSet<BusinessDate>,
    payments: (i64, i64),
    refunds: (i64, i64),
    fees: i64,
    payouts: (i64, i64),
    payout_fees: i64,
    returned: (i64, i64),
}

/// "T1: the next legal workday."
fn settled_on(date: BusinessDate) -> BusinessDate {
    (1..60).map(|days| date.plus_days(days)).find(|date| is_workday(*date)).unwrap()
}

fn add(sum: &mut (i64, i64), fen: i64) {
    *sum = (sum.0 + 1, sum.1 + fen);
}

impl Oracle<'_> {
    /// "A fee is the one that the platform states, else the contract's"; "the fee due is that of the
    /// amount and the date that the platform counted".
    fn fee(order: &Order, fen: i64, date: BusinessDate) -> i64 {
        if order.lane.states_fee { order.fee } else { contract_fee(order.lane, fen, date) }
    }

    /// "One per account, product and settlement date": what is still to come, and what this date's
    /// money goes into. Money that went back lowers the settlement of the day on which that was found.
    pub(in super::super) fn settlements(&self, night: BusinessDate) -> Vec<String> {
        let mut all: BTreeMap<(&str, &str, BusinessDate), Parts> = BTreeMap::new();
        for (index, order) in self.world.orders().enumerate() {
            for (date, fen) in self.taken(index, order, night) {
                if date > night {
                    continue;
                }
                let key = (order.lane.account, order.lane.product, settled_on(date));
                let parts = all.entry(key).or_default();
                parts.days.insert(date);
                let fee = Self::fee(order, fen, date);
                match order.lane.kind {
                    "payout" => {
                        add(&mut parts.payouts, fen);
                        parts.payout_fees += fee;
                    }
                    "refund" => add(&mut parts.refunds, fen),
                    _ => {
                        add(&mut parts.payments, fen);
                        parts.fees += fee;
                    }
                }
            }
            if let Some(date) = self.known[index].back_on {
                let key = (order.lane.account, order.lane.product, settled_on(date));
                let parts = all.entry(key).or_default();
                parts.days.insert(date);
                // What was paid out stays counted; its sum is without what came back.
                let paid_out = match order.lane.kind {
                    "payment" => {
                        add(&mut parts.refunds, order.paid);
                        continue;
                    }
                    "payout" => &mut parts.payouts.1,
                    _ => &mut parts.refunds.1,
                };
                *paid_out -= order.paid;
                add(&mut parts.returned, order.paid);
            }
        }
        let is_shown = |(_, _, on): &(&str, &str, BusinessDate), parts: &Parts| {
            *on >= night
                || parts.days.iter().any(|date| *date <= night)
                    && parts.days.iter().any(|date| *date >= night)
        };
        let shown = all.iter().filter(|(key, parts)| is_shown(key, parts));
        let rows = shown.map(|((account, product, on), parts)| {
            let net = parts.payments.1
                - parts.refunds.1
                - parts.fees
                - parts.payouts.1
                - parts.payout_fees;
            let sum = |(count, fen): (i64, i64)| format!("{count} × {}", in_yuan(fen));
            line(&[
                account,
                product,
                &on.to_string(),
                &sum(parts.payments),
                &sum(parts.refunds),
                &in_yuan(parts.fees),
                &sum(parts.payouts),
                &sum(parts.returned),
                &in_yuan(parts.payout_fees),
                &in_yuan(net),
            ])
        });
        rows.collect()
    }

    /// "The fee charged against the fee that the contract says", order by order, of everything that the
    /// last night knows.
    pub(in super::super) fn claim(&self) -> Vec<String> {
        let last = day(NIGHTS - 1);
        let mut rows = Vec::new();
        for (index, order) in self.world.orders().enumerate() {
            let is_paid = self.known[index].word == Some(Some(PlatformState::Paid));
            if !order.lane.states_fee || !is_paid {
                continue;
            }
            for (date, fen) in self.taken(index, order, last) {
                let due = contract_fee(order.lane, fen, date);
                if order.fee != due {
                    rows.push(line(&[
                        order.lane.account,
                        &order.no,
                        &in_yuan(fen),
                        &in_yuan(due),
                        &in_yuan(order.fee),
                    ]));
                }
            }
        }
        rows.sort();
        rows
    }

    /// What the platform took of an order as a night knows it, also where it went back later.
    pub(super) fn taken(
        &self,
        index: usize,
        order: &Order,
        night: BusinessDate,
    ) -> Vec<(BusinessDate, i64)> {
        let mut taken = self.counted(index, order, night);
        if self.known[index].back_on.is_some() {
            let row = order.books(night).first().copied();
            taken.push((self.provider_date(index, order, row), order.paid));
        }
        taken
    }
}

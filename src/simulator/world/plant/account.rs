//! What happens to the accounts besides orders, and what a report has to say about it.

use std::collections::BTreeMap;

use super::{
    DAY, Lane, MMSP_PAYOUT, OrderKey, Planted, Planter, State, Timestamp, TradeStatus, Type,
};
use crate::money::{Currency, yuan};
use crate::order::Stream;
use crate::simulator::world::bank::{self, BankLine};
use crate::simulator::world::movement::{Movement, MovementKind};
use crate::simulator::world::purse::{Cause, Entry, Part, payment_fee};
use crate::simulator::{platform, zhangxun};
use crate::status::Kind;

/// What zhangxun takes and nobody names.
const NAMELESS_MINOR: i64 = -6_666;
/// What the bank has from zhangxun, and zhangxun says nothing of.
const UNSTATED_MINOR: i64 = 7_700;
/// What zhangxun settles too little.
const SHORT_MINOR: i64 = 8_800;

impl Planter<'_> {
    /// Every platform settles its day at one minute to midnight, one of them too little; it also takes
    /// something that no row names.
    pub(super) fn accounts(&mut self) {
        let date = self.settings.date;
        let at = DAY.end_of(date).plus_seconds(-60);
        let mut arrives = !self.settings.bank;
        for ((account, product), net) in self.nets() {
            let is_short = account == zhangxun::ACCOUNT;
            let short = if is_short { SHORT_MINOR } else { 0 };
            if is_short {
                let order_no = format!("SETTLEMENT-T0-{date}");
                self.of_account(account, order_no, Type::SettlementMismatch);
            }
            let movement = Movement {
                account,
                occurred_at: at,
                kind: MovementKind::Settlement,
                product,
                settlement_date: Some(date),
                amount_minor: net.saturating_sub(short),
                name: "结算到账",
            };
            // The first of all payouts does not arrive.
            if arrives {
                self.arrived(&movement);
            } else {
                let amount = yuan(movement.amount_minor);
                self.of_account(account, format!("BANK-{date}-{amount}"), Type::SettlementMismatch);
                arrives = true;
            }
            self.made.movements.push(movement);
        }
        if self.settings.bank {
            self.unstated(at.plus_seconds(45));
        }
        let of_zhangxun = |lane: &Lane| lane.account == zhangxun::ACCOUNT;
        if self.lanes.iter().any(of_zhangxun) {
            self.made.silent.push(Entry {
                account: zhangxun::ACCOUNT,
                at: DAY.start_of(date).plus_seconds(15 * 3600),
                part: Part::Available,
                minor: NAMELESS_MINOR,
                cause: Some(Cause::Adjustments),
                known_from: None,
            });
            self.of_account(zhangxun::ACCOUNT, format!("BALANCE-{date}"), Type::BalanceMismatch);
        }
    }

    /// A payout is on the bank's statement.
    fn arrived(&mut self, movement: &Movement) {
        let provider = platform::of_account(movement.account).map(|platform| platform.provider);
        if let Some(provider) = provider.filter(|_| self.settings.bank) {
            self.made.bank_lines.push(BankLine::of(movement, provider));
        }
    }

    /// The bank received money of which the platform that paid it says nothing.
    fn unstated(&mut self, at: Timestamp) {
        let Some(platform) = platform::of_account(zhangxun::ACCOUNT) else { return };
        let number = bank::number(self.made.bank_lines.len());
        self.made.bank_lines.push(BankLine::unstated(at, platform.provider, UNSTATED_MINOR));
        let (date, amount) = (self.settings.date, yuan(UNSTATED_MINOR));
        let order_no = format!("BANK-IN-{date}-{amount}");
        self.of_account(bank::ACCOUNT, order_no, Type::SettlementMismatch);
        if let Some(planted) = self.made.planted.last_mut() {
            planted.provider_order_no = number;
        }
    }

    /// What each account and product is to be paid of the day: payments less refunds, fees and
    /// payouts, as far as it can be proved. mmsp's payouts are a product of their own, which is not
    /// settled.
    fn nets(&self) -> BTreeMap<(&'static str, &'static str), i64> {
        let mut nets = BTreeMap::new();
        for trade in &self.made.trades {
            let Lane { account, kind, product } = trade.lane;
            let is_today = trade.paid_at.is_some_and(|at| DAY.date_of(at) == self.settings.date);
            let pays = platform::of_account(account).is_some_and(|it| it.states_balance);
            let is_settled = pays && trade.lane != MMSP_PAYOUT;
            let is_back = trade.status == TradeStatus::Refunded;
            let is_proved = trade.is_proved_money() || is_back;
            if !is_settled || !is_today || !is_proved || trade.currency != "cny" {
                continue;
            }
            let amount = trade.amount_minor;
            let net = match kind {
                // The fee of what is given back is not.
                Kind::Payment if is_back => payment_fee(amount).saturating_neg(),
                Kind::Payment => amount.saturating_sub(payment_fee(amount)),
                Kind::Refund => amount.saturating_neg(),
                Kind::Payout => amount.saturating_add(trade.fee_minor).saturating_neg(),
            };
            let sum: &mut i64 = nets.entry((account, product)).or_default();
            *sum = sum.saturating_add(net);
        }
        nets
    }

    fn of_account(&mut self, account: &str, order_no: String, kind: Type) {
        let stream =
            Stream { account: account.to_owned(), kind: Kind::Payment, product: String::new() };
        self.made.planted.push(Planted {
            key: OrderKey { stream, order_no },
            kind,
            business_date: self.settings.date,
            difference_minor: 0,
            currency: Currency::CNY,
            state: State::Open,
            provider_order_no: String::new(),
        });
    }
}

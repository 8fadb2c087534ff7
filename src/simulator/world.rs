//! A world: what the merchant's books say of one business day, what the platforms say, and what
//! has to be found out about the two.
//!
//! Everything follows from a seed, so that a world can be talked about. The truth is written down
//! while a discrepancy is planted, from the contract alone; nothing here uses the reconciliation
//! that it is there to test.

use std::collections::BTreeMap;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::discrepancy::{DiscrepancyType, State};
use crate::money::Currency;
use crate::order::{OrderKey, RejectionReason, Stream};
use crate::simulator::platform;
use crate::status::{MerchantStatus, Verdict};

mod bank;
mod bill;
mod config;
mod dice;
mod draft;
mod fault;
mod files;
mod lane;
mod movement;
pub mod nights;
mod notifications;
mod pattern;
mod plant;
mod purse;
mod settings;

pub(super) use bill::party;
pub use fault::{Fault, FaultAt, SLOW_SECONDS};
pub use files::WorldFiles;
pub(super) use lane::Lane;
pub use pattern::{Pattern, PatternTruth};
pub use settings::{Absences, WorldFile, WorldSettings};

use bank::BankLine;
use lane::lanes;
pub(super) use lane::{
    GATEWAY, ICASHIER, LHXPAY, LHXPAY_PAYOUT, MMSP_PAYOUT, QUICK, SCAN, SCAN_REFUND, XXPAY,
    XXPAY_PAYOUT, ZHANGXUN, ZHANGXUN_PAYOUT,
};
use movement::Movement;
use purse::Entry;

/// The day of every world: Beijing time from midnight, as the platforms count.
const DAY: BusinessDay = BusinessDay::BEIJING;

/// A world that cannot be made or written down.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A file could not be read or written.
    #[error("cannot use {path}")]
    File {
        /// Which file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The world file is not one.
    #[error("{path}: {problem}")]
    Settings {
        /// Which file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Too few orders to hide the planted discrepancies among.
    #[error("a world needs at least {least} orders")]
    TooSmall {
        /// The smallest number of orders.
        least: u32,
    },
}

/// A discrepancy that is in the world, with all that a report has to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The pair.
    pub key: OrderKey,
    /// Its type.
    pub kind: DiscrepancyType,
    /// The business day on which its money is dated.
    pub business_date: BusinessDate,
    /// Provider − merchant, in the currency's smallest unit.
    pub difference_minor: i64,
    /// What it is of.
    pub currency: Currency,
    /// Timing or open, at the end of the world's day.
    pub state: State,
    /// The platform's number of the transaction that it is about; empty where there is none.
    pub provider_order_no: String,
}

/// A row of the merchant's file that has to be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantedRejection {
    /// Line in the file, from 1 (the header).
    pub line: i64,
    /// The column that cannot be read.
    pub column: &'static str,
    /// Why.
    pub reason: RejectionReason,
    /// The order number of the row.
    pub order_no: String,
}

/// What one side has on the world's day, in the smallest unit, by stream and currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayTotals {
    /// The merchant's money.
    pub merchant_minor: i64,
    /// The platform's money, as far as it can be proved.
    pub provider_minor: i64,
}

/// What an account holds at its platform, in fen. Not every platform states every part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holdings {
    /// Can be paid out now.
    pub available_minor: i64,
    /// Frozen.
    pub frozen_minor: i64,
    /// Received, not yet settled.
    pub pending_minor: i64,
    /// The platform's advance.
    pub advance_minor: i64,
}

/// A world of one business day.
#[derive(Clone)]
pub struct World {
    settings: WorldSettings,
    /// What the accounts hold, where it does not follow from the day.
    held: BTreeMap<&'static str, Holdings>,
    rows: Vec<BookRow>,
    refused_rows: Vec<RefusedRow>,
    trades: Vec<Trade>,
    planted: Vec<Planted>,
    pattern: Option<PatternTruth>,
    movements: Vec<Movement>,
    /// What only what the accounts hold shows.
    silent: Vec<Entry>,
    /// What the merchant's bank received.
    bank_lines: Vec<BankLine>,
    by_order: BTreeMap<(Lane, String), usize>,
    by_number: BTreeMap<(Lane, String), usize>,
    listed: BTreeMap<Lane, Vec<usize>>,
}

impl World {
    /// Makes the world.
    ///
    /// # Errors
    ///
    /// [`WorldError::TooSmall`] when the planted discrepancies would be most of it.
    pub fn make(settings: WorldSettings) -> Result<Self, WorldError> {
        let drafts = draft::Drafts::new(&settings);
        let mut made = plant::plant(drafts, &settings)?;
        for at in &settings.faults {
            let trades = made.trades.iter_mut();
            let struck = |trade: &&mut Trade| {
                trade.lane.account == at.account
                    && (at.order_no.is_empty() || trade.order_no == at.order_no)
            };
            trades.filter(struck).for_each(|trade| trade.fault = at.fault);
        }
        Ok(Self::indexed(settings, made))
    }

    /// What platforms see at a moment of a longer story.
    fn seen(
        settings: WorldSettings,
        trades: Vec<Trade>,
        held: BTreeMap<&'static str, Holdings>,
    ) -> Self {
        let made = plant::Made { trades, ..plant::Made::default() };
        Self { held, ..Self::indexed(settings, made) }
    }

    fn indexed(settings: WorldSettings, made: plant::Made) -> Self {
        let plant::Made { rows, refused_rows, trades, planted, pattern, movements, silent, .. } =
            made;
        let mut by_order = BTreeMap::new();
        let mut by_number = BTreeMap::new();
        let mut listed: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (index, trade) in trades.iter().enumerate() {
            // The first is what a query about one order tells, also where there are more.
            by_order.entry((trade.lane, trade.order_no.clone())).or_insert(index);
            by_number.entry((trade.lane, trade.provider_order_no.clone())).or_insert(index);
            if trade.status == TradeStatus::Paid && trade.fault != Fault::NotListed {
                listed.entry(trade.lane).or_default().push(index);
            }
        }
        let when = |index: &usize| trades.get(*index).and_then(|trade| trade.paid_at);
        for list in listed.values_mut() {
            list.sort_by_key(|index| (when(index), *index));
        }
        Self {
            settings,
            held: BTreeMap::new(),
            rows,
            refused_rows,
            trades,
            planted,
            pattern,
            movements,
            silent,
            bank_lines: made.bank_lines,
            by_order,
            by_number,
            listed,
        }
    }

    /// What it was made from.
    pub const fn settings(&self) -> &WorldSettings {
        &self.settings
    }

    /// The business date.
    pub const fn date(&self) -> BusinessDate {
        self.settings.date
    }

    /// The accounts of the merchant, sorted.
    pub fn accounts(&self) -> Vec<&'static str> {
        let mut accounts: Vec<&str> =
            self.settings.chosen_lanes().into_iter().map(|lane| lane.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }

    /// What a night that asks everything comes to for an account, where all that is wrong was planted:
    /// incomplete where an answer is worth nothing, or a listing is none.
    pub(super) fn verdict(&self, account: &str) -> Verdict {
        let of_account = |item: &&Planted| item.key.stream.account == account;
        let unproved = self.planted.iter().filter(of_account);
        let mut unproved = unproved.filter(|item| item.kind == DiscrepancyType::Unproved);
        let spoils = |trade: &&Trade| {
            trade.lane.account == account
                && trade.lane.lists()
                && matches!(trade.fault, Fault::NotListed | Fault::Misdated)
        };
        if unproved.next().is_some() || self.trades.iter().find(spoils).is_some() {
            Verdict::Incomplete
        } else {
            Verdict::Complete
        }
    }

    /// Whether the merchant has an account of this name, the one at the bank included.
    pub fn has_account(&self, name: &str) -> bool {
        self.accounts().contains(&name) || (self.settings.bank && name == bank::ACCOUNT)
    }

    /// Whether the world was made with this account's platform out of reach.
    pub fn is_down(&self, account: &str) -> bool {
        self.settings.down.iter().any(|down| down == account)
    }

    /// Every planted discrepancy, in no order.
    pub fn planted(&self) -> &[Planted] {
        &self.planted
    }

    /// Which of the planted discrepancies have one cause, where the world was made for that.
    pub const fn pattern(&self) -> Option<&PatternTruth> {
        self.pattern.as_ref()
    }

    /// Every row of the merchant's file that has to be refused, by line.
    pub fn rejections(&self) -> Vec<PlantedRejection> {
        let first = self.rows.len().saturating_add(2);
        let lines = (first..).filter_map(|line| i64::try_from(line).ok());
        self.refused_rows
            .iter()
            .zip(lines)
            .map(|(row, line)| PlantedRejection {
                line,
                column: row.column,
                reason: row.reason,
                order_no: row.order_no.clone(),
            })
            .collect()
    }

    /// Whether rows of the merchant's file have to be refused that may belong to an account: one of them
    /// names an account that there is not.
    pub(super) fn is_refused_at(&self, account: &str) -> bool {
        let of = |row: &RefusedRow| row.column == "account" || row.lane.account == account;
        self.refused_rows.iter().any(of)
    }

    /// The money of both sides on the world's day, each dated by its own side, per currency.
    pub fn totals(&self) -> BTreeMap<(Stream, Currency), DayTotals> {
        let mut totals: BTreeMap<(Stream, Currency), DayTotals> = BTreeMap::new();
        let today = |moment: Option<Timestamp>| {
            moment.is_some_and(|moment| DAY.date_of(moment) == self.date())
        };
        for row in self.rows.iter().filter(|row| !row.repeated) {
            if row.status == MerchantStatus::Succeeded && today(row.paid_at) {
                let total = totals.entry((row.lane.stream(), Currency::CNY)).or_default();
                total.merchant_minor = total.merchant_minor.saturating_add(row.amount_minor);
            }
        }
        for trade in self.trades.iter().filter(|trade| trade.is_proved_money()) {
            if today(trade.paid_at) {
                let currency = Currency::parse(trade.currency).unwrap_or_default();
                let total = totals.entry((trade.lane.stream(), currency)).or_default();
                total.provider_minor = total.provider_minor.saturating_add(trade.amount_minor);
            }
        }
        totals
    }

    /// What the platform holds of a merchant's order.
    pub(super) fn trade(&self, lane: Lane, order_no: &str) -> Option<&Trade> {
        self.trades.get(*self.by_order.get(&(lane, order_no.to_owned()))?)
    }

    /// What the platform holds under a number of its own.
    pub(super) fn trade_numbered(&self, lane: Lane, number: &str) -> Option<&Trade> {
        self.trades.get(*self.by_number.get(&(lane, number.to_owned()))?)
    }

    /// The paid transactions from one business date to another, inclusive, by time of payment; to
    /// be looked at with [`World::trade_at`].
    pub(super) fn listed(&self, lane: Lane, from: BusinessDate, to: BusinessDate) -> &[usize] {
        let all = self.listed.get(&lane).map_or(&[][..], Vec::as_slice);
        let before = |moment: Timestamp| {
            all.partition_point(|index| {
                let paid_at = self.trade_at(*index).and_then(|trade| trade.paid_at);
                paid_at.is_some_and(|paid_at| paid_at < moment)
            })
        };
        all.get(before(DAY.start_of(from))..before(DAY.end_of(to))).unwrap_or_default()
    }

    /// The fault of every answer of an account.
    pub(super) fn account_fault(&self, account: &str) -> Fault {
        let mut faults = self.settings.faults.iter();
        faults
            .find(|at| at.account == account && at.order_no.is_empty())
            .map_or(Fault::None, |at| at.fault)
    }

    /// Whether mmsp keeps its merchant as a D0 one.
    pub(in crate::simulator) const fn is_d0(&self) -> bool {
        self.settings.d0
    }

    /// What goes wrong with the answer about an order: its own fault, else the account's.
    pub(super) fn fault_of(&self, account: &str, trade: Option<&Trade>) -> Fault {
        let own = trade.map_or(Fault::None, |trade| trade.fault);
        if own == Fault::None { self.account_fault(account) } else { own }
    }

    /// What the platform says that an account holds: when all is over, or at the moment
    /// for which the world was asked.
    pub fn holdings(&self, account: &str) -> Holdings {
        let now = Timestamp::from_epoch_seconds(i64::MAX);
        self.held.get(account).copied().unwrap_or_else(|| self.holdings_at(account, now))
    }

    fn holdings_at(&self, account: &str, now: Timestamp) -> Holdings {
        let trades = self.trades.iter().filter(|trade| trade.lane.account == account);
        let mut entries: Vec<_> = trades.flat_map(purse::entries).collect();
        entries.extend(self.movements.iter().map(Movement::entry));
        entries.extend(self.silent.iter().cloned());
        purse::holdings(&entries, account, now)
    }

    /// What the platform did to an account within the world's day that nobody can know: what it names
    /// nowhere, and payments about which no answer is worth anything. `None` where the platform does
    /// not say what the account holds.
    pub(super) fn left_over(&self, account: &str) -> Option<i64> {
        let trades = self.trades.iter().filter(|trade| !trade.fault.is_harmless());
        let unknown: Vec<_> =
            trades.flat_map(purse::entries).chain(self.silent.iter().cloned()).collect();
        let today =
            unknown.iter().filter(|it| it.account == account && DAY.date_of(it.at) == self.date());
        let sum = today.fold(0_i64, |sum, it| sum.saturating_add(it.minor));
        let states = platform::of_account(account).is_some_and(|it| it.states_balance);
        states.then_some(sum)
    }

    /// The same world, with what its accounts hold at a moment of its day.
    pub(super) fn at(&self, now: Timestamp) -> Self {
        let accounts = self.accounts().into_iter();
        let held = accounts.map(|account| (account, self.holdings_at(account, now))).collect();
        Self { held, ..self.clone() }
    }

    /// One transaction of a listing.
    pub(super) fn trade_at(&self, index: usize) -> Option<&Trade> {
        self.trades.get(index)
    }
}

/// A row of the merchant's books.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BookRow {
    lane: Lane,
    order_no: String,
    provider_order_no: String,
    /// The payment that is refunded; empty for other kinds.
    original_order_no: String,
    amount_minor: i64,
    /// The fee in the books, where it is not the usual one.
    fee_minor: Option<i64>,
    status: MerchantStatus,
    created_at: Timestamp,
    paid_at: Option<Timestamp>,
    /// The very same row as the one before.
    repeated: bool,
}

/// A row of the merchant's books that has to be refused.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RefusedRow {
    lane: Lane,
    order_no: String,
    column: &'static str,
    value: &'static str,
    reason: RejectionReason,
}

/// A transaction in a platform's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trade {
    pub(super) lane: Lane,
    pub(super) order_no: String,
    pub(super) provider_order_no: String,
    /// What was paid.
    pub(super) amount_minor: i64,
    /// What was to be paid.
    pub(super) ordered_minor: i64,
    /// What the platform charged, for platforms that say so.
    pub(super) fee_minor: i64,
    pub(super) currency: &'static str,
    pub(super) status: TradeStatus,
    pub(super) created_at: Timestamp,
    pub(super) paid_at: Option<Timestamp>,
    pub(super) fault: Fault,
    /// The same transaction listed once more.
    twin: bool,
}

impl Trade {
    /// Money that the platform will prove when asked.
    fn is_proved_money(&self) -> bool {
        self.status == TradeStatus::Paid && self.fault.is_harmless() && !self.twin
    }

    /// Spreads the forms in which a platform may write an answer over its orders.
    pub(super) fn is_even(&self) -> bool {
        self.order_no.bytes().last().is_some_and(|last| last & 1 == 0)
    }
}

/// What a platform thinks of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TradeStatus {
    Unpaid,
    Paid,
    Failed,
    Refunded,
    /// Paid out, and sent back by the bank.
    Returned,
    /// Under investigation.
    Held,
}

#[cfg(test)]
mod tests;

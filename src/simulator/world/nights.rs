//! Ten nights in a row: what the platforms say depends on the moment at which they are asked, and the
//! merchant's files of a later day correct those of an earlier one.
//!
//! The days are 2026-09-17 (Thursday) to 2026-09-26 (Saturday): Sunday the 20th is worked to make up
//! for a holiday, and Friday the 25th is one, so what is settled on the next workday takes one to
//! four days. Callbacks are lost and found, refunds come late, one platform is gone for a night,
//! a fee changes, and what an account holds follows exactly from everything that happened to it.

use std::collections::BTreeMap;

use super::{DAY, DiscrepancyType, Holdings, World, WorldSettings};
use crate::business_day::{BusinessDate, Timestamp};
use crate::order::OrderKey;
use crate::simulator::{mmsp, xxpay, zhangxun};

mod calendar;
mod files;
mod life;
mod movements;
mod settled;
mod stories;
mod truth;

pub use settled::SettlementTruth;
pub use truth::{BridgeTruth, NightRow, NightTruth, StreamTruth};

pub use super::movement::{Movement, MovementKind};
pub use super::purse::Cause;
use super::purse::{self, Entry};
use life::Life;

/// How many nights there are.
pub const NIGHTS: i64 = 10;

/// The first business date.
const FIRST: &str = "2026-09-17";

/// A platform that cannot be reached for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outage {
    account: &'static str,
    from: Timestamp,
    until: Timestamp,
}

/// Ten consecutive nights.
pub struct Nights {
    settings: WorldSettings,
    lives: Vec<Life>,
    stories: Vec<Story>,
    movements: Vec<Movement>,
    entries: Vec<Entry>,
    outages: Vec<Outage>,
}

impl Nights {
    /// The business date with which they begin.
    pub fn first() -> BusinessDate {
        day(1)
    }

    /// Makes the nights of a seed: other orders and amounts, the same stories.
    pub fn make(seed: u64) -> Self {
        let accounts = [mmsp::ACCOUNT, xxpay::ACCOUNT, zhangxun::ACCOUNT];
        let settings = WorldSettings {
            seed,
            accounts: accounts.map(str::to_owned).into(),
            bills: false,
            ..WorldSettings::demo(Self::first())
        };
        let stories::Made { lives, stories } = stories::make(&settings);
        let movements = movements::make(&lives);
        let mut entries: Vec<Entry> = lives.iter().flat_map(Life::entries).collect();
        entries.extend(movements.iter().map(Movement::entry));
        // From half an hour before midnight until noon, so that the fourth night finds nobody.
        let outages = vec![Outage {
            account: xxpay::ACCOUNT,
            from: moment(4, 23, 30, 0),
            until: moment(5, 12, 0, 0),
        }];
        Self { settings, lives, stories, movements, entries, outages }
    }

    /// The business dates, in their order.
    pub fn dates() -> Vec<BusinessDate> {
        (1..=NIGHTS).map(day).collect()
    }

    /// The moment at which the job of a business date runs: half past two of the next morning.
    pub fn night_of(date: BusinessDate) -> Timestamp {
        DAY.end_of(date).plus_seconds(2 * 3600 + 1800)
    }

    /// The accounts of the merchant, sorted.
    pub fn accounts(&self) -> Vec<&'static str> {
        vec![mmsp::ACCOUNT, xxpay::ACCOUNT, zhangxun::ACCOUNT]
    }

    /// Whether an account's platform cannot be reached at a moment.
    pub fn is_down(&self, account: &str, now: Timestamp) -> bool {
        let mut outages = self.outages.iter();
        outages
            .any(|outage| outage.account == account && (outage.from..outage.until).contains(&now))
    }

    /// What an account holds at a moment.
    pub fn holdings(&self, account: &str, now: Timestamp) -> Holdings {
        if self.settings.d0 && account == mmsp::ACCOUNT {
            return purse::of_d0(&self.entries, account, now);
        }
        purse::holdings(&self.entries, account, now)
    }

    /// The same nights, with mmsp's merchant as a D0 one.
    #[must_use]
    pub const fn with_d0(mut self) -> Self {
        self.settings.d0 = true;
        self
    }

    /// What the merchant's bank and the platforms' portals say happened to the accounts besides
    /// orders.
    pub fn movements(&self) -> &[Movement] {
        &self.movements
    }

    /// The world as its platforms see it at a moment.
    pub(in crate::simulator) fn at(&self, now: Timestamp) -> World {
        let settings = WorldSettings { date: DAY.date_of(now), ..self.settings.clone() };
        let trades = self.lives.iter().filter_map(|life| life.trade(now)).collect();
        let held = self.accounts().into_iter().map(|name| (name, self.holdings(name, now)));
        World::seen(settings, trades, held.collect::<BTreeMap<_, _>>())
    }
}

/// What a report says of an order, from one night on.
#[derive(Debug, Clone)]
struct Phase {
    /// The first night.
    from: BusinessDate,
    kind: DiscrepancyType,
    business_date: BusinessDate,
    difference_minor: i64,
    /// What is at stake, in fen.
    stake_minor: i64,
    /// It may close by itself until it is a day older than this.
    waiting_since: Option<Timestamp>,
    /// It explains the totals of its own day and is in no other report.
    only: bool,
}

impl Phase {
    fn new(number: i64, kind: DiscrepancyType, difference_minor: i64, stake_minor: i64) -> Self {
        let from = day(number);
        Self {
            from,
            kind,
            business_date: from,
            difference_minor,
            stake_minor,
            waiting_since: None,
            only: false,
        }
    }

    fn waiting(self, since: Timestamp) -> Self {
        Self { waiting_since: Some(since), ..self }
    }

    /// Its money is on an earlier day than that of its first night.
    fn dated(self, number: i64) -> Self {
        Self { business_date: day(number), ..self }
    }

    fn only(self) -> Self {
        Self { only: true, ..self }
    }
}

/// What is wrong with one order, from its first night to its last.
#[derive(Debug, Clone)]
struct Story {
    key: OrderKey,
    /// Oldest first.
    phases: Vec<Phase>,
    /// The night after which it is none any more.
    closed_on: Option<BusinessDate>,
}

/// The business date of a night: 1 is the first.
fn day(number: i64) -> BusinessDate {
    let first = BusinessDate::parse(FIRST);
    first.unwrap_or(BusinessDate::new(chrono::NaiveDate::MIN)).plus_days(number.saturating_sub(1))
}

/// A moment of a day: its number, hour, minute and second.
fn moment(number: i64, hour: i64, minute: i64, second: i64) -> Timestamp {
    let minutes = hour.saturating_mul(60).saturating_add(minute);
    DAY.start_of(day(number)).plus_seconds(minutes.saturating_mul(60).saturating_add(second))
}

#[cfg(test)]
mod tests;

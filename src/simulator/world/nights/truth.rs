//! What each night's report has to say, worked out from the stories and the accounts' entries, never
//! from what the program makes of them.

use std::collections::BTreeMap;

use super::{Cause, DAY, NIGHTS, Nights, Phase, Story, day};
use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::{DiscrepancyType, State};
use crate::order::{OrderKey, Stream};
use crate::simulator::world::TradeStatus;
use crate::status::MerchantStatus;

/// A discrepancy in the report of a night.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NightRow {
    /// The order.
    pub key: OrderKey,
    /// Its type.
    pub kind: DiscrepancyType,
    /// The business day on which its money is dated.
    pub business_date: BusinessDate,
    /// The night that first saw it.
    pub first_seen: BusinessDate,
    /// Timing, open, or closed by this night.
    pub state: State,
    /// Provider − merchant, in fen; 0 once it is closed.
    pub difference_minor: i64,
    /// What is at stake, in fen: also of a row without a difference.
    pub stake_minor: i64,
}

/// The money of one stream on one day, each side by its own date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamTruth {
    /// The merchant's, by its files so far.
    pub merchant_minor: i64,
    /// The platform's, as far as this night could prove it.
    pub provider_minor: i64,
}

/// One account from one moment to another, in fen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BridgeTruth {
    /// What it held at the first moment, all parts but the platform's advance.
    pub opening_minor: i64,
    /// What it held at the second.
    pub closing_minor: i64,
    /// What changed it, as far as it can be known.
    pub lines: BTreeMap<Cause, i64>,
    /// What changed it and cannot be known yet.
    pub unexplained_minor: i64,
}

/// What the report of one night has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NightTruth {
    /// The business date.
    pub date: BusinessDate,
    /// Its discrepancies, sorted.
    pub rows: Vec<NightRow>,
    /// Its totals, for streams with money.
    pub totals: BTreeMap<Stream, StreamTruth>,
}

impl Nights {
    /// What the report of a night has to say when the nights are run one after the other.
    pub fn truth(&self, date: BusinessDate) -> NightTruth {
        let mut rows: Vec<NightRow> =
            self.stories.iter().filter_map(|story| story.row(date)).collect();
        rows.sort();
        NightTruth { date, rows, totals: self.totals(date, date) }
    }

    /// What the report of a night has to say when it is run again after the last one: what has come
    /// to agree is closed, what was seen later is seen now.
    pub fn truth_again(&self, date: BusinessDate) -> NightTruth {
        let mut rows: Vec<NightRow> =
            self.stories.iter().filter_map(|story| story.row_again(date)).collect();
        rows.sort();
        let last = day(NIGHTS);
        NightTruth { date, rows, totals: self.totals(date, last) }
    }

    /// The money of a date, as a night knows it.
    fn totals(&self, date: BusinessDate, night: BusinessDate) -> BTreeMap<Stream, StreamTruth> {
        let mut totals: BTreeMap<Stream, StreamTruth> = BTreeMap::new();
        for life in &self.lives {
            let stream = life.draft.lane.stream();
            let counted = life.booked(night).filter(|word| {
                word.status == MerchantStatus::Succeeded && word.date(life.draft.created_at) == date
            });
            let merchant = counted.fold(None, |sum: Option<i64>, word| {
                Some(sum.unwrap_or(0).saturating_add(word.amount_minor))
            });
            let is_paid = life.status(Self::night_of(night)) == Some(TradeStatus::Paid);
            let is_known = life.known_from.is_some_and(|from| from <= night);
            let provider = (is_paid && is_known && life.provider_date(night) == Some(date))
                .then_some(life.paid_minor);
            if merchant.is_some() || provider.is_some() {
                let total = totals.entry(stream).or_default();
                total.merchant_minor = total.merchant_minor.saturating_add(merchant.unwrap_or(0));
                total.provider_minor = total.provider_minor.saturating_add(provider.unwrap_or(0));
            }
        }
        totals
    }

    /// How what an account held at one moment becomes what it held at another, as far as the night
    /// of a business date can know.
    pub fn bridge(
        &self,
        account: &str,
        (from, to): (Timestamp, Timestamp),
        night: BusinessDate,
    ) -> BridgeTruth {
        let held = |now| {
            let held = self.holdings(account, now);
            held.available_minor
                .saturating_add(held.frozen_minor)
                .saturating_add(held.pending_minor)
        };
        let mut bridge = BridgeTruth {
            opening_minor: held(from),
            closing_minor: held(to),
            ..BridgeTruth::default()
        };
        let period = self
            .entries
            .iter()
            .filter(|entry| entry.account == account && entry.at > from && entry.at <= to);
        for entry in period {
            let Some(cause) = entry.cause else { continue };
            if entry.known_from.is_some_and(|known| known <= night) {
                let line = bridge.lines.entry(cause).or_default();
                *line = line.saturating_add(entry.minor);
            } else {
                bridge.unexplained_minor = bridge.unexplained_minor.saturating_add(entry.minor);
            }
        }
        bridge
    }
}

impl Story {
    /// What a night's report says of it; `None` where it says nothing.
    fn row(&self, date: BusinessDate) -> Option<NightRow> {
        let first = self.phases.first()?;
        let phase = self.phases.iter().rev().find(|phase| phase.from <= date)?;
        let is_next_day = phase.closes_on(date);
        if phase.only && phase.business_date != date && !is_next_day {
            return None;
        }
        if self.closed_on.is_some_and(|closed_on| closed_on < date) {
            return None;
        }
        let is_closed = self.closed_on == Some(date) || is_next_day;
        Some(NightRow {
            key: self.key.clone(),
            kind: phase.kind,
            business_date: phase.business_date,
            first_seen: first.from,
            state: if is_closed { State::Resolved } else { phase.state(date) },
            difference_minor: if is_closed { 0 } else { phase.difference_minor },
            stake_minor: phase.stake_minor,
        })
    }
}

impl Story {
    /// What a night's report says of it when the night is run again after the last one.
    fn row_again(&self, date: BusinessDate) -> Option<NightRow> {
        let (first, last) = (self.phases.first()?, self.phases.last()?);
        if last.closes_on(date) {
            return self.row(date);
        }
        let is_its_day = last.only && last.business_date == date;
        let closed_before = self.closed_on.is_some_and(|closed_on| closed_on < date);
        if closed_before || (last.only && !is_its_day) {
            return None;
        }
        match self.closed_on {
            // It had not been seen yet, and is over now.
            Some(_) if date < first.from => None,
            Some(_) => {
                let row = self.row(date)?;
                Some(NightRow { state: State::Resolved, difference_minor: 0, ..row })
            }
            None if last.business_date > date => None,
            None => Some(NightRow {
                key: self.key.clone(),
                kind: last.kind,
                business_date: last.business_date,
                first_seen: first.from.min(date),
                state: last.state(date),
                difference_minor: last.difference_minor,
                stake_minor: last.stake_minor,
            }),
        }
    }
}

impl Phase {
    /// It explained the totals of the day before, in whose report it was, and that day is over.
    fn closes_on(&self, date: BusinessDate) -> bool {
        self.only && self.from <= self.business_date && self.business_date.plus_days(1) == date
    }

    fn state(&self, date: BusinessDate) -> State {
        let is_young = |since: Timestamp| DAY.end_of(date) < since.plus_seconds(86_400);
        if self.only || self.waiting_since.is_some_and(is_young) {
            State::Timing
        } else {
            State::Open
        }
    }
}

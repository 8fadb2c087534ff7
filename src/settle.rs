//! Settling a day: what should be paid to the bank and was, and whether the balance bears out
//! everything that is known. The edge that brings the ledger's sums, balances and movements to the
//! pure functions of [`crate::rules::settlement`] and [`crate::rules::bridge`].

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::balance::BalancePart;
use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::calendar::Calendar;
use crate::config::{CycleRule, FeeRule};
use crate::ledger::{DaySum, KEYS_TOGETHER, Ledger, LedgerError, SumGroup, SumRequest, Summed};
use crate::money;
use crate::order::{OrderKey, Stream};
use crate::provider::Lane;
use crate::rules::bank::BankState;
use crate::rules::bridge::{self, Bridge, Holding, SNAPSHOT_SECONDS_MAX};
use crate::rules::given_back::by_bill;
use crate::rules::judge::Rules;
use crate::rules::lifecycle::Night;
use crate::rules::settlement::{self, SettlementRow, SettlementState, Undated};
use crate::rules::sums::{Contract, SlotSum, Sums, TooLarge, add_up, of_pair, unasked};
use crate::status::{Kind, MerchantStatus};

mod bank;
mod days;
mod discrepancies;
mod kept;
mod older;
mod rest;
pub mod span;
mod terms;
mod unread;

pub use bank::{BankGap, BankItem, BankJudged, BankTerms, GapAbout, is_at_the_bank};
pub use days::Days;
pub use discrepancies::{Books, Changes, changes, keys, settlement_key};
pub use terms::StatedTerm;

/// Days back that money is looked for which has not been settled.
pub const LOOK_BACK_DAYS: i64 = 45;

/// Days back that payments are looked for which were given back since.
const BACK_DAYS: i64 = 14;

/// What settling needs to know of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountTerms {
    /// The account's name.
    pub name: String,
    /// The provider's id.
    pub provider_id: String,
    /// What its provider can be asked.
    pub lanes: Vec<Lane>,
    /// Its contract rates.
    pub fees: Vec<FeeRule>,
    /// Its cycles; `None` where neither they nor a calendar are configured.
    pub cycles: Option<Vec<CycleRule>>,
    /// The parts of its balance that are compared; `None` where its provider states no balance.
    pub held: Option<&'static [BalancePart]>,
    /// The platform is known by its bills alone.
    pub by_bill: bool,
    /// The bank account that its payouts go to, or that it is.
    pub bank: Option<BankTerms>,
}

impl AccountTerms {
    /// Whether what an order is charged, or when it is settled, depends on the way of paying that it states.
    fn is_per_order(&self) -> bool {
        let has_products = self.lanes.iter().any(|lane| !lane.product.is_empty());
        let mut cycles = self.cycles.iter().flatten();
        self.fees.iter().any(|rule| rule.is_per_order(&self.lanes))
            || cycles.any(|rule| rule.is_per_order(has_products))
    }
}

/// What is settled, and by which rules.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The business date, and the moment of the run.
    pub night: Night,
    /// Which moment belongs to which date.
    pub business_day: BusinessDay,
    /// Legal workdays.
    pub calendar: Option<&'a Calendar>,
    /// Fen by which a settlement or balance may differ.
    pub tolerance_minor: i64,
}

/// How far a bridge can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reliance {
    /// Every day that it goes over was proved complete.
    Proved,
    /// It reaches into days that are not reconciled yet: a rest may be theirs until this moment.
    Ahead(Timestamp),
    /// Days that it goes over could not be proved complete: a rest says nothing.
    Unproved(Vec<BusinessDate>),
    /// The two balances do not state the same parts.
    OtherParts,
}

/// What is known of an account's balance over a business date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Balanced {
    /// The account was not settled for the date.
    NotSettled,
    /// Its provider states no balance.
    NotStated,
    /// No balance is known near the end of the day.
    NoClosing,
    /// None near the end of the day before.
    NoOpening(Holding),
    /// It was asked for near the end of the day, and what came could not be used.
    ClosingUnread(Unread),
    /// Likewise near the end of the day before.
    OpeningUnread(Holding, Unread),
    /// Both are.
    Built(Bridge, Reliance),
}

/// A balance that was asked for and of which nothing is known all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// What is wrong with the answer, or with the call that brought none.
    pub problem: String,
}

/// An account, settled for one business date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledAccount {
    /// The account's name.
    pub account: String,
    /// The provider's id.
    pub provider_id: String,
    /// The business date.
    pub date: BusinessDate,
    /// Every settlement that money of the last [`LOOK_BACK_DAYS`] goes into.
    pub rows: Vec<SettlementRow>,
    /// The bridge of the date.
    pub balanced: Balanced,
    /// The bridge of the date before, which later words may have completed.
    pub before: Balanced,
    /// The bridges of older dates that something is left over of, oldest first: what became known since
    /// may explain it.
    pub older: Vec<(BusinessDate, Balanced)>,
    /// Sums of the date, of the one before and of the older ones, to be kept.
    pub sums: Vec<(BusinessDate, Vec<(Stream, DaySum)>)>,
    /// The terms that the platform stated last in the night of the date.
    pub terms: Vec<StatedTerm>,
    /// Payouts to the bank of the last [`LOOK_BACK_DAYS`], and of a bank account its lines.
    pub bank: Vec<BankItem>,
}

impl SettledAccount {
    /// An account that could not be settled.
    #[must_use]
    pub fn not_settled(account: &str, provider_id: &str, date: BusinessDate) -> Self {
        Self {
            account: account.to_owned(),
            provider_id: provider_id.to_owned(),
            date,
            rows: Vec::new(),
            balanced: Balanced::NotSettled,
            before: Balanced::NotSettled,
            older: Vec::new(),
            sums: Vec::new(),
            terms: Vec::new(),
            bank: Vec::new(),
        }
    }

    /// The settlements that are to be shown: those of the date and later, those with money of the
    /// date, and older ones that are not settled though they are watched.
    pub fn shown(&self) -> impl Iterator<Item = &SettlementRow> {
        self.rows.iter().filter(|row| {
            let is_near = row.date.map_or(true, |date| date >= self.date);
            let has_today = row.from <= self.date && self.date <= row.to;
            let is_open = row.bank.as_ref().is_some_and(|bank| {
                matches!(
                    bank.state,
                    BankState::Expected | BankState::Mismatch | BankState::Unproved
                )
            });
            is_near || has_today || is_open || row.state == SettlementState::Mismatch
        })
    }

    /// Why settlement dates are not known, each reason once.
    pub fn undated(&self) -> BTreeSet<Undated> {
        self.shown().filter_map(|row| row.date.err()).collect()
    }
}

/// Settling could not finish.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Money that does not fit in 64 bits of fen.
    #[error("the sums of {account} do not fit: an amount in its orders or answers is absurd")]
    TooLarge {
        /// The account.
        account: String,
    },
    /// What the ledger keeps of a settled day is not what this program writes.
    #[error(
        "what {account} was settled with cannot be read from the ledger: settle the date again"
    )]
    Kept {
        /// The account.
        account: String,
        /// The cause.
        source: serde_json::Error,
    },
}

impl SettleError {
    /// Whether it is about what one account's rows hold: the others can be settled without it.
    pub fn is_of_account(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_of_rows(),
            Self::TooLarge { .. } | Self::Kept { .. } => true,
        }
    }
}

/// Works out settlements and bridges of accounts for one business date, by what is known of the days around it.
/// Writes nothing.
///
/// # Errors
///
/// [`SettleError`] when the ledger fails or a sum does not fit.
pub async fn accounts(
    request: &Request<'_>,
    accounts: &[AccountTerms],
    days: &Days,
    ledger: &dyn Ledger,
) -> Result<Vec<SettledAccount>, SettleError> {
    let mut settled = Vec::new();
    for terms in accounts {
        let settling = Settling { request, terms, ledger, days };
        settled.push(settling.settle().await?);
    }
    rest::name(&mut settled, request.night.date, ledger).await?;
    Ok(settled)
}

/// Works out the settlements of accounts for one business date by the sums that the ledger keeps: what the
/// settlements of an earlier date come to by what has become known since. Writes nothing.
///
/// # Errors
///
/// [`SettleError`] when the ledger fails or a sum does not fit.
pub async fn by_kept_sums(
    request: &Request<'_>,
    accounts: &[AccountTerms],
    ledger: &dyn Ledger,
) -> Result<Vec<SettledAccount>, SettleError> {
    let days = Days::read(ledger, request.night.date).await?;
    let mut settled = Vec::new();
    for terms in accounts {
        let settling = Settling { request, terms, ledger, days: &days };
        settled.push(SettledAccount {
            account: terms.name.clone(),
            provider_id: terms.provider_id.clone(),
            date: request.night.date,
            rows: settling.rows(&DaySums::new()).await?,
            balanced: Balanced::NotSettled,
            before: Balanced::NotSettled,
            older: Vec::new(),
            sums: Vec::new(),
            terms: Vec::new(),
            bank: Vec::new(),
        });
    }
    Ok(settled)
}

/// What one account is settled with.
#[derive(Clone, Copy)]
struct Settling<'a> {
    request: &'a Request<'a>,
    terms: &'a AccountTerms,
    ledger: &'a dyn Ledger,
    days: &'a Days,
}

/// Sums per business date and stream.
type DaySums = BTreeMap<BusinessDate, BTreeMap<Stream, DaySum>>;

/// The balances that end the day before yesterday's, yesterday's and today's business day.
type Ends = [Option<Holding>; 3];

impl Settling<'_> {
    async fn settle(&self) -> Result<SettledAccount, SettleError> {
        let date = self.request.night.date;
        let ends = self.ends().await?;
        let sums = self.sums(&ends).await?;
        let yesterday = date.plus_days(-1);
        let fresh = sums.days.range(yesterday..=date).map(|(day, sum)| (*day, sum.clone()));
        let mut fresh: DaySums = fresh.collect();
        for day in [yesterday, date] {
            fresh.entry(day).or_default();
        }
        let mut rows = self.rows(&fresh).await?;
        let mut older = Vec::new();
        for day in self.open_days(&rows).await? {
            let (balanced, sum) = self.again(day).await?;
            older.push((day, balanced));
            fresh.insert(day, sum);
        }
        let first = date.plus_days(LOOK_BACK_DAYS.saturating_neg());
        let stale = self.ledger.stale_dates(&self.terms.name, first, date.plus_days(-2)).await?;
        let stale: Vec<_> = stale.into_iter().filter(|day| !fresh.contains_key(day)).collect();
        for day in stale {
            fresh.insert(day, self.sum_of(day).await?);
        }
        if fresh.len() > 2 {
            rows = self.rows(&fresh).await?;
        }
        let bank = self.at_the_bank(&mut rows).await?;
        let [first, second, _] = &ends;
        let before = (first.as_ref(), second.as_ref());
        let before = self.balanced(before, sums.slots.get(&1), yesterday).await?;
        let balanced = self.own(&ends, &sums).await?;
        let sums = fresh.into_iter().map(|(day, sums)| (day, sums.into_iter().collect()));
        Ok(SettledAccount {
            account: self.terms.name.clone(),
            provider_id: self.terms.provider_id.clone(),
            date,
            rows,
            balanced,
            before,
            older,
            sums: sums.collect(),
            terms: self.stated_terms().await?,
            bank,
        })
    }

    /// The bridge of the date itself.
    async fn own(&self, ends: &Ends, sums: &Sums) -> Result<Balanced, SettleError> {
        let [_, second, third] = ends;
        let ends = (second.as_ref(), third.as_ref());
        self.balanced(ends, sums.slots.get(&2), self.request.night.date).await
    }

    fn too_large(&self) -> impl Fn(TooLarge) -> SettleError {
        |TooLarge| SettleError::TooLarge { account: self.terms.name.clone() }
    }

    /// The three balances between which bridges are built; one that ends two days ends the earlier.
    async fn ends(&self) -> Result<Ends, SettleError> {
        let Some(held) = self.terms.held else { return Ok([None, None, None]) };
        let end =
            |back: i64| self.request.business_day.end_of(self.request.night.date.plus_days(back));
        let from = end(-2).plus_seconds(SNAPSHOT_SECONDS_MAX.saturating_neg());
        let until = end(0).plus_seconds(SNAPSHOT_SECONDS_MAX.saturating_add(1));
        let mut snapshots = self.ledger.balances(&self.terms.name, from, until).await?;
        // What an earlier version let in is passed over.
        snapshots.retain(|snapshot| money::stated(snapshot.line.money.minor).is_ok());
        let all = bridge::holdings(&snapshots, held).map_err(self.too_large())?;
        let mut ends: Ends = [-2, -1, 0].map(|back| bridge::at_end(&all, end(back)).cloned());
        let mut last: Option<Timestamp> = None;
        for it in &mut ends {
            if it.as_ref().is_some_and(|it| last.is_some_and(|last| it.as_of <= last)) {
                *it = None;
            }
            last = it.as_ref().map(|it| it.as_of).or(last);
        }
        Ok(ends)
    }

    async fn sums(&self, ends: &Ends) -> Result<Sums, SettleError> {
        let (day, date) = (self.request.business_day, self.request.night.date);
        let moment = |at: &Option<Holding>| at.as_ref().map(|it| it.as_of);
        let [first, second, third] = ends;
        let middle = moment(second).unwrap_or_else(|| day.start_of(date));
        let cuts = [
            moment(first).unwrap_or(middle).min(middle),
            middle,
            moment(third).unwrap_or(middle).max(middle),
        ];
        let [earliest, _, latest] = cuts;
        let from = date.plus_days(-1).min(day.date_of(earliest));
        let request = SumRequest {
            account: self.terms.name.clone(),
            from,
            back_from: from.plus_days(BACK_DAYS.saturating_neg()),
            to: date.max(day.date_of(latest)),
            cuts,
            unasked: self.unasked(),
            by_bill: self.terms.by_bill,
            per_order: self.terms.is_per_order(),
        };
        self.added_up(&request).await
    }

    /// Adds up what the ledger has, and what has to be resolved.
    async fn added_up(&self, request: &SumRequest) -> Result<Sums, SettleError> {
        let Summed { mut groups, apart } = self.ledger.sums(request).await?;
        let apart: Vec<OrderKey> = apart.into_iter().collect();
        for keys in apart.chunks(KEYS_TOGETHER) {
            for pair in self.ledger.pairs(keys).await? {
                groups.extend(of_pair(&pair, &self.rules(&pair.key.stream, request), request));
            }
        }
        let refunded = self.refunded(&groups).await?;
        let cycles = self.terms.cycles.as_deref().unwrap_or_default();
        let contract = Contract { fees: &self.terms.fees, cycles };
        add_up(&groups, contract, &refunded).map_err(self.too_large())
    }

    /// The rules by which an order's money is resolved.
    fn rules<'r>(&'r self, stream: &Stream, request: &SumRequest) -> Rules<'r> {
        Rules {
            asked_since: None,
            business_day: self.request.business_day,
            tolerance_minor: self.request.tolerance_minor,
            timing_window_seconds: 0,
            fees: &self.terms.fees,
            listed: false,
            offered: !request.by_bill && !request.unasked.contains(stream),
            by_bill: by_bill(request.by_bill, request.unasked.contains(stream)),
        }
    }

    /// The sums of one date.
    async fn sum_of(&self, date: BusinessDate) -> Result<BTreeMap<Stream, DaySum>, SettleError> {
        let end = self.request.business_day.end_of(date);
        let request = SumRequest {
            account: self.terms.name.clone(),
            from: date,
            to: date,
            back_from: date.plus_days(BACK_DAYS.saturating_neg()),
            cuts: [end; 3],
            unasked: self.unasked(),
            by_bill: self.terms.by_bill,
            per_order: self.terms.is_per_order(),
        };
        Ok(self.added_up(&request).await?.days.remove(&date).unwrap_or_default())
    }

    /// Refunds that the provider cannot be asked about.
    fn unasked(&self) -> Vec<Stream> {
        unasked(&self.terms.name, &self.terms.lanes)
    }

    /// The payments given back as a whole that a refund order of the merchant gives back too.
    async fn refunded(&self, groups: &[SumGroup]) -> Result<BTreeSet<String>, SettleError> {
        let given_back =
            |group: &&SumGroup| group.stream.kind == Kind::Payment && group.back.is_some();
        let keys: Vec<OrderKey> = groups
            .iter()
            .filter(given_back)
            .map(|group| OrderKey {
                stream: group.stream.clone(),
                order_no: group.order_no.clone(),
            })
            .collect();
        if keys.is_empty() {
            return Ok(BTreeSet::new());
        }
        let refunds = self.ledger.refunds_of(&keys).await?;
        let done = refunds.into_iter().filter(|it| it.status == MerchantStatus::Succeeded);
        Ok(done.map(|refund| refund.original_order_no).collect())
    }

    async fn rows(&self, fresh: &DaySums) -> Result<Vec<SettlementRow>, SettleError> {
        let Some(cycles) = &self.terms.cycles else { return Ok(Vec::new()) };
        let (name, date) = (&self.terms.name, self.request.night.date);
        let first = date.plus_days(LOOK_BACK_DAYS.saturating_neg());
        let yesterday = date.plus_days(-1);
        let kept = self.ledger.day_sums(name, first, date).await?;
        let mut days = DaySums::new();
        for (day, stream, sum) in kept {
            days.entry(day).or_default().insert(stream, sum);
        }
        for (day, streams) in fresh.iter().filter(|(day, _)| **day >= first) {
            days.insert(*day, streams.clone());
        }
        let is_known = |day: &BusinessDate| {
            let has_sums = days.contains_key(day) || *day >= yesterday;
            self.days.is_proved(*day, name) && (has_sums || !self.days.has_money(*day, name))
        };
        let next = |day: &BusinessDate| Some(day.plus_days(1));
        let all = std::iter::successors(Some(first), next).take_while(|day| *day <= date);
        let proved: BTreeSet<BusinessDate> = all.filter(is_known).collect();
        let until = self.request.business_day.end_of(date);
        let (paid, watched_from) = self.ledger.settlements(name, first, until).await?;
        let terms = settlement::Terms {
            date,
            cycles,
            calendar: self.request.calendar,
            tolerance_minor: self.request.tolerance_minor,
            proved: &proved,
            watched_from,
        };
        settlement::settlements(&days, &paid, &terms).map_err(self.too_large())
    }

    async fn balanced(
        &self,
        (opening, closing): (Option<&Holding>, Option<&Holding>),
        sum: Option<&SlotSum>,
        date: BusinessDate,
    ) -> Result<Balanced, SettleError> {
        if self.terms.held.is_none() {
            return Ok(Balanced::NotStated);
        }
        let Some(closing) = closing else { return self.without_closing(date).await };
        let Some(opening) = opening else { return self.without_opening(closing, date).await };
        let (from, until) = (opening.as_of.plus_seconds(1), closing.as_of.plus_seconds(1));
        let movements = self.ledger.movements(&self.terms.name, from, until).await?;
        let none = SlotSum::default();
        let built = bridge::bridge(opening, closing, sum.unwrap_or(&none), &movements)
            .map_err(self.too_large())?;
        let reliance = self.reliance(&built, date);
        Ok(Balanced::Built(built, reliance))
    }

    fn reliance(&self, built: &Bridge, date: BusinessDate) -> Reliance {
        if !built.is_comparable() {
            return Reliance::OtherParts;
        }
        let day = self.request.business_day;
        // What happens in the very second of the opening balance is in it.
        let first = day.date_of(built.opening.as_of.plus_seconds(1));
        let last = last_day(built, day);
        let next = |day: &BusinessDate| Some(day.plus_days(1));
        let over = std::iter::successors(Some(first), next).take_while(|day| *day <= last);
        let unproved = over.filter(|day| !self.days.is_proved(*day, &self.terms.name));
        let (ahead, missing): (Vec<_>, Vec<_>) = unproved.partition(|day| *day > date);
        if !missing.is_empty() {
            return Reliance::Unproved(missing);
        }
        ahead.last().map_or(Reliance::Proved, |last| Reliance::Ahead(day.end_of(*last)))
    }
}

/// The last day that a bridge goes over: the very end of a day is not in the next one yet.
fn last_day(built: &Bridge, day: BusinessDay) -> BusinessDate {
    day.date_of(built.closing.as_of.plus_seconds(-1))
}

//! The judgement of a day: [`day`] asks the ledger which pairs do not plainly agree, judges each of them, writes what
//! changed, and keeps the day's totals and verdicts. What it decides is decided by [`crate::rules`].

pub mod bill;
mod given_back;
pub mod ours;
mod over_refund;
mod patterns;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::StreamExt;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::MatchingSettings;
use crate::discrepancy::Discrepancy;
use crate::ledger::{
    AccountPull, AccountVerdict, DiscrepancyChange, KEYS_TOGETHER, Ledger, LedgerError, Scan,
    Scanned, SortedRows, Totals,
};
use crate::money::Currency;
use crate::order::{OrderKey, Stream};
use crate::progress::Bar;
use crate::provider::{Lane, order_lanes};
use crate::reading::Pair;
use crate::reconcile::given_back::BillWords;
use crate::rules::judge::{Rules, judge};
use crate::rules::lifecycle::{BothSides, Circumstances, Night};
use crate::rules::ours::{Ours, orders_of};
use crate::rules::tally::Tally;
use crate::rules::{
    JudgedAccount, Overflow, given_back::by_bill, lifecycle, over_refund::finding, verdict,
};
use crate::sorter::Sorter;
use crate::status::Kind;

/// Refunds whose payments are added up at once.
const REFUNDS_PER_PAGE: u32 = 500;

/// What a reconciliation of one day is given.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The day, and the moment of the run.
    pub night: Night,
    /// The accounts to judge.
    pub accounts: &'a [JudgedAccount],
    /// Which moment belongs to which date.
    pub business_day: BusinessDay,
    /// Tolerance and timing window.
    pub matching: MatchingSettings,
}

/// What a reconciliation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Verdicts, sorted by account.
    pub verdicts: Vec<AccountVerdict>,
    /// Pairs that had to be judged.
    pub judged: u64,
    /// Discrepancies that were raised, changed, closed or reopened.
    pub changed: u64,
}

/// A reconciliation that could not finish.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The keys of the pairs to be judged could not be put aside.
    #[error("put aside the orders that have to be judged: {source}")]
    Spool {
        /// What the system said.
        source: std::io::Error,
    },
    /// Money that does not fit.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// An account that the configuration no longer has.
    #[error("the ledger was asked about account {account:?} and answered about another one")]
    UnknownAccount {
        /// The account.
        account: String,
    },
}

impl ReconcileError {
    /// Whether it is about what one account's rows hold: the others can be reconciled without it.
    pub fn is_of_account(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_of_rows(),
            Self::Spool { .. } => false,
            Self::Overflow(_) | Self::UnknownAccount { .. } => true,
        }
    }
}

/// Reconciles one business day: judges every pair that does not plainly agree, lets discrepancies
/// be raised, change and close, and keeps the day's totals and verdicts. `spool`: a folder for the keys of
/// the pairs that have to be judged.
///
/// # Errors
///
/// [`ReconcileError`]; what was already written stays and the next run goes on from there.
pub async fn day(
    request: &Request<'_>,
    ledger: &dyn Ledger,
    spool: &Path,
    progress: &Bar,
) -> Result<Outcome, ReconcileError> {
    let pulls = ledger.pulls(request.night.date).await?;
    let stated = ledger.stated_streams(request.night.date).await?;
    let scan = scan_of(request, &pulls, &stated);
    let mut tally = Tally::default();
    let date = request.night.date;
    let later = ledger.last_day().await?.filter(|last| *last > date);
    let as_of = later.map_or(date, |last| last.plus_days(1));
    let judging = Judging { request, scan: &scan, ledger, as_of };
    let mut doubts = doubts(&scan, ledger, spool, &mut tally).await?;
    loop {
        let chunk: Vec<OrderKey> =
            doubts.by_ref().take(KEYS_TOGETHER).collect::<Result<_, _>>().map_err(spooling)?;
        if chunk.is_empty() {
            break;
        }
        judging.doubts(&chunk, &mut tally).await?;
        progress.advance(u64::try_from(chunk.len()).unwrap_or(0));
    }
    judging.refunds(&mut tally).await?;
    judging.refused(&mut tally).await?;
    let ours = ours::ours(ledger, date).await?;
    let mut verdicts = verdicts(request, &pulls, &stated, (&tally, &ours))?;
    if !stated.is_empty() {
        tie_bills(request, &stated, &mut verdicts, ledger).await?;
    }
    let totals = tally.totals.into_iter();
    let totals: Vec<(Stream, Currency, Totals)> =
        totals.map(|((stream, currency), totals)| (stream, currency, totals)).collect();
    ledger.put_day(request.night.date, &totals, &verdicts).await?;
    patterns::find(&scan.accounts, request.night.date, request.business_day, ledger).await?;
    ledger.checkpoint().await?;
    Ok(Outcome { verdicts, judged: tally.judged, changed: tally.changed })
}

/// Adds up what plainly agrees, and puts the keys of the others aside: while the scan is open, the ledger
/// keeps everything that is written beside it in its log, which would grow by the whole day's judgement.
async fn doubts(
    scan: &Scan,
    ledger: &dyn Ledger,
    spool: &Path,
    tally: &mut Tally,
) -> Result<SortedRows<OrderKey>, ReconcileError> {
    let mut doubts = Sorter::new(spool, OrderKey::sort_key);
    let mut stream = ledger.scan(scan);
    while let Some(found) = stream.next().await {
        match found? {
            Scanned::Agreed(stream, currency, totals) => {
                tally.agreed(&stream, currency, &totals)?;
            }
            Scanned::Doubt(key) => doubts.push(&key).map_err(spooling)?,
        }
    }
    doubts.finish().map_err(spooling)
}

const fn spooling(source: std::io::Error) -> ReconcileError {
    ReconcileError::Spool { source }
}

/// The scan that goes with a day, what was pulled for it, and the streams that statement files have
/// whole.
pub fn scan_of(request: &Request<'_>, pulls: &[AccountPull], stated: &[Stream]) -> Scan {
    let listed = |account: &JudgedAccount, lane: &Lane| {
        let name = lane_name(lane);
        pulls.iter().any(|pull| pull.account == account.name && pull.listed.contains(&name))
    };
    let by_pull = request.accounts.iter().flat_map(|account| {
        account.lanes.iter().filter(|lane| listed(account, lane)).map(|lane| Stream {
            account: account.name.clone(),
            kind: lane.kind,
            product: lane.product.clone(),
        })
    });
    let is_asked_for =
        |stream: &&Stream| request.accounts.iter().any(|account| account.name == stream.account);
    let by_file = stated.iter().filter(is_asked_for).cloned();
    let listed: BTreeSet<Stream> = by_pull.chain(by_file).collect();
    Scan {
        date: request.night.date,
        accounts: request.accounts.iter().map(|account| account.name.clone()).collect(),
        tolerance_minor: request.matching.tolerance_minor,
        listed: listed.into_iter().collect(),
        // What agrees with a statement file alone is judged, and counted as resting on it.
        verified_only: true,
        by_bill: request.accounts.iter().flat_map(known_by_bills).collect(),
        fees: request
            .accounts
            .iter()
            .map(|account| (account.name.clone(), account.fees.clone()))
            .collect(),
    }
}

/// The streams of an account that only bills tell of, but for refunds: those are judged together with their
/// payments.
fn known_by_bills(account: &JudgedAccount) -> impl Iterator<Item = Stream> + '_ {
    let is_alone = |lane: &&Lane| account.bills.is_some() && lane.kind != Kind::Refund;
    account.lanes.iter().filter(is_alone).map(|lane| Stream {
        account: account.name.clone(),
        kind: lane.kind,
        product: lane.product.clone(),
    })
}

/// A lane as `kind/product`, as [`AccountPull::listed`] names it.
pub fn lane_name(lane: &Lane) -> String {
    format!("{}/{}", lane.kind, lane.product)
}

/// The rules for one pair of one account. That the provider has listed the night's date says nothing of
/// an order that is dated to another one.
pub fn rules_of<'a>(
    request: &Request<'_>,
    account: &'a JudgedAccount,
    scan: &Scan,
    pair: &Pair,
) -> Rules<'a> {
    let key = &pair.key;
    let is_own = |lane: &Lane| lane.kind == key.stream.kind && lane.product == key.stream.product;
    let has_lane = account.lanes.iter().any(is_own);
    let is_tonight =
        pair.orders.first().is_none_or(|order| order.business_date == request.night.date);
    Rules {
        business_day: request.business_day,
        tolerance_minor: request.matching.tolerance_minor,
        timing_window_seconds: request.matching.timing_window_seconds,
        fees: &account.fees,
        listed: is_tonight && scan.listed.contains(&key.stream),
        offered: account.bills.is_none() && has_lane,
        by_bill: by_bill(account.bills.is_some(), !has_lane),
        asked_since: asked_since(request, request.night.date),
    }
}

/// The end of a business day that is over.
fn asked_since(request: &Request<'_>, date: BusinessDate) -> Option<Timestamp> {
    let end = request.business_day.end_of(date);
    (end <= request.night.now).then_some(end)
}

/// What the pairs of a day are judged with.
#[derive(Clone, Copy)]
struct Judging<'a> {
    request: &'a Request<'a>,
    scan: &'a Scan,
    ledger: &'a dyn Ledger,
    /// The night's date; the date after the last night where that is a later one.
    as_of: BusinessDate,
}

/// Whether a pair's money still has to be added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Money {
    /// The scan left it to the judgement.
    Count,
    /// The scan has added it up: the pair is looked at for its refunds only.
    IsCounted,
}

impl Judging<'_> {
    /// Judges the pairs that the scan put in doubt.
    async fn doubts(&self, keys: &[OrderKey], tally: &mut Tally) -> Result<(), ReconcileError> {
        if keys.is_empty() {
            return Ok(());
        }
        let pairs = self.ledger.pairs(keys).await?;
        let refunds = pairs.iter().filter_map(|pair| pair.orders.first());
        let over = over_refund::among(self.request.accounts, self.ledger, refunds).await?;
        let later = self.judge(&pairs, &over, Money::Count, tally).await?;
        let settled: Vec<OrderKey> =
            keys.iter().filter(|key| !later.contains(*key)).cloned().collect();
        self.ledger.settle_touched(&settled).await?;
        // A refund that changed can push another one of the same payment over, and be all of what its payment
        // was given back.
        let given_back = given_back::beside(self.request.accounts, &pairs, self.ledger).await?;
        let judged: BTreeSet<&OrderKey> = keys.iter().collect();
        let others = over.iter().chain(&given_back);
        let others = others.filter(|key| !judged.contains(*key)).cloned().collect();
        self.over(&others, &over, tally).await
    }

    /// Judges the refunds of the night that plainly agree and yet go over.
    async fn refunds(&self, tally: &mut Tally) -> Result<(), ReconcileError> {
        for account in self.request.accounts {
            for (kind, product) in order_lanes(&account.lanes) {
                if kind != Kind::Refund {
                    continue;
                }
                let stream = Stream { account: account.name.clone(), kind, product };
                self.refunds_of_stream(&stream, tally).await?;
            }
        }
        Ok(())
    }

    /// Judges what the provider has, under other dates than the night's, of the merchant's rows that were
    /// refused: nothing else of the night leads there. What is dated to the night was judged.
    async fn refused(&self, tally: &mut Tally) -> Result<(), ReconcileError> {
        let date = self.request.night.date;
        let mut rows = self.ledger.rejections(date).chunks(KEYS_TOGETHER);
        while let Some(chunk) = rows.next().await {
            let mut keys = BTreeSet::new();
            for row in chunk {
                let row = row?;
                let accounts = self.request.accounts.iter();
                keys.extend(accounts.flat_map(|account| orders_of(&row, account)));
            }
            let keys: Vec<OrderKey> = keys.into_iter().collect();
            let mut pairs = self.ledger.pairs(&keys).await?;
            let elsewhere = |pair: &Pair| pair.readings.iter().all(|it| it.business_date != date);
            pairs.retain(|pair| pair.orders.is_empty() && elsewhere(pair));
            pairs.retain(|pair| !pair.readings.is_empty());
            self.judge(&pairs, &BTreeSet::new(), Money::IsCounted, tally).await?;
        }
        Ok(())
    }

    async fn refunds_of_stream(
        &self,
        stream: &Stream,
        tally: &mut Tally,
    ) -> Result<(), ReconcileError> {
        let date = self.request.night.date;
        let mut after = String::new();
        loop {
            let page = self.ledger.refunds_on(stream, date, &after, REFUNDS_PER_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.key.order_no);
            let over = over_refund::among(self.request.accounts, self.ledger, page.iter()).await?;
            self.over(&over, &over, tally).await?;
        }
    }

    /// Judges refunds that go over and are not in doubt otherwise. Whoever is judged twice in one
    /// night is judged the same.
    async fn over(
        &self,
        keys: &BTreeSet<OrderKey>,
        over: &BTreeSet<OrderKey>,
        tally: &mut Tally,
    ) -> Result<(), ReconcileError> {
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<OrderKey> = keys.iter().cloned().collect();
        let pairs = self.ledger.pairs(&keys).await?;
        self.judge(&pairs, over, Money::IsCounted, tally).await.map(|_| ())
    }

    /// Judges pairs and writes what changed. Gives those that are not done with: something of them is
    /// dated to a day whose night is still to come.
    async fn judge(
        &self,
        pairs: &[Pair],
        over: &BTreeSet<OrderKey>,
        money: Money,
        tally: &mut Tally,
    ) -> Result<BTreeSet<OrderKey>, ReconcileError> {
        let mut later = BTreeSet::new();
        let night = self.request.night;
        let keys: Vec<OrderKey> = pairs.iter().map(|pair| pair.key.clone()).collect();
        let known = by_pair(self.ledger.discrepancies_of(&keys).await?);
        let shown = self.ledger.discrepancies_on(night.date, &keys).await?;
        let shown = by_pair(shown.into_iter().map(|version| version.discrepancy));
        let mut changes: Vec<DiscrepancyChange> = Vec::new();
        let mut restated: Vec<Discrepancy> = Vec::new();
        let bills = BillWords::of(self.request, pairs, self.ledger).await?;
        for pair in pairs {
            let name = &pair.key.stream.account;
            let account = self
                .request
                .accounts
                .iter()
                .find(|account| account.name == *name)
                .ok_or_else(|| ReconcileError::UnknownAccount { account: name.clone() })?;
            let rules = bills.rules(rules_of(self.request, account, self.scan, pair), pair);
            let mut judgement = judge(pair, &rules);
            if money == Money::Count {
                tally.count(pair, &judgement, night.date)?;
            }
            if over.contains(&pair.key) {
                judgement.findings.extend(finding(pair, &rules));
            }
            if judgement.findings.iter().any(|finding| finding.business_date > self.as_of) {
                later.insert(pair.key.clone());
            }
            let of = |all: &BTreeMap<OrderKey, Vec<Discrepancy>>| {
                all.get(&pair.key).cloned().unwrap_or_default()
            };
            let both_sides = BothSides::of(pair, self.request.business_day);
            let circumstances = Circumstances {
                date: night.date,
                as_of: self.as_of,
                now: night.now,
                both_sides: &both_sides,
            };
            let (known, shown) = (of(&known), of(&shown));
            let is_tonight = self.as_of == night.date;
            let mut lasting = judgement.findings.clone();
            if !is_tonight {
                // How old a word is, is told as of the last night.
                let since = asked_since(self.request, self.as_of.plus_days(-1));
                let rules = Rules { asked_since: since, ..rules };
                lasting = judge(pair, &rules).findings;
                if over.contains(&pair.key) {
                    lasting.extend(finding(pair, &rules));
                }
            }
            let findings = &judgement.findings;
            let from_now_on = lifecycle::changes(&pair.key, &lasting, &known, circumstances);
            let that_day = Circumstances { as_of: night.date, ..circumstances };
            let that_day = lifecycle::changes(&pair.key, findings, &shown, that_day);
            let restate = lifecycle::restated(&from_now_on, that_day, (&shown, &known), is_tonight);
            restated.extend(restate);
            changes.extend(from_now_on);
        }
        let count = u64::try_from(changes.len().max(restated.len())).unwrap_or(u64::MAX);
        tally.changed = tally.changed.saturating_add(count);
        self.ledger.put_discrepancies(&changes).await?;
        if !restated.is_empty() {
            self.ledger.restate(night.date, &restated).await?;
        }
        Ok(later)
    }
}

fn by_pair(all: impl IntoIterator<Item = Discrepancy>) -> BTreeMap<OrderKey, Vec<Discrepancy>> {
    let mut by_pair: BTreeMap<OrderKey, Vec<Discrepancy>> = BTreeMap::new();
    for one in all {
        by_pair.entry(one.key.clone()).or_default().push(one);
    }
    by_pair
}

/// Holds the bills of the date against what is counted, and says so in the verdicts.
async fn tie_bills(
    request: &Request<'_>,
    stated: &[Stream],
    verdicts: &mut [AccountVerdict],
    ledger: &dyn Ledger,
) -> Result<(), ReconcileError> {
    let sums = ledger.bill_sums(request.night.date).await?;
    for verdict in verdicts {
        let account = request.accounts.iter().find(|account| account.name == verdict.account);
        let Some(account) = account else { continue };
        let ties = bill::ties(request, account, (stated, &sums), ledger).await?;
        *verdict = verdict::with_bills(verdict.clone(), ties);
    }
    Ok(())
}

fn verdicts(
    request: &Request<'_>,
    pulls: &[AccountPull],
    stated: &[Stream],
    (tally, ours): (&Tally, &Ours),
) -> Result<Vec<AccountVerdict>, ReconcileError> {
    let verdicts = request
        .accounts
        .iter()
        .map(|account| {
            let pull = pulls.iter().find(|pull| pull.account == account.name);
            let proof = tally.proofs.get(&account.name).copied().unwrap_or_default();
            let refused = ours.refused_of(&account.name)?;
            let ours = (&*refused, ours.orders);
            Ok(verdict::verdict(account, pull, stated, proof, ours))
        })
        .collect::<Result<Vec<_>, ReconcileError>>();
    let mut verdicts = verdicts?;
    verdicts.sort_by(|a, b| a.account.cmp(&b.account));
    Ok(verdicts)
}

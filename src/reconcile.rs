//! The judgement: which discrepancies a day has, how they live on, and what the night is worth.
//!
//! [`day`] asks the ledger which pairs do not plainly agree, judges each of them, writes what
//! changed, and keeps the day's totals and verdicts. Everything it decides is decided by pure
//! functions: [`verdict_table`], [`transactions`], [`mod@judge`], [`fee`], [`lifecycle`], [`verdict`].

pub mod fee;
pub mod judge;
pub mod lifecycle;
#[cfg(test)]
pub(crate) mod testing;
pub mod transactions;
pub mod verdict;
pub mod verdict_table;

use std::collections::BTreeMap;

use futures_util::StreamExt;

use crate::business_day::BusinessDay;
use crate::config::{FeeRule, MatchingSettings};
use crate::discrepancy::Discrepancy;
use crate::ledger::{
    AccountPull, AccountVerdict, DiscrepancyChange, Ledger, LedgerError, Scan, Scanned, Totals,
};
use crate::order::{OrderKey, Stream};
use crate::progress::Bar;
use crate::provider::Lane;
use crate::reading::Pair;
use crate::reconcile::judge::{DatedMoney, Judgement, Rules, judge};
use crate::reconcile::lifecycle::Night;
use crate::reconcile::verdict::Proof;
use crate::status::ProviderStatus;

/// Pairs that are loaded and judged at once.
const PAIRS_PER_CHUNK: usize = 500;

/// What of an account the judgement needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedAccount {
    /// The account's name.
    pub name: String,
    /// What its provider can be asked.
    pub lanes: Vec<Lane>,
    /// Its contract rates.
    pub fees: Vec<FeeRule>,
}

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
    /// Money that does not fit in 64 bits of fen.
    #[error("the totals of {account} do not fit: an amount in its orders or answers is absurd")]
    Overflow {
        /// The account.
        account: String,
    },
    /// An account that the configuration no longer has.
    #[error("the ledger was asked about account {account:?} and answered about another one")]
    UnknownAccount {
        /// The account.
        account: String,
    },
}

/// Reconciles one business day: judges every pair that does not plainly agree, lets discrepancies
/// be raised, change and close, and keeps the day's totals and verdicts.
///
/// # Errors
///
/// [`ReconcileError`]; what was already written stays and the next run goes on from there.
pub async fn day(
    request: &Request<'_>,
    ledger: &dyn Ledger,
    progress: &Bar,
) -> Result<Outcome, ReconcileError> {
    let pulls = ledger.pulls(request.night.date).await?;
    let scan = scan_of(request, &pulls);
    let mut tally = Tally::default();
    let mut chunk = Vec::with_capacity(PAIRS_PER_CHUNK);
    let mut stream = ledger.scan(&scan);
    while let Some(found) = stream.next().await {
        match found? {
            Scanned::Agreed(stream, totals) => {
                tally.add(&stream, &totals)?;
            }
            Scanned::Doubt(key) => chunk.push(key),
        }
        if chunk.len() >= PAIRS_PER_CHUNK {
            judge_chunk(request, &scan, ledger, &chunk, &mut tally).await?;
            progress.advance(u64::try_from(chunk.len()).unwrap_or(0));
            chunk.clear();
        }
    }
    drop(stream);
    judge_chunk(request, &scan, ledger, &chunk, &mut tally).await?;
    progress.advance(u64::try_from(chunk.len()).unwrap_or(0));
    let verdicts = verdicts(request, &pulls, &tally);
    let totals: Vec<(Stream, Totals)> = tally.totals.into_iter().collect();
    ledger.put_day(request.night.date, &totals, &verdicts).await?;
    ledger.checkpoint().await?;
    Ok(Outcome { verdicts, judged: tally.judged, changed: tally.changed })
}

/// The scan that goes with a day and what was pulled for it.
pub fn scan_of(request: &Request<'_>, pulls: &[AccountPull]) -> Scan {
    let listed = |account: &JudgedAccount, lane: &Lane| {
        let name = lane_name(lane);
        pulls.iter().any(|pull| pull.account == account.name && pull.listed.contains(&name))
    };
    Scan {
        date: request.night.date,
        accounts: request.accounts.iter().map(|account| account.name.clone()).collect(),
        tolerance_minor: request.matching.tolerance_minor,
        listed: request
            .accounts
            .iter()
            .flat_map(|account| {
                account.lanes.iter().filter(|lane| listed(account, lane)).map(|lane| Stream {
                    account: account.name.clone(),
                    kind: lane.kind,
                    product: lane.product.clone(),
                })
            })
            .collect(),
    }
}

/// A lane as `kind/product`, as [`AccountPull::listed`] names it.
pub fn lane_name(lane: &Lane) -> String {
    format!("{}/{}", lane.kind, lane.product)
}

/// The rules for one pair of one account.
pub fn rules_of<'a>(
    request: &Request<'_>,
    account: &'a JudgedAccount,
    scan: &Scan,
    key: &OrderKey,
) -> Rules<'a> {
    Rules {
        business_day: request.business_day,
        tolerance_minor: request.matching.tolerance_minor,
        timing_window_seconds: request.matching.timing_window_seconds,
        fees: &account.fees,
        listed: scan.listed.contains(&key.stream),
    }
}

/// What the pairs add up to.
#[derive(Debug, Default)]
struct Tally {
    totals: BTreeMap<Stream, Totals>,
    proofs: BTreeMap<String, Proof>,
    judged: u64,
    changed: u64,
}

impl Tally {
    fn add(&mut self, stream: &Stream, part: &Totals) -> Result<(), ReconcileError> {
        let sum = self.totals.entry(stream.clone()).or_default();
        *sum = sum
            .plus(part)
            .ok_or_else(|| ReconcileError::Overflow { account: stream.account.clone() })?;
        let proof = self.proofs.entry(stream.account.clone()).or_default();
        proof.items = proof.items.saturating_add(part.merchant_count.max(part.provider_count));
        proof.answered = proof.answered || part.provider_count > 0;
        Ok(())
    }
}

async fn judge_chunk(
    request: &Request<'_>,
    scan: &Scan,
    ledger: &dyn Ledger,
    keys: &[OrderKey],
    tally: &mut Tally,
) -> Result<(), ReconcileError> {
    if keys.is_empty() {
        return Ok(());
    }
    let pairs = ledger.pairs(keys).await?;
    let mut existing: BTreeMap<OrderKey, Vec<Discrepancy>> = BTreeMap::new();
    for known in ledger.discrepancies_of(keys).await? {
        existing.entry(known.key.clone()).or_default().push(known);
    }
    let mut changes: Vec<DiscrepancyChange> = Vec::new();
    for pair in &pairs {
        let name = &pair.key.stream.account;
        let account = request
            .accounts
            .iter()
            .find(|account| account.name == *name)
            .ok_or_else(|| ReconcileError::UnknownAccount { account: name.clone() })?;
        let judgement = judge(pair, &rules_of(request, account, scan, &pair.key));
        count(tally, pair, &judgement, request.night)?;
        let known = existing.get(&pair.key).map_or(&[][..], Vec::as_slice);
        let (findings, told) = (&judgement.findings, story(pair));
        changes.extend(lifecycle::changes(&pair.key, findings, known, &told, request.night));
    }
    tally.changed = tally.changed.saturating_add(u64::try_from(changes.len()).unwrap_or(u64::MAX));
    ledger.put_discrepancies(&changes).await?;
    ledger.settle_touched(keys).await?;
    Ok(())
}

fn story(pair: &Pair) -> String {
    let told = transactions::transactions(&pair.readings);
    let provider = told.all.first().map_or(told.absence.0, |transaction| transaction.status);
    lifecycle::told(pair.orders.first().map(|order| order.status), provider)
}

fn count(
    tally: &mut Tally,
    pair: &Pair,
    judgement: &Judgement,
    night: Night,
) -> Result<(), ReconcileError> {
    let dated = |all: &[DatedMoney]| -> (i64, i64, i64) {
        let start = (0_i64, 0_i64, 0_i64);
        all.iter().filter(|money| money.date == night.date).fold(start, |sum, money| {
            (
                sum.0.saturating_add(1),
                sum.1.saturating_add(money.minor),
                sum.2.saturating_add(i64::from(money.assumed)),
            )
        })
    };
    let (merchant_count, merchant_minor, _) = dated(&judgement.merchant);
    let (provider_count, provider_minor, status_only_count) = dated(&judgement.provider);
    let part = Totals {
        merchant_count,
        merchant_minor,
        provider_count,
        provider_minor,
        status_only_count,
    };
    tally.add(&pair.key.stream, &part)?;
    tally.judged = tally.judged.saturating_add(1);
    let proof = tally.proofs.entry(pair.key.stream.account.clone()).or_default();
    let unproved = i64::from(judgement.unproved);
    proof.unproved = proof.unproved.saturating_add(unproved);
    proof.items = proof.items.saturating_add(1);
    proof.answered =
        proof.answered || pair.readings.iter().any(|r| r.said.status != ProviderStatus::Unproved);
    Ok(())
}

fn verdicts(request: &Request<'_>, pulls: &[AccountPull], tally: &Tally) -> Vec<AccountVerdict> {
    let mut verdicts: Vec<AccountVerdict> = request
        .accounts
        .iter()
        .map(|account| {
            let pull = pulls.iter().find(|pull| pull.account == account.name);
            let proof = tally.proofs.get(&account.name).copied().unwrap_or_default();
            verdict::verdict(&account.name, &account.lanes, pull, proof)
        })
        .collect();
    verdicts.sort_by(|a, b| a.account.cmp(&b.account));
    verdicts
}

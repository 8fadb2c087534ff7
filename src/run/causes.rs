//! One decision about every discrepancy that a cause claims.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::discrepancy::Discrepancy;
use crate::discrepancy::pattern::Pattern;
use crate::ledger::DiscrepancyChange;
use crate::report::ReportError;
use crate::report::discrepancies::Shown;
use crate::resolution::{self, Effect, Refusal, Wish};
use crate::rules::patterns::claiming;
use crate::run::RunError;

/// Discrepancies that are decided in one transaction.
const PER_TRANSACTION: usize = 500;
/// Refused ones that are named.
const NAMED_MAX: usize = 20;

/// What became of a discrepancy that the cause claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// It is so from now on.
    Applied,
    /// It waits for a second person.
    Waiting,
    /// It was so already, or it is closed by now: nothing is done to it.
    LeftAlone,
    /// The rules refuse the decision.
    Refused,
}

/// A count and what it comes to, in the smallest unit of the cause's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Discrepancies.
    pub count: u64,
    /// Their differences, provider − merchant.
    pub difference_minor: i64,
}

/// What deciding by a cause came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseDecided {
    /// The date of the newest report, in which the cause stands.
    pub date: BusinessDate,
    /// The cause.
    pub cause: Pattern,
    /// The discrepancies by what became of them; all of them are of the cause's currency.
    pub sums: BTreeMap<Became, Sum>,
    /// The first refused ones, and why.
    pub refused: Vec<(String, Refusal)>,
}

/// A decision about every discrepancy that a cause claims.
#[derive(Debug, Clone, Copy)]
pub struct CauseDecision<'a> {
    /// The cause's id.
    pub id: &'a str,
    /// The date of the report in which it stands.
    pub date: BusinessDate,
    /// What is decided.
    pub wish: &'a Wish,
    /// Who brings it in, and by that confirms what another person decided.
    pub importer: Option<&'a str>,
    /// Ids of discrepancies that are left alone: something of their own is decided about them.
    pub except: &'a BTreeSet<String>,
}

impl App {
    /// Decides about every discrepancy that a cause of the newest report claims, each by the rules by which
    /// a single one is decided. `None` where the newest report has no such cause.
    ///
    /// They are written in parts: a decision that was cut short is finished by the same one made again,
    /// which leaves alone what is done.
    ///
    /// # Errors
    ///
    /// [`RunError::Ledger`], and [`RunError::Report`] where a sum does not fit; then nothing is decided.
    pub async fn decide_cause(
        &self,
        id: &str,
        wish: &Wish,
    ) -> Result<Option<CauseDecided>, RunError> {
        let Some(date) = self.ledger.last_day().await? else { return Ok(None) };
        let decision = CauseDecision { id, date, wish, importer: None, except: &BTreeSet::new() };
        self.decide_claimed(&decision).await
    }

    /// Decides about every discrepancy that a cause of the report of a date claims, as
    /// [`Self::decide_cause`] does.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn decide_claimed(
        &self,
        decision: &CauseDecision<'_>,
    ) -> Result<Option<CauseDecided>, RunError> {
        let CauseDecision { id, date, wish, importer, except } = *decision;
        let causes = self.ledger.patterns(date).await?;
        let Some(cause) = causes.iter().find(|cause| cause.id(date) == id) else { return Ok(None) };
        let claimed = self.claimed(cause, &causes, date).await?;
        let mut decided =
            CauseDecided { date, cause: cause.clone(), sums: BTreeMap::new(), refused: Vec::new() };
        for ids in claimed.chunks(PER_TRANSACTION) {
            let mut changes = Vec::new();
            for id in ids {
                let Some((known, events)) = self.ledger.discrepancy(id).await? else { continue };
                let rules = self.resolution_rules();
                let became = if known.state.is_closed() || except.contains(&known.id) {
                    Became::LeftAlone
                } else {
                    let judged = resolution::decide(&known, &events, wish, importer, rules);
                    decided.became(id, judged, &mut changes)
                };
                decided.count(became, &known)?;
            }
            if !changes.is_empty() {
                self.ledger.put_discrepancies(&changes).await?;
            }
        }
        self.ledger.checkpoint().await?;
        let applied = decided.sum(Became::Applied).count;
        tracing::info!(cause = id, applied, "decided by cause");
        Ok(Some(decided))
    }

    /// The ids of the discrepancies that a cause claims in the report of its date.
    async fn claimed(
        &self,
        cause: &Pattern,
        causes: &[Pattern],
        date: BusinessDate,
    ) -> Result<Vec<String>, RunError> {
        let business_day = self.config.business_day;
        let end = business_day.end_of(date);
        let (mut ids, mut stakes) = (Vec::new(), 0_i64);
        let mut rows = self.ledger.report_rows(date);
        while let Some(row) = rows.next().await {
            let row = row?;
            let shown = Shown::of(&row, end).state;
            let claiming = claiming(causes, &row, shown, (date, business_day));
            if claiming.is_some_and(|claiming| std::ptr::eq(claiming, cause)) {
                // No part of them comes to more than all of them without their signs.
                let stake = i64::try_from(row.difference_minor.unsigned_abs()).ok();
                let sum = stake.and_then(|stake| stakes.checked_add(stake));
                stakes = sum.ok_or_else(|| too_large(cause, date))?;
                ids.push(row.id);
            }
        }
        Ok(ids)
    }
}

fn too_large(cause: &Pattern, date: BusinessDate) -> ReportError {
    ReportError::TooLarge { what: format!("the cause {}", cause.id(date)) }
}

impl CauseDecided {
    /// The discrepancies of which this became.
    pub fn sum(&self, became: Became) -> Sum {
        self.sums.get(&became).copied().unwrap_or_default()
    }

    fn became(
        &mut self,
        id: &str,
        judged: Result<resolution::Decided, Refusal>,
        changes: &mut Vec<DiscrepancyChange>,
    ) -> Became {
        match judged {
            Ok(decided) => {
                changes.extend(decided.changes);
                match decided.effect {
                    Effect::Applied => Became::Applied,
                    Effect::Proposed | Effect::Waiting => Became::Waiting,
                    Effect::Unchanged => Became::LeftAlone,
                }
            }
            Err(refusal) => {
                if self.refused.len() < NAMED_MAX {
                    self.refused.push((id.to_owned(), refusal));
                }
                Became::Refused
            }
        }
    }

    fn count(&mut self, became: Became, known: &Discrepancy) -> Result<(), ReportError> {
        let sum = self.sums.entry(became).or_default();
        let difference = sum.difference_minor.checked_add(known.difference_minor);
        *sum = Sum {
            count: sum.count.saturating_add(1),
            difference_minor: difference.ok_or_else(|| too_large(&self.cause, self.date))?,
        };
        Ok(())
    }
}

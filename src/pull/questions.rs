//! Asking about every order that is left in doubt.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::discrepancy::DiscrepancyType;
use crate::ledger::{AccountPull, Scanned};
use crate::order::OrderKey;
use crate::progress::Bar;
use crate::provider::{Ask, Question};
use crate::pull::{Context, PullError, Wire};
use crate::reading::{Assurance, Pair, Past, Reading, Said, Source};
use crate::reconcile::dating;
use crate::reconcile::judge::judge;
use crate::reconcile::{self, JudgedAccount, rules_of, scan_of};
use crate::sorter::Sorter;
use crate::status::ProviderStatus;

/// Questions whose answers are written together: what a killed pull loses at most.
const QUESTIONS_PER_CHUNK: usize = 200;

/// What asking came to.
pub(super) struct Count {
    pub(super) asked: i64,
    pub(super) answered: i64,
    /// Codes of what went wrong.
    pub(super) problems: BTreeSet<String>,
}

/// Asks about every order in doubt, in key order, and writes the answers in pieces.
///
/// When the account is down, the rest is not asked: those orders stay without a trustworthy answer.
/// So do orders that are younger than the provider's [`crate::provider::Provider::query_age_min`].
pub(super) async fn pull(
    wire: &Wire<'_>,
    request: &reconcile::Request<'_>,
    judged: &JudgedAccount,
    pull: &AccountPull,
    context: Context<'_>,
) -> Result<Count, PullError> {
    let mut count = Count { asked: 0, answered: 0, problems: BTreeSet::new() };
    let mut scan = scan_of(request, std::slice::from_ref(pull), &[]);
    scan.accounts = vec![judged.name.clone()];
    scan.verified_only = true;
    let spool_error =
        |source| PullError::Spool { folder: context.spool.display().to_string(), source };
    // The keys are put aside first, so that no cursor stays open while the provider is asked.
    let mut doubts = Sorter::new(context.spool, |row: &OrderKey, key| {
        key.text(&row.stream.account);
        key.number(i64::from(row.stream.kind.number()));
        key.text(&row.stream.product);
        key.text(&row.order_no);
    });
    let mut doubted = 0_u64;
    let mut found = context.ledger.scan(&scan);
    while let Some(item) = found.next().await {
        if let Scanned::Doubt(key) = item? {
            doubts.push(&key).map_err(spool_error)?;
            doubted = doubted.saturating_add(1);
        }
    }
    drop(found);
    let bar = Bar::start(&format!("{} orders", judged.name), Some(doubted));
    let age_min = i64::try_from(wire.account.provider.query_age_min().as_secs());
    let made_before = request.night.now.plus_seconds(age_min.unwrap_or(i64::MAX).saturating_neg());
    let mut too_young = 0_u64;
    let mut keys = doubts.finish().map_err(spool_error)?;
    loop {
        let chunk: Vec<OrderKey> = keys
            .by_ref()
            .take(QUESTIONS_PER_CHUNK)
            .collect::<Result<_, _>>()
            .map_err(spool_error)?;
        if chunk.is_empty() {
            break;
        }
        let pairs = context.ledger.pairs(&chunk).await?;
        let asked: Vec<(Question, Past)> = pairs
            .iter()
            .filter(|pair| {
                let can_be_asked = judged.lanes.iter().any(|lane| {
                    lane.kind == pair.key.stream.kind && lane.product == pair.key.stream.product
                });
                let rules = rules_of(request, judged, &scan, pair);
                can_be_asked && needs_asking(pair, &judge(pair, &rules).findings)
            })
            .filter(|pair| {
                let is_young = made_at(pair).is_some_and(|made_at| made_at > made_before);
                too_young = too_young.saturating_add(u64::from(is_young));
                !is_young
            })
            .map(|pair| (question(pair, request.night.date), pair.past))
            .collect();
        context.goes_on()?;
        let down = chunk_asked(wire, request, &asked, &mut count, context).await?;
        bar.advance(u64::try_from(chunk.len()).unwrap_or(0));
        if down {
            tracing::warn!(account = %judged.name, "the account is down: the rest is not asked");
            break;
        }
    }
    bar.finish();
    if too_young > 0 {
        let seconds = wire.account.provider.query_age_min().as_secs();
        count.problems.insert(format!("{too_young} not asked yet, younger than {seconds} s"));
    }
    Ok(count)
}

/// When the order came into being, as far as one side says.
fn made_at(pair: &Pair) -> Option<Timestamp> {
    let order = pair.orders.first().and_then(|order| order.created_at.or(order.paid_at));
    order.or_else(|| pair.readings.iter().find_map(|reading| reading.said.paid_at))
}

/// Nothing is reported on the word of an absence: whatever would be reported is asked about first,
/// and so is an order about which nothing trustworthy is known: a callback or a row of a statement file
/// only. What was asked and explains itself (two days) is not asked again.
fn needs_asking(pair: &Pair, findings: &[reconcile::judge::Finding]) -> bool {
    let proved = |r: &Reading| r.said.status != ProviderStatus::Unproved;
    let is_answer = |r: &Reading| matches!(r.source, Source::Listing | Source::Query);
    let known = pair.readings.iter().any(|r| proved(r) && is_answer(r));
    let was_asked = pair.readings.iter().any(|r| r.source == Source::Query && proved(r));
    let explained = was_asked && findings.iter().all(|f| f.kind == DiscrepancyType::CrossDay);
    // What a proved listing no longer has, though it once had it, may have been given back since.
    pair.past.is_unlisted || !(known && (findings.is_empty() || explained))
}

fn question(pair: &Pair, date: BusinessDate) -> Question {
    let order = pair.orders.first();
    let number = order.map(|o| o.provider_order_no.clone()).filter(|number| !number.is_empty());
    let listed = pair.readings.iter().map(|r| &r.said.provider_order_no).find(|n| !n.is_empty());
    Question {
        kind: pair.key.stream.kind,
        product: pair.key.stream.product.clone(),
        order_no: pair.key.order_no.clone(),
        provider_order_no: number.or(listed.cloned()).unwrap_or_default(),
        business_date: order
            .map(|o| o.business_date)
            .or(pair.readings.first().map(|r| r.business_date))
            .unwrap_or(date),
    }
}

/// Asks a chunk at once and writes the answers; says whether the account is down.
async fn chunk_asked(
    wire: &Wire<'_>,
    request: &reconcile::Request<'_>,
    asked: &[(Question, Past)],
    count: &mut Count,
    context: Context<'_>,
) -> Result<bool, PullError> {
    let width = usize::try_from(wire.account.limits.concurrency.max(1)).unwrap_or(1);
    let mut answers = Vec::with_capacity(asked.len());
    let mut outages = 0_usize;
    // What is under way when it has to stop is waited for; nothing more is asked.
    let calls = stream::iter(asked)
        .take_until(context.stop.cancelled())
        .map(|(question, past)| async move {
            let answer = wire.answer(question, request.business_day).await?;
            Ok::<_, PullError>(answer.dated(past, request.business_day))
        })
        .buffer_unordered(width);
    let mut calls = std::pin::pin!(calls);
    while let Some(answer) = calls.try_next().await? {
        count.asked = count.asked.saturating_add(1);
        match answer {
            Answer::Said(reading) => {
                count.answered = count.answered.saturating_add(1);
                answers.push(*reading);
            }
            Answer::Worthless(reading, code) => {
                count.problems.insert(code);
                answers.push(*reading);
            }
            Answer::Outage(code) => {
                count.problems.insert(code);
                outages = outages.saturating_add(1);
            }
        }
    }
    answers.sort_by(|a: &Reading, b| a.key.cmp(&b.key));
    wire.archive.sync()?;
    context.ledger.put_answers(&answers).await?;
    Ok(!asked.is_empty() && outages == asked.len())
}

/// What came of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A trustworthy word, also "no such order".
    Said(Box<Reading>),
    /// An answer that proves nothing, and why.
    Worthless(Box<Reading>, String),
    /// No answer, and why.
    Outage(String),
}

impl Answer {
    /// The same under the day of its money, by what was said of the order before.
    fn dated(self, past: &Past, day: BusinessDay) -> Self {
        match self {
            Self::Said(mut reading) => {
                let date = reading.business_date;
                reading.business_date = dating::date_of_answer(&reading, past, date, day);
                Self::Said(reading)
            }
            Self::Worthless(..) | Self::Outage(_) => self,
        }
    }
}

/// Where and when an answer came.
struct Came {
    interface: &'static str,
    evidence: i64,
    at: Timestamp,
}

impl Wire<'_> {
    /// Asks about one order.
    pub(super) async fn answer(
        &self,
        question: &Question,
        business_day: BusinessDay,
    ) -> Result<Answer, PullError> {
        self.answer_to(&Ask::Status(question.clone()), question, business_day).await
    }

    /// Puts a question about one order in the way that `ask` says.
    pub(super) async fn answer_to(
        &self,
        ask: &Ask,
        question: &Question,
        business_day: BusinessDay,
    ) -> Result<Answer, PullError> {
        let provider = &self.account.provider;
        let arrived = match self.ask(ask).await {
            Ok(arrived) => arrived,
            Err(nothing) if nothing.is_outage() => return Ok(Answer::Outage(nothing.code())),
            Err(nothing) => {
                let said = Said::unproved(&question.order_no, &nothing.code());
                let reading = self.reading(business_day, question, said, None, Assurance::None);
                return Ok(Answer::Worthless(reading, nothing.code()));
            }
        };
        let came = Came {
            interface: arrived.request.interface,
            evidence: arrived.archived(&self.archive)?,
            at: arrived.at,
        };
        let verified = provider.verify(ask, &arrived.answer);
        let assurance = verified.as_ref().map_or(Assurance::None, crate::provider::assurance);
        let said = verified.and_then(|verified| provider.read_status(question, &verified));
        self.caller.judged(&said);
        Ok(match said {
            Ok(said) => {
                Answer::Said(self.reading(business_day, question, said, Some(&came), assurance))
            }
            Err(unproved) => {
                let said = Said::unproved(&question.order_no, &unproved.code());
                let none = Assurance::None;
                let reading = self.reading(business_day, question, said, Some(&came), none);
                Answer::Worthless(reading, unproved.code())
            }
        })
    }

    fn reading(
        &self,
        business_day: BusinessDay,
        question: &Question,
        said: Said,
        came: Option<&Came>,
        assurance: Assurance,
    ) -> Box<Reading> {
        let paid_on = said.paid_at.map(|paid_at| business_day.date_of(paid_at));
        Box::new(Reading {
            key: OrderKey {
                stream: crate::order::Stream {
                    account: self.account.name.clone(),
                    kind: question.kind,
                    product: question.product.clone(),
                },
                order_no: question.order_no.clone(),
            },
            business_date: paid_on.unwrap_or(question.business_date),
            source: Source::Query,
            occurrence: 1,
            said,
            interface: came.map_or_else(String::new, |came| came.interface.to_owned()),
            assurance,
            evidence: came.map_or(0, |came| came.evidence),
            observed_at: came.map_or_else(|| self.clock.now(), |came| came.at),
        })
    }
}

//! Asking about every order that is left in doubt.

use std::collections::BTreeSet;

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::ledger::{AccountPull, Scan, Scanned};
use crate::order::{OrderKey, Rejection, Stream};
use crate::progress::Bar;
use crate::provider::{Lane, Question};
use crate::pull::answer::{Answer, unless_gone_back};
use crate::pull::estimate::Estimate;
use crate::pull::{Context, PullError, Wire, absences, account};
use crate::reading::{Pair, Reading, Source};
use crate::reconcile::{Request, rules_of, scan_of};
use crate::rules::JudgedAccount;
use crate::rules::finality::{
    Asking, SecondLook, asked_from, can_come_back, is_given_up, is_known, needs_asking,
    second_looks,
};
use crate::rules::judge::judge;
use crate::rules::ours::orders_of;
use crate::sorter::Sorter;
use crate::status::ProviderStatus;

/// Questions whose answers are written together: what a killed pull loses at most.
const QUESTIONS_PER_CHUNK: usize = 200;

/// What asking came to.
#[derive(Debug, Default)]
pub(super) struct Count {
    pub(super) asked: i64,
    pub(super) answered: i64,
    /// Orders in doubt of which nothing trustworthy is known, now or from before.
    pub(super) unknown: i64,
    /// Codes of what went wrong.
    pub(super) problems: BTreeSet<String>,
    /// Orders that cannot be asked about without harm yet.
    too_young: u64,
    /// Orders about which the provider is not asked any more, though it has not finished.
    given_up: u64,
}

impl Count {
    /// Nothing is asked while the day runs.
    pub(super) fn of_a_silent_day() -> Self {
        let problem = "not asked while the day runs, since a question ends the platform's callbacks \
                       (ask_during_day in [[account]])";
        Self { problems: [problem.to_owned()].into(), ..Self::default() }
    }

    /// Adds what further questions came to.
    pub(super) fn add(&mut self, further: Self) {
        self.asked = self.asked.saturating_add(further.asked);
        self.answered = self.answered.saturating_add(further.answered);
        self.unknown = self.unknown.saturating_add(further.unknown);
        self.problems.extend(further.problems);
        self.too_young = self.too_young.saturating_add(further.too_young);
        self.given_up = self.given_up.saturating_add(further.given_up);
    }
}

/// By what it is decided which orders are asked about.
struct Plan<'a> {
    request: &'a Request<'a>,
    judged: &'a JudgedAccount,
    scan: Scan,
    asking: Asking,
    /// Orders that were paid later are not asked about.
    paid_before: Timestamp,
    /// What was answered since then is not asked about again.
    since: Option<Timestamp>,
}

impl<'a> Plan<'a> {
    fn new(
        wire: &Wire<'_>,
        request: &'a Request<'a>,
        judged: &'a JudgedAccount,
        pull: &AccountPull,
    ) -> Self {
        let Request { night, business_day, matching, .. } = *request;
        let mut scan = scan_of(request, std::slice::from_ref(pull), &[]);
        scan.accounts = vec![judged.name.clone()];
        scan.verified_only = true;
        let age_min = wire.account.provider.query_age_min().as_secs();
        let age_min = i64::try_from(age_min).unwrap_or(i64::MAX);
        let paid_before = night.now.plus_seconds(age_min.saturating_neg());
        let asking = Asking { night, business_day, matching };
        Self { request, judged, scan, asking, paid_before, since: None }
    }

    /// Whether a pair in doubt is asked about; counts why not.
    fn asks(&self, pair: &Pair, count: &mut Count) -> bool {
        let stream = &pair.key.stream;
        let is_offered = |lane: &Lane| lane.kind == stream.kind && lane.product == stream.product;
        if !self.judged.lanes.iter().any(is_offered) {
            return false;
        }
        let was_answered = |reading: &Reading| {
            reading.source == Source::Query
                && reading.facts.status != ProviderStatus::Unproved
                && self.since.is_some_and(|since| reading.observed_at >= since)
        };
        if pair.readings.iter().any(was_answered) {
            return false;
        }
        let rules = rules_of(self.request, self.judged, &self.scan, pair);
        if !needs_asking(pair, &judge(pair, &rules).findings, &self.asking) {
            let is_given_up = is_given_up(pair, &self.asking);
            count.given_up = count.given_up.saturating_add(u64::from(is_given_up));
            return false;
        }
        let (day, date) = (self.request.business_day, self.request.night.date);
        let is_young =
            paid_or_made_at(pair, day, date).is_some_and(|moment| moment > self.paid_before);
        count.too_young = count.too_young.saturating_add(u64::from(is_young));
        !is_young
    }
}

/// Asks about every order in doubt and about `spot_checks`, in key order, and writes the answers in
/// pieces.
///
/// When the account is down, the rest is not asked: those orders stay without a trustworthy answer.
/// So do orders that are younger than the provider's [`crate::provider::Provider::query_age_min`].
pub(super) async fn pull(
    wire: &Wire<'_>,
    request: &Request<'_>,
    judged: &JudgedAccount,
    pull: &AccountPull,
    spot_checks: BTreeSet<OrderKey>,
    context: Context<'_>,
) -> Result<Count, PullError> {
    let plan = Plan::new(wire, request, judged, pull);
    touch(judged, &plan.asking, context).await?;
    let keys = doubts(&plan.scan, judged, spot_checks, context).await?;
    ask(wire, &plan, keys, context).await
}

/// Asks about every order of the night that the merchant gave up, of streams whose listing lacks it, unless
/// it was answered since `since`. As [`pull`].
pub(super) async fn given_up(
    wire: &Wire<'_>,
    request: &Request<'_>,
    judged: &JudgedAccount,
    pull: &AccountPull,
    streams: &[Stream],
    since: Timestamp,
    context: Context<'_>,
) -> Result<Count, PullError> {
    let mut keys = sorter(context);
    for stream in streams {
        absences::each_given_up(request, stream, context, |key| {
            keys.push(&key).map_err(|source| spool_error(context, source))
        })
        .await?;
    }
    let plan = Plan { since: Some(since), ..Plan::new(wire, request, judged, pull) };
    ask(wire, &plan, keys, context).await
}

/// Asks about these orders, as far as they need it, and writes the answers.
async fn ask(
    wire: &Wire<'_>,
    plan: &Plan<'_>,
    keys: Sorter<OrderKey>,
    context: Context<'_>,
) -> Result<Count, PullError> {
    let (request, judged) = (plan.request, plan.judged);
    let bar = Bar::start(&format!("{} orders", judged.name), Some(keys.rows()));
    say_how_long(judged, keys.rows(), wire.account.limits.rate_limit);
    let mut keys = keys.finish().map_err(|source| spool_error(context, source))?;
    // The scan and the refused rows may name the same order, and so may two refused rows.
    let mut last: Option<OrderKey> = None;
    let mut count = Count::default();
    let mut held = Held::new(context);
    let mut is_down = false;
    loop {
        let chunk: Vec<OrderKey> = keys
            .by_ref()
            .take(QUESTIONS_PER_CHUNK)
            .collect::<Result<_, _>>()
            .map_err(|source| spool_error(context, source))?;
        if chunk.is_empty() {
            break;
        }
        let mut pairs = context.ledger.pairs(&chunk).await?;
        pairs.retain(|pair| last.as_ref() != Some(&pair.key));
        pairs.dedup_by(|next, kept| next.key == kept.key);
        last = chunk.last().cloned();
        let in_doubt: Vec<&Pair> =
            pairs.iter().filter(|pair| plan.asks(pair, &mut count)).collect();
        context.goes_on()?;
        if is_down {
            count.unknown = count.unknown.saturating_add(unknown_of(&in_doubt, &BTreeSet::new()));
        } else if chunk_asked(wire, request, &in_doubt, &mut count, &mut held, context).await? {
            is_down = true;
            tracing::warn!(account = %judged.name, "the account is down: the rest is not asked");
        }
        bar.advance(u64::try_from(chunk.len()).unwrap_or(0));
    }
    bar.finish();
    if !context.stop.is_cancelled() || wire.account_is_proved() {
        held.settle(wire, request, &mut count, context).await?;
    }
    if count.given_up > 0 {
        let (orders, days) = (count.given_up, request.matching.ask_until_days);
        tracing::warn!(account = %judged.name, orders, days, "not final, and not asked about any more");
    }
    if count.too_young > 0 {
        let age_min = wire.account.provider.query_age_min().as_secs();
        let problem = format!("{} not asked yet, younger than {age_min} s", count.too_young);
        count.problems.insert(problem);
    }
    Ok(count)
}

/// Says beforehand how long the questions take, where that is long.
fn say_how_long(judged: &JudgedAccount, questions: u64, per_second: u32) {
    let Some(estimate) = Estimate::of(questions, per_second) else { return };
    let (takes, account) = (estimate.duration(), &judged.name);
    if estimate.is_too_long() {
        let needed = estimate.per_second_in_time;
        tracing::warn!(
            %account, questions, per_second, %takes, needed,
            "asking takes longer than a night: with rate_limit at what is needed, where the platform allows \
             it, or with its bill, it would be done in time"
        );
    } else {
        tracing::info!(%account, questions, per_second, %takes, "asking about each order");
    }
}

/// The keys of the pairs in doubt and of `spot_checks`, put aside, so that no cursor stays open while the
/// provider is asked. Those of the merchant's rows that were refused are among them: what these say could
/// not be read, and the provider's word can be had.
async fn doubts(
    scan: &Scan,
    judged: &JudgedAccount,
    mut spot_checks: BTreeSet<OrderKey>,
    context: Context<'_>,
) -> Result<Sorter<OrderKey>, PullError> {
    let mut doubts = sorter(context);
    let mut found = context.ledger.scan(scan);
    while let Some(item) = found.next().await {
        if let Scanned::Doubt(key) = item? {
            spot_checks.remove(&key);
            doubts.push(&key).map_err(|source| spool_error(context, source))?;
        }
    }
    drop(found);
    for key in &spot_checks {
        doubts.push(key).map_err(|source| spool_error(context, source))?;
    }
    let mut refused = context.ledger.rejections(scan.date);
    while let Some(row) = refused.next().await {
        for key in orders_of(&row?, judged) {
            doubts.push(&key).map_err(|source| spool_error(context, source))?;
        }
    }
    drop(refused);
    Ok(doubts)
}

fn sorter(context: Context<'_>) -> Sorter<OrderKey> {
    Sorter::new(context.spool, OrderKey::sort_key)
}

fn spool_error(context: Context<'_>, source: std::io::Error) -> PullError {
    PullError::Spool { folder: context.spool.display().to_string(), source }
}

/// Notes what has to be asked about again although nothing new was heard of it: what the provider has not
/// finished, and what was settled and may have come back. It is noted before it is asked, so that what is
/// answered is judged even if the pull is cut short. A day that is still running asks about its own only.
async fn touch(
    judged: &JudgedAccount,
    asking: &Asking,
    context: Context<'_>,
) -> Result<(), PullError> {
    let date = asking.night.date;
    if asking.night.now < asking.business_day.end_of(date) {
        return Ok(());
    }
    for lane in &judged.lanes {
        let (account, kind, product) = (judged.name.clone(), lane.kind, lane.product.clone());
        let stream = Stream { account, kind, product };
        // With the day before these, whose orders are given up in this night.
        let from = asked_from(asking).plus_days(-1);
        context.ledger.touch_unfinished(&stream, from, date).await?;
        if can_come_back(kind) {
            for SecondLook { date, answered_before } in second_looks(asking) {
                context.ledger.touch_settled(&stream, date, answered_before).await?;
            }
        }
    }
    Ok(())
}

/// When the order was paid, by the later word of both sides; where neither says, when it was made; of one
/// whose row was refused, the end of its day, else of `date`. An order may be made long before it is paid, so that the time at
/// which it was made protects no callback.
fn paid_or_made_at(pair: &Pair, day: BusinessDay, date: BusinessDate) -> Option<Timestamp> {
    let by_merchant = pair.orders.iter().filter_map(|order| order.paid_at);
    let by_provider = pair.readings.iter().filter_map(|reading| reading.facts.paid_at);
    let paid_at = by_merchant.chain(by_provider).max();
    let made_at = || pair.orders.iter().filter_map(|order| order.created_at).max();
    let refused = || {
        let end = |row: &Rejection| day.end_of(row.business_date.unwrap_or(date));
        pair.refused.iter().map(end).max()
    };
    paid_at.or_else(made_at).or_else(refused)
}

/// Answers "no such order" that nobody signed, until it is known whether the account has proved itself:
/// what proves it may be the last answer of the run.
struct Held {
    /// Each with whether anything trustworthy was known of the order before.
    answers: Sorter<(Reading, bool)>,
}

impl Held {
    fn new(context: Context<'_>) -> Self {
        let answers = Sorter::new(context.spool, |(row, _): &(Reading, bool), key| {
            key.text(&row.key.stream.product);
            key.text(&row.key.order_no);
        });
        Self { answers }
    }

    /// Writes what was held back: as it was said where the account has proved itself, which it is asked to
    /// do now, else as answers that are worth nothing.
    async fn settle(
        self,
        wire: &Wire<'_>,
        request: &Request<'_>,
        count: &mut Count,
        context: Context<'_>,
    ) -> Result<(), PullError> {
        if self.answers.rows() == 0 {
            return Ok(());
        }
        let (proof, known) = wire.account_proof(request.business_day, Some(context.ledger)).await?;
        wire.archive.sync()?;
        context.ledger.put_answers(known.as_slice()).await?;
        if proof.is_none() {
            let answers = self.answers.rows();
            tracing::warn!(account = %wire.account.name, answers, "nothing proves the account");
        }
        let mut rows = self.answers.finish().map_err(|source| spool_error(context, source))?;
        loop {
            let chunk: Vec<(Reading, bool)> = rows
                .by_ref()
                .take(QUESTIONS_PER_CHUNK)
                .collect::<Result<_, _>>()
                .map_err(|source| spool_error(context, source))?;
            if chunk.is_empty() {
                return Ok(());
            }
            let mut answers = Vec::with_capacity(chunk.len());
            for (answer, is_known) in chunk {
                if proof.is_some() {
                    count.answered = count.answered.saturating_add(1);
                    answers.push(answer);
                    continue;
                }
                let (doubted, why) = account::doubted(answer);
                count.problems.insert(why);
                if !is_known {
                    count.unknown = count.unknown.saturating_add(1);
                    answers.push(doubted);
                }
            }
            answers.sort_by(|a, b| a.key.cmp(&b.key));
            context.ledger.put_answers(&answers).await?;
        }
    }
}

/// The question about a pair; `date` where neither side has a date for it.
pub(super) fn question(pair: &Pair, date: BusinessDate) -> Question {
    let order = pair.orders.first();
    let number = order.map(|o| o.provider_order_no.clone()).filter(|number| !number.is_empty());
    let listed = pair.readings.iter().map(|r| &r.facts.provider_order_no).find(|n| !n.is_empty());
    Question {
        kind: pair.key.stream.kind,
        product: pair.key.stream.product.clone(),
        order_no: pair.key.order_no.clone(),
        provider_order_no: number.or(listed.cloned()).unwrap_or_default(),
        business_date: order
            .map(|o| o.business_date)
            .or(pair.readings.first().map(|r| r.business_date))
            .or(pair.refused.iter().find_map(|row| row.business_date))
            .unwrap_or(date),
    }
}

/// How many of these nothing trustworthy is known of, but for those that have just been answered.
fn unknown_of(pairs: &[&Pair], answered: &BTreeSet<OrderKey>) -> i64 {
    let unknown = pairs.iter().filter(|pair| !is_known(pair) && !answered.contains(&pair.key));
    i64::try_from(unknown.count()).unwrap_or(i64::MAX)
}

/// Asks a chunk at once and writes the answers; says whether the account is down. An answer that proves
/// nothing is not kept of an order of which something is known.
async fn chunk_asked(
    wire: &Wire<'_>,
    request: &Request<'_>,
    pairs: &[&Pair],
    count: &mut Count,
    held: &mut Held,
    context: Context<'_>,
) -> Result<bool, PullError> {
    let width = usize::try_from(wire.account.limits.concurrency.max(1)).unwrap_or(1);
    let mut answers = Vec::with_capacity(pairs.len());
    let mut answered = BTreeSet::new();
    let mut outages = 0_usize;
    // What is under way when it has to stop is waited for; nothing more is asked.
    let calls = stream::iter(pairs)
        .take_until(context.stop.cancelled())
        .map(|pair| async {
            let question = question(pair, request.night.date);
            let answer = wire.answer(&question, request.business_day).await?;
            Ok::<_, PullError>((is_known(pair), answer.dated(&pair.past, request.business_day)))
        })
        .buffer_unordered(width);
    let mut calls = std::pin::pin!(calls);
    while let Some((is_known, answer)) = calls.try_next().await? {
        count.asked = count.asked.saturating_add(1);
        match unless_gone_back(answer, pairs) {
            Answer::Proved(reading) if account::is_unsigned_not_found(&reading) => {
                answered.insert(reading.key.clone());
                let row = (*reading, is_known);
                held.answers.push(&row).map_err(|source| spool_error(context, source))?;
            }
            Answer::Proved(reading) => {
                count.answered = count.answered.saturating_add(1);
                answered.insert(reading.key.clone());
                answers.push(*reading);
            }
            Answer::Worthless(reading, code) => {
                count.problems.insert(code);
                if !is_known {
                    answers.push(*reading);
                }
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
    count.unknown = count.unknown.saturating_add(unknown_of(pairs, &answered));
    Ok(!pairs.is_empty() && outages == pairs.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{at, pair};

    /// An order made in the morning and paid a minute ago is young; only where nobody says when it was
    /// paid does it count when it was made.
    #[test]
    fn how_old_an_order_is_counts_from_its_payment() {
        let table = [
            ("succeeded 100 made=20_09:00 paid=20_12:00 |", Some("20 12:00")),
            ("pending 100 made=20_09:00 |", Some("20 09:00")),
            (
                "pending 100 made=20_09:00 | notification A succeeded 100 paid=20_12:30",
                Some("20 12:30"),
            ),
            (
                "succeeded 100 made=20_09:00 paid=20_12:00 | notification A succeeded 100 paid=20_11:00",
                Some("20 12:00"),
            ),
            ("closed 100 made=20_09:00 | query A succeeded 100 paid=-", Some("20 09:00")),
            ("| query A succeeded 100 paid=20_12:00", Some("20 12:00")),
            ("| query A succeeded 100 paid=-", None),
        ];
        let (day, date) =
            (BusinessDay::BEIJING, BusinessDate::parse("2026-11-20").expect("a date"));
        for (text, expected) in table {
            assert_eq!(paid_or_made_at(&pair(text), day, date), expected.map(at), "{text}");
        }
    }
}

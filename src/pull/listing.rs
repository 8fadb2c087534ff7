//! Walking a listing to its proven end.
//!
//! A listing is proved when as many different rows arrived as the provider says there are, every page
//! agrees on that number, every row could be read and is dated to what was asked for, and no transaction
//! came twice. Pages shift while they are walked if the provider orders them by time, so a row that came
//! twice hides one that did not come at all: then the walk is repeated. Equal rows never count twice, however
//! often they come; of a transaction that came with different contents a second walk with the very
//! same rows proves that the provider really lists it so.
//!
//! No row ends nowhere: it is kept as a record of its own date, or refused and named.

use std::hash::{DefaultHasher, Hash, Hasher};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::Semaphore;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::ledger::{ListingWindow, SortedRows};
use crate::occurrence::{Repeated, numbered};
use crate::order::{OrderKey, Origin, Rejection, RejectionReason, Stream};
use crate::progress::Bar;
use crate::provider::{Ask, Lane, ListingTerms, Page, PageQuestion, UnreadableRow, gate};
use crate::pull::{Context, PullError, Wire};
use crate::reading::{Assurance, Facts, Reading, Source};
use crate::reconcile::{self, lane_name};
use crate::rules::proof::is_of_listing;
use crate::sorter::Sorter;

/// Walks of one listing, at most.
const WALKS_MAX: u32 = 4;
/// Rows of one listing that cannot be read, at most: more of them prove no more.
const UNREADABLE_MAX: usize = 10_000;
/// Pages that are being read at once, whoever sends them: a hostile one can take thirty megabytes.
static READING: Semaphore = Semaphore::const_new(2);
/// Pages of one listing, at most: ten million rows at 1000 a page.
const PAGES_MAX: u64 = 10_000;

/// Walks one lane's listing of the night's date and writes it into the ledger. Gives the number of rows,
/// or why the listing could not be proved; rows of an unproved listing that were verified are kept all
/// the same.
pub(super) async fn pull(
    wire: &Wire<'_>,
    request: &reconcile::Request<'_>,
    lane: &Lane,
    terms: ListingTerms,
    context: Context<'_>,
) -> Result<Result<i64, String>, PullError> {
    let Some(plan) = Plan::of(wire, request, lane, terms, request.night.date) else {
        return Ok(Err(format!("listings go back {} days only", terms.days_back)));
    };
    plan.walk(wire, request, context).await
}

/// One lane's listing of one business date.
pub(super) struct Plan<'a> {
    account: String,
    lane: &'a Lane,
    terms: ListingTerms,
    date: BusinessDate,
    from: chrono::NaiveDate,
    to: chrono::NaiveDate,
    bar: Bar,
}

impl<'a> Plan<'a> {
    /// The plan for a date; `None` where the provider's listings do not go back so far.
    pub(super) fn of(
        wire: &Wire<'_>,
        request: &reconcile::Request<'_>,
        lane: &'a Lane,
        terms: ListingTerms,
        date: BusinessDate,
    ) -> Option<Self> {
        let beijing = BusinessDay::BEIJING;
        let first = request.business_day.start_of(date);
        let last = request.business_day.end_of(date).plus_seconds(-1);
        let oldest = beijing.date_of(request.night.now).plus_days(terms.days_back.saturating_neg());
        (beijing.date_of(first) >= oldest).then(|| Self {
            account: wire.account.name.clone(),
            lane,
            terms,
            date,
            from: beijing.date_of(first).date(),
            to: beijing.date_of(last).date(),
            bar: Bar::start(&format!("{} {}", wire.account.name, lane.product), None),
        })
    }

    /// The stream that is listed.
    pub(super) fn stream(&self) -> Stream {
        Stream {
            account: self.account.clone(),
            kind: self.lane.kind,
            product: self.lane.product.clone(),
        }
    }

    /// A row that is dated to none of the days that were asked for, and to no neighbour of them.
    fn another_day(&self, facts: &Facts) -> Option<UnreadableRow> {
        let paid_on = BusinessDay::BEIJING.date_of(facts.paid_at?).date();
        (!is_of_listing(paid_on, self.from, self.to)).then(|| UnreadableRow {
            order_no: facts.order_no.clone(),
            field: "paid_at",
            value: paid_on.to_string(),
        })
    }

    /// The first page: how many rows the provider announces, and its rows.
    pub(super) async fn first_page(
        &self,
        wire: &Wire<'_>,
    ) -> Result<Result<Page, String>, PullError> {
        Ok(fetch(wire, self, 1).await?.map(|fetched| fetched.page))
    }

    /// Walks the listing to its proven end and writes it.
    pub(super) async fn walk(
        &self,
        wire: &Wire<'_>,
        request: &reconcile::Request<'_>,
        context: Context<'_>,
    ) -> Result<Result<i64, String>, PullError> {
        let walked = prove(wire, self, request, context).await;
        self.bar.finish();
        let Walked { rows, problem, refused, is_over, .. } = walked?;
        let (tonight, ledger) = (request.night.date, context.ledger);
        let mut source = format!("{} {}", self.account, lane_name(self.lane));
        if self.date != tonight {
            // What is refused tonight is tonight's: the report of that day is made.
            source = format!("{source} {}", self.date);
        }
        // A walk that broke off before it met an unreadable row does not say that there is none.
        if is_over || !refused.is_empty() {
            let refused = rejections(&source, &self.stream(), &refused);
            ledger.put_rejections(&source, tonight, &refused).await?;
        }
        let (from, to, whole) = (self.date, self.date, problem.is_none());
        let window = ListingWindow { stream: self.stream(), from, to, whole };
        wire.archive.sync()?;
        let count = rows.count;
        let sorted = rows.sorter.finish().map_err(|source| spool_error(context, source))?;
        if self.date == tonight {
            ledger.put_listing(&window, occurrences(sorted)).await?;
        } else {
            ledger.put_late_listing(&window, occurrences(sorted)).await?;
        }
        if window.whole {
            ledger.put_listed_rows(&window.stream, self.date, count).await?;
        }
        Ok(problem.map_or(Ok(count), Err))
    }
}

/// What the last walk brought.
struct Walked {
    rows: Rows,
    /// Why it proves nothing; `None` when it is the whole listing.
    problem: Option<String>,
    refused: Vec<(UnreadableRow, RejectionReason)>,
    interface: &'static str,
    /// Every page that the provider announced has come.
    is_over: bool,
}

/// The rows of one walk.
struct Rows {
    sorter: Sorter<Reading>,
    count: i64,
    /// One hash per row of what tells transactions apart, in order of arrival.
    numbers: Vec<u64>,
    /// One hash per row of all that it says.
    contents: Vec<u64>,
}

async fn prove(
    wire: &Wire<'_>,
    plan: &Plan<'_>,
    request: &reconcile::Request<'_>,
    context: Context<'_>,
) -> Result<Walked, PullError> {
    let mut before: Option<Vec<u64>> = None;
    let mut walk = 0_u32;
    loop {
        walk = walk.saturating_add(1);
        let mut walked = once(wire, plan, request, context).await?;
        walked.rows.numbers.sort_unstable();
        walked.rows.contents.sort_unstable();
        let repeated = walked.rows.numbers.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
        if walked.problem.is_none() && repeated {
            if before.as_ref() == Some(&walked.rows.contents) {
                return Ok(walked);
            }
            walked.problem = Some("pages shifted while they were walked".to_owned());
        }
        // Rows that cannot be read do not get better by asking again, nor does an outage.
        let hopeless = walked.interface.is_empty() || !walked.refused.is_empty();
        let stops = context.stop.is_cancelled();
        if walked.problem.is_none() || hopeless || stops || walk >= WALKS_MAX {
            return Ok(walked);
        }
        tracing::warn!(
            account = %wire.account.name,
            product = %plan.lane.product,
            problem = walked.problem.as_deref().unwrap_or(""),
            "walking the listing again"
        );
        before = Some(walked.rows.contents);
    }
}

/// One walk over all pages.
async fn once(
    wire: &Wire<'_>,
    plan: &Plan<'_>,
    request: &reconcile::Request<'_>,
    context: Context<'_>,
) -> Result<Walked, PullError> {
    let sorter = Sorter::new(context.spool, |row: &Reading, key| {
        key.text(&row.key.order_no);
        key.text(&row.facts.provider_order_no);
    });
    let rows = Rows { sorter, count: 0, numbers: Vec::new(), contents: Vec::new() };
    let mut walked =
        Walked { rows, problem: None, refused: Vec::new(), interface: "", is_over: false };
    let first = match fetch(wire, plan, 1).await? {
        Ok(fetched) => fetched,
        Err(problem) => {
            walked.problem = Some(problem);
            return Ok(walked);
        }
    };
    let (total_rows, total_pages) = (first.page.total_rows, first.page.total_pages);
    plan.bar.set_total(total_rows);
    take(&mut walked, first, plan, request, context)?;
    if total_pages > PAGES_MAX {
        walked.problem = Some(format!("the provider announces {total_pages} pages"));
        return Ok(walked);
    }
    let width = usize::try_from(wire.account.limits.concurrency.max(1)).unwrap_or(1);
    // Pages that are under way when it has to stop are waited for; no further one is asked for.
    let pages = stream::iter(2..=u32::try_from(total_pages).unwrap_or(u32::MAX))
        .take_until(context.stop.cancelled())
        .map(|number| fetch(wire, plan, number))
        .buffer_unordered(width);
    let mut pages = std::pin::pin!(pages);
    while let Some(fetched) = pages.try_next().await? {
        match fetched {
            Ok(fetched) if fetched.page.total_rows != total_rows => {
                walked.problem = Some("the listing changed while it was walked".to_owned());
            }
            Ok(fetched) => take(&mut walked, fetched, plan, request, context)?,
            Err(problem) => walked.problem = Some(problem),
        }
        if walked.refused.len() > UNREADABLE_MAX {
            walked.problem = Some(format!("more than {UNREADABLE_MAX} rows could not be read"));
        }
        if walked.problem.is_some() {
            break;
        }
    }
    walked.is_over = walked.problem.is_none();
    judge_count(&mut walked, total_rows);
    Ok(walked)
}

fn judge_count(walked: &mut Walked, total_rows: u64) {
    if walked.problem.is_some() {
        return;
    }
    let refused = walked.refused.len();
    let received = u64::try_from(walked.rows.numbers.len().saturating_add(refused));
    walked.rows.contents.sort_unstable();
    let of_another_day =
        walked.refused.iter().filter(|(_, why)| *why == RejectionReason::AnotherDay).count();
    let unreadable = refused.saturating_sub(of_another_day);
    let repeats = |pair: &[u64]| matches!(pair, [a, b] if a == b);
    let repeated = walked.rows.contents.windows(2).filter(|pair| repeats(pair)).count();
    walked.problem = if received != Ok(total_rows) {
        let received = received.unwrap_or(u64::MAX);
        Some(format!("{total_rows} rows announced, {received} received"))
    } else if unreadable > 0 {
        Some(format!("{unreadable} row(s) could not be read"))
    } else if of_another_day > 0 {
        Some(format!("{of_another_day} row(s) are dated to other days than were asked for"))
    } else if repeated > 0 {
        let different = total_rows.saturating_sub(u64::try_from(repeated).unwrap_or(u64::MAX));
        Some(format!("{total_rows} rows announced, {different} different ones received"))
    } else {
        None
    };
}

struct Fetched {
    page: Page,
    interface: &'static str,
    assurance: Assurance,
    evidence: i64,
    at: Timestamp,
}

async fn fetch(
    wire: &Wire<'_>,
    plan: &Plan<'_>,
    number: u32,
) -> Result<Result<Fetched, String>, PullError> {
    let question = PageQuestion {
        kind: plan.lane.kind,
        product: plan.lane.product.clone(),
        from: plan.from,
        to: plan.to,
        page: number,
        rows_per_page: plan.terms.rows_per_page,
    };
    let ask = Ask::Page(question.clone());
    let arrived = match wire.ask(&ask).await {
        Ok(arrived) => arrived,
        Err(nothing) => return Ok(Err(nothing.code())),
    };
    // Compressing, hashing and parsing a page cost as much as a connection: not on the event loop.
    let provider = wire.account.provider.clone();
    let archive = wire.archive.clone();
    // Never closed, so this always is a permit.
    let _reading = READING.acquire().await;
    let work = tokio::task::spawn_blocking(move || {
        let evidence = arrived.archived(&archive)?;
        let read = provider.verify(&ask, &arrived.answer).and_then(|verified| {
            Ok(Fetched {
                page: gate::page(provider.as_ref(), &question, &verified)?,
                interface: arrived.request.interface,
                assurance: verified.assurance(),
                evidence,
                at: arrived.at,
            })
        });
        Ok(read)
    });
    let read: Result<_, PullError> =
        work.await.map_err(|_| PullError::Worker { account: wire.account.name.clone() })?;
    let read = read?;
    wire.caller.judged(&read);
    if read.is_ok() {
        wire.proves_the_account();
    }
    Ok(read.map_err(|unproved| unproved.code()))
}

fn take(
    walked: &mut Walked,
    fetched: Fetched,
    plan: &Plan<'_>,
    request: &reconcile::Request<'_>,
    context: Context<'_>,
) -> Result<(), PullError> {
    let Fetched { page, interface, assurance, evidence, at } = fetched;
    walked.interface = interface;
    plan.bar.advance(u64::try_from(page.rows.len()).unwrap_or(0));
    for row in page.rows {
        let facts = match row {
            Ok(facts) => facts,
            Err(unreadable) => {
                walked.refused.push((unreadable, RejectionReason::Unreadable));
                continue;
            }
        };
        if let Some(another_day) = plan.another_day(&facts) {
            walked.refused.push((another_day, RejectionReason::AnotherDay));
            continue;
        }
        walked.rows.numbers.push(hash(&(&facts.order_no, &facts.provider_order_no)));
        walked.rows.contents.push(content_hash(&facts));
        walked.rows.count = walked.rows.count.saturating_add(1);
        let paid_on = facts.paid_at.map(|paid_at| request.business_day.date_of(paid_at));
        let reading = Reading {
            key: OrderKey { stream: plan.stream(), order_no: facts.order_no.clone() },
            business_date: paid_on.unwrap_or(plan.date),
            source: Source::Listing,
            occurrence: 1,
            facts,
            interface: interface.to_owned(),
            assurance,
            evidence,
            observed_at: at,
            original_order_no: String::new(),
        };
        walked.rows.sorter.push(&reading).map_err(|source| spool_error(context, source))?;
    }
    Ok(())
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn content_hash(facts: &Facts) -> u64 {
    let amount = facts.amount.map(|money| (money.minor, money.currency));
    let numbers = (&facts.order_no, &facts.provider_order_no);
    hash(&(numbers, facts.status, &facts.status_code, amount, facts.fee_minor, facts.paid_at))
}

/// Equal rows become one; the same transaction with other content becomes occurrence 2, 3, …
fn occurrences(rows: SortedRows<Reading>) -> SortedRows<Reading> {
    numbered(rows, i16::MAX, false, Repeated::default())
}

fn rejections(
    source: &str,
    stream: &Stream,
    refused: &[(UnreadableRow, RejectionReason)],
) -> Vec<Rejection> {
    refused
        .iter()
        .map(|(row, reason)| Rejection {
            column: row.field.to_owned(),
            value: row.value.clone(),
            order_no: row.order_no.clone(),
            account: stream.account.clone(),
            kind: Some(stream.kind),
            product: stream.product.clone(),
            ..Rejection::whole(Origin::Listing, source, 0, *reason)
        })
        .collect()
}

fn spool_error(context: Context<'_>, source: std::io::Error) -> PullError {
    PullError::Spool { folder: context.spool.display().to_string(), source }
}

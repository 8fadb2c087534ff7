//! The plan of the night: what has to be asked, in bounded concurrency, resumable.
//!
//! Per account, independently of the others: first every listing is walked to its proven end, and those
//! of the days before are looked at for what arrived late; then the provider is asked about every order
//! that is left in doubt, and about some that only a listing's silence settles. Orders of a provider
//! that lists nothing are all in doubt. What was answered is written in pieces, so a killed pull goes on
//! where it was: what is settled is not asked again.

mod absences;
mod account;
mod answer;
mod balances;
mod estimate;
mod late;
mod listing;
mod probe;
mod questions;

pub use account::AccountProof;
pub use answer::Answer;
pub use balances::{AccountBalance, balances};
pub use estimate::{Estimate, NIGHT_SECONDS};
pub use probe::{Probe, Probed, account_proof, probe};

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::FutureExt;
use futures_util::future::join_all;

use crate::archive::{Archive, ArchiveError, ArchiveWriter, RawRecord};
use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::clock::Clock;
use crate::ledger::{AccountPull, Ledger, LedgerError};
use crate::provider::http::{CallError, Called, Caller, REFUSAL_BYTES_MAX, Room};
use crate::provider::{Account, Ask, HttpRequest, Question, RawAnswer, Stamp, Unproved};
use crate::reading::Facts;
use crate::reconcile::{self, lane_name};
use crate::rules::{JudgedAccount, last_proof, verdict::coverage};
use crate::status::{Coverage, ProviderStatus};
use crate::stop::Stop;
use questions::Count;

/// A pull that could not finish. A provider that does not answer is not one of these.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Raw answers could not be archived.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Rows could not be sorted on disk.
    #[error("cannot sort rows in {folder}")]
    Spool {
        /// The folder.
        folder: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The HTTP client could not be made.
    #[error("cannot prepare requests to account {account}")]
    Caller {
        /// The account.
        account: String,
        /// The cause.
        source: CallError,
    },
    /// Somebody asked for it, or time was up. What was answered is kept.
    #[error(
        "stopped before everything was asked; what was answered is kept, and the same command again \
         goes on from there"
    )]
    Stopped,
    /// A worker died.
    #[error("a worker that read an answer of account {account} died: this is a fault of duizhang")]
    Worker {
        /// The account.
        account: String,
    },
}

impl PullError {
    /// Whether it is about one account's settings, answers or rows.
    fn is_of_account(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_of_rows(),
            Self::Caller { .. } | Self::Worker { .. } => true,
            Self::Archive(_) | Self::Spool { .. } | Self::Stopped => false,
        }
    }
}

/// What a pull works with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where answers are written.
    pub ledger: &'a dyn Ledger,
    /// Where raw answers are kept.
    pub archive: &'a Archive,
    /// The time of each answer.
    pub clock: &'a dyn Clock,
    /// A folder for rows that are being sorted.
    pub spool: &'a Path,
    /// Says when nothing more is to be asked.
    pub stop: &'a Stop,
}

impl Context<'_> {
    /// Whether to go on: asked between pieces, each of which is finished and kept.
    fn goes_on(self) -> Result<(), PullError> {
        if self.stop.is_cancelled() { Err(PullError::Stopped) } else { Ok(()) }
    }
}

/// Pulls every account of the request for its business date, all at once, each for itself.
///
/// # Errors
///
/// [`PullError`] when the ledger, the archive or the disk fails; never because of a provider.
pub async fn accounts(
    request: &reconcile::Request<'_>,
    accounts: &[Account],
    context: Context<'_>,
) -> Result<Vec<AccountPull>, PullError> {
    let pulls = accounts.iter().filter_map(|account| {
        let judged = request.accounts.iter().find(|judged| judged.name == account.name)?;
        Some(pull_alone(request, judged, account, context))
    });
    join_all(pulls).await.into_iter().collect()
}

/// What goes wrong with one account's answers or rows is a pull that brought nothing, and no other
/// account's affair.
async fn pull_alone(
    request: &reconcile::Request<'_>,
    judged: &JudgedAccount,
    account: &Account,
    context: Context<'_>,
) -> Result<AccountPull, PullError> {
    let pulled = AssertUnwindSafe(Box::pin(account_pull(request, judged, account, context)));
    let worker = || PullError::Worker { account: account.name.clone() };
    let error = match pulled.catch_unwind().await.unwrap_or_else(|_| Err(worker())) {
        Err(error) if error.is_of_account() => error,
        pulled => return pulled,
    };
    let problem = crate::story::story(&error);
    tracing::error!(account = %account.name, %problem, "the account failed; the others go on");
    let unlisted = judged.lanes.iter().map(lane_name).collect();
    let pull = AccountPull { unlisted, problem, ..nothing_yet(request, judged) };
    let before = context.ledger.pulls(request.night.date).await?;
    let before = before.iter().find(|pull| pull.account == account.name);
    let known = last_proof::kept(before, pull);
    context.ledger.put_pull(&known).await?;
    Ok(known)
}

/// The pull of an account that has not been asked anything.
fn nothing_yet(request: &reconcile::Request<'_>, judged: &JudgedAccount) -> AccountPull {
    let date = request.night.date;
    AccountPull {
        account: judged.name.clone(),
        business_date: date,
        coverage: coverage(&judged.name, &judged.lanes, &[]),
        listed: Vec::new(),
        unlisted: Vec::new(),
        listed_rows: 0,
        asked: 0,
        answered: 0,
        unproved: 0,
        day_unfinished: request.night.now < request.business_day.end_of(date),
        problem: String::new(),
    }
}

async fn account_pull(
    request: &reconcile::Request<'_>,
    judged: &JudgedAccount,
    account: &Account,
    context: Context<'_>,
) -> Result<AccountPull, PullError> {
    let date = request.night.date;
    let wire = Wire::open(account, context.archive, context.clock, date)?;
    let before = context.ledger.pulls(date).await?;
    let before = before.into_iter().find(|pull| pull.account == account.name);
    let mut pull = nothing_yet(request, judged);
    let mut problems = BTreeSet::new();
    let walked_at = context.clock.now();
    for lane in &judged.lanes {
        let Some(terms) = lane.listing else { continue };
        let listed = listing::pull(&wire, request, lane, terms, context).await?;
        context.goes_on()?;
        match listed {
            Ok(rows) => {
                tracing::info!(account = %account.name, lane = %lane_name(lane), rows, "listed");
                pull.listed_rows = pull.listed_rows.saturating_add(rows);
                pull.listed.push(lane_name(lane));
            }
            Err(problem) => {
                tracing::warn!(account = %account.name, lane = %lane_name(lane), %problem, "listing not proved");
                problems.insert(problem);
                pull.unlisted.push(lane_name(lane));
            }
        }
    }
    late::pull(&wire, request, judged, context).await?;
    // The listings, also those of an earlier pull, are part of what decides which orders are in doubt.
    let mut known = last_proof::kept(before.as_ref(), pull.clone());
    let (asked, disproved) = asked(&wire, request, judged, &mut known, walked_at, context).await?;
    problems.extend(asked.problems);
    pull.coverage = wire.amounts.coverage(pull.coverage, before.as_ref());
    // What answers disprove was never proved, in this pull or in an earlier one.
    let before = before.map(|before| last_proof::without(before, &disproved));
    pull = last_proof::without(pull, &disproved);
    pull.asked = asked.asked;
    pull.answered = asked.answered;
    pull.unproved = asked.unknown;
    pull.problem = problems.into_iter().collect::<Vec<_>>().join(", ");
    let (asked, answered, unproved) = (pull.asked, pull.answered, pull.unproved);
    tracing::info!(account = %account.name, asked, answered, unproved, "pulled");
    if before.is_some()
        && (asked > 0 || !pull.unlisted.is_empty())
        && !last_proof::has_learnt(&pull)
    {
        let problem = &pull.problem;
        tracing::warn!(account = %account.name, %date, %problem, "nothing new was learnt: what is known of the date stays");
    }
    let known = last_proof::kept(before.as_ref(), pull);
    context.ledger.put_pull(&known).await?;
    Ok(known)
}

/// Asks the account about the orders in doubt, and whether its listings leave out any; gives the lanes of
/// those that do.
async fn asked(
    wire: &Wire<'_>,
    request: &reconcile::Request<'_>,
    judged: &JudgedAccount,
    known: &mut AccountPull,
    walked_at: Timestamp,
    context: Context<'_>,
) -> Result<(Count, Vec<String>), PullError> {
    if known.day_unfinished && wire.account.is_silent_by_day() {
        tracing::info!(account = %judged.name, "not asked while the day runs: it would end callbacks");
        return Ok((Count::of_a_silent_day(), Vec::new()));
    }
    let checks = absences::spot_checks(request, judged, known, context).await?;
    let mut asked = questions::pull(wire, request, judged, known, checks, context).await?;
    context.goes_on()?;
    let disproved =
        absences::disprove(wire, request, judged, known, walked_at, &mut asked, context).await?;
    Ok((asked, disproved))
}

/// The wire to one account: how it is called, where its answers are kept.
struct Wire<'a> {
    account: &'a Account,
    caller: Caller,
    archive: Arc<ArchiveWriter>,
    clock: &'a dyn Clock,
    nonce: AtomicU64,
    /// See [`account`].
    account_proved: AtomicBool,
    /// Answers about money, by whether they stated how much.
    amounts: Amounts,
}

/// Answers about money of one run.
#[derive(Debug, Default)]
struct Amounts {
    stated: AtomicBool,
    unstated: AtomicBool,
}

impl Amounts {
    fn note(&self, facts: &Facts) {
        if facts.status == ProviderStatus::Succeeded {
            let one = if facts.amount.is_some() { &self.stated } else { &self.unstated };
            one.store(true, Ordering::Relaxed);
        }
    }

    /// The coverage of an account whose lanes promise no amounts, and whose answers may state them
    /// nevertheless; what an earlier pull has seen stays, where this one was told of no money.
    fn coverage(&self, promised: Coverage, before: Option<&AccountPull>) -> Coverage {
        let is = |one: &AtomicBool| one.load(Ordering::Relaxed);
        match (is(&self.stated), is(&self.unstated)) {
            _ if promised != Coverage::StatusOnly => promised,
            (_, true) => promised,
            (true, false) => Coverage::OneSided,
            (false, false) => before.map_or(promised, |before| before.coverage),
        }
    }
}

/// An answer as it came.
struct Arrived {
    answer: RawAnswer,
    _room: Room,
    request: HttpRequest,
    /// What was asked for, for the archive.
    asked: String,
    at: Timestamp,
}

impl Arrived {
    /// Keeps the raw answer and says where. Compresses on the caller's thread.
    fn archived(&self, archive: &ArchiveWriter) -> Result<i64, ArchiveError> {
        archive.append(&RawRecord {
            interface: self.request.interface,
            asked: &self.asked,
            at: self.at,
            body: &self.answer.body,
        })
    }
}

/// Bytes that an answer can have, decompressed: no platform needs more for one order or one balance, nor
/// for a row of a listing. `max_answer` of the account can only make it less.
fn answer_bytes_max(ask: &Ask) -> u64 {
    const ONE: u64 = 64 * 1024;
    const ROW: u64 = 2 * 1024;
    match ask {
        Ask::Status(_) | Ask::Renotify(_) | Ask::Balance => ONE,
        Ask::Page(page) => u64::from(page.rows_per_page).saturating_mul(ROW).saturating_add(ONE),
    }
}

/// Why there is nothing to read.
#[derive(Debug)]
enum NoAnswer {
    /// The question could not be put.
    Unaskable(Unproved),
    /// The call failed.
    Call(CallError),
}

impl NoAnswer {
    fn code(&self) -> String {
        match self {
            Self::Unaskable(unproved) => unproved.code(),
            Self::Call(error) => error.code(),
        }
    }

    /// The provider was not there: this says nothing about the order.
    fn is_outage(&self) -> bool {
        matches!(self, Self::Call(error) if error.is_outage())
    }
}

impl<'a> Wire<'a> {
    fn open(
        account: &'a Account,
        archive: &Archive,
        clock: &'a dyn Clock,
        date: BusinessDate,
    ) -> Result<Self, PullError> {
        let caller = Caller::new(&account.name, account.limits)
            .map_err(|source| PullError::Caller { account: account.name.clone(), source })?;
        let archive = Arc::new(archive.writer(&account.name, date));
        let (nonce, account_proved) = (AtomicU64::new(1), AtomicBool::new(false));
        let amounts = Amounts::default();
        Ok(Self { account, caller, archive, clock, nonce, account_proved, amounts })
    }

    /// Puts a question; again where the platform's answer says so, as often as after an outage.
    async fn ask(&self, ask: &Ask) -> Result<Arrived, NoAnswer> {
        let mut attempt = 1;
        let (request, called) = loop {
            let stamp =
                Stamp { now: self.clock.now(), nonce: self.nonce.fetch_add(1, Ordering::Relaxed) };
            let request = self.account.provider.request(ask, stamp).map_err(NoAnswer::Unaskable)?;
            let refuses = |answer: &RawAnswer| self.refusal(ask, answer).is_some();
            let called = self.caller.call_within(&request, answer_bytes_max(ask), &refuses).await;
            let called = called.map_err(NoAnswer::Call)?;
            if !self.says_try_again(ask, &called.answer)
                || !self.caller.may_ask_again(attempt, request.interface).await
            {
                break (request, called);
            }
            attempt = attempt.saturating_add(1);
        };
        let asked = match ask {
            Ask::Status(question) | Ask::Renotify(question) => question.order_no.clone(),
            Ask::Balance => "balance".to_owned(),
            Ask::Page(page) => format!("page {} of {} to {}", page.page, page.from, page.to),
        };
        let Called { answer, room } = called;
        Ok(Arrived { answer, _room: room, request, asked, at: self.clock.now() })
    }

    /// Code and text of an answer that is a refusal.
    fn refusal(&self, ask: &Ask, answer: &RawAnswer) -> Option<(String, String)> {
        let bytes = u64::try_from(answer.body.len()).unwrap_or(u64::MAX);
        if bytes > REFUSAL_BYTES_MAX {
            return None;
        }
        let verified = self.account.provider.verify(ask, answer).ok()?;
        let (code, text) = verified.refusal()?;
        Some((code.to_owned(), text.to_owned()))
    }

    fn says_try_again(&self, ask: &Ask, answer: &RawAnswer) -> bool {
        let provider = &self.account.provider;
        let refusal = self.refusal(ask, answer);
        refusal.is_some_and(|(code, text)| provider.says_try_again(&code, &text))
    }
}

/// Asks about one order now. The raw answer is archived, nothing is written into the ledger; it may have
/// to say which order the platform knew before, for a "no such order" that nobody signs.
///
/// # Errors
///
/// [`PullError`] when the archive or the ledger fails; a provider that does not answer is an [`Answer`].
pub async fn one(
    account: &Account,
    question: &Question,
    business_day: BusinessDay,
    archive: &Archive,
    clock: &dyn Clock,
    ledger: &dyn Ledger,
) -> Result<Answer, PullError> {
    let date = business_day.date_of(clock.now());
    let wire = Wire::open(account, archive, clock, date)?;
    let answer = wire.answer(question, business_day).await?;
    wire.believed(answer, business_day, ledger).await
}

/// Asks a provider to send the callback of one order again, and gives its answer about the order.
/// This reaches a production system: only a person's command calls it.
///
/// # Errors
///
/// As [`one`].
pub async fn renotify(
    account: &Account,
    question: &Question,
    business_day: BusinessDay,
    archive: &Archive,
    clock: &dyn Clock,
    ledger: &dyn Ledger,
) -> Result<Answer, PullError> {
    let date = business_day.date_of(clock.now());
    let wire = Wire::open(account, archive, clock, date)?;
    let ask = Ask::Renotify(question.clone());
    let answer = wire.answer_to(&ask, question, business_day).await?;
    wire.believed(answer, business_day, ledger).await
}

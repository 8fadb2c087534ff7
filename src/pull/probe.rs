//! One harmless question to an account, and what stands between us and its answer.

use crate::archive::Archive;
use crate::business_day::BusinessDay;
use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::provider::http::CallError;
use crate::provider::{Account, Ask, Question, RefusalKind, Unproved, gate};
use crate::pull::{AccountProof, NoAnswer, PullError, Wire};
use crate::reading::Facts;

/// What came of a question that only shows whether the way is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// A verified answer about an order.
    Answered(Box<Facts>),
    /// The platform refused, also with its "no such order".
    Refused {
        /// The platform's code, without its text.
        code: String,
        /// What it is about.
        kind: RefusalKind,
        /// The HTTP status with which it came.
        status: u16,
    },
    /// An answer that is worth nothing.
    Worthless(Unproved),
    /// No answer.
    NoCall(CallError),
    /// The question cannot be put.
    Unaskable(Unproved),
}

/// A probe, and how the clocks compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// What came of it.
    pub probe: Probe,
    /// Seconds by which our clock is ahead of the platform's; `None` where the platform states no
    /// time.
    pub ahead_seconds: Option<i64>,
}

/// Asks about one order, without a second attempt. The raw answer is archived, the ledger is not
/// touched.
///
/// # Errors
///
/// [`PullError`] when the archive fails; a provider that does not answer is a [`Probe`].
pub async fn probe(
    account: &Account,
    question: &Question,
    business_day: BusinessDay,
    archive: &Archive,
    clock: &dyn Clock,
) -> Result<Probed, PullError> {
    let mut account = account.clone();
    account.limits.retries = 0;
    let wire = Wire::open(&account, archive, clock, business_day.date_of(clock.now()))?;
    let probe = wire.probe(question).await?;
    let stated = wire.caller.server_time();
    let ahead_seconds = stated.map(|stated| clock.now().seconds_since(stated));
    Ok(Probed { probe, ahead_seconds })
}

/// What shows that an account answers properly: its balance, a page of a listing, or an order that it
/// knew before, by the ledger; `None` when nothing does. Raw answers are archived, the ledger is not
/// touched.
///
/// # Errors
///
/// [`PullError`] when the archive or the ledger fails; never because of a provider.
pub async fn account_proof(
    account: &Account,
    business_day: BusinessDay,
    archive: &Archive,
    clock: &dyn Clock,
    ledger: Option<&dyn Ledger>,
) -> Result<Option<AccountProof>, PullError> {
    let mut account = account.clone();
    account.limits.retries = 0;
    let wire = Wire::open(&account, archive, clock, business_day.date_of(clock.now()))?;
    Ok(wire.account_proof(business_day, ledger).await?.0)
}

impl Wire<'_> {
    async fn probe(&self, question: &Question) -> Result<Probe, PullError> {
        let ask = Ask::Status(question.clone());
        let arrived = match self.ask(&ask).await {
            Ok(arrived) => arrived,
            Err(NoAnswer::Call(error)) => return Ok(Probe::NoCall(error)),
            Err(NoAnswer::Unaskable(unproved)) => return Ok(Probe::Unaskable(unproved)),
        };
        arrived.archived(&self.archive)?;
        let provider = &self.account.provider;
        let verified = match provider.verify(&ask, &arrived.answer) {
            Ok(verified) => verified,
            Err(unproved) => return Ok(Probe::Worthless(unproved)),
        };
        if let Some((code, text)) = verified.refusal() {
            let kind = provider.refusal(code, text);
            let status = arrived.answer.status;
            return Ok(Probe::Refused { code: code.to_owned(), kind, status });
        }
        Ok(match gate::status(provider.as_ref(), question, &verified, arrived.at) {
            Ok(facts) => Probe::Answered(Box::new(facts)),
            Err(unproved) => Probe::Worthless(unproved),
        })
    }
}

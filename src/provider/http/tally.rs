//! What became of the calls to each account, counted for the whole process: for metrics only,
//! nothing is decided by it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::CallError;
use crate::provider::Unproved;

crate::status::coded! {
    /// What became of a call, retries included.
    CallOutcome {
        /// Answered and verified.
        Ok = 1, "ok";
        /// Verified, and a refusal: wrong key, unknown order, …
        Refused = 2, "refused";
        /// The answer's signature is wrong or missing.
        RefusedSignature = 3, "refused_signature";
        /// Answered, and worth nothing for another reason.
        Unusable = 4, "unusable";
        /// No complete answer in time.
        Timeout = 5, "timeout";
        /// An HTTP status other than 200 that is no outage, a redirect, or a far too large answer.
        HttpError = 6, "http_error";
        /// The platform is not there: no connection, TLS, 429 and 5xx, and what was not sent because
        /// the account is down.
        Outage = 7, "outage";
    }
}

impl CallOutcome {
    /// What became of a call that brought no answer.
    pub(super) const fn of_error(error: &CallError) -> Self {
        match error {
            CallError::Timeout => Self::Timeout,
            CallError::Client { .. }
            | CallError::Connect { .. }
            | CallError::Tls
            | CallError::Reset
            | CallError::Down { .. } => Self::Outage,
            CallError::Status { .. } if error.is_outage() => Self::Outage,
            CallError::Status { .. }
            | CallError::Url { .. }
            | CallError::Redirect { .. }
            | CallError::TooLarge { .. } => Self::HttpError,
        }
    }

    /// What became of a call by what its answer is worth.
    pub const fn of_answer(read: Result<(), &Unproved>) -> Self {
        match read {
            Ok(()) => Self::Ok,
            Err(Unproved::Unsigned | Unproved::WrongSignature) => Self::RefusedSignature,
            Err(Unproved::Refused { .. } | Unproved::AccountUnproved { .. }) => Self::Refused,
            Err(
                Unproved::Malformed { .. }
                | Unproved::NotWhatWasAsked { .. }
                | Unproved::UnknownCode { .. }
                | Unproved::NotOffered
                | Unproved::Field { .. },
            ) => Self::Unusable,
        }
    }
}

/// The calls to one account since the process began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallTally {
    /// Calls by what became of them.
    pub calls: BTreeMap<CallOutcome, u64>,
    /// Further attempts after the first.
    pub retries: u64,
}

/// By account. Metrics outlive the callers, which live for one step.
static TALLIES: Mutex<BTreeMap<String, CallTally>> = Mutex::new(BTreeMap::new());

/// The calls of this process, by account.
pub fn tallies() -> BTreeMap<String, CallTally> {
    all().clone()
}

/// Counts a call that is over.
pub(super) fn count(account: &str, outcome: CallOutcome) {
    let mut all = all();
    let calls = of(&mut all, account).calls.entry(outcome).or_default();
    *calls = calls.saturating_add(1);
}

/// Counts a further attempt.
pub(super) fn count_retry(account: &str) {
    let mut all = all();
    let tally = of(&mut all, account);
    tally.retries = tally.retries.saturating_add(1);
}

fn of<'a>(all: &'a mut BTreeMap<String, CallTally>, account: &str) -> &'a mut CallTally {
    all.entry(account.to_owned()).or_default()
}

fn all() -> MutexGuard<'static, BTreeMap<String, CallTally>> {
    TALLIES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_call_has_its_outcome() {
        let errors = [
            (CallError::Timeout, "timeout"),
            (CallError::Status { status: 404 }, "http_error"),
            (CallError::Redirect { status: 302 }, "http_error"),
            (CallError::TooLarge { limit: 1 }, "http_error"),
            (CallError::Status { status: 503 }, "outage"),
            (CallError::Connect { cause: "refused" }, "outage"),
            (CallError::Tls, "outage"),
            (CallError::Down { cause: "timeout".to_owned() }, "outage"),
        ];
        for (error, expected) in errors {
            assert_eq!(CallOutcome::of_error(&error).code(), expected, "{error}");
        }
        let answers = [
            (Ok(()), "ok"),
            (Err(Unproved::WrongSignature), "refused_signature"),
            (Err(Unproved::Unsigned), "refused_signature"),
            (Err(Unproved::Refused { code: "x".to_owned() }), "refused"),
            (Err(Unproved::Malformed { expected: "JSON" }), "unusable"),
            (Err(Unproved::NotWhatWasAsked { what: "order" }), "unusable"),
        ];
        for (answer, expected) in answers {
            let outcome = CallOutcome::of_answer(answer.as_ref().copied());
            assert_eq!(outcome.code(), expected, "{answer:?}");
        }
    }

    #[test]
    fn calls_and_retries_are_counted_by_account() {
        count("tally-test", CallOutcome::Ok);
        count("tally-test", CallOutcome::Ok);
        count("tally-test", CallOutcome::Timeout);
        count_retry("tally-test");
        let tally = &tallies()["tally-test"];
        assert_eq!(tally.calls, [(CallOutcome::Ok, 2), (CallOutcome::Timeout, 1)].into());
        assert_eq!(tally.retries, 1);
    }
}

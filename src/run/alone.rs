//! One account by itself: what its rows make impossible costs no other account anything.

use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::ledger::{AccountVerdict, Totals};
use crate::money::Currency;
use crate::order::Stream;
use crate::progress::Bar;
use crate::provider::Account;
use crate::reconcile;
use crate::rules::verdict::coverage;
use crate::run::RunError;
use crate::status::Verdict;
use crate::story::story;

impl App {
    /// Reconciles accounts one by one; those that cannot be are `failed`, with the reason.
    pub(super) async fn reconcile_each(
        &self,
        date: BusinessDate,
        accounts: &[Account],
        bar: &Bar,
    ) -> Result<reconcile::Outcome, RunError> {
        let mut all = reconcile::Outcome { verdicts: Vec::new(), judged: 0, changed: 0 };
        for account in accounts {
            let judged = self.judged(std::slice::from_ref(account));
            let request = self.request(date, &judged);
            match reconcile::day(&request, self.ledger.as_ref(), &self.spool()?, bar).await {
                Ok(one) => {
                    all.verdicts.extend(one.verdicts);
                    all.judged = all.judged.saturating_add(one.judged);
                    all.changed = all.changed.saturating_add(one.changed);
                }
                Err(error) if error.is_of_account() => {
                    all.verdicts.push(self.fail(date, account, &[], &error).await?);
                }
                Err(error) => return Err(error.into()),
            }
        }
        all.verdicts.sort_by(|a, b| a.account.cmp(&b.account));
        Ok(all)
    }

    /// Keeps that an account failed, beside what it was added up to as far as it was.
    async fn fail(
        &self,
        date: BusinessDate,
        account: &Account,
        totals: &[(Stream, Currency, Totals)],
        error: &(dyn Error + Sync),
    ) -> Result<AccountVerdict, RunError> {
        let reason = story(error);
        tracing::error!(account = %account.name, %reason, "the account failed; the others go on");
        let verdict = AccountVerdict {
            account: account.name.clone(),
            verdict: Verdict::Failed,
            coverage: coverage(&account.name, &account.provider.lanes(), &[]),
            reason,
        };
        self.ledger.put_day(date, totals, std::slice::from_ref(&verdict)).await?;
        Ok(verdict)
    }

    /// As [`App::fail`], of an account that was reconciled and cannot be settled.
    pub(super) async fn fail_to_settle(
        &self,
        date: BusinessDate,
        account: &Account,
        error: &(dyn Error + Sync),
    ) -> Result<(), RunError> {
        let (mut totals, _) = self.ledger.day(date).await?;
        totals.retain(|(stream, ..)| stream.account == account.name);
        self.fail(date, account, &totals, error).await.map(|_| ())
    }
}

/// Runs something to its end, also where that is a panic: a library that cannot write to a full disk
/// must not end the daemon, and somebody has to be told.
pub(super) async fn caught<T>(
    work: impl Future<Output = Result<T, RunError>>,
) -> Result<T, RunError> {
    let ended = AssertUnwindSafe(work).catch_unwind().await;
    ended.unwrap_or_else(|panic| Err(RunError::Fault { problem: panic_text(panic.as_ref()) }))
}

/// What a panic said, as far as it is one line of text.
fn panic_text(panic: &(dyn Any + Send)) -> String {
    const CHARS_MAX: usize = 200;
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text =
        text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it did not say why");
    crate::text::shown(text, CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_that_says_what_it_said() {
        let done = caught(async { Ok(7) }).await;
        assert_eq!(done.expect("done"), 7);
        let broken = caught::<()>(async { panic!("No space left {}\n", 28) }).await;
        let Err(RunError::Fault { problem }) = broken else { panic!("{broken:?}") };
        assert_eq!(problem, "No space left 28");
    }
}

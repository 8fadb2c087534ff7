//! The pull of accounts that are known by their bills alone: the bill of the date is read, and what became of
//! it is kept as any other account's pull is.

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::config::WholeOf;
use crate::intake::statement::{Doubt, StatementError};
use crate::intake::table::TableError;
use crate::ledger::AccountPull;
use crate::provider::Account;
use crate::rules::bill::BillState;
use crate::run::RunError;
use crate::status::Coverage;

impl App {
    /// Reads the bills of a business date of the accounts that have no interface.
    ///
    /// # Errors
    ///
    /// [`RunError`] when ledger, archive or disk fail; never because of a bill.
    pub(super) async fn pull_bills(
        &self,
        date: BusinessDate,
        accounts: &[Account],
    ) -> Result<Vec<AccountPull>, RunError> {
        let mut pulls = Vec::new();
        for account in accounts.iter().filter(|account| !account.provider.has_interface()) {
            let pull = self.pull_bill(date, account).await?;
            self.ledger.put_pull(&pull).await?;
            pulls.push(pull);
        }
        Ok(pulls)
    }

    async fn pull_bill(
        &self,
        date: BusinessDate,
        account: &Account,
    ) -> Result<AccountPull, RunError> {
        let day_unfinished = self.clock.now() < self.config.business_day.end_of(date);
        let state = if day_unfinished { None } else { self.bill_of(date, account).await? };
        let problem = state.as_ref().map(BillState::code).unwrap_or_default();
        if !problem.is_empty() {
            tracing::warn!(account = %account.name, %date, %problem, "no whole bill of the date");
        }
        let is_whole = self.is_whole(date, account).await?;
        Ok(AccountPull {
            account: account.name.clone(),
            business_date: date,
            coverage: if is_whole { Coverage::TwoSided } else { Coverage::OneSided },
            listed: Vec::new(),
            unlisted: Vec::new(),
            listed_rows: 0,
            asked: 0,
            answered: 0,
            unproved: 0,
            day_unfinished,
            problem,
        })
    }

    /// Reads the bill of a date, and says what is wrong with it.
    async fn bill_of(
        &self,
        date: BusinessDate,
        account: &Account,
    ) -> Result<Option<BillState>, RunError> {
        let settings = self.statement_settings(account)?;
        if let Some(database) = &settings.database {
            return match self.import_queried(account, database, date).await {
                Ok(()) => self.doubt_of_before(date, account, settings.whole_of).await,
                Err(RunError::Statement(error)) => {
                    Ok(Some(BillState::Unread(crate::story::story(&error))))
                }
                Err(error) => Err(error),
            };
        }
        let Some(pattern) = &settings.file else { return Ok(Some(BillState::Missing)) };
        let files = self.bills_named(pattern, date);
        if files.is_empty() {
            return Ok(Some(BillState::Missing));
        }
        let days = (settings.whole_of == WholeOf::Day).then_some(date..=date);
        match self.import_statements(account, &files, date, days).await {
            Ok(done) => {
                let mut read = done.into_iter().filter_map(|(_, done)| done);
                let is_day = settings.whole_of == WholeOf::Day;
                let doubt =
                    read.find_map(|done| done.whole.doubt.filter(|_| is_day || done.rejected > 0));
                match doubt {
                    // With a neighbouring day's it may be the whole.
                    Some(Doubt::OtherZone(_)) if self.is_whole(date, account).await? => Ok(None),
                    Some(Doubt::OtherZone(zone)) => {
                        Ok(Some(BillState::OtherZone(zone.name().to_owned())))
                    }
                    Some(doubt) => Ok(Some(BillState::InDoubt(doubt.to_string()))),
                    // What was read before and is as it was came to what it came to then.
                    None => self.doubt_of_before(date, account, settings.whole_of).await,
                }
            }
            Err(RunError::Statement(error)) => {
                let problem = crate::story::story(&error);
                tracing::warn!(account = %account.name, %date, %problem, "the bill was not imported");
                let state = if is_answer(&error) {
                    BillState::NotReady
                } else {
                    BillState::Unread(problem)
                };
                Ok(Some(state))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether bills, together, are the whole of a date of an account.
    async fn is_whole(&self, date: BusinessDate, account: &Account) -> Result<bool, RunError> {
        let stated = self.ledger.stated_streams(date).await?;
        Ok(stated.iter().any(|stream| stream.account == account.name))
    }

    /// What an earlier pull of the date has found wrong with a bill that has not changed since.
    async fn doubt_of_before(
        &self,
        date: BusinessDate,
        account: &Account,
        whole_of: WholeOf,
    ) -> Result<Option<BillState>, RunError> {
        let is_stated = self.is_whole(date, account).await?;
        // A statement of a bank has no orders of which it could be the whole.
        let has_orders = !account.provider.lanes().is_empty();
        if whole_of == WholeOf::Settlement || is_stated {
            return Ok(None);
        }
        let pulls = self.ledger.pulls(date).await?;
        let before = pulls.iter().find(|pull| pull.account == account.name);
        let before = before.and_then(|pull| BillState::of(&pull.problem));
        let unknown =
            || BillState::InDoubt("it was imported before, and not as the whole".to_owned());
        Ok(match before {
            Some(doubt @ (BillState::InDoubt(_) | BillState::OtherZone(_))) => Some(doubt),
            Some(BillState::Missing | BillState::NotReady | BillState::Unread(_)) | None => {
                has_orders.then(unknown)
            }
        })
    }
}

/// Whether a file is what the platform's interface answered in place of a bill.
fn is_answer(error: &StatementError) -> bool {
    matches!(error, StatementError::Table(TableError::Other { found: "JSON" | "XML", .. }))
}

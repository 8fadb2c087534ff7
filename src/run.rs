//! One run of a job, step by step, and the steps by themselves.

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::archive::{Archive, ArchiveError};
use crate::business_day::BusinessDate;
use crate::config::{AccountConfig, Language, WholeOf};
use crate::intake::statement::StatementError;
use crate::intake::{self, IntakeError, KnownAccount};
use crate::ledger::{AccountPull, AccountVerdict, LedgerError, LockHolder};
use crate::progress::Bar;
use crate::provider::{Account, order_lanes};
use crate::pull::{self, AccountBalance, PullError};
use crate::reconcile::{self, ReconcileError};
use crate::report::month::MonthSet;
use crate::report::{self, AccountSummary, ReportError, ReportSet};
use crate::rules::usual::{UnusualFile, unusual};
use crate::rules::{JudgedAccount, lifecycle::Night};
use crate::settle::{SettleError, SettledAccount};

mod alone;
mod anchor;
mod bills;
pub mod causes;
mod done;
mod dry_run;
mod identity;
pub mod log;
mod missed;
mod month;
mod notifications;
pub mod orders;
mod parts;
mod settle;
mod steps;
mod survey;
pub mod verify;
mod watch;
pub mod withdrawn;

pub use done::{DoneStep, done_steps};
pub use dry_run::Copy;
pub use steps::{job, job_under_lock};
pub use watch::{Calls, Lost, Watched};
pub mod resolutions;
mod retention;
mod shop;
pub mod statements;

pub use notifications::reason_of_callback;
pub(crate) use parts::parts_named;

/// Earlier files that are looked at for how many rows such a file usually has: some weeks of some
/// dozen accounts.
const EARLIER_FILES_MAX: u32 = 2000;

/// What a job or step is run for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The business date.
    pub date: BusinessDate,
    /// The accounts to work on, by name; empty: all.
    pub accounts: Vec<String>,
}

/// A run that could not finish. What disagrees, and a provider that does not answer, are results.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The ledger failed or is held by another run.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The orders could not be read.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The file of decisions could not be read.
    #[error(transparent)]
    Resolutions(#[from] intake::resolutions::ResolutionsError),
    /// The statement file could not be read, or contradicts itself.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The configuration does not say how the statement files of an account are read.
    #[error(
        "the account {account:?} has no [account.statement], which says under which names its \
         statement has its columns; below its [[account]], for instance:\n\
         [account.statement]\nkind = \"payment\"\n[account.statement.columns]\n\
         order_no = \"商户订单号\"\nprovider_order_no = \"平台订单号\"\n\
         amount = \"交易金额(元)\"\npaid_at = \"完成时间\""
    )]
    NoStatement {
        /// The account.
        account: String,
    },
    /// The providers' answers could not be kept.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// The archive could not be opened.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The judgement could not finish.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
    /// Settlements and balances could not be worked out.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The report could not be written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A folder could not be made.
    #[error("cannot make the folder {path}")]
    Folder {
        /// The folder.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The reports or answers in a folder are another ledger's.
    #[error(
        "what stands in {folder} was written with another ledger than this one, which is new or was lost \
         or cut off: nothing was done. Put the ledger back as it was (from a backup, or with `duizhang \
         ledger copy`), or point [ledger] url to it. To begin anew on purpose, and to give up every open \
         difference and decision of the old one, run the same command once with --new-ledger"
    )]
    OtherLedger {
        /// The folder.
        folder: String,
    },
    /// The ledger lacks what the newest report was written with.
    #[error(
        "the ledger is an older copy of the one that wrote the newest report in {folder}, or its end was cut \
         off: what was found and decided since is not in it, and nothing was done. Put the newer ledger back. \
         If this is the last good copy, run the same command once with --new-ledger, then the nights since, \
         and take the decisions of these days again (`duizhang ledger verify` names what is missing)"
    )]
    OlderLedger {
        /// The folder.
        folder: String,
    },
    /// The run did not come to an end by itself.
    #[error(
        "the run broke off: {problem}. If a disk is full, free some space and run the same command \
         again; else this is a fault of duizhang, and the log says where"
    )]
    Fault {
        /// What the program said.
        problem: String,
    },
    /// Somebody asked for it, or time was up.
    #[error(
        "stopped before it was done; what was answered is kept, and the same command again goes on \
         from there"
    )]
    Stopped,
    /// An account that the configuration does not have.
    #[error("there is no account {name:?} in the configuration; there are: {known}")]
    UnknownAccount {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
}

impl RunError {
    /// Whether it is about what one account's rows hold: the work of the others goes on.
    pub fn is_of_account(&self) -> bool {
        match self {
            Self::Ledger(error) => error.is_of_rows(),
            Self::Reconcile(error) => error.is_of_account(),
            Self::Settle(error) => error.is_of_account(),
            Self::Intake(_)
            | Self::Resolutions(_)
            | Self::Statement(_)
            | Self::NoStatement { .. }
            | Self::Pull(_)
            | Self::Archive(_)
            | Self::Report(_)
            | Self::Folder { .. }
            | Self::OtherLedger { .. }
            | Self::OlderLedger { .. }
            | Self::Fault { .. }
            | Self::Stopped
            | Self::UnknownAccount { .. } => false,
        }
    }

    /// Another run holds the lock: the only failure that is not one.
    pub const fn is_locked(&self) -> bool {
        matches!(self, Self::Ledger(LedgerError::Locked { .. }))
    }

    /// The orders file is not there.
    pub fn is_missing_file(&self) -> bool {
        matches!(self, Self::Intake(IntakeError::Open { source, .. })
            if source.kind() == std::io::ErrorKind::NotFound)
    }

    /// The run was asked to stop, and did: it is neither done nor has it failed.
    pub const fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped | Self::Pull(PullError::Stopped))
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOutcome {
    /// Verdicts per account, when the day was reconciled.
    pub verdicts: Vec<AccountVerdict>,
    /// Settlements and bridges per account, when the day was settled.
    pub settled: Vec<SettledAccount>,
    /// The report, when one was written.
    pub report: Option<ReportSet>,
    /// The report of the month, when one was written.
    pub month: Option<MonthSet>,
    /// What the watch found, when there was one.
    pub watched: Option<Watched>,
    /// A job that reconciles nothing has not got every answer that it asked for, or a statement file
    /// could not be read.
    pub lacks_answers: bool,
    /// Earlier business dates for which the job should have been run and never was.
    pub missed: Vec<BusinessDate>,
}

impl RunOutcome {
    /// Whether every account could be proved, and every settlement date is known.
    pub fn is_proved(&self) -> bool {
        // A report without a reconciliation before it is as good as the one that it shows.
        let shown = || self.report.iter().flat_map(|set| &set.accounts);
        !self.lacks_answers
            && (!self.verdicts.is_empty() || shown().all(AccountSummary::is_proved))
            && self.verdicts.iter().all(AccountVerdict::is_proved)
            && self.month.as_ref().is_none_or(MonthSet::is_proved)
            && self.settled.iter().all(|account| account.undated().is_empty())
    }

    /// Where the report is that was written: the day's, else the month's.
    pub fn report_folder(&self) -> Option<&Path> {
        let month = || self.month.as_ref().map(|set| set.folder.as_path());
        self.report.as_ref().map(|set| set.folder.as_path()).or_else(month)
    }

    /// Discrepancies that somebody has to work on, and lost callbacks that the watch found.
    pub fn open_count(&self) -> i64 {
        let reported = self.report.as_ref().map_or(0, ReportSet::open_count);
        self.watched.as_ref().map_or(0, |watched| watched.count).saturating_add(reported)
    }
}

impl App {
    /// Takes the ledger's lock in the name of a job or command.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Locked`] names the holder.
    pub async fn lock(&self, job: &str) -> Result<Box<dyn crate::ledger::LedgerLock>, LedgerError> {
        let holder =
            LockHolder { job: job.to_owned(), pid: std::process::id(), since: self.clock.now() };
        self.ledger.lock(&holder).await
    }

    /// Does something that may be dropped at any moment, as a kill would do it, and drops it when it
    /// has to stop: what it writes, it writes whole or not at all.
    async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(RunError::Stopped),
            done = work => done,
        }
    }

    /// The accounts of a scope.
    ///
    /// # Errors
    ///
    /// [`RunError::UnknownAccount`] for a name that the configuration does not have.
    pub fn accounts(&self, scope: &Scope) -> Result<Vec<Account>, RunError> {
        let all = || self.config.accounts.iter().map(|configured| &configured.account);
        for name in &scope.accounts {
            if !all().any(|account| account.name == *name) {
                let known = all().map(|account| account.name.as_str()).collect::<Vec<_>>();
                return Err(RunError::UnknownAccount {
                    name: name.clone(),
                    known: known.join(", "),
                });
            }
        }
        let wanted = |account: &&Account| {
            scope.accounts.is_empty() || scope.accounts.contains(&account.name)
        };
        Ok(all().filter(wanted).cloned().collect())
    }

    /// Pulls accounts for a business date.
    ///
    /// # Errors
    ///
    /// [`RunError`] when ledger, archive or disk fail; never because of a provider.
    pub async fn pull(
        &self,
        date: BusinessDate,
        accounts: &[Account],
    ) -> Result<Vec<AccountPull>, RunError> {
        self.mark_ledger(false).await?;
        let archive = Archive::open(&self.config.archive)?;
        let spool = self.spool()?;
        let mut pulls = self.pull_bills(date, accounts).await?;
        let asked: Vec<Account> =
            accounts.iter().filter(|account| account.provider.has_interface()).cloned().collect();
        let judged = self.judged(&asked);
        let request = self.request(date, &judged);
        let context = pull::Context {
            ledger: self.ledger.as_ref(),
            archive: &archive,
            clock: self.clock.as_ref(),
            spool: &spool,
            stop: &self.stop,
        };
        pulls.extend(pull::accounts(&request, &asked, context).await?);
        pulls.sort_by(|a, b| a.account.cmp(&b.account));
        self.ledger.checkpoint().await?;
        Ok(pulls)
    }

    /// Asks accounts what they hold and keeps it. `date` is the one under which raw answers are
    /// archived.
    ///
    /// # Errors
    ///
    /// [`RunError`] when ledger or archive fail; never because of a provider.
    pub async fn balances(
        &self,
        date: BusinessDate,
        accounts: &[Account],
    ) -> Result<Vec<AccountBalance>, RunError> {
        let archive = Archive::open(&self.config.archive)?;
        let context = pull::Context {
            ledger: self.ledger.as_ref(),
            archive: &archive,
            clock: self.clock.as_ref(),
            spool: &self.spool()?,
            stop: &self.stop,
        };
        let balances = pull::balances(accounts, date, context).await?;
        self.ledger.checkpoint().await?;
        for balance in &balances {
            match &balance.figures {
                Ok(figures) => {
                    tracing::info!(account = %balance.account, figures = figures.len(), "balance");
                }
                Err(problem) => {
                    tracing::warn!(account = %balance.account, %problem, "balance not proved");
                }
            }
        }
        Ok(balances)
    }

    /// Reconciles accounts for a business date.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the ledger fails.
    pub async fn reconcile(
        &self,
        date: BusinessDate,
        accounts: &[Account],
    ) -> Result<reconcile::Outcome, RunError> {
        let judged = self.judged(accounts);
        let bar = Bar::start("reconcile", None);
        let request = self.request(date, &judged);
        let outcome =
            match reconcile::day(&request, self.ledger.as_ref(), &self.spool()?, &bar).await {
                Err(error) if error.is_of_account() => {
                    self.reconcile_each(date, accounts, &bar).await?
                }
                outcome => outcome?,
            };
        bar.finish();
        for verdict in &outcome.verdicts {
            let reason = report::sentence::why(&verdict.reason, Language::En);
            let account = &verdict.account;
            tracing::info!(account = %account, verdict = %verdict.verdict, reason = %reason, "reconciled");
        }
        Ok(outcome)
    }

    /// Writes the report of a business date, over all accounts.
    ///
    /// # Errors
    ///
    /// [`RunError::Report`]; the set that was there stays.
    pub async fn report(&self, date: BusinessDate) -> Result<ReportSet, RunError> {
        self.mark_ledger(false).await?;
        let accounts = self.report_accounts();
        let everyone = Scope { date, accounts: Vec::new() };
        let everyone = self.accounts(&everyone)?;
        let settled = self.kept(date, &everyone).await?;
        let since = self.settled_since(date, &everyone).await?;
        let since = since.as_ref().map(|(date, settled)| (*date, settled.as_slice()));
        let unusual = self.unusual_files(date).await?;
        let request = self.report_request(date, &accounts, (&settled, &unusual));
        let anchor = self.anchor(date).await?;
        let request = report::ReportRequest { since, anchor: Some(&anchor), ..request };
        let set = report::write(&request, self.ledger.as_ref()).await?;
        self.remember(&anchor).await?;
        let reports = &self.config.reports;
        if let Err(error) = report::index::write(&reports.dir, reports.language, reports.rights) {
            let path = reports.dir.join(report::index::NAME);
            tracing::warn!(path = %path.display(), %error, "the index of the reports was not written");
        }
        Ok(set)
    }

    /// Files of a business date with far fewer rows than usual.
    ///
    /// # Errors
    ///
    /// [`LedgerError`].
    pub async fn unusual_files(&self, date: BusinessDate) -> Result<Vec<UnusualFile>, LedgerError> {
        let of_day = self.ledger.intake_files(date).await?;
        let earlier = self.ledger.earlier_files(date, EARLIER_FILES_MAX).await?;
        Ok(unusual(&of_day, &earlier))
    }

    /// The request of a reconciliation or pull.
    pub fn request<'a>(
        &self,
        date: BusinessDate,
        accounts: &'a [JudgedAccount],
    ) -> reconcile::Request<'a> {
        reconcile::Request {
            night: Night { date, now: self.clock.now() },
            accounts,
            business_day: self.config.business_day,
            matching: self.config.matching,
        }
    }

    /// What the judgement needs to know of accounts.
    pub fn judged(&self, accounts: &[Account]) -> Vec<JudgedAccount> {
        self.config
            .accounts
            .iter()
            .filter(|configured| accounts.iter().any(|a| a.name == configured.account.name))
            .map(|configured| JudgedAccount {
                name: configured.account.name.clone(),
                lanes: configured.account.provider.lanes(),
                fees: configured.fees.clone(),
                bills: bills_of(configured),
            })
            .collect()
    }

    fn known_accounts(&self) -> Vec<KnownAccount> {
        self.config
            .accounts
            .iter()
            .map(|configured| {
                let lanes = order_lanes(&configured.account.provider.lanes());
                let lanes = lanes.into_iter().collect();
                KnownAccount { name: configured.account.name.clone(), lanes }
            })
            .collect()
    }

    /// The folder for rows that are being sorted, made if it is not there.
    fn spool(&self) -> Result<PathBuf, RunError> {
        let path = self.config.base.join("var/spool");
        std::fs::create_dir_all(&path)
            .map_err(|source| RunError::Folder { path: path.display().to_string(), source })?;
        Ok(path)
    }
}

/// What the bills of an account are whole of, where they are all that its platform says.
fn bills_of(configured: &AccountConfig) -> Option<WholeOf> {
    let statement = configured.statement.as_ref()?;
    (!configured.account.provider.has_interface()).then_some(statement.whole_of)
}

//! One run of a job, step by step, and the steps by themselves.

use std::path::{Path, PathBuf};

use crate::archive::{Archive, ArchiveError};
use crate::business_day::BusinessDate;
use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::intake::{self, IntakeError, KnownAccount, OrdersRequest};
use crate::job::{Job, Step};
use crate::ledger::{
    AccountPull, AccountVerdict, Ledger, LedgerError, LockHolder, PutCount, RunRecord,
};
use crate::metrics;
use crate::progress::{self, Bar};
use crate::provider::{Account, order_lanes};
use crate::pull::{self, AccountBalance, PullError};
use crate::reconcile::{self, JudgedAccount, ReconcileError, lifecycle::Night};
use crate::report::{self, ReportError, ReportSet};
use tracing::Instrument;

pub mod log;
mod notifications;
mod survey;

use log::Counts;

/// What a run works with.
pub struct House {
    /// The settings.
    pub config: Config,
    /// The ledger, opened and of the right version.
    pub ledger: Box<dyn Ledger>,
    /// The time.
    pub clock: Box<dyn Clock>,
}

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
    /// The providers' answers could not be kept.
    #[error(transparent)]
    Pull(#[from] PullError),
    /// The archive could not be opened.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The judgement could not finish.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
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
    /// Another run holds the lock: the only failure that is not one.
    pub const fn is_locked(&self) -> bool {
        matches!(self, Self::Ledger(LedgerError::Locked { .. }))
    }
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOutcome {
    /// Verdicts per account, when the day was reconciled.
    pub verdicts: Vec<AccountVerdict>,
    /// The report, when one was written.
    pub report: Option<ReportSet>,
}

impl RunOutcome {
    /// Whether every account could be proved.
    pub fn is_proved(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.verdict.is_proved())
    }
}

/// Runs a job's steps for one business date, under the ledger's lock, and writes the metrics.
///
/// # Errors
///
/// [`RunError`] names the step's failure; what the steps before it wrote stays, and the same run
/// again goes on from there.
pub async fn job(house: &House, job: &Job, scope: &Scope) -> Result<RunOutcome, RunError> {
    let watch = Stopwatch::start();
    let id = log::run_id(&job.name, scope.date, house.clock.now(), std::process::id());
    // Of the highest level, so that --quiet keeps the id in the lines that are left.
    let span = tracing::error_span!("run", run = id);
    async {
        let outcome = steps(house, job, scope).await;
        if let Err(error) = &outcome {
            note_failure(house, job, scope, error).await;
        }
        log::run_done(&outcome, watch.elapsed());
        if let Err(error) = metrics::write(house).await {
            let problem = crate::check::story(&error);
            tracing::warn!(%problem, "no metrics were written");
        }
        outcome
    }
    .instrument(span)
    .await
}

/// Keeps the end of a run that failed, as far as the ledger still can.
async fn note_failure(house: &House, job: &Job, scope: &Scope, error: &RunError) {
    /// Runs looked at to find this one: it is of a late date, or the ledger has few.
    const RUNS_MAX: u32 = 1000;
    if error.is_locked() || matches!(error, RunError::UnknownAccount { .. }) {
        return;
    }
    let runs = house.ledger.runs(RUNS_MAX).await.unwrap_or_default();
    let this = |run: &RunRecord| run.job == job.name && run.business_date == scope.date;
    let Some(mut record) = runs.into_iter().find(this) else { return };
    record.finished_at = Some(house.clock.now());
    record.exit_code = Some(1);
    if let Err(error) = house.ledger.put_run(&record).await {
        let problem = crate::check::story(&error);
        tracing::warn!(%problem, "the failure could not be kept in the ledger");
    }
}

async fn steps(house: &House, job: &Job, scope: &Scope) -> Result<RunOutcome, RunError> {
    let accounts = house.accounts(scope)?;
    let started_at = house.clock.now();
    let _lock = house.lock(&job.name).await?;
    let mut record = RunRecord {
        job: job.name.clone(),
        business_date: scope.date,
        started_at,
        finished_at: None,
        exit_code: None,
    };
    house.ledger.put_run(&record).await?;
    let mut outcome = RunOutcome { verdicts: Vec::new(), report: None };
    for step in &job.steps {
        let watch = Stopwatch::start();
        let span = tracing::error_span!("step", step = step.code());
        let done = async {
            let counts = one(house, *step, scope, &accounts, &mut outcome).await?;
            log::step_done(&job.name, *step, &counts, watch.elapsed());
            Ok::<_, RunError>(())
        };
        done.instrument(span).await?;
    }
    record.finished_at = Some(house.clock.now());
    record.exit_code = Some(if outcome.is_proved() { 0 } else { 4 });
    house.ledger.put_run(&record).await?;
    Ok(outcome)
}

/// Does one step.
async fn one(
    house: &House,
    step: Step,
    scope: &Scope,
    accounts: &[Account],
    outcome: &mut RunOutcome,
) -> Result<Counts, RunError> {
    Ok(match step {
        Step::ImportOrders => {
            let count = house.import_configured_orders(scope.date).await?;
            Counts::of_import(count.unwrap_or_default())
        }
        Step::Pull => Counts::of_pull(&house.pull(scope.date, accounts).await?),
        Step::Balances => Counts::of_balances(&house.balances(scope.date, accounts).await?),
        Step::Reconcile => {
            let reconciled = house.reconcile(scope.date, accounts).await?;
            let counts = Counts::of_reconcile(&reconciled);
            outcome.verdicts = reconciled.verdicts;
            counts
        }
        Step::Report => {
            let set = house.report(scope.date).await?;
            let counts = Counts::of_report(&set);
            outcome.report = Some(set);
            counts
        }
    })
}

impl House {
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

    /// Imports the orders file of a business date as the configuration names it.
    ///
    /// # Errors
    ///
    /// [`RunError::Intake`] when there is no such file or it cannot be read as orders.
    pub async fn import_configured_orders(
        &self,
        date: BusinessDate,
    ) -> Result<Option<PutCount>, RunError> {
        let Some(template) = &self.config.orders.csv else { return Ok(None) };
        let name = template.replace("{date}", &date.to_string());
        self.import_orders(&self.config.base.join(&name), &name, date).await.map(Some)
    }

    /// Imports one file of merchant orders on behalf of a business date.
    ///
    /// # Errors
    ///
    /// [`RunError::Intake`] when the file cannot be read as orders; bad rows are not errors.
    pub async fn import_orders(
        &self,
        path: &Path,
        name: &str,
        date: BusinessDate,
    ) -> Result<PutCount, RunError> {
        let spool = self.spool()?;
        let known = self.known_accounts();
        let request = OrdersRequest {
            path,
            name,
            settings: &self.config.orders,
            business_day: self.config.business_day,
            accounts: &known,
            business_date: date,
            now: self.clock.now(),
            spool: &spool,
        };
        let file = intake::examine_orders(&request)?;
        if self.ledger.intake_is_known(name, &file.digest).await? {
            tracing::info!(file = name, "the orders file is unchanged since its last import");
            return Ok(PutCount::default());
        }
        let read = intake::read_orders(&request, &file)?;
        let rejected = read.file.rejected;
        let bar = Bar::start("import", u64::try_from(read.file.rows.saturating_sub(rejected)).ok());
        let orders = Box::new(progress::counted(read.orders, bar.clone()));
        let count = self.ledger.put_orders(&read.file, orders, read.rejections).await?;
        bar.finish();
        self.ledger.checkpoint().await?;
        let (added, unchanged, superseded) = (count.added, count.unchanged, count.superseded);
        tracing::info!(file = name, added, unchanged, superseded, rejected, "orders imported");
        if rejected > 0 {
            tracing::warn!(file = name, rejected, "rows were refused: see the rejected rows file");
        }
        Ok(count)
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
        let archive = Archive::open(&self.config.archive.dir)?;
        let spool = self.spool()?;
        let judged = self.judged(accounts);
        let request = self.request(date, &judged);
        let context = pull::Context {
            ledger: self.ledger.as_ref(),
            archive: &archive,
            clock: self.clock.as_ref(),
            spool: &spool,
        };
        let pulls = pull::accounts(&request, accounts, context).await?;
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
        let archive = Archive::open(&self.config.archive.dir)?;
        let context = pull::Context {
            ledger: self.ledger.as_ref(),
            archive: &archive,
            clock: self.clock.as_ref(),
            spool: &self.spool()?,
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
        let outcome = reconcile::day(&request, self.ledger.as_ref(), &bar).await?;
        bar.finish();
        for verdict in &outcome.verdicts {
            let (account, reason) = (&verdict.account, &verdict.reason);
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
        let accounts = self.report_accounts();
        let request = self.report_request(date, &accounts);
        Ok(report::write(&request, self.ledger.as_ref()).await?)
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

//! One run of a job: its steps in order, under the ledger's lock, each with a line in the log.

use tracing::Instrument;

use crate::app::App;
use crate::clock::Stopwatch;
use crate::job::{Job, Step};
use crate::ledger::{AccountPull, AccountVerdict, RunRecord};
use crate::month::Month;
use crate::provider::Account;
use crate::run::alone::caught;
use crate::run::log::{self, Counts};
use crate::run::{RunError, RunOutcome, Scope, Watched};

/// Runs a job's steps for one business date, under the ledger's lock.
///
/// # Errors
///
/// [`RunError`] names the step's failure; what the steps before it wrote stays, and the same run
/// again goes on from there.
pub async fn job(app: &App, job: &Job, scope: &Scope) -> Result<RunOutcome, RunError> {
    app.accounts(scope)?;
    let _lock = app.lock(&job.name).await?;
    job_under_lock(app, job, scope).await
}

/// Does what [`job`] does, for a caller that has the ledger's lock.
///
/// # Errors
///
/// As [`job`].
pub async fn job_under_lock(app: &App, job: &Job, scope: &Scope) -> Result<RunOutcome, RunError> {
    let watch = Stopwatch::start();
    let id = log::run_id(&job.name, scope.date, app.clock.now(), std::process::id());
    // Of the highest level, so that --quiet keeps the id in the lines that are left.
    let span = tracing::error_span!("run", run = id);
    async {
        let outcome = recorded(app, job, scope).await;
        log::run_done(&outcome, watch.elapsed());
        outcome
    }
    .instrument(span)
    .await
}

/// Keeps the start and the end of the run in the ledger.
async fn recorded(app: &App, job: &Job, scope: &Scope) -> Result<RunOutcome, RunError> {
    let accounts = app.accounts(scope)?;
    let mut record = RunRecord {
        job: job.name.clone(),
        business_date: scope.date,
        started_at: app.clock.now(),
        finished_at: None,
        exit_code: None,
    };
    app.ledger.put_run(&record).await?;
    let ended = caught(Box::pin(steps(app, job, scope, &accounts))).await;
    record.exit_code = match &ended {
        Ok(outcome) if outcome.is_proved() => Some(0),
        Ok(_) => Some(4),
        // A run that was stopped stays one that did not end.
        Err(error) if error.is_stopped() => return ended,
        Err(_) => Some(1),
    };
    record.finished_at = Some(app.clock.now());
    let kept = app.ledger.put_run(&record).await;
    // Where the ledger is what failed, the first failure says why.
    ended.and_then(|outcome| kept.map(|()| outcome).map_err(RunError::from))
}

async fn steps(
    app: &App,
    job: &Job,
    scope: &Scope,
    accounts: &[Account],
) -> Result<RunOutcome, RunError> {
    let mut outcome = RunOutcome {
        verdicts: Vec::new(),
        settled: Vec::new(),
        report: None,
        month: None,
        watched: None,
        lacks_answers: false,
        missed: app.missed(job, scope.date).await?,
    };
    for step in &job.steps {
        let watch = Stopwatch::start();
        let span = tracing::error_span!("step", step = step.code());
        let done = async {
            let counts = one(app, job, *step, scope, accounts, &mut outcome).await;
            if matches!(&counts, Err(error) if is_before_the_orders(job, *step, error)) {
                tracing::info!(job = %job.name, date = %scope.date, "no orders of this day yet");
                outcome.watched = Some(Watched::without_orders(scope.date));
                return Ok(false);
            }
            log::step_done(&job.name, *step, &counts?, watch.elapsed());
            Ok::<_, RunError>(true)
        };
        if !done.instrument(span).await? {
            return Ok(outcome);
        }
    }
    app.remove_what_is_old(scope.date).await?;
    Ok(outcome)
}

/// A watch begins before the day's first orders are there: that is no failure.
fn is_before_the_orders(job: &Job, step: Step, error: &RunError) -> bool {
    step == Step::ImportOrders && job.steps.contains(&Step::Watch) && error.is_missing_file()
}

/// Does one step.
async fn one(
    app: &App,
    job: &Job,
    step: Step,
    scope: &Scope,
    accounts: &[Account],
    outcome: &mut RunOutcome,
) -> Result<Counts, RunError> {
    let closes = job.steps.contains(&Step::Reconcile);
    let date = scope.date;
    Ok(match step {
        Step::ImportOrders => {
            let count = app.unless_stopped(app.import_configured_orders(date)).await?;
            app.import_configured_movements(date).await?;
            outcome.lacks_answers |= !app.import_configured_statements(date, accounts).await?;
            // Where the day is closed, the verdicts say it, account by account.
            outcome.lacks_answers |= !closes && app.refused_orders(date, None).await? > 0;
            Counts::of_import(count.unwrap_or_default())
        }
        // What is asked of providers stops by itself, with every answer in hand kept.
        Step::Pull => {
            let pulls = app.pull(date, accounts).await?;
            outcome.lacks_answers |= !closes && !pulls.iter().all(AccountPull::is_answered);
            Counts::of_pull(&pulls)
        }
        Step::Balances => {
            let balances = app.balances(date, accounts).await?;
            outcome.lacks_answers |= !closes && balances.iter().any(|it| it.figures.is_err());
            Counts::of_balances(&balances)
        }
        Step::Watch => {
            let watched = app.watch(date, accounts, job.older_than_seconds);
            let watched = app.unless_stopped(watched).await?;
            let counts = Counts::of_watch(&watched);
            outcome.watched = Some(watched);
            counts
        }
        Step::Reconcile => {
            let reconciled = app.unless_stopped(app.reconcile(date, accounts)).await?;
            let counts = Counts::of_reconcile(&reconciled);
            outcome.verdicts = reconciled.verdicts;
            counts
        }
        Step::Settle => {
            outcome.settled = app.unless_stopped(app.settle(date, accounts)).await?;
            if closes {
                // An account that could not be settled has failed.
                let (_, verdicts) = app.ledger.day(date).await?;
                let is_ours = |it: &AccountVerdict| accounts.iter().any(|a| a.name == it.account);
                outcome.verdicts = verdicts.into_iter().filter(is_ours).collect();
            }
            Counts::of_settle(&outcome.settled)
        }
        Step::Report => {
            let set = app.unless_stopped(app.report(date)).await?;
            let counts = Counts::of_report(&set);
            outcome.report = Some(set);
            counts
        }
        Step::MonthEnd => {
            let set = app.unless_stopped(Box::pin(app.month(Month::of(date)))).await?;
            let counts = Counts::of_month(&set);
            outcome.month = Some(set);
            counts
        }
    })
}

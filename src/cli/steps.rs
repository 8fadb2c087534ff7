//! `run`, `pull`, `reconcile`, `report`.

use crate::business_day::BusinessDate;
use crate::cli::exit::{DONE, OPEN, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{DateArg, RunArgs, StepArgs, open, output};
use crate::config::Language;
use crate::job::{self, Job};
use crate::ledger::AccountVerdict;
use crate::message::{self, Told};
use crate::report::{self, AccountSummary, sentence::why};
use crate::run::{self, House, RunOutcome, Scope};
use crate::story::story;

/// Business days of one range, at most.
const RANGE_DAYS_MAX: i64 = 366;

/// `run JOB`.
pub(crate) async fn job(house: House, args: &RunArgs) -> Result<u8, Failure> {
    let jobs = job::jobs_for(&house.config)?;
    let Some(job) = jobs.iter().find(|job| job.name == args.job) else {
        let known = jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>().join(", ");
        let name = &args.job;
        return Err(Failure::Usage(format!("there is no job {name:?}; there are: {known}")));
    };
    let dates = dates(&house, job, args)?;
    let accounts = if args.accounts.is_empty() { &job.accounts } else { &args.accounts };
    if args.dry_run {
        let copy = house.copy().await?;
        let ended = range(&copy.house, job, accounts, &dates, args).await;
        let dir = copy.house.config.reports.dir.clone();
        output::line(&format!(
            "This was a dry run: nothing was kept in the ledger or the archive. Reports, if any, are \
             in {}",
            dir.display()
        ));
        return ended;
    }
    range(&house, job, accounts, &dates, args).await
}

/// The business dates to run, in order.
fn dates(house: &House, job: &Job, args: &RunArgs) -> Result<Vec<BusinessDate>, Failure> {
    let (now, business_day) = (house.clock.now(), &house.config.business_day);
    let Some(from) = args.from else {
        let date = match args.date {
            Some(date) => date.resolve(now, business_day)?,
            None => job.business_date(now, business_day),
        };
        return Ok(vec![date]);
    };
    let from = from.resolve(now, business_day)?;
    let to = args.to.unwrap_or(DateArg::Yesterday).resolve(now, business_day)?;
    let days = to.days_since(from);
    if !(0..RANGE_DAYS_MAX).contains(&days) {
        let what =
            format!("{from} to {to} is no range: write up to {RANGE_DAYS_MAX} days, forwards");
        return Err(Failure::Usage(what));
    }
    Ok((0..=days).map(|day| from.plus_days(day)).collect())
}

/// Runs a job for one date after the other; stops at the first failure. The exit code is the worst.
async fn range(
    house: &House,
    job: &Job,
    accounts: &[String],
    dates: &[BusinessDate],
    args: &RunArgs,
) -> Result<u8, Failure> {
    let mut worst = DONE;
    for date in dates {
        let scope = Scope { date: *date, accounts: accounts.to_vec() };
        let ended = run::job(house, job, &scope).await;
        let told = match &ended {
            Ok(outcome) => {
                let code = told(house, outcome, args.fail_on_discrepancy);
                worst = worst.max(code);
                Some(Told::of(job, *date, outcome, code))
            }
            Err(error) if error.is_stopped() || error.is_locked() => None,
            Err(error) => Some(Told::failed(job, *date, &story(error), 1)),
        };
        if let Some(told) = told.filter(|_| !args.dry_run) {
            message::tell(&house.config, house.clock.as_ref(), job, &told).await;
        }
        output::flush();
        if ended.is_err()
            && let Some(last) = dates.last().filter(|_| dates.len() > 1)
        {
            let name = &job.name;
            tracing::error!(
                "the range ended at {date}; to go on: duizhang run {name} --from {date} --to {last}"
            );
        }
        ended?;
    }
    Ok(worst)
}

/// Prints what a run came to and gives its exit code.
pub(crate) fn told(house: &House, outcome: &RunOutcome, fail_on_discrepancy: bool) -> u8 {
    let language = house.config.reports.language;
    if let Some(set) = &outcome.report {
        output::print(&report::terminal(set, language));
    }
    if let Some(set) = &outcome.month {
        output::print(&report::month::text(set, language));
    }
    if let Some(watched) = &outcome.watched {
        output::print(&watched.text(language, house.config.business_day));
    }
    if !outcome.is_proved() {
        UNPROVED
    } else if fail_on_discrepancy && outcome.open_count() > 0 {
        OPEN
    } else {
        DONE
    }
}

/// `pull`.
pub(crate) async fn pull(house: &House, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &args.accounts)?;
    let accounts = house.accounts(&scope)?;
    let _lock = house.lock("pull").await?;
    let mut proved = true;
    for pull in house.pull(scope.date, &accounts).await? {
        let listed = if pull.listed.is_empty() && pull.unlisted.is_empty() {
            "lists nothing".to_owned()
        } else {
            format!("{} rows listed", pull.listed_rows)
        };
        let (asked, answered, problem) = (pull.asked, pull.answered, &pull.problem);
        let problem = if problem.is_empty() { String::new() } else { format!(" ({problem})") };
        output::line(&format!(
            "{}: {listed}, {asked} orders asked, {answered} answered{problem}",
            pull.account
        ));
        proved &= pull.is_answered();
    }
    Ok(if proved { DONE } else { UNPROVED })
}

/// `reconcile`.
pub(crate) async fn reconcile(house: &House, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &args.accounts)?;
    let accounts = house.accounts(&scope)?;
    let _lock = house.lock("reconcile").await?;
    let outcome = house.reconcile(scope.date, &accounts).await?;
    for verdict in &outcome.verdicts {
        let reason = why(&verdict.reason, Language::En);
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        output::line(&format!("{}: {}{reason}", verdict.account, verdict.verdict));
    }
    output::line(&format!(
        "{} pairs judged, {} discrepancies changed",
        outcome.judged, outcome.changed
    ));
    let proved = outcome.verdicts.iter().all(AccountVerdict::is_proved);
    Ok(if proved { DONE } else { UNPROVED })
}

/// `report`.
pub(crate) async fn report(house: &House, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &args.accounts)?;
    house.accounts(&scope)?;
    let _lock = house.lock("report").await?;
    open::reconciled(house, scope.date).await?;
    let set = house.report(scope.date).await?;
    output::print(&report::terminal(&set, house.config.reports.language));
    Ok(if set.accounts.iter().all(AccountSummary::is_proved) { DONE } else { UNPROVED })
}

//! `run`, `pull`, `reconcile`, `report`.

use crate::cli::exit::{DONE, OPEN, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{RunArgs, StepArgs, open, output};
use crate::job;
use crate::report;
use crate::run::{self, House, RunOutcome, Scope};

/// `run JOB`.
pub(crate) async fn job(house: &House, args: &RunArgs) -> Result<u8, Failure> {
    let jobs = job::jobs_for(&house.config)?;
    let Some(job) = jobs.iter().find(|job| job.name == args.job) else {
        let known = jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>().join(", ");
        let name = &args.job;
        return Err(Failure::Usage(format!("there is no job {name:?}; there are: {known}")));
    };
    let mut scope = match args.date {
        Some(date) => open::scope(house, date, &args.accounts)?,
        None => Scope {
            date: job.business_date(house.clock.now(), &house.config.business_day),
            accounts: args.accounts.clone(),
        },
    };
    if scope.accounts.is_empty() {
        scope.accounts.clone_from(&job.accounts);
    }
    let outcome = run::job(house, job, &scope).await?;
    Ok(told(house, &outcome, args.fail_on_discrepancy))
}

/// Prints what a run came to and gives its exit code.
pub(crate) fn told(house: &House, outcome: &RunOutcome, fail_on_discrepancy: bool) -> u8 {
    let mut open = 0;
    if let Some(set) = &outcome.report {
        output::print(&report::terminal(set, house.config.reports.language));
        open = set.open_count();
    }
    if !outcome.is_proved() {
        UNPROVED
    } else if fail_on_discrepancy && open > 0 {
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
        proved &= pull.unlisted.is_empty() && pull.unproved == 0;
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
        let reason = &verdict.reason;
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        output::line(&format!("{}: {}{reason}", verdict.account, verdict.verdict));
    }
    output::line(&format!(
        "{} pairs judged, {} discrepancies changed",
        outcome.judged, outcome.changed
    ));
    let proved = outcome.verdicts.iter().all(|verdict| verdict.verdict.is_proved());
    Ok(if proved { DONE } else { UNPROVED })
}

/// `report`.
pub(crate) async fn report(house: &House, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &args.accounts)?;
    house.accounts(&scope)?;
    let _lock = house.lock("report").await?;
    let set = house.report(scope.date).await?;
    output::print(&report::terminal(&set, house.config.reports.language));
    Ok(DONE)
}

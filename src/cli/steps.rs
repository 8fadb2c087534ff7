//! `run`, `pull`, `reconcile`, `report`.

use crate::business_day::BusinessDate;
use serde::Serialize;

use crate::app::App;
use crate::cli::answer::{Answer, Format};
use crate::cli::documents::{Report, ReportOfMonth};
use crate::cli::exit::{DONE, OPEN, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{DateArg, RunArgs, StepArgs, open, output};
use crate::config::Language;
use crate::job::{self, Job};
use crate::ledger::AccountVerdict;
use crate::message::{self, RunSummary};
use crate::metrics;
use crate::report::{self, AccountSummary, sentence::why};
use crate::run::{self, Lost, RunOutcome, Scope, Watched};
use crate::story::story;

/// Business days of one range, at most.
const RANGE_DAYS_MAX: i64 = 366;

/// `run JOB`.
pub(crate) async fn job(app: App, args: &RunArgs, format: Format) -> Result<Answer, Failure> {
    let jobs = job::jobs_for(&app.config)?;
    let Some(job) = jobs.iter().find(|job| job.name == args.job) else {
        let known = jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>().join(", ");
        let name = &args.job;
        return Err(Failure::Usage(format!("there is no job {name:?}; there are: {known}")));
    };
    let dates = dates(&app, job, args)?;
    let accounts = if args.accounts.is_empty() { &job.accounts } else { &args.accounts };
    if args.dry_run {
        let copy = app.copy().await?;
        let (nights, failure) = range(&copy.app, job, accounts, &dates, args, format).await;
        let dir = copy.app.config.reports.dir.display();
        let text = format!(
            "This was a dry run: nothing was kept in the ledger or the archive. Reports, if any, are \
             in {dir}\n"
        );
        return Ok(ran(job, args, (nights, failure), text));
    }
    let (nights, failure) = range(&app, job, accounts, &dates, args, format).await;
    Ok(ran(job, args, (nights, failure), String::new()))
}

/// What a job came to.
#[derive(Debug, Serialize)]
struct Document<'a> {
    job: &'a str,
    /// Nothing was kept.
    dry_run: bool,
    /// That of the command: what ended it, else the worst of the nights.
    exit_code: u8,
    /// What ended, in the order of the dates; a night that failed is not in it.
    nights: Vec<Night>,
}

/// What a job came to for one business date.
#[derive(Debug, Serialize)]
struct Night {
    business_date: String,
    exit_code: u8,
    proved: bool,
    open_count: i64,
    /// `None` where the job writes none.
    report: Option<Report>,
    month: Option<ReportOfMonth>,
    watch: Option<Watch>,
}

/// What a watch of the day found.
#[derive(Debug, Serialize)]
struct Watch {
    business_date: String,
    /// When; `None` when there were no orders of the day yet.
    at: Option<String>,
    /// Paid orders that the books do not count.
    lost_count: i64,
    /// The first thousand of them.
    lost: Vec<LostOrder>,
    /// Accounts that are not watched, since a question would end their callbacks.
    not_watched: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LostOrder {
    account: String,
    kind: &'static str,
    product: String,
    order_no: String,
    provider_order_no: String,
    paid_at: Option<String>,
}

/// The nights that ended, and what ended the others.
type Ran = (Vec<Night>, Option<Failure>);

impl Night {
    fn of(app: &App, date: BusinessDate, outcome: &RunOutcome, exit_code: u8) -> Self {
        let day = app.config.business_day;
        let lost = |lost: &Lost| LostOrder {
            account: lost.key.stream.account.clone(),
            kind: lost.key.stream.kind.code(),
            product: lost.key.stream.product.clone(),
            order_no: lost.key.order_no.clone(),
            provider_order_no: lost.provider_order_no.clone(),
            paid_at: lost.paid_at.map(|at| day.stamp(at)),
        };
        let watch = |watched: &Watched| Watch {
            business_date: watched.date.to_string(),
            at: watched.at.map(|at| day.stamp(at)),
            lost_count: watched.count,
            lost: watched.lost.iter().map(lost).collect(),
            not_watched: watched.silent.clone(),
        };
        Self {
            business_date: date.to_string(),
            exit_code,
            proved: outcome.is_proved(),
            open_count: outcome.open_count(),
            report: outcome.report.as_ref().map(Report::of),
            month: outcome.month.as_ref().map(ReportOfMonth::of),
            watch: outcome.watched.as_ref().map(watch),
        }
    }
}

fn ran(job: &Job, args: &RunArgs, (nights, failure): Ran, text: String) -> Answer {
    let worst = nights.iter().map(|night| night.exit_code).max().unwrap_or(DONE);
    let exit_code = failure.as_ref().map_or(worst, Failure::code);
    let document = Document { job: &job.name, dry_run: args.dry_run, exit_code, nights };
    Answer::new(worst, text, &document).and_failed(failure)
}

/// The business dates to run, in order.
fn dates(app: &App, job: &Job, args: &RunArgs) -> Result<Vec<BusinessDate>, Failure> {
    let (now, business_day) = (app.clock.now(), &app.config.business_day);
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

/// Runs a job for one date after the other; stops at the first failure, and gives what ended before it.
async fn range(
    app: &App,
    job: &Job,
    accounts: &[String],
    dates: &[BusinessDate],
    args: &RunArgs,
    format: Format,
) -> Ran {
    let mut nights = Vec::new();
    for date in dates {
        let scope = Scope { date: *date, accounts: accounts.to_vec() };
        let ended = run::job(app, job, &scope).await;
        metrics::after_run(app).await;
        let summary = match &ended {
            Ok(outcome) => {
                let code = exit_code(outcome, args.fail_on_discrepancy);
                format.now(&text(app, outcome));
                nights.push(Night::of(app, *date, outcome, code));
                Some(RunSummary::of(job, *date, outcome, code))
            }
            Err(error) if error.is_stopped() || error.is_locked() => None,
            Err(error) => Some(RunSummary::failed(job, *date, &story(error), 1)),
        };
        if let Some(summary) = summary.filter(|_| !args.dry_run) {
            message::tell(&app.config, app.clock.as_ref(), job, &summary).await;
        }
        let Err(error) = ended else { continue };
        if let Some(last) = dates.last().filter(|_| dates.len() > 1) {
            let name = &job.name;
            tracing::error!(
                "the range ended at {date}; to go on: duizhang run {name} --from {date} --to {last}"
            );
        }
        return (nights, Some(error.into()));
    }
    (nights, None)
}

/// What a run came to, in the language of its reports.
pub(crate) fn text(app: &App, outcome: &RunOutcome) -> String {
    let language = app.config.reports.language;
    let mut text = String::new();
    if let Some(set) = &outcome.report {
        text.push_str(&report::terminal(set, language));
    }
    if let Some(set) = &outcome.month {
        text.push_str(&report::month::text(set, language));
    }
    if let Some(watched) = &outcome.watched {
        text.push_str(&watched.text(language, app.config.business_day));
    }
    text
}

/// The exit code of a run.
fn exit_code(outcome: &RunOutcome, fail_on_discrepancy: bool) -> u8 {
    if !outcome.is_proved() {
        UNPROVED
    } else if fail_on_discrepancy && outcome.open_count() > 0 {
        OPEN
    } else {
        DONE
    }
}

/// `pull`.
pub(crate) async fn pull(app: &App, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(app, args.date, &args.accounts)?;
    let accounts = app.accounts(&scope)?;
    let _lock = app.lock("pull").await?;
    let mut proved = true;
    for pull in app.pull(scope.date, &accounts).await? {
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
pub(crate) async fn reconcile(app: &App, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(app, args.date, &args.accounts)?;
    let accounts = app.accounts(&scope)?;
    let _lock = app.lock("reconcile").await?;
    let outcome = app.reconcile(scope.date, &accounts).await?;
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
pub(crate) async fn report(app: &App, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(app, args.date, &args.accounts)?;
    app.accounts(&scope)?;
    let _lock = app.lock("report").await?;
    open::reconciled(app, scope.date).await?;
    let set = app.report(scope.date).await?;
    output::print(&report::terminal(&set, app.config.reports.language));
    Ok(if set.accounts.iter().all(AccountSummary::is_proved) { DONE } else { UNPROVED })
}

//! `jobs`: what there is, when it fires next, how it last went, what is overdue.

use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use crate::business_day::{BusinessDay, Timestamp};
use crate::cli::answer::Answer;
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::daemon::plan::GRACE;
use crate::job::{self, Job};
use crate::ledger::{Firing, FiringState, RunRecord};

/// Runs looked at to find the last one of each job.
const RUNS_MAX: u32 = 1000;

/// What is said of one job.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    description: String,
    schedule: Vec<String>,
    timezone: String,
    /// When it fires next, in the business time zone; `None` for never.
    next: Option<String>,
    /// How the newest run went; `None` when there was none.
    last: Option<Last>,
    /// The time at which it should have been run; `None` when nothing is overdue.
    overdue_since: Option<String>,
    /// An attempt of the daemon failed and another one follows.
    retries: bool,
}

/// How a run went.
#[derive(Debug, Serialize)]
struct Last {
    business_date: String,
    started_at: String,
    finished_at: Option<String>,
    exit_code: Option<i16>,
}

/// Lists the jobs.
pub(crate) async fn run(path: &Path) -> Result<Answer, Failure> {
    let app = open::app(path).await?;
    let business_day = app.config.business_day;
    let now = app.clock.now();
    let runs = app.ledger.runs(RUNS_MAX).await?;
    let firings = app.ledger.firings(1).await?;
    let jobs = job::jobs_for(&app.config)?;
    let lines: Vec<Line> =
        jobs.iter().map(|job| line(job, &runs, &firings, now, business_day)).collect();
    Ok(Answer::new(DONE, lines.iter().map(text).collect(), &lines))
}

fn line(
    job: &Job,
    runs: &[RunRecord],
    firings: &[Firing],
    now: Timestamp,
    business_day: BusinessDay,
) -> Line {
    let text = |at: Timestamp| business_day.text(at);
    let own: Vec<&RunRecord> = runs.iter().filter(|run| run.job == job.name).collect();
    let newest = own.iter().max_by_key(|run| run.started_at);
    // Whoever never ran a job does not miss it.
    let overdue = newest.and_then(|newest| {
        let expected = job.last_before(now.plus_seconds(GRACE.saturating_neg()), &business_day)?;
        (newest.started_at < expected).then_some(expected)
    });
    Line {
        name: job.name.clone(),
        description: job.description.clone(),
        schedule: job.schedules.iter().map(ToString::to_string).collect(),
        timezone: job.timezone.unwrap_or(business_day.timezone).name().to_owned(),
        next: job.next_after(now, &business_day).map(text),
        last: newest.map(|run| Last {
            business_date: run.business_date.to_string(),
            started_at: text(run.started_at),
            finished_at: run.finished_at.map(text),
            exit_code: run.exit_code,
        }),
        overdue_since: overdue.map(text),
        retries: firings
            .iter()
            .any(|firing| firing.job == job.name && firing.state == FiringState::Again),
    }
}

fn text(line: &Line) -> String {
    let next = line.next.as_deref().unwrap_or("never");
    let last = line.last.as_ref().map_or_else(
        || "not run yet".to_owned(),
        |last| match (&last.finished_at, last.exit_code) {
            (Some(at), Some(code)) => {
                let date = &last.business_date;
                format!("last for {date}: ended {at} with exit code {code}{}", meaning(code))
            }
            _ => format!("last for {}: begun {}, did not end", last.business_date, last.started_at),
        },
    );
    let mut text = format!("{:<14} next {next} ({}); {last}\n", line.name, line.timezone);
    if let Some(since) = &line.overdue_since {
        let _ = writeln!(text, "{:<14} OVERDUE since {since}", "");
    }
    if line.retries {
        let _ = writeln!(text, "{:<14} is tried again by the daemon", "");
    }
    if !line.description.is_empty() {
        let _ = writeln!(text, "{:<14} {}", "", line.description);
    }
    text
}

/// The exit codes that a run can leave behind, in words.
const fn meaning(code: i16) -> &'static str {
    match code {
        0 => " (done)",
        1 => " (failed)",
        4 => " (not everything proved)",
        _ => "",
    }
}

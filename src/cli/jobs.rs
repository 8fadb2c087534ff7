//! `jobs`: what there is, when it fires next, how it last went.

use std::path::Path;

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{open, output};
use crate::job;

/// Runs looked at to find the last one of each job.
const RUNS_MAX: u32 = 1000;

/// Lists the jobs.
pub(crate) async fn run(path: &Path) -> Result<u8, Failure> {
    let house = open::house(path).await?;
    let business_day = house.config.business_day;
    let runs = house.ledger.runs(RUNS_MAX).await?;
    for job in job::jobs_for(&house.config)? {
        let next = job
            .next_after(house.clock.now(), &business_day)
            .map_or_else(|| "never".to_owned(), |next| business_day.text(next));
        let last = runs.iter().find(|run| run.job == job.name).map_or_else(
            || "not run yet".to_owned(),
            |run| {
                let ended = match (run.finished_at, run.exit_code) {
                    (Some(at), Some(code)) => {
                        format!("ended {} with exit code {code}", business_day.text(at))
                    }
                    _ => "did not end".to_owned(),
                };
                format!("last for {}: {ended}", run.business_date)
            },
        );
        let zone = job.timezone.unwrap_or(business_day.timezone);
        output::line(&format!("{:<14} next {next} ({zone}); {last}", job.name));
        if !job.description.is_empty() {
            output::line(&format!("{:<14} {}", "", job.description));
        }
    }
    Ok(DONE)
}

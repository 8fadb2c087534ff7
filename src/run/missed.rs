//! Business dates for which a job should have been run and never was: a night that does not begin fails
//! never, so the next one says it.

use crate::app::App;
use crate::business_day::{BusinessDate, BusinessDay};
use crate::job::Job;
use crate::ledger::RunRecord;
use crate::run::RunError;

/// Business dates before the run's own that are looked at.
const DAYS: i64 = 14;
/// Runs that are looked at: some weeks of a few jobs, of which one is run every hour.
const RUNS_MAX: u32 = 1000;

impl App {
    /// The dates before this one that a job which closes days has left out, and logs them.
    pub(super) async fn missed(
        &self,
        job: &Job,
        date: BusinessDate,
    ) -> Result<Vec<BusinessDate>, RunError> {
        if !job.steps.iter().any(|step| step.closes_the_day()) {
            return Ok(Vec::new());
        }
        let runs = self.ledger.runs(RUNS_MAX).await?;
        let missed = missed(job, date, &runs, &self.config.business_day);
        if let (Some(first), Some(last)) = (missed.first(), missed.last()) {
            let (job, count) = (&job.name, missed.len());
            let dates: Vec<String> = missed.iter().map(ToString::to_string).collect();
            let dates = dates.join(",");
            tracing::warn!(
                %job, count, dates,
                "there was no run for earlier dates: duizhang run {job} --from {first} --to {last}"
            );
        }
        Ok(missed)
    }
}

/// The dates between the job's first known run and `date` for which it fires and has no run. Whoever never
/// ran a job does not miss it.
fn missed(
    job: &Job,
    date: BusinessDate,
    runs: &[RunRecord],
    business_day: &BusinessDay,
) -> Vec<BusinessDate> {
    let own = || runs.iter().filter(|run| run.job == job.name).map(|run| run.business_date);
    let first = date.plus_days(DAYS.saturating_neg());
    let Some(known) = own().filter(|run| *run < date).min() else { return Vec::new() };
    let days = (1..=DAYS).rev().map(|back| date.plus_days(back.saturating_neg()));
    days.filter(|day| *day >= first && *day > known)
        .filter(|day| !own().any(|run| run == *day))
        .filter(|day| fires_for(job, *day, business_day))
        .collect()
}

/// Whether the job fires on the day on which it is about a date.
fn fires_for(job: &Job, date: BusinessDate, business_day: &BusinessDay) -> bool {
    let day = date.plus_days(job.business_day_offset.saturating_neg());
    let before = business_day.start_of(day).plus_seconds(-1);
    job.next_after(before, business_day).is_some_and(|at| at < business_day.end_of(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::jobs;

    /// The dates that are missed before 2026-11-20 of these runs of a job.
    fn missed_of(name: &str, runs: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let jobs = jobs(folder.path()).expect("jobs");
        let job = jobs.iter().find(|job| job.name == name).expect("a job");
        let date = |text: &str| BusinessDate::parse(text).expect("a date");
        let day = BusinessDay::BEIJING;
        let run = |text: &&str| RunRecord {
            job: name.to_owned(),
            business_date: date(text),
            started_at: day.start_of(date(text)),
            finished_at: None,
            exit_code: None,
        };
        let runs: Vec<RunRecord> = runs.iter().map(run).collect();
        missed(job, date("2026-11-20"), &runs, &day).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_night_that_was_never_run_is_named_by_the_next_one() {
        assert_eq!(missed_of("nightly", &[]), [""; 0], "a new ledger misses nothing");
        assert_eq!(missed_of("nightly", &["2026-11-19"]), [""; 0]);
        assert_eq!(missed_of("nightly", &["2026-11-20", "2026-11-21"]), [""; 0]);
        let three = ["2026-11-15", "2026-11-17", "2026-11-21"];
        assert_eq!(missed_of("nightly", &three), ["2026-11-16", "2026-11-18", "2026-11-19"]);
        assert_eq!(missed_of("nightly", &["2026-10-01"]).len(), 14, "no further than two weeks");
    }

    #[test]
    fn a_job_misses_only_what_it_fires_for() {
        assert_eq!(missed_of("month-end", &["2026-10-31"]), [""; 0]);
    }
}

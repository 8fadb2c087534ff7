//! What a run says of itself: one id in all its lines, one line a step, one line at the end.

use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, Timestamp};
use crate::job::Step;
use crate::ledger::{AccountPull, PutCount};
use crate::pull::AccountBalance;
use crate::reconcile;
use crate::report::ReportSet;
use crate::report::month::MonthSet;
use crate::run::done::{self, DoneStep};
use crate::run::{RunError, RunOutcome, Watched};
use crate::settle::SettledAccount;

/// The target of the line at the end of a run, which is logged also when little else is.
pub const SUMMARY: &str = "duizhang::summary";

/// The id of a run: `nightly-2026-11-20-kfwqzt`. Its letters come from the moment and the process, so
/// that two runs of one job and date are told apart.
pub fn run_id(job: &str, date: BusinessDate, now: Timestamp, pid: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{job} {date} {} {pid}", now.epoch_seconds()));
    let digest = hash.finalize();
    let letter = |byte: &u8| char::from(b'a'.saturating_add(byte.checked_rem(26).unwrap_or(0)));
    let letters: String = digest.iter().take(6).map(letter).collect();
    format!("{job}-{date}-{letters}")
}

/// What a step came to, in counts; the first is what it worked on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(Vec<(&'static str, u64)>);

impl Counts {
    /// Of `import_orders`.
    pub fn of_import(count: PutCount) -> Self {
        let total = count.added.saturating_add(count.unchanged);
        Self(vec![("rows", total), ("added", count.added), ("superseded", count.superseded)])
    }

    /// Of `pull`.
    pub fn of_pull(pulls: &[AccountPull]) -> Self {
        let sum = |of: fn(&AccountPull) -> i64| {
            let sum = pulls.iter().map(of).fold(0, i64::saturating_add);
            u64::try_from(sum).unwrap_or(0)
        };
        let listed = sum(|pull| pull.listed_rows);
        let asked = sum(|pull| pull.asked);
        Self(vec![
            ("orders", listed.saturating_add(asked)),
            ("listed", listed),
            ("asked", asked),
            ("unproved", sum(|pull| pull.unproved)),
        ])
    }

    /// Of `balances`.
    pub fn of_balances(balances: &[AccountBalance]) -> Self {
        let figures = balances.iter().filter_map(|it| it.figures.as_ref().ok()).map(Vec::len);
        let figures = figures.fold(0, usize::saturating_add);
        let unproved = balances.iter().filter(|it| it.figures.is_err()).count();
        Self(vec![("figures", count(figures)), ("unproved_accounts", count(unproved))])
    }

    /// Of `watch`.
    pub fn of_watch(watched: &Watched) -> Self {
        Self(vec![("lost", u64::try_from(watched.count).unwrap_or(0))])
    }

    /// Of `reconcile`.
    pub fn of_reconcile(outcome: &reconcile::Outcome) -> Self {
        let unproved = outcome.verdicts.iter().filter(|it| !it.is_proved()).count();
        Self(vec![
            ("pairs", outcome.judged),
            ("changed", outcome.changed),
            ("unproved_accounts", count(unproved)),
        ])
    }

    /// Of `settle`.
    pub fn of_settle(settled: &[SettledAccount]) -> Self {
        let rows = settled.iter().map(|account| account.rows.len()).fold(0, usize::saturating_add);
        let undated = settled.iter().filter(|account| !account.undated().is_empty()).count();
        Self(vec![("settlements", count(rows)), ("undated_accounts", count(undated))])
    }

    /// Of `report`.
    pub fn of_report(set: &ReportSet) -> Self {
        let rows = set.files.iter().map(|file| file.rows).fold(0, u64::saturating_add);
        Self(vec![("rows", rows), ("open", u64::try_from(set.open_count()).unwrap_or(0))])
    }

    /// Of `month_end`.
    pub fn of_month(set: &MonthSet) -> Self {
        let rows = set.files.iter().map(|file| file.rows).fold(0, u64::saturating_add);
        let unproved = set.accounts.iter().filter(|it| !it.verdict().is_proved()).count();
        Self(vec![("rows", rows), ("unproved_accounts", count(unproved))])
    }

    /// What the step worked on.
    pub fn rows(&self) -> u64 {
        self.0.first().map_or(0, |(_, count)| *count)
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, count)) in self.0.iter().enumerate() {
            let separator = if index > 0 { " " } else { "" };
            write!(f, "{separator}{name}={count}")?;
        }
        Ok(())
    }
}

/// Says that a step is done, and keeps it for the metrics.
pub(super) fn step_done(job: &str, step: Step, counts: &Counts, took: Duration) {
    tracing::info!(%counts, ms = took.as_millis(), "step done");
    done::note(job, step.code(), DoneStep { took, rows: counts.rows() });
}

/// Says in one line what the run came to.
pub(super) fn run_done(outcome: &Result<RunOutcome, RunError>, took: Duration) {
    let seconds = took.as_secs();
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) if error.is_stopped() => {
            tracing::warn!(target: SUMMARY, seconds, "run stopped before it was done");
            return;
        }
        Err(_) => {
            // Why is said once, by whoever ends the process.
            tracing::error!(target: SUMMARY, seconds, "run failed");
            return;
        }
    };
    let unproved: Vec<&str> = outcome
        .verdicts
        .iter()
        .filter(|verdict| !verdict.is_proved())
        .map(|verdict| verdict.account.as_str())
        .collect();
    let report = outcome.report.as_ref();
    let open = report.map_or(0, ReportSet::open_count);
    let unexplained = report.map_or(0, |set| set.unexplained.len());
    let folder = outcome.report_folder().map_or_else(String::new, |it| it.display().to_string());
    let accounts = outcome.verdicts.len();
    if unproved.is_empty() && unexplained == 0 {
        tracing::info!(target: SUMMARY, seconds, accounts, open, report = folder, "run done");
    } else {
        let unproved = unproved.join(",");
        tracing::warn!(
            target: SUMMARY,
            seconds, accounts, open, unproved, unexplained, report = folder,
            "run done, but not everything is proved"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_names_job_and_date_and_tells_runs_apart() {
        let date = BusinessDate::from_number(20_261_120).expect("a date");
        let id =
            |seconds, pid| run_id("nightly", date, Timestamp::from_epoch_seconds(seconds), pid);
        let first = id(0, 1);
        let letters = first.strip_prefix("nightly-2026-11-20-").expect(&first);
        assert!(letters.len() == 6 && letters.bytes().all(|b| b.is_ascii_lowercase()), "{first}");
        assert_eq!(first, id(0, 1));
        assert_ne!(first, id(1, 1));
        assert_ne!(first, id(0, 2));
    }

    #[test]
    fn counts_are_named_and_the_first_is_what_the_step_worked_on() {
        let count = PutCount { added: 2, unchanged: 3, superseded: 1, ..PutCount::default() };
        let counts = Counts::of_import(count);
        assert_eq!(counts.to_string(), "rows=5 added=2 superseded=1");
        assert_eq!(counts.rows(), 5);
        assert_eq!(Counts::default().to_string(), "");
    }
}

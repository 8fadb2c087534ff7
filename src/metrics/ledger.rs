//! What the ledger knows: any process shows it, also one that has just begun.

use std::collections::{BTreeMap, BTreeSet};

use super::families::{
    INTAKE_FEW, INTAKE_ROWS, JOB_DUE, JOB_END, JOB_EXIT, JOB_RUNNING, JOB_SECONDS, JOB_START,
    JOB_SUCCESS, OPEN, OPEN_AMOUNT, OPEN_SEVERITY, OPEN_YUAN, PULL_LISTED, PULL_ORDERS, TIMING,
    UNEXPLAINED, UNEXPLAINED_AMOUNT, VERDICT,
};
use super::text::Page;
use crate::app::App;
use crate::business_day::BusinessDate;
use crate::discrepancy::{DiscrepancyType, Severity, State};
use crate::job;
use crate::ledger::{AccountVerdict, LedgerError, RunRecord};
use crate::money::{self, Currency};
use crate::order::Origin;
use crate::report::ReportError;
use crate::run::RunError;
use crate::status::Verdict;

/// Runs that are looked at: some months of a dozen jobs.
const RUNS_MAX: u32 = 1000;

/// Business days, those that are over, whose verdicts are shown.
const DAYS: i64 = 7;

/// Puts it on a page.
///
/// # Errors
///
/// [`RunError`] when the ledger cannot be read.
pub(super) async fn collect(app: &App, page: &mut Page) -> Result<(), RunError> {
    let runs = app.ledger.runs(RUNS_MAX).await?;
    jobs(app, &runs, page);
    let days = days(app, &runs).await?;
    for (date, verdicts) in &days {
        for verdict in verdicts {
            let date = date.to_string();
            for each in Verdict::ALL {
                // A series that ends says less than one that goes to 0.
                let labels = [
                    ("account", verdict.account.as_str()),
                    ("business_date", date.as_str()),
                    ("verdict", each.code()),
                ];
                page.set(VERDICT, &labels, u8::from(*each == verdict.verdict));
            }
        }
    }
    let Some((date, _)) = days.last_key_value() else { return Ok(()) };
    pulls(app, *date, page).await?;
    intake(app, *date, page).await?;
    Ok(discrepancies(app, *date, page).await?)
}

/// The reconciled ones of the last business days that are over; where there is none, the last that a
/// run was about.
async fn days(
    app: &App,
    runs: &[RunRecord],
) -> Result<BTreeMap<BusinessDate, Vec<AccountVerdict>>, LedgerError> {
    let today = app.config.business_day.date_of(app.clock.now());
    let recent = (1..=DAYS).map(|days| today.plus_days(days.saturating_neg()));
    let last_run = runs.iter().map(|run| run.business_date).find(|date| *date < today);
    let mut days = BTreeMap::new();
    for date in recent.chain(last_run).collect::<BTreeSet<_>>() {
        let (_, verdicts) = app.ledger.day(date).await?;
        if !verdicts.is_empty() {
            days.insert(date, verdicts);
        }
    }
    Ok(days)
}

fn jobs(app: &App, runs: &[RunRecord], page: &mut Page) {
    // What is wrong with job files is for `check` to say.
    let schedules = job::jobs_for(&app.config).unwrap_or_default();
    let names: BTreeSet<&str> = runs.iter().map(|run| run.job.as_str()).collect();
    for name in names {
        let of_job = || runs.iter().filter(|run| run.job == name);
        let labels = [("job", name)];
        if let Some(last) = of_job().max_by_key(|run| run.started_at) {
            let start = last.started_at;
            page.set(JOB_RUNNING, &labels, u8::from(last.finished_at.is_none()));
            page.set(JOB_START, &labels, start.epoch_seconds());
            let job = schedules.iter().find(|job| job.name == name);
            let due = job.and_then(|job| job.next_after(start, &app.config.business_day));
            if let Some(due) = due {
                page.set(JOB_DUE, &labels, due.epoch_seconds());
            }
        }
        let ended = of_job().filter_map(|run| Some((run.finished_at?, run.exit_code?, run)));
        if let Some((end, code, run)) = ended.clone().max_by_key(|(end, _, _)| *end) {
            page.set(JOB_END, &labels, end.epoch_seconds());
            page.set(JOB_EXIT, &labels, code);
            page.set(JOB_SECONDS, &labels, end.seconds_since(run.started_at));
        }
        let proved = ended.filter(|(_, code, _)| matches!(code, 0 | 3));
        if let Some(end) = proved.map(|(end, _, _)| end).max() {
            page.set(JOB_SUCCESS, &labels, end.epoch_seconds());
        }
    }
}

async fn pulls(app: &App, date: BusinessDate, page: &mut Page) -> Result<(), LedgerError> {
    for pull in app.ledger.pulls(date).await? {
        let account = ("account", pull.account.as_str());
        page.set(PULL_LISTED, &[account], pull.listed_rows);
        for (outcome, count) in [("answered", pull.answered), ("unproved", pull.unproved)] {
            page.set(PULL_ORDERS, &[account, ("outcome", outcome)], count);
        }
    }
    Ok(())
}

async fn intake(app: &App, date: BusinessDate, page: &mut Page) -> Result<(), LedgerError> {
    let files = app.ledger.intake_files(date).await?;
    let sum = |of: fn(&crate::ledger::IntakeFile) -> i64| {
        files.iter().map(of).fold(0_i64, i64::saturating_add)
    };
    let refused = sum(|file| file.rejected);
    let good = sum(|file| file.rows).saturating_sub(refused);
    page.set(INTAKE_ROWS, &[("outcome", "good")], good);
    page.set(INTAKE_ROWS, &[("outcome", "refused")], refused);
    let has_orders =
        files.iter().any(|file| matches!(file.origin, Origin::Orders | Origin::Unknown));
    let few = app.unusual_files(date).await?.len().saturating_add(usize::from(!has_orders));
    page.set(INTAKE_FEW, &[], u64::try_from(few).unwrap_or(u64::MAX));
    Ok(())
}

/// Days since the first sight, in the steps of the default severity bands.
pub(super) const fn age_band(days: i64) -> &'static str {
    match days {
        5.. => "5d+",
        3.. => "3-4d",
        1.. => "1-2d",
        _ => "0d",
    }
}

async fn discrepancies(app: &App, date: BusinessDate, page: &mut Page) -> Result<(), ReportError> {
    let mut open: BTreeMap<(DiscrepancyType, &'static str), (u64, u64)> = BTreeMap::new();
    let mut foreign: BTreeMap<(DiscrepancyType, &'static str, Currency), u64> = BTreeMap::new();
    let mut severities: BTreeMap<Severity, u64> = BTreeMap::new();
    let mut timing = 0_u64;
    let bands = app.config.severity;
    let accounts = app
        .survey(date, &mut |row, state| match state {
            State::Timing => timing = timing.saturating_add(1),
            State::Open | State::Suspense => {
                let age = date.days_since(row.first_seen);
                let at_stake = row.at_stake_minor();
                let (count, minor) = open.entry((row.kind, age_band(age))).or_default();
                *count = count.saturating_add(1);
                let sum = match row.currency {
                    Currency::CNY => minor,
                    other => foreign.entry((row.kind, age_band(age), other)).or_default(),
                };
                *sum = sum.saturating_add(at_stake);
                let urgency = bands.severity(state, row.at_stake_hundredths(), age);
                let of_severity = severities.entry(urgency).or_default();
                *of_severity = of_severity.saturating_add(1);
            }
            State::Resolved | State::WrittenOff => {}
        })
        .await?;
    for kind in DiscrepancyType::ALL {
        for age in ["0d", "1-2d", "3-4d", "5d+"] {
            let (count, minor) = open.get(&(*kind, age)).copied().unwrap_or_default();
            let labels = [("type", kind.code()), ("age", age)];
            page.set(OPEN, &labels, count);
            let minor = i64::try_from(minor).unwrap_or(i64::MAX);
            page.set(OPEN_YUAN, &labels, money::yuan(minor).as_str());
        }
    }
    for ((kind, age, currency), minor) in foreign {
        let labels = [("type", kind.code()), ("age", age), ("currency", currency.as_str())];
        let minor = i64::try_from(minor).unwrap_or(i64::MAX);
        page.set(OPEN_AMOUNT, &labels, money::units(minor, currency).as_str());
    }
    for each in Severity::ALL {
        let count = severities.get(each).copied().unwrap_or(0);
        page.set(OPEN_SEVERITY, &[("severity", each.code())], count);
    }
    page.set(TIMING, &[], timing);
    for account in accounts {
        let mut off = BTreeMap::from([(Currency::CNY, 0_i64)]);
        let totals = account.totals.iter().map(|(currency, figures)| (*currency, figures));
        // Two lines that are off by the same amount in opposite directions are both off.
        let lines = account.streams.iter().map(|(_, currency, figures)| (*currency, figures));
        for (currency, figures) in totals.chain(lines) {
            let of_currency = off.entry(currency).or_default();
            *of_currency = figures.unexplained_minor.saturating_abs().max(*of_currency);
        }
        for (currency, minor) in off {
            let (account, code) = (("account", &*account.name), currency.as_str());
            let text = money::units(minor, currency);
            if currency == Currency::CNY {
                page.set(UNEXPLAINED, &[account], text.as_str());
            } else {
                page.set(UNEXPLAINED_AMOUNT, &[account, ("currency", code)], text.as_str());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_fall_into_the_bands_of_severity() {
        let table = [(-1, "0d"), (0, "0d"), (1, "1-2d"), (2, "1-2d"), (3, "3-4d"), (5, "5d+")];
        for (days, band) in table {
            assert_eq!(age_band(days), band, "{days}");
        }
    }
}

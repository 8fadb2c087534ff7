//! What would keep settlements and balances from being worked out.

use chrono::Datelike;

use crate::business_day::Timestamp;
use crate::config::{AccountConfig, Config, Cycle, cycle_of};
use crate::job::{Job, Step};
use crate::reconcile::bridge::SNAPSHOT_SECONDS_MAX;

/// Everything that should be put right, one line each.
pub(super) fn warnings(config: &Config, jobs: &[Job], now: Timestamp) -> Vec<String> {
    let mut warnings = Vec::new();
    let today = config.business_day.date_of(now);
    for configured in &config.accounts {
        let name = &configured.account.name;
        if !has_snapshots(configured, config, jobs, now) {
            warnings.push(format!(
                "{name}: no job has the step balances within 12 hours of the end of a business day, \
                 so its balance is never adjusted: add the step to a job of the night"
            ));
        }
        match &config.legal_days {
            None if configured.settlement.is_empty() => warnings.push(format!(
                "{name}: no settlement dates: set calendar in [business_day] for T1, or settlement"
            )),
            Some(calendar) if has_t1(configured) => {
                let soon = today.plus_days(15).date();
                let mut days = [today.date(), soon].into_iter();
                let missing = days.find(|day| calendar.is_workday(*day).is_none());
                warnings.extend(missing.map(|day| {
                    let year = day.year();
                    format!(
                        "{name}: the calendar has no year {year}, which T1 needs: add [{year}] from \
                         the State Council's notice"
                    )
                }));
            }
            None | Some(_) => {}
        }
    }
    warnings
}

fn has_t1(configured: &AccountConfig) -> bool {
    let lanes = configured.account.provider.lanes();
    lanes.iter().any(|lane| cycle_of(&configured.settlement, &lane.product) == Cycle::T1)
}

/// Whether an account that states its balance is asked for it near the end of its days.
fn has_snapshots(
    configured: &AccountConfig,
    config: &Config,
    jobs: &[Job],
    now: Timestamp,
) -> bool {
    if !configured.account.provider.states_balance() {
        return true;
    }
    let end = config.business_day.end_of(config.business_day.date_of(now));
    let from = end.plus_seconds(SNAPSHOT_SECONDS_MAX.saturating_neg());
    let name = &configured.account.name;
    let asks = |job: &&Job| {
        job.steps.contains(&Step::Balances)
            && (job.accounts.is_empty() || job.accounts.contains(name))
    };
    let fires = |job: &Job| {
        let next = job.next_after(from, &config.business_day);
        next.is_some_and(|next| next.seconds_since(end) <= SNAPSHOT_SECONDS_MAX)
    };
    jobs.iter().filter(asks).any(fires)
}

//! What would keep settlements and balances from being worked out.

use crate::business_day::Timestamp;
use crate::check::Part;
use crate::config::{AccountConfig, Config};
use crate::job::{Job, Step};
use crate::rules::bridge::SNAPSHOT_SECONDS_MAX;

/// Looks at what settlements and balances need of every account.
pub(super) fn settling(config: &Config, jobs: &[Job], now: Timestamp) -> Part {
    let mut part = Part::new("settling");
    for configured in &config.accounts {
        let name = &configured.account.name;
        if !has_snapshots(configured, config, jobs, now) {
            part.note(
                format!(
                    "{name}: no job has the step balances within 12 hours of the end of a business \
                     day, so its balance is never adjusted"
                ),
                "add the step to a job of the night",
            );
        }
        if config.legal_days.is_none() && configured.settlement.is_empty() {
            part.note(
                format!("{name}: no settlement dates"),
                "set calendar in [business_day] for T1, or settlement",
            );
        }
    }
    part
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

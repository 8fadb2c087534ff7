//! What is due, in which order, and when to look again. Pure.

use std::collections::VecDeque;

use crate::business_day::{BusinessDay, Timestamp};
use crate::job::{CatchUp, Job};
use crate::ledger::{Firing, FiringState};

/// Seconds by which a firing may be late without being missed: a restart is no outage.
pub const GRACE: i64 = 300;
/// Missed firings of one job that are caught up, at most: a year of nights. Older ones are skipped.
const CATCH_UP_MAX: usize = 366;
/// Seconds to look back for missed firings.
const LOOK_BACK: i64 = 400 * 86_400;
/// Times that a firing is taken up again after it was cut short: one that brings the machine down
/// every time is a failure.
const TAKEN_UP_MAX: u16 = 10;
/// Seconds by which a firing may lie in the future, from before the clock was put back. One that is
/// further away was fired by a clock that was wrong, and is not believed.
const AHEAD_MAX: i64 = 86_400;

/// What time it is, and since when somebody has been there to see it pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// This moment.
    pub now: Timestamp,
    /// Since when the daemon has been up, without the clock having jumped.
    pub awake_since: Timestamp,
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What nothing is to be done for, but has to be written down first.
    pub settled: Vec<Settled>,
    /// What is due, in the order in which it is to be done.
    pub due: Vec<Due>,
    /// When something will be due next; `None` for never.
    pub wake: Option<Timestamp>,
}

/// A firing for which an attempt is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The firing as the ledger has it; without attempts when it is not there yet.
    pub firing: Firing,
    /// When it has to be done; `None` for as long as it takes.
    pub limit: Option<Timestamp>,
}

/// A firing for which nothing will be done, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The firing as it is to be written down.
    pub firing: Firing,
    /// Why.
    pub why: Why,
}

/// Why nothing is done for a firing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The job is new: everything before this moment is none of its business.
    First,
    /// Missed, and not to be caught up; so many of them, of which this is the last.
    Missed(usize),
    /// Its deadline has passed.
    Late,
    /// It was cut short too often.
    CutShort,
    /// A later firing takes its place.
    Replaced,
    /// The job no longer tries again.
    NoRetry,
}

/// Says what is due. `firings` are the ledger's newest ones of each job and all unfinished ones.
pub fn plan(jobs: &[Job], firings: &[Firing], times: Times, business_day: &BusinessDay) -> Plan {
    let mut plan = Plan::default();
    for job in jobs.iter().filter(|job| !job.schedules.is_empty()) {
        let believed = times.now.plus_seconds(AHEAD_MAX);
        let known = firings.iter().filter(|it| it.job == job.name && it.fire_at <= believed);
        let known: Vec<&Firing> = known.collect();
        Planner { job, times, business_day }.plan(&known, &mut plan);
    }
    let order = |due: &Due| (due.firing.fire_at, due.firing.job.clone());
    plan.due.sort_by_key(order);
    plan
}

/// How far a firing has come when an attempt has ended with an exit code at `now`.
pub fn state_after(
    job: &Job,
    failures: u16,
    exit_code: u8,
    now: Timestamp,
    limit: Option<Timestamp>,
) -> FiringState {
    let again_at = now.plus_seconds(job.retry_after_seconds);
    let in_time = limit.is_none_or(|limit| again_at <= limit);
    match exit_code {
        0 => FiringState::Done,
        _ if failures <= job.retries && in_time => FiringState::Again,
        4 => FiringState::Done,
        _ => FiringState::Failed,
    }
}

/// One job, and the time.
struct Planner<'a> {
    job: &'a Job,
    times: Times,
    business_day: &'a BusinessDay,
}

impl Planner<'_> {
    fn plan(&self, known: &[&Firing], plan: &mut Plan) {
        let now = self.times.now;
        let Some(last) = known.iter().map(|it| it.fire_at).max() else {
            plan.settled
                .push(Settled { firing: self.fired(now, FiringState::First), why: Why::First });
            Self::wake(plan, self.job.next_after(now, self.business_day));
            return;
        };
        let (fresh, skipped) = self.fresh(last, plan);
        let newest = fresh.back().copied().max(skipped).unwrap_or(last);
        for firing in known {
            self.unfinished(firing, newest, plan);
        }
        for fire_at in fresh {
            let firing = self.fired(fire_at, FiringState::Again);
            let limit = self.limit(fire_at);
            if limit.is_some_and(|limit| now > limit) {
                settle(plan, &firing, FiringState::Failed, Why::Late);
            } else {
                plan.due.push(Due { firing, limit });
            }
        }
        Self::wake(plan, self.job.next_after(now.max(last), self.business_day));
    }

    /// The times since the last known one that are to be done, oldest first, and the last of those
    /// that are not.
    fn fresh(&self, last: Timestamp, plan: &mut Plan) -> (VecDeque<Timestamp>, Option<Timestamp>) {
        let now = self.times.now;
        let after = last.max(now.plus_seconds(LOOK_BACK.saturating_neg()));
        let next = |after: &Timestamp| self.job.next_after(*after, self.business_day);
        let fired = std::iter::successors(next(&after), next).take_while(|at| *at <= now);
        let kept = match self.job.catch_up {
            CatchUp::All => CATCH_UP_MAX,
            CatchUp::Latest | CatchUp::None => 1,
        };
        let mut fresh = VecDeque::new();
        let mut missed = 0_usize;
        let mut last_missed = None;
        for fire_at in fired {
            fresh.push_back(fire_at);
            if fresh.len() > kept {
                last_missed = fresh.pop_front();
                missed = missed.saturating_add(1);
            }
        }
        if self.job.catch_up == CatchUp::None && fresh.back().is_some_and(|at| self.is_missed(*at))
        {
            last_missed = fresh.pop_back();
            missed = missed.saturating_add(1);
        }
        if let Some(fire_at) = last_missed {
            let firing = self.fired(fire_at, FiringState::Skipped);
            plan.settled.push(Settled { firing, why: Why::Missed(missed) });
        }
        (fresh, last_missed)
    }

    /// What is to be done about a firing that was begun and is not over.
    fn unfinished(&self, firing: &Firing, newest: Timestamp, plan: &mut Plan) {
        let due_at = match firing.state {
            FiringState::First | FiringState::Done | FiringState::Failed | FiringState::Skipped => {
                return;
            }
            FiringState::Running => firing.fire_at,
            FiringState::Again => firing
                .finished_at
                .unwrap_or(firing.fire_at)
                .plus_seconds(self.job.retry_after_seconds),
        };
        let is_again = firing.state == FiringState::Again;
        let limit = self.limit(firing.fire_at);
        let cut_short = firing.attempts.saturating_sub(firing.failures);
        if self.job.catch_up != CatchUp::All && newest > firing.fire_at {
            settle(plan, firing, FiringState::Skipped, Why::Replaced);
        } else if is_again && firing.failures > self.job.retries {
            settle(plan, firing, FiringState::Failed, Why::NoRetry);
        } else if !is_again && cut_short > TAKEN_UP_MAX {
            settle(plan, firing, FiringState::Failed, Why::CutShort);
        } else if limit.is_some_and(|limit| due_at.max(self.times.now) > limit) {
            settle(plan, firing, FiringState::Failed, Why::Late);
        } else if due_at <= self.times.now {
            plan.due.push(Due { firing: firing.clone(), limit });
        } else {
            Self::wake(plan, Some(due_at));
        }
    }

    fn is_missed(&self, fire_at: Timestamp) -> bool {
        fire_at.plus_seconds(GRACE) < self.times.awake_since
    }

    /// The deadline, which is counted from the end of an outage for what was missed in it.
    fn limit(&self, fire_at: Timestamp) -> Option<Timestamp> {
        let from = if self.is_missed(fire_at) { self.times.awake_since } else { fire_at };
        Some(from.plus_seconds(self.job.deadline_seconds?))
    }

    fn fired(&self, fire_at: Timestamp, state: FiringState) -> Firing {
        Firing {
            job: self.job.name.clone(),
            fire_at,
            business_date: self.job.business_date(fire_at, self.business_day),
            state,
            attempts: 0,
            failures: 0,
            started_at: None,
            finished_at: None,
            exit_code: None,
        }
    }

    fn wake(plan: &mut Plan, at: Option<Timestamp>) {
        plan.wake = [plan.wake, at].into_iter().flatten().min();
    }
}

fn settle(plan: &mut Plan, firing: &Firing, state: FiringState, why: Why) {
    plan.settled.push(Settled { firing: Firing { state, ..firing.clone() }, why });
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

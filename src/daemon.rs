//! Running every night without anybody watching.
//!
//! [`run()`] fires each job on time, one after the other, across restarts, outages and changed clocks.
//! What was done is read from the ledger, so that a restart neither repeats nor forgets anything:
//! every time at which a job fires has a row ([`Firing`]) that says how far it has come. What is due
//! is decided by a pure function, [`plan()`].
//!
//! It sleeps in short slices, so that a clock that was put forward or back and a machine that was
//! suspended are noticed. A ledger that cannot be reached is waited for; so is a lock that somebody
//! else holds.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt;
use tokio::sync::Notify;

use crate::app::App;
use crate::business_day::Timestamp;
use crate::clock::Stopwatch;
use crate::job::Job;
use crate::ledger::{Firing, FiringState, LedgerError, LedgerLock, RunRecord};
use crate::message::{self, RunSummary};
use crate::metrics;
use crate::run::{self, RunError, RunOutcome, Scope};
use crate::stop::Stop;
use crate::story::story;

pub mod plan;

pub use plan::{Due, Plan, Settled, Times, Why, plan};

/// Seconds between two looks at the clock, at most.
const SLICE: u64 = 20;
/// Firings of each job that are looked at.
const FIRINGS_PER_JOB: u32 = 50;

/// What the daemon works with; read again on request.
pub struct Opened {
    /// Configuration, ledger and clock.
    pub app: App,
    /// The jobs.
    pub jobs: Vec<Job>,
}

/// Reads the configuration and the jobs again.
#[async_trait]
pub trait Opener: Send + Sync {
    /// Opens everything anew.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, a problem a line.
    async fn open(&self) -> Result<Opened, String>;
}

/// How the daemon is spoken to from outside.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    /// To come to an end: what is in hand is finished.
    pub stop: Stop,
    /// To read configuration and jobs again, between two runs.
    pub reload: Arc<Notify>,
}

/// What happens, for those who watch: logs, metrics, a terminal.
#[derive(Debug)]
pub enum Event<'a> {
    /// It was looked what is due; comes at least once a slice while nothing runs.
    Planned {
        /// What is due and when to wake.
        plan: &'a Plan,
        /// The moment of the plan.
        now: Timestamp,
    },
    /// An attempt begins.
    Began {
        /// The firing, already written down.
        firing: &'a Firing,
    },
    /// An attempt has ended.
    Ended {
        /// The firing as it stands now.
        firing: &'a Firing,
        /// What the run came to, or why it failed.
        outcome: Result<&'a RunOutcome, &'a str>,
    },
    /// A run was cut short because the daemon has to stop.
    CutShort {
        /// The firing, which is taken up again at the next start.
        firing: &'a Firing,
    },
    /// Nothing will be done for a firing.
    Settled(&'a Settled),
    /// Something is due, but somebody else holds the ledger's lock.
    Waiting {
        /// Who waits.
        job: &'a str,
        /// Who holds the lock.
        holder: &'a str,
    },
    /// The ledger could not be used; it is tried again.
    Trouble {
        /// What went wrong.
        problem: &'a str,
    },
    /// The clock was put forward or back, or the machine was suspended.
    ClockJumped {
        /// Seconds by which it jumped, negative when back.
        seconds: i64,
    },
    /// Configuration and jobs were read again.
    Reloaded {
        /// The jobs as they are now.
        jobs: &'a [Job],
    },
    /// Configuration or jobs are wrong: the old ones stay.
    Refused {
        /// Every problem, one a line.
        problems: &'a str,
    },
}

/// Who is told what happens. Called in order, between two waits: it must not block.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn seen(&self, event: &Event<'_>, app: &App);
}

/// Nobody.
impl Observer for () {
    fn seen(&self, _event: &Event<'_>, _house: &App) {}
}

/// Fires jobs until it is told to stop. A run that is cut short by that stays unfinished in the
/// ledger and is taken up again at the next start.
pub async fn run(opened: Opened, source: &dyn Opener, signals: &Signals, observer: &dyn Observer) {
    let now = opened.app.clock.now();
    let mut daemon = Daemon {
        opened,
        signals,
        observer,
        awake_since: now,
        seen_at: (now, Stopwatch::start()),
        waits_for: String::new(),
        waits_until: None,
    };
    while !signals.stop.is_cancelled() {
        if signals.reload.notified().now_or_never().is_some() {
            daemon.reload(source).await;
        }
        daemon.notice_jump();
        if let Err(error) = daemon.turn().await {
            let problem = story(&error);
            tracing::error!("{problem}: it is tried again");
            daemon.tell(&Event::Trouble { problem: &problem });
            daemon.pause(SLICE).await;
        }
    }
}

struct Daemon<'a> {
    opened: Opened,
    signals: &'a Signals,
    observer: &'a dyn Observer,
    /// Since when the clock has not jumped.
    awake_since: Timestamp,
    /// The last look at the clock, and what has passed on the machine since.
    seen_at: (Timestamp, Stopwatch),
    /// Whose lock is waited for, so that it is logged once.
    waits_for: String,
    /// When something is due next, so that it is logged once.
    waits_until: Option<Timestamp>,
}

impl Daemon<'_> {
    fn tell(&self, event: &Event<'_>) {
        self.observer.seen(event, &self.opened.app);
    }

    /// Looks what is due and does the first of it, or waits a little.
    async fn turn(&mut self) -> Result<(), LedgerError> {
        let app = &self.opened.app;
        let now = app.clock.now();
        let firings = app.ledger.firings(FIRINGS_PER_JOB).await?;
        let times = Times { now, awake_since: self.awake_since };
        let plan = plan(&self.opened.jobs, &firings, times, &app.config.business_day);
        self.tell(&Event::Planned { plan: &plan, now });
        for settled in &plan.settled {
            self.settle(settled).await?;
        }
        if let Some(due) = plan.due.first() {
            self.waits_until = None;
            return self.fire(due).await;
        }
        if self.waits_until != plan.wake {
            let wake = plan.wake.map(|wake| app.config.business_day.text(wake));
            let wake = wake.as_deref().unwrap_or("it is told otherwise");
            tracing::debug!("nothing is due: waits until {wake}");
            self.waits_until = plan.wake;
        }
        let until = plan.wake.map_or(i64::MAX, |wake| wake.seconds_since(now));
        self.pause(u64::try_from(until).unwrap_or(0).clamp(1, SLICE)).await;
        Ok(())
    }

    /// Waits for so many seconds of the clock, or until something is wanted.
    async fn pause(&self, seconds: u64) {
        let reload = &self.signals.reload;
        tokio::select! {
            () = tokio::time::sleep(self.opened.app.clock.machine_time(seconds)) => {}
            () = self.signals.stop.cancelled() => {}
            // Kept for the next turn, which does it.
            () = reload.notified() => reload.notify_one(),
        }
    }

    /// Compares the clock with what has passed on the machine.
    fn notice_jump(&mut self) {
        let clock = &self.opened.app.clock;
        let now = clock.now();
        let (before, watch) = self.seen_at;
        let elapsed = watch.elapsed();
        self.seen_at = (now, Stopwatch::start());
        let passed = now.seconds_since(before);
        let span = clock.machine_time(passed.unsigned_abs());
        let grace = clock.machine_time(plan::GRACE.unsigned_abs());
        let is_back = passed < 0 && span > grace;
        let is_forward = passed > 0 && span > elapsed.saturating_add(grace);
        if is_back || is_forward {
            tracing::warn!("the clock has jumped by {passed} s: was the machine suspended?");
            self.awake_since = now;
            self.tell(&Event::ClockJumped { seconds: passed });
        }
    }

    async fn reload(&mut self, source: &dyn Opener) {
        self.waits_until = None;
        match source.open().await {
            Ok(mut anew) => {
                // A rehearsal goes on where it is.
                std::mem::swap(&mut anew.app.clock, &mut self.opened.app.clock);
                self.opened = anew;
                let jobs = &self.opened.jobs;
                tracing::info!(jobs = jobs.len(), "configuration and jobs were read again");
                self.tell(&Event::Reloaded { jobs });
            }
            Err(problems) => {
                for problem in problems.lines() {
                    tracing::error!("{problem}");
                }
                tracing::error!("the configuration is refused: the old one stays");
                self.tell(&Event::Refused { problems: &problems });
            }
        }
    }

    /// Writes down that nothing is done for a firing, and tells those who have to know.
    async fn settle(&self, settled: &Settled) -> Result<(), LedgerError> {
        let app = &self.opened.app;
        let Settled { firing, why } = settled;
        app.ledger.put_firing(firing).await?;
        let (job, date) = (&firing.job, firing.business_date);
        let fire_at = app.config.business_day.text(firing.fire_at);
        match why {
            Why::First => tracing::info!(%job, "first seen: nothing before now is caught up"),
            Why::Missed(count) => {
                tracing::warn!(%job, count, last = %fire_at, "missed, and not to be caught up");
            }
            Why::Replaced => {
                tracing::warn!(%job, %fire_at, "not finished: a later one replaces it");
            }
            Why::Late | Why::CutShort | Why::NoRetry => {
                let reason = match why {
                    Why::Late => "it was not done before its deadline",
                    Why::CutShort => "it was cut short too often",
                    Why::First | Why::Missed(_) | Why::Replaced | Why::NoRetry => {
                        "it is not tried again"
                    }
                };
                tracing::error!(%job, %date, %fire_at, "failed: {reason}");
                if let Some(job) = self.job(&firing.job) {
                    self.message(job, &RunSummary::failed(job, date, reason, 1)).await;
                }
            }
        }
        self.tell(&Event::Settled(settled));
        Ok(())
    }

    fn job(&self, name: &str) -> Option<&Job> {
        self.opened.jobs.iter().find(|job| job.name == name)
    }

    /// Begins an attempt as soon as nobody else holds the ledger's lock.
    async fn fire(&mut self, due: &Due) -> Result<(), LedgerError> {
        let ledger = &self.opened.app.ledger;
        let lock = match self.opened.app.lock(&due.firing.job).await {
            Ok(lock) => lock,
            Err(LedgerError::Locked { holder }) => {
                let job = &due.firing.job;
                if self.waits_for != holder {
                    tracing::info!(%job, "waits: {holder} holds the ledger's lock");
                    self.waits_for.clone_from(&holder);
                }
                self.tell(&Event::Waiting { job, holder: &holder });
                self.pause(SLICE).await;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.waits_for.clear();
        // Whoever held the lock may have been another daemon that did this very thing.
        let known = ledger.firings(FIRINGS_PER_JOB).await?;
        let is_same = |it: &&Firing| it.job == due.firing.job && it.fire_at == due.firing.fire_at;
        let unchanged =
            known.iter().find(is_same).map_or(due.firing.attempts == 0, |it| *it == due.firing);
        if unchanged { self.attempt(due, lock).await } else { Ok(()) }
    }

    async fn attempt(&mut self, due: &Due, lock: Box<dyn LedgerLock>) -> Result<(), LedgerError> {
        let Some(job) = self.job(&due.firing.job).cloned() else { return Ok(()) };
        let mut firing = due.firing.clone();
        firing.state = FiringState::Running;
        firing.attempts = firing.attempts.saturating_add(1);
        firing.started_at = Some(self.opened.app.clock.now());
        firing.finished_at = None;
        firing.exit_code = None;
        self.opened.app.ledger.put_firing(&firing).await?;
        let (name, date) = (&job.name, firing.business_date);
        let (attempt, fire_at) = (firing.attempts, firing.fire_at);
        let fire_at = self.opened.app.config.business_day.text(fire_at);
        tracing::info!(job = %name, %date, %fire_at, attempt, "begins");
        self.tell(&Event::Began { firing: &firing });
        self.opened.app.stop = self.signals.stop.child_token();
        let scope = Scope { date, accounts: job.accounts.clone() };
        // A whole night is a large future: not on the stack of every turn.
        let night = Box::pin(run::job_under_lock(&self.opened.app, &job, &scope));
        let ended = self.timed(night, due.limit).await;
        metrics::after_run(&self.opened.app).await;
        drop(lock);
        if matches!(&ended, Err(error) if error.is_stopped()) && self.signals.stop.is_cancelled() {
            tracing::warn!(job = %name, %date, "cut short: the next start takes it up again");
            self.tell(&Event::CutShort { firing: &firing });
            return Ok(());
        }
        let why = match &ended {
            Ok(_) => String::new(),
            Err(error) if error.is_stopped() => {
                self.end_run(&firing).await?;
                "it was not done before its deadline".to_owned()
            }
            Err(error) => story(error),
        };
        self.ended(&job, firing, ended.as_ref().ok(), &why, due.limit).await
    }

    /// Waits for a run, and asks it to stop when its time is up.
    async fn timed(
        &self,
        run: impl Future<Output = Result<RunOutcome, RunError>>,
        limit: Option<Timestamp>,
    ) -> Result<RunOutcome, RunError> {
        let app = &self.opened.app;
        let mut run = std::pin::pin!(run);
        loop {
            tokio::select! {
                biased;
                ended = &mut run => return ended,
                () = tokio::time::sleep(app.clock.machine_time(SLICE)) => {}
            }
            if limit.is_some_and(|limit| app.clock.now() > limit) {
                app.stop.cancel();
            }
        }
    }

    /// Writes down that a run failed which was stopped at its deadline.
    async fn end_run(&self, firing: &Firing) -> Result<(), LedgerError> {
        let now = self.opened.app.clock.now();
        let record = RunRecord {
            job: firing.job.clone(),
            business_date: firing.business_date,
            started_at: firing.started_at.unwrap_or(now),
            finished_at: Some(now),
            exit_code: Some(1),
        };
        self.opened.app.ledger.put_run(&record).await
    }

    /// Writes down how an attempt ended, and tells those who want to know when nothing follows.
    async fn ended(
        &self,
        job: &Job,
        mut firing: Firing,
        outcome: Option<&RunOutcome>,
        why: &str,
        limit: Option<Timestamp>,
    ) -> Result<(), LedgerError> {
        let app = &self.opened.app;
        let now = app.clock.now();
        let exit_code: u8 = match outcome {
            Some(outcome) if outcome.is_proved() => 0,
            Some(_) => 4,
            None => 1,
        };
        if exit_code != 0 {
            firing.failures = firing.failures.saturating_add(1);
        }
        firing.finished_at = Some(now);
        firing.exit_code = Some(i16::from(exit_code));
        firing.state = plan::state_after(job, firing.failures, exit_code, now, limit);
        let kept = app.ledger.put_firing(&firing).await;
        let (name, date, state) = (&job.name, firing.business_date, firing.state);
        if outcome.is_some() {
            tracing::info!(job = %name, %date, %state, exit_code, "ended");
        } else {
            tracing::error!(job = %name, %date, %state, "failed: {why}");
        }
        self.tell(&Event::Ended { firing: &firing, outcome: outcome.ok_or(why) });
        if state != FiringState::Again {
            let summary = outcome.map_or_else(
                || RunSummary::failed(job, date, why, exit_code),
                |outcome| RunSummary::of(job, date, outcome, exit_code),
            );
            self.message(job, &summary).await;
        }
        kept
    }

    async fn message(&self, job: &Job, summary: &RunSummary) {
        let app = &self.opened.app;
        message::tell(&app.config, app.clock.as_ref(), job, summary).await;
    }
}

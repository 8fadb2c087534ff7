//! Telling people what a run came to: a job's own program, and the robots of the configuration.
//!
//! Each is told once, when the run is over, all at the same time and within a limit. Whatever becomes of
//! a message never changes what a run came to: it is logged.

use futures_util::future::{join, join_all};

use crate::clock::Clock;
use crate::config::{Config, Robot};
use crate::job::Job;

mod chat;
mod dingtalk;
mod feishu;
mod mail;
mod memory;
mod notice;
mod program;
mod robots;
mod summary;
mod webhook;
mod wecom;

pub use notice::Notice;
pub use robots::{Again, NotSent, Patience, send};
pub use summary::RunSummary;

use memory::Memory;

/// Tells a result to whom the job and the configuration say, as far as they want to know.
pub async fn tell(config: &Config, clock: &dyn Clock, job: &Job, summary: &RunSummary) {
    let language = config.reports.language;
    let program = program::tell(job.messages.as_ref(), summary, language, &config.base);
    let notice = summary.notice(language, clock.now(), config.business_day.timezone);
    let memory = Memory::of(&config.reports);
    let wanted = config.robots.iter().filter(|robot| !robot.on.is_disjoint(&summary.occasions));
    let robots = join_all(wanted.map(|robot| tell_robot(robot, &notice, clock, &memory)));
    join(program, robots).await;
}

async fn tell_robot(robot: &Robot, notice: &Notice, clock: &dyn Clock, memory: &Memory<'_>) {
    let (number, kind, id) = (robot.number, robot.kind, notice.id.as_str());
    if memory.has(robot, notice) {
        tracing::info!(robot = number, %kind, id, "nothing new to tell");
        return;
    }
    robots::spaced(robot).await;
    match send(robot, notice, clock, Patience::default()).await {
        Ok(()) => {
            tracing::info!(robot = number, %kind, id, "the robot was told");
            if let Err(error) = memory.keep(robot, notice) {
                tracing::warn!(%error, "what was told cannot be kept: it may be told again");
            }
        }
        Err(failure) => {
            let NotSent { code, reply, fix, .. } = failure;
            tracing::warn!(robot = number, %kind, id, code, said = reply, "the robot was not told: {fix}");
        }
    }
}

//! `robots test`: a message to the configured robots, on demand. Nothing else proves that one can be reached.

use std::path::Path;

use serde_json::json;

use crate::cli::exit::{DONE, REFUSED};
use crate::cli::failure::Failure;
use crate::cli::{RobotsArgs, RobotsCommand, open, output};
use crate::config::{Config, Robot};
use crate::job::Occasion;
use crate::message::{NotSent, Notice, Patience, send};

/// Sends a test message to each robot, or to one.
pub(crate) async fn run(path: &Path, args: &RobotsArgs) -> Result<u8, Failure> {
    let RobotsCommand::Test { robot } = args.command;
    let config = open::config(path)?;
    let wanted = |it: &&Robot| robot.is_none_or(|number| number == it.number);
    let robots: Vec<&Robot> = config.robots.iter().filter(wanted).collect();
    if robots.is_empty() {
        let count = config.robots.len();
        return Err(Failure::Usage(format!(
            "there is no such robot: the configuration has {count} [[robots]], numbered from 1"
        )));
    }
    let clock = open::clock()?;
    let notice = notice(&config, clock.now());
    let mut code = DONE;
    for robot in robots {
        let (number, kind) = (robot.number, robot.kind);
        match send(robot, &notice, clock.as_ref(), Patience::default()).await {
            Ok(()) => output::line(&format!("robot {number} ({kind}): sent; is it there?")),
            Err(NotSent { code: problem, reply, fix, .. }) => {
                code = REFUSED;
                output::line(&format!(
                    "robot {number} ({kind}): NOT sent: {problem} {reply}: {fix}"
                ));
            }
        }
    }
    Ok(code)
}

/// What is sent. Nobody takes it for the result of a run.
fn notice(config: &Config, at: crate::business_day::Timestamp) -> Notice {
    let language = config.reports.language;
    let date = config.business_day.date_of(at);
    let title = language.pick("【测试】duizhang", "[TEST] duizhang");
    let line = language.pick(
        "这是一条测试消息：机器人可以收到对账结果。未执行任何对账。",
        "This is a test message: the robot can be told what runs come to. Nothing was reconciled.",
    );
    Notice {
        // Each test is a message of its own.
        id: format!("dz_{}_test_{}", date.number(), at.epoch_seconds()),
        job: "test".to_owned(),
        date,
        title: title.to_owned(),
        lines: vec![line.to_owned()],
        gravest: Occasion::Done,
        report: None,
        data: json!({ "job": "test", "date": date.to_string(), "outcome": "test", "text": [line] }),
        at,
        zone: config.business_day.timezone,
        language,
    }
}

//! Sending one message to one robot: attempts, pauses, and what an answer means.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::Rng;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Notice, dingtalk, feishu, mail, webhook, wecom};
use crate::clock::Clock;
use crate::config::{Hook, Reached, Robot, RobotKind};
use crate::provider::http::{CallError, Post, Posted, post};

/// Attempts in all.
const ATTEMPTS: u32 = 3;

/// Between two messages to one chat: each takes 20 a minute, and shuts out for ten whoever sends more.
const SPACING: Duration = Duration::from_secs(4);

/// When each chat was, or will be, told last, by the robot's number.
static LAST: Mutex<BTreeMap<u32, Instant>> = Mutex::new(BTreeMap::new());

/// Waits until a chat may be told again: a range of dates is many runs.
pub(super) async fn spaced(robot: &Robot) {
    match robot.kind {
        RobotKind::DingTalk | RobotKind::WeCom | RobotKind::Feishu => {}
        RobotKind::Webhook | RobotKind::Mail => return,
    }
    let now = Instant::now();
    let slot = {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        let next = last.get(&robot.number).and_then(|at| at.checked_add(SPACING));
        let slot = next.map_or(now, |next| next.max(now));
        last.insert(robot.number, slot);
        slot
    };
    sleep_until(slot).await;
}

/// How long a robot is tried.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// One attempt.
    pub attempt: Duration,
    /// The pause after the first attempt; five times as long after the second.
    pub pause: Duration,
    /// Everything together.
    pub total: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(20),
            pause: Duration::from_secs(1),
            total: Duration::from_mins(2),
        }
    }
}

/// A message that did not arrive, or of which that is not known. Holds no address and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSent {
    /// The platform's code, or ours: `http_503`, `timeout`.
    pub code: String,
    /// The platform's own words, cut.
    pub reply: String,
    /// What somebody has to do, or why it is no use to try again.
    pub fix: &'static str,
    /// Whether the same may be sent again.
    pub again: Again,
}

/// Whether the same message may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Somebody has to change something.
    No,
    /// After the usual pause.
    Soon,
    /// After what was asked for.
    After(Duration),
    /// Once, after what was asked for.
    OnceAfter(Duration),
}

/// A request to a robot, signed for its moment.
pub(super) struct Call {
    /// Where to.
    pub(super) url: String,
    /// Further headers.
    pub(super) headers: Vec<(&'static str, String)>,
    /// JSON.
    pub(super) body: String,
}

/// Sends a message to a robot, with further attempts where they may help.
///
/// # Errors
///
/// [`NotSent`] of the last attempt.
pub async fn send(
    robot: &Robot,
    notice: &Notice,
    clock: &dyn Clock,
    patience: Patience,
) -> Result<(), NotSent> {
    let begun = Instant::now();
    let mut attempt: u32 = 1;
    loop {
        let ended = match &robot.reached {
            Reached::Hook(hook) => once(robot.kind, hook, notice, clock, patience).await,
            Reached::Mail(settings) => mail::send(settings, notice, patience.attempt).await,
        };
        let Err(failure) = ended else { return Ok(()) };
        let pause = match failure.again {
            Again::OnceAfter(pause) if attempt == 1 => pause,
            Again::After(pause) => pause,
            Again::Soon => jittered(patience.pause, attempt),
            Again::No | Again::OnceAfter(_) => return Err(failure),
        };
        let would_end = begun.elapsed().saturating_add(pause).saturating_add(patience.attempt);
        if attempt >= ATTEMPTS || would_end > patience.total {
            return Err(failure);
        }
        let (number, kind, code) = (robot.number, robot.kind, &failure.code);
        tracing::info!(robot = number, %kind, code, attempt, "telling again");
        sleep(pause).await;
        attempt = attempt.saturating_add(1);
    }
}

/// The pause after an attempt, shortened by up to a half at random.
fn jittered(first: Duration, attempt: u32) -> Duration {
    let full = first.saturating_mul(5_u32.saturating_pow(attempt.saturating_sub(1)));
    let half = full.checked_div(2).unwrap_or_default();
    if half == full { full } else { rand::rng().random_range(half..=full) }
}

/// One attempt over HTTP, signed anew: platforms refuse a signature that is an hour old.
async fn once(
    kind: RobotKind,
    hook: &Hook,
    notice: &Notice,
    clock: &dyn Clock,
    patience: Patience,
) -> Result<(), NotSent> {
    let now = clock.now();
    let call = match kind {
        RobotKind::DingTalk => dingtalk::call(hook, notice, now),
        RobotKind::WeCom => wecom::call(hook, notice),
        RobotKind::Feishu => feishu::call(hook, notice, now),
        RobotKind::Webhook | RobotKind::Mail => webhook::call(hook, notice, now),
    };
    let request = Post {
        url: &call.url,
        headers: &call.headers,
        body: &call.body,
        interface: kind.code(),
        follows_proxy: hook.follows_proxy,
        patience: patience.attempt,
    };
    let posted = post(&request).await.map_err(|error| unreached(&error))?;
    let body = taken(&posted)?;
    let read = match kind {
        RobotKind::DingTalk => dingtalk::read(body),
        RobotKind::WeCom => wecom::read(body),
        RobotKind::Feishu => feishu::read(body),
        RobotKind::Webhook | RobotKind::Mail => Ok(()),
    };
    read.map_err(|failure| NotSent { reply: without_secrets(&failure.reply, hook), ..failure })
}

/// The body of an answer whose status says that the message was taken.
fn taken(posted: &Posted) -> Result<&[u8], NotSent> {
    let status = posted.status;
    let (again, fix) = match status {
        200..300 => return Ok(&posted.body),
        429 | 500 | 502 | 503 | 504 => {
            (posted.retry_after.map_or(Again::Soon, Again::After), "the other side is busy or down")
        }
        300..400 => (Again::No, "it redirects, which is not followed: write the final address"),
        410 => (Again::No, "the receiver wants no more: take the robot out of the configuration"),
        _ => (Again::No, "the other side refuses the request: check url and secret"),
    };
    Err(NotSent { code: format!("http_{status}"), reply: String::new(), fix, again })
}

/// What follows from a call without an answer.
fn unreached(error: &CallError) -> NotSent {
    let (again, fix) = match error {
        CallError::Connect { .. } | CallError::Timeout | CallError::Reset => {
            (Again::Soon, "it cannot be reached: is there a way out of this network?")
        }
        CallError::Tls => (Again::No, "its certificate is not trusted or does not fit"),
        CallError::Url { .. } => (Again::No, "url is not an address"),
        CallError::Client { .. }
        | CallError::Status { .. }
        | CallError::Redirect { .. }
        | CallError::TooLarge { .. }
        | CallError::Down { .. } => (Again::No, "what answers is not the robot"),
    };
    NotSent { code: error.code(), reply: String::new(), fix, again }
}

/// A platform's words, in which it may repeat what it was sent.
fn without_secrets(reply: &str, hook: &Hook) -> String {
    let url = hook.url.expose();
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let values = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value);
    let last = place.rsplit('/').next().unwrap_or_default();
    let secrets = [&hook.secret, &hook.old_secret].into_iter().flatten();
    let all = values.chain([url, last]).chain(secrets.map(crate::provider::Secret::expose));
    all.filter(|secret| secret.len() >= 8)
        .fold(reply.to_owned(), |text, secret| text.replace(secret, "…"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Secret;

    #[test]
    fn pauses_grow_and_are_never_below_half() {
        let first = Duration::from_secs(1);
        for (attempt, full) in [(1, 1), (2, 5), (3, 25)] {
            for _ in 0..50 {
                let pause = jittered(first, attempt);
                assert!(pause <= Duration::from_secs(full), "{pause:?}");
                assert!(pause >= Duration::from_millis(full * 500), "{pause:?}");
            }
        }
    }

    #[test]
    fn a_platform_that_repeats_a_secret_gives_nothing_away() {
        let hook = Hook {
            url: Secret::new(
                "https://open.feishu.cn/hook/0a1b2c3d4e?access_token=feedbeef0".to_owned(),
            ),
            secret: Some(Secret::new("SEC0011223344".to_owned())),
            old_secret: None,
            keyword: String::new(),
            follows_proxy: false,
        };
        let reply = "token feedbeef0 of 0a1b2c3d4e with SEC0011223344 is wrong";
        assert_eq!(without_secrets(reply, &hook), "token … of … with … is wrong");
    }

    #[test]
    fn a_status_says_whether_to_try_again() {
        let table = [
            (200, None),
            (204, None),
            (302, Some(Again::No)),
            (404, Some(Again::No)),
            (410, Some(Again::No)),
            (429, Some(Again::After(Duration::from_secs(7)))),
            (503, Some(Again::After(Duration::from_secs(7)))),
        ];
        for (status, again) in table {
            let posted = Posted { status, retry_after: Some(Duration::from_secs(7)), body: vec![] };
            assert_eq!(taken(&posted).err().map(|failure| failure.again), again, "{status}");
        }
    }
}

//! The only caller of the system clock; everything else is given a [`Clock`].

use std::time::{Duration, Instant};

use crate::business_day::Timestamp;

/// Where a run takes its time from.
pub trait Clock: Send + Sync {
    /// This moment.
    fn now(&self) -> Timestamp;

    /// How long so many of its seconds are on the machine: for waiting, and for noticing that it was
    /// put forward or back.
    fn machine_time(&self, seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    fn now(&self) -> Timestamp {
        Timestamp::from_epoch_seconds(chrono::Utc::now().timestamp())
    }
}

/// A clock that stands still, for tests, the demo and replays.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The variable of the environment that sets a [`RehearsalClock`].
pub const REHEARSAL: &str = "DUIZHANG_REHEARSAL_CLOCK";

/// A clock that begins at a moment of one's choice and may run faster, for rehearsals of nights that
/// are not tonight.
#[derive(Debug, Clone, Copy)]
pub struct RehearsalClock {
    start: Timestamp,
    speed: u32,
    since: Stopwatch,
}

impl RehearsalClock {
    /// Starts a clock that is described as `2026-11-18T02:30:00+08:00`, or with a speed behind it:
    /// `2026-11-18T02:30:00+08:00,600` lets ten minutes pass in every second.
    pub fn start(text: &str) -> Option<Self> {
        let (start, speed) = text.split_once(',').unwrap_or((text, "1"));
        let start = chrono::DateTime::parse_from_rfc3339(start.trim()).ok()?;
        Some(Self {
            start: Timestamp::from_epoch_seconds(start.timestamp()),
            speed: speed.trim().parse().ok().filter(|speed| *speed > 0)?,
            since: Stopwatch::start(),
        })
    }
}

impl Clock for RehearsalClock {
    fn now(&self) -> Timestamp {
        let passed = self.since.elapsed().as_millis().saturating_mul(u128::from(self.speed));
        let seconds = passed.checked_div(1000).unwrap_or(0);
        self.start.plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    fn machine_time(&self, seconds: u64) -> Duration {
        let micros = seconds.saturating_mul(1_000_000).checked_div(u64::from(self.speed));
        Duration::from_micros(micros.unwrap_or(0))
    }
}

/// Measures how long something took. Durations go to logs only, never into the ledger or a report.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_begins_at_the_configured_moment() {
        let table = [
            ("2026-11-18T02:30:00+08:00", Some(1_794_940_200)),
            ("2026-11-17T18:30:00Z,60", Some(1_794_940_200)),
            ("2026-11-18 02:30", None),
            ("2026-11-18T02:30:00+08:00,0", None),
            ("2026-11-18T02:30:00+08:00,fast", None),
        ];
        for (text, expected) in table {
            let now = RehearsalClock::start(text).map(|clock| clock.start.epoch_seconds());
            assert_eq!(now, expected, "{text}");
        }
    }

    #[test]
    fn a_rehearsal_goes_on_at_its_speed() {
        let clock = RehearsalClock::start("2026-11-18T02:30:00+08:00,4000000000").expect("a clock");
        while clock.now() <= clock.start {
            std::hint::spin_loop();
        }
    }
}

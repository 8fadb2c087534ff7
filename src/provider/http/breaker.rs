//! When to stop asking: an account whose calls fail one after the other is down.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::error::CallError;

/// Counts outages in a row. Once there are enough, calls are refused at once, but for one probe
/// every `probe_every`: a success, or any answer that shows the platform alive, ends it.
pub(super) struct Breaker {
    after: u32,
    probe_every: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    outages: u32,
    down: Option<Down>,
}

struct Down {
    cause: String,
    next_probe: Option<Instant>,
}

impl Breaker {
    pub(super) const fn new(after: u32, probe_every: Duration) -> Self {
        let state = State { outages: 0, down: None };
        Self { after, probe_every, state: Mutex::new(state) }
    }

    /// Whether a call may be made now.
    ///
    /// # Errors
    ///
    /// [`CallError::Down`] while the account is down and no probe is due.
    pub(super) fn admit(&self, now: Instant) -> Result<(), CallError> {
        let mut state = self.state();
        let Some(down) = &mut state.down else { return Ok(()) };
        match down.next_probe {
            Some(due) if now >= due => {
                down.next_probe = now.checked_add(self.probe_every);
                Ok(())
            }
            Some(_) | None => Err(CallError::Down { cause: down.cause.clone() }),
        }
    }

    /// Whether the account is down, so that a call under way need not try again.
    pub(super) fn is_down(&self) -> bool {
        self.state().down.is_some()
    }

    /// Takes note of how a call ended; says what that changed.
    pub(super) fn note(&self, now: Instant, failure: Option<&CallError>) -> Change {
        let mut state = self.state();
        let was_down = state.down.is_some();
        match failure {
            Some(error) if error.is_outage() => {
                state.outages = state.outages.saturating_add(1);
                if !was_down && state.outages < self.after.max(1) {
                    return Change::None;
                }
                let next_probe = now.checked_add(self.probe_every);
                state.down = Some(Down { cause: error.code(), next_probe });
                if was_down { Change::None } else { Change::WentDown }
            }
            Some(_) | None => {
                *state = State::default();
                if was_down { Change::CameBack } else { Change::None }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the end of a call changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// The account is down from now on.
    WentDown,
    /// The account answers again.
    CameBack,
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTAGE: CallError = CallError::Timeout;
    const REFUSAL: CallError = CallError::Status { status: 404 };

    #[test]
    fn eight_outages_in_a_row_take_an_account_down_and_a_probe_brings_it_back() {
        let breaker = Breaker::new(8, Duration::from_secs(30));
        let start = Instant::now();
        for _ in 0..7 {
            assert_eq!(breaker.note(start, Some(&OUTAGE)), Change::None);
        }
        assert_eq!(breaker.admit(start), Ok(()));
        assert_eq!(breaker.note(start, Some(&OUTAGE)), Change::WentDown);
        let down = Err(CallError::Down { cause: "timeout".to_owned() });
        assert_eq!(breaker.admit(start), down);
        assert_eq!(breaker.admit(start + Duration::from_secs(29)), down);

        let probe = start + Duration::from_secs(30);
        assert_eq!(breaker.admit(probe), Ok(()), "one probe");
        assert_eq!(breaker.admit(probe), down, "and only one");
        assert_eq!(breaker.note(probe, Some(&OUTAGE)), Change::None);
        assert_eq!(breaker.admit(probe + Duration::from_secs(29)), down);

        let probe = probe + Duration::from_secs(30);
        assert_eq!(breaker.admit(probe), Ok(()));
        assert_eq!(breaker.note(probe, None), Change::CameBack);
        assert_eq!(breaker.admit(probe), Ok(()));
        assert_eq!(breaker.admit(probe), Ok(()));
    }

    #[test]
    fn what_shows_a_living_platform_starts_the_count_again() {
        let breaker = Breaker::new(3, Duration::from_secs(30));
        let now = Instant::now();
        for living in [Some(&REFUSAL), None] {
            breaker.note(now, Some(&OUTAGE));
            breaker.note(now, Some(&OUTAGE));
            assert_eq!(breaker.note(now, living), Change::None);
            assert!(!breaker.is_down());
        }
        breaker.note(now, Some(&OUTAGE));
        breaker.note(now, Some(&OUTAGE));
        assert_eq!(breaker.note(now, Some(&OUTAGE)), Change::WentDown);
    }
}

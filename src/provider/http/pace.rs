//! When an account may be asked next: evenly spaced slots, and pauses that the platform asks for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The slots of one account, for everyone who calls it.
pub(super) struct Pace(Mutex<Slots>);

impl Pace {
    /// `rate` slots per second; 0 is read as 1.
    pub(super) fn new(rate: u32) -> Self {
        Self(Mutex::new(Slots::new(rate, Instant::now())))
    }

    /// Waits for this caller's slot.
    pub(super) async fn slot(&self) {
        loop {
            let slot = self.slots().reserve(Instant::now());
            sleep_until(slot).await;
            // A pause may have been asked for while this caller waited: then its slot is void.
            if !self.slots().is_paused(Instant::now()) {
                return;
            }
        }
    }

    /// No slot before `pause` has passed: the platform said `Retry-After`.
    pub(super) fn pause(&self, pause: Duration) {
        self.slots().pause(Instant::now(), pause);
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Evenly spaced slots. There is no burst: a rate that is agreed with a platform is one that it
/// counts per second, and a quiet minute gives no right to a loud one.
struct Slots {
    interval: Duration,
    next: Instant,
    resume: Instant,
}

impl Slots {
    fn new(rate: u32, now: Instant) -> Self {
        let interval = Duration::from_secs(1).checked_div(rate.max(1)).unwrap_or_default();
        Self { interval, next: now, resume: now }
    }

    fn reserve(&mut self, now: Instant) -> Instant {
        let slot = self.next.max(now);
        self.next = slot.checked_add(self.interval).unwrap_or(slot);
        slot
    }

    fn is_paused(&self, now: Instant) -> bool {
        now < self.resume
    }

    fn pause(&mut self, now: Instant, pause: Duration) {
        self.resume = now.checked_add(pause).unwrap_or(self.resume).max(self.resume);
        self.next = self.next.max(self.resume);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn no_second_has_more_slots_than_the_rate() {
        let start = Instant::now();
        let mut slots = Slots::new(20, start);
        // Callers come whenever they like, often several at once.
        let come = (0..1000_u64).map(|caller| start + ms(caller / 7 * 7 * 13));
        let given: Vec<Instant> = come.map(|now| slots.reserve(now)).collect();
        for window in given.windows(21) {
            assert!(window[20] - window[0] >= ms(1000), "{window:?}");
        }
        let mut slots = Slots::new(20, start);
        let last = (0..=200).map(|_| slots.reserve(start)).last();
        assert_eq!(last, Some(start + ms(10_000)), "and not fewer than it either");
    }

    #[test]
    fn a_quiet_hour_gives_no_right_to_a_burst() {
        let start = Instant::now();
        let mut slots = Slots::new(10, start);
        let later = start + ms(3_600_000);
        let given: Vec<Duration> = (0..11).map(|_| slots.reserve(later) - later).collect();
        assert_eq!(given[0], ms(0));
        assert_eq!(given[10], ms(1000));
    }

    #[test]
    fn a_pause_voids_slots_that_were_already_given() {
        let start = Instant::now();
        let mut slots = Slots::new(10, start);
        let given = [slots.reserve(start), slots.reserve(start), slots.reserve(start)];
        slots.pause(start + ms(150), ms(5000));
        assert!(slots.is_paused(given[2]), "so its caller reserves again");
        let again = slots.reserve(given[2]);
        assert_eq!(again, start + ms(5150));
        assert!(!slots.is_paused(again));
        slots.pause(start + ms(160), ms(1));
        assert_eq!(slots.reserve(start), start + ms(5250), "a short pause does not end a long one");
    }
}

//! What only this process knows: calls to the platforms, and how long steps took.

use std::time::Duration;

use super::families::{BUILD, CALL_RETRIES, CALLS, STEP_ROWS, STEP_SECONDS};
use super::text::Page;
use crate::provider::http;
use crate::run::done_steps;

/// Puts it on a page.
pub(super) fn collect(page: &mut Page) {
    page.set(BUILD, &[("version", env!("CARGO_PKG_VERSION"))], 1);
    for (account, tally) in http::tallies() {
        for (outcome, count) in &tally.calls {
            page.set(CALLS, &[("account", &account), ("outcome", outcome.code())], count);
        }
        page.set(CALL_RETRIES, &[("account", &account)], tally.retries);
    }
    for ((job, step), done) in done_steps() {
        let labels = [("job", job.as_str()), ("step", step.as_str())];
        page.set(STEP_SECONDS, &labels, seconds(done.took).as_str());
        page.set(STEP_ROWS, &labels, done.rows);
    }
}

/// Seconds to the millisecond.
fn seconds(took: Duration) -> String {
    format!("{}.{:03}", took.as_secs(), took.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_written_to_the_millisecond() {
        assert_eq!(seconds(Duration::from_millis(61_007)), "61.007");
        assert_eq!(seconds(Duration::ZERO), "0.000");
    }
}

//! How long the steps of this process took, for the metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The last time that a step was done.
#[derive(Debug, Clone, Copy)]
pub struct DoneStep {
    /// How long it took.
    pub took: Duration,
    /// How many rows it was about.
    pub rows: u64,
}

/// By job and step.
static STEPS: Mutex<BTreeMap<(String, String), DoneStep>> = Mutex::new(BTreeMap::new());

/// Takes note of a step that is done.
pub(super) fn note(job: &str, step: &str, done: DoneStep) {
    steps().insert((job.to_owned(), step.to_owned()), done);
}

/// The last time of each step of each job in this process.
pub fn done_steps() -> BTreeMap<(String, String), DoneStep> {
    steps().clone()
}

fn steps() -> MutexGuard<'static, BTreeMap<(String, String), DoneStep>> {
    STEPS.lock().unwrap_or_else(PoisonError::into_inner)
}

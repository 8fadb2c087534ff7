//! What came of each time at which a job fired.

use crate::business_day::{BusinessDate, Timestamp};

crate::status::coded! {
    /// How far a firing has come.
    FiringState {
        /// Nothing was to be done: the job was seen for the first time.
        First = 1, "first";
        /// An attempt has begun. It still runs, or was cut short.
        Running = 2, "running";
        /// An attempt ended badly, and another one follows.
        Again = 3, "again";
        /// It was done; the exit code says how well.
        Done = 4, "done";
        /// It failed for good.
        Failed = 5, "failed";
        /// It was missed and not caught up, or a later one took its place.
        Skipped = 6, "skipped";
    }
}

/// One time at which a job fired, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The job's name.
    pub job: String,
    /// The scheduled time.
    pub fire_at: Timestamp,
    /// The business date that it is about.
    pub business_date: BusinessDate,
    /// How far it has come.
    pub state: FiringState,
    /// Attempts that were begun.
    pub attempts: u16,
    /// Of these: ended badly, by themselves or at the deadline. The others were cut short.
    pub failures: u16,
    /// When the last attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended; `None` while it runs or when it was cut short.
    pub finished_at: Option<Timestamp>,
    /// Its exit code; `None` while there is none.
    pub exit_code: Option<i16>,
}

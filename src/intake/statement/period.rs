//! The period that a bill states above its header.

use crate::business_day::{BusinessDate, Timestamp};

/// What a bill says to be about: from a moment to another, which is not in it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

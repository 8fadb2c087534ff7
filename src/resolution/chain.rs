//! The hash chain of a history: whoever changes, removes or adds an entry behind the ledger's back
//! is found out.
//!
//! The hash of an entry is SHA-256 over the hash of the entry before it and the entry's own words,
//! each written as `length:bytes,` (a netstring), in hexadecimal digits. The chain of a discrepancy
//! begins with the empty text; entries from before there were hashes have none and stand before it.

use sha2::{Digest, Sha256};

use super::history::History;
use crate::discrepancy::State;
use crate::ledger::{ChainEntry, DiscrepancyEvent};
use crate::reconcile::lifecycle::JOB;

/// The hash of an entry, which has its sequence.
pub fn entry_hash(previous: &str, event: &DiscrepancyEvent) -> String {
    let mut hash = Sha256::new();
    let sequence = event.sequence.to_string();
    let date = event.business_date.to_string();
    let occurred_at = event.occurred_at.epoch_seconds().to_string();
    let parts = [
        previous,
        &event.order_no,
        &event.discrepancy_id,
        &sequence,
        &date,
        &event.event,
        &event.person,
        &event.note,
        &occurred_at,
    ];
    for part in parts {
        hash.update(format!("{}:", part.len()));
        hash.update(part);
        hash.update(",");
    }
    format!("{:x}", hash.finalize())
}

/// What is wrong with a history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry, or the one before it, was changed.
    #[error(
        "entry {sequence} of {id} is not what was written: it, or the one before it, was changed"
    )]
    Changed {
        /// The discrepancy.
        id: String,
        /// The entry.
        sequence: i32,
    },
    /// An entry is missing, or there twice.
    #[error("entry {expected} of {id} is missing: entry {sequence} stands in its place")]
    Gap {
        /// The discrepancy.
        id: String,
        /// The number that should come.
        expected: i32,
        /// The number that came.
        sequence: i32,
    },
    /// The row says something else than its history.
    #[error(
        "{id} is {found:?} in its row and {told:?} by its history: the row was changed, or the end \
         of the history was removed"
    )]
    Row {
        /// The discrepancy.
        id: String,
        /// State, reason and person of the row.
        found: String,
        /// State, reason and person after the last entry.
        told: String,
    },
    /// The row has no history.
    #[error("{id} has a row and no history: it was removed")]
    NoHistory {
        /// The discrepancy.
        id: String,
    },
    /// The history has no row.
    #[error("{id} has a history and no row: it was removed")]
    NoRow {
        /// The discrepancy.
        id: String,
    },
}

/// Checks one history, oldest entry first.
///
/// # Errors
///
/// [`Broken`] names the first thing that is wrong.
pub fn check(entries: &[ChainEntry]) -> Result<(), Broken> {
    let mut previous: Option<&str> = None;
    for (expected, entry) in (1_i32..).zip(entries) {
        let (id, sequence) = (entry.event.discrepancy_id.clone(), entry.event.sequence);
        if sequence != expected {
            return Err(Broken::Gap { id, expected, sequence });
        }
        let told = entry.hash.as_deref();
        let computed = entry_hash(previous.unwrap_or_default(), &entry.event);
        // Entries without a hash stand at the beginning only.
        if told.map_or(previous.is_some(), |told| told != computed) {
            return Err(Broken::Changed { id, sequence });
        }
        previous = told;
    }
    row_agrees(entries)
}

/// The row must be where the history leads to.
fn row_agrees(entries: &[ChainEntry]) -> Result<(), Broken> {
    let Some(last) = entries.last() else { return Ok(()) };
    let id = last.event.discrepancy_id.clone();
    let Some((state, resolution, resolved_by)) = &last.row else {
        return Err(Broken::NoRow { id });
    };
    let events: Vec<_> = entries.iter().map(|entry| entry.event.clone()).collect();
    let told = History::replay(&events).standing;
    let open = |state: State| if state == State::Timing { State::Open } else { state };
    let words = |state: State, resolution: &str, by: &str| {
        // The job closes for one reason only, in words of its own.
        let resolution = if by == JOB { "" } else { resolution };
        format!("{} {resolution} {by}", open(state)).trim_end().to_owned()
    };
    let found = words(*state, resolution, resolved_by);
    let told = words(told.state, &told.resolution, &told.resolved_by);
    if found == told { Ok(()) } else { Err(Broken::Row { id, found, told }) }
}

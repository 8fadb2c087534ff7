//! Taking out of use what no import lets in any more and an earlier one let in: rows with a date or an
//! amount that cannot be. They stay as history; their pairs are judged anew by the next run, and their
//! files can be imported again, which refuses the row by its line.

use crate::business_day::{BusinessDay, PLAUSIBLE_DATES};
use crate::money::STATED_MINOR_MAX;

/// What healing does, for errors.
pub(super) const DOING: &str = "take out rows that cannot be";

/// What healing did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Healed {
    /// Rows that are no longer current, by table; only tables that had some.
    pub rows: Vec<(&'static str, u64)>,
    /// The files that had them, sorted.
    pub files: Vec<String>,
}

impl Healed {
    /// Notes the rows of a table.
    pub(super) fn note(&mut self, table: &'static str, rows: u64) {
        if rows > 0 {
            self.rows.push((table, rows));
        }
    }

    /// Each file once.
    pub(super) fn sorted(mut self) -> Self {
        self.files.sort();
        self.files.dedup();
        self
    }
}

/// The bounds of what can be, as the ledger keeps it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) dates: (i32, i32),
    pub(super) moments: (i64, i64),
    pub(super) minor: (i64, i64),
}

impl Bounds {
    pub(super) fn new() -> Self {
        let (first, last) = PLAUSIBLE_DATES;
        // A day on each side, for zones and cut-offs.
        let day = BusinessDay::BEIJING;
        let moments = (day.start_of(first.plus_days(-1)), day.end_of(last.plus_days(1)));
        Self {
            dates: (first.plus_days(-1).number(), last.plus_days(1).number()),
            moments: (moments.0.epoch_seconds(), moments.1.epoch_seconds()),
            minor: (STATED_MINOR_MAX.wrapping_neg(), STATED_MINOR_MAX),
        }
    }
}

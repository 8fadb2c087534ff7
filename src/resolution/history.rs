//! A discrepancy's history read back: where it stood after each entry, what can be taken back, and
//! what waits for a second person.

use super::{Reason, same};
use crate::business_day::BusinessDate;
use crate::discrepancy::{Discrepancy, State};
use crate::ledger_data::DiscrepancyEvent;
use crate::rules::lifecycle::{AGREED, GONE, JOB};
use crate::rules::note::IS_GONE;

/// What stands between the names of two people who decided together.
pub const JOINED_BY: &str = " / ";

/// What stands before the story of a closure by the job.
const BOTH_AGREE: &str = "both sides agree: ";

/// The part of a discrepancy that decisions change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The state; open also stands for timing.
    pub state: State,
    /// The business date of the closure.
    pub closed_on: Option<BusinessDate>,
    /// The reason's code.
    pub resolution: String,
    /// Who.
    pub resolved_by: String,
    /// The note.
    pub note: String,
}

impl Standing {
    /// Nobody has decided anything.
    pub const fn open() -> Self {
        Self {
            state: State::Open,
            closed_on: None,
            resolution: String::new(),
            resolved_by: String::new(),
            note: String::new(),
        }
    }

    /// As a row has it.
    pub fn of(row: &Discrepancy) -> Self {
        Self {
            state: row.state,
            closed_on: row.closed_on,
            resolution: row.resolution.clone(),
            resolved_by: row.resolved_by.clone(),
            note: row.resolution_note.clone(),
        }
    }

    /// After a decision.
    pub fn decided(reason: Reason, person: &str, note: &str, date: BusinessDate) -> Self {
        let state = reason.state();
        if state == State::Open {
            return Self::open();
        }
        Self {
            state,
            closed_on: state.is_closed().then_some(date),
            resolution: reason.code().to_owned(),
            resolved_by: person.to_owned(),
            note: note.to_owned(),
        }
    }
}

/// What a person does, as an entry of a history says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Resolved, put on suspense or written off.
    Decided {
        /// Why.
        reason: Reason,
        /// The person's note.
        note: String,
    },
    /// Proposed: it takes a second person.
    Proposed {
        /// Why.
        reason: Reason,
        /// The person's note.
        note: String,
    },
    /// Confirmed what another person proposed.
    Confirmed {
        /// Why.
        reason: Reason,
        /// The proposer's note.
        note: String,
    },
    /// Opened again.
    Reopened {
        /// The person's note.
        note: String,
    },
    /// Took an entry back.
    Undone {
        /// Which.
        sequence: i32,
        /// The person's note.
        note: String,
    },
}

impl Entry {
    /// The entry's word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decided { reason, .. } => match reason.state() {
                State::Suspense => "suspended",
                State::WrittenOff => "written_off",
                State::Timing | State::Open | State::Resolved => "resolved",
            },
            Self::Proposed { .. } => "proposed",
            Self::Confirmed { .. } => "confirmed",
            Self::Reopened { .. } => "reopened",
            Self::Undone { .. } => "undone",
        }
    }

    /// The entry's note: what [`Entry::read`] needs, then the person's words.
    pub fn note(&self) -> String {
        let with = |head: &str, note: &str| match note {
            "" => head.to_owned(),
            note => format!("{head}: {note}"),
        };
        match self {
            Self::Decided { reason, note }
            | Self::Proposed { reason, note }
            | Self::Confirmed { reason, note } => with(reason.code(), note),
            Self::Reopened { note } => note.clone(),
            Self::Undone { sequence, note } => with(&format!("takes back entry {sequence}"), note),
        }
    }

    /// What a person's entry says; `None` for what changes nothing, such as a callback that was
    /// asked for again.
    pub fn read(event: &DiscrepancyEvent) -> Option<Self> {
        let (head, note) = event.note.split_once(": ").unwrap_or((&event.note, ""));
        let note = note.to_owned();
        let reason = || Reason::from_code(head);
        match event.event.as_str() {
            "resolved" | "suspended" | "written_off" => {
                Some(Self::Decided { reason: reason()?, note })
            }
            "proposed" => Some(Self::Proposed { reason: reason()?, note }),
            "confirmed" => Some(Self::Confirmed { reason: reason()?, note }),
            "reopened" => Some(Self::Reopened { note: event.note.clone() }),
            "undone" => {
                let sequence = head.strip_prefix("takes back entry ")?.parse().ok()?;
                Some(Self::Undone { sequence, note })
            }
            _ => None,
        }
    }
}

/// A decision that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Who proposed it.
    pub person: String,
    /// What.
    pub reason: Reason,
    /// That person's note.
    pub note: String,
}

/// An entry that can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    /// Its number.
    pub sequence: i32,
    /// Where the discrepancy stood before it.
    pub before: Standing,
    /// The one of a person who reopened it, with the note.
    reopened: Option<(String, String)>,
}

/// Where a history leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Where the discrepancy stands after the last entry.
    pub standing: Standing,
    /// What can be taken back, the last first to go.
    pub undoable: Vec<Undoable>,
    /// What waits for a second person.
    pub proposal: Option<Proposal>,
}

impl History {
    /// Reads a history, oldest entry first.
    pub fn replay(events: &[DiscrepancyEvent]) -> Self {
        let mut history = Self { standing: Standing::open(), undoable: Vec::new(), proposal: None };
        for event in events {
            if event.person == JOB {
                history.by_job(event);
            } else if let Some(entry) = Entry::read(event) {
                history.by_person(event, entry);
            }
        }
        history
    }

    /// Whether the last thing that a person did, and that still stands, is this reopening.
    pub(super) fn is_reopened_by(&self, person: &str, note: &str) -> bool {
        let last = self.undoable.last().and_then(|last| last.reopened.as_ref());
        last.is_some_and(|(name, text)| same(name, person) && text == note)
    }

    fn by_job(&mut self, event: &DiscrepancyEvent) {
        // Whatever the job found, a proposal was about something else.
        self.proposal = None;
        match event.event.as_str() {
            "closed" => {
                let reason = if event.note.starts_with(IS_GONE) { GONE } else { AGREED };
                let note = event.note.strip_prefix(BOTH_AGREE).unwrap_or(&event.note).to_owned();
                self.standing = Standing {
                    state: State::Resolved,
                    closed_on: Some(event.business_date),
                    resolution: reason.to_owned(),
                    resolved_by: JOB.to_owned(),
                    note,
                };
                self.undoable.clear();
            }
            "raised" | "reopened" => {
                self.standing = Standing::open();
                self.undoable.clear();
            }
            _ => {}
        }
    }

    fn by_person(&mut self, event: &DiscrepancyEvent, entry: Entry) {
        let person = event.person.as_str();
        let before = self.standing.clone();
        let proposal = self.proposal.take();
        let mut undoable = Undoable { sequence: event.sequence, before, reopened: None };
        match entry {
            Entry::Decided { reason, note } => {
                self.standing = Standing::decided(reason, person, &note, event.business_date);
            }
            Entry::Proposed { reason, note } => {
                self.proposal = Some(Proposal { person: person.to_owned(), reason, note });
            }
            Entry::Confirmed { reason, note } => {
                let both = proposal.map_or_else(
                    || person.to_owned(),
                    |proposal| format!("{}{JOINED_BY}{person}", proposal.person),
                );
                self.standing = Standing::decided(reason, &both, &note, event.business_date);
                // The proposal and its confirmation are taken back together.
                if let Some(proposed) = self.undoable.pop() {
                    undoable.before = proposed.before;
                }
            }
            Entry::Reopened { note } => {
                self.standing = Standing::open();
                undoable.reopened = Some((person.to_owned(), note));
            }
            Entry::Undone { sequence, .. } => {
                if let Some(taken) = self.undoable.pop_if(|last| last.sequence == sequence) {
                    self.standing = taken.before;
                }
                return;
            }
        }
        self.undoable.push(undoable);
    }
}

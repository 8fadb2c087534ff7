//! What people decide about discrepancies: reasons, the rules by which a decision is accepted, undo,
//! and the second pair of eyes for large amounts.
//!
//! Pure: a decision is judged by the discrepancy as it is now and its history, and becomes changes
//! for the ledger. Nothing is ever taken out of a history; an undo is one more entry.

use crate::business_day::BusinessDate;
use crate::discrepancy::{Discrepancy, State};
use crate::ledger_data::{DiscrepancyChange, DiscrepancyEvent};
use crate::personal::{self, Personal};
use crate::rules::lifecycle::{JOB, Night};
use crate::text;

pub mod chain;
pub mod history;
pub mod refusal;

pub use crate::discrepancy::Reason;
pub use refusal::Refusal;

use history::{Entry, History, JOINED_BY, Standing};

/// Characters that a person's name may have.
pub const PERSON_CHARS_MAX: usize = 64;

/// Characters that a note may have.
pub const NOTE_CHARS_MAX: usize = 500;

/// What a person wants of a discrepancy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Why.
    pub reason: Reason,
    /// Who.
    pub person: String,
    /// What that person notes; may be empty where the reason needs none.
    pub note: String,
}

impl Wish {
    /// A wish that says all that it has to say.
    ///
    /// # Errors
    ///
    /// [`Refusal`] for a reason that is the job's, a missing or impossible name, a missing or too
    /// long note.
    pub fn new(reason: Reason, name: &str, note: &str) -> Result<Self, Refusal> {
        if reason.is_the_jobs() {
            return Err(Refusal::OnlyTheJob);
        }
        let person = person(name)?;
        let note = self::note(note)?;
        if reason.needs_note() && note.is_empty() {
            return Err(Refusal::NoteMissing { reason });
        }
        Ok(Self { reason, person, note })
    }
}

/// A person's name as histories and reports show it.
///
/// # Errors
///
/// [`Refusal::PersonMissing`], or [`Refusal::PersonName`] for one that is too long, has control
/// characters, looks like a number of a card, an identity card or a phone, or is the job's own.
pub fn person(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Refusal::PersonMissing);
    }
    let too_long = name.chars().count() > PERSON_CHARS_MAX;
    let two = name.contains(JOINED_BY);
    // A number of a person is no name, and would stay in every history that it is written into.
    let is_number = personal::found(name).is_some();
    if too_long
        || two
        || is_number
        || name.chars().any(text::is_forbidden)
        || name.eq_ignore_ascii_case(JOB)
    {
        return Err(Refusal::PersonName);
    }
    Ok(name.to_owned())
}

/// A note in one line.
///
/// # Errors
///
/// [`Refusal::NoteTooLong`]; [`Refusal::NoteHasCard`] and [`Refusal::NoteHasIdentityCard`], since what a
/// history says stays in it.
pub fn note(text: &str) -> Result<String, Refusal> {
    let visible = |c: char| if text::is_forbidden(c) { ' ' } else { c };
    let text: String = text.chars().map(visible).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match personal::found(&text) {
        Some(Personal::Card) => return Err(Refusal::NoteHasCard),
        Some(Personal::IdentityCard) => return Err(Refusal::NoteHasIdentityCard),
        Some(Personal::Phone) | None => {}
    }
    if text.chars().count() > NOTE_CHARS_MAX { Err(Refusal::NoteTooLong) } else { Ok(text) }
}

/// By what a wish is judged.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// `[resolution] four_eyes_above`, in fen: closing what has more at stake takes two people.
    pub four_eyes_above_minor: Option<i64>,
    /// The business date of the moment, and the moment.
    pub moment: Night,
}

/// What came of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is so from now on.
    Applied,
    /// It is proposed and waits for a second person.
    Proposed,
    /// It was proposed before by the same person and still waits for a second one.
    Waiting,
    /// It was so already.
    Unchanged,
}

/// What came of a wish, and what the ledger has to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What came of it.
    pub effect: Effect,
    /// In order; empty where nothing changes.
    pub changes: Vec<DiscrepancyChange>,
}

impl Decided {
    const fn nothing(effect: Effect) -> Self {
        Self { effect, changes: Vec::new() }
    }
}

/// Whether the ledger already says what is wished; an empty name or note is no other word.
pub fn is_so(known: &Discrepancy, reason: Reason, person: &str, note: &str) -> bool {
    let by_that_person =
        person.is_empty() || known.resolved_by.split(JOINED_BY).any(|name| same(name, person));
    known.resolution == reason.code()
        && known.state == reason.state()
        && by_that_person
        && (note.is_empty() || self::note(note).is_ok_and(|note| note == known.resolution_note))
}

/// Judges a wish.
///
/// `importer` is a second person who stands behind the wish, such as the one who imports a
/// colleague's file.
///
/// # Errors
///
/// [`Refusal`] says why the discrepancy stays as it is.
pub fn decide(
    known: &Discrepancy,
    events: &[DiscrepancyEvent],
    wish: &Wish,
    importer: Option<&str>,
    rules: Rules,
) -> Result<Decided, Refusal> {
    if is_so(known, wish.reason, &wish.person, &wish.note) {
        return Ok(Decided::nothing(Effect::Unchanged));
    }
    let history = History::replay(events);
    if wish.reason == Reason::Reopened {
        return reopen(known, &history, wish, rules);
    }
    if known.state.is_closed() {
        return Err(closed(known));
    }
    let at_stake = i64::try_from(known.at_stake_hundredths()).unwrap_or(i64::MAX);
    let two = rules.four_eyes_above_minor.is_some_and(|limit| at_stake > limit);
    if !two || !wish.reason.state().is_closed() {
        let entry = Entry::Decided { reason: wish.reason, note: wish.note.clone() };
        let standing = Standing::decided(wish.reason, &wish.person, &wish.note, rules.moment.date);
        return Ok(Decided {
            effect: Effect::Applied,
            changes: vec![change(known, standing, &entry, &wish.person, rules)],
        });
    }
    Ok(with_two(known, &history, wish, importer, rules))
}

/// A decision that takes a second person.
fn with_two(
    known: &Discrepancy,
    history: &History,
    wish: &Wish,
    importer: Option<&str>,
    rules: Rules,
) -> Decided {
    let mut changes = Vec::new();
    let (proposer, reason, note) = match &history.proposal {
        Some(proposal) if proposal.reason == wish.reason => {
            (proposal.person.as_str(), proposal.reason, proposal.note.as_str())
        }
        Some(_) | None => {
            let entry = Entry::Proposed { reason: wish.reason, note: wish.note.clone() };
            let standing = Standing::of(known);
            changes.push(change(known, standing, &entry, &wish.person, rules));
            (wish.person.as_str(), wish.reason, wish.note.as_str())
        }
    };
    let others = [Some(wish.person.as_str()), importer];
    let Some(second) = others.into_iter().flatten().find(|name| !same(name, proposer)) else {
        let effect = if changes.is_empty() { Effect::Waiting } else { Effect::Proposed };
        return Decided { effect, changes };
    };
    changes.push(confirmed(known, (proposer, second), reason, note, rules));
    Decided { effect: Effect::Applied, changes }
}

fn confirmed(
    known: &Discrepancy,
    (proposer, second): (&str, &str),
    reason: Reason,
    note: &str,
    rules: Rules,
) -> DiscrepancyChange {
    let both = format!("{proposer}{JOINED_BY}{second}");
    let entry = Entry::Confirmed { reason, note: note.to_owned() };
    let standing = Standing::decided(reason, &both, note, rules.moment.date);
    change(known, standing, &entry, second, rules)
}

fn reopen(
    known: &Discrepancy,
    history: &History,
    wish: &Wish,
    rules: Rules,
) -> Result<Decided, Refusal> {
    if known.state.is_closed() && known.resolved_by == JOB {
        return Err(closed(known));
    }
    if !known.state.is_closed() && known.state != State::Suspense {
        if history.is_reopened_by(&wish.person, &wish.note) {
            return Ok(Decided::nothing(Effect::Unchanged));
        }
        return Err(Refusal::NotClosed);
    }
    let entry = Entry::Reopened { note: wish.note.clone() };
    let changes = vec![change(known, Standing::open(), &entry, &wish.person, rules)];
    Ok(Decided { effect: Effect::Applied, changes })
}

/// Makes a proposal of somebody else come true.
///
/// # Errors
///
/// [`Refusal`] when nothing is proposed, or it was proposed by the same person.
pub fn confirm(
    known: &Discrepancy,
    events: &[DiscrepancyEvent],
    person: &str,
    rules: Rules,
) -> Result<Decided, Refusal> {
    let person = self::person(person)?;
    let history = History::replay(events);
    let Some(proposal) = &history.proposal else {
        return Err(Refusal::NothingProposed);
    };
    if same(&proposal.person, &person) {
        return Err(Refusal::SamePerson { person });
    }
    let two = (&*proposal.person, &*person);
    let change = confirmed(known, two, proposal.reason, &proposal.note, rules);
    Ok(Decided { effect: Effect::Applied, changes: vec![change] })
}

/// Takes back the last thing that a person did, unless the job has opened or closed the discrepancy
/// since.
///
/// # Errors
///
/// [`Refusal::NothingToUndo`].
pub fn undo(
    known: &Discrepancy,
    events: &[DiscrepancyEvent],
    person: &str,
    text: &str,
    rules: Rules,
) -> Result<Decided, Refusal> {
    let (person, note) = (self::person(person)?, note(text)?);
    let mut history = History::replay(events);
    let Some(last) = history.undoable.pop() else {
        return Err(Refusal::NothingToUndo);
    };
    let entry = Entry::Undone { sequence: last.sequence, note };
    let changes = vec![change(known, last.before, &entry, &person, rules)];
    Ok(Decided { effect: Effect::Applied, changes })
}

/// Whether two names mean one person.
pub fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn closed(known: &Discrepancy) -> Refusal {
    if known.resolved_by == JOB {
        return Refusal::ClosedByJob { on: known.closed_on };
    }
    Refusal::ClosedByPerson {
        resolution: known.resolution.clone(),
        person: known.resolved_by.clone(),
    }
}

fn change(
    known: &Discrepancy,
    standing: Standing,
    entry: &Entry,
    person: &str,
    rules: Rules,
) -> DiscrepancyChange {
    let earliest = |on: BusinessDate| on.max(known.first_seen);
    let discrepancy = Discrepancy {
        state: standing.state,
        closed_on: standing.closed_on.map(earliest),
        resolution: standing.resolution,
        resolved_by: standing.resolved_by,
        resolution_note: standing.note,
        ..known.clone()
    };
    DiscrepancyChange {
        event: DiscrepancyEvent {
            discrepancy_id: known.id.clone(),
            order_no: known.key.order_no.clone(),
            sequence: 0,
            business_date: rules.moment.date,
            event: entry.code().to_owned(),
            person: person.to_owned(),
            note: entry.note(),
            occurred_at: rules.moment.now,
        },
        discrepancy,
    }
}

#[cfg(test)]
#[path = "resolution/tests.rs"]
mod tests;

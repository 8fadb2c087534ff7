//! The hash chain of a history: whoever changes, removes or adds an entry behind the ledger's back
//! is found out.
//!
//! The hash of an entry is SHA-256 over the hash of the entry before it and the entry's own words,
//! each written as `length:bytes,` (a netstring), in hexadecimal digits. The chain of a discrepancy
//! begins with the empty text; entries from before there were hashes have none and stand before it.
//!
//! That chain says nothing of a history that is gone as a whole. So there is one more over all histories,
//! whose links are [`crate::ledger_data::Anchor`]s: see [`anchor`].

use super::history::History;
use crate::discrepancy::{Discrepancy, State};
use crate::ledger_data::{ChainEntry, DiscrepancyEvent};
use crate::reading::Source;
use crate::rules::lifecycle::JOB;
use crate::rules::note::ARCHIVED_AS;
use crate::status::MerchantStatus;

pub mod anchor;
mod netstring;
pub mod words;

use netstring::Hash;

/// The hash of an entry, which has its sequence; `row_hash` is empty for one from before there were any.
pub fn entry_hash(previous: &str, event: &DiscrepancyEvent, row_hash: &str) -> String {
    let mut hash = Hash::default();
    hash.text(previous);
    content(&mut hash, event, &event.note);
    hash.number(event.occurred_at.epoch_seconds());
    if !row_hash.is_empty() {
        hash.text(row_hash);
    }
    hash.finish()
}

/// The hash of what an entry says and of the row as it left it. Not of the moment at which it was
/// written, nor of the entry before it, nor of where and when the answer that the job names was archived:
/// the same night twice gives the same, and one that was killed and run again as well.
pub fn content_hash(event: &DiscrepancyEvent, row_hash: &str) -> String {
    let mut hash = Hash::default();
    let note = event.note.split_once(ARCHIVED_AS).filter(|_| event.person == JOB);
    let note = note.map_or(event.note.as_str(), |(before, _)| before);
    content(&mut hash, event, note);
    hash.text(row_hash);
    hash.finish()
}

fn content(hash: &mut Hash, event: &DiscrepancyEvent, note: &str) {
    hash.text(&event.order_no);
    hash.text(&event.discrepancy_id);
    hash.number(event.sequence);
    hash.text(&event.business_date.to_string());
    hash.text(&event.event);
    hash.text(&event.person);
    hash.text(note);
}

/// The hash of everything that a discrepancy's row says.
pub fn row_hash(row: &Discrepancy) -> String {
    let Discrepancy { key, evidence, .. } = row;
    let mut hash = Hash::default();
    let date = |date: crate::business_day::BusinessDate| date.to_string();
    let time = |at: crate::business_day::Timestamp| at.epoch_seconds();
    for text in [&row.id, &key.stream.account, &key.stream.product, &key.order_no] {
        hash.text(text);
    }
    hash.number(key.stream.kind.number());
    hash.number(row.kind.number());
    hash.text(&date(row.business_date));
    hash.text(&date(row.first_seen));
    hash.option(row.timing_until.map(time));
    hash.number(row.state.number());
    hash.option(row.closed_on.map(date));
    hash.number(row.difference_minor);
    hash.text(row.currency.as_str());
    for minor in [
        row.merchant_amount_minor,
        row.provider_amount_minor,
        row.merchant_fee_minor,
        row.provider_fee_minor,
    ] {
        hash.option(minor);
    }
    hash.option(row.merchant_status.map(MerchantStatus::number));
    hash.number(row.provider_status.number());
    hash.option(row.merchant_time.map(time));
    hash.option(row.provider_time.map(time));
    for text in [
        &row.provider_order_no,
        &row.original_order_no,
        &row.resolution,
        &row.resolved_by,
        &row.resolution_note,
        &evidence.interface,
        &evidence.status_code,
    ] {
        hash.text(text);
    }
    hash.option(evidence.source.map(Source::number));
    hash.number(evidence.assurance.number());
    hash.number(u8::from(evidence.amount_assumed));
    hash.number(evidence.time_from.number());
    hash.option(evidence.callback_at.map(time));
    let amount_from = evidence.amount_from.as_ref();
    hash.option(amount_from.map(|(source, _)| source.number()));
    hash.text(amount_from.map_or("", |(_, interface)| interface));
    hash.option(evidence.answered_on.map(date));
    hash.finish()
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
        "{id} is {found:?} in its row and {replayed:?} by its history: the row was changed, or the end \
         of the history was removed"
    )]
    Row {
        /// The discrepancy.
        id: String,
        /// State, reason and person of the row.
        found: String,
        /// State, reason and person after the last entry.
        replayed: String,
    },
    /// The row is not what its last entry left.
    #[error(
        "the row of {id} is not what its last entry, {sequence}, left: an amount or another figure of it \
         was changed, or the end of the history was removed"
    )]
    RowChanged {
        /// The discrepancy.
        id: String,
        /// Its last entry.
        sequence: i32,
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
        let stored = entry.hash.as_deref();
        let row_hash = &entry.row_hash;
        let computed = entry_hash(previous.unwrap_or_default(), &entry.event, row_hash);
        // Entries without a hash stand at the beginning only.
        let is_other = stored.map_or(previous.is_some(), |stored| stored != computed);
        let content =
            if row_hash.is_empty() { String::new() } else { content_hash(&entry.event, row_hash) };
        if is_other || entry.content_hash != content {
            return Err(Broken::Changed { id, sequence });
        }
        previous = stored;
    }
    row_agrees(entries)
}

/// The row must be where the history leads to.
fn row_agrees(entries: &[ChainEntry]) -> Result<(), Broken> {
    let Some(last) = entries.last() else { return Ok(()) };
    let id = last.event.discrepancy_id.clone();
    let Some(row) = &last.row else { return Err(Broken::NoRow { id }) };
    let events: Vec<_> = entries.iter().map(|entry| entry.event.clone()).collect();
    let replayed = History::replay(&events).standing;
    let open = |state: State| if state == State::Timing { State::Open } else { state };
    let words = |state: State, resolution: &str, by: &str| {
        // The job closes for one reason only, in words of its own.
        let resolution = if by == JOB { "" } else { resolution };
        format!("{} {resolution} {by}", open(state)).trim_end().to_owned()
    };
    let found = words(row.state, &row.resolution, &row.resolved_by);
    let replayed = words(replayed.state, &replayed.resolution, &replayed.resolved_by);
    if found != replayed {
        return Err(Broken::Row { id, found, replayed });
    }
    if last.row_hash.is_empty() || last.row_hash == row_hash(row) {
        return Ok(());
    }
    Err(Broken::RowChanged { id, sequence: last.event.sequence })
}

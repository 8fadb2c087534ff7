//! Proof by report: whether every planted discrepancy was found, named and totalled, and nothing
//! else was.
//!
//! Reads the files that a user gets, not the program's memory, and compares them with the world's
//! own truth.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::world::{Absences, Planted, World};
use crate::discrepancy::{Direction, DiscrepancyType, State};
use crate::money::yuan;
use crate::order::Stream;

mod files;
mod totals;

pub use files::{ProofError, ReportedRow};
pub use totals::AccountTie;

use files::SummaryRow;

/// The words of a report and what they mean: word → code, for types, states, directions and kinds.
///
/// A code always means itself, so an English report needs none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary(BTreeMap<String, String>);

impl Vocabulary {
    /// A vocabulary from pairs of word and code.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    fn code<'a>(&'a self, word: &'a str) -> &'a str {
        self.0.get(word).map_or(word, String::as_str)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a report makes of a world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Discrepancies that were planted (at accounts that could be reached).
    pub planted: usize,
    /// Those whose order the report has a row for.
    pub found: usize,
    /// Those whose row has the right type, day, difference, direction and state.
    pub named: usize,
    /// Those that the report does not have.
    pub missing: Vec<Planted>,
    /// Those that the report has, but calls something else.
    pub misnamed: Vec<(Planted, ReportedRow)>,
    /// Rows that nobody planted.
    pub false_ones: Vec<ReportedRow>,
    /// Whether the summary ties, by account.
    pub accounts: Vec<AccountTie>,
    /// What the platforms say they paid to the bank, less what the bank received of it and what is planted
    /// as not arrived, in fen; `None` where the world has no bank.
    pub bank_rest_minor: Option<i64>,
}

impl Proof {
    /// Whether everything was found, named and totalled, and nothing else was.
    pub fn is_proved(&self) -> bool {
        self.named == self.planted
            && self.false_ones.is_empty()
            && !self.accounts.is_empty()
            && self.accounts.iter().all(|account| account.problems.is_empty())
            && self.bank_rest_minor.unwrap_or(0) == 0
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tied = self.accounts.iter().filter(|account| account.problems.is_empty()).count();
        write!(
            f,
            "planted {}, found {}, named {}, false {}, accounts that tie {} of {}",
            self.planted,
            self.found,
            self.named,
            self.false_ones.len(),
            tied,
            self.accounts.len()
        )?;
        self.bank_rest_minor
            .map_or(Ok(()), |rest| write!(f, ", platform and bank apart by {}", yuan(rest)))
    }
}

/// Compares the report in a folder (the one of the world's date) with what was planted. Needs an
/// English report; for a Chinese one see [`prove_with`].
///
/// # Errors
///
/// [`ProofError`] when there is no report that can be read.
pub fn prove(report_dir: &Path, world: &World) -> Result<Proof, ProofError> {
    prove_with(report_dir, world, &Vocabulary::default())
}

/// As [`prove`], with the words of the report's language.
///
/// # Errors
///
/// [`ProofError`] when there is no report that can be read.
pub fn prove_with(
    report_dir: &Path,
    world: &World,
    vocabulary: &Vocabulary,
) -> Result<Proof, ProofError> {
    let held = world.settings().held;
    let report = files::read(report_dir, world.date(), vocabulary, held)?;
    let planted: Vec<&Planted> =
        world.planted().iter().filter(|item| !world.is_down(&item.key.stream.account)).collect();
    let mut proof = compared(&planted, &report.rows, world);
    proof.accounts = totals::ties(world, &planted, &report.rows, &report.summary);
    if world.settings().absences == Absences::Planted && world.settings().faults.is_empty() {
        totals::verdicts(world, &report.summary, &mut proof.accounts);
    }
    if held {
        totals::bridges(world, &report.left_over, &mut proof.accounts);
    }
    if world.settings().bank {
        let lost = world.not_arrived_minor();
        proof.bank_rest_minor = Some(report.not_received_minor.saturating_sub(lost));
    }
    Ok(proof)
}

fn compared(planted: &[&Planted], rows: &[ReportedRow], world: &World) -> Proof {
    let mut proof = Proof { planted: planted.len(), ..Proof::default() };
    let mut open: BTreeMap<(&Stream, &str), Vec<&ReportedRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| is_claim(row, world)) {
        open.entry((&row.stream, &row.order_no)).or_default().push(row);
    }
    // Right ones first, so that a wrong row beside a right one counts as false, not as a wrong name.
    let mut unnamed = Vec::new();
    for item in planted {
        let rows = open.get_mut(&(&item.key.stream, &*item.key.order_no));
        match rows.and_then(|rows| take(rows, |row| names(row, item))) {
            Some(_) => proof.named = proof.named.saturating_add(1),
            None => unnamed.push(*item),
        }
    }
    for item in planted {
        if let Some(rows) = open.get_mut(&(&item.key.stream, &*item.key.order_no)) {
            // The other day's half of a pair that crosses midnight is that night's affair.
            take(rows, |row| is_other_half(row, item));
        }
    }
    for item in unnamed {
        let rows = open.get_mut(&(&item.key.stream, &*item.key.order_no));
        match rows.and_then(|rows| take(rows, |_| true)) {
            Some(row) => proof.misnamed.push((item.clone(), row.clone())),
            None => proof.missing.push(item.clone()),
        }
    }
    proof.found = proof.named.saturating_add(proof.misnamed.len());
    proof.false_ones = open.into_values().flatten().cloned().collect();
    proof
}

/// Whether a row says, on this night, that something is wrong at one of the world's accounts.
fn is_claim(row: &ReportedRow, world: &World) -> bool {
    let closed = State::from_code(&row.state).is_some_and(State::is_closed);
    world.has_account(&row.stream.account)
        && !world.is_down(&row.stream.account)
        && !closed
        && row.first_seen >= world.date()
}

fn names(row: &ReportedRow, item: &Planted) -> bool {
    let right_transaction =
        item.kind != DiscrepancyType::PaidTwice || row.provider_order_no == item.provider_order_no;
    right_transaction
        && row.kind == item.kind.code()
        && row.business_date == item.business_date
        && (row.difference_minor, row.currency) == (item.difference_minor, item.currency)
        && row.direction == Direction::of(item.difference_minor).code()
        && row.state == item.state.code()
}

fn is_other_half(row: &ReportedRow, item: &Planted) -> bool {
    item.kind == DiscrepancyType::CrossDay
        && row.kind == item.kind.code()
        && row.business_date.days_since(item.business_date).abs() == 1
        && row.difference_minor == item.difference_minor.saturating_neg()
        && row.state == State::Timing.code()
}

fn take<'a>(
    rows: &mut Vec<&'a ReportedRow>,
    wanted: impl Fn(&ReportedRow) -> bool,
) -> Option<&'a ReportedRow> {
    let index = rows.iter().position(|row| wanted(row))?;
    Some(rows.remove(index))
}

#[cfg(test)]
mod tests;

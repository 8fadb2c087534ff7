//! Bills that are no plain table: each becomes one, with the columns that its form has and the totals that it
//! states already checked. What comes after knows no forms.
//!
//! Every line of the file is one of the table's rows or among what was passed over, as everywhere.

use crate::config::{Encoding, Figure, Form, TotalOf};
use crate::intake::cell;
use crate::intake::content::{self, Content};
use crate::intake::statement::period::Period;
use crate::intake::statement::{StatementError, StatementRequest};
use crate::intake::table::{Table, TableCell, TableRow};
use crate::intake::totals::{StatedTotal, Tie};
use crate::lines::LineKind;
use crate::money::{self, Currency};
use crate::order::RejectionReason;

mod camt;
mod fixed;
mod mt940;
mod tagged;
mod xml;

/// Characters of a text for people that the ledger keeps; what a bank writes beyond is cut off.
const NOTE_CHARS_MAX: usize = 200;

/// The columns of a bank's statement, whatever it is written as.
const BANK_COLUMNS: [&str; 13] = [
    "account",
    "booked",
    "value_date",
    "credit",
    "debit",
    "currency",
    "status",
    "type",
    "reference",
    "bank_reference",
    "end_to_end",
    "name",
    "note",
];

/// A bill as a table.
pub(super) struct Formed {
    pub(super) table: Table,
    /// The totals that it states.
    pub(super) totals: Vec<StatedTotal>,
    /// The period that it states.
    pub(super) period: Option<Period>,
}

/// Reads a bill that is no plain table; `None` where it is one.
///
/// # Errors
///
/// [`StatementError`] when it is not what its form has to be, or a total is not what its rows give.
pub(super) fn read(
    request: &StatementRequest<'_>,
    content: &Content,
) -> Result<Option<Formed>, StatementError> {
    let form = request.settings.form;
    if form != Form::Table && content.form == content::Form::Workbook {
        return Err(broken(
            request,
            0,
            "it is a workbook, and the configuration says another form",
        ));
    }
    match form {
        Form::Table => Ok(None),
        Form::Fixed => fixed::read(request, content).map(Some),
        Form::Tagged => tagged::read(request, content).map(Some),
        Form::Mt940 => mt940::read(request, content).map(Some),
        Form::Camt053 => camt::read(request, content).map(Some),
    }
}

/// Whether a file of an archive looks like a statement in the form of its own, and is no note beside one.
pub(super) fn is_statement(request: &StatementRequest<'_>, content: &Content) -> bool {
    let Ok(documents) = Documents::of(request, content) else { return false };
    let text = documents.parts.first().map_or("", |part| part.text.as_str());
    match request.settings.form {
        Form::Camt053 => text.trim_start().starts_with('<'),
        Form::Mt940 => mt940::is_statement(text),
        Form::Table | Form::Fixed | Form::Tagged => false,
    }
}

/// The texts that are read as one statement, whose lines are counted through all of them.
struct Documents<'a> {
    request: &'a StatementRequest<'a>,
    parts: Vec<Document>,
    lines: i64,
}

struct Document {
    /// Its name inside an archive of several; else empty.
    inside: String,
    /// Lines of the documents before it.
    before: i64,
    text: String,
}

impl<'a> Documents<'a> {
    fn of(request: &'a StatementRequest<'a>, content: &Content) -> Result<Self, StatementError> {
        let (mut parts, mut lines) = (Vec::new(), 0_i64);
        let are_several = content.parts().len() > 1;
        for part in content.parts() {
            let encoding = match part.form {
                content::Form::Text { encoding, .. } => encoding,
                content::Form::Workbook => Encoding::Utf8,
            };
            let bytes = part.whole_text(request.name)?;
            let text = cell::decode_lossy(&bytes, encoding).into_owned();
            let inside = if are_several { part.inside.clone() } else { String::new() };
            parts.push(Document { inside, before: lines, text });
            lines = lines.saturating_add(i64::try_from(part.lines()).unwrap_or(i64::MAX));
        }
        Ok(Self { request, parts, lines })
    }

    /// What is wrong at a line, said of the document that has it.
    fn broken(&self, line: i64, problem: &str) -> StatementError {
        let of = self.parts.iter().rev().find(|part| part.before < line);
        match of.filter(|part| !part.inside.is_empty()) {
            None => broken(self.request, line, problem),
            Some(Document { inside, before, .. }) => StatementError::Form {
                name: format!("{} ({})", self.request.name, cell::shown(inside)),
                line: line.saturating_sub(*before),
                problem: problem.into(),
            },
        }
    }
}

/// A statement among others of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Link {
    /// Its closing day, as its form writes days: they sort as texts.
    date: String,
    opening: (Currency, i128),
    closing: (Currency, i128),
    line: i64,
}

/// The statement at whose opening balance the one before it did not end: one between them is missing. By day,
/// and those of one day in the order of the file or the other way round.
fn gap(mut links: Vec<Link>) -> Option<Link> {
    fn breaks(links: &[Link]) -> Option<Link> {
        let pairs = links.iter().zip(links.iter().skip(1));
        let mut broken = pairs.filter(|(before, after)| before.closing != after.opening);
        broken.next().map(|(_, after)| after.clone())
    }
    links.sort_by(|a, b| a.date.cmp(&b.date));
    let found = breaks(&links)?;
    links.reverse();
    links.sort_by(|a, b| a.date.cmp(&b.date));
    breaks(&links).map(|_| found)
}

/// What is wrong with a file as a whole.
fn broken(request: &StatementRequest<'_>, line: i64, problem: &str) -> StatementError {
    StatementError::Form { name: request.name.to_owned(), line, problem: problem.into() }
}

/// The row of these texts.
fn row(line: i64, texts: impl IntoIterator<Item = String>) -> TableRow {
    let cell = |text: String| TableCell { text, damage: None };
    TableRow::of(line, texts.into_iter().map(cell).collect())
}

/// A row that cannot be read as a whole. Its values may be anything, so none is shown.
fn refused(line: i64, problem: RejectionReason) -> TableRow {
    TableRow { problem: Some(problem), ..row(line, ["?".to_owned()]) }
}

/// Lines that are a row; blank ones in front of the next row are remembered by it.
#[derive(Default)]
struct Lines {
    rows: Vec<TableRow>,
    passed: Vec<(LineKind, u64)>,
    blank: u64,
}

impl Lines {
    fn push(&mut self, row: TableRow) {
        let blank_before = std::mem::take(&mut self.blank);
        self.rows.push(TableRow { blank_before, ..row });
    }

    fn pass(&mut self, kind: LineKind, lines: u64) {
        self.passed.push((kind, lines));
    }

    const fn blank(&mut self, lines: u64) {
        self.blank = self.blank.saturating_add(lines);
    }

    /// Blank lines behind the last row are passed over.
    fn end(mut self) -> (Vec<TableRow>, Vec<(LineKind, u64)>) {
        let blank = std::mem::take(&mut self.blank);
        self.passed.push((LineKind::Blank, blank));
        (self.rows, self.passed)
    }
}

/// A total that a form states, as all others are told.
fn total(label: &str, line: i64, stated: String, tie: Tie, is_zero: bool) -> StatedTotal {
    let of = TotalOf { kind: None, figure: Figure::Amount };
    let (label, word) = (label.to_owned(), label.to_owned());
    StatedTotal { label, word, of, line, stated, tie, is_zero }
}

/// An amount for people.
fn shown(minor: i128, currency: Currency) -> String {
    i64::try_from(minor).map_or_else(|_| minor.to_string(), |minor| money::units(minor, currency))
}

/// A reference; what banks write where there is none is none (SWIFT MT940, field 61; the EPC's guidelines for
/// `EndToEndId`).
fn reference(text: &str) -> String {
    const NONE: [&str; 2] = ["NONREF", "NOTPROVIDED"];
    let text = note(text);
    if NONE.contains(&text.to_uppercase().as_str()) { String::new() } else { text }
}

/// Words for people: one blank between them, and no more than is kept.
fn note(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(NOTE_CHARS_MAX).collect()
}

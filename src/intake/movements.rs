//! Money of the accounts that is no order, out of a CSV file or a workbook.
//!
//! Columns by name, in any order, others ignored: `occurred_at`, `kind`, `product`,
//! `settlement_date`, `amount` (yuan), `name`, `note`, `reference`, and `account` where the file is not for one
//! account only.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::AmountUnit;
use crate::intake::content::{self, Content};
use crate::intake::header::{Found, Head, Place, Sought};
use crate::intake::records::Step;
use crate::intake::rows::{Rows, Unaccounted};
use crate::intake::time::Times;
use crate::intake::totals::{Columns, Figures, StatedTotal, Tally, Tie, Totals};
use crate::intake::{IntakeError, cell};
use crate::ledger::IntakeFile;
use crate::lines::LineKind;
use crate::money::{Currency, Money};
use crate::movement::{Movement, MovementKind};
use crate::order::{Origin, Rejection, RejectionReason};
use crate::provider::Lane;

/// The columns, in the order of a template.
pub const MOVEMENT_COLUMNS: [&str; 9] = [
    "occurred_at",
    "kind",
    "product",
    "settlement_date",
    "amount",
    "name",
    "note",
    "account",
    "reference",
];

/// Counts up whenever the same file would be read differently, so that it is read again.
const READING_VERSION: u32 = 5;

/// Characters of a name or note, at most.
const TEXT_CHARS_MAX: usize = 200;

/// Seconds by which a time may be later than the import: clocks differ, and so do zones.
pub(super) const AHEAD_SECONDS_MAX: i64 = 24 * 60 * 60;

/// What to read, and what it is read against.
#[derive(Debug, Clone, Copy)]
pub struct MovementsRequest<'a> {
    /// Where the file is.
    pub path: &'a Path,
    /// Its path relative to the configuration: the name in the ledger, in rejections and errors.
    pub name: &'a str,
    /// The account that the whole file is for; `None` where its rows say so.
    pub account: Option<&'a str>,
    /// The accounts that there are, and what each does.
    pub accounts: &'a [(String, Vec<Lane>)],
    /// Zone of the file's times, and the cut-off that dates them.
    pub business_day: BusinessDay,
    /// The business date for which the file is imported.
    pub business_date: BusinessDate,
    /// The moment of the import. Times more than a day later are refused.
    pub now: Timestamp,
}

/// What a file of movements holds: `file.rows = movements + rejections`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementsRead {
    /// For the ledger.
    pub file: IntakeFile,
    /// What the file is.
    pub head: Head,
    /// The name of the file inside an archive; empty where there is none.
    pub inside: String,
    /// The totals that the file states, in the order of their lines.
    pub totals: Vec<StatedTotal>,
    /// The movements, in the order of the file.
    pub movements: Vec<Movement>,
    /// The refused rows, in the order of the file.
    pub rejections: Vec<Rejection>,
}

/// Reads a file of movements.
///
/// # Errors
///
/// [`IntakeError`] when the file cannot be read, is not CSV, or its header lacks a column or has it
/// twice. A row that cannot be read is a rejection.
pub fn read(request: &MovementsRequest<'_>) -> Result<MovementsRead, IntakeError> {
    let name = request.name;
    let opened = std::fs::File::open(request.path);
    drop(opened.map_err(|source| IntakeError::Open { name: name.to_owned(), source })?);
    let content = content::examine(request.path, name, &|inside| open(request, inside).is_ok())?;
    let (head, mut rows, layout) = open(request, &content)?;
    let Taken { movements, rejections, totals } = take(request, &mut rows, &layout)?;
    let lines = rows.finish().map_err(|Unaccounted { counted, lines }| {
        IntakeError::Unaccounted { name: name.to_owned(), counted, lines }
    })?;
    let count = movements.len().saturating_add(rejections.len());
    let mut hash = Sha256::new();
    hash.update(content.digest);
    hash.update(way_of_reading(request));
    let file = IntakeFile {
        origin: Origin::Movements,
        name: name.to_owned(),
        digest: format!("{:x}", hash.finalize()),
        business_date: request.business_date,
        rows: i64::try_from(count).unwrap_or(i64::MAX),
        rejected: i64::try_from(rejections.len()).unwrap_or(i64::MAX),
        encoding: content.label().to_owned(),
        imported_at: request.now,
        lines,
    };
    Ok(MovementsRead { file, head, inside: content.inside, totals, movements, rejections })
}

/// What came out of the rows.
struct Taken {
    movements: Vec<Movement>,
    rejections: Vec<Rejection>,
    totals: Vec<StatedTotal>,
}

/// Reads all rows below the header.
fn take(
    request: &MovementsRequest<'_>,
    rows: &mut Rows,
    layout: &Layout,
) -> Result<Taken, IntakeError> {
    let failed = |source| IntakeError::Read { name: request.name.to_owned(), source };
    let mut reader = RowReader { request, layout, times: Times::new(request.business_day) };
    let (mut movements, mut rejections) = (Vec::new(), Vec::new());
    let no_labels = BTreeMap::new();
    let mut totals = Totals::new(layout.totals(), AmountUnit::Yuan, &no_labels);
    let mut tally = Tally::default();
    loop {
        let step = rows.advance().map_err(failed)?;
        let read = match step {
            Step::End => break,
            Step::Row | Step::Refused(_) if rows.repeats_header() => {
                rows.is(LineKind::Header);
                continue;
            }
            Step::Row => reader.read(rows),
            Step::Refused(reason) => Err(Wrong { column: "", value: String::new(), reason }),
        };
        let is_row = read.is_ok() || reader.is_data(rows);
        if (!is_row || Totals::is_sums("", &rows.lossy(Some(0))))
            && let Some(kind) = totals.take(rows.line(), &rows.cells(), tally.so_far())
        {
            rows.is(kind);
            continue;
        }
        tally.add(None, reader.figures(rows));
        tally.note(Currency::CNY);
        rows.is(match read {
            Ok(movement) => {
                movements.push(movement);
                LineKind::Taken
            }
            Err(wrong) => {
                rejections.push(reader.rejection(rows.line(), wrong));
                LineKind::Refused
            }
        });
    }
    // A total that the rows do not give: some are missing, and nobody knows which.
    let differs = |total: &&StatedTotal| matches!(total.tie, Tie::Differs { .. });
    let totals = totals.judged(&tally);
    for total in totals.iter().filter(differs) {
        let (value, reason) = (total.stated.clone(), RejectionReason::TotalDiffers);
        let wrong = Wrong { column: "amount", value, reason };
        rejections.push(reader.rejection(total.line, wrong));
        rows.total_was_refused();
    }
    Ok(Taken { movements, rejections, totals })
}

/// Everything besides the file that decides what its rows become, as text.
fn way_of_reading(request: &MovementsRequest<'_>) -> String {
    let BusinessDay { timezone, cutoff } = request.business_day;
    let lanes = |lanes: &[Lane]| -> Vec<String> {
        lanes.iter().map(|lane| format!("{}/{}", lane.kind, lane.product)).collect()
    };
    let accounts: Vec<_> = request.accounts.iter().map(|(name, all)| (name, lanes(all))).collect();
    let account = request.account;
    format!("movements {READING_VERSION}\n{account:?}\n{timezone}\n{cutoff}\n{accounts:?}\n")
}

/// Where each column is, by [`MOVEMENT_COLUMNS`].
struct Layout {
    width: usize,
    places: [Option<usize>; MOVEMENT_COLUMNS.len()],
}

impl Layout {
    /// How many values a row may not leave out.
    fn needed(&self, request: &MovementsRequest<'_>) -> usize {
        let places = self.places.iter().zip(MOVEMENT_COLUMNS);
        let needed = places.filter(|(_, column)| is_needed(column, request));
        let last = needed.filter_map(|(place, _)| *place).max();
        last.map_or(self.width, |at| at.saturating_add(1))
    }

    /// The columns that totals have to do with.
    fn totals(&self) -> Columns {
        let place = |column: &str| {
            let at = MOVEMENT_COLUMNS.iter().position(|known| *known == column);
            let at = at.and_then(|at| self.places.get(at).copied().flatten());
            Place { at, name: column.to_owned() }
        };
        Columns {
            order_no: place(""),
            amount: place("amount"),
            refund_amount: place(""),
            fee: place(""),
            time: place("occurred_at"),
            width: self.width,
        }
    }
}

/// The rows below the header, and where its columns are.
fn open(
    request: &MovementsRequest<'_>,
    content: &Content,
) -> Result<(Head, Rows, Layout), IntakeError> {
    let first = RefCell::new(None);
    let is_header = |names: &[String]| {
        let mut needed = MOVEMENT_COLUMNS.into_iter().filter(|column| is_needed(column, request));
        let is_it = needed.all(|column| names.iter().any(|name| is_column(name, column)));
        first.borrow_mut().get_or_insert_with(|| names.to_vec());
        is_it
    };
    let sought = Sought { name: request.name, is_header: &is_header, sheet: None };
    let Some(Found { head, mut rows, names, .. }) = sought.find(content)? else {
        return Err(match first.take() {
            Some(names) => no_header(request, &names),
            None => IntakeError::Empty { name: request.name.to_owned() },
        });
    };
    let layout = layout(&names, request)?;
    rows.below(&names, layout.needed(request));
    let places = MOVEMENT_COLUMNS.into_iter().zip(layout.places);
    let used = places.filter_map(|(ours, at)| Some((ours, at?))).collect();
    Ok((Head { used, ..head }, rows, layout))
}

/// What is said of a file without the header: which of its columns the first row lacks.
fn no_header(request: &MovementsRequest<'_>, names: &[String]) -> IntakeError {
    let lacks = |column: &&str| !names.iter().any(|name| is_column(name, column));
    let needed = MOVEMENT_COLUMNS.into_iter().filter(|column| is_needed(column, request));
    let missing: Vec<_> = needed.filter(lacks).collect();
    IntakeError::Columns {
        name: request.name.to_owned(),
        missing: missing.join(", "),
        header: format!("The header of movements is {}", MOVEMENT_COLUMNS.join(",")),
        advice: String::new(),
    }
}

fn is_column(name: &str, column: &str) -> bool {
    cell::clean(name).eq_ignore_ascii_case(column)
}

fn layout(names: &[String], request: &MovementsRequest<'_>) -> Result<Layout, IntakeError> {
    let mut layout = Layout { width: names.len(), places: [None; MOVEMENT_COLUMNS.len()] };
    for (place, column) in layout.places.iter_mut().zip(MOVEMENT_COLUMNS) {
        let is_it = |(_, name): &(usize, &String)| is_column(name, column);
        let found: Vec<usize> = names.iter().enumerate().filter(is_it).map(|(at, _)| at).collect();
        match *found {
            [at] => *place = Some(at),
            [] => {}
            _ => {
                let (name, column) = (request.name.to_owned(), column.to_owned());
                return Err(IntakeError::DuplicateColumn { name, column, count: found.len() });
            }
        }
    }
    Ok(layout)
}

fn is_needed(column: &str, request: &MovementsRequest<'_>) -> bool {
    match column {
        "occurred_at" | "kind" | "amount" => true,
        "account" => request.account.is_none(),
        _ => false,
    }
}

/// The first thing wrong with a row.
struct Wrong {
    column: &'static str,
    value: String,
    reason: RejectionReason,
}

struct RowReader<'a> {
    request: &'a MovementsRequest<'a>,
    layout: &'a Layout,
    times: Times,
}

impl RowReader<'_> {
    fn rejection(&self, line: i64, wrong: Wrong) -> Rejection {
        Rejection {
            column: wrong.column.to_owned(),
            value: wrong.value,
            account: self.request.account.unwrap_or_default().to_owned(),
            ..Rejection::whole(Origin::Movements, self.request.name, line, wrong.reason)
        }
    }

    /// Whether a row that cannot be read is one all the same, and no total: it has an amount and a time.
    fn is_data(&mut self, rows: &Rows) -> bool {
        let time = self.value(rows, "occurred_at").unwrap_or_default();
        self.times.read(&time).is_some() && self.figures(rows).amount.is_some_and(|it| it != 0)
    }

    /// The cell that totals add up.
    fn figures(&self, rows: &Rows) -> Figures {
        let text = self.value(rows, "amount").ok();
        let amount = text.and_then(|text| match cell::optional(&text) {
            "" => Some(0),
            text => cell::amount(text, AmountUnit::Yuan, Currency::CNY).ok(),
        });
        Figures { amount, refund_amount: Some(0), fee: Some(0) }
    }

    /// Reads the current row; the first column that cannot be read is the one that is named.
    fn read(&mut self, rows: &Rows) -> Result<Movement, Wrong> {
        let occurred_at = self.value(rows, "occurred_at")?;
        let occurred_at = self.moment(&occurred_at)?;
        let kind = self.value(rows, "kind")?;
        let Some(kind) = MovementKind::from_code(&kind) else {
            return Err(wrong("kind", &kind, missing_or(&kind, RejectionReason::UnknownWord)));
        };
        let account = self.account(&self.value(rows, "account")?)?;
        let product = self.product(self.value(rows, "product")?, kind, &account)?;
        let settled = self.value(rows, "settlement_date")?;
        let settlement_date = self.settlement_date(&settled, kind, occurred_at)?;
        let amount = self.value(rows, "amount")?;
        if amount.is_empty() {
            return Err(wrong("amount", "", RejectionReason::Missing));
        }
        let minor = cell::amount(&amount, AmountUnit::Yuan, Currency::CNY)
            .map_err(|reason| wrong("amount", &amount, reason))?;
        if kind == MovementKind::TopUp && minor < 0 {
            return Err(wrong("amount", &amount, RejectionReason::Negative));
        }
        Ok(Movement {
            account,
            occurred_at,
            kind,
            product,
            settlement_date,
            money: Money::fen(minor),
            name: self.words(rows, "name")?,
            note: self.words(rows, "note")?,
            reference: self.words(rows, "reference")?,
        })
    }

    /// The text of a column; empty where the file does not have it.
    fn value(&self, rows: &Rows, column: &'static str) -> Result<String, Wrong> {
        let at = MOVEMENT_COLUMNS.iter().position(|known| *known == column);
        let place = at.and_then(|at| self.layout.places.get(at).copied().flatten());
        let text = rows.value(place).map_err(|reason| {
            // What is no text, and what is a person's name, is not shown.
            let shown = if column == "name" { "".into() } else { rows.lossy(place) };
            wrong(column, if reason == RejectionReason::NotText { "" } else { &shown }, reason)
        })?;
        let is_optional = !is_needed(column, self.request);
        Ok(if is_optional { cell::optional(&text) } else { &*text }.to_owned())
    }

    fn words(&self, rows: &Rows, column: &'static str) -> Result<String, Wrong> {
        let text = self.value(rows, column)?;
        words(&text).map_err(|reason| wrong(column, &text, reason))
    }

    fn moment(&mut self, text: &str) -> Result<Timestamp, Wrong> {
        let is_none = text.is_empty() || cell::is_zero_date(text);
        let moment = if is_none { None } else { self.times.read(text) };
        let moment = moment.ok_or_else(|| wrong("occurred_at", text, Times::problem(text)))?;
        if moment > self.request.now.plus_seconds(AHEAD_SECONDS_MAX) {
            return Err(wrong("occurred_at", text, RejectionReason::InTheFuture));
        }
        Ok(moment)
    }

    fn account(&self, text: &str) -> Result<String, Wrong> {
        let unknown = |reason| wrong("account", text, reason);
        match self.request.account {
            Some(account) if text.is_empty() || text == account => Ok(account.to_owned()),
            Some(_) => Err(unknown(RejectionReason::UnknownAccount)),
            None if self.request.accounts.iter().any(|(name, _)| name == text) => {
                Ok(text.to_owned())
            }
            None => Err(unknown(missing_or(text, RejectionReason::UnknownAccount))),
        }
    }

    /// Only a settlement is for one product.
    fn product(&self, text: String, kind: MovementKind, account: &str) -> Result<String, Wrong> {
        let has = |lanes: &[Lane]| lanes.iter().any(|lane| lane.product == text);
        let accounts = &self.request.accounts;
        let is_known = accounts.iter().any(|(name, lanes)| name == account && has(lanes));
        let fits = text.is_empty() || (kind == MovementKind::Settlement && is_known);
        if fits { Ok(text) } else { Err(wrong("product", &text, RejectionReason::UnknownProduct)) }
    }

    fn settlement_date(
        &mut self,
        text: &str,
        kind: MovementKind,
        occurred_at: Timestamp,
    ) -> Result<Option<BusinessDate>, Wrong> {
        match (kind, text) {
            (MovementKind::Settlement, text) => settled_on(&mut self.times, text, occurred_at)
                .map(Some)
                .map_err(|reason| wrong("settlement_date", text, reason)),
            (_, "") => Ok(None),
            (_, _) => Err(wrong("settlement_date", text, RejectionReason::UnknownWord)),
        }
    }
}

/// Words for people: without control characters, at most [`TEXT_CHARS_MAX`].
pub(super) fn words(text: &str) -> Result<String, RejectionReason> {
    let plain: String = text.chars().filter(|c| !crate::text::is_forbidden(*c)).collect();
    if plain.chars().count() > TEXT_CHARS_MAX { Err(RejectionReason::TooLarge) } else { Ok(plain) }
}

/// The settlement date that a text names; a settlement that names none was for the day on which it was
/// paid.
pub(super) fn settled_on(
    times: &mut Times,
    text: &str,
    occurred_at: Timestamp,
) -> Result<BusinessDate, RejectionReason> {
    if text.is_empty() {
        return Ok(times.date_of(occurred_at));
    }
    // A date alone is the beginning of that calendar day, whatever the cut-off.
    let moment = times.read(text).ok_or_else(|| Times::problem(text))?;
    Ok(BusinessDate::new(times.business_day().local(moment).date()))
}

fn wrong(column: &'static str, value: &str, reason: RejectionReason) -> Wrong {
    Wrong { column, value: cell::shown(value), reason }
}

fn missing_or(text: &str, reason: RejectionReason) -> RejectionReason {
    if text.is_empty() { RejectionReason::Missing } else { reason }
}

#[cfg(test)]
#[path = "movements_tests.rs"]
mod tests;

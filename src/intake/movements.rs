//! Money of the accounts that is no order, out of a CSV file.
//!
//! Columns by name, in any order, others ignored: `occurred_at`, `kind`, `product`,
//! `settlement_date`, `amount` (yuan), `name`, `note`, and `account` where the file is not for one
//! account only.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::{AmountUnit, Encoding};
use crate::intake::records::{Records, Step};
use crate::intake::scan::{self, BOM};
use crate::intake::time::Times;
use crate::intake::{IntakeError, cell};
use crate::ledger::IntakeFile;
use crate::money::Money;
use crate::movement::{Movement, MovementKind};
use crate::order::{Origin, Rejection, RejectionReason};
use crate::provider::Lane;

/// The columns, in the order of a template.
pub const MOVEMENT_COLUMNS: [&str; 8] =
    ["occurred_at", "kind", "product", "settlement_date", "amount", "name", "note", "account"];

/// Counts up whenever the same file would be read differently, so that it is read again.
const READING_VERSION: u32 = 1;

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
    let failed = |source| IntakeError::Read { name: name.to_owned(), source };
    let found = scan::scan(request.path, name)?;
    let file = File::open(request.path)
        .map_err(|source| IntakeError::Open { name: name.to_owned(), source })?;
    let mut input = BufReader::new(file);
    if found.encoding == Encoding::Utf8Bom {
        let mut mark = [0; BOM.len()];
        input.read_exact(&mut mark).map_err(failed)?;
    }
    let mut records = Records::new(input).map_err(failed)?;
    let layout = layout(&mut records, found.encoding, request)?;
    records.expect_width(layout.width);
    let mut reader = RowReader {
        request,
        layout: &layout,
        encoding: found.encoding,
        times: Times::new(request.business_day),
    };
    let (mut movements, mut rejections) = (Vec::new(), Vec::new());
    loop {
        match records.advance().map_err(failed)? {
            Step::End => break,
            Step::Row => match reader.read(&records) {
                Ok(movement) => movements.push(movement),
                Err(wrong) => rejections.push(reader.rejection(records.line(), wrong)),
            },
            Step::Refused(reason) => {
                let wrong = Wrong { column: "", value: String::new(), reason };
                rejections.push(reader.rejection(records.line(), wrong));
            }
        }
    }
    let rows = movements.len().saturating_add(rejections.len());
    let mut hash = Sha256::new();
    hash.update(found.digest);
    hash.update(way_of_reading(request));
    let file = IntakeFile {
        origin: Origin::Movements,
        name: name.to_owned(),
        digest: format!("{:x}", hash.finalize()),
        business_date: request.business_date,
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        rejected: i64::try_from(rejections.len()).unwrap_or(i64::MAX),
        encoding: found.encoding.code().to_owned(),
        imported_at: request.now,
    };
    Ok(MovementsRead { file, movements, rejections })
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

fn layout(
    records: &mut Records<BufReader<File>>,
    encoding: Encoding,
    request: &MovementsRequest<'_>,
) -> Result<Layout, IntakeError> {
    let name = request.name.to_owned();
    match records.advance() {
        Err(source) => return Err(IntakeError::Read { name, source }),
        Ok(Step::End) => return Err(IntakeError::Empty { name }),
        Ok(Step::Refused(_)) => {
            return Err(IntakeError::NotCsv {
                name,
                found: "text without a readable header line",
                advice: "its first line has to name the columns",
            });
        }
        Ok(Step::Row) => {}
    }
    let names: Vec<String> = (0..records.width())
        .map(|at| cell::decode_lossy(records.value(at), encoding))
        .map(|text| cell::clean(&text).to_owned())
        .collect();
    let mut layout = Layout { width: names.len(), places: [None; MOVEMENT_COLUMNS.len()] };
    let mut missing = Vec::new();
    for (place, column) in layout.places.iter_mut().zip(MOVEMENT_COLUMNS) {
        let is_it = |(_, name): &(usize, &String)| name.eq_ignore_ascii_case(column);
        let found: Vec<usize> = names.iter().enumerate().filter(is_it).map(|(at, _)| at).collect();
        match *found {
            [at] => *place = Some(at),
            [] if is_needed(column, request) => missing.push(column),
            [] => {}
            _ => {
                let (column, count) = (column.to_owned(), found.len());
                return Err(IntakeError::DuplicateColumn { name, column, count });
            }
        }
    }
    if missing.is_empty() {
        return Ok(layout);
    }
    let header = format!("The header of movements is {}", MOVEMENT_COLUMNS.join(","));
    let (missing, advice) = (missing.join(", "), String::new());
    Err(IntakeError::Columns { name, missing, header, advice })
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
    encoding: Encoding,
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

    /// Reads the current record; the first column that cannot be read is the one that is named.
    fn read(&mut self, records: &Records<BufReader<File>>) -> Result<Movement, Wrong> {
        let occurred_at = self.value(records, "occurred_at")?;
        let occurred_at = self.moment(&occurred_at)?;
        let kind = self.value(records, "kind")?;
        let Some(kind) = MovementKind::from_code(&kind) else {
            return Err(wrong("kind", &kind, missing_or(&kind, RejectionReason::UnknownWord)));
        };
        let account = self.account(&self.value(records, "account")?)?;
        let product = self.product(self.value(records, "product")?, kind, &account)?;
        let settled = self.value(records, "settlement_date")?;
        let settlement_date = self.settlement_date(&settled, kind, occurred_at)?;
        let amount = self.value(records, "amount")?;
        if amount.is_empty() {
            return Err(wrong("amount", "", RejectionReason::Missing));
        }
        let minor = cell::amount(&amount, AmountUnit::Yuan)
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
            name: self.words(records, "name")?,
            note: self.words(records, "note")?,
        })
    }

    /// The text of a column; empty where the file does not have it.
    fn value(
        &self,
        records: &Records<BufReader<File>>,
        column: &'static str,
    ) -> Result<String, Wrong> {
        let at = MOVEMENT_COLUMNS.iter().position(|known| *known == column);
        let place = at.and_then(|at| self.layout.places.get(at).copied().flatten());
        let bytes = place.map_or(&[][..], |at| records.value(at));
        let text = cell::decode(bytes, self.encoding);
        let text = text.ok_or_else(|| wrong(column, "", RejectionReason::NotText))?;
        Ok(cell::clean(&text).to_owned())
    }

    fn words(
        &self,
        records: &Records<BufReader<File>>,
        column: &'static str,
    ) -> Result<String, Wrong> {
        let text = self.value(records, column)?;
        words(&text).map_err(|reason| wrong(column, &text, reason))
    }

    fn moment(&mut self, text: &str) -> Result<Timestamp, Wrong> {
        let moment = self.times.read(text).ok_or_else(|| {
            wrong("occurred_at", text, missing_or(text, RejectionReason::NotATime))
        })?;
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
            (MovementKind::TopUp | MovementKind::Adjustment, "") => Ok(None),
            (MovementKind::TopUp | MovementKind::Adjustment, _) => {
                Err(wrong("settlement_date", text, RejectionReason::UnknownWord))
            }
        }
    }
}

/// Words for people: without control characters, at most [`TEXT_CHARS_MAX`].
pub(super) fn words(text: &str) -> Result<String, RejectionReason> {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
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
    let moment = times.read(text).ok_or(RejectionReason::NotATime)?;
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

//! The bill that a provider's portal exports (渠道对账单): rows as readings and movements, checked
//! against the totals that it states.
//!
//! Two passes, as for the orders: [`examine_statement`] hashes the file, which is all that is needed
//! to see that nothing is new; [`read_statement`] reads it, in bounded memory where it is text in
//! UTF-8 or GB18030. Only columns that are asked for are kept: bills carry names and card numbers.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::{Encoding, StatementSettings, TotalOf};
use crate::intake::scan::{self, Scan};
use crate::intake::time::Times;
use crate::intake::{IntakeError, table};
use crate::ledger::{IntakeFile, SortedRows};
use crate::movement::Movement;
use crate::occurrence::{Repeated, numbered};
use crate::order::{OrderKey, Origin, Rejection};
use crate::reading::{Assurance, Reading, Said, Source};
use crate::status::Kind;

mod error;
mod header;
mod period;
mod row;
mod rows;
mod take;
mod totals;
mod whole;
mod words;

pub use error::StatementError;
pub use whole::{DaysBy, Doubt, Whole};

use header::Opened;
use period::Period;
use row::StoredRow;
use rows::Rows;
use take::{Taken, take};
use totals::Totals;
use whole::Days;
use words::Words;

/// Counts up whenever the same file would be read differently, so that it is read again.
const READING_VERSION: u32 = 1;

/// Contents that one transaction may have in one file. More mean that the column is not that of the
/// order number.
const OCCURRENCES_MAX: i16 = 1_000;

/// Characters of [`Reading::interface`], at most.
const INTERFACE_CHARS_MAX: usize = 100;

/// What to read, and what it is read against.
#[derive(Debug, Clone)]
pub struct StatementRequest<'a> {
    /// Where the file is.
    pub path: &'a Path,
    /// Its name in the ledger, in rejections and errors; the [`Reading::interface`] is [`interface`] of it.
    pub name: &'a str,
    /// `[account.statement]`.
    pub settings: &'a StatementSettings,
    /// The account.
    pub account: &'a str,
    /// Its kinds and products ([`crate::provider::order_lanes`]); an empty product where the provider
    /// has none.
    pub lanes: &'a [(Kind, String)],
    /// Zone of the file's times, and the cut-off that dates them.
    pub business_day: BusinessDay,
    /// The business date for which the file is imported; rows without a time belong to it.
    pub business_date: BusinessDate,
    /// The days of which the file is the whole, where whoever imports it says so.
    pub days: Option<RangeInclusive<BusinessDate>>,
    /// Where the raw file is archived.
    pub evidence: i64,
    /// The moment of the import. Times more than a day later are refused.
    pub now: Timestamp,
    /// The folder for what does not fit in memory.
    pub spool: &'a Path,
}

/// A file that was looked at and not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFile {
    /// SHA-256 of the file and of everything that decides how it is read, hexadecimal: the same
    /// digest means the same rows.
    pub digest: String,
    /// What it is in: `utf-8`, `utf-8-bom`, `gb18030`, `utf-16` or `xlsx`.
    pub encoding: &'static str,
    /// How it is read as it comes; `None` for what is read into memory.
    text: Option<Encoding>,
    stamp: Stamp,
}

/// What changes when a file is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(file: &Metadata) -> Self {
        Self { bytes: file.len(), modified: file.modified().ok() }
    }
}

/// What a statement file holds.
///
/// No row is lost: `file.rows` is what `rows` gives and `repeated` counts, `movements`, `ignored` and
/// `file.rejected` together.
pub struct StatementRead {
    /// For the ledger.
    pub file: IntakeFile,
    /// The rows that are orders, sorted by stream, order number, provider order number and
    /// occurrence; independent of their order in the file.
    pub rows: SortedRows<Reading>,
    /// The rows that are money of the account and no order, by time.
    pub movements: Vec<Movement>,
    /// The refused rows, sorted by line.
    pub rejections: SortedRows<Rejection>,
    /// Rows that count for nothing by the configuration, and movements that did not succeed.
    pub ignored: u64,
    /// Rows that say what another row of the file says; known when `rows` is at its end.
    pub repeated: Repeated,
    /// Of what the file is the whole.
    pub whole: Whole,
    /// The totals that the file states, in the order of their lines.
    pub totals: Vec<StatedTotal>,
}

/// A total that a file states. One that the rows contradict is [`StatementError::Totals`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedTotal {
    /// The label in the file.
    pub label: String,
    /// What it adds up.
    pub of: TotalOf,
    /// The line in the file.
    pub line: i64,
    /// What it states: yuan, or a number of rows.
    pub stated: String,
    /// Whether it was checked; not where cells of its column cannot be read.
    pub checked: bool,
}

/// Hashes the file and finds its encoding.
///
/// # Errors
///
/// [`StatementError`] when the file cannot be read, is empty, or is no table.
pub fn examine_statement(request: &StatementRequest<'_>) -> Result<StatementFile, StatementError> {
    let open = |source| StatementError::Open { name: request.name.to_owned(), source };
    let mut file = File::open(request.path).map_err(open)?;
    let stamp = Stamp::of(&file.metadata().map_err(open)?);
    let mut start = Vec::new();
    (&mut file).take(4).read_to_end(&mut start).map_err(open)?;
    let encoding_in_memory = if start.starts_with(b"PK\x03\x04") {
        Some("xlsx")
    } else if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
        Some("utf-16")
    } else {
        None
    };
    let (content, bytes, encoding, text) = if let Some(encoding) = encoding_in_memory {
        let (digest, bytes) = table::digest(request.path, request.name)?;
        (digest, bytes, encoding, None)
    } else {
        let Scan { digest, encoding, bytes } = scan::scan(request.path, request.name)?;
        (digest, bytes, encoding.code(), Some(encoding))
    };
    if bytes != stamp.bytes {
        return Err(IntakeError::Changed { name: request.name.to_owned() }.into());
    }
    let mut hash = Sha256::new();
    hash.update(content);
    hash.update(way_of_reading(request));
    Ok(StatementFile { digest: format!("{:x}", hash.finalize()), encoding, text, stamp })
}

/// Everything besides the file that decides what its rows become, as text.
fn way_of_reading(request: &StatementRequest<'_>) -> String {
    let BusinessDay { timezone, cutoff } = request.business_day;
    let StatementRequest { settings, account, lanes, days, .. } = request;
    format!(
        "statement {READING_VERSION}\n{settings:?}\n{account:?}\n{lanes:?}\n{timezone}\n{cutoff}\n\
         {days:?}\n"
    )
}

/// Reads the file's rows, checks the totals that it states, and sorts the rows.
///
/// `file` is what [`examine_statement`] said of it.
///
/// # Errors
///
/// [`StatementError`] when the file cannot be read or has changed, its header lacks a column or has
/// it twice, a total is not what the rows give or is not there, or rows cannot be put aside. A row
/// that cannot be read is a rejection.
pub fn read_statement(
    request: &StatementRequest<'_>,
    file: &StatementFile,
) -> Result<StatementRead, StatementError> {
    let Opened { mut rows, layout, above, skipped } = header::open(request, file)?;
    let words = Words::new(request, &layout);
    let mut totals = Totals::new(request.settings, &layout);
    for (line, cells) in &above {
        totals.take_above(*line, cells);
    }
    let taken = take(request, &mut rows, &layout, &words, &mut totals)?;
    unchanged(request, &rows, file, skipped)?;
    let totals = totals.checked(request.name, &taken.tally)?;
    let spool = |source| IntakeError::Spool { name: request.name.to_owned(), source };
    let rejected = taken.rejections.rows();
    let whole = whole(
        request,
        &taken,
        &words,
        &totals,
        period::stated(&above, request.settings, request.business_day),
    );
    let repeated = Repeated::default();
    let orders = taken.orders.finish().map_err(spool)?;
    let count = [orders.rows(), count(taken.movements.len()), taken.ignored, rejected];
    let sorted = orders.finish().map_err(spool)?;
    let readings = readings(request, &words, sorted);
    let file = IntakeFile {
        origin: Origin::Statement,
        name: request.name.to_owned(),
        digest: file.digest.clone(),
        business_date: request.business_date,
        rows: stored(count.into_iter().fold(0, u64::saturating_add)),
        rejected: stored(rejected),
        encoding: file.encoding.to_owned(),
        imported_at: request.now,
    };
    Ok(StatementRead {
        file,
        rows: numbered(readings, OCCURRENCES_MAX, repeated.clone()),
        movements: in_order(taken.movements),
        rejections: taken.rejections.finish().map_err(spool)?,
        ignored: taken.ignored,
        repeated,
        whole,
        totals,
    })
}

/// Of what the file is the whole.
fn whole(
    request: &StatementRequest<'_>,
    taken: &Taken,
    words: &Words<'_>,
    totals: &[StatedTotal],
    stated: Option<Period>,
) -> Whole {
    let days = Days {
        business_day: request.business_day,
        now: request.now,
        said: request.days.as_ref(),
        stated,
        rows: &taken.dates,
    };
    let (by, days) = days.whole();
    let streams = words.expressed(&taken.seen);
    let unchecked = totals.iter().find(|total| !total.checked);
    let doubt = if taken.rejections.rows() > 0 {
        Some(Doubt::RefusedRows(taken.rejections.rows()))
    } else if let Some(total) = unchecked {
        Some(Doubt::UncheckedTotal(total.label.clone()))
    } else if streams.is_empty() {
        Some(Doubt::NoStream)
    } else if days.is_empty() {
        Some(Doubt::NoDay)
    } else {
        None
    };
    match doubt {
        None => Whole { streams, days, by, doubt },
        Some(_) => Whole { streams: Vec::new(), days: Vec::new(), by, doubt },
    }
}

/// The sorted rows as readings.
fn readings(
    request: &StatementRequest<'_>,
    words: &Words<'_>,
    sorted: SortedRows<StoredRow>,
) -> SortedRows<Reading> {
    let streams = words.streams().to_vec();
    let statuses = words.statuses();
    let interface = interface(request.name);
    let mut times = Times::new(request.business_day);
    let (date, evidence, now) = (request.business_date, request.evidence, request.now);
    Box::new(sorted.map(move |row| {
        let row = row?;
        let stream = streams.get(usize::from(row.lane)).cloned();
        let status = statuses.get(usize::from(row.status));
        let (Some(stream), Some((status, status_code))) = (stream, status) else {
            let problem = "a sorted row came back without stream or status";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, problem));
        };
        Ok(Reading {
            key: OrderKey { stream, order_no: row.order_no.clone() },
            business_date: row.paid_at.map_or(date, |paid_at| times.date_of(paid_at)),
            source: Source::Statement,
            occurrence: 1,
            said: Said {
                order_no: row.order_no,
                provider_order_no: row.provider_order_no,
                status: *status,
                status_code: status_code.clone(),
                amount: Some(row.amount),
                fee_minor: row.fee_minor,
                paid_at: row.paid_at,
            },
            interface: interface.clone(),
            assurance: Assurance::None,
            evidence,
            observed_at: now,
        })
    }))
}

/// How the rows of a file name it: by its name in the ledger, of a long one the end. Files of one name in
/// two folders are two files.
pub fn interface(name: &str) -> String {
    let plain: Vec<char> = name.chars().filter(|c| !c.is_control()).collect();
    let from = plain.len().saturating_sub(INTERFACE_CHARS_MAX);
    plain.into_iter().skip(from).collect()
}

/// Movements by time, whatever their order in the file.
fn in_order(mut movements: Vec<Movement>) -> Vec<Movement> {
    movements.sort_by(|left, right| {
        let key = |movement: &Movement| (movement.occurred_at, movement.kind, movement.money);
        let texts = |movement: &'_ Movement| {
            (movement.product.clone(), movement.name.clone(), movement.note.clone())
        };
        let by_key =
            key(left).cmp(&key(right)).then(left.settlement_date.cmp(&right.settlement_date));
        by_key.then_with(|| texts(left).cmp(&texts(right)))
    });
    movements
}

/// Makes sure that the rows are those of the digest.
fn unchanged(
    request: &StatementRequest<'_>,
    rows: &Rows,
    examined: &StatementFile,
    skipped: u64,
) -> Result<(), StatementError> {
    let name = request.name.to_owned();
    let now = std::fs::metadata(request.path).map(|found| Stamp::of(&found));
    let now = now.map_err(|source| IntakeError::Read { name: request.name.to_owned(), source })?;
    let is_whole = match rows {
        Rows::Text(text) => text.records.bytes().saturating_add(skipped) == examined.stamp.bytes,
        Rows::Sheet(_) => true,
    };
    if now == examined.stamp && is_whole {
        Ok(())
    } else {
        Err(IntakeError::Changed { name }.into())
    }
}

fn count(rows: usize) -> u64 {
    u64::try_from(rows).unwrap_or(u64::MAX)
}

fn stored(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;

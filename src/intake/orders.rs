//! The merchant's orders out of a CSV file (`contract.md` §3).
//!
//! Two passes: [`examine_orders`] hashes the file and finds its encoding, which is all that is
//! needed to see that nothing is new; [`read_orders`] reads the rows and sorts them. Only columns
//! that are asked for are ever decoded or kept.

use std::fs::{File, Metadata};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::{Encoding, OrderSettings};
use crate::intake::IntakeError;
use crate::intake::cell::CutNumbers;
use crate::intake::records::{Records, Step};
use crate::intake::scan::{self, BOM, Scan};
use crate::ledger::{IntakeFile, SortedRows};
use crate::order::{Order, Origin, Rejection};
use crate::sorter::{Background, Sorter};
use crate::status::Kind;

mod header;
pub(in crate::intake) mod lanes;
mod occurrence;
mod row;

pub use crate::occurrence::Repeated;
pub use header::ORDER_COLUMNS;
pub(in crate::intake) use header::{is_data, likeliest};

use lanes::Lanes;
use occurrence::Occurrences;
use row::{RowReader, StoredOrder};

/// Bytes that are read at once.
const READ_BYTES: usize = 256 * 1024;

/// Counts up whenever the same file would be read differently, so that it is read again.
const READING_VERSION: u32 = 2;

/// What to read, and what it is read against.
#[derive(Debug, Clone, Copy)]
pub struct OrdersRequest<'a> {
    /// Where the file is.
    pub path: &'a Path,
    /// Its path relative to the configuration: the name in the ledger, in rejections and errors.
    pub name: &'a str,
    /// `[orders]`.
    pub settings: &'a OrderSettings,
    /// Zone of the file's times, and the cut-off that dates them.
    pub business_day: BusinessDay,
    /// The accounts that orders may name.
    pub accounts: &'a [KnownAccount],
    /// The business date for which the file is imported.
    pub business_date: BusinessDate,
    /// The moment of the import. Times more than a day later are refused.
    pub now: Timestamp,
    /// The folder for what does not fit in memory.
    pub spool: &'a Path,
}

/// An account, as far as an order can be wrong about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// The account's name in the configuration.
    pub name: String,
    /// Its kinds and their products; an empty product where the provider has none.
    pub lanes: Vec<(Kind, String)>,
}

/// A file that was looked at and not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdersFile {
    /// SHA-256 of the file and of everything that decides how it is read, hexadecimal: the same
    /// digest means the same rows.
    pub digest: String,
    /// The detected encoding.
    pub encoding: Encoding,
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

/// What a file of orders holds.
///
/// No row is lost: `file.rows = read + file.rejected`, and `read` is what `orders` gives plus what
/// `repeated` counts; `orders` ends with an error where it is not.
pub struct OrdersRead {
    /// For the ledger.
    pub file: IntakeFile,
    /// Rows that were read well, repeated ones included.
    pub read: u64,
    /// The orders, sorted by stream, order number and occurrence.
    pub orders: SortedRows<Order>,
    /// The refused rows, sorted by line.
    pub rejections: SortedRows<Rejection>,
    /// Rows that say what an earlier row of the file says; known when `orders` is at its end.
    pub repeated: Repeated,
}

/// Hashes the file and finds its encoding.
///
/// # Errors
///
/// [`IntakeError`] when the file cannot be read, is empty or not CSV.
pub fn examine_orders(request: &OrdersRequest<'_>) -> Result<OrdersFile, IntakeError> {
    let open = |source| IntakeError::Open { name: request.name.to_owned(), source };
    let before = Stamp::of(&std::fs::metadata(request.path).map_err(open)?);
    let Scan { digest, encoding, bytes, .. } = scan::scan(request.path, request.name)?;
    if bytes != before.bytes {
        return Err(IntakeError::Changed { name: request.name.to_owned() });
    }
    let mut hash = Sha256::new();
    hash.update(digest);
    hash.update(way_of_reading(request));
    let digest = format!("{:x}", hash.finalize());
    Ok(OrdersFile { digest, encoding, stamp: before })
}

/// Everything besides the file that decides what its rows become, as text.
fn way_of_reading(request: &OrdersRequest<'_>) -> String {
    let OrderSettings { csv: _, database: _, amount_unit, columns, statuses } = request.settings;
    let BusinessDay { timezone, cutoff } = request.business_day;
    let lanes = Lanes::new(request.accounts);
    let streams = lanes.streams();
    format!(
        "orders {READING_VERSION}\n{amount_unit}\n{columns:?}\n{statuses:?}\n{timezone}\n{cutoff}\n\
         {streams:?}\n"
    )
}

/// Reads the file's rows and sorts them, in bounded memory.
///
/// `file` is what [`examine_orders`] said of it.
///
/// # Errors
///
/// [`IntakeError`] when the file cannot be read or has changed, its header lacks a column or has it
/// twice, or rows cannot be put aside. A row that cannot be read is a rejection.
pub fn read_orders(
    request: &OrdersRequest<'_>,
    file: &OrdersFile,
) -> Result<OrdersRead, IntakeError> {
    let name = request.name;
    let spool = |source| IntakeError::Spool { name: name.to_owned(), source };
    let mut records = open(request, file)?;
    let layout = header::find(&mut records, file.encoding, request.settings, name)?;
    records.expect_width(layout.width);
    let lanes = Lanes::new(request.accounts);
    let mut rejections = Sorter::new(request.spool, |rejection: &Rejection, key| {
        key.number(rejection.line);
    });
    let sorting = Background::new(Sorter::new(request.spool, StoredOrder::sort_key));
    let mut sorting = sorting.map_err(spool)?;
    let rows = {
        let mut reader = RowReader::new(request, &layout, &lanes, file.encoding);
        let mut rows = 0_u64;
        let mut numbers = LongNumbers::default();
        loop {
            let step = records.advance().map_err(|source| read_error(name, source))?;
            let row = match step {
                Step::End => break,
                Step::Row => reader.read(&records),
                Step::Refused(reason) => Err(Box::new(reader.refused_whole(&records, reason))),
            };
            rows = rows.saturating_add(1);
            match row {
                Ok(order) => {
                    numbers.note(&order);
                    sorting.push(order).map_err(spool)?;
                }
                Err(rejection) => rejections.push(&rejection).map_err(spool)?,
            }
        }
        if let Some((line, column, value)) = numbers.cut() {
            return Err(IntakeError::CutNumbers { name: name.to_owned(), line, column, value });
        }
        rows
    };
    let orders = sorting.finish().map_err(spool)?;
    unchanged(request, &records, file)?;
    let rejected = rejections.rows();
    let read = rows.saturating_sub(rejected);
    let repeated = Repeated::default();
    let sorted = orders.finish().map_err(spool)?;
    let orders = Occurrences::new(sorted, lanes, request.business_day, read, repeated.clone());
    let file = IntakeFile {
        name: name.to_owned(),
        origin: Origin::Orders,
        digest: file.digest.clone(),
        business_date: request.business_date,
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        rejected: i64::try_from(rejected).unwrap_or(i64::MAX),
        encoding: file.encoding.code().to_owned(),
        imported_at: request.now,
        lines: crate::lines::LineCounts::default(),
    };
    let rejections = rejections.finish().map_err(spool)?;
    Ok(OrdersRead { file, read, orders: Box::new(orders), rejections, repeated })
}

/// The long numbers of both columns that have them, each with the first that a spreadsheet may have cut.
#[derive(Default)]
struct LongNumbers([(CutNumbers, Option<(i64, String)>); 2]);

impl LongNumbers {
    fn note(&mut self, order: &StoredOrder) {
        let [ours, theirs] = order.numbers();
        let [of_ours, of_theirs] = &mut self.0;
        for (number, (cut, first)) in [(ours, of_ours), (theirs, of_theirs)] {
            if cut.note(number) && first.is_none() {
                *first = Some((order.line, number.to_owned()));
            }
        }
    }

    /// The first number of a column of which all that are long were cut: line, column and value.
    fn cut(self) -> Option<(i64, &'static str, String)> {
        let columns = ["order_no", "provider_order_no"].into_iter().zip(self.0);
        let mut cut = columns.filter(|(_, (numbers, _))| numbers.are_cut());
        cut.find_map(|(column, (_, first))| first.map(|(line, value)| (line, column, value)))
    }
}

/// Which columns of a header line are needed: their places in ascending order, with our names.
pub(super) fn needed_columns(
    header: &str,
    settings: &OrderSettings,
    name: &str,
) -> Result<Vec<(usize, &'static str)>, IntakeError> {
    let mut records = Records::new(header.as_bytes()).map_err(|source| read_error(name, source))?;
    Ok(header::find(&mut records, Encoding::Utf8, settings, name)?.needed())
}

/// The file's records, behind its byte order mark.
fn open(
    request: &OrdersRequest<'_>,
    examined: &OrdersFile,
) -> Result<Records<BufReader<File>>, IntakeError> {
    let open = |source| IntakeError::Open { name: request.name.to_owned(), source };
    let file = File::open(request.path).map_err(open)?;
    if Stamp::of(&file.metadata().map_err(open)?) != examined.stamp {
        return Err(IntakeError::Changed { name: request.name.to_owned() });
    }
    let mut input = BufReader::with_capacity(READ_BYTES, file);
    if examined.encoding == Encoding::Utf8Bom {
        let mut mark = [0; BOM.len()];
        input.read_exact(&mut mark).map_err(|source| read_error(request.name, source))?;
    }
    Records::new(input).map_err(|source| read_error(request.name, source))
}

/// Makes sure that the rows are those of the digest.
fn unchanged<R: BufRead>(
    request: &OrdersRequest<'_>,
    records: &Records<R>,
    examined: &OrdersFile,
) -> Result<(), IntakeError> {
    let mark = if examined.encoding == Encoding::Utf8Bom { BOM.len() } else { 0 };
    let mark = u64::try_from(mark).unwrap_or(u64::MAX);
    let now = std::fs::metadata(request.path).map(|found| Stamp::of(&found));
    let now = now.map_err(|source| read_error(request.name, source))?;
    if now == examined.stamp && records.bytes().saturating_add(mark) == examined.stamp.bytes {
        Ok(())
    } else {
        Err(IntakeError::Changed { name: request.name.to_owned() })
    }
}

fn read_error(name: &str, source: std::io::Error) -> IntakeError {
    IntakeError::Read { name: name.to_owned(), source }
}

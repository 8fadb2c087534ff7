//! The merchant's orders out of a file (`docs/contract.md` §3): text in any usual encoding or a workbook.
//!
//! Two passes: [`examine_orders`] hashes the file and finds out what it is, which is all that is
//! needed to see that nothing is new; [`read_orders`] reads the rows and sorts them. Only columns
//! that are asked for are ever decoded or kept.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::OrderSettings;
use crate::intake::IntakeError;
use crate::intake::content::{self, Content, Stamp};
use crate::intake::header::Head;
use crate::intake::rows::Rows;
use crate::intake::table::TableError;
use crate::intake::totals::StatedTotal;
use crate::ledger::{IntakeFile, SortedRows};
use crate::order::{Order, Origin, Rejection};
use crate::status::Kind;

mod header;
pub(in crate::intake) mod lanes;
mod occurrence;
mod row;
mod take;

pub use crate::occurrence::Repeated;
pub use header::ORDER_COLUMNS;
pub(in crate::intake) use header::columns_of;
pub(crate) use header::{is_data, likeliest};

use header::Opened;
use lanes::Lanes;
use occurrence::Occurrences;

/// Counts up whenever the same file would be read differently, so that it is read again.
const READING_VERSION: u32 = 3;

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
    /// What it is in: `utf-8`, `utf-8-bom`, `gb18030`, `utf-16` or `xlsx`.
    pub encoding: &'static str,
    /// The name of the file inside an archive; empty where there is none.
    pub inside: String,
    content: Content,
    stamp: Stamp,
}

/// What a file of orders holds.
///
/// No row is lost: `file.rows = read + file.rejected`, and `read` is what `orders` gives plus what
/// `repeated` counts; `orders` ends with an error where it is not.
pub struct OrdersRead {
    /// For the ledger.
    pub file: IntakeFile,
    /// What the file is.
    pub head: Head,
    /// Rows that were read well, repeated ones included.
    pub read: u64,
    /// The orders, sorted by stream, order number and occurrence.
    pub orders: SortedRows<Order>,
    /// The refused rows, sorted by line.
    pub rejections: SortedRows<Rejection>,
    /// Rows that say what an earlier row of the file says; known when `orders` is at its end.
    pub repeated: Repeated,
    /// The totals that the file states, in the order of their lines.
    pub totals: Vec<StatedTotal>,
}

/// Hashes the file and finds out what it is.
///
/// # Errors
///
/// [`IntakeError`] when the file cannot be read, is empty or no table.
pub fn examine_orders(request: &OrdersRequest<'_>) -> Result<OrdersFile, IntakeError> {
    let open = |source| IntakeError::Open { name: request.name.to_owned(), source };
    let stamp = Stamp::of(&std::fs::metadata(request.path).map_err(open)?);
    let is_wanted = |inside: &Content| header::fits(request.settings, inside);
    let content = match content::examine(request.path, request.name, &is_wanted) {
        Err(TableError::Read { source, .. }) => return Err(open(source)),
        Err(TableError::Empty { name }) => return Err(IntakeError::Empty { name }),
        examined => examined?,
    };
    if content.bytes != stamp.bytes {
        return Err(IntakeError::Changed { name: request.name.to_owned() });
    }
    let mut hash = Sha256::new();
    hash.update(content.digest);
    hash.update(way_of_reading(request));
    let digest = format!("{:x}", hash.finalize());
    let (encoding, inside) = (content.label(), content.inside.clone());
    Ok(OrdersFile { digest, encoding, inside, content, stamp })
}

/// Everything besides the file that decides what its rows become, as text.
fn way_of_reading(request: &OrdersRequest<'_>) -> String {
    let settings = OrderSettings { csv: None, database: None, ..request.settings.clone() };
    let BusinessDay { timezone, cutoff } = request.business_day;
    let lanes = Lanes::new(request.accounts);
    let streams = lanes.streams();
    format!("orders {READING_VERSION}\n{settings:?}\n{timezone}\n{cutoff}\n{streams:?}\n")
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
    let Opened { head, mut rows, layout } = open(request, file)?;
    let lanes = Lanes::new(request.accounts);
    let taken = take::take(request, &mut rows, &layout, &lanes)?;
    unchanged(request, &rows, file)?;
    let orders = taken.orders.finish().map_err(spool)?;
    let rejected = taken.rejections.rows();
    let read = taken.rows.saturating_sub(rejected);
    let repeated = Repeated::default();
    let sorted = orders.finish().map_err(spool)?;
    let orders = Occurrences::new(sorted, lanes, request.business_day, read, repeated.clone());
    let file = IntakeFile {
        name: name.to_owned(),
        origin: Origin::Orders,
        digest: file.digest.clone(),
        business_date: request.business_date,
        rows: i64::try_from(taken.rows).unwrap_or(i64::MAX),
        rejected: i64::try_from(rejected).unwrap_or(i64::MAX),
        encoding: file.encoding.to_owned(),
        imported_at: request.now,
        lines: taken.lines,
    };
    let rejections = taken.rejections.finish().map_err(spool)?;
    let totals = taken.totals;
    Ok(OrdersRead { file, head, read, orders: Box::new(orders), rejections, repeated, totals })
}

/// The file as far as its header.
fn open(request: &OrdersRequest<'_>, examined: &OrdersFile) -> Result<Opened, IntakeError> {
    let open = |source| IntakeError::Open { name: request.name.to_owned(), source };
    let found = std::fs::metadata(request.path).map_err(open)?;
    if Stamp::of(&found) != examined.stamp {
        return Err(IntakeError::Changed { name: request.name.to_owned() });
    }
    header::open(request.settings, request.name, &examined.content)
}

/// Makes sure that the rows are those of the digest.
fn unchanged(
    request: &OrdersRequest<'_>,
    rows: &Rows,
    examined: &OrdersFile,
) -> Result<(), IntakeError> {
    let now = std::fs::metadata(request.path).map(|found| Stamp::of(&found));
    let now = now.map_err(|source| IntakeError::Read { name: request.name.to_owned(), source })?;
    // What is packed was read as a whole before.
    let is_whole = !examined.content.is_file() || rows.has_read(examined.stamp.bytes);
    if now == examined.stamp && is_whole {
        Ok(())
    } else {
        Err(IntakeError::Changed { name: request.name.to_owned() })
    }
}

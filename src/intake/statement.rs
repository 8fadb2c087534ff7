//! The bill that a provider's portal exports (渠道对账单): rows as readings and movements, checked
//! against the totals that it states.
//!
//! Two passes, as for the orders: [`examine_statement`] hashes the file, which is all that is needed
//! to see that nothing is new; [`read_statement`] reads it, in bounded memory where it is text in
//! UTF-8 or GB18030. Only columns that are asked for are kept: bills carry names and card numbers.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::SystemTime;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::{StatementSettings, TotalOf};
use crate::intake::Repeated;
use crate::ledger::{IntakeFile, SortedRows};
use crate::movement::Movement;
use crate::order::Rejection;
use crate::reading::Reading;
use crate::status::Kind;

mod error;
mod period;
mod whole;

pub use error::StatementError;
pub use whole::{DaysBy, Doubt, Whole};

/// What to read, and what it is read against.
#[derive(Debug, Clone)]
pub struct StatementRequest<'a> {
    /// Where the file is.
    pub path: &'a Path,
    /// Its name in the ledger, in rejections and errors. Its last path component is the
    /// [`Reading::interface`].
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
    stamp: Stamp,
}

/// What changes when a file is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
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
    todo!()
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
    todo!()
}

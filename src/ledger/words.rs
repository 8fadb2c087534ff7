//! What a ledger is given and gives back besides the words of both sides.

use std::collections::BTreeMap;

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::FeeRule;
use crate::discrepancy::Discrepancy;
use crate::ledger::Ledger;
use crate::ledger_data::{IntakeFile, StatedPart, Totals};
use crate::money::Currency;
use crate::order::{OrderKey, Stream};
use crate::rules::fee::{Chosen, Paid, rule_of};

/// One import of one of a provider's own statement files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The file.
    pub file: IntakeFile,
    /// The account whose statement it is: every row is of one of its streams.
    pub account: String,
    /// What every row has as [`crate::reading::Reading::interface`]. By it a later import under the
    /// same name finds the account's rows of the earlier one, so two files of an account should not
    /// share it.
    pub interface: String,
    /// Streams of which it has everything that the provider has in each of `days`.
    pub streams: Vec<Stream>,
    /// Business dates, or parts of them, of which it is the whole; none when that is not certain.
    pub days: Vec<StatedPart>,
}

/// What a bulk write did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutCount {
    /// Rows added: new ones, and new words about known ones.
    pub added: u64,
    /// Rows that said what the ledger already had.
    pub unchanged: u64,
    /// Current rows that a new word replaced or that their source no longer lists.
    pub superseded: u64,
    /// Rows of other files that count again, because this one says nothing of their orders any more.
    pub restored: u64,
}

/// Which listing a set of rows is the whole of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingWindow {
    /// The stream that was listed.
    pub stream: Stream,
    /// First business date of the window.
    pub from: BusinessDate,
    /// Last business date of the window, inclusive.
    pub to: BusinessDate,
    /// The rows are all that the provider has in the window. If not, nothing is superseded for not
    /// being among them.
    pub whole: bool,
}

/// What the scan of a day finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// A pair that does not plainly agree, or that has to be looked at for another reason. In
    /// ascending key order, each once.
    Doubt(OrderKey),
    /// Sums of the pairs of one stream and currency that plainly agree; comes once for each, after the
    /// stream's doubts or at the end.
    Agreed(Stream, Currency, Totals),
}

/// Which pairs the scan of a day looks at.
///
/// Looked at are: every current order and reading dated to `date`; every pair with a discrepancy
/// that is not closed, or that the report of `date` shows as not closed or as dated to `date`; every
/// pair whose rows were touched under another date since it was last
/// settled with [`Ledger::settle_touched`].
///
/// A pair *plainly agrees* when it has exactly one current order and its current readings say one
/// thing, all of them dated to `date`, it has no such discrepancy, was not touched, and
///
/// - both are succeeded, the currencies are equal, the provider's amount is absent or differs by at
///   most `tolerance_minor` (in yuan; not at all in another currency), and the provider's fee is absent or the expected one: the merchant's own,
///   else the one of `fees`, else any, or
/// - both are refunded, or
/// - the merchant's is failed or closed and the provider's is not found, pending, failed, refunded
///   or returned;
///
/// or when it has exactly one current order, dated to `date`, failed or closed, no reading, and its
/// stream is in `listed`. Everything else is in doubt.
///
/// Readings *say one thing* when there is one, or when there are several, at most one of each source,
/// all with the same status, which is neither not found nor unproved, and all that state an amount
/// state the same one in the same currency, all that state a fee the same, and all that state a
/// provider order number the same. What any of them states is stated. At least one must not be a
/// callback, and, if `verified_only`, neither a callback nor a statement's row, but for `by_bill`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The business date.
    pub date: BusinessDate,
    /// The accounts to look at.
    pub accounts: Vec<String>,
    /// Fen by which amounts may differ.
    pub tolerance_minor: i64,
    /// Streams that the provider has listed, whole, for `date`.
    pub listed: Vec<Stream>,
    /// A statement's row, which nothing verifies, does not make a pair agree: whoever scans is going
    /// to ask the provider. If not, it agrees as a listing's row does.
    pub verified_only: bool,
    /// Streams of payments and payouts of which bills are all that the platform says, so that nobody can be asked:
    /// there a statement's row makes a pair agree all the same where both sides succeeded, but for a payment
    /// that a refund names, of the day before `date` or later, as far as the platform says: what gives a payment
    /// back is judged together with it.
    pub by_bill: Vec<Stream>,
    /// The contract's rules for fees, by account.
    pub fees: BTreeMap<String, Vec<FeeRule>>,
}

impl Scan {
    /// Refunds that name a payment at most, over all dates: of more the payments are judged one by one.
    pub(super) const REFUNDED_MAX: usize = 100_000;

    /// The rule for the fees of a stream on the date, whatever the way of paying.
    pub fn fee_of(&self, stream: &Stream) -> Chosen<'_> {
        let rules = self.fees.get(&stream.account).map_or(&[][..], Vec::as_slice);
        rule_of(rules, Paid::of(stream, self.date, "", ""))
    }
}

/// A date after every other: what holds until then holds now.
pub const FOREVER: BusinessDate = BusinessDate::new(chrono::NaiveDate::MAX);

/// A discrepancy as it was on a date, see [`Ledger::discrepancies_on`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The business date since which it was so.
    pub since: BusinessDate,
    /// What it was.
    pub discrepancy: Discrepancy,
}

/// The one who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockHolder {
    /// The job's or command's name.
    pub job: String,
    /// Process id.
    pub pid: u32,
    /// When it took the lock.
    pub since: Timestamp,
}

/// The ledger's lock, released when dropped or when the process dies.
pub trait LedgerLock: Send + Sync {}

/// A copy of a ledger.
pub struct Copied {
    /// The copy; to be dropped first.
    pub ledger: Box<dyn Ledger>,
    /// Takes the copy away when it is dropped.
    pub guard: Box<dyn Send + Sync>,
}

/// The last run of a job for a business date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// The job's name.
    pub job: String,
    /// The business date.
    pub business_date: BusinessDate,
    /// When the last attempt began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs or when it was killed.
    pub finished_at: Option<Timestamp>,
    /// The exit code; `None` while there is none.
    pub exit_code: Option<i16>,
}

/// Where a ledger stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerStatus {
    /// `SQLite` or `PostgreSQL`, with the server's version.
    pub engine: String,
    /// Schema version in the ledger; 0 when it is empty.
    pub schema_version: i64,
    /// Schema version that this program knows.
    pub known_version: i64,
    /// Rows per table, in the schema's order.
    pub tables: Vec<(String, i64)>,
}

//! The ledger: one trait, implemented by each database in its own best way, held together by one
//! conformance suite (`tests/it/ledger.rs`).
//!
//! What the merchant and the providers said is only ever added to: a row that a later word replaces
//! stays, marked as not current. The set work is done here; what a pair means is judged in
//! [`crate::reconcile`].

use std::collections::BTreeMap;
use std::path::Path;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use crate::balance::BalanceSnapshot;
use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::Discrepancy;
use crate::discrepancy::pattern::Pattern;
use crate::movement::Movement;
use crate::order::{Order, OrderKey, Rejection, Stream};
use crate::progress::Bar;
use crate::reading::{Pair, Reading};
use crate::status::{Coverage, Verdict};

pub mod agree;
mod chains;
mod failure;
mod firings;
mod open;
pub mod placement;
mod postgres;
pub mod prune;
mod rows;
mod sql;
mod sqlite;
mod streams;
mod sums;
mod tables;
pub mod transfer;

pub use firings::{Firing, FiringState};
pub use open::{Access, open};
use placement::TablePlacement;
use prune::Pruned;
pub use sums::{DaySum, SumGroup, SumRequest};
pub use tables::{Placement, TABLES};
use transfer::{Cell, TableSummary};

/// Rows in ascending key order, read back from wherever they were sorted. Rows that are equal but
/// for their line are already one row.
pub type SortedRows<T> = Box<dyn Iterator<Item = Result<T, std::io::Error>> + Send>;

/// A stream of rows out of the ledger.
pub type LedgerStream<'a, T> = BoxStream<'a, Result<T, LedgerError>>;

/// The ledger could not do what it was asked. Messages never hold personal data or secrets.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The URL is not one that duizhang knows.
    #[error("ledger url {url:?} is not understood: use sqlite://PATH or postgres://USER@HOST/DB")]
    Url {
        /// The URL without its password.
        url: String,
    },
    /// The database could not be opened or reached.
    #[error("cannot open the ledger {url}")]
    Open {
        /// The URL without its password.
        url: String,
        /// The cause.
        source: sqlx::Error,
    },
    /// The server could not be shown to be the right one; nothing was said to it.
    #[error("cannot open the ledger {url}: {advice}")]
    Untrusted {
        /// The URL without its password.
        url: String,
        /// What is wrong and what to do.
        advice: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// A newer duizhang has written this ledger.
    #[error(
        "the ledger has schema version {found}, this duizhang knows {known}: install the newer \
         duizhang that wrote it; nothing was changed"
    )]
    TooNew {
        /// Version in the ledger.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The schema is older than this program and has to be migrated first.
    #[error(
        "the ledger has schema version {found}, this duizhang needs {known}: run `duizhang ledger migrate`"
    )]
    TooOld {
        /// Version in the ledger.
        found: i64,
        /// Version that this program needs.
        known: i64,
    },
    /// Somebody else is writing.
    #[error("{holder} holds the ledger's lock")]
    Locked {
        /// Job, process and host of the holder.
        holder: String,
    },
    /// The lock that this process had is gone, and somebody else may have it by now.
    #[error(
        "the ledger's lock was lost: the server has ended the session that held it. Nothing more was \
         written; run the same command again"
    )]
    LockLost,
    /// A ledger that is to be filled has rows.
    #[error(
        "the ledger to copy to is not empty: {table} has {rows} rows; copy to an empty database"
    )]
    NotEmpty {
        /// The first table that has some.
        table: &'static str,
        /// How many.
        rows: i64,
    },
    /// What was copied is not what was there.
    #[error("{what}: {here} in the ledger to copy from, {there} in the copy; nothing was kept")]
    TransferDiffers {
        /// What differs: `rows of reading`.
        what: String,
        /// What the source has.
        here: i64,
        /// What the target would have.
        there: i64,
    },
    /// This ledger cannot run on several machines.
    #[error("the ledger cannot be distributed: {reason}")]
    NotDistributable {
        /// Why.
        reason: &'static str,
    },
    /// A table is not where it is to be, nor on the first machine, from where it could be put there.
    #[error(
        "the table {table} is {found}, which is not where it belongs: take it back with \
         SELECT undistribute_table('{table}') and try again"
    )]
    Misplaced {
        /// The table.
        table: &'static str,
        /// Where it is.
        found: String,
    },
    /// A statement failed.
    #[error("the ledger failed while it was to {doing}")]
    Statement {
        /// What was being done, as a verb phrase.
        doing: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// The disk is full: nothing of the unit that was being written is kept.
    #[error(
        "no space left for the ledger while it was to {doing}: free some space and run the same command again; nothing is lost"
    )]
    DiskFull {
        /// What was being done, as a verb phrase.
        doing: &'static str,
    },
    /// The rows to be written could not be read back from their spool.
    #[error("could not read back sorted rows while the ledger was to {doing}")]
    Rows {
        /// What was being done, as a verb phrase.
        doing: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// A file beside the database (lock, folder) could not be used.
    #[error("cannot use {path}")]
    File {
        /// The path as configured.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The ledger's own rows contradict what the program knows.
    #[error("the ledger holds {what}, which this duizhang does not know: {value}")]
    Inconsistent {
        /// Which column.
        what: &'static str,
        /// The value found.
        value: String,
    },
}

/// One import of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeFile {
    /// The name under which the file is known: its path relative to the configuration. A later
    /// import under the same name replaces the rows of the earlier one that it no longer has.
    pub name: String,
    /// SHA-256 of the file and of the settings that it was read with, hexadecimal.
    pub digest: String,
    /// The business date for which it was imported.
    pub business_date: BusinessDate,
    /// Data rows in the file, good and bad.
    pub rows: i64,
    /// Rows that were refused.
    pub rejected: i64,
    /// The encoding that was detected: `utf-8`, `utf-8-bom` or `gb18030`.
    pub encoding: String,
    /// When.
    pub imported_at: Timestamp,
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

/// What pulling one account for one business date came to; one row per account and date, replaced
/// by the next pull of that date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPull {
    /// The account.
    pub account: String,
    /// The date that was pulled.
    pub business_date: BusinessDate,
    /// From how many sides the account can be seen.
    pub coverage: Coverage,
    /// Streams whose listing was walked to its proven end, as `kind/product`, sorted.
    pub listed: Vec<String>,
    /// Streams whose listing could not be proved, as `kind/product`, sorted.
    pub unlisted: Vec<String>,
    /// Rows that the listings had.
    pub listed_rows: i64,
    /// Orders that were asked about.
    pub asked: i64,
    /// Of these: answered and verified (also `not_found`).
    pub answered: i64,
    /// Of these: no trustworthy answer.
    pub unproved: i64,
    /// The business day was not over when it was pulled.
    pub day_unfinished: bool,
    /// The first thing that went wrong, without secrets or personal data; empty when nothing did.
    pub problem: String,
}

impl AccountPull {
    /// Whether every listing was proved and every question answered.
    pub const fn is_answered(&self) -> bool {
        self.unlisted.is_empty() && self.unproved == 0
    }
}

/// An account's verdict for one business date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountVerdict {
    /// The account.
    pub account: String,
    /// How far the night could be proved.
    pub verdict: Verdict,
    /// From how many sides.
    pub coverage: Coverage,
    /// Why it is not complete; empty when it is. No secrets, no personal data.
    pub reason: String,
}

/// Counts and sums of both sides of one stream, of the items whose money is dated to one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Merchant orders with money.
    pub merchant_count: i64,
    /// Their sum in fen.
    pub merchant_minor: i64,
    /// Provider transactions with money.
    pub provider_count: i64,
    /// Their sum in fen.
    pub provider_minor: i64,
    /// Of these: transactions whose amount the provider does not state.
    pub status_only_count: i64,
}

impl Totals {
    /// Adds another part of the same whole; `None` when the sum does not fit.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            merchant_count: self.merchant_count.checked_add(other.merchant_count)?,
            merchant_minor: self.merchant_minor.checked_add(other.merchant_minor)?,
            provider_count: self.provider_count.checked_add(other.provider_count)?,
            provider_minor: self.provider_minor.checked_add(other.provider_minor)?,
            status_only_count: self.status_only_count.checked_add(other.status_only_count)?,
        })
    }
}

/// What the scan of a day finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// A pair that does not plainly agree, or that has to be looked at for another reason. In
    /// ascending key order, each once.
    Doubt(OrderKey),
    /// Sums of the pairs of one stream that plainly agree; comes once per stream, after its doubts
    /// or at the end.
    Agreed(Stream, Totals),
}

/// Which pairs the scan of a day looks at.
///
/// Looked at are: every current order and reading dated to `date`; every pair with a discrepancy
/// that is not closed, or that the report of `date` shows as not closed or as dated to `date`; every
/// pair whose rows were touched under another date since it was last
/// settled with [`Ledger::settle_touched`].
///
/// A pair *plainly agrees* when it has exactly one current order and exactly one current reading,
/// which is no callback, both dated to `date`, no such discrepancy, was not touched, and
///
/// - both are succeeded, the currencies are equal, the provider's amount is absent or differs by at
///   most `tolerance_minor`, and the provider states no fee or the merchant's own fee equals it, or
/// - both are refunded, or
/// - the merchant's is failed or closed and the provider's is not found, pending, failed, refunded
///   or returned;
///
/// or when it has exactly one current order, dated to `date`, failed or closed, no reading, and its
/// stream is in `listed`. Everything else is in doubt.
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
}

/// One entry of a discrepancy's append-only history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscrepancyEvent {
    /// The discrepancy.
    pub discrepancy_id: String,
    /// The pair's order number.
    pub order_no: String,
    /// 1, 2, 3, … per discrepancy.
    pub sequence: i32,
    /// The business date of the run in which it happened.
    pub business_date: BusinessDate,
    /// What happened: `raised`, `changed`, `closed`, `reopened`, or a resolution verb.
    pub event: String,
    /// Who: `duizhang` for the job, else a person.
    pub person: String,
    /// What it was before and is now, or the person's note, in English, without personal data.
    pub note: String,
    /// When.
    pub occurred_at: Timestamp,
}

/// A discrepancy as it is to be, and the event that makes it so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscrepancyChange {
    /// The whole row as it is from now on.
    pub discrepancy: Discrepancy,
    /// Its history's next entry; `sequence` is given by the ledger.
    pub event: DiscrepancyEvent,
}

/// One entry of a history as it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEntry {
    /// The entry.
    pub event: DiscrepancyEvent,
    /// What [`crate::resolution::chain::entry_hash`] gave when it was written; `None` for entries
    /// older than hashes.
    pub hash: Option<String>,
    /// State, reason code and person of the discrepancy's row now; `None` when there is no row.
    pub row: Option<(crate::discrepancy::State, String, String)>,
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

/// Where both sides' words and their disagreements are kept.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Creates or upgrades the schema. Safe to repeat.
    async fn migrate(&self) -> Result<(), LedgerError>;

    /// Schema version and row counts. Works on an empty and on a newer ledger too.
    async fn status(&self) -> Result<LedgerStatus, LedgerError>;

    /// Takes the ledger's lock, or fails at once with [`LedgerError::Locked`].
    async fn lock(&self, holder: &LockHolder) -> Result<Box<dyn LedgerLock>, LedgerError>;

    /// Whether this very content was already imported under this name as the last import.
    async fn intake_is_known(&self, name: &str, digest: &str) -> Result<bool, LedgerError>;

    /// Imports a file of merchant orders in one transaction: adds new words, supersedes replaced
    /// ones (also under another business date), withdraws what an earlier import under the same
    /// name had and this one has not, and keeps the rejections (replacing those of that name).
    ///
    /// `orders` come sorted by stream, order number and occurrence. A row whose business date is not
    /// the file's is noted as touched, see [`Scan`].
    async fn put_orders(
        &self,
        file: &IntakeFile,
        orders: SortedRows<Order>,
        rejections: SortedRows<Rejection>,
    ) -> Result<PutCount, LedgerError>;

    /// Writes a listing in one transaction; if it is whole, current listing rows of the stream dated
    /// inside the window that it no longer has are superseded.
    ///
    /// `rows` come sorted by order number, provider order number and occurrence. A row dated outside
    /// the window is noted as touched, see [`Scan`].
    async fn put_listing(
        &self,
        window: &ListingWindow,
        rows: SortedRows<Reading>,
    ) -> Result<PutCount, LedgerError>;

    /// Writes answers to single questions in one transaction. Each order has one current answer per
    /// source; a new one replaces it, but an unproved one never replaces a proved one.
    ///
    /// A new word that came unasked (every source but [`crate::reading::Source::Query`]) is noted as
    /// touched, see [`Scan`]: no run would look at its pair otherwise.
    async fn put_answers(&self, answers: &[Reading]) -> Result<PutCount, LedgerError>;

    /// Keeps rows of a provider's answers that could not be read, replacing those of that source
    /// for that date.
    async fn put_rejections(
        &self,
        source: &str,
        date: BusinessDate,
        rejections: &[Rejection],
    ) -> Result<(), LedgerError>;

    /// Looks at a day: which pairs do not plainly agree, and the sums of those that do.
    fn scan<'a>(&'a self, scan: &'a Scan) -> LedgerStream<'a, Scanned>;

    /// Everything current about these orders, in the order of the keys.
    async fn pairs(&self, keys: &[OrderKey]) -> Result<Vec<Pair>, LedgerError>;

    /// Every pair with this order number, whatever the account and kind.
    async fn find(&self, order_no: &str) -> Result<Vec<Pair>, LedgerError>;

    /// Every refund, of any date, that gives back one of these payments: the merchant's orders
    /// whose `original_order_no` is the key's order number, in the same account.
    async fn refunds_of(&self, payments: &[OrderKey]) -> Result<Vec<Order>, LedgerError>;

    /// A page of the refunds of a stream on a business date: current orders with an
    /// `original_order_no`, the first of each order number, ascending by order number, those after
    /// `after`, at most `limit`.
    async fn refunds_on(
        &self,
        stream: &Stream,
        date: BusinessDate,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Order>, LedgerError>;

    /// Forgets that these pairs were touched: they have been judged.
    async fn settle_touched(&self, keys: &[OrderKey]) -> Result<(), LedgerError>;

    /// Every discrepancy, closed ones too, of these pairs, sorted by key and id.
    async fn discrepancies_of(&self, keys: &[OrderKey]) -> Result<Vec<Discrepancy>, LedgerError>;

    /// One discrepancy and its history, oldest first.
    async fn discrepancy(
        &self,
        id: &str,
    ) -> Result<Option<(Discrepancy, Vec<DiscrepancyEvent>)>, LedgerError>;

    /// Writes discrepancies and the events that made them so, in one transaction: what they are from
    /// the event's business date on. What they were before that date stays as the reports of those
    /// dates show it; what was written for later dates is replaced.
    async fn put_discrepancies(&self, changes: &[DiscrepancyChange]) -> Result<(), LedgerError>;

    /// The rows of a business date's report, as they were on that date: seen first on or before `date`,
    /// and not closed before `date`; sorted by account, kind, product, business date, order number, type and id.
    ///
    /// A cross-day row is only in the report of its own business date. A row of `date` itself that a
    /// person closed stays in its report, since its difference is still in the totals.
    fn report_rows(&self, date: BusinessDate) -> LedgerStream<'_, Discrepancy>;

    /// Rows refused on behalf of a business date, sorted by source, line, column and value.
    fn rejections(&self, date: BusinessDate) -> LedgerStream<'_, Rejection>;

    /// Files imported on behalf of a business date, sorted by name.
    async fn intake_files(&self, date: BusinessDate) -> Result<Vec<IntakeFile>, LedgerError>;

    /// Keeps what a pull came to.
    async fn put_pull(&self, pull: &AccountPull) -> Result<(), LedgerError>;

    /// What the pulls of a business date came to, sorted by account.
    async fn pulls(&self, date: BusinessDate) -> Result<Vec<AccountPull>, LedgerError>;

    /// Replaces the totals and verdicts of a business date for the accounts in `verdicts`.
    async fn put_day(
        &self,
        date: BusinessDate,
        totals: &[(Stream, Totals)],
        verdicts: &[AccountVerdict],
    ) -> Result<(), LedgerError>;

    /// Totals per stream and verdicts per account of a business date, sorted.
    async fn day(
        &self,
        date: BusinessDate,
    ) -> Result<(Vec<(Stream, Totals)>, Vec<AccountVerdict>), LedgerError>;

    /// Keeps figures of balances in one transaction. One that is already there (same account,
    /// moment, channel, part and currency) stays as it is.
    async fn put_balances(&self, snapshots: &[BalanceSnapshot]) -> Result<PutCount, LedgerError>;

    /// What an account held at the moments from `from` to before `until`, sorted by moment, channel,
    /// part and currency.
    async fn balances(
        &self,
        account: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<BalanceSnapshot>, LedgerError>;

    /// Keeps the start or end of a run; one row per job and business date.
    async fn put_run(&self, run: &RunRecord) -> Result<(), LedgerError>;

    /// The last runs, newest business date first, at most `limit`.
    async fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, LedgerError>;

    /// Replaces what the open discrepancies of a business date have in common, for the streams of
    /// these accounts.
    async fn put_patterns(
        &self,
        date: BusinessDate,
        accounts: &[String],
        patterns: &[Pattern],
    ) -> Result<(), LedgerError>;

    /// What the open discrepancies of a business date have in common, sorted by stream, within it as
    /// they were put.
    async fn patterns(&self, date: BusinessDate) -> Result<Vec<Pattern>, LedgerError>;

    /// When the merchant's succeeded orders of a stream and business date were counted as paid,
    /// ascending.
    async fn booked(
        &self,
        stream: &Stream,
        date: BusinessDate,
    ) -> Result<Vec<Timestamp>, LedgerError>;

    /// Makes everything written so far durable: the end of a step.
    async fn checkpoint(&self) -> Result<(), LedgerError>;

    /// Every table: its columns, its rows and the sums of its columns of money.
    async fn summaries(&self) -> Result<Vec<TableSummary>, LedgerError>;

    /// Every row of a table, in parts, with the columns of `table` in their order.
    fn dump<'a>(&'a self, table: &'a TableSummary) -> LedgerStream<'a, Vec<Vec<Cell>>>;

    /// Fills this ledger, which has to be empty, with the rows of another one in one transaction, and
    /// keeps it only if counts and sums are those of `tables`; see [`transfer::copy`].
    async fn fill(
        &self,
        from: &dyn Ledger,
        tables: &[TableSummary],
        bar: &Bar,
    ) -> Result<Vec<TableSummary>, LedgerError>;

    /// Where the tables are, and where they are to be on several machines; in the schema's order.
    async fn placements(&self) -> Result<Vec<TablePlacement>, LedgerError>;

    /// Puts the tables where they are to be on several machines, and names those that were not there
    /// yet. Safe to repeat.
    async fn distribute(&self) -> Result<Vec<&'static str>, LedgerError>;

    /// Keeps what came of one time at which a job fired; one row per job and time.
    async fn put_firing(&self, firing: &Firing) -> Result<(), LedgerError>;

    /// The newest firings of every job, `per_job` of each at most, and all older ones that are
    /// running or to be tried again; by job, then oldest first.
    async fn firings(&self, per_job: u32) -> Result<Vec<Firing>, LedgerError>;

    /// Copies everything, as it is at one moment, into a ledger that can be worked on and is thrown
    /// away. A ledger in a file is copied into `folder`, one on a server into a schema beside it.
    async fn copy(&self, folder: &Path) -> Result<Copied, LedgerError>;

    /// A page of the histories of all discrepancies, sorted by order number, id and sequence: the
    /// entries after the one with these, at most `limit`.
    async fn chain_entries(
        &self,
        after: (&str, &str, i32),
        limit: u32,
    ) -> Result<Vec<ChainEntry>, LedgerError>;

    /// Removes what is older than `before`, in small transactions: pairs all of whose rows are, the
    /// discrepancies and histories of these, and what is kept per day. Stays: everything about a pair
    /// that is not finished, see [`prune::Kept`]; balances and other money of accounts. With `is_dry`
    /// nothing is removed, only counted.
    async fn prune(&self, before: BusinessDate, is_dry: bool) -> Result<Pruned, LedgerError>;
    /// Keeps the movements that a source (the name of a file) has, in one transaction: what it said
    /// before is replaced, and kept as history. The same movement in two sources is one; two that
    /// are the same in one source are two.
    async fn put_movements(
        &self,
        source: &str,
        movements: &[Movement],
    ) -> Result<PutCount, LedgerError>;

    /// The movements of an account from `from` to before `until`, sorted by time, kind, product,
    /// settlement date, amount and name.
    async fn movements(
        &self,
        account: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Movement>, LedgerError>;

    /// The settlements of an account with a settlement date from `from` on that happened before
    /// `until`, sorted as [`Ledger::movements`]; and the earliest settlement date of which the
    /// ledger knows any.
    async fn settlements(
        &self,
        account: &str,
        from: BusinessDate,
        until: Timestamp,
    ) -> Result<(Vec<Movement>, Option<BusinessDate>), LedgerError>;

    /// Adds up the provider's transactions that took or paid money, by the current readings that
    /// decide (see [`crate::reconcile::transactions`]), grouped by what a fee depends on; sorted.
    async fn reading_sums(&self, request: &SumRequest) -> Result<Vec<SumGroup>, LedgerError>;

    /// Adds up the merchant's succeeded orders of these streams: for what their provider cannot be
    /// asked about; sorted.
    async fn order_sums(
        &self,
        streams: &[Stream],
        request: &SumRequest,
    ) -> Result<Vec<SumGroup>, LedgerError>;

    /// Replaces the sums of an account's streams on a business date.
    async fn put_day_sums(
        &self,
        account: &str,
        date: BusinessDate,
        sums: &[(Stream, DaySum)],
    ) -> Result<(), LedgerError>;

    /// The sums of an account's streams on the business dates from `from` to `to`, inclusive,
    /// sorted by date and stream.
    async fn day_sums(
        &self,
        account: &str,
        from: BusinessDate,
        to: BusinessDate,
    ) -> Result<Vec<(BusinessDate, Stream, DaySum)>, LedgerError>;

    /// Every discrepancy, closed ones too, of these pairs as it was on a business date, sorted by key
    /// and id. [`FOREVER`] asks for what they are now.
    async fn discrepancies_on(
        &self,
        date: BusinessDate,
        keys: &[OrderKey],
    ) -> Result<Vec<Version>, LedgerError>;

    /// Says what discrepancies were on one business date, and nothing about any other: a day that is
    /// reconciled again changes its own report only. In one transaction.
    async fn restate(&self, date: BusinessDate, rows: &[Discrepancy]) -> Result<(), LedgerError>;

    /// The last business date that was reconciled, of any account.
    async fn last_day(&self) -> Result<Option<BusinessDate>, LedgerError>;

    /// Pairs of which a discrepancy is on `date` otherwise than on the day before; each once, sorted by
    /// account, kind, product and order number. Not all of them need differ.
    fn moved_on(&self, date: BusinessDate) -> LedgerStream<'_, OrderKey>;

    /// Pairs of which a discrepancy that is dated to `date`, then or now, is now otherwise than it was
    /// on `date`; each once, sorted by account, kind, product and order number. Not all need differ.
    fn moved_since(&self, date: BusinessDate) -> LedgerStream<'_, OrderKey>;

    /// Writes a listing like [`Ledger::put_listing`], of days that an earlier night has reconciled:
    /// whatever it changes is noted as touched, see [`Scan`].
    async fn put_late_listing(
        &self,
        window: &ListingWindow,
        rows: SortedRows<Reading>,
    ) -> Result<PutCount, LedgerError>;

    /// Keeps how many rows the provider announced for a day of a stream, once they were proved whole.
    async fn put_listed_rows(
        &self,
        stream: &Stream,
        date: BusinessDate,
        rows: i64,
    ) -> Result<(), LedgerError>;

    /// What [`Ledger::put_listed_rows`] has kept.
    async fn listed_rows(
        &self,
        stream: &Stream,
        date: BusinessDate,
    ) -> Result<Option<i64>, LedgerError>;

    /// Keeps what settling an account came to on a business date, replacing what it came to before.
    async fn put_settled(
        &self,
        date: BusinessDate,
        account: &str,
        found: &str,
    ) -> Result<(), LedgerError>;

    /// What [`Ledger::put_settled`] has kept of a business date, by account.
    async fn settled(&self, date: BusinessDate) -> Result<BTreeMap<String, String>, LedgerError>;
}

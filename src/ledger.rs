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

use crate::balance::{BalanceAsk, BalanceSnapshot};
use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::Discrepancy;
use crate::discrepancy::pattern::Pattern;
use crate::money::Currency;
use crate::movement::Movement;
use crate::order::{Order, OrderKey, Rejection, Stream};
use crate::progress::Bar;
use crate::reading::{Pair, Reading};
use crate::resolution::chain::words::HashedWord;

pub mod agree;
mod chains;
mod error;
mod failure;
mod firings;
mod heal;
mod open;
pub mod placement;
mod postgres;
pub mod prune;
mod put;
mod refunds;
mod rows;
mod sql;
mod sqlite;
mod stated;
mod streams;
mod tables;
pub mod transfer;
mod word;
mod words;

pub use crate::ledger_data::{
    AccountPull, AccountVerdict, AfterEntry, Anchor, AnchoredEntry, AnchoredWords, BillSum,
    ChainEntry, Counted, DaySum, DiscrepancyChange, DiscrepancyEvent, IntakeFile, StatedPart,
    SumGroup, SumRequest, Summed, Totals,
};
pub use crate::sorter::SortedRows;
pub use error::LedgerError;
pub use firings::{Firing, FiringState};
pub use heal::Healed;
pub use open::{Access, open};
use placement::TablePlacement;
use prune::Pruned;
pub use tables::{Placement, TABLES};
use transfer::{Cell, TableSummary};
pub use words::{
    Copied, FOREVER, LedgerLock, LedgerStatus, ListingWindow, LockHolder, PutCount, RunRecord,
    Scan, Scanned, Statement, Version,
};

/// A stream of rows out of the ledger.
pub type LedgerStream<'a, T> = BoxStream<'a, Result<T, LedgerError>>;

/// Pairs that are best asked about, and written, together: so many that what a statement costs by itself does not
/// count, on several machines too, and so few that they take little memory.
pub const KEYS_TOGETHER: usize = 5_000;

/// Where both sides' words and their disagreements are kept.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Creates or upgrades the schema. Safe to repeat.
    async fn migrate(&self) -> Result<(), LedgerError>;

    /// Takes out of use what was let in before anything looked: current rows with a date or an amount
    /// that cannot be. They stay as history, their pairs are judged by the next run, and their files are
    /// read by their next import. In one transaction. Safe to repeat.
    async fn heal(&self) -> Result<Healed, LedgerError>;

    /// Which ledger this is: a number that no other one has, but for its copies.
    async fn identity(&self) -> Result<String, LedgerError>;

    /// Schema version and row counts. Works on an empty and on a newer ledger too.
    async fn status(&self) -> Result<LedgerStatus, LedgerError>;

    /// Takes the ledger's lock, or fails at once with [`LedgerError::Locked`].
    async fn lock(&self, holder: &LockHolder) -> Result<Box<dyn LedgerLock>, LedgerError>;

    /// Whether this very content was already imported under this name as the last import.
    async fn intake_is_known(&self, name: &str, digest: &str) -> Result<bool, LedgerError>;

    /// Imports a file of merchant orders in one transaction: adds new words, supersedes replaced
    /// ones (also under another business date), withdraws what an earlier import under the same
    /// name had and this one has not, and keeps the rejections (replacing those of that name). What each file
    /// says is kept, so that where one is withdrawn, or corrected, the newest of the others counts.
    ///
    /// `orders` come sorted by stream, order number and occurrence. A row whose business date is not
    /// the file's is noted as touched, see [`Scan`].
    async fn put_orders(
        &self,
        file: &IntakeFile,
        orders: SortedRows<Order>,
        rejections: SortedRows<Rejection>,
    ) -> Result<PutCount, LedgerError>;

    /// Other files that, imported since, say otherwise of some order than the file of orders of this name: then
    /// importing that one again is not nothing.
    async fn orders_overruled_by(&self, name: &str) -> Result<Vec<String>, LedgerError>;

    /// Files of orders with rows that were imported on behalf of a business date before what each of them says was
    /// kept: what another file replaced of theirs is in the ledger as history alone. Sorted.
    async fn unkept_orders(&self, date: BusinessDate) -> Result<Vec<String>, LedgerError>;

    /// Writes a listing in one transaction; if it is whole, current listing rows of the stream dated
    /// inside the window that it no longer has are superseded.
    ///
    /// `rows` come sorted by order number, provider order number and occurrence. A row dated outside
    /// the window is noted as touched, see [`Scan`], and so is one that is superseded because the listing
    /// no longer has it: its pair stays touched until the provider has been asked about it.
    async fn put_listing(
        &self,
        window: &ListingWindow,
        rows: SortedRows<Reading>,
    ) -> Result<PutCount, LedgerError>;

    /// Writes answers to single questions in one transaction. Each order has one current answer per
    /// source; a new one replaces it, but an unproved one never replaces a proved one. One that says what
    /// the last one said is no new word, unless a listing has said something since; that it was said again,
    /// and when, is kept, see [`Pair::confirmed_at`].
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

    /// The numbers by which the platform knows the merchant's current orders of some business dates, each with
    /// the order's key.
    async fn provider_numbers(
        &self,
        account: &str,
        from: BusinessDate,
        to: BusinessDate,
    ) -> Result<Vec<(String, OrderKey)>, LedgerError>;

    /// The current readings of refunds that name one of these payments, sorted by key; see
    /// [`Reading::original_order_no`].
    async fn refund_readings(&self, payments: &[OrderKey]) -> Result<Vec<Reading>, LedgerError>;

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

    /// Notes as touched the pairs of a stream with a word, dated from `from` to `to`, that the provider
    /// has not finished, so that they are asked about again.
    async fn touch_unfinished(
        &self,
        stream: &Stream,
        from: BusinessDate,
        to: BusinessDate,
    ) -> Result<(), LedgerError>;

    /// Notes as touched the pairs of a stream and business date that the provider has answered or listed
    /// as succeeded, last before a moment.
    async fn touch_settled(
        &self,
        stream: &Stream,
        date: BusinessDate,
        answered_before: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Forgets that these pairs were touched: they have been judged. One that is no longer listed stays
    /// touched until the provider has been asked about it, see [`crate::reading::Past::is_unlisted`].
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
    /// A cross-day row is in the report of its own business date, and, as closed by itself, in that of the
    /// next one ([`crate::rules::lifecycle::shown_on`]). A row of `date` itself that a
    /// person closed stays in its report, since its difference is still in the totals.
    fn report_rows(&self, date: BusinessDate) -> LedgerStream<'_, Discrepancy>;

    /// Rows refused on behalf of a business date, sorted by source, line, column and value.
    fn rejections(&self, date: BusinessDate) -> LedgerStream<'_, Rejection>;

    /// Files imported on behalf of a business date, sorted by name.
    async fn intake_files(&self, date: BusinessDate) -> Result<Vec<IntakeFile>, LedgerError>;

    /// Files imported on behalf of earlier business dates, newest date first, within it sorted by name;
    /// at most `limit`.
    async fn earlier_files(
        &self,
        date: BusinessDate,
        limit: u32,
    ) -> Result<Vec<IntakeFile>, LedgerError>;

    /// Keeps what a pull came to.
    async fn put_pull(&self, pull: &AccountPull) -> Result<(), LedgerError>;

    /// What the pulls of a business date came to, sorted by account.
    async fn pulls(&self, date: BusinessDate) -> Result<Vec<AccountPull>, LedgerError>;

    /// Replaces the totals and verdicts of a business date for the accounts in `verdicts`.
    async fn put_day(
        &self,
        date: BusinessDate,
        totals: &[(Stream, Currency, Totals)],
        verdicts: &[AccountVerdict],
    ) -> Result<(), LedgerError>;

    /// Totals per stream and verdicts per account of a business date, sorted.
    async fn day(
        &self,
        date: BusinessDate,
    ) -> Result<(Vec<(Stream, Currency, Totals)>, Vec<AccountVerdict>), LedgerError>;

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

    /// Keeps what came of asking accounts for their balance, in one transaction. One that is already
    /// there (same account and moment) stays as it is.
    async fn put_balance_asks(&self, asks: &[BalanceAsk]) -> Result<(), LedgerError>;

    /// What came of asking an account for its balance from `from` to before `until`, oldest first.
    async fn balance_asks(
        &self,
        account: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<BalanceAsk>, LedgerError>;

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
    /// yet. Safe to repeat. `shards`: into how many parts a table is split, where none is split yet; else as
    /// the server is set.
    async fn distribute(&self, shards: Option<u32>) -> Result<Vec<&'static str>, LedgerError>;

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

    /// The ids of discrepancies that have no history at all, sorted, at most `limit`. Each is raised with
    /// an entry, so that somebody removed them behind the ledger's back.
    async fn without_history(&self, limit: u32) -> Result<Vec<String>, LedgerError>;

    /// The ids of discrepancies whose row says otherwise than what holds of them by their versions, sorted,
    /// at most `limit`. Both are always written together, so that somebody has changed one of them.
    async fn altered_versions(&self, limit: u32) -> Result<Vec<String>, LedgerError>;

    /// The links of the chain over all histories, the oldest first: one for each report that had something
    /// new.
    async fn anchors(&self) -> Result<Vec<Anchor>, LedgerError>;

    /// Adds the next link. Entries that are written from now on belong to the one after it.
    async fn put_anchor(&self, anchor: &Anchor) -> Result<(), LedgerError>;

    /// A page of the entries of all histories, also of pruned ones, sorted by anchor, order number, id and
    /// sequence: those after `after`, at most `limit`.
    async fn anchored_entries(
        &self,
        after: &AfterEntry,
        limit: u32,
    ) -> Result<Vec<AnchoredEntry>, LedgerError>;

    /// Every word of the providers, whether or not it is current, in no order.
    fn all_readings(&self) -> LedgerStream<'_, Reading>;

    /// The hashes of the words of the providers that are counted, current or not, about a business date, or all:
    /// in no order.
    fn hashed_words(&self, date: Option<BusinessDate>) -> LedgerStream<'_, HashedWord>;

    /// What is wrong with the database itself, in its own words; empty where nothing is. `is_thorough`:
    /// every page and row is read, and indexes are compared with their tables, which may take minutes.
    async fn damage(&self, is_thorough: bool) -> Result<Vec<String>, LedgerError>;

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

    /// Adds up what an account took and paid, grouped by what a fee depends on, where everything current
    /// about an order says the very same; names the orders where it does not: their money is resolved by
    /// [`crate::rules::sums::of_pair`].
    ///
    /// Added up are transactions that succeeded; of streams that the provider cannot be asked about also
    /// the merchant's succeeded orders of which no reading tells. An order is named under every date under
    /// which its money may be.
    async fn sums(&self, request: &SumRequest) -> Result<Summed, LedgerError>;

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

    /// The business dates from `from` to `to`, inclusive, under which something of an account has changed
    /// since their sums were put: an answer came, or a pair was touched and judged.
    async fn stale_dates(
        &self,
        account: &str,
        from: BusinessDate,
        to: BusinessDate,
    ) -> Result<Vec<BusinessDate>, LedgerError>;

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

    /// Imports a provider's statement file in one transaction: adds new words, supersedes replaced
    /// ones (also another file's, or under another date), withdraws what an earlier import under the
    /// same name had and this one has not, and keeps the rejections (replacing those of that name).
    /// A row that says what another file has said is no new word, and stays that file's; and what each file
    /// says is kept, so that where one is withdrawn, or corrected, the newest of the others counts.
    ///
    /// `rows` come sorted by stream, order number, provider order number and occurrence, each with
    /// [`crate::reading::Source::Statement`], the statement's interface, and a stream of its account.
    /// A change under a date from the first to the last that was reconciled is noted as touched, see
    /// [`Scan`]; the other dates are still to be reconciled, or never were.
    async fn put_statement(
        &self,
        statement: &Statement,
        rows: SortedRows<Reading>,
        rejections: SortedRows<Rejection>,
    ) -> Result<PutCount, LedgerError>;

    /// Whether another statement file of the account, imported since, says otherwise of some transaction
    /// than the one with this interface: then importing that one again is not nothing.
    async fn statement_is_overruled(
        &self,
        account: &str,
        interface: &str,
    ) -> Result<bool, LedgerError>;

    /// Streams of which statement files are the whole of a business date, see [`Statement`]; sorted.
    async fn stated_streams(&self, date: BusinessDate) -> Result<Vec<Stream>, LedgerError>;

    /// What these files list as money of the date, in yuan, sorted by stream; a stream without any is left
    /// out.
    async fn bill_sums(&self, date: BusinessDate) -> Result<Vec<BillSum>, LedgerError>;

    /// A page of the order numbers of a stream that the merchant's current orders of a business date
    /// call failed or closed and that no current listing has, whatever its date: ascending, each once,
    /// those after `after`, at most `limit`.
    async fn given_up(
        &self,
        stream: &Stream,
        date: BusinessDate,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, LedgerError>;

    /// A page of the order numbers of a stream that a current answer or callback of a business date calls
    /// succeeded at a stated time, and that no current listing has, whatever its date: ascending, each
    /// once, those after `after`, at most `limit`.
    async fn left_out(
        &self,
        stream: &Stream,
        date: BusinessDate,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, LedgerError>;

    /// An order of a stream that the provider has to know: with the greatest number of those that a
    /// current listing, answer or callback calls succeeded, failed, refunded or returned.
    async fn known_order(&self, stream: &Stream) -> Result<Option<String>, LedgerError>;
}

//! What a ledger is given and gives back besides the words of both sides.

use std::collections::BTreeMap;

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::FeeRule;
use crate::discrepancy::Discrepancy;
use crate::ledger::Ledger;
use crate::lines::LineCounts;
use crate::money::Currency;
use crate::order::{OrderKey, Origin, Stream};
use crate::reconcile::fee::{Chosen, Paid, rule_of};
use crate::reconcile::why::speaks_against;
use crate::status::{Coverage, Verdict};

/// One import of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeFile {
    /// Whose rows it holds.
    pub origin: Origin,
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
    /// What became of its lines; none where it has no lines, as a database has none.
    pub lines: LineCounts,
}

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

/// A business date, or the part of it, of which a statement is the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatedPart {
    /// The date.
    pub date: BusinessDate,
    /// Where the part begins; `None`: with the date.
    pub from: Option<Timestamp>,
    /// Where it ends, which is not in it any more; `None`: with the date.
    pub until: Option<Timestamp>,
}

impl StatedPart {
    /// The whole date.
    pub const fn whole(date: BusinessDate) -> Self {
        Self { date, from: None, until: None }
    }
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

/// What is known of one account and business date from its pulls; one row per account and date. Which of
/// several pulls counts, says [`crate::reconcile::last_proof`].
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
    /// Orders in doubt of which nothing trustworthy is known, asked now or not.
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

impl AccountVerdict {
    /// Whether the night can be trusted for this account.
    pub fn is_proved(&self) -> bool {
        self.verdict.is_trusted(speaks_against(&self.reason))
    }
}

/// Counts and sums of both sides of one stream in one currency, of the items whose money is dated to one
/// day.
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
/// callback, and, if `verified_only`, neither a callback nor a statement's row.
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
    /// The contract's rules for fees, by account.
    pub fees: BTreeMap<String, Vec<FeeRule>>,
}

impl Scan {
    /// The rule for the fees of a stream on the date, whatever the way of paying.
    pub fn fee_of(&self, stream: &Stream) -> Chosen<'_> {
        let rules = self.fees.get(&stream.account).map_or(&[][..], Vec::as_slice);
        rule_of(rules, Paid::of(stream, self.date, "", ""))
    }
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
    /// What [`crate::resolution::chain::row_hash`] gave; empty for older entries.
    pub row_hash: String,
    /// What [`crate::resolution::chain::content_hash`] gave; empty for older entries.
    pub content_hash: String,
    /// The discrepancy's row as it is now; `None` when there is none.
    pub row: Option<Discrepancy>,
}

/// A link of the chain over all histories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// 1, 2, 3, …
    pub sequence: i64,
    /// The business date of the report that it was made for.
    pub business_date: BusinessDate,
    /// How many entries belong to it.
    pub entries: i64,
    /// The digest of these, see [`crate::resolution::chain::anchor`].
    pub digest: String,
    /// The words of the providers about the business date as they were then; `None` for one from before they
    /// were counted.
    pub words: Option<AnchoredWords>,
    /// Over all that, but for [`AnchoredWords::evidence`], and the link before it.
    pub hash: String,
}

/// The words of the providers about one business date at one moment, see
/// [`crate::resolution::chain::words`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchoredWords {
    /// How many there were that say something, each once.
    pub count: i64,
    /// Their digest.
    pub digest: String,
    /// The newest evidence among them: words that rest on a newer answer came later. Where an answer lies
    /// depends on how often a night was killed, so it is in no hash; it only tells which words to count.
    pub evidence: i64,
}

/// An entry of a history as its anchor knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnchoredEntry {
    /// The anchor that was next when it was written.
    pub anchor: i64,
    /// The pair's order number.
    pub order_no: String,
    /// The discrepancy.
    pub discrepancy_id: String,
    /// 1, 2, 3, … per discrepancy.
    pub sequence: i32,
    /// The business date of the run in which it happened.
    pub business_date: BusinessDate,
    /// What [`crate::resolution::chain::content_hash`] gave; of one from before there were such hashes, the
    /// hash of its history.
    pub content_hash: String,
    /// It was pruned with its discrepancy: nothing else is left of it.
    pub is_pruned: bool,
}

/// After which entry a page of [`crate::ledger::Ledger::anchored_entries`] begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AfterEntry {
    /// Its anchor.
    pub anchor: i64,
    /// Its order number.
    pub order_no: String,
    /// Its discrepancy.
    pub discrepancy_id: String,
    /// Its sequence.
    pub sequence: i32,
}

impl From<&AnchoredEntry> for AfterEntry {
    fn from(entry: &AnchoredEntry) -> Self {
        Self {
            anchor: entry.anchor,
            order_no: entry.order_no.clone(),
            discrepancy_id: entry.discrepancy_id.clone(),
            sequence: entry.sequence,
        }
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

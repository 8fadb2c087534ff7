//! What a ledger keeps besides the words of both sides: files, pulls, totals, verdicts, sums and histories. Plain data,
//! which rules read and [`crate::ledger`] keeps.

mod history;
mod sums;

pub use history::{
    AfterEntry, Anchor, AnchoredEntry, AnchoredWords, ChainEntry, DiscrepancyChange,
    DiscrepancyEvent,
};
pub use sums::{BillSum, Counted, DaySum, SumGroup, SumRequest, Summed};

use crate::business_day::{BusinessDate, Timestamp};
use crate::lines::LineCounts;
use crate::order::Origin;
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

/// What is known of one account and business date from its pulls; one row per account and date. Which of
/// several pulls counts, says [`crate::rules::last_proof`].
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

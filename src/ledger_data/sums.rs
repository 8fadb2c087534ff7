//! What the ledger adds up for settlements and balances: groups of transactions, and sums of a day.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::business_day::{BusinessDate, Timestamp};
use crate::money::Currency;
use crate::order::{OrderKey, Stream};

/// What is added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumRequest {
    /// The account.
    pub account: String,
    /// The first business date.
    pub from: BusinessDate,
    /// The last business date, inclusive.
    pub to: BusinessDate,
    /// The first business date of what is added up only where it was given back since; not later than
    /// `from`.
    pub back_from: BusinessDate,
    /// Three ascending moments that part time into four spans, each with its last moment: up to the
    /// first, …, after the last.
    pub cuts: [Timestamp; 3],
    /// Streams of the account that the provider cannot be asked about: there the merchant's word, or a
    /// file's, has to do.
    pub unasked: Vec<Stream>,
    /// The platform is known by its bills alone: then a file's word is its word.
    pub by_bill: bool,
    /// Every order is resolved by itself: what it is charged, or when it is settled, depends on the way of
    /// paying.
    pub per_order: bool,
}

/// Business dates that are added up at most: a slip in a date must not read the whole ledger.
const DATES_MAX: usize = 60;

impl SumRequest {
    /// In which span a moment lies, from 0.
    pub fn slot_of(&self, moment: Timestamp) -> i64 {
        let before = self.cuts.iter().take_while(|cut| moment > **cut).count();
        i64::try_from(before).unwrap_or(i64::MAX)
    }

    /// Every business date, and whether only what was given back since is added up of it.
    pub fn dates(&self) -> impl Iterator<Item = (BusinessDate, bool)> {
        let (from, to) = (self.from, self.to);
        let next = |date: &BusinessDate| Some(date.plus_days(1));
        std::iter::successors(Some(from.min(self.back_from)), next)
            .take_while(move |date| *date <= to)
            .take(DATES_MAX)
            .map(move |date| (date, date < from))
    }
}

/// What a ledger has added up, and what it has not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summed {
    /// Transactions that every word tells of in the same way.
    pub groups: Vec<SumGroup>,
    /// Orders whose money has to be resolved, see [`crate::rules::sums::of_pair`].
    pub apart: BTreeSet<OrderKey>,
}

/// Transactions of one stream and day that are added up together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumGroup {
    /// The stream.
    pub stream: Stream,
    /// The way of paying in the shop's own word, and in the platform's; empty where nobody states it, and
    /// where nothing depends on it, see [`SumRequest::per_order`].
    pub paid_by: (String, String),
    /// The business date on which they are dated.
    pub business_date: BusinessDate,
    /// In which span they were taken or paid, from 0.
    pub slot: i64,
    /// On which business date, and in which span, their money was given back, where it was.
    pub back: Option<(BusinessDate, i64)>,
    /// Their currency.
    pub currency: Currency,
    /// The amount of each in fen, where no fee is stated.
    pub unit_minor: Option<i64>,
    /// The order, where the money was given back; else empty.
    pub order_no: String,
    /// How many.
    pub count: i64,
    /// Their amounts in fen.
    pub minor: i64,
    /// How many have a fee that the provider states.
    pub stated_count: i64,
    /// These fees in fen.
    pub stated_minor: i64,
    /// How many are dated by another time than one that the provider states.
    pub time_assumed: i64,
    /// How many only the merchant's word tells of, since the provider cannot be asked.
    pub merchant_only_count: i64,
    /// Whether the platform says that their money is not in the available account yet.
    pub is_unavailable: bool,
}

/// How many, and how much in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Transactions.
    pub count: i64,
    /// Their sum.
    pub minor: i64,
}

impl Counted {
    /// With further ones; `None` when a sum does not fit.
    #[must_use]
    pub fn plus(self, count: i64, minor: i64) -> Option<Self> {
        Some(Self { count: self.count.checked_add(count)?, minor: self.minor.checked_add(minor)? })
    }
}

/// The money that a date's bills list of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillSum {
    /// The stream.
    pub stream: Stream,
    /// What they list.
    pub listed: Counted,
    /// How much of it the fees took (fen), where the payee got that much less.
    pub withheld_minor: i64,
}

/// What one stream took, paid and was charged on one business date. Sums are in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DaySum {
    /// Transactions that took or paid money, also where it was given back since.
    pub count: i64,
    /// Their amounts.
    pub minor: i64,
    /// Transactions whose fee the provider states.
    pub stated_count: i64,
    /// These fees.
    pub stated_minor: i64,
    /// Transactions whose fee only the contract says.
    pub contract_count: i64,
    /// These fees.
    pub contract_minor: i64,
    /// Transactions of which the money was given back, and no refund order says so.
    pub back_count: i64,
    /// Their amounts.
    pub back_minor: i64,
    /// Transactions that only the merchant's word tells of, since the provider cannot be asked.
    pub merchant_only_count: i64,
    /// Transactions of which the platform says that the money is not in the available account yet.
    pub unavailable_count: i64,
    /// Their amounts.
    pub unavailable_minor: i64,
}

impl DaySum {
    /// Adds another part of the same whole; `None` when a sum does not fit.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            count: self.count.checked_add(other.count)?,
            minor: self.minor.checked_add(other.minor)?,
            stated_count: self.stated_count.checked_add(other.stated_count)?,
            stated_minor: self.stated_minor.checked_add(other.stated_minor)?,
            contract_count: self.contract_count.checked_add(other.contract_count)?,
            contract_minor: self.contract_minor.checked_add(other.contract_minor)?,
            back_count: self.back_count.checked_add(other.back_count)?,
            back_minor: self.back_minor.checked_add(other.back_minor)?,
            merchant_only_count: self.merchant_only_count.checked_add(other.merchant_only_count)?,
            unavailable_count: self.unavailable_count.checked_add(other.unavailable_count)?,
            unavailable_minor: self.unavailable_minor.checked_add(other.unavailable_minor)?,
        })
    }

    /// All fees; `None` when the sum does not fit.
    pub fn fee_minor(&self) -> Option<i64> {
        self.stated_minor.checked_add(self.contract_minor)
    }

    /// Transactions of which nobody says a fee.
    pub const fn free_count(&self) -> i64 {
        self.count.saturating_sub(self.stated_count).saturating_sub(self.contract_count)
    }
}

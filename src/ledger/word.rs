//! A word of one of the two sides: what it is about, and whether another says the same.

use crate::business_day::BusinessDate;
use crate::order::{Order, OrderKey, Stream};
use crate::reading::{Reading, Source};

/// What a word is about, within its stream. The ledger has one current word about it. Its order is
/// that of the primary key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity<'a> {
    order_no: &'a str,
    /// The source's number, 0 for the merchant.
    source: i16,
    /// Told apart only in lists.
    provider_order_no: Option<&'a str>,
    occurrence: i16,
}

/// Whether two texts are the same.
///
/// Comparing two empty texts with `==` makes some processors load, and suppress the fault of, an
/// address that is not there: a hundred times slower than not to look. Columns that are mostly
/// empty are compared here.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && (a.is_empty() || a == b)
}

/// Whether two rows are of one stream.
pub(super) fn is_same_stream(a: &Stream, b: &Stream) -> bool {
    a.kind == b.kind && is_same(&a.account, &b.account) && is_same(&a.product, &b.product)
}

/// Where a word goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Its stream's number.
    pub(super) stream_id: i64,
    /// Its version.
    pub(super) version: i64,
    /// Which put it belongs to.
    pub(super) owner: i64,
}

/// A row of one side, as it was said.
pub(super) trait Word: Clone + Send + Sync + 'static {
    /// Whether rows are told apart by the interface that they came over.
    const HAS_INTERFACE: bool;

    /// Its pair.
    fn key(&self) -> &OrderKey;

    /// Its date.
    fn date(&self) -> BusinessDate;

    /// What it is about.
    fn identity(&self) -> Identity<'_>;

    /// The interface that it came over; empty for an order.
    fn interface(&self) -> &str;

    /// Whether another word about the same says the same: everything that is judged, but not where
    /// and when it was said.
    fn says_the_same(&self, other: &Self) -> bool;
}

impl Word for Order {
    const HAS_INTERFACE: bool = false;

    fn key(&self) -> &OrderKey {
        &self.key
    }

    fn date(&self) -> BusinessDate {
        self.business_date
    }

    fn identity(&self) -> Identity<'_> {
        Identity {
            order_no: &self.key.order_no,
            source: 0,
            provider_order_no: None,
            occurrence: self.occurrence,
        }
    }

    fn interface(&self) -> &'static str {
        ""
    }

    fn says_the_same(&self, other: &Self) -> bool {
        // Another line of the file is no other word.
        self.business_date == other.business_date
            && self.status == other.status
            && self.amount == other.amount
            && self.fee_minor == other.fee_minor
            && self.created_at == other.created_at
            && self.paid_at == other.paid_at
            && is_same(&self.provider_order_no, &other.provider_order_no)
            && is_same(&self.original_order_no, &other.original_order_no)
            && is_same(&self.product, &other.product)
    }
}

impl Word for Reading {
    const HAS_INTERFACE: bool = true;

    fn key(&self) -> &OrderKey {
        &self.key
    }

    fn date(&self) -> BusinessDate {
        self.business_date
    }

    fn identity(&self) -> Identity<'_> {
        let (provider_order_no, occurrence) = match self.source {
            Source::Listing | Source::Statement => {
                (Some(&*self.facts.provider_order_no), self.occurrence)
            }
            // One answer per order, whatever number and date it gives.
            Source::Query | Source::Notification => (None, 0),
        };
        let source = self.source.number();
        Identity { order_no: &self.key.order_no, source, provider_order_no, occurrence }
    }

    fn interface(&self) -> &str {
        &self.interface
    }

    fn says_the_same(&self, other: &Self) -> bool {
        // Another moment and another archived answer are no other word.
        self.business_date == other.business_date
            && self.source == other.source
            && self.occurrence == other.occurrence
            && self.facts == other.facts
            && self.original_order_no == other.original_order_no
            // Nor is another file's row.
            && (self.source == Source::Statement || self.interface == other.interface)
            && self.assurance == other.assurance
    }
}

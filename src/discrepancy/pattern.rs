//! Discrepancies with one cause, found by [`crate::rules::patterns`].

use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::DiscrepancyType;
use crate::money::Currency;
use crate::order::Stream;
use crate::status::coded;

coded! {
    /// What a group of discrepancies has in common.
    PatternKind {
        /// Every order of the account and product is on one side only: a wrong merchant number, or a
        /// file that lacks the account.
        WholeStream = 1, "whole_stream";
        /// One side's amounts are a hundred times the other's: fen taken for yuan.
        Factor100 = 2, "factor_100";
        /// Every amount differs by the same: a coupon, a fixed charge.
        ConstantDifference = 3, "constant_difference";
        /// No payment between two moments reached the books: callbacks did not arrive.
        CallbackOutage = 4, "callback_outage";
        /// All within minutes of the cut-off: two clocks, two days.
        CutOff = 5, "cut_off";
        /// All in one product of an account that has several.
        OneProduct = 6, "one_product";
    }
}

/// Discrepancies that one cause explains, and the test that the explanation has passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The cause.
    pub kind: PatternKind,
    /// Where.
    pub stream: Stream,
    /// The type that all of them have.
    pub of: DiscrepancyType,
    /// The currency that all of them have.
    pub currency: Currency,
    /// How many it explains.
    pub count: i64,
    /// Out of how many: those of this type in the stream, or in the account for
    /// [`PatternKind::OneProduct`].
    pub among: i64,
    /// The sum of their differences in the currency's smallest unit, provider − merchant.
    pub difference_minor: i64,
    /// The first and the last moment, where there are any.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The difference that all have; 0 for other patterns.
    pub constant_minor: i64,
}

impl Pattern {
    /// The stable id of the cause in the report of a date: found again, it is the same.
    pub fn id(&self, date: BusinessDate) -> String {
        let stream = &self.stream;
        let first = match self.kind {
            // There may be several of one kind, one after another.
            PatternKind::CallbackOutage | PatternKind::CutOff => self.span.map(|(first, _)| first),
            PatternKind::WholeStream
            | PatternKind::Factor100
            | PatternKind::ConstantDifference
            | PatternKind::OneProduct => None,
        };
        let parts = [
            date.to_string(),
            self.kind.code().to_owned(),
            stream.account.clone(),
            stream.kind.code().to_owned(),
            stream.product.clone(),
            self.of.code().to_owned(),
            self.currency.to_string(),
            self.difference_minor.signum().to_string(),
            self.constant_minor.to_string(),
            first.map_or_else(String::new, |first| first.epoch_seconds().to_string()),
        ];
        super::id("PT", parts.iter().map(String::as_str))
    }
}

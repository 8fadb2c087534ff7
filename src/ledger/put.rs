//! What a bulk write is the whole of, whichever the database.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::rows::Stored;
use super::streams::Streams;
use crate::business_day::BusinessDate;
use crate::order::Stream;
use crate::reading::{Reading, Source};
use crate::status::ProviderStatus;

/// What importing orders does, for errors.
pub(super) const ORDERS: &str = "import orders";

/// What a put is the whole of.
#[derive(Debug, Clone)]
pub(super) struct Put {
    /// What is being done, for errors.
    pub(super) doing: &'static str,
    /// Which put the rows belong to: the file of orders, the source of readings.
    pub(super) owner: i64,
    /// The interface of those readings of the source that are the put's own; `None` for any.
    pub(super) interface: Option<String>,
    /// Whether what each owner says is kept beside what others say, so that it counts again where theirs is
    /// taken back: of files, not of a listing.
    pub(super) is_kept: bool,
    /// Dates under which an earlier put of the same owner has rows: what the new one no longer has
    /// there is withdrawn.
    pub(super) dates: Vec<BusinessDate>,
    /// The streams that the put is about.
    pub(super) only: Only,
    /// Dates whose change is noted as touched.
    pub(super) noted: Noted,
}

/// Which streams a put is about.
#[derive(Debug, Clone)]
pub(super) enum Only {
    /// Whichever its rows have.
    Any,
    /// This one.
    Stream(Stream),
    /// Those of this account.
    Account(String),
}

impl Put {
    /// A file of the merchant's orders, known by its number. `dates`: those under which an earlier import of it
    /// has rows.
    pub(super) fn of_orders(file_id: i64, dates: Vec<BusinessDate>, date: BusinessDate) -> Self {
        Self {
            doing: ORDERS,
            owner: file_id,
            interface: None,
            is_kept: true,
            dates,
            only: Only::Any,
            noted: Noted::Outside(date..=date),
        }
    }
}

impl Only {
    /// Whether a stream is one of them.
    pub(super) fn has(&self, stream: &Stream) -> bool {
        match self {
            Self::Any => true,
            Self::Stream(only) => only == stream,
            Self::Account(account) => *account == stream.account,
        }
    }

    /// The numbers of those that the ledger has; `None` when it may be any.
    pub(super) fn ids(&self, streams: &Streams) -> Option<Vec<i64>> {
        let ids = || streams.iter().filter(|(stream, _)| self.has(stream)).map(|(_, id)| id);
        match self {
            Self::Any => None,
            Self::Stream(_) | Self::Account(_) => Some(ids().collect()),
        }
    }
}

/// Under which dates a change is noted as touched, because no run would notice it by itself.
#[derive(Debug, Clone)]
pub(super) enum Noted {
    /// Under every date.
    Everywhere,
    /// Under no date.
    Nowhere,
    /// Under every other date than these.
    Outside(RangeInclusive<BusinessDate>),
    /// Under these.
    Inside(RangeInclusive<BusinessDate>),
}

impl Noted {
    /// Whether a change under a date is noted.
    pub(super) fn has(&self, date: BusinessDate) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Nowhere => false,
            Self::Outside(dates) => !dates.contains(&date),
            Self::Inside(dates) => dates.contains(&date),
        }
    }

    /// The same for a statement: a first and a last date, and whether the dates between them or all
    /// the others are noted.
    pub(super) fn bounds(&self) -> (i32, i32, bool) {
        // Nothing lies between these two.
        const NOTHING: (i32, i32) = (1, 0);
        let bounds =
            |dates: &RangeInclusive<BusinessDate>| (dates.start().number(), dates.end().number());
        let ((first, last), is_inside) = match self {
            Self::Everywhere => (NOTHING, false),
            Self::Nowhere => (NOTHING, true),
            Self::Outside(dates) => (bounds(dates), false),
            Self::Inside(dates) => (bounds(dates), true),
        };
        (first, last, is_inside)
    }
}

/// Whether a listing has said something of the answer's order since its last answer: then an answer that
/// says the same again is a new word, or the listing's would stay the newest.
pub(super) fn is_overtaken(words: &[Stored<Reading>], answer: &Reading) -> bool {
    let current = || words.iter().filter(|stored| stored.is_current).map(|stored| &stored.word);
    let last = current().find(|word| word.source == answer.source).map(|word| word.observed_at);
    let mut listed = current().filter(|word| word.source == Source::Listing);
    let is_between = |word: &Reading| {
        last.is_some_and(|last| last < word.observed_at) && word.observed_at <= answer.observed_at
    };
    answer.source == Source::Query
        && listed.any(|word| word.facts.status != answer.facts.status && is_between(word))
}

/// The pairs about which the provider has been asked, and has answered, by stream.
pub(super) fn asked_about<'a>(
    streams: &Streams,
    answers: &'a [Reading],
) -> BTreeMap<i64, Vec<&'a str>> {
    let mut asked: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
    let is_answer =
        |it: &&Reading| it.source == Source::Query && it.facts.status != ProviderStatus::Unproved;
    for answer in answers.iter().filter(is_answer) {
        let stream_id = streams.id(&answer.key.stream).unwrap_or(0);
        asked.entry(stream_id).or_default().push(&answer.key.order_no);
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_say_what_the_dates_say() {
        let day = |day: u32| BusinessDate::parse(&format!("2026-11-{day:02}")).unwrap();
        let table = [
            (Noted::Everywhere, [true, true, true, true]),
            (Noted::Nowhere, [false, false, false, false]),
            (Noted::Outside(day(19)..=day(20)), [true, false, false, true]),
            (Noted::Inside(day(19)..=day(20)), [false, true, true, false]),
        ];
        for (noted, expected) in table {
            let (first, last, is_inside) = noted.bounds();
            let found = [18, 19, 20, 21].map(|n| noted.has(day(n)));
            assert_eq!(found, expected, "{noted:?}");
            let is_between = |n| (first..=last).contains(&day(n).number());
            assert_eq!([18, 19, 20, 21].map(|n| is_between(n) == is_inside), expected, "{noted:?}");
        }
    }
}

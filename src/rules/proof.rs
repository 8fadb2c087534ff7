//! What may be concluded from an absence: which answers disprove a listing, which orders are asked
//! about so that a listing can be disproved, and which stated times are of what was asked for.
//!
//! A listing is a claim, an answer is a fact (`docs/contract.md` §4, "What a proof is", 1).

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, Timestamp};
use crate::order::OrderKey;
use crate::reading::{Reading, Source};
use crate::status::ProviderStatus;

/// The moments of which a proved listing is the whole: from the first to before the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it: the end of the day, or when the walk began.
    pub until: Timestamp,
}

/// Whether what is known of one order disproves the proved listing of its stream, which lacks it:
/// an answer or a verified callback that it succeeded, at a stated time inside the window, and no
/// listing that has it.
///
/// Listings hold what succeeded only, so that one that was given back may have left it again: every other
/// status disproves nothing. A statement's row is verified by nothing, and a time that the platform
/// does not state is not its word.
pub fn disproves_listing(readings: &[Reading], window: Window) -> bool {
    let is_listed = readings.iter().any(|reading| reading.source == Source::Listing);
    let was_given_back = readings.iter().any(|reading| {
        matches!(reading.source, Source::Query | Source::Notification)
            && matches!(
                reading.facts.status,
                ProviderStatus::Refunded | ProviderStatus::Returned | ProviderStatus::Held
            )
    });
    let says_so = |reading: &Reading| {
        matches!(reading.source, Source::Query | Source::Notification)
            && reading.facts.status == ProviderStatus::Succeeded
            && reading.facts.paid_at.is_some_and(|at| window.from <= at && at < window.until)
    };
    !is_listed && !was_given_back && readings.iter().any(says_so)
}

/// Whether a listed row that is dated to `paid_on` belongs to a listing that was asked for the days from
/// `from` to `to`, inclusive: on one of them, or on a neighbour of them, since no document says by which
/// of its times (order, payment, notification) a platform chooses the rows.
pub fn is_of_listing(paid_on: NaiveDate, from: NaiveDate, to: NaiveDate) -> bool {
    let one = Days::new(1);
    let first = from.checked_sub_days(one).unwrap_or(from);
    let last = to.checked_add_days(one).unwrap_or(to);
    (first..=last).contains(&paid_on)
}

/// Chooses, of the orders that the merchant gave up and a listing lacks, those that are asked about all
/// the same: the ones with the least digest of date and key, so that another night chooses others and
/// the same night always the same.
#[derive(Debug)]
pub struct SpotChecks {
    date: BusinessDate,
    most: usize,
    chosen: BTreeSet<([u8; 8], OrderKey)>,
}

impl SpotChecks {
    /// None yet; `most` is `[matching] spot_checks`.
    #[must_use]
    pub fn new(date: BusinessDate, most: u32) -> Self {
        Self { date, most: usize::try_from(most).unwrap_or(usize::MAX), chosen: BTreeSet::new() }
    }

    /// Looks at one more order.
    pub fn offer(&mut self, key: OrderKey) {
        self.chosen.insert((self.lot(&key), key));
        if self.chosen.len() > self.most {
            self.chosen.pop_last();
        }
    }

    /// The chosen ones.
    pub fn keys(self) -> BTreeSet<OrderKey> {
        self.chosen.into_iter().map(|(_, key)| key).collect()
    }

    fn lot(&self, key: &OrderKey) -> [u8; 8] {
        let stream = &key.stream;
        let text = format!("{}\n{}\n{}\n{}", self.date, stream.kind, stream.product, key.order_no);
        let mut lot = [0; 8];
        for (to, from) in lot.iter_mut().zip(Sha256::digest(text)) {
            *to = from;
        }
        lot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Stream;
    use crate::reading::{Assurance, Facts};
    use crate::status::Kind;

    fn key(order_no: &str) -> OrderKey {
        let (account, product) = ("a".to_owned(), "quick".to_owned());
        let stream = Stream { account, kind: Kind::Payment, product };
        OrderKey { stream, order_no: order_no.to_owned() }
    }

    fn reading(source: Source, status: ProviderStatus, paid_at: Option<i64>) -> Reading {
        Reading {
            key: key("1"),
            business_date: BusinessDate::from_number(20_261_120).expect("a date"),
            source,
            occurrence: 1,
            facts: Facts {
                status,
                paid_at: paid_at.map(Timestamp::from_epoch_seconds),
                ..Facts::not_found("1", "")
            },
            interface: String::new(),
            assurance: Assurance::Md5,
            evidence: 1,
            observed_at: Timestamp::from_epoch_seconds(0),
            original_order_no: String::new(),
        }
    }

    #[test]
    fn only_a_success_inside_the_window_that_the_listing_lacks_disproves_it() {
        use ProviderStatus::{Failed, Held, NotFound, Pending, Refunded, Succeeded, Unproved};
        use Source::{Listing, Notification, Query, Statement};
        type Word = (Source, ProviderStatus, Option<i64>);
        let table: [(&[Word], bool); 18] = [
            (&[(Query, Succeeded, Some(150))], true),
            (&[(Notification, Succeeded, Some(150))], true),
            (&[(Query, Succeeded, Some(100))], true),
            (&[(Query, Succeeded, Some(199))], true),
            (&[(Query, Succeeded, Some(99))], false),
            (&[(Query, Succeeded, Some(200))], false),
            (&[(Query, Succeeded, None)], false),
            (&[(Statement, Succeeded, Some(150))], false),
            (&[(Query, Refunded, Some(150))], false),
            (&[(Query, Pending, Some(150))], false),
            (&[(Query, Failed, Some(150))], false),
            (&[(Query, Held, Some(150))], false),
            (&[(Query, NotFound, None)], false),
            (&[(Query, Unproved, None)], false),
            // The listing has it, whatever it says of it.
            (&[(Listing, Succeeded, Some(150)), (Query, Succeeded, Some(150))], false),
            // The callback of a payment that was given back since.
            (&[(Query, Refunded, Some(150)), (Notification, Succeeded, Some(150))], false),
            (&[(Query, NotFound, None), (Notification, Succeeded, Some(150))], true),
            (&[], false),
        ];
        let at = Timestamp::from_epoch_seconds;
        let window = Window { from: at(100), until: at(200) };
        for (stated, expected) in table {
            let readings: Vec<Reading> =
                stated.iter().map(|it| reading(it.0, it.1, it.2)).collect();
            assert_eq!(disproves_listing(&readings, window), expected, "{stated:?}");
        }
    }

    #[test]
    fn a_row_is_of_a_listing_on_its_days_and_their_neighbours() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        let (from, to) = (day("2026-11-20"), day("2026-11-21"));
        let table = [
            ("2026-11-18", false),
            ("2026-11-19", true),
            ("2026-11-20", true),
            ("2026-11-21", true),
            ("2026-11-22", true),
            ("2026-11-23", false),
            ("2027-11-20", false),
            ("2099-11-20", false),
            ("1970-01-01", false),
        ];
        for (paid_on, expected) in table {
            assert_eq!(is_of_listing(day(paid_on), from, to), expected, "{paid_on}");
        }
    }

    #[test]
    fn spot_checks_are_as_many_as_wanted_and_others_every_night() {
        let chosen = |number, most, of: u32| {
            let date = BusinessDate::from_number(number).expect("a date");
            let mut checks = SpotChecks::new(date, most);
            (0..of).for_each(|order| checks.offer(key(&format!("{order:08}"))));
            checks.keys()
        };
        let tonight = chosen(20_261_120, 50, 1000);
        assert_eq!(tonight.len(), 50);
        assert_eq!(tonight, chosen(20_261_120, 50, 1000), "the same night chooses the same");
        let common = tonight.intersection(&chosen(20_261_121, 50, 1000)).count();
        assert!(common < 15, "{common} of 50 are the same the night after");
        // All over the day's orders, not the first or last of them.
        let upper = tonight.iter().filter(|key| *key.order_no >= *"00000500").count();
        assert!((10..=40).contains(&upper), "{upper} of 50 are of the second half");
        assert_eq!(chosen(20_261_120, 50, 7).len(), 7, "fewer than that: all");
        assert!(chosen(20_261_120, 0, 7).is_empty());
    }
}

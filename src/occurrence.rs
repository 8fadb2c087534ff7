//! Rows about the same transaction: equal ones are one, different ones are counted.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::reading::Reading;
use crate::sorter::SortedRows;

/// How many rows said what another row says; counted while the rows are taken.
#[derive(Debug, Clone, Default)]
pub struct Repeated(Arc<AtomicU64>);

impl Repeated {
    /// Rows counted so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts one more.
    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Numbers the readings that say different things about one transaction, and leaves out those that
/// say the same, unless `keeps_equal`: then they are numbered too. `rows` have to be sorted by stream, order number and provider order number; which of
/// several contents is the first does not depend on their order.
///
/// More than `most` contents of one transaction are an error: then the column is not that of the order
/// number.
pub(crate) fn numbered(
    rows: SortedRows<Reading>,
    most: i16,
    keeps_equal: bool,
    repeated: Repeated,
) -> SortedRows<Reading> {
    let (next, group, ended) = (None, VecDeque::new(), false);
    Box::new(Numbered { rows, most, keeps_equal, repeated, next, group, ended })
}

struct Numbered {
    rows: SortedRows<Reading>,
    most: i16,
    keeps_equal: bool,
    repeated: Repeated,
    /// The first row of the next transaction.
    next: Option<Reading>,
    /// The numbered rows of the current one.
    group: VecDeque<Reading>,
    ended: bool,
}

impl Numbered {
    fn next_row(&mut self) -> io::Result<Option<Reading>> {
        if let Some(row) = self.group.pop_front() {
            return Ok(Some(row));
        }
        let first = match self.next.take() {
            Some(first) => Some(first),
            None => self.rows.next().transpose()?,
        };
        let Some(first) = first else { return Ok(None) };
        let mut others: Vec<Reading> = Vec::new();
        while let Some(row) = self.rows.next().transpose()? {
            if !is_same(&first, &row) {
                self.next = Some(row);
                break;
            }
            let is_equal =
                || first.facts == row.facts || others.iter().any(|other| other.facts == row.facts);
            if !self.keeps_equal && is_equal() {
                self.repeated.add_one();
            } else if others.len().saturating_add(1) < usize::try_from(self.most).unwrap_or(0) {
                others.push(row);
            } else {
                return Err(too_many(&row, self.most));
            }
        }
        if others.is_empty() {
            return Ok(Some(first));
        }
        others.push(first);
        others.sort_by(|left, right| content(left).cmp(&content(right)));
        let mut occurrence = 0_i16;
        for mut row in others {
            occurrence = occurrence.saturating_add(1);
            row.occurrence = occurrence;
            self.group.push_back(row);
        }
        Ok(self.group.pop_front())
    }
}

impl Iterator for Numbered {
    type Item = io::Result<Reading>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.next_row().transpose();
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

fn is_same(left: &Reading, right: &Reading) -> bool {
    left.key == right.key && left.facts.provider_order_no == right.facts.provider_order_no
}

/// What tells two rows of one transaction apart, so that they can be put in order.
fn content(row: &Reading) -> impl Ord + '_ {
    let facts = &row.facts;
    (facts.paid_at, facts.status.number(), facts.amount, facts.fee_minor, &facts.status_code)
}

fn too_many(row: &Reading, most: i16) -> io::Error {
    let problem = format!(
        "the order number {:?} stands in more than {most} rows with different content: is this the \
         column of the order number?",
        row.key.order_no
    );
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::{BusinessDay, Timestamp};
    use crate::money::Money;
    use crate::order::{OrderKey, Stream};
    use crate::reading::{Assurance, Facts, Source};
    use crate::status::{Kind, ProviderStatus};

    fn row(order_no: &str, provider_order_no: &str, minor: i64) -> Reading {
        let paid_at = Timestamp::from_epoch_seconds(1_795_104_000);
        let stream =
            Stream { account: "a".to_owned(), kind: Kind::Payment, product: String::new() };
        Reading {
            key: OrderKey { stream, order_no: order_no.to_owned() },
            business_date: BusinessDay::BEIJING.date_of(paid_at),
            source: Source::Statement,
            occurrence: 1,
            facts: Facts {
                order_no: order_no.to_owned(),
                provider_order_no: provider_order_no.to_owned(),
                status: ProviderStatus::Succeeded,
                status_code: String::new(),
                amount: Some(Money::fen(minor)),
                fee_minor: None,
                paid_at: Some(paid_at),
                withheld_minor: None,
                way: String::new(),
            },
            interface: String::new(),
            assurance: Assurance::None,
            evidence: 0,
            observed_at: paid_at,
            original_order_no: String::new(),
        }
    }

    fn found(rows: Vec<Reading>, most: i16) -> (Vec<String>, u64) {
        let repeated = Repeated::default();
        let rows: SortedRows<Reading> = Box::new(rows.into_iter().map(Ok));
        let found = numbered(rows, most, false, repeated.clone()).map(|row| match row {
            Ok(row) => {
                let minor = row.facts.amount.map_or(0, |money| money.minor);
                let number = &row.facts.provider_order_no;
                format!("{}/{number} {} {minor}", row.key.order_no, row.occurrence)
            }
            Err(error) => error.to_string(),
        });
        (found.collect(), repeated.count())
    }

    #[test]
    fn equal_rows_are_one_and_different_ones_are_numbered_by_their_content() {
        let rows = vec![
            row("1", "p", 5),
            row("2", "p", 9),
            row("2", "p", 7),
            row("2", "p", 9),
            row("2", "p", 7),
            row("2", "q", 7),
            row("3", "p", 7),
            row("3", "p", 7),
        ];
        let expected = ["1/p 1 5", "2/p 1 7", "2/p 2 9", "2/q 1 7", "3/p 1 7"];
        assert_eq!(found(rows, 1_000), (expected.map(str::to_owned).to_vec(), 3));
    }

    #[test]
    fn a_number_that_every_row_has_is_no_order_number() {
        let rows = (0..4).map(|minor| row("20261120", "", minor)).collect();
        let (found, _) = found(rows, 3);
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("\"20261120\" stands in more than 3 rows"), "{found:?}");
    }
}

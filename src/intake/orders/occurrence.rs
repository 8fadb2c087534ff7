//! Sorted rows become orders: equal ones are one, different ones with the same number are counted.

use std::io;

use crate::business_day::BusinessDay;
use crate::intake::orders::lanes::Lanes;
use crate::intake::orders::row::StoredOrder;
use crate::intake::time::Times;
use crate::occurrence::Repeated;
use crate::order::{Order, OrderKey};
use crate::sorter::SortedRows;

/// Contents that one order number may have in one file. More mean that the column is not that of
/// the order number.
const OCCURRENCES_MAX: i16 = 1_000;

/// Orders out of rows that are sorted by stream, order number and line.
pub(super) struct Occurrences {
    rows: SortedRows<StoredOrder>,
    lanes: Lanes,
    times: Times,
    /// The first row that is not an order yet.
    next: Option<StoredOrder>,
    /// Earlier rows with the stream and order number of `next`, without repeated ones.
    earlier: Vec<StoredOrder>,
    repeated: Repeated,
    /// Rows that have to come and have not yet.
    missing: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begins,
    Goes,
    Ended,
}

impl Occurrences {
    /// Orders out of `read` rows.
    pub(super) fn new(
        rows: SortedRows<StoredOrder>,
        lanes: Lanes,
        business_day: BusinessDay,
        read: u64,
        repeated: Repeated,
    ) -> Self {
        Self {
            rows,
            lanes,
            times: Times::new(business_day),
            next: None,
            earlier: Vec::new(),
            repeated,
            missing: read,
            state: State::Begins,
        }
    }

    fn next_order(&mut self) -> io::Result<Option<Order>> {
        if self.state == State::Begins {
            self.next = self.rows.next().transpose()?;
            self.state = State::Goes;
        }
        while let Some(row) = self.next.take() {
            self.next = self.rows.next().transpose()?;
            self.missing = self.missing.saturating_sub(1);
            let goes_on = self.next.as_ref().is_some_and(|next| next.has_key_of(&row));
            let is_repeated = self.earlier.iter().any(|earlier| earlier.says(&row));
            let occurrence = i16::try_from(self.earlier.len())
                .ok()
                .and_then(|before| before.checked_add(1))
                .filter(|occurrence| *occurrence <= OCCURRENCES_MAX || is_repeated)
                .ok_or_else(|| too_many(&row))?;
            if !goes_on {
                self.earlier.clear();
            } else if !is_repeated {
                self.earlier.push(row.clone());
            }
            if is_repeated {
                self.repeated.add_one();
            } else {
                return self.order(row, occurrence).map(Some);
            }
        }
        if self.missing == 0 {
            return Ok(None);
        }
        let problem = format!("{} rows of the file are missing after sorting", self.missing);
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem))
    }

    fn order(&mut self, row: StoredOrder, occurrence: i16) -> io::Result<Order> {
        let stream = self.lanes.stream(row.lane).cloned();
        let moment = row.words.paid_at.or(row.words.created_at);
        let (Some(stream), Some(moment)) = (stream, moment) else {
            let problem = "a sorted row came back without stream or time";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        };
        let words = row.words;
        Ok(Order {
            key: OrderKey { stream, order_no: words.order_no },
            occurrence,
            business_date: self.times.date_of(moment),
            provider_order_no: words.provider_order_no,
            original_order_no: words.original_order_no,
            amount: words.amount,
            status: words.status,
            created_at: words.created_at,
            paid_at: words.paid_at,
            fee_minor: words.fee_minor,
            product: words.product,
            line: row.line,
        })
    }
}

impl Iterator for Occurrences {
    type Item = io::Result<Order>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Ended {
            return None;
        }
        let order = self.next_order().transpose();
        if !matches!(order, Some(Ok(_))) {
            self.state = State::Ended;
        }
        order
    }
}

fn too_many(row: &StoredOrder) -> io::Error {
    let problem = format!(
        "the order number {:?} stands in more than {OCCURRENCES_MAX} rows with different content \
         (line {} is one too many): is this the column of the order number?",
        row.words.order_no, row.line
    );
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::Timestamp;
    use crate::intake::orders::KnownAccount;
    use crate::intake::orders::row::Words;
    use crate::money::Money;
    use crate::status::{Kind, MerchantStatus};

    fn row(order_no: &str, amount: i64, line: i64) -> StoredOrder {
        let words = Words {
            order_no: order_no.to_owned(),
            provider_order_no: String::new(),
            original_order_no: String::new(),
            amount: Money::fen(amount),
            status: MerchantStatus::Succeeded,
            created_at: None,
            paid_at: Some(Timestamp::from_epoch_seconds(1_795_104_000)),
            fee_minor: None,
            product: String::new(),
        };
        StoredOrder { lane: 0, line, words }
    }

    fn orders(rows: Vec<StoredOrder>, read: u64, repeated: &Repeated) -> Occurrences {
        let account =
            KnownAccount { name: "a".to_owned(), lanes: vec![(Kind::Payment, String::new())] };
        let rows = Box::new(rows.into_iter().map(Ok));
        Occurrences::new(rows, Lanes::new(&[account]), BusinessDay::BEIJING, read, repeated.clone())
    }

    #[test]
    fn equal_rows_are_one_and_different_ones_are_counted() {
        let rows = vec![
            row("1", 100, 2),
            row("2", 100, 3),
            row("2", 200, 4),
            row("2", 100, 5),
            row("2", 300, 6),
            row("2", 200, 7),
            row("3", 100, 8),
            row("3", 100, 9),
        ];
        let repeated = Repeated::default();
        let orders: Vec<_> = orders(rows, 8, &repeated).map(|order| order.expect("one")).collect();
        let found: Vec<_> =
            orders.iter().map(|o| (o.key.order_no.as_str(), o.occurrence, o.line)).collect();
        assert_eq!(found, [("1", 1, 2), ("2", 1, 3), ("2", 2, 4), ("2", 3, 6), ("3", 1, 8)]);
        assert_eq!(repeated.count(), 3);
    }

    #[test]
    fn a_row_that_is_missing_after_sorting_is_noticed() {
        let mut orders = orders(vec![row("1", 100, 2)], 2, &Repeated::default());
        assert!(orders.next().is_some_and(|order| order.is_ok()));
        let error = orders.next().expect("an error").expect_err("a row is missing");
        assert_eq!(error.to_string(), "1 rows of the file are missing after sorting");
        assert!(orders.next().is_none());
    }

    #[test]
    fn a_number_that_every_row_has_is_no_order_number() {
        let many = i64::from(OCCURRENCES_MAX) + 1;
        let rows: Vec<_> = (1..=many).map(|line| row("20261120", line, line)).collect();
        let error = orders(rows, 1_001, &Repeated::default()).find_map(Result::err);
        let error = error.expect("an error").to_string();
        assert!(error.contains("\"20261120\"") && error.contains("line 1001"), "{error}");
    }
}

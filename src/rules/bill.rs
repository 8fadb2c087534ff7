//! What a bill states, tied to the provider's side as it is counted (`docs/contract.md` §4, "One date, one fee,
//! one last word"): an account with a bill is complete only where the two are the same.
//!
//! The bill's money is what its files list under the date, each order once; the totals that a file states
//! were held against these rows when it was imported. The provider's side is what the judgement resolves
//! all words to and dates to that day, also where it was given back since: what is paid on a day stays on
//! its bill.

use serde::{Deserialize, Serialize};

use crate::business_day::BusinessDate;
use crate::ledger_data::{BillSum, Counted, SumGroup};
use crate::money::Currency;
use crate::order::Stream;

/// What became of the day's bill of an account that is known by its bills alone, where it is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BillState {
    /// No file is there.
    Missing,
    /// What is there is the platform's answer that it has no bill, or none yet.
    NotReady,
    /// It was read, and is the whole of nothing, for this reason.
    InDoubt(String),
    /// Its days are those of this zone, and it has but a part of the business day.
    OtherZone(String),
    /// It could not be read, for this reason.
    Unread(String),
}

impl BillState {
    /// As [`crate::ledger_data::AccountPull::problem`] keeps it.
    pub fn code(&self) -> String {
        match self {
            Self::Missing => "bill_missing".to_owned(),
            Self::NotReady => "bill_not_ready".to_owned(),
            Self::InDoubt(why) => format!("bill_in_doubt:{why}"),
            Self::OtherZone(zone) => format!("bill_of_other_zone:{zone}"),
            Self::Unread(why) => format!("bill_unread:{why}"),
        }
    }

    /// What was kept; `None` where it is about something else.
    pub fn of(code: &str) -> Option<Self> {
        let (head, why) = code.split_once(':').unwrap_or((code, ""));
        match head {
            "bill_missing" => Some(Self::Missing),
            "bill_not_ready" => Some(Self::NotReady),
            "bill_in_doubt" => Some(Self::InDoubt(why.to_owned())),
            "bill_of_other_zone" => Some(Self::OtherZone(why.to_owned())),
            "bill_unread" => Some(Self::Unread(why.to_owned())),
            _ => None,
        }
    }
}

/// A bill against the provider's side of one stream and date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillTie {
    /// The stream as `kind/product`.
    pub lane: String,
    /// What the bill comes to.
    pub bill: Counted,
    /// The provider's side as counted.
    pub counted: Counted,
    /// Of it: what was given back since.
    pub back: Counted,
}

impl BillTie {
    /// Whether the two are the same.
    pub fn is_tied(&self) -> bool {
        self.bill == self.counted
    }
}

/// The tie of one stream; `None` when a sum does not fit.
pub fn tie(
    stream: &Stream,
    sums: &[BillSum],
    groups: &[SumGroup],
    date: BusinessDate,
) -> Option<BillTie> {
    let bill = sums.iter().find(|sum| sum.stream == *stream);
    let listed = bill.map_or_else(Counted::default, |sum| sum.listed);
    // The groups are of what reached the payee.
    let withheld = Counted { count: 0, minor: bill.map_or(0, |sum| sum.withheld_minor) };
    let (mut counted, mut back) = (withheld, Counted::default());
    let is_meant = |group: &&SumGroup| {
        group.stream == *stream
            && group.business_date == date
            && group.currency == Currency::CNY
            && group.merchant_only_count == 0
    };
    for group in groups.iter().filter(is_meant) {
        counted = counted.plus(group.count, group.minor)?;
        if group.back.is_some() {
            back = back.plus(group.count, group.minor)?;
        }
    }
    let lane = format!("{}/{}", stream.kind, stream.product);
    Some(BillTie { lane, bill: listed, counted, back })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger_data::AccountVerdict;
    use crate::rules::verdict::with_bills;
    use crate::rules::why::speaks_against;
    use crate::status::{Coverage, Kind, Verdict};

    fn stream() -> Stream {
        Stream { account: "a".to_owned(), kind: Kind::Payment, product: String::new() }
    }

    fn date(day: u32) -> BusinessDate {
        BusinessDate::parse(&format!("2026-11-{day}")).expect("a date")
    }

    fn group(day: u32, count: i64, minor: i64, is_back: bool) -> SumGroup {
        SumGroup {
            stream: stream(),
            paid_by: (String::new(), String::new()),
            business_date: date(day),
            slot: 0,
            back: is_back.then(|| (date(22), 3)),
            currency: Currency::CNY,
            unit_minor: None,
            order_no: String::new(),
            count,
            minor,
            stated_count: 0,
            stated_minor: 0,
            time_assumed: 0,
            merchant_only_count: 0,
            is_unavailable: false,
        }
    }

    /// What the bill lists (and what fees took of it), what is counted → verdict, and how it is put.
    #[test]
    fn an_account_is_complete_only_where_its_bill_is_what_is_counted() {
        let of = |count, minor| Counted { count, minor };
        let foreign = SumGroup {
            currency: Currency::parse("USD").expect("a currency"),
            ..group(20, 1, 500, false)
        };
        let table = [
            (Some((of(2, 300), 0)), vec![group(20, 2, 300, false)], true, of(2, 300), of(0, 0)),
            // What was given back since was paid on that day all the same.
            (
                Some((of(2, 300), 0)),
                vec![group(20, 1, 100, false), group(20, 1, 200, true)],
                true,
                of(2, 300),
                of(1, 200),
            ),
            // What the fees took did not arrive, and is on the bill.
            (Some((of(1, 300), 2)), vec![group(20, 1, 298, false)], true, of(1, 300), of(0, 0)),
            // One less, one of another day, one of another currency, another amount, nothing at all.
            (Some((of(2, 300), 0)), vec![group(20, 1, 100, false)], false, of(1, 100), of(0, 0)),
            (Some((of(1, 100), 0)), vec![group(21, 1, 100, false)], false, of(0, 0), of(0, 0)),
            (Some((of(1, 500), 0)), vec![foreign], false, of(0, 0), of(0, 0)),
            (Some((of(1, 100), 0)), vec![group(20, 1, 101, false)], false, of(1, 101), of(0, 0)),
            (None, vec![group(20, 1, 100, false)], false, of(1, 100), of(0, 0)),
            (None, Vec::new(), true, of(0, 0), of(0, 0)),
        ];
        for (listed, groups, is_tied, counted, back) in table {
            let sums: Vec<BillSum> = listed
                .into_iter()
                .map(|(listed, withheld_minor)| BillSum {
                    stream: stream(),
                    listed,
                    withheld_minor,
                })
                .collect();
            let tie = tie(&stream(), &sums, &groups, date(20)).expect("a tie");
            assert_eq!(
                (tie.is_tied(), tie.counted, tie.back),
                (is_tied, counted, back),
                "{groups:?}"
            );
            for (was, expected) in [
                (Verdict::Complete, if is_tied { Verdict::Complete } else { Verdict::Incomplete }),
                (Verdict::Failed, Verdict::Failed),
            ] {
                let verdict = AccountVerdict {
                    account: "a".to_owned(),
                    verdict: was,
                    coverage: Coverage::TwoSided,
                    reason: String::new(),
                };
                let found = with_bills(verdict, vec![tie.clone()]);
                assert_eq!(found.verdict, expected, "{groups:?}");
                assert_eq!(speaks_against(&found.reason), !is_tied, "{groups:?}");
            }
        }
    }
}

//! What discrepancies were on each date: a report of a date is made from what was so on that date.

use std::collections::BTreeMap;

use duizhang::discrepancy::{Discrepancy, State};
use duizhang::ledger::{DiscrepancyChange, FOREVER, Ledger, ListingWindow, Scan};
use duizhang::status::{Coverage, MerchantStatus as M, ProviderStatus as P, Verdict};
use futures_util::TryStreamExt;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::Fresh;
use super::discrepancies::{change, discrepancy};
use super::words::{
    answer, day, doubts, import, key, list, listed, order, rows, scan_of, scanned, stream,
};

/// Says what a discrepancy is from a date on.
async fn hold(ledger: &dyn Ledger, date: u32, rows: &[Discrepancy]) {
    let on = |row: &Discrepancy| {
        let mut change: DiscrepancyChange = change(row.clone());
        change.event.business_date = day(date);
        change
    };
    ledger.put_discrepancies(&rows.iter().map(on).collect::<Vec<_>>()).await.unwrap();
}

/// `order number difference` of the rows of a report.
async fn report(ledger: &dyn Ledger, date: u32) -> Vec<String> {
    let rows: Vec<Discrepancy> = ledger.report_rows(day(date)).try_collect().await.unwrap();
    rows.iter().map(|row| format!("{} {}", row.key.order_no, row.difference_minor)).collect()
}

fn with(row: &Discrepancy, difference_minor: i64) -> Discrepancy {
    Discrepancy { difference_minor, ..row.clone() }
}

fn closed(row: &Discrepancy, on: u32) -> Discrepancy {
    Discrepancy {
        state: State::Resolved,
        closed_on: Some(day(on)),
        resolved_by: "duizhang".to_owned(),
        ..row.clone()
    }
}

pub(crate) async fn a_report_shows_what_was_so_on_its_date(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let first = discrepancy("1", 20);
    hold(ledger, 20, std::slice::from_ref(&first)).await;
    hold(ledger, 22, &[with(&first, 7), discrepancy("2", 22)]).await;
    hold(ledger, 24, &[closed(&with(&first, 7), 24)]).await;
    let table: [(u32, &[&str]); 7] = [
        (19, &[]),
        (20, &["1 100"]),
        (21, &["1 100"]),
        (22, &["1 7", "2 100"]),
        (23, &["1 7", "2 100"]),
        (24, &["1 7", "2 100"]),
        (25, &["2 100"]),
    ];
    for (date, expected) in table {
        assert_eq!(report(ledger, date).await, expected, "{date}");
    }
    // What is written for a date replaces what was written for later ones.
    hold(ledger, 21, &[with(&first, 5)]).await;
    for (date, expected) in [(20, "1 100"), (21, "1 5"), (24, "1 5"), (25, "1 5")] {
        assert_eq!(report(ledger, date).await[0], expected, "{date}");
    }
}

pub(crate) async fn a_date_that_is_restated_changes_no_other(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let first = discrepancy("1", 20);
    hold(ledger, 20, std::slice::from_ref(&first)).await;
    hold(ledger, 24, &[with(&first, 7)]).await;
    let late = discrepancy("2", 20);
    ledger.restate(day(22), &[with(&first, 5), late.clone()]).await.unwrap();
    let table: [(u32, &[&str]); 5] = [
        (20, &["1 100"]),
        (21, &["1 100"]),
        (22, &["1 5", "2 100"]),
        (23, &["1 100"]),
        (24, &["1 7"]),
    ];
    for (date, expected) in table {
        assert_eq!(report(ledger, date).await, expected, "{date}");
    }
    let keys = [key("a", "2"), key("a", "1")];
    let found = ledger.discrepancies_on(day(23), &keys).await.unwrap();
    let found: Vec<_> = found.iter().map(|v| (v.since, &v.discrepancy)).collect();
    assert_eq!(found, [(day(23), &first)]);
    let now = ledger.discrepancies_on(FOREVER, &keys).await.unwrap();
    assert_eq!(now.iter().map(|v| v.since).collect::<Vec<_>>(), [day(24)]);
    assert_eq!(now[0].discrepancy, ledger.discrepancies_of(&keys).await.unwrap()[0]);
    // Restating is no event, and what is so now is not touched by it.
    assert_eq!(ledger.discrepancy(&first.id).await.unwrap().unwrap().1.len(), 2);
    assert!(ledger.discrepancy(&late.id).await.unwrap().is_none());
}

pub(crate) async fn pairs_that_moved_are_found(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let (first, second) = (discrepancy("1", 20), discrepancy("2", 20));
    hold(ledger, 20, &[first.clone(), second.clone(), discrepancy("4", 20)]).await;
    hold(ledger, 21, &[closed(&first, 21)]).await;
    hold(ledger, 22, &[Discrepancy { business_date: day(21), ..second }]).await;
    // Seen late: dated to a day whose report was made without it.
    hold(ledger, 22, &[Discrepancy { business_date: day(20), ..discrepancy("3", 22) }]).await;
    let order_nos = |keys: Vec<duizhang::order::OrderKey>| -> Vec<String> {
        keys.into_iter().map(|key| key.order_no).collect()
    };
    for (date, expected) in [(19, vec![]), (20, vec!["1", "2", "4"]), (22, vec!["2", "3"])] {
        let found = ledger.moved_on(day(date)).try_collect().await.unwrap();
        assert_eq!(order_nos(found), expected, "{date}");
    }
    for (date, expected) in [(20, vec!["1", "2", "3"]), (21, vec!["2"]), (22, vec![])] {
        let found = ledger.moved_since(day(date)).try_collect().await.unwrap();
        assert_eq!(order_nos(found), expected, "{date}");
    }
}

/// What the report of an earlier date still shows is judged again with it, although it is settled now.
pub(crate) async fn an_earlier_date_looks_at_what_its_report_shows(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let all = ["1", "2", "3", "4"].map(|no| order(no, day(20), M::Succeeded));
    import(ledger, "f", day(20), &all).await;
    list(ledger, day(20), day(20), &["1", "2", "3", "4"].map(|n| listed(n, day(20), P::Succeeded)))
        .await;
    let scan = |date: u32| scan_of(day(date));
    assert!(doubts(&scanned(ledger, &scan(20)).await).is_empty());
    // Number 1 is carried on, 2 closed on the next day, 3 is dated to another day and was closed.
    let carried = Discrepancy { business_date: day(19), ..discrepancy("3", 19) };
    hold(ledger, 19, std::slice::from_ref(&carried)).await;
    hold(ledger, 20, &[discrepancy("1", 20), discrepancy("2", 20)]).await;
    hold(ledger, 21, &[closed(&discrepancy("2", 20), 21), closed(&carried, 21)]).await;
    let on = async |date: u32| doubts(&scanned(ledger, &scan(date)).await).join(" ");
    assert_eq!(on(20).await, "1 2 3");
    assert_eq!(on(21).await, "1");
}

pub(crate) async fn the_last_date_and_what_was_listed_come_back(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    assert_eq!(ledger.last_day().await.unwrap(), None);
    let verdict = duizhang::ledger::AccountVerdict {
        account: "a".to_owned(),
        verdict: Verdict::Complete,
        coverage: Coverage::TwoSided,
        reason: String::new(),
    };
    for date in [20, 22, 21] {
        ledger.put_day(day(date), &[], std::slice::from_ref(&verdict)).await.unwrap();
    }
    assert_eq!(ledger.last_day().await.unwrap(), Some(day(22)));
    assert_eq!(ledger.listed_rows(&stream("a"), day(20)).await.unwrap(), None);
    for rows in [7, 9] {
        ledger.put_listed_rows(&stream("a"), day(20), rows).await.unwrap();
    }
    assert_eq!(ledger.listed_rows(&stream("a"), day(20)).await.unwrap(), Some(9));
    assert_eq!(ledger.listed_rows(&stream("a"), day(21)).await.unwrap(), None);
    assert_eq!(ledger.listed_rows(&stream("b"), day(20)).await.unwrap(), None);
}

pub(crate) async fn what_a_late_listing_changes_is_touched(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let row = |order_no: &str, status| listed(order_no, day(20), status);
    let all = ["1", "2", "3", "9"].map(|order_no| row(order_no, P::Succeeded));
    list(ledger, day(20), day(20), &all).await;
    let scan = Scan { listed: vec![], ..scan_of(day(22)) };
    assert!(scanned(ledger, &scan).await.is_empty());
    // Number 2 changed, 25 is new, 3 and the last one are not listed any more.
    let late = vec![row("1", P::Succeeded), row("2", P::Refunded), row("25", P::Succeeded)];
    let window = ListingWindow { stream: stream("a"), from: day(20), to: day(20), whole: true };
    ledger.put_late_listing(&window, rows(late.clone())).await.unwrap();
    let found = doubts(&scanned(ledger, &scan).await);
    assert_eq!(found, ["2", "25", "3", "9"]);
    let keys: Vec<_> = found.iter().map(|no| key("a", no)).collect();
    ledger.settle_touched(&keys).await.unwrap();
    let again = ledger.put_late_listing(&window, rows(late)).await.unwrap();
    assert_eq!((again.added, again.superseded), (0, 0));
    // What is not listed any more stays until the provider has answered; no answer is none.
    let unlisted = async || -> Vec<bool> {
        let pairs = ledger.pairs(&keys).await.unwrap();
        pairs.iter().map(|pair| pair.past.is_unlisted).collect()
    };
    assert_eq!(doubts(&scanned(ledger, &scan).await), ["3", "9"]);
    assert_eq!(unlisted().await, [false, false, true, true]);
    let none = answer("9", day(20), P::Unproved);
    ledger.put_answers(&[answer("3", day(20), P::Succeeded), none]).await.unwrap();
    ledger.settle_touched(&keys).await.unwrap();
    assert_eq!(doubts(&scanned(ledger, &scan).await), ["9"]);
    assert_eq!(unlisted().await, [false, false, false, true]);
    ledger.put_answers(&[answer("9", day(20), P::NotFound)]).await.unwrap();
    ledger.settle_touched(&keys).await.unwrap();
    assert!(scanned(ledger, &scan).await.is_empty());
}

/// One write: of which order, from which date on (or on it alone), with which difference.
type Write = (bool, u32, Vec<(u8, i64)>);

pub(crate) async fn random_writes_give_what_a_naive_calendar_gives(fresh: Fresh) {
    let mut runner = TestRunner::deterministic();
    let rows = prop::collection::vec((0..4_u8, 1..9_i64), 1..4);
    let write = (any::<bool>(), 20..26_u32, rows);
    let history = prop::collection::vec(write, 1..12);
    let ledger = &*fresh.ledger;
    for count in 0..60 {
        let writes: Vec<Write> = history.new_tree(&mut runner).unwrap().current();
        // Each history has its own orders, so that all of them fit in one ledger.
        let number = |n: u8| format!("{count:02}-{n}");
        let numbers: Vec<_> = (0..4).map(|n| key("a", &number(n))).collect();
        let mut calendar: BTreeMap<(u32, String), Discrepancy> = BTreeMap::new();
        for (on_it_alone, date, rows) in &writes {
            let rows: BTreeMap<u8, i64> = rows.iter().copied().collect();
            let all: Vec<Discrepancy> =
                rows.iter().map(|(n, d)| with(&discrepancy(&number(*n), 20), *d)).collect();
            if *on_it_alone {
                ledger.restate(day(*date), &all).await.unwrap();
            } else {
                hold(ledger, *date, &all).await;
            }
            for row in &all {
                for on in *date..28 {
                    if on == *date || !*on_it_alone {
                        calendar.insert((on, row.key.order_no.clone()), row.clone());
                    }
                }
            }
        }
        for on in 18..28 {
            let found = ledger.discrepancies_on(day(on), &numbers).await.unwrap();
            let found: Vec<_> = found.into_iter().map(|version| version.discrepancy).collect();
            let expected = calendar.range((on, String::new())..(on + 1, String::new()));
            let expected: Vec<_> = expected.map(|(_, row)| row.clone()).collect();
            assert_eq!(found, expected, "{on} {writes:?}");
            let mut shown: Vec<Discrepancy> =
                ledger.report_rows(day(on)).try_collect().await.unwrap();
            shown.retain(|row| row.key.order_no.starts_with(&number(0)[..3]));
            assert_eq!(shown, expected, "{on} {writes:?}");
        }
    }
}

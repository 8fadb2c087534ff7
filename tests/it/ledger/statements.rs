//! What a provider's own statement files say: imports of the same and of other files, and whose
//! change is looked at again.

use std::slice::from_ref;
use std::sync::mpsc;

use duizhang::ledger::{
    Ledger, LedgerError, ListingWindow, PutCount, SortedRows, StatedPart, Statement,
};
use duizhang::money::Money;
use duizhang::order::{OrderKey, Origin, Rejection, RejectionReason, Stream};
use duizhang::reading::{Facts, Reading, Source};
use duizhang::status::{Kind, MerchantStatus as M, ProviderStatus as P};
use futures_util::TryStreamExt;

use super::Fresh;
use super::words::{
    answer, at, counts, day, doubts, file, filled, import, key, list, listed, order, readings_of,
    reconciled, rows, scan_of, scanned, state, stated, statement, stream,
};

/// The same row in another file.
fn in_file(name: &str, row: &Reading) -> Reading {
    Reading { interface: name.to_owned(), evidence: 8, observed_at: at(999), ..row.clone() }
}

async fn rows_in(ledger: &dyn Ledger, table: &str) -> i64 {
    let tables = ledger.status().await.unwrap().tables;
    tables.iter().find(|(name, _)| name == table).unwrap().1
}

/// The order numbers that are looked at on a day that has no rows.
async fn touched(ledger: &dyn Ledger) -> Vec<String> {
    doubts(&scanned(ledger, &scan_of(day(28))).await)
}

pub(crate) async fn a_statement_imported_twice_adds_nothing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let bill = [
        stated("s", "1", day(20), P::Succeeded),
        stated("s", "2", day(21), P::Refunded),
        Reading { occurrence: 2, ..stated("s", "2", day(21), P::Succeeded) },
    ];
    assert_eq!(state(ledger, "s", &bill).await, counts(3, 0, 0));
    assert_eq!(readings_of(ledger, "1").await, [bill[0].clone()]);
    assert_eq!(readings_of(ledger, "2").await, bill[1..]);
    assert!(ledger.intake_is_known("s", "digest").await.unwrap());
    assert_eq!(ledger.intake_files(day(20)).await.unwrap(), [file("s", day(20))]);
    let again = bill.clone().map(|row| in_file("s", &row));
    assert_eq!(state(ledger, "s", &again).await, counts(0, 3, 0));
    assert_eq!(readings_of(ledger, "2").await, bill[1..]);
    assert_eq!(rows_in(ledger, "reading").await, 3);
}

pub(crate) async fn a_corrected_statement_replaces_its_own_rows(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let bill: Vec<Reading> = (1..=6)
        .map(|n| stated("s", &n.to_string(), day(if n == 6 { 21 } else { 20 }), P::Succeeded))
        .collect();
    state(ledger, "s", &bill).await;
    // 1, 4 and 6 are gone, 2 says something else, 3 is dated anew.
    let corrected = [
        stated("s", "2", day(20), P::Failed),
        stated("s", "3", day(22), P::Succeeded),
        bill[4].clone(),
    ];
    assert_eq!(state(ledger, "s", &corrected).await, counts(2, 1, 5));
    for gone in ["1", "4", "6"] {
        assert!(readings_of(ledger, gone).await.is_empty(), "{gone}");
    }
    assert_eq!(readings_of(ledger, "2").await, corrected[..1]);
    assert_eq!(readings_of(ledger, "3").await, corrected[1..2]);
    // What was said stays, as history.
    assert_eq!(rows_in(ledger, "reading").await, 8);
    // The corrected rows are its own too.
    assert_eq!(state(ledger, "s", &[]).await, counts(0, 0, 3));
    assert_eq!(state(ledger, "s", &bill).await, counts(6, 0, 0));
}

pub(crate) async fn a_statement_says_nothing_new_in_another_file(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    for date in [20, 21] {
        let name = format!("{date}.csv");
        let rows: Vec<Reading> = (0..700)
            .map(|n| stated(&name, &format!("{date}-{n:04}"), day(date), P::Succeeded))
            .collect();
        assert_eq!(state(ledger, &name, &rows).await, counts(700, 0, 0));
    }
    let month = |changed: bool| -> Vec<Reading> {
        let all = (0..1_400).map(|n| (20 + n / 700, n % 700));
        all.map(|(date, n)| {
            let status = if changed && n == 7 { P::Refunded } else { P::Succeeded };
            in_file("month.csv", &stated("", &format!("{date}-{n:04}"), day(date), status))
        })
        .collect()
    };
    assert_eq!(state(ledger, "month.csv", &month(false)).await, counts(0, 1_400, 0));
    // That it says so too is kept.
    assert_eq!(rows_in(ledger, "reading").await, 2_800);
    assert!(!ledger.statement_is_overruled("a", "20.csv").await.unwrap());
    assert_eq!(readings_of(ledger, "20-0007").await[0].interface, "20.csv");
    // What it says otherwise replaces the older word, and is its own from then on.
    assert_eq!(state(ledger, "month.csv", &month(true)).await, counts(2, 1_398, 2));
    assert_eq!(readings_of(ledger, "20-0007").await, [month(true)[7].clone()]);
    assert!(ledger.statement_is_overruled("a", "20.csv").await.unwrap());
    assert_eq!(state(ledger, "20.csv", &[]).await, PutCount { restored: 699, ..counts(0, 0, 699) });
    assert_eq!(readings_of(ledger, "20-0000").await[0].interface, "month.csv");
    assert_eq!(
        state(ledger, "month.csv", &[]).await,
        PutCount { restored: 1, ..counts(0, 0, 701) }
    );
    assert!(readings_of(ledger, "20-0000").await.is_empty());
    assert_eq!(readings_of(ledger, "21-0000").await[0].interface, "21.csv");
    assert_eq!(readings_of(ledger, "21-0007").await[0].facts.status, P::Succeeded);
}

pub(crate) async fn what_another_statement_says_counts_again_when_one_is_taken_back(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let right = stated("s", "1", day(20), P::Succeeded);
    let wrong = stated("copy", "1", day(21), P::Refunded);
    state(ledger, "s", from_ref(&right)).await;
    for date in [20, 21] {
        reconciled(ledger, day(date)).await;
    }
    assert_eq!(state(ledger, "copy", from_ref(&wrong)).await, counts(1, 0, 1));
    assert!(ledger.statement_is_overruled("a", "s").await.unwrap());
    assert!(!ledger.statement_is_overruled("a", "copy").await.unwrap());
    assert!(!ledger.statement_is_overruled("b", "s").await.unwrap());
    ledger.settle_touched(&[key("a", "1")]).await.unwrap();
    assert_eq!(state(ledger, "copy", &[]).await, PutCount { restored: 1, ..counts(0, 0, 1) });
    assert_eq!(readings_of(ledger, "1").await, from_ref(&right));
    assert_eq!(touched(ledger).await, ["1"]);
    // Again in another order: the newest import counts, and the other one waits behind it.
    state(ledger, "copy", from_ref(&wrong)).await;
    assert_eq!(state(ledger, "s", from_ref(&right)).await, counts(1, 0, 1));
    assert_eq!(readings_of(ledger, "1").await, from_ref(&right));
    assert_eq!(state(ledger, "s", &[]).await, PutCount { restored: 1, ..counts(0, 0, 1) });
    assert_eq!(readings_of(ledger, "1").await, from_ref(&wrong));
    // What a file does not say any more does not come back.
    state(ledger, "s", from_ref(&right)).await;
    state(ledger, "copy", &[]).await;
    state(ledger, "s", &[]).await;
    assert!(readings_of(ledger, "1").await.is_empty());
}

pub(crate) async fn another_statement_withdraws_nothing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    // One day in two files, and a file of the same name of another account.
    state(ledger, "s", &[stated("s", "1", day(20), P::Succeeded)]).await;
    state(ledger, "t", &[stated("t", "2", day(20), P::Succeeded)]).await;
    let of_b = Statement { file: file("b/s", day(20)), account: "b".to_owned(), ..statement("s") };
    let row = Reading { key: key("b", "3"), ..stated("s", "3", day(20), P::Succeeded) };
    ledger.put_statement(&of_b, rows(vec![row]), rows(vec![])).await.unwrap();
    assert_eq!(state(ledger, "t", &[]).await, counts(0, 0, 1));
    assert_eq!(readings_of(ledger, "1").await.len(), 1);
    assert_eq!(state(ledger, "s", &[]).await, counts(0, 0, 1));
    let found = ledger.pairs(&[key("b", "3")]).await.unwrap().remove(0).readings;
    assert_eq!(found.len(), 1);
}

pub(crate) async fn what_a_statement_changes_under_a_reconciled_date_is_touched(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    // Nothing was reconciled yet: whatever comes is looked at by the run of its date.
    let early = [stated("s", "0", day(20), P::Succeeded), stated("s", "9", day(19), P::Succeeded)];
    state(ledger, "s", &early).await;
    assert!(touched(ledger).await.is_empty());
    for date in [20, 22] {
        reconciled(ledger, day(date)).await;
    }
    // Before the first, at both ends and between them, after the last.
    let bill: Vec<Reading> =
        (19..=23).map(|date| stated("t", &date.to_string(), day(date), P::Succeeded)).collect();
    state(ledger, "t", &bill).await;
    assert_eq!(touched(ledger).await, ["20", "21", "22"]);
    let settle = async |order_nos: &[&str]| {
        let keys: Vec<OrderKey> = order_nos.iter().map(|order_no| key("a", order_no)).collect();
        ledger.settle_touched(&keys).await.unwrap();
    };
    settle(&["20", "21", "22"]).await;
    // The same again, in another file too, is no change.
    let again: Vec<Reading> = bill.iter().map(|row| in_file("u", row)).collect();
    state(ledger, "u", &again).await;
    assert!(touched(ledger).await.is_empty());
    // A row that moves out of what was reconciled, one that moves into it, one that is withdrawn
    // among others and one behind the last row; and those of which nothing was reconciled.
    let moved = [
        stated("t", "19", day(18), P::Succeeded),
        stated("t", "20", day(23), P::Succeeded),
        stated("t", "22", day(22), P::Succeeded),
        stated("t", "23", day(21), P::Succeeded),
    ];
    assert_eq!(state(ledger, "t", &moved).await, PutCount { restored: 1, ..counts(3, 1, 4) });
    assert_eq!(touched(ledger).await, ["20", "21", "23"]);
    settle(&["20", "21", "23"]).await;
    assert_eq!(state(ledger, "t", &moved[..1]).await, PutCount { restored: 3, ..counts(0, 1, 3) });
    // What the other file says of 20, under its own date, counts again.
    assert_eq!(touched(ledger).await, ["20", "22", "23"]);
    settle(&["20", "22", "23"]).await;
    assert_eq!(state(ledger, "s", &early[..1]).await, counts(0, 1, 1));
    assert!(touched(ledger).await.is_empty());
}

pub(crate) async fn what_statements_are_the_whole_of_is_replaced(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let refunds = Stream { kind: Kind::Refund, ..stream("a") };
    let whole = async |name: &str, streams: &[Stream], days: &[u32]| {
        let statement = Statement {
            streams: streams.to_vec(),
            days: days.iter().map(|date| StatedPart::whole(day(*date))).collect(),
            ..statement(name)
        };
        ledger.put_statement(&statement, rows(vec![]), rows(vec![])).await.unwrap();
    };
    let of = async |date| ledger.stated_streams(day(date)).await.unwrap();
    assert!(of(20).await.is_empty());
    // Also of streams that the ledger has never seen; of one of them by two files.
    whole("s", &[refunds.clone(), stream("a")], &[20, 21]).await;
    whole("t", from_ref(&refunds), &[20, 22]).await;
    assert_eq!(of(20).await, [stream("a"), refunds.clone()]);
    assert_eq!(of(21).await, [stream("a"), refunds.clone()]);
    assert_eq!(of(22).await, from_ref(&refunds));
    whole("s", &[stream("a")], &[21]).await;
    assert_eq!(of(20).await, from_ref(&refunds));
    assert_eq!(of(21).await, [stream("a")]);
    whole("t", &[], &[20]).await;
    whole("s", &[stream("a")], &[]).await;
    for date in 19..24 {
        assert!(of(date).await.is_empty(), "{date}");
    }
    // Files that are the whole of parts are that of the date together, as long as both say so.
    let part = async |name: &str, from: Option<i64>, until: Option<i64>| {
        let part = StatedPart { date: day(20), from: from.map(at), until: until.map(at) };
        let streams = vec![stream("a")];
        let statement = Statement { streams, days: vec![part], ..statement(name) };
        ledger.put_statement(&statement, rows(vec![]), rows(vec![])).await.unwrap();
    };
    part("s", None, Some(100)).await;
    assert!(of(20).await.is_empty());
    part("t", Some(101), None).await;
    assert!(of(20).await.is_empty());
    part("t", Some(100), None).await;
    assert_eq!(of(20).await, [stream("a")]);
    whole("s", &[], &[]).await;
    assert!(of(20).await.is_empty());
}

pub(crate) async fn days_of_statements_are_pruned(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let statement = Statement {
        file: file("s", day(11)),
        streams: vec![stream("a")],
        days: vec![StatedPart::whole(day(10)), StatedPart::whole(day(20))],
        ..statement("s")
    };
    let bill = vec![stated("s", "1", day(10), P::Succeeded), stated("s", "2", day(20), P::Failed)];
    ledger.put_statement(&statement, rows(bill.clone()), rows(vec![])).await.unwrap();
    let pruned = ledger.prune(day(20), false).await.unwrap();
    assert_eq!(pruned.removed, [("intake_file_date", 1), ("reading", 1), ("statement_day", 1)]);
    assert!(ledger.stated_streams(day(10)).await.unwrap().is_empty());
    assert_eq!(ledger.stated_streams(day(20)).await.unwrap(), [stream("a")]);
    // What stays of the file is still its own.
    assert_eq!(state(ledger, "s", &bill[..1]).await, counts(1, 0, 1));
}

pub(crate) async fn refused_rows_of_a_statement_are_replaced_by_name(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let refused = |line| Rejection {
        column: "交易金额(元)".to_owned(),
        value: "1.2.3".to_owned(),
        order_no: "77".to_owned(),
        ..Rejection::whole(Origin::Statement, "s", line, RejectionReason::NotANumber)
    };
    let statement = statement("s");
    let both = vec![refused(4), refused(9)];
    ledger.put_statement(&statement, rows(vec![]), rows(both.clone())).await.unwrap();
    let found: Vec<_> = ledger.rejections(day(20)).try_collect().await.unwrap();
    assert_eq!(found, both);
    ledger.put_statement(&statement, rows(vec![]), rows(vec![])).await.unwrap();
    let found: Vec<_> = ledger.rejections(day(20)).try_collect().await.unwrap();
    assert!(found.is_empty());
}

pub(crate) async fn rows_that_are_not_the_statements_are_refused(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let one = stated("s", "1", day(20), P::Succeeded);
    let two = stated("s", "2", day(20), P::Succeeded);
    let payout = |row: &Reading| {
        let stream = Stream { kind: Kind::Payout, ..stream("a") };
        Reading { key: OrderKey { stream, ..row.key.clone() }, ..row.clone() }
    };
    let of_b = Reading { key: key("b", "2"), ..two.clone() };
    let wrong: [(&str, Vec<Reading>); 7] = [
        ("a listing's row", vec![Reading { source: Source::Listing, ..one.clone() }]),
        ("an answer", vec![Reading { source: Source::Query, ..one.clone() }]),
        ("another file's", vec![one.clone(), in_file("t", &two)]),
        ("another account's", vec![one.clone(), of_b]),
        ("numbers out of order", vec![two.clone(), one.clone()]),
        ("the same twice", vec![one.clone(), one.clone()]),
        ("streams out of order", vec![payout(&one), two.clone()]),
    ];
    for (what, bill) in wrong {
        let outcome = ledger.put_statement(&statement("s"), rows(bill), rows(vec![])).await;
        assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{what}: {outcome:?}");
    }
    let nameless = Statement { interface: String::new(), ..statement("s") };
    let elsewhere = Statement {
        streams: vec![stream("b")],
        days: vec![StatedPart::whole(day(20))],
        ..statement("s")
    };
    for statement in [nameless, elsewhere] {
        let outcome = ledger.put_statement(&statement, rows(vec![]), rows(vec![])).await;
        assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    }
    // Elsewhere a statement's row is none either.
    let window = ListingWindow { stream: stream("a"), from: day(20), to: day(20), whole: true };
    let outcome = ledger.put_listing(&window, rows(vec![one.clone()])).await;
    assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    let outcome = ledger.put_answers(from_ref(&one)).await;
    assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    assert_eq!(filled(ledger).await, [""; 0]);
    // In their order several streams are taken.
    assert_eq!(state(ledger, "s", &[payout(&two), one]).await, counts(2, 0, 0));
}

pub(crate) async fn a_dropped_statement_leaves_what_was_there(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let whole = Statement {
        streams: vec![stream("a")],
        days: vec![StatedPart::whole(day(20))],
        ..statement("s")
    };
    let row = |n: u32, status| stated("s", &format!("{n:05}"), day(20), status);
    let before: Vec<Reading> = (0..3_000).map(|n| row(n, P::Succeeded)).collect();
    ledger.put_statement(&whole, rows(before.clone()), rows(vec![])).await.unwrap();
    let tables = ledger.status().await.unwrap().tables;
    let (reached, half) = tokio::sync::oneshot::channel();
    let (release, wait) = mpsc::channel::<()>();
    let mut reached = Some(reached);
    let bill: SortedRows<Reading> = Box::new((500..5_000).map(move |n| {
        if n == 2_600 {
            reached.take().unwrap().send(()).ok();
            wait.recv().ok();
        }
        Ok(row(n, P::Failed))
    }));
    let corrected = Statement { days: vec![StatedPart::whole(day(21))], ..whole.clone() };
    tokio::select! {
        outcome = ledger.put_statement(&corrected, bill, rows(vec![])) => {
            panic!("the import came to an end: {outcome:?}")
        }
        _ = half => {}
    }
    drop(release);
    // The same is left by rows that cannot be read back.
    let broken = std::iter::once_with(|| Err(std::io::Error::other("spool")));
    let bill: SortedRows<Reading> =
        Box::new((500..4_000).map(move |n| Ok(row(n, P::Failed))).chain(broken));
    let outcome = ledger.put_statement(&corrected, bill, rows(vec![])).await;
    assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    assert_eq!(ledger.status().await.unwrap().tables, tables);
    assert_eq!(ledger.stated_streams(day(20)).await.unwrap(), [stream("a")]);
    assert_eq!(state(ledger, "s", &before).await, counts(0, 3_000, 0));
}

pub(crate) async fn a_listing_and_a_statement_leave_each_other_alone(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    import(ledger, "f", day(20), &[order("1", day(20), M::Succeeded)]).await;
    let row = listed("1", day(20), P::Succeeded);
    let asked = answer("1", day(20), P::Succeeded);
    // Of the same interface even, and of two transactions.
    let bill = [
        stated("/query", "1", day(20), P::Succeeded),
        Reading {
            facts: Facts {
                provider_order_no: "Q1".to_owned(),
                amount: Some(Money::fen(5)),
                ..row.facts.clone()
            },
            ..stated("/query", "1", day(20), P::Succeeded)
        },
        stated("/query", "2", day(20), P::Succeeded),
    ];
    assert_eq!(list(ledger, day(20), day(20), from_ref(&row)).await, counts(1, 0, 0));
    ledger.put_answers(from_ref(&asked)).await.unwrap();
    assert_eq!(state(ledger, "/query", &bill).await, counts(3, 0, 0));
    let all = [row.clone(), asked.clone(), bill[0].clone(), bill[1].clone()];
    assert_eq!(readings_of(ledger, "1").await, all);
    // Each again, and each withdrawing what is its own.
    assert_eq!(list(ledger, day(20), day(20), from_ref(&row)).await, counts(0, 1, 0));
    assert_eq!(list(ledger, day(20), day(20), &[]).await, counts(0, 0, 1));
    assert_eq!(readings_of(ledger, "1").await, all[1..]);
    assert_eq!(list(ledger, day(20), day(20), from_ref(&row)).await, counts(1, 0, 0));
    assert_eq!(state(ledger, "/query", &bill[1..2]).await, counts(0, 1, 2));
    assert_eq!(readings_of(ledger, "1").await, [row.clone(), asked, bill[1].clone()]);
    assert_eq!(state(ledger, "/query", &[]).await, counts(0, 0, 1));
    assert_eq!(readings_of(ledger, "1").await.len(), 2);
}

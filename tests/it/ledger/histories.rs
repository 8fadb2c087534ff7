//! Random and long histories of writes give what a naive ledger in memory gives.
//!
//! Random ones are short and crowded, so that words meet in every way; long ones are larger than
//! every chunk and page.

use std::collections::BTreeMap;

use duizhang::ledger::{Ledger, ListingWindow, Scan, Statement};
use duizhang::money::Money;
use duizhang::order::{Order, OrderKey};
use duizhang::reading::{Facts, Reading, Source};
use duizhang::status::{MerchantStatus as M, ProviderStatus as P};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::Fresh;
use super::model::{Model, in_form};
use super::words::{
    day, file, key, order, reading, reconciled, rows, scanned, stated, statement, stream,
};

/// Histories that are tried.
const HISTORIES: usize = 60;

#[derive(Debug, Clone)]
enum Step {
    Orders(&'static str, u32, Vec<Order>),
    Listing(&'static str, u32, u32, Vec<Reading>),
    Statement(&'static str, &'static str, Vec<Reading>),
    Answers(Vec<Reading>),
    Reconciled(u32),
    Settle(Vec<OrderKey>),
}

fn account() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b"])
}

fn pair() -> impl Strategy<Value = OrderKey> {
    (account(), 0..5_u8).prop_map(|(account, n)| key(account, &n.to_string()))
}

fn date() -> impl Strategy<Value = u32> {
    prop_oneof![6 => Just(20_u32), 2 => Just(19), 2 => Just(21)]
}

fn an_order() -> impl Strategy<Value = Order> {
    let status = prop::sample::select(vec![M::Succeeded, M::Succeeded, M::Closed, M::Refunded]);
    let occurrence = prop_oneof![4 => Just(1_i16), 1 => Just(2)];
    (pair(), occurrence, date(), status, 100..102_i64).prop_map(
        |(key, occurrence, date, status, fen)| Order {
            key,
            occurrence,
            amount: Money::fen(fen),
            ..order("", day(date), status)
        },
    )
}

fn a_reading(source: impl Strategy<Value = Source>) -> impl Strategy<Value = Reading> {
    let status =
        prop::sample::select(vec![P::Succeeded, P::Succeeded, P::Failed, P::Unproved, P::Refunded]);
    let number = prop_oneof![4 => Just("P"), 1 => Just("Q")];
    let occurrence = prop_oneof![5 => Just(1_i16), 1 => Just(2)];
    let amount = prop::option::weighted(0.8, 100..102_i64);
    (source, pair(), number, occurrence, date(), status, amount, 0..2_i64).prop_map(
        |(source, key, number, occurrence, date, status, fen, evidence)| {
            let row = reading(source, &key.order_no, day(date), status);
            let provider_order_no = number.to_owned();
            let facts = Facts { provider_order_no, amount: fen.map(Money::fen), ..row.facts };
            // Only lists have further rows of one transaction.
            let is_list = matches!(source, Source::Listing | Source::Statement);
            let occurrence = if is_list { occurrence } else { 1 };
            Reading { key, occurrence, facts, evidence, ..row }
        },
    )
}

fn a_step() -> impl Strategy<Value = Step> {
    let orders = prop::collection::vec(an_order(), 0..9).prop_map(|orders| {
        let by_key = orders.into_iter().map(|order| ((order.key.clone(), order.occurrence), order));
        by_key.collect::<BTreeMap<_, _>>().into_values().collect::<Vec<_>>()
    });
    let orders = (prop::sample::select(vec!["f", "g"]), date(), orders)
        .prop_map(|(name, date, orders)| Step::Orders(name, date, orders));
    let listing = prop::collection::vec(a_reading(Just(Source::Listing)), 0..9);
    let listing = (account(), date(), 0..2_u32, listing).prop_map(|(account, from, days, rows)| {
        let of = |mut row: Reading| {
            row.key.stream = stream(account);
            let key = (row.key.clone(), row.facts.provider_order_no.clone(), row.occurrence);
            (key, row)
        };
        let rows: BTreeMap<_, _> = rows.into_iter().map(of).collect();
        Step::Listing(account, from, from + days, rows.into_values().collect())
    });
    let statement = prop::collection::vec(a_reading(Just(Source::Statement)), 0..9);
    let name = prop::sample::select(vec!["s", "t"]);
    let statement = (account(), name, statement).prop_map(|(account, name, rows)| {
        let of = |mut row: Reading| {
            row.key.stream = stream(account);
            name.clone_into(&mut row.interface);
            let key = (row.key.clone(), row.facts.provider_order_no.clone(), row.occurrence);
            (key, row)
        };
        let rows: BTreeMap<_, _> = rows.into_iter().map(of).collect();
        Step::Statement(account, name, rows.into_values().collect())
    });
    let reconciled = date().prop_map(Step::Reconciled);
    let source = prop_oneof![4 => Just(Source::Query), 1 => Just(Source::Notification)];
    let answers = prop::collection::vec(a_reading(source), 1..5).prop_map(Step::Answers);
    let settle = prop::collection::vec(pair(), 0..6).prop_map(Step::Settle);
    prop_oneof![
        3 => orders, 3 => listing, 3 => statement, 3 => answers, 1 => reconciled, 1 => settle
    ]
}

/// Does a step on both ledgers; they must say the same of it.
async fn step(ledger: &dyn Ledger, model: &mut Model, step: &Step, history: &[Step]) {
    match step {
        Step::Orders(name, date, orders) => {
            let file = file(name, day(*date));
            let put = ledger.put_orders(&file, rows(orders.clone()), rows(vec![])).await.unwrap();
            assert_eq!(
                put,
                model.put_orders(name, day(*date), orders),
                "{step:#?} in {history:#?}"
            );
        }
        Step::Listing(account, from, to, listing) => {
            let window = ListingWindow {
                stream: stream(account),
                from: day(*from),
                to: day(*to),
                whole: true,
            };
            let put = ledger.put_listing(&window, rows(listing.clone())).await.unwrap();
            assert_eq!(put, model.put_listing(&window, listing), "{step:#?} in {history:#?}");
        }
        Step::Statement(account, name, facts) => {
            let file = Statement {
                account: (*account).to_owned(),
                file: file(&format!("{account}/{name}"), day(20)),
                ..statement(name)
            };
            let put = ledger.put_statement(&file, rows(facts.clone()), rows(vec![])).await.unwrap();
            let expected = model.put_statement(account, name, facts);
            assert_eq!(put, expected, "{step:#?} in {history:#?}");
        }
        Step::Reconciled(date) => {
            reconciled(ledger, day(*date)).await;
            model.reconcile(day(*date));
        }
        Step::Answers(answers) => {
            let put = ledger.put_answers(answers).await.unwrap();
            assert_eq!(put, model.put_answers(answers), "{step:#?} in {history:#?}");
        }
        Step::Settle(keys) => {
            ledger.settle_touched(keys).await.unwrap();
            model.settle_touched(keys);
        }
    }
}

/// Compares everything that can be asked.
async fn compare(ledger: &dyn Ledger, model: &Model, history: &[Step]) {
    for date in [19, 20, 21, 22] {
        let scan = Scan {
            date: day(date),
            accounts: vec!["a".to_owned(), "b".to_owned()],
            tolerance_minor: 0,
            listed: vec![stream("a")],
            verified_only: false,
            by_bill: Vec::new(),
            fees: BTreeMap::new(),
        };
        assert_eq!(in_form(scanned(ledger, &scan).await), model.scan(&scan), "{date} {history:#?}");
    }
    let keys: Vec<OrderKey> = model.keys().into_iter().rev().collect();
    let expected: Vec<_> = keys.iter().map(|key| model.pair(key)).collect();
    let found = ledger.pairs(&keys).await.unwrap();
    assert_eq!(found.len(), expected.len());
    for (mut found, mut expected) in found.into_iter().zip(expected) {
        // Of words that say the same, a ledger keeps the first.
        let neutral = |pair: &mut duizhang::reading::Pair| {
            pair.orders.iter_mut().for_each(|order| order.line = 0);
            pair.readings.iter_mut().for_each(|row| row.evidence = 0);
            // What it remembers of earlier words has tests of its own.
            let is_unlisted = pair.past.is_unlisted;
            pair.past = duizhang::reading::Past { is_unlisted, ..Default::default() };
        };
        neutral(&mut found);
        neutral(&mut expected);
        assert_eq!(found, expected, "{history:#?}");
    }
}

pub(crate) async fn random_histories_give_what_a_naive_ledger_gives(fresh: Fresh) {
    let mut runner = TestRunner::deterministic();
    let history = prop::collection::vec(a_step(), 1..14);
    for _ in 0..HISTORIES {
        let steps = history.new_tree(&mut runner).unwrap().current();
        let fresh = fresh.another().await;
        let mut model = Model::default();
        for one in &steps {
            step(&*fresh.ledger, &mut model, one, &steps).await;
        }
        compare(&*fresh.ledger, &model, &steps).await;
    }
}

pub(crate) async fn long_files_give_what_a_naive_ledger_gives(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let mut model = Model::default();
    let number = |n: usize| format!("{n:06}");
    let date = |n: usize| if n.is_multiple_of(97) { 19 } else { 20 };
    let orders = |changed: usize| -> Vec<Order> {
        let all = (0..3_700).filter(|n| changed == 0 || n % 13 != changed);
        all.map(|n| Order {
            key: key(if n < 2_000 { "a" } else { "b" }, &number(n)),
            amount: Money::fen(if n % 31 < changed { 200 } else { 100 }),
            ..order("", day(date(n)), if n.is_multiple_of(5) { M::Closed } else { M::Succeeded })
        })
        .collect()
    };
    let listing = |changed: usize| -> Vec<Reading> {
        let all = (500..2_900).filter(|n| changed == 0 || !(700..2_000 + changed).contains(n));
        all.map(|n| Reading {
            facts: Facts {
                amount: Some(Money::fen(if n % 29 < changed { 200 } else { 100 })),
                ..reading(Source::Listing, &number(n), day(20), P::Succeeded).facts
            },
            ..reading(Source::Listing, &number(n), day(date(n)), P::Succeeded)
        })
        .collect()
    };
    let bill = |name: &str, changed: usize| -> Vec<Reading> {
        let rows = listing(changed).into_iter().map(|row| Reading {
            facts: row.facts,
            ..stated(name, &row.key.order_no, row.business_date, P::Succeeded)
        });
        rows.collect()
    };
    step(ledger, &mut model, &Step::Reconciled(20), &[]).await;
    for changed in [0, 0, 1, 3, 0] {
        step(ledger, &mut model, &Step::Orders("f", 20, orders(changed)), &[]).await;
        step(ledger, &mut model, &Step::Listing("a", 20, 20, listing(changed)), &[]).await;
        for name in ["s", "t"] {
            let rows = bill(name, changed);
            step(ledger, &mut model, &Step::Statement("a", name, rows), &[]).await;
        }
        compare(ledger, &model, &[]).await;
    }
    let half = bill("s", 0).split_off(1_000);
    step(ledger, &mut model, &Step::Statement("a", "s", half), &[]).await;
    compare(ledger, &model, &[]).await;
    step(ledger, &mut model, &Step::Statement("a", "s", Vec::new()), &[]).await;
    step(ledger, &mut model, &Step::Orders("f", 20, orders(1).split_off(3_000)), &[]).await;
    step(ledger, &mut model, &Step::Listing("a", 20, 20, Vec::new()), &[]).await;
    compare(ledger, &model, &[]).await;
}

//! Whatever happens in whatever order, the report of a date says what its run said until that date is
//! run again, and its rows explain the difference of its totals to the fen.

use std::collections::BTreeMap;

use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::config::MatchingSettings;
use duizhang::discrepancy::{Discrepancy, State};
use duizhang::ledger::{DiscrepancyChange, DiscrepancyEvent, Ledger};
use duizhang::money::{Currency, Money};
use duizhang::order::{Order, Stream};
use duizhang::progress::Bar;
use duizhang::provider::Lane;
use duizhang::reading::{Facts, Reading, Source};
use duizhang::reconcile::{self, Request};
use duizhang::report::discrepancies::Shown;
use duizhang::rules::JudgedAccount;
use duizhang::rules::lifecycle::Night;
use duizhang::status::{Kind, MerchantStatus as M, ProviderStatus as P};
use futures_util::TryStreamExt;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::Fresh;
use super::words::{day, import, key, order, reading, state};

/// Histories that are tried on a ledger in a file, and on a server, where each takes a new database.
const HISTORIES: (usize, usize) = (150, 12);

#[derive(Debug, Clone)]
enum Step {
    /// The merchant's file of a date.
    Orders(u32, Vec<Order>),
    /// Answers to questions.
    Answers(Vec<Reading>),
    /// The provider's statement file, in place of the one before.
    Statement(Vec<Reading>),
    /// The night of a date.
    Night(u32),
    /// A person closes everything that is open for one order, on a date.
    Close(u8, u32),
}

/// A moment of a day of November, in Beijing.
fn at(date: u32, hour: u32) -> Timestamp {
    BusinessDay::BEIJING.moment(day(date).date().and_hms_opt(hour, 0, 0).unwrap())
}

fn number() -> impl Strategy<Value = u8> {
    0..4_u8
}

fn date() -> impl Strategy<Value = u32> {
    20..23_u32
}

fn an_order() -> impl Strategy<Value = Order> {
    let status =
        prop::sample::select(vec![M::Succeeded, M::Succeeded, M::Pending, M::Closed, M::Refunded]);
    (number(), date(), status, 100..103_i64).prop_map(|(number, on, status, fen)| Order {
        amount: Money::fen(fen),
        created_at: Some(at(on, 9)),
        paid_at: (status == M::Succeeded).then(|| at(on, 10)),
        ..order(&number.to_string(), day(on), status)
    })
}

fn an_answer(source: Source) -> impl Strategy<Value = Reading> {
    let status = prop::sample::select(vec![
        P::Succeeded,
        P::Succeeded,
        P::Pending,
        P::Failed,
        P::NotFound,
        P::Refunded,
    ]);
    (number(), date(), status, 100..103_i64).prop_map(move |(number, on, status, fen)| {
        let row = reading(source, &number.to_string(), day(on), status);
        let is_money = matches!(status, P::Succeeded | P::Refunded);
        let facts = Facts {
            amount: is_money.then(|| Money::fen(fen)),
            paid_at: is_money.then(|| at(on, 11)),
            ..row.facts
        };
        Reading { facts, ..row }
    })
}

fn a_step() -> impl Strategy<Value = Step> {
    let orders = prop::collection::vec(an_order(), 0..4).prop_map(|orders| {
        let by_key: BTreeMap<_, _> =
            orders.into_iter().map(|order| (order.key.clone(), order)).collect();
        by_key.into_values().collect::<Vec<_>>()
    });
    let orders = (date(), orders).prop_map(|(date, orders)| Step::Orders(date, orders));
    let answers = prop::collection::vec(an_answer(Source::Query), 1..4).prop_map(Step::Answers);
    let stated = prop::collection::vec(an_answer(Source::Statement), 0..3).prop_map(|rows| {
        let by_key: BTreeMap<_, _> = rows.into_iter().map(|row| (row.key.clone(), row)).collect();
        Step::Statement(by_key.into_values().collect())
    });
    let night = (20..24_u32).prop_map(Step::Night);
    let close = (number(), 20..25_u32).prop_map(|(number, date)| Step::Close(number, date));
    prop_oneof![3 => orders, 3 => answers, 1 => stated, 5 => night, 1 => close]
}

async fn night(ledger: &dyn Ledger, date: u32) {
    judged(ledger, day(date), at(date + 1, 2)).await;
}

/// Reconciles a day of account `a`.
pub(crate) async fn judged(ledger: &dyn Ledger, date: BusinessDate, now: Timestamp) {
    let lane =
        Lane { kind: Kind::Payment, product: String::new(), listing: None, states_amount: true };
    let account =
        JudgedAccount { name: "a".to_owned(), lanes: vec![lane], fees: Vec::new(), bills: None };
    let request = Request {
        night: Night { date, now },
        accounts: std::slice::from_ref(&account),
        business_day: BusinessDay::BEIJING,
        matching: MatchingSettings {
            tolerance_minor: 0,
            timing_window_seconds: 86_400,
            look_back: 3,
            ask_until_days: 30,
            second_look: duizhang::config::SecondLookDays::default(),
            spot_checks: 50,
        },
    };
    let spool = std::env::temp_dir();
    reconcile::day(&request, ledger, &spool, &Bar::start("", None)).await.unwrap();
}

/// A person's action, dated to the day on which it is done.
async fn close(ledger: &dyn Ledger, number: u8, date: u32) {
    let known = ledger.discrepancies_of(&[key("a", &number.to_string())]).await.unwrap();
    let open =
        known.into_iter().filter(|row| !row.state.is_closed() && row.first_seen <= day(date));
    let changes: Vec<DiscrepancyChange> = open
        .map(|row| DiscrepancyChange {
            event: DiscrepancyEvent {
                discrepancy_id: row.id.clone(),
                order_no: row.key.order_no.clone(),
                sequence: 0,
                business_date: day(date),
                event: "written_off".to_owned(),
                person: "li".to_owned(),
                note: "small".to_owned(),
                occurred_at: at(date, 15),
            },
            discrepancy: Discrepancy {
                state: State::WrittenOff,
                closed_on: Some(day(date)),
                resolution: "written_off".to_owned(),
                resolved_by: "li".to_owned(),
                ..row
            },
        })
        .collect();
    ledger.put_discrepancies(&changes).await.unwrap();
}

async fn report(ledger: &dyn Ledger, date: u32) -> Vec<Discrepancy> {
    ledger.report_rows(day(date)).try_collect().await.unwrap()
}

/// The rows that are dated to the report's own date explain what its two totals differ by.
async fn check_ties(ledger: &dyn Ledger, date: u32, history: &[Step]) {
    let (totals, _) = ledger.day(day(date)).await.unwrap();
    let mut left: BTreeMap<(Stream, Currency), i64> = totals
        .into_iter()
        .map(|(stream, currency, it)| ((stream, currency), it.provider_minor - it.merchant_minor))
        .collect();
    let rows = report(ledger, date).await;
    for row in rows.iter().filter(|row| row.business_date == day(date)) {
        let shown = Shown::of(row, at(date + 1, 0));
        *left.entry((row.key.stream.clone(), row.currency)).or_default() -= shown.difference_minor;
    }
    assert!(left.values().all(|minor| *minor == 0), "{date}: {left:?} {rows:#?} {history:#?}");
}

pub(crate) async fn a_report_shows_what_its_run_found_whatever_comes_after(fresh: Fresh) {
    let mut runner = TestRunner::deterministic();
    let history = prop::collection::vec(a_step(), 4..22);
    let count = if fresh.database.is_some() { HISTORIES.1 } else { HISTORIES.0 };
    for _ in 0..count {
        let steps: Vec<Step> = history.new_tree(&mut runner).unwrap().current();
        let fresh = fresh.another().await;
        let ledger = &*fresh.ledger;
        let mut found: BTreeMap<u32, Vec<Discrepancy>> = BTreeMap::new();
        for (count, step) in steps.iter().enumerate() {
            match step {
                Step::Orders(date, orders) => {
                    import(ledger, &date.to_string(), day(*date), orders).await;
                }
                Step::Answers(answers) => drop(ledger.put_answers(answers).await.unwrap()),
                Step::Statement(rows) => drop(state(ledger, "/query", rows).await),
                Step::Night(date) => {
                    night(ledger, *date).await;
                    found.insert(*date, report(ledger, *date).await);
                }
                // What a person does is dated to a day that was not run yet.
                Step::Close(number, date) => {
                    let is_over = found.keys().next_back().is_some_and(|last| last >= date);
                    if !is_over {
                        close(ledger, *number, *date).await;
                    }
                }
            }
            for (date, rows) in &found {
                let done = &steps[..=count];
                assert_eq!(report(ledger, *date).await, *rows, "{date}: {done:#?}");
                check_ties(ledger, *date, done).await;
            }
        }
        // The next night has everything that is open now, and the night after it finds nothing new.
        let last = found.keys().next_back().copied().unwrap_or(20).max(24) + 1;
        night(ledger, last).await;
        for number in 0..4_u8 {
            let keys = [key("a", &number.to_string())];
            let shown = ledger.discrepancies_on(day(last), &keys).await.unwrap();
            let shown: Vec<_> = shown.into_iter().map(|version| version.discrepancy).collect();
            assert_eq!(shown, ledger.discrepancies_of(&keys).await.unwrap(), "{steps:#?}");
        }
        let before = report(ledger, last).await;
        night(ledger, last).await;
        assert_eq!(report(ledger, last).await, before, "{steps:#?}");
        check_ties(ledger, last, &steps).await;
    }
}

/// Nights that are measured: the middle one of so many counts.
const MEASURED: u32 = 9;

/// A night with a hundred new discrepancies, in which those of the night before close, after so many
/// nights like it: how many microseconds its judgement and the reading of its report take.
async fn microseconds_after(nights: u32) -> [u128; 4] {
    let fresh = super::sqlite().await;
    let ledger = &*fresh.ledger;
    let mut taken = Vec::new();
    let date = |n: u32| day(1).plus_days(i64::from(n));
    let at = |n: u32| BusinessDay::BEIJING.start_of(date(n));
    for n in 0..nights + MEASURED {
        let number = |of: u32, i: u32| format!("{of:05}-{i:05}");
        let order_of = |i: u32| Order {
            created_at: Some(at(n)),
            paid_at: Some(at(n)),
            ..order(&number(n, i), date(n), M::Succeeded)
        };
        let answer_of = |of: u32, i: u32, status| {
            let row = reading(Source::Query, &number(of, i), date(of), status);
            let facts = Facts { paid_at: Some(at(of)), ..row.facts };
            Reading { facts, evidence: i64::from(n), ..row }
        };
        let orders: Vec<Order> = (0..500).map(order_of).collect();
        import(ledger, &n.to_string(), date(n), &orders).await;
        let mut answers: Vec<Reading> = (0..500)
            .map(|i| answer_of(n, i, if i < 100 { P::Failed } else { P::Succeeded }))
            .collect();
        if n > 0 {
            answers.extend((0..100).map(|i| answer_of(n - 1, i, P::Succeeded)));
        }
        ledger.put_answers(&answers).await.unwrap();
        let watch = std::time::Instant::now();
        let mut parts = [0; 4];
        judged(ledger, date(n), at(n + 1)).await;
        parts[1] = watch.elapsed().as_micros();
        let shown: Vec<Discrepancy> = ledger.report_rows(date(n)).try_collect().await.unwrap();
        parts[2] = watch.elapsed().as_micros();
        let moved: Vec<_> = ledger.moved_on(date(n)).try_collect().await.unwrap();
        let since: Vec<_> = ledger.moved_since(date(n)).try_collect().await.unwrap();
        parts[3] = watch.elapsed().as_micros();
        taken.push([parts[3], parts[1], parts[2] - parts[1], parts[3] - parts[2]]);
        let expected = if n == 0 { 100 } else { 200 };
        assert_eq!((shown.len(), moved.len(), since.len()), (expected, expected, 0), "{n}");
    }
    let mut last = taken.split_off(taken.len() - usize::try_from(MEASURED).unwrap());
    last.sort_unstable();
    last[last.len() / 2]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a minute; its figures are for people"]
#[expect(clippy::print_stdout, reason = "figures are for people")]
async fn a_night_after_a_year_of_nights_takes_what_one_after_three_takes() {
    let (few, year) = (microseconds_after(3).await, microseconds_after(365).await);
    println!("whole, judged, report, changes: after 3 nights {few:?} µs, after 365 {year:?} µs");
    assert!(year[0] * 100 <= few[0] * 125, "{few:?} {year:?}");
}

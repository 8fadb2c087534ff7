//! Goal: whichever dates are run again, and in whichever order, what is known and what each day's report
//! says is what an undisturbed sequence comes to. Method: three days of many orders whose platform
//! does not change its mind, run in several orders; sets, histories and files are compared.

use std::collections::BTreeMap;

use duizhang::discrepancy::Discrepancy;
use duizhang::ledger::FOREVER;

use super::cells;
use crate::stub::{Fault, Stubbed};

const DAYS: [u32; 3] = [18, 19, 20];
const ORDERS: u32 = 24;

/// What the merchant and the platform say of the orders of a day: every pair of statuses, and amounts
/// that differ.
fn word(day: u32, number: u32) -> (String, String, &'static str, &'static str, i64) {
    let ours = ["succeeded", "pending", "failed", "closed", "refunded"];
    let theirs = ["succeeded", "not_found", "pending", "failed", "refunded"];
    let of = |all: &[&'static str; 5], at: u32| all[usize::try_from(at).unwrap() % 5];
    let (our, their) = (of(&ours, number), of(&theirs, number / 5));
    let amount = if number % 7 == 3 { 9_000 } else { 10_000 };
    let order_no = format!("{day}-{number:02}");
    let is_money = our == "succeeded" || our == "refunded";
    let paid_at = if is_money { format!("2026-11-{day} 10:00:00") } else { String::new() };
    let row = format!("payment,{order_no},,100.00,{our},2026-11-{day} 09:00:00,{paid_at}");
    (row, order_no, our, their, amount)
}

async fn world(offers: &[&str]) -> Stubbed {
    let stub = Stubbed::new(offers).await;
    for day in DAYS {
        let mut listed = Vec::new();
        for number in 0..ORDERS {
            let (_, order_no, _, their, amount) = word(day, number);
            let amount_stated = (their == "succeeded" || their == "refunded").then_some(amount);
            stub.says_of(day, &order_no, their, amount_stated);
            if amount_stated.is_some() {
                listed.push((order_no, their, amount));
            }
        }
        // One that the merchant does not know.
        let extra = format!("{day}-99");
        stub.says_of(day, &extra, "succeeded", Some(500));
        listed.push((extra, "succeeded", 500));
        let listed: Vec<_> = listed.iter().map(|(no, s, a)| (&**no, *s, *a)).collect();
        stub.lists(day, &listed);
    }
    stub
}

/// A night, run in the morning of some day.
async fn night(stub: &mut Stubbed, day: u32, morning: u32) {
    // Rows of a day that is still to come would be refused.
    let now = crate::stub::at(&format!("{morning} 02:30"));
    stub.app.clock = Box::new(duizhang::clock::FixedClock(now));
    let rows: Vec<String> = (0..ORDERS).map(|number| word(day, number).0).collect();
    stub.file(day, &rows.iter().map(|row| &**row).collect::<Vec<_>>()).await;
    stub.night_again(day, morning).await;
}

/// What is known now, and what each day's files say.
type Known = (Vec<Discrepancy>, BTreeMap<u32, BTreeMap<String, String>>);

async fn known(stub: &Stubbed) -> Known {
    let mut keys = Vec::new();
    for day in DAYS {
        for number in (0..ORDERS).chain([99]) {
            let pairs = stub.app.ledger.find(&format!("{day}-{number:02}")).await.unwrap();
            keys.extend(pairs.into_iter().map(|pair| pair.key));
        }
    }
    let versions = stub.app.ledger.discrepancies_on(FOREVER, &keys).await.unwrap();
    let found = versions.into_iter().map(|version| version.discrepancy).collect();
    let mut files = BTreeMap::new();
    for day in DAYS {
        files.insert(day, stub.figures(day).await);
    }
    (found, files)
}

/// No entry of a history says that something became what it was.
async fn no_entry_without_a_change(stub: &Stubbed, known: &Known, case: &str) {
    for row in &known.0 {
        let (_, history) = stub.app.ledger.discrepancy(&row.id).await.unwrap().unwrap();
        for event in history.iter().filter(|event| event.event == "changed") {
            let (then, now) = event.note.split_once(" -> ").unwrap_or((&event.note, ""));
            assert_ne!(then, now, "{case}: {}", row.key.order_no);
        }
    }
}

fn assert_same(found: &Known, expected: &Known, case: &str) {
    let numbers = |known: &Known| -> Vec<String> {
        known.0.iter().map(|row| format!("{} {}", row.key.order_no, row.kind)).collect()
    };
    assert_eq!(numbers(found), numbers(expected), "{case}");
    for (now, then) in found.0.iter().zip(&expected.0) {
        assert_eq!(now, then, "{case}");
    }
    for (day, files) in &expected.1 {
        for (name, text) in files {
            assert_eq!(found.1[day][name], *text, "{case}: {name}");
        }
    }
}

/// The date and the morning on which it is run, and whether the platform is down.
type Run = (u32, u32, bool);

#[tokio::test]
async fn dates_that_are_run_again_leave_the_others_alone() {
    for offers in [&["payment"][..], &["payment", "list"]] {
        let mut plain = world(offers).await;
        for day in DAYS {
            night(&mut plain, day, day + 1).await;
        }
        let expected = known(&plain).await;
        assert!(expected.0.len() > 30, "{}", expected.0.len());
        no_entry_without_a_change(&plain, &expected, "undisturbed").await;
        let cases: [&[Run]; 6] = [
            &[(18, 19, false), (19, 20, false), (20, 21, false), (18, 21, false)],
            &[(18, 19, false), (19, 20, false), (20, 21, false), (19, 21, false), (18, 22, false)],
            &[(18, 19, false), (19, 20, false), (18, 20, false), (20, 21, false)],
            &[(18, 19, false), (20, 21, false), (19, 21, false), (20, 21, false)],
            &[(18, 19, false), (18, 19, true), (19, 20, false), (20, 21, false), (20, 21, true)],
            &[
                (18, 19, false),
                (19, 20, false),
                (20, 21, false),
                (18, 22, true),
                (19, 22, true),
                (20, 22, true),
            ],
        ];
        for case in cases {
            let mut stub = world(offers).await;
            for (day, morning, is_down) in case {
                *stub.fault.lock().unwrap() = if *is_down { Fault::Down } else { Fault::None };
                night(&mut stub, *day, *morning).await;
            }
            let name = format!("{offers:?} {case:?}");
            let found = known(&stub).await;
            assert_same(&found, &expected, &name);
            no_entry_without_a_change(&stub, &found, &name).await;
            for day in DAYS {
                let corrected = stub.report(day, "corrections").await;
                let plainly = plain.report(day, "corrections").await;
                assert_eq!(
                    cells(&corrected, &["merchant_order_no"]),
                    cells(&plainly, &["merchant_order_no"]),
                    "{name}"
                );
            }
        }
    }
}

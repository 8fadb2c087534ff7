//! Pairs with several readings: which of them both ledgers put in doubt, and that whatever plainly
//! agrees is what the judgement finds nothing about.

use std::collections::BTreeMap;

use duizhang::business_day::{BusinessDay, Timestamp};
use duizhang::config::{FeeRounding, FeeRule};
use duizhang::ledger::{Scan, Totals};
use duizhang::money::{Currency, Money};
use duizhang::order::{Order, Stream};
use duizhang::reading::{Facts, Pair, Past, Reading, Source};
use duizhang::rules::given_back::GivenBack;
use duizhang::rules::judge::{DatedMoney, Judgement, Rules, judge};
use duizhang::status::{Kind, MerchantStatus as M, ProviderStatus as P};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::Fresh;
use super::model::agreed;
use super::words::{
    answer, day, doubts, fee_rule, import, key, list, listed, order, reading, scan_of, scanned,
    stream, sums, tell,
};

/// One line per case: the merchant's status, amount and fee; the readings' source, number, status,
/// amount and fee; and the outcome, `asked` where it is in doubt when only verified words count. The
/// order number is the line; amounts are fen, `-` is none, a second currency ends in `u`.
const CELLS: &str = "
    succeeded 100 - | listing P succeeded 100 -; query P succeeded 100 - | 100 100
    succeeded 100 - | listing P succeeded 100 -; query P succeeded 100 -; statement P succeeded 100 -; \
        notification P succeeded 100 - | 100 100
    succeeded 100 - | listing P succeeded 100 -; notification P succeeded 100 - | 100 100
    succeeded 100 - | query - succeeded - -; notification P succeeded 100 - | 100 100
    succeeded 100 - | query - succeeded - -; notification P succeeded - - | 100 100 silent
    succeeded 100 - | query - succeeded 100 -; statement - succeeded 100 - | 100 100
    succeeded 100 - | listing - succeeded 100 -; query P succeeded 100 -; statement - succeeded 100 - | 100 100
    succeeded 100 - | listing P succeeded 100 -; query Q succeeded 100 - | doubt
    succeeded 100 - | listing P succeeded 100 -; query - succeeded 100 -; statement Q succeeded 100 - | doubt
    succeeded 100 - | query P succeeded 100 -; statement P succeeded 101 - | doubt
    succeeded 100 - | query P succeeded 101 -; statement P succeeded 101 - | 100 101
    succeeded 100 - | query P succeeded -   -; statement P succeeded 98  - | 100 98
    succeeded 100 - | query P succeeded 103 -; statement P succeeded 103 - | doubt
    succeeded 100 - | query P succeeded 100 -; statement P succeeded 100u - | doubt
    succeeded 100 - | query P succeeded 100u -; statement P succeeded 100u - | doubt
    succeeded 100 1 | query P succeeded 100 1; statement P succeeded 100 1 | 100 100
    succeeded 100 1 | query P succeeded 100 -; statement P succeeded 100 1 | 100 100
    succeeded 100 1 | query P succeeded 100 1; statement P succeeded 100 2 | doubt
    succeeded 100 1 | query P succeeded 100 2; statement P succeeded 100 2 | doubt
    succeeded 100 - | query P succeeded 100 -; statement P succeeded 100 1 | doubt
    succeeded 100 - | listing P succeeded 100 -; query P refunded 100 - | doubt
    succeeded 100 - | listing P succeeded 100 -; query - unproved - - | doubt
    succeeded 100 - | listing P succeeded 100 -; query - not_found - - | doubt
    succeeded 100 - | listing P succeeded 100 -; listing P succeeded 100 - x2 | doubt
    succeeded 100 - | listing P succeeded 100 -; listing P succeeded 101 - x2; query P succeeded 100 - | doubt
    succeeded 100 - | listing P succeeded 100 -; listing Q succeeded 100 -; query P succeeded 100 -; \
        statement P succeeded 100 -; notification P succeeded 100 - | doubt
    succeeded 100 - | query P held 100 -; statement P held 100 - | doubt
    succeeded 100 - | query P pending 100 -; statement P pending 100 - | doubt
    succeeded 100 - | notification P succeeded 100 - | doubt
    succeeded 100 - | statement P succeeded 100 - | 100 100 asked
    succeeded 100 - | statement P succeeded -   - | 100 100 silent asked
    succeeded 100 - | statement P succeeded 100 -; notification P succeeded 100 - | 100 100 asked
    succeeded 100 - | listing P succeeded 100 -; statement P succeeded 100 - | 100 100
    pending   100 - | query P pending 100 -; statement P pending 100 - | doubt
    failed    100 - | query P failed 100 -; statement P failed 100 - | 0 0
    failed    100 - | statement P failed 100 - | 0 0 asked
    failed    100 - | listing P returned 100 -; query P returned 100 - | 0 0
    closed    100 - | listing P pending 100 -; query P pending 90 - | doubt
    closed    100 - | listing P pending 90 -; query P pending 90 - | 0 0
    closed    100 - | listing P failed 100 -; query P refunded 100 - | doubt
    closed    100 - | listing P succeeded 100 -; query P succeeded 100 - | doubt
    closed    100 - | query - not_found - -; notification - not_found - - | doubt
    closed    100 - | query - not_found - - | 0 0
    closed    100 - | - | 0 0
    refunded  100 - | listing P refunded 90 -; query P refunded 90 -; notification P refunded - - | 0 0
    refunded  100 - | listing P refunded 90 -; query P refunded 80 - | doubt
    refunded  100 - | statement P refunded 90 -; notification P refunded 90 - | 0 0 asked
    -               | listing P succeeded 100 -; query P succeeded 100 - | doubt
    -               | query P failed 100 -; statement P failed 100 - | doubt
";

fn money(text: &str) -> Option<Money> {
    let code = if text.ends_with('u') { "USD" } else { "CNY" };
    let minor = text.trim_end_matches('u').parse().ok()?;
    Some(Money { minor, currency: Currency::parse(code).unwrap() })
}

fn one(order_no: &str, text: &str) -> Option<Reading> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let source = Source::from_code(words[0])?;
    let row = reading(source, order_no, day(20), P::from_code(words[2]).unwrap());
    let facts = Facts {
        provider_order_no: words[1].trim_start_matches('-').to_owned(),
        amount: money(words[3]),
        fee_minor: words[4].parse().ok(),
        ..row.facts
    };
    let occurrence = if words.len() == 6 { 2 } else { 1 };
    Some(Reading { occurrence, facts, ..row })
}

pub(crate) async fn several_readings_agree_as_one_where_they_say_one_thing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let (mut orders, mut listing, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    let (mut expected, mut asked) = (Vec::new(), Vec::new());
    let mut totals = Totals::default();
    let mut verified = Totals::default();
    for (line, cell) in CELLS.trim().lines().enumerate() {
        let order_no = format!("{line:02}");
        let [ours, theirs, outcome] = cell.split('|').collect::<Vec<_>>()[..] else {
            panic!("{cell}");
        };
        let ours: Vec<&str> = ours.split_whitespace().collect();
        if let Some(status) = M::from_code(ours[0]) {
            let (amount, fee_minor) = (money(ours[1]).unwrap(), ours[2].parse().ok());
            orders.push(Order { amount, fee_minor, ..order(&order_no, day(20), status) });
        }
        for row in theirs.split(';').filter_map(|text| one(&order_no, text)) {
            if row.source == Source::Listing { &mut listing } else { &mut answers }.push(row);
        }
        let outcome: Vec<&str> = outcome.split_whitespace().collect();
        if outcome[0] == "doubt" {
            expected.push(order_no.clone());
            asked.push(order_no);
            continue;
        }
        let counts = i64::from(outcome[0] != "0");
        let part = Totals {
            merchant_count: counts,
            merchant_minor: outcome[0].parse().unwrap(),
            provider_count: counts,
            provider_minor: outcome[1].parse().unwrap(),
            status_only_count: i64::from(outcome.contains(&"silent")),
        };
        totals = totals.plus(&part).unwrap();
        if outcome.contains(&"asked") {
            asked.push(order_no);
        } else {
            verified = verified.plus(&part).unwrap();
        }
    }
    import(ledger, "f", day(20), &orders).await;
    list(ledger, day(20), day(20), &listing).await;
    tell(ledger, &answers).await;
    // As after a reconciliation: what came unasked was looked at once.
    let keys: Vec<_> = answers.iter().map(|row| row.key.clone()).collect();
    ledger.settle_touched(&keys).await.unwrap();
    let scan = Scan { tolerance_minor: 2, ..scan_of(day(20)) };
    let found = scanned(ledger, &scan).await;
    assert_eq!(doubts(&found), expected);
    assert_eq!(sums(&found), [(stream("a"), totals)]);
    let found = scanned(ledger, &Scan { verified_only: true, ..scan }).await;
    assert_eq!(doubts(&found), asked);
    assert_eq!(sums(&found), [(stream("a"), verified)]);
}

/// Where bills are all that the platform says, a statement's word of money agrees, but for a payment that a refund
/// names: it is judged together with that.
pub(crate) async fn what_only_bills_can_tell_agrees_by_them(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let stated = |no: &str, date, status| reading(Source::Statement, no, day(date), status);
    let refund = |no: &str, date, of: &str| {
        let mut row = stated(no, date, P::Succeeded);
        row.key.stream = Stream { kind: Kind::Refund, ..stream("a") };
        Reading { original_order_no: of.to_owned(), ..row }
    };
    let cases = [
        ("1", M::Succeeded, P::Succeeded),
        ("2", M::Failed, P::Failed),
        ("3", M::Refunded, P::Refunded),
        ("4", M::Succeeded, P::Pending),
        ("5", M::Succeeded, P::Succeeded),
        ("6", M::Succeeded, P::Succeeded),
        ("7", M::Succeeded, P::Succeeded),
        ("8", M::Succeeded, P::Succeeded),
    ];
    let orders = cases.map(|(no, ours, _)| order(no, day(20), ours));
    import(ledger, "f", day(20), &orders).await;
    let mut bill: Vec<Reading> = cases.iter().map(|(no, _, it)| stated(no, 20, *it)).collect();
    // What a refund of long ago names is another payment of that number.
    bill.extend([refund("R5", 21, "5"), refund("R6", 19, "6"), refund("R7", 18, "7")]);
    tell(ledger, &bill).await;
    let keys: Vec<_> = bill.iter().map(|row| row.key.clone()).collect();
    ledger.settle_touched(&keys).await.unwrap();
    let by_bill = vec![stream("a")];
    let scan = Scan { verified_only: true, by_bill, ..scan_of(day(20)) };
    let found = scanned(ledger, &scan).await;
    assert_eq!(doubts(&found), ["2", "3", "4", "5", "6"]);
    assert_eq!(sums(&found)[0].1.provider_count, 3);
    let found = scanned(ledger, &Scan { by_bill: Vec::new(), ..scan }).await;
    assert_eq!(doubts(&found).len(), cases.len());
}

pub(crate) async fn one_of_several_readings_under_another_date_puts_the_pair_in_doubt(
    fresh: Fresh,
) {
    let ledger = &*fresh.ledger;
    let numbers = ["1", "2", "3"];
    import(ledger, "f", day(20), &numbers.map(|no| order(no, day(20), M::Succeeded))).await;
    list(ledger, day(20), day(20), &numbers.map(|no| listed(no, day(20), P::Succeeded))).await;
    let mut answers: Vec<Reading> =
        numbers.iter().map(|no| answer(no, day(20), P::Succeeded)).collect();
    answers.push(reading(Source::Statement, "2", day(21), P::Succeeded));
    answers.push(reading(Source::Notification, "3", day(20), P::Succeeded));
    tell(ledger, &answers).await;
    ledger.settle_touched(&numbers.map(|no| key("a", no))).await.unwrap();
    let found = scanned(ledger, &scan_of(day(20))).await;
    assert_eq!(doubts(&found), ["2"]);
    assert_eq!(sums(&found)[0].1.merchant_count, 2);
    // On the other date it is the only row of its pair.
    assert_eq!(doubts(&scanned(ledger, &scan_of(day(21))).await), ["2"]);
    // Once it is dated to the same day, all agree.
    let same_day = reading(Source::Statement, "2", day(20), P::Succeeded);
    tell(ledger, &[same_day]).await;
    ledger.settle_touched(&[key("a", "2")]).await.unwrap();
    let found = scanned(ledger, &scan_of(day(20))).await;
    assert_eq!(doubts(&found), Vec::<String>::new());
    assert_eq!(sums(&found)[0].1.merchant_count, 3);
}

/// A charged fee is held against the merchant's own, else against the contract's; where there is neither,
/// nothing is compared.
pub(crate) async fn a_charged_fee_agrees_with_what_was_agreed(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let rule = |rate, fixed, min_minor, max_minor, rounding| FeeRule {
        min_minor,
        max_minor,
        rounding,
        ..fee_rule(rate, fixed)
    };
    let rules = [
        None,
        Some(rule("0.0038", 0, None, None, FeeRounding::Row)),
        Some(rule("0.0038", 100, None, None, FeeRounding::Row)),
        Some(rule("0", 200, None, None, FeeRounding::Row)),
        Some(rule("0.006", 0, Some(10), Some(2_500), FeeRounding::Row)),
        Some(rule("0.0038", 0, None, None, FeeRounding::Day)),
    ];
    // The amount, the merchant's own fee, the charged one, and under which of the rules it agrees.
    let table = [
        (10_000, None, 38, [true, true, false, false, false, true]),
        (10_000, None, 39, [true, false, false, false, false, false]),
        (10_000, None, 138, [true, false, true, false, false, false]),
        (10_000, None, 200, [true, false, false, true, false, false]),
        (10_000, None, 60, [true, false, false, false, true, false]),
        (10_000, Some(39), 39, [true; 6]),
        (10_000, Some(38), 39, [false; 6]),
        (125, None, 0, [true, true, false, false, false, true]),
        (125, None, 1, [true, false, false, false, false, true]),
        (125, None, 2, [true, false, false, false, false, false]),
        (132, None, 1, [true, true, false, false, false, true]),
        (132, None, 0, [true, false, false, false, false, true]),
        (100, None, 10, [true, false, false, false, true, false]),
        (1_000_000, None, 2_500, [true, false, false, false, true, false]),
        (1_000_000, None, 3_800, [true, true, false, false, false, true]),
        (1_000_000, None, 6_000, [true, false, false, false, false, false]),
    ];
    let (mut orders, mut listing) = (Vec::new(), Vec::new());
    for (line, (minor, own, charged, _)) in table.iter().enumerate() {
        let order_no = format!("{line:02}");
        let (amount, fee_minor) = (Money::fen(*minor), *own);
        orders.push(Order { amount, fee_minor, ..order(&order_no, day(20), M::Succeeded) });
        let row = listed(&order_no, day(20), P::Succeeded);
        let facts = Facts { amount: Some(amount), fee_minor: Some(*charged), ..row.facts };
        listing.push(Reading { facts, ..row });
    }
    import(ledger, "f", day(20), &orders).await;
    list(ledger, day(20), day(20), &listing).await;
    for (number, rule) in rules.into_iter().enumerate() {
        let lines = table.iter().enumerate().filter(|(_, (.., agrees))| !agrees[number]);
        let expected: Vec<String> = lines.map(|(line, _)| format!("{line:02}")).collect();
        let fees = BTreeMap::from([("a".to_owned(), rule.clone().into_iter().collect())]);
        let found = scanned(ledger, &Scan { fees, ..scan_of(day(20)) }).await;
        assert_eq!(doubts(&found), expected, "{rule:?}");
    }
    // Which rule holds, each order says for itself.
    let of_way = FeeRule { way: Some("8000".to_owned()), ..fee_rule("0.006", 0) };
    let fees = BTreeMap::from([("a".to_owned(), vec![fee_rule("0.0038", 0), of_way])]);
    let found = scanned(ledger, &Scan { fees, ..scan_of(day(20)) }).await;
    let lines = table.iter().enumerate().filter(|(_, (_, own, charged, _))| *own != Some(*charged));
    let expected: Vec<String> = lines.map(|(line, _)| format!("{line:02}")).collect();
    assert_eq!(doubts(&found), expected);
}

/// Pairs that are tried.
const PAIRS: u32 = 6_000;

fn moment(date: u32) -> Timestamp {
    BusinessDay::BEIJING.end_of(day(date)).plus_seconds(-3_600)
}

/// Readings of an order of the 20th that mostly say one thing.
fn readings() -> impl Strategy<Value = Vec<Reading>> {
    let all = || prop::sample::select(P::ALL.to_vec());
    let mostly = prop_oneof![3 => Just(P::Succeeded), 1 => Just(P::Refunded), 2 => all()];
    let own = (
        prop::option::weighted(0.1, prop::sample::select(Source::ALL.to_vec())),
        prop::option::weighted(0.1, all()),
        prop_oneof![6 => Just("P"), 3 => Just(""), 1 => Just("Q")],
        prop_oneof![8 => Just("100"), 3 => Just("-"), 1 => Just("101"), 1 => Just("100u")],
        prop_oneof![8 => Just(None), 3 => Just(Some(1)), 1 => Just(Some(2))],
        prop_oneof![12 => Just(Some(20)), 6 => Just(None), 1 => Just(Some(21))],
        1..=4_i16,
    );
    (mostly, 0..4_usize, prop::collection::vec(own, 0..=4)).prop_map(|(status, first, rows)| {
        let mut rows: Vec<Reading> = rows
            .into_iter()
            .zip(Source::ALL.iter().cycle().skip(first))
            .map(|(own, turn)| {
                let (source, other, number, amount, fee_minor, paid_on, occurrence) = own;
                let (source, status) = (source.unwrap_or(*turn), other.unwrap_or(status));
                let row = reading(source, "1", day(paid_on.unwrap_or(20)), status);
                let facts = Facts {
                    provider_order_no: number.to_owned(),
                    amount: money(amount),
                    fee_minor,
                    paid_at: paid_on.map(moment),
                    ..row.facts
                };
                Reading { occurrence, facts, ..row }
            })
            .collect();
        let place =
            |row: &Reading| (row.source, row.facts.provider_order_no.clone(), row.occurrence);
        rows.sort_by_key(place);
        rows.dedup_by_key(|row| place(row));
        rows
    })
}

fn orders() -> impl Strategy<Value = Vec<Order>> {
    let mostly = prop_oneof![3 => Just(M::Succeeded), 2 => prop::sample::select(M::ALL.to_vec())];
    let of = (mostly, 99..102_i64, prop::option::weighted(0.4, 1..3_i64)).prop_map(|own| Order {
        amount: Money::fen(own.1),
        fee_minor: own.2,
        ..order("1", day(20), own.0)
    });
    let count = prop_oneof![1 => Just(0..=0), 16 => Just(1..=1), 1 => Just(2..=2_usize)];
    count.prop_flat_map(move |count| prop::collection::vec(of.clone(), count)).prop_map(|orders| {
        let numbered = (1..).zip(orders);
        numbered.map(|(occurrence, order)| Order { occurrence, ..order }).collect()
    })
}

/// What a judgement adds to the sums of the 20th; `None` when it has money of another date.
fn totals(judgement: &Judgement) -> Option<Totals> {
    let is_home = |money: &DatedMoney| money.date == day(20);
    if !judgement.merchant.iter().chain(&judgement.provider).all(is_home) {
        return None;
    }
    let count = |all: &[DatedMoney]| i64::try_from(all.len()).unwrap();
    Some(Totals {
        merchant_count: count(&judgement.merchant),
        merchant_minor: judgement.merchant.iter().map(|money| money.money.minor).sum(),
        provider_count: count(&judgement.provider),
        provider_minor: judgement.provider.iter().map(|money| money.money.minor).sum(),
        status_only_count: judgement.provider.iter().map(|money| i64::from(money.assumed)).sum(),
    })
}

#[test]
fn what_plainly_agrees_is_what_the_judgement_finds_nothing_about() {
    let fee = fee_rule("0.01", 0);
    let mut runner = TestRunner::deterministic();
    let given = (orders(), readings(), any::<[bool; 4]>(), 0..2_i64);
    // By the number of readings: pairs that agree, and those that are in doubt.
    let mut seen = [(0_u32, 0_u32); 5];
    for _ in 0..PAIRS {
        let (orders, readings, [is_listed, has_fee, verified_only, is_by_bill], tolerance_minor) =
            given.new_tree(&mut runner).unwrap().current();
        let (confirmed_at, past) = (None, Past::default());
        let pair =
            Pair { key: key("a", "1"), orders, readings, confirmed_at, past, refused: Vec::new() };
        let listed = if is_listed { vec![stream("a")] } else { Vec::new() };
        let rules = if has_fee { vec![fee.clone()] } else { Vec::new() };
        let fees = BTreeMap::from([("a".to_owned(), rules)]);
        let by_bill = if is_by_bill { vec![stream("a")] } else { Vec::new() };
        let scan =
            Scan { tolerance_minor, listed, verified_only, by_bill, fees, ..scan_of(day(20)) };
        let is_home = pair.readings.iter().all(|row| row.business_date == day(20));
        let seen = &mut seen[pair.readings.len()];
        let Some(sums) = agreed(&pair, &scan).filter(|_| is_home) else {
            seen.1 += 1;
            continue;
        };
        seen.0 += 1;
        let rules = Rules {
            business_day: BusinessDay::BEIJING,
            tolerance_minor,
            timing_window_seconds: 24 * 3_600,
            fees: if has_fee { std::slice::from_ref(&fee) } else { &[] },
            listed: is_listed,
            offered: !is_by_bill,
            by_bill: is_by_bill.then_some(GivenBack::No),
            asked_since: None,
        };
        let judgement = judge(&pair, &rules);
        assert!(judgement.findings.is_empty(), "{pair:#?} {judgement:#?}");
        assert!(!judgement.unproved && !judgement.not_offered, "{pair:#?} {judgement:#?}");
        assert_eq!(totals(&judgement), Some(sums), "{pair:#?}");
    }
    assert!(seen.iter().all(|(agree, doubt)| *agree > 20 && *doubt > 100), "{seen:?}");
}

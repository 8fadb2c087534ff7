//! Goal: the judgement reads as a table. Method: a pair as text in, its findings as text out.

use super::*;
use crate::order::Stream;
use crate::rules::testing::{at, day, pair, stream};
use crate::status::Kind;

fn rules() -> Rules<'static> {
    Rules {
        business_day: BusinessDay::BEIJING,
        tolerance_minor: 0,
        timing_window_seconds: 24 * 3600,
        fees: &[],
        listed: true,
        offered: true,
        by_bill: None,
        asked_since: None,
    }
}

fn print(judgement: &Judgement) -> String {
    let end = BusinessDay::BEIJING.end_of(day("20"));
    let mut lines: Vec<String> = judgement
        .findings
        .iter()
        .map(|f| {
            let timing =
                if f.timing_until.is_some_and(|until| end < until) { " timing" } else { "" };
            let date = f.business_date.date().format("%d");
            let currency =
                if f.currency == Currency::CNY { String::new() } else { f.currency.to_string() };
            format!("{} {date} {:+}{currency}{timing}", f.kind, f.difference_minor)
        })
        .collect();
    lines.sort();
    lines.join(", ")
}

/// Every difference of the two sides' money is on a row: this is what makes totals tie.
fn assert_ties(text: &str, judgement: &Judgement) {
    let mut days: std::collections::BTreeMap<_, i64> = std::collections::BTreeMap::new();
    let of = |date: BusinessDate, currency: Currency| (date, currency);
    for money in &judgement.provider {
        *days.entry(of(money.date, money.money.currency)).or_default() += money.money.minor;
    }
    for money in &judgement.merchant {
        *days.entry(of(money.date, money.money.currency)).or_default() -= money.money.minor;
    }
    for finding in &judgement.findings {
        let key = of(finding.business_date, finding.currency);
        *days.entry(key).or_default() -= finding.difference_minor;
    }
    assert!(days.values().all(|rest| *rest == 0), "{text}: {days:?} {judgement:?}");
}

fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let judgement = judge(&pair(text), &rules());
        assert_eq!(print(&judgement), *expected, "{text}");
        assert_ties(text, &judgement);
    }
}

#[test]
fn money_is_compared_where_both_succeeded() {
    check(&[
        ("succeeded 100 | query A succeeded 100", ""),
        ("succeeded 100 | listing A succeeded 100; query A succeeded 100", ""),
        ("succeeded 100 | query A succeeded 99", "amount_mismatch 20 -1"),
        ("succeeded 100 | query A succeeded 10000", "amount_mismatch 20 +9900"),
        ("succeeded 100 | query A succeeded -", ""),
        // Each side in its own currency, on its own day; nothing of the two is subtracted.
        (
            "succeeded 100 | query A succeeded 100USD",
            "currency_mismatch 20 +100USD, currency_mismatch 20 -100",
        ),
        (
            "succeeded 100 fee=1 | query A succeeded 90USD fee=7",
            "currency_mismatch 20 +90USD, currency_mismatch 20 -100",
        ),
        (
            "succeeded 100 paid=20_23:59 | query A succeeded 100USD paid=21_00:01",
            "currency_mismatch 20 -100, currency_mismatch 21 +100USD",
        ),
        ("succeeded 100USD | query A succeeded 100USD", ""),
        ("succeeded 100JPY | query A succeeded 99JPY", "amount_mismatch 20 -1JPY"),
        ("succeeded 100USD | query A succeeded -", ""),
        ("succeeded 100 fee=1 | query A succeeded 100 fee=1", ""),
        ("succeeded 100 fee=1 | query A succeeded 100 fee=2", "fee_mismatch 20 +0"),
        ("succeeded 100 fee=1 | query A succeeded 100", ""),
        (
            "succeeded 100 fee=1 | query A succeeded 99 fee=2",
            "amount_mismatch 20 -1, fee_mismatch 20 +0",
        ),
        ("refunded 100 | query A refunded 100", ""),
    ]);
}

#[test]
fn statuses_meet_in_the_verdict_table_with_their_money() {
    check(&[
        (" | listing A succeeded 100", "missing_at_merchant 20 +100"),
        (" | listing A succeeded 100USD", "missing_at_merchant 20 +100USD"),
        ("succeeded 100USD | query - not_found -", "missing_at_provider 20 -100USD"),
        // What counts is the provider's money, in its currency.
        ("pending 100 | query A succeeded 70USD", "paid_only_at_provider 20 +70USD"),
        ("refunded 100 | query A succeeded 70USD", "refunded_only_at_merchant 20 +70USD"),
        ("succeeded 100 | query A held 70USD", "held 20 -100"),
        (" | listing A refunded 100", "missing_at_merchant 20 +0"),
        (" | query - not_found -", ""),
        ("succeeded 100 | query - not_found -", "missing_at_provider 20 -100"),
        ("succeeded 100 | query - unproved -", "unproved 20 -100"),
        ("succeeded 100 | ", "unproved 20 -100"),
        ("succeeded 100 | query A pending -", "paid_only_at_merchant 20 -100 timing"),
        ("succeeded 100 paid=18_10:00 | query A pending -", "paid_only_at_merchant 18 -100"),
        ("succeeded 100 | query A failed -", "paid_only_at_merchant 20 -100"),
        ("succeeded 100 | query A refunded 100", "refunded_only_at_provider 20 -100"),
        ("succeeded 100 | query A held 100", "held 20 -100"),
        ("pending 100 | query A succeeded 100", "paid_only_at_provider 20 +100"),
        ("closed 100 | listing A succeeded 100", "paid_only_at_provider 20 +100"),
        ("pending 100 | query A pending -", "still_pending 20 +0 timing"),
        ("pending 100 made=17_10:00 | query A pending -", "still_pending 17 +0"),
        ("pending 100 | query A failed -", "status_mismatch 20 +0"),
        ("failed 100 | query A pending -", ""),
        ("failed 100 | ", ""),
        ("refunded 100 | query A succeeded 100", "refunded_only_at_merchant 20 +100"),
        // The money of a lost callback is dated by the provider.
        (
            "pending 100 made=19_23:50 | query A succeeded 100 paid=20_00:01",
            "paid_only_at_provider 20 +100",
        ),
    ]);
}

#[test]
fn a_callback_alone_is_a_word_and_no_answer() {
    let unproved = |text: &str, rules: &Rules<'_>| judge(&pair(text), rules).unproved;
    let not_offered = Rules { offered: false, ..rules() };
    let table = [
        ("succeeded 100 | notification A succeeded 100", true),
        (" | notification A succeeded 100", true),
        ("succeeded 100 | query - unproved -; notification A succeeded 100", true),
        ("succeeded 100 | query A succeeded -; notification A succeeded 100", false),
        ("succeeded 100 | listing A succeeded 100; notification A succeeded 100", false),
        ("succeeded 100 | query - not_found -; notification A succeeded 100", false),
        (
            "succeeded 100 | notification A succeeded 100; notification B succeeded 100 paid=20_10:05",
            true,
        ),
        (
            "succeeded 100 | query - succeeded -; notification A succeeded 100; notification B succeeded 100",
            false,
        ),
        (
            "succeeded 100 | query - pending -; notification A succeeded 100; notification B succeeded 100",
            true,
        ),
    ];
    for (text, expected) in table {
        assert_eq!(unproved(text, &rules()), expected, "{text}");
        assert!(!unproved(text, &not_offered), "{text}");
    }
}

#[test]
fn an_answer_without_a_number_is_about_one_of_two_payments_and_no_third() {
    let two = "statement A succeeded 100; statement B succeeded 100 x2";
    let table = [
        ("succeeded 100 | query - succeeded -", "paid_twice 20 +100"),
        ("succeeded 100 | query - succeeded 100", "paid_twice 20 +100"),
        ("succeeded 100 | query A succeeded 100", "paid_twice 20 +100"),
        ("closed 100 | query - succeeded -", "paid_only_at_provider 20 +100, paid_twice 20 +100"),
    ];
    for (text, findings) in table {
        let judgement = judge(&pair(&format!("{text}; {two}")), &rules());
        assert_eq!((print(&judgement).as_str(), judgement.unproved), (findings, false), "{text}");
    }
}

/// Pair, findings, unproved; then the findings where the provider cannot be asked.
const BILLS: &[(&str, &str, bool, &str)] = &[
    ("succeeded 100 | statement A succeeded 100", "", false, ""),
    (
        "succeeded 100 | statement A succeeded 90",
        "amount_mismatch 20 -10",
        false,
        "amount_mismatch 20 -10",
    ),
    (" | statement A succeeded 100", "unproved 20 +0", true, "missing_at_merchant 20 +100"),
    (" | statement A failed 100", "", false, ""),
    (
        "pending 100 | statement A succeeded 100",
        "unproved 20 +0",
        true,
        "paid_only_at_provider 20 +100",
    ),
    (
        "closed 100 | statement A succeeded 100",
        "unproved 20 +0",
        true,
        "paid_only_at_provider 20 +100",
    ),
    (
        "succeeded 100 | statement A refunded 100",
        "unproved 20 -100",
        true,
        "refunded_only_at_provider 20 -100",
    ),
    (
        "succeeded 100 | statement A succeeded 100; statement B succeeded 100",
        "",
        true,
        "paid_twice 20 +100",
    ),
    (
        " | statement A succeeded 100; query - unproved -",
        "unproved 20 +0",
        true,
        "missing_at_merchant 20 +100",
    ),
    // The provider was asked: what it has, it has; what it denies, contradicts the file.
    (
        " | statement A succeeded 100; query A succeeded 100",
        "missing_at_merchant 20 +100",
        false,
        "missing_at_merchant 20 +100",
    ),
    (
        " | statement A succeeded 100; query - not_found -",
        "unproved 20 +0",
        true,
        "missing_at_merchant 20 +100",
    ),
    (
        "succeeded 100 | statement A succeeded 100; query - not_found -",
        "unproved 20 -100",
        true,
        "",
    ),
    ("closed 100 | statement A failed 100; query - not_found -", "", false, ""),
    (
        "pending 100 | statement A succeeded 100; query A pending -",
        "still_pending 20 +0 timing",
        false,
        "still_pending 20 +0 timing",
    ),
];

/// A file that nobody signed accuses nobody while its provider can still be asked.
#[test]
fn a_statement_accuses_only_after_its_provider_was_asked() {
    let not_offered = Rules { offered: false, ..rules() };
    for (text, findings, unproved, findings_not_offered) in BILLS {
        let judgement = judge(&pair(text), &rules());
        assert_eq!(
            (print(&judgement).as_str(), judgement.unproved),
            (*findings, *unproved),
            "{text}"
        );
        let judgement = judge(&pair(text), &not_offered);
        assert_eq!(print(&judgement), *findings_not_offered, "{text}");
    }
}

#[test]
fn waiting_ends_with_the_window_to_the_second() {
    let end = BusinessDay::BEIJING.end_of(day("20"));
    let waiting = |text: &str| {
        judge(&pair(text), &rules()).findings[0].timing_until.is_some_and(|until| end < until)
    };
    assert!(!waiting("pending 1 made=20_00:00 | query A pending -"));
    assert!(waiting("pending 1 made=20_00:01 | query A pending -"));
    assert!(waiting("pending 1 made=17_00:00 paid=20_08:00 | query A pending -"));
}

#[test]
fn two_days_give_two_rows_with_opposite_signs() {
    check(&[
        (
            "succeeded 100 paid=20_23:59 | query A succeeded 100 paid=21_00:01",
            "cross_day 20 -100 timing, cross_day 21 +100 timing",
        ),
        (
            "succeeded 100 paid=20_00:00 | listing A succeeded 100 paid=19_23:59",
            "cross_day 19 +100 timing, cross_day 20 -100 timing",
        ),
        (
            "succeeded 100 paid=20_23:59 | query A succeeded 90 paid=21_00:01",
            "amount_mismatch 21 -10, cross_day 20 -100 timing, cross_day 21 +100 timing",
        ),
        ("succeeded 100 paid=20_23:59 | query A succeeded 100 paid=-", ""),
    ]);
}

#[test]
fn what_is_there_twice_is_counted_twice_and_named() {
    check(&[
        (
            "succeeded 100 | listing A succeeded 100; listing B succeeded 100 paid=20_11:00",
            "paid_twice 20 +100",
        ),
        (
            "pending 100 | listing A succeeded 100; listing B succeeded 70 paid=20_11:00",
            "paid_only_at_provider 20 +100, paid_twice 20 +70",
        ),
        (
            " | listing A succeeded 100; listing B succeeded 70",
            "missing_at_merchant 20 +100, missing_at_merchant 20 +70",
        ),
        ("succeeded 100; succeeded 120 | query A succeeded 100", "duplicate_at_merchant 20 -120"),
        ("succeeded 120; pending 100 | query A succeeded 120", "duplicate_at_merchant 20 +0"),
        (
            "succeeded 100 | listing A succeeded 100; listing A succeeded 90 x2",
            "duplicate_at_provider 20 +0",
        ),
        ("succeeded 100 | listing A succeeded 100; query B failed 100", ""),
    ]);
}

#[test]
fn without_a_listing_a_failed_order_has_to_be_asked_about() {
    let unlisted = Rules { listed: false, ..rules() };
    assert_eq!(print(&judge(&pair("failed 100 | "), &unlisted)), "unproved 20 +0");
    assert_eq!(print(&judge(&pair("failed 100 | "), &rules())), "");
}

#[test]
fn the_contract_gives_the_fee_where_the_merchant_states_none() {
    let fees = [FeeRule {
        kind: stream().kind,
        product: None,
        way: None,
        from: None,
        rate: "0.01".parse().expect("a rate"),
        fixed_minor: 0,
        min_minor: None,
        max_minor: None,
        rounding: crate::config::FeeRounding::Row,
    }];
    let rules = Rules { fees: &fees, ..rules() };
    let judgement = judge(&pair("succeeded 1000 | query A succeeded 1000 fee=12"), &rules);
    assert_eq!(print(&judgement), "fee_mismatch 20 +0");
    assert_eq!(judgement.findings[0].expected_fee_minor, Some(10));
    assert_eq!(
        print(&judge(&pair("succeeded 1000 fee=12 | query A succeeded 1000 fee=12"), &rules)),
        ""
    );
}

mod every_pair_ties {
    use super::*;
    use proptest::prelude::*;

    fn orders() -> impl Strategy<Value = String> {
        let one = (
            prop::sample::select(vec!["pending", "succeeded", "failed", "closed", "refunded"]),
            1..200_i64,
            prop::sample::select(vec!["", "USD", "JPY"]),
            19..22_u32,
        )
            .prop_map(|(status, amount, currency, day)| {
                format!("{status} {amount}{currency} paid={day}_10:00")
            });
        prop::collection::vec(one, 0..3).prop_map(|all| all.join(";"))
    }

    fn readings() -> impl Strategy<Value = String> {
        let statuses = ProviderStatus::ALL.iter().map(|s| s.code()).collect::<Vec<_>>();
        let one = (
            prop::sample::select(vec!["listing", "query"]),
            prop::sample::select(vec!["A", "B", "-"]),
            prop::sample::select(statuses),
            prop::sample::select(vec!["-", "100", "70", "100USD"]),
            prop::sample::select(vec!["-", "19_10:00", "20_10:00", "21_10:00"]),
        )
            .prop_map(|(source, number, status, amount, paid)| {
                format!("{source} {number} {status} {amount} paid={paid}")
            });
        prop::collection::vec(one, 0..4).prop_map(|all| all.join(";"))
    }

    proptest! {
        #[test]
        fn whatever_both_sides_say(orders in orders(), readings in readings()) {
            let text = format!("{orders} | {readings}");
            let judgement = judge(&pair(&text), &rules());
            assert_ties(&text, &judgement);
            // At most one row per aspect and transaction, so ids never collide.
            let mut seen: Vec<_> =
                judgement.findings.iter().map(|f| (f.aspect, f.transaction.clone())).collect();
            seen.sort();
            let all = seen.len();
            seen.dedup();
            prop_assert_eq!(all, seen.len());
        }
    }

    #[test]
    fn the_window_is_measured_from_payment() {
        let judgement = judge(&pair("succeeded 1 paid=20_10:00 | query A pending -"), &rules());
        assert_eq!(judgement.findings[0].timing_until, Some(at("21 10:00")));
    }
}

#[test]
fn the_fee_due_is_that_of_the_amount_and_the_date_that_the_provider_counted() {
    let rule = |from: Option<&str>, rate: &str| FeeRule {
        kind: Kind::Payment,
        product: None,
        way: None,
        from: from.map(day),
        rate: rate.parse().expect(rate),
        fixed_minor: 0,
        min_minor: None,
        max_minor: None,
        rounding: crate::config::FeeRounding::Row,
    };
    let fees = [rule(None, "0.006"), rule(Some("21"), "0.01")];
    // pair, expected fee where it is not the charged one
    let table = [
        // Booked 1000, paid 2000: charged as paid.
        ("succeeded 100000 | query A succeeded 200000 fee=1200", None),
        ("succeeded 100000 | query A succeeded 200000 fee=600", Some(1_200)),
        // Dated by the provider to the day of the new rate, and by the merchant not yet.
        ("succeeded 100000 | query A succeeded 100000 fee=1000 paid=21_00:10", None),
        ("succeeded 100000 | query A succeeded 100000 fee=600 paid=21_00:10", Some(1_000)),
        ("succeeded 100000 paid=21_00:10 | query A succeeded 100000 fee=600", None),
        // The merchant's own word goes before the contract.
        ("succeeded 100000 fee=700 | query A succeeded 200000 fee=1200", Some(700)),
        // An amount that the provider does not state is the merchant's.
        ("succeeded 100000 | query A succeeded - fee=600", None),
    ];
    for (text, expected) in table {
        let rules = Rules {
            asked_since: None,
            business_day: BusinessDay::BEIJING,
            tolerance_minor: 0,
            timing_window_seconds: 24 * 3600,
            fees: &fees,
            listed: false,
            offered: true,
            by_bill: None,
        };
        let findings = judge(&pair(text), &rules).findings;
        let fee = findings.iter().find(|it| it.kind == DiscrepancyType::FeeMismatch);
        assert_eq!(fee.and_then(|it| it.expected_fee_minor), expected, "{text}");
    }
}

/// Both sides → the fee that is expected of a charge of 60 (`-` where it is as expected), `?` where nobody says
/// which rule holds.
#[test]
fn a_fee_is_held_against_the_rule_for_its_way_of_paying() {
    let rule = |product: Option<&str>, way: Option<&str>, rate: &str| FeeRule {
        kind: stream().kind,
        product: product.map(str::to_owned),
        way: way.map(str::to_owned),
        from: None,
        rate: rate.parse().expect(rate),
        fixed_minor: 0,
        min_minor: None,
        max_minor: None,
        rounding: crate::config::FeeRounding::Row,
    };
    let by_word = [rule(None, None, "0.01"), rule(Some("wx"), None, "0.006")];
    let by_way = [rule(None, None, "0.01"), rule(None, Some("8000"), "0.006")];
    let stream = Stream { product: String::new(), ..stream() };
    let table = [
        (&by_word, "product=wx", "", "-"),
        (&by_word, "product=ali", "", "100"),
        (&by_word, "", "way=8000", "?"),
        (&by_word, "fee=60", "", "-"),
        (&by_way, "product=wx", "way=8000", "-"),
        (&by_way, "", "way=8001", "100"),
        (&by_way, "product=wx", "", "?"),
    ];
    for (fees, ours, theirs, expected) in table {
        let mut pair =
            pair(&format!("succeeded 10000 {ours} | query A succeeded 10000 fee=60 {theirs}"));
        pair.key.stream = stream.clone();
        let judgement = judge(&pair, &Rules { fees, ..rules() });
        let due = judgement.findings.iter().find_map(|it| it.expected_fee_minor);
        let found = match (judgement.fee, due) {
            (FeeStanding::RuleUnknown, None) => "?".to_owned(),
            (FeeStanding::Judged, due) => due.map_or_else(|| "-".to_owned(), |due| due.to_string()),
            (FeeStanding::RuleUnknown, Some(_)) => panic!("judged and not judged: {ours} {theirs}"),
        };
        assert_eq!(found, expected, "{ours} {theirs}");
    }
}

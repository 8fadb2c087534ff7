//! Cycles against the legal calendar, and what becomes of settlements.

use super::*;
use crate::business_day::Timestamp;
use crate::money::Money;
use crate::movement::MovementKind;

fn calendar() -> Calendar {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/calendar-2026.toml");
    Calendar::read(path.as_ref()).expect("the shipped calendar")
}

fn date(text: &str) -> BusinessDate {
    BusinessDate::parse(text).expect(text)
}

#[test]
fn every_cycle_has_the_date_that_the_calendar_gives() {
    let calendar = calendar();
    let table = [
        // A plain week and its end.
        (Cycle::T1, "2026-11-18", "2026-11-19"),
        (Cycle::T1, "2026-11-20", "2026-11-23"),
        (Cycle::T1, "2026-11-21", "2026-11-23"),
        (Cycle::T1, "2026-11-22", "2026-11-23"),
        // Golden Week 2026 (10-01 to 10-07), before it a worked Sunday, after it a worked Saturday.
        (Cycle::T1, "2026-09-18", "2026-09-20"),
        (Cycle::T1, "2026-09-24", "2026-09-28"),
        (Cycle::T1, "2026-09-30", "2026-10-08"),
        (Cycle::T1, "2026-10-01", "2026-10-08"),
        (Cycle::T1, "2026-10-07", "2026-10-08"),
        (Cycle::T1, "2026-10-09", "2026-10-10"),
        (Cycle::T1, "2026-10-10", "2026-10-12"),
        // Golden Week 2025 is longer, its Saturday too.
        (Cycle::T1, "2025-09-27", "2025-09-28"),
        (Cycle::T1, "2025-09-30", "2025-10-09"),
        (Cycle::T1, "2025-10-10", "2025-10-11"),
        // Spring Festival 2026, with worked Saturdays before and after it.
        (Cycle::T1, "2026-02-13", "2026-02-14"),
        (Cycle::T1, "2026-02-14", "2026-02-24"),
        (Cycle::T1, "2026-02-27", "2026-02-28"),
        (Cycle::T1, "2026-02-28", "2026-03-02"),
        // Over the end of a year: New Year's days are off, Sunday the 4th is worked.
        (Cycle::T1, "2025-12-31", "2026-01-04"),
        (Cycle::T1, "2026-01-03", "2026-01-04"),
        (Cycle::T1, "2026-12-30", "2026-12-31"),
        // The other cycles know no calendar.
        (Cycle::T0, "2026-10-01", "2026-10-01"),
        (Cycle::D1, "2026-10-01", "2026-10-02"),
        (Cycle::D1, "2026-12-31", "2027-01-01"),
        (Cycle::D1, "2026-02-28", "2026-03-01"),
    ];
    for (cycle, day, expected) in table {
        let found = settlement_date(cycle, date(day), Some(&calendar));
        assert_eq!(found, Ok(date(expected)), "{cycle} {day}");
    }
}

#[test]
fn a_year_without_notice_is_named_and_never_guessed() {
    let calendar = calendar();
    for (day, year) in [("2026-12-31", 2027), ("2027-03-01", 2027), ("2024-12-30", 2024)] {
        let found = settlement_date(Cycle::T1, date(day), Some(&calendar));
        assert_eq!(found, Err(Undated::NoYear(year)), "{day}");
    }
    assert_eq!(settlement_date(Cycle::T1, date("2026-11-20"), None), Err(Undated::NoCalendar));
    assert_eq!(settlement_date(Cycle::D1, date("2026-11-20"), None), Ok(date("2026-11-21")));
    let text = Undated::NoYear(2027).to_string();
    assert!(text.contains("add [2027]"), "{text}");
}

/// `kind/product count amount fee`, separated by `;`, of one business date.
fn day(text: &str) -> BTreeMap<Stream, DaySum> {
    let stream = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (kind, product) = words[0].split_once('/').expect("kind/product");
        let stream = Stream {
            account: "a".to_owned(),
            kind: Kind::from_code(kind).expect("a kind"),
            product: product.to_owned(),
        };
        let number = |at: usize| words[at].parse::<i64>().expect("a number");
        let (count, minor, contract_minor) = (number(1), number(2), number(3));
        let contract_count = if contract_minor > 0 { count } else { 0 };
        (stream, DaySum { count, minor, contract_count, contract_minor, ..DaySum::default() })
    };
    text.split(';').filter(|part| !part.trim().is_empty()).map(stream).collect()
}

fn paid(product: &str, on: &str, minor: i64) -> Movement {
    Movement {
        account: "a".to_owned(),
        occurred_at: Timestamp::from_epoch_seconds(0),
        kind: MovementKind::Settlement,
        product: product.to_owned(),
        settlement_date: Some(date(on)),
        money: Money::fen(minor),
        name: String::new(),
        note: String::new(),
        reference: String::new(),
    }
}

/// Settles 2026-11-20 (a Friday) over the days from 11-16 on; `product date net settled state` each.
fn settled(days: &[(&str, &str)], paid: &[Movement], cycles: &[CycleRule]) -> Vec<String> {
    let days: BTreeMap<_, _> = days.iter().map(|(on, text)| (date(on), day(text))).collect();
    let all = (0..30).map(|back| date("2026-11-20").plus_days(-back)).collect();
    let calendar = calendar();
    let terms = Terms {
        date: date("2026-11-20"),
        cycles,
        calendar: Some(&calendar),
        tolerance_minor: 0,
        proved: &all,
        watched_from: paid.iter().filter_map(|it| it.settlement_date).min(),
    };
    let rows = settlements(&days, paid, &terms).expect("settlements");
    let text = |row: &SettlementRow| {
        format!(
            "{}{} {} {} {} {}",
            row.product.as_deref().map_or("*", |product| if product.is_empty() {
                "-"
            } else {
                product
            }),
            if row.is_part { "+" } else { "" },
            row.date.map_or("?".to_owned(), |date| date.to_string()),
            row.net_minor,
            row.settled_minor.map_or("-".to_owned(), |minor| minor.to_string()),
            row.state,
        )
    };
    rows.iter().map(text).collect()
}

#[test]
fn money_goes_to_its_date_and_is_compared_with_what_came() {
    let days = [
        ("2026-11-17", "payment/ 2 1000 4"),
        ("2026-11-18", "payment/ 2 2000 8; refund/ 1 500 0; payout/ 1 100 2"),
        ("2026-11-19", "payment/ 1 3000 12"),
        ("2026-11-20", "payment/ 1 4000 16"),
    ];
    let came = [
        paid("", "2026-11-18", 996),
        paid("", "2026-11-19", 1_000),
        paid("", "2026-11-19", 390),
        paid("", "2026-11-20", 2_987),
    ];
    assert_eq!(
        settled(&days, &came, &[]),
        [
            "- 2026-11-18 996 996 settled",
            "- 2026-11-19 1390 1390 settled",
            "- 2026-11-20 2988 2987 mismatch",
            "- 2026-11-23 3984 - in_transit",
        ]
    );
    // The date of the report has not passed, the ones before have.
    assert_eq!(
        settled(&days, &came[..1], &[]),
        [
            "- 2026-11-18 996 996 settled",
            "- 2026-11-19 1390 - mismatch",
            "- 2026-11-20 2988 - expected",
            "- 2026-11-23 3984 - in_transit",
        ]
    );
    // Whose settlements nobody ever told about is not accused.
    assert_eq!(settled(&days, &[], &[])[1], "- 2026-11-19 1390 - expected");
}

#[test]
fn products_are_settled_apart_or_together_as_the_money_came() {
    let days =
        [("2026-11-19", "payment/quick 1 1000 4; payment/scan 1 2000 8; payout/payout 1 300 0")];
    let apart = [paid("quick", "2026-11-20", 996), paid("scan", "2026-11-20", 2_000)];
    assert_eq!(
        settled(&days, &apart, &[]),
        [
            "payout 2026-11-20 -300 - nothing_due",
            "quick 2026-11-20 996 996 settled",
            "scan 2026-11-20 1992 2000 mismatch",
        ]
    );
    let together = [paid("", "2026-11-20", 2_688)];
    assert_eq!(
        settled(&days, &together, &[]),
        [
            "payout+ 2026-11-20 -300 - settled",
            "quick+ 2026-11-20 996 - settled",
            "scan+ 2026-11-20 1992 - settled",
            "* 2026-11-20 2688 2688 settled",
        ]
    );
    let d1 = [CycleRule { product: Some("scan".to_owned()), way: None, cycle: Cycle::D1 }];
    let friday = [("2026-11-20", "payment/quick 1 1000 4; payment/scan 1 2000 8")];
    assert_eq!(
        settled(&friday, &[], &d1),
        ["scan 2026-11-21 1992 - in_transit", "quick 2026-11-23 996 - in_transit"]
    );
}

#[test]
fn what_is_not_proved_is_not_judged() {
    let days = BTreeMap::from([(date("2026-11-19"), day("payment/ 1 1000 4"))]);
    let calendar = calendar();
    let proved = BTreeSet::new();
    let terms = Terms {
        date: date("2026-11-20"),
        cycles: &[],
        calendar: Some(&calendar),
        tolerance_minor: 0,
        proved: &proved,
        watched_from: Some(date("2026-11-01")),
    };
    let judged = |came: &[Movement]| {
        let row = settlements(&days, came, &terms).expect("settlements").remove(0);
        (row.state, row.unproved)
    };
    let unproved = vec![date("2026-11-19")];
    let wrong = [paid("", "2026-11-20", 1)];
    assert_eq!(judged(&wrong), (SettlementState::Expected, unproved.clone()));
    let right = [paid("", "2026-11-20", 996)];
    assert_eq!(judged(&right), (SettlementState::Settled, unproved));
}

/// Money of which nobody says how it was paid may be of any settlement of its date.
#[test]
fn where_the_cycle_of_some_money_is_not_known_no_settlement_of_its_date_is_judged() {
    let days = BTreeMap::from([
        (date("2026-11-18"), day("payment/wx 1 1000 4")),
        (date("2026-11-19"), day("payment/wx 1 1000 4; payment/? 1 500 0")),
    ]);
    let (calendar, proved) = (calendar(), BTreeSet::from([date("2026-11-18"), date("2026-11-19")]));
    let rule = |product: Option<&str>, cycle| CycleRule {
        product: product.map(str::to_owned),
        way: None,
        cycle,
    };
    let cycles = [rule(None, Cycle::T1), rule(Some("wx"), Cycle::D1)];
    let terms = Terms {
        date: date("2026-11-20"),
        cycles: &cycles,
        calendar: Some(&calendar),
        tolerance_minor: 0,
        proved: &proved,
        watched_from: Some(date("2026-11-01")),
    };
    let came = [paid("wx", "2026-11-19", 1), paid("wx", "2026-11-20", 1)];
    let rows = settlements(&days, &came, &terms).expect("settlements");
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.product.as_deref().unwrap_or("*"), row.date, row.state, row.net_minor))
        .collect();
    let expected = [
        ("wx", Ok(date("2026-11-19")), SettlementState::Mismatch, 996),
        ("wx", Ok(date("2026-11-20")), SettlementState::Expected, 996),
        ("?", Err(Undated::NoWay), SettlementState::Undated, 500),
    ];
    assert_eq!(found, expected);
    assert_eq!(rows[1].unproved, [date("2026-11-19")]);
}

#[test]
fn a_tolerance_is_a_tolerance() {
    let days = BTreeMap::from([(date("2026-11-19"), day("payment/ 1 1000 4"))]);
    let (calendar, proved) = (calendar(), BTreeSet::from([date("2026-11-19")]));
    for (came, expected) in
        [(994, "mismatch"), (995, "settled"), (997, "settled"), (998, "mismatch")]
    {
        let terms = Terms {
            date: date("2026-11-20"),
            cycles: &[],
            calendar: Some(&calendar),
            tolerance_minor: 1,
            proved: &proved,
            watched_from: None,
        };
        let rows = settlements(&days, &[paid("", "2026-11-20", came)], &terms).expect("rows");
        assert_eq!(rows[0].state.code(), expected, "{came}");
    }
}

/// Kind, taken and given back (count, fen) → count and sum, what came back, net.
#[test]
fn what_came_back_is_taken_off_the_sum_and_no_count_is_negative() {
    let table = [
        (Kind::Payout, (1, 781), (3, 2_149), (1, 781 - 2_149), (3, 2_149), 2_149 - 781),
        (Kind::Payout, (0, 0), (1, 500), (0, -500), (1, 500), 500),
        (Kind::Refund, (1, 300), (1, 200), (1, 100), (1, 200), -100),
        (Kind::Payment, (2, 900), (1, 400), (2, 900), (0, 0), 500),
    ];
    for (kind, taken, back, expected, returned, net) in table {
        let sum = DaySum {
            count: taken.0,
            minor: taken.1,
            back_count: back.0,
            back_minor: back.1,
            ..DaySum::default()
        };
        let parts = Parts::of(kind, &sum).expect("parts");
        let own = match kind {
            Kind::Payment => (parts.payment_count, parts.gross_minor),
            Kind::Refund => (parts.refund_count, parts.refunds_minor),
            Kind::Payout => (parts.payout_count, parts.payouts_minor),
        };
        assert_eq!(own, expected, "{kind}");
        assert_eq!((parts.returned_count, parts.returned_minor), returned, "{kind}");
        assert_eq!(parts.net_minor(), Some(net), "{kind}");
    }
}

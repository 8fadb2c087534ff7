use super::*;
use crate::config::SecondLookDays;
use crate::rules::judge::{Rules, judge};
use crate::rules::testing::{at, day, pair};

fn asking(night: &str) -> Asking {
    let date = day(night);
    Asking {
        night: Night { date, now: BusinessDay::BEIJING.end_of(date).plus_seconds(9_000) },
        business_day: BusinessDay::BEIJING,
        matching: MatchingSettings {
            tolerance_minor: 0,
            timing_window_seconds: 86_400,
            look_back: 3,
            spot_checks: 50,
            ask_until_days: 5,
            second_look: SecondLookDays::default(),
        },
    }
}

fn is_asked(pair: &Pair, night: &str) -> bool {
    let rules = Rules {
        business_day: BusinessDay::BEIJING,
        tolerance_minor: 0,
        timing_window_seconds: 86_400,
        fees: &[],
        listed: true,
        offered: true,
        by_bill: None,
        asked_since: None,
    };
    needs_asking(pair, &judge(pair, &rules).findings, &asking(night))
}

/// A pair of the 20th, a night, and whether the provider is asked about it.
#[test]
fn it_is_asked_until_the_provider_is_final_and_whenever_its_word_is_in_doubt() {
    let table = [
        // Not known, or it would be reported.
        ("succeeded 100 |", "20", true),
        ("succeeded 100 | statement A succeeded 100", "20", true),
        ("succeeded 100 | notification A succeeded 100", "20", true),
        ("succeeded 100 | query A unproved -", "20", true),
        ("succeeded 100 | query - not_found -", "20", true),
        ("succeeded 100 | query A succeeded 90", "20", true),
        // Settled.
        ("succeeded 100 | query A succeeded 100", "20", false),
        ("succeeded 100 | listing A succeeded 100", "20", false),
        ("succeeded 100 paid=20_23:59 | query A succeeded 100 paid=21_00:01", "20", false),
        ("succeeded 100 paid=20_23:59 | listing A succeeded 100 paid=21_00:01", "20", true),
        // Agreed for today, but the customer can still pay.
        ("closed 100 | query A pending 100", "20", true),
        ("failed 100 | query A pending -", "25", true),
        ("failed 100 | listing A pending -", "25", true),
        ("closed 100 | query A pending 100", "26", false),
        ("| query A pending 100", "21", true),
        ("closed 100 | query A failed 100", "20", false),
        ("closed 100 | query - not_found -", "20", false),
        ("closed 100 | query A refunded 100", "20", false),
        ("closed 100 | query A failed -; listing B pending 100", "20", true),
        // A witness says otherwise, also where the last answer was final.
        ("closed 100 | query A failed 100; statement A succeeded 100", "29", true),
        ("closed 100 | query - not_found -; statement A succeeded 100", "29", true),
        ("closed 100 | query A failed 100; notification A succeeded 100", "29", true),
        ("closed 100 | query A pending 100; statement A succeeded 100", "29", true),
        ("succeeded 100 | query A succeeded 100; statement A refunded 100", "29", true),
        ("succeeded 100 | query A succeeded 100; statement A failed 100", "29", true),
        ("succeeded 100 | listing A succeeded 100; statement A refunded 100", "29", true),
        // What came before, or is about another transaction, contradicts nothing.
        ("refunded 100 | query A refunded 100; statement A succeeded 100", "20", false),
        ("refunded 100 | query A refunded 100; notification A succeeded 100", "20", false),
        ("succeeded 100 | query A succeeded 100; notification A pending -", "20", false),
        ("succeeded 100 | query A succeeded 100; statement B failed 100", "20", false),
    ];
    for (text, night, expected) in table {
        assert_eq!(is_asked(&pair(text), night), expected, "{text} in the night of {night}");
    }
}

#[test]
fn an_order_is_given_up_in_one_night_only() {
    let pair = pair("closed 100 | query A pending 100");
    let nights = ["20", "24", "25", "26", "27"];
    let given_up: Vec<&str> =
        nights.into_iter().filter(|night| is_given_up(&pair, &asking(night))).collect();
    assert_eq!(given_up, ["26"]);
}

/// When a payout of the 10th was last answered, and the nights that ask about it again.
#[test]
fn payouts_and_refunds_are_looked_at_once_more_after_three_and_seven_days() {
    let nights: Vec<String> = (10..=28).map(|night| night.to_string()).collect();
    let table: [(Kind, &str, &[&str]); 6] = [
        (
            Kind::Payout,
            "11 02:30",
            &["13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24"],
        ),
        // Once answered, not again before the next look.
        (Kind::Refund, "14 02:30", &["17", "18", "19", "20", "21", "22", "23", "24"]),
        (Kind::Payout, "16 02:30", &["17", "18", "19", "20", "21", "22", "23", "24"]),
        (Kind::Payout, "18 02:30", &[]),
        (Kind::Payment, "11 02:30", &[]),
        (Kind::Payout, "20 02:30", &[]),
    ];
    for (kind, answered, expected) in table {
        let mut pair = pair("succeeded 100 paid=10_10:00 | query A succeeded 100 paid=10_10:00");
        pair.key.stream.kind = kind;
        pair.readings[0].observed_at = at("11 02:30");
        pair.confirmed_at = Some(at(answered));
        let found: Vec<&str> =
            nights.iter().map(|night| &**night).filter(|night| is_asked(&pair, night)).collect();
        assert_eq!(found, expected, "{kind} answered {answered}");
    }
}

#[test]
fn a_running_day_and_an_empty_list_look_at_nothing_once_more() {
    let mut running = asking("20");
    running.night.now = at("20 12:00");
    let dates: Vec<_> = second_looks(&running).iter().map(|look| look.date).collect();
    assert!(!dates.contains(&day("17")) && dates.contains(&day("16")), "{dates:?}");
    let mut never = asking("20");
    never.matching.second_look = SecondLookDays::of(&[]).expect("no days");
    assert_eq!(second_looks(&never), []);
    assert_eq!(SecondLookDays::of(&[0]), None);
    assert_eq!(SecondLookDays::of(&[1, 2, 3, 4, 5]), None);
}

/// A pair of the 20th, when the provider last answered, the day that is judged → until when it waits, and
/// how old it is said to be. The window of 24 hours ends at 10:00 on the 21st.
#[test]
fn what_could_not_be_asked_is_as_old_as_its_last_answer_and_does_not_become_open() {
    let waits = "succeeded 100 | query A pending -";
    let missing = "succeeded 100 | query - not_found -";
    let end = |date: &str| Some(BusinessDay::BEIJING.end_of(day(date)));
    let until = Some(at("21 10:00"));
    let table = [
        // Asked in the night of the day that is judged.
        (waits, "21 02:30", end("20"), until, None),
        (waits, "22 02:30", end("21"), until, None),
        // Not asked: what waited goes on waiting, whatever its age.
        (waits, "21 02:30", end("21"), Some(NOT_YET), Some("21")),
        (waits, "21 02:30", end("24"), Some(NOT_YET), Some("21")),
        // An answer of the day on which the window ended is not one of a night after it.
        (waits, "21 12:00", end("21"), Some(NOT_YET), Some("21")),
        // It was open on an answer of a night after the window, and stays so.
        (waits, "22 02:30", end("22"), until, Some("22")),
        // The window is not over yet.
        (
            "succeeded 100 paid=21_12:00 | query A pending -",
            "21 02:30",
            end("21"),
            Some(at("22 12:00")),
            Some("21"),
        ),
        // What does not wait is told to be old, too.
        (missing, "21 02:30", end("20"), None, None),
        (missing, "21 02:30", end("21"), None, Some("21")),
        ("succeeded 100 | query A succeeded 90", "21 02:30", end("21"), None, Some("21")),
        // Nobody is asked again about what explains itself; a running day says nothing; no word is not old.
        (
            "succeeded 100 paid=20_23:59 | query A succeeded 100 paid=21_00:01",
            "21 02:30",
            end("21"),
            Some(NOT_YET),
            None,
        ),
        (missing, "21 02:30", None, None, None),
        ("succeeded 100 | query - unproved -", "21 02:30", end("21"), None, None),
    ];
    for (text, answered, asked_since, until, answered_on) in table {
        let mut pair = pair(text);
        for reading in &mut pair.readings {
            reading.observed_at = at("21 02:30");
        }
        pair.confirmed_at = (answered != "21 02:30").then(|| at(answered));
        let rules = Rules {
            business_day: BusinessDay::BEIJING,
            tolerance_minor: 0,
            timing_window_seconds: 86_400,
            fees: &[],
            listed: false,
            offered: true,
            by_bill: None,
            asked_since,
        };
        let findings = judge(&pair, &rules).findings;
        let found = findings.first().expect(text);
        assert_eq!(found.timing_until, until, "{text} {answered} {asked_since:?}");
        let found_on = found.provider.evidence.answered_on;
        assert_eq!(found_on, answered_on.map(day), "{text} {answered} {asked_since:?}");
    }
}

//! Goal: the rule reads as tables. Method: what was said when in, the moment out.

use super::*;
use crate::reading::{Pair, Source};
use crate::rules::judge::{Rules, judge};
use crate::rules::testing::{at, day, pair, reading, stream};

const DAY: BusinessDay = BusinessDay::BEIJING;

#[test]
fn what_is_first_found_until_noon_is_of_the_day_before_unless_it_was_not_so_later() {
    // found, not yet so at, dated to
    let table = [
        ("21 02:30", None, "20 23:59"),
        ("21 02:30", Some("20 02:30"), "20 23:59"),
        ("21 11:59", Some("20 02:30"), "20 23:59"),
        ("21 12:00", Some("20 02:30"), "21 12:00"),
        ("21 15:00", None, "21 15:00"),
        // The answer that it was not final was asked for after the day.
        ("21 02:30", Some("21 00:05"), "21 00:05"),
        ("21 11:00", Some("21 02:30"), "21 02:30"),
        ("23 02:30", Some("20 02:30"), "22 23:59"),
    ];
    for (found, before, expected) in table {
        let moment = first_found(at(found), before.map(at), DAY);
        assert_eq!(DAY.text(moment).get(8..16), Some(expected), "{found} {before:?}");
    }
}

fn past(words: &str) -> Past {
    let words: Vec<Reading> =
        words.split(';').map(|text| reading(&stream(), "1", text.trim())).collect();
    Past::of(words.iter())
}

#[test]
fn the_past_says_since_when_an_order_is_final() {
    // words in their order → not final at, final at, status since
    let table = [
        ("query - succeeded - said=21_02:30", "- - 21 02:30"),
        ("query - pending - said=20_02:30", "20 02:30 - 20 02:30"),
        (
            "query - pending - said=20_02:30; query - succeeded - said=21_02:30",
            "20 02:30 21 02:30 21 02:30",
        ),
        (
            "query - held - said=20_02:30; listing - succeeded - said=21_02:30; query - returned - said=23_02:30",
            "20 02:30 21 02:30 23 02:30",
        ),
        (
            "query - pending - said=20_02:30; query - unproved - said=20_03:00; query - not_found - said=20_04:00; query - pending - said=21_02:30; query - failed - said=22_02:30",
            "21 02:30 22 02:30 22 02:30",
        ),
        // A witness does not make it final.
        (
            "query - pending - said=20_02:30; notification - succeeded - said=20_10:00; statement - succeeded - said=21_01:00",
            "20 02:30 - 20 02:30",
        ),
    ];
    for (words, expected) in table {
        let past = past(words);
        let text = |at: Option<Timestamp>| {
            at.map_or("-".to_owned(), |at| DAY.text(at).get(8..16).unwrap_or("").to_owned())
        };
        let found =
            format!("{} {} {}", text(past.not_final_at), text(past.final_at), text(past.since));
        assert_eq!(found, expected, "{words}");
    }
}

/// The pair's current words, and all that were said before them.
fn pair_of(current: &str, before: &str) -> Pair {
    let pair = pair(current);
    let past = past(before);
    Pair { past: pair.readings.iter().fold(past, Past::and), ..pair }
}

#[test]
fn money_is_dated_by_the_stated_time_else_the_first_final_answer_else_the_merchant() {
    let rules = Rules {
        asked_since: None,
        business_day: DAY,
        tolerance_minor: 0,
        timing_window_seconds: 24 * 3600,
        fees: &[],
        listed: false,
        offered: true,
        by_bill: None,
    };
    let pending = "query - pending - said=20_02:30";
    // current words, what was said before, date and whose time
    let table = [
        ("succeeded 1 | query - succeeded 1 paid=22_10:00", pending, "22 stated"),
        ("succeeded 1 | query - succeeded 1 paid=-", "query - unproved -", "20 merchant"),
        ("succeeded 1 | query - succeeded 1 paid=- said=21_02:30", pending, "20 first final"),
        ("succeeded 1 | query - succeeded 1 paid=- said=22_02:30", pending, "21 first final"),
        ("succeeded 1 | query - succeeded 1 paid=- said=22_13:00", pending, "22 first final"),
        // The bill's and the callback's time are the provider's word.
        (
            "succeeded 1 | query A succeeded 1 paid=- said=22_02:30; statement A succeeded 1 paid=21_09:00",
            pending,
            "21 statement",
        ),
        (
            "succeeded 1 | query A succeeded 1 paid=-; notification A succeeded 1 paid=19_09:00",
            "query - not_found -",
            "19 notification",
        ),
        (" | query A succeeded 1 paid=- said=23_02:30", pending, "22 first final"),
    ];
    for (current, before, expected) in table {
        let pair = pair_of(current, before);
        let judgement = judge(&pair, &rules);
        let date = judgement.provider.first().map(|money| money.date.to_string());
        let all = crate::rules::transactions::transactions(&pair.readings).all;
        let (_, from) = paid_at(&all[0], &pair.past, DAY);
        let from = match from {
            TimeFrom::Stated => "stated".to_owned(),
            TimeFrom::FirstFinal => "first final".to_owned(),
            TimeFrom::Merchant => "merchant".to_owned(),
            TimeFrom::Other(source) => source.to_string(),
        };
        let found = format!("{} {from}", date.unwrap_or_default().get(8..).unwrap_or_default());
        assert_eq!(found, expected, "{current}");
    }
}

#[test]
fn an_answer_is_kept_under_the_day_of_its_money() {
    let table = [
        ("query - succeeded 1 paid=22_10:00 said=23_02:30", "22"),
        ("query - succeeded 1 paid=- said=23_02:30", "22"),
        ("query - pending 1 said=23_02:30", "19"),
        ("query - failed 1 said=23_02:30", "19"),
    ];
    for (answer, expected) in table {
        let answer = reading(&stream(), "1", answer);
        let past = past("query - pending - said=20_02:30");
        assert_eq!(date_of_answer(&answer, &past, day("19"), DAY), day(expected), "{answer:?}");
    }
    let answer = reading(&stream(), "1", "query - succeeded 1 paid=- said=23_02:30");
    assert_eq!(date_of_answer(&answer, &Past::default(), day("19"), DAY), day("19"));
}

#[test]
fn money_that_came_back_did_so_when_that_was_first_found() {
    let table = [
        (
            "query A returned 1 paid=20_10:00 said=23_02:30",
            "query A succeeded 1 said=21_02:30",
            "22",
        ),
        (
            "query A refunded 1 paid=20_10:00 said=23_15:00",
            "query A succeeded 1 said=21_02:30",
            "23",
        ),
        // Another word of the same status changes nothing.
        (
            "query A refunded 1 paid=20_10:00 said=25_02:30",
            "query A refunded 1 said=23_02:30",
            "22",
        ),
        ("query A refunded 1 paid=20_10:00 said=18_02:30", "query A unproved -", "20"),
        // What failed after it had been paid out came back when that was found.
        ("query A failed 1 paid=20_10:00 said=23_02:30", "query A succeeded 1 said=21_02:30", "22"),
    ];
    for (current, before, expected) in table {
        let pair = pair_of(&format!("succeeded 1 | {current}"), before);
        let all = crate::rules::transactions::transactions(&pair.readings).all;
        let back =
            given_back_at(&all[0], &pair.past, all[0].paid_at, DAY).map(|at| DAY.date_of(at));
        assert_eq!(back, Some(day(expected)), "{current}");
        assert_eq!(all[0].evidence.source, Some(Source::Query));
    }
}

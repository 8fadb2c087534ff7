//! What the providers say: listings that replace each other, and answers to single questions.

use std::slice::from_ref;

use duizhang::ledger::{LedgerError, ListingWindow};
use duizhang::money::{Currency, Money};
use duizhang::order::{Origin, Rejection, RejectionReason};
use duizhang::reading::{Assurance, Facts, Past, Reading, Source};
use duizhang::status::{MerchantStatus as M, ProviderStatus as P};
use futures_util::TryStreamExt;

use super::Fresh;
use super::words::{
    answer, at, counts, day, import, key, list, listed, order, reading, readings_of, rows, scan_of,
    scanned, state, stated, stream,
};

pub(crate) async fn listing_twice_adds_nothing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let listing = [listed("1", day(20), P::Succeeded), listed("2", day(20), P::Failed)];
    assert_eq!(list(ledger, day(20), day(20), &listing).await, counts(2, 0, 0));
    let again = listing.clone().map(|row| Reading { observed_at: at(999), evidence: 8, ..row });
    assert_eq!(list(ledger, day(20), day(20), &again).await, counts(0, 2, 0));
    assert_eq!(readings_of(ledger, "1").await, [listing[0].clone()]);
}

pub(crate) async fn a_listing_replaces_the_earlier_one_of_its_window(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let second = Reading { occurrence: 2, ..listed("2", day(20), P::Refunded) };
    let first = [
        listed("1", day(20), P::Succeeded),
        listed("2", day(20), P::Succeeded),
        second,
        listed("3", day(21), P::Pending),
    ];
    assert_eq!(list(ledger, day(20), day(21), &first).await, counts(4, 0, 0));
    let later = [listed("2", day(20), P::Succeeded), listed("3", day(21), P::Succeeded)];
    assert_eq!(list(ledger, day(20), day(21), &later).await, counts(1, 1, 3));
    assert!(readings_of(ledger, "1").await.is_empty());
    assert_eq!(readings_of(ledger, "2").await, [later[0].clone()]);
    assert_eq!(readings_of(ledger, "3").await, [later[1].clone()]);
    assert_eq!(list(ledger, day(20), day(21), &[]).await, counts(0, 0, 2));
}

pub(crate) async fn a_listing_leaves_what_lies_outside_its_window(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    list(ledger, day(19), day(19), &[listed("1", day(19), P::Succeeded)]).await;
    ledger.put_answers(&[answer("2", day(20), P::Succeeded)]).await.unwrap();
    assert_eq!(list(ledger, day(20), day(20), &[]).await, counts(0, 0, 0));
    assert_eq!(readings_of(ledger, "1").await.len(), 1);
    assert_eq!(readings_of(ledger, "2").await.len(), 1);
    // The same transaction, dated anew: the old row is history, and the pair is looked at again.
    let moved = listed("1", day(20), P::Succeeded);
    assert_eq!(list(ledger, day(20), day(20), from_ref(&moved)).await, counts(1, 0, 1));
    assert_eq!(readings_of(ledger, "1").await, [moved]);
    let found = scanned(ledger, &scan_of(day(25))).await;
    assert_eq!(super::words::doubts(&found), ["1"]);
}

pub(crate) async fn a_listing_that_is_not_whole_withdraws_nothing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let first = [listed("1", day(20), P::Succeeded), listed("2", day(20), P::Succeeded)];
    assert_eq!(list(ledger, day(20), day(20), &first).await, counts(2, 0, 0));
    let (stream, from, to) = (stream("a"), day(20), day(20));
    let window = ListingWindow { stream, from, to, whole: false };
    let part = vec![listed("2", day(20), P::Succeeded), listed("3", day(20), P::Succeeded)];
    assert_eq!(ledger.put_listing(&window, rows(part)).await.unwrap(), counts(1, 1, 0));
    assert_eq!(readings_of(ledger, "1").await, [first[0].clone()]);
    assert_eq!(readings_of(ledger, "3").await.len(), 1);
}

pub(crate) async fn an_answer_replaces_the_earlier_one_whatever_its_date(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let with_number = |row: Reading, provider_order_no: &str| Reading {
        facts: Facts { provider_order_no: provider_order_no.to_owned(), ..row.facts.clone() },
        ..row
    };
    let first = with_number(answer("1", day(20), P::Pending), "");
    let later = with_number(answer("1", day(21), P::Succeeded), "P1");
    let last = with_number(answer("1", day(20), P::Failed), "P2");
    assert_eq!(ledger.put_answers(&[first]).await.unwrap(), counts(1, 0, 0));
    assert_eq!(ledger.put_answers(from_ref(&later)).await.unwrap(), counts(1, 0, 1));
    assert_eq!(readings_of(ledger, "1").await, [later]);
    // Two words in one call: the second one counts.
    let between = with_number(answer("1", day(22), P::Held), "P2");
    assert_eq!(ledger.put_answers(&[between, last.clone()]).await.unwrap(), counts(2, 0, 2));
    assert_eq!(readings_of(ledger, "1").await, [last]);
}

pub(crate) async fn the_same_answer_again_adds_nothing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let answers: Vec<Reading> =
        (0..1_100).map(|n| answer(&format!("{n:05}"), day(20), P::Succeeded)).collect();
    assert_eq!(ledger.put_answers(&answers).await.unwrap(), counts(1_100, 0, 0));
    let again: Vec<Reading> = answers
        .iter()
        .map(|row| Reading { observed_at: at(999), evidence: 8, ..row.clone() })
        .collect();
    assert_eq!(ledger.put_answers(&again).await.unwrap(), counts(0, 1_100, 0));
    assert_eq!(readings_of(ledger, "00700").await, [answers[700].clone()]);
}

pub(crate) async fn an_unproved_answer_never_replaces_a_proved_one(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let unproved = answer("1", day(20), P::Unproved);
    let proved = answer("1", day(20), P::NotFound);
    assert_eq!(ledger.put_answers(from_ref(&unproved)).await.unwrap(), counts(1, 0, 0));
    assert_eq!(ledger.put_answers(from_ref(&proved)).await.unwrap(), counts(1, 0, 1));
    assert_eq!(ledger.put_answers(&[unproved]).await.unwrap(), counts(0, 1, 0));
    assert_eq!(readings_of(ledger, "1").await, [proved]);
}

pub(crate) async fn an_answer_that_says_what_was_known_is_remembered_with_its_moment(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let confirmed = async || ledger.pairs(&[key("a", "1")]).await.unwrap()[0].confirmed_at;
    let pending = answer("1", day(20), P::Pending);
    ledger.put_answers(from_ref(&pending)).await.unwrap();
    assert_eq!(confirmed().await, None);
    let observed = |row: &Reading, moment| Reading { observed_at: at(moment), ..row.clone() };
    let twice = [observed(&pending, 900), observed(&pending, 800)];
    assert_eq!(ledger.put_answers(&twice).await.unwrap(), counts(0, 2, 0));
    assert_eq!(confirmed().await, Some(at(900)));
    ledger.put_answers(&[observed(&pending, 700)]).await.unwrap();
    assert_eq!(confirmed().await, Some(at(900)));
    // Neither an answer that proves nothing nor a callback is one.
    let unproved = answer("1", day(20), P::Unproved);
    let callback = reading(Source::Notification, "1", day(20), P::Pending);
    ledger.put_answers(&[observed(&unproved, 950), callback.clone()]).await.unwrap();
    ledger.put_answers(&[observed(&callback, 960)]).await.unwrap();
    assert_eq!(confirmed().await, Some(at(900)));
    assert_eq!(readings_of(ledger, "1").await[0].observed_at, pending.observed_at);
}

pub(crate) async fn what_is_not_finished_is_noted_as_touched(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let answers = [
        answer("1", day(18), P::Pending),
        answer("2", day(19), P::Pending),
        answer("3", day(20), P::Pending),
        answer("4", day(20), P::Failed),
    ];
    ledger.put_answers(&answers).await.unwrap();
    let doubts = async || super::words::doubts(&scanned(ledger, &scan_of(day(25))).await);
    ledger.touch_unfinished(&stream("b"), day(1), day(30)).await.unwrap();
    assert!(doubts().await.is_empty());
    ledger.touch_unfinished(&stream("a"), day(19), day(20)).await.unwrap();
    ledger.touch_unfinished(&stream("a"), day(19), day(20)).await.unwrap();
    assert_eq!(doubts().await, ["2", "3"]);
}

pub(crate) async fn what_was_settled_is_noted_as_touched_unless_it_was_answered_since(
    fresh: Fresh,
) {
    let ledger = &*fresh.ledger;
    let observed = |order_no, status, moment| Reading {
        observed_at: at(moment),
        ..answer(order_no, day(20), status)
    };
    let first = [
        observed("1", P::Succeeded, 100),
        observed("2", P::Succeeded, 100),
        observed("3", P::Succeeded, 600),
        observed("4", P::Returned, 100),
    ];
    ledger.put_answers(&first).await.unwrap();
    ledger.put_answers(&[observed("2", P::Succeeded, 600)]).await.unwrap();
    ledger.put_answers(&[answer("5", day(21), P::Succeeded)]).await.unwrap();
    let row = Reading { observed_at: at(100), ..listed("6", day(20), P::Succeeded) };
    list(ledger, day(20), day(20), from_ref(&row)).await;
    let doubts = async || super::words::doubts(&scanned(ledger, &scan_of(day(25))).await);
    ledger.touch_settled(&stream("a"), day(20), at(100)).await.unwrap();
    ledger.touch_settled(&stream("b"), day(20), at(999)).await.unwrap();
    assert!(doubts().await.is_empty());
    ledger.touch_settled(&stream("a"), day(20), at(500)).await.unwrap();
    assert_eq!(doubts().await, ["1", "6"]);
}

pub(crate) async fn answers_of_several_sources_stand_beside_each_other(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let callback = reading(Source::Notification, "1", day(20), P::Succeeded);
    let asked = answer("1", day(20), P::Pending);
    let row = listed("1", day(20), P::Succeeded);
    list(ledger, day(20), day(20), from_ref(&row)).await;
    ledger.put_answers(&[callback.clone(), asked.clone()]).await.unwrap();
    assert_eq!(readings_of(ledger, "1").await, [row, asked, callback]);
    // What came unasked is looked at again, whatever the day; what was asked is judged by who asked.
    let found = scanned(ledger, &scan_of(day(25))).await;
    assert_eq!(super::words::doubts(&found), ["1"]);
}

pub(crate) async fn a_listing_row_that_was_not_listed_is_refused(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let window = ListingWindow { stream: stream("a"), from: day(20), to: day(20), whole: true };
    let asked = answer("1", day(20), P::Succeeded);
    let outcome = ledger.put_listing(&window, rows(vec![asked])).await;
    assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    let row = listed("1", day(20), P::Succeeded);
    let outcome = ledger.put_answers(from_ref(&row)).await;
    assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    let elsewhere = ListingWindow { stream: stream("b"), ..window.clone() };
    let outcome = ledger.put_listing(&elsewhere, rows(vec![row])).await;
    assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    let backwards = ListingWindow { from: day(21), ..window };
    let outcome = ledger.put_listing(&backwards, rows(vec![])).await;
    assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    assert!(readings_of(ledger, "1").await.is_empty());
}

pub(crate) async fn refused_rows_of_a_source_are_replaced_by_date(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let refused = |line| Rejection {
        column: "STATUS".to_owned(),
        value: "9".to_owned(),
        order_no: "1".to_owned(),
        ..Rejection::whole(Origin::Listing, "/list", line, RejectionReason::UnknownWord)
    };
    for date in [day(20), day(21)] {
        ledger.put_rejections("a", date, &[refused(2), refused(1)]).await.unwrap();
    }
    ledger.put_rejections("a", day(20), &[refused(3)]).await.unwrap();
    let found: Vec<_> = ledger.rejections(day(20)).try_collect().await.unwrap();
    assert_eq!(found, [refused(3)]);
    let found: Vec<_> = ledger.rejections(day(21)).try_collect().await.unwrap();
    assert_eq!(found, [refused(1), refused(2)]);
}

pub(crate) async fn everything_about_a_reading_comes_back(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let full = Reading {
        facts: Facts {
            provider_order_no: "平台;,1".to_owned(),
            status_code: "状态=9".to_owned(),
            amount: Some(Money { minor: i64::MIN, currency: Currency::parse("HKD").unwrap() }),
            fee_minor: Some(-1),
            ..listed("1", day(20), P::Held).facts
        },
        interface: "0x0305".to_owned(),
        assurance: Assurance::Rsa,
        evidence: i64::MAX,
        ..listed("1", day(20), P::Held)
    };
    let bare = Reading {
        facts: Facts {
            provider_order_no: "平台;,2".to_owned(),
            status_code: String::new(),
            amount: None,
            fee_minor: None,
            paid_at: None,
            ..full.facts.clone()
        },
        interface: String::new(),
        assurance: Assurance::None,
        ..full.clone()
    };
    let listing = [full, bare];
    list(ledger, day(20), day(20), &listing).await;
    assert_eq!(list(ledger, day(20), day(20), &listing).await, counts(0, 2, 0));
    assert_eq!(readings_of(ledger, "1").await, listing);
}

/// What was said before is remembered: since when an order is not final, and when it was first found to be.
/// That something was only said again changes nothing of it, or money would change its date with every night.
pub(crate) async fn a_pair_remembers_when_it_became_final(fresh: Fresh) {
    use P::{Pending, Returned, Succeeded};
    let ledger = &*fresh.ledger;
    let answered = |status, second: i64| {
        let answer = answer("1", day(20), status);
        Reading { observed_at: at(second), ..answer }
    };
    let past = async || ledger.pairs(&[key("a", "1")]).await.unwrap().remove(0).past;
    assert_eq!(past().await, Past::default());
    for (status, second, expected) in [
        (Pending, 10, (Some(10), None, Some(10))),
        (Pending, 20, (Some(10), None, Some(10))),
        (Succeeded, 30, (Some(10), Some(30), Some(30))),
        (Succeeded, 40, (Some(10), Some(30), Some(30))),
        (Returned, 50, (Some(10), Some(30), Some(50))),
    ] {
        ledger.put_answers(&[answered(status, second)]).await.unwrap();
        let past = past().await;
        let expected = (expected.0.map(at), expected.1.map(at), expected.2.map(at));
        assert_eq!((past.not_final_at, past.final_at, past.since), expected, "{second}");
        assert_eq!(past.status, Some(status));
    }
}

/// An answer that says the same again is a new word where a listing has said something else since.
pub(crate) async fn the_same_answer_after_another_word_of_a_listing_is_the_newest(fresh: Fresh) {
    use P::{Refunded, Succeeded};
    let ledger = &*fresh.ledger;
    let answered =
        |second: i64| Reading { observed_at: at(second), ..answer("1", day(20), Refunded) };
    ledger.put_answers(&[answered(10)]).await.unwrap();
    let row = Reading { observed_at: at(20), ..listed("1", day(20), Succeeded) };
    list(ledger, day(20), day(20), &[row]).await;
    assert_eq!(ledger.put_answers(&[answered(30)]).await.unwrap(), counts(1, 0, 1));
    assert_eq!(ledger.put_answers(&[answered(30)]).await.unwrap(), counts(0, 1, 0));
    let pair = ledger.pairs(&[key("a", "1")]).await.unwrap().remove(0);
    let all = duizhang::rules::transactions::transactions(&pair.readings).all;
    assert_eq!((all.len(), all[0].status), (1, Refunded));
}

pub(crate) async fn orders_that_were_given_up_and_no_listing_has_come_in_pages(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let orders = [
        order("1", day(20), M::Closed),
        order("2", day(20), M::Failed),
        order("3", day(20), M::Succeeded),
        order("4", day(20), M::Pending),
        order("5", day(20), M::Closed),
        order("6", day(20), M::Closed),
        order("7", day(20), M::Closed),
        order("8", day(21), M::Closed),
    ];
    import(ledger, "f", day(20), &orders).await;
    list(ledger, day(19), day(20), &[listed("5", day(19), P::Succeeded)]).await;
    // An answer is no listing; what was corrected is given up no more.
    ledger.put_answers(&[answer("6", day(20), P::NotFound)]).await.unwrap();
    let mut corrected = orders.clone();
    corrected[6].status = M::Succeeded;
    import(ledger, "f", day(20), &corrected).await;
    let page =
        async |after, limit| ledger.given_up(&stream("a"), day(20), after, limit).await.unwrap();
    assert_eq!(page("", 9).await, ["1", "2", "6"]);
    assert_eq!(page("", 2).await, ["1", "2"]);
    assert_eq!(page("2", 2).await, ["6"]);
    assert!(page("6", 2).await.is_empty());
    assert!(ledger.given_up(&stream("nobody"), day(20), "", 9).await.unwrap().is_empty());
}

pub(crate) async fn answers_that_a_listing_lacks_come_in_pages(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let timed = |row: Reading| {
        let facts = Facts { paid_at: Some(at(5)), ..row.facts };
        Reading { facts, ..row }
    };
    let untimed = |row: Reading| Reading { facts: Facts { paid_at: None, ..row.facts }, ..row };
    let called_back =
        |order_no| timed(reading(Source::Notification, order_no, day(20), P::Succeeded));
    let answers = [
        timed(answer("1", day(20), P::Succeeded)),
        timed(answer("2", day(20), P::Succeeded)),
        timed(answer("3", day(20), P::Refunded)),
        untimed(answer("4", day(20), P::Succeeded)),
        timed(answer("5", day(21), P::Succeeded)),
        called_back("6"),
        timed(answer("7", day(20), P::Succeeded)),
        called_back("7"),
    ];
    ledger.put_answers(&answers).await.unwrap();
    list(ledger, day(20), day(20), &[listed("2", day(20), P::Succeeded)]).await;
    let page =
        async |after, limit| ledger.left_out(&stream("a"), day(20), after, limit).await.unwrap();
    assert_eq!(page("", 9).await, ["1", "6", "7"]);
    assert_eq!(page("1", 1).await, ["6"]);
    assert!(page("7", 1).await.is_empty());
    // A listing that has them, whatever their date, leaves nothing out.
    let all = ["1", "2", "6", "7"].map(|order_no| listed(order_no, day(20), P::Succeeded));
    list(ledger, day(20), day(20), &all).await;
    assert!(page("", 9).await.is_empty());
}

pub(crate) async fn the_order_that_a_provider_has_to_know_is_a_final_one(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let known = async || ledger.known_order(&stream("a")).await.unwrap();
    let nothing = [
        answer("9", day(20), P::NotFound),
        answer("8", day(20), P::Unproved),
        answer("7", day(20), P::Pending),
    ];
    ledger.put_answers(&nothing).await.unwrap();
    state(ledger, "bill", &[stated("bill", "6", day(20), P::Succeeded)]).await;
    assert_eq!(known().await, None, "nothing verifies a statement");
    ledger.put_answers(&[answer("2", day(19), P::Failed)]).await.unwrap();
    assert_eq!(known().await.as_deref(), Some("2"));
    list(ledger, day(18), day(18), &[listed("4", day(18), P::Succeeded)]).await;
    assert_eq!(known().await.as_deref(), Some("4"), "the greatest number, whatever its date");
    list(ledger, day(18), day(18), &[]).await;
    assert_eq!(known().await.as_deref(), Some("2"), "what is listed no more is not known");
    assert_eq!(ledger.known_order(&stream("nobody")).await.unwrap(), None);
}

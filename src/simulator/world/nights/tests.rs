use super::*;
use crate::discrepancy::State;
use crate::status::Kind;

/// Nights of several seeds: no test depends on the luck of one.
fn several() -> impl Iterator<Item = Nights> {
    [1, 7, 20_260_917].into_iter().map(Nights::make)
}

#[test]
fn what_an_account_holds_is_what_it_held_and_everything_that_happened() {
    for nights in several() {
        let moments: Vec<Timestamp> =
            (0..=40).map(|step| moment(1, 0, 0, 0).plus_seconds(step * 6 * 3600 + 77)).collect();
        for account in nights.accounts() {
            for pair in moments.windows(2) {
                let bridge = nights.bridge(account, (pair[0], pair[1]), day(99));
                let lines: i64 = bridge.lines.values().sum();
                let sum = bridge.opening_minor + lines + bridge.unexplained_minor;
                assert_eq!(sum, bridge.closing_minor, "{account} {pair:?}");
            }
        }
    }
}

#[test]
fn no_part_of_what_an_account_holds_is_ever_less_than_nothing() {
    for nights in several() {
        for account in nights.accounts() {
            for hour in 0..240 {
                let held = nights.holdings(account, moment(1, hour, 0, 0));
                assert!(held.available_minor >= 0, "{account} {hour} {held:?}");
                assert!(held.frozen_minor >= 12_300, "{account} {hour} {held:?}");
                assert!(held.pending_minor >= 0, "{account} {hour} {held:?}");
            }
        }
    }
}

#[test]
fn every_night_goes_on_where_the_night_before_has_ended() {
    for nights in several() {
        let mut carried: Vec<NightRow> = Vec::new();
        for date in Nights::dates() {
            let truth = nights.truth(date);
            for row in &carried {
                let again = truth.rows.iter().find(|it| it.key == row.key && it.kind == row.kind);
                assert!(again.is_some_and(|it| it.first_seen == row.first_seen), "{date} {row:?}");
            }
            carried = truth.rows;
            carried.retain(|row| !row.state.is_closed() && row.kind != DiscrepancyType::CrossDay);
        }
        assert!(!carried.is_empty(), "some stay open");
    }
}

#[test]
fn the_totals_of_a_night_differ_by_the_rows_of_its_day() {
    for nights in several() {
        for date in Nights::dates() {
            for truth in [nights.truth(date), nights.truth_again(date)] {
                let mut left: BTreeMap<_, i64> = BTreeMap::new();
                for (stream, total) in &truth.totals {
                    *left.entry(stream).or_default() += total.provider_minor - total.merchant_minor;
                }
                for row in truth.rows.iter().filter(|row| row.business_date == date) {
                    *left.entry(&row.key.stream).or_default() -= row.difference_minor;
                }
                left.retain(|_, minor| *minor != 0);
                assert!(left.is_empty(), "{date} {left:?}");
            }
        }
    }
}

#[test]
fn the_nights_have_every_kind_of_story() {
    let nights = Nights::make(1);
    let rows: Vec<NightRow> =
        Nights::dates().into_iter().flat_map(|date| nights.truth(date).rows).collect();
    for kind in [
        DiscrepancyType::MissingAtMerchant,
        DiscrepancyType::MissingAtProvider,
        DiscrepancyType::PaidOnlyAtProvider,
        DiscrepancyType::PaidOnlyAtMerchant,
        DiscrepancyType::StillPending,
        DiscrepancyType::Unproved,
        DiscrepancyType::StatusMismatch,
        DiscrepancyType::AmountMismatch,
        DiscrepancyType::FeeMismatch,
        DiscrepancyType::OverRefund,
        DiscrepancyType::DuplicateAtMerchant,
        DiscrepancyType::PaidTwice,
        DiscrepancyType::CrossDay,
    ] {
        assert!(rows.iter().any(|row| row.kind == kind), "{kind}");
    }
    for state in [State::Timing, State::Open, State::Resolved] {
        assert!(rows.iter().any(|row| row.state == state), "{state}");
    }
    let refunds = nights.lives.iter().filter(|life| life.draft.lane.kind == Kind::Refund);
    assert!(refunds.filter(|life| life.known_from.is_none()).count() == 1, "one is never known");
}

#[test]
fn a_platform_says_what_it_knows_at_the_moment() {
    let nights = Nights::make(1);
    let slow = nights.lives.iter().find(|life| life.shown_from.is_some()).expect("a late one");
    let (lane, order_no) = (slow.draft.lane, &slow.draft.order_no);
    let shown_from = slow.shown_from.expect("a moment");
    assert!(nights.at(shown_from.plus_seconds(-1)).trade(lane, order_no).is_none());
    let seen = nights.at(shown_from);
    let trade = seen.trade(lane, order_no).expect("shown");
    assert_eq!((trade.paid_at, trade.amount_minor), (slow.paid_at(), slow.paid_minor));
    let date = DAY.date_of(slow.paid_at().expect("paid"));
    assert_eq!(
        seen.listed(lane, date, date).len(),
        1 + nights.at(shown_from.plus_seconds(-1)).listed(lane, date, date).len()
    );
    assert!(nights.is_down("xxpay-main", Nights::night_of(day(4))));
    assert!(!nights.is_down("xxpay-main", Nights::night_of(day(5))));
    assert!(!nights.is_down("mmsp-main", Nights::night_of(day(4))));
}

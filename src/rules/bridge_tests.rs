//! Bridges add up, whatever goes into them.

use proptest::prelude::*;

use super::*;
use crate::balance::BalanceLine;
use crate::money::Money;
use crate::order::Stream;
use crate::reading::Assurance;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_epoch_seconds(1_790_000_000 + seconds)
}

fn snapshot(as_of: i64, channel: &str, part: BalancePart, minor: i64) -> BalanceSnapshot {
    BalanceSnapshot {
        account: "a".to_owned(),
        as_of: at(as_of),
        line: BalanceLine { channel: channel.to_owned(), part, money: Money::fen(minor) },
        assurance: Assurance::Rsa,
        evidence: 1,
        observed_at: at(as_of),
    }
}

fn holding(as_of: i64, minor: i64) -> Holding {
    let snapshots = [snapshot(as_of, "", BalancePart::Available, minor)];
    holdings(&snapshots, &[BalancePart::Available]).expect("a holding").remove(0)
}

#[test]
fn parts_add_up_over_channels_and_only_the_compared_ones_count() {
    use BalancePart::{Advance, Available, Frozen, Pending};
    let snapshots = [
        snapshot(0, "1001", Available, 100),
        snapshot(0, "1002", Available, 20),
        snapshot(0, "1001", Pending, 3),
        snapshot(0, "1001", Frozen, 4),
        snapshot(0, "1002", Advance, 5_000),
        snapshot(9, "1001", Available, 7),
    ];
    let found = holdings(&snapshots, &[Available, Frozen, Pending]).expect("holdings");
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].held_minor, 127);
    assert_eq!(found[0].parts[&Advance], 5_000);
    assert_eq!(found[1].held_minor, 7);
}

#[test]
fn a_day_ends_with_the_nearest_balance_and_with_none_that_is_far() {
    let all: Vec<Holding> =
        [-50_000, -7_200, 7_200, 9_000].into_iter().map(|away| holding(away, 1)).collect();
    assert_eq!(at_end(&all, at(0)).map(|it| it.as_of), Some(at(-7_200)));
    assert_eq!(at_end(&all, at(3_000)).map(|it| it.as_of), Some(at(7_200)));
    assert_eq!(
        at_end(&all, at(-50_000 - SNAPSHOT_SECONDS_MAX)).map(|it| it.as_of),
        Some(at(-50_000))
    );
    assert_eq!(at_end(&all, at(-50_001 - SNAPSHOT_SECONDS_MAX)), None);
    assert_eq!(at_end(&[], at(0)), None);
}

#[test]
fn where_the_days_takings_are_apart_until_midnight_the_balance_after_it_ends_the_day() {
    let takings = |away, minor| {
        let snapshots = [
            snapshot(away, "", BalancePart::Pending, 100),
            snapshot(away, "", BalancePart::Takings, minor),
        ];
        let held = [BalancePart::Pending, BalancePart::Takings];
        holdings(&snapshots, &held).expect("a holding").remove(0)
    };
    assert_eq!(takings(0, 7).held_minor, 107);
    let end = |all: &[Holding]| at_end(all, at(0)).map(|it| it.as_of);
    let both = [takings(-300, 7), takings(300, 0)];
    assert_eq!(end(&both), Some(at(300)));
    // Jobs do not run to the second; only a night that was missed leaves the one before midnight.
    assert_eq!(end(&[takings(-293, 7), takings(311, 0)]), Some(at(311)));
    assert_eq!(end(&[takings(-300, 7), takings(9_000, 0)]), Some(at(-300)));
    assert_eq!(end(&[takings(-300, 7)]), Some(at(-300)));
    // Everywhere else the earlier of two that are equally near.
    assert_eq!(end(&[holding(-300, 1), holding(300, 1)]), Some(at(-300)));
}

#[test]
fn balances_with_other_parts_cannot_be_compared() {
    let both = [
        snapshot(0, "", BalancePart::Available, 5),
        snapshot(0, "", BalancePart::Frozen, 5),
        snapshot(9, "", BalancePart::Available, 5),
    ];
    let found = holdings(&both, &[BalancePart::Available, BalancePart::Frozen]).expect("holdings");
    let built = bridge(&found[0], &found[1], &SlotSum::default(), &[]).expect("a bridge");
    assert!(!built.is_comparable());
    assert_eq!(built.unexplained_minor, -5);
}

fn movement(kind: MovementKind, minor: i64, name: &str) -> Movement {
    Movement {
        account: "a".to_owned(),
        occurred_at: at(1),
        kind,
        product: String::new(),
        settlement_date: None,
        money: Money::fen(minor),
        name: name.to_owned(),
        note: String::new(),
        reference: String::new(),
    }
}

fn sums(kind: Kind) -> impl Strategy<Value = (Stream, DaySum)> {
    (0..50_i64, 0..1_000_000_i64, 0..5_000_i64, 0..5_000_i64, 0..9_000_i64).prop_map(
        move |(count, minor, stated, contract, back)| {
            let stream = Stream { account: "a".to_owned(), kind, product: String::new() };
            let sum = DaySum {
                count,
                minor,
                stated_count: count / 2,
                stated_minor: stated,
                contract_count: count / 3,
                contract_minor: contract,
                back_count: 1,
                back_minor: if kind == Kind::Refund { 0 } else { back },
                merchant_only_count: 0,
                ..DaySum::default()
            };
            (stream, sum)
        },
    )
}

proptest! {
    #[test]
    fn lines_add_up_and_a_hidden_fee_is_left_over_to_the_fen(
        opening in -1_000_000_i64..100_000_000,
        payments in sums(Kind::Payment),
        refunds in sums(Kind::Refund),
        payouts in sums(Kind::Payout),
        moved in proptest::collection::vec((0..3_usize, -90_000_i64..90_000, "[ab]?"), 0..6),
        hidden in 0..1_000_i64,
    ) {
        let kinds = MovementKind::ALL;
        let movements: Vec<Movement> =
            moved.iter().map(|(kind, minor, name)| movement(kinds[*kind], *minor, name)).collect();
        // The books of the platform, kept one by one.
        let mut held = opening;
        for (stream, sum) in [&payments, &refunds, &payouts] {
            let fees = sum.stated_minor + sum.contract_minor;
            held += match stream.kind {
                Kind::Payment => sum.minor - fees - sum.back_minor,
                Kind::Refund => -sum.minor - fees,
                Kind::Payout => -sum.minor - fees + sum.back_minor,
            };
        }
        for (kind, minor, _) in &moved {
            held += if kinds[*kind] == MovementKind::Settlement { -minor } else { *minor };
        }
        let sum = SlotSum {
            streams: [payments, refunds, payouts].into_iter().collect(),
            ..SlotSum::default()
        };
        let (first, last) = (holding(0, opening), holding(9, held - hidden));
        let built = bridge(&first, &last, &sum, &movements).expect("a bridge");
        prop_assert_eq!(built.unexplained_minor, -hidden);
        let changes: i64 = built.lines.iter().map(|line| line.minor).sum();
        prop_assert_eq!(opening + changes, built.expected_minor);
        prop_assert!(built.lines.is_sorted_by_key(|line| (line.kind, line.name.clone())));
        prop_assert!(built.lines.iter().all(|line| line.kind.is_change()));
    }
}

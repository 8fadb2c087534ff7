//! Each pattern is found where it is, and nowhere else.

use std::collections::BTreeMap;

use super::*;
use crate::business_day::BusinessDay;
use crate::rules::testing::{at, day, discrepancy};
use crate::status::Kind;

fn stream(product: &str) -> Stream {
    Stream { account: "m".to_owned(), kind: Kind::Payment, product: product.to_owned() }
}

fn clue(merchant: i64, provider: i64, moment: &str) -> Clue {
    Clue {
        date: day("20"),
        difference_minor: provider - merchant,
        merchant_minor: Some(merchant),
        provider_minor: Some(provider),
        moment: Some(at(moment)),
    }
}

/// `count` clues, spread evenly over the day's hours, with amounts that have nothing in common.
fn plain(count: i64) -> Vec<Clue> {
    (0..count)
        .map(|n| clue(1000 + n * 37, 1000 + n * 37 + 3 + n * n, &format!("20 {:02}:30", n % 24)))
        .collect()
}

fn yuan(product: &str) -> (Stream, Currency) {
    (stream(product), Currency::CNY)
}

struct World {
    clues: Clues,
    totals: BTreeMap<(Stream, Currency), Totals>,
    booked: BTreeMap<(Stream, BusinessDate), Vec<Timestamp>>,
}

fn world(of: DiscrepancyType, clues: Vec<Clue>) -> World {
    let totals =
        |count| Totals { merchant_count: count, provider_count: count, ..Totals::default() };
    World {
        clues: Clues { groups: BTreeMap::from([((stream("quick"), of, Currency::CNY), clues)]) },
        totals: BTreeMap::from([(yuan("quick"), totals(1000)), (yuan("scan"), totals(10))]),
        booked: BTreeMap::new(),
    }
}

/// A row of the report by which this can be seen.
fn row(of: DiscrepancyType, currency: Currency, clue: &Clue) -> Discrepancy {
    Discrepancy {
        business_date: clue.date,
        difference_minor: clue.difference_minor,
        merchant_amount_minor: clue.merchant_minor,
        provider_amount_minor: clue.provider_minor,
        merchant_time: clue.moment,
        currency,
        ..discrepancy(of, &stream("quick"))
    }
}

/// What is found: the kind, how many, among how many. Each row is claimed by the pattern that counted it.
fn found(world: World) -> Vec<(PatternKind, i64, i64)> {
    let background = Background {
        date: day("20"),
        business_day: BusinessDay::BEIJING,
        totals: &world.totals,
        booked: &world.booked,
    };
    let mut rows = Vec::new();
    for ((stream, of, currency), clues) in &world.clues.groups {
        let of_stream = |clue| {
            let mut row = row(*of, *currency, clue);
            row.key.stream = stream.clone();
            row
        };
        rows.extend(clues.iter().map(of_stream));
    }
    let patterns = world.clues.patterns(&background);
    let mut claimed = BTreeMap::new();
    for row in &rows {
        let days = (background.date, background.business_day);
        if let Some(pattern) = claiming(&patterns, row, State::Open, days) {
            *claimed.entry(pattern.id(background.date)).or_insert(0_i64) += 1;
        }
        assert_eq!(claiming(&patterns, row, State::Resolved, days), None);
    }
    let counted = patterns.iter().map(|pattern| (pattern.id(background.date), pattern.count));
    assert_eq!(claimed, counted.collect(), "{patterns:?}");
    patterns.iter().map(|found| (found.kind, found.count, found.among)).collect()
}

const TELLING: [DiscrepancyType; 5] = [
    DiscrepancyType::AmountMismatch,
    DiscrepancyType::PaidOnlyAtProvider,
    DiscrepancyType::MissingAtMerchant,
    DiscrepancyType::MissingAtProvider,
    DiscrepancyType::FeeMismatch,
];

#[test]
fn an_ordinary_night_has_no_pattern() {
    for of in TELLING {
        assert_eq!(found(world(of, plain(40))), [], "{of}");
    }
}

#[test]
fn fen_taken_for_yuan_is_found_in_both_directions() {
    let mut clues = plain(10);
    clues.extend([clue(100, 10_000, "20 01:00"), clue(7, 700, "20 02:00")]);
    let of = DiscrepancyType::AmountMismatch;
    assert_eq!(found(world(of, clues.clone())), [], "two are not enough");
    clues.push(clue(55, 5500, "20 05:00"));
    let mut others = clues.clone();
    assert_eq!(found(world(of, clues)), [(PatternKind::Factor100, 3, 13)]);
    others.extend([clue(100, 1, "20 01:00"), clue(700, 7, "20 02:00"), clue(900, 9, "20 03:00")]);
    let both = [(PatternKind::Factor100, 3, 16), (PatternKind::Factor100, 3, 16)];
    assert_eq!(found(world(of, others)), both);
}

#[test]
fn a_coupon_is_found_by_its_value() {
    let mut clues = plain(10);
    clues.extend((1..=5).map(|n| clue(n * 1111, n * 1111 - 500, "20 09:00")));
    let of = DiscrepancyType::AmountMismatch;
    let world = world(of, clues);
    let background = Background {
        date: day("20"),
        business_day: BusinessDay::BEIJING,
        totals: &world.totals,
        booked: &world.booked,
    };
    let patterns = world.clues.patterns(&background);
    assert_eq!(patterns.len(), 1);
    assert_eq!(patterns[0].kind, PatternKind::ConstantDifference);
    assert_eq!((patterns[0].count, patterns[0].constant_minor), (5, -500));
    assert_eq!(patterns[0].difference_minor, -2500);
}

#[test]
fn an_outage_of_callbacks_is_a_stretch_in_which_nothing_was_booked() {
    let of = DiscrepancyType::PaidOnlyAtProvider;
    let lost: Vec<Clue> = (7..17).map(|n| clue(0, 100, &format!("20 14:{n:02}"))).collect();
    let key = (stream("quick"), day("20"));
    let hourly = |minute: &str| (0..24).map(|h| at(&format!("20 {h:02}:{minute}"))).collect();
    let mut with_gap = world(of, lost.clone());
    with_gap.booked.insert(key.clone(), hourly("00"));
    assert_eq!(with_gap.clues.perhaps_outages(), BTreeSet::from([key.clone()]));
    assert_eq!(found(with_gap), [(PatternKind::CallbackOutage, 10, 10)]);
    let mut mixed = world(of, lost);
    let times = (0..24).flat_map(|h| [0, 7, 9, 11, 13, 15].map(|m| (h, m)));
    let times = times.map(|(h, m)| at(&format!("20 {h:02}:{m:02}"))).collect();
    mixed.booked.insert(key, times);
    assert_eq!(found(mixed), [], "others were booked in between");
}

#[test]
fn what_is_all_around_the_cut_off_is_a_matter_of_days() {
    for of in [DiscrepancyType::MissingAtMerchant, DiscrepancyType::CrossDay] {
        let near = ["20 23:56", "20 23:58", "20 23:59", "21 00:01", "21 00:04"];
        let mut clues: Vec<Clue> = near.iter().map(|moment| clue(0, 100, moment)).collect();
        clues.extend(plain(10));
        assert_eq!(found(world(of, clues)), [(PatternKind::CutOff, 5, 15)], "{of}");
        let mut clues: Vec<Clue> = near.iter().skip(1).map(|moment| clue(0, 100, moment)).collect();
        clues.push(clue(0, 100, "21 00:06"));
        assert_eq!(found(world(of, clues)), [], "{of}");
    }
}

#[test]
fn a_stream_that_is_missing_as_a_whole_is_one_cause() {
    let of = DiscrepancyType::MissingAtProvider;
    let mut lost = world(of, plain(40));
    let all = Totals { merchant_count: 40, ..Totals::default() };
    lost.totals.insert(yuan("quick"), all.clone());
    assert_eq!(found(lost), [(PatternKind::WholeStream, 40, 40)]);
    let mut nearly = world(of, plain(40));
    nearly.totals.insert(yuan("quick"), Totals { provider_count: 1, ..all });
    nearly.totals.remove(&yuan("scan"));
    assert_eq!(found(nearly), []);
}

#[test]
fn one_product_of_several_is_found_where_chance_would_have_spread_it() {
    let of = DiscrepancyType::FeeMismatch;
    let mut small = world(of, Vec::new());
    small.clues.groups = BTreeMap::from([((stream("scan"), of, Currency::CNY), plain(5))]);
    assert_eq!(found(small), [(PatternKind::OneProduct, 5, 5)]);
    let mut both = world(of, plain(5));
    both.clues.groups.insert((stream("scan"), of, Currency::CNY), plain(5));
    assert_eq!(found(both), [], "both products have it");
}

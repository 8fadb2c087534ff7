//! Movements, and what settlements and balances are added up from.

use std::collections::BTreeSet;

use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use duizhang::discrepancy::{Discrepancy, DiscrepancyType, Evidence, State};
use duizhang::ledger::{
    DaySum, DiscrepancyChange, DiscrepancyEvent, Ledger, Scan, SumGroup, SumRequest, Summed,
};
use duizhang::money::{Currency, Money};
use duizhang::movement::{Movement, MovementKind};
use duizhang::order::{Order, OrderKey, Stream};
use duizhang::reading::{ON_ITS_WAY, Pair, Reading, SETTLEMENT, Source};
use duizhang::rules::judge::Rules;
use duizhang::rules::sums::{Contract, Sums, add_up, of_pair};
use duizhang::status::{Kind, MerchantStatus, ProviderStatus};
use futures_util::TryStreamExt;

use super::Fresh;
use super::words::{answer, at, counts, day, import, key, list, listed, order, stream};

fn settlement(minor: i64, on: u32, at_second: i64) -> Movement {
    Movement {
        account: "a".to_owned(),
        occurred_at: at(at_second),
        kind: MovementKind::Settlement,
        product: "quick".to_owned(),
        settlement_date: Some(day(on)),
        money: Money::fen(minor),
        name: "到账".to_owned(),
        note: String::new(),
        reference: String::new(),
    }
}

fn top_up(minor: i64, at_second: i64) -> Movement {
    Movement {
        kind: MovementKind::TopUp,
        product: String::new(),
        settlement_date: None,
        ..settlement(minor, 20, at_second)
    }
}

pub(crate) async fn movements_of_a_source_are_replaced_and_of_two_sources_are_one(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let twice = top_up(5, 7);
    let all = [settlement(100, 20, 3), twice.clone(), twice.clone()];
    assert_eq!(ledger.put_movements("f1", &all).await.unwrap(), counts(3, 0, 0));
    let of = async |account: &str| ledger.movements(account, at(0), at(100)).await.unwrap();
    assert_eq!(of("a").await, all);
    assert!(of("b").await.is_empty());
    // Another file has one of them, and one more: it adds only that.
    let reference = "TX1".to_owned();
    let noted = Movement { note: "n".to_owned(), reference, ..twice.clone() };
    let other = [noted.clone(), top_up(9, 50)];
    assert_eq!(ledger.put_movements("f2", &other).await.unwrap(), counts(2, 0, 0));
    let both = [all[0].clone(), noted, twice, top_up(9, 50)];
    assert_eq!(of("a").await, both);
    // The first file is corrected: what it had and has not any more is gone.
    assert_eq!(
        ledger.put_movements("f1", &[settlement(90, 20, 3)]).await.unwrap(),
        counts(1, 0, 3)
    );
    let minors: Vec<i64> = of("a").await.iter().map(|it| it.money.minor).collect();
    assert_eq!(minors, [90, 5, 9]);
    // From a moment on, and before another.
    assert_eq!(ledger.movements("a", at(7), at(50)).await.unwrap().len(), 1);
    assert_eq!(ledger.movements("a", at(4), at(7)).await.unwrap().len(), 0);
    let tables = ledger.status().await.unwrap().tables;
    let kept = tables.iter().find(|(name, _)| name == "movement").unwrap().1;
    assert_eq!(kept, 6, "history stays");
}

pub(crate) async fn settlements_come_by_their_date(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    assert_eq!(ledger.settlements("a", day(1), at(99)).await.unwrap(), (vec![], None));
    let all = [settlement(1, 18, 1), settlement(2, 19, 2), settlement(3, 20, 3), top_up(4, 4)];
    ledger.put_movements("f", &all).await.unwrap();
    let (found, first) = ledger.settlements("a", day(19), at(99)).await.unwrap();
    assert_eq!((found, first), (all[1..3].to_vec(), Some(day(18))));
    let (found, _) = ledger.settlements("a", day(19), at(3)).await.unwrap();
    assert_eq!(found, all[1..2]);
}

pub(crate) async fn day_sums_are_replaced_per_account_and_date(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let sum = |number: i64| DaySum {
        count: number,
        minor: i64::MAX - number,
        stated_count: 1,
        stated_minor: 2,
        contract_count: 3,
        contract_minor: 4,
        back_count: 5,
        back_minor: 6,
        merchant_only_count: 7,
        unavailable_count: number + 8,
        unavailable_minor: number * 1_000_003,
    };
    let refunds = Stream { kind: Kind::Refund, product: "scan".to_owned(), ..stream("a") };
    let both = [(stream("a"), sum(1)), (refunds.clone(), sum(2))];
    ledger.put_day_sums("a", day(20), &both).await.unwrap();
    ledger.put_day_sums("a", day(19), &both[..1]).await.unwrap();
    ledger.put_day_sums("b", day(20), &[(stream("b"), sum(3))]).await.unwrap();
    let found = ledger.day_sums("a", day(19), day(20)).await.unwrap();
    let expected = [
        (day(19), stream("a"), sum(1)),
        (day(20), stream("a"), sum(1)),
        (day(20), refunds, sum(2)),
    ];
    assert_eq!(found, expected);
    ledger.put_day_sums("a", day(20), &[]).await.unwrap();
    assert_eq!(ledger.day_sums("a", day(20), day(20)).await.unwrap(), []);
    assert_eq!(ledger.day_sums("b", day(20), day(20)).await.unwrap().len(), 1);
}

pub(crate) async fn what_a_date_was_settled_with_is_replaced_per_account(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    assert!(ledger.settled(day(20)).await.unwrap().is_empty());
    for (date, account, found) in [(20, "b", "{}"), (20, "a", "{\"余额\":1}"), (19, "a", "{}")] {
        ledger.put_settled(day(date), account, found).await.unwrap();
    }
    ledger.put_settled(day(20), "b", "[]").await.unwrap();
    let found: Vec<_> = ledger.settled(day(20)).await.unwrap().into_iter().collect();
    let expected = [("a", "{\"余额\":1}"), ("b", "[]")];
    assert_eq!(found, expected.map(|(account, found)| (account.to_owned(), found.to_owned())));
    assert_eq!(ledger.settled(day(19)).await.unwrap().len(), 1);
}

fn request(from: BusinessDate, to: BusinessDate) -> SumRequest {
    SumRequest {
        account: "a".to_owned(),
        from,
        to,
        back_from: from,
        cuts: [at(10), at(20), at(30)],
        unasked: Vec::new(),
        by_bill: false,
        per_order: false,
    }
}

fn changed(reading: Reading, change: impl FnOnce(&mut Reading)) -> Reading {
    let mut reading = reading;
    change(&mut reading);
    reading
}

fn rules(request: &SumRequest) -> Rules<'static> {
    Rules {
        asked_since: None,
        business_day: BusinessDay::BEIJING,
        tolerance_minor: 0,
        timing_window_seconds: 0,
        fees: &[],
        listed: false,
        offered: !request.unasked.contains(&stream("a")),
        by_bill: None,
    }
}

/// `slot count minor unit stated/fee timeless told`, sorted; and the orders that are to be resolved.
async fn summed(ledger: &dyn Ledger, request: &SumRequest) -> (Vec<String>, String) {
    let Summed { groups, apart } = ledger.sums(request).await.unwrap();
    let text = |group: &SumGroup| {
        assert_eq!((group.back, &*group.order_no), (None, ""));
        format!(
            "{} {} {} {} {} {}/{} {} {}",
            group.business_date.to_string().get(8..).unwrap(),
            group.slot,
            group.count,
            group.minor,
            group.unit_minor.map_or("-".to_owned(), |unit| unit.to_string()),
            group.stated_count,
            group.stated_minor,
            group.time_assumed,
            group.merchant_only_count,
        )
    };
    let mut groups: Vec<String> = groups.iter().map(text).collect();
    groups.sort();
    let apart: Vec<String> = apart.into_iter().map(|key| key.order_no).collect();
    (groups, apart.join(" "))
}

/// An order that the merchant booked with another amount.
fn booked(number: &str, date: u32) -> Order {
    Order {
        paid_at: Some(at(19)),
        amount: Money::fen(777),
        ..order(number, day(date), MerchantStatus::Succeeded)
    }
}

pub(crate) async fn what_every_word_tells_alike_is_added_up_and_the_rest_is_named(fresh: Fresh) {
    use ProviderStatus::{Failed, NotFound, Pending, Refunded, Succeeded};
    let ledger = &*fresh.ledger;
    let of = |number: &str| listed(number, day(20), Succeeded);
    let paid =
        |reading: Reading, second: i64| changed(reading, |it| it.facts.paid_at = Some(at(second)));
    let rows = [
        paid(of("01"), 10),
        paid(of("02"), 11),
        paid(of("03"), 20),
        changed(paid(of("04"), 30), |it| it.facts.fee_minor = Some(3)),
        paid(of("05"), 31),
        paid(of("06"), 15),
        paid(of("07"), 15),
        paid(of("08"), 15),
        paid(listed("09", day(20), Pending), 15),
        // Without a time: the merchant's, or nobody's.
        changed(of("13"), |it| it.facts.paid_at = None),
        changed(of("14"), |it| it.facts.paid_at = None),
        // A fee was taken out of the amount.
        changed(paid(of("18"), 15), |it| {
            (it.facts.fee_minor, it.facts.withheld_minor) = (Some(3), Some(3));
        }),
    ];
    list(ledger, day(20), day(20), &rows).await;
    let silent = |number: &str| {
        changed(answer(number, day(20), Succeeded), |it| {
            (it.facts.amount, it.facts.paid_at) = (None, None);
        })
    };
    let answers = [
        answer("06", day(20), Failed),
        answer("07", day(20), Refunded),
        // It leaves out what the listing states.
        changed(silent("08"), |it| it.facts.provider_order_no = String::new()),
        silent("10"),
        answer("11", day(20), NotFound),
        changed(answer("11", day(20), Succeeded), |it| it.source = Source::Notification),
        changed(paid(answer("12", day(20), Succeeded), 12), |it| it.source = Source::Notification),
        // Pending before, so that somebody has to look when it became final.
        changed(answer("15", day(20), Pending), |it| it.facts.paid_at = None),
    ];
    ledger.put_answers(&answers).await.unwrap();
    ledger.put_answers(&[silent("15")]).await.unwrap();
    let orders = [booked("10", 20), booked("13", 20), booked("15", 20), booked("16", 20)];
    import(ledger, "f", day(20), &orders).await;
    // Booked under another day: 05 is dated by its own time, 17 perhaps by the merchant's.
    ledger.put_answers(&[silent("17")]).await.unwrap();
    import(ledger, "g", day(19), &[booked("05", 19), booked("17", 19)]).await;
    let asked = request(day(20), day(20));
    let found = summed(ledger, &asked).await;
    let expected = [
        "20 0 1 100 100 0/0 0 0",
        "20 1 1 777 777 0/0 1 0",
        // 02, 03, 08, 12, and 13, whose time is the merchant's.
        "20 1 5 500 100 0/0 1 0",
        "20 2 1 100 - 1/3 0 0",
        "20 3 1 100 100 0/0 0 0",
    ];
    assert_eq!(found, (expected.map(str::to_owned).to_vec(), "06 07 11 14 15 17 18".to_owned()));
    // Of an earlier day only what was given back since.
    let later = SumRequest { back_from: day(19), ..request(day(21), day(21)) };
    assert_eq!(summed(ledger, &later).await, (vec![], "07".to_owned()));
    assert_eq!(summed(ledger, &request(day(19), day(19))).await, (vec![], "17".to_owned()));
    let both = summed(ledger, &request(day(19), day(20))).await;
    assert_eq!(both, (expected.map(str::to_owned).to_vec(), "06 07 11 14 15 17 18".to_owned()));
    let inside = ledger.pairs(&[key("a", "18")]).await.unwrap();
    assert_eq!(inside[0].readings[0].facts.withheld_minor, Some(3));
    let other = SumRequest { account: "b".to_owned(), ..asked.clone() };
    assert_eq!(summed(ledger, &other).await, (vec![], String::new()));
    // Where nobody can be asked, the merchant's word has to do.
    let unasked = SumRequest { unasked: vec![stream("a")], ..asked };
    let (groups, _) = summed(ledger, &unasked).await;
    assert!(groups.contains(&"20 1 1 777 - 0/0 1 1".to_owned()), "{groups:?}");
}

/// A small world without dice: every mix of sources, numbers, statuses, times and orders.
async fn every_mix(ledger: &dyn Ledger) -> Vec<OrderKey> {
    let sources = [Source::Query, Source::Notification, Source::Statement];
    let numbers = ["", "A", "B"];
    let (mut answers, mut rows, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    for mix in 0..1_080_usize {
        let order_no = format!("{mix:04}");
        let status = |at: usize| ProviderStatus::ALL[at % ProviderStatus::ALL.len()];
        let word = |reading: Reading, source, number: &str, status, minor: Option<i64>| {
            changed(reading, |it| {
                (it.source, it.facts.status) = (source, status);
                number.clone_into(&mut it.facts.provider_order_no);
                it.facts.amount = minor.map(Money::fen);
                let second = i64::try_from(mix % 5 * 10).unwrap();
                it.facts.paid_at = (mix % 5 > 1).then(|| at(second));
                it.business_date = it.facts.paid_at.map_or(it.business_date, date_of);
                it.facts.fee_minor = (mix % 11 == 0).then_some(2);
                if mix % 9 == 0 {
                    it.facts.remark(SETTLEMENT, ON_ITS_WAY);
                }
            })
        };
        if mix % 4 != 3 {
            let merchant = MerchantStatus::ALL[mix / 4 % MerchantStatus::ALL.len()];
            let date = day(if mix % 13 == 0 { 19 } else { 20 });
            let created_at = (mix % 17 != 0).then(|| at(25));
            orders.push(Order { created_at, ..order(&order_no, date, merchant) });
        }
        if mix % 3 != 0 {
            let row = listed(&order_no, day(20), ProviderStatus::Succeeded);
            rows.push(word(row, Source::Listing, numbers[1 + mix % 2], status(mix / 3), Some(100)));
        }
        for (place, source) in sources.iter().enumerate().skip(mix % 4) {
            let provider = status(if mix % 6 < 3 { mix / 3 } else { mix / 2 + place });
            // Where the provider denies the order, a callback has no number of its own.
            let number = if place == 1 { "A" } else { numbers[(mix / 5 + place) % 3] };
            let other = 100 + i64::try_from(place * (mix % 2)).unwrap();
            let minor = (mix % 7 != place).then_some(other);
            let base = answer(&order_no, day(20), ProviderStatus::Succeeded);
            let row = word(base, *source, number, provider, minor);
            // A statement may have a second content, or another transaction of the order.
            if *source == Source::Statement && mix % 4 == 1 {
                let number = numbers[(mix / 5 + mix % 3) % 3];
                let other = word(row.clone(), *source, number, status(mix / 7), Some(7));
                answers.push(Reading { occurrence: 2, ..other });
            }
            answers.push(row);
        }
    }
    list(ledger, day(20), day(20), &rows).await;
    super::words::tell(ledger, &answers).await;
    for date in [19, 20] {
        let own: Vec<_> =
            orders.iter().filter(|it| it.business_date == day(date)).cloned().collect();
        import(ledger, &format!("f{date}"), day(date), &own).await;
    }
    (0..1_080).map(|mix| key("a", &format!("{mix:04}"))).collect()
}

fn date_of(moment: Timestamp) -> BusinessDate {
    BusinessDay::BEIJING.date_of(moment)
}

/// What a ledger adds up, and what it leaves to be resolved, come to what resolving every order comes to.
pub(crate) async fn sums_are_those_of_every_order_resolved(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let keys = every_mix(ledger).await;
    let pairs = ledger.pairs(&keys).await.unwrap();
    let fees = [super::words::fee_rule("0.0038", 1)];
    let stated = date_of(at(20));
    let contract = Contract { fees: &fees, cycles: &[] };
    let mut resolved = 0;
    for (unasked, per_order) in [(vec![], false), (vec![stream("a")], false), (vec![], true)] {
        for (from, to) in [(day(19), day(20)), (day(20), day(20)), (stated, stated)] {
            let base = request(from, to);
            let (back_from, unasked) = (from.plus_days(-2), unasked.clone());
            let request = SumRequest { back_from, unasked, per_order, ..base };
            let rules = rules(&request);
            let all = |pairs: &[Pair]| -> Vec<SumGroup> {
                pairs.iter().flat_map(|pair| of_pair(pair, &rules, &request)).collect()
            };
            let expected = add_up(&all(&pairs), contract, &BTreeSet::new()).unwrap();
            let Summed { mut groups, apart } = ledger.sums(&request).await.unwrap();
            assert!(groups.len() < if per_order { 1 } else { 40 }, "{}", groups.len());
            let apart: Vec<OrderKey> = apart.into_iter().collect();
            resolved += apart.len();
            groups.extend(all(&ledger.pairs(&apart).await.unwrap()));
            let found = add_up(&groups, contract, &BTreeSet::new()).unwrap();
            let in_range = |sums: &Sums| {
                sums.days.range(from..=to).map(|(day, sum)| (*day, sum.clone())).collect::<Vec<_>>()
            };
            assert_eq!(in_range(&found), in_range(&expected), "{from} {to} {:?}", request.unasked);
            assert_eq!(found, expected, "{from} {to} {:?}", request.unasked);
            assert!(from == stated || !expected.days.is_empty());
        }
    }
    assert!(resolved > 500, "{resolved}");
}

pub(crate) async fn orders_are_added_up_where_a_provider_cannot_be_asked(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let paid = |number: &str, second| Order {
        paid_at: Some(at(second)),
        ..order(number, day(20), MerchantStatus::Succeeded)
    };
    let failed = order("3", day(20), MerchantStatus::Failed);
    let orders = [paid("1", 11), paid("2", 25), failed, paid("4", 12), paid("5", 12)];
    import(ledger, "f", day(20), &orders).await;
    // Of this one a bill tells too: it counts once, as the bill says.
    let row = changed(listed("5", day(20), ProviderStatus::Succeeded), |it| {
        (it.source, it.facts.paid_at) = (Source::Statement, Some(at(12)));
    });
    super::words::tell(ledger, &[row]).await;
    let unasked = SumRequest { unasked: vec![stream("a")], ..request(day(20), day(20)) };
    let (groups, apart) = summed(ledger, &unasked).await;
    let expected = ["20 1 1 100 100 0/0 0 0", "20 1 2 200 - 0/0 2 2", "20 2 1 100 - 0/0 1 1"];
    assert_eq!((groups, &*apart), (expected.map(str::to_owned).to_vec(), ""));
    // Who can be asked is, before a file's word counts.
    let asked = request(day(20), day(20));
    assert_eq!(summed(ledger, &asked).await, (vec![], "5".to_owned()));
}

/// A date whose sums were put has to be added up again when an answer comes, or a pair of it was touched and
/// judged.
pub(crate) async fn sums_are_stale_where_something_of_their_date_has_changed(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let stale = async || ledger.stale_dates("a", day(1), day(30)).await.unwrap();
    let put = async |on: u32| ledger.put_day_sums("a", day(on), &[]).await.unwrap();
    import(ledger, "f", day(20), &[order("1", day(20), MerchantStatus::Succeeded)]).await;
    assert!(stale().await.is_empty(), "the date itself is still to be settled");
    ledger.put_answers(&[answer("1", day(20), ProviderStatus::Pending)]).await.unwrap();
    assert_eq!(stale().await, [day(20)]);
    put(20).await;
    assert!(stale().await.is_empty());
    // The same answer again is no news; another one is, on both of its days.
    ledger.put_answers(&[answer("1", day(20), ProviderStatus::Pending)]).await.unwrap();
    assert!(stale().await.is_empty());
    ledger.put_answers(&[answer("1", day(21), ProviderStatus::Succeeded)]).await.unwrap();
    assert_eq!(stale().await, [day(20), day(21)]);
    ledger.put_day_sums("b", day(20), &[]).await.unwrap();
    assert_eq!(stale().await.len(), 2, "another account's");
    put(20).await;
    put(21).await;
    // An order that is booked late is touched, and judged.
    import(ledger, "late", day(22), &[order("2", day(18), MerchantStatus::Succeeded)]).await;
    ledger.settle_touched(&[key("a", "2"), key("a", "1")]).await.unwrap();
    assert_eq!(stale().await, [day(18)]);
    assert!(ledger.stale_dates("a", day(19), day(30)).await.unwrap().is_empty());
}

pub(crate) async fn a_discrepancy_of_an_account_puts_no_pair_in_doubt(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    for (kind, order_no) in [
        (DiscrepancyType::BalanceMismatch, "BALANCE-2026-11-20"),
        (DiscrepancyType::SettlementMismatch, "SETTLEMENT-T1-2026-11-20"),
    ] {
        let discrepancy = Discrepancy {
            id: format!("DZ{order_no}"),
            key: key("a", order_no),
            kind,
            business_date: day(20),
            first_seen: day(20),
            timing_until: None,
            state: State::Open,
            closed_on: None,
            difference_minor: 0,
            provider_order_no: String::new(),
            original_order_no: String::new(),
            currency: Currency::CNY,
            merchant_amount_minor: Some(1),
            provider_amount_minor: Some(2),
            merchant_fee_minor: None,
            provider_fee_minor: None,
            merchant_status: Some(MerchantStatus::Succeeded),
            provider_status: ProviderStatus::Succeeded,
            merchant_time: None,
            provider_time: None::<Timestamp>,
            evidence: Evidence::none(),
            resolution: String::new(),
            resolved_by: String::new(),
            resolution_note: String::new(),
        };
        let event = DiscrepancyEvent {
            discrepancy_id: discrepancy.id.clone(),
            order_no: order_no.to_owned(),
            sequence: 0,
            business_date: day(20),
            event: "raised".to_owned(),
            person: "duizhang".to_owned(),
            note: String::new(),
            occurred_at: at(0),
        };
        ledger.put_discrepancies(&[DiscrepancyChange { discrepancy, event }]).await.unwrap();
    }
    let scan = Scan {
        date: day(20),
        accounts: vec!["a".to_owned()],
        tolerance_minor: 0,
        listed: Vec::new(),
        verified_only: false,
        by_bill: Vec::new(),
        fees: std::collections::BTreeMap::new(),
    };
    let found: Vec<_> = ledger.scan(&scan).try_collect().await.unwrap();
    assert_eq!(found, []);
    assert_eq!(ledger.report_rows(day(20)).try_collect::<Vec<_>>().await.unwrap().len(), 2);
}

//! Movements, and what settlements and balances are added up from.

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::discrepancy::{Discrepancy, DiscrepancyType, Evidence, State};
use duizhang::ledger::{DaySum, DiscrepancyChange, DiscrepancyEvent, Scan, SumGroup, SumRequest};
use duizhang::money::{Currency, Money};
use duizhang::movement::{Movement, MovementKind};
use duizhang::order::{Order, Stream};
use duizhang::reading::{Reading, Source};
use duizhang::reconcile::transactions::{Transaction, transactions};
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
    let noted = Movement { note: "n".to_owned(), ..twice.clone() };
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
        told_count: 7,
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
    }
}

fn said(reading: Reading, change: impl FnOnce(&mut Reading)) -> Reading {
    let mut reading = reading;
    change(&mut reading);
    reading
}

/// `status slot>seen count minor unit stated/fee assumed/timeless order`.
fn text(group: &SumGroup) -> String {
    format!(
        "{} {}>{} {} {} {} {}/{} {}/{} {}",
        group.status,
        group.slot,
        group.seen_slot,
        group.count,
        group.minor,
        group.unit_minor.map_or("-".to_owned(), |unit| unit.to_string()),
        group.stated_count,
        group.stated_minor,
        group.amount_assumed,
        group.time_assumed,
        group.order_no,
    )
    .trim_end()
    .to_owned()
}

pub(crate) async fn transactions_are_added_up_by_what_decides(fresh: Fresh) {
    use ProviderStatus::{Failed, NotFound, Pending, Refunded, Succeeded};
    let ledger = &*fresh.ledger;
    let of = |number: &str| listed(number, day(20), Succeeded);
    let paid =
        |reading: Reading, second: i64| said(reading, |it| it.said.paid_at = Some(at(second)));
    list(
        ledger,
        day(20),
        day(20),
        &[
            paid(of("01"), 10),
            paid(of("02"), 11),
            paid(of("03"), 20),
            said(paid(of("04"), 30), |it| it.said.fee_minor = Some(3)),
            paid(of("05"), 31),
            paid(of("06"), 15),
            paid(of("07"), 15),
            paid(of("08"), 15),
            paid(listed("09", day(20), Pending), 15),
        ],
    )
    .await;
    let silent = said(answer("10", day(20), Succeeded), |it| {
        (it.said.amount, it.said.paid_at) = (None, None);
    });
    let answers = [
        // An answer decides against the listing: failed, refunded, found again under no number.
        answer("06", day(20), Failed),
        said(answer("07", day(20), Refunded), |it| {
            (it.said.paid_at, it.observed_at) = (Some(at(15)), at(25));
        }),
        said(answer("08", day(20), Succeeded), |it| {
            it.said.provider_order_no = String::new();
            (it.said.amount, it.said.paid_at) = (None, None);
        }),
        silent,
        // A callback is worth nothing where the provider has no such order.
        answer("11", day(20), NotFound),
        said(answer("11", day(20), Succeeded), |it| it.source = Source::Notification),
        said(answer("12", day(20), Succeeded), |it| {
            (it.source, it.said.paid_at) = (Source::Notification, Some(at(12)));
        }),
    ];
    ledger.put_answers(&answers).await.unwrap();
    let booked = Order {
        paid_at: Some(at(19)),
        amount: Money::fen(777),
        ..order("10", day(20), MerchantStatus::Succeeded)
    };
    import(ledger, "f", day(20), &[booked]).await;
    let groups = ledger.reading_sums(&request(day(20), day(20))).await.unwrap();
    let found: Vec<String> = groups.iter().map(text).collect();
    assert_eq!(
        found,
        [
            "succeeded 0>0 1 100 100 0/0 0/0",
            // 02, 03, 12 and 08, whose amount and time are the listing's.
            "succeeded 1>0 4 400 100 0/0 1/0",
            "succeeded 1>0 1 777 777 0/0 1/1",
            "succeeded 2>0 1 100 - 1/3 0/0",
            "succeeded 3>0 1 100 100 0/0 0/0",
            "refunded 1>2 1 100 100 0/0 0/0 07",
        ]
    );
    assert!(groups.iter().all(|group| group.business_date == day(20)));
    let seen: Vec<_> = groups.iter().filter_map(|group| group.seen_at).collect();
    assert_eq!(seen, [at(25)]);
    assert!(ledger.reading_sums(&request(day(19), day(19))).await.unwrap().is_empty());
    let other = SumRequest { account: "b".to_owned(), ..request(day(20), day(20)) };
    assert!(ledger.reading_sums(&other).await.unwrap().is_empty());
}

/// Whether what has no number says `succeeded`, and so does one of several transactions that have one.
fn is_about_one_of_several(readings: &[Reading]) -> bool {
    let is_numbered = |it: &&Reading| !it.said.provider_order_no.is_empty();
    let alone = |numbered: bool| {
        let words = readings.iter().filter(|it| is_numbered(it) == numbered);
        transactions(&words.cloned().collect::<Vec<_>>()).all
    };
    let is_paid = |all: &[Transaction]| all.iter().any(|it| it.status == ProviderStatus::Succeeded);
    let (numbered, unnumbered) = (alone(true), alone(false));
    numbered.len() > 1 && is_paid(&numbered) && is_paid(&unnumbered)
}

/// The sums are those that the judgement's own reading of the words gives, whatever was said.
pub(crate) async fn sums_are_those_of_the_judgements_transactions(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let sources = [Source::Query, Source::Notification, Source::Statement];
    let numbers = ["", "A", "B"];
    let mut answers = Vec::new();
    let mut rows = Vec::new();
    // A small world without dice: every mix of sources, numbers and statuses, each order its own.
    for mix in 0..540_usize {
        let order_no = format!("{mix:04}");
        let status = |at: usize| ProviderStatus::ALL[at % ProviderStatus::ALL.len()];
        let word = |reading: Reading, source, number: &str, status, minor: Option<i64>| {
            said(reading, |it| {
                (it.source, it.said.status) = (source, status);
                number.clone_into(&mut it.said.provider_order_no);
                it.said.amount = minor.map(Money::fen);
            })
        };
        if mix % 3 != 0 {
            let row = listed(&order_no, day(20), ProviderStatus::Succeeded);
            rows.push(word(row, Source::Listing, numbers[1 + mix % 2], status(mix / 3), Some(100)));
        }
        for (place, source) in sources.iter().enumerate().skip(mix % 2) {
            let told = status(mix / 2 + place);
            // Where the provider denies the order, a callback has no number of its own.
            let number = if place == 1 { "A" } else { numbers[(mix / 5 + place) % 3] };
            let minor = (mix % 7 != place).then_some(100 + i64::try_from(place).unwrap());
            let base = answer(&order_no, day(20), ProviderStatus::Succeeded);
            let row = word(base, *source, number, told, minor);
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
    let keys: Vec<_> = (0..540).map(|mix| key("a", &format!("{mix:04}"))).collect();
    let (mut count, mut sum, mut about_one_of_several) = (0_i64, 0_i64, 0);
    for pair in ledger.pairs(&keys).await.unwrap() {
        about_one_of_several += i32::from(is_about_one_of_several(&pair.readings));
        for told in transactions(&pair.readings).all {
            if told.status == ProviderStatus::Succeeded {
                count += 1;
                sum += told.amount.map_or(0, |amount| amount.minor);
            }
        }
    }
    let groups = ledger.reading_sums(&request(day(20), day(20))).await.unwrap();
    let done = groups.iter().filter(|group| group.status == ProviderStatus::Succeeded);
    let found = done.fold((0, 0), |(count, sum), it| (count + it.count, sum + it.minor));
    assert!(count > 100, "{count}");
    assert!(about_one_of_several > 3, "{about_one_of_several}");
    assert_eq!(found.0, count);
    assert_eq!(found.1, sum);
}

pub(crate) async fn orders_are_added_up_where_a_provider_cannot_be_asked(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let paid = |number: &str, second| Order {
        paid_at: Some(at(second)),
        ..order(number, day(20), MerchantStatus::Succeeded)
    };
    let failed = order("3", day(20), MerchantStatus::Failed);
    import(ledger, "f", day(20), &[paid("1", 11), paid("2", 25), failed, paid("4", 12)]).await;
    let groups = ledger.order_sums(&[stream("a")], &request(day(20), day(20))).await.unwrap();
    let found: Vec<String> = groups.iter().map(text).collect();
    assert_eq!(found, ["succeeded 1>0 2 200 - 0/0 2/2", "succeeded 2>0 1 100 - 0/0 1/1"]);
    assert!(ledger.order_sums(&[], &request(day(20), day(20))).await.unwrap().is_empty());
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
        fees: std::collections::BTreeMap::new(),
    };
    let found: Vec<_> = ledger.scan(&scan).try_collect().await.unwrap();
    assert_eq!(found, []);
    assert_eq!(ledger.report_rows(day(20)).try_collect::<Vec<_>>().await.unwrap().len(), 2);
}

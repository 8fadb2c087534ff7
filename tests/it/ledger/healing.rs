//! What earlier versions let in: it is read back, and it can be taken out of use.

use std::slice::from_ref;

use chrono::NaiveDate;
use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::money::{Money, STATED_MINOR_MAX};
use duizhang::movement::{Movement, MovementKind};
use duizhang::order::Order;
use duizhang::reading::Reading;
use duizhang::status::{MerchantStatus as M, ProviderStatus as P};

use super::Fresh;
use super::words::{
    at, day, doubts, import, list, listed, order, orders_of, readings_of, scan_of, scanned, state,
    stated,
};

fn date(year: i32) -> BusinessDate {
    BusinessDate::new(NaiveDate::from_ymd_opt(year, 1, 1).unwrap())
}

fn movement(occurred_at: Timestamp, settled: BusinessDate) -> Movement {
    Movement {
        account: "a".to_owned(),
        occurred_at,
        kind: MovementKind::Settlement,
        product: String::new(),
        settlement_date: Some(settled),
        money: Money::fen(100),
        name: "n".to_owned(),
        note: String::new(),
        reference: String::new(),
    }
}

pub(crate) async fn a_date_that_cannot_be_is_read_back_and_withdrawn(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    for year in [0, 1, 202, 1970, 2222, 9999] {
        let odd = order("1", date(year), M::Succeeded);
        import(ledger, "f", day(20), from_ref(&odd)).await;
        assert_eq!(orders_of(ledger, "1").await, from_ref(&odd), "{year}");
        let odd = stated("s", "1", date(year), P::Succeeded);
        state(ledger, "s", from_ref(&odd)).await;
        assert_eq!(readings_of(ledger, "1").await, from_ref(&odd), "{year}");
    }
    // The next import of each file has them no longer.
    import(ledger, "f", day(20), &[]).await;
    state(ledger, "s", &[]).await;
    assert!(orders_of(ledger, "1").await.is_empty());
    assert!(readings_of(ledger, "1").await.is_empty());
}

pub(crate) async fn rows_that_cannot_be_are_taken_out_and_nothing_else(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let absurd = Order { amount: Money::fen(i64::MAX), ..order("3", day(20), M::Succeeded) };
    let fee = Order { fee_minor: Some(i64::MIN), ..order("4", day(20), M::Succeeded) };
    let most = Order { amount: Money::fen(STATED_MINOR_MAX), ..order("5", day(20), M::Succeeded) };
    let orders =
        [order("1", day(20), M::Succeeded), order("2", date(1), M::Succeeded), absurd, fee, most];
    import(ledger, "f", day(20), &orders).await;
    import(ledger, "g", day(20), &[order("6", day(20), M::Succeeded)]).await;
    state(ledger, "s", &[stated("s", "2", date(202), P::Succeeded)]).await;
    let mut row = listed("1", day(20), P::Succeeded);
    list(ledger, day(20), day(20), from_ref(&row)).await;
    row = Reading { key: super::words::key("a", "7"), ..row };
    row.facts.amount = Some(Money::fen(i64::MIN));
    "7".clone_into(&mut row.facts.order_no);
    list(ledger, day(21), day(21), from_ref(&Reading { business_date: day(21), ..row })).await;
    let good = movement(at(0), day(20));
    let bad = movement(Timestamp::from_epoch_seconds(-62_135_596_800), date(1));
    ledger.put_movements("m", &[good.clone(), bad]).await.unwrap();

    let healed = ledger.heal().await.unwrap();
    assert_eq!(healed.rows, [("merchant_order", 3), ("reading", 2), ("movement", 1)]);
    assert_eq!(healed.files, ["f", "m", "s"]);
    for (order_no, found) in [("1", 1), ("2", 0), ("3", 0), ("4", 0), ("5", 1), ("6", 1)] {
        assert_eq!(orders_of(ledger, order_no).await.len(), found, "{order_no}");
    }
    assert_eq!(readings_of(ledger, "1").await.len(), 1);
    assert!(readings_of(ledger, "2").await.is_empty() && readings_of(ledger, "7").await.is_empty());
    let all = ledger.movements("a", Timestamp::from_epoch_seconds(i64::MIN), at(9_999)).await;
    assert_eq!(all.unwrap(), [good]);
    // Their pairs are looked at again, and their files are read again.
    let touched = doubts(&scanned(ledger, &scan_of(day(28))).await);
    assert_eq!(touched, ["2", "3", "4", "7"]);
    assert!(!ledger.intake_is_known("f", "digest").await.unwrap());
    assert!(ledger.intake_is_known("g", "digest").await.unwrap());
    // Nothing is deleted, and nothing is left to do.
    let tables = ledger.status().await.unwrap().tables;
    let rows = |name: &str| tables.iter().find(|(table, _)| table == name).unwrap().1;
    assert_eq!((rows("merchant_order"), rows("reading"), rows("movement")), (6, 3, 2));
    assert!(ledger.heal().await.unwrap().rows.is_empty());
}

//! What the merchant says: imports, later words, withdrawn rows, and imports that break off.

use std::slice::from_ref;
use std::sync::mpsc;

use duizhang::business_day::BusinessDate;
use duizhang::ledger::{LedgerError, PutCount, SortedRows};
use duizhang::money::{Currency, Money};
use duizhang::order::{Order, OrderKey, Origin, Rejection, RejectionReason, Stream};
use duizhang::status::{Kind, MerchantStatus as M};
use futures_util::TryStreamExt;

use super::Fresh;
use super::words::{
    counts, day, file, filled, import, key, order, orders_of, rows, scan_of, scanned,
};

pub(crate) async fn importing_twice_adds_nothing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let orders = [order("1", day(20), M::Succeeded), order("2", day(20), M::Closed)];
    assert_eq!(import(ledger, "f", day(20), &orders).await, counts(2, 0, 0));
    assert!(ledger.intake_is_known("f", "digest").await.unwrap());
    assert!(!ledger.intake_is_known("f", "other").await.unwrap());
    assert!(!ledger.intake_is_known("g", "digest").await.unwrap());
    let before = ledger.status().await.unwrap().tables;
    // Another line of the file is no other word.
    let moved = orders.clone().map(|order| Order { line: order.line + 5, ..order });
    assert_eq!(import(ledger, "f", day(20), &moved).await, counts(0, 2, 0));
    assert_eq!(import(ledger, "other name", day(20), &orders).await, counts(0, 2, 0));
    let after = ledger.status().await.unwrap().tables;
    let of = |tables: &[(String, i64)]| {
        tables.iter().find(|(name, _)| name == "merchant_order").unwrap().1
    };
    // That the other one says so too is kept.
    assert_eq!((of(&before), of(&after)), (2, 4));
    assert_eq!(ledger.intake_files(day(20)).await.unwrap().len(), 2);
}

pub(crate) async fn a_later_word_supersedes_an_earlier_one(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    import(ledger, "f", day(20), &[order("1", day(20), M::Pending)]).await;
    let later = order("1", day(20), M::Succeeded);
    assert_eq!(import(ledger, "f", day(20), from_ref(&later)).await, counts(1, 0, 1));
    assert_eq!(orders_of(ledger, "1").await, from_ref(&later));
    // Also under another name, and back to what was said first.
    let first = order("1", day(20), M::Pending);
    assert_eq!(import(ledger, "g", day(20), from_ref(&first)).await, counts(1, 0, 1));
    assert_eq!(orders_of(ledger, "1").await, [first]);
}

pub(crate) async fn a_later_word_supersedes_across_dates(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    import(ledger, "20", day(20), &[order("1", day(20), M::Pending)]).await;
    let later = order("1", day(21), M::Succeeded);
    assert_eq!(import(ledger, "21", day(21), from_ref(&later)).await, counts(1, 0, 1));
    assert_eq!(orders_of(ledger, "1").await, [later]);
    // The first file no longer owns it, so its next import withdraws nothing.
    assert_eq!(import(ledger, "20", day(20), &[]).await, counts(0, 0, 0));
    assert_eq!(orders_of(ledger, "1").await.len(), 1);
}

pub(crate) async fn a_row_that_a_file_no_longer_has_is_withdrawn(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let all: Vec<Order> = (1..=5)
        .map(|n| order(&n.to_string(), day(if n == 3 { 19 } else { 20 }), M::Succeeded))
        .collect();
    import(ledger, "f", day(20), &all).await;
    let mut left = all.clone();
    left.remove(4);
    left.remove(2);
    left.remove(0);
    assert_eq!(import(ledger, "f", day(20), &left).await, counts(0, 2, 3));
    for (order_no, found) in [("1", 0), ("2", 1), ("3", 0), ("4", 1), ("5", 0)] {
        assert_eq!(orders_of(ledger, order_no).await.len(), found, "{order_no}");
    }
    assert_eq!(import(ledger, "f", day(20), &[]).await, counts(0, 0, 2));
    assert_eq!(import(ledger, "f", day(20), &all).await, counts(5, 0, 0));
    assert_eq!(orders_of(ledger, "3").await, [all[2].clone()]);
}

pub(crate) async fn another_file_withdraws_nothing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    import(ledger, "f", day(20), &[order("1", day(20), M::Succeeded)]).await;
    import(ledger, "g", day(20), &[order("2", day(20), M::Succeeded)]).await;
    assert_eq!(import(ledger, "g", day(20), &[]).await, counts(0, 0, 1));
    assert_eq!(orders_of(ledger, "1").await.len(), 1);
    assert_eq!(orders_of(ledger, "2").await.len(), 0);
}

pub(crate) async fn what_another_file_says_counts_again_when_one_is_taken_back(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let right: Vec<Order> = (1..=3).map(|n| order(&n.to_string(), day(20), M::Succeeded)).collect();
    import(ledger, "a", day(20), &right).await;
    // One says otherwise and under another date, one the same, one is the copy's alone.
    let wrong = [
        Order { amount: Money::fen(7), ..order("1", day(19), M::Succeeded) },
        right[1].clone(),
        order("4", day(20), M::Succeeded),
    ];
    assert_eq!(import(ledger, "copy", day(20), &wrong).await, counts(2, 1, 1));
    assert_eq!(ledger.orders_overruled_by("a").await.unwrap(), ["copy"]);
    assert!(ledger.orders_overruled_by("copy").await.unwrap().is_empty());
    assert!(ledger.orders_overruled_by("nowhere").await.unwrap().is_empty());
    assert!(ledger.unkept_orders(day(20)).await.unwrap().is_empty());
    ledger.settle_touched(&[key("a", "1")]).await.unwrap();
    let taken_back = PutCount { restored: 1, ..counts(0, 0, 2) };
    assert_eq!(import(ledger, "copy", day(20), &[]).await, taken_back);
    for (order_no, found) in [("1", 1), ("2", 1), ("3", 1), ("4", 0)] {
        assert_eq!(orders_of(ledger, order_no).await.len(), found, "{order_no}");
    }
    assert_eq!(orders_of(ledger, "1").await, right[..1]);
    // No run of another date would notice by itself.
    assert_eq!(super::words::doubts(&scanned(ledger, &scan_of(day(28))).await), ["1"]);
    // The right one again after a wrong one counts; then the wrong one has nothing to give back.
    import(ledger, "copy", day(20), &wrong).await;
    assert_eq!(import(ledger, "a", day(20), &right).await, counts(1, 2, 1));
    assert_eq!(orders_of(ledger, "1").await, right[..1]);
    assert_eq!(import(ledger, "copy", day(20), &[]).await, counts(0, 0, 1));
    // What both say stays while one of them says it.
    import(ledger, "copy", day(20), &right[1..2]).await;
    let kept_by_one = PutCount { restored: 1, ..counts(0, 0, 3) };
    assert_eq!(import(ledger, "a", day(20), &[]).await, kept_by_one);
    assert_eq!(orders_of(ledger, "2").await, right[1..2]);
    assert_eq!(import(ledger, "copy", day(20), &[]).await, counts(0, 0, 1));
    assert!(orders_of(ledger, "2").await.is_empty());
}

pub(crate) async fn a_second_content_of_one_number_is_kept_beside_the_first(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let first = order("1", day(20), M::Succeeded);
    let second = Order { occurrence: 2, amount: Money::fen(200), line: 3, ..first.clone() };
    let both = [first, second];
    assert_eq!(import(ledger, "f", day(20), &both).await, counts(2, 0, 0));
    assert_eq!(orders_of(ledger, "1").await, both);
    assert_eq!(import(ledger, "f", day(20), &both).await, counts(0, 2, 0));
}

pub(crate) async fn rows_out_of_order_are_refused_and_leave_nothing(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let one = order("1", day(20), M::Succeeded);
    let two = order("2", day(20), M::Succeeded);
    let nameless = order("", day(20), M::Succeeded);
    for orders in [vec![two.clone(), one.clone()], vec![one.clone(), one.clone()], vec![nameless]] {
        let outcome = ledger.put_orders(&file("f", day(20)), rows(orders), rows(Vec::new())).await;
        assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    }
    assert_is_empty(&fresh, day(20)).await;
}

pub(crate) async fn rows_that_cannot_be_read_back_leave_nothing(fresh: Fresh) {
    let many = (0..1_700).map(|n| Ok(order(&format!("{n:05}"), day(20), M::Succeeded)));
    let broken = std::iter::once_with(|| Err(std::io::Error::other("spool")));
    let orders: SortedRows<Order> = Box::new(many.chain(broken));
    let outcome = fresh.ledger.put_orders(&file("f", day(20)), orders, rows(Vec::new())).await;
    assert!(matches!(outcome, Err(LedgerError::Rows { .. })), "{outcome:?}");
    assert_is_empty(&fresh, day(20)).await;
}

pub(crate) async fn a_dropped_import_leaves_nothing(fresh: Fresh) {
    let (reached, half) = tokio::sync::oneshot::channel();
    let (release, wait) = mpsc::channel::<()>();
    let mut reached = Some(reached);
    let orders: SortedRows<Order> = Box::new((0..5_000).map(move |n| {
        if n == 2_600 {
            reached.take().unwrap().send(()).ok();
            wait.recv().ok();
        }
        Ok(order(&format!("{n:05}"), day(20), M::Succeeded))
    }));
    let file = file("f", day(20));
    tokio::select! {
        outcome = fresh.ledger.put_orders(&file, orders, rows(Vec::new())) => {
            panic!("the import came to an end: {outcome:?}")
        }
        _ = half => {}
    }
    drop(release);
    assert_is_empty(&fresh, day(20)).await;
    let again = import(&*fresh.ledger, "f", day(20), &[order("1", day(20), M::Succeeded)]).await;
    assert_eq!(again, counts(1, 0, 0));
}

async fn assert_is_empty(fresh: &Fresh, date: BusinessDate) {
    let ledger = &*fresh.ledger;
    assert_eq!(filled(ledger).await, [""; 0]);
    assert!(scanned(ledger, &scan_of(date)).await.is_empty());
    assert!(!ledger.intake_is_known("f", "digest").await.unwrap());
}

pub(crate) async fn refused_rows_are_replaced_by_name(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let refused = |line| Rejection {
        column: "amount".to_owned(),
        value: "1.2.3".to_owned(),
        order_no: "77".to_owned(),
        account: "a".to_owned(),
        kind: Some(Kind::Payment),
        product: "quick".to_owned(),
        amount: Some(Money::fen(1_200)),
        business_date: Some(day(19)),
        ..Rejection::whole(Origin::Orders, "f", line, RejectionReason::NotANumber)
    };
    let many: Vec<Rejection> = (0..1_200).rev().map(refused).collect();
    ledger.put_orders(&file("f", day(20)), rows(vec![]), rows(many.clone())).await.unwrap();
    let mut sorted = many;
    sorted.sort();
    let found: Vec<_> = ledger.rejections(day(20)).try_collect().await.unwrap();
    assert_eq!(found, sorted);
    ledger.put_orders(&file("f", day(21)), rows(vec![]), rows(vec![refused(9)])).await.unwrap();
    let found: Vec<_> = ledger.rejections(day(20)).try_collect().await.unwrap();
    assert!(found.is_empty());
    let found: Vec<_> = ledger.rejections(day(21)).try_collect().await.unwrap();
    assert_eq!(found, [refused(9)]);
    assert!(ledger.intake_files(day(20)).await.unwrap().is_empty());
    assert_eq!(ledger.intake_files(day(21)).await.unwrap(), [file("f", day(21))]);
}

pub(crate) async fn refunds_are_found_by_their_payment(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let refund = |account: &str, order_no: &str, date, of: &str| Order {
        key: OrderKey {
            stream: Stream { kind: Kind::Refund, ..key(account, "").stream },
            order_no: order_no.to_owned(),
        },
        original_order_no: of.to_owned(),
        ..order("", date, M::Succeeded)
    };
    let early = refund("a", "r2", day(19), "1");
    let late = refund("a", "r1", day(21), "1");
    let orders = [
        order("1", day(18), M::Succeeded),
        late.clone(),
        early.clone(),
        refund("a", "r3", day(20), "2"),
        refund("b", "r4", day(20), "1"),
    ];
    import(ledger, "f", day(20), &orders).await;
    assert_eq!(ledger.refunds_of(&[key("a", "1")]).await.unwrap(), [late.clone(), early]);
    assert!(ledger.refunds_of(&[key("a", "9"), key("c", "1")]).await.unwrap().is_empty());
    import(ledger, "g", day(20), &[Order { original_order_no: "5".to_owned(), ..late }]).await;
    assert_eq!(ledger.refunds_of(&[key("a", "1")]).await.unwrap().len(), 1);
}

pub(crate) async fn refunds_of_a_day_come_in_pages(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let stream = Stream { kind: Kind::Refund, ..key("a", "").stream };
    let refund = |order_no: &str, date, of: &str| Order {
        key: OrderKey { stream: stream.clone(), order_no: order_no.to_owned() },
        original_order_no: of.to_owned(),
        ..order("", date, M::Failed)
    };
    let first = refund("r1", day(20), "1");
    let orders = [
        order("1", day(20), M::Succeeded),
        first.clone(),
        Order { occurrence: 2, amount: Money::fen(5), ..first.clone() },
        refund("r2", day(20), "1"),
        refund("r3", day(19), "1"),
        refund("r4", day(20), ""),
        refund("r5", day(20), "2"),
    ];
    import(ledger, "f", day(20), &orders).await;
    let page = async |after: &str, limit| {
        let page = ledger.refunds_on(&stream, day(20), after, limit).await.unwrap();
        page.into_iter().map(|order| order.key.order_no).collect::<Vec<_>>()
    };
    assert_eq!(page("", 2).await, ["r1", "r2"]);
    assert_eq!(page("r2", 2).await, ["r5"]);
    assert!(page("r5", 2).await.is_empty());
    assert_eq!(ledger.refunds_on(&stream, day(20), "", 1).await.unwrap(), [first]);
    let other = Stream { account: "b".to_owned(), ..stream.clone() };
    assert!(ledger.refunds_on(&other, day(20), "", 9).await.unwrap().is_empty());
    // A row that the file no longer has is no refund any more.
    import(ledger, "f", day(20), &orders[..4]).await;
    assert_eq!(page("", 9).await, ["r1", "r2"]);
}

pub(crate) async fn everything_about_an_order_comes_back(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let full = Order {
        key: OrderKey {
            stream: Stream {
                account: "账户".to_owned(),
                kind: Kind::Payout,
                product: "扫码".to_owned(),
            },
            order_no: "单,;号'1".to_owned(),
        },
        occurrence: 1,
        business_date: day(20),
        provider_order_no: "p,;单".to_owned(),
        original_order_no: "o;".to_owned(),
        amount: Money { minor: i64::MAX, currency: Currency::parse("USD").unwrap() },
        status: M::Refunded,
        created_at: Some(super::words::at(-5)),
        paid_at: Some(super::words::at(5)),
        fee_minor: Some(i64::MIN),
        product: "微信,;'".to_owned(),
        line: 12,
    };
    let bare = Order {
        created_at: None,
        paid_at: None,
        fee_minor: None,
        provider_order_no: String::new(),
        original_order_no: String::new(),
        occurrence: 2,
        ..full.clone()
    };
    let orders = [full.clone(), bare];
    import(ledger, "f", day(20), &orders).await;
    assert_eq!(import(ledger, "f", day(20), &orders).await, counts(0, 2, 0));
    let pairs = ledger.find(&full.key.order_no).await.unwrap();
    assert_eq!(pairs.len(), 1);
    assert_eq!(pairs[0].orders, orders);
    assert!(ledger.find("unknown").await.unwrap().is_empty());
}

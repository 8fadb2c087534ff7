//! Which pairs are in doubt: the definition cell by cell, and what is looked at besides the day.

use duizhang::ledger::{Ledger, Scan, Scanned, Totals};
use duizhang::money::{Currency, Money};
use duizhang::order::Order;
use duizhang::reading::{Facts, Reading, Source};
use duizhang::status::{MerchantStatus as M, ProviderStatus as P};
use futures_util::StreamExt;

use super::Fresh;
use super::discrepancies::{change, discrepancy};
use super::words::{
    answer, day, doubts, import, key, list, listed, order, reading, scan_of, scanned, stream, sums,
};

/// One line per case: the merchant's status, amount and fee, the provider's, and the outcome. The
/// order number is the line; amounts are fen, `-` is none, a second currency ends in `u`.
const CELLS: &str = "
    pending   100 -   pending    100  -   doubt
    pending   100 -   succeeded  100  -   doubt
    pending   100 -   -          -    -   doubt
    succeeded 100 -   succeeded  100  -   100 100
    succeeded 100 -   succeeded  102  -   100 102
    succeeded 100 -   succeeded  103  -   doubt
    succeeded 100 -   succeeded  98   -   100 98
    succeeded 100 -   succeeded  97   -   doubt
    succeeded 100 -   succeeded  -    -   100 100 silent
    succeeded 100 -   succeeded  100u -   doubt
    succeeded 100 -   succeeded  100  1   doubt
    succeeded 100 1   succeeded  100  1   100 100
    succeeded 100 1   succeeded  100  2   doubt
    succeeded 100 1   succeeded  100  -   100 100
    succeeded 100 -   unproved   -    -   doubt
    succeeded 100 -   not_found  -    -   doubt
    succeeded 100 -   refunded   100  -   doubt
    succeeded 100 -   held       100  -   doubt
    succeeded 100 -   -          -    -   doubt
    failed    100 -   not_found  -    -   0 0
    failed    100 -   pending    100  -   0 0
    failed    100 -   failed     100  -   0 0
    failed    100 -   refunded   100  -   0 0
    failed    100 -   returned   100  -   0 0
    failed    100 -   succeeded  100  -   doubt
    failed    100 -   unproved   -    -   doubt
    failed    100 -   held       100  -   doubt
    failed    100 -   -          -    -   0 0
    closed    100 -   not_found  -    -   0 0
    closed    100 -   succeeded  100  -   doubt
    closed    100 -   -          -    -   0 0
    refunded  100 -   refunded   90   -   0 0
    refunded  100 -   succeeded  100  -   doubt
    refunded  100 -   -          -    -   doubt
    -         -   -   succeeded  100  -   doubt
    -         -   -   failed     100  -   doubt
";

pub(crate) async fn every_cell_is_as_defined(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let (mut orders, mut readings, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    let mut totals = Totals::default();
    let fen = |text: &str| text.trim_end_matches('u').parse::<i64>().ok();
    for (line, cell) in CELLS.trim().lines().enumerate() {
        let order_no = format!("{line:02}");
        let words: Vec<&str> = cell.split_whitespace().collect();
        if let Some(status) = M::from_code(words[0]) {
            let amount = Money::fen(fen(words[1]).unwrap());
            let fee_minor = fen(words[2]);
            orders.push(Order { amount, fee_minor, ..order(&order_no, day(20), status) });
        }
        if let Some(status) = P::from_code(words[3]) {
            let currency = if words[4].ends_with('u') { "USD" } else { "CNY" };
            let currency = Currency::parse(currency).unwrap();
            let row = answer(&order_no, day(20), status);
            let amount = fen(words[4]).map(|minor| Money { minor, currency });
            let facts = Facts { amount, fee_minor: fen(words[5]), ..row.facts };
            readings.push(Reading { facts, ..row });
        }
        if words[6] == "doubt" {
            expected.push(order_no);
        } else if words[6] != "0" {
            totals.merchant_count += 1;
            totals.provider_count += 1;
            totals.merchant_minor += fen(words[6]).unwrap();
            totals.provider_minor += fen(words[7]).unwrap();
            totals.status_only_count += i64::from(words.len() == 9);
        }
    }
    import(ledger, "f", day(20), &orders).await;
    ledger.put_answers(&readings).await.unwrap();
    let scan = Scan { tolerance_minor: 2, ..scan_of(day(20)) };
    let found = scanned(ledger, &scan).await;
    assert_eq!(doubts(&found), expected);
    assert_eq!(sums(&found), [(stream("a"), totals)]);
    // A stream that was not listed: an order that nobody was asked about is in doubt.
    let unlisted = scanned(ledger, &Scan { listed: Vec::new(), ..scan }).await;
    assert_eq!(doubts(&unlisted).len(), expected.len() + 2);
}

pub(crate) async fn a_callback_alone_is_in_doubt_however_well_it_agrees(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let words = [(M::Succeeded, P::Succeeded), (M::Refunded, P::Refunded), (M::Closed, P::Failed)];
    let sources = [Source::Query, Source::Statement, Source::Notification];
    let (mut orders, mut readings, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for (n, (ours, theirs)) in words.into_iter().enumerate() {
        for (m, source) in sources.into_iter().enumerate() {
            let order_no = format!("{n}{m}");
            orders.push(order(&order_no, day(20), ours));
            readings.push(reading(source, &order_no, day(20), theirs));
            if source == Source::Notification {
                expected.push(order_no);
            }
        }
    }
    import(ledger, "f", day(20), &orders).await;
    super::words::tell(ledger, &readings).await;
    // As after a reconciliation: what came unasked was looked at once.
    let keys: Vec<_> = orders.iter().map(|order| order.key.clone()).collect();
    ledger.settle_touched(&keys).await.unwrap();
    let found = scanned(ledger, &scan_of(day(20))).await;
    assert_eq!(doubts(&found), expected);
    assert_eq!(sums(&found)[0].1.merchant_count, 2);
}

pub(crate) async fn pairs_of_other_accounts_and_days_are_not_looked_at(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let of_b = Order { key: key("b", "1"), ..order("1", day(20), M::Succeeded) };
    import(ledger, "f", day(20), &[order("1", day(20), M::Succeeded), of_b]).await;
    import(ledger, "g", day(21), &[order("2", day(21), M::Succeeded)]).await;
    let found = scanned(ledger, &scan_of(day(20))).await;
    assert_eq!(found, [Scanned::Doubt(key("a", "1"))]);
    let nobody = Scan { accounts: vec!["c".to_owned()], ..scan_of(day(20)) };
    assert!(scanned(ledger, &nobody).await.is_empty());
}

pub(crate) async fn carried_and_touched_pairs_appear_once(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    for n in ["1", "2", "3", "5"] {
        agree(ledger, n, 20).await;
    }
    // 2 and 4 have open discrepancies, 3 had one, 5 only has a cross-day row; 0 and 1 are touched.
    let changes = [
        change(discrepancy("2", 20)),
        change(discrepancy("4", 18)),
        change(duizhang::discrepancy::Discrepancy {
            state: duizhang::discrepancy::State::Resolved,
            closed_on: Some(day(20)),
            ..discrepancy("3", 19)
        }),
        change(duizhang::discrepancy::Discrepancy {
            kind: duizhang::discrepancy::DiscrepancyType::CrossDay,
            ..discrepancy("5", 19)
        }),
    ];
    ledger.put_discrepancies(&changes).await.unwrap();
    import(ledger, "late", day(21), &[order("0", day(19), M::Succeeded)]).await;
    let late = Order { fee_minor: Some(1), ..order("1", day(20), M::Succeeded) };
    import(ledger, "late 2", day(21), &[late]).await;
    let found = scanned(ledger, &scan_of(day(20))).await;
    assert_eq!(doubts(&found), ["0", "1", "2", "4"]);
    assert_eq!(sums(&found)[0].1.merchant_count, 2);
    assert_eq!(doubts(&scanned(ledger, &scan_of(day(30))).await), ["0", "1", "2", "4"]);
    // On the day to which they are dated they are looked at again with it.
    let own = doubts(&scanned(ledger, &scan_of(day(19))).await);
    assert_eq!(own, ["0", "1", "2", "3", "4", "5"]);
}

pub(crate) async fn a_touched_pair_is_forgotten_when_settled(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let orders = ["1", "2"].map(|n| order(n, day(19), M::Succeeded));
    import(ledger, "f", day(20), &orders).await;
    assert_eq!(doubts(&scanned(ledger, &scan_of(day(20))).await), ["1", "2"]);
    ledger.settle_touched(&[key("a", "1"), key("b", "2"), key("a", "3")]).await.unwrap();
    assert_eq!(doubts(&scanned(ledger, &scan_of(day(20))).await), ["2"]);
    // The same word again touches nothing; another one does.
    import(ledger, "f", day(20), &orders).await;
    assert_eq!(doubts(&scanned(ledger, &scan_of(day(20))).await), ["2"]);
    import(ledger, "f", day(20), &[]).await;
    assert_eq!(doubts(&scanned(ledger, &scan_of(day(20))).await), ["1", "2"]);
}

pub(crate) async fn rows_under_another_date_put_a_pair_in_doubt(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    for n in ["1", "2", "3", "4"] {
        agree(ledger, n, 20).await;
    }
    // 2: a second transaction on the next day. 3: another order under the same number. 5: closed
    // here, and a reading on the next day.
    import(ledger, "5", day(20), &[order("5", day(20), M::Closed)]).await;
    let second = Reading {
        facts: Facts {
            provider_order_no: "Q2".to_owned(),
            ..listed("2", day(21), P::Failed).facts
        },
        ..listed("2", day(21), P::Failed)
    };
    list(ledger, day(21), day(21), &[second, listed("5", day(21), P::Failed)]).await;
    let other = Order { occurrence: 2, ..order("3", day(21), M::Succeeded) };
    import(ledger, "other", day(21), &[other]).await;
    let found = scanned(ledger, &scan_of(day(20))).await;
    assert_eq!(doubts(&found), ["2", "3", "5"]);
    assert_eq!(sums(&found)[0].1.merchant_count, 2);
    // Once nothing lies elsewhere any more, and what was listed and is not any more was asked about, they
    // agree again.
    list(ledger, day(21), day(21), &[]).await;
    import(ledger, "other", day(21), &[]).await;
    let unlisted = [key("a", "2"), key("a", "5")];
    ledger.settle_touched(&unlisted).await.unwrap();
    assert_eq!(doubts(&scanned(ledger, &scan_of(day(20))).await), ["2", "5"]);
    let answers = [answer("2", day(20), P::Succeeded), answer("5", day(20), P::Failed)];
    ledger.put_answers(&answers).await.unwrap();
    ledger.settle_touched(&unlisted).await.unwrap();
    let found = scanned(ledger, &scan_of(day(20))).await;
    assert_eq!(doubts(&found), Vec::<String>::new());
    assert_eq!(sums(&found)[0].1.merchant_count, 4);
}

pub(crate) async fn doubts_ascend_and_sums_come_once_per_stream(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let mut orders = Vec::new();
    // Imported so that numbers of streams do not follow their names.
    for account in ["c", "a", "b"] {
        let of = |n: usize, status| Order {
            key: key(account, &format!("{n:05}")),
            ..order("", day(20), status)
        };
        let some: Vec<Order> =
            (0..4_500).map(|n| of(n, if n % 3 == 0 { M::Closed } else { M::Pending })).collect();
        import(ledger, account, day(20), &some).await;
        orders.extend(some);
    }
    orders.sort_by(|a, b| a.key.cmp(&b.key));
    let accounts = ["b", "c", "a"].map(str::to_owned).to_vec();
    let listed = ["a", "b", "c"].map(stream).to_vec();
    let scan = Scan { accounts, listed, ..scan_of(day(20)) };
    let found = scanned(ledger, &scan).await;
    let mut expected = Vec::new();
    for account in ["a", "b", "c"] {
        let of = orders.iter().filter(|order| order.key.stream.account == account);
        let doubtful = of.filter(|order| order.status == M::Pending);
        expected.extend(doubtful.map(|order| Scanned::Doubt(order.key.clone())));
        expected.push(Scanned::Agreed(stream(account), Currency::CNY, Totals::default()));
    }
    assert_eq!(found, expected);
    assert_eq!(scanned(ledger, &scan).await, expected);
}

pub(crate) async fn a_scan_can_be_used_while_the_ledger_is_written(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let orders: Vec<Order> =
        (0..9_000).map(|n| order(&format!("{n:05}"), day(20), M::Pending)).collect();
    import(ledger, "f", day(20), &orders).await;
    let scan = scan_of(day(20));
    let mut stream = ledger.scan(&scan).ready_chunks(700);
    let mut seen = 0;
    while let Some(part) = stream.next().await {
        let keys: Vec<_> = part
            .into_iter()
            .filter_map(|found| match found.unwrap() {
                Scanned::Doubt(key) => Some(key),
                Scanned::Agreed(..) => None,
            })
            .collect();
        let pairs = ledger.pairs(&keys).await.unwrap();
        assert!(pairs.iter().all(|pair| pair.orders.len() == 1));
        let answers: Vec<Reading> =
            keys.iter().map(|key| answer(&key.order_no, day(20), P::Pending)).collect();
        ledger.put_answers(&answers).await.unwrap();
        seen += keys.len();
    }
    assert_eq!(seen, 9_000);
}

pub(crate) async fn a_number_with_more_rows_than_a_page_is_one_pair(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let mut listing = vec![listed("1", day(20), P::Succeeded)];
    let row = |n: i16| Reading { occurrence: n, ..listed("2", day(20), P::Succeeded) };
    listing.extend((1..=4_500).map(row));
    listing.push(listed("3", day(20), P::Succeeded));
    list(ledger, day(20), day(20), &listing).await;
    let orders = ["1", "2", "3"].map(|n| order(n, day(20), M::Succeeded));
    import(ledger, "f", day(20), &orders).await;
    let found = scanned(ledger, &scan_of(day(20))).await;
    assert_eq!(doubts(&found), ["2"]);
    assert_eq!(sums(&found)[0].1.provider_count, 2);
    assert_eq!(list(ledger, day(20), day(20), &listing).await.unchanged, 4_502);
}

/// Both sides succeed on a day of November.
async fn agree(ledger: &dyn Ledger, order_no: &str, date: u32) {
    import(ledger, order_no, day(date), &[order(order_no, day(date), M::Succeeded)]).await;
    ledger.put_answers(&[answer(order_no, day(date), P::Succeeded)]).await.unwrap();
}

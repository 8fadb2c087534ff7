//! What is old and finished goes, everything else stays whole. The limit is always day 20.

use duizhang::balance::{BalanceLine, BalancePart, BalanceSnapshot};
use duizhang::discrepancy::{Discrepancy, State};
use duizhang::ledger::prune::{Kept, Pruned};
use duizhang::ledger::transfer::TableSummary;
use duizhang::ledger::{
    AccountPull, AccountVerdict, AfterEntry, DiscrepancyChange, Ledger, RunRecord, Totals,
};
use duizhang::money::{Currency, Money};
use duizhang::order::{Order, OrderKey, Stream};
use duizhang::reading::Assurance;
use duizhang::resolution::chain::anchor::EntriesDigest;
use duizhang::status::{Coverage, Kind, MerchantStatus as M, ProviderStatus as P, Verdict};

use super::Fresh;
use super::discrepancies::{change, discrepancy};
use super::words::{
    answer, at, day, import, key, list, listed, order, orders_of, readings_of, stream,
};

async fn rows(ledger: &dyn Ledger) -> Vec<(String, i64)> {
    let rows = |table: TableSummary| (table.name.to_owned(), table.rows);
    ledger.summaries().await.unwrap().into_iter().map(rows).collect()
}

/// What the links of the chain over all histories are about.
async fn chain(ledger: &dyn Ledger) -> (i64, String) {
    let mut digest = EntriesDigest::default();
    for entry in ledger.anchored_entries(&AfterEntry::default(), 99).await.unwrap() {
        digest.add(&entry);
    }
    digest.finish()
}

fn removed(pruned: &Pruned, table: &str) -> u64 {
    pruned.removed.iter().find(|(name, _)| *name == table).map_or(0, |(_, rows)| *rows)
}

/// An order and an answer that agree, both of a day.
async fn settled(ledger: &dyn Ledger, order_nos: &[&str], date: u32) {
    let orders: Vec<Order> =
        order_nos.iter().map(|order_no| order(order_no, day(date), M::Succeeded)).collect();
    import(ledger, &format!("{date}.csv"), day(date), &orders).await;
    let answers: Vec<_> =
        order_nos.iter().map(|order_no| answer(order_no, day(date), P::Succeeded)).collect();
    ledger.put_answers(&answers).await.unwrap();
}

async fn put(ledger: &dyn Ledger, discrepancy: Discrepancy) {
    ledger.put_discrepancies(&[change(discrepancy)]).await.unwrap();
}

fn closed(order_no: &str, on: u32) -> Discrepancy {
    Discrepancy { state: State::Resolved, closed_on: Some(day(on)), ..discrepancy(order_no, 10) }
}

pub(crate) async fn a_pair_goes_when_all_of_it_is_old_and_finished(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    settled(ledger, &["agreed", "closed", "closing", "later", "noted", "open", "suspended"], 10)
        .await;
    settled(ledger, &["new"], 20).await;
    put(ledger, closed("closed", 19)).await;
    put(ledger, closed("closing", 20)).await;
    put(ledger, discrepancy("open", 10)).await;
    put(ledger, Discrepancy { state: State::Suspense, ..discrepancy("suspended", 10) }).await;
    // Closed long ago, but a person has noted something since.
    put(ledger, closed("noted", 11)).await;
    let mut noted: DiscrepancyChange = change(closed("noted", 11));
    noted.event.business_date = day(21);
    ledger.put_discrepancies(&[noted]).await.unwrap();
    // A second one of an open pair, closed long ago, belongs to its history.
    let both = Discrepancy { id: "DZSECOND".to_owned(), ..closed("open", 12) };
    put(ledger, both.clone()).await;
    list(ledger, day(21), day(21), &[listed("later", day(21), P::Succeeded)]).await;
    let stays = [
        ("closing", Kept::ClosedLater),
        ("later", Kept::Later),
        ("noted", Kept::ClosedLater),
        ("open", Kept::Open),
        ("suspended", Kept::Open),
    ];
    let before = rows(ledger).await;
    let chain = chain(ledger).await;
    let counted = ledger.prune(day(20), true).await.unwrap();
    assert_eq!(rows(ledger).await, before, "only counted");
    let pruned = ledger.prune(day(20), false).await.unwrap();
    assert_eq!(counted, pruned);
    let kept: Vec<_> = pruned.kept.iter().map(|(key, why)| (key.order_no.as_str(), *why)).collect();
    assert_eq!(kept, stays);
    for table in ["merchant_order", "reading"] {
        assert_eq!(removed(&pruned, table), 2, "{table}");
    }
    for table in ["discrepancy", "discrepancy_event"] {
        assert_eq!(removed(&pruned, table), 1, "{table}");
    }
    // The chain over all histories still has its place.
    assert_eq!(self::chain(ledger).await, chain);
    let pruned_now = ledger.anchored_entries(&AfterEntry::default(), 99).await.unwrap();
    assert_eq!(pruned_now.iter().filter(|entry| entry.is_pruned).count(), 1);
    for gone in ["agreed", "closed"] {
        assert!(orders_of(ledger, gone).await.is_empty(), "{gone}");
        assert!(readings_of(ledger, gone).await.is_empty(), "{gone}");
    }
    assert!(ledger.discrepancy(&closed("closed", 19).id).await.unwrap().is_none());
    for (order_no, _) in stays {
        assert_eq!(orders_of(ledger, order_no).await.len(), 1, "{order_no}");
        assert!(!readings_of(ledger, order_no).await.is_empty(), "{order_no}");
    }
    assert_eq!(ledger.discrepancies_of(&[key("a", "open")]).await.unwrap().len(), 2);
    let (_, history) = ledger.discrepancy(&closed("noted", 11).id).await.unwrap().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(orders_of(ledger, "new").await.len(), 1);
    // Nothing is left to be done.
    let again = ledger.prune(day(20), false).await.unwrap();
    assert_eq!((again.removed, again.kept), (Vec::new(), pruned.kept));
}

pub(crate) async fn a_payment_and_its_refunds_go_together(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let refunds = Stream { kind: Kind::Refund, ..stream("a") };
    let refund = |order_no: &str, date: u32, of: &str| Order {
        key: OrderKey { stream: refunds.clone(), order_no: order_no.to_owned() },
        original_order_no: of.to_owned(),
        ..order("", day(date), M::Succeeded)
    };
    let old = [
        order("p-gone", day(10), M::Succeeded),
        order("p-late", day(10), M::Succeeded),
        order("p-open", day(10), M::Succeeded),
        refund("r1", 10, "p-gone"),
        refund("r2", 10, "p-late"),
        refund("r3", 10, "p-open"),
    ];
    import(ledger, "old", day(10), &old).await;
    // The second refund of one payment is new; something about another payment is open.
    import(ledger, "new", day(20), &[refund("r9", 20, "p-late")]).await;
    put(ledger, discrepancy("p-open", 10)).await;
    let pruned = ledger.prune(day(20), false).await.unwrap();
    let kept: Vec<_> = pruned.kept.iter().map(|(key, why)| (key.order_no.as_str(), *why)).collect();
    let family = Kept::Family;
    assert_eq!(kept, [("p-late", family), ("p-open", Kept::Open), ("r2", family), ("r3", family)]);
    assert_eq!(removed(&pruned, "merchant_order"), 2);
    assert_eq!(ledger.refunds_of(&[key("a", "p-late")]).await.unwrap().len(), 2);
    assert!(ledger.refunds_of(&[key("a", "p-gone")]).await.unwrap().is_empty());
}

pub(crate) async fn what_has_to_be_judged_again_stays(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    // Imported on behalf of another day: noted as touched.
    let orders = [order("1", day(10), M::Succeeded), order("2", day(10), M::Succeeded)];
    import(ledger, "f", day(11), &orders).await;
    ledger.settle_touched(&[key("a", "1")]).await.unwrap();
    let pruned = ledger.prune(day(20), false).await.unwrap();
    assert_eq!(pruned.kept, [(key("a", "2"), Kept::Touched)].into());
    assert_eq!(removed(&pruned, "merchant_order"), 1);
    // The file stays with what stays of it.
    assert_eq!(ledger.intake_files(day(11)).await.unwrap().len(), 1);
    ledger.settle_touched(&[key("a", "2")]).await.unwrap();
    let pruned = ledger.prune(day(20), false).await.unwrap();
    assert_eq!((removed(&pruned, "intake_file"), removed(&pruned, "intake_file_date")), (1, 1));
    assert!(ledger.intake_files(day(11)).await.unwrap().is_empty());
}

/// What is kept per day, of one day.
async fn a_day(ledger: &dyn Ledger, date: u32) {
    let pull = AccountPull {
        account: "a".to_owned(),
        business_date: day(date),
        coverage: Coverage::OneSided,
        listed: Vec::new(),
        unlisted: Vec::new(),
        listed_rows: 0,
        asked: 0,
        answered: 0,
        unproved: 0,
        day_unfinished: false,
        problem: String::new(),
    };
    ledger.put_pull(&pull).await.unwrap();
    let verdict = AccountVerdict {
        account: "a".to_owned(),
        verdict: Verdict::Complete,
        coverage: Coverage::OneSided,
        reason: String::new(),
    };
    let totals = [(stream("a"), Currency::CNY, Totals { merchant_minor: 1, ..Totals::default() })];
    ledger.put_day(day(date), &totals, &[verdict]).await.unwrap();
    let run = RunRecord {
        job: "nightly".to_owned(),
        business_date: day(date),
        started_at: at(0),
        finished_at: None,
        exit_code: None,
    };
    ledger.put_run(&run).await.unwrap();
    let rejection = duizhang::order::Rejection {
        column: "amount".to_owned(),
        value: "x".to_owned(),
        order_no: String::new(),
        ..duizhang::order::Rejection::whole(
            duizhang::order::Origin::Orders,
            "f",
            3,
            duizhang::order::RejectionReason::NotANumber,
        )
    };
    ledger.put_rejections("f", day(date), &[rejection]).await.unwrap();
    let balance = BalanceSnapshot {
        account: "a".to_owned(),
        as_of: at(i64::from(date)),
        line: BalanceLine {
            channel: String::new(),
            part: BalancePart::ALL[0],
            money: Money { minor: 5, currency: Currency::CNY },
        },
        assurance: Assurance::Md5,
        evidence: 1,
        observed_at: at(0),
    };
    ledger.put_balances(&[balance]).await.unwrap();
}

pub(crate) async fn what_is_kept_per_day_goes_with_it_and_balances_stay(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    for date in [9, 10, 19, 20, 21] {
        a_day(ledger, date).await;
    }
    let pruned = ledger.prune(day(20), false).await.unwrap();
    for table in ["rejection", "account_pull", "day_total", "day_verdict", "run"] {
        assert_eq!(removed(&pruned, table), 3, "{table}");
    }
    assert_eq!(ledger.runs(9).await.unwrap().len(), 2);
    assert_eq!(ledger.balances("a", at(0), at(100)).await.unwrap().len(), 5);
    assert_eq!(ledger.day(day(20)).await.unwrap().1.len(), 1);
    assert!(ledger.day(day(19)).await.unwrap().1.is_empty());
}

pub(crate) async fn many_pairs_go_page_by_page(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    for date in [10, 11] {
        let orders: Vec<Order> =
            (0..2_345).map(|n| order(&format!("{date}-{n:05}"), day(date), M::Succeeded)).collect();
        import(ledger, &format!("{date}"), day(date), &orders).await;
        let listing: Vec<_> = (0..2_345)
            .map(|n| listed(&format!("{date}-{n:05}"), day(date), P::Succeeded))
            .collect();
        list(ledger, day(date), day(date), &listing).await;
    }
    // An order that moved from one day to another: noted as spread while it was.
    let moved = [order("10-00007", day(11), M::Failed), order("9", day(11), M::Failed)];
    import(ledger, "11b", day(11), &moved).await;
    put(ledger, discrepancy("10-01500", 10)).await;
    let pruned = ledger.prune(day(20), false).await.unwrap();
    assert_eq!(pruned.kept.len(), 2, "{:?}", pruned.kept);
    let left = rows(ledger).await;
    let left = |table: &str| left.iter().find(|(name, _)| name == table).unwrap().1;
    assert_eq!((left("merchant_order"), left("reading")), (3, 2));
    assert_eq!(left("intake_file"), 2);
}

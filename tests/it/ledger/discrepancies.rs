//! Disagreements: rows, histories, and which of them a report shows.

use duizhang::business_day::BusinessDate;
use duizhang::discrepancy::{
    Aspect, Discrepancy, DiscrepancyType, Evidence, State, TimeFrom, discrepancy_id,
};
use duizhang::ledger::{DiscrepancyChange, DiscrepancyEvent, Ledger};
use duizhang::money::Currency;
use duizhang::order::OrderKey;
use duizhang::reading::{Assurance, Source};
use duizhang::status::{MerchantStatus, ProviderStatus};
use futures_util::TryStreamExt;

use super::Fresh;
use super::words::{at, day, key};

/// An open discrepancy of account `a`, seen first on its own day of November.
pub(crate) fn discrepancy(order_no: &str, date: u32) -> Discrepancy {
    let key = key("a", order_no);
    Discrepancy {
        id: discrepancy_id(&key, Aspect::Status, ""),
        key,
        kind: DiscrepancyType::PaidOnlyAtProvider,
        business_date: day(date),
        first_seen: day(date),
        timing_until: None,
        state: State::Open,
        closed_on: None,
        difference_minor: 100,
        provider_order_no: "P1".to_owned(),
        original_order_no: String::new(),
        currency: Currency::CNY,
        merchant_amount_minor: Some(100),
        provider_amount_minor: None,
        merchant_fee_minor: None,
        provider_fee_minor: Some(3),
        merchant_status: Some(MerchantStatus::Pending),
        provider_status: ProviderStatus::Succeeded,
        merchant_time: Some(at(0)),
        provider_time: None,
        evidence: Evidence {
            source: Some(Source::Query),
            interface: "/query".to_owned(),
            assurance: Assurance::Md5,
            status_code: "STATUS=2".to_owned(),
            amount_assumed: true,
            time_from: TimeFrom::FirstFinal,
            callback_at: Some(at(5)),
            amount_from: Some((Source::Statement, "statements/x.csv".to_owned())),
            answered_on: Some(day(19)),
        },
        resolution: String::new(),
        resolved_by: String::new(),
        resolution_note: String::new(),
    }
}

/// The change that makes it so.
pub(crate) fn change(discrepancy: Discrepancy) -> DiscrepancyChange {
    let event = DiscrepancyEvent {
        discrepancy_id: discrepancy.id.clone(),
        order_no: discrepancy.key.order_no.clone(),
        sequence: 0,
        business_date: discrepancy.business_date,
        event: "raised".to_owned(),
        person: "duizhang".to_owned(),
        note: "seen".to_owned(),
        occurred_at: at(0),
    };
    DiscrepancyChange { discrepancy, event }
}

async fn put(ledger: &dyn Ledger, all: &[Discrepancy]) {
    let changes: Vec<_> = all.iter().cloned().map(change).collect();
    ledger.put_discrepancies(&changes).await.unwrap();
}

async fn report(ledger: &dyn Ledger, date: BusinessDate) -> Vec<Discrepancy> {
    ledger.report_rows(date).try_collect().await.unwrap()
}

pub(crate) async fn a_discrepancy_and_its_history_come_back(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let full = discrepancy("1", 20);
    let bare = Discrepancy {
        merchant_amount_minor: None,
        provider_fee_minor: None,
        merchant_status: None,
        merchant_time: None,
        timing_until: Some(at(5)),
        closed_on: Some(day(21)),
        state: State::WrittenOff,
        resolution: "code".to_owned(),
        resolved_by: "李".to_owned(),
        resolution_note: "note".to_owned(),
        evidence: Evidence::none(),
        ..discrepancy("2", 20)
    };
    put(ledger, &[full.clone(), bare.clone()]).await;
    for expected in [full, bare] {
        let (found, history) = ledger.discrepancy(&expected.id).await.unwrap().unwrap();
        assert_eq!(found, expected);
        assert_eq!(history, [DiscrepancyEvent { sequence: 1, ..change(expected).event }]);
    }
    assert!(ledger.discrepancy("DZ0").await.unwrap().is_none());
}

pub(crate) async fn a_change_replaces_the_row_and_adds_to_the_history(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let first = discrepancy("1", 20);
    let second = Discrepancy { difference_minor: 7, ..first.clone() };
    let third = Discrepancy { state: State::Suspense, ..second.clone() };
    put(ledger, std::slice::from_ref(&first)).await;
    // Two changes of one discrepancy in one call follow each other.
    put(ledger, &[second, discrepancy("2", 20), third.clone()]).await;
    let (found, history) = ledger.discrepancy(&first.id).await.unwrap().unwrap();
    assert_eq!(found, third);
    assert_eq!(history.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let many: Vec<Discrepancy> = (0..1_300).map(|n| discrepancy(&format!("m{n:05}"), 20)).collect();
    put(ledger, &many).await;
    put(ledger, &many).await;
    let (_, history) = ledger.discrepancy(&many[900].id).await.unwrap().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(report(ledger, day(20)).await.len(), 1_302);
}

pub(crate) async fn a_report_has_what_was_seen_and_not_closed_before(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let closed = |order_no: &str, on: u32, by: &str, state| Discrepancy {
        state,
        closed_on: Some(day(on)),
        resolved_by: by.to_owned(),
        ..discrepancy(order_no, 20)
    };
    let cross = Discrepancy { kind: DiscrepancyType::CrossDay, ..discrepancy("cross", 20) };
    let cross_seen_late =
        Discrepancy { kind: DiscrepancyType::CrossDay, ..discrepancy("cross, seen late", 20) };
    let all = [
        discrepancy("open", 20),
        Discrepancy { first_seen: day(22), ..discrepancy("seen late", 20) },
        closed("by the job", 21, "duizhang", State::Resolved),
        closed("by a person", 21, "li", State::Resolved),
        closed("written off", 21, "li", State::WrittenOff),
        cross,
        Discrepancy { first_seen: day(21), ..cross_seen_late },
        discrepancy("tomorrow", 23),
    ];
    put(ledger, &all).await;
    let table: [(u32, &[&str]); 5] = [
        (19, &[]),
        (20, &["by a person", "by the job", "cross", "open", "written off"]),
        // The day after its own closes a cross-day row that its own has seen.
        (21, &["by a person", "by the job", "cross", "open", "written off"]),
        (22, &["open", "seen late"]),
        (23, &["open", "seen late", "tomorrow"]),
    ];
    for (date, expected) in table {
        let found = report(ledger, day(date)).await;
        let found: Vec<&str> = found.iter().map(|row| &*row.key.order_no).collect();
        assert_eq!(found, expected, "{date}");
    }
    let state = async |date: u32| {
        let rows = report(ledger, day(date)).await;
        let row = rows.into_iter().find(|row| row.key.order_no == "cross").unwrap();
        (row.state, row.closed_on, row.resolution)
    };
    assert_eq!(state(20).await, (State::Open, None, String::new()));
    assert_eq!(state(21).await, (State::Resolved, Some(day(21)), "gone".to_owned()));
    // Long after it was closed, its own day still has what a person closed, and nothing else.
    let late = [
        closed("by the job", 19, "duizhang", State::Resolved),
        closed("by a person", 19, "li", State::Resolved),
    ];
    put(ledger, &late).await;
    let found = report(ledger, day(20)).await;
    let found: Vec<&str> = found.iter().map(|row| &*row.key.order_no).collect();
    assert_eq!(found, ["by a person", "cross", "open", "written off"]);
}

pub(crate) async fn report_rows_are_sorted_by_names(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let with = |account: &str, order_no: &str, date: u32, kind| {
        let key = OrderKey { stream: key(account, "").stream, order_no: order_no.to_owned() };
        let aspect =
            if kind == DiscrepancyType::FeeMismatch { Aspect::Fee } else { Aspect::Amount };
        Discrepancy {
            id: discrepancy_id(&key, aspect, ""),
            key,
            kind,
            ..discrepancy(order_no, date)
        }
    };
    let (amount, fee) = (DiscrepancyType::AmountMismatch, DiscrepancyType::FeeMismatch);
    let expected = [
        with("a", "2", 19, amount),
        with("a", "1", 20, amount),
        with("a", "1", 20, fee),
        with("a", "3", 20, amount),
        with("b", "0", 18, amount),
        with("c", "0", 18, amount),
    ];
    let mut shuffled = expected.to_vec();
    shuffled.rotate_left(5);
    shuffled.swap(1, 3);
    put(ledger, &shuffled).await;
    assert_eq!(report(ledger, day(20)).await, expected);
}

pub(crate) async fn discrepancies_of_pairs_come_by_key_and_id(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let fee = |order_no: &str| Discrepancy {
        id: discrepancy_id(&key("a", order_no), Aspect::Fee, ""),
        kind: DiscrepancyType::FeeMismatch,
        state: State::Resolved,
        closed_on: Some(day(20)),
        ..discrepancy(order_no, 20)
    };
    let all = [discrepancy("2", 20), fee("2"), discrepancy("1", 20), discrepancy("3", 20)];
    put(ledger, &all).await;
    let keys = [key("a", "2"), key("a", "1"), key("a", "9"), key("b", "3"), key("a", "1")];
    let found = ledger.discrepancies_of(&keys).await.unwrap();
    let mut expected = all[..3].to_vec();
    expected.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
    assert_eq!(found, expected);
}

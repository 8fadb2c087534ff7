//! Histories and their hashes.

use std::collections::BTreeMap;

use duizhang::discrepancy::Discrepancy;
use duizhang::ledger::{ChainEntry, DiscrepancyChange, DiscrepancyEvent, Ledger};
use duizhang::resolution::chain;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::Fresh;
use super::discrepancies::{change, discrepancy};

/// Every history of a ledger, read in pages of this size.
async fn histories(ledger: &dyn Ledger, page: u32) -> BTreeMap<String, Vec<ChainEntry>> {
    let mut found: BTreeMap<String, Vec<ChainEntry>> = BTreeMap::new();
    let mut after = (String::new(), String::new(), 0);
    loop {
        let last = (&*after.0, &*after.1, after.2);
        let entries = ledger.chain_entries(last, page).await.unwrap();
        assert!(entries.len() <= page.try_into().unwrap());
        let Some(last) = entries.last() else { return found };
        let event = &last.event;
        after = (event.order_no.clone(), event.discrepancy_id.clone(), event.sequence);
        for entry in entries {
            found.entry(entry.event.discrepancy_id.clone()).or_default().push(entry);
        }
    }
}

fn later(row: &Discrepancy, note: &str) -> DiscrepancyChange {
    let change = change(row.clone());
    let event =
        DiscrepancyEvent { event: "changed".to_owned(), note: note.to_owned(), ..change.event };
    DiscrepancyChange { event, ..change }
}

pub(crate) async fn histories_are_chained_and_come_in_pages(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let rows: Vec<_> = (0..7).map(|n| discrepancy(&format!("订单{n}"), 20)).collect();
    let raised: Vec<_> = rows.iter().cloned().map(change).collect();
    ledger.put_discrepancies(&raised).await.unwrap();
    // Two entries of one history in one call, and more by another handle.
    let twice = [later(&rows[2], "a"), later(&rows[5], "b"), later(&rows[2], "c")];
    ledger.put_discrepancies(&twice).await.unwrap();
    fresh.again().await.put_discrepancies(&[later(&rows[2], "d")]).await.unwrap();
    let all = histories(ledger, 3).await;
    assert_eq!(all, histories(ledger, 100).await);
    assert_eq!(all.len(), 7);
    for (id, entries) in &all {
        let (row, events) = ledger.discrepancy(id).await.unwrap().unwrap();
        assert_eq!(entries.iter().map(|it| it.event.clone()).collect::<Vec<_>>(), events);
        assert_eq!(chain::check(entries), Ok(()));
        assert!(entries.iter().all(|entry| entry.hash.is_some()));
        assert_eq!(entries[0].row, Some(row));
    }
    assert_eq!(all[&rows[2].id].len(), 4);
}

#[tokio::test]
async fn what_is_changed_behind_the_back_of_the_ledger_is_found() {
    let fresh = super::sqlite().await;
    let ledger = &*fresh.ledger;
    let row = discrepancy("1", 20);
    ledger
        .put_discrepancies(&[change(row.clone()), later(&row, "a"), later(&row, "b")])
        .await
        .unwrap();
    let path = fresh.folder().join("var/ledger.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut conn = options.connect().await.unwrap();
    let alterations = [
        "UPDATE discrepancy_event SET note = 'x' WHERE sequence = 2",
        "DELETE FROM discrepancy_event WHERE sequence = 1",
        "UPDATE discrepancy SET difference_minor = 7",
        "UPDATE discrepancy SET state = 5",
        "DELETE FROM discrepancy",
    ];
    for alteration in alterations {
        let mut altering = conn.begin().await.unwrap();
        altering.execute(AssertSqlSafe(alteration)).await.unwrap();
        altering.commit().await.unwrap();
        let found = histories(ledger, 100).await.remove(&row.id).unwrap();
        assert!(chain::check(&found).is_err(), "{alteration}");
    }
    assert_eq!(ledger.without_history(9).await.unwrap(), [""; 0]);
    // What was written before there were hashes is where a chain begins.
    let old = discrepancy("2", 20);
    ledger.put_discrepancies(&[change(old.clone()), later(&old, "a")]).await.unwrap();
    conn.execute("UPDATE discrepancy_event SET hash = NULL, row_hash = '', content_hash = ''")
        .await
        .unwrap();
    ledger.put_discrepancies(&[later(&old, "b")]).await.unwrap();
    let found = histories(ledger, 100).await.remove(&old.id).unwrap();
    assert_eq!(chain::check(&found), Ok(()));
    assert_eq!(found.iter().filter(|entry| entry.hash.is_none()).count(), 2);
}

pub(crate) async fn a_discrepancy_whose_whole_history_was_removed_is_named(fresh: Fresh) {
    let ledger = &*fresh.ledger;
    let rows: Vec<_> = (0..3).map(|n| discrepancy(&format!("{n}"), 20)).collect();
    ledger.put_discrepancies(&rows.iter().cloned().map(change).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(ledger.without_history(9).await.unwrap(), [""; 0]);
    let removed = "DELETE FROM discrepancy_event WHERE order_no IN ('0', '2')";
    if let Some(database) = &fresh.database {
        database.connect().await.execute(removed).await.unwrap();
    } else {
        let path = fresh.folder().join("var/ledger.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        options.connect().await.unwrap().execute(removed).await.unwrap();
    }
    let mut expected = vec![rows[0].id.clone(), rows[2].id.clone()];
    expected.sort();
    assert_eq!(ledger.without_history(9).await.unwrap(), expected);
    assert_eq!(ledger.without_history(1).await.unwrap(), expected[..1]);
}

//! A whole ledger moved into an empty one of either database.

use duizhang::ledger::transfer::{Cell, TableSummary, copy};
use duizhang::ledger::{Ledger, LedgerError, TABLES};
use duizhang::progress::Bar;
use duizhang::status::{MerchantStatus as M, ProviderStatus as P};
use futures_util::TryStreamExt;
use sqlx::Executor;

use super::words::{answer, day, filled, import, order, orders_of};
use super::{Fresh, postgres, sqlite};

/// Every row of a table.
async fn rows_of(ledger: &dyn Ledger, table: &TableSummary) -> Vec<Vec<Cell>> {
    let parts: Vec<Vec<Vec<Cell>>> = ledger.dump(table).try_collect().await.unwrap();
    let mut rows: Vec<Vec<Cell>> = parts.into_iter().flatten().collect();
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

/// Files of two dates, of which one came twice, and answers.
async fn some_history(ledger: &dyn Ledger) {
    let of = |date, status| -> Vec<_> {
        (0..1_203).map(|n| order(&format!("{n:05}"), day(date), status)).collect()
    };
    import(ledger, "单.csv", day(20), &of(20, M::Pending)).await;
    import(ledger, "单.csv", day(20), &of(20, M::Succeeded)).await;
    import(ledger, "f", day(21), &of(21, M::Succeeded)[..50]).await;
    let answers: Vec<_> =
        (0..700).map(|n| answer(&format!("{n:05}"), day(20), P::Succeeded)).collect();
    ledger.put_answers(&answers).await.unwrap();
}

pub(crate) async fn a_ledger_goes_to_another_one_and_back(fresh: Fresh) {
    some_history(&*fresh.ledger).await;
    let mut before = Box::new(fresh);
    let mut copies: Vec<Fresh> = vec![sqlite().await];
    copies.extend(postgres().await);
    copies.push(sqlite().await);
    for next in copies {
        let tables = copy(&*before.ledger, &*next.ledger, &Bar::hidden()).await.unwrap();
        assert_eq!(tables.len(), TABLES.len());
        for (from, to) in &tables {
            assert_eq!((from.rows, &from.sums), (to.rows, &to.sums), "{}", from.name);
            assert_eq!(
                rows_of(&*before.ledger, from).await,
                rows_of(&*next.ledger, from).await,
                "{}",
                from.name
            );
        }
        let rows = |name: &str| tables.iter().find(|(table, _)| table.name == name).unwrap().0.rows;
        assert!(rows("merchant_order") > 2_400 && rows("reading") == 700);
        assert_eq!(rows("intake_file"), 2);
        // A new file gets a number of its own, and what is known is known.
        let orders = orders_of(&*before.ledger, "00007").await;
        assert_eq!(orders_of(&*next.ledger, "00007").await, orders);
        *before = next;
    }
    let again = order("00001", day(20), M::Failed);
    import(&*before.ledger, "later", day(20), &[again]).await;
    assert_eq!(before.ledger.intake_files(day(20)).await.unwrap().len(), 2);
}

pub(crate) async fn only_an_empty_ledger_is_filled(fresh: Fresh) {
    let other = fresh.another().await;
    some_history(&*fresh.ledger).await;
    import(&*other.ledger, "f", day(20), &[order("1", day(20), M::Pending)]).await;
    let orders = orders_of(&*other.ledger, "1").await;
    let error = copy(&*fresh.ledger, &*other.ledger, &Bar::hidden()).await.err().unwrap();
    assert!(matches!(error, LedgerError::NotEmpty { table: "stream", rows: 1 }), "{error:?}");
    assert!(error.to_string().contains("not empty: stream has 1 rows"), "{error}");
    assert_eq!(orders_of(&*other.ledger, "1").await, orders);
    let error = copy(&*fresh.ledger, &*fresh.ledger, &Bar::hidden()).await.err().unwrap();
    assert!(matches!(error, LedgerError::NotEmpty { .. }), "{error:?}");
}

#[tokio::test]
async fn a_copy_that_is_not_the_same_is_not_kept_and_says_where() {
    let Some(target) = postgres().await else { return };
    let source = sqlite().await;
    some_history(&*source.ledger).await;
    let mut conn = target.database.as_ref().unwrap().connect().await;
    // A server that changes what it is given: one fen of one order.
    conn.execute(
        "CREATE FUNCTION bend() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             NEW.amount_minor := NEW.amount_minor + 1; RETURN NEW; END $$; \
         CREATE TRIGGER bend BEFORE INSERT ON merchant_order FOR EACH ROW \
             WHEN (NEW.order_no = '00033' AND NEW.business_date = 20261121) EXECUTE FUNCTION bend()",
    )
    .await
    .unwrap();
    let error = copy(&*source.ledger, &*target.ledger, &Bar::hidden()).await.err().unwrap();
    let message = error.to_string();
    assert!(message.contains("the sum of amount_minor of merchant_order: "), "{message}");
    assert_eq!(filled(&*target.ledger).await, [""; 0]);
    conn.execute("DROP TRIGGER bend ON merchant_order").await.unwrap();
    copy(&*source.ledger, &*target.ledger, &Bar::hidden()).await.unwrap();
}

/// The catalogs are where a copy takes its columns from.
#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let Some(server) = postgres().await else { return };
    let file = sqlite().await;
    assert_eq!(server.ledger.summaries().await.unwrap(), file.ledger.summaries().await.unwrap());
    for table in server.ledger.summaries().await.unwrap() {
        assert!(!table.columns.is_empty(), "{}", table.name);
        // What is an amount is added up.
        let money = table.columns.iter().filter(|column| column.ends_with("_minor"));
        assert_eq!(money.count(), table.sums.len(), "{}", table.name);
    }
}

//! Reading and writing whole tables, for [`crate::ledger::transfer`].

use futures_util::{StreamExt, TryStreamExt, stream};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Row, SqliteConnection, TypeInfo, ValueRef};
use tokio::sync::mpsc;

use super::{Doing, Outcome, SqliteLedger, broken_rows};
use crate::ledger::failure::unknown;
use crate::ledger::transfer::{Cell, ROWS, TableSummary, check_empty, check_same, summary_text};
use crate::ledger::{Ledger, LedgerStream, TABLES, sql};
use crate::progress::Bar;

/// What reading does, for errors.
pub(super) const READING: &str = "read whole tables";
/// What writing does, for errors.
pub(super) const WRITING: &str = "fill its tables";

/// Arguments of one statement at most: SQLite takes 32 766.
const ARGUMENTS: usize = 8_000;

/// See [`crate::ledger::Ledger::summaries`].
pub(super) async fn summaries(conn: &mut SqliteConnection) -> Outcome<Vec<TableSummary>> {
    let mut found = Vec::new();
    for (name, _) in TABLES.iter().copied() {
        let columns: Vec<String> = sqlx::query_scalar(sql::TABLE_COLUMNS)
            .bind(name)
            .fetch_all(&mut *conn)
            .await
            .doing(READING)?;
        let (text, money) = summary_text(name, &columns);
        let row = sqlx::query(AssertSqlSafe(text)).fetch_one(&mut *conn).await.doing(READING)?;
        let rows = row.try_get(0).doing(READING)?;
        let mut sums = Vec::new();
        for (place, column) in money.into_iter().enumerate() {
            sums.push((column, row.try_get(place.saturating_add(1)).doing(READING)?));
        }
        found.push(TableSummary { name, columns, rows, sums });
    }
    Ok(found)
}

/// See [`crate::ledger::Ledger::dump`]. A clustered table comes in the order of its key.
pub(super) fn dump<'a>(
    ledger: &'a SqliteLedger,
    table: &'a TableSummary,
) -> LedgerStream<'a, Vec<Vec<Cell>>> {
    let opened = stream::once(async move {
        let mut conn = ledger.reader(READING).await?;
        let (text, columns) = (table.select_text(), table.columns.len());
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(async move {
            let rows = sqlx::query(AssertSqlSafe(text)).fetch(&mut *conn);
            let rows = rows.map(|row| row.doing(READING).and_then(|row| cells(&row, columns)));
            let mut parts = rows.try_chunks(ROWS);
            while let Some(part) = parts.next().await {
                let part = part.map(Some).map_err(|stopped| stopped.1);
                if sender.send(part).await.is_err() {
                    return;
                }
            }
            // The end is sent too: a channel that just closes is a task that died.
            sender.send(Ok(None)).await.ok();
        });
        Ok(stream::try_unfold(receiver, |mut receiver: mpsc::Receiver<Outcome<_>>| async move {
            let part = receiver.recv().await;
            let part = part.ok_or_else(|| broken_rows(READING, "the reading stopped"))??;
            Ok(part.map(|part| (part, receiver)))
        }))
    });
    opened.try_flatten().boxed()
}

/// The values of a row.
pub(super) fn cells(row: &SqliteRow, columns: usize) -> Outcome<Vec<Cell>> {
    let mut cells = Vec::with_capacity(columns);
    for column in 0..columns {
        let value = row.try_get_raw(column).doing(READING)?;
        let kind = value.type_info().name().to_owned();
        cells.push(match &*kind {
            _ if value.is_null() => Cell::Null,
            "INTEGER" => Cell::Int(row.try_get(column).doing(READING)?),
            "TEXT" => Cell::Text(row.try_get(column).doing(READING)?),
            other => return Err(unknown("a value", other)),
        });
    }
    Ok(cells)
}

/// See [`crate::ledger::Ledger::fill`].
pub(super) async fn fill(
    conn: &mut SqliteConnection,
    from: &dyn Ledger,
    tables: &[TableSummary],
    bar: &Bar,
) -> Outcome<Vec<TableSummary>> {
    check_empty(tables, &summaries(conn).await?)?;
    sqlx::query(sql::IDENTITY_DELETE).execute(&mut *conn).await.doing(WRITING)?;
    for table in tables {
        let mut parts = from.dump(table);
        while let Some(part) = parts.try_next().await? {
            let most = ARGUMENTS.checked_div(table.columns.len()).unwrap_or(1).max(1);
            for rows in part.chunks(most) {
                insert(conn, table, rows).await?;
            }
            bar.advance(u64::try_from(part.len()).unwrap_or(0));
        }
    }
    let filled = summaries(conn).await?;
    check_same(tables, &filled)?;
    Ok(filled)
}

async fn insert(
    conn: &mut SqliteConnection,
    table: &TableSummary,
    rows: &[Vec<Cell>],
) -> Outcome<()> {
    let mut arguments = SqliteArguments::default();
    for cell in rows.iter().flatten() {
        let added = match cell {
            Cell::Null => arguments.add(None::<i64>),
            Cell::Int(value) => arguments.add(*value),
            Cell::Text(value) => arguments.add(value.clone()),
        };
        added.map_err(sqlx::Error::Encode).doing(WRITING)?;
    }
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    let values = vec![row; rows.len()].join(", ");
    let (name, columns) = (table.name, table.columns.join(", "));
    let text = format!("INSERT INTO {name} ({columns}) VALUES {values}");
    let query = sqlx::query_with(AssertSqlSafe(text), arguments).persistent(rows.len() == ROWS);
    query.execute(conn).await.doing(WRITING).map(|_| ())
}

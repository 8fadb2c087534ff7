//! Reading and writing whole tables, for [`crate::ledger::transfer`].

use futures_util::{StreamExt, TryStreamExt};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use super::copy::Rows;
use super::flow::{PARTS_AHEAD, flow};
use super::{Doing, Outcome, PostgresLedger, broken_rows};
use crate::ledger::failure::unknown;
use crate::ledger::rows::Fields;
use crate::ledger::transfer::{Cell, ROWS, TableSummary, check_empty, check_same, summary_text};
use crate::ledger::{Ledger, LedgerStream, TABLES, sql};
use crate::progress::Bar;

/// What reading does, for errors.
pub(super) const READING: &str = "read whole tables";
/// What writing does, for errors.
pub(super) const WRITING: &str = "fill its tables";

/// How wide a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    Int2,
    Int4,
    Int8,
    Text,
}

/// A column of a table.
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    width: Width,
    is_identity: bool,
    place: Option<i32>,
}

/// The columns of a table, in their order.
pub(super) async fn columns(conn: &mut PgConnection, table: &str) -> Outcome<Vec<Column>> {
    let query = sqlx::query(sql::TABLE_COLUMNS_POSTGRES).bind(table);
    let found = query.fetch_all(conn).await.doing(READING)?;
    let column = |row: &PgRow| {
        let kind: String = row.try_get(1).doing(READING)?;
        let width = match &*kind {
            "smallint" => Width::Int2,
            "integer" => Width::Int4,
            "bigint" => Width::Int8,
            "text" => Width::Text,
            other => return Err(unknown("a type of column", other)),
        };
        Ok(Column {
            name: row.try_get(0).doing(READING)?,
            width,
            is_identity: row.try_get(2).doing(READING)?,
            place: row.try_get(3).doing(READING)?,
        })
    };
    found.iter().map(column).collect()
}

/// See [`crate::ledger::Ledger::summaries`].
pub(super) async fn summaries(conn: &mut PgConnection) -> Outcome<Vec<TableSummary>> {
    let mut found = Vec::new();
    for (name, _) in TABLES.iter().copied() {
        let columns = columns(conn, name).await?.into_iter().map(|column| column.name);
        let columns: Vec<String> = columns.collect();
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

/// See [`crate::ledger::Ledger::dump`]. Rows come in the order of their key, in which a ledger in a
/// file is filled fastest.
pub(super) fn dump<'a>(
    ledger: &'a PostgresLedger,
    table: &'a TableSummary,
) -> LedgerStream<'a, Vec<Vec<Cell>>> {
    let (name, width) = (table.name, table.columns.len());
    let select = table.select_text();
    let found = flow(ledger, READING, PARTS_AHEAD, move |mut lease, sender| async move {
        let conn = lease.conn();
        conn.execute("BEGIN READ ONLY").await.doing(READING)?;
        sqlx::query(sql::SNAPSHOT_SETTINGS).fetch_one(&mut *conn).await.doing(READING)?;
        let mut key: Vec<(i32, String)> = columns(conn, name)
            .await?
            .into_iter()
            .filter_map(|column| Some((column.place?, column.name)))
            .collect();
        key.sort();
        let key: Vec<String> = key.into_iter().map(|(_, name)| name).collect();
        let text = format!("{select} ORDER BY {}", key.join(", "));
        let rows = sqlx::query(AssertSqlSafe(text)).fetch(&mut *conn);
        let rows = rows.map(|row| row.doing(READING).and_then(|row| cells(&row, width)));
        let mut parts = rows.try_chunks(ROWS);
        while let Some(part) = parts.next().await {
            let part = part.map_err(|stopped| stopped.1)?;
            if sender.send(Ok(Some(part))).await.is_err() {
                return Err(sqlx::Error::WorkerCrashed).doing(READING);
            }
        }
        drop(parts);
        conn.execute("COMMIT").await.doing(READING)?;
        Ok(lease)
    });
    found.boxed()
}

/// The values of a row.
pub(super) fn cells(row: &PgRow, columns: usize) -> Outcome<Vec<Cell>> {
    let mut cells = Vec::with_capacity(columns);
    for column in 0..columns {
        let is_text = row.columns().get(column).is_some_and(is_text);
        cells.push(if is_text {
            row.text_or_none(column)?.map_or(Cell::Null, Cell::Text)
        } else {
            row.int_or_none(column)?.map_or(Cell::Null, Cell::Int)
        });
    }
    Ok(cells)
}

fn is_text(column: &sqlx::postgres::PgColumn) -> bool {
    use sqlx::{Column as _, TypeInfo as _};
    column.type_info().name() == "TEXT"
}

/// See [`crate::ledger::Ledger::fill`].
pub(super) async fn fill(
    conn: &mut PgConnection,
    from: &dyn Ledger,
    tables: &[TableSummary],
    bar: &Bar,
) -> Outcome<Vec<TableSummary>> {
    // On several machines: a table that was looked at or filled where it stands could not be filled or counted in the
    // same transaction. Elsewhere the setting means nothing.
    conn.execute("SET LOCAL citus.enable_local_execution TO off").await.doing(WRITING)?;
    check_empty(tables, &summaries(conn).await?)?;
    sqlx::query(sql::IDENTITY_DELETE).execute(&mut *conn).await.doing(WRITING)?;
    for table in tables {
        let known = columns(conn, table.name).await?;
        fill_table(conn, from, table, &known, bar).await?;
        for column in known.iter().filter(|column| column.is_identity) {
            go_on_counting(conn, table.name, &column.name).await?;
        }
        let text = format!("ANALYZE {}", table.name);
        conn.execute(AssertSqlSafe(text)).await.doing(WRITING)?;
    }
    let filled = summaries(conn).await?;
    check_same(tables, &filled)?;
    Ok(filled)
}

async fn fill_table(
    conn: &mut PgConnection,
    from: &dyn Ledger,
    table: &TableSummary,
    known: &[Column],
    bar: &Bar,
) -> Outcome<()> {
    // The columns come as the source has them.
    let width = |name: &String| known.iter().find(|column| column.name == *name);
    let widths: Vec<Width> =
        table.columns.iter().filter_map(width).map(|column| column.width).collect();
    let count = i16::try_from(widths.len()).unwrap_or(i16::MAX);
    let (name, columns) = (table.name, table.columns.join(", "));
    let text = format!("COPY {name} ({columns}) FROM STDIN (FORMAT BINARY)");
    let mut copy = conn.copy_in_raw(&text).await.doing(WRITING)?;
    let mut out = Rows::start();
    let mut parts = from.dump(table);
    while let Some(part) = parts.try_next().await? {
        for row in &part {
            out.row(count);
            for (cell, width) in row.iter().zip(&widths) {
                encode(&mut out, cell, *width)?;
            }
        }
        if out.is_full() {
            copy.send(out.take(WRITING)?).await.doing(WRITING)?;
        }
        bar.advance(u64::try_from(part.len()).unwrap_or(0));
    }
    copy.send(out.finish(WRITING)?).await.doing(WRITING)?;
    copy.finish().await.doing(WRITING).map(|_| ())
}

fn encode(out: &mut Rows, cell: &Cell, width: Width) -> Outcome<()> {
    let misfit = || broken_rows(WRITING, "a value does not fit its column");
    match (cell, width) {
        (Cell::Null, _) => out.null(),
        (Cell::Text(text), Width::Text) => out.text(text),
        (Cell::Int(value), Width::Int2) => out.int2(i16::try_from(*value).map_err(|_| misfit())?),
        (Cell::Int(value), Width::Int4) => out.int4(*value),
        (Cell::Int(value), Width::Int8) => out.int8(*value),
        (Cell::Text(_) | Cell::Int(_), _) => return Err(misfit()),
    }
    Ok(())
}

/// Lets the numbers that the server gives begin after those that were copied.
async fn go_on_counting(conn: &mut PgConnection, table: &str, column: &str) -> Outcome<()> {
    let text = format!(
        "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), \
         coalesce(max({column}), 0) + 1, FALSE) FROM {table}"
    );
    conn.execute(AssertSqlSafe(text)).await.doing(WRITING).map(|_| ())
}

//! What [`crate::ledger::prune`] needs of a database.

use async_trait::async_trait;
use sqlx::{Arguments as _, AssertSqlSafe, Row as _};

use super::dialect::{Arguments, TABLE_COLUMNS, add_list, in_words};
use super::transfer::cells;
use super::{Connection, Doing, Outcome, Store, streams};
use crate::ledger::prune::{Arg, PruneStore, Statement};
use crate::ledger::rows::Fields;
use crate::ledger::streams::Streams;
use crate::ledger::transfer::Cell;

const DOING: &str = "remove what is old";

#[async_trait]
impl PruneStore for Store {
    async fn columns(&self, table: &'static str) -> Outcome<Vec<String>> {
        let mut conn = self.reader(DOING).await?;
        let found = sqlx::query(TABLE_COLUMNS).bind(table).fetch_all(&mut *conn).await;
        found.doing(DOING)?.iter().map(|row| row.text(0)).collect()
    }

    async fn streams(&self) -> Outcome<Streams> {
        streams::load(&mut *self.reader(DOING).await?, DOING).await
    }

    async fn read(&self, (text, args): Statement) -> Outcome<Vec<Vec<Cell>>> {
        let query = sqlx::query_with(AssertSqlSafe(in_words(&text)), arguments(args)?);
        let found = query.fetch_all(&mut *self.reader(DOING).await?).await.doing(DOING)?;
        found.iter().map(|row| cells(row, row.columns().len())).collect()
    }

    async fn write(&self, statements: Vec<Statement>) -> Outcome<Vec<u64>> {
        write!(self, DOING => |conn| execute(conn, statements).await?)
    }
}

/// Runs statements; says how many rows each changed.
async fn execute(conn: &mut Connection, statements: Vec<Statement>) -> Outcome<Vec<u64>> {
    let mut counts = Vec::new();
    for (text, args) in statements {
        let query = sqlx::query_with(AssertSqlSafe(in_words(&text)), arguments(args)?);
        counts.push(query.execute(&mut *conn).await.doing(DOING)?.rows_affected());
    }
    Ok(counts)
}

fn arguments(args: Vec<Arg>) -> Outcome<Arguments> {
    let mut arguments = Arguments::default();
    for arg in args {
        let added = match arg {
            Arg::Int(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value),
            Arg::List(values) => {
                add_list(&mut arguments, values.iter().map(String::as_str).collect())
            }
        };
        added.map_err(sqlx::Error::Encode).doing(DOING)?;
    }
    Ok(arguments)
}

//! What [`crate::ledger::prune`] needs of PostgreSQL.

use async_trait::async_trait;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, Row};

use super::connect;
use super::transfer::{cells, columns};
use super::{Doing, Outcome, PostgresLedger, streams};
use crate::ledger::prune::{Arg, PruneStore, Statement, dialect};
use crate::ledger::streams::Streams;
use crate::ledger::transfer::Cell;

const DOING: &str = "remove what is old";

#[async_trait]
impl PruneStore for PostgresLedger {
    async fn columns(&self, table: &'static str) -> Outcome<Vec<String>> {
        let found = columns(&mut *self.reader(DOING).await?, table).await?;
        Ok(found.into_iter().map(|column| column.name).collect())
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
        let mut lease = connect::begin(self, DOING).await?;
        let mut counts = Vec::new();
        for (text, args) in statements {
            let query = sqlx::query_with(AssertSqlSafe(in_words(&text)), arguments(args)?);
            counts.push(query.execute(lease.conn()).await.doing(DOING)?.rows_affected());
        }
        lease.commit(DOING).await?;
        Ok(counts)
    }
}

fn in_words(text: &str) -> String {
    dialect(text, "= ANY(", ")")
}

fn arguments(args: Vec<Arg>) -> Outcome<PgArguments> {
    let mut arguments = PgArguments::default();
    for arg in args {
        let added = match arg {
            Arg::Int(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value),
            Arg::List(values) => arguments.add(values),
        };
        added.map_err(sqlx::Error::Encode).doing(DOING)?;
    }
    Ok(arguments)
}

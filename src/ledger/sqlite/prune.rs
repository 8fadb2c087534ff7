//! What [`crate::ledger::prune`] needs of SQLite.

use async_trait::async_trait;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Connection, Row};

use super::transfer::cells;
use super::{Doing, Outcome, SqliteLedger, streams};
use crate::ledger::prune::{Arg, PruneStore, Statement, dialect};
use crate::ledger::sql;
use crate::ledger::streams::Streams;
use crate::ledger::transfer::Cell;

const DOING: &str = "remove what is old";

#[async_trait]
impl PruneStore for SqliteLedger {
    async fn columns(&self, table: &'static str) -> Outcome<Vec<String>> {
        let query = sqlx::query_scalar(sql::TABLE_COLUMNS).bind(table);
        query.fetch_all(&mut *self.reader(DOING).await?).await.doing(DOING)
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
        let mut writer = self.writer.lock().await;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.doing(DOING)?;
        let mut counts = Vec::new();
        for (text, args) in statements {
            let query = sqlx::query_with(AssertSqlSafe(in_words(&text)), arguments(args)?);
            counts.push(query.execute(&mut *transaction).await.doing(DOING)?.rows_affected());
        }
        transaction.commit().await.doing(DOING)?;
        Ok(counts)
    }
}

fn in_words(text: &str) -> String {
    dialect(text, "IN (SELECT value FROM json_each(", "))")
}

fn arguments(args: Vec<Arg>) -> Outcome<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for arg in args {
        let added = match arg {
            Arg::Int(value) => arguments.add(value),
            Arg::Text(value) => arguments.add(value),
            Arg::List(values) => arguments.add(serde_json::Value::from(values).to_string()),
        };
        added.map_err(sqlx::Error::Encode).doing(DOING)?;
    }
    Ok(arguments)
}

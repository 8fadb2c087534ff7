//! The ledger in one SQLite file: the embedded default.
//!
//! One connection writes, one statement carries hundreds of rows, and each put is one transaction.
//! Readers have connections of their own and never wait for the writer. Rows are clustered by day
//! and written in key order; the scan merges a day's two sides in Rust.

use std::path::PathBuf;

use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::Mutex;

use super::failure::{Doing, Outcome, broken_rows};

mod add_and_retire;
mod bind;
mod bulk;
mod chunks;
mod connect;
mod damage;
mod day_sums;
mod dialect;
mod direct;
mod first_words;
mod insert;
mod lock;
mod notes;
mod packed;
mod placement;
mod scan;
mod scan_pages;
mod snapshot;
mod transfer;
mod words;

/// Does something in the one transaction that writes, on the one connection that does.
macro_rules! write {
    ($self:ident, $doing:expr => |$conn:ident| $body:expr) => {{
        use sqlx::Connection as _;
        let mut writer = $self.writer.lock().await;
        let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await.doing($doing)?;
        let $conn: &mut Connection = &mut transaction;
        let outcome = $body;
        transaction.commit().await.doing($doing)?;
        Ok(outcome)
    }};
}

// What is the same in every database stands once and is compiled for each of them: there `super` is this file.
#[path = "common/absences.rs"]
mod absences;
#[path = "common/answers.rs"]
mod answers;
#[path = "common/balances.rs"]
mod balances;
#[path = "common/chains.rs"]
mod chains;
#[path = "common/days.rs"]
mod days;
#[path = "common/discrepancies.rs"]
mod discrepancies;
#[path = "common/firings.rs"]
mod firings;
#[path = "common/heal.rs"]
mod heal;
#[path = "common/implementation.rs"]
mod implementation;
#[path = "common/intake.rs"]
mod intake;
#[path = "common/listing.rs"]
mod listing;
#[path = "common/lists.rs"]
mod lists;
#[path = "common/movements.rs"]
mod movements;
#[path = "common/orders.rs"]
mod orders;
#[path = "common/pairs.rs"]
mod pairs;
#[path = "common/patterns.rs"]
mod patterns;
#[path = "common/prune.rs"]
mod prune;
#[path = "common/readings.rs"]
mod readings;
#[path = "common/settled.rs"]
mod settled;
#[path = "common/stated.rs"]
mod stated;
#[path = "common/streams.rs"]
mod streams;
#[path = "common/sums.rs"]
mod sums;
#[path = "common/versions.rs"]
mod versions;

use direct::streamed;

/// A connection to the ledger.
type Connection = SqliteConnection;
/// A row of an answer.
type Row = sqlx::sqlite::SqliteRow;
/// The ledger, as what is the same in every database names it.
type Store = SqliteLedger;

/// A ledger in a SQLite file.
pub(super) struct SqliteLedger {
    path: PathBuf,
    writer: Mutex<SqliteConnection>,
    /// Connections that read.
    pool: SqlitePool,
}

//! The ledger in a PostgreSQL database: for several machines, or for years of many orders.
//!
//! Set work is the server's: rows come in by COPY into a temporary table and are merged by one
//! statement, a day is looked at by one join. Every put is one transaction, and only one at a time
//! writes. The schema keeps the rules under which it can also be split over several machines.

use sqlx::{PgConnection, PgPool};

use super::failure::{Doing, Outcome, broken_rows};

mod add_and_retire;
mod bulk;
mod connect;
mod copy;
mod damage;
mod day_sums;
mod dialect;
mod flow;
mod insert;
mod lock;
mod notes;
mod placement;
mod scan;
mod snapshot;
mod spool;
mod transfer;
mod words;

/// Does something in the one transaction that writes.
macro_rules! write {
    ($self:ident, $doing:expr => |$conn:ident| $body:expr) => {{
        let mut lease = $crate::ledger::postgres::connect::begin($self, $doing).await?;
        let $conn: &mut Connection = lease.conn();
        let outcome = $body;
        lease.commit($doing).await?;
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

use flow::streamed;

/// A connection to the ledger.
type Connection = PgConnection;
/// A row of an answer.
type Row = sqlx::postgres::PgRow;
/// The ledger, as what is the same in every database names it.
type Store = PostgresLedger;

/// A ledger in a PostgreSQL database.
pub(super) struct PostgresLedger {
    pool: PgPool,
    options: sqlx::postgres::PgConnectOptions,
    /// The schema that every connection goes into, as a search path; `None` for the server's own choice.
    schema: Option<String>,
    url: String,
    holding: lock::Holding,
}

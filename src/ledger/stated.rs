//! What a provider's statement has to keep, whichever the database.

use std::io;

use super::failure::{Outcome, broken_rows};
use super::put::{Noted, Only, Put};
use super::{SortedRows, Statement};
use crate::business_day::BusinessDate;
use crate::reading::{Reading, Source};

/// What importing does, for errors.
pub(super) const DOING: &str = "import a statement";
/// What asking does, for errors.
pub(super) const READING: &str = "list what statements are the whole of";

/// What a statement is the whole of. `dates` are those under which an earlier import of the file has
/// rows, `reconciled` the first and the last date that was reconciled.
pub(super) fn put_of(
    statement: &Statement,
    dates: Vec<BusinessDate>,
    reconciled: Option<(BusinessDate, BusinessDate)>,
) -> Outcome<Put> {
    if statement.interface.is_empty() {
        return Err(broken_rows(DOING, "a statement has no interface"));
    }
    let only = Only::Account(statement.account.clone());
    if !statement.streams.iter().all(|stream| only.has(stream)) {
        return Err(broken_rows(DOING, "a stream belongs to another account"));
    }
    Ok(Put {
        doing: DOING,
        owner: i64::from(Source::Statement.number()),
        interface: Some(statement.interface.clone()),
        is_kept: true,
        dates,
        only,
        // The run that reconciles a later date finds its rows by itself, and none looks at an
        // earlier one than the first.
        noted: reconciled.map_or(Noted::Nowhere, |(first, last)| Noted::Inside(first..=last)),
    })
}

/// The rows, each of them of the statement.
pub(super) fn rows_of(statement: &Statement, rows: SortedRows<Reading>) -> SortedRows<Reading> {
    let interface = statement.interface.clone();
    Box::new(rows.map(move |row| match row {
        Ok(row) if row.source != Source::Statement || row.interface != interface => {
            Err(io::Error::new(io::ErrorKind::InvalidData, "a row is not the statement's"))
        }
        row => row,
    }))
}

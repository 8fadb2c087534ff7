//! What a provider's statement has to keep, whichever the database.

use std::collections::BTreeMap;
use std::io;

use super::failure::{Outcome, broken_rows};
use super::put::{Noted, Only, Put};
use super::{SortedRows, StatedPart, Statement};
use crate::business_day::BusinessDate;
use crate::order::Stream;
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

/// The streams of which statements are the whole of a date, from the parts of it that each of them is the whole of.
/// Sorted.
pub(super) fn whole_streams(parts: Vec<(Stream, StatedPart)>) -> Vec<Stream> {
    let mut of: BTreeMap<Stream, Vec<StatedPart>> = BTreeMap::new();
    for (stream, part) in parts {
        of.entry(stream).or_default().push(part);
    }
    of.into_iter().filter_map(|(stream, parts)| is_whole(parts).then_some(stream)).collect()
}

/// Whether parts of a date leave out nothing of it.
fn is_whole(mut parts: Vec<StatedPart>) -> bool {
    // What begins with the date comes first.
    parts.sort_by_key(|part| part.from);
    let mut known_until = None;
    for StatedPart { from, until, .. } in parts {
        if from.is_some_and(|from| known_until.is_none_or(|known| known < from)) {
            return false;
        }
        match until {
            None => return true,
            Some(until) => known_until = known_until.max(Some(until)),
        }
    }
    false
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::Timestamp;

    #[test]
    fn parts_that_leave_nothing_out_are_the_whole_date() {
        let table: [(&[(i64, i64)], bool); 10] = [
            // From and until; 0 is the date's own beginning, and 24 its own end.
            (&[], false),
            (&[(0, 24)], true),
            (&[(0, 8)], false),
            (&[(8, 24)], false),
            (&[(8, 24), (0, 8)], true),
            (&[(0, 7), (8, 24)], false),
            (&[(0, 9), (8, 24)], true),
            (&[(0, 12), (2, 4), (12, 24)], true),
            (&[(0, 4), (4, 20), (20, 23)], false),
            (&[(8, 16), (16, 24), (0, 8)], true),
        ];
        for (parts, expected) in table {
            let at = |hour: i64| Some(Timestamp::from_epoch_seconds(hour * 3600));
            let part = |(from, until): &(i64, i64)| StatedPart {
                date: BusinessDate::parse("2026-11-20").expect("a date"),
                from: at(*from).filter(|_| *from != 0),
                until: at(*until).filter(|_| *until != 24),
            };
            let parts: Vec<_> = parts.iter().map(part).collect();
            assert_eq!(is_whole(parts.clone()), expected, "{parts:?}");
        }
    }
}

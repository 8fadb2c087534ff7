//! All rows below the header: orders, movements, what is left out and what is refused.

use std::collections::BTreeSet;

use crate::business_day::BusinessDate;
use crate::intake::IntakeError;
use crate::intake::records::Step;
use crate::intake::statement::header::Layout;
use crate::intake::statement::row::{Read, Row, RowReader, StoredRow};
use crate::intake::statement::rows::Rows;
use crate::intake::statement::totals::{Tally, Totals};
use crate::intake::statement::words::Words;
use crate::intake::statement::{StatementError, StatementRequest};
use crate::movement::Movement;
use crate::order::Rejection;
use crate::sorter::{Background, Sorter};

/// Settlements, top-ups and adjustments that one file may have.
const MOVEMENTS_MAX: usize = 100_000;

/// What came out of the rows.
pub(super) struct Taken {
    pub(super) orders: Background<StoredRow>,
    pub(super) movements: Vec<Movement>,
    pub(super) rejections: Sorter<Rejection>,
    pub(super) ignored: u64,
    pub(super) tally: Tally,
    /// Streams and dates of the orders.
    pub(super) seen: BTreeSet<u16>,
    pub(super) dates: BTreeSet<BusinessDate>,
}

/// Reads all rows below the header.
pub(super) fn take(
    request: &StatementRequest<'_>,
    rows: &mut Rows,
    layout: &Layout,
    words: &Words<'_>,
    totals: &mut Totals<'_>,
) -> Result<Taken, StatementError> {
    let name = || request.name.to_owned();
    let spool = |source| IntakeError::Spool { name: name(), source };
    let mut taken = Taken {
        orders: Background::new(Sorter::new(request.spool, StoredRow::sort_key)).map_err(spool)?,
        movements: Vec::new(),
        rejections: Sorter::new(request.spool, |rejection: &Rejection, key| {
            key.number(rejection.line);
        }),
        ignored: 0,
        tally: Tally::default(),
        seen: BTreeSet::new(),
        dates: BTreeSet::new(),
    };
    let mut reader = RowReader::new(request, layout, words);
    loop {
        let step = rows.advance();
        let step = step.map_err(|source| IntakeError::Read { name: name(), source })?;
        let reason = match step {
            Step::End => break,
            Step::Row => None,
            Step::Refused(reason) => Some(reason),
        };
        if let Some(reason) = reason {
            if !totals.take(rows.line(), &rows.cells()) {
                taken.tally.add_unknown();
                taken.rejections.push(&reader.refused_whole(rows, reason)).map_err(spool)?;
            }
            continue;
        }
        let Row { figures, kind, read } = reader.read(rows);
        match read {
            Err(wrong) => {
                if reader.is_data(rows) {
                    totals.forget();
                } else if totals.take(rows.line(), &rows.cells()) {
                    continue;
                }
                if reader.says_nothing(rows) {
                    taken.tally.add_unknown();
                } else {
                    taken.tally.add(kind, figures);
                }
                taken.rejections.push(&reader.rejection(rows, wrong)).map_err(spool)?;
                continue;
            }
            Ok(Read::Order(row)) => taken.orders.push(row).map_err(spool)?,
            Ok(Read::Movement(_)) if taken.movements.len() >= MOVEMENTS_MAX => {
                let limit = MOVEMENTS_MAX;
                return Err(StatementError::TooManyMovements { name: name(), limit });
            }
            Ok(Read::Movement(movement)) => taken.movements.push(movement),
            Ok(Read::Ignored) => taken.ignored = taken.ignored.saturating_add(1),
        }
        totals.forget();
        taken.tally.add(kind, figures);
    }
    (taken.seen, taken.dates) = (reader.seen, reader.dates);
    Ok(taken)
}

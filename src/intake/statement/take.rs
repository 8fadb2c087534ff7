//! All rows below the header: orders, movements, what is left out and what is refused.

use std::collections::BTreeSet;

use crate::business_day::{BusinessDate, Timestamp};
use crate::config::RowKind;
use crate::intake::IntakeError;
use crate::intake::records::Step;
use crate::intake::rows::{Rows, Unaccounted};
use crate::intake::statement::beside::{Balances, Batches, Beside};
use crate::intake::statement::header::Layout;
use crate::intake::statement::row::{OrderFee, Read, Row, RowReader, StoredRow, Wrong};
use crate::intake::statement::words::Words;
use crate::intake::statement::{StatementError, StatementRequest};
use crate::intake::totals::{Figures, Tally, Totals};
use crate::lines::{LineCounts, LineKind};
use crate::movement::Movement;
use crate::order::{Rejection, RejectionReason};
use crate::sorter::{Background, Sorter};

/// Settlements, top-ups and adjustments that one file may have.
const MOVEMENTS_MAX: usize = 100_000;

/// What came out of the rows.
pub(super) struct Taken {
    pub(super) orders: Background<StoredRow>,
    pub(super) movements: Vec<Movement>,
    pub(super) rejections: Sorter<Rejection>,
    pub(super) ignored: u64,
    /// Rows of other merchants.
    pub(super) of_others: u64,
    /// Rows that are the fee of an order in another row.
    pub(super) order_fees: u64,
    pub(super) tally: Tally,
    /// Streams and dates of the orders.
    pub(super) seen: BTreeSet<u16>,
    pub(super) dates: BTreeSet<BusinessDate>,
    /// Dates of orders and movements.
    pub(super) all_dates: BTreeSet<BusinessDate>,
    /// The first and the last moment of them.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// Movements that stand beside another one of the same row: its fee.
    pub(super) beside_rows: u64,
    /// The line at which the balances stop being what the rows make of them.
    pub(super) broken_balance: Option<i64>,
    /// A batch whose net amounts do not come to what they have to.
    pub(super) broken_batch: Option<String>,
    /// What became of the file's lines.
    pub(super) lines: LineCounts,
}

/// Reads all rows below the header.
pub(super) fn take<'a>(
    request: &'a StatementRequest<'_>,
    rows: &mut Rows,
    layout: &'a Layout,
    words: &'a Words<'_>,
    totals: &mut Totals<'a>,
) -> Result<Taken, StatementError> {
    let mut taker = Taker::new(request, layout, words, totals)?;
    loop {
        let step = rows.advance();
        let name = || request.name.to_owned();
        let step = step.map_err(|source| IntakeError::Read { name: name(), source })?;
        let kind = match step {
            Step::End => break,
            Step::Row | Step::Refused(_) if rows.repeats_header() => LineKind::Header,
            Step::Refused(reason) => taker.unreadable(rows, reason)?,
            Step::Row => taker.row(rows)?,
        };
        rows.is(kind);
    }
    taker.taken(rows)
}

struct Taker<'a, 't> {
    request: &'a StatementRequest<'a>,
    layout: &'a Layout,
    reader: RowReader<'a>,
    totals: &'t mut Totals<'a>,
    beside: Beside,
    balances: Balances,
    batches: Batches,
    taken: Taken,
}

impl<'a, 't> Taker<'a, 't> {
    fn new(
        request: &'a StatementRequest<'_>,
        layout: &'a Layout,
        words: &'a Words<'_>,
        totals: &'t mut Totals<'a>,
    ) -> Result<Self, StatementError> {
        let spool = |source| IntakeError::Spool { name: request.name.to_owned(), source };
        let orders = Background::new(Sorter::new(request.spool, StoredRow::sort_key));
        let taken = Taken {
            orders: orders.map_err(spool)?,
            movements: Vec::new(),
            rejections: Sorter::new(request.spool, |rejection: &Rejection, key| {
                key.text(&rejection.source);
                key.number(rejection.line);
            }),
            ignored: 0,
            of_others: 0,
            order_fees: 0,
            tally: Tally::default(),
            seen: BTreeSet::new(),
            dates: BTreeSet::new(),
            all_dates: BTreeSet::new(),
            span: None,
            beside_rows: 0,
            broken_balance: None,
            broken_batch: None,
            lines: LineCounts::default(),
        };
        let reader = RowReader::new(request, layout, words);
        let (beside, balances) = (Beside::default(), Balances::new());
        let batches = Batches::default();
        Ok(Self { request, layout, reader, totals, beside, balances, batches, taken })
    }

    /// A row that cannot be split into values: what it is for certain, else a refused one.
    fn unreadable(
        &mut self,
        rows: &Rows,
        reason: RejectionReason,
    ) -> Result<LineKind, StatementError> {
        let cells = if reason == RejectionReason::WrongColumnCount {
            rows.cells()
        } else {
            // A broken quote has swallowed what is behind it.
            rows.raw_cells()
        };
        if let Some(kind) = self.totals.take(rows.line(), &cells, self.taken.tally.so_far()) {
            return Ok(kind);
        }
        if rows.is_outside() {
            return Ok(LineKind::Preamble);
        }
        self.taken.tally.add_unknown();
        let rejection = self.reader.refused_whole(rows, reason);
        self.taken.rejections.push(&rejection).map_err(|source| self.spool(source))?;
        Ok(LineKind::Refused)
    }

    fn row(&mut self, rows: &Rows) -> Result<LineKind, StatementError> {
        let (order_no, first) = (rows.lossy(self.layout.order_no.at), rows.lossy(Some(0)));
        if Totals::is_sums(&order_no, &first)
            && let Some(kind) = self.total(rows)
        {
            return Ok(kind);
        }
        let Row { figures, kind, balance, batch, read } = self.reader.read(rows);
        match read {
            Err(wrong) => return self.refused(rows, (kind, figures), wrong),
            Ok(_) if rows.is_outside() && !self.reader.is_dated(rows) => {
                return Ok(LineKind::Preamble);
            }
            Ok(Read::Order(row)) => {
                if let Some(row) = self.beside.order(row) {
                    self.taken.orders.push(row).map_err(|source| self.spool(source))?;
                }
            }
            Ok(Read::Movement(movement, fee)) => {
                self.moved(movement)?;
                if let Some(fee) = fee {
                    self.taken.beside_rows = self.taken.beside_rows.saturating_add(1);
                    self.moved(fee)?;
                }
            }
            Ok(Read::OrderFee(fee)) => {
                self.taken.order_fees = self.taken.order_fees.saturating_add(1);
                if let Some(lone) = self.beside.fee(fee) {
                    self.lone(lone)?;
                }
            }
            Ok(Read::Ignored) => self.taken.ignored = self.taken.ignored.saturating_add(1),
            Ok(Read::OfAnother) => {
                self.taken.of_others = self.taken.of_others.saturating_add(1);
            }
        }
        if let Some(balance) = balance {
            self.balances.take(rows.line(), balance);
        }
        if let Some((batch, net)) = batch {
            self.batches.take(batch, net);
        }
        self.totals.forget();
        self.taken.tally.add(kind, figures);
        self.taken.tally.note(self.reader.currency(rows));
        Ok(LineKind::Taken)
    }

    fn moved(&mut self, movement: Movement) -> Result<(), StatementError> {
        if self.taken.movements.len() >= MOVEMENTS_MAX {
            let (name, limit) = (self.request.name.to_owned(), MOVEMENTS_MAX);
            return Err(StatementError::TooManyMovements { name, limit });
        }
        self.taken.movements.push(movement);
        Ok(())
    }

    /// A fee whose order is in another file is money of the account by itself.
    fn lone(&mut self, fee: OrderFee) -> Result<(), StatementError> {
        self.taken.order_fees = self.taken.order_fees.saturating_sub(1);
        self.moved(fee.movement)
    }

    /// A row that is not read: a total or a comment where it is that for certain, else refused.
    fn refused(
        &mut self,
        rows: &Rows,
        (kind, figures): (Option<RowKind>, Figures),
        wrong: Wrong,
    ) -> Result<LineKind, StatementError> {
        let is_data = if self.totals.waits() {
            self.reader.is_dated(rows)
        } else {
            self.reader.is_data(rows)
        };
        if is_data {
            self.totals.forget();
        } else if let Some(kind) = self.total(rows) {
            return Ok(kind);
        } else if rows.is_outside() {
            return Ok(LineKind::Preamble);
        }
        if self.reader.says_nothing(rows) {
            self.taken.tally.add_unknown();
        } else {
            self.taken.tally.add(kind, figures);
        }
        let rejection = self.reader.rejection(rows, wrong);
        self.taken.rejections.push(&rejection).map_err(|source| self.spool(source))?;
        Ok(LineKind::Refused)
    }

    fn total(&mut self, rows: &Rows) -> Option<LineKind> {
        self.totals.take(rows.line(), &rows.cells(), self.taken.tally.so_far())
    }

    fn spool(&self, source: std::io::Error) -> StatementError {
        IntakeError::Spool { name: self.request.name.to_owned(), source }.into()
    }

    /// What came out of all rows.
    fn taken(mut self, rows: &Rows) -> Result<Taken, StatementError> {
        let (orders, fees) = std::mem::take(&mut self.beside).rest();
        for row in orders {
            self.taken.orders.push(row).map_err(|source| self.spool(source))?;
        }
        for fee in fees {
            self.lone(fee)?;
        }
        let Self { request, reader, balances, batches, mut taken, .. } = self;
        taken.broken_balance = balances.broken();
        taken.broken_batch = batches.broken();
        let RowReader { seen, dates, all_dates, span, numbers, .. } = reader;
        if let Some(cut) = numbers.cut() {
            return Err(cut.error(request.name).into());
        }
        (taken.seen, taken.dates, taken.all_dates, taken.span) = (seen, dates, all_dates, span);
        taken.lines = rows.finish().map_err(|Unaccounted { counted, lines }| {
            IntakeError::Unaccounted { name: request.name.to_owned(), counted, lines }
        })?;
        Ok(taken)
    }
}

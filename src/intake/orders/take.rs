//! All rows below the header of a file of orders: what is read, what is refused, what is a total.

use std::collections::BTreeMap;

use crate::config::TotalOf;
use crate::intake::IntakeError;
use crate::intake::long_numbers::LongNumbers;
use crate::intake::orders::OrdersRequest;
use crate::intake::orders::header::Layout;
use crate::intake::orders::lanes::Lanes;
use crate::intake::orders::row::{RowReader, StoredOrder, Wrong};
use crate::intake::records::Step;
use crate::intake::rows::{Rows, Unaccounted};
use crate::intake::totals::{StatedTotal, Tally, Tie, Totals};
use crate::lines::{LineCounts, LineKind};
use crate::order::{Origin, Rejection, RejectionReason};
use crate::sorter::{Background, Sorter};

/// No total of orders is named by the configuration: words such as 合计 are known.
static NO_LABELS: BTreeMap<String, TotalOf> = BTreeMap::new();

/// What came out of the rows.
pub(super) struct Taken {
    pub(super) orders: Background<StoredOrder>,
    pub(super) rejections: Sorter<Rejection>,
    /// Rows, good and bad.
    pub(super) rows: u64,
    /// The totals that the file states.
    pub(super) totals: Vec<StatedTotal>,
    /// What became of the file's lines.
    pub(super) lines: LineCounts,
}

/// Reads all rows below the header.
pub(super) fn take(
    request: &OrdersRequest<'_>,
    rows: &mut Rows,
    layout: &Layout,
    lanes: &Lanes,
) -> Result<Taken, IntakeError> {
    let mut taker = Taker::new(request, layout, lanes)?;
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

struct Taker<'a> {
    name: &'a str,
    layout: &'a Layout,
    reader: RowReader<'a>,
    totals: Totals<'static>,
    tally: Tally,
    numbers: LongNumbers,
    orders: Background<StoredOrder>,
    rejections: Sorter<Rejection>,
    rows: u64,
}

impl<'a> Taker<'a> {
    fn new(
        request: &OrdersRequest<'a>,
        layout: &'a Layout,
        lanes: &'a Lanes,
    ) -> Result<Self, IntakeError> {
        let spool = |source| IntakeError::Spool { name: request.name.to_owned(), source };
        let orders = Background::new(Sorter::new(request.spool, StoredOrder::sort_key));
        Ok(Self {
            name: request.name,
            layout,
            reader: RowReader::new(request, layout, lanes),
            totals: Totals::new(layout.totals(), request.settings.amount_unit, &NO_LABELS),
            tally: Tally::default(),
            numbers: LongNumbers::default(),
            orders: orders.map_err(spool)?,
            rejections: Sorter::new(request.spool, |rejection: &Rejection, key| {
                key.text(&rejection.source);
                key.number(rejection.line);
            }),
            rows: 0,
        })
    }

    /// A row that cannot be split into values: what it is for certain, else a refused one.
    fn unreadable(
        &mut self,
        rows: &Rows,
        reason: RejectionReason,
    ) -> Result<LineKind, IntakeError> {
        let cells = if reason == RejectionReason::WrongColumnCount {
            rows.cells()
        } else {
            // A broken quote has swallowed what is behind it.
            rows.raw_cells()
        };
        if let Some(kind) = self.passed(rows, &cells) {
            return Ok(kind);
        }
        self.tally.add_unknown();
        let rejection = self.reader.refused_whole(rows, reason);
        self.refuse(&rejection)
    }

    fn row(&mut self, rows: &Rows) -> Result<LineKind, IntakeError> {
        let (order_no, first) = (rows.lossy(self.layout.order_no.at), rows.lossy(Some(0)));
        if Totals::is_sums(&order_no, &first)
            && let Some(kind) = self.passed(rows, &rows.cells())
        {
            return Ok(kind);
        }
        match self.reader.read(rows) {
            Err(wrong) => self.refused(rows, wrong),
            Ok(_) if rows.is_outside() && !self.reader.is_data(rows) => Ok(LineKind::Preamble),
            Ok(order) => {
                self.add(rows);
                let columns = [
                    &self.layout.order_no,
                    &self.layout.provider_order_no,
                    &self.layout.original_order_no,
                ];
                for (column, number) in columns.into_iter().zip(order.numbers()) {
                    self.numbers.note(order.line, &column.name, number);
                }
                self.rows = self.rows.saturating_add(1);
                self.orders.push(order).map_err(|source| self.spool(source))?;
                Ok(LineKind::Taken)
            }
        }
    }

    /// A row that is not read: a total or a comment where it is that for certain, else refused.
    fn refused(&mut self, rows: &Rows, wrong: Wrong) -> Result<LineKind, IntakeError> {
        if !self.reader.is_data(rows)
            && let Some(kind) = self.passed(rows, &rows.cells())
        {
            return Ok(kind);
        }
        self.add(rows);
        let rejection = self.reader.rejection(rows, wrong);
        self.refuse(&rejection)
    }

    /// What a line is that is no row; `None` where it may be one.
    fn passed(&mut self, rows: &Rows, cells: &[String]) -> Option<LineKind> {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            // Quotes around nothing: somebody wrote a row.
            return None;
        }
        let kind = self.totals.take(rows.line(), cells, self.tally.so_far());
        kind.or_else(|| rows.is_outside().then_some(LineKind::Preamble))
    }

    fn add(&mut self, rows: &Rows) {
        self.totals.forget();
        self.tally.add(None, self.reader.figures(rows));
        self.tally.note(self.reader.currency(rows));
    }

    fn refuse(&mut self, rejection: &Rejection) -> Result<LineKind, IntakeError> {
        self.rows = self.rows.saturating_add(1);
        self.rejections.push(rejection).map_err(|source| self.spool(source))?;
        Ok(LineKind::Refused)
    }

    fn spool(&self, source: std::io::Error) -> IntakeError {
        IntakeError::Spool { name: self.name.to_owned(), source }
    }

    /// What came out of all rows. A total that is not what they give is refused: rows are missing, and
    /// nobody knows of which account.
    fn taken(mut self, rows: &mut Rows) -> Result<Taken, IntakeError> {
        if let Some(cut) = std::mem::take(&mut self.numbers).cut() {
            return Err(cut.error(self.name));
        }
        let nothing =
            Totals::new(self.layout.totals(), crate::config::AmountUnit::Yuan, &NO_LABELS);
        let totals = std::mem::replace(&mut self.totals, nothing).judged(&self.tally);
        let mut last = None;
        for total in totals.iter().filter(|total| matches!(total.tie, Tie::Differs { .. })) {
            if last == Some(total.line) {
                continue;
            }
            last = Some(total.line);
            let reason = RejectionReason::TotalDiffers;
            let rejection = Rejection {
                column: total.label.clone(),
                value: total.stated.clone(),
                ..Rejection::whole(Origin::Orders, self.name, total.line, reason)
            };
            self.refuse(&rejection)?;
            rows.total_was_refused();
        }
        let lines = rows.finish().map_err(|Unaccounted { counted, lines }| {
            IntakeError::Unaccounted { name: self.name.to_owned(), counted, lines }
        })?;
        let Self { orders, rejections, rows, .. } = self;
        Ok(Taken { orders, rejections, rows, totals, lines })
    }
}

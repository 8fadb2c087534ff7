//! Values whose first says what the line is: header, row, or a line of totals of the rows above it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use super::{Formed, Lines, broken, refused, row, shown, total};
use crate::business_day::Timestamp;
use crate::config::{
    Direction, Encoding, Line, StatementSettings, Tag, TagFigure, TagScope, TotalsNeeded,
};
use crate::intake::content::{Content, Form};
use crate::intake::header::found_as;
use crate::intake::records::{Records, Step};
use crate::intake::statement::period::Period;
use crate::intake::statement::{StatementError, StatementRequest};
use crate::intake::table::{Made, Table, TableRow};
use crate::intake::time::Times;
use crate::intake::totals::{StatedTotal, Tie};
use crate::intake::{IntakeError, cell};
use crate::lines::LineKind;
use crate::money::Currency;
use crate::order::RejectionReason;
use crate::text::folded;

/// Reads the lines by their tags.
///
/// # Errors
///
/// [`StatementError`] when it cannot be read, has no header, or a total is not what the rows give or is not
/// there.
pub(super) fn read(
    request: &StatementRequest<'_>,
    content: &Content,
) -> Result<Formed, StatementError> {
    let encoding = match content.form {
        Form::Text { encoding, .. } => encoding,
        Form::Workbook => Encoding::Utf8,
    };
    let bytes = content.whole_text(request.name)?;
    let failed = |source| IntakeError::Read { name: request.name.to_owned(), source };
    let mut records = Records::new(Cursor::new(bytes)).map_err(failed)?;
    let mut reader = Reader::new(request);
    let mut blank = 0;
    loop {
        let step = records.advance().map_err(failed)?;
        reader.lines.blank(records.blank().saturating_sub(blank));
        blank = records.blank();
        let more = u64::try_from(records.lines().saturating_sub(1)).unwrap_or(0);
        let at = At { line: records.line(), more };
        match step {
            Step::End => break,
            Step::Refused(reason) => reader.refuse(at, reason),
            Step::Row => {
                let cells = (0..records.width()).map(|place| {
                    let text = cell::decode_lossy(records.value(place), encoding);
                    cell::clean(&text).to_owned()
                });
                let cells = cells.collect();
                reader.take(at, cells)?;
            }
        }
    }
    reader.end(content.lines())
}

/// Where a record stands, and how many lines it has beyond its first.
#[derive(Clone, Copy)]
struct At {
    line: i64,
    more: u64,
}

/// What rows come to in one currency, in its smallest unit.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    amount_in: i128,
    amount_out: i128,
    fee_in: i128,
    fee_out: i128,
}

/// What rows come to.
#[derive(Debug, Clone, Default)]
struct Tally {
    rows: u64,
    /// Rows whose money cannot be read.
    unread: u64,
    currencies: BTreeMap<Currency, Sums>,
    /// The currencies that a line of totals has named, by its tag.
    stated_for: BTreeSet<(String, Currency)>,
}

struct Reader<'a> {
    request: &'a StatementRequest<'a>,
    lines: Lines,
    header: Option<(i64, Vec<String>)>,
    /// Which values of a row are read.
    used: BTreeSet<usize>,
    section: Tally,
    file: Tally,
    seen: BTreeSet<String>,
    totals: Vec<StatedTotal>,
    /// The periods that its sections state; `None` for one that cannot be read.
    periods: Vec<Option<Period>>,
}

impl<'a> Reader<'a> {
    fn new(request: &'a StatementRequest<'a>) -> Self {
        Self {
            request,
            lines: Lines::default(),
            header: None,
            used: BTreeSet::new(),
            section: Tally::default(),
            file: Tally::default(),
            seen: BTreeSet::new(),
            totals: Vec::new(),
            periods: Vec::new(),
        }
    }

    fn settings(&self) -> &'a StatementSettings {
        self.request.settings
    }

    fn broken(&self, line: i64, problem: &str) -> StatementError {
        broken(self.request, line, problem)
    }

    fn refuse(&mut self, at: At, reason: RejectionReason) {
        for tally in [&mut self.section, &mut self.file] {
            tally.unread = tally.unread.saturating_add(1);
        }
        let row = refused(at.line, reason);
        self.lines.push(TableRow { more_lines: at.more, ..row });
    }

    fn take(&mut self, at: At, cells: Vec<String>) -> Result<(), StatementError> {
        let lines = at.more.saturating_add(1);
        let word = cells.first().map(|word| folded(word)).unwrap_or_default();
        let mut tags = self.settings().tags.iter();
        let Some((name, tag)) = tags.find(|(known, _)| folded(known) == word) else {
            self.refuse(at, RejectionReason::UnknownWord);
            return Ok(());
        };
        self.seen.insert(name.clone());
        match tag {
            Tag::Line(Line::Above | Line::Ignored) => self.lines.pass(LineKind::Preamble, lines),
            Tag::Line(Line::Period) => {
                self.section_begins(at.line)?;
                self.period_of(&cells);
                self.lines.pass(LineKind::Preamble, lines);
            }
            Tag::Line(Line::Header) => {
                self.section_begins(at.line)?;
                self.header_of(at.line, cells)?;
                self.lines.pass(LineKind::Header, lines);
            }
            Tag::Line(Line::Row) => self.row(at, &cells),
            Tag::Totals(scope, figures) => {
                self.totals_of(at.line, name, (*scope, figures), &cells)?;
                self.lines.pass(LineKind::Total, lines);
            }
        }
        Ok(())
    }

    fn period_of(&mut self, cells: &[String]) {
        let mut times = Times::new(self.request.business_day);
        let mut moment = |at: usize| cells.get(at).and_then(|cell| times.read(cell));
        let read = moment(1).zip(moment(2));
        // The last second of a period is in it.
        let period = read.map(|(from, to)| Period { from, to: behind(to) });
        if !self.periods.contains(&period) {
            self.periods.push(period);
        }
    }

    fn header_of(&mut self, line: i64, names: Vec<String>) -> Result<(), StatementError> {
        if let Some((_, known)) = &self.header {
            if *known == names {
                return Ok(());
            }
            return Err(self.broken(line, "it names other columns than the header above it"));
        }
        let columns = self.settings().columns.values();
        self.used = columns.flat_map(|wanted| wanted_in(wanted, &names)).collect();
        self.header = Some((line, names));
        Ok(())
    }

    /// The rows of one section are over: each of its currencies has had its line of totals.
    fn section_begins(&mut self, line: i64) -> Result<(), StatementError> {
        let section = std::mem::take(&mut self.section);
        self.check_all_stated(line, TagScope::Section, &section)
    }

    fn check_all_stated(
        &self,
        line: i64,
        of: TagScope,
        tally: &Tally,
    ) -> Result<(), StatementError> {
        for (name, tag) in &self.settings().tags {
            let Tag::Totals(scope, figures) = tag else { continue };
            let is_by_currency = figures.contains(&TagFigure::Currency);
            // A form without such lines at all is looked at in the end.
            if *scope != of || !is_by_currency || !self.seen.contains(name) {
                continue;
            }
            let is_stated =
                |currency: &Currency| tally.stated_for.contains(&(name.clone(), *currency));
            if let Some(currency) = tally.currencies.keys().find(|currency| !is_stated(currency)) {
                let problem = format!("no line {name} above it adds up the rows in {currency}");
                return Err(self.broken(line, &problem));
            }
        }
        Ok(())
    }

    fn row(&mut self, at: At, cells: &[String]) {
        let width = self.header.as_ref().map(|(_, names)| names.len());
        let is_empty = |cell: &String| cell.is_empty();
        let behind = cells.get(width.unwrap_or(0)..).unwrap_or_default();
        let fits = width.is_some_and(|width| cells.len() >= width) && behind.iter().all(is_empty);
        if !fits {
            self.refuse(at, RejectionReason::WrongColumnCount);
            return;
        }
        let money = self.money(cells);
        for tally in [&mut self.section, &mut self.file] {
            tally.rows = tally.rows.saturating_add(1);
            tally.unread = tally.unread.saturating_add(u64::from(money.is_none()));
            for (currency, of) in money.iter().flatten() {
                tally.currencies.entry(*currency).or_default().add(*of);
            }
        }
        let kept = cells.iter().enumerate().map(|(place, cell)| {
            if self.used.contains(&place) { cell.clone() } else { String::new() }
        });
        let kept: Vec<_> = kept.collect();
        let row = row(at.line, kept);
        self.lines.push(TableRow { more_lines: at.more, ..row });
    }

    /// The amount and the fee of a row with their currencies; `None` where one cannot be read.
    fn money(&self, cells: &[String]) -> Option<[(Currency, Sums); 2]> {
        let (_, names) = self.header.as_ref()?;
        let text = |ours: &str| {
            let wanted = self.settings().columns.get(ours).map_or(&[][..], Vec::as_slice);
            let at = found_as(wanted, names).first().copied();
            cell::optional(at.and_then(|at| cells.get(at)).map_or("", String::as_str))
        };
        let unit = self.settings().amount_unit;
        let directed = |amount: &str, direction: &str, currency: Currency| {
            if amount.is_empty() {
                return Some((Direction::In, 0));
            }
            let word = folded(direction);
            let mut known = self.settings().directions.iter();
            let found = known.find(|(theirs, _)| folded(theirs) == word).map(|(_, found)| *found);
            let minor = cell::amount(amount, unit, currency).ok().filter(|minor| *minor >= 0)?;
            let direction = found.or((minor == 0).then_some(Direction::In))?;
            Some((direction, i128::from(minor)))
        };
        let currency = cell::currency(text("currency")).ok()?;
        let fee_currency = match text("fee_currency") {
            "" => currency,
            word => cell::currency(word).ok()?,
        };
        let amount = match directed(text("amount"), text("direction"), currency)? {
            (Direction::In, amount_in) => Sums { amount_in, ..Sums::default() },
            (Direction::Out, amount_out) => Sums { amount_out, ..Sums::default() },
        };
        let fee = match directed(text("fee"), text("fee_direction"), fee_currency)? {
            (Direction::In, fee_in) => Sums { fee_in, ..Sums::default() },
            (Direction::Out, fee_out) => Sums { fee_out, ..Sums::default() },
        };
        Some([(currency, amount), (fee_currency, fee)])
    }

    /// Checks a line of totals.
    fn totals_of(
        &mut self,
        line: i64,
        name: &str,
        (scope, figures): (TagScope, &[TagFigure]),
        cells: &[String],
    ) -> Result<(), StatementError> {
        let tally = match scope {
            TagScope::Section => &mut self.section,
            TagScope::File => &mut self.file,
        };
        let at = |wanted: TagFigure| figures.iter().position(|figure| *figure == wanted);
        let value = |place: usize| {
            cell::optional(cells.get(place.saturating_add(1)).map_or("", String::as_str))
        };
        let currency = match at(TagFigure::Currency) {
            Some(place) => cell::currency(value(place)).ok().filter(|_| !value(place).is_empty()),
            None => Some(Currency::default()),
        };
        let Some(currency) = currency else {
            return Err(broken(self.request, line, &format!("{name} names no currency")));
        };
        if at(TagFigure::Currency).is_some() {
            tally.stated_for.insert((name.to_owned(), currency));
        }
        let sums = tally.currencies.get(&currency).copied().unwrap_or_default();
        let (rows, is_read) = (tally.rows, tally.unread == 0);
        let unit = self.request.settings.amount_unit;
        let mut fees = Vec::new();
        for (place, figure) in figures.iter().enumerate() {
            let is_count = *figure == TagFigure::Rows;
            let stated = if is_count {
                value(place).parse().ok()
            } else {
                cell::amount(value(place), unit, currency).ok().map(i128::from)
            };
            let found = match figure {
                TagFigure::Currency | TagFigure::Skipped => continue,
                TagFigure::AmountIn => sums.amount_in,
                TagFigure::AmountOut => sums.amount_out,
                TagFigure::FeeIn => sums.fee_in,
                TagFigure::FeeOut => sums.fee_out,
                TagFigure::Rows => i128::from(rows),
                TagFigure::Fee => {
                    fees.push(stated);
                    continue;
                }
            };
            let Some(stated) = stated else {
                let problem = format!("{name} has no {figure} that can be read");
                return Err(broken(self.request, line, &problem));
            };
            let label = if at(TagFigure::Currency).is_some() {
                format!("{name} {currency} {figure}")
            } else {
                format!("{name} {figure}")
            };
            let written =
                |value: i128| if is_count { value.to_string() } else { shown(value, currency) };
            let tie = tie(is_read, stated == found);
            if tie.is_none() {
                let problem =
                    format!("{label} is {}, and its rows give {}", written(stated), written(found));
                return Err(broken(self.request, line, &problem));
            }
            let is_zero = is_count && stated == 0;
            self.totals.extend(tie.map(|tie| total(&label, line, written(stated), tie, is_zero)));
        }
        self.fees_of(line, (name, currency), (sums, is_read), &fees)
    }

    /// Fees given back and charged, in whichever order a bill has them.
    fn fees_of(
        &mut self,
        line: i64,
        (name, currency): (&str, Currency),
        (sums, is_read): (Sums, bool),
        stated: &[Option<i128>],
    ) -> Result<(), StatementError> {
        let [left, right] = *stated else { return Ok(()) };
        let (fee_in, fee_out) = (Some(sums.fee_in), Some(sums.fee_out));
        let is_same = (left, right) == (fee_in, fee_out) || (left, right) == (fee_out, fee_in);
        let written = |fee: Option<i128>| fee.map_or("?".to_owned(), |fee| shown(fee, currency));
        let label = format!("{name} {currency} fee");
        let both = format!("{}, {}", written(left), written(right));
        let Some(tie) = tie(is_read, is_same) else {
            let found = format!("{}, {}", written(fee_in), written(fee_out));
            let problem = format!("{label} is {both}, and its rows give {found}");
            return Err(self.broken(line, &problem));
        };
        self.totals.push(total(&label, line, both, tie, false));
        Ok(())
    }

    fn end(mut self, lines: u64) -> Result<Formed, StatementError> {
        let last = i64::try_from(lines).unwrap_or(i64::MAX);
        self.section_begins(last)?;
        let file = std::mem::take(&mut self.file);
        self.check_all_stated(last, TagScope::File, &file)?;
        let Some((header_line, header)) = self.header.take() else {
            return Err(self.broken(last, "no line of it names the columns"));
        };
        let settings = self.settings();
        let is_total = |tag: &Tag| matches!(tag, Tag::Totals(..));
        let mut wanted = settings.tags.iter().filter(|(_, tag)| is_total(tag));
        let missing = match settings.totals_needed {
            TotalsNeeded::All => wanted.find(|(name, _)| !self.seen.contains(*name)),
            TotalsNeeded::Any if wanted.clone().any(|(name, _)| self.seen.contains(name)) => None,
            TotalsNeeded::Any => wanted.next(),
        };
        if let Some((name, _)) = missing {
            let problem = format!("it ends without a line {name}: it has probably been cut off");
            return Err(self.broken(last, &problem));
        }
        let period = if let [period] = *self.periods { period } else { None };
        let (rows, passed) = self.lines.end();
        let made = Made { header, rows, passed, lines, header_line };
        Ok(Formed { table: Table::made(made), totals: self.totals, period })
    }
}

impl Sums {
    const fn add(&mut self, other: Self) {
        self.amount_in = self.amount_in.saturating_add(other.amount_in);
        self.amount_out = self.amount_out.saturating_add(other.amount_out);
        self.fee_in = self.fee_in.saturating_add(other.fee_in);
        self.fee_out = self.fee_out.saturating_add(other.fee_out);
    }
}

/// Whether rows give a total; `None` where they give another one.
const fn tie(is_read: bool, is_same: bool) -> Option<Tie> {
    match (is_read, is_same) {
        (false, _) => Some(Tie::NotChecked),
        (true, true) => Some(Tie::Agrees),
        (true, false) => None,
    }
}

/// The first moment behind a period whose last second or minute this is.
fn behind(to: Timestamp) -> Timestamp {
    const MINUTE_SECONDS: i64 = 60;
    match to.epoch_seconds().rem_euclid(MINUTE_SECONDS) {
        0 => to,
        _ => to.plus_seconds(1),
    }
}

/// The columns that have one of some names.
fn wanted_in(wanted: &[String], names: &[String]) -> Vec<usize> {
    wanted.iter().flat_map(|theirs| found_as(std::slice::from_ref(theirs), names)).collect()
}

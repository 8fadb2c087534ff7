//! The totals that a bill states, above its header or below its rows, and whether its rows agree.
//!
//! Three forms are known: a row that begins with 合计, with sums under the columns of the header; a
//! label with its value, in one cell or in the next; a row of labels above a row of values.

use std::collections::BTreeMap;

use crate::config::{AmountUnit, Figure, RowKind, StatementSettings, TotalOf};
use crate::intake::cell;
use crate::intake::statement::header::{Layout, Place};
use crate::intake::statement::row::{Figures, written_amount};
use crate::intake::statement::{StatedTotal, StatementError};
use crate::intake::table::folded;
use crate::money::yuan;

/// Words with which a row of sums begins, without any configuration.
const SUM_WORDS: [&str; 5] = ["合计", "总计", "总和", "total", "sum"];

/// What may stand between a label and its value.
const BEHIND_LABEL: [char; 10] = [':', '=', '[', '(', '`', '\'', '"', '为', '共', '是'];

/// What the rows of a file add up to, by their kind.
#[derive(Debug, Default)]
pub(super) struct Tally {
    kinds: BTreeMap<Option<RowKind>, Sums>,
    /// Rows of which it is not known what they are.
    unknown: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    rows: u64,
    amount: Sum,
    refund_amount: Sum,
    fee: Sum,
}

/// A column's cells, added up as they are written.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    minor: i128,
    unreadable: u64,
}

impl Sum {
    fn add(&mut self, minor: Option<i64>) {
        match minor {
            Some(minor) => self.minor = self.minor.saturating_add(i128::from(minor)),
            None => self.unreadable = self.unreadable.saturating_add(1),
        }
    }

    const fn join(&mut self, other: Self) {
        self.minor = self.minor.saturating_add(other.minor);
        self.unreadable = self.unreadable.saturating_add(other.unreadable);
    }
}

impl Tally {
    /// Adds a row; `kind` is `None` where it cannot be read.
    pub(super) fn add(&mut self, kind: Option<RowKind>, figures: Figures) {
        let sums = self.kinds.entry(kind).or_default();
        sums.rows = sums.rows.saturating_add(1);
        sums.amount.add(figures.amount);
        sums.refund_amount.add(figures.refund_amount);
        sums.fee.add(figures.fee);
    }

    /// Adds a row that cannot be read as a whole, so that it may be none.
    pub(super) const fn add_unknown(&mut self) {
        self.unknown = self.unknown.saturating_add(1);
    }

    /// Rows and sums of one kind, else of all.
    fn of(&self, kind: Option<RowKind>) -> Sums {
        let mut all = Sums::default();
        for (of, sums) in &self.kinds {
            if kind.is_none() || kind == *of {
                all.rows = all.rows.saturating_add(sums.rows);
                all.amount.join(sums.amount);
                all.refund_amount.join(sums.refund_amount);
                all.fee.join(sums.fee);
            }
        }
        all
    }

    /// Whether a stated total is what the rows give: `None` where that cannot be said, else the number
    /// of rows and their sum.
    fn answer(&self, stated: &Stated) -> Option<(u64, i128)> {
        let kind = stated.of.kind;
        let lacks_kinds = kind.is_some() && self.kinds.contains_key(&None);
        if self.unknown > 0 || lacks_kinds {
            return None;
        }
        let sums = self.of(if stated.whole_column { None } else { kind });
        let sum = match stated.of.figure {
            Figure::Count => Sum { minor: i128::from(sums.rows), unreadable: 0 },
            Figure::Amount if stated.in_refunds => sums.refund_amount,
            Figure::Amount => sums.amount,
            Figure::Fee => sums.fee,
            Figure::Ignored => return None,
        };
        (sum.unreadable == 0).then_some((sums.rows, sum.minor))
    }
}

/// A total as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stated {
    label: String,
    of: TotalOf,
    line: i64,
    /// Fen, or rows.
    value: i64,
    /// It adds up the column of refunded amounts.
    in_refunds: bool,
    /// It stands under a column and adds up all of it.
    whole_column: bool,
}

/// Finds the totals of one file.
pub(super) struct Totals<'a> {
    layout: &'a Layout,
    unit: AmountUnit,
    /// The configured labels, folded and as they are, the longest first.
    labels: Vec<(String, &'a str, TotalOf)>,
    /// Labels of the row before that have no value yet: which, and in which column.
    open: Vec<(usize, usize)>,
    found: Vec<Stated>,
}

impl<'a> Totals<'a> {
    pub(super) fn new(settings: &'a StatementSettings, layout: &'a Layout) -> Self {
        let labels = settings.totals.iter();
        let mut labels: Vec<_> =
            labels.map(|(label, of)| (label_of(label), label.as_str(), *of)).collect();
        labels.sort_by_key(|(folded, ..)| std::cmp::Reverse(folded.len()));
        let unit = settings.amount_unit;
        Self { layout, unit, labels, open: Vec::new(), found: Vec::new() }
    }

    /// Looks at a row above the header.
    pub(super) fn take_above(&mut self, line: i64, cells: &[String]) {
        self.take_row(line, cells, false);
    }

    /// Looks at a row below the header that cannot be read as one of the bill's. Gives whether it is a
    /// total, a comment or a line that only separates.
    pub(super) fn take(&mut self, line: i64, cells: &[String]) -> bool {
        self.take_row(line, cells, true)
    }

    /// Forgets labels that wait for their values: the row between is one of the bill's.
    pub(super) fn forget(&mut self) {
        self.open.clear();
    }

    fn take_row(&mut self, line: i64, cells: &[String], is_below: bool) -> bool {
        let waiting = std::mem::take(&mut self.open);
        let Some(first) = cells.iter().map(|cell| folded(cell)).find(|cell| !cell.is_empty())
        else {
            return true;
        };
        let before = self.found.len();
        for (label, column) in waiting {
            let cell = cells.get(column).map_or("", String::as_str);
            if let Some((_, name, of)) = self.labels.get(label).cloned()
                && let Some(value) = self.value(cell, of.figure)
            {
                self.push(name, of, line, value);
            }
        }
        if self.found.len() > before {
            return true;
        }
        let mut is_total = false;
        for (at, cell) in cells.iter().enumerate() {
            is_total |= self.labels_of(line, cells, (at, cell), is_below);
        }
        let word = first.trim_matches(['#', ':', '*']);
        if is_below && !is_total && SUM_WORDS.contains(&word) {
            self.sums_under_columns(line, cells, word);
            is_total = true;
        }
        is_total || first.starts_with('#') || is_line(&first)
    }

    /// The configured labels of one cell, each with its value.
    fn labels_of(
        &mut self,
        line: i64,
        cells: &[String],
        (at, cell): (usize, &str),
        is_below: bool,
    ) -> bool {
        let text = folded(&cell.replace(['，', '；', '、'], ";"));
        if text.is_empty() {
            return false;
        }
        let mut taken = vec![false; text.len()];
        let mut is_total = false;
        for label in 0..self.labels.len() {
            let Some((folded, name, of)) = self.labels.get(label).cloned() else { continue };
            for (from, found) in text.match_indices(&folded) {
                let range = from..from.saturating_add(found.len());
                let Some(free) = taken.get_mut(range.clone()) else { continue };
                let before = text.get(..from).and_then(|before| before.chars().next_back());
                let rest = text.get(range.end..).map(behind_label);
                let Some(rest) = rest.filter(|_| begins_word(before) && !free.contains(&true))
                else {
                    continue;
                };
                let figure = of.figure;
                let value = if rest.is_empty() {
                    let under = self.column_of(of).at.filter(|under| is_below && *under != at);
                    let next = Some(at.saturating_add(1));
                    let cell = |at: Option<usize>| {
                        at.and_then(|at| cells.get(at)).and_then(|cell| self.value(cell, figure))
                    };
                    cell(under).or_else(|| cell(next))
                } else {
                    self.value(rest, figure)
                };
                match value {
                    Some(value) => self.push(name, of, line, value),
                    None if rest.is_empty() => self.open.push((label, at)),
                    None => continue,
                }
                free.fill(true);
                is_total = true;
            }
        }
        is_total
    }

    /// The sums of a row that begins with a word for a sum.
    fn sums_under_columns(&mut self, line: i64, cells: &[String], word: &str) {
        let all = |figure| TotalOf { kind: None, figure };
        let refunds = TotalOf { kind: Some(RowKind::Refund), figure: Figure::Amount };
        let columns = [
            (&self.layout.amount, all(Figure::Amount), false),
            (&self.layout.refund_amount, refunds, true),
            (&self.layout.fee, all(Figure::Fee), false),
        ];
        for (place, of, in_refunds) in columns {
            let cell = place.at.and_then(|at| cells.get(at)).map_or("", String::as_str);
            if let Some(value) = self.value(cell, of.figure) {
                let label = format!("{word} {}", place.name);
                let whole_column = true;
                self.found.push(Stated { label, of, line, value, in_refunds, whole_column });
            }
        }
        for cell in cells.iter().filter(|cell| cell.trim_end().ends_with('笔')) {
            if let Some(value) = self.value(cell.trim_start_matches('共'), Figure::Count) {
                let (label, of) = (word.to_owned(), all(Figure::Count));
                let (in_refunds, whole_column) = (false, true);
                self.found.push(Stated { label, of, line, value, in_refunds, whole_column });
            }
        }
    }

    fn push(&mut self, label: &str, of: TotalOf, line: i64, value: i64) {
        let is_refunds = of.kind == Some(RowKind::Refund) && of.figure == Figure::Amount;
        self.found.push(Stated {
            label: label.to_owned(),
            of,
            line,
            value,
            in_refunds: is_refunds && self.layout.refund_amount.at.is_some(),
            whole_column: false,
        });
    }

    /// The column under which a total of this kind would stand.
    fn column_of(&self, of: TotalOf) -> &'a Place {
        let own = of.kind == Some(RowKind::Refund) && self.layout.refund_amount.at.is_some();
        match of.figure {
            Figure::Fee => &self.layout.fee,
            Figure::Amount if own => &self.layout.refund_amount,
            Figure::Amount => &self.layout.amount,
            // Nothing is counted in a column.
            Figure::Count | Figure::Ignored => &NOWHERE,
        }
    }

    /// A number with what may stand around it: guards, `¥`, `元`, `笔`, separators.
    fn value(&self, text: &str, figure: Figure) -> Option<i64> {
        let text = cell::clean(text);
        let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+');
        let start = text.strip_prefix(['¥', '￥']).map_or(text, str::trim_start);
        let end = start.find(|c: char| !is_of_number(c)).unwrap_or(start.len());
        let (number, rest) = start.split_at_checked(end)?;
        let number = number.trim_end_matches([',', '.']);
        let mut rest = rest.trim_start().chars();
        let (unit, behind) = match rest.next() {
            Some('元') => (Some(AmountUnit::Yuan), None),
            Some('分') => (Some(AmountUnit::Fen), None),
            Some('笔' | '条' | '单' | '个') => (None, None),
            other => (None, other),
        };
        if number.is_empty() || behind.is_some_and(char::is_alphanumeric) {
            return None;
        }
        match figure {
            Figure::Count => cell::amount(number, AmountUnit::Fen).ok().filter(|_| unit.is_none()),
            Figure::Ignored => written_amount(number, AmountUnit::Yuan).ok(),
            Figure::Amount | Figure::Fee => cell::amount(number, unit.unwrap_or(self.unit)).ok(),
        }
    }

    /// Compares what was found with what the rows give.
    ///
    /// # Errors
    ///
    /// [`StatementError`] for a total that is not what they give, and for a configured one that is not
    /// there.
    pub(super) fn checked(
        self,
        name: &str,
        tally: &Tally,
    ) -> Result<Vec<StatedTotal>, StatementError> {
        for (_, label, of) in &self.labels {
            let is_there = self.found.iter().any(|stated| stated.label == *label);
            if of.figure != Figure::Ignored && !is_there {
                let (name, label) = (name.to_owned(), (*label).to_owned());
                return Err(StatementError::NoTotal { name, label });
            }
        }
        let mut totals = Vec::new();
        for stated in self.found {
            let answer = tally.answer(&stated);
            let shown = |value: i128| shown(stated.of.figure, value);
            let value = i128::from(stated.value);
            if let Some((rows, sum)) = answer
                && value != sum
                && !(stated.may_turn() && value == sum.saturating_neg())
            {
                return Err(StatementError::Totals {
                    name: name.to_owned(),
                    line: stated.line,
                    stated: shown(value),
                    sum: shown(sum),
                    label: stated.label,
                    rows,
                });
            }
            let (of, line, checked) = (stated.of, stated.line, answer.is_some());
            if of.figure != Figure::Ignored {
                let stated_text = shown(value);
                let label = stated.label;
                totals.push(StatedTotal { label, of, line, stated: stated_text, checked });
            }
        }
        Ok(totals)
    }
}

impl Stated {
    /// Whether the bill may give it without the sign of its rows: money of one direction only.
    fn may_turn(&self) -> bool {
        let goes_out = matches!(self.of.kind, Some(RowKind::Payout | RowKind::Refund));
        !self.whole_column && (goes_out || self.of.figure == Figure::Fee)
    }
}

/// A column that no file has.
static NOWHERE: Place = Place { at: None, name: String::new() };

fn label_of(label: &str) -> String {
    folded(label).trim_end_matches([':', '=']).to_owned()
}

/// What stands behind a label, as far as its value: `(元):6` is `6`.
fn behind_label(rest: &str) -> &str {
    let units = ["(元)", "(分)", "(笔)", "(rmb)", "(cny)"];
    let rest = units.iter().find_map(|unit| rest.strip_prefix(unit)).unwrap_or(rest);
    rest.trim_start_matches(BEHIND_LABEL)
}

/// Whether a label may begin behind this character, so that 金额 is not found in 手续费金额.
fn begins_word(before: Option<char>) -> bool {
    before.is_none_or(|c| !c.is_alphanumeric() || c.is_ascii_digit() || matches!(c, '元' | '笔'))
}

/// Whether a row is nothing but a line: `------`, `======`.
fn is_line(first: &str) -> bool {
    first.chars().all(|c| matches!(c, '-' | '=' | '_' | '*' | '—' | '─'))
}

fn shown(figure: Figure, value: i128) -> String {
    match (figure, i64::try_from(value)) {
        (Figure::Amount | Figure::Fee, Ok(minor)) => yuan(minor),
        (_, _) => value.to_string(),
    }
}

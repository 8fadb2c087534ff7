//! The totals that a file states, above its header or below its rows, and whether its rows agree.
//!
//! Three forms are known: a row that begins with 合计 or another such word, with sums under the columns
//! of the header; a label with its value, in one cell or in the next; a row of labels above a row of
//! values.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::config::{AmountUnit, Figure, RowKind, TotalOf, TotalsNeeded};
use crate::intake::cell::{self, FEE_SCALE};
use crate::intake::header::Place;
use crate::intake::sum_word::{SumWord, sum_word};
use crate::lines::LineKind;
use crate::money::{Currency, yuan};
use crate::text::folded;

mod tally;

pub(super) use tally::{Figures, Sums, Tally, exact_fee};

/// A total that a file states, and whether its rows give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedTotal {
    /// The label in the file, with its column where it stands in a row of sums.
    pub label: String,
    /// The label alone.
    pub word: String,
    /// What it adds up.
    pub of: TotalOf,
    /// The line in the file.
    pub line: i64,
    /// What it states: yuan, or a number of rows.
    pub stated: String,
    /// What the rows say to it.
    pub tie: Tie,
    /// Whether it says that there is nothing.
    pub is_zero: bool,
}

/// What the rows of a file say to a total that it states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tie {
    /// They add up to it.
    Agrees,
    /// Cells of its column cannot be read, or are of several currencies.
    NotChecked,
    /// They add up to something else.
    Differs {
        /// The rows that were added up.
        rows: u64,
        /// What they give.
        sum: String,
    },
}

/// The columns that a total has to do with.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) order_no: Place,
    pub(super) amount: Place,
    pub(super) refund_amount: Place,
    pub(super) fee: Place,
    pub(super) time: Place,
    /// How many columns the file has.
    pub(super) width: usize,
}

/// What may stand between a label and its value.
const BEHIND_LABEL: [char; 10] = [':', '=', '[', '(', '`', '\'', '"', '为', '共', '是'];

/// Decimals of a fee in thousandths of a fen, in yuan.
const FEE_DECIMALS: u32 = 5;

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
    /// It stands in a row of sums, under a column, and adds up what is above it.
    sums: Option<SumsRow>,
}

/// A row of sums.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SumsRow {
    word: String,
    is_part: bool,
    so_far: Sums,
}

/// Finds the totals of one file.
pub(super) struct Totals<'a> {
    columns: Columns,
    unit: AmountUnit,
    /// Whether fees may have more decimals than their currency.
    fees_are_fine: bool,
    /// The configured labels, folded and as they are, the longest first.
    labels: Vec<(String, &'a str, TotalOf)>,
    /// Labels of the row before that have no value yet: which, and in which column.
    open: Vec<(usize, usize)>,
    found: Vec<Stated>,
}

impl<'a> Totals<'a> {
    /// `labels`: those that the configuration names besides the words that are known.
    pub(super) fn new(
        columns: Columns,
        unit: AmountUnit,
        labels: &'a BTreeMap<String, TotalOf>,
    ) -> Self {
        let mut labels: Vec<_> =
            labels.iter().map(|(label, of)| (label_of(label), label.as_str(), *of)).collect();
        labels.sort_by_key(|(folded, ..)| std::cmp::Reverse(folded.len()));
        let fees_are_fine = false;
        Self { columns, unit, fees_are_fine, labels, open: Vec::new(), found: Vec::new() }
    }

    /// For a file whose fees may have more decimals than their currency.
    #[must_use]
    pub(super) fn with_fine_fees(self, fees_are_fine: bool) -> Self {
        Self { fees_are_fine, ..self }
    }

    /// Looks at a row above the header. Gives whether it states a total.
    pub(super) fn take_above(&mut self, line: i64, cells: &[String]) -> bool {
        self.take_row(line, cells, None) == Some(LineKind::Total)
    }

    /// Looks at a row below the header that cannot be read as one of the bill's, which so far come to
    /// `so_far`. Gives what it is for certain: a total, a comment or a line that only separates.
    pub(super) fn take(&mut self, line: i64, cells: &[String], so_far: Sums) -> Option<LineKind> {
        self.take_row(line, cells, Some(so_far))
    }

    /// Whether labels of the row before wait for their values.
    pub(super) const fn waits(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether a row is one of sums, although it may read as one of the bill's: such a word stands where
    /// its order number would, or in front of a row that has none.
    pub(super) fn is_sums(order_no: &str, first: &str) -> bool {
        if sum_word(order_no).is_some() {
            return true;
        }
        let has_number = order_no.bytes().any(|byte| byte.is_ascii_digit()) && order_no.is_ascii();
        !has_number && sum_word(first).is_some()
    }

    /// Forgets labels that wait for their values: the row between is one of the bill's.
    pub(super) fn forget(&mut self) {
        self.open.clear();
    }

    fn take_row(&mut self, line: i64, cells: &[String], below: Option<Sums>) -> Option<LineKind> {
        let waiting = std::mem::take(&mut self.open);
        let Some(first) = cells.iter().find(|cell| !cell.trim().is_empty()) else {
            return Some(LineKind::Blank);
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
            return Some(LineKind::Total);
        }
        let mut is_total = false;
        for (at, cell) in cells.iter().enumerate() {
            is_total |= self.labels_of(line, cells, (at, cell), below.is_some());
        }
        if is_total {
            return Some(LineKind::Total);
        }
        let so_far = below?;
        let order_no = self.columns.order_no.at.and_then(|at| cells.get(at));
        let word = sum_word(first).or_else(|| order_no.and_then(|cell| sum_word(cell)));
        if let Some(word) = word {
            return self.sums_under_columns(line, cells, &word, so_far);
        }
        self.is_comment(cells, first).then_some(LineKind::Comment)
    }

    /// Whether a row is a comment, or a line that only separates, for certain. An order number may begin
    /// with `#`, and a value that is not there may be a dash.
    fn is_comment(&self, cells: &[String], first: &str) -> bool {
        let mut filled = cells.iter().filter(|cell| !cell.trim().is_empty());
        if filled.clone().all(|cell| is_line(cell.trim())) {
            return true;
        }
        let Some(text) = first.trim().strip_prefix('#') else { return false };
        let is_number =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
                && text.bytes().any(|byte| byte.is_ascii_digit());
        let width = cells.iter().rposition(|cell| !cell.trim().is_empty());
        let width = width.map_or(0, |at| at.saturating_add(1));
        let mut of_money = [&self.columns.amount, &self.columns.refund_amount, &self.columns.time]
            .into_iter()
            .filter_map(|place| cells.get(place.at?));
        let has_money = of_money.any(|cell| !cell.trim().is_empty());
        let has_number = filled.any(|cell| self.value(cell, Figure::Amount).is_some());
        !is_number && !has_money && !has_number && width < self.columns.width.max(2)
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
                    let is_row_of_sums = is_below && self.has_only_numbers(cells, at);
                    let under =
                        self.column_of(of).at.filter(|under| is_row_of_sums && *under != at);
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

    /// The sums of a row that has a word for a sum. What stands under a column of money and is no number
    /// is no sum: then it is not certain what the row is.
    fn sums_under_columns(
        &mut self,
        line: i64,
        cells: &[String],
        word: &SumWord,
        so_far: Sums,
    ) -> Option<LineKind> {
        let all = |figure| TotalOf { kind: None, figure };
        let refunds = TotalOf { kind: Some(RowKind::Refund), figure: Figure::Amount };
        let columns = [
            (&self.columns.amount, all(Figure::Amount), false),
            (&self.columns.refund_amount, refunds, true),
            (&self.columns.fee, all(Figure::Fee), false),
        ];
        let row = SumsRow { word: word.text.clone(), is_part: word.is_part, so_far };
        let mut found = Vec::new();
        let mut stated = |label: String, of, value, in_refunds| {
            found.push(Stated { label, of, line, value, in_refunds, sums: Some(row.clone()) });
        };
        for (place, of, in_refunds) in columns {
            let cell = place.at.and_then(|at| cells.get(at)).map_or("", String::as_str);
            let is_word = sum_word(cell).is_some();
            match self.value(cell, of.figure) {
                Some(value) => {
                    stated(format!("{} {}", word.text, place.name), of, value, in_refunds);
                }
                None if cell::optional(cell.trim()).is_empty() || is_word => {}
                None => return None,
            }
        }
        let counts = cells.iter().filter_map(|cell| sum_word(cell)?.count).chain(
            cells
                .iter()
                .filter(|cell| sum_word(cell).is_none() && cell.trim_end().ends_with('笔'))
                .filter_map(|cell| self.value(cell.trim_start_matches('共'), Figure::Count)),
        );
        for count in counts {
            stated(word.text.clone(), all(Figure::Count), count, false);
        }
        self.found.extend(found);
        Some(LineKind::Total)
    }

    fn push(&mut self, label: &str, of: TotalOf, line: i64, value: i64) {
        let is_refunds = of.kind == Some(RowKind::Refund) && of.figure == Figure::Amount;
        self.found.push(Stated {
            label: label.to_owned(),
            of,
            line,
            value,
            in_refunds: is_refunds && self.columns.refund_amount.at.is_some(),
            sums: None,
        });
    }

    /// The column under which a total of this kind would stand.
    fn column_of(&self, of: TotalOf) -> &Place {
        let own = of.kind == Some(RowKind::Refund) && self.columns.refund_amount.at.is_some();
        match of.figure {
            Figure::Fee => &self.columns.fee,
            Figure::Amount if own => &self.columns.refund_amount,
            Figure::Amount => &self.columns.amount,
            // Nothing is counted in a column.
            Figure::Count | Figure::Ignored => &NOWHERE,
        }
    }

    /// Whether a row has nothing but numbers beside the cell `at`.
    fn has_only_numbers(&self, cells: &[String], at: usize) -> bool {
        let others = cells.iter().enumerate().filter(|(other, _)| *other != at);
        let is_number = |cell: &str| {
            let figures = [Figure::Count, Figure::Amount];
            cell.trim().is_empty() || figures.iter().any(|of| self.value(cell, *of).is_some())
        };
        others.map(|(_, cell)| cell.as_str()).all(is_number)
    }

    /// A number with what may stand around it: guards, `¥`, `元`, `笔`, brackets, separators.
    ///
    /// Fees are in thousandths of the smallest unit, as those of the rows.
    fn value(&self, text: &str, figure: Figure) -> Option<i64> {
        if figure != Figure::Fee {
            return self.plain_value(text, figure);
        }
        if let Some(minor) = self.plain_value(text, figure) {
            return exact_fee(minor);
        }
        let exact =
            cell::fine_amount(cell::clean(text), Currency::CNY).filter(|_| self.fees_are_fine);
        exact.map(|(_, exact)| exact)
    }

    fn plain_value(&self, text: &str, figure: Figure) -> Option<i64> {
        let text = cell::narrow(cell::clean(text));
        if figure != Figure::Count
            && let Ok(minor) = cell::amount(&text, self.unit, Currency::CNY)
        {
            return Some(minor);
        }
        if figure != Figure::Count
            && let Some(sum) = behind_count(&text)
        {
            return self.plain_value(sum, figure);
        }
        let is_of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+');
        let start = text.strip_prefix(['¥', '￥']).map_or(&*text, str::trim_start);
        let end = start.find(|c: char| !is_of_number(c)).unwrap_or(start.len());
        let (number, rest) = start.split_at_checked(end)?;
        let number = number.trim_end_matches([',', '.']);
        let mut rest = rest.trim_start().chars();
        let is_count = figure == Figure::Count;
        // Some platforms write a number of rows with a decimal.
        let number = number.strip_suffix(".0").filter(|_| is_count).unwrap_or(number);
        let unit = match rest.next() {
            Some('元') if !is_count => AmountUnit::Yuan,
            Some('分') if !is_count => AmountUnit::Fen,
            Some('笔' | '条' | '单' | '个') if is_count => AmountUnit::Fen,
            Some(other) if other.is_alphanumeric() => return None,
            Some(_) | None if is_count => AmountUnit::Fen,
            Some(_) | None => self.unit,
        };
        // No number at all is none.
        cell::amount(number, unit, Currency::CNY).ok()
    }

    /// The configured label that the file lacks: the end of an export is what is lost first.
    pub(super) fn lacks(&self, needed: TotalsNeeded) -> Option<&'a str> {
        let is_there = |label: &str| self.found.iter().any(|stated| stated.label == label);
        let mut wanted = self.labels.iter().filter(|(.., of)| of.figure != Figure::Ignored);
        let lacking = match needed {
            TotalsNeeded::All => wanted.find(|(_, label, _)| !is_there(label)),
            TotalsNeeded::Any if wanted.clone().any(|(_, label, _)| is_there(label)) => None,
            TotalsNeeded::Any => wanted.next(),
        };
        lacking.map(|(_, label, _)| *label)
    }

    /// What was found, each beside what the rows give, in the order of the file.
    pub(super) fn judged(self, tally: &Tally) -> Vec<StatedTotal> {
        let mut totals = Vec::new();
        let mut parts = Parts::of(&self.found);
        let scale = tally.scale(self.unit);
        for stated in self.found {
            let of_money = stated.of.figure != Figure::Count;
            // Money of several currencies is never added, so nothing can be said of such a total.
            let scaled = |answer: Option<(u64, i128)>| match answer {
                Some((rows, sum)) if of_money => Some((rows, sum.checked_mul(scale?)?)),
                other => other,
            };
            let answer = scaled(stated.answer(tally));
            let shown = |value: i128| shown(stated.of.figure, value);
            let value = i128::from(stated.value);
            let fits =
                |sum: i128| value == sum || (stated.may_turn() && value == sum.saturating_neg());
            let of_part = parts.answers(&stated).map(scaled);
            let is_true = answer.is_some_and(|(_, sum)| fits(sum))
                || of_part.iter().flatten().any(|(_, sum)| fits(*sum));
            let is_part = stated.sums.as_ref().is_some_and(|row| row.is_part);
            let against = if is_part { of_part.into_iter().flatten().next() } else { answer };
            let tie = match (is_true, against) {
                (true, _) => Tie::Agrees,
                (false, None) => Tie::NotChecked,
                (false, Some((rows, sum))) => Tie::Differs { rows, sum: shown(sum) },
            };
            if stated.of.figure != Figure::Ignored {
                let (of, line, is_zero, text) = (stated.of, stated.line, value == 0, shown(value));
                let word = stated.sums.map_or_else(|| stated.label.clone(), |row| row.word);
                let label = stated.label;
                totals.push(StatedTotal { label, word, of, line, stated: text, tie, is_zero });
            }
        }
        totals
    }
}

/// What rows of sums that are of a part add up: the rows since the last one with the same word, or all
/// so far.
struct Parts {
    /// By the word of their rows.
    words: BTreeMap<String, Part>,
}

#[derive(Default)]
struct Part {
    rows: u64,
    /// The row of sums that was looked at last: its line, which two sheets may have, and what was so far.
    at: Option<(i64, Sums)>,
    before: Sums,
}

impl Part {
    /// Goes to the row of sums of a total; says whether it is another one than before.
    fn goes_to(&mut self, line: i64, so_far: Sums) -> bool {
        let is_new = self.at != Some((line, so_far));
        if is_new {
            self.before = self.at.map_or(Sums::default(), |(_, last)| last);
            self.at = Some((line, so_far));
        }
        is_new
    }
}

impl Parts {
    fn of(found: &[Stated]) -> Self {
        let mut words: BTreeMap<String, Part> = BTreeMap::new();
        for stated in found {
            let Some(row) = &stated.sums else { continue };
            let part = words.entry(row.word.clone()).or_default();
            let is_new = part.goes_to(stated.line, row.so_far);
            part.rows = part.rows.saturating_add(u64::from(is_new));
        }
        for part in words.values_mut() {
            *part = Part { rows: part.rows, ..Part::default() };
        }
        Self { words }
    }

    /// What a total of a part may come to; nothing where it is of the whole file.
    fn answers(&mut self, stated: &Stated) -> [Option<(u64, i128)>; 2] {
        let Some(row) = &stated.sums else { return [None; 2] };
        let Some(part) = self.words.get_mut(&row.word) else { return [None; 2] };
        part.goes_to(stated.line, row.so_far);
        if !row.is_part && part.rows < 2 {
            return [None; 2];
        }
        let answer = |sums: Sums| sums.answer(stated.of.figure, stated.in_refunds);
        [answer(row.so_far.since(part.before)), answer(row.so_far)]
    }
}

impl Stated {
    /// Whether it is what the rows give: `None` where that cannot be told, else the number of rows and their sum.
    fn answer(&self, tally: &Tally) -> Option<(u64, i128)> {
        let kind = self.of.kind;
        if kind.is_some() && tally.has_rows_of_no_kind() {
            return None;
        }
        let sums = tally.of(if self.is_of_column() { None } else { kind });
        sums.answer(self.of.figure, self.in_refunds)
    }

    /// Whether it adds up a column, whatever is in it.
    const fn is_of_column(&self) -> bool {
        self.sums.is_some()
    }

    /// Whether the bill may give it without the sign of its rows: money of one direction only.
    fn may_turn(&self) -> bool {
        let goes_out = matches!(self.of.kind, Some(RowKind::Payout | RowKind::Refund));
        !self.is_of_column() && (goes_out || self.of.figure == Figure::Fee)
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

/// What stands behind a count of rows: of `6笔;共0.06元` the sum.
fn behind_count(text: &str) -> Option<&str> {
    let (count, rest) = text.split_once('笔')?;
    let is_count = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    let rest = rest.trim_start_matches([';', ',', '，', ' ']).strip_prefix('共')?;
    is_count.then_some(rest)
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
        (Figure::Amount, Ok(minor)) => yuan(minor),
        (Figure::Fee, Ok(exact)) => {
            match (exact.checked_rem(FEE_SCALE), exact.checked_div(FEE_SCALE)) {
                (Some(0), Some(minor)) => yuan(minor),
                (_, _) => Decimal::new(exact, FEE_DECIMALS).to_string(),
            }
        }
        (_, _) => value.to_string(),
    }
}

//! Whether a summary ties: to itself, to the rows that were written, and to what was planted.

use std::collections::BTreeSet;

use super::{Planted, ReportedRow, SummaryRow};
use crate::discrepancy::{DiscrepancyType, State};
use crate::money::{Currency, units};
use crate::order::Stream;
use crate::simulator::world::{DayTotals, World};
use crate::status::Verdict;

/// How an account's summary ties: the figures are those of its yuan, in fen, the problems of all its money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountTie {
    /// The account.
    pub account: String,
    /// Provider − merchant, by the summary's total line.
    pub difference_minor: i64,
    /// What is timing.
    pub timing_minor: i64,
    /// What is a discrepancy.
    pub discrepancy_minor: i64,
    /// What neither explains; 0 where all is well.
    pub unexplained_minor: i64,
    /// The sum of what was planted for that day.
    pub planted_minor: i64,
    /// Everything that does not tie, in words; empty where all does.
    pub problems: Vec<String>,
}

/// Count and sum of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    count: i64,
    minor: i64,
}

impl Sum {
    const fn of(count: i64, minor: i64) -> Self {
        Self { count, minor }
    }

    fn add(self, minor: i64) -> Self {
        Self { count: self.count.saturating_add(1), minor: self.minor.saturating_add(minor) }
    }
}

/// What is timing and what is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Parts {
    timing: Sum,
    discrepancy: Sum,
}

impl Parts {
    fn add(self, is_timing: bool, minor: i64) -> Self {
        if is_timing {
            Self { timing: self.timing.add(minor), ..self }
        } else {
            Self { discrepancy: self.discrepancy.add(minor), ..self }
        }
    }
}

/// The tie of every account that could be reached.
pub(super) fn ties(
    world: &World,
    planted: &[&Planted],
    rows: &[ReportedRow],
    summary: &[SummaryRow],
) -> Vec<AccountTie> {
    let accounts = world.accounts().into_iter().filter(|account| !world.is_down(account));
    accounts.map(|account| tie(world, account, planted, rows, summary)).collect()
}

/// Whether the bridge of each account leaves over what nobody can know, and nothing else.
pub(super) fn bridges(world: &World, left_over: &[(String, i64)], accounts: &mut [AccountTie]) {
    for tie in accounts {
        let mut found = left_over.iter().filter(|(account, _)| *account == tie.account);
        let (found, again) = (found.next().map(|(_, minor)| *minor), found.next());
        let expected = world.left_over(&tie.account);
        if found != expected || again.is_some() {
            let words = |minor: Option<i64>| {
                minor.map_or("nothing".to_owned(), |minor| units(minor, Currency::CNY))
            };
            let (found, expected) = (words(found), words(expected));
            tie.problems
                .push(format!("{}: the bridge leaves over {found}, not {expected}", tie.account));
        }
    }
}

/// Whether every line of each account says how far the night could be proved, and no further.
pub(super) fn verdicts(world: &World, summary: &[SummaryRow], accounts: &mut [AccountTie]) {
    for tie in accounts {
        let expected = world.verdict(&tie.account).code();
        let lines = summary.iter().filter(|line| line.account == tie.account);
        for line in lines.filter(|line| line.verdict != expected) {
            let found = &line.verdict;
            tie.problems.push(format!("{}: the verdict is {found}, not {expected}", tie.account));
        }
    }
}

fn tie(
    world: &World,
    account: &str,
    planted: &[&Planted],
    rows: &[ReportedRow],
    summary: &[SummaryRow],
) -> AccountTie {
    let lines: Vec<&SummaryRow> = summary.iter().filter(|line| line.account == account).collect();
    let mut problems = Vec::new();
    let totals = world.totals();
    let mut expected: BTreeSet<&(Stream, Currency)> =
        totals.keys().filter(|(stream, _)| stream.account == account).collect();
    for line in &lines {
        let Some(stream) = &line.stream else { continue };
        let key = (stream.clone(), line.currency);
        let name = format!("{} {} {} {}", stream.account, stream.kind, stream.product, key.1);
        let mut note = |problem: String| problems.push(format!("{}: {problem}", name.trim_end()));
        adds_up(line, &mut note);
        if !expected.remove(&key) {
            note("there is no such line, or it is there twice".to_owned());
        }
        let truth = totals.get(&key).copied().unwrap_or_default();
        has_both_sides(line, truth, &mut note);
        has_parts(line, of_planted(world, &key, planted), "planted", &mut note);
        has_parts(line, of_rows(world, &key, rows), "written", &mut note);
    }
    for (stream, currency) in expected {
        let (kind, product) = (stream.kind, &stream.product);
        problems.push(format!("{account} {kind} {product} {currency}: the line is missing"));
    }
    let mut note = |problem: String| problems.push(format!("{account}: {problem}"));
    let mut currencies: BTreeSet<Currency> = lines.iter().map(|line| line.currency).collect();
    currencies.remove(&Currency::CNY);
    for currency in currencies {
        let total = total_line(&lines, currency, &mut note);
        adds_up(&total, &mut note);
    }
    let total = total_line(&lines, Currency::CNY, &mut note);
    // What of the merchant's rows was refused, nobody has proved.
    if world.is_refused_at(account) && total.verdict != Verdict::Incomplete.code() {
        note(format!("rows of the merchant were refused, and it is called {}", total.verdict));
    }
    adds_up(&total, &mut note);
    let today = planted
        .iter()
        .filter(|item| item.key.stream.account == account && item.business_date == world.date())
        .filter(|item| item.currency == Currency::CNY);
    let planted_minor = today.fold(0_i64, |sum, item| sum.saturating_add(item.difference_minor));
    AccountTie {
        account: account.to_owned(),
        difference_minor: total.difference_minor,
        timing_minor: total.timing_minor,
        discrepancy_minor: total.discrepancy_minor,
        unexplained_minor: total.unexplained_minor,
        planted_minor,
        problems,
    }
}

/// The line of the whole account in a currency, which has to be the sum of its other lines in it.
fn total_line(
    lines: &[&SummaryRow],
    currency: Currency,
    note: &mut impl FnMut(String),
) -> SummaryRow {
    let lines: Vec<&SummaryRow> =
        lines.iter().copied().filter(|line| line.currency == currency).collect();
    let sum = |value: fn(&SummaryRow) -> i64| {
        let parts = lines.iter().filter(|line| line.stream.is_some());
        parts.fold(0_i64, |sum, line| sum.saturating_add(value(line)))
    };
    let account = lines.first().map(|line| line.account.clone()).unwrap_or_default();
    let verdict = lines.first().map(|line| line.verdict.clone()).unwrap_or_default();
    let expected = SummaryRow {
        account,
        stream: None,
        currency,
        verdict,
        merchant_minor: sum(|line| line.merchant_minor),
        provider_minor: sum(|line| line.provider_minor),
        difference_minor: sum(|line| line.difference_minor),
        timing_count: sum(|line| line.timing_count),
        timing_minor: sum(|line| line.timing_minor),
        discrepancy_count: sum(|line| line.discrepancy_count),
        discrepancy_minor: sum(|line| line.discrepancy_minor),
        unexplained_minor: sum(|line| line.unexplained_minor),
    };
    let totals: Vec<&SummaryRow> =
        lines.iter().copied().filter(|line| line.stream.is_none()).collect();
    let [total] = totals.as_slice() else {
        note(format!("there are {} total lines in {currency}", totals.len()));
        return expected;
    };
    if **total != expected {
        note("the total line is not the sum of the others".to_owned());
    }
    (*total).clone()
}

fn adds_up(line: &SummaryRow, note: &mut impl FnMut(String)) {
    let explained = line
        .timing_minor
        .saturating_add(line.discrepancy_minor)
        .saturating_add(line.unexplained_minor);
    if line.difference_minor != explained {
        note("difference is not timing + discrepancy + unexplained".to_owned());
    }
    if line.difference_minor != line.provider_minor.saturating_sub(line.merchant_minor) {
        note("difference is not provider − merchant".to_owned());
    }
    if line.unexplained_minor != 0 {
        note(format!("{} is unexplained", units(line.unexplained_minor, line.currency)));
    }
}

fn has_both_sides(line: &SummaryRow, truth: DayTotals, note: &mut impl FnMut(String)) {
    for (side, found, expected) in [
        ("merchant", line.merchant_minor, truth.merchant_minor),
        ("provider", line.provider_minor, truth.provider_minor),
    ] {
        if found != expected {
            let [found, expected] = [found, expected].map(|minor| units(minor, line.currency));
            note(format!("{side} amount is {found}, not {expected}"));
        }
    }
}

fn has_parts(line: &SummaryRow, parts: Parts, whose: &str, note: &mut impl FnMut(String)) {
    let found = Parts {
        timing: Sum::of(line.timing_count, line.timing_minor),
        discrepancy: Sum::of(line.discrepancy_count, line.discrepancy_minor),
    };
    for (part, found, expected) in [
        ("timing", found.timing, parts.timing),
        ("discrepancy", found.discrepancy, parts.discrepancy),
    ] {
        if found != expected {
            let (found, expected) = [found, expected]
                .map(|sum| format!("{} of {}", sum.count, units(sum.minor, line.currency)))
                .into();
            note(format!("{part} is {found}, but {expected} {whose}"));
        }
    }
}

/// Whether a type is about what an account holds or is paid, and not about an order.
fn is_of_account(kind: &str) -> bool {
    [DiscrepancyType::BalanceMismatch, DiscrepancyType::SettlementMismatch]
        .iter()
        .any(|known| known.code() == kind)
}

fn of_planted(
    world: &World,
    (stream, currency): &(Stream, Currency),
    planted: &[&Planted],
) -> Parts {
    let today = planted.iter().filter(|item| {
        item.key.stream == *stream
            && item.currency == *currency
            && item.business_date == world.date()
            && !is_of_account(item.kind.code())
    });
    today.fold(Parts::default(), |parts, item| {
        parts.add(item.state == State::Timing, item.difference_minor)
    })
}

fn of_rows(world: &World, (stream, currency): &(Stream, Currency), rows: &[ReportedRow]) -> Parts {
    let today = rows.iter().filter(|row| {
        let closed = State::from_code(&row.state).is_some_and(State::is_closed);
        row.stream == *stream
            && row.currency == *currency
            && row.business_date == world.date()
            && !closed
            && !is_of_account(&row.kind)
    });
    today.fold(Parts::default(), |parts, row| {
        parts.add(row.state == State::Timing.code(), row.difference_minor)
    })
}

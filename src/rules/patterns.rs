//! Discrepancies with one cause, in one line instead of four thousand.
//!
//! An explanation is offered only where it holds for every row that it claims, and where chance is no
//! better one: [`chance`] says from when on. A row is claimed once, by the most telling pattern.

use std::collections::{BTreeMap, BTreeSet};

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::discrepancy::pattern::{Pattern, PatternKind};
use crate::discrepancy::{Discrepancy, DiscrepancyType, State};
use crate::ledger_data::Totals;
use crate::money::Currency;
use crate::order::Stream;

pub mod chance;
#[cfg(test)]
mod tests;

/// Fewest rows that are called a pattern.
const ROWS_MIN: usize = 5;
/// Fewest rows whose amounts are a hundredfold: chance makes no such pair.
const HUNDREDFOLD_MIN: usize = 3;
/// Seconds before and after the cut-off that count as around it.
const AROUND_SECONDS: i64 = 300;
/// The same as a share of the day, in parts of it: both sides of one cut-off.
const AROUND: chance::Share = chance::Share { part: 2 * AROUND_SECONDS, whole: 86_400 };

/// What of an open discrepancy a pattern can be seen by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clue {
    date: BusinessDate,
    difference_minor: i64,
    merchant_minor: Option<i64>,
    provider_minor: Option<i64>,
    /// The provider's time, else the merchant's.
    moment: Option<Timestamp>,
}

impl Clue {
    /// What can be seen by a row in the state in which it is shown; `None` where nobody has to look for its
    /// cause.
    fn of(row: &Discrepancy, shown: State) -> Option<Self> {
        let is_telling = match row.kind {
            DiscrepancyType::MissingAtMerchant
            | DiscrepancyType::MissingAtProvider
            | DiscrepancyType::PaidOnlyAtProvider
            | DiscrepancyType::PaidOnlyAtMerchant
            | DiscrepancyType::StillPending
            | DiscrepancyType::StatusMismatch
            | DiscrepancyType::AmountMismatch
            | DiscrepancyType::FeeMismatch
            | DiscrepancyType::CrossDay => true,
            DiscrepancyType::Unproved
            | DiscrepancyType::RefundedOnlyAtProvider
            | DiscrepancyType::RefundedOnlyAtMerchant
            | DiscrepancyType::Held
            | DiscrepancyType::CurrencyMismatch
            | DiscrepancyType::OverRefund
            | DiscrepancyType::DuplicateAtMerchant
            | DiscrepancyType::DuplicateAtProvider
            | DiscrepancyType::PaidTwice
            | DiscrepancyType::BalanceMismatch
            | DiscrepancyType::SettlementMismatch
            // Their cause is known, and each says it.
            | DiscrepancyType::RefusedAtMerchant => false,
        };
        (is_telling && matches!(shown, State::Open | State::Timing)).then(|| Self {
            date: row.business_date,
            difference_minor: row.difference_minor,
            merchant_minor: row.merchant_amount_minor,
            provider_minor: row.provider_amount_minor,
            moment: row.provider_time.or(row.merchant_time),
        })
    }

    /// Provider − merchant of the pair: of a cross-day pair the row carries a part of the difference only.
    fn apart(&self) -> Option<i64> {
        self.provider_minor?.checked_sub(self.merchant_minor?)
    }

    /// Whether one side has a hundred times what the other has; the provider, or the merchant.
    fn is_hundredfold(&self, of_provider: bool) -> bool {
        let (large, small) = if of_provider {
            (self.provider_minor, self.merchant_minor)
        } else {
            (self.merchant_minor, self.provider_minor)
        };
        small.is_some_and(|small| small > 0 && small.checked_mul(100) == large)
    }

    /// The date whose beginning is near.
    fn cut_off(&self, day: BusinessDay) -> Option<BusinessDate> {
        let moment = self.moment?;
        let date = day.date_of(moment.plus_seconds(AROUND_SECONDS));
        (moment < day.start_of(date).plus_seconds(AROUND_SECONDS)).then_some(date)
    }
}

/// The pattern of the report of `date` that claims a row in the state in which it is shown: the most telling
/// one that holds for it. `patterns` are those of the date, as they were found.
pub fn claiming<'a>(
    patterns: &'a [Pattern],
    row: &Discrepancy,
    shown: State,
    (date, business_day): (BusinessDate, BusinessDay),
) -> Option<&'a Pattern> {
    let clue = Clue::of(row, shown)?;
    let is_of = |pattern: &&Pattern| {
        (&pattern.stream, pattern.of, pattern.currency) == (&row.key.stream, row.kind, row.currency)
    };
    let holds = |pattern: &&Pattern| {
        let provider_has_more = pattern.difference_minor > 0;
        match (pattern.kind, pattern.span) {
            (PatternKind::WholeStream, _) => clue.date == date,
            (PatternKind::Factor100, _) => clue.is_hundredfold(provider_has_more),
            (PatternKind::ConstantDifference, _) => clue.apart() == Some(pattern.constant_minor),
            (PatternKind::CallbackOutage, Some((first, last))) => {
                clue.moment.is_some_and(|moment| first <= moment && moment <= last)
            }
            (PatternKind::CutOff, Some((first, _))) => {
                let near = Clue { moment: Some(first), ..clue }.cut_off(business_day);
                near.is_some() && clue.cut_off(business_day) == near
            }
            // What all others have left.
            (PatternKind::OneProduct, _) => true,
            (PatternKind::CallbackOutage | PatternKind::CutOff, None) => false,
        }
    };
    patterns.iter().filter(is_of).filter(holds).min_by_key(|pattern| (pattern.kind, pattern.span))
}

/// The open discrepancies of a report, as they are read for it.
#[derive(Debug, Clone, Default)]
pub struct Clues {
    groups: BTreeMap<(Stream, DiscrepancyType, Currency), Vec<Clue>>,
}

/// What the discrepancies are held against.
#[derive(Debug, Clone, Copy)]
pub struct Background<'a> {
    /// The reported date.
    pub date: BusinessDate,
    /// When a business day begins.
    pub business_day: BusinessDay,
    /// What both sides have on the reported date.
    pub totals: &'a BTreeMap<(Stream, Currency), Totals>,
    /// When the merchant counted payments as paid, ascending, for what
    /// [`Clues::perhaps_outages`] names.
    pub booked: &'a BTreeMap<(Stream, BusinessDate), Vec<Timestamp>>,
}

impl Clues {
    /// Takes note of a row of the report, in the state in which it is shown.
    pub fn add(&mut self, row: &Discrepancy, shown: State) {
        if let Some(clue) = Clue::of(row, shown) {
            let group = (row.key.stream.clone(), row.kind, row.currency);
            self.groups.entry(group).or_default().push(clue);
        }
    }

    /// Streams and dates with enough lost callbacks to ask when the others were booked.
    pub fn perhaps_outages(&self) -> BTreeSet<(Stream, BusinessDate)> {
        let mut counts: BTreeMap<(&Stream, BusinessDate), usize> = BTreeMap::new();
        for ((stream, of, _), clues) in &self.groups {
            if *of != DiscrepancyType::PaidOnlyAtProvider {
                continue;
            }
            for clue in clues {
                let count = counts.entry((stream, clue.date)).or_default();
                *count = count.saturating_add(1);
            }
        }
        let many = counts.into_iter().filter(|(_, count)| *count >= ROWS_MIN);
        many.map(|((stream, date), _)| (stream.clone(), date)).collect()
    }

    /// The patterns, sorted by account, kind, product and type; the most telling first.
    pub fn patterns(mut self, background: &Background<'_>) -> Vec<Pattern> {
        let mut found = Vec::new();
        for ((stream, of, currency), clues) in &mut self.groups {
            let group = Group { stream, of: *of, currency: *currency, among: clues.len() };
            found.extend(group.whole_stream(clues, background));
            found.extend(group.factor_100(clues));
            found.extend(group.constant_difference(clues));
            found.extend(group.callback_outages(clues, background));
            found.extend(group.cut_offs(clues, background));
        }
        found.extend(self.one_products(background));
        found.sort_by(|a, b| {
            (&a.stream, a.of, a.currency, a.kind, a.span)
                .cmp(&(&b.stream, b.of, b.currency, b.kind, b.span))
        });
        found
    }

    /// Where every row of a type that is left is in one product of several.
    fn one_products(&self, background: &Background<'_>) -> Vec<Pattern> {
        let mut found = Vec::new();
        for ((stream, of, currency), clues) in &self.groups {
            let is_sibling = |other: &Stream| {
                other.account == stream.account && other.kind == stream.kind && other != stream
            };
            let elsewhere = self.groups.iter().any(|((other, kind, of_other), left)| {
                is_sibling(other) && kind == of && of_other == currency && !left.is_empty()
            });
            let size = |totals: &Totals| totals.merchant_count.max(totals.provider_count);
            let part = background.totals.get(&(stream.clone(), *currency)).map_or(0, size);
            let others = background.totals.iter();
            let others = others.filter(|((other, of), _)| is_sibling(other) && of == currency);
            let rest = others.fold(0_i64, |sum, (_, totals)| sum.saturating_add(size(totals)));
            let share = chance::Share { part, whole: part.saturating_add(rest) };
            let tonight = clues.iter().all(|clue| clue.date == background.date);
            if elsewhere || rest == 0 || !tonight || clues.len() < ROWS_MIN {
                continue;
            }
            if chance::all_of_them(clues.len(), share) {
                let group = Group { stream, of: *of, currency: *currency, among: clues.len() };
                found.push(group.pattern(PatternKind::OneProduct, clues));
            }
        }
        found
    }
}

/// The rows of one type and currency in one stream.
struct Group<'a> {
    stream: &'a Stream,
    of: DiscrepancyType,
    currency: Currency,
    among: usize,
}

impl Group<'_> {
    fn pattern(&self, kind: PatternKind, clues: &[Clue]) -> Pattern {
        let moments = || clues.iter().filter_map(|clue| clue.moment);
        let sum = |sum: i64, clue: &Clue| sum.saturating_add(clue.difference_minor);
        Pattern {
            kind,
            stream: self.stream.clone(),
            of: self.of,
            currency: self.currency,
            count: i64::try_from(clues.len()).unwrap_or(i64::MAX),
            among: i64::try_from(self.among).unwrap_or(i64::MAX),
            difference_minor: clues.iter().fold(0, sum),
            span: moments().min().zip(moments().max()),
            constant_minor: 0,
        }
    }

    /// Every order of the day is missing on the other side.
    fn whole_stream(&self, clues: &mut Vec<Clue>, background: &Background<'_>) -> Option<Pattern> {
        let totals = background.totals.get(&(self.stream.clone(), self.currency))?;
        let (has, lacks) = if self.of == DiscrepancyType::MissingAtProvider {
            (totals.merchant_count, totals.provider_count)
        } else if self.of == DiscrepancyType::MissingAtMerchant {
            (totals.provider_count, totals.merchant_count)
        } else {
            return None;
        };
        let tonight = |clue: &Clue| clue.date == background.date;
        let count = clues.iter().filter(|clue| tonight(clue)).count();
        if lacks != 0 || count < ROWS_MIN || i64::try_from(count) != Ok(has) {
            return None;
        }
        Some(self.pattern(PatternKind::WholeStream, &claimed(clues, tonight)))
    }

    fn factor_100(&self, clues: &mut Vec<Clue>) -> Vec<Pattern> {
        if self.of != DiscrepancyType::AmountMismatch {
            return Vec::new();
        }
        let mut found = Vec::new();
        for of_provider in [true, false] {
            let holds = |clue: &Clue| clue.is_hundredfold(of_provider);
            if clues.iter().filter(|clue| holds(clue)).count() >= HUNDREDFOLD_MIN {
                found.push(self.pattern(PatternKind::Factor100, &claimed(clues, holds)));
            }
        }
        found
    }

    fn constant_difference(&self, clues: &mut Vec<Clue>) -> Vec<Pattern> {
        if self.of != DiscrepancyType::AmountMismatch {
            return Vec::new();
        }
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for difference in clues.iter().filter_map(Clue::apart) {
            let count = counts.entry(difference).or_default();
            *count = count.saturating_add(1);
        }
        let among = clues.len();
        let is_cause = |value: i64, count: usize| {
            let others = counts.iter().filter(|(other, _)| **other != value);
            count >= ROWS_MIN && chance::one_value(count, among, others.map(|(_, count)| *count))
        };
        let mut found = Vec::new();
        let causes = counts.iter().filter(|(value, count)| is_cause(**value, **count));
        for constant_minor in causes.map(|(value, _)| *value) {
            let rows = claimed(clues, |clue| clue.apart() == Some(constant_minor));
            let pattern = self.pattern(PatternKind::ConstantDifference, &rows);
            found.push(Pattern { constant_minor, ..pattern });
        }
        found
    }

    /// Stretches of time in which payments came in and not one of them reached the books.
    fn callback_outages(&self, clues: &mut Vec<Clue>, background: &Background<'_>) -> Vec<Pattern> {
        if self.of != DiscrepancyType::PaidOnlyAtProvider {
            return Vec::new();
        }
        let dates: BTreeSet<BusinessDate> = clues.iter().map(|clue| clue.date).collect();
        let mut found = Vec::new();
        for date in dates {
            let Some(booked) = background.booked.get(&(self.stream.clone(), date)) else {
                continue;
            };
            // How many were booked before: rows with the same number have none between them.
            let gap = |clue: &Clue| {
                let moment = clue.moment.filter(|_| clue.date == date)?;
                Some(booked.partition_point(|booked| *booked <= moment))
            };
            let mut gaps: BTreeMap<usize, usize> = BTreeMap::new();
            for number in clues.iter().filter_map(gap) {
                let count = gaps.entry(number).or_default();
                *count = count.saturating_add(1);
            }
            let lost = gaps.values().fold(0_usize, |sum, count| sum.saturating_add(*count));
            for (number, count) in gaps {
                if count >= ROWS_MIN && chance::in_a_row(count, lost, booked.len()) {
                    let rows = claimed(clues, |clue| gap(clue) == Some(number));
                    found.push(self.pattern(PatternKind::CallbackOutage, &rows));
                }
            }
        }
        found
    }

    fn cut_offs(&self, clues: &mut Vec<Clue>, background: &Background<'_>) -> Vec<Pattern> {
        if self.of == DiscrepancyType::AmountMismatch || self.of == DiscrepancyType::FeeMismatch {
            return Vec::new();
        }
        let day = background.business_day;
        let mut counts: BTreeMap<BusinessDate, usize> = BTreeMap::new();
        for date in clues.iter().filter_map(|clue| clue.cut_off(day)) {
            let count = counts.entry(date).or_default();
            *count = count.saturating_add(1);
        }
        let mut found = Vec::new();
        for (date, count) in counts {
            if count >= ROWS_MIN && chance::so_many(count, self.among, AROUND) {
                let rows = claimed(clues, |clue| clue.cut_off(day) == Some(date));
                found.push(self.pattern(PatternKind::CutOff, &rows));
            }
        }
        found
    }
}

/// Takes the rows for which a pattern holds out of those that still need an explanation.
fn claimed(clues: &mut Vec<Clue>, holds: impl Fn(&Clue) -> bool) -> Vec<Clue> {
    let (taken, left) = clues.drain(..).partition(|clue| holds(clue));
    *clues = left;
    taken
}

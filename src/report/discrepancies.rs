//! `discrepancies.csv`: one row per discrepancy, and the sums over the rows of the day.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::business_day::{BusinessDate, Timestamp};
use crate::discrepancy::pattern::Pattern;
use crate::discrepancy::{Direction, Discrepancy, DiscrepancyType, SeverityBands, State};
use crate::money::Currency;
use crate::order::Stream;
use crate::report::balances::InTransit;
use crate::report::csv::Cell;
use crate::report::sentence::{self, Voice, action, note};
use crate::report::{JOB, ReportAccount, ReportRequest};
use crate::rules::patterns::claiming;
use crate::wording::{self, Word};

/// A discrepancy as of the end of the reported day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Its state on that day.
    pub state: State,
    /// The difference that it explains, in fen.
    pub difference_minor: i64,
    /// The two sides came to agree and the job closed it: it explains nothing any more.
    pub agreed: bool,
}

impl Shown {
    /// How a row stands at the end of the reported day.
    ///
    /// A cross-day row is timing for good: it explains two days' totals and nobody has to act.
    pub fn of(row: &Discrepancy, end_of_day: Timestamp) -> Self {
        if row.state == State::Resolved && row.resolved_by == JOB {
            return Self { state: State::Resolved, difference_minor: 0, agreed: true };
        }
        let state = match (row.kind, row.state) {
            (DiscrepancyType::CrossDay, State::Timing | State::Open) => State::Timing,
            (_, _) => row.state_on(end_of_day),
        };
        Self { state, difference_minor: row.difference_minor, agreed: false }
    }

    /// What the row explains of its day's difference.
    pub const fn share(self) -> Share {
        match self.state {
            _ if self.agreed => Share::Nothing,
            State::Timing => Share::Timing,
            State::Open | State::Suspense | State::Resolved | State::WrittenOff => {
                Share::Discrepancy
            }
        }
    }
}

/// Which part of its day's difference a row explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// The part that will come back by itself.
    Timing,
    /// The part that somebody has, or had, to work on.
    Discrepancy,
    /// None: both sides agree.
    Nothing,
}

/// A count of rows and the sum of their differences in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows.
    pub count: i64,
    /// Fen, provider − merchant.
    pub minor: i64,
}

impl Tally {
    /// Adds another tally; `None` when the sum does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            count: self.count.checked_add(other.count)?,
            minor: self.minor.checked_add(other.minor)?,
        })
    }
}

/// What the rows of one stream explain of the day's difference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Explained {
    /// Rows that are timing.
    pub timing: Tally,
    /// All others but those on which both sides have come to agree.
    pub discrepancy: Tally,
}

impl Explained {
    /// Adds one row; `None` when the sum does not fit.
    #[must_use]
    pub fn with(self, share: Share, minor: i64) -> Option<Self> {
        let one = Tally { count: 1, minor };
        match share {
            Share::Timing => Some(Self { timing: self.timing.plus(one)?, ..self }),
            Share::Discrepancy => Some(Self { discrepancy: self.discrepancy.plus(one)?, ..self }),
            Share::Nothing => Some(self),
        }
    }
}

/// Sums over the rows as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Rows dated to the reported day, per stream.
    pub by_stream: BTreeMap<(Stream, Currency), Explained>,
    /// All rows.
    pub by_type: BTreeMap<(DiscrepancyType, State, Currency), Tally>,
    /// What one side of an account has and the other not yet, over all rows in yuan that are not closed.
    pub in_transit: BTreeMap<String, InTransit>,
}

impl Tallies {
    /// Counts a row that was written; `None` when a sum does not fit.
    pub fn add(
        &mut self,
        row: &Discrepancy,
        shown: Shown,
        date: BusinessDate,
        end_of_day: Timestamp,
    ) -> Option<()> {
        let account = &row.key.stream.account;
        match self.in_transit.get_mut(account) {
            // Bridges are built in yuan.
            _ if row.currency != Currency::CNY => {}
            Some(known) => known.add(row, shown, end_of_day)?,
            None => {
                self.in_transit.entry(account.clone()).or_default().add(row, shown, end_of_day)?;
            }
        }
        let by_type = self.by_type.entry((row.kind, shown.state, row.currency)).or_default();
        *by_type = by_type.plus(Tally { count: 1, minor: shown.difference_minor })?;
        if row.business_date != date || row.kind.is_of_account() {
            return Some(());
        }
        let explained = (row.key.stream.clone(), row.currency);
        let explained = self.by_stream.entry(explained).or_default();
        *explained = explained.with(shown.share(), shown.difference_minor)?;
        Some(())
    }
}

/// The cells of a row, in the order of the columns.
pub fn cells<'a>(
    row: &'a Discrepancy,
    shown: Shown,
    account: Option<&'a ReportAccount>,
    patterns: &[Pattern],
    request: &ReportRequest<'_>,
) -> Vec<Cell<'a>> {
    let (date, voice) = (request.date, request.voice());
    let days = (date, request.business_day);
    let cause = claiming(patterns, row, shown.state, days).map(|pattern| pattern.id(date));
    let mut cells = identity(row, account, date, voice);
    cells.extend(judgement(row, shown, date, request.severity, voice));
    cells.extend(both_sides(row, shown, voice));
    cells.extend(words_about(row, shown, account, voice));
    cells.push(Cell::Text(Cow::Owned(cause.unwrap_or_default())));
    cells
}

fn identity<'a>(
    row: &'a Discrepancy,
    account: Option<&'a ReportAccount>,
    date: BusinessDate,
    voice: Voice,
) -> Vec<Cell<'a>> {
    let stream = &row.key.stream;
    vec![
        Cell::text(&row.id),
        Cell::Moment(row.business_date.to_string()),
        Cell::Moment(row.first_seen.to_string()),
        Cell::Count(date.days_since(row.first_seen)),
        Cell::text(&stream.account),
        Cell::text(account.map_or("", |account| &account.provider_id)),
        Cell::text(account.map_or("", |account| &account.merchant_no)),
        Cell::text(stream.kind.word(voice.language)),
        Cell::text(wording::product(&stream.product, voice.language)),
    ]
}

fn judgement(
    row: &Discrepancy,
    shown: Shown,
    date: BusinessDate,
    bands: SeverityBands,
    voice: Voice,
) -> [Cell<'static>; 4] {
    let age = date.days_since(row.first_seen);
    let urgency = bands.severity(shown.state, row.at_stake_hundredths(), age);
    [
        Cell::text(row.kind.word(voice.language)),
        Cell::text(Direction::of(shown.difference_minor).word(voice.language)),
        Cell::text(shown.state.word(voice.language)),
        Cell::text(urgency.word(voice.language)),
    ]
}

fn both_sides(row: &Discrepancy, shown: Shown, voice: Voice) -> Vec<Cell<'_>> {
    let fees = row.merchant_fee_minor.zip(row.provider_fee_minor);
    let fee_difference = fees.and_then(|(expected, charged)| charged.checked_sub(expected));
    let time = |moment: Option<Timestamp>| {
        moment.map_or(Cell::Empty, |moment| Cell::Moment(voice.business_day.text(moment)))
    };
    let money = |minor: Option<i64>| Cell::some_of(minor, row.currency);
    let merchant_status = row
        .merchant_status
        .map_or_else(|| wording::absent(voice.language), |status| status.word(voice.language));
    vec![
        Cell::text(&row.key.order_no),
        Cell::text(&row.provider_order_no),
        Cell::text(&row.original_order_no),
        Cell::text(row.currency.as_str()),
        money(row.merchant_amount_minor),
        money(row.provider_amount_minor),
        Cell::of(shown.difference_minor, row.currency),
        money(row.merchant_fee_minor),
        money(row.provider_fee_minor),
        money(fee_difference),
        Cell::text(merchant_status),
        Cell::text(row.provider_status.word(voice.language)),
        time(row.merchant_time),
        time(row.provider_time),
    ]
}

fn words_about<'a>(
    row: &'a Discrepancy,
    shown: Shown,
    account: Option<&ReportAccount>,
    voice: Voice,
) -> [Cell<'a>; 6] {
    let calls_back_for = account.and_then(|account| account.calls_back_for(&row.key.stream));
    let mut explanation = sentence::explanation(row, shown, voice);
    if let Some(calls) = sentence::calls_back(row, shown, calls_back_for, voice) {
        explanation.push_str(voice.pick("", " "));
        explanation.push_str(&calls);
    }
    [
        Cell::Text(Cow::Owned(sentence::evidence(row, voice))),
        Cell::Text(Cow::Owned(explanation)),
        Cell::text(action::suggested(row, shown, voice)),
        Cell::text(wording::resolution(&row.resolution, voice.language)),
        Cell::text(&row.resolved_by),
        match row.resolved_by.as_str() {
            JOB => Cell::Text(note::of_job(&row.resolution_note, voice).into()),
            _ => Cell::text(&row.resolution_note),
        },
    ]
}

//! `roll.csv`: what became of the discrepancies since the day before. Per account and currency, and in all
//! per currency: opening + new + reopened − closed ± changed = outstanding, in count and in money at stake.
//!
//! The opening is what was outstanding at the end of the day before, so the rolls of following days
//! chain; the outstanding ones are the rows of the discrepancy file that are not closed. A cross-day row
//! stands for a day and closes by itself on the next one.

use std::collections::BTreeMap;

use futures_util::StreamExt;

use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::discrepancy::{Discrepancy, DiscrepancyType, State};
use crate::ledger::{KEYS_TOGETHER, Ledger, LedgerError};
use crate::money::Currency;
use crate::order::OrderKey;
use crate::report::ReportRequest;
use crate::report::csv::Cell;
use crate::report::discrepancies::{Shown, Tally};
use crate::report::headline::is_pending;
use crate::wording;

/// The figures of one account, or of all, in one currency. Amounts are what is at stake, see
/// [`Discrepancy::at_stake_minor`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roll {
    /// Outstanding at the end of the day before.
    pub opening: Tally,
    /// Seen for the first time.
    pub new: Tally,
    /// Closed before, and there again.
    pub reopened: Tally,
    /// Not outstanding any more.
    pub closed: Tally,
    /// Still outstanding with another amount: how many, and by how much in all, signed.
    pub changed: Tally,
    /// Outstanding at the end of the day.
    pub outstanding: Tally,
    /// Of these: waiting.
    pub timing: Tally,
    /// Of these: to be worked on.
    pub open: Tally,
    /// Of these: on suspense.
    pub suspense: Tally,
}

impl Roll {
    /// Adds another one; `None` when a sum does not fit.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            opening: self.opening.plus(other.opening)?,
            new: self.new.plus(other.new)?,
            reopened: self.reopened.plus(other.reopened)?,
            closed: self.closed.plus(other.closed)?,
            changed: self.changed.plus(other.changed)?,
            outstanding: self.outstanding.plus(other.outstanding)?,
            timing: self.timing.plus(other.timing)?,
            open: self.open.plus(other.open)?,
            suspense: self.suspense.plus(other.suspense)?,
        })
    }

    /// What the movements make of the opening; `None` when a sum does not fit.
    pub fn carried(&self) -> Option<Tally> {
        let sum = self.opening.plus(self.new)?.plus(self.reopened)?;
        Some(Tally {
            count: sum.count.checked_sub(self.closed.count)?,
            minor: sum.minor.checked_sub(self.closed.minor)?.checked_add(self.changed.minor)?,
        })
    }

    /// What is outstanding by its states; `None` when a sum does not fit.
    pub fn by_state(&self) -> Option<Tally> {
        self.timing.plus(self.open)?.plus(self.suspense)
    }

    /// Counts an outstanding row of the day; `None` when a sum does not fit.
    pub fn stands(&mut self, state: State, minor: i64) -> Option<()> {
        let part = match state {
            State::Timing => &mut self.timing,
            State::Open => &mut self.open,
            State::Suspense => &mut self.suspense,
            State::Resolved | State::WrittenOff => return Some(()),
        };
        *part = part.plus(Tally { count: 1, minor })?;
        self.outstanding = self.outstanding.plus(Tally { count: 1, minor })?;
        Some(())
    }

    /// The parts, in the order of the columns.
    pub const fn parts(&self) -> [Tally; 9] {
        [
            self.opening,
            self.new,
            self.reopened,
            self.closed,
            self.changed,
            self.outstanding,
            self.timing,
            self.open,
            self.suspense,
        ]
    }
}

/// The rolls of the accounts, by name and currency.
pub type Rolls = BTreeMap<(String, Currency), Roll>;

/// Why a roll could not be made.
pub(super) enum RollError {
    /// The ledger failed.
    Ledger(LedgerError),
    /// A sum does not fit.
    TooLarge,
}

impl From<LedgerError> for RollError {
    fn from(source: LedgerError) -> Self {
        Self::Ledger(source)
    }
}

/// What is at stake of a row that is outstanding, in its currency.
pub fn at_stake(row: &Discrepancy) -> i64 {
    i64::try_from(row.at_stake_minor()).unwrap_or(i64::MAX)
}

/// Completes the rolls of a day, which have what is outstanding, with the opening and what became of it.
/// Gives what of the opening somebody had to work on, per currency.
pub(super) async fn complete(
    request: &ReportRequest<'_>,
    ledger: &dyn Ledger,
    rolls: &mut Rolls,
) -> Result<BTreeMap<Currency, Tally>, RollError> {
    let mut pending = BTreeMap::new();
    let before = request.date.plus_days(-1);
    let end = request.business_day.end_of(before);
    let mut rows = ledger.report_rows(before);
    while let Some(row) = rows.next().await {
        let row = row?;
        let state = Shown::of(&row, end).state;
        if state.is_closed() {
            continue;
        }
        let one = Tally { count: 1, minor: at_stake(&row) };
        if is_pending(state) {
            add(pending.entry(row.currency).or_default(), one)?;
        }
        let roll = roll_of(rolls, &row);
        add(&mut roll.opening, one)?;
        if row.kind == DiscrepancyType::CrossDay {
            add(&mut roll.closed, one)?;
        }
    }
    drop(rows);
    let mut keys = ledger.moved_on(request.date).chunks(KEYS_TOGETHER);
    while let Some(chunk) = keys.next().await {
        let chunk: Vec<OrderKey> = chunk.into_iter().collect::<Result<_, _>>()?;
        moved(ledger, request.date, &chunk, rolls).await?;
    }
    Ok(pending)
}

/// A discrepancy at the end of the day before, and of the day. One whose currency changed is closed in the
/// one and new in the other.
type Both = (Option<Discrepancy>, Option<Discrepancy>);

/// Says what became of the discrepancies of some pairs. Cross-day rows are left out: they move by
/// themselves.
async fn moved(
    ledger: &dyn Ledger,
    date: BusinessDate,
    keys: &[OrderKey],
    rolls: &mut Rolls,
) -> Result<(), RollError> {
    let mut both: BTreeMap<(String, Currency), Both> = BTreeMap::new();
    for version in ledger.discrepancies_on(date.plus_days(-1), keys).await? {
        let row = version.discrepancy;
        let of = both.entry((row.id.clone(), row.currency)).or_default();
        of.0 = Some(row);
    }
    for version in ledger.discrepancies_on(date, keys).await? {
        let row = version.discrepancy;
        let of = both.entry((row.id.clone(), row.currency)).or_default();
        of.1 = Some(row);
    }
    for (then, now) in both.into_values() {
        let Some(any) = now.as_ref().or(then.as_ref()) else { continue };
        if any.kind == DiscrepancyType::CrossDay {
            continue;
        }
        let open = |row: &Option<Discrepancy>| {
            row.as_ref().filter(|row| !row.state.is_closed()).map(at_stake)
        };
        let one = |minor| Tally { count: 1, minor };
        let roll = roll_of(rolls, any);
        match (open(&then), open(&now)) {
            (None, Some(minor)) if then.is_some() => add(&mut roll.reopened, one(minor))?,
            (None, Some(minor)) => add(&mut roll.new, one(minor))?,
            (Some(minor), None) => add(&mut roll.closed, one(minor))?,
            (Some(was), Some(is)) if was != is => {
                let by = is.checked_sub(was).ok_or(RollError::TooLarge)?;
                add(&mut roll.changed, one(by))?;
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    Ok(())
}

/// Counts a row of the day's report where it is outstanding; `None` when a sum does not fit. A cross-day
/// row is new on its day.
pub(super) fn stands(rolls: &mut Rolls, row: &Discrepancy, shown: Shown) -> Option<()> {
    let minor = at_stake(row);
    let roll = roll_of(rolls, row);
    if row.kind == DiscrepancyType::CrossDay && !shown.state.is_closed() {
        roll.new = roll.new.plus(Tally { count: 1, minor })?;
    }
    roll.stands(shown.state, minor)
}

/// The roll of a row's account.
fn roll_of<'a>(rolls: &'a mut Rolls, row: &Discrepancy) -> &'a mut Roll {
    rolls.entry((row.key.stream.account.clone(), row.currency)).or_default()
}

fn add(sum: &mut Tally, one: Tally) -> Result<(), RollError> {
    *sum = sum.plus(one).ok_or(RollError::TooLarge)?;
    Ok(())
}

/// The sums over all accounts, per currency, and of yuan where there are none; `None` when one does not fit.
pub fn totals(rolls: &Rolls) -> Option<BTreeMap<Currency, Roll>> {
    let mut totals = BTreeMap::new();
    if rolls.is_empty() {
        totals.insert(Currency::CNY, Roll::default());
    }
    for ((_, currency), roll) in rolls {
        let sum: &mut Roll = totals.entry(*currency).or_default();
        *sum = sum.plus(roll)?;
    }
    Some(totals)
}

/// The cells of one account's row in a currency, or of the total.
pub fn cells<'a>(
    date: BusinessDate,
    (account, provider): (&'a str, &'a str),
    roll: &Roll,
    currency: Currency,
) -> Vec<Cell<'a>> {
    let mut cells = vec![Cell::Moment(date.to_string()), Cell::text(account), Cell::text(provider)];
    for part in roll.parts() {
        cells.extend([Cell::Count(part.count), Cell::of(part.minor, currency)]);
    }
    cells.push(Cell::Text(currency.to_string().into()));
    cells
}

/// How the total is called.
pub const fn total_name(language: Language) -> &'static str {
    wording::total(language)
}

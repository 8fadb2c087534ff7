//! What somebody has to work on, read from the discrepancy file: the most urgent rows, and how many there are
//! by age and by account.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::discrepancy::{Severity, State};
use crate::money::{Currency, minor_from_units};
use crate::report::ReportError;
use crate::report::columns::FileKind;
use crate::report::discrepancies::Tally;
use crate::report::headline::is_pending;
use crate::report::overview::{Made, value};
use crate::report::urgent::Urgent;
use crate::wording::Word;

const KIND: FileKind = FileKind::Discrepancies;

/// Rows that the first sheet has: more than anybody works off in a day; all others are in their own sheet.
const ROWS_MAX: usize = 1_000;

/// Where ages are parted: up to so many days.
pub(super) const AGES: [i64; 5] = [0, 1, 3, 7, 30];

/// What the first sheet says of a discrepancy.
pub(super) struct Task {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) order_no: String,
    pub(super) kind: String,
    pub(super) minor: i64,
    pub(super) currency: Currency,
    pub(super) cause: String,
    pub(super) action: String,
}

/// The open rows and those on suspense.
pub(super) struct Pending {
    pub(super) tasks: Urgent<Reverse<Severity>, Task>,
    /// Rows by class of age: up to each of [`AGES`], and older.
    pub(super) by_age: [i64; 6],
    /// Per account and currency.
    pub(super) by_account: BTreeMap<(String, Currency), Tally>,
}

impl Pending {
    pub(super) fn read(made: Made<'_>) -> Result<Self, ReportError> {
        let mut causes: BTreeMap<String, String> = BTreeMap::new();
        made.rows(FileKind::Patterns, |cells| {
            let text = |code| value(FileKind::Patterns, cells, code).to_owned();
            causes.insert(text("pattern_id"), text("pattern"));
            Ok(())
        })?;
        let mut pending =
            Self { tasks: Urgent::new(ROWS_MAX), by_age: [0; 6], by_account: BTreeMap::new() };
        let mut number = 0_u64;
        made.rows(KIND, |cells| {
            number = number.saturating_add(1);
            pending.add(cells, number, &causes);
            Ok(())
        })?;
        Ok(pending)
    }

    /// Adds a row. The words are our own, written a moment ago.
    fn add(&mut self, cells: &[&str], number: u64, causes: &BTreeMap<String, String>) {
        let text = |code| value(KIND, cells, code);
        if !State::from_word(text("state")).is_some_and(is_pending) {
            return;
        }
        let severity = Severity::from_word(text("severity")).unwrap_or(Severity::Low);
        let age = text("age_days").parse::<i64>().unwrap_or(0);
        let currency = Currency::parse(text("currency")).unwrap_or_default();
        let minor = minor_from_units(text("difference"), currency).unwrap_or(0);
        let class = AGES.iter().take_while(|most| age > **most).count();
        if let Some(count) = self.by_age.get_mut(class) {
            *count = count.saturating_add(1);
        }
        let tally = self.by_account.entry((text("account").to_owned(), currency)).or_default();
        // The same sums fitted when the file was written.
        *tally = tally.plus(Tally { count: 1, minor }).unwrap_or(*tally);
        self.tasks.offer((Reverse(severity), number), (minor, currency), || Task {
            id: text("discrepancy_id").to_owned(),
            account: text("account").to_owned(),
            order_no: text("merchant_order_no").to_owned(),
            kind: text("type").to_owned(),
            minor,
            currency,
            cause: causes.get(text("pattern")).cloned().unwrap_or_default(),
            action: text("suggested_action").to_owned(),
        });
    }
}

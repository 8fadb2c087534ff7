//! Whether the ledger is what was written: the database, the histories and their chain, every word of the
//! providers against its archived answer, and the reports against the chain.
//!
//! Nothing is changed. What cannot be shown, because an answer is no longer kept or a key is not there, is
//! counted apart: it is neither right nor wrong.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::app::App;
use crate::ledger::LedgerError;
use crate::run::RunError;
use crate::story::story;

mod again;
mod balances;
mod histories;
mod readings;
mod reports;
mod words;

pub use histories::{ChainChecked, HistoriesChecked};
pub use readings::ReadingsChecked;
pub use reports::ReportsChecked;
pub use words::WordsChecked;

/// Problems that are named at most; the others are counted.
const NAMED: usize = 200;

/// What a look at the whole ledger came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LedgerChecked {
    /// The histories, one by one.
    pub histories: HistoriesChecked,
    /// The chain over all of them.
    pub chain: ChainChecked,
    /// Words of the providers.
    pub readings: ReadingsChecked,
    /// Words of the providers, date by date, against the chain.
    pub words: WordsChecked,
    /// Report folders.
    pub reports: ReportsChecked,
    /// What is wrong.
    pub problems: Problems,
}

impl LedgerChecked {
    /// Whether everything that could be shown is right.
    pub const fn is_right(&self) -> bool {
        self.problems.count == 0
    }

    /// Whether everything could be shown.
    pub fn is_whole(&self) -> bool {
        self.readings.not_shown() == 0
    }
}

/// What is wrong, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// All of them.
    pub count: u64,
    /// The first ones.
    pub named: Vec<String>,
}

impl Problems {
    fn add(&mut self, problem: impl Into<String>) {
        self.count = self.count.saturating_add(1);
        if self.named.len() < NAMED {
            self.named.push(problem.into());
        }
    }

    /// Keeps what a part came to; a ledger that could not be read is a problem, and the other parts are
    /// looked at all the same.
    fn of_part<T: Default>(
        &mut self,
        part: &str,
        found: Result<T, RunError>,
    ) -> Result<T, RunError> {
        match found {
            Ok(found) => Ok(found),
            Err(RunError::Ledger(error)) if is_about_content(&error) => {
                self.add(format!("{part} could not be read to the end: {}", story(&error)));
                Ok(T::default())
            }
            Err(error) => Err(error),
        }
    }
}

fn is_about_content(error: &LedgerError) -> bool {
    matches!(error, LedgerError::Damaged { .. }) || error.is_of_rows()
}

impl App {
    /// Looks at the whole ledger. The caller holds its lock: what is being written is not whole.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the ledger, the archive or the reports cannot be reached. What is wrong with
    /// them is a result.
    pub async fn check_ledger(&self) -> Result<LedgerChecked, RunError> {
        let mut problems = Problems::default();
        for what in self.ledger.damage(true).await? {
            problems.add(format!("the database is damaged: {what}"));
        }
        let found = self.check_all_histories(&mut problems).await;
        let histories = problems.of_part("the histories", found)?;
        let found = self.check_chain(&mut problems).await;
        let (chain, anchors) = problems.of_part("the chain over the histories", found)?;
        let found = self.check_readings(&mut problems).await;
        let mut readings = problems.of_part("the words of the providers", found)?;
        let found = self.check_balances(&mut readings, &mut problems).await;
        problems.of_part("the balances", found)?;
        let found = self.check_words(&anchors, &mut problems).await;
        let words = problems.of_part("the words of each date", found)?;
        let found = self.check_reports(&anchors, chain.pruned, &mut problems).await;
        let reports = problems.of_part("the rows of the reports", found)?;
        Ok(LedgerChecked { histories, chain, readings, words, reports, problems })
    }
}

/// Counts by account.
pub(crate) type ByAccount = BTreeMap<String, u64>;

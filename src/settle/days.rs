//! Which of the last days were proved complete, per account.

use std::collections::{BTreeMap, BTreeSet};

use super::LOOK_BACK_DAYS;
use crate::business_day::BusinessDate;
use crate::ledger::{AccountVerdict, Ledger, LedgerError};

/// The accounts of each day that were proved complete, and those whose provider had money.
#[derive(Debug, Default)]
pub struct Days {
    proved: BTreeMap<BusinessDate, BTreeSet<String>>,
    moneyed: BTreeMap<BusinessDate, BTreeSet<String>>,
}

impl Days {
    /// Reads the days before a date, the date itself and the one after it.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] when the ledger fails.
    pub async fn read(ledger: &dyn Ledger, date: BusinessDate) -> Result<Self, LedgerError> {
        let mut days = Self::default();
        let mut day = date.plus_days(LOOK_BACK_DAYS.saturating_neg());
        while day <= date.plus_days(1) {
            let (totals, verdicts) = ledger.day(day).await?;
            let proved = verdicts.into_iter().filter(AccountVerdict::is_proved);
            days.proved.insert(day, proved.map(|verdict| verdict.account).collect());
            let moneyed = totals.into_iter().filter(|(_, _, totals)| totals.provider_count > 0);
            days.moneyed.insert(day, moneyed.map(|(stream, ..)| stream.account).collect());
            day = day.plus_days(1);
        }
        Ok(days)
    }

    /// Whether an account was proved complete on a day.
    pub(super) fn is_proved(&self, day: BusinessDate, account: &str) -> bool {
        self.proved.get(&day).is_some_and(|accounts| accounts.contains(account))
    }

    /// Whether an account's provider took or paid money on a day.
    pub(super) fn has_money(&self, day: BusinessDate, account: &str) -> bool {
        self.moneyed.get(&day).is_some_and(|accounts| accounts.contains(account))
    }
}

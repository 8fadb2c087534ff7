//! Every figure of a balance against the archived answer that it rests on.

use super::Problems;
use super::again::balance_again;
use super::readings::ReadingsChecked;
use crate::app::App;
use crate::archive::{Archive, ArchiveError};
use crate::balance::BalanceSnapshot;
use crate::business_day::Timestamp;
use crate::provider::{Account, Unproved};
use crate::run::RunError;

impl App {
    /// Adds what came of the balances to what came of the words about orders.
    pub(super) async fn check_balances(
        &self,
        checked: &mut ReadingsChecked,
        problems: &mut Problems,
    ) -> Result<(), RunError> {
        let archive = Archive::open(&self.config.archive)?;
        let always =
            (Timestamp::from_epoch_seconds(i64::MIN), Timestamp::from_epoch_seconds(i64::MAX));
        for configured in &self.config.accounts {
            let account = &configured.account;
            let figures = self.ledger.balances(&account.name, always.0, always.1).await?;
            let mut figures: Vec<_> =
                figures.into_iter().filter(|figure| figure.evidence != 0).collect();
            figures.sort_by_key(|figure| figure.evidence);
            for of_answer in figures.chunk_by(|a, b| a.evidence == b.evidence) {
                self.check_balance(account, &archive, of_answer, checked, problems)?;
            }
        }
        Ok(())
    }

    fn check_balance(
        &self,
        account: &Account,
        archive: &Archive,
        figures: &[BalanceSnapshot],
        checked: &mut ReadingsChecked,
        problems: &mut Problems,
    ) -> Result<(), RunError> {
        let Some(first) = figures.first() else { return Ok(()) };
        let count = u64::try_from(figures.len()).unwrap_or(u64::MAX);
        let named = format!("the balance of {}", account.name);
        let answer = match archive.read(first.evidence) {
            Ok(Some(answer)) => answer,
            Ok(None) if self.is_kept_until_now(first.observed_at) => {
                problems.add(format!(
                    "{named}: its answer {} is gone from the archive",
                    first.evidence
                ));
                return Ok(());
            }
            Ok(None) => {
                checked.no_longer_kept = checked.no_longer_kept.saturating_add(count);
                return Ok(());
            }
            Err(damaged @ ArchiveError::Damaged { .. }) => {
                problems.add(format!("{named}: {damaged}"));
                return Ok(());
            }
            Err(ArchiveError::Locked { .. }) => {
                checked.locked = checked.locked.saturating_add(count);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let restated = match balance_again(account, &answer) {
            Ok(restated) => restated,
            Err(Unproved::WrongSignature) => {
                let older = checked.older_key.entry(account.name.clone()).or_default();
                *older = older.saturating_add(count);
                return Ok(());
            }
            Err(unproved) => {
                problems.add(format!("{named}: its archived answer proves nothing: {unproved}"));
                return Ok(());
            }
        };
        for figure in figures {
            if figure.as_of == restated.as_of && restated.lines.contains(&figure.line) {
                checked.shown = checked.shown.saturating_add(1);
            } else {
                problems.add(format!(
                    "{named} ({}, {}) is not what its archived answer says: the ledger was changed, or \
                     another version of duizhang has read it otherwise",
                    figure.line.channel, figure.line.part
                ));
            }
        }
        Ok(())
    }
}

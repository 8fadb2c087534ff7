//! Settling a day, and the movements that it needs.

use std::collections::BTreeMap;
use std::path::Path;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::config::{AccountConfig, StatementSettings};
use crate::intake::movements::{self, MovementsRequest};
use crate::ledger::PutCount;
use crate::lines::LineCounts;
use crate::order::Origin;
use crate::provider::Account;
use crate::rules::lifecycle::Night;
use crate::run::RunError;
use crate::settle::{self, AccountTerms, BankTerms, Books, Days, SettleError, SettledAccount};

impl App {
    /// Works out what accounts should have been paid and hold, raises and closes what disagrees, and
    /// keeps the day's sums.
    ///
    /// # Errors
    ///
    /// [`RunError`] when the ledger fails.
    pub async fn settle(
        &self,
        date: BusinessDate,
        accounts: &[Account],
    ) -> Result<Vec<SettledAccount>, RunError> {
        let request = self.settle_request(date);
        let later = self.ledger.last_day().await?.filter(|last| *last > date);
        let as_of = later.map_or(date, |last| last.plus_days(1));
        let mut days = self.days(date).await?;
        let mut settled = Vec::new();
        for account in accounts {
            match self.settle_alone(&request, account, &days, as_of).await {
                Ok(found) => settled.extend(found),
                Err(error) if error.is_of_account() => {
                    self.fail_to_settle(date, account, &error).await?;
                    days = self.days(date).await?;
                    let (name, provider_id) = (&account.name, account.provider_id);
                    let not = SettledAccount::not_settled(name, provider_id, date);
                    self.ledger.put_settled(date, name, &not.text()?).await?;
                    settled.push(not);
                }
                Err(error) => return Err(error),
            }
        }
        self.ledger.checkpoint().await?;
        Ok(settled)
    }

    /// What is known of the days around a date.
    async fn days(&self, date: BusinessDate) -> Result<Days, RunError> {
        let days = Days::read(self.ledger.as_ref(), date).await;
        Ok(days.map_err(SettleError::Ledger)?)
    }

    async fn settle_alone(
        &self,
        request: &settle::Request<'_>,
        account: &Account,
        days: &Days,
        as_of: BusinessDate,
    ) -> Result<Vec<SettledAccount>, RunError> {
        let date = request.night.date;
        let terms = self.settle_terms(std::slice::from_ref(account));
        let settled = settle::accounts(request, &terms, days, self.ledger.as_ref()).await?;
        for account in &settled {
            for (day, sums) in &account.sums {
                self.ledger.put_day_sums(&account.account, *day, sums).await?;
            }
            self.ledger.put_settled(date, &account.account, &account.text()?).await?;
            let keys = settle::keys(account);
            let known = self.ledger.discrepancies_of(&keys).await?;
            let shown = self.ledger.discrepancies_on(date, &keys).await?;
            let shown: Vec<_> = shown.into_iter().map(|version| version.discrepancy).collect();
            let books = Books { known: &known, shown: &shown, as_of };
            let changes = settle::changes(account, books, request);
            if !changes.from_now_on.is_empty() {
                self.ledger.put_discrepancies(&changes.from_now_on).await?;
            }
            if !changes.restated.is_empty() {
                self.ledger.restate(date, &changes.restated).await?;
            }
            let (name, count) = (&account.account, changes.from_now_on.len());
            tracing::info!(account = %name, settlements = account.rows.len(), changes = count, "settled");
            for undated in account.undated() {
                tracing::warn!(account = %name, "settlement date not known: {undated}");
            }
        }
        Ok(settled)
    }

    /// What accounts were settled with when [`App::settle`] last did so for the date: what its report
    /// shows, whatever has become known since.
    pub(super) async fn kept(
        &self,
        date: BusinessDate,
        accounts: &[Account],
    ) -> Result<Vec<SettledAccount>, RunError> {
        let kept = self.ledger.settled(date).await?;
        let named = accounts.iter().map(|account| {
            let text = kept.get(&account.name);
            SettledAccount::of_text((&account.name, account.provider_id), date, text)
        });
        Ok(named.collect::<Result<Vec<_>, SettleError>>()?)
    }

    /// What accounts' settlements of a date come to by what has become known until the last date that was
    /// reconciled, and that date; `None` where none is later.
    pub(super) async fn settled_since(
        &self,
        date: BusinessDate,
        accounts: &[Account],
    ) -> Result<Option<(BusinessDate, Vec<SettledAccount>)>, RunError> {
        let Some(last) = self.ledger.last_day().await?.filter(|last| *last > date) else {
            return Ok(None);
        };
        let (request, terms) = (self.settle_request(date), self.settle_terms(accounts));
        let settled = settle::by_kept_sums(&request, &terms, self.ledger.as_ref()).await?;
        Ok(Some((last, settled)))
    }

    pub(super) fn settle_request(&self, date: BusinessDate) -> settle::Request<'_> {
        settle::Request {
            night: Night { date, now: self.clock.now() },
            business_day: self.config.business_day,
            calendar: self.config.legal_days.as_ref(),
            tolerance_minor: self.config.matching.tolerance_minor,
        }
    }

    pub(super) fn settle_terms(&self, accounts: &[Account]) -> Vec<AccountTerms> {
        let wanted = |name: &str| accounts.iter().any(|account| account.name == name);
        let configured = self.config.accounts.iter();
        configured
            .filter(|configured| wanted(&configured.account.name))
            .map(|configured| {
                let provider = &configured.account.provider;
                let is_configured =
                    !configured.settlement.is_empty() || self.config.legal_days.is_some();
                AccountTerms {
                    name: configured.account.name.clone(),
                    provider_id: configured.account.provider_id.to_owned(),
                    lanes: provider.lanes(),
                    fees: configured.fees.clone(),
                    cycles: is_configured.then(|| configured.settlement.clone()),
                    held: provider.states_balance().then(|| provider.held_parts()),
                    by_bill: !provider.has_interface(),
                    bank: self.bank_terms(configured),
                }
            })
            .collect()
    }

    /// The bank account that an account's payouts go to, or that it is, with all that pay into it.
    fn bank_terms(&self, of: &AccountConfig) -> Option<BankTerms> {
        let name = of.bank.as_ref().map_or(&of.account.name, |link| &link.account);
        let linked = self.config.accounts.iter().filter_map(|account| {
            let link = account.bank.as_ref().filter(|link| link.account == *name)?;
            Some((account.account.name.clone(), link.clone()))
        });
        let links: BTreeMap<_, _> = linked.collect();
        let lists_payouts = |account: &&AccountConfig| {
            let statement = account.statement.as_ref();
            !account.account.provider.has_interface()
                && statement.is_some_and(StatementSettings::lists_payouts)
        };
        let listed = self.config.accounts.iter().filter(lists_payouts);
        let listed = listed.map(|account| account.account.name.clone()).collect();
        (!links.is_empty()).then(|| BankTerms { account: name.clone(), links, listed })
    }

    /// Imports the movements of a business date where the configuration names a file and it is there.
    ///
    /// # Errors
    ///
    /// As [`App::import_movements`].
    pub async fn import_configured_movements(
        &self,
        date: BusinessDate,
    ) -> Result<Option<PutCount>, RunError> {
        let Some(template) = &self.config.movements.csv else { return Ok(None) };
        let name = template.replace("{date}", &date.to_string());
        let path = self.config.base.join(&name);
        if !path.exists() {
            tracing::info!(file = name, "there is no file of movements for the day");
            return Ok(None);
        }
        self.import_movements(&path, &name, date, None).await.map(|(count, _)| Some(count))
    }

    /// Imports one file of movements, of `account` where it is given, else of those that its rows
    /// name. Gives also what became of the file's lines.
    ///
    /// # Errors
    ///
    /// [`RunError::Intake`] when the file cannot be read as movements; bad rows are not errors.
    pub async fn import_movements(
        &self,
        path: &Path,
        name: &str,
        date: BusinessDate,
        account: Option<&Account>,
    ) -> Result<(PutCount, LineCounts), RunError> {
        let accounts: Vec<_> = self
            .config
            .accounts
            .iter()
            .map(|it| (it.account.name.clone(), it.account.provider.lanes()))
            .collect();
        let request = MovementsRequest {
            path,
            name,
            account: account.map(|account| account.name.as_str()),
            accounts: &accounts,
            business_day: self.config.business_day,
            business_date: date,
            now: self.clock.now(),
        };
        let read = movements::read(&request)?;
        let (rejected, lines) = (read.rejections.len(), read.file.lines);
        if self.ledger.intake_is_known(name, &read.file.digest).await? {
            tracing::info!(file = name, "the file of movements is unchanged since its last import");
            return Ok((PutCount::default(), lines));
        }
        let count = self.ledger.put_movements(name, &read.movements).await?;
        // Only now is the file remembered: an import that was killed is done again.
        let rejections = Box::new(read.rejections.into_iter().map(Ok));
        self.ledger.put_orders(&read.file, Box::new(std::iter::empty()), rejections).await?;
        self.ledger.checkpoint().await?;
        let (added, superseded) = (count.added, count.superseded);
        tracing::info!(file = name, added, superseded, rejected, "movements imported");
        if rejected > 0 {
            tracing::warn!(file = name, rejected, "rows were refused: see the rejected rows file");
        }
        Ok((count, lines))
    }

    /// Takes back what was imported as movements under a name; the file itself need not be there any more.
    /// Gives how many movements that were.
    ///
    /// # Errors
    ///
    /// [`RunError::Ledger`].
    pub async fn withdraw_movements(
        &self,
        name: &str,
        date: BusinessDate,
    ) -> Result<u64, RunError> {
        let nothing = self.nothing_of(Origin::Movements, name, date);
        let gone = self.ledger.put_movements(name, &[]).await?.superseded;
        let none = Box::new(std::iter::empty());
        self.ledger.put_orders(&nothing, none, Box::new(std::iter::empty())).await?;
        self.ledger.checkpoint().await?;
        tracing::info!(file = name, movements = gone, "movements withdrawn");
        Ok(gone)
    }
}

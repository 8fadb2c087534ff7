//! The report of a month.

use std::collections::BTreeMap;

use crate::app::App;
use crate::config::FeeRule;
use crate::month::Month;
use crate::report::ReportRequest;
use crate::report::month::{self, MonthRequest, MonthSet};
use crate::run::{RunError, Scope};
use crate::settle::span;

impl App {
    /// Writes the report of a month, over all accounts.
    ///
    /// # Errors
    ///
    /// [`RunError::Report`]; the set that was there stays.
    pub async fn month(&self, month: Month) -> Result<MonthSet, RunError> {
        let date = month.last();
        let everyone = self.accounts(&Scope { date, accounts: Vec::new() })?;
        let terms = self.settle_terms(&everyone);
        let request = self.settle_request(date);
        let settled = span::bridges(&request, month.first(), &terms, self.ledger.as_ref()).await?;
        let accounts = self.report_accounts();
        let configured = self.config.accounts.iter();
        let fees: BTreeMap<String, Vec<FeeRule>> =
            configured.map(|it| (it.account.name.clone(), it.fees.clone())).collect();
        let last = self.report_request(date, &accounts, (&settled, &[]));
        let anchors = self.ledger.anchors().await?;
        let anchor = anchors.iter().rfind(|anchor| anchor.business_date <= date);
        let last = ReportRequest { anchor, ..last };
        let request = MonthRequest { month, last, fees: &fees };
        Ok(month::write(&request, self.ledger.as_ref()).await?)
    }
}

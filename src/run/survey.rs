//! The figures of a report, for those who only look.

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::discrepancy::{Discrepancy, State};
use crate::provider::Account;
use crate::report::{self, AccountSummary, ReportAccount, ReportError, ReportRequest};
use crate::rules::usual::UnusualFile;
use crate::settle::SettledAccount;

impl App {
    /// Looks at every row that the report of a business date has, with its state on that day, and
    /// gives what its summary says. Nothing is written.
    ///
    /// # Errors
    ///
    /// [`ReportError`] when the ledger does not give the rows.
    pub async fn survey(
        &self,
        date: BusinessDate,
        look: &mut (dyn FnMut(&Discrepancy, State) + Send),
    ) -> Result<Vec<AccountSummary>, ReportError> {
        let accounts = self.report_accounts();
        let request = self.report_request(date, &accounts, (&[], &[]));
        report::survey(&request, self.ledger.as_ref(), look).await
    }

    /// The accounts as the report names them.
    pub(super) fn report_accounts(&self) -> Vec<ReportAccount> {
        let calls_back = |account: &Account| {
            let lanes = account.provider.lanes().into_iter();
            let spans = lanes.filter_map(|lane| {
                let span = account.provider.calls_back_for(lane.kind, &lane.product)?;
                Some((lane.kind, lane.product, span))
            });
            spans.collect()
        };
        let named = |configured: &crate::config::AccountConfig| ReportAccount {
            name: configured.account.name.clone(),
            title: configured.account.title.clone(),
            provider_id: configured.account.provider_id.to_owned(),
            merchant_no: configured.account.provider.merchant_no().to_owned(),
            insecure: configured.insecure,
            calls_back: calls_back(&configured.account),
        };
        self.config.accounts.iter().map(named).collect()
    }

    /// The request of a business date's report.
    pub(super) fn report_request<'a>(
        &'a self,
        date: BusinessDate,
        accounts: &'a [ReportAccount],
        (settled, unusual): (&'a [SettledAccount], &'a [UnusualFile]),
    ) -> ReportRequest<'a> {
        ReportRequest {
            date,
            dir: &self.config.reports.dir,
            settings: &self.config.reports,
            business_day: self.config.business_day,
            accounts,
            settled,
            since: None,
            unusual,
            anchor: None,
            config_digest: &self.config.digest,
            severity: self.config.severity,
        }
    }
}

//! The figures of a business date's report, without writing one.

use futures_util::StreamExt;

use crate::discrepancy::{Discrepancy, State};
use crate::ledger::Ledger;
use crate::report::discrepancies::{Shown, Tallies};
use crate::report::summary::{self, AccountSummary};
use crate::report::{ReportError, ReportRequest};

/// Looks at every row that the report of a business date has, with its state on that day, and gives
/// what its summary says.
///
/// # Errors
///
/// [`ReportError`] when the ledger does not give the rows, or a sum does not fit.
pub async fn survey(
    request: &ReportRequest<'_>,
    ledger: &dyn Ledger,
    look: &mut (dyn FnMut(&Discrepancy, State) + Send),
) -> Result<Vec<AccountSummary>, ReportError> {
    let date = request.date;
    let (totals, verdicts) = ledger.day(date).await.map_err(ReportError::ledger(date))?;
    let end_of_day = request.business_day.end_of(date);
    let mut tallies = Tallies::default();
    let mut rows = ledger.report_rows(date);
    while let Some(row) = rows.next().await {
        let row = row.map_err(ReportError::ledger(date))?;
        let shown = Shown::of(&row, end_of_day);
        look(&row, shown.state);
        let added = tallies.add(&row, shown, date, end_of_day);
        added.ok_or_else(|| ReportError::TooLarge { what: "discrepancies".to_owned() })?;
    }
    summary::assemble(request, totals, &verdicts, &tallies)
}

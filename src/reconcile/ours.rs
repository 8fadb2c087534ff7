//! Reads our own side of a day.

use futures_util::StreamExt;

use crate::business_day::BusinessDate;
use crate::ledger::Ledger;
use crate::reconcile::ReconcileError;
use crate::rules::ours::Ours;

/// What the ledger has of our own side of a day.
///
/// # Errors
///
/// [`ReconcileError`] of the ledger, or where the refused money does not fit.
pub async fn ours(ledger: &dyn Ledger, date: BusinessDate) -> Result<Ours, ReconcileError> {
    let mut ours = Ours::of(&ledger.intake_files(date).await?);
    let mut rows = ledger.rejections(date);
    while let Some(row) = rows.next().await {
        ours.add(&row?)?;
    }
    Ok(ours)
}

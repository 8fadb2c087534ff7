//! Fees of the month that people have closed: they are not claimed, neither by themselves nor in the
//! sum of their day.

use futures_util::StreamExt;

use crate::config::FeeRounding;
use crate::ledger::{KEYS_TOGETHER, Ledger, LedgerError};
use crate::order::OrderKey;
use crate::report::JOB;
use crate::report::month::MonthRequest;
use crate::report::month::claim::{Aparts, is_of_month, set_apart};

/// Looks for them where a contract rounds the sum of a day; else the sum is not looked at.
pub(super) async fn waived(
    request: &MonthRequest<'_>,
    ledger: &dyn Ledger,
) -> Result<Aparts, LedgerError> {
    let mut aparts = Aparts::new();
    let by_day = |account: &str| {
        request.fees_of(account).iter().any(|rule| rule.rounding == FeeRounding::Day)
    };
    if !request.fees.keys().any(|account| by_day(account)) {
        return Ok(aparts);
    }
    let mut closed = std::collections::BTreeMap::new();
    for date in request.month.days() {
        let mut keys = ledger.moved_on(date).chunks(KEYS_TOGETHER);
        while let Some(chunk) = keys.next().await {
            let chunk: Vec<OrderKey> = chunk.into_iter().collect::<Result<_, _>>()?;
            let chunk: Vec<OrderKey> =
                chunk.into_iter().filter(|key| by_day(&key.stream.account)).collect();
            for version in ledger.discrepancies_on(request.last.date, &chunk).await? {
                let row = version.discrepancy;
                if is_of_month(request, &row) && row.state.is_closed() && row.resolved_by != JOB {
                    closed.insert(row.id.clone(), row);
                }
            }
        }
    }
    for row in closed.values() {
        // A sum that does not fit is refused where it is compared.
        let _ = set_apart(&mut aparts, row, request.last.business_day);
    }
    Ok(aparts)
}

//! Holds the bills of a date against the provider's side as it is counted.

use crate::ledger::{KEYS_TOGETHER, Ledger};
use crate::ledger_data::{BillSum, SumGroup, SumRequest, Summed};
use crate::order::{OrderKey, Stream};
use crate::reconcile::{ReconcileError, Request};
use crate::rules::bill::{BillTie, tie};
use crate::rules::given_back::by_bill;
use crate::rules::judge::Rules;
use crate::rules::sums::{of_pair, unasked};
use crate::rules::{JudgedAccount, Overflow};

/// The ties of the streams of an account of which bills are the whole of the night's date.
///
/// # Errors
///
/// [`ReconcileError`] of the ledger, or where a sum does not fit.
pub async fn ties(
    request: &Request<'_>,
    account: &JudgedAccount,
    (stated, sums): (&[Stream], &[BillSum]),
    ledger: &dyn Ledger,
) -> Result<Vec<BillTie>, ReconcileError> {
    let of_account = |stream: &&Stream| stream.account == account.name;
    let streams: Vec<&Stream> = stated.iter().filter(of_account).collect();
    if streams.is_empty() {
        return Ok(Vec::new());
    }
    let groups = groups(request, account, ledger).await?;
    let date = request.night.date;
    let overflow = || Overflow { account: account.name.clone() };
    let ties = streams.into_iter().map(|stream| tie(stream, sums, &groups, date));
    ties.collect::<Option<_>>().ok_or_else(overflow).map_err(ReconcileError::from)
}

/// The money of the account that is dated to the night's date.
async fn groups(
    request: &Request<'_>,
    account: &JudgedAccount,
    ledger: &dyn Ledger,
) -> Result<Vec<SumGroup>, ReconcileError> {
    let date = request.night.date;
    let sums = SumRequest {
        account: account.name.clone(),
        from: date,
        to: date,
        back_from: date,
        cuts: [request.business_day.end_of(date); 3],
        unasked: unasked(&account.name, &account.lanes),
        by_bill: account.bills.is_some(),
        per_order: false,
    };
    let Summed { mut groups, apart } = ledger.sums(&sums).await?;
    let apart: Vec<OrderKey> = apart.into_iter().collect();
    for keys in apart.chunks(KEYS_TOGETHER) {
        for pair in ledger.pairs(keys).await? {
            let rules = Rules {
                asked_since: None,
                business_day: request.business_day,
                tolerance_minor: request.matching.tolerance_minor,
                timing_window_seconds: 0,
                fees: &account.fees,
                listed: false,
                offered: !sums.by_bill && !sums.unasked.contains(&pair.key.stream),
                by_bill: by_bill(sums.by_bill, sums.unasked.contains(&pair.key.stream)),
            };
            groups.extend(of_pair(&pair, &rules, &sums));
        }
    }
    Ok(groups)
}

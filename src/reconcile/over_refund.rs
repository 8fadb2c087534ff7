//! Finds the refunds with which more is given back than their payment brought in.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{Ledger, LedgerError};
use crate::order::{Order, OrderKey, Stream};
use crate::rules::JudgedAccount;
use crate::rules::over_refund::{brought_in, going_over};
use crate::status::Kind;

/// Which refunds of the payments that `refunds` give back go over, those outside `refunds` too.
///
/// A payment that neither side knows says nothing. What is no refund is passed over, so nothing is
/// asked of the ledger where there are none.
pub(super) async fn among<'a>(
    accounts: &[JudgedAccount],
    ledger: &dyn Ledger,
    refunds: impl Iterator<Item = &'a Order> + Send,
) -> Result<BTreeSet<OrderKey>, LedgerError> {
    let mut payments: BTreeSet<OrderKey> = BTreeSet::new();
    for refund in refunds {
        let stream = &refund.key.stream;
        if stream.kind == Kind::Refund && !refund.original_order_no.is_empty() {
            payments.extend(keys_of_payment(accounts, &stream.account, &refund.original_order_no));
        }
    }
    if payments.is_empty() {
        return Ok(BTreeSet::new());
    }
    let payments: Vec<OrderKey> = payments.into_iter().collect();
    let mut given_back: BTreeMap<(String, String), Vec<Order>> = BTreeMap::new();
    for refund in ledger.refunds_of(&payments).await? {
        let payment = (refund.key.stream.account.clone(), refund.original_order_no.clone());
        given_back.entry(payment).or_default().push(refund);
    }
    let mut over = BTreeSet::new();
    for pair in ledger.pairs(&payments).await? {
        let payment = (pair.key.stream.account.clone(), pair.key.order_no.clone());
        if let (Some(amount), Some(refunds)) = (brought_in(&pair), given_back.get(&payment)) {
            over.extend(going_over(amount, refunds).into_iter().cloned());
        }
    }
    Ok(over)
}

/// Where a payment with this number may be: the account's products that take payments.
fn keys_of_payment<'a>(
    accounts: &'a [JudgedAccount],
    account: &'a str,
    order_no: &'a str,
) -> impl Iterator<Item = OrderKey> + 'a {
    let lanes = accounts.iter().filter(move |known| known.name == account).flat_map(|a| &a.lanes);
    lanes.filter(|lane| lane.kind == Kind::Payment).map(move |lane| OrderKey {
        stream: Stream {
            account: account.to_owned(),
            kind: lane.kind,
            product: lane.product.clone(),
        },
        order_no: order_no.to_owned(),
    })
}

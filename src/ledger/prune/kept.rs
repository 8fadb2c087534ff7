//! Which old pairs have to stay, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::{Arg, Kept, PruneStore, Slice, int, text};
use crate::ledger::failure::Outcome;
use crate::ledger::sql;
use crate::ledger::streams::Streams;

/// Those pairs of a slice that have to stay, by order number: what is removed is never brought here.
pub(super) async fn kept_of(
    store: &dyn PruneStore,
    streams: &Streams,
    slice: &Slice,
    before: i64,
) -> Outcome<BTreeMap<String, Kept>> {
    let Some(stream) = streams.stream(slice.stream_id) else { return Ok(BTreeMap::new()) };
    let mut kept = directly(store, slice, Vec::new(), before).await?;
    let families = families(store, &stream.account, slice).await?;
    let members: BTreeSet<String> = families.values().flatten().cloned().collect();
    let mut stays = BTreeSet::new();
    for (own, stream_id) in streams.iter() {
        if own.account == stream.account && !members.is_empty() {
            let named = members.iter().cloned().collect();
            let found = directly(store, &Slice::nothing(stream_id), named, before).await?;
            stays.extend(found.into_keys());
        }
    }
    for (order_no, family) in families {
        if family.iter().any(|member| *member != order_no && stays.contains(member)) {
            kept.entry(order_no).or_insert(Kept::Family);
        }
    }
    Ok(kept)
}

/// What stays by itself: of a slice, and of what is named of the same stream.
async fn directly(
    store: &dyn PruneStore,
    slice: &Slice,
    named: Vec<String>,
    before: i64,
) -> Outcome<BTreeMap<String, Kept>> {
    let mut args = slice.args();
    args.extend([Arg::Int(before), Arg::List(named)]);
    let mut kept = BTreeMap::new();
    for row in store.read((sql::MERCHANT_ORDER_KEPT.to_owned(), args)).await? {
        let why = int(&row, 1).and_then(|why| Kept::from_number(i16::try_from(why).ok()?));
        kept.extend(text(&row, 0).zip(why));
    }
    Ok(kept)
}

/// Per order number of a slice the numbers of its payment and of all refunds of that payment, where it has any.
async fn families(
    store: &dyn PruneStore,
    account: &str,
    slice: &Slice,
) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let named = store.read((sql::MERCHANT_ORDER_PAYMENTS.to_owned(), slice.args())).await?;
    let mut args = slice.args();
    args.push(Arg::Text(account.to_owned()));
    let mut refunds =
        by_payment(&store.read((sql::MERCHANT_ORDER_GIVEN_BACK.to_owned(), args)).await?);
    // A refund's root is its payment; everything else is its own.
    let mut roots: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for order_no in refunds.keys() {
        roots.entry(order_no.clone()).or_default().insert(order_no.clone());
    }
    let mut payments = BTreeSet::new();
    for row in &named {
        let (Some(order_no), Some(payment)) = (text(row, 0), text(row, 1)) else { continue };
        payments.insert(payment.clone());
        roots.entry(order_no.clone()).or_default().extend([order_no, payment]);
    }
    if !payments.is_empty() {
        let args = vec![Arg::Text(account.to_owned()), Arg::List(payments.into_iter().collect())];
        let found = store.read((sql::MERCHANT_ORDER_GIVEN_BACK_NAMED.to_owned(), args)).await?;
        for (payment, of_payment) in by_payment(&found) {
            refunds.entry(payment).or_default().extend(of_payment);
        }
    }
    let whole = |(order_no, roots): (String, BTreeSet<String>)| {
        let refunds = roots.iter().filter_map(|root| refunds.get(root)).flatten().cloned();
        let members: BTreeSet<String> = refunds.chain(roots.iter().cloned()).collect();
        (members.len() > 1).then_some((order_no, members))
    };
    Ok(roots.into_iter().filter_map(whole).collect())
}

/// Refunds by the number of their payment.
fn by_payment(rows: &[Vec<super::Cell>]) -> BTreeMap<String, BTreeSet<String>> {
    let mut refunds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        let (Some(payment), Some(refund)) = (text(row, 0), text(row, 1)) else { continue };
        refunds.entry(payment).or_default().insert(refund);
    }
    refunds
}

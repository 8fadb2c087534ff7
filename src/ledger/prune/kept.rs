//! Which old pairs have to stay, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::{Arg, Kept, PruneStore, int, text};
use crate::ledger::failure::Outcome;
use crate::ledger::streams::Streams;
use crate::order::Stream;

/// A pair by stream number and order number.
type PairId = (i64, String);

/// What keeps a pair by itself. Arguments: account, order numbers, the date.
const DIRECTLY: [(Kept, &str); 6] = [
    (
        Kept::Open,
        "SELECT DISTINCT found.stream_id, found.order_no FROM discrepancy AS found \
         INNER JOIN stream ON found.stream_id = stream.stream_id \
         WHERE stream.account = $1 AND found.order_no {in $2} \
         AND (found.state <= 3 OR found.closed_on IS NULL) AND $3 = $3",
    ),
    (
        Kept::ClosedLater,
        "SELECT DISTINCT found.stream_id, found.order_no FROM discrepancy AS found \
         INNER JOIN stream ON found.stream_id = stream.stream_id \
         WHERE stream.account = $1 AND found.order_no {in $2} \
         AND (found.closed_on >= $3 OR found.business_date >= $3 OR found.first_seen >= $3 \
         OR EXISTS (SELECT 1 FROM discrepancy_event AS event WHERE event.order_no = found.order_no \
         AND event.discrepancy_id = found.discrepancy_id AND event.business_date >= $3))",
    ),
    (
        Kept::ClosedLater,
        "SELECT DISTINCT found.stream_id, found.order_no FROM discrepancy_version AS found \
         INNER JOIN stream ON found.stream_id = stream.stream_id \
         WHERE stream.account = $1 AND found.order_no {in $2} \
         AND (found.business_date >= $3 OR found.version_date >= $3)",
    ),
    (
        Kept::Later,
        "SELECT DISTINCT found.stream_id, found.order_no FROM merchant_order AS found \
         INNER JOIN stream ON found.stream_id = stream.stream_id \
         WHERE stream.account = $1 AND found.order_no {in $2} AND found.business_date >= $3",
    ),
    (
        Kept::Later,
        "SELECT DISTINCT found.stream_id, found.order_no FROM reading AS found \
         INNER JOIN stream ON found.stream_id = stream.stream_id \
         WHERE stream.account = $1 AND found.order_no {in $2} AND found.business_date >= $3",
    ),
    (
        Kept::Touched,
        "SELECT DISTINCT found.stream_id, found.order_no FROM touched AS found \
         INNER JOIN stream ON found.stream_id = stream.stream_id \
         WHERE stream.account = $1 AND found.order_no {in $2} AND $3 = $3",
    ),
];

/// The payments that orders of a stream give back.
const PAYMENTS: &str = "SELECT DISTINCT order_no, original_order_no FROM merchant_order \
     WHERE stream_id = $1 AND order_no {in $2} AND original_order_no IS NOT NULL";

/// The refunds of payments.
const REFUNDS: &str = "SELECT DISTINCT found.original_order_no, found.order_no \
     FROM merchant_order AS found INNER JOIN stream ON found.stream_id = stream.stream_id \
     WHERE stream.account = $1 AND found.original_order_no {in $2}";

/// Those of a stream's order numbers that have to stay.
pub(super) async fn kept_of(
    store: &dyn PruneStore,
    streams: &Streams,
    stream: &Stream,
    order_nos: &[String],
    before: i64,
) -> Outcome<BTreeMap<String, Kept>> {
    let id = streams.id(stream).unwrap_or(0);
    let families = families(store, &stream.account, id, order_nos).await?;
    let mut all: BTreeSet<String> = order_nos.iter().cloned().collect();
    all.extend(families.values().flatten().cloned());
    let directly = directly(store, &stream.account, all, before).await?;
    let by_order_no: BTreeSet<&str> = directly.keys().map(|(_, order_no)| &**order_no).collect();
    let mut kept = BTreeMap::new();
    for order_no in order_nos {
        let family = families.get(order_no);
        let of_family = || {
            let stays = |member: &String| member != order_no && by_order_no.contains(&**member);
            family.is_some_and(|family| family.iter().any(stays)).then_some(Kept::Family)
        };
        let why = directly.get(&(id, order_no.clone())).copied();
        kept.extend(why.or_else(of_family).map(|why| (order_no.clone(), why)));
    }
    Ok(kept)
}

/// Per order number the numbers of its payment and of all refunds of that payment, where it has any.
async fn families(
    store: &dyn PruneStore,
    account: &str,
    id: i64,
    order_nos: &[String],
) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let args = vec![Arg::Int(id), Arg::List(order_nos.to_vec())];
    let payments = store.read((PAYMENTS.to_owned(), args)).await?;
    // A refund's root is its payment; everything else is its own.
    let mut roots: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for order_no in order_nos {
        roots.entry(order_no.clone()).or_default().insert(order_no.clone());
    }
    for row in &payments {
        let (Some(order_no), Some(payment)) = (text(row, 0), text(row, 1)) else { continue };
        roots.entry(order_no).or_default().insert(payment);
    }
    let all: BTreeSet<String> = roots.values().flatten().cloned().collect();
    let args = vec![Arg::Text(account.to_owned()), Arg::List(all.into_iter().collect())];
    let mut refunds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in &store.read((REFUNDS.to_owned(), args)).await? {
        let (Some(payment), Some(refund)) = (text(row, 0), text(row, 1)) else { continue };
        refunds.entry(payment).or_default().insert(refund);
    }
    let whole = |(order_no, roots): (String, BTreeSet<String>)| {
        let refunds = roots.iter().filter_map(|root| refunds.get(root)).flatten().cloned();
        let members: BTreeSet<String> = refunds.chain(roots.iter().cloned()).collect();
        (members.len() > 1).then_some((order_no, members))
    };
    Ok(roots.into_iter().filter_map(whole).collect())
}

async fn directly(
    store: &dyn PruneStore,
    account: &str,
    order_nos: BTreeSet<String>,
    before: i64,
) -> Outcome<BTreeMap<PairId, Kept>> {
    let order_nos: Vec<String> = order_nos.into_iter().collect();
    let mut kept = BTreeMap::new();
    for (why, query) in DIRECTLY {
        let args =
            vec![Arg::Text(account.to_owned()), Arg::List(order_nos.clone()), Arg::Int(before)];
        for row in store.read((query.to_owned(), args)).await? {
            let (Some(id), Some(order_no)) = (int(&row, 0), text(&row, 1)) else { continue };
            kept.entry((id, order_no)).or_insert(why);
        }
    }
    Ok(kept)
}

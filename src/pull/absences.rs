//! What a proved listing lacks: which of it is asked about all the same, and whether the answers disprove
//! the listing.

use std::collections::BTreeSet;

use crate::business_day::Timestamp;
use crate::ledger::AccountPull;
use crate::order::{OrderKey, Stream};
use crate::provider::Lane;
use crate::pull::questions::{self, Count};
use crate::pull::{Context, PullError, Wire};
use crate::reconcile::{self, lane_name};
use crate::rules::proof::{SpotChecks, Window, disproves_listing};
use crate::rules::{JudgedAccount, last_proof};

/// Order numbers that are read at once.
const NUMBERS_PER_PAGE: u32 = 10_000;
/// Pairs that are read at once.
const PAIRS_PER_PAGE: u32 = 500;

/// Orders of the night that the merchant gave up and the account's proved listings lack, as many as
/// `[matching] spot_checks` says: both sides agree about them on the word of the listing alone.
pub(super) async fn spot_checks(
    request: &reconcile::Request<'_>,
    judged: &JudgedAccount,
    pull: &AccountPull,
    context: Context<'_>,
) -> Result<BTreeSet<OrderKey>, PullError> {
    let mut checks = SpotChecks::new(request.night.date, request.matching.spot_checks);
    if request.matching.spot_checks > 0 {
        for lane in proved(judged, pull) {
            each_given_up(request, &stream_of(judged, lane), context, |key| {
                checks.offer(key);
                Ok(())
            })
            .await?;
        }
    }
    Ok(checks.keys())
}

/// Gives every order of the night that the merchant gave up and that no listing has.
pub(super) async fn each_given_up(
    request: &reconcile::Request<'_>,
    stream: &Stream,
    context: Context<'_>,
    mut each: impl FnMut(OrderKey) -> Result<(), PullError>,
) -> Result<(), PullError> {
    let mut after = String::new();
    loop {
        let date = request.night.date;
        let page = context.ledger.given_up(stream, date, &after, NUMBERS_PER_PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(last);
        for order_no in page {
            each(OrderKey { stream: stream.clone(), order_no })?;
        }
    }
}

/// Looks whether answers disprove the account's proved listings. A listing that is disproved is none, and
/// every order that the merchant gave up and that it lacks is asked about; `asked` then says by how
/// many orders it was disproved. Gives the lanes, by name.
pub(super) async fn disprove(
    wire: &Wire<'_>,
    request: &reconcile::Request<'_>,
    judged: &JudgedAccount,
    pull: &mut AccountPull,
    walked_at: Timestamp,
    asked: &mut Count,
    context: Context<'_>,
) -> Result<Vec<String>, PullError> {
    let mut disproved: Vec<&Lane> = Vec::new();
    loop {
        let mut now: Vec<&Lane> = Vec::new();
        for lane in proved(judged, pull) {
            if left_out(request, &stream_of(judged, lane), walked_at, context).await? > 0 {
                now.push(lane);
            }
        }
        if now.is_empty() {
            break;
        }
        let names: Vec<String> = now.iter().map(|lane| lane_name(lane)).collect();
        *pull = last_proof::without(pull.clone(), &names);
        let streams: Vec<Stream> = now.iter().map(|lane| stream_of(judged, lane)).collect();
        let since = walked_at;
        let given_up = questions::given_up(wire, request, judged, pull, &streams, since, context);
        asked.add(given_up.await?);
        context.goes_on()?;
        disproved.extend(now);
    }
    for lane in &disproved {
        let count = left_out(request, &stream_of(judged, lane), walked_at, context).await?;
        let name = lane_name(lane);
        tracing::warn!(account = %judged.name, lane = %name, count, "answers disprove the listing");
        asked.problems.insert(format!(
            "the listing of {name} leaves out {count} order(s) that were paid by the platform's own \
             answers"
        ));
    }
    Ok(disproved.into_iter().map(lane_name).collect())
}

/// How many orders disprove the listing of a stream.
async fn left_out(
    request: &reconcile::Request<'_>,
    stream: &Stream,
    walked_at: Timestamp,
    context: Context<'_>,
) -> Result<i64, PullError> {
    let date = request.night.date;
    let window = Window {
        from: request.business_day.start_of(date),
        until: request.business_day.end_of(date).min(walked_at),
    };
    let (mut count, mut after) = (0_i64, String::new());
    loop {
        let page = context.ledger.left_out(stream, date, &after, PAIRS_PER_PAGE).await?;
        let Some(last) = page.last() else { return Ok(count) };
        after.clone_from(last);
        let key = |order_no: String| OrderKey { stream: stream.clone(), order_no };
        let keys: Vec<OrderKey> = page.into_iter().map(key).collect();
        let pairs = context.ledger.pairs(&keys).await?;
        let found = pairs.iter().filter(|pair| disproves_listing(&pair.readings, window)).count();
        count = count.saturating_add(i64::try_from(found).unwrap_or(i64::MAX));
    }
}

/// The lanes whose listing was walked to its proven end.
fn proved<'a>(
    judged: &'a JudgedAccount,
    pull: &AccountPull,
) -> impl Iterator<Item = &'a Lane> + use<'a> {
    let listed = pull.listed.clone();
    judged.lanes.iter().filter(move |lane| listed.contains(&lane_name(lane)))
}

fn stream_of(judged: &JudgedAccount, lane: &Lane) -> Stream {
    Stream { account: judged.name.clone(), kind: lane.kind, product: lane.product.clone() }
}

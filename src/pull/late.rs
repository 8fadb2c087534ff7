//! Looking back: transactions that a provider has listed late, under a date that an earlier night has
//! already walked, or could not walk because the provider was not there.
//!
//! For each date that was walked only the first page is asked for. When the provider still announces as many rows as
//! the walk of that date had, and those of the first page are known and unchanged, nothing more is asked;
//! else the date is walked again, with the same proof, and what is new or changed is judged in this
//! night, under its own date.

use crate::business_day::BusinessDate;
use crate::order::OrderKey;
use crate::provider::{Lane, ListingTerms, Page};
use crate::pull::listing::Plan;
use crate::pull::{Context, PullError, Wire};
use crate::reading::Source;
use crate::reconcile::{self, lane_name};
use crate::rules::JudgedAccount;
use crate::rules::ours::{self, DayOrders};

/// Looks back over the dates before the night's own that were walked before. What cannot be seen again
/// says nothing about the night's own date: it is logged, and looked at again by the next night.
pub(super) async fn pull(
    wire: &Wire<'_>,
    request: &reconcile::Request<'_>,
    judged: &JudgedAccount,
    context: Context<'_>,
) -> Result<(), PullError> {
    for back in 1..=i64::from(request.matching.look_back) {
        for lane in &judged.lanes {
            if let Some(terms) = lane.listing {
                day(wire, request, lane, terms, back, context).await?;
            }
        }
    }
    Ok(())
}

async fn day(
    wire: &Wire<'_>,
    request: &reconcile::Request<'_>,
    lane: &Lane,
    terms: ListingTerms,
    back: i64,
    context: Context<'_>,
) -> Result<(), PullError> {
    let date = request.night.date.plus_days(back.saturating_neg());
    let Some(plan) = Plan::of(wire, request, lane, terms, date) else { return Ok(()) };
    let stream = plan.stream();
    let (account, lane) = (&wire.account.name, lane_name(lane));
    let known = context.ledger.listed_rows(&stream, date).await?;
    // Only what was walked before can have grown, or what a night has missed: the merchant's side of other
    // dates may be missing.
    if known.is_none() && !was_missed(account, &lane, date, context).await? {
        return Ok(());
    }
    let page = match plan.first_page(wire).await? {
        Ok(page) => page,
        Err(problem) => {
            tracing::warn!(%account, %lane, %date, %problem, "cannot look back");
            return Ok(());
        }
    };
    let is_as_many = known.is_some() && i64::try_from(page.total_rows).ok() == known;
    if is_as_many && is_known(&page, &plan, context).await? {
        return Ok(());
    }
    match plan.walk(wire, request, context).await? {
        Ok(rows) => tracing::info!(%account, %lane, %date, rows, known, "listed again"),
        Err(problem) => tracing::warn!(%account, %lane, %date, %problem, "not listed again"),
    }
    Ok(())
}

/// Whether the night of a date that had the merchant's orders could not walk a lane.
async fn was_missed(
    account: &str,
    lane: &String,
    date: BusinessDate,
    context: Context<'_>,
) -> Result<bool, PullError> {
    let pulls = context.ledger.pulls(date).await?;
    let is_missed = pulls.iter().any(|pull| {
        pull.account == account && pull.unlisted.contains(lane) && !pull.day_unfinished
    });
    Ok(is_missed
        && ours::day_orders(&context.ledger.intake_files(date).await?) == DayOrders::Imported)
}

/// Whether the ledger has every row of a page as it stands there.
async fn is_known(page: &Page, plan: &Plan<'_>, context: Context<'_>) -> Result<bool, PullError> {
    let facts = page.rows.iter().map(|row| row.as_ref().ok()).collect::<Option<Vec<_>>>();
    let Some(facts) = facts else { return Ok(false) };
    let key = |order_no: &str| OrderKey { stream: plan.stream(), order_no: order_no.to_owned() };
    let keys: Vec<OrderKey> = facts.iter().map(|facts| key(&facts.order_no)).collect();
    let pairs = context.ledger.pairs(&keys).await?;
    Ok(facts.iter().zip(&pairs).all(|(facts, pair)| {
        let listed = pair.readings.iter().filter(|known| known.source == Source::Listing);
        listed.map(|known| &known.facts).any(|known| known == *facts)
    }))
}

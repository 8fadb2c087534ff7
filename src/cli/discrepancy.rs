//! `discrepancy list` and `discrepancy show ID`.

use futures_util::StreamExt;

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{DiscrepancyShowArgs, StepArgs, open, output};
use crate::discrepancy::Discrepancy;
use crate::ledger::DiscrepancyEvent;
use crate::money::{self, Currency, Money};
use crate::reading::Pair;
use crate::report::discrepancies::Shown;
use crate::report::sentence::{self, Voice};
use crate::resolution::history::History;
use crate::run::House;

/// Lists what a business day's report has, one line each.
pub(crate) async fn list(house: &House, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &args.accounts)?;
    let accounts = house.accounts(&scope)?;
    open::reconciled(house, scope.date).await?;
    let end = house.config.business_day.end_of(scope.date);
    let mut count = 0_u64;
    let mut rows = house.ledger.report_rows(scope.date);
    while let Some(row) = rows.next().await {
        let row = row?;
        let stream = &row.key.stream;
        if !accounts.iter().any(|account| account.name == stream.account) {
            continue;
        }
        count = count.saturating_add(1);
        let product = if stream.product.is_empty() { "-" } else { &stream.product };
        output::line(&format!(
            "{}  {}  {:<11} {:<26} {:>14}  {:<16} {:<8} {:<8} {}",
            row.id,
            row.business_date,
            row.state_on(end).code(),
            row.kind.code(),
            written(Money { minor: row.difference_minor, currency: row.currency }),
            stream.account,
            stream.kind.code(),
            product,
            row.key.order_no,
        ));
    }
    output::line(&format!("{count} discrepancies in the report of {}", scope.date));
    Ok(DONE)
}

/// Shows one discrepancy: what it is, both sides, the evidence, the history.
pub(crate) async fn show(house: &House, args: &DiscrepancyShowArgs) -> Result<u8, Failure> {
    let Some((found, history)) = house.ledger.discrepancy(&args.id).await? else {
        let id = &args.id;
        return Err(Failure::Usage(format!(
            "there is no discrepancy {id:?}: the id is the first column of the report's discrepancies"
        )));
    };
    let voice =
        Voice { language: house.config.reports.language, business_day: house.config.business_day };
    what(house, &found, voice);
    for pair in house.ledger.pairs(std::slice::from_ref(&found.key)).await? {
        sides(house, &pair);
    }
    for event in &history {
        entry(house, event);
    }
    if let Some(proposal) = History::replay(&history).proposal {
        let (reason, person) = (proposal.reason, proposal.person);
        output::line(&format!("{person} proposes {reason}: it waits for another person"));
    }
    let only = Some((found.key.order_no.as_str(), found.id.as_str()));
    let (_, broken) = house.check_histories(only).await?;
    if let Some(problem) = broken.first() {
        return Err(Failure::Verdict(format!("the history was altered: {problem}")));
    }
    output::line("the history is as it was written");
    Ok(DONE)
}

/// An amount, with its currency where that is not yuan.
fn written(amount: Money) -> String {
    let text = money::units(amount.minor, amount.currency);
    if amount.currency == Currency::CNY { text } else { format!("{text} {}", amount.currency) }
}

fn what(house: &House, found: &Discrepancy, voice: Voice) {
    let end = house
        .config
        .business_day
        .end_of(house.config.business_day.date_of(house.clock.now()).plus_days(-1));
    let shown = Shown::of(found, end);
    let stream = &found.key.stream;
    for (name, value) in [
        ("id", found.id.clone()),
        ("type", found.kind.to_string()),
        ("state", shown.state.to_string()),
        ("difference", written(Money { minor: found.difference_minor, currency: found.currency })),
        ("business date", found.business_date.to_string()),
        ("first seen", found.first_seen.to_string()),
        ("account", format!("{} {} {}", stream.account, stream.kind, stream.product)),
        ("order", found.key.order_no.clone()),
        ("explanation", sentence::explanation(found, shown, voice)),
        ("evidence", sentence::evidence(found, voice)),
        ("to do", sentence::action::suggested(found, shown, voice).to_owned()),
        ("resolution", format!("{} {}", found.resolution, found.resolution_note)),
    ] {
        output::line(&format!("{name:<14} {}", value.trim_end()));
    }
}

fn sides(house: &House, pair: &Pair) {
    let day = house.config.business_day;
    output::line("\nthe merchant's orders");
    for order in &pair.orders {
        let at = order.moment().map_or_else(String::new, |at| day.text(at));
        output::line(&format!(
            "  {:<10} {:>14} {}  {at}  (line {})",
            order.status.code(),
            money::units(order.amount.minor, order.amount.currency),
            order.amount.currency,
            order.line,
        ));
    }
    output::line("the provider's words");
    for reading in &pair.readings {
        let said = &reading.said;
        let amount = said.amount.map_or_else(|| "-".to_owned(), written);
        let paid_at = said.paid_at.map_or_else(|| "-".to_owned(), |at| day.text(at));
        output::line(&format!(
            "  {:<10} {amount:>14}  paid {paid_at}  {} {} {} ({}); asked {}, archived as {}",
            said.status.code(),
            said.provider_order_no,
            reading.source.code(),
            reading.interface,
            reading.assurance.code(),
            day.text(reading.observed_at),
            reading.evidence,
        ));
    }
}

fn entry(house: &House, event: &DiscrepancyEvent) {
    if event.sequence == 1 {
        output::line("history");
    }
    output::line(&format!(
        "  {:>3} {} {:<9} by {} at {}: {}",
        event.sequence,
        event.business_date,
        event.event,
        event.person,
        house.config.business_day.text(event.occurred_at),
        event.note,
    ));
}

//! `renotify ACCOUNT ORDER_NO...`: ask a provider to send callbacks again.

use std::io::{IsTerminal, Write};

use crate::app::App;
use crate::archive::Archive;
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{RenotifyArgs, output, query};
use crate::config;
use crate::ledger::{DiscrepancyChange, DiscrepancyEvent};
use crate::order::{OrderKey, Stream};
use crate::provider::Question;
use crate::pull::{self, Answer};
use crate::run::{RunError, Scope};

/// Asks, shows each verified answer, and notes in the history of the order's open discrepancies who
/// had the callback sent again.
pub(crate) async fn run(app: &App, args: &RenotifyArgs) -> Result<u8, Failure> {
    let business_day = app.config.business_day;
    let today = business_day.date_of(app.clock.now());
    let scope = Scope { date: today, accounts: vec![args.account.clone()] };
    let accounts = app.accounts(&scope)?;
    let Some(account) = accounts.first().filter(|account| account.provider.renotifies()) else {
        let name = &args.account;
        return Err(Failure::Usage(format!(
            "the provider of account {name:?} does not offer to send a callback again; \
             lhxpay and xxpay do"
        )));
    };
    let lanes = account.provider.lanes();
    let lane = query::lane(&args.account, args.kind, args.product.as_deref(), &lanes)?;
    confirmed(args)?;
    let _lock = app.lock("renotify").await?;
    let archive = Archive::open(&app.config.archive).map_err(RunError::from)?;
    let mut code = DONE;
    for order_no in &args.order_nos {
        let question = Question {
            kind: lane.kind,
            product: lane.product.clone(),
            order_no: order_no.clone(),
            provider_order_no: String::new(),
            business_date: today,
        };
        let clock = app.clock.as_ref();
        let ledger = app.ledger.as_ref();
        let answer =
            pull::renotify(account, &question, business_day, &archive, clock, ledger).await;
        match answer.map_err(RunError::from)? {
            Answer::Proved(reading) => output::print(&query::shown(&reading, business_day)),
            Answer::Worthless(_, why) | Answer::Outage(why) => {
                output::line(&format!("{order_no}: no trustworthy answer: {why}"));
                code = UNPROVED;
                continue;
            }
        }
        let stream = Stream {
            account: account.name.clone(),
            kind: lane.kind,
            product: lane.product.clone(),
        };
        noted(app, args, OrderKey { stream, order_no: order_no.clone() }).await?;
    }
    Ok(code)
}

/// A person has to agree, at a terminal or beforehand.
fn confirmed(args: &RenotifyArgs) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        let what = "this reaches the shop's production system: add --yes to do it without asking";
        return Err(Failure::Usage(what.to_owned()));
    }
    let count = args.order_nos.len();
    output::print(&format!("send the callback of {count} order(s) again? [y/N] "));
    std::io::stdout().flush().unwrap_or(());
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::Verdict("nothing was sent".to_owned()))
    }
}

/// Adds to the history of the order's open discrepancies that the callback was asked for.
async fn noted(app: &App, args: &RenotifyArgs, key: OrderKey) -> Result<(), Failure> {
    let now = app.clock.now();
    let user = || config::environment("USER").unwrap_or_else(|| "unknown".to_owned());
    let person = args.person.clone().unwrap_or_else(user);
    let known = app.ledger.discrepancies_of(std::slice::from_ref(&key)).await?;
    let changes: Vec<DiscrepancyChange> = known
        .into_iter()
        .filter(|discrepancy| !discrepancy.state.is_closed())
        .map(|discrepancy| DiscrepancyChange {
            event: DiscrepancyEvent {
                discrepancy_id: discrepancy.id.clone(),
                order_no: key.order_no.clone(),
                sequence: 0,
                business_date: app.config.business_day.date_of(now),
                event: "renotified".to_owned(),
                person: person.clone(),
                note: "the provider was asked to send the callback again".to_owned(),
                occurred_at: now,
            },
            discrepancy,
        })
        .collect();
    app.ledger.put_discrepancies(&changes).await?;
    Ok(())
}

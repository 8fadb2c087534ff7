//! `balances`: what the accounts hold.

use crate::balance::AccountTerm;
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{StepArgs, open, output};
use crate::money;
use crate::run::House;

/// Asks, keeps and shows the balances.
pub(crate) async fn run(house: &House, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &args.accounts)?;
    let accounts = house.accounts(&scope)?;
    let _lock = house.lock("balances").await?;
    let mut code = DONE;
    let balances = house.balances(scope.date, &accounts).await?;
    for balance in &balances {
        let figures = match &balance.figures {
            Ok(figures) => figures,
            Err(problem) => {
                // An answer came, was verified, and says no balance that can be read.
                let unread = ["field:", "unknown_code:"].iter().any(|it| problem.starts_with(it));
                let what =
                    if unread { "a balance that cannot be read" } else { "no trustworthy answer" };
                output::line(&format!("{}: {what}: {problem}", balance.account));
                code = UNPROVED;
                continue;
            }
        };
        for figure in figures {
            let line = &figure.line;
            let channel = if line.channel.is_empty() { "-" } else { &line.channel };
            output::line(&format!(
                "{:<16} {}  {channel:<12} {:<10} {:>16} {}  {}",
                figure.account,
                house.config.business_day.text(figure.as_of),
                line.part.code(),
                money::units(line.money.minor, line.money.currency),
                line.money.currency,
                figure.assurance.code(),
            ));
        }
    }
    for term in balances.iter().flat_map(|it| it.ask.terms.iter().map(move |term| (it, term))) {
        let (balance, AccountTerm { channel, kind, value }) = term;
        let channel = if channel.is_empty() { "-" } else { channel };
        output::line(&format!("terms of {} {channel}: {kind}={value}", balance.account));
    }
    for account in &accounts {
        if !account.provider.states_balance() {
            output::line(&format!("{}: its provider states no balance", account.name));
        }
    }
    Ok(code)
}

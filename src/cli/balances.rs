//! `balances`: what the accounts hold.

use serde::Serialize;

use crate::app::App;
use crate::balance::{AccountTerm, BalanceSnapshot};
use crate::business_day::BusinessDay;
use crate::cli::answer::{Answer, lines};
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{StepArgs, open};
use crate::money;
use crate::pull::AccountBalance;

/// What the accounts hold.
#[derive(Debug, Serialize)]
struct Document<'a> {
    business_date: String,
    accounts: Vec<AccountOf<'a>>,
    /// Accounts whose provider states no balance.
    not_stated: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct AccountOf<'a> {
    account: &'a str,
    /// Why there are no figures, as a code; `None` where there are.
    problem: Option<&'a str>,
    figures: Vec<Figure<'a>>,
    terms: Vec<TermOf<'a>>,
}

#[derive(Debug, Serialize)]
struct Figure<'a> {
    channel: &'a str,
    part: &'static str,
    amount: String,
    currency: String,
    as_of: String,
    assurance: &'static str,
}

#[derive(Debug, Serialize)]
struct TermOf<'a> {
    channel: &'a str,
    term: &'static str,
    value: &'a str,
}

impl<'a> AccountOf<'a> {
    fn of(balance: &'a AccountBalance, day: BusinessDay) -> Self {
        let figure = |figure: &'a BalanceSnapshot| Figure {
            channel: &figure.line.channel,
            part: figure.line.part.code(),
            amount: money::units(figure.line.money.minor, figure.line.money.currency),
            currency: figure.line.money.currency.to_string(),
            as_of: day.stamp(figure.as_of),
            assurance: figure.assurance.code(),
        };
        let term = |term: &'a AccountTerm| TermOf {
            channel: &term.channel,
            term: term.kind.code(),
            value: &term.value,
        };
        Self {
            account: &balance.account,
            problem: balance.figures.as_ref().err().map(String::as_str),
            figures: balance.figures.iter().flatten().map(figure).collect(),
            terms: balance.ask.terms.iter().map(term).collect(),
        }
    }
}

/// Asks, keeps and shows the balances.
pub(crate) async fn run(app: &App, args: &StepArgs) -> Result<Answer, Failure> {
    let scope = open::scope(app, args.date, &args.accounts)?;
    let accounts = app.accounts(&scope)?;
    let _lock = app.lock("balances").await?;
    let balances = app.balances(scope.date, &accounts).await?;
    let silent = accounts.iter().filter(|account| !account.provider.states_balance());
    let silent: Vec<&str> = silent.map(|account| account.name.as_str()).collect();
    let day = app.config.business_day;
    let document = Document {
        business_date: scope.date.to_string(),
        accounts: balances.iter().map(|balance| AccountOf::of(balance, day)).collect(),
        not_stated: silent.clone(),
    };
    let proved = balances.iter().all(|balance| balance.figures.is_ok());
    let code = if proved { DONE } else { UNPROVED };
    Ok(Answer::new(code, text(&balances, &silent, day), &document))
}

fn text(balances: &[AccountBalance], silent: &[&str], day: BusinessDay) -> String {
    let held = balances.iter().flat_map(|balance| held(balance, day));
    let terms = balances.iter().flat_map(|balance| {
        balance.ask.terms.iter().map(move |AccountTerm { channel, kind, value }| {
            let channel = if channel.is_empty() { "-" } else { channel };
            format!("terms of {} {channel}: {kind}={value}", balance.account)
        })
    });
    let silent = silent.iter().map(|name| format!("{name}: its provider states no balance"));
    lines(held.chain(terms).chain(silent))
}

fn held(balance: &AccountBalance, day: BusinessDay) -> Vec<String> {
    let figures = match &balance.figures {
        Ok(figures) => figures,
        Err(problem) => {
            // An answer came, was verified, and says no balance that can be read.
            let unread = ["field:", "unknown_code:"].iter().any(|it| problem.starts_with(it));
            let what =
                if unread { "a balance that cannot be read" } else { "no trustworthy answer" };
            return vec![format!("{}: {what}: {problem}", balance.account)];
        }
    };
    let line = |figure: &BalanceSnapshot| {
        let line = &figure.line;
        let channel = if line.channel.is_empty() { "-" } else { &line.channel };
        format!(
            "{:<16} {}  {channel:<12} {:<10} {:>16} {}  {}",
            figure.account,
            day.text(figure.as_of),
            line.part.code(),
            money::units(line.money.minor, line.money.currency),
            line.money.currency,
            figure.assurance.code(),
        )
    };
    figures.iter().map(line).collect()
}

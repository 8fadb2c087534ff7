//! Asking what the accounts hold. That an account was asked is kept also where no figure came of it: an
//! answer that cannot be read is something else than no question.

use futures_util::future::join_all;

use crate::balance::{BalanceAsk, BalanceSnapshot};
use crate::business_day::BusinessDate;
use crate::provider::{Account, Ask, gate};
use crate::pull::{Context, PullError, Wire};

/// What asking one account for its balance came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountBalance {
    /// The account.
    pub account: String,
    /// The verified figures, or why there are none.
    pub figures: Result<Vec<BalanceSnapshot>, String>,
    /// What is kept of the question itself.
    pub ask: BalanceAsk,
}

/// Asks every account that states its balance, all at once, and keeps what was verified.
///
/// `date` is the business date under which raw answers are archived. What is stated is what the
/// accounts hold now, whatever the date.
///
/// # Errors
///
/// [`PullError`] when the ledger or the archive fails; never because of a provider.
pub async fn balances(
    accounts: &[Account],
    date: BusinessDate,
    context: Context<'_>,
) -> Result<Vec<AccountBalance>, PullError> {
    let asked = accounts.iter().filter(|account| account.provider.states_balance());
    let asked = join_all(asked.map(|account| balance(account, date, context))).await;
    let balances: Vec<AccountBalance> = asked.into_iter().collect::<Result<_, _>>()?;
    let figures: Vec<BalanceSnapshot> =
        balances.iter().filter_map(|it| it.figures.as_ref().ok()).flatten().cloned().collect();
    context.ledger.put_balances(&figures).await?;
    let asks: Vec<BalanceAsk> = balances.iter().map(|it| it.ask.clone()).collect();
    context.ledger.put_balance_asks(&asks).await?;
    Ok(balances)
}

async fn balance(
    account: &Account,
    date: BusinessDate,
    context: Context<'_>,
) -> Result<AccountBalance, PullError> {
    let wire = Wire::open(account, context.archive, context.clock, date)?;
    let name = account.name.clone();
    let mut ask = BalanceAsk {
        account: name.clone(),
        asked_at: context.clock.now(),
        problem: String::new(),
        terms: Vec::new(),
        evidence: 0,
    };
    let arrived = match wire.ask(&Ask::Balance).await {
        Ok(arrived) => arrived,
        Err(nothing) => {
            ask.problem = nothing.code();
            return Ok(AccountBalance { account: name, figures: Err(nothing.code()), ask });
        }
    };
    let evidence = arrived.archived(&wire.archive)?;
    wire.archive.sync()?;
    (ask.asked_at, ask.evidence) = (arrived.at, evidence);
    let read = account.provider.verify(&Ask::Balance, &arrived.answer).and_then(|verified| {
        // The terms stand by themselves: a figure that cannot be read does not take them away.
        ask.terms = gate::terms(account.provider.as_ref(), &verified);
        ask.terms.sort();
        let balance = gate::balance(account.provider.as_ref(), &verified, arrived.at)?;
        Ok((balance, verified.assurance()))
    });
    wire.caller.judged(&read);
    let figures = read.map_err(|unproved| unproved.code()).map(|(balance, assurance)| {
        let figure = |line| BalanceSnapshot {
            account: name.clone(),
            as_of: balance.as_of,
            line,
            assurance,
            evidence,
            observed_at: arrived.at,
        };
        balance.lines.into_iter().map(figure).collect()
    });
    ask.problem = figures.as_ref().err().cloned().unwrap_or_default();
    Ok(AccountBalance { account: name, figures, ask })
}

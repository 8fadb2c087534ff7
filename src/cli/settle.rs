//! `settle`: what accounts should have been paid and hold.

use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{StepArgs, open, output};
use crate::context::House;
use crate::report::terminal;

/// Settles a day and shows a line per account.
pub(crate) async fn run(house: &House, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(house, args.date, &args.accounts)?;
    let accounts = house.accounts(&scope)?;
    let _lock = house.lock("settle").await?;
    let settled = house.settle(scope.date, &accounts).await?;
    output::print(&terminal::settled(&settled, house.config.reports.language));
    let known = settled.iter().all(|account| account.undated().is_empty());
    Ok(if known { DONE } else { UNPROVED })
}

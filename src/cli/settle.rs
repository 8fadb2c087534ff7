//! `settle`: what accounts should have been paid and hold.

use crate::app::App;
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{StepArgs, open, output};
use crate::report::terminal;

/// Settles a day and shows a line per account.
pub(crate) async fn run(app: &App, args: &StepArgs) -> Result<u8, Failure> {
    let scope = open::scope(app, args.date, &args.accounts)?;
    let accounts = app.accounts(&scope)?;
    let _lock = app.lock("settle").await?;
    let settled = app.settle(scope.date, &accounts).await?;
    output::print(&terminal::settled(&settled, app.config.reports.language));
    let known = settled.iter().all(|account| account.undated().is_empty());
    Ok(if known { DONE } else { UNPROVED })
}

//! `check`: is everything set up? Says everything that is wrong, not only the first thing.

use std::path::Path;

use crate::archive::Archive;
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{open, output};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::job;
use crate::provider::{Account, Question};
use crate::pull::{self, Answer};
use crate::run::RunError;

mod settling;

/// An order number that no merchant uses, for a question that changes nothing.
const NOBODYS_ORDER: &str = "DUIZHANGCHECK0000001";

/// Checks configuration, secrets, jobs and ledger; with `--online` also every provider.
pub(crate) async fn run(path: &Path, online: bool) -> Result<u8, Failure> {
    let config = open::config(path)?;
    let jobs = job::jobs_for(&config)?;
    output::line(&format!(
        "configuration  ok: {} accounts, {} jobs, {} warnings",
        config.accounts.len(),
        jobs.len(),
        config.warnings.len()
    ));
    let status = open::schema(&config).await?.status().await?;
    let (version, known) = (status.schema_version, status.known_version);
    output::line(&format!(
        "ledger         ok: {}, schema version {version}, this duizhang knows {known}",
        status.engine
    ));
    for warning in settling::warnings(&config, &jobs, SystemClock.now()) {
        output::line(&format!("settling       {warning}"));
    }
    if config.orders.database.is_some() {
        return Err(Failure::Usage(
            "[orders] database is understood, but this duizhang reads orders from CSV only: \
             set [orders] csv"
                .to_owned(),
        ));
    }
    if !online {
        return Ok(DONE);
    }
    let mut all = true;
    for configured in &config.accounts {
        all &= proved(&configured.account, &config).await?;
    }
    Ok(if all { DONE } else { UNPROVED })
}

/// Asks one account about an order that nobody has: any proved answer shows that the way is open
/// and the key is right.
async fn proved(account: &Account, config: &Config) -> Result<bool, Failure> {
    let business_day = config.business_day;
    let Some(lane) = account.provider.lanes().into_iter().next() else { return Ok(true) };
    let question = Question {
        kind: lane.kind,
        product: lane.product,
        order_no: NOBODYS_ORDER.to_owned(),
        provider_order_no: String::new(),
        business_date: business_day.date_of(SystemClock.now()),
    };
    let archive = Archive::open(&config.archive.dir).map_err(RunError::from)?;
    let answered = pull::one(account, &question, business_day, &archive, &SystemClock)
        .await
        .map_err(RunError::from)?;
    let (fine, said) = match answered {
        Answer::Said(reading) => (true, format!("answers: {}", reading.said.status)),
        Answer::Worthless(_, code) | Answer::Outage(code) => {
            (false, format!("no trustworthy answer: {code}"))
        }
    };
    output::line(&format!("{:<14} {said}", account.name));
    Ok(fine)
}

//! Opening the app: configuration, ledger, clock.

use std::path::Path;

use crate::app::App;
use crate::business_day::BusinessDate;
use crate::cli::DateArg;
use crate::cli::failure::Failure;
use crate::clock::{Clock, REHEARSAL, RehearsalClock, SystemClock};
use crate::config::{self, Config, ConfigErrors};
use crate::ledger::{self, Access, Ledger, LedgerError};
use crate::run::Scope;
use crate::stop::Stop;

/// Reads the configuration and logs its warnings.
pub(crate) fn config(path: &Path) -> Result<Config, ConfigErrors> {
    let config = config::load(path, &config::environment)?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    Ok(config)
}

/// Opens everything that a command on the ledger needs.
pub(crate) async fn app(path: &Path) -> Result<App, Failure> {
    let app = app_to_verify(path).await?;
    app.refuse_older_copy().await?;
    Ok(app)
}

/// As [`app`], also with an older copy of the ledger, to say what it lacks.
pub(crate) async fn app_to_verify(path: &Path) -> Result<App, Failure> {
    let config = config(path)?;
    let ledger = ledger::open(&config.ledger_url, Access::Work).await?;
    let app = App { config, ledger, clock: clock()?, stop: Stop::new() };
    app.recognise_ledger().await?;
    Ok(app)
}

/// Takes the configured ledger for the one that is meant, whatever the folders remember.
pub(crate) async fn accept_ledger(path: &Path) -> Result<(), Failure> {
    let config = config(path)?;
    let ledger = ledger::open(&config.ledger_url, Access::Work).await?;
    let app = App { config, ledger, clock: clock()?, stop: Stop::new() };
    tracing::warn!(
        "--new-ledger: the folders of reports and answers are this ledger's from now on"
    );
    Ok(app.mark_ledger(true).await?)
}

/// The machine's clock, or the one of a rehearsal.
pub(crate) fn clock() -> Result<Box<dyn Clock>, Failure> {
    let Some(text) = config::environment(REHEARSAL) else { return Ok(Box::new(SystemClock)) };
    let Some(clock) = RehearsalClock::start(&text) else {
        let example = "2026-11-18T02:30:00+08:00 or 2026-11-18T02:30:00+08:00,600";
        return Err(Failure::Usage(format!("{REHEARSAL} is {text:?}: write {example}")));
    };
    tracing::warn!(now = clock.now().epoch_seconds(), "{REHEARSAL} is set: this is a rehearsal");
    Ok(Box::new(clock))
}

/// Opens the ledger to look at its schema, whatever its version.
pub(crate) async fn schema(config: &Config) -> Result<Box<dyn Ledger>, LedgerError> {
    ledger::open(&config.ledger_url, Access::Inspect).await
}

/// The scope that the command line asks for.
pub(crate) fn scope(app: &App, date: DateArg, accounts: &[String]) -> Result<Scope, Failure> {
    let date = date.resolve(app.clock.now(), &app.config.business_day)?;
    Ok(Scope { date, accounts: accounts.to_vec() })
}

/// Makes sure that a day was reconciled: of one that was not, nothing can be said, least of all that
/// nothing differs.
pub(crate) async fn reconciled(app: &App, date: BusinessDate) -> Result<(), Failure> {
    let (_, verdicts) = app.ledger.day(date).await?;
    if verdicts.is_empty() {
        return Err(Failure::Verdict(format!(
            "{date} was never reconciled, so nothing is known about it; run: duizhang run nightly \
             --date {date}"
        )));
    }
    Ok(())
}

//! The log: to standard error, for people or for collectors.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, filter::Targets, fmt};

use crate::cli::{Global, LogFormat};
use crate::config;
use crate::progress::LogWriter;
use crate::run::log::SUMMARY;

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Amount {
    /// Warnings, failures and one line about each run.
    Little,
    /// Also what each step came to.
    Usual,
    /// Also every request.
    More,
    /// Everything.
    Everything,
}

impl Amount {
    /// What the command line asks for.
    pub(crate) const fn of(global: &Global) -> Self {
        match (global.quiet, global.verbose) {
            (true, _) => Self::Little,
            (false, 0) => Self::Usual,
            (false, 1) => Self::More,
            (false, _) => Self::Everything,
        }
    }
}

/// Colours are for terminals, and not for those who want none (`NO_COLOR`, see no-color.org).
fn is_coloured() -> bool {
    let unwanted = config::environment("NO_COLOR").is_some_and(|value| !value.is_empty());
    !unwanted && std::io::stderr().is_terminal()
}

/// Starts the log: our own messages from `info` on and others' warnings, or more or less of both.
pub(crate) fn start(format: LogFormat, amount: Amount) {
    let (own, others) = match amount {
        Amount::Little => (LevelFilter::WARN, LevelFilter::WARN),
        Amount::Usual => (LevelFilter::INFO, LevelFilter::WARN),
        Amount::More => (LevelFilter::DEBUG, LevelFilter::INFO),
        Amount::Everything => (LevelFilter::TRACE, LevelFilter::DEBUG),
    };
    // What sqlx logs of a statement may hold its values.
    let filter = Targets::new()
        .with_default(others)
        .with_target("duizhang", own)
        .with_target(SUMMARY, own.max(LevelFilter::INFO))
        .with_target("sqlx", LevelFilter::ERROR);
    let layer = fmt::layer().with_writer(|| LogWriter).with_ansi(is_coloured());
    let layer = match format {
        LogFormat::Text => layer.with_target(false).compact().with_filter(filter).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_filter(filter).boxed(),
    };
    tracing_subscriber::registry().with(layer).init();
}

//! The log: to standard error, for people or for collectors.

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, filter::Targets, fmt};

use crate::cli::LogFormat;
use crate::progress::LogWriter;

/// Starts the log: our own messages from `info` on, others' warnings; `-v` and `-vv` say more.
pub(crate) fn start(format: LogFormat, verbose: u8) {
    let (own, others) = match verbose {
        0 => (LevelFilter::INFO, LevelFilter::WARN),
        1 => (LevelFilter::DEBUG, LevelFilter::INFO),
        _ => (LevelFilter::TRACE, LevelFilter::DEBUG),
    };
    // What sqlx logs of a statement may hold its values.
    let filter = Targets::new()
        .with_default(others)
        .with_target("duizhang", own)
        .with_target("sqlx", LevelFilter::ERROR);
    let layer = fmt::layer().with_writer(|| LogWriter).with_ansi(std::io::stderr().is_terminal());
    let layer = match format {
        LogFormat::Text => layer.with_target(false).compact().with_filter(filter).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).with_filter(filter).boxed(),
    };
    tracing_subscriber::registry().with(layer).init();
}

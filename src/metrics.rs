//! What is going on, as numbers for Prometheus: a page that the daemon serves and a file that every
//! run writes.
//!
//! Everything that can be is read from the ledger, so that a process that has just begun shows it
//! too. No order number, no key and nothing personal is ever in it; accounts have their configured
//! names.

mod families;
mod ledger;
mod listener;
mod process;
mod serve;
mod text;
mod textfile;

pub use families::FAMILIES;
pub use listener::Bounded;
pub use serve::{Shown, router};
pub use text::{Family, FamilyKind, Labels, NotTheFormat, Page, Read, read};
pub use textfile::{TextfileError, write};

use crate::app::App;

/// The page in Prometheus's text format. Without a reachable ledger, `duizhang_ledger_reachable` is 0
/// and what is in the ledger is missing.
pub async fn render(app: &App) -> String {
    collect(app).await.render(FAMILIES)
}

/// Writes `[metrics] textfile` after a run, where there is one; a file that cannot be written is logged.
pub async fn after_run(app: &App) {
    if let Err(error) = write(app).await {
        let problem = crate::story::story(&error);
        tracing::warn!(%problem, "no metrics were written");
    }
}

async fn collect(app: &App) -> Page {
    let mut page = Page::default();
    let read = ledger::collect(app, &mut page).await;
    if let Err(error) = &read {
        let problem = crate::story::story(error);
        tracing::warn!(%problem, "the ledger could not be read for the metrics");
    }
    page.set(families::LEDGER_REACHABLE, &[], u8::from(read.is_ok()));
    process::collect(&mut page);
    page
}

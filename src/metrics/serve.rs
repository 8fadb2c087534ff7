//! The page over HTTP, with the two questions that a supervisor asks.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::sync::{Mutex, RwLock};

use crate::app::App;
use crate::clock::Stopwatch;
use crate::ledger::LedgerError;

/// For so long a page is given again: it looks at every open discrepancy.
const PAGE_FOR: Duration = Duration::from_secs(10);

/// For so long the ledger's schema is believed to be as it was: asking counts every row.
const SCHEMA_FOR: Duration = Duration::from_mins(10);

/// The media type of the text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The app of which the page tells; another one takes its place when the configuration is read
/// again.
pub type Shown = Arc<RwLock<Arc<App>>>;

#[derive(Clone)]
struct Served {
    shown: Shown,
    page: Arc<Mutex<Option<(Stopwatch, String)>>>,
    schema: Arc<Mutex<Option<Stopwatch>>>,
}

/// `/metrics`; `/healthz`: the process is alive; `/readyz`: the configuration was read, the ledger
/// answers and has the schema that this program works with.
///
/// Nothing in it is secret, but it says how much money is in doubt: serve it on the loopback address
/// or inside the cluster.
pub fn router(shown: Shown) -> Router {
    let served = Served { shown, page: Arc::default(), schema: Arc::default() };
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(served)
}

async fn metrics(State(served): State<Served>) -> impl IntoResponse {
    let mut page = served.page.lock().await;
    let text = match page.take() {
        Some((since, text)) if since.elapsed() < PAGE_FOR => {
            *page = Some((since, text.clone()));
            text
        }
        Some(_) | None => {
            let app = served.shown.read().await.clone();
            let text = super::render(&app).await;
            *page = Some((Stopwatch::start(), text.clone()));
            text
        }
    };
    ([(CONTENT_TYPE, TEXT_FORMAT)], text)
}

async fn ready(State(served): State<Served>) -> (StatusCode, String) {
    match readiness(&served).await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => {
            let problem = crate::story::story(&error);
            tracing::warn!(%problem, "not ready");
            // Where the ledger is, is for the log.
            (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", kind(&error)))
        }
    }
}

async fn readiness(served: &Served) -> Result<(), LedgerError> {
    let app = served.shown.read().await.clone();
    let ledger = &app.ledger;
    ledger.runs(1).await?;
    let mut schema = served.schema.lock().await;
    if schema.is_some_and(|since| since.elapsed() < SCHEMA_FOR) {
        return Ok(());
    }
    let status = ledger.status().await?;
    let (found, known) = (status.schema_version, status.known_version);
    if found > known {
        return Err(LedgerError::TooNew { found, known });
    }
    if found < known {
        return Err(LedgerError::TooOld { found, known });
    }
    *schema = Some(Stopwatch::start());
    Ok(())
}

const fn kind(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::TooNew { .. } => "the ledger was written by a newer duizhang",
        LedgerError::TooOld { .. } => "the ledger has to be migrated",
        LedgerError::DiskFull { .. } => "the ledger's disk is full",
        LedgerError::Damaged { .. } => "the ledger's database is damaged",
        LedgerError::Url { .. }
        | LedgerError::Open { .. }
        | LedgerError::Locked { .. }
        | LedgerError::LockLost
        | LedgerError::SharedSession
        | LedgerError::NotLetIn { .. }
        | LedgerError::NotEmpty { .. }
        | LedgerError::TransferDiffers { .. }
        | LedgerError::NotDistributable { .. }
        | LedgerError::Misplaced { .. }
        | LedgerError::Statement { .. }
        | LedgerError::Rows { .. }
        | LedgerError::File { .. }
        | LedgerError::Inconsistent { .. } => "the ledger does not answer",
    }
}

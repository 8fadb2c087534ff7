//! `daemon`: stays up and runs every job on its schedule.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::net::TcpListener;
use tokio::sync::{Notify, RwLock};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{DaemonArgs, open, output, signals, steps};
use crate::daemon::{self, Event, Observer, Opened, Opener, Signals};
use crate::job;
use crate::metrics::{self, Bounded, Shown};

/// Runs jobs until the process is told to stop.
pub(crate) async fn run(path: &Path, args: DaemonArgs) -> Result<u8, Failure> {
    let signals = Signals::default();
    signals::stops(&signals.stop)?;
    signals::reloads(&signals.reload)?;
    let opened = opened(path).await?;
    let jobs = opened.jobs.len();
    let reloaded = Arc::new(Notify::new());
    let page = match args.metrics {
        Some(address) => Some(served(path, address, &reloaded).await?),
        None => None,
    };
    tracing::info!(jobs, "the daemon is up");
    let observer = Terminal { reloaded };
    Box::pin(daemon::run(opened, &FromFiles(path.to_owned()), &signals, &observer)).await;
    if let Some(page) = page {
        page.abort();
    }
    tracing::info!("the daemon has stopped");
    Ok(DONE)
}

/// Serves the metrics, also while a run is under way, by a handle of their own on the ledger.
async fn served(
    path: &Path,
    address: SocketAddr,
    reloaded: &Arc<Notify>,
) -> Result<JoinHandle<()>, Failure> {
    let cannot = |source| Failure::Listen { who: "the metrics", address, source };
    let shown: Shown = Arc::new(RwLock::new(Arc::new(open::app(path).await?)));
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    tracing::info!(%address, "metrics are served");
    let router = metrics::router(Arc::clone(&shown));
    let (path, reloaded) = (path.to_owned(), Arc::clone(reloaded));
    Ok(tokio::spawn(async move {
        let renewed = async {
            loop {
                reloaded.notified().await;
                // The daemon has just read the same configuration.
                if let Ok(app) = open::app(&path).await {
                    *shown.write().await = Arc::new(app);
                }
            }
        };
        tokio::select! {
            ended = axum::serve(Bounded::new(listener), router) => {
                if let Err(error) = ended {
                    tracing::error!(%error, "metrics are no longer served");
                }
            }
            () = renewed => {}
        }
    }))
}

async fn opened(path: &Path) -> Result<Opened, Failure> {
    let app = open::app(path).await?;
    let jobs = job::jobs_for(&app.config)?;
    Ok(Opened { app, jobs })
}

/// Opens what the configuration file says.
struct FromFiles(PathBuf);

#[async_trait]
impl Opener for FromFiles {
    async fn open(&self) -> Result<Opened, String> {
        opened(&self.0).await.map_err(|failure| failure.story())
    }
}

/// Prints what runs came to, and says when the configuration is another one.
struct Terminal {
    reloaded: Arc<Notify>,
}

impl Observer for Terminal {
    fn seen(&self, event: &Event<'_>, app: &App) {
        if let Event::Ended { outcome: Ok(outcome), .. } = event {
            output::print(&steps::text(app, outcome));
            output::flush();
        }
        if let Event::Reloaded { .. } = event {
            self.reloaded.notify_one();
        }
    }
}

//! What a process is told by signals.

use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use crate::app::App;
use crate::cli::failure::Failure;
use crate::cli::open;
use crate::stop::Stop;

/// The exit code of a process that was told twice to stop: it did not do what it was asked.
const LEFT: i32 = 1;

/// Opens a app whose runs stop when the process is told to.
pub(crate) async fn app(path: &Path) -> Result<App, Failure> {
    let app = open::app(path).await?;
    stops(&app.stop)?;
    Ok(app)
}

/// From now on SIGTERM and SIGINT mean that nothing more is begun, and a second one that the process
/// leaves at once.
pub(crate) fn stops(stop: &Stop) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::Runtime)?;
    let stop = stop.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stop.is_cancelled() {
                tracing::warn!("told a second time: leaves at once");
                // What is written is whole or not there at all, as after a kill.
                std::process::exit(LEFT);
            }
            tracing::warn!("told to stop: finishes what is in hand (once more: leaves at once)");
            stop.cancel();
        }
    });
    Ok(())
}

/// From now on SIGHUP asks for the configuration to be read again.
pub(crate) fn reloads(reload: &Arc<Notify>) -> Result<(), Failure> {
    let mut hangup = signal(SignalKind::hangup()).map_err(Failure::Runtime)?;
    let reload = Arc::clone(reload);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            reload.notify_one();
        }
    });
    Ok(())
}

//! `daemon`: stays up and runs every job on its schedule.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::cli::exit::DONE;
use crate::cli::failure::Failure;
use crate::cli::{DaemonArgs, open, output, signals, steps};
use crate::daemon::{self, Event, Observer, Opened, Opener, Signals};
use crate::job;
use crate::run::House;

/// Runs jobs until the process is told to stop.
pub(crate) async fn run(path: &Path, args: DaemonArgs) -> Result<u8, Failure> {
    let DaemonArgs {} = args;
    let told = Signals::default();
    signals::stops(&told.stop)?;
    signals::reloads(&told.reload)?;
    let opened = opened(path).await?;
    let jobs = opened.jobs.len();
    tracing::info!(jobs, "the daemon is up");
    daemon::run(opened, &FromFiles(path.to_owned()), &told, &Terminal).await;
    tracing::info!("the daemon has stopped");
    Ok(DONE)
}

async fn opened(path: &Path) -> Result<Opened, Failure> {
    let house = open::house(path).await?;
    let jobs = job::jobs_for(&house.config)?;
    Ok(Opened { house, jobs })
}

/// Opens what the configuration file says.
struct FromFiles(PathBuf);

#[async_trait]
impl Opener for FromFiles {
    async fn open(&self) -> Result<Opened, String> {
        opened(&self.0).await.map_err(|failure| failure.story())
    }
}

/// Prints what runs came to.
struct Terminal;

impl Observer for Terminal {
    fn seen(&self, event: &Event<'_>, house: &House) {
        if let Event::Ended { outcome: Ok(outcome), .. } = event {
            steps::told(house, outcome, false);
            output::flush();
        }
    }
}

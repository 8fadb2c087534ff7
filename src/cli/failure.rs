//! What a command can fail with, and the exit code that goes with it.

use std::io::Write;
use std::process::ExitCode;

use crate::cli::FutureDate;
use crate::cli::output::visible;
use crate::config::ConfigErrors;
use crate::ledger::LedgerError;
use crate::progress::LogWriter;
use crate::run::RunError;
use crate::simulator::proof::ProofError;
use crate::simulator::world::WorldError;
use crate::story::story;

/// A command that could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The configuration or a job file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// A date that has not begun.
    #[error(transparent)]
    Date(#[from] FutureDate),
    /// A name on the command line that there is not.
    #[error("{0}")]
    Usage(String),
    /// A run could not finish.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The ledger could not be opened or read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A world of the simulator could not be made.
    #[error(transparent)]
    World(#[from] WorldError),
    /// An address could not be listened at.
    #[error("{who} cannot listen at {address}")]
    Listen {
        /// Who wanted to: `the simulated providers`.
        who: &'static str,
        /// The address.
        address: std::net::SocketAddr,
        /// The cause.
        source: std::io::Error,
    },
    /// The report of a demo could not be read back.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Files could not be written or read.
    #[error("{doing} {path}")]
    File {
        /// What was being done: `cannot write`.
        doing: &'static str,
        /// The path.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// A result that is itself a failure, already printed.
    #[error("{0}")]
    Verdict(String),
    /// The program's own threads could not be started.
    #[error("cannot start")]
    Runtime(#[source] std::io::Error),
}

impl Failure {
    /// The exit code that goes with it.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::Date(_)
            | Self::Usage(_)
            | Self::Run(
                RunError::UnknownAccount { .. }
                | RunError::OtherLedger { .. }
                | RunError::OlderLedger { .. },
            ) => 2,
            Self::Run(error) if error.is_locked() => 75,
            Self::Ledger(LedgerError::Locked { .. }) => 75,
            Self::Run(_)
            | Self::Ledger(_)
            | Self::World(_)
            | Self::Listen { .. }
            | Self::Proof(_)
            | Self::File { .. }
            | Self::Verdict(_)
            | Self::Runtime(_) => 1,
        }
    }

    /// What went wrong and why, in one line, or one a problem of the configuration.
    pub(crate) fn story(&self) -> String {
        story(self)
    }

    /// Writes the whole story to standard error, and gives the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        let text = format!("duizhang: {}", self.story());
        // There is nobody left to tell if standard error is gone.
        writeln!(LogWriter, "{}", visible(&text)).unwrap_or(());
        ExitCode::from(self.code())
    }
}

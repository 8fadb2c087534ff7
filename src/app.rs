//! What commands, runs and the daemon work with.

use crate::clock::Clock;
use crate::config::Config;
use crate::ledger::Ledger;
use crate::stop::Stop;

/// What commands, runs and the daemon work with.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The ledger, opened and of the right version.
    pub ledger: Box<dyn Ledger>,
    /// The time.
    pub clock: Box<dyn Clock>,
    /// Says when a run has to come to an end before it is done.
    pub stop: Stop,
}

//! Stopping with grace: what is in hand is finished, nothing new is begun, nothing is lost.

/// Says that what is going on has to come to an end. Cheap to ask and to copy; once it was said it
/// stays said. A child stops with its parent, and alone.
pub use tokio_util::sync::CancellationToken as Stop;

//! The integration tests: one crate, one module per room.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod http;
mod simulator;

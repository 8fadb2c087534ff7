//! What duizhang promises, tested from outside the crate.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod samples;
mod vectors;

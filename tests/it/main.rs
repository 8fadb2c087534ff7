//! Integration tests: the crate from outside, one module per subject.
#![expect(clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod config;

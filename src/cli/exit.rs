//! Exit codes of commands that did what they were asked (`docs/contract.md` §1); the others are in
//! `cli/failure.rs`.

/// Done.
pub(crate) const DONE: u8 = 0;
/// Done for all but the rows that were refused, or the robots that could not be told: part of it failed.
pub(crate) const REFUSED: u8 = 1;
/// Done, discrepancies are open, and the caller asked to be told.
pub(crate) const OPEN: u8 = 3;
/// Done, but at least one account could not be proved complete.
pub(crate) const UNPROVED: u8 = 4;
/// What was looked at has to be put right: `check` found a problem.
pub(crate) const WRONG: u8 = 2;

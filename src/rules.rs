//! The rules of the judgement, pure: which readings make one transaction, when a pair agrees, which discrepancies there
//! are and how they live on, how money is dated, what fees and settlements come to, and what a night is worth. No
//! ledger, no network, no clock; [`crate::reconcile`] and [`crate::settle`] ask, apply them and write.

pub mod bank;
pub mod bill;
pub mod bridge;
pub mod callback;
pub mod dating;
pub mod fee;
pub mod file_alone;
pub mod finality;
pub mod given_back;
pub mod judge;
pub mod last_proof;
pub mod lifecycle;
pub mod note;
pub mod ours;
pub mod over_refund;
pub mod patterns;
pub mod proof;
pub mod settlement;
pub mod sums;
pub mod tally;
#[cfg(test)]
pub(crate) mod testing;
pub mod transactions;
pub mod usual;
pub mod verdict;
pub mod verdict_table;
pub mod why;

use crate::config::{FeeRule, WholeOf};
use crate::lane::Lane;

/// What of an account the judgement needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedAccount {
    /// The account's name.
    pub name: String,
    /// What its provider can be asked.
    pub lanes: Vec<Lane>,
    /// Its contract rates.
    pub fees: Vec<FeeRule>,
    /// What its bills are whole of, where they are all that its platform says.
    pub bills: Option<WholeOf>,
}

/// Money that does not fit in 64 bits of fen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the totals of {account} do not fit: an amount in its orders or answers is absurd")]
pub struct Overflow {
    /// The account.
    pub account: String,
}

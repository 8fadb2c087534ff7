//! Why an account's night is worth what its verdict says, as values that the report puts into the words of
//! its language: what speaks against it, and what its bills came to.

use serde::{Deserialize, Serialize};

use crate::ledger_data::AccountVerdict;
use crate::order::Origin;
use crate::rules::bill::BillTie;

/// One thing that speaks against an account's night; or a bill, which does so where it is not tied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It was not pulled for the date.
    NotPulled,
    /// Nothing verifies the statement file.
    StatementAlone,
    /// No usable answer.
    NoAnswer,
    /// The business day was not over when it was pulled.
    DayRunning,
    /// The listing of these streams could not be proved.
    Unlisted(Vec<String>),
    /// So many orders have no trustworthy answer.
    Unanswered(i64),
    /// So many orders rest on the statement file alone.
    Stated(i64),
    /// Rows were refused that may belong to the account.
    Refused {
        /// Whose rows.
        of: Origin,
        /// How many.
        rows: i64,
        /// Of these: rows that may belong to any account.
        of_anyone: i64,
        /// Of these: rows without an amount that can be read.
        unpriced: i64,
        /// The money of the others: currency and sum in its smallest unit.
        amounts: Vec<(String, i64)>,
    },
    /// No orders of the day were imported.
    NoOrders,
    /// The day's file of orders is empty below its header.
    EmptyOrders,
    /// What went wrong at the provider, as a code.
    Problem(String),
    /// There is no bill of the date, and the account has nothing else.
    BillMissing,
    /// The platform's answer that it has no bill of the date, or none yet.
    BillNotReady,
    /// The bill is the whole of nothing, for a reason in English.
    BillInDoubt(String),
    /// The bill's days are those of this zone, and it has but a part of the business day.
    BillOfOtherZone(String),
    /// The bill could not be read, for a reason in English.
    BillUnread(String),
    /// A bill against the provider's side as counted.
    Bill(BillTie),
    /// So many stated fees were compared with nothing: the way of paying, by which the contract's rule is
    /// chosen, is not stated. Says nothing against the night.
    FeesUnjudged(i64),
    /// Something else, in English.
    Other(String),
}

impl Why {
    /// Whether it speaks against the night.
    pub fn is_against(&self) -> bool {
        !matches!(self, Self::Bill(tie) if tie.is_tied()) && !matches!(self, Self::FeesUnjudged(_))
    }
}

/// Whether what was kept has something that speaks against the night.
pub fn speaks_against(text: &str) -> bool {
    read(text).iter().any(Why::is_against)
}

impl AccountVerdict {
    /// Whether the night can be trusted for this account.
    pub fn is_proved(&self) -> bool {
        self.verdict.is_trusted(speaks_against(&self.reason))
    }
}

/// As it is kept; empty where nothing speaks against the night.
pub fn write(all: &[Why]) -> String {
    if all.is_empty() {
        return String::new();
    }
    // Plain values always serialize.
    serde_json::to_string(all).unwrap_or_default()
}

/// What was kept; the text of a version that kept a sentence is [`Why::Other`].
pub fn read(text: &str) -> Vec<Why> {
    if text.is_empty() {
        return Vec::new();
    }
    serde_json::from_str(text).unwrap_or_else(|_| vec![Why::Other(text.to_owned())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_an_older_sentence_stays_one() {
        let amounts = vec![("CNY".to_owned(), 2_200)];
        let refused =
            Why::Refused { of: Origin::Orders, rows: 2, of_anyone: 1, unpriced: 0, amounts };
        let all = vec![Why::NoAnswer, refused, Why::Problem("connect".to_owned())];
        assert_eq!(read(&write(&all)), all);
        assert_eq!((write(&[]), read("")), (String::new(), Vec::new()));
        assert_eq!(read("2 unproved"), [Why::Other("2 unproved".to_owned())]);
    }
}

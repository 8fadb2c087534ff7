//! What only a statement file tells of: a file is signed by nobody, so it accuses nobody before its
//! provider was asked, nor against what its provider answers.

use crate::discrepancy::Evidence;
use crate::order::Order;
use crate::reading::{Pair, Reading, Source};
use crate::rules::judge::Rules;
use crate::rules::transactions::{Transaction, Transactions};
use crate::rules::verdict_table::{Cell, cell};
use crate::status::ProviderStatus;

/// The status code of evidence where only a statement file tells of an order and its provider has not
/// been asked about it yet.
pub const NOT_ASKED: &str = "not_asked";

/// How the status code of evidence begins where a statement file tells of an order and its provider, when
/// asked, says that it has none: behind it stand the interface and its words.
pub const DENIED: &str = "denied";

/// Takes away the transactions that only a statement file tells of and that would accuse, while their
/// provider has not been asked about the order, or was asked and denies it: a file that is signed by
/// nobody against an answer. What was taken away stays as [`Transactions::claim`].
pub(super) fn file_alone(
    transactions: &mut Transactions,
    order: Option<&Order>,
    pair: &Pair,
    rules: &Rules<'_>,
) {
    let asked = || pair.readings.iter().filter(|r| r.source == Source::Query);
    let denial = asked().find(|r| r.facts.status == ProviderStatus::NotFound);
    let is_real = |r: &Reading| {
        !matches!(r.facts.status, ProviderStatus::NotFound | ProviderStatus::Unproved)
    };
    if !rules.offered || asked().any(is_real) {
        return;
    }
    let status = order.map(|order| order.status);
    let mut number = 0_usize;
    let mut taken: Option<Transaction> = None;
    transactions.all.retain(|transaction| {
        number = number.saturating_add(1);
        if transaction.evidence.source != Some(Source::Statement) {
            return true;
        }
        let accuses = match cell(status, transaction.status) {
            Cell::Agree => false,
            Cell::Compare => number > 1,
            Cell::Open(_) | Cell::Waits(_) => true,
        };
        let has_money =
            !matches!(transaction.status, ProviderStatus::Pending | ProviderStatus::Failed);
        if accuses || (denial.is_some() && has_money) {
            taken.get_or_insert_with(|| transaction.clone());
        }
        !accuses && denial.is_none()
    });
    let Some(claim) = taken else { return };
    if denial.is_some() && matches!(claim.status, ProviderStatus::Pending | ProviderStatus::Failed)
    {
        // No money either way: the answer is the newer word.
        return;
    }
    let status_code = match denial {
        Some(denial) => {
            let words = format!("{} {}", denial.interface, denial.facts.status_code);
            format!("{DENIED}:{}", words.trim())
        }
        None => NOT_ASKED.to_owned(),
    };
    let evidence = Evidence { status_code, amount_from: None, ..claim.evidence.clone() };
    transactions.absence = (ProviderStatus::Unproved, evidence);
    transactions.claim = Some(claim);
}

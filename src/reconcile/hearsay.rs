//! What only a statement file tells of: a file is signed by nobody, so it accuses nobody before its
//! provider was asked.

use crate::discrepancy::Evidence;
use crate::order::Order;
use crate::reading::{Pair, Reading, Source};
use crate::reconcile::judge::Rules;
use crate::reconcile::transactions::Transactions;
use crate::reconcile::verdict_table::{Cell, cell};
use crate::status::ProviderStatus;

/// The status code of evidence where only a statement file tells of an order and its provider has not
/// been asked about it yet.
pub const NOT_ASKED: &str = "not_asked";

/// Takes away the transactions that only a statement file tells of and that would accuse, while their
/// provider has not been asked about the order; says whether there were any.
pub(super) fn hearsay(
    told: &mut Transactions,
    order: Option<&Order>,
    pair: &Pair,
    rules: &Rules<'_>,
) -> bool {
    let is_answer =
        |r: &Reading| r.source == Source::Query && r.said.status != ProviderStatus::Unproved;
    if !rules.offered || pair.readings.iter().any(is_answer) {
        return false;
    }
    let status = order.map(|order| order.status);
    let mut number = 0_usize;
    let mut taken = None;
    told.all.retain(|transaction| {
        number = number.saturating_add(1);
        let accuses = match cell(status, transaction.status) {
            Cell::Agree => false,
            Cell::Compare => number > 1,
            Cell::Open(_) | Cell::Waits(_) => true,
        };
        let is_hearsay = accuses && transaction.evidence.source == Some(Source::Statement);
        if is_hearsay {
            taken.get_or_insert_with(|| transaction.evidence.clone());
        }
        !is_hearsay
    });
    let Some(evidence) = taken else { return false };
    let status_code = NOT_ASKED.to_owned();
    told.absence =
        (ProviderStatus::Unproved, Evidence { status_code, amount_from: None, ..evidence });
    true
}

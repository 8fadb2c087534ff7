//! The verdict table: what two statuses mean together, as one literal table (`docs/contract.md` §4).

use crate::discrepancy::DiscrepancyType::{
    self, Held, MissingAtMerchant, MissingAtProvider, PaidOnlyAtMerchant, PaidOnlyAtProvider,
    RefundedOnlyAtMerchant, RefundedOnlyAtProvider, StatusMismatch, StillPending, Unproved,
};
use crate::status::{MerchantStatus, ProviderStatus};

/// What a cell of the table says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// `–`: nothing to report.
    Agree,
    /// `=`: compare the money.
    Compare,
    /// A discrepancy that is open at once.
    Open(DiscrepancyType),
    /// ⏱: a discrepancy that is timing until it is older than the timing window.
    Waits(DiscrepancyType),
}

use Cell::{Agree as __, Compare as EQ, Open as O, Waits as W};

/// Rows: the merchant's side. Columns: [`ProviderStatus::ALL`].
#[rustfmt::skip]
const TABLE: [[Cell; 8]; 5] = [
    //             not_found              unproved     pending                succeeded                 failed                 refunded                  returned               held
    /* absent   */ [__,                   __,          __,                    O(MissingAtMerchant),     __,                    O(MissingAtMerchant),     O(MissingAtMerchant),  O(MissingAtMerchant)],
    /* pending  */ [W(StillPending),      O(Unproved), W(StillPending),       O(PaidOnlyAtProvider),    O(StatusMismatch),     O(StatusMismatch),        O(StatusMismatch),     O(Held)],
    /* succeeded*/ [O(MissingAtProvider), O(Unproved), W(PaidOnlyAtMerchant), EQ,                       O(PaidOnlyAtMerchant), O(RefundedOnlyAtProvider), O(PaidOnlyAtMerchant), O(Held)],
    /* failed   */ [__,                   O(Unproved), __,                    O(PaidOnlyAtProvider),    __,                    __,                       __,                    O(Held)],
    /* refunded */ [O(MissingAtProvider), O(Unproved), W(PaidOnlyAtMerchant), O(RefundedOnlyAtMerchant), O(PaidOnlyAtMerchant), EQ,                      O(PaidOnlyAtMerchant), O(Held)],
];

/// The cell for a merchant's status (`None`: the merchant has no such order) and a provider's.
pub const fn cell(merchant: Option<MerchantStatus>, provider: ProviderStatus) -> Cell {
    let [absent, pending, succeeded, failed, refunded] = TABLE;
    let row = match merchant {
        None => absent,
        Some(MerchantStatus::Pending) => pending,
        Some(MerchantStatus::Succeeded) => succeeded,
        Some(MerchantStatus::Failed | MerchantStatus::Closed) => failed,
        Some(MerchantStatus::Refunded) => refunded,
    };
    let [not_found, unproved, p_pending, p_succeeded, p_failed, p_refunded, returned, held] = row;
    match provider {
        ProviderStatus::NotFound => not_found,
        ProviderStatus::Unproved => unproved,
        ProviderStatus::Pending => p_pending,
        ProviderStatus::Succeeded => p_succeeded,
        ProviderStatus::Failed => p_failed,
        ProviderStatus::Refunded => p_refunded,
        ProviderStatus::Returned => returned,
        ProviderStatus::Held => held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the contract, word for word.
    const CONTRACT: &str = "
        absent | – | – | – | missing_at_merchant | – | missing_at_merchant | missing_at_merchant | missing_at_merchant
        pending | still_pending ⏱ | unproved | still_pending ⏱ | paid_only_at_provider | status_mismatch | status_mismatch | status_mismatch | held
        succeeded | missing_at_provider | unproved | paid_only_at_merchant ⏱ | = | paid_only_at_merchant | refunded_only_at_provider | paid_only_at_merchant | held
        failed | – | unproved | – | paid_only_at_provider | – | – | – | held
        closed | – | unproved | – | paid_only_at_provider | – | – | – | held
        refunded | missing_at_provider | unproved | paid_only_at_merchant ⏱ | refunded_only_at_merchant | paid_only_at_merchant | = | paid_only_at_merchant | held
    ";

    fn read(text: &str) -> Cell {
        match text.trim() {
            "–" => Cell::Agree,
            "=" => Cell::Compare,
            waits if waits.ends_with('⏱') => Cell::Waits(
                DiscrepancyType::from_code(waits.trim_end_matches('⏱').trim()).expect(waits),
            ),
            open => Cell::Open(DiscrepancyType::from_code(open).expect(open)),
        }
    }

    #[test]
    fn every_cell_is_as_the_contract_says() {
        let mut cells = 0;
        for line in CONTRACT.lines().filter(|line| !line.trim().is_empty()) {
            let (merchant, rest) = line.trim().split_once(" | ").expect("a row");
            let merchant = MerchantStatus::from_code(merchant);
            for (provider, expected) in ProviderStatus::ALL.iter().zip(rest.split(" | ")) {
                assert_eq!(cell(merchant, *provider), read(expected), "{merchant:?} {provider}");
                cells += 1;
            }
        }
        assert_eq!(cells, 6 * 8);
    }
}

//! What payouts call things.
//!
//! Manual: 3.2.
//! Odd: the table of the query says "mchOrderNo/payOrderId" of fields that are named otherwise.

use crate::provider::xxpay::order::Form;
use crate::status::{Kind, ProviderStatus};

/// The payout query, 3.2.2 to 3.2.4.
pub(super) const FORM: Form = Form {
    kind: Kind::Payout,
    query: "/api/trans/query_order",
    order_no: "mchTransOrderNo",
    provider_order_no: "transOrderId",
    paid_at: "transSuccTime",
    status,
};

/// `status` of payouts: 0 created, 1 under way, 2 paid, 3 failed (3.2.4), 4 "done" (3.1.4, what
/// follows 2). 5 is not in the manual; the platform's clients know it as "under way". Payments have a
/// table of their own, in which 3 is paid and 5 is failed.
fn status(code: &str) -> Option<ProviderStatus> {
    match code {
        "0" | "1" | "5" => Some(ProviderStatus::Pending),
        "2" | "4" => Some(ProviderStatus::Succeeded),
        "3" => Some(ProviderStatus::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payout_statuses_are_exactly_these() {
        let table = [
            ("0", Some(ProviderStatus::Pending)),
            ("1", Some(ProviderStatus::Pending)),
            ("2", Some(ProviderStatus::Succeeded)),
            ("3", Some(ProviderStatus::Failed)),
            ("4", Some(ProviderStatus::Succeeded)),
            ("5", Some(ProviderStatus::Pending)),
            ("6", None),
            ("-1", None),
            ("02", None),
            ("", None),
        ];
        for (code, expected) in table {
            assert_eq!(status(code), expected, "{code:?}");
        }
    }
}

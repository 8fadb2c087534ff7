//! What payments call things.
//!
//! Manual: 2.2.

use crate::provider::xxpay::order::Form;
use crate::status::{Kind, ProviderStatus};

/// The payment query, 2.2.2 to 2.2.4.
pub(super) const FORM: Form = Form {
    kind: Kind::Payment,
    query: "/api/pay/query_order",
    order_no: "mchOrderNo",
    provider_order_no: "payOrderId",
    paid_at: "paySuccTime",
    status,
};

/// `status` of payments. Payouts have a table of their own, in which 3 is failed and 5 is not.
///
/// `XxPay`'s own -2, -1 and 4 (expired, failed, refunded) are not in the manual.
fn status(code: &str) -> Option<ProviderStatus> {
    match code {
        "0" | "1" => Some(ProviderStatus::Pending),
        "2" | "3" => Some(ProviderStatus::Succeeded),
        "5" => Some(ProviderStatus::Failed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payment_statuses_are_exactly_those_of_the_manual() {
        let table = [
            ("0", Some(ProviderStatus::Pending)),
            ("1", Some(ProviderStatus::Pending)),
            ("2", Some(ProviderStatus::Succeeded)),
            ("3", Some(ProviderStatus::Succeeded)),
            ("5", Some(ProviderStatus::Failed)),
            ("4", None),
            ("-1", None),
            ("-2", None),
            ("6", None),
            ("02", None),
            ("2.0", None),
            ("", None),
        ];
        for (code, expected) in table {
            assert_eq!(status(code), expected, "{code:?}");
        }
    }
}

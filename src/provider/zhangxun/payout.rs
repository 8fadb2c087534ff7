//! What the fields of one payout say.
//!
//! Manual: 2.6.4.

use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::{Unproved, shortened};
use crate::reading::Said;
use crate::status::ProviderStatus;

/// The field with the merchant's order number (payments, and callbacks of payouts, have another).
pub(super) const ORDER_NO: &str = "custOrdNo";

/// The fields of a payout answer that count.
pub(super) const READ: [&str; 9] =
    ["code", "orgNo", "custId", ORDER_NO, "casOrdNo", "ordStatus", "casAmt", "fee", "serviceFee"];

/// Theirs to ours.
///
/// The amount is `casAmt`, what the shop asked to be paid out. `netrecAmt`, what arrived, is not
/// looked at: whether the fee is taken out of it depends on `deductWay` of the order, which the
/// answer does not repeat. The fee is `fee` and `serviceFee` together, in fen (the manual states the
/// unit of the former only). `casDate` is when the payout was handed in, not when it was paid.
///
/// # Errors
///
/// [`Unproved::Field`] for an unreadable field, a missing status, or a success without an amount.
pub(super) fn read(fields: &Fields) -> Result<Said, Unproved> {
    let code = field::required(fields, "ordStatus")?;
    let status = status(&code);
    let amount = field::whole(fields, "casAmt")?.map(Money::fen);
    if status == ProviderStatus::Succeeded && amount.is_none() {
        return Err(Unproved::Field { field: "casAmt" });
    }
    Ok(Said {
        order_no: field::required(fields, ORDER_NO)?.into_owned(),
        provider_order_no: field::text(fields, "casOrdNo")?.into_owned(),
        status,
        status_code: format!("ordStatus={}", shortened(&code)),
        amount,
        fee_minor: fee(fields)?,
        paid_at: None,
    })
}

/// Both fees together; `None` where neither is stated.
fn fee(fields: &Fields) -> Result<Option<i64>, Unproved> {
    match (field::whole(fields, "fee")?, field::whole(fields, "serviceFee")?) {
        (Some(fee), Some(service)) => {
            fee.checked_add(service).map(Some).ok_or(Unproved::Field { field: "serviceFee" })
        }
        (fee, service) => Ok(fee.or(service)),
    }
}

/// `ordStatus` of payouts: "all but success and failure count as processing".
///
/// So does 09, only known from other shops (clearing revoked). `01` is success for payments only.
pub(super) fn status(code: &str) -> ProviderStatus {
    match code {
        "07" => ProviderStatus::Succeeded,
        "08" => ProviderStatus::Failed,
        _ => ProviderStatus::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payout_statuses_are_exactly_those_of_the_manual_and_all_others_are_processing() {
        let table = [
            ("00", ProviderStatus::Pending),
            ("01", ProviderStatus::Pending),
            ("02", ProviderStatus::Pending),
            ("06", ProviderStatus::Pending),
            ("07", ProviderStatus::Succeeded),
            ("08", ProviderStatus::Failed),
            ("09", ProviderStatus::Pending),
            ("99", ProviderStatus::Pending),
            ("7", ProviderStatus::Pending),
            ("07 ", ProviderStatus::Pending),
            ("０７", ProviderStatus::Pending),
        ];
        for (code, expected) in table {
            assert_eq!(status(code), expected, "{code:?}");
        }
    }

    #[test]
    fn both_fees_count_together() {
        let table = [
            (r#"{"fee":"200","serviceFee":"50"}"#, Ok(Some(250))),
            (r#"{"fee":200}"#, Ok(Some(200))),
            (r#"{"fee":"","serviceFee":"50"}"#, Ok(Some(50))),
            (r#"{"fee":"0","serviceFee":"0"}"#, Ok(Some(0))),
            ("{}", Ok(None)),
            (r#"{"fee":"2.00"}"#, Err("fee")),
            (r#"{"fee":"1","serviceFee":"-1"}"#, Err("serviceFee")),
            (r#"{"fee":"9223372036854775807","serviceFee":"1"}"#, Err("serviceFee")),
        ];
        for (json, expected) in table {
            let fields = field::object(json.as_bytes()).expect("an object");
            assert_eq!(fee(&fields), expected.map_err(|field| Unproved::Field { field }), "{json}");
        }
    }
}

//! What the fields of one quick or gateway payment say.
//!
//! Manual: quick 5.7 and 5.9.3, gateway 5.3 and 5.4.3 (the same fields), codes quick 6.

use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::mmsp::account::Mmsp;
use crate::provider::{Unproved, shortened};
use crate::reading::Said;
use crate::status::ProviderStatus;

/// Checks that signed fields are about this merchant, where they say it.
///
/// # Errors
///
/// [`Unproved::NotWhatWasAsked`].
pub(super) fn same_merchant(account: &Mmsp, body: &Fields) -> Result<(), Unproved> {
    for name in ["MER_ID", "MERNO"] {
        field::same_if_present(body, name, &account.merchant_no, "merchant")?;
    }
    Ok(())
}

/// Theirs to ours.
///
/// # Errors
///
/// [`Unproved::UnknownCode`] for a status that the manual does not list, [`Unproved::Field`] for an
/// unreadable field or a success without an amount.
pub(super) fn read(body: &Fields) -> Result<Said, Unproved> {
    let code = field::required(body, "STATUS")?;
    let error = field::text(body, "ERRCODE")?;
    let status = status(&code, &error)
        .ok_or_else(|| Unproved::UnknownCode { field: "STATUS", value: shortened(&code) })?;
    let amount = field::whole(body, "AMT")?.map(Money::fen);
    if status == ProviderStatus::Succeeded && amount.is_none() {
        return Err(Unproved::Field { field: "AMT" });
    }
    Ok(Said {
        order_no: field::required(body, "MERORDERID")?.into_owned(),
        provider_order_no: field::text(body, "LIST_ID")?.into_owned(),
        status,
        status_code: format!("STATUS={code}"),
        amount,
        fee_minor: None,
        paid_at: field::compact_time(body, "PAY_DATE")?,
    })
}

/// `STATUS` of quick and gateway payments (scan's `3` means something else).
///
/// A failure with `ERRCODE` AA is none yet: quick 6 says of AA that the user is still paying and
/// that the query has to go on.
fn status(code: &str, error: &str) -> Option<ProviderStatus> {
    match (code, error) {
        ("0", _) | ("2", "AA") => Some(ProviderStatus::Pending),
        ("1", _) => Some(ProviderStatus::Succeeded),
        ("2", _) => Some(ProviderStatus::Failed),
        ("3", _) => Some(ProviderStatus::Refunded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_and_gateway_statuses_are_exactly_those_of_the_manual() {
        let table = [
            ("0", "", Some(ProviderStatus::Pending)),
            ("0", "AA", Some(ProviderStatus::Pending)),
            ("1", "", Some(ProviderStatus::Succeeded)),
            ("1", "00", Some(ProviderStatus::Succeeded)),
            ("2", "", Some(ProviderStatus::Failed)),
            ("2", "D4", Some(ProviderStatus::Failed)),
            ("2", "AA", Some(ProviderStatus::Pending)),
            ("3", "", Some(ProviderStatus::Refunded)),
            ("4", "", None),
            ("00", "", None),
            ("01", "", None),
            ("-1", "", None),
            (" 1", "", None),
            ("１", "", None),
            ("", "", None),
        ];
        for (code, error, expected) in table {
            assert_eq!(status(code, error), expected, "{code:?} {error:?}");
        }
    }
}

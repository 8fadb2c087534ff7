//! What the fields of a scan order and of a scan refund say.
//!
//! Manual: scan 10.3.2 (order), 10.7.2 (refund), 10.8 (notification), codes 11.
//! Odd: `STATUS` 3 is "being paid" here and "refunded" elsewhere; a refund has no "completed", 1
//! says only that it was accepted, and `REFUND_TIME` is when it was asked for.

use crate::money::{Currency, Money};
use crate::provider::field::{self, Fields};
use crate::provider::mmsp::payment;
use crate::provider::{Terms, Unproved};
use crate::reading::Facts;
use crate::status::ProviderStatus;

/// Theirs to ours: an order.
///
/// # Errors
///
/// [`Unproved::UnknownCode`] for a status that the manual does not list, [`Unproved::Field`] for an
/// unreadable status or amount or a success without an amount.
pub(super) fn read_order(body: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
    let code = field::required(body, "STATUS")?;
    let error = payment::error(body, "ERR_CODE", "ERR_CODE_MSG");
    let known = order_status(&code, &error);
    let (status, status_code) = terms.status_codes.read("STATUS", &code, known)?;
    let mut facts = Facts {
        order_no: field::required(body, "MERORDERID")?.into_owned(),
        provider_order_no: field::text(body, "ORDERNO")?.into_owned(),
        status,
        status_code,
        amount: amount(body, status, terms.currency)?,
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    };
    payment::named(&mut facts, "ERR_CODE", &error);
    facts.paid_by("TRADETYPE", field::shown(body, "TRADETYPE"));
    let cycle = field::shown(body, "ISTO");
    if !cycle.is_empty() {
        facts.remark("ISTO", &cycle);
    }
    facts.paid_at = field::aside(body, "PAYTIME", field::clock_time, &mut facts);
    Ok(facts)
}

/// Theirs to ours: a refund. There is no later word than "accepted", so that counts, and is dated
/// by the only time that is stated.
///
/// # Errors
///
/// As [`read_order`].
pub(super) fn read_refund(body: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
    let code = field::required(body, "STATUS")?;
    let known = refund_status(&code);
    let (status, status_code) = terms.status_codes.read("STATUS", &code, known)?;
    let mut facts = Facts {
        order_no: field::required(body, "REFUND_MERORDERID")?.into_owned(),
        provider_order_no: field::text(body, "REFUND_ORDERNO")?.into_owned(),
        status,
        status_code,
        amount: amount(body, status, terms.currency)?,
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    };
    let asked_at = field::aside(body, "REFUND_TIME", field::clock_time, &mut facts);
    facts.paid_at = asked_at.filter(|_| status == ProviderStatus::Succeeded);
    Ok(facts)
}

/// `STATUS` of scan orders. As for the other products, AA says that the user is still paying and
/// that the query has to go on (scan 11), so that a failure with it is none yet; one that is being paid
/// and closed (D4) will not be paid any more.
fn order_status(code: &str, error: &str) -> Option<ProviderStatus> {
    match (code, error) {
        ("3", payment::CLOSED) => Some(ProviderStatus::Failed),
        ("3", _) | ("2", "AA") => Some(ProviderStatus::Pending),
        ("1", _) => Some(ProviderStatus::Succeeded),
        ("2", _) => Some(ProviderStatus::Failed),
        _ => None,
    }
}

/// `STATUS` of scan refunds: 1 accepted, 2 failed.
fn refund_status(code: &str) -> Option<ProviderStatus> {
    match code {
        "1" => Some(ProviderStatus::Succeeded),
        "2" => Some(ProviderStatus::Failed),
        _ => None,
    }
}

/// `AMT` in fen.
fn amount(
    body: &Fields,
    status: ProviderStatus,
    currency: Currency,
) -> Result<Option<Money>, Unproved> {
    let amount = field::whole(body, "AMT")?.map(|minor| Money { minor, currency });
    if status == ProviderStatus::Succeeded && amount.is_none() {
        return Err(Unproved::Field { field: "AMT" });
    }
    Ok(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scan_statuses_are_exactly_those_of_the_manual() {
        let table = [
            ("1", "", Some(ProviderStatus::Succeeded), Some(ProviderStatus::Succeeded)),
            ("2", "", Some(ProviderStatus::Failed), Some(ProviderStatus::Failed)),
            ("2", "D4", Some(ProviderStatus::Failed), Some(ProviderStatus::Failed)),
            ("2", "AA", Some(ProviderStatus::Pending), Some(ProviderStatus::Failed)),
            ("3", "AA", Some(ProviderStatus::Pending), None),
            ("3", "D4", Some(ProviderStatus::Failed), None),
            ("1", "D4", Some(ProviderStatus::Succeeded), Some(ProviderStatus::Succeeded)),
            ("3", "", Some(ProviderStatus::Pending), None),
            ("0", "", None, None),
            ("4", "", None, None),
            ("01", "", None, None),
            ("", "", None, None),
        ];
        for (code, error, order, refund) in table {
            assert_eq!(order_status(code, error), order, "{code:?} {error:?}");
            assert_eq!(refund_status(code), refund, "{code:?}");
        }
    }
}

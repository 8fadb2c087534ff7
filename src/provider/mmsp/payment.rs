//! What the fields of one quick or gateway payment say.
//!
//! Manual: quick 5.7 and 5.9.3, gateway 5.3 and 5.4.3 (the same fields), codes quick 6.

use std::borrow::Cow;

use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::mmsp::account::Mmsp;
use crate::provider::{Terms, Unproved};
use crate::reading::Facts;
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
/// unreadable status or amount or a success without an amount.
pub(super) fn read(body: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
    let code = field::required(body, "STATUS")?;
    let error = error(body, "ERRCODE", "ERRMSG");
    let (status, status_code) = terms.status_codes.read("STATUS", &code, status(&code, &error))?;
    let currency = terms.currency;
    let amount = field::whole(body, "AMT")?.map(|minor| Money { minor, currency });
    if status == ProviderStatus::Succeeded && amount.is_none() {
        return Err(Unproved::Field { field: "AMT" });
    }
    let mut facts = Facts {
        order_no: field::required(body, "MERORDERID")?.into_owned(),
        provider_order_no: field::text(body, "LIST_ID")?.into_owned(),
        status,
        status_code,
        amount,
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    };
    named(&mut facts, "ERRCODE", &error);
    facts.paid_by("PAY_CHANNEL", field::shown(body, "PAY_CHANNEL"));
    facts.paid_at = field::aside(body, "PAY_DATE", field::compact_time, &mut facts);
    Ok(facts)
}

/// The error code beside a status, where it counts: `D4`, the order is closed, is also printed with
/// other texts (要素不匹配) and then says nothing of that.
pub(super) fn error<'a>(body: &'a Fields, code: &'static str, text: &'static str) -> Cow<'a, str> {
    let code = field::text(body, code).unwrap_or_default();
    let text = field::text(body, text).unwrap_or_default();
    if code == CLOSED && !text.is_empty() && !text.contains("关闭") {
        return Cow::Borrowed("");
    }
    code
}

/// `ERRCODE` D4, quick 6, gateway 6, scan 11: 订单已关闭.
pub(super) const CLOSED: &str = "D4";

/// Shows an error code that made the status what it is.
pub(super) fn named(facts: &mut Facts, field: &str, error: &str) {
    if error == CLOSED && facts.status == ProviderStatus::Failed {
        facts.remark(field, error);
    }
}

/// `STATUS` of quick and gateway payments (scan's `3` means something else).
///
/// A failure with `ERRCODE` AA is none yet: quick 6 says of AA that the user is still paying and
/// that the query has to go on. An order that is pending and closed (D4) will not be paid any more.
fn status(code: &str, error: &str) -> Option<ProviderStatus> {
    match (code, error) {
        ("0", CLOSED) => Some(ProviderStatus::Failed),
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
    fn closed_is_what_the_code_says_unless_its_text_says_something_else() {
        let table = [
            (r#"{"ERRCODE":"D4"}"#, "D4"),
            (r#"{"ERRCODE":"D4","ERRMSG":""}"#, "D4"),
            (r#"{"ERRCODE":"D4","ERRMSG":"订单已关闭"}"#, "D4"),
            (r#"{"ERRCODE":"D4","ERRMSG":"要素不匹配"}"#, ""),
            (r#"{"ERRCODE":"AA","ERRMSG":"用户支付中"}"#, "AA"),
            (r#"{"ERRCODE":["D4"]}"#, ""),
            ("{}", ""),
        ];
        for (json, expected) in table {
            let body = field::object(json.as_bytes()).expect("an object");
            assert_eq!(error(&body, "ERRCODE", "ERRMSG"), expected, "{json}");
        }
    }

    #[test]
    fn quick_and_gateway_statuses_are_exactly_those_of_the_manual() {
        let table = [
            ("0", "", Some(ProviderStatus::Pending)),
            ("0", "AA", Some(ProviderStatus::Pending)),
            ("0", "D4", Some(ProviderStatus::Failed)),
            ("1", "D4", Some(ProviderStatus::Succeeded)),
            ("3", "D4", Some(ProviderStatus::Refunded)),
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

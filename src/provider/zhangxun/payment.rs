//! What the fields of one payment say.
//!
//! Manual: 2.4.5, and 2.2.3 for the same fields in a callback.

use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::{Terms, Unproved, shortened};
use crate::reading::Facts;
use crate::status::ProviderStatus;

/// The field with the merchant's order number (payouts have another).
pub(super) const ORDER_NO: &str = "custOrderNo";

/// The fields of a payment answer that count.
pub(super) const READ: [&str; 10] = [
    "code",
    "orgNo",
    "custId",
    ORDER_NO,
    "prdOrdNo",
    "ordStatus",
    "ordAmt",
    "payAmt",
    "ordTime",
    "tranType",
];

/// Theirs to ours.
///
/// The amount is `payAmt`, what was really paid, "in general the same as" `ordAmt`: where it is not,
/// the shop has to see it, and `ordAmt` stands beside it. `ordTime` is when the order was handed in, not
/// when it was paid; it and `tranType`, the way of paying, are shown as they are.
///
/// # Errors
///
/// [`Unproved::Field`] for an unreadable status or amount, or a success without an amount.
pub(super) fn read(fields: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
    let code = field::required(fields, "ordStatus")?;
    let (status, status_code) = known(terms, &code, status(&code));
    let paid = field::whole(fields, "payAmt")?;
    if status == ProviderStatus::Succeeded && paid.is_none() {
        return Err(Unproved::Field { field: "payAmt" });
    }
    let mut facts = Facts {
        order_no: field::required(fields, ORDER_NO)?.into_owned(),
        provider_order_no: field::text(fields, "prdOrdNo")?.into_owned(),
        status,
        status_code,
        amount: paid.map(|minor| Money { minor, currency: terms.currency }),
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    };
    facts.paid_by("tranType", field::shown(fields, "tranType"));
    let ordered = field::aside(fields, "ordAmt", field::whole, &mut facts);
    if let Some(ordered) = ordered.filter(|ordered| paid.is_some_and(|paid| paid != *ordered)) {
        facts.remark("ordAmt", &ordered.to_string());
    }
    field::aside(fields, "ordTime", field::compact_time, &mut facts);
    Ok(facts)
}

/// `ordStatus` of payments: "all but success and failure count as processing".
///
/// So do the codes that are only known from other shops (03 rejected, 05 cancelled, 07 refunded, 08
/// refunding): the manual's sentence leaves no code unknown. `07` is success for payouts only.
pub(super) fn status(code: &str) -> Option<ProviderStatus> {
    match code {
        "00" | "04" | "06" => Some(ProviderStatus::Pending),
        "01" => Some(ProviderStatus::Succeeded),
        "02" => Some(ProviderStatus::Failed),
        _ => None,
    }
}

/// What a code means that the manual does not list: what the account's own `status_codes` say, else
/// processing, which is what the manual says of every other code.
pub(super) fn known(
    terms: &Terms,
    code: &str,
    documented: Option<ProviderStatus>,
) -> (ProviderStatus, String) {
    let processing = || (ProviderStatus::Pending, format!("ordStatus={}", shortened(code)));
    terms.status_codes.read("ordStatus", code, documented).unwrap_or_else(|_| processing())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::StatusCodes;

    #[test]
    fn an_accounts_own_word_for_a_code_goes_before_processing_and_not_before_the_manual() {
        let own = ["07", "01", "04"].map(|code| (code.to_owned(), ProviderStatus::Refunded));
        let terms = Terms { status_codes: StatusCodes(own.into()), ..Terms::default() };
        let table = [
            ("07", ProviderStatus::Refunded, "ordStatus=07 status_codes=refunded"),
            ("01", ProviderStatus::Succeeded, "ordStatus=01"),
            ("04", ProviderStatus::Pending, "ordStatus=04"),
            ("08", ProviderStatus::Pending, "ordStatus=08"),
        ];
        for (code, expected, text) in table {
            assert_eq!(known(&terms, code, status(code)), (expected, text.to_owned()), "{code}");
        }
    }

    #[test]
    fn payment_statuses_are_exactly_those_of_the_manual_and_all_others_are_processing() {
        let table = [
            ("00", ProviderStatus::Pending),
            ("01", ProviderStatus::Succeeded),
            ("02", ProviderStatus::Failed),
            ("03", ProviderStatus::Pending),
            ("04", ProviderStatus::Pending),
            ("05", ProviderStatus::Pending),
            ("06", ProviderStatus::Pending),
            ("07", ProviderStatus::Pending),
            ("08", ProviderStatus::Pending),
            ("09", ProviderStatus::Pending),
            ("99", ProviderStatus::Pending),
            ("1", ProviderStatus::Pending),
            ("01 ", ProviderStatus::Pending),
            ("０１", ProviderStatus::Pending),
        ];
        for (code, expected) in table {
            assert_eq!(known(&Terms::default(), code, status(code)).0, expected, "{code:?}");
        }
    }
}

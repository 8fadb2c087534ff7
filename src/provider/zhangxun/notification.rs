//! Callbacks of payments and payouts.
//!
//! Manual: 2.2. That of payouts is promised in 2.5.4 (`callBackUrl`) and described nowhere; its
//! fields are those that shops receive.

use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::zhangxun::{payment, payout};
use crate::provider::{Notification, Notified, Terms, Unproved};
use crate::reading::Facts;
use crate::status::{Kind, ProviderStatus};

/// The fields of a callback that count.
pub(super) const READ: [&str; 9] = [
    "code",
    "orgNo",
    "custId",
    "custOrderNo",
    "prdOrdNo",
    "ordAmt",
    "ordTime",
    "ordStatus",
    "payAmt",
];

/// The fields of a callback: a form, at some deployments JSON.
///
/// # Errors
///
/// [`Unproved::Malformed`].
pub(super) fn fields(notification: &Notification) -> Result<Fields, Unproved> {
    if notification.content_type.trim_start().starts_with("application/json") {
        field::object(&notification.body)
    } else {
        field::form(&notification.body)
    }
}

/// Theirs to ours.
///
/// Both kinds name the order in `custOrderNo`, and their statuses differ: `01` is success of one
/// and waiting of the other. A payment states `ordAmt` and `ordTime` (2.2.3), a payout neither. The
/// signed parameters of the page to which a payer's browser returns look alike but have a `code`;
/// they are refused, since the manual forbids to take them for a result (2.3.3).
///
/// # Errors
///
/// [`Unproved`] when the kind cannot be told or a field is missing or unreadable.
pub(super) fn read(fields: &Fields, terms: &Terms) -> Result<Notified, Unproved> {
    if !field::text(fields, "code")?.is_empty() {
        return Err(Unproved::NotWhatWasAsked { what: "interface" });
    }
    let stated = |name| Ok::<_, Unproved>(!field::text(fields, name)?.is_empty());
    let kind = match (stated("ordAmt")?, stated("ordTime")?) {
        (true, true) => Kind::Payment,
        (false, false) => Kind::Payout,
        (true, false) => return Err(Unproved::Field { field: "ordTime" }),
        (false, true) => return Err(Unproved::Field { field: "ordAmt" }),
    };
    let facts = if kind == Kind::Payment {
        payment::read(fields, terms)?
    } else {
        paid_out(fields, terms)?
    };
    Ok(Notified { kind, product: String::new(), facts })
}

fn paid_out(fields: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
    let code = field::required(fields, "ordStatus")?;
    let (status, status_code) = payment::known(terms, &code, payout::status(&code));
    let currency = terms.currency;
    let amount = field::whole(fields, "payAmt")?.map(|minor| Money { minor, currency });
    if status == ProviderStatus::Succeeded && amount.is_none() {
        return Err(Unproved::Field { field: "payAmt" });
    }
    Ok(Facts {
        order_no: field::required(fields, "custOrderNo")?.into_owned(),
        provider_order_no: field::text(fields, "prdOrdNo")?.into_owned(),
        status,
        status_code,
        amount,
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    })
}

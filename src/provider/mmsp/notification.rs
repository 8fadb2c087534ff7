//! The callbacks of quick, gateway and scan payments.
//!
//! Manual: quick 5.5, gateway 5.2, scan 10.8. Payouts have none.
//! Odd: the header does not say which product it is about: both quick and gateway print command
//! 35104 and node `openplat`, which is scan's; and nobody signs it. So the signed fields tell:
//!
//! - a scan order has `ORDERNO`, `TRADETYPE` and the like, and no `LIST_ID` ([`Shape`]);
//! - of the others, a gateway payment has `PAY_CHANNEL` (required) or `GOODSNAME` (which no quick
//!   request can state); a quick payment has neither;
//! - where the account has only one of the two, it is that one.
//!
//! `RetCode` is not looked at, unlike in answers: nobody signs it, the scan manual prints 0 and 1 for
//! success, and a callback is sent for something that happened. Senders write JSON whatever the
//! `Content-Type` says.

use crate::provider::field::Fields;
use crate::provider::mmsp::account::Mmsp;
use crate::provider::mmsp::payment;
use crate::provider::mmsp::shape::Shape;
use crate::provider::{Notified, Unproved};
use crate::status::Kind;

/// Theirs to ours.
///
/// # Errors
///
/// [`Unproved::NotWhatWasAsked`] for another merchant or a product that the account does not have,
/// [`Unproved::NotOffered`] for a refund (no document has such a callback), and as [`Shape::read`].
pub(super) fn read(account: &Mmsp, body: &Fields) -> Result<Notified, Unproved> {
    payment::same_merchant(account, body)?;
    let shape = Shape::of(body);
    let product = match shape {
        Shape::ScanRefund => return Err(Unproved::NotOffered),
        Shape::ScanOrder => has(account, "scan").then_some("scan"),
        Shape::Payment => card_product(account, body),
    };
    let product = product.ok_or(Unproved::NotWhatWasAsked { what: "product" })?;
    Ok(Notified {
        kind: Kind::Payment,
        product: product.to_owned(),
        facts: shape.read(body, &account.terms)?,
    })
}

fn card_product(account: &Mmsp, body: &Fields) -> Option<&'static str> {
    let is_gateway = ["PAY_CHANNEL", "GOODSNAME"].iter().any(|name| body.contains_key(*name));
    match (has(account, "quick"), has(account, "gateway")) {
        (true, true) => Some(if is_gateway { "gateway" } else { "quick" }),
        (true, false) => Some("quick"),
        (false, true) => Some("gateway"),
        (false, false) => None,
    }
}

fn has(account: &Mmsp, product: &str) -> bool {
    account.products.iter().any(|known| known == product)
}

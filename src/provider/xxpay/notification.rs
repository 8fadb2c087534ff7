//! The callbacks of payments and payouts.
//!
//! Manual: 2.3 (payments, POST) and 3.3 (payouts, GET).
//! Odd: both are form fields, the one in the body, the other in the query; nothing but the names of
//! the fields tells them apart. `backType` (1 through the user's browser, 2 directly) makes no
//! difference: both are signed.

use crate::provider::field::{self, Fields};
use crate::provider::xxpay::{XxPay, envelope, payment, payout};
use crate::provider::{Notification, Notified, Unproved, Verified};

/// Verifies a callback.
///
/// # Errors
///
/// [`Unproved`] says why it is worth nothing.
pub(super) fn verify(account: &XxPay, notification: &Notification) -> Result<Verified, Unproved> {
    let fields = field::form(&notification.body)?;
    // The fields of either kind decide which kind it is, so none of them may hide in another.
    let read = [payment::FORM.read_fields(), payout::FORM.read_fields()].concat();
    let verified = envelope::verify_signed(account, fields, &read)?;
    envelope::same_merchant(account, envelope::fields(&verified)?)?;
    Ok(verified)
}

/// Theirs to ours.
///
/// # Errors
///
/// [`Unproved::Field`] when it names no order or one of each kind, and as
/// [`crate::provider::xxpay::order::Form::read`].
pub(super) fn read(fields: &Fields) -> Result<Notified, Unproved> {
    let names = |name: &'static str| field::text(fields, name).map(|text| !text.is_empty());
    let form = match (names(payment::FORM.order_no)?, names(payout::FORM.order_no)?) {
        (true, false) => &payment::FORM,
        (false, true) => &payout::FORM,
        (true, true) | (false, false) => {
            return Err(Unproved::Field { field: payment::FORM.order_no });
        }
    };
    Ok(Notified { kind: form.kind, product: String::new(), said: form.read(fields)? })
}

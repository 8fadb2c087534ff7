//! The callbacks of payments, payouts and refunds.
//!
//! Manual: 2.3 (payments, POST) and 3.3 (payouts, GET).
//! Odd: all are form fields, in the body or in the query; nothing but the names of the fields tells
//! them apart. `backType` (1 through the user's browser, 2 directly) makes no difference: both are
//! signed.

use crate::provider::field::{self, Fields};
use crate::provider::xxpay::order::Form;
use crate::provider::xxpay::{XxPay, envelope};
use crate::provider::{Notification, Notified, Unproved, Verified};

/// Verifies a callback.
///
/// # Errors
///
/// [`Unproved`] says why it is worth nothing.
pub(super) fn verify(account: &XxPay, notification: &Notification) -> Result<Verified, Unproved> {
    let fields = field::form(&notification.body)?;
    // The fields of every kind decide which kind it is, so none of them may hide in another.
    let forms = account.dialect.forms.iter();
    let read: Vec<&str> = forms.flat_map(Form::read_fields).collect();
    let verified = envelope::verify_signed(account, fields, None, &read)?;
    envelope::same_merchant(account, envelope::fields(&verified)?)?;
    Ok(verified)
}

/// Theirs to ours.
///
/// # Errors
///
/// [`Unproved::Field`] when it names no order or one of each kind, and as [`Form::read`].
pub(super) fn read(account: &XxPay, fields: &Fields) -> Result<Notified, Unproved> {
    let form = form(account, fields)?;
    let facts = form.read(fields, &account.terms)?;
    Ok(Notified { kind: form.kind, product: String::new(), facts })
}

/// The kind of which the fields speak: by the name of the merchant's number, and where two kinds call it
/// alike, by the name of the platform's.
fn form(account: &XxPay, fields: &Fields) -> Result<&'static Form, Unproved> {
    let forms = account.dialect.forms;
    let unclear = || Unproved::Field { field: forms.first().map_or("", |form| form.order_no) };
    let is_there = |name: &'static str| field::text(fields, name).map(|text| !text.is_empty());
    let mut named: Vec<&'static Form> = Vec::new();
    for form in forms {
        if is_there(form.order_no)? {
            named.push(form);
        }
    }
    let (Some(first), true) = (named.first().copied(), named.windows(2).all(are_alike)) else {
        return Err(unclear());
    };
    if named.len() == 1 {
        return Ok(first);
    }
    let mut own = Vec::new();
    for form in named {
        if is_there(form.provider_order_no)? {
            own.push(form);
        }
    }
    match own.as_slice() {
        [one] => Ok(one),
        _ => Err(unclear()),
    }
}

fn are_alike(forms: &[&'static Form]) -> bool {
    forms.iter().zip(forms.iter().skip(1)).all(|(one, other)| one.order_no == other.order_no)
}

//! Callbacks of payments and payouts: the only place where the platform states an amount, and the
//! only one where it signs.
//!
//! Manual: 充值回调参数说明, 下发回调参数说明 and the sections on signatures after each.

use std::borrow::Cow;

use serde_json::Value;

use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::lhxpay::{Generation, Lhxpay};
use crate::provider::signature::{SignedPair, can_be_told_apart, joined, stated, verify_md5};
use crate::provider::{Notification, Notified, Unproved, Verified};
use crate::reading::Said;
use crate::status::{Kind, ProviderStatus};

/// Verifies a callback: its signature over the named fields as they were received, and that it is
/// this merchant's. What is verified are the signed fields only.
///
/// # Errors
///
/// [`Unproved`] says why it is worth nothing.
pub(super) fn verify(account: &Lhxpay, notification: &Notification) -> Result<Verified, Unproved> {
    let names = account.generation;
    let fields = field::form(&notification.body)?;
    let signed = names.signed_in_callback(kind(names, &fields)?);
    let pairs = signed
        .iter()
        .map(|name| Ok((*name, field::required(&fields, name)?)))
        .collect::<Result<Vec<SignedPair<'_>>, Unproved>>()?;
    let body: Fields = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(Cow::as_ref(value))))
        .collect();
    let keys = std::slice::from_ref(&account.key);
    let stated = stated(&fields, names.sign)?;
    let verified =
        verify_md5(names.rule, &[joined(&pairs)], keys, stated, Value::Object(body.clone()))?;
    if !can_be_told_apart(&pairs, signed) {
        return Err(Unproved::Malformed { expected: "fields that can be told apart" });
    }
    field::same(&body, names.app_key, &account.app_key, "merchant")?;
    Ok(verified)
}

/// Theirs to ours. There is no status: the platform calls back after success only ("充值成功后",
/// "出款成功后").
///
/// # Errors
///
/// [`Unproved::Field`] for an unreadable field.
pub(super) fn read(names: &Generation, fields: &Fields) -> Result<Notified, Unproved> {
    let kind = kind(names, fields)?;
    let said = Said {
        order_no: field::required(fields, names.mrn)?.into_owned(),
        provider_order_no: String::new(),
        status: ProviderStatus::Succeeded,
        status_code: "callback".to_owned(),
        amount: Some(Money::fen(names.amount_paid(kind, fields)?)),
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
    };
    Ok(Notified { kind, product: String::new(), said })
}

/// A callback does not name its kind: one of a payment has a channel and the amount that was asked
/// for, one of a payout neither.
fn kind(names: &Generation, fields: &Fields) -> Result<Kind, Unproved> {
    match (fields.contains_key(names.channel), fields.contains_key(names.origin_amount)) {
        (true, true) => Ok(Kind::Payment),
        (false, false) => Ok(Kind::Payout),
        (true, false) => Err(Unproved::Field { field: names.origin_amount }),
        (false, true) => Err(Unproved::Field { field: names.channel }),
    }
}

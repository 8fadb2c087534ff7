//! Callbacks of payments and payouts: the only place where the platform signs.
//!
//! Manual: 充值回调参数说明, 下发回调参数说明 and the sections on signatures after each.
//! Odd: "two decimals are kept: 100 is signed as 100.00", whatever the spelling that is sent; the
//! platform's Java sample signs what was paid so and what was asked for as a whole number, its PHP sample
//! both as they are sent. All of these are tried: it is the same amount in another spelling.

use std::borrow::Cow;

use serde_json::Value;

use crate::money::{Money, minor_from_yuan, yuan};
use crate::provider::field::{self, Fields};
use crate::provider::lhxpay::{Generation, Lhxpay};
use crate::provider::signature::{SignedPair, can_be_separated, joined, stated, verify_md5};
use crate::provider::{Notification, Notified, Unproved, Verified};
use crate::reading::Facts;
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
    kind(names, &fields)?;
    let origin_amount = names.origin_amount(&fields);
    let signed = names.signed_in_callback(origin_amount);
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
    let amounts = [Some(names.amount), origin_amount];
    let texts = texts(&pairs, &amounts);
    let verified = verify_md5(names.rule, &texts, keys, stated, Value::Object(body.clone()))?;
    if !can_be_separated(&pairs, &signed) {
        return Err(Unproved::Malformed { expected: "fields that can be told apart" });
    }
    field::same(&body, names.app_key, &account.app_key, "merchant")?;
    Ok(verified)
}

/// The texts that may have been signed: each amount as it was sent, with two decimals, or without any.
fn texts(pairs: &[SignedPair<'_>], amounts: &[Option<&'static str>]) -> Vec<String> {
    let mut texts: Vec<Vec<SignedPair<'_>>> = vec![Vec::new()];
    for (name, value) in pairs {
        let spellings =
            if amounts.contains(&Some(*name)) { spellings(value) } else { vec![value.to_string()] };
        texts = texts
            .iter()
            .flat_map(|text| {
                spellings.iter().map(|value| {
                    let further = (*name, Cow::Owned(value.clone()));
                    text.iter().cloned().chain([further]).collect()
                })
            })
            .collect();
    }
    texts.iter().map(|pairs| joined(pairs)).collect()
}

/// An amount as it was sent, and the same with two decimals and, where it is whole, without any.
fn spellings(sent: &str) -> Vec<String> {
    let mut spellings = vec![sent.to_owned()];
    let is_plain = sent.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if let (Ok(fen), true) = (minor_from_yuan(sent), is_plain) {
        let exact = yuan(fen);
        let whole = exact.strip_suffix(".00").map(str::to_owned);
        spellings.extend(whole.into_iter().chain([exact]).filter(|other| other != sent));
    }
    spellings
}

/// Theirs to ours. There is no status: the platform calls back after success only ("充值成功后",
/// "出款成功后").
///
/// # Errors
///
/// [`Unproved::Field`] for an unreadable field.
pub(super) fn read(account: &Lhxpay, fields: &Fields) -> Result<Notified, Unproved> {
    let names = account.generation;
    let kind = kind(names, fields)?;
    let mut facts = Facts {
        order_no: field::required(fields, names.mrn)?.into_owned(),
        provider_order_no: String::new(),
        status: ProviderStatus::Succeeded,
        status_code: "callback".to_owned(),
        amount: Some(Money {
            minor: names.amount_paid(kind, fields)?,
            currency: account.terms.currency,
        }),
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    };
    facts.paid_by(names.channel, field::shown(fields, names.channel));
    Ok(Notified { kind, product: String::new(), facts })
}

/// A callback does not name its kind: one of a payment has a channel and the amount that was asked
/// for, one of a payout neither.
fn kind(names: &Generation, fields: &Fields) -> Result<Kind, Unproved> {
    match (fields.contains_key(names.channel), names.origin_amount(fields)) {
        (true, Some(_)) => Ok(Kind::Payment),
        (false, None) => Ok(Kind::Payout),
        (true, None) => {
            let field = names.origin_amounts.first().copied().unwrap_or(names.amount);
            Err(Unproved::Field { field })
        }
        (false, Some(_)) => Err(Unproved::Field { field: names.channel }),
    }
}

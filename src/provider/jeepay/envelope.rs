//! The message around every question, answer and callback: JSON, signature, refusal.
//!
//! Source: the server's `JeepayKit.getSign` and `ApiRes`.

use serde_json::Value;

use crate::provider::field::{self, Fields};
use crate::provider::jeepay::{Jeepay, order};
use crate::provider::signature::{
    HexCase, Md5Rule, can_be_separated, joined_by_any_case, sign_md5, signed_pairs, stated,
    verify_md5,
};
use crate::provider::{HttpRequest, Method, RawAnswer, Stamp, Unproved, Verified, shortened};

/// `toUpperCase(md5("k=v&…&" + "key=" + appSecret))`.
const RULE: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };

/// A signed request: POST, one flat JSON object of texts.
pub(super) fn request(
    account: &Jeepay,
    interface: &'static str,
    order: (&str, &str),
    stamp: Stamp,
) -> HttpRequest {
    let now = stamp.now.epoch_seconds().saturating_mul(1000).to_string();
    let fields = [
        ("mchNo", account.mch_no.as_str()),
        ("appId", &account.app_id),
        order,
        ("version", "1.0"),
        ("signType", "MD5"),
        ("reqTime", &now),
    ];
    let mut fields: Fields =
        fields.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
    let text = joined_by_any_case(signed_pairs(&fields, "sign"));
    fields.insert("sign".to_owned(), Value::from(sign_md5(RULE, &text, &account.key)));
    HttpRequest {
        method: Method::Post,
        url: format!("{}{interface}", account.base_url),
        content_type: "application/json",
        headers: Vec::new(),
        body: Value::Object(fields).to_string(),
        interface,
    }
}

/// Verifies an answer: `{code, msg, data, sign}`, of which the fields of `data` are signed. Every other code
/// than 0 is a refusal and carries no signature.
///
/// # Errors
///
/// [`Unproved`] says why the answer is worth nothing.
pub(super) fn verify(account: &Jeepay, answer: &RawAnswer) -> Result<Verified, Unproved> {
    let mut outer = field::object(&answer.body)?;
    let code = field::required(&outer, "code")?.into_owned();
    if code != "0" {
        let text = outer.get("msg").and_then(Value::as_str).unwrap_or_default();
        return Ok(Verified::refused(format!("code={}", shortened(&code)), text.to_owned()));
    }
    let sign = stated(&outer, "sign")?.to_owned();
    let Some(Value::Object(data)) = outer.remove("data") else {
        return Err(Unproved::Field { field: "data" });
    };
    signed(account, data, &sign)
}

/// Verifies the fields of a callback, which hold their signature.
///
/// # Errors
///
/// As [`verify`].
pub(super) fn verify_signed(account: &Jeepay, fields: Fields) -> Result<Verified, Unproved> {
    let sign = stated(&fields, "sign")?.to_owned();
    signed(account, fields, &sign)
}

fn signed(account: &Jeepay, fields: Fields, sign: &str) -> Result<Verified, Unproved> {
    let pairs = signed_pairs(&fields, "sign");
    let apart = can_be_separated(&pairs, &order::READ_FIELDS);
    let texts = [joined_by_any_case(pairs)];
    let keys = std::slice::from_ref(&account.key);
    let verified = verify_md5(RULE, &texts, keys, sign, Value::Object(fields))?;
    if !apart {
        return Err(Unproved::Malformed { expected: "fields that can be told apart" });
    }
    Ok(verified)
}

/// The fields of what was verified.
///
/// # Errors
///
/// [`Unproved::Refused`] when it is a refusal.
pub(super) fn fields(verified: &Verified) -> Result<&Fields, Unproved> {
    if let Some((code, _)) = verified.refusal() {
        return Err(Unproved::Refused { code: code.to_owned() });
    }
    let fields = verified.body().and_then(Value::as_object);
    fields.ok_or(Unproved::Malformed { expected: "a JSON object" })
}

/// Checks that nothing names another merchant or application.
///
/// # Errors
///
/// [`Unproved::NotWhatWasAsked`].
pub(super) fn same_merchant(account: &Jeepay, fields: &Fields) -> Result<(), Unproved> {
    field::same(fields, "mchNo", &account.mch_no, "merchant")?;
    field::same(fields, "appId", &account.app_id, "app")
}

//! The message around every question, answer and callback: form, signature, refusal.
//!
//! Manual: 1.2 (form) and 1.3 (signature).

use serde_json::Value;

use crate::provider::field::{self, Fields};
use crate::provider::refusal::{is_about_the_order, says_no_such_order};
use crate::provider::signature::{
    HexCase, Md5Rule, can_be_separated, joined_by_bytes, sign_md5, signed_pairs, stated, verify_md5,
};
use crate::provider::xxpay::{XxPay, texts};
use crate::provider::{HttpRequest, Method, RawAnswer, Unproved, Verified, shortened};

/// `toUpperCase(md5(stringA + "&key=" + key))`, 1.3.
const RULE: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };

/// A signed request: POST form, one field `params` with the JSON text (1.2).
pub(super) fn request(
    account: &XxPay,
    interface: &'static str,
    params: &[(&str, &str)],
) -> HttpRequest {
    let params = signed(account, params);
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("params", &Value::Object(params).to_string())
        .finish();
    HttpRequest {
        method: Method::Post,
        url: format!("{}{interface}", account.query_url),
        content_type: "application/x-www-form-urlencoded",
        headers: Vec::new(),
        body,
        interface,
    }
}

/// The same as the fields of a query.
pub(super) fn get(
    account: &XxPay,
    interface: &'static str,
    params: &[(&str, &str)],
) -> HttpRequest {
    let params = signed(account, params);
    let pairs = params.iter().map(|(name, value)| (name, value.as_str().unwrap_or_default()));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    HttpRequest {
        method: Method::Get,
        url: format!("{}{interface}?{query}", account.query_url),
        content_type: "",
        headers: Vec::new(),
        body: String::new(),
        interface,
    }
}

fn signed(account: &XxPay, params: &[(&str, &str)]) -> Fields {
    let mut params: Fields =
        params.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
    let text = joined_by_bytes(signed_pairs(&params, "sign"));
    params.insert("sign".to_owned(), Value::from(sign_md5(RULE, &text, &account.key)));
    params
}

/// Verifies an answer, of which the fields in `read` will be read. A refusal carries no signature.
///
/// # Errors
///
/// [`Unproved`] says why the answer is worth nothing.
pub(super) fn verify(
    account: &XxPay,
    answer: &RawAnswer,
    read: &[&str],
) -> Result<Verified, Unproved> {
    let fields = field::object(&answer.body)?;
    match refusal(&fields)? {
        Some((code, text)) => Ok(Verified::refused(code, text)),
        None if account.takes_unsigned && stated(&fields, "sign")?.is_empty() => {
            // The manual's tables of both query answers (2.2.4, 3.2.4) have no `sign`.
            Ok(Verified::unsigned_by_protocol(Value::Object(fields)))
        }
        None => verify_signed(account, fields, std::str::from_utf8(&answer.body).ok(), read),
    }
}

/// Verifies the signature over all fields that are not empty, also those that no manual lists.
/// `received`: the JSON text that they were read from, where they were.
///
/// # Errors
///
/// [`Unproved`] says why they are worth nothing.
pub(super) fn verify_signed(
    account: &XxPay,
    fields: Fields,
    received: Option<&str>,
    read: &[&str],
) -> Result<Verified, Unproved> {
    let texts = texts::signed(&fields, received);
    let apart = can_be_separated(&signed_pairs(&fields, "sign"), read);
    let sign = stated(&fields, "sign")?.to_owned();
    let keys = std::slice::from_ref(&account.key);
    let verified = verify_md5(RULE, &texts, keys, &sign, Value::Object(fields))?;
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
pub(super) fn same_merchant(account: &XxPay, fields: &Fields) -> Result<(), Unproved> {
    field::same_if_present(fields, "mchId", &account.mch_id, "merchant")?;
    if account.app_id.is_empty() {
        return Ok(());
    }
    field::same_if_present(fields, "appId", &account.app_id, "app")
}

/// Code and text of an answer that is not `SUCCESS` all through; forks spell both differently.
fn refusal(fields: &Fields) -> Result<Option<(String, String)>, Unproved> {
    let outer = field::text(fields, "retCode")?;
    let inner = field::text(fields, "resCode")?;
    if outer == "SUCCESS" && matches!(&*inner, "" | "SUCCESS") {
        return Ok(None);
    }
    // The most telling first.
    let codes =
        [("errCode", field::text(fields, "errCode")?), ("retCode", outer), ("resCode", inner)];
    let failed = codes.iter().find(|(_, code)| !matches!(&**code, "" | "SUCCESS"));
    let Some((name, code)) = failed else {
        return Err(Unproved::Field { field: "retCode" });
    };
    let text = ["retMsg", "errCodeDes", "errMsg", "errDes", "resMsg"]
        .into_iter()
        .filter_map(|name| fields.get(name)?.as_str())
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    Ok(Some((format!("{name}={}", shortened(code)), text.to_owned())))
}

/// Whether a refusal says "no such order": a text that says 不存在 of the order, or one of the
/// account's own codes or texts; see [`is_about_the_order`].
pub(super) fn means_not_found(configured: &[String], code: &str, text: &str) -> bool {
    let is_known = says_no_such_order(text) || field::is_configured(configured, code, text);
    is_about_the_order(is_known, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_no_such_order_only_by_its_words() {
        let own = ["0404".to_owned(), "查无".to_owned(), String::new()];
        let table = [
            ("retCode=FAIL", "支付订单不存在", true, true),
            ("retCode=FAIL", "代付订单不存在", true, true),
            ("retCode=FAIL", "商户号不存在", false, false),
            ("retCode=FAIL", "商户应用不存在", false, false),
            ("retCode=FAIL", "签名失败", false, false),
            ("errCode=0404", "", false, true),
            ("retCode=FAIL", "查无此单", false, true),
            ("errCode=0010", "系统错误", false, false),
        ];
        for (code, text, by_default, configured) in table {
            assert_eq!(means_not_found(&[], code, text), by_default, "{code} {text}");
            assert_eq!(means_not_found(&own, code, text), configured, "{code} {text}");
        }
    }
}

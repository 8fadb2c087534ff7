//! The message around every query and callback of the MD5 family: header, body, signature, refusal.
//!
//! Manual: quick 3.1 and 3.3.2.1; gateway and scan 3.1 and 3.3.2.1 are the same.

use serde_json::{Map, Value};

use crate::provider::mmsp::account::Mmsp;
use crate::provider::mmsp::{Command, php_json};
use crate::provider::refusal::is_about_the_order;
use crate::provider::signature::{HexCase, Md5Rule, sign_md5, stated, verify_md5};
use crate::provider::{HttpRequest, Method, RawAnswer, Unproved, Verified, field};

/// `toUpperCase(md5(json_encode(Body) + "&key=" + KEY))`, quick 3.3.2.1.
const RULE: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };

/// "No such order" in a refusal's text, quick 3.1.
const NOT_FOUND: &str = "[-2002]";

/// A signed request.
///
/// # Errors
///
/// [`Unproved::Field`] when the account has no key or the body cannot be signed.
pub(super) fn request(
    account: &Mmsp,
    command: Command,
    body: &Value,
) -> Result<HttpRequest, Unproved> {
    let key = account.md5_keys.first().ok_or(Unproved::Field { field: "md5_key" })?;
    let text = php_json::canonical(body).ok_or(Unproved::Field { field: "Body" })?;
    let message: Map<String, Value> = [
        ("CommandID", Value::from(command.number)),
        ("SeqID", Value::from("1")),
        ("NodeType", Value::from("3")),
        ("NodeID", Value::from(command.node)),
        ("Version", Value::from("1.0.0")),
        ("AGENTNO", Value::from(account.agent_no.as_str())),
        ("MERNO", Value::from(account.merchant_no.as_str())),
        ("TERMNO", Value::from(account.terminal_no.as_str())),
        ("Body", body.clone()),
        ("Sign", Value::from(sign_md5(RULE, &text, key))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    Ok(HttpRequest {
        method: Method::Post,
        url: account.openapi_url.clone(),
        content_type: "application/json",
        headers: Vec::new(),
        body: Value::Object(message).to_string(),
        interface: command.name,
    })
}

/// Verifies an answer's signature and that its header, which is not signed, names this merchant.
///
/// `RetCode` other than those in `answered` (1; see [`super::shape::Shape::answered`]) is a refusal,
/// whatever else the answer holds (gateway 6). 0 is an answer only where it has a body and a signature
/// that fits it: else it is the refusal that everybody else means by it.
///
/// # Errors
///
/// [`Unproved`] says why the answer is worth nothing.
pub(super) fn verify(
    account: &Mmsp,
    answered: &[&str],
    answer: &RawAnswer,
) -> Result<Verified, Unproved> {
    let message = field::object(&answer.body)?;
    let ret_code = field::required(&message, "RetCode")?.into_owned();
    if ret_code == "1" {
        return signed_body(account, message);
    }
    let text = error_text(&message);
    let is_full = message.get("Body").and_then(Value::as_object).is_some_and(|it| !it.is_empty());
    if answered.contains(&&*ret_code)
        && is_full
        && let Ok(verified) = signed_body(account, message)
    {
        return Ok(verified);
    }
    Ok(Verified::refused(refusal_code(&ret_code, &text), text))
}

/// Verifies a callback's signature, as [`verify`] does an answer's; there are no refusals.
///
/// # Errors
///
/// [`Unproved`] says why the callback is worth nothing.
pub(super) fn verify_notification(account: &Mmsp, body: &[u8]) -> Result<Verified, Unproved> {
    signed_body(account, field::object(body)?)
}

fn signed_body(account: &Mmsp, mut message: field::Fields) -> Result<Verified, Unproved> {
    let body = message.remove("Body").unwrap_or(Value::Null);
    let texts = php_json::candidates(&body).ok_or(Unproved::Field { field: "Body" })?;
    let sign = stated(&message, "Sign")?;
    let verified = verify_md5(RULE, &texts, &account.md5_keys, sign, body)?;
    field::same_if_present(&message, "MERNO", &account.merchant_no, "merchant")?;
    Ok(verified)
}

/// The header table says `ErrorMsg`, half of the samples `ErrMsg`.
fn error_text(message: &field::Fields) -> String {
    ["ErrorMsg", "ErrMsg"]
        .into_iter()
        .filter_map(|name| message.get(name)?.as_str())
        .find(|text| !text.is_empty())
        .unwrap_or_default()
        .to_owned()
}

/// `[-2002]` where the text begins with such a code, else `RetCode=0`: never the text itself.
fn refusal_code(ret_code: &str, text: &str) -> String {
    let bracketed = text.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match bracketed {
        Some((code, _))
            if (1..=12).contains(&code.len())
                && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') =>
        {
            format!("[{code}]")
        }
        Some(_) | None => format!("RetCode={}", crate::provider::shortened(ret_code)),
    }
}

/// Whether a refusal says "no such order": `[-2002]`, or one of the account's own codes or texts; see
/// [`is_about_the_order`].
pub(super) fn means_not_found(configured: &[String], code: &str, text: &str) -> bool {
    let bare = code.trim_start_matches("RetCode=").trim_matches(['[', ']']);
    let is_known = code == NOT_FOUND
        || configured
            .iter()
            .filter(|known| !known.is_empty())
            .any(|known| known == code || known == bare || text.contains(known.as_str()));
    is_about_the_order(is_known, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_known_by_its_code_and_never_by_its_text() {
        let table = [
            ("0", "[-2002] 没有该订单", "[-2002]"),
            ("0", " [-3005]：交易金额不符", "[-3005]"),
            ("39999", "支付失败", "RetCode=39999"),
            ("0", "", "RetCode=0"),
            ("0", "[张三 6225123456781234] 不存在", "RetCode=0"),
            ("0", "[]", "RetCode=0"),
            ("0", "see [-2002]", "RetCode=0"),
        ];
        for (ret_code, text, expected) in table {
            assert_eq!(refusal_code(ret_code, text), expected, "{text}");
        }
    }

    #[test]
    fn only_the_documented_and_the_configured_refusals_mean_no_such_order() {
        let own = ["39998".to_owned(), "[-7]".to_owned(), "查无此单".to_owned(), String::new()];
        let table = [
            ("[-2002]", "[-2002] 没有该订单", true, true),
            ("[-3005]", "[-3005]：交易金额不符", false, false),
            ("RetCode=0", "", false, false),
            ("RetCode=39998", "", false, true),
            ("[-7]", "[-7]", false, true),
            ("RetCode=0", "抱歉，查无此单", false, true),
            ("RetCode=2002", "-2002", false, false),
            ("[-2002]", "[-2002] 没有该商户", false, false),
            ("RetCode=0", "查无此单的商户", false, false),
        ];
        for (code, text, by_default, configured) in table {
            assert_eq!(means_not_found(&[], code, text), by_default, "{code} {text}");
            assert_eq!(means_not_found(&own, code, text), configured, "{code} {text}");
        }
    }
}

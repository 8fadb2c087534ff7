//! Payouts: the encrypted message around every question, and what the fields of one payout say.
//!
//! Manual: payout 3.1 (encryption), 5.2 (query), codes 6.2.
//! Odd: a request is `ENCRYPT` and `SIGN` and nothing else; of an answer only `RETCODE` is in the
//! clear; answers are encrypted but no document shows a signature on them, so that anybody who has
//! the merchant's public key could have made one: they count because they name merchant and order,
//! and are called unsigned. `RSPTIME` is when the answer was given, so a time of payment is never
//! stated. Names, card and phone numbers of the paid are in the answer and dropped as it is opened.

use serde_json::{Map, Value};

use crate::business_day::{BusinessDay, Timestamp};
use crate::money::Money;
use crate::provider::field::{self, Fields};
use crate::provider::mmsp::account::{Mmsp, PayoutAccess};
use crate::provider::refusal::{is_about_the_order, refusal_by_words};
use crate::provider::signature::{decrypt_rsa, encrypt_rsa, sign_rsa, stated, verify_rsa};
use crate::provider::{
    HttpRequest, Method, Question, RawAnswer, RefusalKind, Stamp, Terms, Unproved, Verified,
    shortened,
};
use crate::reading::Facts;
use crate::status::ProviderStatus;

/// The interface of payout queries, by the manual's name for it (6.1.1).
const QUERY: &str = "0x1002";

/// `RETCODE` of an answer that says something; every other is a refusal (6.2).
const ANSWERED: &str = "0000";

/// `ORDERNO string(32)`, digits only, 5.1.2.
const ORDER_NO_DIGITS: usize = 32;

/// The fields of a payout that are read; none is personal.
const READ: [&str; 7] = ["MERNO", "MERNNO", "ORDERNO", "BSORDERNO", "PAYSTATE", "AMT", "CURTYPE"];

/// The question about one payout.
///
/// # Errors
///
/// [`Unproved::Field`] for an order number that the platform cannot have.
pub(super) fn query(
    account: &Mmsp,
    access: &PayoutAccess,
    question: &Question,
    stamp: Stamp,
) -> Result<HttpRequest, Unproved> {
    let order_no = question.order_no.as_str();
    field::carries("ORDERNO", order_no, ORDER_NO_DIGITS)?;
    if !order_no.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unproved::Field { field: "ORDERNO" });
    }
    let fields = [
        ("CMDID", "4098"),
        ("VERSION", "1.0"),
        ("MERNO", &account.merchant_no),
        ("ORDERNO", order_no),
        ("REQTIME", &time(stamp.now)),
    ];
    request(access, QUERY, &fields)
}

/// `YYYYMMDDhhmmss`, Beijing time.
pub(super) fn time(moment: Timestamp) -> String {
    BusinessDay::BEIJING.local(moment).format("%Y%m%d%H%M%S").to_string()
}

/// A request: the fields as JSON, encrypted for the platform and signed by the merchant. The very
/// same bytes are signed and encrypted.
///
/// # Errors
///
/// [`Unproved::Field`] when a key cannot be used.
pub(super) fn request(
    access: &PayoutAccess,
    interface: &'static str,
    fields: &[(&str, &str)],
) -> Result<HttpRequest, Unproved> {
    let fields: Map<String, Value> =
        fields.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
    let text = Value::Object(fields).to_string();
    let message: Map<String, Value> = [
        ("ENCRYPT", encrypt_rsa(&access.platform_key, text.as_bytes())?),
        ("SIGN", sign_rsa(&access.merchant_key, text.as_bytes())?),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), Value::from(text)))
    .collect();
    Ok(HttpRequest {
        method: Method::Post,
        url: access.url.clone(),
        content_type: "application/json",
        headers: Vec::new(),
        body: Value::Object(message).to_string(),
        interface,
    })
}

/// Opens an answer and keeps the fields in `read`.
///
/// A signature, should there be one, has to fit. Inside, `RETCODE` is not documented; where it is
/// there, it has to agree.
///
/// # Errors
///
/// [`Unproved`] says why the answer is worth nothing.
pub(super) fn open(
    access: &PayoutAccess,
    read: &[&str],
    answer: &RawAnswer,
) -> Result<Verified, Unproved> {
    let outer = field::object(&answer.body)?;
    let code = field::required(&outer, "RETCODE")?;
    if code != ANSWERED {
        return Ok(refused(&code, &outer));
    }
    let text = decrypt_rsa(&access.merchant_key, &field::required(&outer, "ENCRYPT")?)?;
    let mut inner = field::object(&text)?;
    let code = field::text(&inner, "RETCODE")?.into_owned();
    let refusal = (!matches!(&*code, "" | ANSWERED)).then(|| refused(&code, &inner));
    inner.retain(|name, _| read.contains(&name.as_str()));
    let body = Value::Object(inner);
    let verified = match stated(&outer, "SIGN")? {
        // 5.1.3, 5.2.3 and 5.3.3 list what an answer has, and 3.1 what is done with it: decrypted.
        "" => Verified::unsigned_by_protocol(body),
        sign => verify_rsa(&access.platform_key, &text, sign, body)?,
    };
    Ok(refusal.unwrap_or(verified))
}

/// A refusal. The manual spells the text's name in three ways.
fn refused(code: &str, fields: &Fields) -> Verified {
    let text = ["RETMSG", "RETMMSG", "REMSG"]
        .into_iter()
        .filter_map(|name| fields.get(name)?.as_str())
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    Verified::refused(format!("RETCODE={}", shortened(code)), text.to_owned())
}

/// Opens the answer to a question about one payout, and checks that it is.
///
/// # Errors
///
/// As [`open`], and [`Unproved::NotWhatWasAsked`].
pub(super) fn verify(
    account: &Mmsp,
    access: &PayoutAccess,
    question: &Question,
    answer: &RawAnswer,
) -> Result<Verified, Unproved> {
    let verified = open(access, &READ, answer)?;
    if let Some(body) = verified.body().and_then(Value::as_object) {
        same_order(account, question, body)?;
    }
    Ok(verified)
}

/// Reads the answer to a question about one payout.
///
/// 0001 ("system error, ask again") is a refusal like any other: "whatever PAYSTATE says, the
/// query has to be repeated" (6.2, note 2), so that nothing follows from it for the order.
///
/// # Errors
///
/// [`Unproved`] for a refusal, an unknown code, or an answer about another payout.
pub(super) fn read_status(
    account: &Mmsp,
    question: &Question,
    answer: &Verified,
) -> Result<Facts, Unproved> {
    if let Some((code, text)) = answer.refusal() {
        return if means_not_found(&account.not_found, code, text) {
            Ok(Facts::not_found(&question.order_no, code))
        } else {
            Err(Unproved::Refused { code: code.to_owned() })
        };
    }
    let body = answer.body().and_then(Value::as_object);
    let body = body.ok_or(Unproved::Malformed { expected: "a JSON object" })?;
    same_order(account, question, body)?;
    read(body, &account.terms)
}

/// 1028 and 1029: neither the merchant's nor the platform's number exists (6.2), or one of the
/// account's own codes or texts; see [`is_about_the_order`].
fn means_not_found(configured: &[String], code: &str, text: &str) -> bool {
    let is_known = matches!(code, "RETCODE=1028" | "RETCODE=1029")
        || field::is_configured(configured, code, text);
    is_about_the_order(is_known, text)
}

/// What a refusal is about: the table of 6.2, without its `RETCODE=`.
pub(super) fn refusal(configured: &[String], code: &str, text: &str) -> RefusalKind {
    if means_not_found(configured, &format!("RETCODE={code}"), text) {
        return RefusalKind::NoSuchOrder;
    }
    match code {
        "1004" | "1005" | "1006" | "1035" => RefusalKind::Key,
        "1002" | "1032" | "1033" | "1034" | "1036" | "1039" | "1045" | "1047" => {
            RefusalKind::Account
        }
        "0002" | "1001" | "1007" | "1008" | "1011" | "1027" => RefusalKind::Settings,
        "0001" | "1003" | "1009" | "1037" => RefusalKind::Platform,
        _ => refusal_by_words(text),
    }
}

/// Checks that nothing names another merchant. The manual also spells `MERNNO`.
///
/// # Errors
///
/// [`Unproved::NotWhatWasAsked`].
pub(super) fn same_merchant(account: &Mmsp, body: &Fields) -> Result<(), Unproved> {
    for name in ["MERNO", "MERNNO"] {
        field::same_if_present(body, name, &account.merchant_no, "merchant")?;
    }
    Ok(())
}

/// Nothing but these numbers binds the answer to the question, so all have to be there; also the
/// platform's own, where it is known.
fn same_order(account: &Mmsp, question: &Question, body: &Fields) -> Result<(), Unproved> {
    same_merchant(account, body)?;
    if field::text(body, "MERNNO")?.is_empty() {
        field::required(body, "MERNO")?;
    }
    field::same(body, "ORDERNO", &question.order_no, "order")?;
    if question.provider_order_no.is_empty() {
        return Ok(());
    }
    field::same(body, "BSORDERNO", &question.provider_order_no, "order")
}

/// Theirs to ours, 5.2.3.
fn read(body: &Fields, terms: &Terms) -> Result<Facts, Unproved> {
    let code = field::required(body, "PAYSTATE")?;
    let (status, status_code) = terms.status_codes.read("PAYSTATE", &code, status(&code))?;
    // 1 is yuan, counted in fen; no other is listed.
    let currency = field::text(body, "CURTYPE")?;
    if !matches!(&*currency, "" | "1") {
        let value = shortened(&currency);
        return Err(Unproved::UnknownCode { field: "CURTYPE", value });
    }
    let amount = field::whole(body, "AMT")?.map(Money::fen);
    let was_paid = matches!(status, ProviderStatus::Succeeded | ProviderStatus::Returned);
    if was_paid && amount.is_none() {
        return Err(Unproved::Field { field: "AMT" });
    }
    Ok(Facts {
        order_no: field::required(body, "ORDERNO")?.into_owned(),
        provider_order_no: field::text(body, "BSORDERNO")?.into_owned(),
        status,
        status_code,
        amount,
        fee_minor: None,
        paid_at: None,
        withheld_minor: None,
        way: String::new(),
    })
}

/// `PAYSTATE`: 1 paid, 2 being paid, 3 failed, 5 accepted and waiting for approval (5.2.3); 4, paid
/// and sent back (已退汇), is not in the manual but in what the platform's clients read.
fn status(code: &str) -> Option<ProviderStatus> {
    match code {
        "1" => Some(ProviderStatus::Succeeded),
        "2" | "5" => Some(ProviderStatus::Pending),
        "3" => Some(ProviderStatus::Failed),
        "4" => Some(ProviderStatus::Returned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payout_statuses_are_exactly_these() {
        let table = [
            ("1", Some(ProviderStatus::Succeeded)),
            ("2", Some(ProviderStatus::Pending)),
            ("3", Some(ProviderStatus::Failed)),
            ("4", Some(ProviderStatus::Returned)),
            ("5", Some(ProviderStatus::Pending)),
            ("0", None),
            ("6", None),
            ("01", None),
            ("", None),
        ];
        for (code, expected) in table {
            assert_eq!(status(code), expected, "{code:?}");
        }
    }

    #[test]
    fn only_the_documented_and_the_configured_refusals_mean_no_such_payout() {
        let own = ["1027".to_owned(), "查无".to_owned()];
        let table = [
            ("RETCODE=1028", "商户付款订单号不存在", true, true),
            ("RETCODE=1029", "", true, true),
            ("RETCODE=1027", "", false, true),
            ("RETCODE=1002", "不存在此商户或商户未激活", false, false),
            ("RETCODE=0001", "系统异常", false, false),
            ("RETCODE=9999", "查无此单", false, true),
            ("RETCODE=01028", "", false, false),
            ("RETCODE=1028", "商户不存在", false, false),
            ("RETCODE=9999", "查无此单，账户异常", false, false),
        ];
        for (code, text, by_default, configured) in table {
            assert_eq!(means_not_found(&[], code, text), by_default, "{code}");
            assert_eq!(means_not_found(&own, code, text), configured, "{code}");
        }
    }
}

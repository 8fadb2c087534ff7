//! icashier (收银台): single queries of payments and callbacks; MD5 with a key directly behind a
//! base64 text.
//!
//! Manual: "数据管理平台 收银台接入接口规范" v1.0.0, transport and signature 2.2 and 2.3, query 3.4,
//! callback 3.3.
//! Odd: the answer is JSON with `resp`, base64 of JSON, and `sign` over the base64 as it stands;
//! resultcode 1002 is called "processing" and means paid, settled to the account that is not yet
//! available; refusals come with an empty `sign`; a query that names `queryid` ignores the
//! merchant's number, so `queryid` is never sent.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::provider::field::{self, Fields};
use crate::provider::refusal::{is_about_the_order, refusal_by_words, says_no_such_order};
use crate::provider::signature::{
    HexCase, Md5Rule, base64, from_base64, is_stated, sign_md5, stated, verify_md5,
};
use crate::provider::{
    Ask, HttpRequest, Lane, Method, Notification, Notified, Page, PageQuestion, Provider, Question,
    RawAnswer, RefusalKind, Registration, Secret, Setting, SettingError, SettingForm, Settings,
    Stamp, Terms, Unproved, Verified, shortened,
};
use crate::reading::Facts;
use crate::status::Kind;

mod payment;

/// The line of the registry.
pub const REGISTRATION: Registration = Registration {
    id: "icashier",
    settings: &[
        Setting { key: "base_url", form: SettingForm::Text, required: true },
        Setting { key: "mer_id", form: SettingForm::Text, required: true },
        Setting { key: "key", form: SettingForm::Secret, required: true },
    ],
    build,
    template: include_str!("icashier/account.toml"),
    dialects: &[],
    files: &[],
};

/// `md5(base64 + key)`, 2.3; the manual says nothing of upper and lower case.
const RULE: Md5Rule = Md5Rule { joiner: "", case: HexCase::Any };

/// The query, 3.4.2.
const QUERY: &str = "/api/query";

/// `respcode` of an answer that is not a refusal; says nothing about the order.
const ANSWERED: &str = "00";

/// "8 to 32 characters, letters and digits", 3.1.3.
const ORDER_NO_LETTERS: usize = 32;

/// One account at icashier.
struct Icashier {
    /// Without a slash at its end.
    base_url: String,
    mer_id: String,
    key: Secret,
    /// Codes and texts of refusals that mean "no such order".
    not_found: Vec<String>,
    /// What its amounts are of, which no answer states, and what further result codes mean.
    terms: Terms,
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    Ok(Arc::new(Icashier {
        base_url: settings.required_url("base_url")?.to_owned(),
        mer_id: settings.required_text("mer_id")?.to_owned(),
        key: settings.required_secret("key")?.clone(),
        not_found: settings.not_found.clone(),
        terms: settings.terms(),
    }))
}

impl Provider for Icashier {
    fn lanes(&self) -> Vec<Lane> {
        vec![Lane {
            kind: Kind::Payment,
            product: String::new(),
            listing: None,
            states_amount: true,
        }]
    }

    fn merchant_no(&self) -> &str {
        &self.mer_id
    }

    fn request(&self, ask: &Ask, _: Stamp) -> Result<HttpRequest, Unproved> {
        let question = payment_question(ask)?;
        field::carries("orderid", &question.order_no, ORDER_NO_LETTERS)?;
        let message: Fields = [("merid", &self.mer_id), ("orderid", &question.order_no)]
            .into_iter()
            .map(|(name, text)| (name.to_owned(), Value::from(text.as_str())))
            .collect();
        let text = base64(Value::Object(message).to_string().as_bytes());
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("req", &text)
            .append_pair("sign", &sign_md5(RULE, &text, &self.key))
            .finish();
        Ok(HttpRequest {
            method: Method::Post,
            url: format!("{}{QUERY}", self.base_url),
            content_type: "application/x-www-form-urlencoded",
            headers: Vec::new(),
            body,
            interface: QUERY,
        })
    }

    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        let question = payment_question(ask)?;
        let envelope = field::object(&answer.body)?;
        let message = message(&envelope)?;
        let code = field::required(&message, "respcode")?;
        if code != ANSWERED {
            if is_stated(&envelope, "sign") {
                self.signed(&envelope, &message)?;
            }
            let text = message.get("respmsg").and_then(Value::as_str).unwrap_or_default();
            return Ok(Verified::refused(
                format!("respcode={}", shortened(&code)),
                text.to_owned(),
            ));
        }
        let verified = self.signed(&envelope, &message)?;
        self.same_order(question, &message)?;
        Ok(verified)
    }

    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Facts, Unproved> {
        if let Some((code, text)) = answer.refusal() {
            return if means_not_found(&self.not_found, code, text) {
                Ok(Facts::not_found(&question.order_no, code))
            } else {
                Err(Unproved::Refused { code: code.to_owned() })
            };
        }
        let message = content(answer)?;
        self.same_order(question, message)?;
        payment::read(message, &self.terms)
    }

    fn read_page(&self, _: &PageQuestion, _: &Verified) -> Result<Page, Unproved> {
        Err(Unproved::NotOffered)
    }

    /// The manual lists no code but 00. 2.3: an error that keeps the platform from finding the
    /// merchant's key is answered unsigned; what comes then is `90` and 请求参数错误, for a wrong `merid`
    /// as for a wrong signature.
    fn refusal(&self, code: &str, text: &str) -> RefusalKind {
        if means_not_found(&self.not_found, code, text) {
            return RefusalKind::NoSuchOrder;
        }
        match (code, refusal_by_words(text)) {
            ("respcode=90", RefusalKind::Settings | RefusalKind::Unclear) => RefusalKind::Key,
            (_, kind) => kind,
        }
    }

    /// 2.3: three times after 10 seconds, three times after a minute, then every three minutes, ten times in
    /// all.
    fn calls_back_for(&self, _: Kind, _: &str) -> Option<Duration> {
        Some(Duration::from_secs(930))
    }

    /// A form, or the query of the address to which the payer's browser returned: 2.3 says that both
    /// carry the same `resp` and `sign`.
    fn verify_notification(&self, notification: &Notification) -> Result<Verified, Unproved> {
        let envelope = field::form(&notification.body)?;
        let message = message(&envelope)?;
        let verified = self.signed(&envelope, &message)?;
        field::same(&message, "merid", &self.mer_id, "merchant")?;
        Ok(verified)
    }

    fn read_notification(&self, notification: &Verified) -> Result<Notified, Unproved> {
        let facts = payment::read(content(notification)?, &self.terms)?;
        Ok(Notified { kind: Kind::Payment, product: String::new(), facts })
    }
}

impl Icashier {
    /// Verifies the signature over `resp` as it was received, else as it was before its plus signs
    /// became spaces.
    fn signed(&self, envelope: &Fields, message: &Fields) -> Result<Verified, Unproved> {
        let received = field::required(envelope, "resp")?;
        let texts = [received.to_string(), with_plus_signs(&received)];
        let keys = std::slice::from_ref(&self.key);
        let body = Value::Object(message.clone());
        verify_md5(RULE, &texts, keys, stated(envelope, "sign")?, body)
    }

    fn same_order(&self, question: &Question, message: &Fields) -> Result<(), Unproved> {
        field::same(message, "merid", &self.mer_id, "merchant")?;
        field::same(message, "orderid", &question.order_no, "order")
    }
}

fn payment_question(ask: &Ask) -> Result<&Question, Unproved> {
    match ask {
        Ask::Status(question) if question.kind == Kind::Payment => Ok(question),
        Ask::Status(_) | Ask::Page(_) | Ask::Balance | Ask::Renotify(_) => {
            Err(Unproved::NotOffered)
        }
    }
}

/// The JSON inside `resp`.
fn message(envelope: &Fields) -> Result<Fields, Unproved> {
    let received = field::required(envelope, "resp")?;
    let bytes = from_base64(&with_plus_signs(&received));
    field::object(&bytes.ok_or(Unproved::Malformed { expected: "base64" })?)
}

/// A plus sign that was sent without being escaped arrives as a space, and base64 has no spaces.
fn with_plus_signs(text: &str) -> String {
    text.replace(' ', "+")
}

fn content(verified: &Verified) -> Result<&Fields, Unproved> {
    let message = verified.body().and_then(Value::as_object);
    message.ok_or(Unproved::Malformed { expected: "a JSON object" })
}

/// Whether a refusal says "no such order": with 不存在 of an order, or with one of the account's own
/// codes or texts; see [`is_about_the_order`].
fn means_not_found(configured: &[String], code: &str, text: &str) -> bool {
    let is_known = says_no_such_order(text) || field::is_configured(configured, code, text);
    is_about_the_order(is_known, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::{BusinessDate, Timestamp};

    fn account() -> Arc<dyn Provider> {
        build(&settings()).expect("settings")
    }

    fn settings() -> Settings {
        Settings {
            texts: [("base_url", "http://127.0.0.1:18080/icashier/"), ("mer_id", "1000001")]
                .map(|(key, text)| (key, text.to_owned()))
                .into(),
            secrets: [("key", Secret::new("testkeyC0123456789".to_owned()))].into(),
            ..Settings::default()
        }
    }

    fn question(kind: Kind, order_no: &str) -> Question {
        Question {
            kind,
            product: String::new(),
            order_no: order_no.to_owned(),
            provider_order_no: "Q1".to_owned(),
            business_date: BusinessDate::from_number(20_170_301).expect("a date"),
        }
    }

    fn request(ask: &Ask) -> Result<HttpRequest, Unproved> {
        account().request(ask, Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 })
    }

    #[test]
    fn a_query_is_escaped_base64_and_its_signature_and_names_the_merchants_number_only() {
        let question = question(Kind::Payment, "T20170301000001");
        let request = request(&Ask::Status(question)).expect("a request");
        assert_eq!(request.url, "http://127.0.0.1:18080/icashier/api/query");
        assert_eq!(request.content_type, "application/x-www-form-urlencoded");
        // base64('{"merid":"1000001","orderid":"T20170301000001"}'), and md5 of that and the key.
        assert_eq!(
            request.body,
            "req=eyJtZXJpZCI6IjEwMDAwMDEiLCJvcmRlcmlkIjoiVDIwMTcwMzAxMDAwMDAxIn0%3D\
             &sign=5d609673141312b89b5d1af87f8a3a83"
        );
    }

    #[test]
    fn what_cannot_be_asked_is_not_asked() {
        let refused = Err(Unproved::Field { field: "orderid" });
        for order_no in [&*"1".repeat(33), "", "A\t1"] {
            assert_eq!(request(&Ask::Status(question(Kind::Payment, order_no))), refused);
        }
        let others = [
            Ask::Status(question(Kind::Payout, "T20170301000001")),
            Ask::Renotify(question(Kind::Payment, "T20170301000001")),
            Ask::Balance,
        ];
        for ask in others {
            assert_eq!(request(&ask), Err(Unproved::NotOffered), "{ask:?}");
            let answer = RawAnswer::of_body(b"{}".to_vec());
            assert_eq!(account().verify(&ask, &answer), Err(Unproved::NotOffered), "{ask:?}");
        }
    }

    #[test]
    fn settings_are_refused_with_their_key() {
        for key in ["base_url", "mer_id"] {
            let mut without = settings();
            without.texts.remove(key);
            assert_eq!(build(&without).err().map(|error| error.key), Some(key));
        }
        let mut without = settings();
        without.secrets.clear();
        assert_eq!(build(&without).err().map(|error| error.key), Some("key"));
    }

    #[test]
    fn a_refusal_may_have_no_signature_but_not_a_wrong_one() {
        let text = base64("{\"respcode\":\"31\",\"respmsg\":\"订单不存在\"}".as_bytes());
        let right = sign_md5(RULE, &text, &Secret::new("testkeyC0123456789".to_owned()));
        let table = [
            (String::new(), Ok(())),
            (",\"sign\":\"\"".to_owned(), Ok(())),
            (",\"sign\":null".to_owned(), Ok(())),
            (format!(",\"sign\":{right:?}"), Ok(())),
            (",\"sign\":\"0\"".to_owned(), Err(Unproved::WrongSignature)),
        ];
        for (sign, expected) in table {
            let body = format!("{{\"resp\":{text:?}{sign}}}").into_bytes();
            let ask = Ask::Status(question(Kind::Payment, "T20170301000001"));
            let outcome = account().verify(&ask, &RawAnswer::of_body(body));
            assert_eq!(outcome.map(|_| ()), expected, "{sign}");
        }
    }

    #[test]
    fn a_refusal_is_no_such_order_only_by_its_words() {
        let own = ["31".to_owned(), "查无".to_owned()];
        let table = [
            ("respcode=90", "交易不存在", true, true),
            ("respcode=90", "请求参数错误！", false, false),
            ("respcode=90", "商户号不存在", false, false),
            ("respcode=31", "", false, true),
            ("respcode=90", "查无此单", false, true),
        ];
        for (code, text, by_default, configured) in table {
            assert_eq!(means_not_found(&[], code, text), by_default, "{code} {text}");
            assert_eq!(means_not_found(&own, code, text), configured, "{code} {text}");
        }
    }
}

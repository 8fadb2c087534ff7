//! `XxPay` (聚合支付): single queries of payments, MD5 with a shared key over the fields.
//!
//! Manual: "聚合支付接口说明书" 1.3 (signature) and 2.2 (payment query).
//! Odd: `0` is signed, empty is not; 2 and 3 are both success; forks answer numbers as strings and
//! leave refusals unsigned; a query may fire a callback at the shop's live system, so
//! `executeNotify` is never sent.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::provider::field::{self, Fields};
use crate::provider::signature::{
    HexCase, Md5Rule, can_be_told_apart, joined, joined_by_bytes, sign_md5, signed_pairs,
    verify_md5,
};
use crate::provider::{
    Ask, HttpRequest, Lane, Method, Page, PageQuestion, Provider, Question, RawAnswer,
    Registration, Secret, Setting, SettingError, SettingForm, Settings, Stamp, Unproved, Verified,
    shortened,
};
use crate::reading::Said;
use crate::status::Kind;

mod payment;

/// The line of the registry.
pub const REGISTRATION: Registration = Registration {
    id: "xxpay",
    settings: &[
        Setting { key: "base_url", form: SettingForm::Text, required: true },
        Setting { key: "query_url", form: SettingForm::Text, required: false },
        Setting { key: "mch_id", form: SettingForm::Text, required: true },
        Setting { key: "app_id", form: SettingForm::Text, required: true },
        Setting { key: "key", form: SettingForm::Secret, required: true },
        Setting { key: "balance", form: SettingForm::Flag, required: false },
    ],
    build,
};

/// `toUpperCase(md5(stringA + "&key=" + key))`, 1.3.
const RULE: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };

/// The payment query, 2.2.2.
const PAYMENT_QUERY: &str = "/api/pay/query_order";

/// `mchOrderNo String(30)`, 2.2.3.
const ORDER_NO_LETTERS: usize = 30;

/// One account at an `XxPay` deployment.
struct XxPay {
    /// Where queries go, without a slash at its end.
    query_url: String,
    mch_id: String,
    app_id: String,
    key: Secret,
    /// Codes and texts of refusals that mean "no such order".
    not_found: Vec<String>,
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    let base_url = settings.required_url("base_url")?;
    let query_url = match settings.text("query_url") {
        "" => base_url,
        _ => settings.required_url("query_url")?,
    };
    Ok(Arc::new(XxPay {
        query_url: query_url.to_owned(),
        mch_id: settings.required_text("mch_id")?.to_owned(),
        app_id: settings.required_text("app_id")?.to_owned(),
        key: settings.required_secret("key")?.clone(),
        not_found: settings.not_found.clone(),
    }))
}

impl Provider for XxPay {
    fn lanes(&self) -> Vec<Lane> {
        vec![Lane {
            kind: Kind::Payment,
            product: String::new(),
            listing: None,
            states_amount: true,
        }]
    }

    fn merchant_no(&self) -> &str {
        &self.mch_id
    }

    fn request(&self, ask: &Ask, _: Stamp) -> Result<HttpRequest, Unproved> {
        match ask {
            Ask::Status(question) => self.payment_request(question),
            Ask::Page(_) | Ask::Balance | Ask::Renotify(_) => Err(Unproved::NotOffered),
        }
    }

    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        let fields = field::object(&answer.body)?;
        if let Some((code, text)) = refusal(&fields)? {
            return Ok(Verified::refused(code, text));
        }
        let Ask::Status(question) = ask else {
            return Err(Unproved::NotOffered);
        };
        let stated = match fields.get("sign") {
            None | Some(Value::Null) => "",
            Some(Value::String(sign)) => sign,
            Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                return Err(Unproved::WrongSignature);
            }
        };
        let texts = signed_texts(&fields);
        let keys = std::slice::from_ref(&self.key);
        let verified = verify_md5(RULE, &texts, keys, stated, Value::Object(fields.clone()))?;
        if !can_be_told_apart(&signed_pairs(&fields, "sign"), &payment::READ) {
            return Err(Unproved::Malformed { expected: "fields that can be told apart" });
        }
        self.same_order(question, &fields)?;
        Ok(verified)
    }

    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Said, Unproved> {
        if let Some((code, text)) = answer.refusal() {
            return if means_not_found(&self.not_found, code, text) {
                Ok(Said::not_found(&question.order_no, code))
            } else {
                Err(Unproved::Refused { code: code.to_owned() })
            };
        }
        let fields = answer.body().and_then(Value::as_object);
        let fields = fields.ok_or(Unproved::Malformed { expected: "a JSON object" })?;
        self.same_order(question, fields)?;
        payment::read(fields)
    }

    fn read_page(&self, _: &PageQuestion, _: &Verified) -> Result<Page, Unproved> {
        Err(Unproved::Field { field: "listing" })
    }
}

impl XxPay {
    /// POST form, one field `params` with the JSON text (1.2).
    fn payment_request(&self, question: &Question) -> Result<HttpRequest, Unproved> {
        let order_no = question.order_no.as_str();
        let fits = (1..=ORDER_NO_LETTERS).contains(&order_no.chars().count());
        if !fits || order_no.contains(char::is_control) {
            return Err(Unproved::Field { field: "mchOrderNo" });
        }
        let mut params: Fields =
            [("mchId", &*self.mch_id), ("appId", &*self.app_id), ("mchOrderNo", order_no)]
                .into_iter()
                .map(|(name, text)| (name.to_owned(), Value::from(text)))
                .collect();
        let text = joined_by_bytes(signed_pairs(&params, "sign"));
        params.insert("sign".to_owned(), Value::from(sign_md5(RULE, &text, &self.key)));
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("params", &Value::Object(params).to_string())
            .finish();
        Ok(HttpRequest {
            method: Method::Post,
            url: format!("{}{PAYMENT_QUERY}", self.query_url),
            content_type: "application/x-www-form-urlencoded",
            body,
            interface: PAYMENT_QUERY,
        })
    }

    fn same_order(&self, question: &Question, fields: &Fields) -> Result<(), Unproved> {
        field::same_if_present(fields, "mchId", &self.mch_id, "merchant")?;
        field::same_if_present(fields, "appId", &self.app_id, "app")?;
        field::same(fields, "mchOrderNo", &question.order_no, "order")
    }
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
    let told = codes.iter().find(|(_, code)| !matches!(&**code, "" | "SUCCESS"));
    let Some((name, code)) = told else {
        return Err(Unproved::Field { field: "retCode" });
    };
    let text = ["retMsg", "errCodeDes", "errMsg", "errDes", "resMsg"]
        .into_iter()
        .filter_map(|name| fields.get(name)?.as_str())
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    Ok(Some((format!("{name}={}", shortened(code)), text.to_owned())))
}

/// Whether a refusal says "no such order": a text with 不存在, or one of the account's own codes or
/// texts.
fn means_not_found(configured: &[String], code: &str, text: &str) -> bool {
    let bare = code.split_once('=').map_or(code, |(_, value)| value);
    text.contains("不存在")
        || configured
            .iter()
            .filter(|known| !known.is_empty())
            .any(|known| known == code || known == bare || text.contains(known.as_str()))
}

/// The texts that a platform may have signed: by the manual with names in byte order, by `XxPay`'s own
/// server sorted without regard to case; an object value with sorted names, or as it was received.
fn signed_texts(fields: &Fields) -> Vec<String> {
    let sorted = sorted_inside(fields);
    let mut texts: Vec<String> = Vec::new();
    for fields in [&sorted, fields] {
        let pairs = signed_pairs(fields, "sign");
        let mut any_case = pairs.clone();
        any_case
            .sort_by_cached_key(|(name, value)| format!("{name}={value}&").to_ascii_lowercase());
        for text in [joined_by_bytes(pairs), joined(&any_case)] {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    texts
}

fn sorted_inside(fields: &Fields) -> Fields {
    fields.iter().map(|(name, value)| (name.clone(), with_sorted_names(value))).collect()
}

fn with_sorted_names(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        Value::Array(items) => items.iter().map(with_sorted_names).collect(),
        Value::Object(fields) => {
            let mut names: Vec<_> = fields.iter().collect();
            names.sort_by_key(|(name, _)| *name);
            let sorted: Map<String, Value> = names
                .into_iter()
                .map(|(name, value)| (name.clone(), with_sorted_names(value)))
                .collect();
            Value::Object(sorted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business_day::{BusinessDate, Timestamp};

    fn settings() -> Settings {
        Settings {
            texts: [
                ("base_url", "http://127.0.0.1:18080/xxpay/"),
                ("mch_id", "20001222"),
                ("app_id", "0ae8be35ff634e2abe94f5f32f6d5c4f"),
            ]
            .map(|(key, text)| (key, text.to_owned()))
            .into(),
            secrets: [("key", Secret::new("demoKeyE".to_owned()))].into(),
            ..Settings::default()
        }
    }

    fn ask(order_no: &str) -> Ask {
        Ask::Status(Question {
            kind: Kind::Payment,
            product: String::new(),
            order_no: order_no.to_owned(),
            provider_order_no: String::new(),
            business_date: BusinessDate::from_number(20_170_910).expect("a date"),
        })
    }

    fn request(settings: &Settings, order_no: &str) -> Result<HttpRequest, Unproved> {
        let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 };
        build(settings).expect("settings").request(&ask(order_no), stamp)
    }

    #[test]
    fn a_payment_query_is_one_signed_form_field() {
        let request = request(&settings(), "20160427210604000490").expect("a request");
        assert_eq!(request.url, "http://127.0.0.1:18080/xxpay/api/pay/query_order");
        assert_eq!(request.content_type, "application/x-www-form-urlencoded");
        let form: Vec<_> = form_urlencoded::parse(request.body.as_bytes()).collect();
        let [(name, params)] = form.as_slice() else { panic!("{form:?}") };
        assert_eq!(name, "params");
        // md5('appId=…&mchId=20001222&mchOrderNo=20160427210604000490&key=demoKeyE')
        assert_eq!(
            params,
            "{\"mchId\":\"20001222\",\"appId\":\"0ae8be35ff634e2abe94f5f32f6d5c4f\",\
             \"mchOrderNo\":\"20160427210604000490\",\
             \"sign\":\"EED36F388CEF527E44B1815224FCBA5A\"}"
        );
    }

    #[test]
    fn queries_may_go_to_another_host() {
        let mut settings = settings();
        settings.texts.insert("query_url", "https://q.example:3020".to_owned());
        let request = request(&settings, "M1").expect("a request");
        assert_eq!(request.url, "https://q.example:3020/api/pay/query_order");
        settings.texts.insert("query_url", "q.example".to_owned());
        assert_eq!(build(&settings).err().map(|error| error.key), Some("query_url"));
    }

    #[test]
    fn an_order_number_that_the_field_cannot_carry_is_not_asked() {
        let refused = Err(Unproved::Field { field: "mchOrderNo" });
        assert!(request(&settings(), &"1".repeat(30)).is_ok());
        for order_no in [&*"1".repeat(31), "", "A\t1"] {
            assert_eq!(request(&settings(), order_no), refused);
        }
    }

    #[test]
    fn a_refusal_is_no_such_order_only_by_its_words() {
        let own = ["0404".to_owned(), "查无".to_owned(), String::new()];
        let table = [
            ("retCode=FAIL", "支付订单不存在", true, true),
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

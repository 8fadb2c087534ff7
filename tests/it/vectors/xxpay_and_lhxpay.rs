//! Goal: what `XxPay`'s own server and lhxpay's own samples sign is accepted, and what this program sends is
//! accepted by them.
//!
//! Method: every vector of `xxpay-lhxpay.json`, made by running that code, is answered to the provider's own
//! file, or compared byte for byte with the request that it makes.

use std::sync::Arc;

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::provider::{
    Ask, HttpRequest, Notification, Provider, Question, RawAnswer, Secret, Settings, Stamp,
    Unproved, Verified, lhxpay, xxpay,
};
use duizhang::reading::Assurance;
use duizhang::status::Kind;
use serde_json::{Map, Value};

use super::text;

const FILE: &str = include_str!("xxpay-lhxpay.json");

fn vectors(protocol: &str, what: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let all = file["vectors"].as_array().unwrap().iter();
    let is_meant =
        |it: &&Value| text(it, "protocol") == protocol && text(it, "what").starts_with(what);
    all.filter(is_meant).cloned().collect()
}

fn settings(texts: &[(&'static str, &str)], key: &str) -> Settings {
    let base_url = ("base_url", "http://127.0.0.1/lhxpay");
    let texts = texts.iter().chain([&base_url]);
    Settings {
        texts: texts.map(|(name, text)| (*name, (*text).to_owned())).collect(),
        secrets: [("key", Secret::new(key.to_owned()))].into(),
        ..Settings::default()
    }
}

fn xxpay_account(key: &str) -> Arc<dyn Provider> {
    let texts = [
        ("dialect", "xxpay"),
        ("mch_id", "20001222"),
        ("app_id", "0ae8be35ff634e2abe94f5f32f6d5c4f"),
    ];
    (xxpay::REGISTRATION.build)(&settings(&texts, key)).unwrap()
}

fn lhxpay_account(key: &str) -> Arc<dyn Provider> {
    (lhxpay::REGISTRATION.build)(&settings(&[("app_key", "demo-app")], key)).unwrap()
}

fn question(kind: Kind, order_no: &str) -> Question {
    Question {
        kind,
        product: String::new(),
        order_no: order_no.to_owned(),
        provider_order_no: String::new(),
        business_date: BusinessDate::parse("2026-11-29").unwrap(),
    }
}

fn request(account: &dyn Provider, question: Question) -> HttpRequest {
    let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 };
    account.request(&Ask::Status(question), stamp).unwrap()
}

fn callback(body: &str) -> Notification {
    Notification {
        received_at: Timestamp::from_epoch_seconds(1_795_910_400),
        content_type: "application/x-www-form-urlencoded".to_owned(),
        body: body.as_bytes().to_vec(),
    }
}

/// What the vector says has to come out of verifying.
fn expected(vector: &Value) -> Result<Assurance, Unproved> {
    match text(vector, "refused") {
        "" => Ok(Assurance::Md5),
        _ => Err(Unproved::Malformed { expected: "fields that can be told apart" }),
    }
}

#[test]
fn every_answer_that_xxpays_server_signed_is_verified_whatever_is_attached() {
    let vectors = vectors("xxpay", "answer");
    for vector in &vectors {
        let input = text(vector, "input");
        let fields: Map<String, Value> = serde_json::from_str(input).unwrap();
        let question = question(Kind::Payment, fields["mchOrderNo"].as_str().unwrap());
        let ask = Ask::Status(question.clone());
        let answer = RawAnswer::of_body(input.as_bytes().to_vec());
        let account = xxpay_account(text(vector, "key"));
        let verified = account.verify(&ask, &answer);
        let proof = verified.as_ref().map(Verified::assurance).map_err(Clone::clone);
        assert_eq!(proof, expected(vector), "{input}");
        if let Ok(verified) = verified {
            let facts = account.read_status(&question, &verified).unwrap();
            let amount = fields["amount"].to_string().trim_matches('"').parse().ok();
            assert_eq!(facts.amount.map(|amount| amount.minor), amount, "{input}");
        }
        let another = xxpay_account("another key").verify(&ask, &answer);
        assert_eq!(another, Err(Unproved::WrongSignature), "{input}");
    }
    assert_eq!(vectors.len(), 49);
}

#[test]
fn every_callback_that_xxpays_server_signed_is_verified_and_tells_the_fee() {
    let vectors = vectors("xxpay", "callback");
    for vector in &vectors {
        let input = text(vector, "input");
        let account = xxpay_account(text(vector, "key"));
        let verified = account.verify_notification(&callback(input));
        let proof = verified.as_ref().map(Verified::assurance).map_err(Clone::clone);
        assert_eq!(proof, expected(vector), "{input}");
        if let Ok(verified) = verified {
            let notified = account.read_notification(&verified).unwrap();
            assert_eq!((notified.kind, notified.facts.fee_minor), (Kind::Payment, Some(10)));
            assert!(notified.facts.status_code.ends_with(" productId=8001"), "{notified:?}");
        }
        let another = xxpay_account("another key").verify_notification(&callback(input));
        assert_eq!(another, Err(Unproved::WrongSignature), "{input}");
    }
    assert_eq!(vectors.len(), 14);
}

#[test]
fn every_request_to_xxpay_is_the_one_that_its_server_calls_valid() {
    let vectors = vectors("xxpay", "request");
    for vector in &vectors {
        let input = text(vector, "input");
        let (_, params) = form_urlencoded::parse(input.as_bytes()).next().unwrap();
        let params: Value = serde_json::from_str(&params).unwrap();
        let question = match (&params["mchOrderNo"], &params["mchTransOrderNo"]) {
            (Value::String(order_no), Value::Null) => question(Kind::Payment, order_no),
            (Value::Null, Value::String(order_no)) => question(Kind::Payout, order_no),
            other => panic!("{other:?}"),
        };
        let account = xxpay_account(text(vector, "key"));
        assert_eq!(request(account.as_ref(), question).body, input);
    }
    assert_eq!(vectors.len(), 12);
}

#[test]
fn every_request_to_lhxpay_is_the_one_that_its_own_sample_calls_valid() {
    let vectors = vectors("lhxpay", "request");
    for vector in &vectors {
        let input = text(vector, "input");
        let (_, query) = input.split_once('?').unwrap();
        let mut fields = form_urlencoded::parse(query.as_bytes());
        let (_, order_no) = fields.find(|(name, _)| name == "mrn").unwrap();
        let account = lhxpay_account(text(vector, "key"));
        let request = request(account.as_ref(), question(Kind::Payment, &order_no));
        assert_eq!(request.url, format!("http://127.0.0.1{input}"));
    }
    assert_eq!(vectors.len(), 6);
}

#[test]
fn every_callback_in_the_spelling_of_lhxpays_java_sample_is_verified() {
    let vectors = vectors("lhxpay", "callback");
    for vector in &vectors {
        let fields = vector["input"].as_object().unwrap();
        let pairs = fields.iter().map(|(name, value)| (name, value.as_str().unwrap()));
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .append_pair("sign", text(vector, "result"))
            .finish();
        let account = lhxpay_account(text(vector, "key"));
        let verified = account.verify_notification(&callback(&body)).unwrap();
        assert_eq!(verified.assurance(), Assurance::Md5);
        assert_eq!(account.read_notification(&verified).unwrap().facts.order_no, "L2");
        let another = lhxpay_account("another key").verify_notification(&callback(&body));
        assert_eq!(another, Err(Unproved::WrongSignature), "{body}");
    }
    assert_eq!(vectors.len(), 3);
}

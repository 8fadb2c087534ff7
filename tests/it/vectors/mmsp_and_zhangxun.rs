//! Goal: what other people's code signs at mmsp and zhangxun is accepted, and what this program sends is
//! accepted by theirs.
//!
//! Method: every vector of `mmsp-zhangxun.json`, made by running that code, is answered to the
//! provider's own file, or compared byte for byte with the request that it makes.

use std::sync::Arc;

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::provider::{
    Ask, Notification, Provider, Question, Secret, Settings, Stamp, Unproved, field, mmsp, zhangxun,
};
use duizhang::reading::Assurance;
use duizhang::status::Kind;
use serde_json::Value;

use super::text;

const FILE: &str = include_str!("mmsp-zhangxun.json");

fn vectors(protocol: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let all = file["vectors"].as_array().unwrap();
    all.iter().filter(|vector| text(vector, "protocol") == protocol).cloned().collect()
}

fn mmsp_account(key: &str) -> Arc<dyn Provider> {
    let settings = Settings {
        texts: [
            ("openapi_url", "http://127.0.0.1".to_owned()),
            ("merchant_no", "001440353999853".to_owned()),
            ("terminal_no", "84970001".to_owned()),
        ]
        .into(),
        lists: [("products", vec!["quick".to_owned()])].into(),
        secrets: [("md5_key", Secret::new(key.to_owned()))].into(),
        ..Settings::default()
    };
    (mmsp::REGISTRATION.build)(&settings).unwrap()
}

/// The vector's body, as it came over the wire.
fn body(vector: &Value) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text(vector, "input_base64"));
    String::from_utf8(bytes.unwrap()).unwrap()
}

fn callback(body: &str, sign: &str) -> Notification {
    let message = format!(
        "{{\"RetCode\":1,\"MERNO\":\"001440353999853\",\"Body\":{body},\"Sign\":\"{sign}\"}}"
    );
    Notification {
        received_at: Timestamp::from_epoch_seconds(0),
        content_type: "application/json".to_owned(),
        body: message.into_bytes(),
    }
}

#[test]
fn every_body_that_php_signed_is_verified_whatever_its_precision_of_floats() {
    let vectors = vectors("mmsp");
    for vector in &vectors {
        let (body, sign) = (body(vector), text(vector, "result"));
        let account = mmsp_account(text(vector, "key"));
        let verified = account.verify_notification(&callback(&body, sign));
        let proof = verified.map(|verified| verified.assurance());
        assert_eq!(proof, Ok(Assurance::Md5), "{body}");
        let another = mmsp_account("another key").verify_notification(&callback(&body, sign));
        assert_eq!(another, Err(Unproved::WrongSignature), "{body}");
    }
    assert_eq!(vectors.len(), 71);
}

#[test]
fn every_request_to_zhangxun_is_the_one_that_other_code_calls_valid() {
    let vectors = vectors("zhangxun");
    for vector in &vectors {
        assert_eq!(text(vector, "result"), "valid");
        let (what, input) = (text(vector, "what"), text(vector, "input"));
        let fields = field::form(input.as_bytes()).unwrap();
        let order_no = fields.get("custOrdNo").and_then(Value::as_str);
        let ask = order_no.map_or(Ask::Balance, |order_no| {
            Ask::Status(Question {
                kind: Kind::Payout,
                product: String::new(),
                order_no: order_no.to_owned(),
                provider_order_no: String::new(),
                business_date: BusinessDate::parse("2026-11-29").unwrap(),
            })
        });
        let settings = Settings {
            texts: [
                ("base_url", "http://127.0.0.1".to_owned()),
                ("org_no", "8161000204".to_owned()),
                ("cust_id", "16121900001774".to_owned()),
            ]
            .into(),
            secrets: [("key", Secret::new(text(vector, "key").to_owned()))].into(),
            ..Settings::default()
        };
        let account = (zhangxun::REGISTRATION.build)(&settings).unwrap();
        let stamp = Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 1 };
        let request = account.request(&ask, stamp).unwrap();
        assert_eq!(request.body, input, "{what}");
        assert!(what.contains(request.interface), "{what}");
    }
    assert_eq!(vectors.len(), 7);
}

//! Goal: requests are signed, and answers verified, as the platforms themselves do, by the providers'
//! own files.
//!
//! Method: what a vector asks or answers is put to the provider, and what goes out over the wire is
//! taken apart again.

use std::sync::Arc;

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::provider::{
    Ask, HttpRequest, Notification, Provider, Question, RawAnswer, Settings, Stamp, Unproved,
    field, icashier, lhxpay, zhangxun,
};
use duizhang::status::{Kind, ProviderStatus};
use serde_json::Value;

use super::{key, params, text, vectors};

fn named(provider: &str, name: &str) -> Value {
    vectors(provider, 1).into_iter().find(|vector| text(vector, "name") == name).unwrap()
}

fn settings(texts: &[(&'static str, &str)], vector: &Value) -> Settings {
    Settings {
        texts: texts
            .iter()
            .chain(&[("base_url", "http://127.0.0.1/base")])
            .map(|(key, text)| (*key, (*text).to_owned()))
            .collect(),
        secrets: [("key", key(vector))].into(),
        ..Settings::default()
    }
}

fn zhangxun_account(vector: &Value) -> Arc<dyn Provider> {
    let texts = [("org_no", "8161000204"), ("cust_id", "16121900001774")];
    (zhangxun::REGISTRATION.build)(&settings(&texts, vector)).unwrap()
}

fn icashier_account(vector: &Value) -> Arc<dyn Provider> {
    (icashier::REGISTRATION.build)(&settings(&[("mer_id", "1000001")], vector)).unwrap()
}

fn lhxpay_account(vector: &Value) -> Arc<dyn Provider> {
    (lhxpay::REGISTRATION.build)(&settings(&[("app_key", "demoAppKey")], vector)).unwrap()
}

fn question(kind: Kind, order_no: &str) -> Question {
    Question {
        kind,
        product: String::new(),
        order_no: order_no.to_owned(),
        provider_order_no: String::new(),
        business_date: BusinessDate::parse("2018-01-01").unwrap(),
    }
}

fn request(account: &dyn Provider, ask: &Ask) -> HttpRequest {
    account.request(ask, Stamp { now: Timestamp::from_epoch_seconds(0), nonce: 7 }).unwrap()
}

fn form(request: &HttpRequest) -> field::Fields {
    field::form(request.body.as_bytes()).unwrap()
}

#[test]
fn zhangxun_queries_carry_the_vectors_fields_and_signatures() {
    let cases = [
        ("pay_query_request", Kind::Payment, "custOrderNo"),
        ("payout_query_request_one_id_empty", Kind::Payout, "custOrdNo"),
    ];
    for (name, kind, order_field) in cases {
        let vector = named("A-zhangxun", name);
        let mut expected = params(&vector);
        let order_no = text(&vector["params"], order_field);
        let sent = form(&request(
            zhangxun_account(&vector).as_ref(),
            &Ask::Status(question(kind, order_no)),
        ));
        // An empty field is not signed, so it need not be sent.
        expected.retain(|_, value| value != "");
        expected.insert("sign".to_owned(), vector["md5_lower"].clone());
        assert_eq!(sent, expected, "{name}");
    }
}

#[test]
fn zhangxun_answers_are_verified_over_all_fields_in_byte_order() {
    let cases = [
        ("unknown_extra_field", Ask::Status(question(Kind::Payment, "615051705"))),
        ("balance_response_sort_trap", Ask::Balance),
    ];
    for (name, ask) in cases {
        let vector = named("A-zhangxun", name);
        let account = zhangxun_account(&vector);
        let mut answer = params(&vector);
        let upper = text(&vector, "md5_lower").to_ascii_uppercase();
        for sign in [vector["md5_lower"].clone(), Value::from(upper)] {
            answer.insert("sign".to_owned(), sign);
            let body = Value::Object(answer.clone()).to_string().into_bytes();
            assert!(account.verify(&ask, &RawAnswer::of_body(body)).is_ok(), "{name}");
        }
        answer.insert("utr".to_owned(), Value::from("X8"));
        let body = Value::Object(answer).to_string().into_bytes();
        let outcome = account.verify(&ask, &RawAnswer::of_body(body));
        assert_eq!(outcome, Err(Unproved::WrongSignature), "{name}");
    }
}

#[test]
fn icashier_queries_carry_the_vectors_base64_and_signature_through_the_form() {
    for name in ["query_request", "b64_with_plus_and_slash"] {
        let vector = named("C-icashier", name);
        let message: Value = serde_json::from_str(text(&vector, "json")).unwrap();
        let ask = Ask::Status(question(Kind::Payment, text(&message, "orderid")));
        let sent = form(&request(icashier_account(&vector).as_ref(), &ask));
        assert_eq!(text(&sent.clone().into(), "req"), text(&vector, "b64"), "{name}");
        assert_eq!(text(&sent.into(), "sign"), text(&vector, "sign_md5_lower"), "{name}");
    }
}

#[test]
fn icashier_answers_are_verified_and_their_own_refusal_is_one() {
    let vector = named("C-icashier", "query_response_paid_unsettled");
    let account = icashier_account(&vector);
    let question = question(Kind::Payment, "T20170301000001");
    let ask = Ask::Status(question.clone());
    let answer = |sign: &str| {
        let answer = serde_json::json!({ "resp": vector["b64"], "sign": sign });
        RawAnswer::of_body(answer.to_string().into_bytes())
    };
    let verified = account.verify(&ask, &answer(text(&vector, "sign_md5_lower"))).unwrap();
    let facts = account.read_status(&question, &verified).unwrap();
    assert_eq!(facts.status, ProviderStatus::Succeeded);
    assert_eq!(facts.amount.map(|amount| amount.minor), Some(100));
    assert_eq!(account.verify(&ask, &answer("")), Err(Unproved::Unsigned));

    let refusal = named("C-icashier", "real_error_envelope");
    let answer = RawAnswer::of_body(text(&refusal, "body").as_bytes().to_vec());
    let verified = account.verify(&ask, &answer).unwrap();
    let refused = Err(Unproved::Refused { code: "respcode=90".to_owned() });
    assert_eq!(account.read_status(&question, &verified), refused);
}

#[test]
fn lhxpay_queries_are_the_vectors_query_string() {
    let vector = named("D-mrn", "query_request");
    let account = lhxpay_account(&vector);
    let ask = Ask::Status(question(Kind::Payment, "M 2020/01+A"));
    let request = request(account.as_ref(), &ask);
    let expected =
        format!("http://127.0.0.1/base/api/Payments/Query?{}", text(&vector, "query_string"));
    assert_eq!(request.url, expected);
}

#[test]
fn lhxpay_callbacks_are_verified_over_the_texts_as_they_came_or_with_two_decimals() {
    let vector = named("D-mrn", "callback");
    let account = lhxpay_account(&vector);
    let (fields, _) = text(&vector, "sign_string").rsplit_once("&key=").unwrap();
    let callback = |fields: &str| Notification {
        received_at: Timestamp::from_epoch_seconds(0),
        content_type: "application/x-www-form-urlencoded".to_owned(),
        body: format!("{fields}&sign={}", text(&vector, "md5_lower")).into_bytes(),
    };
    let verified = account.verify_notification(&callback(fields)).unwrap();
    let notified = account.read_notification(&verified).unwrap();
    assert_eq!(notified.kind, Kind::Payment);
    assert_eq!(notified.facts.amount.map(|amount| amount.minor), Some(10_000));
    for same in ["100", "100.0"] {
        let same = callback(&fields.replace("100.00", same));
        assert!(account.verify_notification(&same).is_ok(), "the same amount in another spelling");
    }
    for other in ["100.01", "1000", "10000", "1e2", "+100", " 100.00"] {
        let other = callback(&fields.replace("100.00", other));
        assert_eq!(account.verify_notification(&other), Err(Unproved::WrongSignature));
    }
}

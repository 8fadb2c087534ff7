//! Goal: signatures are those that the platforms themselves make.
//!
//! Method: every vector of `samples/vectors.json` (made with PHP or OpenSSL or taken from public
//! material, not with this crate) is canonicalized, signed or decrypted, and where it is an answer
//! verified by its provider.

use duizhang::business_day::BusinessDate;
use duizhang::provider::mmsp::php_json;
use duizhang::provider::signature::{
    HexCase, Md5Rule, PrivateKey, PublicKey, decrypt_rsa, joined_by_bytes, sign_md5, sign_rsa,
    signed_pairs, verify_md5, verify_rsa,
};
use duizhang::provider::{Ask, Question, RawAnswer, Secret, Settings, Unproved, mmsp, xxpay};
use duizhang::reading::Assurance;
use duizhang::status::{Kind, ProviderStatus};
use serde_json::{Map, Value};

mod mmsp_and_zhangxun;
mod requests;
mod xxpay_and_lhxpay;

const UPPER: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };
const LOWER: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Any };
const LOWER_BARE: Md5Rule = Md5Rule { joiner: "", case: HexCase::Any };

/// The vectors of one provider; at least as many as the file had when this was written.
fn vectors(provider: &str, at_least: usize) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/vectors.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let all = file["vectors"].as_array().unwrap();
    let found: Vec<_> = all.iter().filter(|v| text(v, "provider") == provider).cloned().collect();
    assert!(found.len() >= at_least, "{provider} has {} vectors", found.len());
    found
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The vector's key, which some state only at the end of the signed string.
fn key(vector: &Value) -> Secret {
    let stated = vector.get("key").and_then(Value::as_str);
    let at_the_end = || text(vector, "sign_string").rsplit_once("&key=").map(|(_, key)| key);
    Secret::new(stated.or_else(at_the_end).unwrap().to_owned())
}

fn params(vector: &Value) -> Map<String, Value> {
    vector["params"].as_object().unwrap().clone()
}

#[test]
fn mmsp_bodies_are_canonicalized_and_signed_as_php_does() {
    let mut signed: usize = 0;
    for vector in vectors("B-mmsp-md5", 14) {
        let (name, canonical) = (text(&vector, "name"), text(&vector, "canonical"));
        let received = vector.get("received_body_json").unwrap_or(&vector["canonical"]);
        let body: Value = serde_json::from_str(received.as_str().unwrap()).unwrap();
        assert_eq!(php_json::canonical(&body).as_deref(), Some(canonical), "{name}");
        if vector.get("key").is_none() {
            continue;
        }
        let sign = text(&vector, "sign");
        assert_eq!(sign_md5(UPPER, canonical, &key(&vector)), sign, "{name}");
        let verified =
            verify_md5(UPPER, &[canonical.to_owned()], &[key(&vector)], sign, body).unwrap();
        assert_eq!(verified.assurance(), Assurance::Md5);
        signed = signed.saturating_add(1);
    }
    assert!(signed >= 13, "only {signed} vectors have a key");
}

#[test]
fn a_quoted_number_is_another_body() {
    let vectors = vectors("B-mmsp-md5", 2);
    let of = |name: &str| vectors.iter().find(|vector| text(vector, "name") == name).unwrap();
    let (plain, quoted) = (of("notify_int_kept"), of("int_quoted_variant"));
    let outcome = verify_md5(
        UPPER,
        &[text(plain, "canonical").to_owned()],
        &[key(plain)],
        text(quoted, "sign"),
        Value::Null,
    );
    assert_eq!(outcome, Err(Unproved::WrongSignature));
}

#[test]
fn key_value_families_are_joined_and_signed_as_their_documents_say() {
    for (provider, at_least, rule) in [("A-zhangxun", 5, LOWER), ("E-xxpay", 3, UPPER)] {
        for vector in vectors(provider, at_least) {
            let name = text(&vector, "name");
            let (joined, _) = text(&vector, "sign_string").rsplit_once("&key=").unwrap();
            let params = params(&vector);
            if !params.values().any(Value::is_object) {
                assert_eq!(joined_by_bytes(signed_pairs(&params, "sign")), joined, "{name}");
            }
            let sign = sign_md5(rule, joined, &key(&vector));
            let field = if rule == UPPER { "sign_upper" } else { "md5_lower" };
            assert_eq!(sign, text(&vector, field), "{name}");
        }
    }
}

#[test]
fn texts_without_fields_are_signed_as_their_documents_say() {
    for vector in vectors("C-icashier", 4).iter().filter(|v| v.get("b64").is_some()) {
        let sign = sign_md5(LOWER_BARE, text(vector, "b64"), &key(vector));
        assert_eq!(sign, text(vector, "sign_md5_lower"), "{}", text(vector, "name"));
    }
    for vector in vectors("D-mrn", 2) {
        let (joined, _) = text(&vector, "sign_string").rsplit_once("&key=").unwrap();
        let sign = sign_md5(LOWER, joined, &key(&vector));
        assert_eq!(sign, text(&vector, "md5_lower"), "{}", text(&vector, "name"));
    }
}

/// A test key that the platform has published, as text.
fn published(name: &str) -> Secret {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/vectors.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    Secret::new(text(&file["keys"], name).to_owned())
}

fn merchant_key() -> PrivateKey {
    PrivateKey::read("k", &published("mmsp_test_merchant_private_pkcs8_b64")).unwrap()
}

#[test]
fn mmsp_payout_requests_are_signed_as_openssl_does() {
    let public = published("mmsp_test_merchant_public_spki_b64");
    let public = PublicKey::read("k", &public).unwrap();
    let mut signed: usize = 0;
    for vector in vectors("B-mmsp-rsa", 3).iter().filter(|v| v.get("sign").is_some()) {
        let (plaintext, sign) = (text(vector, "plaintext").as_bytes(), text(vector, "sign"));
        assert_eq!(sign_rsa(&merchant_key(), plaintext).as_deref(), Ok(sign));
        let verified = verify_rsa(&public, plaintext, sign, Value::Null).unwrap();
        assert_eq!(verified.assurance(), Assurance::Rsa);
        signed = signed.saturating_add(1);
    }
    assert_eq!(signed, 1);
}

#[test]
fn mmsp_payout_answers_are_opened_whatever_their_blocks_are() {
    let settings = Settings {
        texts: [
            ("payapi_url", "http://127.0.0.1".to_owned()),
            ("merchant_no", "001440353999853".to_owned()),
        ]
        .into(),
        lists: [("products", vec!["payout".to_owned()])].into(),
        secrets: [
            ("merchant_private_key", published("mmsp_test_merchant_private_pkcs8_b64")),
            ("platform_public_key", published("mmsp_test_platform_public_spki_b64")),
        ]
        .into(),
        ..Settings::default()
    };
    let account = (mmsp::REGISTRATION.build)(&settings).unwrap();
    let question = Question {
        kind: Kind::Payout,
        product: "payout".to_owned(),
        order_no: "2017122510300000000000003".to_owned(),
        provider_order_no: "2017122500004124".to_owned(),
        business_date: BusinessDate::parse("2017-12-25").unwrap(),
    };
    let mut opened: usize = 0;
    for vector in vectors("B-mmsp-rsa", 3).iter().filter(|v| v.get("outer").is_some()) {
        let name = text(vector, "name");
        let plaintext = decrypt_rsa(&merchant_key(), text(&vector["outer"], "ENCRYPT")).unwrap();
        assert_eq!(String::from_utf8(plaintext).unwrap(), text(vector, "plaintext"), "{name}");
        let raw = RawAnswer::of_body(vector["outer"].to_string().into_bytes());
        let proved = account.verify(&Ask::Status(question.clone()), &raw).unwrap();
        assert_eq!(proved.assurance(), Assurance::Echo);
        let facts = account.read_status(&question, &proved).unwrap();
        assert_eq!(facts.status, ProviderStatus::Pending, "{name}");
        assert_eq!(facts.amount.map(|amount| amount.minor), Some(100), "{name}");
        opened = opened.saturating_add(1);
    }
    assert_eq!(opened, 2);
}

#[test]
fn xxpay_answers_are_verified_by_the_provider_with_numbers_texts_and_objects() {
    let mut verified: usize = 0;
    for vector in vectors("E-xxpay", 3) {
        let mut answer = params(&vector);
        if !answer.contains_key("retCode") {
            continue;
        }
        let of = |name: &str| answer[name].to_string().trim_matches('"').to_owned();
        let settings = Settings {
            texts: [
                ("base_url", "http://127.0.0.1".to_owned()),
                ("mch_id", of("mchId")),
                ("app_id", of("appId")),
            ]
            .into(),
            secrets: [("key", key(&vector))].into(),
            ..Settings::default()
        };
        let question = Question {
            kind: Kind::Payment,
            product: String::new(),
            order_no: of("mchOrderNo"),
            provider_order_no: String::new(),
            business_date: BusinessDate::parse("2016-04-27").unwrap(),
        };
        answer.insert("sign".to_owned(), vector["sign_upper"].clone());
        let account = (xxpay::REGISTRATION.build)(&settings).unwrap();
        let raw = RawAnswer::of_body(Value::Object(answer).to_string().into_bytes());
        let proved = account.verify(&Ask::Status(question.clone()), &raw).unwrap();
        let facts = account.read_status(&question, &proved).unwrap();
        assert_eq!(facts.amount.map(|amount| amount.minor), Some(100), "{}", text(&vector, "name"));
        verified = verified.saturating_add(1);
    }
    assert_eq!(verified, 2);
}

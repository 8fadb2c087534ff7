//! The accounts whose answers the samples are, and the signatures of new samples.

use std::sync::Arc;

use duizhang::provider::mmsp::php_json;
use duizhang::provider::signature::{
    HexCase, Md5Rule, PrivateKey, PublicKey, base64, encrypt_rsa, from_base64, joined_by_bytes,
    sign_md5, sign_rsa, signed_pairs,
};
use duizhang::provider::{PROVIDERS, Provider, Secret, Settings, StatusCodes, field};
use duizhang::status::ProviderStatus;
use serde_json::{Map, Value};

use super::sample::{Sample, text};
use super::{settings, signing};

/// The mmsp platform's published test key, and invented ones.
const KEYS: [(&str, &str); 3] = [
    ("mmsp", "ea21842eea24e448b991b1cb0a0294cf"),
    ("mmsp agent", "agentTestKey0123456789"),
    ("xxpay", "demoKeyE"),
];

/// What stands for a signature that has still to be made.
pub(crate) const TO_BE_SIGNED: &str = "SIGN-ME";

/// What stands for the encrypted `plaintext` of the file beside it.
const TO_BE_ENCRYPTED: &str = "ENCRYPT-ME";

/// The account that was asked.
pub(crate) fn account(sample: &Sample) -> Arc<dyn Provider> {
    build(&sample.provider_id, text(&sample.about, "account"))
}

/// An account at a provider, in one of the variants of `samples/README.md`.
pub(crate) fn build(provider_id: &str, variant: &str) -> Arc<dyn Provider> {
    let registered = PROVIDERS.iter().find(|known| known.id == provider_id).unwrap();
    (registered.build)(&settings_of(provider_id, variant)).unwrap()
}

/// The settings of an account at a provider.
pub(crate) fn settings_of(provider_id: &str, variant: &str) -> Settings {
    match provider_id {
        "mmsp" => mmsp(variant),
        "xxpay" => xxpay(variant),
        other => settings::settings(other, variant).unwrap(),
    }
}

fn mmsp(variant: &str) -> Settings {
    let mut settings = Settings {
        texts: texts(&[
            ("openapi_url", "http://127.0.0.1/openapi"),
            ("payapi_url", "http://127.0.0.1/payapi"),
            ("merchant_no", "001440353999853"),
            ("terminal_no", "84970001"),
        ]),
        lists: [("products", ["quick", "gateway", "scan", "payout"].map(str::to_owned).to_vec())]
            .into(),
        secrets: [
            ("md5_key", key("mmsp")),
            ("agent_md5_key", key("mmsp agent")),
            ("merchant_private_key", published("mmsp_test_merchant_private_pkcs8_b64")),
            ("platform_public_key", published("mmsp_test_platform_public_spki_b64")),
        ]
        .into(),
        ..Settings::default()
    };
    match variant {
        "agency" => {
            settings.texts.insert("agent_no", "80000001".to_owned());
        }
        "quick only" => {
            settings.lists.insert("products", vec!["quick".to_owned()]);
        }
        "signing platform" => {
            // The private half of the platform's own key is not public; the merchant's is.
            let signing = published("mmsp_test_merchant_public_spki_b64");
            settings.secrets.insert("platform_public_key", signing);
        }
        _ => assert_eq!(variant, ""),
    }
    settings
}

fn xxpay(variant: &str) -> Settings {
    let mut settings = Settings {
        texts: texts(&[
            ("base_url", "http://127.0.0.1"),
            ("mch_id", "20001222"),
            ("app_id", "0ae8be35ff634e2abe94f5f32f6d5c4f"),
        ]),
        flags: [("balance", true)].into(),
        secrets: [("key", key("xxpay"))].into(),
        ..Settings::default()
    };
    match variant {
        "xxpay" | "agentpay" => {
            settings.texts.insert("dialect", variant.to_owned());
        }
        "mch balance" => {
            settings.texts.insert("balance_path", "/api/account/mch_balance".to_owned());
        }
        "unsigned" => {
            settings.flags.insert("unsigned_answers", true);
        }
        "no application" => {
            settings.texts.remove("app_id");
        }
        "status codes" => {
            use ProviderStatus::{Failed, Refunded};
            let own = [("-2", Failed), ("-1", Failed), ("4", Refunded), ("2", Failed)];
            let own = own.map(|(code, status)| (code.to_owned(), status));
            settings.status_codes = StatusCodes(own.into());
        }
        _ => assert_eq!(variant, ""),
    }
    settings
}

fn texts(texts: &[(&'static str, &str)]) -> std::collections::BTreeMap<&'static str, String> {
    texts.iter().map(|(key, text)| (*key, (*text).to_owned())).collect()
}

fn key(name: &str) -> Secret {
    let (_, key) = KEYS.iter().find(|(known, _)| *known == name).unwrap();
    Secret::new((*key).to_owned())
}

/// One of the test keys that the platform has published.
pub(crate) fn published(name: &str) -> Secret {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/vectors.json");
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    Secret::new(file["keys"][name].as_str().unwrap().to_owned())
}

/// Encrypts and signs a new sample; an old one stays as it is.
pub(crate) fn finish(sample: &mut Sample) {
    let Ok(raw) = String::from_utf8(sample.raw.clone()) else { return };
    if !raw.contains(TO_BE_SIGNED) && !raw.contains(TO_BE_ENCRYPTED) {
        return;
    }
    let raw = match (sample.about.get("plaintext"), signing::signed(sample, &raw)) {
        (Some(plaintext), _) => sealed(&raw, plaintext.as_str().unwrap(), &sample.about),
        (None, Some(signed)) => signed,
        (None, None) => raw.replace(TO_BE_SIGNED, &md5_sign(sample, &raw)),
    };
    sample.raw = raw.into_bytes();
    std::fs::write(&sample.path, &sample.raw).unwrap();
}

/// Encrypts for the merchant (or for `encrypted_for`) in blocks of `block` bytes, and signs with the merchant's key, which is
/// the platform's in the variant `signing platform`.
fn sealed(raw: &str, plaintext: &str, about: &Value) -> String {
    let reader = match text(about, "encrypted_for") {
        "platform" => "mmsp_test_platform_public_spki_b64",
        _ => "mmsp_test_merchant_public_spki_b64",
    };
    let public = PublicKey::read("k", &published(reader)).unwrap();
    let private = published("mmsp_test_merchant_private_pkcs8_b64");
    let private = PrivateKey::read("k", &private).unwrap();
    let block = about.get("block").and_then(Value::as_u64).unwrap_or(117);
    let blocks = plaintext.as_bytes().chunks(usize::try_from(block).unwrap());
    let encrypted: Vec<u8> = blocks
        .flat_map(|block| from_base64(&encrypt_rsa(&public, block).unwrap()).unwrap())
        .collect();
    let signed = if text(about, "signed_by") == "another" { "{}" } else { plaintext };
    let sign = sign_rsa(&private, signed.as_bytes()).unwrap();
    raw.replace(TO_BE_ENCRYPTED, &base64(&encrypted)).replace(TO_BE_SIGNED, &sign)
}

fn md5_sign(sample: &Sample, raw: &str) -> String {
    let is_form = sample.provider_id == "xxpay" && sample.interface == "notification";
    let fields: Map<String, Value> = if is_form {
        field::form(raw.as_bytes()).unwrap()
    } else {
        serde_json::from_str(raw).unwrap()
    };
    let signed = match sample.provider_id.as_str() {
        "mmsp" => php_json::canonical(&fields["Body"]).unwrap(),
        _ => joined_by_bytes(signed_pairs(&fields, "sign")),
    };
    let agent = if text(&sample.about, "signed_by") == "agent" { " agent" } else { "" };
    let rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };
    sign_md5(rule, &signed, &key(&format!("{}{agent}", sample.provider_id)))
}

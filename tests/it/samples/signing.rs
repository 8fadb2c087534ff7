//! Signs new samples of zhangxun, icashier and lhxpay.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use duizhang::provider::Secret;
use duizhang::provider::field;
use duizhang::provider::signature::{HexCase, Md5Rule, joined_by_bytes, sign_md5, signed_pairs};

use super::accounts::TO_BE_SIGNED;
use super::sample::{Sample, text};
use super::settings;

/// A sample with its signature in place; `None` for a provider that is not in this file.
///
/// An icashier answer is written with the message itself in `resp` and encoded here; its callbacks,
/// whose `resp` is escaped base64, have to be made by hand.
pub(super) fn signed(sample: &Sample, raw: &str) -> Option<String> {
    let variant = text(&sample.about, "account");
    let settings = settings::settings(&sample.provider_id, variant)?;
    let read = if raw.starts_with('{') { field::object } else { field::form };
    let fields = read(raw.as_bytes()).unwrap();
    let joiner = if variant == "bbc" { "&Key=" } else { "&key=" };
    let key = settings.secrets["key"].clone();
    if sample.provider_id == "icashier" {
        let message = fields["resp"].to_string();
        assert!(raw.contains(&message), "resp has to be written without spaces");
        let encoded = STANDARD.encode(&message);
        let sign = sign("", &encoded, &key);
        return Some(raw.replace(&message, &format!("{encoded:?}")).replace(TO_BE_SIGNED, &sign));
    }
    let sign_field = if variant == "bbc" { "Sign" } else { "sign" };
    let signed = joined_by_bytes(signed_pairs(&fields, sign_field));
    Some(raw.replace(TO_BE_SIGNED, &sign(joiner, &signed, &key)))
}

fn sign(joiner: &'static str, text: &str, key: &Secret) -> String {
    sign_md5(Md5Rule { joiner, case: HexCase::Lower }, text, key)
}

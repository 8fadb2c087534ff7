//! Goal: a callback is the platform's word by its signature only: anybody can send a form.
//!
//! Method: the signature of each callback that is a form is taken out, emptied, renamed and altered.

use super::accounts::account;
use super::sample::{NOTIFICATION, read, samples};

#[test]
fn no_form_without_its_signature_is_taken_for_the_platforms_word() {
    let mut tried: usize = 0;
    for sample in samples().iter().filter(|sample| sample.interface == NOTIFICATION) {
        let Ok(raw) = String::from_utf8(sample.raw.clone()) else { continue };
        let parts: Vec<_> = raw.split('&').collect();
        let is_sign = |part: &&str| part.to_ascii_lowercase().starts_with("sign=");
        let Some(place) = parts.iter().position(is_sign) else { continue };
        let (name, value) = parts[place].split_once('=').unwrap();
        let others = [
            String::new(),
            name.to_owned(),
            format!("{name}="),
            format!("x{name}={value}"),
            format!("{name}={value}0"),
            format!("{name}={}", &value[..value.len().saturating_sub(1)]),
        ];
        for other in others {
            let mut parts = parts.clone();
            parts[place] = &other;
            let after = read(account(sample).as_ref(), sample, parts.join("&").as_bytes());
            assert!(after.is_err(), "{}: {after:?}", sample.name);
            tried = tried.saturating_add(1);
        }
    }
    assert!(tried > 300, "only {tried} alterations were tried");
}

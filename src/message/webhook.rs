//! A program that takes Standard Webhooks 1.0.0 (github.com/standard-webhooks, `spec/standard-webhooks.md`).
//!
//! `webhook-signature` is `v1,` and HMAC-SHA256 in base64 over id, seconds and body with dots between;
//! while a key is changed there are two of them. The id stays the same over all attempts, so that a
//! receiver takes a message once.

use serde_json::json;

use super::Notice;
use super::robots::Call;
use crate::business_day::Timestamp;
use crate::config::Hook;
use crate::provider::{hmac_sha256, webhook_key};

/// The request, signed for this moment.
pub(super) fn call(hook: &Hook, notice: &Notice, now: Timestamp) -> Call {
    let at = chrono::DateTime::from_timestamp(notice.at.epoch_seconds(), 0);
    let at = at.map(|at| at.with_timezone(&notice.zone).to_rfc3339()).unwrap_or_default();
    let body = json!({ "type": "run.finished", "timestamp": at, "data": notice.data }).to_string();
    let seconds = now.epoch_seconds().to_string();
    let keys = [&hook.secret, &hook.old_secret];
    let keys = keys.into_iter().flatten().filter_map(|secret| webhook_key(secret.expose()));
    let signatures: Vec<String> = keys.map(|key| sign(&key, &notice.id, &seconds, &body)).collect();
    let headers = vec![
        ("webhook-id", notice.id.clone()),
        ("webhook-timestamp", seconds),
        ("webhook-signature", signatures.join(" ")),
    ];
    Call { url: hook.url.expose().to_owned(), headers, body }
}

fn sign(key: &[u8], id: &str, seconds: &str, body: &str) -> String {
    format!("v1,{}", hmac_sha256(key, format!("{id}.{seconds}.{body}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::notice::tests::notice;
    use crate::provider::Secret;

    const SECRET: &str = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
    const OLD: &str = "whsec_ISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=";

    #[test]
    fn the_signature_is_the_documented_one() {
        let body = concat!(
            r#"{"type":"run.finished","timestamp":"2026-11-26T00:00:00+08:00","data":"#,
            r#"{"job":"nightly","date":"2026-11-20","can_book":false}}"#
        );
        for (secret, expected) in [
            (SECRET, "v1,MKTaQq/T9oOdvLEvAC4Kc7rHejANMRoyK8lZ5+4osh4="),
            (OLD, "v1,8tikVoy9t9q2JpIjGUvJX703etnE6+5tgmNaiMmvN0c="),
        ] {
            let key = webhook_key(secret).expect("a key");
            assert_eq!(sign(&key, "dz_20261120_nightly_1", "1795622400", body), expected);
        }
    }

    #[test]
    fn while_a_key_is_changed_both_sign_and_the_newest_comes_first() {
        let hook = Hook {
            url: Secret::new("https://receiver.example/hook".to_owned()),
            secret: Some(Secret::new(SECRET.to_owned())),
            old_secret: Some(Secret::new(OLD.to_owned())),
            keyword: String::new(),
            follows_proxy: false,
        };
        let at = |seconds| Timestamp::from_epoch_seconds(seconds);
        let (first, again) = (call(&hook, &notice(1), at(1)), call(&hook, &notice(1), at(2)));
        assert_eq!(first.body, again.body);
        assert!(
            first.body.contains(r#""timestamp":"2026-11-26T00:00:00+08:00""#),
            "{}",
            first.body
        );
        assert_eq!(first.headers[0], again.headers[0], "the id stays");
        assert_ne!(first.headers[2], again.headers[2], "each attempt is signed anew");
        let key = webhook_key(SECRET).expect("a key");
        let (id, newest) = (&first.headers[0].1, &first.headers[2].1);
        assert!(!id.contains('.'));
        let signatures: Vec<&str> = newest.split(' ').collect();
        assert_eq!(signatures.len(), 2);
        assert_eq!(signatures[0], sign(&key, id, "1", &first.body));
    }
}

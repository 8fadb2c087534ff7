//! HMAC-SHA256, as chats and the receivers of webhooks ask for it; base64 in a mail's head.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What stands before the key of a webhook (Standard Webhooks 1.0.0, "Signature scheme").
const WEBHOOK_PREFIX: &str = "whsec_";
/// Bytes of such a key.
const WEBHOOK_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// HMAC-SHA256 in base64. A key may have any length.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> String {
    // Of HMAC every length is a valid one, so this always is a signature.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| String::new(),
        |mac| STANDARD.encode(mac.chain_update(message).finalize().into_bytes()),
    )
}

/// The key of a webhook's secret, `whsec_` and base64 of 24 to 64 bytes; `None` for anything else.
pub fn webhook_key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(WEBHOOK_PREFIX)?).ok()?;
    WEBHOOK_BYTES.contains(&key.len()).then_some(key)
}

/// A text as one encoded word of a mail's head (RFC 2047).
pub fn encoded_word(text: &str) -> String {
    format!("=?UTF-8?B?{}?=", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_a_webhook_has_its_form() {
        let good = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
        assert_eq!(webhook_key(good), Some((1..=32).collect()));
        for bad in
            ["", "whsec_", "whsec_AQID", &good[6..], "whsec_*QIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRo="]
        {
            assert_eq!(webhook_key(bad), None, "{bad}");
        }
    }
}

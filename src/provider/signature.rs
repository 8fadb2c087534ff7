//! Signing and verifying: the only user of md-5, sha1, hmac, rsa and base64, and the only maker of
//! [`Verified`].
//!
//! MD5 is used because the platforms' protocols dictate it; it proves that the sender knew the
//! shared key, and little more.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::Value;

use crate::provider::field::Fields;
use crate::provider::{Secret, Unproved};
use crate::reading::Assurance;

pub mod ed25519;
mod hmac;
mod rsa_keys;

pub use hmac::{encoded_word, hmac_sha256, webhook_key};
pub use rsa_keys::{PrivateKey, PublicKey, decrypt_rsa, encrypt_rsa, sign_rsa, verify_rsa};

/// An answer that was verified, or that is openly something less.
///
/// There is no way to make one but the functions of this file, and none of them has a default.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    content: Content,
    assurance: Assurance,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Body(Value),
    Refusal { code: String, text: String },
}

impl Verified {
    /// What proves it.
    pub const fn assurance(&self) -> Assurance {
        self.assurance
    }

    /// The content, from which status and money may be taken; `None` for an unsigned refusal.
    pub const fn body(&self) -> Option<&Value> {
        match &self.content {
            Content::Body(body) => Some(body),
            Content::Refusal { .. } => None,
        }
    }

    /// Code and text of an unsigned refusal. The text may hold anything: compare it, never print it.
    pub fn refusal(&self) -> Option<(&str, &str)> {
        match &self.content {
            Content::Body(_) => None,
            Content::Refusal { code, text } => Some((code, text)),
        }
    }

    /// An unsigned error reply: only its code counts, never status or money.
    #[must_use]
    pub const fn refused(code: String, text: String) -> Self {
        Self { content: Content::Refusal { code, text }, assurance: Assurance::Refusal }
    }

    /// An answer of an interface on which the provider signs nothing. Each call needs a sentence
    /// that says which document says so.
    #[must_use]
    pub const fn unsigned_by_protocol(body: Value) -> Self {
        Self { content: Content::Body(body), assurance: Assurance::Echo }
    }
}

/// How a platform makes its MD5 signature: `hex(md5(text + joiner + key))`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Md5Rule {
    /// What stands between the text and the key: `&key=`, or nothing.
    pub joiner: &'static str,
    /// How the digest is written.
    pub case: HexCase,
}

/// How a hexadecimal digest is written and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HexCase {
    /// Upper case, and nothing else is accepted.
    Upper,
    /// Lower case, and nothing else is accepted.
    Lower,
    /// Written in lower case, accepted in both: only where the platform's document says so or says
    /// nothing.
    Any,
}

/// The signature of a text, for a request.
#[must_use]
pub fn sign_md5(rule: Md5Rule, text: &str, key: &Secret) -> String {
    let mut hash = Md5::new();
    hash.update(text.as_bytes());
    hash.update(rule.joiner.as_bytes());
    hash.update(key.expose().as_bytes());
    let digits: &[u8; 16] = match rule.case {
        HexCase::Upper => b"0123456789ABCDEF",
        HexCase::Lower | HexCase::Any => b"0123456789abcdef",
    };
    hash.finalize()
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|nibble| digits.get(usize::from(nibble)))
        .map(|digit| char::from(*digit))
        .collect()
}

/// Verifies an MD5 signature and gives the body that it proves.
///
/// `texts` are the forms in which this very `body` may have been signed, `keys` the keys that may
/// have signed it; each text is tried with each key.
///
/// # Errors
///
/// [`Unproved::Unsigned`] when no signature is stated, [`Unproved::WrongSignature`] when it fits no
/// text with any key.
pub fn verify_md5(
    rule: Md5Rule,
    texts: &[String],
    keys: &[Secret],
    stated: &str,
    body: Value,
) -> Result<Verified, Unproved> {
    if stated.is_empty() {
        return Err(Unproved::Unsigned);
    }
    let stated = match rule.case {
        HexCase::Upper | HexCase::Lower => Cow::Borrowed(stated),
        HexCase::Any => Cow::Owned(stated.to_ascii_lowercase()),
    };
    let fits = texts
        .iter()
        .flat_map(|text| keys.iter().map(move |key| sign_md5(rule, text, key)))
        .any(|sign| same_bytes(sign.as_bytes(), stated.as_bytes()));
    if !fits {
        return Err(Unproved::WrongSignature);
    }
    Ok(Verified { content: Content::Body(body), assurance: Assurance::Md5 })
}

/// The signature that an answer states; empty when it states none.
///
/// # Errors
///
/// [`Unproved::WrongSignature`] when it is not a text.
pub fn stated<'a>(fields: &'a Fields, sign_field: &str) -> Result<&'a str, Unproved> {
    match fields.get(sign_field) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(sign)) => Ok(sign),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Unproved::WrongSignature)
        }
    }
}

/// Whether a refusal states a signature: it may have none, but a wrong one says that somebody has
/// been at it.
pub fn is_stated(fields: &Fields, sign_field: &str) -> bool {
    stated(fields, sign_field).is_ok_and(|sign| !sign.is_empty())
}

/// Standard base64 with padding, in one line.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of standard base64 with padding; `None` for anything else.
///
/// White space is left out: encoders that are common on these platforms (`encodeBase64Chunked` of
/// commons-codec, `chunk_split` of PHP) break base64 into lines, and the decoders there read it.
/// What is signed stays the text as it was received.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}

/// Compares without stopping at the first difference, so that the time says little of where it is.
fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).fold(0, |seen, (left, right)| seen | (left ^ right)) == 0
}

/// A field and its value as the `k=v&…` families sign them.
pub type SignedPair<'a> = (&'a str, Cow<'a, str>);

/// The fields of an answer that are signed in the `k=v&…` families: all but the signature itself,
/// null and the empty string; `0` and `"0"` are signed.
///
/// A number is signed by its literal text, an object or list as compact JSON in its own order.
pub fn signed_pairs<'a>(fields: &'a Fields, sign_field: &str) -> Vec<SignedPair<'a>> {
    let text = |value: &'a Value| match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text.as_str()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Cow::Owned(value.to_string())
        }
    };
    fields
        .iter()
        .filter(|(name, _)| *name != sign_field)
        .map(|(name, value)| (name.as_str(), text(value)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// `k=v&k=v`, sorted by the bytes of the field names; values raw.
#[must_use]
pub fn joined_by_bytes(mut pairs: Vec<SignedPair<'_>>) -> String {
    pairs.sort_by_key(|(name, _)| *name);
    joined(&pairs)
}

/// `k=v&k=v`, the pairs sorted as texts without regard to case, as Java servers of this family do; values
/// raw.
#[must_use]
pub fn joined_by_any_case(mut pairs: Vec<SignedPair<'_>>) -> String {
    pairs.sort_by_cached_key(|(name, value)| format!("{name}={value}&").to_ascii_lowercase());
    joined(&pairs)
}

/// `k=v&k=v` in the order that is given; values raw.
#[must_use]
pub fn joined(pairs: &[SignedPair<'_>]) -> String {
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Whether the fields in `read` are where they seem to be.
///
/// `k=v&k=v` escapes nothing, so a signed `a=1&status=2` is the same text as `a` with the value
/// `1&status=2`: who controls one value (a customer's name) could have an honest answer cut into
/// other fields under the same signature. That is impossible when no name holds `&` or `=`, no
/// field that is read holds `&`, and no value holds `&name=` of a field that is read.
#[must_use]
pub fn can_be_separated(pairs: &[SignedPair<'_>], read: &[&str]) -> bool {
    pairs.iter().all(|(name, value)| {
        let splits_name = name.contains(['&', '=']);
        let splits_value = read.contains(name) && value.contains('&');
        let hides_field = read.iter().any(|read| value.contains(&format!("&{read}=")));
        !(splits_name || splits_value || hides_field)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY_RULE: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Upper };
    const ANY_CASE: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Any };

    fn key(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn verify(rule: Md5Rule, stated: &str, keys: &[Secret]) -> Result<Verified, Unproved> {
        verify_md5(rule, &["a=1".to_owned()], keys, stated, Value::Null)
    }

    #[test]
    fn a_signature_is_the_md5_of_text_joiner_and_key() {
        // The first two from RFC 1321, section A.5.
        let bare = Md5Rule { joiner: "", case: HexCase::Any };
        assert_eq!(sign_md5(bare, "", &key("")), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(sign_md5(bare, "a", &key("bc")), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(sign_md5(KEY_RULE, "a=1", &key("k")), "AFFDCC88244C83F871BFE4854BE9C1A5");
    }

    #[test]
    fn only_the_right_signature_in_the_right_case_makes_a_verified_answer() {
        let keys = [key("other"), key("k")];
        let upper = "AFFDCC88244C83F871BFE4854BE9C1A5";
        let lower = upper.to_ascii_lowercase();
        let verified = verify(KEY_RULE, upper, &keys).expect("the second key fits");
        assert_eq!(verified.assurance(), Assurance::Md5);
        assert_eq!(verify(KEY_RULE, &lower, &keys), Err(Unproved::WrongSignature));
        assert!(verify(ANY_CASE, &lower, &keys).is_ok());
        assert!(verify(ANY_CASE, upper, &keys).is_ok());
        assert_eq!(verify(ANY_CASE, "", &keys), Err(Unproved::Unsigned));
        let lower_case = Md5Rule { joiner: "&key=", case: HexCase::Lower };
        assert!(verify(lower_case, &lower, &keys).is_ok());
        assert_eq!(verify(lower_case, upper, &keys), Err(Unproved::WrongSignature));
        assert_eq!(verify(KEY_RULE, &upper[..31], &keys), Err(Unproved::WrongSignature));
        assert_eq!(verify(KEY_RULE, &format!("{upper} "), &keys), Err(Unproved::WrongSignature));
        assert_eq!(verify(KEY_RULE, upper, &keys[..1]), Err(Unproved::WrongSignature));
        assert_eq!(verify(KEY_RULE, upper, &[]), Err(Unproved::WrongSignature));
    }

    #[test]
    fn a_stated_signature_is_a_text_or_none() {
        let table = [
            (r#"{"sign":"A"}"#, Ok("A")),
            (r#"{"sign":""}"#, Ok("")),
            (r#"{"sign":null}"#, Ok("")),
            ("{}", Ok("")),
            (r#"{"sign":1}"#, Err(Unproved::WrongSignature)),
            (r#"{"sign":["A"]}"#, Err(Unproved::WrongSignature)),
        ];
        for (json, expected) in table {
            let fields: Fields = serde_json::from_str(json).expect("JSON");
            assert_eq!(is_stated(&fields, "sign"), expected == Ok("A"), "{json}");
            assert_eq!(stated(&fields, "sign"), expected, "{json}");
        }
    }

    #[test]
    fn base64_is_standard_and_padded_and_may_be_broken_into_lines() {
        let bytes = [0xfb, 0xef, 0xff, 0x00];
        assert_eq!(base64(&bytes), "++//AA==");
        for right in ["++//AA==", "++//\r\nAA==", "++//\nAA==\n", " +\t+//AA= ="] {
            assert_eq!(from_base64(right), Some(bytes.to_vec()), "{right:?}");
        }
        for wrong in ["++//AA", "--__AA==", "++//AB==", "++//A A", "++//\u{a0}AA==", "\0++//AA=="] {
            assert_eq!(from_base64(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pairs_keep_zero_and_literal_numbers_and_drop_null_and_empty() {
        let text = r#"{"status":0,"b":"","account":"0","acType":1.50,"x":null,"sign":"S",
                       "o":{"z":1,"a":[2,"/"]},"t":false}"#;
        let fields: Fields = serde_json::from_str(text).expect("JSON");
        assert_eq!(
            joined_by_bytes(signed_pairs(&fields, "sign")),
            r#"acType=1.50&account=0&o={"z":1,"a":[2,"/"]}&status=0&t=false"#
        );
    }

    #[test]
    fn fields_that_could_be_cut_otherwise_are_noticed() {
        let table = [
            ("a", "1", true),
            ("a", "x&b=2", true),
            ("a", "x&status=2", false),
            ("status", "2&z=1", false),
            ("status=2&z", "1", false),
            ("a&status", "1", false),
            ("a", "status=2", true),
        ];
        for (name, value, expected) in table {
            let pairs = [(name, Cow::Borrowed(value))];
            assert_eq!(can_be_separated(&pairs, &["status"]), expected, "{name} {value}");
        }
    }
}

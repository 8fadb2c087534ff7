//! RSA keys, and what is done with them: PKCS#1 v1.5 signatures over SHA-1 and PKCS#1 v1.5
//! encryption in blocks.
//!
//! Both are old and are used because a platform's protocol dictates them. Opening an answer is a
//! private-key operation, whose duration says something of the key (RUSTSEC-2023-0071): every one is
//! blinded, all failures look alike, and nobody but the platform's own address can have us open
//! something. Padding and blinding are random, so an encrypted request differs each time.

use rsa::pkcs1::{DecodeRsaPrivateKey as _, DecodeRsaPublicKey as _};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use serde_json::Value;
use sha1::{Digest as _, Sha1};

use super::{Content, Verified, base64, from_base64};
use crate::provider::{Secret, SettingError, Unproved};
use crate::reading::Assurance;

/// The least size that is accepted, in bytes: 1024 bits, which is what the platforms hand out.
const BYTES_MIN: usize = 128;

/// What PKCS#1 v1.5 needs of each encrypted block (RFC 8017, 7.2.1).
const PADDING_BYTES: usize = 11;

/// A private key. Has no `Debug`, `Display` or serialization that shows it.
#[derive(Clone)]
pub struct PrivateKey(RsaPrivateKey);

/// The public key of somebody else.
#[derive(Clone)]
pub struct PublicKey(RsaPublicKey);

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PublicKey(…)")
    }
}

impl PrivateKey {
    /// Reads a key in PEM (`PRIVATE KEY`, `RSA PRIVATE KEY`) or the bare base64 text of one.
    ///
    /// # Errors
    ///
    /// [`SettingError`] with the setting's `name` and nothing of the key.
    pub fn read(name: &'static str, text: &Secret) -> Result<Self, SettingError> {
        let der = der(text);
        let key = RsaPrivateKey::from_pkcs8_der(&der)
            .or_else(|_| RsaPrivateKey::from_pkcs1_der(&der))
            .ok()
            .filter(|key| key.validate().is_ok())
            .ok_or_else(|| refused(name, "is not an RSA private key in PKCS#8, PEM or base64"))?;
        long_enough(name, key.size())?;
        Ok(Self(key))
    }
}

impl PublicKey {
    /// Reads a key in PEM (`PUBLIC KEY`, `RSA PUBLIC KEY`) or the bare base64 text of one.
    ///
    /// # Errors
    ///
    /// [`SettingError`] with the setting's `name` and nothing of the key.
    pub fn read(name: &'static str, text: &Secret) -> Result<Self, SettingError> {
        let der = der(text);
        let key = RsaPublicKey::from_public_key_der(&der)
            .or_else(|_| RsaPublicKey::from_pkcs1_der(&der))
            .map_err(|_| refused(name, "is not an RSA public key in PEM or base64"))?;
        long_enough(name, key.size())?;
        Ok(Self(key))
    }
}

/// The bytes between the lines of a PEM file, or of a bare base64 text; nothing if it is neither.
fn der(text: &Secret) -> Vec<u8> {
    let base64: String = text
        .expose()
        .trim_start_matches('\u{feff}')
        .lines()
        .filter(|line| !line.trim_start().starts_with("-----"))
        .flat_map(str::split_whitespace)
        .collect();
    from_base64(&base64).unwrap_or_default()
}

fn long_enough(name: &'static str, bytes: usize) -> Result<(), SettingError> {
    if bytes < BYTES_MIN {
        return Err(refused(name, "has fewer than 1024 bits"));
    }
    Ok(())
}

fn refused(key: &'static str, problem: &str) -> SettingError {
    SettingError { key, problem: problem.to_owned() }
}

/// The signature of a text, for a request: `SHA1withRSA`, base64.
///
/// # Errors
///
/// [`Unproved::Field`] when the key cannot sign.
pub fn sign_rsa(key: &PrivateKey, text: &[u8]) -> Result<String, Unproved> {
    let padding = Pkcs1v15Sign::new::<Sha1>();
    let sign = key.0.sign_with_rng(&mut OsRng, padding, &Sha1::digest(text));
    sign.map(|sign| base64(&sign)).map_err(|_| Unproved::Field { field: "private key" })
}

/// Encrypts a text for the owner of `key`, in blocks as long as the key allows; base64.
///
/// # Errors
///
/// [`Unproved::Field`] when the key cannot encrypt.
pub fn encrypt_rsa(key: &PublicKey, text: &[u8]) -> Result<String, Unproved> {
    let mut encrypted = Vec::new();
    for block in text.chunks(key.0.size().saturating_sub(PADDING_BYTES).max(1)) {
        let block = key.0.encrypt(&mut OsRng, Pkcs1v15Encrypt, block);
        encrypted.extend(block.map_err(|_| Unproved::Field { field: "public key" })?);
    }
    Ok(base64(&encrypted))
}

/// Decrypts base64 of blocks of the key's size. How much text each block holds is up to the sender,
/// and a letter of UTF-8 may begin in one block and end in the next.
///
/// # Errors
///
/// [`Unproved::Malformed`], the same for every reason.
pub fn decrypt_rsa(key: &PrivateKey, encrypted: &str) -> Result<Vec<u8>, Unproved> {
    let closed = Unproved::Malformed { expected: "encrypted for this merchant" };
    let encrypted = from_base64(encrypted).filter(|bytes| !bytes.is_empty());
    let encrypted = encrypted.ok_or_else(|| closed.clone())?;
    let mut text = Vec::new();
    for block in encrypted.chunks(key.0.size()) {
        if block.len() != key.0.size() {
            return Err(closed);
        }
        let block = key.0.decrypt_blinded(&mut OsRng, Pkcs1v15Encrypt, block);
        text.extend(block.map_err(|_| closed.clone())?);
    }
    Ok(text)
}

/// Verifies a `SHA1withRSA` signature over `text` and gives the body that it proves: what was read
/// from this very text.
///
/// # Errors
///
/// [`Unproved::Unsigned`] when no signature is stated, [`Unproved::WrongSignature`] when it does
/// not fit.
pub fn verify_rsa(
    key: &PublicKey,
    text: &[u8],
    stated: &str,
    body: Value,
) -> Result<Verified, Unproved> {
    if stated.is_empty() {
        return Err(Unproved::Unsigned);
    }
    let sign = from_base64(stated).ok_or(Unproved::WrongSignature)?;
    key.0
        .verify(Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(text), &sign)
        .map_err(|_| Unproved::WrongSignature)?;
    Ok(Verified { content: Content::Body(body), assurance: Assurance::Rsa })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The platform's published test keys.
    fn published(name: &str) -> Secret {
        let file = include_str!("../../../samples/vectors.json");
        let file: Value = serde_json::from_str(file).expect("JSON");
        Secret::new(file["keys"][name].as_str().expect("a key").to_owned())
    }

    fn merchant() -> PrivateKey {
        PrivateKey::read("k", &published("mmsp_test_merchant_private_pkcs8_b64")).expect("a key")
    }

    fn merchant_public() -> PublicKey {
        PublicKey::read("k", &published("mmsp_test_merchant_public_spki_b64")).expect("a key")
    }

    fn pem(label: &str, base64: &str, line: usize) -> String {
        let lines: Vec<_> = base64.as_bytes().chunks(line).map(String::from_utf8_lossy).collect();
        let body = lines.join("\r\n");
        format!("\u{feff}-----BEGIN {label}-----\r\n{body}\r\n-----END {label}-----\r\n\r\n")
    }

    #[test]
    fn keys_are_read_as_pem_and_as_bare_base64() {
        let private = published("mmsp_test_merchant_private_pkcs8_b64");
        let public = published("mmsp_test_platform_public_spki_b64");
        for line in [64, 76, 5000] {
            let text = Secret::new(pem("PRIVATE KEY", private.expose(), line));
            assert!(PrivateKey::read("k", &text).is_ok(), "{line}");
            let text = Secret::new(pem("PUBLIC KEY", public.expose(), line));
            assert!(PublicKey::read("k", &text).is_ok(), "{line}");
        }
        let spaced = Secret::new(format!(" {}\n", private.expose()));
        assert!(PrivateKey::read("k", &spaced).is_ok());
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_it() {
        let private = published("mmsp_test_merchant_private_pkcs8_b64");
        let public = published("mmsp_test_platform_public_spki_b64");
        let damaged = private.expose().replacen("MIICdg", "MIICdw", 1);
        let other_digit = private.expose().replacen("VybJ9cqR", "VybJ9cqS", 1);
        // An RSA key of 512 bits, made for this test.
        let short = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAOElnD5HMGTHQc8TdNA/viu+9v1zxp48\
                     1gv9iQqVf3U4MFnloVF9i4bfl+3tYeLSkvC6XBqy9Q9C0FxbSEoLh9kCAwEAAQ==";
        for text in ["", "hunter2", public.expose(), &damaged, &other_digit] {
            let error = PrivateKey::read("own", &Secret::new(text.to_owned())).expect_err(text);
            assert_eq!(
                error.to_string(),
                "own: is not an RSA private key in PKCS#8, PEM or base64"
            );
        }
        for text in ["", "hunter2", private.expose()] {
            let error = PublicKey::read("theirs", &Secret::new(text.to_owned())).expect_err(text);
            assert_eq!(error.to_string(), "theirs: is not an RSA public key in PEM or base64");
        }
        let error = PublicKey::read("theirs", &Secret::new(short.to_owned())).expect_err("short");
        assert_eq!(error.to_string(), "theirs: has fewer than 1024 bits");
        assert_eq!(
            format!("{:?} {:?}", merchant(), merchant_public()),
            "PrivateKey(…) PublicKey(…)"
        );
    }

    #[test]
    fn what_is_encrypted_for_a_key_is_opened_with_it_and_differs_each_time() {
        let (own, public) = (merchant(), merchant_public());
        for length in [0, 1, 116, 117, 118, 234, 235] {
            let text = vec![b'x'; length];
            let encrypted = encrypt_rsa(&public, &text).expect("encrypted");
            let blocks = length.div_ceil(117);
            assert_eq!(from_base64(&encrypted).map(|bytes| bytes.len()), Some(128 * blocks));
            if length == 0 {
                assert!(decrypt_rsa(&own, &encrypted).is_err());
                continue;
            }
            assert_eq!(decrypt_rsa(&own, &encrypted), Ok(text.clone()), "{length}");
            assert_ne!(encrypt_rsa(&public, &text).expect("encrypted"), encrypted);
        }
    }

    #[test]
    fn what_cannot_be_opened_says_nothing_of_why() {
        let own = merchant();
        let closed = Err(Unproved::Malformed { expected: "encrypted for this merchant" });
        let whole = encrypt_rsa(&merchant_public(), b"{}").expect("encrypted");
        let bytes = from_base64(&whole).expect("base64");
        let mut altered = bytes.clone();
        altered[64] ^= 1;
        let platform = published("mmsp_test_platform_public_spki_b64");
        let platform = PublicKey::read("k", &platform).expect("a key");
        let for_another = encrypt_rsa(&platform, b"{}").expect("encrypted");
        for text in [
            "",
            "?",
            &base64(&bytes[..127]),
            &base64(&[&bytes[..], &[0]].concat()),
            &base64(&[0xff; 128]),
            &base64(&altered),
            &for_another,
        ] {
            assert_eq!(decrypt_rsa(&own, text), closed, "{text}");
        }
    }

    #[test]
    fn only_the_right_signature_over_the_very_text_makes_a_verified_answer() {
        let public = merchant_public();
        let sign = sign_rsa(&merchant(), b"{}").expect("signed");
        let verified = verify_rsa(&public, b"{}", &sign, Value::Null).expect("it fits");
        assert_eq!(verified.assurance(), Assurance::Rsa);
        let verify = |text: &[u8], sign: &str| verify_rsa(&public, text, sign, Value::Null);
        assert_eq!(verify(b"{}", ""), Err(Unproved::Unsigned));
        assert_eq!(verify(b"{ }", &sign), Err(Unproved::WrongSignature));
        assert_eq!(verify(b"{}", "?"), Err(Unproved::WrongSignature));
        assert_eq!(verify(b"{}", &sign[..168]), Err(Unproved::WrongSignature));
        assert_eq!(verify(b"{}", &format!("AAAA{sign}")), Err(Unproved::WrongSignature));
        let platform = published("mmsp_test_platform_public_spki_b64");
        let platform = PublicKey::read("k", &platform).expect("a key");
        let verified = verify_rsa(&platform, b"{}", &sign, Value::Null);
        assert_eq!(verified, Err(Unproved::WrongSignature));
    }
}

//! RSA keys, and what is done with them: PKCS#1 v1.5 signatures over SHA-1 and PKCS#1 v1.5
//! encryption in blocks.
//!
//! Both are old and are used because a platform's protocol dictates them. Opening an answer is a
//! private-key operation, whose duration says something of the key (RUSTSEC-2023-0071): every one is
//! blinded, all failures look alike, and nobody but the platform's own address can have us open
//! something. Padding and blinding are random, so an encrypted request differs each time.

use ::base64::Engine as _;
use ::base64::alphabet;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rsa::pkcs1::{DecodeRsaPrivateKey as _, DecodeRsaPublicKey as _};
use rsa::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Encrypt, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use serde_json::Value;
use sha1::{Digest as _, Sha1};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};

use super::{Content, Verified, base64, from_base64};
use crate::provider::{Secret, SettingError, Unproved};
use crate::reading::Assurance;

/// The least size that is accepted, in bytes: 1024 bits, which is what the platforms hand out.
const BYTES_MIN: usize = 128;

/// Keys lose their padding where people copy them.
const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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
    /// Reads a key in PEM (`PRIVATE KEY`, `RSA PRIVATE KEY`) or the bare base64 text of one, in the
    /// forms in which people have them (`KeyText`).
    ///
    /// # Errors
    ///
    /// [`SettingError`] with the setting's `name`, what is there instead, and nothing of the key.
    pub fn read(name: &'static str, text: &Secret) -> Result<Self, SettingError> {
        let found = KeyText::read(text);
        let key = RsaPrivateKey::from_pkcs8_der(&found.der)
            .or_else(|_| RsaPrivateKey::from_pkcs1_der(&found.der))
            .ok()
            .filter(|key| key.validate().is_ok())
            .ok_or_else(|| refused(name, found.problem(Wanted::Private)))?;
        long_enough(name, key.size())?;
        Ok(Self(key))
    }
}

impl PublicKey {
    /// Reads a key in PEM (`PUBLIC KEY`, `RSA PUBLIC KEY`), that of an X.509 certificate, or the bare
    /// base64 text of either, in the forms in which people have them (`KeyText`).
    ///
    /// # Errors
    ///
    /// [`SettingError`] with the setting's `name`, what is there instead, and nothing of the key.
    pub fn read(name: &'static str, text: &Secret) -> Result<Self, SettingError> {
        let found = KeyText::read(text);
        let key = RsaPublicKey::from_public_key_der(&found.der)
            .ok()
            .or_else(|| RsaPublicKey::from_pkcs1_der(&found.der).ok())
            .or_else(|| of_certificate(&found.der))
            .ok_or_else(|| refused(name, found.problem(Wanted::Public)))?;
        long_enough(name, key.size())?;
        Ok(Self(key))
    }
}

/// The key that an X.509 certificate is about. Who issued it is not looked at: that the platform's key
/// is this one is what the configuration says.
fn of_certificate(der: &[u8]) -> Option<RsaPublicKey> {
    let certificate = Certificate::from_der(der).ok()?;
    let key = certificate.tbs_certificate.subject_public_key_info.to_der().ok()?;
    RsaPublicKey::from_public_key_der(&key).ok()
}

/// What a text that should be a key holds.
///
/// What stands between `-----BEGIN …-----` and `-----END …-----` is the key, wherever lines break: keys
/// come on one line (environment variables, YAML), with a literal `\n` (JSON, `.env`), with spaces or
/// carriage returns for line ends, in quotes, below the `Bag Attributes` of `openssl pkcs12`, and without
/// padding.
struct KeyText {
    /// The label, as in `-----BEGIN label-----`; empty where there is none.
    label: String,
    /// Nothing where it is not base64.
    der: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Private,
    Public,
}

impl KeyText {
    fn read(text: &Secret) -> Self {
        let text = text.expose().trim_start_matches('\u{feff}');
        let text = text.replace("\\r", "\n").replace("\\n", "\n");
        let (label, body) = first_key(&text).unwrap_or(("", text.as_str()));
        let body = body.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\''));
        let body: String = body.collect();
        let der = ANY_PADDING.decode(body.as_bytes()).unwrap_or_default();
        Self { label: label.trim().to_owned(), der }
    }

    /// What is wrong with it, as the rest of a sentence about the setting.
    fn problem(&self, wanted: Wanted) -> &'static str {
        let is_public = RsaPublicKey::from_public_key_der(&self.der).is_ok()
            || self.label.ends_with("PUBLIC KEY");
        let is_private = RsaPrivateKey::from_pkcs8_der(&self.der).is_ok()
            || RsaPrivateKey::from_pkcs1_der(&self.der).is_ok();
        match wanted {
            _ if self.label.contains("ENCRYPTED") => {
                "is a key that a password protects: take the password off first (openssl pkcs8)"
            }
            _ if self.label.starts_with("EC ") || self.label.starts_with("DSA ") => {
                "is a key of another kind: an RSA key is needed"
            }
            _ if self.label.starts_with("OPENSSH") || self.label.starts_with("SSH2") => {
                "is a key of ssh: an RSA key in PKCS#8, PEM or base64 is needed"
            }
            Wanted::Private if self.label.contains("CERTIFICATE") => {
                "is a certificate, which holds a public key only: the private key is needed"
            }
            Wanted::Private if is_public => "is a public key: the private key is needed",
            Wanted::Public if is_private => "is a private key: the platform's public key is needed",
            Wanted::Private if self.der.is_empty() => {
                "is not an RSA private key in PKCS#8, PEM or base64: what stands there is not base64"
            }
            Wanted::Public if self.der.is_empty() => {
                "is not an RSA public key in PEM or base64: what stands there is not base64"
            }
            Wanted::Private => {
                "is not an RSA private key in PKCS#8, PEM or base64: a part of it may be missing"
            }
            Wanted::Public => {
                "is not an RSA public key in PEM or base64: a part of it may be missing"
            }
        }
    }
}

/// Label and body of the first key or certificate of a PEM text.
fn first_key(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    Some((label, body))
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

    /// A certificate that was made for this test.
    const CERTIFICATE: &str = concat!(
        "MIIB9DCCAV2gAwIBAgIUfLdoKFkbg+IyDwC45E/0OXg/igMwDQYJKoZIhvcNAQELBQAwDD",
        "EKMAgGA1UEAwwBeDAeFw0yNjExMjkyMDIzMTVaFw0yNjEyMDgyMDIzMTVaMAwxCjAIBgNV",
        "BAMMAXgwgZ8wDQYJKoZIhvcNAQEBBQADgY0AMIGJAoGBAKLgsP3dZl/YEF+xdEzo/rpBw3",
        "fgvQZ+AP4XLcsivrCstmWE7++qG2eZKBoeed2u7WXSPxnUMgAeTUQ/XtktjXudvi34nJnh",
        "pJCuyqYnNIjf6XYCUnC6l9nbvJoomi+5D7980VEwjYaLE3Q7Ve4QPcB9a9V/0EcRR/iOx6",
        "N0JuhtAgMBAAGjUzBRMB0GA1UdDgQWBBS4nLAC7cNzLRTkXPqndlSwh/IEczAfBgNVHSME",
        "GDAWgBS4nLAC7cNzLRTkXPqndlSwh/IEczAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQ",
        "EBCwUAA4GBAJxuVy5nwKbQZxTLwhGFL7zrIYIaa5nIl72SaeSZyhUm3575dksHKUi+/H2y",
        "0rilfk1dCYEk5u5vNUk3M4bsP3uoTBln9dAZAfDV5opZb1BygD3rOkmj/Vgee3ZzOC1Z6K",
        "KS6P8PEOIoWch5tbztCp8weFv99rifEl5TABxCHLoi",
    );

    /// The key that it is about.
    const OF_CERTIFICATE: &str = concat!(
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCi4LD93WZf2BBfsXRM6P66QcN34L0Gfg",
        "D+Fy3LIr6wrLZlhO/vqhtnmSgaHnndru1l0j8Z1DIAHk1EP17ZLY17nb4t+JyZ4aSQrsqm",
        "JzSI3+l2AlJwupfZ27yaKJovuQ+/fNFRMI2GixN0O1XuED3AfWvVf9BHEUf4jsejdCbobQ",
        "IDAQAB",
    );

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

    /// `(what it is, how a PEM text with line feeds becomes it)`.
    #[test]
    fn keys_are_read_in_the_forms_in_which_people_have_them() {
        type Form = (&'static str, fn(&str) -> String);
        let table: [Form; 9] = [
            ("on one line", |pem| pem.replace('\n', "")),
            ("with a literal \\n", |pem| pem.replace('\n', "\\n")),
            ("with a literal \\r\\n, in quotes", |pem| {
                format!("\"{}\"", pem.replace('\n', "\\r\\n"))
            }),
            ("with spaces for line ends", |pem| pem.replace('\n', " ")),
            ("with carriage returns only", |pem| pem.replace('\n', "\r")),
            ("below the bag attributes of openssl", |pem| {
                format!(
                    "Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n{pem}"
                )
            }),
            ("without padding", |pem| pem.replace('=', "")),
            ("bare, without padding", |pem| {
                let lines = pem.lines().filter(|line| !line.contains("-----"));
                lines.collect::<String>().replace('=', "")
            }),
            ("indented, with line feeds", |pem| pem.replace('\n', "\n    ")),
        ];
        let pem = |label: &str, key: &str| pem(label, key, 64).replace('\r', "");
        let private =
            pem("PRIVATE KEY", published("mmsp_test_merchant_private_pkcs8_b64").expose());
        let public = pem("PUBLIC KEY", published("mmsp_test_merchant_public_spki_b64").expose());
        let sign = sign_rsa(&merchant(), b"{}").expect("signed");
        for (what, form) in table {
            let key = PrivateKey::read("k", &Secret::new(form(&private))).expect(what);
            assert_eq!(sign_rsa(&key, b"{}").expect("signed"), sign, "{what}");
            let key = PublicKey::read("k", &Secret::new(form(&public))).expect(what);
            assert!(verify_rsa(&key, b"{}", &sign, Value::Null).is_ok(), "{what}");
        }
    }

    #[test]
    fn the_key_of_a_certificate_is_taken() {
        let plain = PublicKey::read("k", &Secret::new(OF_CERTIFICATE.to_owned())).expect("a key");
        let table = [
            CERTIFICATE.to_owned(),
            pem("CERTIFICATE", CERTIFICATE, 64),
            pem("CERTIFICATE", CERTIFICATE, 64).replace("\r\n", " "),
        ];
        for text in table {
            let key = PublicKey::read("k", &Secret::new(text)).expect("a key");
            assert_eq!(key.0, plain.0);
        }
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
        let problem = |error: SettingError| error.problem;
        let own = |text: &str| {
            problem(PrivateKey::read("own", &Secret::new(text.to_owned())).expect_err(text))
        };
        let theirs = |text: &str| {
            problem(PublicKey::read("theirs", &Secret::new(text.to_owned())).expect_err(text))
        };
        let no_private = "is not an RSA private key in PKCS#8, PEM or base64";
        let no_public = "is not an RSA public key in PEM or base64";
        for text in ["", "hunter2", "?", &damaged, &other_digit, &pem("PRIVATE KEY", "AAAA", 64)] {
            assert!(own(text).starts_with(no_private), "{text}: {}", own(text));
        }
        for text in ["", "hunter2", "?", &damaged] {
            assert!(theirs(text).starts_with(no_public), "{text}: {}", theirs(text));
        }
        assert!(own(public.expose()).starts_with("is a public key"));
        assert!(own(&pem("CERTIFICATE", CERTIFICATE, 64)).starts_with("is a certificate"));
        assert!(theirs(private.expose()).starts_with("is a private key"));
        for label in ["ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
            let problem = own(&pem(label, private.expose().split_at(400).0, 64));
            assert!(!problem.starts_with(no_private), "{label}: {problem}");
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

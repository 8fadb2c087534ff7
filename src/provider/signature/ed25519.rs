//! Ed25519 keys and signatures (RFC 8032), as `openssl` writes them: with these the program signs its own reports.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};

/// What stands before the 32 bytes of a public key (RFC 8410, section 4).
const PUBLIC_HEAD: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A private key, in DER (PKCS#8). Has no `Debug` that shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct SignKey(Vec<u8>);

impl std::fmt::Debug for SignKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignKey(…)")
    }
}

impl SignKey {
    /// Reads what `openssl genpkey -algorithm ed25519` writes (PEM, `PRIVATE KEY`); `None` for anything else.
    pub fn parse(pem: &str) -> Option<Self> {
        let der = der_of(pem)?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der).is_ok().then_some(Self(der))
    }

    /// The text of the file that signs a manifest.
    pub fn signed(&self, manifest: &[u8]) -> Option<String> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.0).ok()?;
        Some(STANDARD.encode(pair.sign(manifest)) + "\n")
    }
}

/// A public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads what `openssl pkey -pubout` writes (PEM, `PUBLIC KEY`); `None` for anything else.
    pub fn parse(pem: &str) -> Option<Self> {
        let der = der_of(pem)?;
        let key = der.strip_prefix(&PUBLIC_HEAD)?;
        key.try_into().ok().map(Self)
    }

    /// Whether a file signs a manifest with the key that belongs to this one.
    pub fn accepts(&self, manifest: &[u8], signed: &str) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        STANDARD
            .decode(signed.trim())
            .is_ok_and(|signature| key.verify(manifest, &signature).is_ok())
    }
}

/// The bytes between the two lines of a PEM text.
fn der_of(pem: &str) -> Option<Vec<u8>> {
    let lines = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 1, in the forms that openssl writes.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
         -----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
         MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
         -----END PUBLIC KEY-----\n";

    #[test]
    fn the_signature_is_that_of_the_document() {
        let (key, public) =
            (SignKey::parse(PRIVATE).expect("a key"), PublicKey::parse(PUBLIC).expect("a key"));
        let signed = key.signed(b"").expect("a signature");
        assert_eq!(
            signed,
            "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw==\n"
        );
        assert!(public.accepts(b"", &signed));
        assert!(!public.accepts(b" ", &signed));
        assert!(!public.accepts(b"", "5VZD"));
        assert!(!format!("{key:?}").contains("157"), "{key:?}");
    }

    #[test]
    fn every_changed_byte_is_found() {
        let (key, public) =
            (SignKey::parse(PRIVATE).expect("a key"), PublicKey::parse(PUBLIC).expect("a key"));
        let manifest = b"{\"accounts\": []}".to_vec();
        let signed = key.signed(&manifest).expect("a signature");
        for at in 0..manifest.len() {
            let mut other = manifest.clone();
            other[at] ^= 1;
            assert!(!public.accepts(&other, &signed), "{at}");
        }
        assert!(public.accepts(&manifest, &signed));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "x", PUBLIC, "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"] {
            assert_eq!(SignKey::parse(text), None, "{text}");
        }
        assert_eq!(PublicKey::parse(PRIVATE), None);
    }
}

//! Encryption of the archive: each answer is an age file of its own (age-encryption.org/v1, X25519).
//!
//! Recipients are public: who has the configuration can add answers and read none. The identity is what
//! reads them, and only `ledger verify` reads: the machine that runs the nights can do without it.

use std::fmt;
use std::io::{self, BufRead, Read, Write};

use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, EncryptError, Encryptor};

use super::Unread;

/// How every age file begins.
pub(super) const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// To whom answers are encrypted, and with what they can be read.
#[derive(Clone, Default)]
pub struct ArchiveKeys {
    recipients: Vec<Recipient>,
    identities: Vec<Identity>,
}

/// A text is not the key that it should be. Holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A recipient was wanted, and this is an identity.
    #[error("is an identity, which is a secret")]
    SecretAsRecipient,
    /// No recipient.
    #[error("is no age recipient")]
    Recipient,
    /// A line that is no identity, or no line that is one.
    #[error("holds no age identity")]
    Identity,
}

/// Why an encrypted answer cannot be opened here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    /// No identity is configured.
    #[error("[archive] identity is not set")]
    NoIdentity,
    /// It was encrypted to others.
    #[error("the identity of [archive] does not open it")]
    OtherIdentity,
}

impl ArchiveKeys {
    /// Encrypts to one more recipient, `age1…`.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the text is none.
    pub fn add_recipient(&mut self, text: &str) -> Result<(), KeyError> {
        if text.to_ascii_uppercase().starts_with("AGE-SECRET-KEY-") {
            return Err(KeyError::SecretAsRecipient);
        }
        self.recipients.push(text.parse().map_err(|_| KeyError::Recipient)?);
        Ok(())
    }

    /// Reads with the identities of a file as `age-keygen` writes it: one a line, comments begin with `#`.
    ///
    /// # Errors
    ///
    /// [`KeyError::Identity`] when there is none, or a line is something else.
    pub fn add_identities(&mut self, file: &str) -> Result<(), KeyError> {
        let lines = file.lines().map(str::trim);
        let keys = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let found: Result<Vec<Identity>, _> = keys.map(str::parse).collect();
        match found {
            Ok(found) if !found.is_empty() => self.identities.extend(found),
            Ok(_) | Err(_) => return Err(KeyError::Identity),
        }
        Ok(())
    }

    /// Whether answers are encrypted.
    pub const fn encrypts(&self) -> bool {
        !self.recipients.is_empty()
    }

    /// Whether there is anything to read with.
    pub const fn has_identity(&self) -> bool {
        !self.identities.is_empty()
    }

    /// Whether what is encrypted now can be read here.
    pub fn reads_its_own(&self) -> bool {
        self.identities.iter().any(|identity| self.recipients.contains(&identity.to_public()))
    }

    /// An age file of some bytes.
    pub(super) fn seal(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let recipients = self.recipients.iter().map(any_recipient);
        let encryptor = Encryptor::with_recipients(recipients).map_err(|error| {
            if let EncryptError::Io(error) = error { error } else { io::Error::other(error) }
        })?;
        let mut sealed = encryptor.wrap_output(Vec::new())?;
        sealed.write_all(bytes)?;
        sealed.finish()
    }

    /// What is in an age file.
    pub(super) fn open<R: BufRead>(&self, file: R) -> Result<impl Read, Unread> {
        let damaged = |_| Unread::Damaged("it cannot be decrypted");
        let decryptor = Decryptor::new_buffered(file).map_err(damaged)?;
        if self.identities.is_empty() {
            return Err(Unread::Locked(Locked::NoIdentity));
        }
        let identities = self.identities.iter().map(any_identity);
        decryptor.decrypt(identities).map_err(|error| {
            if matches!(error, DecryptError::NoMatchingKeys) {
                Unread::Locked(Locked::OtherIdentity)
            } else {
                damaged(error)
            }
        })
    }
}

fn any_recipient(recipient: &Recipient) -> &dyn age::Recipient {
    recipient
}

fn any_identity(identity: &Identity) -> &dyn age::Identity {
    identity
}

impl PartialEq for ArchiveKeys {
    fn eq(&self, other: &Self) -> bool {
        let public =
            |keys: &Self| keys.identities.iter().map(Identity::to_public).collect::<Vec<_>>();
        self.recipients == other.recipients && public(self) == public(other)
    }
}

impl Eq for ArchiveKeys {}

impl fmt::Debug for ArchiveKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recipients, identities } = self;
        f.debug_struct("ArchiveKeys")
            .field("recipients", recipients)
            .field("identities", &identities.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new pair: recipient and identity.
    fn pair() -> (String, String) {
        use age::secrecy::ExposeSecret;

        let identity = Identity::generate();
        (identity.to_public().to_string(), identity.to_string().expose_secret().to_owned())
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let (recipient, identity) = pair();
        let mut keys = ArchiveKeys::default();
        assert!(!keys.encrypts() && !keys.has_identity());
        for (text, expected) in [
            (identity.as_str(), KeyError::SecretAsRecipient),
            ("age1", KeyError::Recipient),
            ("", KeyError::Recipient),
            (&recipient[..40], KeyError::Recipient),
        ] {
            assert_eq!(keys.add_recipient(text), Err(expected), "{text}");
        }
        for text in ["", "# nothing\n", &recipient, &identity[..40]] {
            assert_eq!(keys.add_identities(text), Err(KeyError::Identity), "{text}");
        }
        keys.add_recipient(&recipient).expect("a recipient");
        assert!(keys.encrypts() && !keys.reads_its_own());
        keys.add_identities(&format!("# created: today\n# public key: {recipient}\n{identity}\n"))
            .expect("an identity");
        assert!(keys.reads_its_own());
        assert!(!format!("{keys:?}").contains(&identity));
    }

    #[test]
    fn of_several_recipients_each_reads_and_nobody_else() {
        let pairs = [pair(), pair(), pair()];
        let mut writer = ArchiveKeys::default();
        for (recipient, _) in &pairs[..2] {
            writer.add_recipient(recipient).expect("a recipient");
        }
        let sealed = writer.seal(b"an answer").expect("sealed");
        assert!(sealed.starts_with(MAGIC));
        for (reader, (_, identity)) in pairs.iter().enumerate() {
            let mut keys = ArchiveKeys::default();
            keys.add_identities(identity).expect("an identity");
            let mut text = Vec::new();
            match keys.open(sealed.as_slice()) {
                Ok(mut opened) if reader < 2 => {
                    opened.read_to_end(&mut text).expect("readable");
                    assert_eq!(text, b"an answer");
                }
                Err(Unread::Locked(why)) => {
                    assert_eq!((reader, why), (2, Locked::OtherIdentity));
                }
                Ok(_) | Err(Unread::Damaged(_)) => panic!("{reader} is not what was expected"),
            }
        }
        let nobody = writer.open(sealed.as_slice());
        assert!(matches!(nobody, Err(Unread::Locked(Locked::NoIdentity))));
    }
}

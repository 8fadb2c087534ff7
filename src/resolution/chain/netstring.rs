//! SHA-256 over values one after another, each written so that no two lists of values are the same bytes.

use std::fmt::Display;
use std::io::Write;

use sha2::{Digest, Sha256};

/// Bytes that are hashed together: one by one they would cost more than hashing them.
const PENDING: usize = 4_096;

/// Bytes of a SHA-256.
pub(super) const BYTES: usize = 32;

/// A hash that is being made.
#[derive(Default)]
pub(super) struct Hash {
    sha256: Sha256,
    pending: Vec<u8>,
    digits: Vec<u8>,
}

impl Hash {
    /// Adds a text as `length:bytes,`.
    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds bytes as [`Self::text`] does.
    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.pending.push(b':');
        self.pending.extend_from_slice(bytes);
        self.pending.push(b',');
        if self.pending.len() >= PENDING {
            self.sha256.update(&self.pending);
            self.pending.clear();
        }
    }

    /// Adds a number in its digits.
    pub(super) fn number(&mut self, number: impl Display) {
        let mut digits = std::mem::take(&mut self.digits);
        digits.clear();
        // Writing into memory never fails.
        write!(digits, "{number}").ok();
        self.bytes(&digits);
        self.digits = digits;
    }

    /// Adds a value that may be missing, which is not the same as an empty one.
    pub(super) fn option(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.number(value),
            None => self.pending.extend_from_slice(b"-,"),
        }
    }

    /// The hash in hexadecimal digits.
    pub(super) fn finish(mut self) -> String {
        let mut digits = String::new();
        for digit in hexadecimal(&self.take()).flatten() {
            digits.push(char::from(digit));
        }
        digits
    }

    /// Adds another hash in hexadecimal digits.
    pub(super) fn hash(&mut self, hash: &[u8; BYTES]) {
        let mut digits = std::mem::take(&mut self.digits);
        digits.clear();
        digits.extend(hexadecimal(hash).flatten());
        self.bytes(&digits);
        self.digits = digits;
    }

    /// The hash of what was added, and begins anew.
    pub(super) fn take(&mut self) -> [u8; BYTES] {
        self.sha256.update(&self.pending);
        self.pending.clear();
        self.sha256.finalize_reset().into()
    }

    /// Most texts are short: their length needs no formatting.
    fn length(&mut self, length: usize) {
        match u8::try_from(length) {
            Ok(length @ 0..10) => self.pending.push(digit(length)),
            Ok(length @ 10..100) => {
                self.pending.extend_from_slice(&[digit(length / 10), digit(length % 10)]);
            }
            _ => {
                write!(self.pending, "{length}").ok();
            }
        }
    }
}

/// Each byte in two hexadecimal digits, lower case.
fn hexadecimal(bytes: &[u8; BYTES]) -> impl Iterator<Item = [u8; 2]> {
    bytes.iter().map(|byte| [digit(byte >> 4), digit(byte & 15)])
}

/// A digit up to `f`.
fn digit(number: u8) -> u8 {
    b"0123456789abcdef".get(usize::from(number)).copied().unwrap_or(b'?')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_behind_its_length_and_a_hash_is_that_of_the_whole() {
        for length in [0, 1, 9, 10, 11, 99, 100, 101, 5_000] {
            let text = "a".repeat(length);
            let mut hash = Hash::default();
            hash.text("before");
            hash.take();
            hash.text(&text);
            hash.option(None::<i64>);
            hash.number(-7);
            let whole = format!("{length}:{text},-,2:-7,");
            assert_eq!(hash.finish(), format!("{:x}", Sha256::digest(whole)), "{length}");
        }
    }
}

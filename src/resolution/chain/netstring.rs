//! SHA-256 over values one after another, each written so that no two lists of values are the same bytes.

use std::fmt::{Display, Write};

use sha2::{Digest, Sha256};

/// Bytes that are hashed together: one by one they would cost more than hashing them.
const PENDING: usize = 4_096;

/// A hash that is being made.
#[derive(Default)]
pub(super) struct Hash {
    sha256: Sha256,
    pending: String,
    digits: String,
}

impl Hash {
    /// Adds a text as `length:bytes,`.
    pub(super) fn text(&mut self, text: &str) {
        // Writing into a text never fails.
        write!(self.pending, "{}:{text},", text.len()).ok();
        if self.pending.len() >= PENDING {
            self.sha256.update(&self.pending);
            self.pending.clear();
        }
    }

    /// Adds a number in its digits.
    pub(super) fn number(&mut self, number: impl Display) {
        let mut digits = std::mem::take(&mut self.digits);
        digits.clear();
        write!(digits, "{number}").ok();
        self.text(&digits);
        self.digits = digits;
    }

    /// Adds a value that may be missing, which is not the same as an empty one.
    pub(super) fn option(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.number(value),
            None => self.pending.push_str("-,"),
        }
    }

    /// The hash in hexadecimal digits.
    pub(super) fn finish(mut self) -> String {
        self.sha256.update(&self.pending);
        format!("{:x}", self.sha256.finalize())
    }
}

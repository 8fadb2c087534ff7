//! SHA-256 over values one after another, each written so that no two lists of values are the same bytes.

use std::fmt::Display;

use sha2::{Digest, Sha256};

/// A hash that is being made.
#[derive(Default)]
pub(super) struct Hash(Sha256);

impl Hash {
    /// Adds a text as `length:bytes,`.
    pub(super) fn text(&mut self, text: &str) {
        self.0.update(format!("{}:", text.len()));
        self.0.update(text);
        self.0.update(",");
    }

    /// Adds a number in its digits.
    pub(super) fn number(&mut self, number: impl Display) {
        self.text(&number.to_string());
    }

    /// Adds a value that may be missing, which is not the same as an empty one.
    pub(super) fn option(&mut self, value: Option<impl Display>) {
        match value {
            Some(value) => self.number(value),
            None => self.0.update("-,"),
        }
    }

    /// The hash in hexadecimal digits.
    pub(super) fn finish(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

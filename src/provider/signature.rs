//! Signing and verifying: the only user of md-5, rsa and base64, and the only maker of
//! [`Verified`].
//!
//! MD5 is used because the platforms' protocols dictate it; it proves that the sender knew the
//! shared key, and little more.

use serde_json::Value;

use crate::reading::Assurance;

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

//! What a command came to: text for people, or one JSON document for programs (`--json`). Either is
//! written here and nowhere else; the documents are described in `docs/output.schema.json`.

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::cli::output;

/// In which form a command is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Format {
    /// Writes a part of the text while the rest is still being worked on. Of a document nothing is
    /// written before its end.
    pub(crate) fn now(self, text: &str) {
        if self == Self::Text {
            output::print(text);
            output::flush();
        }
    }
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Answer {
    code: u8,
    text: String,
    /// The document; empty for a command that has none.
    document: String,
    /// What ended the command after what is answered.
    failure: Option<Failure>,
}

impl Answer {
    /// A result in both forms. `text` ends with a line break.
    pub(crate) fn new(code: u8, text: String, document: &impl Serialize) -> Self {
        // Texts, numbers, lists and keys can always be written as JSON.
        let document = serde_json::to_string_pretty(document).unwrap_or_default();
        Self { code, text, document, failure: None }
    }

    /// The answer of a command that has no document and has said everything.
    pub(crate) const fn without_document(code: u8) -> Self {
        Self { code, text: String::new(), document: String::new(), failure: None }
    }

    /// The same, and then something went wrong that decides the exit code.
    #[must_use]
    pub(crate) fn and_failed(self, failure: Option<Failure>) -> Self {
        Self { failure, ..self }
    }

    /// Writes the answer; gives its exit code, or what ended the command.
    pub(crate) fn write(self, format: Format) -> Result<u8, Failure> {
        match format {
            Format::Text => output::print(&self.text),
            Format::Json => output::line(&self.document),
        }
        output::flush();
        self.failure.map_or(Ok(self.code), Err)
    }
}

/// A list as text: each on its line.
pub(crate) fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

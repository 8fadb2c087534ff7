//! How an account's settings become a provider: what a provider's file registers, and secrets.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Provider;
use crate::money::Currency;

/// A secret: key or private key. Has no `Debug`, `Display` or serialization that shows it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub const fn new(value: String) -> Self {
        Self(value)
    }

    /// The secret itself, for signing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a provider's file registers: its id, and how an account's settings become a [`Provider`].
pub struct Registration {
    /// The id in the configuration: `mmsp`.
    pub id: &'static str,
    /// The keys that its `[[account]]` table has besides the common ones.
    pub settings: &'static [Setting],
    /// Makes the provider from settings that were checked against `settings`.
    pub build: fn(&Settings) -> Result<Arc<dyn Provider>, SettingError>,
}

/// One key of a provider's `[[account]]` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// What it holds.
    pub form: SettingForm,
    /// Whether it may be left out.
    pub required: bool,
}

/// What a provider's setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingForm {
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A list of texts.
    List,
    /// `{ env = "NAME" }` or `{ file = "PATH" }`.
    Secret,
}

/// A provider's settings, already of the right form, every secret resolved.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// [`SettingForm::Text`] values.
    pub texts: BTreeMap<&'static str, String>,
    /// [`SettingForm::Flag`] values.
    pub flags: BTreeMap<&'static str, bool>,
    /// [`SettingForm::List`] values.
    pub lists: BTreeMap<&'static str, Vec<String>>,
    /// [`SettingForm::Secret`] values.
    pub secrets: BTreeMap<&'static str, Secret>,
    /// Further codes or texts that mean "no such order" (`not_found`, common to all providers).
    pub not_found: Vec<String>,
    /// What the account's amounts are of where the platform does not state it (`currency`, common to
    /// all providers).
    pub currency: Currency,
}

impl Settings {
    /// A text that has to be there.
    ///
    /// # Errors
    ///
    /// [`SettingError`] when it was left out or is empty.
    pub fn required_text(&self, key: &'static str) -> Result<&str, SettingError> {
        match self.text(key) {
            "" => Err(SettingError { key, problem: "is required".to_owned() }),
            text => Ok(text),
        }
    }

    /// An address that has to be there, without a slash at its end.
    ///
    /// # Errors
    ///
    /// [`SettingError`] when it was left out or does not begin with `http://` or `https://`.
    pub fn required_url(&self, key: &'static str) -> Result<&str, SettingError> {
        let url = self.required_text(key)?;
        if url.starts_with("http://") || url.starts_with("https://") {
            Ok(url.trim_end_matches('/'))
        } else {
            let problem = "has to begin with http:// or https://".to_owned();
            Err(SettingError { key, problem })
        }
    }

    /// A secret that has to be there.
    ///
    /// # Errors
    ///
    /// [`SettingError`] when it was left out or is empty: everybody can sign with an empty key.
    pub fn required_secret(&self, key: &'static str) -> Result<&Secret, SettingError> {
        self.secret(key)
            .filter(|secret| !secret.expose().is_empty())
            .ok_or_else(|| SettingError { key, problem: "is required".to_owned() })
    }

    /// A text; empty when it was left out.
    pub fn text(&self, key: &str) -> &str {
        self.texts.get(key).map_or("", String::as_str)
    }

    /// A secret; `None` when it was left out.
    pub fn secret(&self, key: &str) -> Option<&Secret> {
        self.secrets.get(key)
    }
}

/// A provider's setting has the right form and the wrong content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct SettingError {
    /// The key.
    pub key: &'static str,
    /// What is wrong and what to do, without the value of a secret.
    pub problem: String,
}

//! How an account's settings become a provider: what a provider's file registers, and secrets.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Provider, Unproved, shortened};
use crate::money::Currency;
use crate::status::{Kind, ProviderStatus};

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
    /// An `[[account]]` with a line for each of its settings, for `init`; `{{中文|English}}` is said in the
    /// language that was chosen.
    pub template: &'static str,
    /// The families of deployments that its setting `dialect` names, the first of them by itself; empty where
    /// there is one only.
    pub dialects: &'static [&'static str],
    /// Files that the template names, by their paths beside the configuration.
    pub files: &'static [(&'static str, &'static str)],
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
    /// What status codes mean that the platform's document does not list (`status_codes`, common to all
    /// providers).
    pub status_codes: StatusCodes,
    /// The kinds of orders that the account's bills tell of (`statement`, common to all providers).
    pub bill_kinds: std::collections::BTreeSet<Kind>,
}

/// What every account says of its deployment that no document does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// What amounts are of where the platform does not state it.
    pub currency: Currency,
    /// What further status codes mean.
    pub status_codes: StatusCodes,
}

/// Status codes of one deployment beyond the platform's document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusCodes(pub BTreeMap<String, ProviderStatus>);

impl StatusCodes {
    /// What the code in a field means: by the document, else by the account's own word; with the text for
    /// [`crate::reading::Facts::status_code`], which names whose word it is.
    ///
    /// # Errors
    ///
    /// [`Unproved::UnknownCode`] where neither knows it.
    pub fn read(
        &self,
        field: &'static str,
        code: &str,
        documented: Option<ProviderStatus>,
    ) -> Result<(ProviderStatus, String), Unproved> {
        if let Some(status) = documented {
            return Ok((status, format!("{field}={code}")));
        }
        let own = self.0.get(code).copied();
        let status = own.ok_or_else(|| Unproved::UnknownCode { field, value: shortened(code) })?;
        Ok((status, format!("{field}={code} status_codes={status}")))
    }
}

impl Settings {
    /// What the account says of its deployment.
    pub fn terms(&self) -> Terms {
        Terms { currency: self.currency, status_codes: self.status_codes.clone() }
    }

    /// One of several by its name; the first of them where the setting was left out.
    ///
    /// # Errors
    ///
    /// [`SettingError`] for a name that none of them has, with the one that was probably meant.
    pub fn choice<'c, T>(
        &self,
        key: &'static str,
        known: &'c [(&'static str, T)],
    ) -> Result<Option<&'c T>, SettingError> {
        let name = self.text(key);
        if name.is_empty() {
            return Ok(known.first().map(|(_, first)| first));
        }
        if let Some((_, found)) = known.iter().find(|(other, _)| *other == name) {
            return Ok(Some(found));
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let slips = |other: &&&str| strsim::damerau_levenshtein(name, other);
        let near = names.iter().min_by_key(slips).filter(|other| slips(other) <= name.len() / 2);
        let near = near.map_or_else(String::new, |near| format!("did you mean {near:?}? "));
        let problem = format!("{name:?} is not known; {near}known are {}", names.join(", "));
        Err(SettingError { key, problem })
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_what_the_document_says_and_only_else_what_the_account_says() {
        use ProviderStatus::{Failed, Refunded, Succeeded};
        let own = [("1".to_owned(), Failed), ("-2".to_owned(), Refunded)];
        let codes = StatusCodes(own.into());
        let facts = |status, text: &str| Ok((status, text.to_owned()));
        let unknown =
            |value: &str| Err(Unproved::UnknownCode { field: "status", value: value.to_owned() });
        let table = [
            ("1", Some(Succeeded), facts(Succeeded, "status=1")),
            ("-2", None, facts(Refunded, "status=-2 status_codes=refunded")),
            ("-1", None, unknown("-1")),
            ("", None, unknown("")),
        ];
        for (code, documented, expected) in table {
            assert_eq!(codes.read("status", code, documented), expected, "{code:?}");
        }
    }

    #[test]
    fn a_name_that_nothing_has_gets_what_was_probably_meant() {
        let known = [("heropay", 1), ("xxpay", 2)];
        let of = |name: &str| {
            let texts = [("dialect", name.to_owned())].into();
            Settings { texts, ..Settings::default() }
                .choice("dialect", &known)
                .map(Option::<&i32>::copied)
        };
        assert_eq!(of(""), Ok(Some(1)));
        assert_eq!(of("xxpay"), Ok(Some(2)));
        let problem = of("xxpai").map_err(|error| error.problem);
        let expected = "\"xxpai\" is not known; did you mean \"xxpay\"? known are heropay, xxpay";
        assert_eq!(problem, Err(expected.to_owned()));
        let problem = of("q").map_err(|error| error.problem);
        assert_eq!(problem, Err("\"q\" is not known; known are heropay, xxpay".to_owned()));
    }
}

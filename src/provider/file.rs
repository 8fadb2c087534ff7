//! A platform or bank that is known by its bills alone: no interface, no key, no address.
//!
//! What it says stands in the files that `[account.statement]` reads; see [`crate::intake::statement`].
//! Nothing can be asked, so every question is [`Unproved::NotOffered`].

use std::sync::Arc;

use crate::provider::{
    Ask, HttpRequest, Lane, Page, PageQuestion, Provider, Question, RawAnswer, RefusalKind,
    Registration, Setting, SettingError, SettingForm, Settings, Stamp, Unproved, Verified,
};
use crate::reading::Facts;
use crate::status::Kind;

/// Registers it.
pub const REGISTRATION: Registration = Registration {
    id: "file",
    settings: &[Setting { key: "merchant_no", form: SettingForm::Text, required: false }],
    build,
    template: include_str!("file/account.toml"),
    dialects: &[],
    files: &[],
};

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    let merchant_no = settings.text("merchant_no").to_owned();
    if merchant_no.chars().any(char::is_whitespace) {
        let problem = "a number has no space".to_owned();
        return Err(SettingError { key: "merchant_no", problem });
    }
    let kinds = settings.bill_kinds.iter().copied().collect();
    Ok(Arc::new(File { merchant_no, kinds }))
}

/// An account that is known by its bills alone.
struct File {
    merchant_no: String,
    /// The kinds of orders that its bills tell of.
    kinds: Vec<Kind>,
}

impl Provider for File {
    fn lanes(&self) -> Vec<Lane> {
        let lane = |kind: &Kind| Lane {
            kind: *kind,
            product: String::new(),
            listing: None,
            states_amount: true,
        };
        self.kinds.iter().map(lane).collect()
    }

    fn merchant_no(&self) -> &str {
        &self.merchant_no
    }

    fn has_interface(&self) -> bool {
        false
    }

    fn request(&self, _: &Ask, _: Stamp) -> Result<HttpRequest, Unproved> {
        Err(Unproved::NotOffered)
    }

    fn verify(&self, _: &Ask, _: &RawAnswer) -> Result<Verified, Unproved> {
        Err(Unproved::NotOffered)
    }

    fn read_status(&self, _: &Question, _: &Verified) -> Result<Facts, Unproved> {
        Err(Unproved::NotOffered)
    }

    fn read_page(&self, _: &PageQuestion, _: &Verified) -> Result<Page, Unproved> {
        Err(Unproved::NotOffered)
    }

    fn refusal(&self, _: &str, _: &str) -> RefusalKind {
        RefusalKind::Unclear
    }
}

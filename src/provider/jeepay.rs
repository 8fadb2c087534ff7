//! `Jeepay`: a platform that merchants run themselves; single queries of payments, refunds and transfers,
//! and callbacks; MD5 with the application's secret over the fields.
//!
//! Source: the interfaces of the platform's public server (3.2.9), `/api/pay/query`, `/api/refund/query` and
//! `/api/transfer/query`, and what it sends to a `notifyUrl`.
//! Odd: an answer is signed over its `data` alone, not over `code` and `msg`, and a refusal not at all; the
//! server verifies only the fields that its request classes have, so nothing else may be sent; 2 stays
//! when a part was refunded, 5 is said of the whole. It lists nothing over its interfaces, and says no
//! fee: both are in its database, which is the merchant's (`jeepay/bill.sql`).

use std::sync::Arc;

use crate::provider::refusal::{self, is_about_the_order, refusal_by_words, says_no_such_order};
use crate::provider::{
    Ask, HttpRequest, Lane, Notification, Notified, Page, PageQuestion, Provider, Question,
    RawAnswer, RefusalKind, Registration, Secret, Setting, SettingError, SettingForm, Settings,
    Stamp, Terms, Unproved, Verified, field,
};
use crate::reading::Facts;
use crate::status::Kind;

use order::Form;

mod envelope;
mod order;

/// The line of the registry.
pub const REGISTRATION: Registration = Registration {
    id: "jeepay",
    settings: &[
        Setting { key: "base_url", form: SettingForm::Text, required: true },
        Setting { key: "mch_no", form: SettingForm::Text, required: true },
        Setting { key: "app_id", form: SettingForm::Text, required: true },
        Setting { key: "key", form: SettingForm::Secret, required: true },
    ],
    build,
    template: include_str!("jeepay/account.toml"),
    dialects: &[],
    files: &[("sql/jeepay_bill.sql", include_str!("jeepay/bill.sql"))],
};

/// One application of a merchant at a `Jeepay` server.
struct Jeepay {
    /// Without a slash at its end.
    base_url: String,
    mch_no: String,
    app_id: String,
    /// The application's `appSecret`.
    key: Secret,
    /// What amounts are of where an answer states no currency, and what further states mean.
    terms: Terms,
    /// Codes and texts of refusals that mean "no such order".
    not_found: Vec<String>,
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    Ok(Arc::new(Jeepay {
        base_url: settings.required_url("base_url")?.to_owned(),
        mch_no: settings.required_text("mch_no")?.to_owned(),
        app_id: settings.required_text("app_id")?.to_owned(),
        key: settings.required_secret("key")?.clone(),
        terms: settings.terms(),
        not_found: settings.not_found.clone(),
    }))
}

impl Jeepay {
    fn means_not_found(&self, code: &str, text: &str) -> bool {
        let is_known =
            says_no_such_order(text) || field::is_configured(&self.not_found, code, text);
        is_about_the_order(is_known, text)
    }
}

impl Provider for Jeepay {
    fn lanes(&self) -> Vec<Lane> {
        let lane = |kind| Lane { kind, product: String::new(), listing: None, states_amount: true };
        [Kind::Payment, Kind::Payout, Kind::Refund].map(lane).to_vec()
    }

    fn merchant_no(&self) -> &str {
        &self.mch_no
    }

    fn request(&self, ask: &Ask, stamp: Stamp) -> Result<HttpRequest, Unproved> {
        match ask {
            Ask::Status(question) => Form::of(question.kind).request(self, question, stamp),
            Ask::Page(_) | Ask::Balance | Ask::Renotify(_) => Err(Unproved::NotOffered),
        }
    }

    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        let Ask::Status(question) = ask else { return Err(Unproved::NotOffered) };
        let verified = envelope::verify(self, answer)?;
        if verified.refusal().is_none() {
            Form::of(question.kind).same_order(self, question, envelope::fields(&verified)?)?;
        }
        Ok(verified)
    }

    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Facts, Unproved> {
        if let Some((code, text)) = answer.refusal()
            && self.means_not_found(code, text)
        {
            return Ok(Facts::not_found(&question.order_no, code));
        }
        let form = Form::of(question.kind);
        let fields = envelope::fields(answer)?;
        form.same_order(self, question, fields)?;
        form.read(fields, &self.terms)
    }

    fn read_page(&self, _: &PageQuestion, _: &Verified) -> Result<Page, Unproved> {
        Err(Unproved::NotOffered)
    }

    /// 9999 is every refusal that the server's own words explain; 10 is its own trouble, 12 its
    /// database's, 11 a parameter.
    fn refusal(&self, code: &str, text: &str) -> RefusalKind {
        if self.means_not_found(code, text) {
            return RefusalKind::NoSuchOrder;
        }
        match code {
            "code=10" | "code=12" => RefusalKind::Platform,
            "code=11" => RefusalKind::Settings,
            // 参数appId与商户号不匹配
            _ if text.contains("不匹配") => RefusalKind::Account,
            _ => refusal_by_words(text),
        }
    }

    fn says_try_again(&self, code: &str, text: &str) -> bool {
        matches!(code, "code=10" | "code=12") || refusal::says_try_again(text)
    }

    fn verify_notification(&self, notification: &Notification) -> Result<Verified, Unproved> {
        let is_json = notification.content_type.to_ascii_lowercase().contains("json");
        let read = if is_json { field::object } else { field::form };
        let verified = envelope::verify_signed(self, read(&notification.body)?)?;
        envelope::same_merchant(self, envelope::fields(&verified)?)?;
        Ok(verified)
    }

    fn read_notification(&self, notification: &Verified) -> Result<Notified, Unproved> {
        let fields = envelope::fields(notification)?;
        let form = Form::of_fields(fields)?;
        let facts = form.read(fields, &self.terms)?;
        Ok(Notified { kind: form.kind, product: String::new(), facts })
    }
}

#[cfg(test)]
mod tests;

//! The seam: what a payment platform has to answer for to be reconciled.
//!
//! A provider is pure: it makes requests, verifies answers and reads them. The network belongs to
//! [`http`], the plan of the night to [`crate::pull`]. Verified answers can only be made in
//! [`signature`], so reading something unverified does not compile.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;

use crate::balance::{AccountTerm, Balance, BalancePart};
use crate::business_day::{BusinessDate, Timestamp};
use crate::personal;
use crate::reading::{Assurance, Facts};
use crate::status::Kind;

pub mod field;
pub mod file;
pub mod gate;
pub mod http;
pub mod icashier;
pub mod jeepay;
pub mod lhxpay;
pub mod mmsp;
pub mod refusal;
pub mod settings;
pub mod signature;
pub mod xxpay;
pub mod zhangxun;

pub use crate::lane::{Lane, ListingTerms, order_lanes};
pub use refusal::RefusalKind;
pub use settings::{
    Registration, Secret, Setting, SettingError, SettingForm, Settings, StatusCodes, Terms,
};
pub use signature::{Verified, encoded_word, hmac_sha256, webhook_key};

/// A question about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Payment, payout or refund.
    pub kind: Kind,
    /// The product; empty where the provider has none.
    pub product: String,
    /// The merchant's order number.
    pub order_no: String,
    /// The provider's own number, where it is known; else empty.
    pub provider_order_no: String,
    /// The business date of the merchant's order, else of the provider's listing: where the answer
    /// is dated when it has no time of its own.
    pub business_date: BusinessDate,
}

/// A question for one page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuestion {
    /// The listed kind.
    pub kind: Kind,
    /// The listed product.
    pub product: String,
    /// First calendar date in Beijing, inclusive.
    pub from: NaiveDate,
    /// Last calendar date in Beijing, inclusive.
    pub to: NaiveDate,
    /// From 1.
    pub page: u32,
    /// As in [`ListingTerms::rows_per_page`].
    pub rows_per_page: u32,
}

/// What a provider is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// One order.
    Status(Question),
    /// One page of a listing.
    Page(PageQuestion),
    /// What the account holds. Only where [`Provider::states_balance`].
    Balance,
    /// One order, and to send the callback of a paid order again. Only where
    /// [`Provider::renotifies`]; never by accident, since it reaches a production system.
    Renotify(Question),
}

/// A callback as the merchant's web tier received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// When it was received.
    pub received_at: Timestamp,
    /// The `Content-Type`, as received; empty for `GET`.
    pub content_type: String,
    /// The raw body, or the query string of a `GET`.
    pub body: Vec<u8>,
}

/// What a verified callback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    /// Payment, payout or refund.
    pub kind: Kind,
    /// The product; empty where the provider has none.
    pub product: String,
    /// What was said about the order.
    pub facts: Facts,
}

/// What a request needs besides the question: nothing in a provider asks the clock or the dice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The moment of the request.
    pub now: Timestamp,
    /// A number that no other request of this run has.
    pub nonce: u64,
}

/// A request, ready to be sent. Holds a signature, but no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET` or `POST`.
    pub method: Method,
    /// The whole URL, with its query.
    pub url: String,
    /// The `Content-Type` of the body; empty for `GET`.
    pub content_type: &'static str,
    /// Further headers, name and value: some platforms take the signature there.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for `GET`.
    pub body: String,
    /// The interface by the provider's name for it: `0x0305`, `/api/pay/query_order`.
    pub interface: &'static str,
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Everything is in the URL.
    Get,
    /// There is a body.
    Post,
}

/// What came back: a body within the size cap, nothing more is known of it. It came with status 200, or
/// with one of 4xx and is a refusal by its own words, see [`http::Caller::call_within`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case, in the order in which they came; those whose values are no
    /// visible ASCII left out.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, decompressed.
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// An answer of status 200 of which nothing but the body matters.
    pub const fn of_body(body: Vec<u8>) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }

    /// The one value of a header; `None` where it is missing or there more than once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }
}

/// Why an answer is worth nothing. Never holds a body, a key or personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// Not the format that the provider's document promises.
    #[error("the answer is not {expected}")]
    Malformed {
        /// What the document promises: `JSON`, `a JSON object`, …
        expected: &'static str,
    },
    /// No signature where there has to be one.
    #[error("the answer has no signature")]
    Unsigned,
    /// The signature does not fit the content.
    #[error("the answer's signature is wrong")]
    WrongSignature,
    /// The answer is about something else than was asked.
    #[error("the answer is for another {what}")]
    NotWhatWasAsked {
        /// `order`, `merchant`, `page`, …
        what: &'static str,
    },
    /// The provider refused, and not with one of the codes that mean "no such order".
    #[error("the provider refused: {code}")]
    Refused {
        /// The provider's code, without its free text.
        code: String,
    },
    /// A "no such order" that nobody signed, of an account that nothing has proved: it may be about the
    /// account.
    #[error("\"no such order\" ({code}), signed by nobody, and nothing proves the account")]
    AccountUnproved {
        /// The provider's code, without its free text.
        code: String,
    },
    /// A status code that the provider's document does not list.
    #[error("{field} has the undocumented value {value}")]
    UnknownCode {
        /// The field.
        field: &'static str,
        /// The value, shortened to 32 characters of printable ASCII.
        value: String,
    },
    /// The provider has no interface for this question.
    #[error("the provider cannot be asked this")]
    NotOffered,
    /// A required field is missing or unreadable.
    #[error("{field} is missing or unreadable")]
    Field {
        /// The field.
        field: &'static str,
    },
}

impl Unproved {
    /// A short code without spaces for [`Facts::status_code`] and reports: `wrong_signature`.
    pub fn code(&self) -> String {
        match self {
            Self::Malformed { .. } => "malformed".to_owned(),
            Self::Unsigned => "unsigned".to_owned(),
            Self::WrongSignature => "wrong_signature".to_owned(),
            Self::NotWhatWasAsked { what } => format!("another_{what}"),
            Self::Refused { code } => format!("refused:{code}"),
            Self::AccountUnproved { code } => format!("account_unproved:{code}"),
            Self::UnknownCode { field, value } => format!("unknown_code:{field}={value}"),
            Self::NotOffered => "not_offered".to_owned(),
            Self::Field { field } => format!("field:{field}"),
        }
    }
}

/// One page of a listing, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Rows that the whole listing has, by the provider's word.
    pub total_rows: u64,
    /// Pages that the whole listing has, by the provider's word.
    pub total_pages: u64,
    /// The rows of this page, in the provider's order; an unreadable one is an error in its place.
    pub rows: Vec<Result<Facts, UnreadableRow>>,
}

/// A row of a verified page that cannot be read: the listing cannot be proved complete with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableRow {
    /// The merchant's order number, where it could be read.
    pub order_no: String,
    /// The field that could not be read.
    pub field: &'static str,
    /// Its value, shortened; only of fields that never hold personal data.
    pub value: String,
}

/// A payment platform, with one account's settings and keys.
///
/// All methods are pure. A method is only called for lanes that [`Provider::lanes`] lists.
pub trait Provider: Send + Sync {
    /// What this account can be asked.
    fn lanes(&self) -> Vec<Lane>;

    /// The account's number at the provider, for the column `merchant_no`.
    fn merchant_no(&self) -> &str;

    /// Whether it can be asked anything. Without an interface the bills that were imported are all that
    /// it says: then [`Provider::lanes`] are the kinds that they tell of.
    fn has_interface(&self) -> bool {
        true
    }

    /// A signed request.
    ///
    /// # Errors
    ///
    /// [`Unproved`] when the question cannot be put (an order number that the protocol cannot
    /// carry): such an order stays unproved.
    fn request(&self, ask: &Ask, stamp: Stamp) -> Result<HttpRequest, Unproved>;

    /// Verifies an answer: the signature, and that it answers this very question.
    ///
    /// # Errors
    ///
    /// [`Unproved`] says why the answer is worth nothing.
    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved>;

    /// Reads a verified answer to a question about one order: theirs to ours. A recognised "no such
    /// order" is [`Facts::not_found`], see [`refusal::is_about_the_order`]; whether it may be believed of
    /// this account is not the provider's business.
    ///
    /// # Errors
    ///
    /// [`Unproved`] for an unknown code, a refusal, or an answer about another order.
    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Facts, Unproved>;

    /// Reads a verified page of a listing: theirs to ours.
    ///
    /// # Errors
    ///
    /// [`Unproved`] when the page is not the one that was asked for or its counts are unreadable.
    fn read_page(&self, question: &PageQuestion, answer: &Verified) -> Result<Page, Unproved>;

    /// What a refusal is about, by its code (as in [`Unproved::Refused`]) and its text. No default:
    /// every platform has its own codes and words, and what they leave open is said to be open.
    fn refusal(&self, code: &str, text: &str) -> RefusalKind;

    /// Whether a refusal, by its code and text as in [`Self::refusal`], says to put the same question
    /// again: then it is put again at once, with the pauses of an outage.
    fn says_try_again(&self, code: &str, text: &str) -> bool {
        let _ = code;
        refusal::says_try_again(text)
    }

    /// The same account in the platform's other families (`dialect`), by their names: to find out which of
    /// them a deployment is of.
    fn in_other_dialects(&self) -> Vec<(&'static str, Arc<dyn Provider>)> {
        Vec::new()
    }

    /// Whether the account's balance can be asked for.
    fn states_balance(&self) -> bool {
        false
    }

    /// Reads a verified answer about the balance: theirs to ours. `answered_at` is the moment of the
    /// answer, for platforms that state none.
    ///
    /// # Errors
    ///
    /// [`Unproved`] when a figure is missing or unreadable, or the provider has no such interface.
    fn read_balance(&self, answer: &Verified, answered_at: Timestamp) -> Result<Balance, Unproved> {
        let (_, _) = (answer, answered_at);
        Err(Unproved::NotOffered)
    }

    /// The terms on which the platform keeps the account, where a verified answer about the balance
    /// states them. One that cannot be read is left out.
    fn read_terms(&self, answer: &Verified) -> Vec<AccountTerm> {
        let _ = answer;
        Vec::new()
    }

    /// The parts of a balance that together are what the merchant owns at the provider: these are
    /// compared with what went in and out. By itself everything but an advance, which is the
    /// provider's own money.
    fn held_parts(&self) -> &'static [BalancePart] {
        &[BalancePart::Available, BalancePart::Frozen, BalancePart::Pending]
    }

    /// Whether the provider can be asked to send a callback again.
    fn renotifies(&self) -> bool {
        false
    }

    /// How long ago an order has to have been paid before it is asked about, because asking has a side
    /// effect; where nobody says when it was paid, how long ago it has to have been made.
    fn query_age_min(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether the platform calls the shop back no more about an order once a question found it final.
    /// Then nothing is asked during the day, unless the account's `ask_during_day` or a person consents.
    fn query_ends_callbacks(&self) -> bool {
        false
    }

    /// For how long after a payment the platform calls back a shop that does not answer, at most; `None`
    /// where its document does not say.
    fn calls_back_for(&self, kind: Kind, product: &str) -> Option<Duration> {
        let (_, _) = (kind, product);
        None
    }

    /// Verifies a callback's signature. Whoever does not implement it accepts none.
    ///
    /// # Errors
    ///
    /// [`Unproved`] says why it is worth nothing.
    fn verify_notification(&self, notification: &Notification) -> Result<Verified, Unproved> {
        let _ = notification;
        Err(Unproved::Unsigned)
    }

    /// Reads a verified callback: theirs to ours.
    ///
    /// # Errors
    ///
    /// [`Unproved`] for an unknown code or an unreadable field.
    fn read_notification(&self, notification: &Verified) -> Result<Notified, Unproved> {
        let _ = notification;
        Err(Unproved::NotOffered)
    }
}

impl Account {
    /// Whether a question during the day ends callbacks that may still come, and nobody has consented.
    pub fn is_silent_by_day(&self) -> bool {
        self.provider.query_ends_callbacks() && !self.limits.ask_during_day
    }
}

/// An account: a provider with settings, and how it may be called.
#[derive(Clone)]
pub struct Account {
    /// The account's name in the configuration.
    pub name: String,
    /// How people are shown it; [`Account::name`] where the configuration says nothing else.
    pub title: String,
    /// The provider's id in the registry.
    pub provider_id: &'static str,
    /// The platform behind it.
    pub provider: Arc<dyn Provider>,
    /// How it may be called.
    pub limits: Limits,
}

/// How an account may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests per second, at most.
    pub rate_limit: u32,
    /// Requests in flight, at most.
    pub concurrency: u32,
    /// For one attempt, from connecting to the last byte.
    pub timeout: Duration,
    /// Further attempts after the first, for what may be tried again.
    pub retries: u32,
    /// Bytes of one answer, decompressed, at most.
    pub answer_bytes_max: u64,
    /// Whether it is called through the proxy that the environment names.
    pub follows_proxy: bool,
    /// Questions that end callbacks may be put while the business day runs, see
    /// [`Provider::query_ends_callbacks`].
    pub ask_during_day: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate_limit: 20,
            concurrency: 8,
            timeout: Duration::from_secs(20),
            retries: 3,
            answer_bytes_max: 16 * 1024 * 1024,
            follows_proxy: false,
            ask_during_day: false,
        }
    }
}

/// Every provider that duizhang knows, sorted by id. A new one adds its line here.
pub const PROVIDERS: &[Registration] = &[
    file::REGISTRATION,
    icashier::REGISTRATION,
    jeepay::REGISTRATION,
    lhxpay::REGISTRATION,
    mmsp::REGISTRATION,
    xxpay::REGISTRATION,
    zhangxun::REGISTRATION,
];

/// Shortens a provider's value for an error, a log or a report: printable ASCII, 32 characters, and what looks
/// like somebody's card, identity card or phone masked.
pub fn shortened(value: &str) -> String {
    let visible = |c: &char| c.is_ascii_graphic() || *c == ' ';
    personal::masked(value).chars().filter(visible).take(32).collect()
}

/// The assurance that a verified answer carries.
pub const fn assurance(answer: &Verified) -> Assurance {
    answer.assurance()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_sorted_by_id_and_name_each_setting_once() {
        let ids: Vec<_> = PROVIDERS.iter().map(|known| known.id).collect();
        assert!(ids.is_sorted_by(|left, right| left < right), "{ids:?}");
        for known in PROVIDERS {
            let has_setting = known.settings.iter().any(|setting| setting.key == "dialect");
            assert_eq!(has_setting, !known.dialects.is_empty(), "{}", known.id);
            let mut keys: Vec<_> = known.settings.iter().map(|setting| setting.key).collect();
            keys.sort_unstable();
            keys.dedup();
            assert_eq!(keys.len(), known.settings.len(), "{}", known.id);
        }
    }

    #[test]
    fn what_is_shown_of_a_value_is_short_and_plain() {
        assert_eq!(shortened("张三\n\u{1b}[31mD4\u{202e}"), "[31mD4");
        assert_eq!(shortened(&"7".repeat(100)).len(), 32);
        // A person's number in a field that should never hold one.
        assert_eq!(shortened("tel 13800138000"), "tel 13*******00");
        assert_eq!(shortened("4111 1111 1111 1111"), "41** **** **** **11");
    }
}

//! Zhangxun (掌讯): single queries of payments and payouts, balance and callbacks; MD5 with a shared
//! key over all fields.
//!
//! Manual: "掌讯支付平台-接口说明文档", signature 1.3.2, payment query 2.4 and callback 2.2, payout
//! query 2.6, balance 2.7.
//! Odd: every field that comes is signed, also those that the manual does not list; the merchant's
//! order number is `custOrderNo` for payments, `custOrdNo` for payouts and again `custOrderNo` in
//! the callback of a payout; every undocumented status means "processing", so there is no unknown
//! one (but money that was proved does not go back to it, see [`crate::reading::went_back`]); after
//! a query that finds a final status the platform calls the shop back no more, so orders younger
//! than `min_query_age` are not asked about; no time of payment is ever stated (`ordTime` and
//! `casDate` say when the order was handed in), so paid times stay empty.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::balance::{Balance, BalancePart};
use crate::business_day::Timestamp;
use crate::provider::field::{self, Fields};
use crate::provider::refusal::{is_about_the_order, refusal_by_words, says_no_such_order};
use crate::provider::signature::{
    HexCase, Md5Rule, SignedPair, can_be_separated, is_stated, joined_by_bytes, sign_md5,
    signed_pairs, stated, verify_md5,
};
use crate::provider::{
    Ask, HttpRequest, Lane, Method, Notification, Notified, Page, PageQuestion, Provider, Question,
    RawAnswer, RefusalKind, Registration, Secret, Setting, SettingError, SettingForm, Settings,
    Stamp, Terms, Unproved, Verified, shortened,
};
use crate::reading::Facts;
use crate::status::Kind;

mod balance;
mod notification;
mod payment;
mod payout;

/// The line of the registry.
pub const REGISTRATION: Registration = Registration {
    id: "zhangxun",
    settings: &[
        Setting { key: "base_url", form: SettingForm::Text, required: true },
        Setting { key: "query_url", form: SettingForm::Text, required: false },
        Setting { key: "payout_url", form: SettingForm::Text, required: false },
        Setting { key: "balance_url", form: SettingForm::Text, required: false },
        Setting { key: "org_no", form: SettingForm::Text, required: true },
        Setting { key: "cust_id", form: SettingForm::Text, required: true },
        Setting { key: "account", form: SettingForm::Text, required: false },
        Setting { key: "version", form: SettingForm::Text, required: false },
        Setting { key: "min_query_age", form: SettingForm::Text, required: false },
        Setting { key: "key", form: SettingForm::Secret, required: true },
    ],
    build,
    template: include_str!("zhangxun/account.toml"),
    dialects: &[],
    files: &[],
};

/// "MD5 signatures are verified without regard to case", 1.3.2.
const RULE: Md5Rule = Md5Rule { joiner: "&key=", case: HexCase::Any };

/// The payment query, 2.4.3.
const PAYMENT_QUERY: &str = "/cashier/query.ac";

/// The payout query, 2.6.2.
const PAYOUT_QUERY: &str = "/cashier/TX0002.ac";

/// The balance query, 2.7.3. (The manual prints a space after the plus sign that joins it.)
const BALANCE_QUERY: &str = "/cashier/balance.ac";

/// `code` of an answer that is not a refusal; says nothing about the order.
const ANSWERED: &str = "000000";

/// The manual limits no order number; this only keeps nonsense from the wire.
const ORDER_NO_LETTERS: usize = 64;

/// `version`, fixed in the manual; some deployments want `3.0`.
const VERSION: &str = "2.1";

/// `min_query_age` where the configuration has none.
const MIN_QUERY_AGE: &str = "30m";

/// One account (商户) of an organization (机构) at Zhangxun.
struct Zhangxun {
    /// Where payment queries go, without a slash at its end; likewise the next two.
    query_url: String,
    payout_url: String,
    balance_url: String,
    org_no: String,
    cust_id: String,
    /// The payout sub-account that newer deployments want to be named; else empty.
    account: String,
    version: String,
    min_query_age: Duration,
    /// The organization's key: all its merchants have the same.
    key: Secret,
    /// Codes and texts of refusals that mean "no such order".
    not_found: Vec<String>,
    /// What its amounts are of, which no answer states, and what further status codes mean.
    terms: Terms,
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    let or = |key: &'static str, other: &str| match settings.text(key) {
        "" => Ok(other.to_owned()),
        _ => settings.required_url(key).map(str::to_owned),
    };
    let query_url = or("query_url", settings.required_url("base_url")?)?;
    let text = |key: &str, other: &str| match settings.text(key) {
        "" => other.to_owned(),
        text => text.to_owned(),
    };
    Ok(Arc::new(Zhangxun {
        payout_url: or("payout_url", &query_url)?,
        balance_url: or("balance_url", &query_url)?,
        query_url,
        org_no: settings.required_text("org_no")?.to_owned(),
        cust_id: settings.required_text("cust_id")?.to_owned(),
        account: settings.text("account").to_owned(),
        version: text("version", VERSION),
        min_query_age: age(&text("min_query_age", MIN_QUERY_AGE)).ok_or(SettingError {
            key: "min_query_age",
            problem: "has to be a number with s, m, h or d, such as 30m".to_owned(),
        })?,
        key: settings.required_secret("key")?.clone(),
        not_found: settings.not_found.clone(),
        terms: settings.terms(),
    }))
}

/// A length of time: `90s`, `30m`, `2h`, `1d`.
fn age(text: &str) -> Option<Duration> {
    let units = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];
    let (number, seconds) =
        units.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}

impl Provider for Zhangxun {
    fn lanes(&self) -> Vec<Lane> {
        let lane = |kind| Lane { kind, product: String::new(), listing: None, states_amount: true };
        vec![lane(Kind::Payment), lane(Kind::Payout)]
    }

    fn merchant_no(&self) -> &str {
        &self.cust_id
    }

    fn request(&self, ask: &Ask, _: Stamp) -> Result<HttpRequest, Unproved> {
        match ask {
            Ask::Status(question) => match question.kind {
                Kind::Payment => {
                    let order = (payment::ORDER_NO, question.order_no.as_str());
                    field::carries(order.0, order.1, ORDER_NO_LETTERS)?;
                    Ok(self.signed_request(&self.query_url, PAYMENT_QUERY, &[order]))
                }
                Kind::Payout => {
                    let order = (payout::ORDER_NO, question.order_no.as_str());
                    field::carries(order.0, order.1, ORDER_NO_LETTERS)?;
                    let own = [order, ("account", &self.account)];
                    Ok(self.signed_request(&self.payout_url, PAYOUT_QUERY, &own))
                }
                Kind::Refund => Err(Unproved::NotOffered),
            },
            Ask::Balance => {
                let own = [("account", self.account.as_str())];
                Ok(self.signed_request(&self.balance_url, BALANCE_QUERY, &own))
            }
            Ask::Page(_) | Ask::Renotify(_) => Err(Unproved::NotOffered),
        }
    }

    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        let fields = field::object(&answer.body)?;
        let code = field::required(&fields, "code")?;
        if code != ANSWERED {
            if is_stated(&fields, "sign") {
                self.signed(&fields, &["code", "msg"])?;
            }
            let text = fields.get("msg").and_then(Value::as_str).unwrap_or_default();
            return Ok(Verified::refused(format!("code={}", shortened(&code)), text.to_owned()));
        }
        let read = match ask {
            Ask::Status(question) => match question.kind {
                Kind::Payment => &payment::READ[..],
                Kind::Payout => &payout::READ[..],
                Kind::Refund => return Err(Unproved::NotOffered),
            },
            Ask::Balance => &balance::READ[..],
            Ask::Page(_) | Ask::Renotify(_) => return Err(Unproved::NotOffered),
        };
        let verified = self.signed(&fields, read)?;
        match ask {
            Ask::Status(question) => self.same_order(question, &fields)?,
            Ask::Balance => balance::same_account(self, &fields)?,
            Ask::Page(_) | Ask::Renotify(_) => return Err(Unproved::NotOffered),
        }
        Ok(verified)
    }

    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Facts, Unproved> {
        if let Some((code, text)) = answer.refusal() {
            return if means_not_found(&self.not_found, code, text) {
                Ok(Facts::not_found(&question.order_no, code))
            } else {
                Err(Unproved::Refused { code: code.to_owned() })
            };
        }
        let fields = content(answer)?;
        self.same_order(question, fields)?;
        match question.kind {
            Kind::Payment => payment::read(fields, &self.terms),
            Kind::Payout => payout::read(fields, &self.terms),
            Kind::Refund => Err(Unproved::NotOffered),
        }
    }

    fn read_page(&self, _: &PageQuestion, _: &Verified) -> Result<Page, Unproved> {
        Err(Unproved::NotOffered)
    }

    /// The manual lists no code but 000000, so the words decide.
    fn refusal(&self, code: &str, text: &str) -> RefusalKind {
        if means_not_found(&self.not_found, code, text) {
            return RefusalKind::NoSuchOrder;
        }
        refusal_by_words(text)
    }

    fn states_balance(&self) -> bool {
        true
    }

    /// Manual 2.7.4: `acBal` is what can be used (账户可用总余额), so what is frozen beside it is not in it.
    fn held_parts(&self) -> &'static [BalancePart] {
        &[BalancePart::Available, BalancePart::Frozen]
    }

    fn read_balance(&self, answer: &Verified, answered_at: Timestamp) -> Result<Balance, Unproved> {
        if let Some((code, _)) = answer.refusal() {
            return Err(Unproved::Refused { code: code.to_owned() });
        }
        balance::read(content(answer)?, answered_at, self.terms.currency)
    }

    fn query_age_min(&self) -> Duration {
        self.min_query_age
    }

    /// 2.2: after a query that finds a final status the platform notifies no more.
    fn query_ends_callbacks(&self) -> bool {
        true
    }

    fn verify_notification(&self, notification: &Notification) -> Result<Verified, Unproved> {
        let fields = notification::fields(notification)?;
        let verified = self.signed(&fields, &notification::READ)?;
        self.same_merchant(&fields)?;
        Ok(verified)
    }

    fn read_notification(&self, notification: &Verified) -> Result<Notified, Unproved> {
        notification::read(content(notification)?, &self.terms)
    }
}

impl Zhangxun {
    /// POST form (1.2) of the fields that every operation has, its own and the signature.
    fn signed_request(
        &self,
        base_url: &str,
        interface: &'static str,
        own: &[(&'static str, &str)],
    ) -> HttpRequest {
        let common = [
            ("version", self.version.as_str()),
            ("orgNo", self.org_no.as_str()),
            ("custId", self.cust_id.as_str()),
        ];
        let pairs: Vec<SignedPair<'_>> = common
            .iter()
            .chain(own)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (*name, Cow::Borrowed(*value)))
            .collect();
        let sign = sign_md5(RULE, &joined_by_bytes(pairs.clone()), &self.key);
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .append_pair("sign", &sign)
            .finish();
        HttpRequest {
            method: Method::Post,
            url: format!("{base_url}{interface}"),
            content_type: "application/x-www-form-urlencoded;charset=UTF-8",
            headers: Vec::new(),
            body,
            interface,
        }
    }

    /// Verifies the signature over everything that was received, and that `read` is where it seems
    /// to be.
    fn signed(&self, fields: &Fields, read: &[&str]) -> Result<Verified, Unproved> {
        let pairs = signed_pairs(fields, "sign");
        let apart = can_be_separated(&pairs, read);
        let texts = [joined_by_bytes(pairs)];
        let keys = std::slice::from_ref(&self.key);
        let body = Value::Object(fields.clone());
        let verified = verify_md5(RULE, &texts, keys, stated(fields, "sign")?, body)?;
        if !apart {
            return Err(Unproved::Malformed { expected: "fields that can be told apart" });
        }
        Ok(verified)
    }

    /// The merchant has to be named, because the key is the whole organization's.
    fn same_merchant(&self, fields: &Fields) -> Result<(), Unproved> {
        field::same_if_present(fields, "orgNo", &self.org_no, "organization")?;
        field::same(fields, "custId", &self.cust_id, "merchant")
    }

    fn same_order(&self, question: &Question, fields: &Fields) -> Result<(), Unproved> {
        let order_no = match question.kind {
            Kind::Payment => payment::ORDER_NO,
            Kind::Payout => payout::ORDER_NO,
            Kind::Refund => return Err(Unproved::NotOffered),
        };
        self.same_merchant(fields)?;
        field::same(fields, order_no, &question.order_no, "order")
    }
}

fn content(verified: &Verified) -> Result<&Fields, Unproved> {
    let fields = verified.body().and_then(Value::as_object);
    fields.ok_or(Unproved::Malformed { expected: "a JSON object" })
}

/// Whether a refusal says "no such order": with 不存在 of an order, or with one of the account's own
/// codes or texts; see [`is_about_the_order`].
fn means_not_found(configured: &[String], code: &str, text: &str) -> bool {
    let is_known = says_no_such_order(text) || field::is_configured(configured, code, text);
    is_about_the_order(is_known, text)
}

#[cfg(test)]
mod tests;

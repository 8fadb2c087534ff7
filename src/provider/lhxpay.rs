//! lhxpay: single queries of payments and payouts and the balance, whose answers nobody signs, and
//! signed callbacks; MD5 with a shared key over a few named fields.
//!
//! Manual: "平台对接文档说明", sections 充值查单接口说明 and 下发查单接口说明 (queries),
//! 充值回调参数说明 and 下发回调参数说明 (callbacks), and 查询商户余额 (balance, 2021-07-26).
//! Odd: an answer has no signature, so only its echo of the order number binds it, and HTTPS is all
//! that protects it. It states amounts since 2021-09-29 (`amount`, what was paid, beside
//! `originalAmount`, what was asked for; both in yuan); deployments of before have them in callbacks
//! only. The manual prints answers with bare names (`{error: "success", …}`); only JSON is read, since
//! guessing at anything else would be guessing at a status. It writes names now in lower, now in upper
//! case, so case is ignored in answers. Refusals also come with HTTP status 400 or 404. With
//! `callback=true` a query of a paid order fires the shop's callback, so every other query says
//! `callback=false`. There is an older generation of the platform with other names, addresses and
//! status codes (`dialect = "bbc"`).

use std::sync::Arc;

use serde_json::Value;

use crate::balance::{Balance, BalancePart};
use crate::business_day::Timestamp;
use crate::money::{Money, yuan};
use crate::provider::field::{self, Fields};
use crate::provider::refusal::{is_about_the_order, names_the_account, refusal_by_words};
use crate::provider::signature::sign_md5;
use crate::provider::{
    Ask, HttpRequest, Lane, Method, Notification, Notified, Page, PageQuestion, Provider, Question,
    RawAnswer, RefusalKind, Registration, Secret, Setting, SettingError, SettingForm, Settings,
    Stamp, Terms, Unproved, Verified, shortened,
};
use crate::reading::Facts;
use crate::status::Kind;

mod balance;
mod generation;
mod notification;

use generation::Generation;

/// The line of the registry.
pub const REGISTRATION: Registration = Registration {
    id: "lhxpay",
    settings: &[
        Setting { key: "base_url", form: SettingForm::Text, required: true },
        Setting { key: "app_key", form: SettingForm::Text, required: true },
        Setting { key: "dialect", form: SettingForm::Text, required: false },
        Setting { key: "generation", form: SettingForm::Text, required: false },
        Setting { key: "key", form: SettingForm::Secret, required: true },
        Setting { key: "balance", form: SettingForm::Flag, required: false },
    ],
    build,
    template: include_str!("lhxpay/account.toml"),
    dialects: generation::NAMES,
    files: &[],
};

/// `error` of an answer that is not a refusal; says nothing about the order.
const ANSWERED: &str = "success";

/// `error` of an answer without such an order.
const NOT_FOUND: &str = "object_not_found";

/// "At most 64 characters", 充值接口参数说明.
const ORDER_NO_LETTERS: usize = 64;

/// One account at lhxpay.
#[derive(Clone)]
struct Lhxpay {
    /// Without a slash at its end.
    base_url: String,
    app_key: String,
    generation: &'static Generation,
    key: Secret,
    /// The address of the balance query, where this deployment has it.
    balance_query: Option<&'static str>,
    /// What its amounts are of, which no answer states, and what further status codes mean.
    terms: Terms,
    /// Codes and texts of refusals that mean "no such order".
    not_found: Vec<String>,
}

fn build(settings: &Settings) -> Result<Arc<dyn Provider>, SettingError> {
    // `generation` is the older name of the setting.
    let key = if settings.text("dialect").is_empty() { "generation" } else { "dialect" };
    let generation = settings.choice(key, generation::KNOWN)?.unwrap_or(&generation::CURRENT);
    let has_balance = settings.flags.get("balance").copied().unwrap_or(false);
    if has_balance && generation.balance_query.is_none() {
        let problem = "the older generation has no balance query".to_owned();
        return Err(SettingError { key: "balance", problem });
    }
    Ok(Arc::new(Lhxpay {
        base_url: settings.required_url("base_url")?.to_owned(),
        app_key: settings.required_text("app_key")?.to_owned(),
        generation,
        key: settings.required_secret("key")?.clone(),
        balance_query: generation.balance_query.filter(|_| has_balance),
        terms: settings.terms(),
        not_found: settings.not_found.clone(),
    }))
}

impl Provider for Lhxpay {
    fn lanes(&self) -> Vec<Lane> {
        let lane =
            |kind| Lane { kind, product: String::new(), listing: None, states_amount: false };
        vec![lane(Kind::Payment), lane(Kind::Payout)]
    }

    fn merchant_no(&self) -> &str {
        &self.app_key
    }

    fn request(&self, ask: &Ask, _: Stamp) -> Result<HttpRequest, Unproved> {
        if let (Ask::Balance, Some(path)) = (ask, self.balance_query) {
            return Ok(balance::query(self, path));
        }
        let question = question(ask)?;
        let names = self.generation;
        let path = names.query(question.kind).ok_or(Unproved::NotOffered)?;
        let order_no = question.order_no.as_str();
        field::carries(names.mrn, order_no, ORDER_NO_LETTERS)?;
        let signed = format!("{}={}&{}={order_no}", names.app_key, self.app_key, names.mrn);
        let sign = sign_md5(names.rule, &signed, &self.key);
        let callback = match ask {
            _ if !names.asks_for_callback => "",
            Ask::Renotify(_) => "&callback=true",
            Ask::Status(_) | Ask::Page(_) | Ask::Balance => "&callback=false",
        };
        let query = format!(
            "{}={}&{}={}&{}={sign}{callback}",
            names.app_key,
            escaped(&self.app_key),
            names.mrn,
            escaped(order_no),
            names.sign,
        );
        Ok(self.get(path, &query))
    }

    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        let question = match ask {
            Ask::Balance if self.balance_query.is_some() => None,
            Ask::Status(_) | Ask::Renotify(_) | Ask::Page(_) | Ask::Balance => Some(question(ask)?),
        };
        let fields = without_case(field::object(&answer.body)?)?;
        // What a web server says of itself, to an address that it does not have: it is no word of the
        // interface, though it has an `error`, too.
        if ["timestamp", "status", "path"].iter().all(|name| fields.contains_key(*name)) {
            return Err(Unproved::Malformed { expected: "an answer of the interface" });
        }
        let code = field::required(&fields, "error")?;
        if code != ANSWERED {
            let text = ["errormessage", "errormsg"].into_iter().find_map(|name| fields.get(name));
            let text = text.and_then(Value::as_str).unwrap_or_default();
            return Ok(Verified::refused(format!("error={}", shortened(&code)), text.to_owned()));
        }
        let Some(question) = question else {
            return Ok(balance::answered(fields));
        };
        let result = match fields.get("result") {
            Some(Value::Object(result)) => without_case(result.clone())?,
            _ => return Err(Unproved::Field { field: "result" }),
        };
        same_order(question, &result)?;
        // "JSON 响应内容 {error, result: {Mrn, status}}", since 2021-09-29 with amount and
        // originalAmount: the manual's sections on both queries have no signature in the answer, and no
        // platform has been seen to send one.
        Ok(Verified::unsigned_by_protocol(Value::Object(result)))
    }

    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Facts, Unproved> {
        if let Some((code, text)) = answer.refusal() {
            return if means_not_found(&self.not_found, code, text) {
                Ok(Facts::not_found(&question.order_no, code))
            } else {
                Err(Unproved::Refused { code: code.to_owned() })
            };
        }
        let result = content(answer)?;
        same_order(question, result)?;
        let code = field::required(result, "status")?;
        let known = self.generation.status(&code);
        let (status, status_code) = self.terms.status_codes.read("status", &code, known)?;
        let mut facts = Facts {
            order_no: question.order_no.clone(),
            provider_order_no: String::new(),
            status,
            status_code,
            amount: None,
            fee_minor: None,
            paid_at: None,
            withheld_minor: None,
            way: String::new(),
        };
        if self.generation.answers_state_amounts {
            let amount = field::unsigned_yuan(result, "amount")?;
            if amount.is_some_and(i64::is_negative) {
                return Err(Unproved::Field { field: "amount" });
            }
            facts.amount = amount.map(|minor| Money { minor, currency: self.terms.currency });
            let mut asked_for = ["originalamount", "originamount"].into_iter();
            let asked_for = asked_for.find(|name| result.contains_key(*name));
            let asked_for = asked_for
                .and_then(|name| field::aside(result, name, field::unsigned_yuan, &mut facts));
            if let Some(asked_for) = asked_for.filter(|minor| amount.is_some_and(|it| it != *minor))
            {
                facts.remark("originalAmount", &yuan(asked_for));
            }
        }
        Ok(facts)
    }

    fn read_page(&self, _: &PageQuestion, _: &Verified) -> Result<Page, Unproved> {
        Err(Unproved::NotOffered)
    }

    /// The manual's table of errors (`下发WebAPI说明`). It calls `object_not_found` "invalid merchant
    /// account", and unknown orders get it as well: by the code the two cannot be told apart.
    fn refusal(&self, code: &str, text: &str) -> RefusalKind {
        match code.strip_prefix("error=").unwrap_or(code) {
            "sign_error" | "invalid credentials" => RefusalKind::Key,
            "merchant_not_found" => RefusalKind::Account,
            NOT_FOUND if names_the_account(text) => RefusalKind::Account,
            NOT_FOUND => RefusalKind::OrderOrAccount,
            _ if means_not_found(&self.not_found, code, text) => RefusalKind::NoSuchOrder,
            "invalid_data" => RefusalKind::Settings,
            _ => refusal_by_words(text),
        }
    }

    fn in_other_dialects(&self) -> Vec<(&'static str, Arc<dyn Provider>)> {
        let own = self.generation.query(Kind::Payment);
        let others = generation::KNOWN.iter().filter(|(_, it)| it.query(Kind::Payment) != own);
        let other = |(name, generation): &'static (&'static str, Generation)| {
            let account: Arc<dyn Provider> =
                Arc::new(Self { generation, balance_query: None, ..self.clone() });
            (*name, account)
        };
        others.map(other).collect()
    }

    fn states_balance(&self) -> bool {
        self.balance_query.is_some()
    }

    /// "商户余额": one figure, and nothing says what else there is.
    fn held_parts(&self) -> &'static [BalancePart] {
        &[BalancePart::Available]
    }

    fn read_balance(&self, answer: &Verified, answered_at: Timestamp) -> Result<Balance, Unproved> {
        if let Some((code, _)) = answer.refusal() {
            return Err(Unproved::Refused { code: code.to_owned() });
        }
        balance::read(self, content(answer)?, answered_at)
    }

    fn renotifies(&self) -> bool {
        true
    }

    fn verify_notification(&self, notification: &Notification) -> Result<Verified, Unproved> {
        notification::verify(self, notification)
    }

    fn read_notification(&self, notification: &Verified) -> Result<Notified, Unproved> {
        notification::read(self, content(notification)?)
    }
}

impl Lhxpay {
    /// A `GET` of an address with a query.
    fn get(&self, path: &'static str, query: &str) -> HttpRequest {
        HttpRequest {
            method: Method::Get,
            url: format!("{}{path}?{query}", self.base_url),
            content_type: "",
            headers: Vec::new(),
            body: String::new(),
            interface: path,
        }
    }
}

fn question(ask: &Ask) -> Result<&Question, Unproved> {
    match ask {
        Ask::Status(question) | Ask::Renotify(question) => Ok(question),
        Ask::Page(_) | Ask::Balance => Err(Unproved::NotOffered),
    }
}

/// Checks the echo, the only thing that binds an answer to the question: it has to be there, and
/// where it is there under two names both have to agree.
fn same_order(question: &Question, result: &Fields) -> Result<(), Unproved> {
    const NAMES: [&str; 2] = ["mrn", "merchantreferencenumber"];
    for name in NAMES {
        field::same_if_present(result, name, &question.order_no, "order")?;
    }
    for name in NAMES {
        if !field::text(result, name)?.is_empty() {
            return Ok(());
        }
    }
    Err(Unproved::Field { field: "mrn" })
}

/// The fields under their names in lower case.
fn without_case(fields: Fields) -> Result<Fields, Unproved> {
    let mut lower = Fields::new();
    for (name, value) in fields {
        if lower.insert(name.to_lowercase(), value).is_some() {
            return Err(Unproved::Malformed { expected: "an object with each field once" });
        }
    }
    Ok(lower)
}

fn content(verified: &Verified) -> Result<&Fields, Unproved> {
    let fields = verified.body().and_then(Value::as_object);
    fields.ok_or(Unproved::Malformed { expected: "a JSON object" })
}

/// A value as it stands in a query string; a space as `%20`, which every server reads alike.
fn escaped(value: &str) -> String {
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    form.replace('+', "%20")
}

/// Whether a refusal says "no such order": `object_not_found`, or one of the account's own codes or
/// texts; see [`is_about_the_order`]. (The manual calls it "no such merchant account"; unknown orders
/// get it, too: the text beside it says which, where there is one.)
fn means_not_found(configured: &[String], code: &str, text: &str) -> bool {
    let is_known = code.strip_prefix("error=") == Some(NOT_FOUND)
        || field::is_configured(configured, code, text);
    is_about_the_order(is_known, text)
}

#[cfg(test)]
mod tests;

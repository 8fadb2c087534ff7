//! MMSP (代收付平台): its quick, gateway and scan payments and scan refunds, signed with MD5 and a
//! shared key over the message body; its payouts and their balance, encrypted with RSA; callbacks.
//!
//! Manual: "快捷支付接口规范" 5.5 (callback), 5.7 (single) and 5.9 (batch), "网关支付接口规范" 5.2 to
//! 5.4, "扫码接口规范" 10.3, 10.7 and 10.8, headers and signature 3.1 to 3.3 of each; "代付接口规范" 3
//! and 5.
//! Odd: the header is not signed, so nothing but the envelope's own success is taken from it; the
//! body is signed as PHP would print it ([`php_json`]); refusals carry no signature; samples in the
//! manual answer with command numbers that its own table does not have, so they are not looked at;
//! the same `STATUS` means different things for different products (`shape.rs`).

use std::time::Duration;

use serde_json::Value;

use crate::balance::{AccountTerm, Balance, BalancePart};
use crate::business_day::Timestamp;
use crate::provider::refusal::{refusal_by_words, says_try_again};
use crate::provider::{
    Ask, HttpRequest, Lane, ListingTerms, Notification, Notified, Page, PageQuestion, Provider,
    Question, RawAnswer, RefusalKind, Registration, Setting, SettingForm, Stamp, Unproved,
    Verified, field,
};
use crate::reading::Facts;
use crate::status::Kind;

use account::{Mmsp, PayoutAccess};
use shape::Shape;

mod account;
mod balance;
mod envelope;
mod listing;
mod notification;
mod payment;
mod payout;
pub mod php_json;
mod scan;
mod shape;

/// The line of the registry.
pub const REGISTRATION: Registration = Registration {
    id: "mmsp",
    settings: &[
        Setting { key: "openapi_url", form: SettingForm::Text, required: false },
        Setting { key: "payapi_url", form: SettingForm::Text, required: false },
        Setting { key: "merchant_no", form: SettingForm::Text, required: true },
        Setting { key: "terminal_no", form: SettingForm::Text, required: false },
        Setting { key: "agent_no", form: SettingForm::Text, required: false },
        Setting { key: "products", form: SettingForm::List, required: true },
        Setting { key: "md5_key", form: SettingForm::Secret, required: false },
        Setting { key: "agent_md5_key", form: SettingForm::Secret, required: false },
        Setting { key: "merchant_private_key", form: SettingForm::Secret, required: false },
        Setting { key: "platform_public_key", form: SettingForm::Secret, required: false },
        Setting { key: "frozen_is_held", form: SettingForm::Flag, required: false },
    ],
    build: account::build,
    template: include_str!("mmsp/account.toml"),
    dialects: &[],
    files: &[],
};

/// Rows per page at most, quick 5.9.1 and gateway 5.4.1.
const ROWS_PER_PAGE: u32 = 1000;

/// "Within three months", quick 5.9.1: the shortest three months have 89 days.
const DAYS_BACK: i64 = 89;

/// One command of the MD5 family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Command {
    /// `CommandID`, decimal on the wire.
    number: u16,
    /// As the manual writes it.
    name: &'static str,
    /// `NodeID`.
    node: &'static str,
}

/// The command of the MD5 family that asks about one order, and the shape of its answer.
///
/// Quick, gateway and scan 3.2.1. (The request sample of quick 5.7.2 prints 775, which is "unbind a
/// card" in the table; the table counts.)
fn single(question: &Question) -> Result<(Command, Shape), Unproved> {
    let (number, name, node, shape) = match (question.kind, question.product.as_str()) {
        (Kind::Payment, "quick") => (0x0305, "0x0305", "openapi", Shape::Payment),
        (Kind::Payment, "gateway") => (0x0913, "0x0913", "openapi", Shape::Payment),
        (Kind::Payment, "scan") => (0x0906, "0x0906", "openplat", Shape::ScanOrder),
        (Kind::Refund, "scan") => (0x0909, "0x0909", "openplat", Shape::ScanRefund),
        _ => return Err(Unproved::NotOffered),
    };
    Ok((Command { number, name, node }, shape))
}

/// The command that asks for a page of a listing; `None` where there is none.
fn batch(product: &str) -> Option<Command> {
    let (number, name) = match product {
        "quick" => (0x0309, "0x0309"),
        "gateway" => (0x030E, "0x030E"),
        _ => return None,
    };
    Some(Command { number, name, node: "openapi" })
}

/// The lanes of one product.
fn lanes(product: &str) -> Vec<Lane> {
    let lane =
        |kind, listing| Lane { kind, product: product.to_owned(), listing, states_amount: true };
    let terms = ListingTerms { rows_per_page: ROWS_PER_PAGE, days_back: DAYS_BACK };
    match product {
        "payout" => vec![lane(Kind::Payout, None)],
        "scan" => vec![lane(Kind::Payment, None), lane(Kind::Refund, None)],
        _ => vec![lane(Kind::Payment, batch(product).map(|_| terms))],
    }
}

impl Provider for Mmsp {
    fn lanes(&self) -> Vec<Lane> {
        self.products.iter().flat_map(|product| lanes(product)).collect()
    }

    fn merchant_no(&self) -> &str {
        &self.merchant_no
    }

    fn request(&self, ask: &Ask, stamp: Stamp) -> Result<HttpRequest, Unproved> {
        match ask {
            Ask::Status(question) if question.kind == Kind::Payout => {
                payout::query(self, self.payouts()?, question, stamp)
            }
            Ask::Status(question) => {
                let (command, shape) = single(question)?;
                envelope::request(self, command, &shape.request_body(question, stamp)?)
            }
            Ask::Page(question) => {
                let command = batch(&question.product).ok_or(Unproved::NotOffered)?;
                envelope::request(self, command, &listing::request_body(question))
            }
            Ask::Balance => balance::query(self, self.payouts()?, stamp),
            Ask::Renotify(_) => Err(Unproved::NotOffered),
        }
    }

    fn verify(&self, ask: &Ask, answer: &RawAnswer) -> Result<Verified, Unproved> {
        match ask {
            Ask::Status(question) if question.kind == Kind::Payout => {
                payout::verify(self, self.payouts()?, question, answer)
            }
            Ask::Status(question) => {
                let (_, shape) = single(question)?;
                let verified = envelope::verify(self, shape.answered(), answer)?;
                if let Some(body) = verified.body() {
                    shape.same_order(self, &question.order_no, fields(body)?)?;
                }
                Ok(verified)
            }
            Ask::Page(question) => {
                let verified = envelope::verify(self, &["1"], answer)?;
                if let Some(body) = verified.body() {
                    listing::same_page(question, fields(body)?)?;
                }
                Ok(verified)
            }
            Ask::Balance => balance::verify(self, self.payouts()?, answer),
            Ask::Renotify(_) => Err(Unproved::NotOffered),
        }
    }

    fn read_status(&self, question: &Question, answer: &Verified) -> Result<Facts, Unproved> {
        if question.kind == Kind::Payout {
            return payout::read_status(self, question, answer);
        }
        let (_, shape) = single(question)?;
        if let Some((code, text)) = answer.refusal() {
            return if envelope::means_not_found(&self.not_found, code, text) {
                Ok(Facts::not_found(&question.order_no, code))
            } else {
                Err(Unproved::Refused { code: code.to_owned() })
            };
        }
        let body = signed_fields(answer)?;
        shape.same_order(self, &question.order_no, body)?;
        shape.read(body, &self.terms)
    }

    fn read_page(&self, question: &PageQuestion, answer: &Verified) -> Result<Page, Unproved> {
        if let Some((code, _)) = answer.refusal() {
            return Err(Unproved::Refused { code: code.to_owned() });
        }
        let body = signed_fields(answer)?;
        listing::same_page(question, body)?;
        listing::read(self, question, body)
    }

    /// Payouts have a table of codes (6.2); everywhere else the words decide, since `RetCode` is 0 for
    /// all refusals.
    fn refusal(&self, code: &str, text: &str) -> RefusalKind {
        if let Some(code) = code.strip_prefix("RETCODE=") {
            return payout::refusal(&self.not_found, code, text);
        }
        if envelope::means_not_found(&self.not_found, code, text) {
            return RefusalKind::NoSuchOrder;
        }
        refusal_by_words(text)
    }

    /// Quick 5.5 and gateway 5.2: again after about 1, 5, 10, 30, 90, 180 and 300 seconds; scan 10.8: after 0,
    /// 15, 15, 30, 180, five times 1800 and 3600. Of payouts nothing is said.
    fn calls_back_for(&self, kind: Kind, product: &str) -> Option<Duration> {
        match (kind, product) {
            (Kind::Payment, "quick" | "gateway") => Some(Duration::from_secs(616)),
            (Kind::Payment, "scan") => Some(Duration::from_mins(214)),
            _ => None,
        }
    }

    fn states_balance(&self) -> bool {
        self.payout.is_some()
    }

    /// Payout 5.3, notes 1 to 4, 11 and 12: money comes in as `BALANCE` (at a D0 merchant as
    /// `ADVANCEPAY` until midnight), goes on to `BALANCEPAY` with the settlement, and is in `FREEZEBAL`
    /// while it is on its way out. Notes 11 and 12 leave `FREEZEBAL` out of what they call the total;
    /// but a payout that is not made yet has not left the account, so by itself it counts as held.
    fn held_parts(&self) -> &'static [BalancePart] {
        use BalancePart::{Available, Frozen, Pending, Takings};
        if self.frozen_is_held {
            &[Available, Frozen, Pending, Takings]
        } else {
            &[Available, Pending, Takings]
        }
    }

    fn read_terms(&self, answer: &Verified) -> Vec<AccountTerm> {
        balance::terms(answer)
    }

    /// 0001: "system error, ask again", whatever else the answer says (payout 6.2, note 2).
    fn says_try_again(&self, code: &str, text: &str) -> bool {
        code == "RETCODE=0001" || says_try_again(text)
    }

    fn read_balance(&self, answer: &Verified, answered_at: Timestamp) -> Result<Balance, Unproved> {
        balance::read(answer, answered_at)
    }

    fn verify_notification(&self, notification: &Notification) -> Result<Verified, Unproved> {
        envelope::verify_notification(self, &notification.body)
    }

    fn read_notification(&self, notification: &Verified) -> Result<Notified, Unproved> {
        notification::read(self, signed_fields(notification)?)
    }
}

impl Mmsp {
    fn payouts(&self) -> Result<&PayoutAccess, Unproved> {
        self.payout.as_ref().ok_or(Unproved::NotOffered)
    }
}

fn signed_fields(answer: &Verified) -> Result<&field::Fields, Unproved> {
    fields(answer.body().unwrap_or(&Value::Null))
}

fn fields(body: &Value) -> Result<&field::Fields, Unproved> {
    body.as_object().ok_or(Unproved::Field { field: "Body" })
}

#[cfg(test)]
mod tests;

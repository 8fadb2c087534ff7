//! The platform lhxpay, as its document describes it (003: 平台对接文档, 充值查单 and 下发查单), and its
//! balance (查询商户余额, in the public copy since 2021-07-26).
//!
//! Odd: answers are neither signed nor do they say how much or when (this deployment is older than
//! 2021-09-29, when that came); refusals have an HTTP status of their own; `callback=true` makes the
//! platform call the merchant's shop again, and is not part of what is signed.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::http::StatusCode;
use serde_json::json;

pub(super) mod bill;

use super::platform::{Bill, FORM, Fact, Front, LaneTerms, Platform};
use super::sign::md5_upper;
use super::world::{Fault, LHXPAY, LHXPAY_PAYOUT, Lane, Trade, TradeStatus, World};
use super::{Asked, Reply};
use crate::money::yuan;

pub(super) const ACCOUNT: &str = "lhxpay-main";
/// What the configuration's `base_url` ends with.
pub(super) const BASE: &str = "/lhxpay";
pub(super) const PAYMENT_PATH: &str = "/lhxpay/api/Payments/Query";
pub(super) const PAYOUT_PATH: &str = "/lhxpay/api/Payouts/Query";
pub(super) const BALANCE_PATH: &str = "/lhxpay/api/Merchants/Balance";
/// An invented merchant and an invented key.
pub(super) const APP_KEY: &str = "demo-app";
pub(super) const KEY: &str = "demoSecret";

pub(super) const PLATFORM: Platform = Platform {
    provider: "lhxpay",
    account: ACCOUNT,
    fronts: &[
        Front::get(PAYMENT_PATH, answer_payment),
        Front::get(PAYOUT_PATH, answer_payout),
        Front::get(BALANCE_PATH, answer_balance),
    ],
    // The platform states no number of its own, and takes any text for the merchant's. Its bill says how
    // much was paid; of payments also what that costs, which would make two discrepancies of one.
    lanes: &[
        LaneTerms {
            lane: LHXPAY,
            weight: 2,
            numbers: |day, count| (format!("M-{day}/{count:06}"), String::new()),
            facts: &[Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
        LaneTerms {
            lane: LHXPAY_PAYOUT,
            weight: 1,
            numbers: |day, count| (format!("O-{day}+{count:06}"), String::new()),
            facts: &[Fact::BilledAmount, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
    ],
    keys: |_| vec![("lhxpay.key", KEY.to_owned())],
    settings,
    callback: |trade| (FORM, callback(trade)),
    bill: Some(Bill::File {
        ending: "csv",
        settings: bill::SETTINGS,
        export: |trades, date| Ok(bill::csv(trades, date)),
    }),
    states_balance: false,
    clears_first: false,
    is_family: false,
};

fn settings(address: SocketAddr, _: &[Lane]) -> String {
    format!(
        r#"base_url = "http://{address}{BASE}"
app_key = "{APP_KEY}"
key = {{ file = "secrets/lhxpay.key" }}"#
    )
}

/// What an unknown order and an unknown merchant are told.
const NOT_FOUND: &str = "object_not_found";

/// Answers a request to `/api/Payments/Query`.
pub(super) fn answer_payment(world: &World, asked: &Asked<'_>) -> Reply {
    answered(world, asked, LHXPAY, "/api/Payments/Query")
}

/// Answers a request to `/api/Payouts/Query`.
pub(super) fn answer_payout(world: &World, asked: &Asked<'_>) -> Reply {
    answered(world, asked, LHXPAY_PAYOUT, "/api/Payouts/Query")
}

/// Answers a request to `/api/Merchants/Balance`: yuan, as text.
pub(super) fn answer_balance(world: &World, asked: &Asked<'_>) -> Reply {
    const INTERFACE: &str = "/api/Merchants/Balance";
    let (query, mut problems) = query(asked, &["appKey", "sign"]);
    let value = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if value("appKey") != APP_KEY {
        problems.push(format!("appKey is not {APP_KEY}"));
        return refused(INTERFACE, "merchant_not_found", StatusCode::BAD_REQUEST, problems);
    }
    if value("sign") != signature(&[("appKey", APP_KEY)]) {
        problems.push("sign is wrong".to_owned());
        return refused(INTERFACE, "sign_error", StatusCode::BAD_REQUEST, problems);
    }
    if !problems.is_empty() {
        return refused(INTERFACE, "invalid_data", StatusCode::BAD_REQUEST, problems);
    }
    if world.account_fault(ACCOUNT) == Fault::AccountUnknown {
        return refused(INTERFACE, "merchant_not_found", StatusCode::BAD_REQUEST, Vec::new());
    }
    let available = yuan(world.holdings(ACCOUNT).available_minor);
    let body = json!({"error": "success", "result": available}).to_string();
    Reply { fault: world.account_fault(ACCOUNT), ..Reply::new(INTERFACE, body) }
}

/// The fields of a query, and what is wrong with them.
fn query(asked: &Asked<'_>, known: &[&str]) -> (BTreeMap<String, String>, Vec<String>) {
    let mut problems = Vec::new();
    let mut query = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(asked.query.as_bytes()) {
        if !known.contains(&&*name) {
            problems.push(format!("the query has an undocumented field {name}"));
        }
        if query.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            problems.push(format!("{name} is there twice"));
        }
    }
    (query, problems)
}

fn answered(world: &World, asked: &Asked<'_>, lane: Lane, interface: &'static str) -> Reply {
    let (query, mut problems) = query(asked, &["appKey", "mrn", "sign", "callback"]);
    let value = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let mrn = value("mrn");
    if mrn.is_empty() || mrn.chars().count() > 64 {
        problems.push("mrn is missing or longer than 64".to_owned());
    }
    if !["", "true", "false"].contains(&value("callback")) {
        problems.push("callback is neither true nor false".to_owned());
    }
    if value("appKey") != APP_KEY {
        problems.push(format!("appKey is not {APP_KEY}"));
        return refused(interface, NOT_FOUND, StatusCode::BAD_REQUEST, problems);
    }
    // The document writes the digits in lower case, and the platform compares them so.
    if value("sign") != signature(&[("appKey", APP_KEY), ("mrn", mrn)]) {
        problems.push("sign is wrong".to_owned());
        return refused(interface, "sign_error", StatusCode::BAD_REQUEST, problems);
    }
    if !problems.is_empty() {
        return refused(interface, "invalid_data", StatusCode::BAD_REQUEST, problems);
    }
    let found = world.trade(lane, mrn);
    let texts = (Some("merchant not found"), None);
    if let Some(text) = world.fault_of(ACCOUNT, found).refusal(texts.0, texts.1) {
        let Some(text) = text else {
            return refused(interface, NOT_FOUND, StatusCode::NOT_FOUND, Vec::new());
        };
        let body = json!({"error": NOT_FOUND, "errorMessage": text}).to_string();
        return Reply { status: StatusCode::BAD_REQUEST, ..Reply::new(interface, body) };
    }
    let Some(trade) = found else {
        return refused(interface, NOT_FOUND, StatusCode::NOT_FOUND, Vec::new());
    };
    let renotifies = value("callback") == "true" && trade.status == TradeStatus::Paid;
    Reply { fault: trade.fault, renotifies, ..Reply::new(interface, status_of(trade)) }
}

fn status_of(trade: &Trade) -> String {
    let status = match (trade.fault, trade.status) {
        (Fault::UnknownStatus, _) => 7,
        (_, TradeStatus::Paid) => 1,
        (_, TradeStatus::Failed) => 2,
        _ => 0,
    };
    let status =
        if trade.fault == Fault::OtherTypes { json!(status.to_string()) } else { json!(status) };
    let mrn = if trade.fault == Fault::AnotherOrder {
        format!("0{}", trade.order_no)
    } else {
        trade.order_no.clone()
    };
    json!({"error": "success", "result": {"Mrn": mrn, "status": status}}).to_string()
}

/// A refusal: an order that is not there is HTTP 404, all else 400.
fn refused(
    interface: &'static str,
    error: &str,
    status: StatusCode,
    problems: Vec<String>,
) -> Reply {
    let body = json!({"error": error}).to_string();
    Reply { status, problems, ..Reply::new(interface, body) }
}

/// The fields in the order of the document, which is the alphabet's, and the key.
fn signature(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    md5_upper(&format!("{}&key={KEY}", pairs.join("&"))).to_lowercase()
}

/// A callback (充值回调 and 下发回调), as a form. A payment says what was paid, to the fen; a payout
/// whole yuan where it is whole yuan.
pub(super) fn callback(trade: &Trade) -> String {
    let (amount, ordered) = (yuan(trade.amount_minor), yuan(trade.ordered_minor));
    let mut fields = vec![("amount", &*amount), ("appKey", APP_KEY)];
    if trade.lane == LHXPAY {
        fields.push(("channel", "3"));
    }
    fields.push(("mrn", &trade.order_no));
    if trade.lane == LHXPAY {
        fields.push(("originAmount", &ordered));
    }
    let sign = signature(&fields);
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .append_pair("sign", &sign)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Synthetic, with the document's rules and the published vectors' key.
    #[test]
    fn fields_are_signed_as_the_document_says() {
        let query = [("appKey", "demoAppKey"), ("mrn", "M 2020/01+A")];
        assert_eq!(signature(&query), "0d04ad83752610fc2e56b67922ddb7ef");
        let callback = [
            ("amount", "100.00"),
            ("appKey", "demoAppKey"),
            ("channel", "3"),
            ("mrn", "M1"),
            ("originAmount", "100"),
        ];
        assert_eq!(signature(&callback), "84c771016095a8c65aa71e69f9a27fed");
    }
}

//! The platform `Jeepay`, by what its public server (3.2.9) answers to `/api/pay/query`, `/api/refund/query`
//! and `/api/transfer/query`, and what it posts to a shop.
//!
//! Odd: only `data` is signed; every refusal is code 9999 with HTTP status 200 and no signature; fields
//! without a value are left out; it says nothing of what it has but one order at a time, while its
//! database, which the merchant owns, has everything.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Map, Value, json};

use super::platform::{Bill, FORM, Fact, Front, LaneTerms, Platform};
use super::sign::{faulty, md5_upper};
use super::world::{Fault, Lane, Trade, TradeStatus, World};
use super::{Asked, Reply};
use crate::status::Kind;

mod database;

const ACCOUNT: &str = "jeepay-main";
/// What the configuration's `base_url` ends with.
const BASE: &str = "/jeepay";
/// An invented merchant, application and secret.
const MCH_NO: &str = "M1621873433953";
const APP_ID: &str = "60cc09bce4b0f1c0b83761c9";
const KEY: &str = "demoKeyJ";

const PAYMENTS: Lane = Lane::new(ACCOUNT, Kind::Payment, "");
const TRANSFERS: Lane = Lane::new(ACCOUNT, Kind::Payout, "");
const REFUNDS: Lane = Lane::new(ACCOUNT, Kind::Refund, "");

pub(super) const PLATFORM: Platform = Platform {
    provider: "jeepay",
    account: ACCOUNT,
    fronts: &[
        Front::post("/jeepay/api/pay/query", |world, asked| answered(world, asked, &PAYMENT)),
        Front::post("/jeepay/api/refund/query", |world, asked| answered(world, asked, &REFUND)),
        Front::post("/jeepay/api/transfer/query", |world, asked| answered(world, asked, &TRANSFER)),
    ],
    lanes: &[
        LaneTerms {
            lane: PAYMENTS,
            weight: 3,
            numbers: |day, count| (format!("J{day}{count:07}"), format!("P{day}51{count:09}")),
            facts: &[Fact::Amount, Fact::Time, Fact::BilledFee, Fact::Callbacks],
            says: &[TradeStatus::Unpaid, TradeStatus::Refunded],
            refund_of: None,
        },
        LaneTerms {
            lane: TRANSFERS,
            weight: 1,
            numbers: |day, count| (format!("JT{day}{count:07}"), format!("T{day}52{count:09}")),
            facts: &[Fact::Amount, Fact::Time, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
        LaneTerms {
            lane: REFUNDS,
            weight: 1,
            numbers: |day, count| (format!("JR{day}{count:07}"), format!("R{day}53{count:09}")),
            facts: &[Fact::Amount, Fact::Time, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: Some(PAYMENTS),
        },
    ],
    keys: |_| {
        let url = format!("sqlite://{}", database::FILE);
        vec![("jeepay.key", KEY.to_owned()), ("jeepay-database.url", url)]
    },
    settings,
    callback: |trade| (FORM, callback(trade)),
    bill: Some(Bill::Database { settings: database::SETTINGS, write: database::write }),
    states_balance: false,
    clears_first: false,
    is_family: false,
};

fn settings(address: SocketAddr, _: &[Lane]) -> String {
    format!(
        r#"base_url = "http://{address}{BASE}"
mch_no = "{MCH_NO}"
app_id = "{APP_ID}"
key = {{ file = "secrets/jeepay.key" }}"#
    )
}

/// An interface that tells of one order.
struct Form {
    lane: Lane,
    interface: &'static str,
    /// The field of the platform's number.
    own: &'static str,
    /// The field of the merchant's number.
    merchants: &'static str,
    /// The field of the amount.
    amount: &'static str,
}

const PAYMENT: Form = Form {
    lane: PAYMENTS,
    interface: "/api/pay/query",
    own: "payOrderId",
    merchants: "mchOrderNo",
    amount: "amount",
};

const REFUND: Form = Form {
    lane: REFUNDS,
    interface: "/api/refund/query",
    own: "refundOrderId",
    merchants: "mchRefundNo",
    amount: "refundAmount",
};

const TRANSFER: Form = Form {
    lane: TRANSFERS,
    interface: "/api/transfer/query",
    own: "transferId",
    merchants: "mchOrderNo",
    amount: "amount",
};

const UNKNOWN_ORDER: &str = "订单不存在";
const UNKNOWN_MERCHANT: &str = "商户或商户应用不存在";

fn answered(world: &World, asked: &Asked<'_>, form: &Form) -> Reply {
    let (fields, mut problems) = match checked(asked, form) {
        Ok(checked) => checked,
        Err((text, problems)) => return refused(form.interface, text, problems),
    };
    let [own, merchants] =
        [form.own, form.merchants].map(|name| fields.get(name).map(plain).unwrap_or_default());
    if own.is_empty() && merchants.is_empty() {
        problems.push(format!("neither {} nor {} is there", form.own, form.merchants));
    }
    if !problems.is_empty() {
        return refused(form.interface, "参数有误！", problems);
    }
    // The platform's own number wins where both are sent.
    let found = if own.is_empty() {
        world.trade(form.lane, &merchants)
    } else {
        world.trade_numbered(form.lane, &own)
    };
    let fault = world.fault_of(ACCOUNT, found);
    if let Some(text) = fault.refusal(UNKNOWN_MERCHANT, UNKNOWN_ORDER) {
        return refused(form.interface, text, Vec::new());
    }
    let Some(trade) = found else {
        return refused(form.interface, UNKNOWN_ORDER, Vec::new());
    };
    signed(form.interface, data(form, trade), trade.fault)
}

type Checked = (Map<String, Value>, Vec<String>);

/// The fields of a request, JSON or a form, if they are signed and of that application.
fn checked(asked: &Asked<'_>, form: &Form) -> Result<Checked, (&'static str, Vec<String>)> {
    let wrong = |problem: &str| ("参数有误！", vec![problem.to_owned()]);
    let fields = if asked.content_type.starts_with("application/json") {
        match serde_json::from_slice(asked.body) {
            Ok(Value::Object(fields)) => fields,
            Ok(_) | Err(_) => return Err(wrong("the body is not a JSON object")),
        }
    } else if asked.content_type.starts_with(FORM) {
        let pairs = form_urlencoded::parse(asked.body);
        pairs.map(|(name, value)| (name.into_owned(), json!(value))).collect()
    } else {
        return Err(wrong("the content type is neither that of JSON nor that of a form"));
    };
    let is = |name: &str, expected: &str| fields.get(name).map(plain).as_deref() == Some(expected);
    if !is("mchNo", MCH_NO) || !is("appId", APP_ID) {
        return Err((UNKNOWN_MERCHANT, vec!["mchNo or appId is another one".to_owned()]));
    }
    if !is("sign", &signature(&fields)) {
        return Err(("验签失败", vec!["sign is wrong".to_owned()]));
    }
    let known =
        ["mchNo", "appId", form.own, form.merchants, "version", "signType", "reqTime", "sign"];
    let mut problems = Vec::new();
    for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
        problems.push(format!("{name} is none of the fields that are verified"));
    }
    if !is("version", "1.0") || !is("signType", "MD5") {
        problems.push("version or signType is another one".to_owned());
    }
    let time = fields.get("reqTime").map(plain).unwrap_or_default();
    if time.len() != 13 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        problems.push("reqTime is not in milliseconds".to_owned());
    }
    Ok((fields, problems))
}

/// `getSign`: what is not empty, as `k=v&`, sorted as texts without regard to case.
fn signature(fields: &Map<String, Value>) -> String {
    let pairs = fields.iter().filter(|(name, _)| *name != "sign");
    let pairs = pairs.map(|(name, value)| (name, plain(value)));
    let pairs = pairs.filter(|(_, value)| !value.is_empty());
    let sorted: BTreeMap<String, String> = pairs
        .map(|(name, value)| format!("{name}={value}&"))
        .map(|pair| (pair.to_lowercase(), pair))
        .collect();
    let text: String = sorted.into_values().collect();
    md5_upper(&format!("{text}key={KEY}"))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// 0 made, 1 under way, 2 paid, 3 failed, 4 revoked or closed; of payments 5 given back, 6 closed.
fn state(trade: &Trade) -> i64 {
    match trade.status {
        _ if trade.fault == Fault::UnknownStatus => 9,
        TradeStatus::Paid => 2,
        TradeStatus::Failed => 3,
        TradeStatus::Refunded => 5,
        TradeStatus::Unpaid | TradeStatus::Returned | TradeStatus::Held => {
            i64::from(trade.is_even())
        }
    }
}

/// The way of paying, of a payment.
fn way(trade: &Trade) -> &'static str {
    if trade.is_even() { "WX_JSAPI" } else { "ALI_QR" }
}

fn data(form: &Form, trade: &Trade) -> Map<String, Value> {
    let order_no = if trade.fault == Fault::AnotherOrder {
        format!("0{}", trade.order_no)
    } else {
        trade.order_no.clone()
    };
    let number = |number: i64| {
        if trade.fault == Fault::OtherTypes { json!(number.to_string()) } else { json!(number) }
    };
    let milliseconds =
        |at: crate::business_day::Timestamp| number(at.epoch_seconds().saturating_mul(1000));
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| drop(data.insert(name.to_owned(), value));
    put(form.own, json!(trade.provider_order_no));
    put("mchNo", json!(MCH_NO));
    put("appId", json!(APP_ID));
    put(form.merchants, json!(order_no));
    put(form.amount, number(trade.amount_minor));
    put("currency", json!(trade.currency));
    put("state", number(state(trade)));
    match trade.lane.kind {
        Kind::Payment => {
            put("ifCode", json!("wxpay"));
            put("wayCode", json!(way(trade)));
            put("subject", json!("商品/A&B"));
            put("extParam", json!(""));
        }
        Kind::Payout => {
            put("ifCode", json!("wxpay"));
            put("entryType", json!("BANK_CARD"));
            let party = super::world::party(trade);
            put("accountNo", json!(party.card));
            put("accountName", json!(party.name));
        }
        Kind::Refund => put("payAmount", number(trade.amount_minor)),
    }
    if let Some(paid_at) = trade.paid_at {
        put("channelOrderNo", json!(format!("42{}", trade.order_no)));
        put("successTime", milliseconds(paid_at));
    }
    put("createdAt", milliseconds(trade.created_at));
    data
}

fn signed(interface: &'static str, data: Map<String, Value>, fault: Fault) -> Reply {
    let mut answer = Map::new();
    answer.insert("code".to_owned(), json!(0));
    answer.insert("msg".to_owned(), json!("SUCCESS"));
    let sign = faulty(signature(&data), fault);
    answer.insert("data".to_owned(), Value::Object(data));
    answer.extend(sign.map(|sign| ("sign".to_owned(), json!(sign))));
    Reply { fault, ..Reply::new(interface, Value::Object(answer).to_string()) }
}

/// A refusal: HTTP status 200, and no signature.
fn refused(interface: &'static str, text: &str, problems: Vec<String>) -> Reply {
    let body = json!({"code": 9999, "msg": text}).to_string();
    Reply { problems, ..Reply::new(interface, body) }
}

/// A callback: a form with the fields of the query's `data`, the time and the signature.
fn callback(trade: &Trade) -> String {
    let forms = [&PAYMENT, &REFUND, &TRANSFER].into_iter();
    let form = forms.clone().find(|form| form.lane == trade.lane).unwrap_or(&PAYMENT);
    let mut fields = data(form, trade);
    let now = trade.paid_at.unwrap_or(trade.created_at).epoch_seconds().saturating_mul(1000);
    fields.insert("reqTime".to_owned(), json!(now.to_string()));
    let sign = signature(&fields);
    fields.insert("sign".to_owned(), json!(sign));
    let pairs = fields.iter().map(|(name, value)| (name, plain(value)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by the server's own `JeepayKit.getSign` (3.2.9).
    #[test]
    fn values_are_signed_as_the_server_does() {
        let table = [
            (
                json!({"mchNo": MCH_NO, "appId": APP_ID, "mchOrderNo": "J20261129001",
                    "version": "1.0", "signType": "MD5", "reqTime": "1795910400000"}),
                "003DC7C774BCE5681B5B5B554CEF5AAE",
            ),
            (
                json!({"status": "2", "Zeta": "1", "alpha": "2", "a1": "x", "aB": "y", "a_b": "z",
                    "amount": 0}),
                "EBEF073BC9EB27D9EB6AD6F83CE86F18",
            ),
        ];
        for (fields, sign) in table {
            let Value::Object(fields) = fields else { panic!("an object") };
            assert_eq!(signature(&fields), sign);
        }
    }
}

//! The platform xxpay, payment queries, as its document describes it (004: 聚合支付接口说明书 §1 and
//! §2.2).
//!
//! Odd: only answers with `retCode` SUCCESS are signed; numbers may be sent as text; two statuses
//! mean success; asking with `executeNotify=true` makes the platform call the merchant's shop.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::sign::md5_upper;
use super::world::{Fault, Trade, TradeStatus, World};
use super::{Asked, Reply};

pub(super) const ACCOUNT: &str = "xxpay-main";
/// What the configuration's `base_url` ends with.
pub(super) const BASE: &str = "/xxpay";
pub(super) const PAYMENT_PATH: &str = "/xxpay/api/pay/query_order";
/// The document's sample merchant, and a key made for it.
pub(super) const MCH_ID: &str = "20001222";
pub(super) const APP_ID: &str = "0ae8be35ff634e2abe94f5f32f6d5c4f";
pub(super) const KEY: &str = "demoKeyE";

const INTERFACE: &str = "/api/pay/query_order";
/// The fields that a request may have (§2.2.3).
const FIELDS: [&str; 6] = ["mchId", "appId", "payOrderId", "mchOrderNo", "executeNotify", "sign"];

/// Answers a request to `/api/pay/query_order`.
pub(super) fn answer_payment(world: &World, asked: &Asked<'_>) -> Reply {
    let params = match params(asked) {
        Ok(params) => params,
        Err(problem) => return failed("参数格式校验错误", vec![problem.to_owned()]),
    };
    let mut problems = field_problems(&params);
    let sign = params.get("sign").and_then(Value::as_str).unwrap_or_default();
    if sign != signature(&params) {
        problems.push("sign is wrong".to_owned());
        return failed("签名失败", problems);
    }
    if !problems.is_empty() {
        return failed("参数格式校验错误", problems);
    }
    let text = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default();
    let (own, merchants) = (text("payOrderId"), text("mchOrderNo"));
    // The platform's own number wins where both are sent.
    let found = if own.is_empty() {
        world.trade(ACCOUNT, "", merchants)
    } else {
        world.trade_numbered(ACCOUNT, own)
    };
    found.map_or_else(|| failed("支付订单不存在", Vec::new()), succeeded)
}

/// One form field `params` with a JSON object, sent with POST (§1.2).
fn params(asked: &Asked<'_>) -> Result<Map<String, Value>, &'static str> {
    let form = asked.content_type.split(';').next().unwrap_or_default().trim();
    if form != "application/x-www-form-urlencoded" {
        return Err("the content type is not that of a form");
    }
    let mut fields = form_urlencoded::parse(asked.body);
    let (Some((name, value)), None) = (fields.next(), fields.next()) else {
        return Err("the form has not exactly one field");
    };
    if name != "params" {
        return Err("the form has no field params");
    }
    match serde_json::from_str(&value) {
        Ok(Value::Object(params)) => Ok(params),
        Ok(_) | Err(_) => Err("params is not a JSON object"),
    }
}

fn field_problems(params: &Map<String, Value>) -> Vec<String> {
    let mut problems = Vec::new();
    let mch_id = params.get("mchId").map(plain);
    if mch_id.as_deref() != Some(MCH_ID) {
        problems.push(format!("mchId is not {MCH_ID}"));
    }
    if params.get("appId").and_then(Value::as_str) != Some(APP_ID) {
        problems.push(format!("appId is not {APP_ID}"));
    }
    let numbers = ["payOrderId", "mchOrderNo"].map(|name| params.get(name).map(plain));
    if numbers.iter().flatten().all(String::is_empty) {
        problems.push("neither payOrderId nor mchOrderNo is there".to_owned());
    }
    if numbers.iter().flatten().any(|number| number.len() > 30) {
        problems.push("an order number is longer than 30".to_owned());
    }
    if params.get("executeNotify").map(plain).is_some_and(|notify| notify != "false") {
        problems.push("executeNotify asks for a callback to the merchant's shop".to_owned());
    }
    for name in params.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
        problems.push(format!("params has an undocumented field {name}"));
    }
    problems
}

/// The signature over every value that is not empty, but `sign` itself (§1.3).
fn signature(params: &Map<String, Value>) -> String {
    let sorted: BTreeMap<&[u8], String> = params
        .iter()
        .filter(|(name, _)| *name != "sign")
        .map(|(name, value)| (name.as_bytes(), format!("{name}={}", plain(value)), plain(value)))
        .filter(|(.., value)| !value.is_empty())
        .map(|(name, pair, _)| (name, pair))
        .collect();
    let pairs: Vec<String> = sorted.into_values().collect();
    md5_upper(&format!("{}&key={KEY}", pairs.join("&")))
}

/// A value as it is signed: text as it is, numbers by their digits, objects as compact JSON with
/// sorted names, nothing as the empty text.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Map<String, Value> =
                sorted.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            Value::Object(fields).to_string()
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}

fn succeeded(trade: &Trade) -> Reply {
    let status = match (trade.fault, trade.status) {
        (Fault::UnknownStatus, _) => 9,
        (_, TradeStatus::Unpaid) => i64::from(trade.is_even()),
        // 支付成功 and 业务处理完成 both are success.
        (_, TradeStatus::Paid) => {
            if trade.is_even() {
                2
            } else {
                3
            }
        }
        (_, TradeStatus::Failed | TradeStatus::Refunded) => 5,
    };
    let order_no = if trade.fault == Fault::AnotherOrder {
        format!("0{}", trade.order_no)
    } else {
        trade.order_no.clone()
    };
    let paid_at = trade.paid_at.map(|at| at.epoch_seconds().saturating_mul(1000));
    // Deployments differ: some send numbers, some send every value as text.
    let number =
        |number: i64| if trade.is_even() { json!(number) } else { json!(number.to_string()) };
    let attach = match (trade.status, trade.is_even()) {
        (TradeStatus::Paid, true) => {
            json!({"trade_type": "pay.micropay", "bank_type": "CMB_DEBIT"})
        }
        (TradeStatus::Paid, false) => json!("{\"bank_type\":\"CMB_DEBIT\"}"),
        _ => json!(""),
    };
    let mut answer = Map::new();
    for (name, value) in [
        ("retCode", json!("SUCCESS")),
        ("retMsg", json!("")),
        ("mchId", number(20_001_222)),
        ("appId", json!(APP_ID)),
        ("productId", number(8001)),
        ("payOrderId", json!(trade.provider_order_no)),
        ("mchOrderNo", json!(order_no)),
        ("amount", number(trade.amount_minor)),
        ("currency", json!(trade.currency)),
        ("status", number(status)),
        ("channelUser", json!("payer@example.com")),
        ("channelOrderNo", json!(format!("wx{}", trade.order_no))),
        ("channelAttach", attach),
        ("paySuccTime", paid_at.map_or_else(|| json!(""), number)),
    ] {
        answer.insert(name.to_owned(), value);
    }
    let mut sign = signature(&answer);
    if trade.fault == Fault::WrongSignature {
        let last = if sign.ends_with('0') { '1' } else { '0' };
        sign.pop();
        sign.push(last);
    }
    answer.insert("sign".to_owned(), json!(sign));
    Reply { interface: INTERFACE, body: Value::Object(answer).to_string(), problems: Vec::new() }
}

/// A refusal: HTTP status 200, and no signature.
fn failed(text: &str, problems: Vec<String>) -> Reply {
    let body = json!({"retCode": "FAIL", "retMsg": text}).to_string();
    Reply { interface: INTERFACE, body, problems }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Synthetic, for the document's rules: status 0 is signed, the empty text is not; an object is
    /// signed as compact JSON with sorted names.
    #[test]
    fn values_are_signed_as_the_document_says() {
        let table = [
            (
                json!({"mchId": MCH_ID, "appId": APP_ID, "mchOrderNo": "20160427210604000490",
                    "executeNotify": "false"}),
                "D9EDD2448732472EBE60625CA6779654",
            ),
            (
                json!({"retCode": "SUCCESS", "mchId": MCH_ID, "appId": APP_ID, "productId": "8001",
                    "payOrderId": "P20160427210604000490", "mchOrderNo": "20160427210604000490",
                    "amount": "100", "currency": "cny", "status": "0", "channelUser": "",
                    "channelOrderNo": "", "channelAttach": "", "paySuccTime": ""}),
                "8C967247E4FC4B09004EE917C17A4161",
            ),
            (
                json!({"retCode": "SUCCESS", "mchId": 20_001_222, "appId": APP_ID, "productId": 8001,
                    "payOrderId": "P1", "mchOrderNo": "M1", "amount": 100, "currency": "cny",
                    "status": 2, "paySuccTime": 1_505_049_094_262_i64,
                    "channelAttach": {"trade_type": "pay.weixin.micropay",
                        "bank_type": "CMB_DEBIT"}}),
                "B486FE878896EB2CA654565720DC496D",
            ),
        ];
        for (params, sign) in table {
            let Value::Object(params) = params else { panic!("an object") };
            assert_eq!(signature(&params), sign);
        }
    }
}

//! The platform icashier, as its document describes it (002: 收银台接入接口规范 §2.2 and §3.4).
//!
//! Odd: request and answer are base64 text with a signature over that text; the platform's own number
//! wins where both are sent; 0000 and 1002 both mean paid; what fails early has an empty signature.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

pub(super) mod bill;

use super::platform::{Bill, FORM, Fact, Front, LaneTerms, Platform};
use super::sign::{faulty, md5_upper};
use super::world::{Fault, ICASHIER, Lane, Trade, TradeStatus, World};
use super::{Asked, Reply};
use crate::business_day::BusinessDay;

pub(super) const ACCOUNT: &str = "icashier-main";
/// What the configuration's `base_url` ends with.
pub(super) const BASE: &str = "/icashier";
pub(super) const PATH: &str = "/icashier/api/query";
/// An invented merchant and an invented key.
pub(super) const MER_ID: &str = "100200300";
pub(super) const KEY: &str = "demoKeyC";

pub(super) const PLATFORM: Platform = Platform {
    provider: "icashier",
    account: ACCOUNT,
    fronts: &[Front::post(PATH, answer)],
    lanes: &[LaneTerms {
        lane: ICASHIER,
        weight: 2,
        numbers: |day, count| (format!("IC{day}{count:08}"), format!("8000{day}{count:08}")),
        facts: &[Fact::Amount, Fact::Time, Fact::Callbacks],
        says: &[TradeStatus::Unpaid, TradeStatus::Held],
        refund_of: None,
    }],
    keys: |_| vec![("icashier.key", KEY.to_owned())],
    settings,
    callback: |trade| (FORM, callback(trade)),
    bill: Some(Bill::File { ending: "xlsx", settings: bill::SETTINGS, export: bill::xlsx }),
    states_balance: false,
    clears_first: false,
    is_family: false,
};

fn settings(address: SocketAddr, _: &[Lane]) -> String {
    format!(
        r#"base_url = "http://{address}{BASE}"
mer_id = "{MER_ID}"
key = {{ file = "secrets/icashier.key" }}"#
    )
}

const INTERFACE: &str = "/api/query";

/// Answers a request to `/api/query`.
pub(super) fn answer(world: &World, asked: &Asked<'_>) -> Reply {
    let request = match request(asked) {
        Ok(request) => request,
        Err(problem) => return refused("90", "请求参数错误！", true, vec![problem.to_owned()]),
    };
    let mut problems = Vec::new();
    let text = |name: &str| request.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("merid") != MER_ID {
        problems.push(format!("merid is not {MER_ID}"));
    }
    for name in request.keys().filter(|name| !["merid", "queryid", "orderid"].contains(&&***name)) {
        problems.push(format!("req has an undocumented field {name}"));
    }
    if request.values().any(|value| !value.is_string()) {
        problems.push("req has a field that is not text".to_owned());
    }
    let (own, merchants) = (text("queryid"), text("orderid"));
    if own.is_empty() && merchants.is_empty() {
        problems.push("neither queryid nor orderid is there".to_owned());
    }
    if !problems.is_empty() {
        return refused("90", "请求参数错误！", false, problems);
    }
    // With the platform's number, the merchant's is not looked at.
    let trade = if own.is_empty() {
        world.trade(ICASHIER, merchants)
    } else {
        world.trade_numbered(ICASHIER, own)
    };
    let texts = ("商户号不存在", "交易记录不存在");
    if let Some(text) = world.fault_of(ACCOUNT, trade).refusal(texts.0, texts.1) {
        return refused("14", text, true, Vec::new());
    }
    trade.map_or_else(|| refused("14", "交易记录不存在", false, Vec::new()), status_of)
}

/// A form of exactly `req` and `sign`, where `req` is the base64 text of a JSON object (§2.3).
fn request(asked: &Asked<'_>) -> Result<Map<String, Value>, &'static str> {
    let form = asked.content_type.split(';').next().unwrap_or_default().trim();
    if form != "application/x-www-form-urlencoded" {
        return Err("the content type is not that of a form");
    }
    let (mut req, mut sign, mut count) = (String::new(), String::new(), 0_u32);
    for (name, value) in form_urlencoded::parse(asked.body) {
        count = count.saturating_add(1);
        match &*name {
            "req" => req = value.into_owned(),
            "sign" => sign = value.into_owned(),
            _ => return Err("the form has an undocumented field"),
        }
    }
    if count != 2 || req.is_empty() {
        return Err("the form is not req and sign");
    }
    if !sign.eq_ignore_ascii_case(&signature(&req)) {
        return Err("sign is wrong");
    }
    let json = STANDARD.decode(&req).map_err(|_| "req is not base64")?;
    match serde_json::from_slice(&json) {
        Ok(Value::Object(request)) => Ok(request),
        Ok(_) | Err(_) => Err("req is not a JSON object"),
    }
}

/// `md5(base64 + key)`, without anything between (§2.2).
fn signature(base64: &str) -> String {
    md5_upper(&format!("{base64}{KEY}")).to_lowercase()
}

/// What query and callback say of an order (§3.3.3 and §3.4.4).
fn fields(trade: &Trade) -> Map<String, Value> {
    let (code, text) = match (trade.fault, trade.status) {
        (Fault::UnknownStatus, _) => ("1007", "交易未知"),
        (_, TradeStatus::Paid) if trade.is_even() => ("1002", "交易处理中"),
        (_, TradeStatus::Paid) => ("0000", "交易成功"),
        (_, TradeStatus::Failed) => ("1003", "交易失败"),
        (_, TradeStatus::Held) => ("1004", "协查调单"),
        _ => ("1001", "未支付"),
    };
    let time = trade.paid_at.map(|at| BusinessDay::BEIJING.text(at)).unwrap_or_default();
    let order_no = if trade.fault == Fault::AnotherOrder {
        format!("0{}", trade.order_no)
    } else {
        trade.order_no.clone()
    };
    // The document says int; deployments also send text.
    let amount = if trade.is_even() == (trade.fault == Fault::OtherTypes) {
        json!(trade.amount_minor)
    } else {
        json!(trade.amount_minor.to_string())
    };
    let mut fields = Map::new();
    for (name, value) in [
        ("resultcode", json!(code)),
        ("resultmsg", json!(text)),
        ("queryid", json!(trade.provider_order_no)),
        ("txnamt", amount),
        ("merid", json!(MER_ID)),
        ("orderid", json!(order_no)),
        ("paytime", json!(time)),
    ] {
        fields.insert(name.to_owned(), value);
    }
    fields
}

fn status_of(trade: &Trade) -> Reply {
    let mut body = fields(trade);
    body.insert("respcode".to_owned(), json!("00"));
    body.insert("respmsg".to_owned(), json!("查询成功"));
    let resp = STANDARD.encode(Value::Object(body).to_string());
    let sign = signature(&resp);
    let sign = faulty(sign, trade.fault).unwrap_or_default();
    let body = json!({"resp": resp, "sign": sign});
    Reply { fault: trade.fault, ..Reply::new(INTERFACE, body.to_string()) }
}

/// A refusal. Without knowing the merchant's key, the platform does not sign it.
fn refused(code: &str, text: &str, early: bool, problems: Vec<String>) -> Reply {
    let resp = STANDARD.encode(json!({"respcode": code, "respmsg": text}).to_string());
    let sign = if early { String::new() } else { signature(&resp) };
    let body = json!({"resp": resp, "sign": sign}).to_string();
    Reply { problems, ..Reply::new(INTERFACE, body) }
}

/// A callback about a payment (§3.3), as a form.
pub(super) fn callback(trade: &Trade) -> String {
    let resp = STANDARD.encode(Value::Object(fields(trade)).to_string());
    let sign = signature(&resp);
    form_urlencoded::Serializer::new(String::new())
        .append_pair("resp", &resp)
        .append_pair("sign", &sign)
        .finish()
}

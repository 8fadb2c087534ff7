//! The platform xxpay, as its document describes it (004: 聚合支付接口说明书 §1, §2.2 and §3.2); the
//! balance, which the document lacks, as public clients ask for it.
//!
//! Odd: only answers with `retCode` SUCCESS are signed; numbers may be sent as text; two statuses
//! mean success, and not the same two for payouts; asking with `executeNotify=true` makes the
//! platform call the merchant's shop.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Map, Value, json};

use super::platform::{FORM, Fact, Front, LaneTerms, Platform};
use super::sign::{faulty, md5_upper};
use super::world::{Fault, Lane, Trade, TradeStatus, World, XXPAY, XXPAY_PAYOUT};
use super::{Asked, Reply};

pub(super) const ACCOUNT: &str = "xxpay-main";
/// What the configuration's `base_url` ends with.
pub(super) const BASE: &str = "/xxpay";
pub(super) const PAYMENT_PATH: &str = "/xxpay/api/pay/query_order";
pub(super) const PAYOUT_PATH: &str = "/xxpay/api/trans/query_order";
pub(super) const BALANCE_PATH: &str = "/xxpay/api/query/query_balance";
/// The document's sample merchant, and a key made for it.
pub(super) const MCH_ID: &str = "20001222";
pub(super) const APP_ID: &str = "0ae8be35ff634e2abe94f5f32f6d5c4f";
pub(super) const KEY: &str = "demoKeyE";

pub(super) const PLATFORM: Platform = Platform {
    provider: "xxpay",
    account: ACCOUNT,
    fronts: &[
        Front::post(PAYMENT_PATH, answer_payment),
        Front::post(PAYOUT_PATH, answer_payout),
        Front::post(BALANCE_PATH, answer_balance),
    ],
    lanes: &[
        LaneTerms {
            lane: XXPAY,
            weight: 6,
            numbers: |day, count| (format!("{day}210604{count:06}"), format!("P01{day}{count:09}")),
            facts: &[Fact::Amount, Fact::Time, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
        LaneTerms {
            lane: XXPAY_PAYOUT,
            weight: 1,
            numbers: |day, count| (format!("{day}310604{count:06}"), format!("T01{day}{count:09}")),
            facts: &[Fact::Amount, Fact::Time, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
    ],
    keys: |_| vec![("xxpay.key", KEY.to_owned())],
    settings,
    callback: |trade| (if trade.lane == XXPAY_PAYOUT { "" } else { FORM }, callback(trade)),
    bill: None,
    states_balance: true,
    clears_first: false,
    is_family: false,
};

fn settings(address: SocketAddr, lanes: &[Lane]) -> String {
    // A deployment with payouts also has the interface for the balance.
    let balance = if lanes.contains(&XXPAY_PAYOUT) { "\nbalance = true" } else { "" };
    format!(
        r#"base_url = "http://{address}{BASE}"
mch_id = "{MCH_ID}"
app_id = "{APP_ID}"
key = {{ file = "secrets/xxpay.key" }}{balance}"#
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
    /// The field of the time of success.
    time: &'static str,
    unknown_order: &'static str,
}

/// §2.2.
const PAYMENT: Form = Form {
    lane: XXPAY,
    interface: "/api/pay/query_order",
    own: "payOrderId",
    merchants: "mchOrderNo",
    time: "paySuccTime",
    unknown_order: "支付订单不存在",
};

/// §3.2.
const PAYOUT: Form = Form {
    lane: XXPAY_PAYOUT,
    interface: "/api/trans/query_order",
    own: "transOrderId",
    merchants: "mchTransOrderNo",
    time: "transSuccTime",
    unknown_order: "代付订单不存在",
};

const BALANCE: &str = "/api/query/query_balance";

/// §4.2: call again with the same parameters.
pub(super) const SYSTEM_ERROR: &str = r#"{"retCode":"FAIL","errCode":"0010","retMsg":"系统错误"}"#;

/// What `XxPay`'s own server says of a merchant that it does not know.
const UNKNOWN_MERCHANT: &str = "Can't found mchInfo[mchId=20001222] record in db.";

/// Answers a request to `/api/pay/query_order`.
pub(super) fn answer_payment(world: &World, asked: &Asked<'_>) -> Reply {
    answered(world, asked, &PAYMENT)
}

/// Answers a request to `/api/trans/query_order`.
pub(super) fn answer_payout(world: &World, asked: &Asked<'_>) -> Reply {
    answered(world, asked, &PAYOUT)
}

fn answered(world: &World, asked: &Asked<'_>, form: &Form) -> Reply {
    let known = ["mchId", "appId", form.own, form.merchants, "executeNotify", "sign"];
    let params = match checked(asked, &known) {
        Ok(params) => params,
        Err((text, problems)) => return failed(form.interface, text, problems),
    };
    let mut problems = Vec::new();
    if params.get("appId").and_then(Value::as_str) != Some(APP_ID) {
        problems.push(format!("appId is not {APP_ID}"));
    }
    let numbers = [form.own, form.merchants].map(|name| params.get(name).map(plain));
    if numbers.iter().flatten().all(String::is_empty) {
        problems.push(format!("neither {} nor {} is there", form.own, form.merchants));
    }
    if numbers.iter().flatten().any(|number| number.len() > 30) {
        problems.push("an order number is longer than 30".to_owned());
    }
    let notify = params.get("executeNotify").map(plain).unwrap_or_default();
    if !["", "true", "false"].contains(&notify.as_str()) {
        problems.push("executeNotify is neither true nor false".to_owned());
    }
    if !problems.is_empty() {
        return failed(form.interface, "参数格式校验错误", problems);
    }
    let [own, merchants] = numbers.map(Option::unwrap_or_default);
    // The platform's own number wins where both are sent.
    let found = if own.is_empty() {
        world.trade(form.lane, &merchants)
    } else {
        world.trade_numbered(form.lane, &own)
    };
    let fault = world.fault_of(ACCOUNT, found);
    if let Some(text) = fault.refusal(UNKNOWN_MERCHANT, form.unknown_order) {
        return failed(form.interface, text, Vec::new());
    }
    let Some(trade) = found else {
        return failed(form.interface, form.unknown_order, Vec::new());
    };
    let renotifies = notify == "true" && trade.status == TradeStatus::Paid;
    let reply = signed(form.interface, KEY, queried(form, trade), trade.fault);
    Reply { renotifies, ..reply.refused_first(trade, SYSTEM_ERROR) }
}

/// Answers a request to `/api/query/query_balance`.
pub(super) fn answer_balance(world: &World, asked: &Asked<'_>) -> Reply {
    let params = match checked(asked, &["mchId", "queryTime", "sign"]) {
        Ok(params) => params,
        Err((text, problems)) => return failed(BALANCE, text, problems),
    };
    let time = params.get("queryTime").and_then(Value::as_str).unwrap_or_default();
    if time.len() != 14 || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        let problem = "queryTime is not yyyyMMddHHmmss".to_owned();
        return failed(BALANCE, "参数格式校验错误", vec![problem]);
    }
    if world.account_fault(ACCOUNT) == Fault::AccountUnknown {
        return failed(BALANCE, UNKNOWN_MERCHANT, Vec::new());
    }
    let holdings = world.holdings(ACCOUNT);
    let fields = vec![
        ("mchId", json!(MCH_ID)),
        ("balance", json!(holdings.available_minor.to_string())),
        ("freezeAmount", json!(holdings.frozen_minor.to_string())),
        ("querySuccTime", json!(time)),
    ];
    signed(BALANCE, KEY, fields, world.account_fault(ACCOUNT))
}

/// The params of a request, if they are signed, of that merchant, and no others than documented.
fn checked(
    asked: &Asked<'_>,
    known: &[&str],
) -> Result<Map<String, Value>, (&'static str, Vec<String>)> {
    let params = params(asked).map_err(|problem| ("参数格式校验错误", vec![problem.to_owned()]))?;
    let mut problems = Vec::new();
    if params.get("mchId").map(plain).as_deref() != Some(MCH_ID) {
        problems.push(format!("mchId is not {MCH_ID}"));
    }
    for name in params.keys().filter(|name| !known.contains(&name.as_str())) {
        problems.push(format!("params has an undocumented field {name}"));
    }
    if params.get("sign").and_then(Value::as_str) != Some(&*signature(&params, KEY)) {
        problems.push("sign is wrong".to_owned());
        return Err(("签名失败", problems));
    }
    if problems.is_empty() { Ok(params) } else { Err(("参数格式校验错误", problems)) }
}

/// One form field `params` with a JSON object, sent with POST (§1.2); or, as the servers of this family take
/// it too, the params as the form's own fields.
pub(super) fn params(asked: &Asked<'_>) -> Result<Map<String, Value>, &'static str> {
    let form = asked.content_type.split(';').next().unwrap_or_default().trim();
    if form != "application/x-www-form-urlencoded" {
        return Err("the content type is not that of a form");
    }
    let fields: Map<String, Value> = form_urlencoded::parse(asked.body)
        .map(|(name, value)| (name.into_owned(), Value::from(value.into_owned())))
        .collect();
    let Some(value) = fields.get("params").and_then(Value::as_str) else { return Ok(fields) };
    if fields.len() > 1 {
        return Err("the form has more than the field params");
    }
    match serde_json::from_str(value) {
        Ok(Value::Object(params)) => Ok(params),
        Ok(_) | Err(_) => Err("params is not a JSON object"),
    }
}

/// The signature over every value that is not empty, but `sign` itself (§1.3).
pub(super) fn signature(params: &Map<String, Value>, key: &str) -> String {
    let sorted: BTreeMap<&[u8], String> = params
        .iter()
        .filter(|(name, _)| *name != "sign")
        .map(|(name, value)| (name.as_bytes(), format!("{name}={}", plain(value)), plain(value)))
        .filter(|(.., value)| !value.is_empty())
        .map(|(name, pair, _)| (name, pair))
        .collect();
    let pairs: Vec<String> = sorted.into_values().collect();
    md5_upper(&format!("{}&key={key}", pairs.join("&")))
}

/// A value as it is signed: text as it is, numbers by their digits, objects as compact JSON with
/// sorted names, nothing as the empty text.
pub(super) fn plain(value: &Value) -> String {
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

pub(super) type Fields = Vec<(&'static str, Value)>;

/// What a query and a callback both say of an order.
fn common(form: &Form, trade: &Trade) -> Fields {
    let is_payment = form.lane == XXPAY;
    let status = match (trade.fault, trade.status) {
        (Fault::UnknownStatus, _) => 9,
        // 支付成功 and 业务处理完成 both are success; 代付成功 is 2 only.
        (_, TradeStatus::Paid) if trade.is_even() || !is_payment => 2,
        (_, TradeStatus::Failed) if is_payment => 5,
        // Success of a payment, failure of a payout.
        (_, TradeStatus::Paid | TradeStatus::Failed) => 3,
        _ => i64::from(trade.is_even()),
    };
    let order_no = if trade.fault == Fault::AnotherOrder {
        format!("0{}", trade.order_no)
    } else {
        trade.order_no.clone()
    };
    let paid_at = trade.paid_at.map(|at| at.epoch_seconds().saturating_mul(1000));
    let number = |value: i64| number(trade, value);
    vec![
        ("mchId", number(20_001_222)),
        (form.own, json!(trade.provider_order_no)),
        (form.merchants, json!(order_no)),
        ("amount", number(trade.amount_minor)),
        ("status", number(status)),
        ("channelOrderNo", json!(format!("wx{}", trade.order_no))),
        // The server's own code prints numbers as text, but for the time.
        (form.time, paid_at.map_or_else(|| json!(""), |at| json!(at))),
    ]
}

/// Deployments differ: some send numbers, some send every value as text.
pub(super) fn number(trade: &Trade, number: i64) -> Value {
    if trade.is_even() == (trade.fault == Fault::OtherTypes) {
        json!(number.to_string())
    } else {
        json!(number)
    }
}

fn queried(form: &Form, trade: &Trade) -> Fields {
    let mut fields = common(form, trade);
    fields.push(("appId", json!(APP_ID)));
    fields.push(("currency", json!(trade.currency)));
    if form.lane == XXPAY {
        let attach = match (trade.status, trade.is_even()) {
            (TradeStatus::Paid, true) => {
                json!({"trade_type": "pay.micropay", "bank_type": "CMB_DEBIT"})
            }
            (TradeStatus::Paid, false) => json!("{\"bank_type\":\"CMB_DEBIT\"}"),
            _ => json!(""),
        };
        fields.push(("productId", number(trade, 8001)));
        fields.push(("channelUser", json!("payer@example.com")));
        fields.push(("channelAttach", attach));
    }
    fields
}

pub(super) fn signed(interface: &'static str, key: &str, fields: Fields, fault: Fault) -> Reply {
    let mut answer = Map::new();
    answer.insert("retCode".to_owned(), json!("SUCCESS"));
    answer.insert("retMsg".to_owned(), json!(""));
    answer.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let sign = signature(&answer, key);
    if let Some(sign) = faulty(sign, fault) {
        answer.insert("sign".to_owned(), json!(sign));
    }
    Reply { fault, ..Reply::new(interface, Value::Object(answer).to_string()) }
}

/// A refusal: HTTP status 200, and no signature.
pub(super) fn failed(interface: &'static str, text: &str, problems: Vec<String>) -> Reply {
    let body = json!({"retCode": "FAIL", "retMsg": text}).to_string();
    Reply { problems, ..Reply::new(interface, body) }
}

/// A callback (§2.3 and §3.3): the form of a payment, the query string of a payout.
pub(super) fn callback(trade: &Trade) -> String {
    let is_payment = trade.lane == XXPAY;
    let mut fields = common(if is_payment { &PAYMENT } else { &PAYOUT }, trade);
    if is_payment {
        fields.push(("appId", json!(APP_ID)));
        fields.push(("productId", json!(8001)));
    }
    fields.push(("param1", json!("")));
    fields.push(("backType", json!(2)));
    let mut fields: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let sign = signature(&fields, KEY);
    fields.insert("sign".to_owned(), json!(sign));
    let pairs = fields.iter().map(|(name, value)| (name, plain(value)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
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
            assert_eq!(signature(&params, KEY), sign);
        }
    }
}

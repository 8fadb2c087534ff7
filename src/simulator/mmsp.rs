//! The platform mmsp, quick, gateway and scan, as its document describes it (001: 快捷支付接口规范 §3,
//! §5.7 and §5.9; 网关支付接口规范 §3, §5.3 and §5.4; 扫码支付 §3, §10.3 and §10.7).
//!
//! Odd: header fields are not signed; refusals are not signed either; a listing holds paid orders
//! only; the body may be written with or without PHP's escapes, and both mean the same.

use std::fmt::Write as _;
use std::net::SocketAddr;

use chrono::Days;
use serde_json::{Map, Value, json};

use super::platform::{Fact, Front, LaneTerms, Platform};
use super::sign::{Escapes, SIGNED, faulty, md5_upper, php_json, php_json_sorted};
use super::world::{
    Fault, GATEWAY, Lane, MMSP_PAYOUT, QUICK, SCAN, SCAN_REFUND, Trade, TradeStatus, World,
};
use super::{Asked, Reply};
use crate::business_day::{BusinessDate, BusinessDay, Timestamp};

pub(super) mod callback;
pub(super) mod payapi;
mod scan;

pub(super) const ACCOUNT: &str = "mmsp-main";
pub(super) const PATH: &str = "/mmsp/openapi";
/// The published test merchant.
pub(super) const MERCHANT_NO: &str = "001440353999853";
pub(super) const TERMINAL_NO: &str = "84970001";
pub(super) const KEY: &str = "ea21842eea24e448b991b1cb0a0294cf";

pub(super) const PLATFORM: Platform = Platform {
    provider: "mmsp",
    account: ACCOUNT,
    fronts: &[Front::post(PATH, answer), Front::post(payapi::PATH, payapi::answer)],
    lanes: &[
        LaneTerms {
            lane: QUICK,
            weight: 8,
            numbers: |day, count| (format!("{day}{count:08}"), format!("1000{count:08}")),
            facts: LISTED,
            says: &[TradeStatus::Unpaid, TradeStatus::Refunded],
            refund_of: None,
        },
        LaneTerms {
            lane: GATEWAY,
            weight: 6,
            numbers: |day, count| (format!("W{day}{count:08}"), format!("2000{count:08}")),
            facts: LISTED,
            says: &[TradeStatus::Unpaid, TradeStatus::Refunded],
            refund_of: None,
        },
        LaneTerms {
            lane: SCAN,
            weight: 3,
            numbers: |day, count| (format!("S{day}{count:08}"), format!("3000{count:08}")),
            facts: &[Fact::Amount, Fact::Time, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
        LaneTerms {
            lane: SCAN_REFUND,
            weight: 1,
            numbers: |day, count| (format!("R{day}{count:08}"), format!("4000{count:08}")),
            facts: &[Fact::Amount],
            says: &[],
            refund_of: Some(SCAN),
        },
        LaneTerms {
            lane: MMSP_PAYOUT,
            weight: 0,
            numbers: |day, count| (format!("{day}17{count:08}"), format!("5000{day}{count:08}")),
            facts: &[Fact::Amount],
            says: &[TradeStatus::Unpaid, TradeStatus::Returned],
            refund_of: None,
        },
    ],
    keys,
    settings,
    callback: |trade| ("application/json", callback::callback(trade)),
    bill: None,
    states_balance: true,
    clears_first: true,
    is_family: false,
};

const LISTED: &[Fact] = &[Fact::Listing, Fact::Amount, Fact::Time, Fact::Callbacks];

fn keys(lanes: &[Lane]) -> Vec<(&'static str, String)> {
    let mut keys = vec![("mmsp.key", KEY.to_owned())];
    if lanes.contains(&MMSP_PAYOUT) {
        keys.push(("mmsp_merchant.pem", payapi::MERCHANT_PRIVATE_KEY.to_owned()));
        keys.push(("mmsp_platform.pem", payapi::platform_public_key()));
    }
    keys
}

fn settings(address: SocketAddr, lanes: &[Lane]) -> String {
    let mut products: Vec<String> =
        lanes.iter().map(|lane| format!("\"{}\"", lane.product)).collect();
    products.dedup();
    let mut text = format!(
        r#"openapi_url = "http://{address}{PATH}"
merchant_no = "{MERCHANT_NO}"
terminal_no = "{TERMINAL_NO}"
agent_no = ""
products = [{}]
md5_key = {{ file = "secrets/mmsp.key" }}"#,
        products.join(", "),
    );
    if lanes.contains(&MMSP_PAYOUT) {
        let _written = write!(
            text,
            r#"
payapi_url = "http://{address}{}"
merchant_private_key = {{ file = "secrets/mmsp_merchant.pem" }}
platform_public_key = {{ file = "secrets/mmsp_platform.pem" }}"#,
            payapi::PATH,
        );
    }
    text
}

const ROWS_MAX: u64 = 1000;
const MONTHS_BACK: u32 = 3;

/// The requests that are understood, by `CommandID`.
const COMMANDS: [(i64, &str, Lane, Form); 6] = [
    (773, "0x0305", QUICK, Form::Single),
    (777, "0x0309", QUICK, Form::Batch),
    (2310, "0x0906", SCAN, Form::Scan),
    (2313, "0x0909", SCAN_REFUND, Form::Scan),
    (2323, "0x0913", GATEWAY, Form::Single),
    (782, "0x030E", GATEWAY, Form::Batch),
];

/// The fields that a request's header may have (§3.1).
const HEADER: [&str; 11] = [
    "CommandID",
    "SeqID",
    "NodeType",
    "NodeID",
    "Version",
    "AGENTNO",
    "MERNO",
    "TERMNO",
    "Attach",
    "Body",
    "Sign",
];

#[derive(Clone, Copy)]
enum Form {
    Single,
    Batch,
    Scan,
}

/// Answers a request to `/mmsp/openapi`.
pub(super) fn answer(world: &World, asked: &Asked<'_>) -> Reply {
    let Ok(Value::Object(request)) = serde_json::from_slice(asked.body) else {
        return refused(
            None,
            "",
            "消息结构体错误",
            vec!["the body is not a JSON object".to_owned()],
        );
    };
    let command = request.get("CommandID").and_then(Value::as_i64);
    let known = COMMANDS.into_iter().find(|(id, ..)| Some(*id) == command);
    let Some((_, interface, lane, form)) = known else {
        let mut problems = header_problems(&request, "openapi");
        problems.push("CommandID is none of the documented ones".to_owned());
        return refused(Some(&request), "", "消息结构体错误", problems);
    };
    let node = if matches!(form, Form::Scan) { "openplat" } else { "openapi" };
    let mut problems = header_problems(&request, node);
    let Some(Value::Object(body)) = request.get("Body") else {
        problems.push("Body is not an object".to_owned());
        return refused(Some(&request), interface, "消息结构体错误", problems);
    };
    if request.get("Sign").and_then(Value::as_str) != Some(&*signature(body)) {
        problems.push("Sign is wrong".to_owned());
        return refused(Some(&request), interface, "签名错误", problems);
    }
    let answered = match form {
        Form::Single => single(world, lane, body, &mut problems),
        Form::Batch => batch(world, lane, body, &mut problems),
        Form::Scan => scan::single(world, lane, body, &mut problems),
    };
    if !problems.is_empty() {
        return refused(Some(&request), interface, "消息结构体错误", problems);
    }
    match answered {
        Some(Answered { fault: Fault::AccountUnknown, .. }) => {
            refused(Some(&request), interface, "[-2002] 没有该商户", problems)
        }
        Some(Answered { fault: Fault::OrderUnknown, .. }) if !matches!(form, Form::Batch) => {
            refused(Some(&request), interface, "[-2002] 没有该订单", problems)
        }
        Some(answered) => signed(&request, interface, &answered),
        None if world.account_fault(ACCOUNT) == Fault::AccountUnknown => {
            refused(Some(&request), interface, "[-2002] 没有该商户", problems)
        }
        None => refused(Some(&request), interface, "[-2002] 没有该订单", problems),
    }
}

/// What is to be sent back, and how.
struct Answered {
    body: Map<String, Value>,
    escaped: bool,
    fault: Fault,
}

/// The header as §3.1 has it. Numbers may stand in quotes, as in the document's own samples.
fn header_problems(request: &Map<String, Value>, node: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let number = |name: &str| match request.get(name) {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    if !request.get("CommandID").is_some_and(Value::is_number) {
        problems.push("CommandID is not a decimal integer".to_owned());
    }
    if number("SeqID").is_none() {
        problems.push("SeqID is not a number".to_owned());
    }
    if number("NodeType") != Some(3) {
        problems.push("NodeType is not 3".to_owned());
    }
    for (name, expected) in
        [("NodeID", node), ("Version", "1.0.0"), ("MERNO", MERCHANT_NO), ("TERMNO", TERMINAL_NO)]
    {
        if request.get(name).and_then(Value::as_str) != Some(expected) {
            problems.push(format!("{name} is not {expected}"));
        }
    }
    // A merchant without an agent sends the empty text, or leaves the field out.
    if request.get("AGENTNO").is_some_and(|agent| agent != "") {
        problems.push("AGENTNO is not empty".to_owned());
    }
    for name in request.keys().filter(|name| !HEADER.contains(&name.as_str())) {
        problems.push(format!("the header has an undocumented field {name}"));
    }
    problems
}

/// Every field of the body has to be there, as text, and no other.
fn texts<'a, const N: usize>(
    body: &'a Map<String, Value>,
    names: [&str; N],
    problems: &mut Vec<String>,
) -> [&'a str; N] {
    for name in body.keys().filter(|name| !names.contains(&name.as_str())) {
        problems.push(format!("Body has an undocumented field {name}"));
    }
    names.map(|name| {
        body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).unwrap_or_else(
            || {
                problems.push(format!("Body.{name} is not a text"));
                ""
            },
        )
    })
}

fn single(
    world: &World,
    lane: Lane,
    body: &Map<String, Value>,
    problems: &mut Vec<String>,
) -> Option<Answered> {
    let [order_no] = texts(body, ["MERORDERID"], problems);
    if order_no.len() > 32 {
        problems.push("Body.MERORDERID is longer than 32".to_owned());
    }
    let trade = world.trade(lane, order_no)?;
    let mut body = if lane == QUICK { quick_row(trade) } else { gateway_single(trade) };
    strike(&mut body, trade.fault, "MERORDERID");
    Some(Answered { body, escaped: trade.is_even(), fault: trade.fault })
}

/// What a fault makes of what is said about an order, before it is signed.
fn strike(body: &mut Map<String, Value>, fault: Fault, order_no: &str) {
    if fault == Fault::UnknownStatus {
        body.insert("STATUS".to_owned(), json!("7"));
    }
    if fault == Fault::AnotherOrder
        && let Some(Value::String(number)) = body.get_mut(order_no)
    {
        number.insert(0, '0');
    }
    // Amounts and statuses as numbers, as some of the platform's own samples have them.
    if fault != Fault::OtherTypes {
        return;
    }
    for name in ["AMT", "STATUS"] {
        if let Some(value) = body.get_mut(name)
            && let Some(number) = value.as_str().and_then(|text| text.parse::<i64>().ok())
        {
            *value = json!(number);
        }
    }
}

fn batch(
    world: &World,
    lane: Lane,
    body: &Map<String, Value>,
    problems: &mut Vec<String>,
) -> Option<Answered> {
    let names = ["START_DATE", "END_DATE", "PERPAGE", "PAGE"];
    let [start, end, per_page, page] = texts(body, names, problems);
    let (from, to) = (day(start), day(end));
    let whole = |text: &str, max: u64| text.parse().ok().filter(|n| (1..=max).contains(n));
    let (per_page, page) = (whole(per_page, ROWS_MAX), whole(page, u64::MAX));
    let (Some(from), Some(to), Some(per_page), Some(page)) = (from, to, per_page, page) else {
        problems.push("Body has a date, PERPAGE or PAGE that is not as documented".to_owned());
        return None;
    };
    let oldest = world.date().date().checked_sub_months(chrono::Months::new(MONTHS_BACK));
    if from > to || oldest.is_some_and(|oldest| from.date() < oldest) {
        problems.push("Body asks for dates that cannot be asked for".to_owned());
        return None;
    }
    let listed = world.listed(lane, from, to);
    let fault = world.account_fault(ACCOUNT);
    let total = u64::try_from(listed.len()).unwrap_or(u64::MAX);
    let pages = total.div_ceil(per_page);
    let total = total.saturating_add(u64::from(fault == Fault::WrongTotal));
    let skipped = page.saturating_sub(1).saturating_mul(per_page);
    let early = u64::from(fault == Fault::ShiftingPages && page > 1);
    let left = total.saturating_sub(skipped).min(per_page);
    let again = fault == Fault::FirstPageAgain;
    let skipped = if again { 0 } else { skipped.saturating_sub(early) };
    let mut rows: Vec<Value> = listed
        .iter()
        .skip(usize::try_from(skipped).unwrap_or(usize::MAX))
        .take(usize::try_from(if again { left } else { per_page }).unwrap_or(usize::MAX))
        .filter_map(|index| world.trade_at(*index))
        .map(|trade| row(trade, fault))
        .collect();
    if fault == Fault::RepeatedRows {
        rows.extend(rows.first().cloned());
    }
    let mut body = Map::new();
    let empty = rows.is_empty();
    body.insert("BIZ_CONTENT".to_owned(), Value::Array(rows));
    for (name, number) in
        [("PERPAGE", per_page), ("PAGE", page), ("TOTAL_NUM", total), ("TOTAL_PAGE", pages)]
    {
        body.insert(name.to_owned(), json!(number.to_string()));
    }
    body.insert("STATUS".to_owned(), json!(if empty { "0" } else { "1" }));
    if empty {
        body.insert("ERRCODE".to_owned(), json!(""));
        body.insert("ERRMSG".to_owned(), json!("没有符合条件的数据"));
    }
    Some(Answered { body, escaped: page & 1 == 0, fault })
}

/// `YYYYMMDD`, and with the hours that the document's own format has.
fn day(text: &str) -> Option<BusinessDate> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !matches!(text.len(), 8 | 10) {
        return None;
    }
    let date = BusinessDate::from_number(text.get(..8)?.parse().ok()?)?;
    // A date that the calendar does not have must not pass as another one.
    date.date().checked_add_days(Days::new(1)).map(|_| date)
}

fn row(trade: &Trade, fault: Fault) -> Value {
    let mut row = quick_row(trade);
    strike(&mut row, fault, "MERORDERID");
    if trade.fault == Fault::Misdated
        && let Some(paid_at) = trade.paid_at
    {
        let later = format!("2099{}", compact(paid_at).get(4..).unwrap_or_default());
        row.insert("PAY_DATE".to_owned(), json!(later));
    }
    Value::Object(row)
}

/// A row of a listing of either product, and the answer to a single quick query: gateway listings
/// have the card's fields too, though no card was used.
fn quick_row(trade: &Trade) -> Map<String, Value> {
    let mut row = common(trade);
    row.insert("CARDNO".to_owned(), json!("6225****6648"));
    row.insert("CARDTYPE".to_owned(), json!("1"));
    row.insert("BIND_ID".to_owned(), json!(""));
    row
}

fn gateway_single(trade: &Trade) -> Map<String, Value> {
    let mut row = common(trade);
    row.insert("GOODSNAME".to_owned(), json!("商品 A/B"));
    row.insert("PAY_CHANNEL".to_owned(), json!("YLBILL-NET-B2C"));
    row.insert("REMARK".to_owned(), json!("一号仓/二号仓"));
    row
}

fn common(trade: &Trade) -> Map<String, Value> {
    let (status, error) = match trade.status {
        TradeStatus::Unpaid | TradeStatus::Held | TradeStatus::Returned => {
            ("0", Some(("AA", "用户支付中")))
        }
        TradeStatus::Paid => ("1", None),
        TradeStatus::Failed => ("2", Some(("D4", "订单已关闭"))),
        TradeStatus::Refunded => ("3", Some(("00", "交易成功"))),
    };
    let paid_at = trade.paid_at.map(compact).unwrap_or_default();
    let notified_at = trade.paid_at.map(|at| compact(at.plus_seconds(2))).unwrap_or_default();
    let mut row = Map::new();
    let mut put = |name: &str, text: &str| {
        row.insert(name.to_owned(), json!(text));
    };
    put("STATUS", status);
    if let Some((code, text)) = error {
        put("ERRCODE", code);
        put("ERRMSG", text);
    }
    put("LIST_ID", &trade.provider_order_no);
    put("MERORDERID", &trade.order_no);
    put("PAY_DATE", &paid_at);
    put("NOTIFY_DATE", &notified_at);
    put("AMT", &trade.amount_minor.to_string());
    row
}

/// `YYYYMMDDHHmmss` in Beijing.
fn compact(moment: Timestamp) -> String {
    BusinessDay::BEIJING.local(moment).format("%Y%m%d%H%M%S").to_string()
}

fn signature(body: &Map<String, Value>) -> String {
    md5_upper(&format!("{}&key={KEY}", php_json_sorted(body, SIGNED)))
}

fn signed(request: &Map<String, Value>, interface: &'static str, answered: &Answered) -> Reply {
    let sign = faulty(signature(&answered.body), answered.fault).unwrap_or_default();
    let command = request.get("CommandID").and_then(Value::as_i64).unwrap_or(0);
    let envelope = json!({
        "CommandID": command.saturating_add(0x8000),
        "SeqID": request.get("SeqID"),
        "NodeType": request.get("NodeType"),
        "NodeID": request.get("NodeID"),
        "Version": "1.0.0",
        "RetCode": 1,
        "ErrorMsg": "",
        "Body": answered.body,
        "Sign": sign,
        "AGENTNO": null,
        "MERNO": MERCHANT_NO,
        "TERMNO": TERMINAL_NO,
    });
    let escapes = Escapes { slashes: answered.escaped, unicode: answered.escaped };
    Reply { fault: answered.fault, ..Reply::new(interface, php_json(&envelope, escapes)) }
}

/// 统一否定应答: not signed, whatever is wrong.
fn refused(
    request: Option<&Map<String, Value>>,
    interface: &'static str,
    text: &str,
    problems: Vec<String>,
) -> Reply {
    let echo = |name: &str| request.and_then(|request| request.get(name)).cloned();
    let envelope = json!({
        "CommandID": 0x8000,
        "SeqID": echo("SeqID"),
        "NodeType": echo("NodeType"),
        "NodeID": "openapi",
        "Version": "1.0.0",
        "RetCode": 0,
        "ErrorMsg": text,
        "Body": "",
        "Sign": "",
        "AGENTNO": null,
        "MERNO": MERCHANT_NO,
        "TERMNO": TERMINAL_NO,
    });
    let escapes = Escapes { slashes: true, unicode: true };
    Reply { problems, ..Reply::new(interface, php_json(&envelope, escapes)) }
}

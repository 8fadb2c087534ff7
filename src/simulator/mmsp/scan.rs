//! Scan payments and their refunds (001: 扫码支付 §10.3 and §10.7).
//!
//! Odd: status 3 means paying here and refunded elsewhere; of a refund no more is told than that it
//! was accepted.

use serde_json::{Map, Value, json};

use super::{Answered, strike};
use crate::business_day::{BusinessDay, Timestamp};
use crate::simulator::world::{Lane, Trade, TradeStatus, World};

/// Answers a query of one order. Of the two numbers one may be empty, and the platform's wins.
pub(super) fn single(
    world: &World,
    lane: Lane,
    body: &Map<String, Value>,
    problems: &mut Vec<String>,
) -> Option<Answered> {
    let (own, merchants) = if lane.is_refund() {
        ("REFUND_ORDERNO", "REFUND_MERORDERID")
    } else {
        ("ORDERNO", "MERORDERID")
    };
    for name in body.keys().filter(|name| ![own, merchants, "RANDSTR"].contains(&name.as_str())) {
        problems.push(format!("Body has an undocumented field {name}"));
    }
    if body.values().any(|value| !value.is_string()) {
        problems.push("Body has a field that is not a text".to_owned());
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    if !(1..=20).contains(&text("RANDSTR").len()) {
        problems.push("Body.RANDSTR is missing or longer than 20".to_owned());
    }
    let numbers = [text(own), text(merchants)];
    if numbers.iter().all(|number| number.is_empty()) {
        problems.push(format!("neither Body.{own} nor Body.{merchants} is there"));
    }
    if numbers.iter().any(|number| number.len() > 20) {
        problems.push("an order number in Body is longer than 20".to_owned());
    }
    let [number, order_no] = numbers;
    let trade = if number.is_empty() {
        world.trade(lane, order_no)?
    } else {
        world.trade_numbered(lane, number)?
    };
    let mut body = if lane.is_refund() { refund(trade) } else { payment(trade) };
    strike(&mut body, trade.fault, merchants);
    Some(Answered { body, escaped: trade.is_even(), fault: trade.fault })
}

fn payment(trade: &Trade) -> Map<String, Value> {
    let (status, error) = match trade.status {
        TradeStatus::Paid => ("1", None),
        TradeStatus::Failed => ("2", Some(("D4", "订单已关闭"))),
        TradeStatus::Unpaid | TradeStatus::Refunded | TradeStatus::Returned | TradeStatus::Held => {
            ("3", Some(("AA", "用户支付中")))
        }
    };
    let mut body = with_error(error);
    for (name, value) in [
        ("ORDERNO", trade.provider_order_no.clone()),
        ("AMT", trade.amount_minor.to_string()),
        ("TRADETIME", text(trade.created_at)),
        ("PAYTIME", trade.paid_at.map(text).unwrap_or_default()),
        ("STATUS", status.to_owned()),
        ("MERORDERID", trade.order_no.clone()),
        ("TRADETYPE", "1".to_owned()),
    ] {
        body.insert(name.to_owned(), json!(value));
    }
    body
}

fn refund(trade: &Trade) -> Map<String, Value> {
    let (status, error) = if trade.status == TradeStatus::Failed {
        ("2", Some(("D4", "退款失败")))
    } else {
        ("1", None)
    };
    let mut body = with_error(error);
    for (name, value) in [
        ("REFUND_ORDERNO", trade.provider_order_no.clone()),
        ("AMT", trade.amount_minor.to_string()),
        ("REFUND_TIME", text(trade.created_at)),
        ("STATUS", status.to_owned()),
        ("REFUND_MERORDERID", trade.order_no.clone()),
    ] {
        body.insert(name.to_owned(), json!(value));
    }
    body
}

fn with_error(error: Option<(&str, &str)>) -> Map<String, Value> {
    let mut body = Map::new();
    if let Some((code, text)) = error {
        body.insert("ERR_CODE".to_owned(), json!(code));
        body.insert("ERR_CODE_MSG".to_owned(), json!(text));
    }
    body
}

/// `YYYY-MM-DD HH:mm:ss` in Beijing.
pub(super) fn text(moment: Timestamp) -> String {
    BusinessDay::BEIJING.text(moment)
}

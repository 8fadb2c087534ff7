//! The platform zhangxun, as its document describes it (000: 掌讯支付平台接口说明 §1.2, §2.4, §2.6
//! and §2.7).
//!
//! Odd: the order number has another name for payouts than for payments, and one more in callbacks;
//! payment code 01 is success, payout code 01 is not; every undocumented code means processing; no
//! time of payment is stated; whoever signs wrongly is answered without a signature.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::{Map, Value, json};

use super::platform::{Fact, Front, LaneTerms, Platform};
use super::sign::{faulty, md5_upper};
use super::world::{Fault, Lane, Trade, TradeStatus, World, ZHANGXUN, ZHANGXUN_PAYOUT};
use super::{Asked, Reply};
use crate::business_day::{BusinessDay, Timestamp};

pub(super) const ACCOUNT: &str = "zhangxun-main";
/// What the configuration's `base_url` ends with.
pub(super) const BASE: &str = "/zhangxun-base/mpcctp";
pub(super) const PAYMENT_PATH: &str = "/zhangxun-base/mpcctp/cashier/query.ac";
pub(super) const PAYOUT_PATH: &str = "/zhangxun-base/mpcctp/cashier/TX0002.ac";
pub(super) const BALANCE_PATH: &str = "/zhangxun-base/mpcctp/cashier/balance.ac";
/// The document's test merchant.
pub(super) const ORG_NO: &str = "8161000204";
pub(super) const CUST_ID: &str = "16121900001774";
pub(super) const KEY: &str = "FFFFFFFFFFFFFFFF";
pub(super) const VERSION: &str = "2.1";

pub(super) const PLATFORM: Platform = Platform {
    provider: "zhangxun",
    account: ACCOUNT,
    fronts: &[
        Front::post(PAYMENT_PATH, answer_payment),
        Front::post(PAYOUT_PATH, answer_payout),
        Front::post(BALANCE_PATH, answer_balance),
    ],
    lanes: &[
        LaneTerms {
            lane: ZHANGXUN,
            weight: 3,
            numbers: |day, count| (format!("{day}41{count:08}"), format!("6000{day}{count:08}")),
            facts: &[Fact::Amount, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
        LaneTerms {
            lane: ZHANGXUN_PAYOUT,
            weight: 1,
            numbers: |day, count| (format!("{day}42{count:08}"), format!("7000{day}{count:08}")),
            facts: &[Fact::Amount, Fact::Fee, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
    ],
    keys: |_| vec![("zhangxun.key", KEY.to_owned())],
    settings,
    callback: |trade| (FORM, callback(trade)),
    bill: None,
    states_balance: true,
    clears_first: false,
    is_family: false,
};

fn settings(address: SocketAddr, _: &[Lane]) -> String {
    format!(
        r#"base_url = "http://{address}{BASE}"
org_no = "{ORG_NO}"
cust_id = "{CUST_ID}"
version = "{VERSION}"
key = {{ file = "secrets/zhangxun.key" }}"#
    )
}

const FORM: &str = "application/x-www-form-urlencoded";

type Fields = BTreeMap<String, String>;

/// Answers a request to `/cashier/query.ac`.
pub(super) fn answer_payment(world: &World, asked: &Asked<'_>) -> Reply {
    answered(world, asked, "/cashier/query.ac", &["custOrderNo"], &[], |fields| {
        found(world, ZHANGXUN, fields, "custOrderNo", "").map(payment)
    })
}

/// Answers a request to `/cashier/TX0002.ac`.
pub(super) fn answer_payout(world: &World, asked: &Asked<'_>) -> Reply {
    answered(world, asked, "/cashier/TX0002.ac", &[], &["casOrdNo", "custOrdNo"], |fields| {
        found(world, ZHANGXUN_PAYOUT, fields, "custOrdNo", "casOrdNo").map(payout)
    })
}

/// Answers a request to `/cashier/balance.ac`.
pub(super) fn answer_balance(world: &World, asked: &Asked<'_>) -> Reply {
    answered(world, asked, "/cashier/balance.ac", &[], &[], |_| {
        let holdings = world.holdings(ACCOUNT);
        let body = [
            ("account", "10086000012".to_owned()),
            ("acType", "01".to_owned()),
            ("acBal", holdings.available_minor.to_string()),
            ("frozBalance", holdings.frozen_minor.to_string()),
        ];
        let fault = world.account_fault(ACCOUNT);
        let fault = if fault == Fault::OrderUnknown { Fault::None } else { fault };
        Some(Answered { fields: body.into(), fault })
    })
}

/// What an answer says besides what every answer says.
struct Answered {
    fields: Vec<(&'static str, String)>,
    fault: Fault,
}

/// Checks a request and answers it. `each` has to be there, and at least one of `any`.
fn answered(
    world: &World,
    asked: &Asked<'_>,
    interface: &'static str,
    each: &[&str],
    any: &[&str],
    answer: impl Fn(&Fields) -> Option<Answered>,
) -> Reply {
    let (fields, mut problems) = form(asked);
    let known = |name: &String| {
        ["version", "orgNo", "custId", "sign"].contains(&name.as_str())
            || each.contains(&name.as_str())
            || any.contains(&name.as_str())
    };
    for name in fields.keys().filter(|name| !known(name)) {
        problems.push(format!("the form has an undocumented field {name}"));
    }
    for (name, expected) in [("version", VERSION), ("orgNo", ORG_NO), ("custId", CUST_ID)] {
        if fields.get(name).map(String::as_str) != Some(expected) {
            problems.push(format!("{name} is not {expected}"));
        }
    }
    let given = |name: &&str| fields.get(*name).is_some_and(|value| !value.is_empty());
    if !each.iter().all(given) || !(any.is_empty() || any.iter().any(given)) {
        problems.push("the order number is missing".to_owned());
    }
    let sign = fields.get("sign").map(String::as_str).unwrap_or_default();
    if !sign.eq_ignore_ascii_case(&signature(&fields)) {
        problems.push("sign is wrong".to_owned());
        return refused(interface, "000003", "签名错误", problems);
    }
    if !problems.is_empty() {
        return refused(interface, "000002", "参数错误", problems);
    }
    match answer(&fields) {
        Some(answered) => match refusal_of(answered.fault) {
            Some(text) => unsigned("000010", text, interface),
            None => signed(interface, answered),
        },
        None => match refusal_of(world.account_fault(ACCOUNT)) {
            Some(text) => unsigned("000010", text, interface),
            None => refused(interface, "000010", "订单不存在", Vec::new()),
        },
    }
}

const fn refusal_of(fault: Fault) -> Option<&'static str> {
    fault.refusal("商户不存在", "订单不存在")
}

fn form(asked: &Asked<'_>) -> (Fields, Vec<String>) {
    let mut problems = Vec::new();
    let content_type = asked.content_type.to_ascii_lowercase().replace(' ', "");
    let charset = content_type.strip_prefix(FORM);
    if !matches!(charset, Some("" | ";charset=utf-8")) {
        problems.push("the content type is not that of a form in UTF-8".to_owned());
    }
    let mut fields = Fields::new();
    for (name, value) in form_urlencoded::parse(asked.body) {
        if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            problems.push(format!("{name} is there twice"));
        }
    }
    (fields, problems)
}

fn found<'a>(
    world: &'a World,
    lane: Lane,
    fields: &Fields,
    merchants: &str,
    own: &str,
) -> Option<&'a Trade> {
    let value = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let (merchants, own) = (value(merchants), value(own));
    if own.is_empty() {
        return world.trade(lane, merchants);
    }
    let trade = world.trade_numbered(lane, own)?;
    (merchants.is_empty() || trade.order_no == merchants).then_some(trade)
}

/// The number that the answer names.
fn named(trade: &Trade) -> String {
    if trade.fault == Fault::AnotherOrder {
        format!("0{}", trade.order_no)
    } else {
        trade.order_no.clone()
    }
}

fn payment(trade: &Trade) -> Answered {
    let status = match (trade.fault, trade.status) {
        (Fault::UnknownStatus, _) => "99",
        (_, TradeStatus::Paid) => "01",
        (_, TradeStatus::Failed) => "02",
        (_, TradeStatus::Unpaid | TradeStatus::Held) if trade.is_even() => "00",
        _ => "06",
    };
    let fields = vec![
        ("custOrderNo", named(trade)),
        ("prdOrdNo", trade.provider_order_no.clone()),
        ("ordStatus", status.to_owned()),
        ("ordDesc", "订单状态".to_owned()),
        ("ordAmt", trade.ordered_minor.to_string()),
        ("payAmt", trade.amount_minor.to_string()),
        ("ordTime", time(trade.created_at)),
        ("tranType", "0402".to_owned()),
    ];
    Answered { fields, fault: trade.fault }
}

fn payout(trade: &Trade) -> Answered {
    let status = match (trade.fault, trade.status) {
        (Fault::UnknownStatus, _) => "99",
        (_, TradeStatus::Paid) => "07",
        (_, TradeStatus::Failed) => "08",
        // Waiting to be settled; the same code is success for a payment.
        (_, TradeStatus::Unpaid | TradeStatus::Held) if trade.is_even() => "01",
        _ => "06",
    };
    let service = trade.fee_minor.min(100);
    let fields = vec![
        ("custOrdNo", named(trade)),
        ("casOrdNo", trade.provider_order_no.clone()),
        ("ordStatus", status.to_owned()),
        ("casAmt", trade.amount_minor.to_string()),
        ("casDesc", String::new()),
        ("casType", "00".to_owned()),
        ("casDate", time(trade.created_at)),
        ("fee", trade.fee_minor.saturating_sub(service).to_string()),
        ("serviceFee", service.to_string()),
        ("netrecAmt", trade.amount_minor.to_string()),
    ];
    Answered { fields, fault: trade.fault }
}

/// `yyyyMMddHHmmss` in Beijing.
fn time(moment: Timestamp) -> String {
    BusinessDay::BEIJING.local(moment).format("%Y%m%d%H%M%S").to_string()
}

/// The signature over every value that is not empty, but `sign` itself (§1.2.3).
fn signature(fields: &Fields) -> String {
    let signed = fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    let pairs: Vec<String> = signed.map(|(name, value)| format!("{name}={value}")).collect();
    md5_upper(&format!("{}&key={KEY}", pairs.join("&")))
}

fn signed(interface: &'static str, answered: Answered) -> Reply {
    let mut fields: Fields =
        answered.fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for (name, value) in
        [("code", "000000"), ("msg", "查询成功"), ("orgNo", ORG_NO), ("custId", CUST_ID)]
    {
        fields.insert(name.to_owned(), value.to_owned());
    }
    let sign = signature(&fields);
    let mut body: Map<String, Value> = fields
        .into_iter()
        .map(|(name, value)| {
            let is_amount = name.ends_with("Amt") || name == "fee" || name == "acBal";
            let number = value
                .parse::<i64>()
                .ok()
                .filter(|_| is_amount && answered.fault == Fault::OtherTypes);
            (name, number.map_or_else(|| json!(value), |number| json!(number)))
        })
        .collect();
    if let Some(sign) = faulty(sign.to_lowercase(), answered.fault) {
        body.insert("sign".to_owned(), json!(sign));
    }
    Reply { fault: answered.fault, ..Reply::new(interface, Value::Object(body).to_string()) }
}

/// A refusal that the platform does not sign.
fn unsigned(code: &str, text: &str, interface: &'static str) -> Reply {
    let body = json!({"code": code, "msg": text}).to_string();
    Reply::new(interface, body)
}

/// A refusal; signed where the platform believes that it talks to the merchant.
fn refused(interface: &'static str, code: &str, text: &str, problems: Vec<String>) -> Reply {
    let mut fields = Fields::new();
    for (name, value) in [("code", code), ("msg", text), ("orgNo", ORG_NO), ("custId", CUST_ID)] {
        fields.insert(name.to_owned(), value.to_owned());
    }
    if problems.is_empty() {
        fields.insert("sign".to_owned(), signature(&fields));
    }
    Reply { problems, ..Reply::new(interface, json!(fields).to_string()) }
}

/// A callback about a payment or a payout (§2.2), as a form.
pub(super) fn callback(trade: &Trade) -> String {
    let is_payout = trade.lane == ZHANGXUN_PAYOUT;
    let mut fields: Fields = [
        ("version", VERSION.to_owned()),
        ("orgNo", ORG_NO.to_owned()),
        ("custId", CUST_ID.to_owned()),
        ("custOrderNo", trade.order_no.clone()),
        ("prdOrdNo", trade.provider_order_no.clone()),
        ("ordAmt", trade.ordered_minor.to_string()),
        ("ordTime", time(trade.created_at)),
        ("payAmt", trade.amount_minor.to_string()),
        ("ordStatus", if is_payout { "07" } else { "01" }.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    fields.insert("sign".to_owned(), signature(&fields));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document's own sample of what is signed (§1.2.3), with its digest computed here.
    #[test]
    fn the_documents_sample_is_signed_as_it_says() {
        let fields = [
            ("backUrl", "http://www.baidu.com"),
            ("custId", CUST_ID),
            ("custOrderNo", "615051705"),
            ("orgNo", ORG_NO),
            ("payAmt", "100"),
            ("payType", "04"),
            ("subPayType", "02"),
            ("version", VERSION),
            ("sign", "not signed"),
            ("empty", ""),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(signature(&fields), "F1D323277E9B840CCA251F9D532F2CC1");
    }
}

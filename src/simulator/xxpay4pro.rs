//! The platform xxpay as the family `xxpay4pro` answers: the codes of the original server, payouts and balance
//! under `/api/agentpay`, refunds that can be asked about, refusals in the server's own English words.
//!
//! Odd: payouts call the merchant's number as payments do, and their answers name neither merchant nor
//! application nor time; callbacks of payments state what the merchant is credited (`income`).

use std::net::SocketAddr;

use serde_json::{Map, Value, json};

use super::platform::{FORM, Fact, Front, LaneTerms, Platform};
use super::world::{Fault, Lane, Trade, TradeStatus, World};
use super::xxpay::{Fields, SYSTEM_ERROR, failed, number, params, plain, signature, signed};
use super::{Asked, Reply};
use crate::status::Kind;

const ACCOUNT: &str = "xxpay4pro-main";
/// What the configuration's `base_url` ends with.
const BASE: &str = "/xxpay4pro";
/// An invented merchant, application and key.
const MCH_ID: &str = "20001333";
const APP_ID: &str = "7c1b5a0d9e3f4b6a8d2c0e4f6a8b9c0d";
const KEY: &str = "demoKeyP";

const PAYMENTS: Lane = Lane::new(ACCOUNT, Kind::Payment, "");
const PAYOUTS: Lane = Lane::new(ACCOUNT, Kind::Payout, "");
const REFUNDS: Lane = Lane::new(ACCOUNT, Kind::Refund, "");

pub(super) const PLATFORM: Platform = Platform {
    provider: "xxpay",
    account: ACCOUNT,
    fronts: &[
        Front::post("/xxpay4pro/api/pay/query_order", |world, asked| {
            answered(world, asked, &PAYMENT)
        }),
        Front::post("/xxpay4pro/api/agentpay/query_order", |world, asked| {
            answered(world, asked, &PAYOUT)
        }),
        Front::post("/xxpay4pro/api/refund/query_order", |world, asked| {
            answered(world, asked, &REFUND)
        }),
        Front::post("/xxpay4pro/api/agentpay/query_balance", answer_balance),
    ],
    lanes: &[
        LaneTerms {
            lane: PAYMENTS,
            weight: 3,
            numbers: |day, count| (format!("X{day}{count:07}"), format!("P02{day}{count:09}")),
            facts: &[Fact::Amount, Fact::Time, Fact::Callbacks],
            says: &[TradeStatus::Unpaid, TradeStatus::Refunded],
            refund_of: None,
        },
        LaneTerms {
            lane: PAYOUTS,
            weight: 1,
            numbers: |day, count| (format!("XG{day}{count:07}"), format!("G02{day}{count:09}")),
            facts: &[Fact::Amount, Fact::Fee, Fact::Callbacks],
            says: &[TradeStatus::Unpaid],
            refund_of: None,
        },
        LaneTerms {
            lane: REFUNDS,
            weight: 1,
            numbers: |day, count| (format!("XR{day}{count:07}"), format!("R02{day}{count:09}")),
            facts: &[Fact::Amount, Fact::Time],
            says: &[TradeStatus::Unpaid],
            refund_of: Some(PAYMENTS),
        },
    ],
    keys: |_| vec![("xxpay4pro.key", KEY.to_owned())],
    settings,
    callback: |trade| (FORM, callback(trade)),
    bill: None,
    states_balance: true,
    clears_first: false,
    is_family: true,
};

fn settings(address: SocketAddr, _: &[Lane]) -> String {
    format!(
        r#"dialect = "xxpay4pro"
base_url = "http://{address}{BASE}"
mch_id = "{MCH_ID}"
app_id = "{APP_ID}"
key = {{ file = "secrets/xxpay4pro.key" }}
balance = true"#
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
    amount: &'static str,
    /// The field of the time of success, where it is stated.
    time: Option<&'static str>,
    /// The fields that a question has besides.
    asks: &'static [&'static str],
    unknown_order: &'static str,
}

const PAYMENT: Form = Form {
    lane: PAYMENTS,
    interface: "/api/pay/query_order",
    own: "payOrderId",
    merchants: "mchOrderNo",
    amount: "amount",
    time: Some("paySuccTime"),
    asks: &["appId", "executeNotify"],
    unknown_order: "支付订单不存在",
};

const PAYOUT: Form = Form {
    lane: PAYOUTS,
    interface: "/api/agentpay/query_order",
    own: "agentpayOrderId",
    merchants: "mchOrderNo",
    amount: "amount",
    time: None,
    asks: &["reqTime"],
    unknown_order: "代付订单不存在",
};

const REFUND: Form = Form {
    lane: REFUNDS,
    interface: "/api/refund/query_order",
    own: "refundOrderId",
    merchants: "mchRefundNo",
    amount: "refundAmount",
    time: Some("refundSuccTime"),
    asks: &["appId"],
    unknown_order: "退款订单不存在",
};

const BALANCE: &str = "/api/agentpay/query_balance";

const UNKNOWN_MERCHANT: &str = "Can't found mchInfo[mchId=20001333] record in db.";

fn answered(world: &World, asked: &Asked<'_>, form: &Form) -> Reply {
    let known: Vec<&str> = [form.own, form.merchants].iter().chain(form.asks).copied().collect();
    let params = match checked(asked, &known) {
        Ok(params) => params,
        Err((text, problem)) => return failed(form.interface, &text, vec![problem]),
    };
    let [own, merchants] =
        [form.own, form.merchants].map(|name| params.get(name).map(plain).unwrap_or_default());
    if own.is_empty() && merchants.is_empty() {
        let names = format!("{} or {}", form.merchants, form.own);
        let text = format!("request params[{names}] error.");
        return failed(form.interface, &text, vec![format!("neither {names} is there")]);
    }
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
    let renotifies = params.get("executeNotify").map(plain).as_deref() == Some("true")
        && trade.status == TradeStatus::Paid;
    let reply = signed(form.interface, KEY, queried(form, trade), trade.fault);
    Reply { renotifies, ..reply.refused_first(trade, SYSTEM_ERROR) }
}

fn answer_balance(world: &World, asked: &Asked<'_>) -> Reply {
    if let Err((text, problem)) = checked(asked, &["reqTime"]) {
        return failed(BALANCE, &text, vec![problem]);
    }
    if world.account_fault(ACCOUNT) == Fault::AccountUnknown {
        return failed(BALANCE, UNKNOWN_MERCHANT, Vec::new());
    }
    let holdings = world.holdings(ACCOUNT);
    let all = holdings.available_minor.saturating_add(holdings.frozen_minor);
    let fields = vec![
        ("mchId", json!(MCH_ID)),
        ("agentpayBalance", json!(all)),
        ("availableAgentpayBalance", json!(holdings.available_minor)),
    ];
    signed(BALANCE, KEY, fields, world.account_fault(ACCOUNT))
}

/// The params of a request, looked at in the order of the server; else the refusal and what is wrong.
fn checked(asked: &Asked<'_>, known: &[&str]) -> Result<Map<String, Value>, (String, String)> {
    let wrong = |text: &str, problem: &str| (text.to_owned(), problem.to_owned());
    let params = params(asked).map_err(|problem| wrong("request params error.", problem))?;
    let text = |name: &str| params.get(name).map(plain).unwrap_or_default();
    match &*text("mchId") {
        MCH_ID => {}
        "" => return Err(wrong("request params[mchId] error.", "mchId is not there")),
        other => {
            let text = format!("Can't found mchInfo[mchId={other}] record in db.");
            return Err((text, format!("mchId is not {MCH_ID}")));
        }
    }
    let app = text("appId");
    if !matches!(&*app, "" | APP_ID) {
        let text = format!("Can't found app[appId={app}] record in db.");
        return Err((text, format!("appId is not {APP_ID}")));
    }
    if text("sign") != signature(&params, KEY) {
        return Err(wrong("Verify XX pay sign failed.", "sign is wrong"));
    }
    let is_known =
        |name: &String| matches!(name.as_str(), "mchId" | "sign") || known.contains(&name.as_str());
    if let Some(name) = params.keys().find(|name| !is_known(name)) {
        let text = format!("request params[{name}] error.");
        return Err((text, format!("params has a field {name} that is not asked for")));
    }
    Ok(params)
}

/// -1 failed, 0 made, 1 under way, 2 paid, 4 given back; of payouts and refunds 3 failed.
fn status(trade: &Trade) -> i64 {
    match trade.status {
        _ if trade.fault == Fault::UnknownStatus => 9,
        TradeStatus::Paid => 2,
        TradeStatus::Failed if trade.lane == PAYMENTS => -1,
        TradeStatus::Failed => 3,
        TradeStatus::Refunded => 4,
        TradeStatus::Unpaid | TradeStatus::Returned | TradeStatus::Held => {
            i64::from(trade.is_even())
        }
    }
}

/// What a query and a callback both say of an order.
fn common(form: &Form, trade: &Trade) -> Fields {
    let order_no = if trade.fault == Fault::AnotherOrder {
        format!("0{}", trade.order_no)
    } else {
        trade.order_no.clone()
    };
    let paid_at = trade.paid_at.map(|at| at.epoch_seconds().saturating_mul(1000));
    let mut fields = vec![
        (form.own, json!(trade.provider_order_no)),
        (form.merchants, json!(order_no)),
        (form.amount, number(trade, trade.amount_minor)),
        ("status", number(trade, status(trade))),
    ];
    if let Some(time) = form.time {
        fields.push((time, paid_at.map_or_else(|| json!(""), |at| json!(at))));
    }
    if trade.lane == PAYOUTS {
        fields.push(("fee", number(trade, trade.fee_minor)));
    } else {
        fields.push(("mchId", json!(MCH_ID)));
        fields.push(("appId", json!(APP_ID)));
    }
    if trade.lane == PAYMENTS {
        fields.push(("productId", number(trade, if trade.is_even() { 8000 } else { 8006 })));
    }
    fields
}

fn queried(form: &Form, trade: &Trade) -> Fields {
    let mut fields = common(form, trade);
    if trade.lane == PAYOUTS {
        fields.push(("transMsg", json!("")));
    } else {
        fields.push(("currency", json!(trade.currency)));
        fields.push(("channelOrderNo", json!(format!("wx{}", trade.order_no))));
    }
    fields
}

/// A callback: the form of any kind; that of a payment also says what the merchant is credited.
fn callback(trade: &Trade) -> String {
    let forms = [&PAYMENT, &PAYOUT, &REFUND].into_iter();
    let form = forms.clone().find(|form| form.lane == trade.lane).unwrap_or(&PAYMENT);
    let mut fields = common(form, trade);
    if trade.lane == PAYMENTS {
        let income = trade.amount_minor.saturating_sub(trade.fee_minor);
        fields.push(("income", number(trade, income)));
    }
    fields.push(("backType", json!(2)));
    let mut fields: Map<String, Value> =
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let sign = signature(&fields, KEY);
    fields.insert("sign".to_owned(), json!(sign));
    let pairs = fields.iter().map(|(name, value)| (name, plain(value)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

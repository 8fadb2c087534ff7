//! Callbacks about payments (001: 快捷支付 §5.5, 网关支付 §5.2, 扫码支付 §10.8).
//!
//! Odd: amounts and counts are integers in some of them, and are signed as what they are.

use serde_json::{Map, Value, json};

use super::{MERCHANT_NO, TERMINAL_NO, compact, scan, signature};
use crate::simulator::sign::{Escapes, php_json};
use crate::simulator::world::{QUICK, SCAN, Trade};

/// The JSON that the platform posts about a paid order.
pub(in crate::simulator) fn callback(trade: &Trade) -> String {
    let body = body(trade);
    // One number for quick and gateway, another for scan (0x0914).
    let command = if trade.lane == SCAN { 2324 } else { 35104 };
    let envelope = json!({
        "CommandID": command,
        "SeqID": 1,
        "NodeType": 3,
        "NodeID": "openplat",
        "Version": "1.0.0",
        "RetCode": 1,
        "ErrorMsg": "",
        "Sign": signature(&body),
        "Body": body,
        "AGENTNO": null,
        "MERNO": MERCHANT_NO,
        "TERMNO": TERMINAL_NO,
    });
    let escaped = trade.is_even();
    php_json(&envelope, Escapes { slashes: escaped, unicode: escaped })
}

fn body(trade: &Trade) -> Map<String, Value> {
    let paid_at = trade.paid_at.unwrap_or(trade.created_at);
    let (amount, number, order_no) =
        (trade.amount_minor, &trade.provider_order_no, &trade.order_no);
    let fields = if trade.lane == SCAN {
        vec![
            ("AMT", json!(amount)),
            ("ORDERNO", json!(number)),
            ("TRDETIME", json!(scan::text(trade.created_at))),
            ("PAYTIME", json!(scan::text(paid_at))),
            ("STATUS", json!("1")),
            ("TRADETYPE", json!("1")),
            ("MERORDERID", json!(order_no)),
        ]
    } else {
        let mut fields = vec![
            ("STATUS", json!("1")),
            ("LIST_ID", json!(number)),
            ("MERORDERID", json!(order_no)),
            ("PAY_DATE", json!(compact(paid_at))),
            ("NOTIFY_DATE", json!(compact(paid_at.plus_seconds(2)))),
            ("AMT", json!(amount.to_string())),
        ];
        if trade.lane == QUICK {
            fields.push(("PUSH_COUNT", json!(1)));
            fields.push(("BANK_NAME", json!("招商银行")));
        } else {
            fields.push(("GOODSNAME", json!("商品 A/B")));
            fields.push(("PAY_CHANNEL", json!("YLBILL-NET-B2C")));
        }
        fields
    };
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

//! mmsp: quick payments and refunds of scans, signed; payouts and the balance, encrypted.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use duizhang::business_day::{BusinessDate, BusinessDay, Timestamp};
use rsa::Pkcs1v15Encrypt;
use serde_json::{Value, json};

use super::super::world::{MMSP_PAYOUT, Order, PlatformState, QUICK, SCAN_REFUND, date_of};
use super::{Asked, KEY, Noise, compact, md5_hex, paid_at, pair};

/// 001, 快捷支付 §5.7 and §5.9: one order, or what succeeded on some days. A listing has paid ones only.
pub(super) fn openapi(asked: &Asked<'_>) -> String {
    let request: Value = serde_json::from_slice(asked.body).unwrap();
    let text = |name: &str| request["Body"][name].as_str().unwrap_or_default();
    let row = |order: &Order, standing: PlatformState, second: bool| {
        let (status, error) = match standing {
            PlatformState::Pending => ("0", Some(("AA", "pending"))),
            PlatformState::Paid => ("1", None),
            PlatformState::Failed | PlatformState::Returned => ("2", Some(("D4", "closed"))),
            PlatformState::Refunded => ("3", Some(("00", "ok"))),
        };
        let at = if second { order.again } else { paid_at(order, standing) };
        let mut row = json!({
            "STATUS": status, "LIST_ID": order.own_no(second), "MERORDERID": order.no,
            "PAY_DATE": at.map(compact).unwrap_or_default(),
            "NOTIFY_DATE": at.map(compact).unwrap_or_default(),
            "AMT": order.paid.to_string(), "CARDNO": "6225****6648", "CARDTYPE": "1", "BIND_ID": "",
        });
        if let Some((code, text)) = error {
            row["ERRCODE"] = json!(code);
            row["ERRMSG"] = json!(text);
        }
        row
    };
    let body = if request["CommandID"] == 773 {
        asked.order(QUICK, text("MERORDERID")).map(|(order, standing)| row(order, standing, false))
    } else if request["CommandID"] == 2313 {
        // 001, 扫码支付 §10.7: accepted or failed, and when it was asked for.
        asked.order(SCAN_REFUND, text("REFUND_MERORDERID")).map(|(order, standing)| {
            json!({
                "REFUND_ORDERNO": order.own_no(false), "AMT": order.paid.to_string(),
                "REFUND_TIME": BusinessDay::BEIJING.text(order.created),
                "STATUS": if standing == PlatformState::Failed { "2" } else { "1" },
                "REFUND_MERORDERID": order.no,
            })
        })
    } else {
        let date =
            |name: &str| BusinessDate::from_number(text(name)[..8].parse().unwrap()).unwrap();
        let (from, to) = (date("START_DATE"), date("END_DATE"));
        let mut listed: Vec<(Timestamp, Value)> = Vec::new();
        for order in asked.world.orders().filter(|order| order.lane == QUICK) {
            let first =
                order.standing(asked.now).filter(|standing| *standing == PlatformState::Paid);
            let first = first.and(order.paid_at()).map(|at| (at, false));
            let second = order.again.filter(|at| *at <= asked.now).map(|at| (at, true));
            for (at, second) in first.into_iter().chain(second) {
                if (from..=to).contains(&date_of(at)) {
                    listed.push((at, row(order, PlatformState::Paid, second)));
                }
            }
        }
        listed.sort_by_key(|(at, row)| (*at, row["LIST_ID"].to_string()));
        let number = |name: &str| text(name).parse::<usize>().unwrap();
        let (per_page, page) = (number("PERPAGE"), number("PAGE"));
        let total = listed.len();
        let rows: Vec<Value> = listed.into_iter().map(|(_, row)| row).collect();
        let rows: Vec<Value> =
            rows.into_iter().skip((page - 1) * per_page).take(per_page).collect();
        Some(json!({
            "STATUS": if rows.is_empty() { "0" } else { "1" }, "ERRCODE": "", "ERRMSG": "",
            "BIZ_CONTENT": rows, "PERPAGE": per_page.to_string(), "PAGE": page.to_string(),
            "TOTAL_NUM": total.to_string(), "TOTAL_PAGE": total.div_ceil(per_page).to_string(),
        }))
    };
    let sorted = |body: &Value| {
        let fields: BTreeMap<&String, &Value> = body.as_object().unwrap().iter().collect();
        serde_json::to_string(&fields).unwrap()
    };
    let sign = body.as_ref().map(|body| md5_hex(&format!("{}&key={KEY}", sorted(body))));
    let found = body.is_some();
    json!({
        "CommandID": if found { request["CommandID"].as_i64().unwrap() + 0x8000 } else { 0x8000 },
        "SeqID": request["SeqID"], "NodeType": request["NodeType"], "NodeID": request["NodeID"],
        "Version": "1.0.0", "RetCode": i32::from(found),
        "ErrorMsg": if found { "" } else { "[-2002] 没有该订单" },
        "Body": body.unwrap_or(json!("")), "Sign": sign.unwrap_or_default().to_uppercase(),
        "AGENTNO": null, "MERNO": "001440353999853", "TERMNO": "84970001",
    })
    .to_string()
}

/// 001, 代付 §5.2 and §5.3: encrypted to the merchant and signed by nobody. State 4 is 退汇.
pub(super) fn payapi(asked: &Asked<'_>) -> String {
    let outer: Value = serde_json::from_slice(asked.body).unwrap();
    let encrypted = STANDARD.decode(outer["ENCRYPT"].as_str().unwrap()).unwrap();
    let blocks = encrypted.chunks(128).map(|block| pair().decrypt(Pkcs1v15Encrypt, block).unwrap());
    let request: Value = serde_json::from_slice(&blocks.collect::<Vec<_>>().concat()).unwrap();
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let plain = if text("CMDID") == "4099" {
        json!({
            "MERNO": "001440353999853", "RSPTIME": text("REQTIME"),
            "ACCINFO": [{
                "ACCSTATUS": "1", "BALANCE": "0", "BALANCEPAY": asked.holds("mmsp"),
                "ADVANCEPAY": "0", "FREEZEBAL": "0", "ISCHARGE": "2", "MERTYPE": "1",
                "CHLNO": "1001", "CHLMERNO": "881001",
            }],
        })
    } else {
        let Some((order, standing)) = asked.order(MMSP_PAYOUT, text("ORDERNO")) else {
            return json!({"RETCODE": "1028", "RETMSG": "商户付款订单号不存在"}).to_string();
        };
        let state = match standing {
            PlatformState::Pending => "2",
            PlatformState::Paid | PlatformState::Refunded => "1",
            PlatformState::Failed => "3",
            PlatformState::Returned => "4",
        };
        json!({
            "PAYSTATE": state, "ACCNAME": "张三", "AMT": order.paid.to_string(), "CURTYPE": "1",
            "BSORDERNO": order.own_no(false), "ORDERNO": order.no, "MERNO": "001440353999853",
            "ACCNO": "6225123456781234", "DESC": "", "BUSITYPE": "001", "MEMO": "",
            "RSPTIME": compact(asked.now),
        })
    };
    let (key, text) = (pair().to_public_key(), plain.to_string());
    let pieces = text.as_bytes().chunks(117);
    let sealed = pieces.map(|piece| key.encrypt(&mut Noise(7), Pkcs1v15Encrypt, piece).unwrap());
    let sealed = STANDARD.encode(sealed.collect::<Vec<_>>().concat());
    json!({"RETCODE": "0000", "RETMSG": "", "ENCRYPT": sealed}).to_string()
}

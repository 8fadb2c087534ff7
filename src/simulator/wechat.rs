//! A platform that the merchant knows by its bill alone: the trade bill (form ALL, 27 columns) that
//! `WeChat` Pay's portal exports for a day. No interface, no key.
//!
//! Odd: every value begins with a backtick and nothing is quoted, commas in the name of the goods included;
//! fees have five decimals; the totals are the last two lines.

use std::io;

use super::platform::{Bill, FORM, Fact, LaneTerms, Platform};
use super::world::{Lane, Trade};
use crate::business_day::{BusinessDate, BusinessDay};
use crate::money::yuan;
use crate::status::Kind;

/// The account's name.
pub(in crate::simulator) const ACCOUNT: &str = "wechat-main";
/// An invented merchant number.
const MCH_ID: &str = "1900000109";

const PAYMENTS: Lane = Lane::new(ACCOUNT, Kind::Payment, "");

pub(super) const PLATFORM: Platform = Platform {
    provider: "file",
    account: ACCOUNT,
    fronts: &[],
    lanes: &[LaneTerms {
        lane: PAYMENTS,
        weight: 0,
        numbers: |day, count| (format!("WX{day}{count:07}"), format!("42000000{day}{count:012}")),
        facts: &[Fact::BilledAmount, Fact::BilledFee],
        says: &[],
        refund_of: None,
    }],
    keys: |_| Vec::new(),
    settings: |_, _| format!("title = \"微信支付-示例店\"\nmerchant_no = \"{MCH_ID}\""),
    callback: |_| (FORM, String::new()),
    bill: Some(Bill::File {
        ending: "csv",
        settings: "layout = \"wechatpay-trade\"\n",
        export: |trades, _: BusinessDate| -> io::Result<Vec<u8>> { Ok(csv(trades)) },
    }),
    states_balance: false,
    clears_first: false,
    is_family: false,
};

const HEADER: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,\
                      交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,\
                      退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,\
                      申请退款金额,费率备注";
const TOTALS: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,\
                      申请退款总金额";

/// The bill of a day, in UTF-8 with a byte order mark.
fn csv(trades: &[&Trade]) -> Vec<u8> {
    let mut lines = vec![format!("\u{feff}{HEADER}")];
    lines.extend(trades.iter().map(|trade| row(trade)));
    let sum = |value: fn(&Trade) -> i64| {
        yuan(trades.iter().fold(0_i64, |sum, trade| sum.saturating_add(value(trade))))
    };
    let (amount, fee) = (sum(|trade| trade.amount_minor), sum(|trade| trade.fee_minor));
    let count = trades.len();
    lines.push(TOTALS.to_owned());
    lines.push(format!("`{count},`{amount},`0.00,`0.00,`{fee}000,`{amount},`0.00"));
    (lines.join("\r\n") + "\r\n").into_bytes()
}

fn row(trade: &Trade) -> String {
    let paid_at = trade.paid_at.map(|at| BusinessDay::BEIJING.text(at)).unwrap_or_default();
    let (amount, fee) = (yuan(trade.amount_minor), yuan(trade.fee_minor));
    let (own, order_no) = (&trade.provider_order_no, &trade.order_no);
    format!(
        "`{paid_at},`wx0000000000000000,`{MCH_ID},`0,`,`{own},`{order_no},`oDEMO,`JSAPI,`SUCCESS,`OTHERS,`CNY,\
         `{amount},`0.00,`0,`0,`0.00,`0.00,`,`,`示例商品,大份,`{{\"shop\":1,\"table\":2}},`{fee}000,`0.38%,\
         `{amount},`0.00,`"
    )
}

//! The bill that lhxpay's portal exports for a day, and how the merchant reads it. The document says
//! nothing of it: it has the shape that such exports have.
//!
//! Odd: GB18030, titles above the header and totals below the rows, a tab behind every long number, and
//! personal data (invented) that nobody asked for. It says what the query does not: how much, when, and
//! the platform's own number.

use crate::business_day::{BusinessDate, BusinessDay};
use crate::money::yuan;
use crate::simulator::world::{Trade, party};
use crate::status::Kind;

/// `[account.statement]` below the name of the file.
pub(in crate::simulator) const SETTINGS: &str = r#"
[account.statement.columns]
order_no = "商户订单号"
provider_order_no = "平台订单号"
kind = "业务类型"
status = "交易状态"
amount = "交易金额(元)"
fee = "手续费(元)"
paid_at = "完成时间"

[account.statement.kinds]
"支付" = "payment"
"代付" = "payout"

[account.statement.statuses]
"成功" = "succeeded"

[account.statement.totals]
"总笔数" = "count"
"交易总金额" = "amount"
"手续费总金额" = "fee"
"#;

const HEADER: &str = "商户订单号,平台订单号,业务类型,交易状态,交易金额(元),手续费(元),完成时间,\
                      对方姓名,对方账号,备注";
const RULE: &str = "#--------------------------------------------------";

/// The bill of a date, in GB18030.
pub(in crate::simulator) fn csv(trades: &[&Trade], date: BusinessDate) -> Vec<u8> {
    let period = format!("#起始日期：[{date} 00:00:00]   终止日期：[{date} 23:59:59]");
    let sum = |value: fn(&Trade) -> i64| {
        yuan(trades.iter().fold(0_i64, |sum, trade| sum.saturating_add(value(trade))))
    };
    let mut lines = vec!["#商户对账单".to_owned(), period, HEADER.to_owned()];
    lines.extend(trades.iter().map(|trade| row(trade)));
    lines.extend([
        RULE.to_owned(),
        format!("#总笔数：{}笔", trades.len()),
        format!("#交易总金额：{}元", sum(|trade| trade.amount_minor)),
        format!("#手续费总金额：{}元", sum(|trade| trade.fee_minor)),
        format!("#导出时间：[{} 00:31:07]", date.plus_days(1)),
    ]);
    let text = lines.join("\r\n") + "\r\n";
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

fn row(trade: &Trade) -> String {
    let word = match trade.lane.kind {
        Kind::Payment => "支付",
        Kind::Payout => "代付",
        Kind::Refund => "退款",
    };
    let party = party(trade);
    [
        &*format!("{}\t", trade.order_no),
        &format!("{}\t", number(trade)),
        word,
        "成功",
        &yuan(trade.amount_minor),
        &yuan(trade.fee_minor),
        &trade.paid_at.map(|at| BusinessDay::BEIJING.text(at)).unwrap_or_default(),
        &party.name,
        &format!("{}\t", party.card),
        "",
    ]
    .join(",")
}

/// The platform's own number, which only its portal shows: longer than what a spreadsheet keeps.
fn number(trade: &Trade) -> String {
    let kind = if trade.lane.kind == Kind::Payout { "89" } else { "88" };
    let digits = trade.order_no.chars().filter(char::is_ascii_digit);
    kind.chars().chain(digits).collect()
}

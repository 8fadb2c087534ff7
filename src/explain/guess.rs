//! What a file's own names and words usually mean: only ever offered to a person, never imported by.

use crate::config::RowKind;
use crate::status::{MerchantStatus, ProviderStatus};
use crate::text::folded;

/// Names under which bills have our columns, beside those of orders; the likelier one first.
const BILL_NAMES: [(&str, &[&str]); 13] = [
    (
        "order_no",
        &[
            "商户订单号",
            "商户单号",
            "商家订单号",
            "外部订单号",
            "订单号",
            "流水号",
            "交易流水号",
            "reference",
            "merchant reference",
            "source_id",
        ],
    ),
    (
        "provider_order_no",
        &[
            "微信订单号",
            "支付宝交易号",
            "平台订单号",
            "渠道订单号",
            "业务流水号",
            "微信支付业务单号",
            "psp reference",
            "balance_transaction_id",
            "transaction id",
        ],
    ),
    ("refund_no", &["商户退款单号", "退款单号", "退款批次号/请求号"]),
    ("provider_refund_no", &["微信退款单号"]),
    ("kind", &["交易类型", "业务类型", "收支类型", "类型", "摘要", "交易状态", "type"]),
    ("status", &["退款状态", "订单状态", "支付状态", "交易状态", "状态", "status"]),
    (
        "amount",
        &[
            "应结订单金额",
            "交易金额(元)",
            "交易金额",
            "订单金额(元)",
            "订单金额",
            "金额",
            "gross",
            "amount",
        ],
    ),
    ("refund_amount", &["退款金额"]),
    ("fee", &["手续费(元)", "手续费", "服务费(元)", "服务费", "fee"]),
    (
        "paid_at",
        &[
            "完成时间",
            "交易完成时间",
            "支付时间",
            "入账时间",
            "记账时间",
            "发生时间",
            "交易时间",
            "交易日期",
            "时间",
            "created_utc",
            "creation date",
        ],
    ),
    ("currency", &["货币种类", "币种", "币别", "currency"]),
    ("settlement_date", &["结算日期", "清算日期"]),
    ("product", &[]),
];

/// Names of the column of what comes in, and of what goes out.
const IN_NAMES: [&str; 8] =
    ["收入金额(+元)", "收入金额", "收入", "贷方发生额", "贷方金额", "贷方", "credit", "net_credit"];
const OUT_NAMES: [&str; 8] =
    ["支出金额(-元)", "支出金额", "支出", "借方发生额", "借方金额", "借方", "debit", "net_debit"];

/// Names of a date and of the time of day that stand apart.
const APART: [(&str, &str); 4] =
    [("交易日期", "交易时间"), ("日期", "时间"), ("date", "time"), ("记账日期", "记账时间")];

/// The name in a bill's header that most likely is our column.
pub(super) fn bill_column<'n>(ours: &str, names: &'n [String]) -> Option<&'n String> {
    let usual = BILL_NAMES.iter().find(|(column, _)| *column == ours);
    usual.and_then(|(_, usual)| usual.iter().find_map(|usual| named(usual, names)))
}

/// The names of the columns of what comes in and of what goes out, where a header has both.
pub(super) fn pair(names: &[String]) -> Option<[&String; 2]> {
    let first = |usual: &[&str]| usual.iter().find_map(|usual| named(usual, names));
    Some([first(&IN_NAMES)?, first(&OUT_NAMES)?])
}

/// The names of a date and of a time of day that stand apart.
pub(super) fn apart(names: &[String]) -> Option<[&String; 2]> {
    APART.iter().find_map(|(date, time)| Some([named(date, names)?, named(time, names)?]))
}

fn named<'n>(usual: &str, names: &'n [String]) -> Option<&'n String> {
    let usual = folded(usual);
    names.iter().find(|name| folded(name) == usual)
}

/// What a row of this kind usually is.
pub(super) fn row_kind(word: &str) -> Option<RowKind> {
    const WORDS: [(RowKind, &[&str]); 7] = [
        (
            RowKind::Payment,
            &[
                "支付",
                "收款",
                "消费",
                "付款成功",
                "交易",
                "在线支付",
                "订单支付",
                "收入",
                "success",
                "pay",
                "payment",
                "charge",
                "sale",
                "settled",
                "expresscheckoutpayment",
            ],
        ),
        (RowKind::Refund, &["退款", "交易退款", "订单退款", "refund", "refunded", "paymentrefund"]),
        (RowKind::Payout, &["代付", "转账", "付款", "企业付款", "transfer"]),
        (
            RowKind::Settlement,
            &["提现", "结算", "出款", "withdraw", "withdrawal", "payout", "merchantpayout"],
        ),
        (RowKind::TopUp, &["充值", "转入", "top-up", "topup", "deposit"]),
        (RowKind::Adjustment, &["调账", "冲正", "差错调整", "adjustment", "chargeback", "拒付"]),
        (RowKind::Ignored, &["手续费", "服务费", "收费", "fee", "stripe_fee"]),
    ];
    found(&WORDS, word)
}

/// What a merchant's order of this status usually is.
pub(super) fn merchant_status(word: &str) -> Option<MerchantStatus> {
    const WORDS: [(MerchantStatus, &[&str]); 5] = [
        (
            MerchantStatus::Succeeded,
            &[
                "已支付",
                "支付成功",
                "交易成功",
                "成功",
                "已完成",
                "已付款",
                "已收款",
                "已发货",
                "待发货",
                "paid",
                "success",
                "succeed",
                "completed",
                "complete",
                "trade_success",
                "trade_finished",
            ],
        ),
        (
            MerchantStatus::Pending,
            &[
                "待支付",
                "未支付",
                "待付款",
                "支付中",
                "处理中",
                "unpaid",
                "processing",
                "wait_buyer_pay",
                "created",
            ],
        ),
        (
            MerchantStatus::Closed,
            &[
                "已关闭",
                "已取消",
                "交易关闭",
                "交易取消",
                "cancelled",
                "canceled",
                "close",
                "trade_closed",
            ],
        ),
        (MerchantStatus::Failed, &["失败", "支付失败", "交易失败", "fail", "error"]),
        (MerchantStatus::Refunded, &["已退款", "全额退款", "退款成功", "refund"]),
    ];
    found(&WORDS, word)
}

/// What a provider's row of this status usually is.
pub(super) fn provider_status(word: &str) -> Option<ProviderStatus> {
    const WORDS: [(ProviderStatus, &[&str]); 4] = [
        (
            ProviderStatus::Succeeded,
            &[
                "成功",
                "支付成功",
                "交易成功",
                "已支付",
                "已完成",
                "退款成功",
                "success",
                "succeed",
                "paid",
                "completed",
                "available",
            ],
        ),
        (ProviderStatus::Pending, &["处理中", "退款中", "待支付", "processing", "pending"]),
        (
            ProviderStatus::Failed,
            &["失败", "支付失败", "交易失败", "退款失败", "fail", "closed", "已关闭", "change"],
        ),
        (ProviderStatus::Refunded, &["已退款", "已全额退款", "refund"]),
    ];
    found(&WORDS, word)
}

/// The word that stands for all that begin as this one does, where an amount stands behind it:
/// `已退款*` for `已退款(￥5.00)`.
pub(super) fn starred(word: &str) -> Option<String> {
    let start = word.find(['(', '（', '￥', '¥'])?;
    let start = word.get(..start)?.trim();
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    (has_digit && !start.is_empty()).then(|| format!("{start}*"))
}

fn found<T: Copy>(words: &[(T, &[&str])], word: &str) -> Option<T> {
    let word = folded(word);
    words.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(ours, _)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_words_are_guessed_and_others_are_left_to_people() {
        assert_eq!(row_kind("交易退款"), Some(RowKind::Refund));
        assert_eq!(row_kind(" REFUND "), Some(RowKind::Refund));
        assert_eq!(row_kind("红包"), None);
        assert_eq!(merchant_status("已支付"), Some(MerchantStatus::Succeeded));
        assert_eq!(provider_status("SUCCESS"), Some(ProviderStatus::Succeeded));
        assert_eq!(merchant_status("?"), None);
        assert_eq!(starred("已退款(￥5.00)"), Some("已退款*".to_owned()));
        assert_eq!((starred("已退款"), starred("(5.00)")), (None, None));
    }

    #[test]
    fn usual_names_are_found_in_any_width() {
        let names = ["交易日期", "交易时间", "借方发生额", "贷方发生额", "流水号", "手续费（元）"]
            .map(str::to_owned);
        assert_eq!(pair(&names), Some([&names[3], &names[2]]));
        assert_eq!(apart(&names), Some([&names[0], &names[1]]));
        assert_eq!(bill_column("order_no", &names), Some(&names[4]));
        assert_eq!(bill_column("fee", &names), Some(&names[5]));
        assert_eq!(bill_column("refund_no", &names), None);
    }
}

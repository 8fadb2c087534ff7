//! The closed lists in words. In English files the codes of the contract stand as they are; the
//! Chinese words stand here, beside the values that they mean, and go back to them.

use crate::balance::{BalancePart, TermKind};
use crate::config::Language;
use crate::discrepancy::pattern::PatternKind;
use crate::discrepancy::{Direction, DiscrepancyType, Reason, Severity, State};
use crate::order::{Origin, RejectionReason};
use crate::rules::bank::BankState;
use crate::rules::bridge::BridgeLineKind;
use crate::rules::settlement::SettlementState;
use crate::status::{Coverage, Kind, MerchantStatus, ProviderStatus, Verdict};

/// A value of a closed list that a report puts into words.
pub trait Word: Copy + 'static {
    /// The word in a language: in English its code.
    fn word(self, language: Language) -> &'static str;

    /// The value of a word, in either language.
    fn from_word(word: &str) -> Option<Self>;
}

/// Behind a word may stand those that earlier reports have for the same: they are read, never written.
macro_rules! words {
    ($($name:ident { $($variant:ident = $zh:literal $(| $former:literal)*,)+ })+) => { $(
        impl $crate::wording::Word for $name {
            fn word(self, language: $crate::config::Language) -> &'static str {
                use $crate::config::Language;
                match (language, self) {
                    (Language::En, _) => self.code(),
                    $((Language::Zh, Self::$variant) => $zh,)+
                }
            }

            fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($zh $(| $former)* => Some(Self::$variant),)+
                    _ => Self::from_code(word),
                }
            }
        }
    )+ };
}

words! {
    DiscrepancyType {
        MissingAtMerchant = "商户漏单(渠道有、商户无)",
        MissingAtProvider = "渠道漏单(商户有、渠道无)",
        PaidOnlyAtProvider = "掉单(渠道成功、商户未记)",
        PaidOnlyAtMerchant = "状态不符(商户已记、渠道未成功)",
        StillPending = "未完成(尚无结果)",
        Unproved = "渠道应答未核实" | "渠道未证实",
        StatusMismatch = "状态不符(不涉金额)",
        RefundedOnlyAtProvider = "仅渠道已退款",
        RefundedOnlyAtMerchant = "仅商户已退款",
        Held = "渠道调查中",
        CurrencyMismatch = "币种不符",
        AmountMismatch = "金额不符",
        FeeMismatch = "手续费不符",
        OverRefund = "超额退款",
        DuplicateAtMerchant = "商户重复记录",
        DuplicateAtProvider = "渠道重复记录",
        PaidTwice = "重复支付",
        CrossDay = "跨日",
        BalanceMismatch = "余额不符",
        RefusedAtMerchant = "商户行被拒收(渠道有、商户行无法读取)",
        SettlementMismatch = "结算不符",
    }
    PatternKind {
        WholeStream = "整户缺失",
        Factor100 = "金额单位差 100 倍",
        ConstantDifference = "金额相差固定数",
        CallbackOutage = "回调中断",
        CutOff = "日切前后",
        OneProduct = "集中于一个产品",
    }
    Direction {
        ProviderMore = "渠道多",
        ProviderLess = "渠道少",
        None = "无",
    }
    State {
        Timing = "在途",
        Open = "待处理",
        Suspense = "挂账",
        Resolved = "已处理",
        WrittenOff = "已核销",
    }
    Severity {
        Low = "低",
        Medium = "中",
        High = "高",
        Critical = "紧急",
    }
    Kind {
        Payment = "支付",
        Payout = "代付",
        Refund = "退款",
    }
    MerchantStatus {
        Pending = "处理中",
        Succeeded = "成功",
        Failed = "失败",
        Closed = "已关闭",
        Refunded = "已退款",
    }
    ProviderStatus {
        NotFound = "查无此单",
        Unproved = "未证实",
        Pending = "处理中",
        Succeeded = "成功",
        Failed = "失败",
        Refunded = "已退款",
        Returned = "已退回",
        Held = "调查中",
    }
    Verdict {
        Complete = "核对完整",
        ProvedEmpty = "经核实当日无交易" | "已证实无交易",
        Incomplete = "核对不完整",
        NotReady = "渠道数据未就绪",
        Failed = "核对失败",
        Unasked = "无从核对",
    }
    Coverage {
        TwoSided = "双向",
        OneSided = "单向(只查商户订单)",
        StatusOnly = "仅状态(渠道不报金额)",
    }
    Reason {
        Agreed = "双方已一致",
        OrderCompleted = "补单",
        Refunded = "退款",
        Adjusted = "调账",
        Reversed = "冲正",
        Explained = "核实无误",
        TestOrder = "测试订单",
        ProviderCorrected = "渠道更正",
        Suspense = "挂账",
        WrittenOff = "核销",
        Reopened = "重新打开",
        Other = "其他",
        Gone = "该差异已消失",
    }
    SettlementState {
        Expected = "待到账",
        Settled = "已结",
        Mismatch = "不符",
        InTransit = "在途",
        NothingDue = "无应结",
        Undated = "结算日不明",
    }
    BankState {
        Expected = "待到账",
        Received = "已到账",
        ReceivedOfSeveral = "已到账(同额多笔，未逐笔认定)",
        Mismatch = "不符",
        Unproved = "银行对账单不全，未核",
        Returned = "已退回",
    }
    BalancePart {
        Available = "可用余额",
        Frozen = "冻结金额",
        Pending = "待清算金额",
        Advance = "垫资可用额度(不计入)",
        Takings = "当日收款(D0 垫资可用，零点转待清算)",
    }
    TermKind {
        AccountState = "账户状态",
        MerchantType = "商户类型",
        SettleCycle = "清算周期",
        SettleAt = "清算时间",
        Booked = "是否记账",
        PayoutMin = "单笔代付下限",
        PayoutMax = "单笔代付上限",
        PayoutFrom = "代付开始时间",
        PayoutUntil = "代付结束时间",
        HolidayPayout = "节假日出款",
    }
    BridgeLineKind {
        Opening = "期初余额",
        Payments = "收款" | "加：收款",
        Refunds = "退款" | "减：退款",
        MerchantOnlyRefunds = "退款(渠道无法查询，按商户记录)" | "减：退款(渠道无法查询，按商户记录)",
        GivenBack = "整笔退回" | "减：整笔退回",
        Fees = "手续费" | "减：手续费",
        Payouts = "代付" | "减：代付",
        PayoutFees = "代付手续费" | "减：代付手续费",
        Returned = "代付退回" | "加：代付退回",
        FailedRefunds = "退款失败退回" | "加：退款失败退回",
        Settlements = "结算到银行" | "减：结算到银行",
        TopUps = "充值" | "加：充值",
        Adjustments = "调整",
        OtherFees = "其他手续费(非订单)",
        Chargebacks = "拒付(付款行退回)",
        Reserves = "保证金(扣留或释放)",
        Expected = "期末应有余额",
        Closing = "期末余额(渠道)",
        BalanceGap = "余额差额",
    }
    Origin {
        Unknown = "导入文件",
        Orders = "商户订单",
        Listing = "渠道交易列表",
        Statement = "渠道对账单",
        Movements = "资金变动文件",
        Notifications = "回调记录",
    }
    RejectionReason {
        Missing = "必填项为空",
        NotANumber = "不是数字",
        Scientific = "科学计数法，位数已被 Excel 破坏，请改用原始文件",
        TooPrecise = "小数位数超过允许",
        TooLarge = "数值过大",
        Negative = "金额为负；收付方向由业务类型表示",
        NotATime = "不是可识别的时间",
        UnknownWord = "不是该列允许的值",
        UnknownAccount = "配置中没有这个账户",
        UnknownProduct = "该账户没有这个产品",
        WrongColumnCount = "列数与表头不一致",
        NotText = "含有无法按文件编码识别的字节",
        Currency = "不是币种代码",
        NotAnOrderNumber = "不是有效的订单号",
        NoDate = "支付时间和创建时间都为空，无法确定账期日",
        InTheFuture = "时间晚于导入时刻",
        BrokenQuote = "引号没有成对，无法确定这一行到哪里结束",
        WrongSign = "金额的正负与配置的收付方向不符",
        TooEarly = "早于 2000 年的时间，请核对原文件",
        Hidden = "Excel 因列宽不足存成了 ####，请调宽该列后重新保存",
        NoFormulaValue = "公式没有计算结果，请用 Excel 打开并保存后重新导入",
        TotalDiffers = "合计与明细不符，行可能缺失，请核对原文件后重新导入",
        AnotherDay = "日期不在所查询的账期内",
        NotACallback = "不是可识别的渠道回调",
        BadSignature = "回调没有签名或验签不通过，不予采信",
        NotForThisAccount = "不是该账户的回调",
        Unreadable = "渠道应答中的字段与其接口文档不符",
    }
}

pub(crate) use words;

/// The word for a merchant that has no such order.
pub const fn absent(language: Language) -> &'static str {
    match language {
        Language::Zh => "无记录",
        Language::En => "absent",
    }
}

/// The word for a total over kinds or products.
pub const fn total(language: Language) -> &'static str {
    match language {
        Language::Zh => "合计",
        Language::En => "total",
    }
}

/// The word for a business date on which an account was not reconciled.
pub const fn not_reconciled(language: Language) -> &'static str {
    match language {
        Language::Zh => "没有对账",
        Language::En => "not_reconciled",
    }
}

/// The product as people call it; an unknown one as it is.
pub fn product(code: &str, language: Language) -> &str {
    match language {
        Language::Zh => zh_of(PRODUCTS, code),
        Language::En => code,
    }
}

/// What an account's provider is called; one that stands for its own name as it is.
pub fn provider(id: &str, language: Language) -> &str {
    if id == crate::provider::file::REGISTRATION.id {
        language.pick("仅账单", "bill only")
    } else {
        id
    }
}

/// The code of a product's word, in either language.
pub fn product_code(word: &str) -> &str {
    code_of(PRODUCTS, word)
}

/// How a discrepancy was resolved, in words; an unknown code as it is.
pub fn resolution(code: &str, language: Language) -> &str {
    Reason::from_code(code).map_or(code, |reason| reason.word(language))
}

type Words = &'static [(&'static str, &'static str)];

const PRODUCTS: Words = &[
    ("quick", "快捷"),
    ("gateway", "网关"),
    ("scan", "扫码"),
    ("payout", "代付"),
    ("?", "支付方式未说明"),
];

fn zh_of(words: Words, code: &str) -> &str {
    words.iter().find(|(known, _)| *known == code).map_or(code, |(_, zh)| zh)
}

fn code_of(words: Words, word: &str) -> &str {
    words.iter().find(|(_, zh)| *zh == word).map_or(word, |(code, _)| code)
}

/// Tries that every word of a closed list goes back to its value, and means nothing else.
#[cfg(test)]
pub(crate) fn check<T: Word + std::fmt::Debug + PartialEq>(all: &[T]) {
    let mut seen = std::collections::BTreeSet::new();
    for value in all {
        for language in [Language::Zh, Language::En] {
            let word = value.word(language);
            assert_eq!(T::from_word(word), Some(*value), "{word}");
            assert!(seen.insert(word), "{word} means two things");
            let bare = matches!(word, "长款" | "短款" | "平台长款" | "平台短款");
            assert!(!bare, "{word} has two opposite meanings in the field");
        }
    }
    assert!(T::from_word("something else").is_none());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_goes_back_to_its_value() {
        check(DiscrepancyType::ALL);
        check(PatternKind::ALL);
        check(Direction::ALL);
        check(State::ALL);
        check(Severity::ALL);
        check(Kind::ALL);
        check(MerchantStatus::ALL);
        check(ProviderStatus::ALL);
        check(Verdict::ALL);
        check(Coverage::ALL);
        check(RejectionReason::ALL);
        check(Origin::ALL);
        check(Reason::ALL);
        check(SettlementState::ALL);
        check(BankState::ALL);
        check(BalancePart::ALL);
        check(TermKind::ALL);
        check(BridgeLineKind::ALL);
    }

    #[test]
    fn open_lists_pass_what_they_do_not_know() {
        assert_eq!(product("quick", Language::Zh), "快捷");
        assert_eq!(product("quick", Language::En), "quick");
        assert_eq!(product("", Language::Zh), "");
        assert_eq!(product_code("扫码"), "scan");
        assert_eq!(resolution("order_completed", Language::Zh), "补单");
        assert_eq!(resolution("cashback", Language::Zh), "cashback");
    }
}

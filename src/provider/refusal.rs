//! What the words of a refusal say: whether it is the order that a platform does not have, or what
//! else stands between us and its answers.

crate::status::coded! {
    /// What a refusal is about: who has to put what right.
    RefusalKind {
        /// Key or signature: what we sign with is not what the platform verifies with.
        Key = 1, "key";
        /// Our address is not on the platform's white list.
        WhiteList = 2, "white_list";
        /// Our clock and the platform's are too far apart.
        Clock = 3, "clock";
        /// The merchant's account there: unknown number, not activated, no right to this interface.
        Account = 4, "account";
        /// The question's content: a number, a version or a field that the platform does not take.
        Settings = 5, "settings";
        /// The platform's own trouble: it will pass, or the platform has to be called.
        Platform = 6, "platform";
        /// No such order: the way is open.
        NoSuchOrder = 7, "no_such_order";
        /// Either no such order or no such account: the platform answers both alike.
        OrderOrAccount = 8, "order_or_account";
        /// The answer leaves it open.
        Unclear = 9, "unclear";
    }
}

/// What platforms say, by what it is about; the first group of which one word occurs decides.
///
/// A wrong address, signature or time is named as such; "参数错误" beside it says nothing more.
/// English words are those that `XxPay`'s own server and lhxpay say.
const WORDS: [(RefusalKind, &[&str]); 6] = [
    (
        RefusalKind::WhiteList,
        &["白名单", "ip地址", "非法ip", "来源ip", "ip不", "ip未", "ip受限", "whitelist"],
    ),
    (RefusalKind::Clock, &["时间戳", "请求过期", "请求已过期", "请求时间", "timestamp"]),
    (
        RefusalKind::Key,
        &[
            "签名",
            "验签",
            "密钥",
            "秘钥",
            "证书",
            "解密",
            "加密",
            "signature",
            "sign_error",
            "sign error",
            "sign fail",
            "verify sign",
            "wrong sign",
        ],
    ),
    (
        RefusalKind::Account,
        &[
            "未激活",
            "未开通",
            "未启用",
            "已停用",
            "已禁用",
            "被冻结",
            "无权限",
            "没有权限",
            "未授权",
            "未配置",
        ],
    ),
    (
        RefusalKind::Platform,
        &[
            "系统",
            "繁忙",
            "稍后",
            "维护",
            "超时",
            "网络",
            "通讯异常",
            "busy",
            "timeout",
            "maintenance",
        ],
    ),
    (
        RefusalKind::Settings,
        &["参数", "格式", "版本", "消息结构", "报文", "非法请求", "request params", "parameter"],
    ),
];

/// What a refusal's words are about, where a platform documents no codes.
///
/// [`RefusalKind::Unclear`] where no word is known.
pub fn refusal_by_words(text: &str) -> RefusalKind {
    if is_about_the_order(says_no_such_order(text), text) {
        return RefusalKind::NoSuchOrder;
    }
    let names_the_account = names_the_account(text);
    let text = text.to_lowercase();
    let about = |(_, words): &&(RefusalKind, &[&str])| words.iter().any(|word| text.contains(word));
    match WORDS.iter().find(about) {
        Some((kind, _)) => *kind,
        None if names_the_account => RefusalKind::Account,
        // 通道不存在: something that the question has to name, and not the order.
        None if text.contains("不存在") => RefusalKind::Account,
        None if text.contains("invalid") => RefusalKind::Settings,
        None => RefusalKind::Unclear,
    }
}

/// Whether a refusal that is known as "no such order", by its code, its words or the account's own
/// `not_found`, is one: never if its text names the merchant, the application or the account
/// (`docs/contract.md` §4).
///
/// Nobody signs such a refusal, so that it says nothing yet about the order: see
/// [`crate::pull`], which believes it only of an account that has proved itself.
pub fn is_about_the_order(is_known: bool, text: &str) -> bool {
    is_known && !names_the_account(text)
}

/// Words for the one who asks.
const ACCOUNT: [&str; 12] = [
    "商户", "商家", "机构", "应用", "账户", "帐户", "账号", "帐号", "用户", "客户", "终端", "代理",
];

/// The same in Latin letters, as whole words.
const ACCOUNT_LATIN: [&str; 26] = [
    "merchant",
    "merchants",
    "merchantid",
    "merchantno",
    "merchantinfo",
    "mch",
    "mchid",
    "mchno",
    "mchinfo",
    "mer",
    "merid",
    "merno",
    "app",
    "appid",
    "appkey",
    "appinfo",
    "application",
    "account",
    "accounts",
    "accountid",
    "accountno",
    "orgno",
    "orgid",
    "custid",
    "termno",
    "agentno",
];

/// Words after which a word for the one who asks only says whose order it is: "merchant order".
const ORDER_LATIN: [&str; 10] = [
    "order",
    "orders",
    "orderno",
    "payment",
    "payout",
    "refund",
    "trans",
    "transaction",
    "transfer",
    "reference",
];

/// What may stand between 商户 and the order that is the merchant's: 商户付款订单号.
const OF: &str = "的该付款支代退提现充值下发交易";

/// Whether a refusal's text names the merchant, the application or the account as such. 商户订单 and
/// "merchant order" are orders; advice (请联系商户) names nobody.
pub fn names_the_account(text: &str) -> bool {
    let text = text.to_lowercase();
    let clauses = text.split(CLAUSE_ENDS);
    clauses
        .filter(|clause| !["联系", "咨询", "contact"].iter().any(|word| clause.contains(word)))
        .any(|clause| names_in_chinese(clause) || names_in_latin(clause))
}

fn names_in_chinese(clause: &str) -> bool {
    let is_of_an_order = |rest: &str| {
        let rest = rest.trim_start_matches(|c| OF.contains(c));
        // 付单, 款单, 现单 and 交易 may have been taken for what stands before them.
        rest.starts_with(['订', '单', '流', '记']) || rest.starts_with("交易")
    };
    ACCOUNT.iter().any(|word| {
        clause.match_indices(word).any(|(at, found)| {
            let rest = clause.get(at.saturating_add(found.len())..).unwrap_or_default();
            !is_of_an_order(rest)
        })
    })
}

fn names_in_latin(clause: &str) -> bool {
    let words = clause.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !matches!(*word, "" | "s")).collect();
    let next = words.iter().skip(1).map(Some).chain([None]);
    words.iter().zip(next).any(|(word, next)| {
        ACCOUNT_LATIN.contains(word) && !next.is_some_and(|next| ORDER_LATIN.contains(next))
    })
}

/// What a refusal's text says is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    /// The order that was asked about.
    Order,
    /// Something that the question has to name rightly before any order can be found.
    Other,
}

/// Words for an order.
const ORDER: [&str; 12] = [
    "订单", "单号", "付单", "款单", "现单", "该单", "此单", "单据", "单笔", "交易", "流水", "记录",
];

/// Words for everything else that platforms say 不存在 of.
const OTHER: [&str; 34] = [
    "商户", "商家", "机构", "应用", "账户", "帐户", "账号", "帐号", "用户", "客户", "终端", "代理",
    "密钥", "公钥", "私钥", "证书", "签名", "产品", "通道", "渠道", "接口", "方法", "版本", "类型",
    "参数", "字段", "币种", "银行", "地址", "路径", "服务", "mchid", "appid", "orgno",
];

/// What joins two things of which either may be the missing one.
const EITHER: [char; 5] = ['或', '和', '及', '、', '/'];

/// Where what is said of one thing ends.
const CLAUSE_ENDS: [char; 11] = ['，', ',', '。', '；', ';', '：', ':', '！', '!', '\n', '\r'];

/// Whether a refusal's text says with 不存在 ("does not exist") that there is no such order.
///
/// Said of anything else, 商户号不存在 for one, it is a wrong setting: taken for the order, one wrong
/// setting would call every order missing. Where both are named (商户号或订单号不存在) it is not said of
/// the order alone. An account's own `not_found` texts are for wordings that are not known here.
pub fn says_no_such_order(text: &str) -> bool {
    const MISSING: &str = "不存在";
    let text = text.to_ascii_lowercase();
    let mut of_the_order = false;
    for clause in text.split(CLAUSE_ENDS) {
        let parts: Vec<_> = clause.split(MISSING).collect();
        for pair in parts.windows(2) {
            let [before, after] = pair else { continue };
            match missing(before, after) {
                Some(Thing::Order) => of_the_order = true,
                Some(Thing::Other) => return false,
                None => {}
            }
        }
    }
    of_the_order
}

/// What is missing, by the text before 不存在 (订单不存在) or, if that names nothing, after it
/// (不存在该订单); a bare 不存在 is said of what was asked about.
fn missing(before: &str, after: &str) -> Option<Thing> {
    let subject = if named(before).is_empty() { after } else { before };
    let named = named(subject);
    let either = subject.contains(EITHER) && named.iter().any(|(_, thing)| *thing == Thing::Other);
    if either {
        return Some(Thing::Other);
    }
    // 商户订单 is an order, 订单商户 a merchant: the last word is what the ones before belong to.
    let last = named.iter().max_by_key(|(end, _)| *end).map(|(_, thing)| *thing);
    let bare = !before.chars().chain(after.chars()).any(char::is_alphabetic);
    last.or(bare.then_some(Thing::Order))
}

/// The things that a text names, with the place where the last mention of each ends.
fn named(text: &str) -> Vec<(usize, Thing)> {
    let order = ORDER.iter().map(|word| (*word, Thing::Order));
    let other = OTHER.iter().map(|word| (*word, Thing::Other));
    order
        .chain(other)
        .filter_map(|(word, thing)| {
            let (until, _) = text.rsplit_once(word)?;
            Some((until.len().saturating_add(word.len()), thing))
        })
        .collect()
}

/// What platforms say when the same question may be put again.
const TRY_AGAIN: [&str; 11] = [
    "稍后",
    "稍候",
    "请重试",
    "重新查询",
    "再次查询",
    "重新请求",
    "请再试",
    "繁忙",
    "try again",
    "retry",
    "busy",
];

/// Whether a refusal's text says to ask again: it is treated as an outage of the moment, with the same
/// pauses and as many further attempts.
pub fn says_try_again(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    TRY_AGAIN.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_refusal_say_who_has_to_put_what_right() {
        use RefusalKind::{
            Account, Clock, Key, NoSuchOrder, Platform, Settings, Unclear, WhiteList,
        };
        let table = [
            ("签名失败", Key),
            ("交易参数签名不符", Key),
            ("商户密钥不存在", Key),
            ("验签不通过", Key),
            ("Signature mismatch", Key),
            ("IP不在白名单", WhiteList),
            ("请求IP未授权，请联系客服", WhiteList),
            ("签名错误：非法IP", WhiteList),
            ("时间戳已过期", Clock),
            ("invalid timestamp", Clock),
            ("商户不存在", Account),
            ("该商户未激活", Account),
            ("无权限访问该接口", Account),
            ("参数格式校验错误", Settings),
            ("请求参数错误！", Settings),
            ("消息结构体错误", Settings),
            ("系统繁忙，请稍后再试", Platform),
            ("渠道通讯异常", Platform),
            ("订单不存在", NoSuchOrder),
            ("风控拦截", Unclear),
            ("", Unclear),
            // What XxPay's own server says.
            ("Verify XX pay sign failed.", Key),
            ("验证签名不通过.", Key),
            ("Can't found mchInfo[mchId=20001222] record in db.", Account),
            ("mchInfo not available [mchId=20001222] record in db.", Account),
            ("Can't found app[appId=x] record in db.", Account),
            ("app not available [appId=x] record in db.", Account),
            ("key is null[mchId=20001222] record in db.", Account),
            ("商户状态不可用.mchId=20001222", Account),
            ("request params[mchId] error.", Settings),
            ("request params[mchOrderNo or payOrderId] error.", Settings),
            ("支付订单不存在", NoSuchOrder),
            ("代付订单不存在", NoSuchOrder),
            ("退款订单不存在", NoSuchOrder),
            ("支付中心系统异常", Platform),
            // Jeepay, its heir.
            ("商户或商户应用不存在", Account),
            ("商户信息不存在或商户状态不可用", Account),
            ("参数有误！", Settings),
            // lhxpay.
            ("merchant not found", Account),
            ("无效的商户账户", Account),
            ("invalid merchant", Account),
            ("invalid data", Settings),
        ];
        for (text, expected) in table {
            assert_eq!(refusal_by_words(text), expected, "{text}");
        }
    }

    #[test]
    fn what_may_be_asked_again_says_so() {
        for text in ["系统繁忙，请稍后再试", "System busy", "Please try again later", "请重新查询"]
        {
            assert!(says_try_again(text), "{text}");
        }
        for text in ["订单不存在", "签名错误", "系统异常", ""] {
            assert!(!says_try_again(text), "{text}");
        }
    }

    #[test]
    fn a_text_that_names_the_merchant_the_application_or_the_account_is_not_about_the_order() {
        let table = [
            ("merchant not found", true),
            ("Merchant account is invalid", true),
            ("no such order in this account", true),
            ("merchant_id unknown", true),
            ("order of mch[1] not found", true),
            ("无效的商户账户", true),
            ("没有该商户", true),
            ("该商户无此订单", true),
            ("商户号或订单号不存在", true),
            ("商户应用不存在", true),
            ("账号错误，订单不存在", true),
            ("订单所属机构不存在", true),
            ("商户未开通订单查询", true),
            ("appId=x", true),
            ("order not found", false),
            ("payment not found", false),
            ("merchant order not found", false),
            ("merchant's order not found", false),
            ("mchOrderNo[20001] not found", false),
            ("order APP20261127001 not found", false),
            ("the order does not appear here", false),
            ("商户订单不存在", false),
            ("商户付款订单号不存在", false),
            ("不存在此商户订单", false),
            ("商户的代付单不存在", false),
            ("商户交易流水不存在", false),
            ("[-2002] 没有该订单", false),
            ("订单不存在，请联系商户", false),
            ("No such order. Contact your merchant manager", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(names_the_account(text), expected, "{text}");
            assert_eq!(is_about_the_order(true, text), !expected, "{text}");
            assert!(!is_about_the_order(false, text), "{text}");
        }
    }

    #[test]
    fn only_a_missing_order_is_no_such_order() {
        let table = [
            ("订单不存在", true),
            ("支付订单不存在", true),
            ("商户订单不存在", true),
            ("商户付款订单号不存在", true),
            ("代付订单不存在", true),
            ("交易不存在", true),
            ("该笔交易不存在！", true),
            ("原支付单不存在", true),
            ("订单[A/1]不存在", true),
            ("订单20160427210604000490 不存在", true),
            ("错误：订单不存在，请联系商户", true),
            ("不存在该订单", true),
            ("不存在此商户订单", true),
            ("不存在", true),
            ("[-2] 不存在。", true),
            ("商户不存在", false),
            ("商户号不存在", false),
            ("该商户号[20001222]不存在", false),
            ("应用不存在", false),
            ("商户应用不存在", false),
            ("appId不存在", false),
            ("订单的appId不存在", false),
            ("不存在此商户或商户未激活", false),
            ("订单所属商户不存在", false),
            ("交易通道不存在", false),
            ("商户号或订单号不存在", false),
            ("订单号/商户号不存在", false),
            ("商户不存在，订单不存在", false),
            ("订单不存在；商户不存在", false),
            ("账单公司不存在", false),
            ("找不到订单", false),
            ("订单存在", false),
            ("签名失败", false),
            ("", false),
        ];
        for (text, expected) in table {
            assert_eq!(says_no_such_order(text), expected, "{text}");
            assert!(!expected || is_about_the_order(true, text), "{text}");
        }
    }
}

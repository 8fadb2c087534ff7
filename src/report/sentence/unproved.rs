//! Why there is no trustworthy answer, and what to do, in plain words per family of codes.
//!
//! The families are those of [`crate::provider::Unproved::code`]; a code of any other form is an
//! answer that never came.

use crate::config::Language;
use crate::report::sentence::Voice;
use crate::rules::file_alone::{DENIED, NOT_ASKED};
use crate::rules::judge::{NO_BILL, NOT_OFFERED};

/// What kind of untrustworthy word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    NotAsked,
    OnlyStated,
    Denied,
    NotOffered,
    NoBill,
    NoAnswer,
    Unsigned,
    WrongSignature,
    Another,
    Refused,
    AccountUnproved,
    UnknownCode,
    Unreadable,
}

fn family(code: &str) -> Family {
    let head = code.split(':').next().unwrap_or_default();
    match head {
        "" => Family::NotAsked,
        NOT_ASKED => Family::OnlyStated,
        DENIED => Family::Denied,
        NOT_OFFERED => Family::NotOffered,
        NO_BILL => Family::NoBill,
        "unsigned" => Family::Unsigned,
        "wrong_signature" => Family::WrongSignature,
        "refused" => Family::Refused,
        "account_unproved" => Family::AccountUnproved,
        "unknown_code" => Family::UnknownCode,
        "malformed" | "field" => Family::Unreadable,
        _ if head.starts_with("another_") => Family::Another,
        _ => Family::NoAnswer,
    }
}

/// Why the word is worth nothing, as the beginning of a sentence about both sides.
pub fn reason(code: &str, voice: Voice) -> String {
    let detail = code.split_once(':').map_or("", |(_, detail)| detail);
    let (zh, en) = match family(code) {
        Family::NotAsked => ("还没有渠道的答复", "There is no answer of the provider yet"),
        Family::OnlyStated => (
            "渠道对账单列有此单，尚未得到渠道的逐单答复",
            "The bill alone says so: the provider has not answered about it yet",
        ),
        Family::Denied => (
            "渠道对账单列有此单，而渠道逐单查询答复查无此单，两者矛盾",
            "The bill has this order and the provider, asked about it, says that it has none: they \
             contradict each other",
        ),
        Family::NotOffered => (
            "渠道没有这类订单的查询接口",
            "The provider has no interface for questions about such orders",
        ),
        Family::NoBill => (
            "该账户只以渠道账单为据，而当日完整账单中尚无此单的下落",
            "The account is known by its bills alone, and no bill that is the whole of the order's day \
             is there yet",
        ),
        Family::NoAnswer => {
            let en = format!("The provider could not be reached ({code})");
            let zh = format!("渠道没有应答(网络或服务故障，{code})");
            return voice.pick(&zh, &en).to_owned();
        }
        Family::Unsigned => {
            ("渠道答复没有签名，不能采信", "The provider's answer has no signature")
        }
        Family::WrongSignature => {
            ("渠道答复验签不通过，不能采信", "The signature of the provider's answer is wrong")
        }
        Family::Another => {
            ("渠道答复的不是所查的这一笔，不能采信", "The provider answered about something else")
        }
        Family::Refused => ("渠道拒绝查询", "The provider refused to answer"),
        Family::AccountUnproved => (
            "渠道称无此订单，但该答复没有签名，且本次没有其他答复能证明账户本身有效",
            "The provider says that there is no such order; nobody signs that, and nothing else of \
             this run shows that it knows the account",
        ),
        Family::UnknownCode => {
            ("渠道返回了文档没有的状态码", "The provider sent a code that its document lacks")
        }
        Family::Unreadable => {
            ("渠道答复格式不符，无法读取", "The provider's answer could not be read")
        }
    };
    match (detail, voice.language) {
        ("", Language::Zh | Language::En) => voice.pick(zh, en).to_owned(),
        (_, Language::Zh) => format!("{zh}({detail})"),
        (_, Language::En) => format!("{en} ({detail})"),
    }
}

/// Why an answer is worth nothing in a few words, without the code.
pub(super) fn in_brief(code: &str) -> String {
    let zh = match family(code) {
        // A sentence of the log.
        _ if code.contains(' ') => "详情见运行日志",
        Family::NotAsked | Family::OnlyStated => "尚未查询",
        Family::Denied => "渠道对账单与渠道逐单答复矛盾",
        Family::NotOffered => "渠道没有查询接口",
        Family::NoBill => "当日渠道账单未到",
        Family::NoAnswer => "渠道没有应答(网络或服务故障)",
        Family::Unsigned => "渠道答复没有签名",
        Family::WrongSignature => "渠道答复验签不通过",
        Family::Another => "渠道答复的不是所查的这一笔",
        Family::Refused => "渠道拒绝查询",
        Family::AccountUnproved => "渠道称无此订单，账户本身未能证明有效",
        Family::UnknownCode => "渠道返回了文档没有的状态码",
        Family::Unreadable => "渠道答复格式不符",
    };
    zh.to_owned()
}

/// What to do about it.
pub fn action(code: &str, voice: Voice) -> &'static str {
    let (zh, en) = match family(code) {
        Family::NotAsked | Family::OnlyStated | Family::NoAnswer => (
            "待渠道恢复后重新拉取并对账；若持续无应答，检查网络和接口地址，或联系渠道。",
            "Pull and reconcile again when the provider is back; if it stays silent, check network \
             and address, or call the provider.",
        ),
        Family::Denied => (
            "请渠道书面确认哪个为准；确认前不要入账、补单或退款。核对账单是否为本商户号当日的原始账单。",
            "Ask the provider which of the two is so. Until it says, neither book nor complete nor \
             refund anything; check that the bill is the original one of this account.",
        ),
        Family::NotOffered => (
            "在渠道商户后台或对账单中人工核对，核对后填写处理方式和备注。",
            "Look it up by hand in the provider's portal or statement, and note the result.",
        ),
        Family::NoBill => (
            "取得当日渠道账单并导入后重新对账。",
            "Download the bill of the day, import it, and reconcile the date again.",
        ),
        Family::Unsigned => (
            "检查接口地址和签名方式；确认无误仍无签名，请联系渠道，不要按此答复入账。",
            "Check address and signature scheme; if they are right, call the provider. Book nothing \
             on this answer.",
        ),
        Family::WrongSignature => (
            "先核对配置的密钥或公钥是否为当前有效；无误则联系渠道，并防范答复被篡改，\
             不要按此答复入账。",
            "Check that the configured key is the current one; if it is, call the provider and \
             consider tampering. Book nothing on this answer.",
        ),
        Family::Another => (
            "核对商户号和订单号是否正确后重查；仍不一致请联系渠道，不要按此答复入账。",
            "Check merchant number and order number and ask again; if it persists, call the \
             provider. Book nothing on this answer.",
        ),
        Family::Refused => (
            "按错误码核对商户号、权限和查询时限；若该错误码表示“无此订单”，可在账户的 not_found \
             中登记。",
            "Check merchant number, permission and time limit by the code; if it means \"no such \
             order\", add it to the account's not_found.",
        ),
        Family::AccountUnproved => (
            "先核对商户号、应用号和密钥；再用 `duizhang query` 查询一笔渠道确有的订单，\
             能查到后重新拉取并对账。未证实前不要停止发货或退款。",
            "Check merchant number, application and key; ask with `duizhang query` about an order that \
             the provider has for certain, and when it is found pull and reconcile again. Until then stop \
             no delivery and refund nothing.",
        ),
        Family::UnknownCode => (
            "向渠道确认该状态码的含义；确认前不要入账，也不要退款。",
            "Ask the provider what the code means; until then neither book nor refund.",
        ),
        Family::Unreadable => (
            "渠道接口可能已变更：保留存档的答复并联系渠道或技术支持。",
            "The provider may have changed its interface: keep the archived answer and call the \
             provider or support.",
        ),
    };
    voice.pick(zh, en)
}

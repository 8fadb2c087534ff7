//! Why an account's night could not be proved, in the words of the report's language.

use crate::config::Language;
use crate::ledger::Counted;
use crate::money::{Currency, units, yuan};
use crate::order::Origin;
use crate::report::sentence::unproved;
use crate::rules::bill::BillTie;
use crate::rules::why::{Why, read};
use crate::status::Kind;
use crate::wording::{self, Word};

/// What speaks against an account's night, as [`crate::ledger::AccountVerdict::reason`] keeps it; empty
/// where nothing does.
pub fn why(reason: &str, language: Language) -> String {
    let gap = match language {
        Language::Zh => "；",
        Language::En => "; ",
    };
    let against = read(reason).into_iter().filter(Why::is_against);
    against.map(|why| one(&why, language)).collect::<Vec<_>>().join(gap)
}

/// Each bill of the date that is tied to the provider's side as counted, one sentence each.
pub fn tied_bills(reason: &str, language: Language) -> Vec<String> {
    let tied = |why: &Why| matches!(why, Why::Bill(_)) && !why.is_against();
    read(reason).iter().filter(|why| tied(why)).map(|why| one(why, language)).collect()
}

/// What else is to be known of an account's night and does not speak against it, one sentence each: fees that
/// could not be compared.
pub fn remarks(reason: &str, language: Language) -> Vec<String> {
    let is_remark = |why: &&Why| !why.is_against() && !matches!(why, Why::Bill(_));
    read(reason).iter().filter(is_remark).map(|why| one(why, language)).collect()
}

/// `账单合计 1,234.00 元（12 笔）= 渠道侧计入 …`: a bill and what is counted of it.
fn bill(tie: &BillTie, language: Language) -> String {
    let lane = lane_words(&tie.lane, language);
    let sign = if tie.is_tied() { "=" } else { "≠" };
    let (zh, en) = (
        |it: Counted| format!("{} 元({} 笔)", yuan(it.minor), it.count),
        |it: Counted| format!("{} ({})", yuan(it.minor), it.count),
    );
    let (bill, counted, back) = (tie.bill, tie.counted, tie.back);
    match language {
        Language::Zh => {
            let since = if back.count == 0 {
                String::new()
            } else {
                format!("，其中此后退回 {}", zh(back))
            };
            format!("{lane}：渠道账单合计 {} {sign} 渠道侧计入 {}{since}", zh(bill), zh(counted))
        }
        Language::En => {
            let since = if back.count == 0 {
                String::new()
            } else {
                format!(", of it given back since {}", en(back))
            };
            format!(
                "{lane}: bill total {} {sign} the platform's side as counted {}{since}",
                en(bill),
                en(counted)
            )
        }
    }
}

/// Why a bill by days of another zone is not taken for the whole, and what to do.
fn other_zone(zone: &str, language: Language) -> String {
    match language {
        Language::Zh => format!(
            "渠道账单按 {zone} 零点至零点划分日期，只含本账期的一部分：请同时导入相邻一日的账单（或按账期导出），再重新对账"
        ),
        Language::En => format!(
            "the bill's days go from midnight to midnight of {zone}, and it has but a part of this date: import the \
             bill of the neighbouring day too, or export it by business days, then reconcile again"
        ),
    }
}

fn one(why: &Why, language: Language) -> String {
    let pick = |zh: &str, en: &str| language.pick(zh, en).to_owned();
    match why {
        Why::NotPulled => pick("本日没有向渠道查询", "not pulled for this date"),
        Why::StatementAlone => {
            pick("仅有渠道对账单，无从验证", "nothing verifies the statement file")
        }
        Why::NoAnswer => pick("没有可用的应答", "no usable answer"),
        Why::DayRunning => {
            pick("查询时账期日尚未结束", "the business day was not over when it was pulled")
        }
        Why::Unlisted(lanes) => {
            let lanes: Vec<String> = lanes.iter().map(|lane| lane_words(lane, language)).collect();
            pick(
                &format!("渠道交易列表未能证实完整：{}", lanes.join("、")),
                &format!("listing not proved for {}", lanes.join(", ")),
            )
        }
        Why::Unanswered(count) => pick(
            &format!("{count} 笔订单没有可信的答复"),
            &format!("{count} order(s) without a trustworthy answer"),
        ),
        Why::Stated(count) => pick(
            &format!("{count} 笔订单仅以渠道对账单为据"),
            &format!("{count} order(s) rest on the statement file alone"),
        ),
        Why::Refused { of, rows, of_anyone, unpriced, amounts } => {
            refused(*of, (*rows, *of_anyone, *unpriced), amounts, language)
        }
        Why::NoOrders => pick("本日没有导入商户订单", "no orders of this date were imported"),
        Why::EmptyOrders => pick(
            "商户订单文件只有表头，没有一行订单，不能据此认定当日无交易",
            "the merchant's file of orders is empty below its header, which proves no day without trade",
        ),
        Why::BillMissing => pick(
            "本日渠道账单还没有到，该账户只以账单为据",
            "there is no bill of this date yet, and the account is known by its bills alone",
        ),
        Why::BillNotReady => pick(
            "渠道答复本日没有账单或尚未生成；没有账单不等于没有交易",
            "the platform answers that it has no bill of this date, or none yet, which proves no day \
             without trade",
        ),
        Why::BillInDoubt(why) => pick(
            "本日渠道账单不能作为完整账单，原因见导入结果和运行日志",
            &format!("the bill of this date is not taken for the whole: {why}"),
        ),
        Why::BillOfOtherZone(zone) => other_zone(zone, language),
        Why::BillUnread(why) => pick(
            "本日渠道账单无法读取，原因见运行日志",
            &format!("the bill of this date cannot be read: {why}"),
        ),
        Why::Bill(tie) => bill(tie, language),
        Why::FeesUnjudged(count) => pick(
            &format!(
                "{count} 笔手续费未核对：合同费率按支付方式区分，而这些交易的支付方式没有任何一方说明"
            ),
            &format!(
                "{count} stated fees were not compared: the contract's rates depend on the way of paying, and \
                 nobody states it for these"
            ),
        ),
        Why::Problem(codes) => problems(codes, language),
        Why::Other(text) => text.clone(),
    }
}

/// A stream as the pull names it, `payment/quick`.
fn lane_words(lane: &str, language: Language) -> String {
    let (kind, product) = lane.split_once('/').unwrap_or((lane, ""));
    let kind = Kind::from_code(kind).map_or(kind, |kind| kind.word(language));
    match (language, product) {
        (Language::En, _) => lane.to_owned(),
        (Language::Zh, "") => kind.to_owned(),
        (Language::Zh, product) => format!("{kind}({})", wording::product(product, language)),
    }
}

fn problems(codes: &str, language: Language) -> String {
    match language {
        Language::En => codes.to_owned(),
        Language::Zh => {
            let mut all: Vec<String> = codes.split(", ").map(unproved::in_brief).collect();
            all.dedup();
            all.join("、")
        }
    }
}

fn refused(
    of: Origin,
    (rows, of_anyone, unpriced): (i64, i64, i64),
    amounts: &[(String, i64)],
    language: Language,
) -> String {
    let sums: Vec<String> = amounts
        .iter()
        .map(|(currency, minor)| match (language, currency.as_str()) {
            (Language::Zh, "CNY") => format!("{} 元", yuan(*minor)),
            _ => format!(
                "{} {currency}",
                units(*minor, Currency::parse(currency).unwrap_or_default())
            ),
        })
        .collect();
    let mut asides = Vec::new();
    if !sums.is_empty() {
        asides.push(sums.join(if language == Language::Zh { "、" } else { ", " }));
    }
    match language {
        Language::Zh => {
            if unpriced > 0 {
                asides.push(format!("{unpriced} 行金额无法读取"));
            }
            if of_anyone > 0 {
                asides.push(format!("{of_anyone} 行账户不明"));
            }
            let of = of.word(language);
            format!("{of}中有 {rows} 行被拒收({})，见拒收明细", asides.join("；"))
        }
        Language::En => {
            if unpriced > 0 {
                asides.push(format!("{unpriced} without a readable amount"));
            }
            if of_anyone > 0 {
                asides.push(format!("{of_anyone} of an unknown account"));
            }
            let of = match of {
                Origin::Unknown => "an imported file",
                Origin::Orders => "the merchant's orders",
                Origin::Listing => "the provider's listing",
                Origin::Statement => "the provider's bill",
                Origin::Movements => "the file of movements",
                Origin::Notifications => "the log of callbacks",
            };
            format!("{rows} row(s) of {of} were refused ({}), see rejected_rows", asides.join("; "))
        }
    }
}

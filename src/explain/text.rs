//! An explained file for people, in the language of the reports.

use std::fmt::Write as _;

use crate::config::Language;
use crate::explain::{Explained, WholeOf, doubt_words};
use crate::intake::{Head, StatedTotal, Tie};
use crate::wording::Word;

/// Names of the file that are not read, of which so many are shown.
const UNREAD_SHOWN: usize = 40;

/// What a file is, and how it would be read, in lines.
pub fn text(explained: &Explained, language: Language) -> String {
    let parts = [
        facts(explained, language),
        readings(explained, language),
        totals(explained, language),
        refusals(explained, language),
        block(explained, language),
    ];
    let mut text = String::new();
    for line in parts.into_iter().flatten() {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{line}");
    }
    text
}

/// The English or the Chinese words.
const fn say(language: Language, en: &'static str, zh: &'static str) -> &'static str {
    match language {
        Language::En => en,
        Language::Zh => zh,
    }
}

/// What the file is.
fn facts(explained: &Explained, language: Language) -> Vec<String> {
    let say = |en, zh| say(language, en, zh);
    let kind = label(explained.kind, language);
    let nothing = say(", nothing is imported", "，仅说明，不导入");
    let mut lines = vec![format!("{}: {kind}{nothing}", explained.name)];
    if !explained.encoding.is_empty() {
        lines.push(format!("  {}: {}", say("format", "格式"), format_of(explained, language)));
    }
    if let Some(head) = &explained.head {
        lines.extend(header_lines(head, language));
    }
    lines.push(format!("  {}: {}", say("zone of times", "时区"), explained.timezone));
    if let Some((first, last)) = explained.period {
        let dates = say("business dates of its rows", "账期日范围");
        lines.push(format!("  {dates}: {first} – {last}"));
    }
    lines.extend(explained.whole.as_ref().map(|whole| whole_of(whole, language)));
    if let Some(problem) = &explained.problem {
        lines.push(format!("  ✗ {}", problem.replace('\n', "\n    ")));
    }
    if !explained.block.is_empty() {
        let guessed = say(
            "read with the configuration below, which is guessed and is not in force yet",
            "以下按文末建议的配置读取；该配置为推测，尚未生效",
        );
        lines.push(format!("  {guessed}"));
    }
    lines
}

/// Of what a bill is the whole, or why of nothing.
fn whole_of(whole: &WholeOf, language: Language) -> String {
    let WholeOf { days, doubt, parts } = whole;
    let parts = parts.join(say(language, ", ", "、"));
    match (language, doubt) {
        (_, Some(doubt)) => {
            let lead = say(language, "the whole of no day", "不能作为完整的账单");
            format!("  {lead}: {}", doubt_words(doubt, language))
        }
        (Language::En, None) if !parts.is_empty() => {
            format!("  a part of the bill of {days}: the whole only together with {parts}")
        }
        (Language::Zh, None) if !parts.is_empty() => {
            format!("  {days} 账单的一部分：与 {parts} 合在一起才完整")
        }
        (_, None) => format!("  {}: {days}", say(language, "the whole of", "完整覆盖")),
    }
}

/// How its lines and rows are read.
fn readings(explained: &Explained, language: Language) -> Vec<String> {
    let say = |en, zh| say(language, en, zh);
    let mut lines = vec![format!(
        "  {}: {} {}, {} {}",
        say("rows", "行"),
        explained.read,
        say("would be read", "可读取"),
        explained.refused,
        say("refused", "拒收")
    )];
    if explained.lines.sum() > 0 {
        let counts = explained.lines.all().into_iter().filter(|(_, lines)| *lines > 0);
        let counts = counts.map(|(code, lines)| format!("{} {lines}", label(code, language)));
        let (sum, counts) = (explained.lines.sum(), counts.collect::<Vec<_>>().join(" + "));
        lines.push(format!("  {}: {sum} = {counts}", say("lines", "文件行数")));
    }
    for (number, row) in (1..).zip(&explained.rows) {
        let fields = row.iter().map(|(code, value)| format!("{} {value}", label(code, language)));
        lines.push(format!("  {number}. {}", fields.collect::<Vec<_>>().join(" · ")));
    }
    lines
}

/// The totals that it states, and whether they tie.
fn totals(explained: &Explained, language: Language) -> Vec<String> {
    let say = |en, zh| say(language, en, zh);
    let line = |total: &StatedTotal| {
        let verdict = match &total.tie {
            Tie::Agrees => say("the rows add up to it", "与明细相符").to_owned(),
            Tie::NotChecked => say("cannot be checked", "无法核对").to_owned(),
            Tie::Differs { rows, sum } => match language {
                Language::En => format!("but its {rows} rows give {sum}"),
                Language::Zh => format!("与明细不符：{rows} 行合计 {sum}"),
            },
        };
        let StatedTotal { label, line, stated, .. } = total;
        let (at, of_line) = (say("total, line", "合计，第"), say("", " 行"));
        format!("  {at} {line}{of_line}: {label} {stated}, {verdict}")
    };
    explained.totals.iter().map(line).collect()
}

/// What would be refused, and why.
fn refusals(explained: &Explained, language: Language) -> Vec<String> {
    let say = |en, zh| say(language, en, zh);
    let reasons = explained.reasons.iter().map(|((reason, column), count)| {
        format!("  ✗ {count} × {}: {}", label(column, language), reason.word(language))
    });
    let rows = explained.refusals.iter().map(|refusal| {
        let (column, value) = (label(&refusal.column, language), refusal.shown_value());
        let (at, of_line) = (say("line", "第"), say("", " 行"));
        let (line, reason) = (refusal.line, refusal.reason.word(language));
        format!("    {at} {line}{of_line}: {column} {value:?}: {reason}")
    });
    reasons.chain(rows).collect()
}

/// The configuration that is missing.
fn block(explained: &Explained, language: Language) -> Vec<String> {
    if explained.block.is_empty() {
        return Vec::new();
    }
    let intro = say(
        language,
        "# What is not configured yet; check every line, then add it to the configuration:",
        "# 尚未配置的内容；请逐行核对后加入配置文件：",
    );
    vec![String::new(), intro.to_owned(), explained.block.trim_end().to_owned()]
}

fn format_of(explained: &Explained, language: Language) -> String {
    let say = |en, zh| say(language, en, zh);
    let mut parts = Vec::new();
    let head = explained.head.as_ref();
    if explained.encoding == "xlsx" {
        parts.push(say("workbook (.xlsx)", "Excel 工作簿(.xlsx)").to_owned());
        let sheet = head.map(|head| head.sheet.as_str()).filter(|sheet| !sheet.is_empty());
        parts.extend(sheet.map(|sheet| format!("{} {sheet}", say("sheet", "工作表"))));
    } else {
        parts.push(format!("{} {}", say("text in", "文本，编码"), explained.encoding));
        let separator = head.and_then(|head| head.separator);
        parts.extend(separator.map(|separator| {
            let shown = if separator == '\t' { "\\t".to_owned() } else { separator.to_string() };
            format!("{} {shown}", say("values separated by", "分隔符"))
        }));
    }
    if !explained.inside.is_empty() {
        parts.push(format!("{} {}", say("inside an archive:", "压缩包内文件："), explained.inside));
    }
    parts.join(say(", ", "，"))
}

fn header_lines(head: &Head, language: Language) -> Vec<String> {
    let say = |en, zh| say(language, en, zh);
    let mut lines = Vec::new();
    if head.line > 0 {
        lines.push(format!("  {}: {}", say("header on line", "表头所在行"), head.line));
    }
    let name = |at: usize| head.names.get(at).map_or("", String::as_str);
    let used = head.used.iter().map(|(ours, at)| {
        let (ours, theirs) = (label(ours, language), name(*at));
        if ours == theirs { ours } else { format!("{ours} ← {theirs}") }
    });
    if !head.used.is_empty() {
        let used: Vec<_> = used.collect();
        lines.push(format!("  {}: {}", say("columns read", "读取的列"), used.join(", ")));
        let unread =
            head.names.iter().enumerate().filter(|(at, name)| {
                !name.is_empty() && !head.used.iter().any(|(_, used)| used == at)
            });
        let unread: Vec<_> = unread.map(|(_, name)| name.as_str()).take(UNREAD_SHOWN).collect();
        if !unread.is_empty() {
            lines.push(format!(
                "  {}: {}",
                say("columns not read", "不读取的列"),
                unread.join(", ")
            ));
        }
    }
    lines
}

/// A code of ours in a language; what is none of them stands as it is.
fn label(code: &str, language: Language) -> String {
    const ZH: [(&str, &str); 39] = [
        ("orders", "商户订单"),
        ("statement", "渠道账单"),
        ("movements", "资金变动"),
        ("notifications", "回调日志"),
        ("resolutions", "处理结果"),
        ("line", "行号"),
        ("account", "账户"),
        ("kind", "类型"),
        ("product", "产品"),
        ("order_no", "商户订单号"),
        ("provider_order_no", "渠道单号"),
        ("original_order_no", "原商户订单号"),
        ("refund_no", "退款单号"),
        ("provider_refund_no", "渠道退款单号"),
        ("amount", "金额"),
        ("refund_amount", "退款金额"),
        ("amount_in", "收入金额"),
        ("amount_out", "支出金额"),
        ("currency", "币种"),
        ("status", "状态"),
        ("created_at", "创建时间"),
        ("paid_at", "支付时间"),
        ("occurred_at", "发生时间"),
        ("received_at", "收到时间"),
        ("settlement_date", "结算日期"),
        ("fee", "手续费"),
        ("way", "支付方式"),
        ("name", "名称"),
        ("note", "备注"),
        ("reference", "结算单号/流水号"),
        ("business_date", "账期日"),
        ("discrepancy_id", "差异编号"),
        ("resolution", "处理方式"),
        ("preamble", "表头以上"),
        ("header", "表头"),
        ("taken", "读取"),
        ("refused", "拒收"),
        ("totals", "合计"),
        ("comments", "注释"),
    ];
    let known = ZH.iter().find(|(known, _)| *known == code).map(|(_, zh)| *zh);
    match (language, known) {
        (Language::Zh, Some(zh)) => zh.to_owned(),
        (Language::Zh, None) if code == "blank" => "空行".to_owned(),
        (Language::Zh, None) if code.is_empty() => "整行".to_owned(),
        (Language::En, _) if code.is_empty() => "whole row".to_owned(),
        (Language::Zh | Language::En, _) => code.to_owned(),
    }
}

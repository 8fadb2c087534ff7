//! The discrepancies themselves: the most urgent first, in a group for each severity and a last one for what may
//! close by itself, with a search and filters over those that are shown.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::found::{Tallies, amount};
use super::{escaped, link, put, scrolling};
use crate::config::Language;
use crate::discrepancy::{Severity, State};
use crate::money::Currency;
use crate::report::columns::FileKind;
use crate::report::headline::is_pending;
use crate::report::overview::{Made, value};
use crate::report::sentence::Voice;
use crate::report::urgent::Urgent;
use crate::wording::Word;

/// Discrepancies that are shown: enough for a morning's work, the rest is in the file.
const SHOWN: usize = 200;

const KIND: FileKind = FileKind::Discrepancies;

/// A group of the discrepancies that are not closed, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// What somebody has to work on, the gravest first: those that the headline counts.
    Pending(Reverse<Severity>),
    /// What may close by itself.
    Timing,
}

impl Group {
    /// That of a row.
    pub(super) const fn of(state: State, severity: Severity) -> Self {
        if is_pending(state) { Self::Pending(Reverse(severity)) } else { Self::Timing }
    }

    /// What it is called.
    pub(super) fn word(self, language: Language) -> &'static str {
        match self {
            Self::Pending(Reverse(severity)) => severity.word(language),
            Self::Timing => State::Timing.word(language),
        }
    }

    /// A code for links.
    const fn code(self) -> &'static str {
        match self {
            Self::Pending(Reverse(severity)) => severity.code(),
            Self::Timing => State::Timing.code(),
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Pending(Reverse(Severity::Critical)) => "bad",
            Self::Pending(Reverse(Severity::High)) => "warn",
            Self::Pending(Reverse(Severity::Medium | Severity::Low)) | Self::Timing => "plain",
        }
    }
}

/// What is shown of a discrepancy, as the file says it.
struct Line {
    id: String,
    account: String,
    stream: String,
    kind: String,
    state: String,
    time: String,
    order_no: String,
    difference: String,
    cause: String,
    explanation: String,
    action: String,
}

impl Line {
    fn of(cells: &[&str], (minor, currency): (i64, Currency), made: Made<'_>) -> Self {
        let text = |code| value(KIND, cells, code).to_owned();
        let either = |first: String, second| if first.is_empty() { text(second) } else { first };
        let product = text("product");
        let gap = if product.is_empty() { "" } else { " · " };
        Self {
            id: text("discrepancy_id"),
            account: made.title_of(&text("account")).to_owned(),
            stream: format!("{}{gap}{product}", text("kind")),
            kind: text("type"),
            state: text("state"),
            time: either(text("merchant_time"), "provider_time"),
            order_no: either(text("merchant_order_no"), "provider_order_no"),
            difference: amount(minor, currency),
            cause: text("pattern"),
            explanation: text("explanation"),
            action: text("suggested_action"),
        }
    }
}

/// The most urgent of the discrepancies that are not closed, and how many there are in all.
pub(super) struct Rows(Urgent<Group, Line>);

impl Default for Rows {
    fn default() -> Self {
        Self(Urgent::new(SHOWN))
    }
}

impl Rows {
    /// Looks at a row; `number` is its place in the file.
    pub(super) fn add(
        &mut self,
        cells: &[&str],
        place: (Group, u64),
        money: (i64, Currency),
        made: Made<'_>,
    ) {
        self.0.offer(place, money, || Line::of(cells, money, made));
    }

    /// Writes them. `counts` are those of all rows that are not closed, `causes` says what a cause is called.
    pub(super) fn section(
        &self,
        html: &mut String,
        made: Made<'_>,
        counts: &BTreeMap<Group, Tallies>,
        causes: &BTreeMap<String, String>,
    ) {
        let voice = made.voice;
        let title = voice.pick("差异明细（按严重程度）", "Discrepancies by severity");
        let _ = writeln!(html, "<section id=\"discrepancies\">\n<h2>{title}</h2>");
        let name = KIND.name(made.label(), voice.language);
        let _ = writeln!(
            html,
            "<p class=\"more\">{}</p>",
            super::extent(self.0.kept(), self.0.count(), &name, voice)
        );
        self.filter(html, voice);
        for (group, tallies) in counts {
            self.group(html, *group, tallies, causes, made);
        }
        put(html, "</section>\n");
    }

    /// The search and the filters; they appear where scripts run.
    fn filter(&self, html: &mut String, voice: Voice) {
        let of = |text: fn(&Line) -> &str| {
            self.0.iter().map(|(_, _, line)| text(line)).collect::<BTreeSet<&str>>().into_iter()
        };
        let search = voice.pick("搜索订单号、编号、说明", "search order numbers, ids, words");
        let _ = writeln!(
            html,
            "<div id=\"filter\" class=\"filter\" role=\"search\" hidden>\n<label>{} <input type=\"search\" \
             name=\"text\" placeholder=\"{search}\"></label>",
            voice.pick("搜索", "search")
        );
        choice(html, "account", voice.pick("账户", "account"), of(|line| &line.account), voice);
        choice(html, "stream", voice.pick("业务", "kind"), of(|line| &line.stream), voice);
        choice(html, "kind", voice.pick("差异类型", "type"), of(|line| &line.kind), voice);
        choice(html, "state", voice.pick("状态", "state"), of(|line| &line.state), voice);
        let _ = writeln!(
            html,
            "<button type=\"button\" data-open=\"yes\">{}</button>\n<button type=\"button\" data-open=\"no\">\
             {}</button>\n<output aria-live=\"polite\" data-text=\"{}\"></output>\n</div>",
            voice.pick("全部展开", "open all"),
            voice.pick("全部收起", "close all"),
            voice.pick("本页所示差异中有 {n} 笔符合", "{n} of the rows shown here fit"),
        );
    }

    /// The rows of a group.
    fn group(
        &self,
        html: &mut String,
        group: Group,
        tallies: &Tallies,
        causes: &BTreeMap<String, String>,
        made: Made<'_>,
    ) {
        let voice = made.voice;
        let lines = self.0.iter().filter(|(it, ..)| *it == group).map(|(_, _, line)| line);
        let lines: Vec<&Line> = lines.collect();
        let all = tallies.values().fold(0_i64, |sum, tally| sum.saturating_add(tally.count));
        let sums: Vec<String> =
            tallies.iter().map(|(currency, tally)| voice.amount(tally.minor, *currency)).collect();
        let (word, class) = (group.word(voice.language), group.class());
        let sums = sums.join(voice.pick("、", ", "));
        let head = voice
            .pick(
                "{n} 笔，差异金额合计 {sums}，本页显示 {shown} 笔",
                "{n}, difference {sums}; {shown} shown here",
            )
            .replace("{n}", &all.to_string())
            .replace("{sums}", &sums)
            .replace("{shown}", &lines.len().to_string());
        let _ = writeln!(
            html,
            "<details open id=\"severity-{}\">\n<summary><h3><b class=\"{class}\">{word}</b></h3> <span>{}</span></summary>",
            group.code(),
            escaped(&head)
        );
        if lines.is_empty() {
            let name = KIND.name(made.label(), voice.language);
            let _ = writeln!(
                html,
                "<p class=\"more\">{} {}</p>",
                voice.pick("本页未显示，全部见", "None is shown here: see"),
                link(&name)
            );
        } else {
            scrolling(html, word);
            head_of_rows(html, voice);
            for line in lines {
                row(html, line, causes, voice);
            }
            put(html, "</tbody></table></div>\n");
        }
        put(html, "</details>\n");
    }
}

fn head_of_rows(html: &mut String, voice: Voice) {
    put(html, "<table>\n<thead><tr>");
    let names = [
        ("", voice.pick("订单号 / 差异编号", "order number / id")),
        ("", voice.pick("账户 / 业务 / 时间", "account / kind / time")),
        ("", voice.pick("差异类型 / 状态 / 原因", "type / state / cause")),
        (" class=\"n\"", voice.pick("差异金额(元)", "difference")),
        ("", voice.pick("说明", "explanation")),
        ("", voice.pick("建议处理", "what to do")),
    ];
    for (class, name) in names {
        let _ = write!(html, "<th scope=\"col\"{class}>{name}</th>");
    }
    put(html, "</tr></thead>\n<tbody>\n");
}

fn row(html: &mut String, line: &Line, causes: &BTreeMap<String, String>, voice: Voice) {
    let [id, account, stream, kind, state, time, order_no, explanation, action] = [
        &line.id,
        &line.account,
        &line.stream,
        &line.kind,
        &line.state,
        &line.time,
        &line.order_no,
        &line.explanation,
        &line.action,
    ]
    .map(|text| escaped(text));
    let cause = causes.get(&line.cause).map_or_else(String::new, |name| {
        let label = voice.pick("原因", "cause");
        format!("<br>{label}: <a href=\"#{}\">{}</a>", escaped(&line.cause), escaped(name))
    });
    let _ = writeln!(
        html,
        "<tr id=\"{id}\" data-account=\"{account}\" data-stream=\"{stream}\" data-kind=\"{kind}\" \
         data-state=\"{state}\"><td class=\"id\">{order_no}<br><a href=\"#{id}\">{id}</a></td>\
         <td class=\"short\">{account}<br>{stream}<br><time>{time}</time></td>\
         <td class=\"short\">{kind}<br>{state}{cause}</td><td class=\"n\">{}</td>\
         <td class=\"say\">{explanation}</td><td class=\"say\">{action}</td></tr>",
        escaped(&line.difference),
    );
}

/// A field that chooses one of the values that the rows have.
fn choice<'a>(
    html: &mut String,
    name: &str,
    label: &str,
    values: impl Iterator<Item = &'a str>,
    voice: Voice,
) {
    let _ = write!(
        html,
        "<label>{label} <select name=\"{name}\"><option value=\"\">{}</option>",
        voice.pick("全部", "all")
    );
    for value in values {
        let value = escaped(value);
        let _ = write!(html, "<option value=\"{value}\">{value}</option>");
    }
    put(html, "</select></label>\n");
}

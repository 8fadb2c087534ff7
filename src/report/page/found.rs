//! The discrepancies: how many are open, of which type, how old and how urgent, what changed, and
//! the most urgent ones themselves.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{escaped, put, rest};
use crate::discrepancy::{DiscrepancyType, Severity, State};
use crate::money::{Currency, hundredths, minor_from_units, units};
use crate::report::ReportError;
use crate::report::columns::FileKind;
use crate::report::discrepancies::Tally;
use crate::report::overview::{Made, value};
use crate::report::sentence::Voice;
use crate::report::words::Word;

/// Discrepancies that are shown: enough for a morning's work, the rest is in the file.
const SHOWN: usize = 200;

const KIND: FileKind = FileKind::Discrepancies;

/// How a discrepancy is ranked: the most urgent first, then the largest, then as in the file.
type Rank = (Reverse<Severity>, Reverse<u64>, u64);

/// What is shown of a discrepancy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    rank: Rank,
    kind: DiscrepancyType,
    severity: Severity,
    cells: [String; 7],
}

/// How many and how much, per currency.
type Tallies = BTreeMap<Currency, Tally>;

/// What the discrepancy file says, in one pass.
#[derive(Default)]
pub(super) struct Found {
    by_type: BTreeMap<(DiscrepancyType, State), Tallies>,
    by_severity: BTreeMap<Reverse<Severity>, Tallies>,
    by_age: BTreeMap<usize, Tallies>,
    fresh: Tallies,
    closed: Tallies,
    carried: Tallies,
    lines: BTreeSet<Line>,
    unshown: u64,
}

/// Ages in days up to which a discrepancy counts to a class.
const AGES: [(i64, &str, &str); 5] = [
    (0, "本日发现", "found today"),
    (1, "1 天", "1 day"),
    (3, "2–3 天", "2–3 days"),
    (7, "4–7 天", "4–7 days"),
    (i64::MAX, "超过 7 天", "more than 7 days"),
];

impl Found {
    pub(super) fn read(made: Made<'_>) -> Result<Self, ReportError> {
        let mut found = Self::default();
        let mut number = 0_u64;
        made.rows(KIND, |cells| {
            number = number.saturating_add(1);
            found.add(cells, number);
            Ok(())
        })?;
        Ok(found)
    }

    /// Adds a row. The words are our own, written a moment ago.
    fn add(&mut self, cells: &[&str], number: u64) {
        let text = |code| value(KIND, cells, code);
        let kind = DiscrepancyType::from_word(text("type"));
        let (Some(kind), Some(state)) = (kind, State::from_word(text("state"))) else { return };
        let severity = Severity::from_word(text("severity")).unwrap_or(Severity::Low);
        let age = text("age_days").parse::<i64>().unwrap_or(0);
        let currency = Currency::parse(text("currency")).unwrap_or_default();
        let minor = minor_from_units(text("difference"), currency).unwrap_or(0);
        let one = (currency, Tally { count: 1, minor });
        add(self.by_type.entry((kind, state)).or_default(), one);
        if state.is_closed() {
            add(&mut self.closed, one);
            return;
        }
        add(if age <= 0 { &mut self.fresh } else { &mut self.carried }, one);
        add(self.by_severity.entry(Reverse(severity)).or_default(), one);
        let class = AGES.iter().position(|(most, ..)| age <= *most).unwrap_or(0);
        add(self.by_age.entry(class).or_default(), one);
        let size = hundredths(minor.unsigned_abs(), currency);
        let rank = (Reverse(severity), Reverse(size), number);
        if self.lines.len() >= SHOWN {
            self.unshown = self.unshown.saturating_add(1);
            if self.lines.last().is_some_and(|last| last.rank <= rank) {
                return;
            }
            self.lines.pop_last();
        }
        let difference = amount(minor, currency);
        let cells = [
            text("discrepancy_id"),
            text("account"),
            text("merchant_order_no"),
            &difference,
            text("state"),
            text("explanation"),
            text("suggested_action"),
        ];
        self.lines.insert(Line { rank, kind, severity, cells: cells.map(str::to_owned) });
    }

    pub(super) fn section(&self, html: &mut String, made: Made<'_>, voice: Voice) {
        let title = voice.pick("尚未关闭的差异", "What is open");
        let _ = writeln!(html, "<section>\n<h2>{title}</h2>");
        if self.by_type.is_empty() {
            let none = voice.pick("没有差异。", "There are no discrepancies.");
            let _ = writeln!(html, "<p class=\"none\">{none}</p>\n</section>");
            return;
        }
        self.counts(html, voice);
        put(html, "</section>\n<section>\n");
        self.rows(html, voice);
        rest(html, self.unshown, &KIND.name(made.label, voice.language), voice);
        put(html, "</section>\n");
    }

    fn counts(&self, html: &mut String, voice: Voice) {
        let language = voice.language;
        put(html, "<div class=\"cards\">\n");
        let by_type: Vec<_> = self
            .by_type
            .iter()
            .filter(|((_, state), _)| !state.is_closed())
            .map(|((kind, state), tally)| {
                let name = format!("{} · {}", kind.word(language), state.word(language));
                (name, tally)
            })
            .collect();
        card(html, voice.pick("按类型", "by type"), &by_type, voice);
        put(html, "<div>\n");
        let severities = self.by_severity.iter();
        let severities =
            severities.map(|(Reverse(it), tally)| (it.word(language).to_owned(), tally));
        table(
            html,
            voice.pick("按严重程度", "by severity"),
            &severities.collect::<Vec<_>>(),
            voice,
        );
        let ages = self.by_age.iter().filter_map(|(class, tally)| {
            let (_, zh, en) = AGES.get(*class)?;
            Some((voice.pick(zh, en).to_owned(), tally))
        });
        table(html, voice.pick("按账龄", "by age"), &ages.collect::<Vec<_>>(), voice);
        put(html, "</div>\n");
        let changed = [
            (voice.pick("本日新增", "new today").to_owned(), &self.fresh),
            (
                voice.pick("以前发现、仍未关闭", "found before and still open").to_owned(),
                &self.carried,
            ),
            (voice.pick("本次关闭", "closed now").to_owned(), &self.closed),
        ];
        card(html, voice.pick("变化", "what changed"), &changed, voice);
        put(html, "</div>\n");
    }

    /// The rows, the types with the most urgent ones first.
    fn rows(&self, html: &mut String, voice: Voice) {
        let mut types: Vec<DiscrepancyType> = Vec::new();
        for line in &self.lines {
            if !types.contains(&line.kind) {
                types.push(line.kind);
            }
        }
        for kind in types {
            let lines: Vec<&Line> = self.lines.iter().filter(|line| line.kind == kind).collect();
            let _ = writeln!(html, "<h3>{} ({})</h3>", kind.word(voice.language), lines.len());
            put(html, "<div class=\"wide\"><table>\n<thead><tr>");
            let names = [
                ("", voice.pick("差异编号 / 订单号", "id / order number")),
                ("", voice.pick("账户", "account")),
                (" class=\"n\"", voice.pick("差异金额(元)", "difference")),
                ("", voice.pick("状态", "state")),
                ("", voice.pick("说明", "explanation")),
                ("", voice.pick("建议处理", "what to do")),
            ];
            for (class, name) in names {
                let _ = write!(html, "<th{class}>{name}</th>");
            }
            put(html, "</tr></thead>\n<tbody>\n");
            for line in lines {
                row(html, line, voice);
            }
            put(html, "</tbody></table></div>\n");
        }
    }
}

fn row(html: &mut String, line: &Line, voice: Voice) {
    let [id, account, order_no, difference, state, explanation, action] =
        line.cells.each_ref().map(|cell| escaped(cell));
    let class = match line.severity {
        Severity::Critical => "bad",
        Severity::High => "warn",
        Severity::Medium | Severity::Low => "",
    };
    let severity = line.severity.word(voice.language);
    let _ = writeln!(
        html,
        "<tr><td class=\"id\">{id}<br>{order_no}</td><td>{account}</td><td class=\"n\">{difference}\
         </td><td class=\"state\">{state}<br><b class=\"{class}\">{severity}</b></td><td class=\"say\">{explanation}\
         </td><td class=\"say\">{action}</td></tr>"
    );
}

fn card(html: &mut String, title: &str, lines: &[(String, &Tallies)], voice: Voice) {
    put(html, "<div>\n");
    table(html, title, lines, voice);
    put(html, "</div>\n");
}

fn table(html: &mut String, title: &str, lines: &[(String, &Tallies)], voice: Voice) {
    let _ = write!(
        html,
        "<table>\n<thead><tr><th>{title}</th><th class=\"n\">{}</th><th class=\"n\">{}</th></tr>\
         </thead>\n<tbody>\n",
        voice.pick("笔数", "count"),
        voice.pick("差异金额(元)", "yuan"),
    );
    let none = Tallies::from([(Currency::CNY, Tally::default())]);
    for (name, tallies) in lines {
        let tallies = if tallies.is_empty() { &none } else { *tallies };
        for (currency, Tally { count, minor }) in tallies {
            let _ = writeln!(
                html,
                "<tr><td>{}</td><td class=\"n\">{count}</td><td class=\"n\">{}</td></tr>",
                escaped(name),
                amount(*minor, *currency)
            );
        }
    }
    put(html, "</tbody></table>\n");
}

/// An amount, with its currency where that is not yuan.
fn amount(minor: i64, currency: Currency) -> String {
    let text = units(minor, currency);
    if currency == Currency::CNY { text } else { format!("{text} {currency}") }
}

fn add(tallies: &mut Tallies, (currency, one): (Currency, Tally)) {
    let tally = tallies.entry(currency).or_default();
    // The same sums fitted when the file was written.
    *tally = tally.plus(one).unwrap_or(*tally);
}

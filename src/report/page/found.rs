//! The discrepancies: how many are open, of which type, how old and how urgent, what changed, and
//! the most urgent ones themselves.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::rows::{Group, Rows};
use super::{escaped, put};
use crate::discrepancy::{DiscrepancyType, Severity, State};
use crate::money::{Currency, grouped, minor_from_units, units};
use crate::report::ReportError;
use crate::report::columns::FileKind;
use crate::report::discrepancies::Tally;
use crate::report::overview::{Made, value};
use crate::report::sentence::Voice;
use crate::wording::Word;

const KIND: FileKind = FileKind::Discrepancies;

/// How many and how much, per currency.
pub(super) type Tallies = BTreeMap<Currency, Tally>;

/// What the discrepancy file says, in one pass.
#[derive(Default)]
pub(super) struct Found {
    by_type: BTreeMap<(DiscrepancyType, State), Tallies>,
    by_group: BTreeMap<Group, Tallies>,
    by_age: BTreeMap<usize, Tallies>,
    fresh: Tallies,
    closed: Tallies,
    carried: Tallies,
    rows: Rows,
    /// What each cause is called, by its id.
    causes: BTreeMap<String, String>,
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
            found.add(cells, number, made);
            Ok(())
        })?;
        made.rows(FileKind::Patterns, |cells| {
            let text = |code| value(FileKind::Patterns, cells, code).to_owned();
            found.causes.insert(text("pattern_id"), text("pattern"));
            Ok(())
        })?;
        Ok(found)
    }

    /// Adds a row. The words are our own, written a moment ago.
    fn add(&mut self, cells: &[&str], number: u64, made: Made<'_>) {
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
        let group = Group::of(state, severity);
        add(self.by_group.entry(group).or_default(), one);
        let class = AGES.iter().position(|(most, ..)| age <= *most).unwrap_or(0);
        add(self.by_age.entry(class).or_default(), one);
        self.rows.add(cells, (group, number), (minor, currency), made);
    }

    pub(super) fn section(&self, html: &mut String, made: Made<'_>, voice: Voice) {
        let title = voice.pick("尚未关闭的差异", "What is open");
        let _ = writeln!(html, "<section id=\"open\">\n<h2>{title}</h2>");
        if self.by_type.is_empty() {
            let none = voice.pick("没有差异。", "There are no discrepancies.");
            let _ = writeln!(html, "<p class=\"none\">{none}</p>\n</section>");
            return;
        }
        self.counts(html, voice);
        put(html, "</section>\n");
        self.rows.section(html, made, &self.by_group, &self.causes);
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
        let groups = self.by_group.iter();
        let groups = groups.map(|(group, tally)| (group.word(language).to_owned(), tally));
        table(html, voice.pick("按严重程度", "by severity"), &groups.collect::<Vec<_>>(), voice);
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
}

fn card(html: &mut String, title: &str, lines: &[(String, &Tallies)], voice: Voice) {
    put(html, "<div>\n");
    table(html, title, lines, voice);
    put(html, "</div>\n");
}

fn table(html: &mut String, title: &str, lines: &[(String, &Tallies)], voice: Voice) {
    let _ = write!(
        html,
        "<table>\n<thead><tr><th scope=\"col\">{title}</th><th scope=\"col\" class=\"n\">{}</th><th scope=\"col\" class=\"n\">{}</th></tr>\
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
                // A long code may be broken at its parts.
                escaped(name).replace('_', "_<wbr>"),
                amount(*minor, *currency)
            );
        }
    }
    put(html, "</tbody></table>\n");
}

/// An amount, with its currency where that is not yuan.
pub(super) fn amount(minor: i64, currency: Currency) -> String {
    let text = grouped(&units(minor, currency));
    if currency == Currency::CNY { text } else { format!("{text} {currency}") }
}

fn add(tallies: &mut Tallies, (currency, one): (Currency, Tally)) {
    let tally = tallies.entry(currency).or_default();
    // The same sums fitted when the file was written.
    *tally = tally.plus(one).unwrap_or(*tally);
}

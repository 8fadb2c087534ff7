//! How the index looks: no script, drawings in the page itself.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::{AGES, Ages, Figures, FolderSummary, Night};
use crate::config::Language;
use crate::money::{Currency, grouped, units};
use crate::report::page::{Head, escaped, open_answer, opening, scrolling};
use crate::status::Verdict;
use crate::wording::Word;

/// What the index has beyond the pages of the days.
const CSS: &str = "\
table.strip { width: auto; }
table.strip td, table.strip th { padding: .2rem .3rem; text-align: center; }
table.strip td:first-child, table.strip th:first-child { text-align: left; }
table.strip th { font-weight: 400; font-size: .75rem; }
table.strip td b { display: block; border-radius: 3px; min-width: 1.2rem; }
figure { flex-basis: 26rem; max-width: 37rem; }
svg text { font-size: 17px; }
.cards figure { margin-bottom: 1rem; }
.line { fill: none; stroke: var(--ink); stroke-width: 1.5; }
.came { fill: var(--bad); } .went { fill: var(--good); } .aged { fill: var(--warn); }
";

/// Width and height of a drawing, and the height that its bars may have.
const WIDTH: i64 = 620;
const HEIGHT: i64 = 150;
const ROOM: i64 = 95;
/// The widest bar: a single night does not fill the drawing.
const BAR_MAX: i64 = 40;
/// Where the bars stand.
const FLOOR: i64 = 125;

/// The whole page. `ages` is `None` where they could not be read.
pub(super) fn html(nights: &[Night], ages: Option<Ages>, language: Language) -> String {
    let title = language.pick("对账总览", "Reconciliation overview");
    let mut html = opening(&Head { language, title, heading: title, styles: CSS, script: None });
    newest(&mut html, nights, language);
    strip(&mut html, nights, language);
    html.push_str("<section class=\"cards\">\n");
    let count = |it: &Figures| (it.pending, it.pending.to_string());
    trend(&mut html, nights, language.pick("待处理笔数（人民币）", "open, count (CNY)"), count);
    let money = |it: &Figures| (it.pending_minor, grouped(&units(it.pending_minor, Currency::CNY)));
    trend(&mut html, nights, language.pick("待处理涉及金额（元）", "open, at stake (yuan)"), money);
    moves(
        &mut html,
        nights,
        language.pick("新增（上）与关闭（下）笔数", "new (up) and closed (down), count"),
    );
    if let Some(ages) = ages {
        bars(&mut html, ages, language);
    } else {
        let text =
            language.pick("最新一日的差异明细无法读取", "the newest discrepancies cannot be read");
        let _ = writeln!(html, "<p class=\"bad\">{text}</p>");
    }
    html.push_str("</section>\n");
    list(&mut html, nights, language);
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

/// The headline of the newest night, with a link to its page.
fn newest(html: &mut String, nights: &[Night], language: Language) {
    let Some(night) = nights.last() else { return };
    let Some(summary) = &night.summary else { return };
    let Some((doubt, lines)) = &summary.headline else { return };
    let heading = language.pick("最近账期日", "Newest business date");
    let _ = writeln!(html, "<h2>{heading} <time>{}</time></h2>", night.date);
    open_answer(html, *doubt, lines);
    let (date, page) = (night.date, escaped(&summary.page));
    let text = language.pick("对账报告", "report");
    let _ = writeln!(html, "<p><a href=\"{date}/{page}\">{text} {date}</a></p>\n</section>");
}

/// The sign, the class and nothing else: colour alone says nothing to everybody.
const fn sign(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Complete => ("✓", "good"),
        Verdict::ProvedEmpty => ("○", "good"),
        Verdict::Unasked => ("–", "warn"),
        Verdict::Incomplete => ("△", "warn"),
        Verdict::NotReady => ("…", "warn"),
        Verdict::Failed => ("✕", "bad"),
    }
}

/// Verdicts, an account a line and a night a column.
fn strip(html: &mut String, nights: &[Night], language: Language) {
    let names: BTreeSet<&String> = nights
        .iter()
        .filter_map(|it| it.summary.as_ref())
        .flat_map(|it| it.verdicts.keys())
        .collect();
    html.push_str("<section>\n");
    scrolling(html, language.pick("各账户核对结论", "verdict per account"));
    html.push_str("<table class=\"strip\">\n<thead><tr><th></th>");
    for night in nights {
        let _ = write!(html, "<th>{}</th>", night.date.date().format("%m-%d"));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for name in names {
        let mut summary = nights.iter().rev().filter_map(|night| night.summary.as_ref());
        let title = summary.find_map(|summary| summary.titles.get(name)).unwrap_or(name);
        let _ = write!(html, "<tr><td>{}</td>", escaped(title));
        for night in nights {
            let verdict = night.summary.as_ref().and_then(|summary| summary.verdicts.get(name));
            match verdict {
                Some((verdict, _)) => {
                    let ((sign, class), word) = (sign(*verdict), verdict.word(language));
                    let date = night.date;
                    let _ = write!(
                        html,
                        "<td><b class=\"{class}\" title=\"{date} {word}\">{sign}</b></td>"
                    );
                }
                None => html.push_str("<td></td>"),
            }
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n<p class=\"more\">");
    for verdict in Verdict::ALL {
        let _ = write!(html, "{} {} &nbsp; ", sign(*verdict).0, verdict.word(language));
    }
    html.push_str("</p>\n</section>\n");
}

/// The figures of a night in yuan; nothing where nothing is known.
fn yuan(night: &Night) -> Option<&Figures> {
    night.summary.as_ref().and_then(|summary| summary.totals.get(Currency::CNY.as_str()))
}

/// Where the night of a number stands.
fn across(at: usize, of: usize) -> i64 {
    let (at, of) = (i64::try_from(at).unwrap_or(0), i64::try_from(of).unwrap_or(1).max(1));
    at.saturating_mul(WIDTH).checked_div(of).unwrap_or(0)
}

/// How high a count is drawn where `most` has all the room.
fn high(count: i64, most: i64, room: i64) -> i64 {
    count.saturating_mul(room).checked_div(most.max(1)).unwrap_or(0)
}

fn figure(html: &mut String, caption: &str, drawing: &str) {
    let _ = writeln!(
        html,
        "<figure><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\">{drawing}</svg>\
         <figcaption>{0}</figcaption></figure>",
        escaped(caption),
    );
}

fn ends(drawing: &mut String, nights: &[Night]) {
    // A single night has one end.
    let last = nights.last().filter(|_| nights.len() > 1);
    for (night, (x, anchor)) in
        [nights.first(), last].into_iter().zip([(0, "start"), (WIDTH, "end")])
    {
        if let Some(night) = night {
            let _ = write!(
                drawing,
                "<text x=\"{x}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
                HEIGHT.saturating_sub(5),
                night.date
            );
        }
    }
}

/// What is open or on suspense, night by night: a number and how it is shown; a night of which nothing is known parts the line.
fn trend(
    html: &mut String,
    nights: &[Night],
    caption: &str,
    of: impl Fn(&Figures) -> (i64, String),
) {
    let highest = nights.iter().filter_map(yuan).map(&of).max();
    let (most, most_shown) = highest.unwrap_or_default();
    let mut drawing = String::new();
    let mut path = String::new();
    let mut draws = false;
    for (at, night) in nights.iter().enumerate() {
        let Some(figures) = yuan(night) else {
            draws = false;
            continue;
        };
        let x = across(at, nights.len().saturating_sub(1));
        let (number, shown) = of(figures);
        let y = FLOOR.saturating_sub(high(number, most, ROOM));
        let _ = write!(path, "{}{x} {y} ", if draws { "L" } else { "M" });
        let _ = write!(
            drawing,
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"4\"><title>{} {}</title></circle>",
            night.date,
            escaped(&shown)
        );
        draws = true;
    }
    let _ = write!(
        drawing,
        "<path class=\"line\" d=\"{path}\"/><text x=\"0\" y=\"16\">{most_shown}</text>"
    );
    ends(&mut drawing, nights);
    figure(html, caption, &drawing);
}

/// What came and what went, night by night.
fn moves(html: &mut String, nights: &[Night], caption: &str) {
    let most = nights.iter().filter_map(yuan).map(|it| it.new.max(it.closed)).max().unwrap_or(0);
    let middle = FLOOR.checked_div(2).unwrap_or(0);
    let width = WIDTH.checked_div(i64::try_from(nights.len()).unwrap_or(1).max(1)).unwrap_or(1);
    let mut drawing = String::new();
    for (at, night) in nights.iter().enumerate() {
        let Some(figures) = yuan(night) else { continue };
        let x = across(at, nights.len());
        let room = middle.saturating_sub(22);
        let (up, down) = (high(figures.new, most, room), high(figures.closed, most, room));
        for (class, y, height, count) in [
            ("came", middle.saturating_sub(up), up, figures.new),
            ("went", middle, down, figures.closed),
        ] {
            let _ = write!(
                drawing,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{height}\">\
                 <title>{} {count}</title></rect>",
                width.saturating_sub(2).clamp(1, BAR_MAX),
                night.date
            );
        }
    }
    let _ = write!(drawing, "<text x=\"0\" y=\"16\">{most}</text>");
    ends(&mut drawing, nights);
    figure(html, caption, &drawing);
}

/// How old the open rows of the newest night are.
fn bars(html: &mut String, ages: Ages, language: Language) {
    let most = ages.iter().copied().max().unwrap_or(0);
    let mut drawing = String::new();
    let days = |text: String| match language {
        Language::Zh => format!("{text} 天"),
        Language::En => format!("{text} days"),
    };
    let mut from = 0_i64;
    let mut labels: Vec<String> = Vec::new();
    for most in AGES {
        labels.push(days(format!("{from}-{most}")));
        from = most.saturating_add(1);
    }
    labels.push(days(format!("≥{from}")));
    for (at, (count, label)) in ages.iter().zip(&labels).enumerate() {
        let (x, height) = (across(at, ages.len()), high(*count, most, ROOM.saturating_sub(12)));
        let y = FLOOR.saturating_sub(height);
        let _ = write!(
            drawing,
            "<rect class=\"aged\" x=\"{x}\" y=\"{y}\" width=\"100\" height=\"{height}\"/>\
             <text x=\"{x}\" y=\"{}\">{count}</text><text x=\"{x}\" y=\"{}\">{label}</text>",
            y.saturating_sub(4),
            HEIGHT.saturating_sub(5),
        );
    }
    let caption = match language {
        Language::Zh => "最新一日待处理与挂账差异的账龄（笔）",
        Language::En => "ages of what is open or on suspense on the newest day (count)",
    };
    figure(html, caption, &drawing);
}

/// A line for each night, newest first.
fn list(html: &mut String, nights: &[Night], language: Language) {
    let zh = language == Language::Zh;
    let names = if zh {
        [
            "账期日",
            "核对完整的账户",
            "币种",
            "待处理",
            "待处理涉及金额",
            "未结",
            "未结涉及金额",
            "新增",
            "关闭",
            "余额差额",
        ]
    } else {
        [
            "date",
            "accounts proved",
            "currency",
            "open",
            "open, at stake",
            "outstanding",
            "outstanding, at stake",
            "new",
            "closed",
            "balance gap",
        ]
    };
    html.push_str("<section>\n");
    scrolling(html, language.pick("各账期", "each night"));
    html.push_str("<table>\n<thead><tr>");
    for name in names {
        let _ = write!(html, "<th>{name}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for night in nights.iter().rev() {
        let date = night.date;
        let Some(summary) = &night.summary else {
            let text = if zh {
                "报告目录无法读取，或已被改动：请运行 duizhang verify"
            } else {
                "cannot be read, or was changed: run duizhang verify"
            };
            let _ = writeln!(
                html,
                "<tr><td><a href=\"{date}/\">{date}</a></td><td colspan=\"9\" class=\"bad\">{text}</td></tr>"
            );
            continue;
        };
        for (currency, figures) in &summary.totals {
            line(html, night, summary, (currency, figures), language);
        }
    }
    html.push_str("</tbody></table></div>\n</section>\n");
}

fn line(
    html: &mut String,
    night: &Night,
    summary: &FolderSummary,
    (currency, it): (&str, &Figures),
    language: Language,
) {
    let date = night.date;
    let proved = summary.verdicts.values().filter(|(_, is_proved)| *is_proved).count();
    let all = summary.verdicts.len();
    let class = if proved == all { "good" } else { "warn" };
    // A bridge is in yuan.
    let gaps = summary.gaps.iter().filter(|_| currency == Currency::CNY.as_str());
    let gaps: Vec<&str> =
        gaps.map(|name| summary.titles.get(name).unwrap_or(name).as_str()).collect();
    let _ = writeln!(
        html,
        "<tr><td><a href=\"{date}/{}\">{date}</a></td><td class=\"{class}\">{proved}/{all}</td>\
         <td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"warn\">{}</td></tr>",
        escaped(&summary.page),
        escaped(currency),
        it.pending,
        escaped(&grouped(&it.pending_amount)),
        it.outstanding,
        escaped(&grouped(&it.outstanding_amount)),
        it.new,
        it.closed,
        escaped(&gaps.join(language.pick("、", ", "))),
    );
}

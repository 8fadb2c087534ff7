//! The balance bridges as drawings: from the opening balance, change by change, to what the account should
//! hold, beside what the provider says that it holds.

use std::fmt::Write;

use super::{escaped, put, scrolling};
use crate::money::{Currency, grouped, minor_from_units, yuan};
use crate::report::ReportError;
use crate::report::balances::Section;
use crate::report::columns::FileKind;
use crate::report::overview::{Made, value};
use crate::rules::bridge::BridgeLineKind;
use crate::wording::Word;

const KIND: FileKind = FileKind::Balances;

/// Width of a drawing, where its bars begin and end, and the height of a line.
const WIDTH: i64 = 760;
const BARS_FROM: i64 = 250;
const BARS_TO: i64 = 630;
const LINE: i64 = 22;
/// Bars are at least this wide.
const LEAST: i64 = 2;

/// A line of a bridge.
struct Step {
    kind: BridgeLineKind,
    name: String,
    minor: i64,
}

/// Writes a drawing for each account that has a bridge.
pub(super) fn section(html: &mut String, made: Made<'_>) -> Result<(), ReportError> {
    let bridges = read(made)?;
    let voice = made.voice;
    if bridges.is_empty() {
        return Ok(());
    }
    let title = voice.pick("余额变动（元）", "From the opening to the closing balance (yuan)");
    let _ = writeln!(html, "<section id=\"bridges\">\n<h2>{title}</h2>\n<div class=\"figures\">");
    for (account, steps) in &bridges {
        let shown = made.title_of(account);
        let (drawing, is_cut) = drawn(steps);
        let caption = match (is_cut, shown) {
            (false, shown) => shown.to_owned(),
            (true, shown) => {
                format!(
                    "{shown} {}",
                    voice.pick("（横轴未从零开始）", "(the axis does not begin at zero)")
                )
            }
        };
        put(html, "<figure>");
        scrolling(html, &caption);
        let height = i64::try_from(steps.len()).unwrap_or(0).saturating_mul(LINE);
        let _ = writeln!(
            html,
            "<svg class=\"bridge\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{0}\">{drawing}</svg>\
             </div><figcaption>{0}</figcaption></figure>",
            escaped(&caption)
        );
    }
    put(html, "</div>\n</section>\n");
    Ok(())
}

/// The bridges of the file, in its order; without what has no figures.
fn read(made: Made<'_>) -> Result<Vec<(String, Vec<Step>)>, ReportError> {
    let mut bridges: Vec<(String, Vec<Step>)> = Vec::new();
    made.rows(KIND, |cells| {
        let text = |code| value(KIND, cells, code);
        let kind = BridgeLineKind::from_word(text("line"));
        let minor = minor_from_units(text("amount"), Currency::CNY).ok();
        let is_bridge = Section::from_word(text("section")) == Some(Section::Bridge);
        let (Some(kind), Some(minor), true) = (kind, minor, is_bridge) else { return Ok(()) };
        let account = text("account").to_owned();
        let words = if text("name").is_empty() { text("line") } else { text("name") };
        let step = Step { kind, name: words.to_owned(), minor };
        match bridges.last_mut().filter(|(name, _)| *name == account) {
            Some((_, steps)) => steps.push(step),
            None => bridges.push((account, vec![step])),
        }
        Ok(())
    })?;
    bridges.retain(|(_, steps)| steps.iter().any(|step| step.kind == BridgeLineKind::BalanceGap));
    Ok(bridges)
}

/// From where to where a line's bar goes, in fen; what is held begins at the axis.
fn spans(steps: &[Step]) -> Vec<(Option<i64>, i64)> {
    let of = |kind| steps.iter().find(|step| step.kind == kind).map_or(0, |step| step.minor);
    let expected = of(BridgeLineKind::Expected);
    let mut level = 0_i64;
    let mut spans = Vec::new();
    for step in steps {
        let span = if step.kind.is_change() {
            let from = level;
            level = level.saturating_add(step.minor);
            (Some(from), level)
        } else if step.kind == BridgeLineKind::BalanceGap {
            (Some(expected), expected.saturating_add(step.minor))
        } else {
            if step.kind == BridgeLineKind::Opening {
                level = step.minor;
            }
            (None, step.minor)
        };
        spans.push(span);
    }
    spans
}

/// How the bar of a line looks.
fn class(step: &Step) -> &'static str {
    match (step.kind.is_change(), step.kind == BridgeLineKind::BalanceGap) {
        (true, _) if step.minor < 0 => "down",
        (true, _) => "up",
        (false, true) => "gap",
        (false, false) => "held",
    }
}

/// The drawing, and whether its axis begins elsewhere than at zero.
fn drawn(steps: &[Step]) -> (String, bool) {
    let spans = spans(steps);
    let ends = || spans.iter().flat_map(|(from, to)| from.iter().chain([to]).copied());
    let (low, high) = (ends().min().unwrap_or(0), ends().max().unwrap_or(0));
    // Changes that are small against the balance would not be seen beside it.
    let is_cut = low > 0 && high.saturating_sub(low) < low;
    let low = if is_cut {
        low.saturating_sub(high.saturating_sub(low).checked_div(8).unwrap_or(0))
    } else {
        low.min(0)
    };
    let high = if is_cut { high } else { high.max(0) }.max(low.saturating_add(1));
    let x = |minor: i64| -> i64 {
        let at = i128::from(minor).saturating_sub(i128::from(low));
        let room = i128::from(BARS_TO.saturating_sub(BARS_FROM));
        let whole = i128::from(high).saturating_sub(i128::from(low));
        let at = at.saturating_mul(room).checked_div(whole).unwrap_or(0);
        BARS_FROM.saturating_add(i64::try_from(at).unwrap_or(0))
    };
    let base = if is_cut { low } else { 0 };
    let mut drawing = String::new();
    for ((number, step), (from, to)) in (0_i64..).zip(steps).zip(&spans) {
        let (from, to) = (x(from.unwrap_or(base)), x(*to));
        let y = number.saturating_mul(LINE);
        let class = class(step);
        let width = to.saturating_sub(from).saturating_abs().max(LEAST);
        let text = y.saturating_add(15);
        let _ = write!(
            drawing,
            "<text x=\"0\" y=\"{text}\">{}</text><rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{width}\" \
             height=\"14\"/><text class=\"n\" x=\"{WIDTH}\" y=\"{text}\" text-anchor=\"end\">{}</text>",
            escaped(&step.name),
            from.min(to),
            y.saturating_add(4),
            grouped(&yuan(step.minor)),
        );
    }
    (drawing, is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: BridgeLineKind, minor: i64) -> Step {
        Step { kind, name: kind.code().to_owned(), minor }
    }

    #[test]
    fn each_change_begins_where_the_one_before_ended() {
        let steps = [
            step(BridgeLineKind::Opening, 1_000),
            step(BridgeLineKind::Payments, 500),
            step(BridgeLineKind::Fees, -20),
            step(BridgeLineKind::Expected, 1_480),
            step(BridgeLineKind::Closing, 1_470),
            step(BridgeLineKind::BalanceGap, -10),
        ];
        let expected = [
            (None, 1_000),
            (Some(1_000), 1_500),
            (Some(1_500), 1_480),
            (None, 1_480),
            (None, 1_470),
            (Some(1_480), 1_470),
        ];
        assert_eq!(spans(&steps), expected);
        let (drawing, is_cut) = drawn(&steps);
        assert!(is_cut && drawing.contains("class=\"gap\""), "{drawing}");
    }

    #[test]
    fn no_figure_breaks_the_drawing() {
        for minor in [0, 1, -1, i64::MAX, -i64::MAX] {
            for gap in [0, 7, -7] {
                let steps = [
                    step(BridgeLineKind::Opening, minor),
                    step(BridgeLineKind::Payments, minor),
                    step(BridgeLineKind::Expected, minor),
                    step(BridgeLineKind::Closing, minor),
                    step(BridgeLineKind::BalanceGap, gap),
                ];
                let (drawing, _) = drawn(&steps);
                let places = drawing.split(" x=\"").skip(1).filter_map(|it| it.split('"').next());
                for place in places {
                    let place: i64 = place.parse().expect("a number");
                    assert!((0..=WIDTH).contains(&place), "{minor} {gap}: {drawing}");
                    assert!(place <= BARS_TO || place == WIDTH, "{minor} {gap}: {drawing}");
                }
            }
        }
    }
}

//! The totals of both sides, and how their difference is explained.

use std::fmt::Write;

use super::{escaped, put};
use crate::money::yuan;
use crate::report::overview::Made;
use crate::report::sentence::Voice;
use crate::report::summary::Figures;
use crate::report::words;

/// Writes the totals per account and over all.
pub(super) fn totals(html: &mut String, made: Made<'_>, voice: Voice) {
    let title = voice.pick("双方合计（元）", "Totals of both sides (yuan)");
    let _ = writeln!(html, "<section>\n<h2>{title}</h2>");
    put(html, "<div class=\"wide\"><table>\n<thead><tr>");
    let _ = write!(html, "<th>{}</th>", voice.pick("账户", "account"));
    let numbers = [
        voice.pick("商户笔数", "merchant count"),
        voice.pick("商户金额", "merchant amount"),
        voice.pick("渠道笔数", "provider count"),
        voice.pick("渠道金额", "provider amount"),
        voice.pick("差异金额", "difference"),
        voice.pick("= 在途", "= timing"),
        voice.pick("+ 差异明细", "+ discrepancies"),
        voice.pick("+ 未解释", "+ unexplained"),
    ];
    for name in numbers {
        let _ = write!(html, "<th class=\"n\">{name}</th>");
    }
    put(html, "</tr></thead>\n<tbody>\n");
    let mut whole = Some(Figures::default());
    for account in made.accounts {
        row(html, "", &account.name, &account.total);
        whole = whole.and_then(|sum| sum.plus(&account.total));
    }
    if let (Some(whole), 2..) = (whole, made.accounts.len()) {
        row(html, " class=\"total\"", words::total(voice.language), &whole);
    }
    put(html, "</tbody></table></div>\n</section>\n");
}

fn row(html: &mut String, class: &str, name: &str, figures: &Figures) {
    let totals = &figures.totals;
    let unexplained = if figures.unexplained_minor == 0 { "n" } else { "n bad" };
    let _ = writeln!(
        html,
        "<tr{class}><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"{unexplained}\">{}</td></tr>",
        escaped(name),
        totals.merchant_count,
        yuan(totals.merchant_minor),
        totals.provider_count,
        yuan(totals.provider_minor),
        yuan(figures.difference_minor),
        yuan(figures.explained.timing.minor),
        yuan(figures.explained.discrepancy.minor),
        yuan(figures.unexplained_minor),
    );
}

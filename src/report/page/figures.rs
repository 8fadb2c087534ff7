//! The totals of both sides, and how their difference is explained.

use std::fmt::Write;

use super::{escaped, put, scrolling};
use crate::money::{Currency, grouped, units};
use crate::report::overview::Account;
use crate::report::sentence::Voice;
use crate::report::summary::{self, Figures};
use crate::wording;

/// Writes the totals per account and over all.
pub(super) fn totals(html: &mut String, accounts: &[Account<'_>], voice: Voice) {
    let is_yuan = |account: &Account<'_>| account.totals.keys().eq([&Currency::CNY]);
    let one = accounts.iter().all(is_yuan);
    let title = if one {
        voice.pick("双方合计（元）", "Totals of both sides (yuan)")
    } else {
        voice.pick("双方合计（按币种）", "Totals of both sides, per currency")
    };
    let _ = writeln!(html, "<section id=\"totals\">\n<h2>{title}</h2>");
    scrolling(html, title);
    put(html, "<table>\n<thead><tr>");
    let _ = write!(html, "<th scope=\"col\">{}</th>", voice.pick("账户", "account"));
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
        let _ = write!(html, "<th scope=\"col\" class=\"n\">{name}</th>");
    }
    put(html, "</tr></thead>\n<tbody>\n");
    for account in accounts {
        for total in &account.totals {
            row(html, "", &name(account.title(), *total.0, one), total);
        }
    }
    let whole = summary::over_all(accounts.iter().map(|account| &account.totals));
    if let (Some(whole), 2..) = (whole, accounts.len()) {
        for total in &whole {
            let name = name(wording::total(voice.language), *total.0, one);
            row(html, " class=\"total\"", &name, total);
        }
    }
    put(html, "</tbody></table></div>\n</section>\n");
}

/// The name of a line, with the currency where there are others than yuan.
fn name(name: &str, currency: Currency, one: bool) -> String {
    if one { name.to_owned() } else { format!("{name} {currency}") }
}

fn row(html: &mut String, class: &str, name: &str, (currency, figures): (&Currency, &Figures)) {
    let money = |minor| grouped(&units(minor, *currency));
    let totals = &figures.totals;
    let unexplained = if figures.unexplained_minor == 0 { "n" } else { "n bad" };
    let _ = writeln!(
        html,
        "<tr{class}><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"{unexplained}\">{}</td></tr>",
        escaped(name),
        totals.merchant_count,
        money(totals.merchant_minor),
        totals.provider_count,
        money(totals.provider_minor),
        money(figures.difference_minor),
        money(figures.explained.timing.minor),
        money(figures.explained.discrepancy.minor),
        money(figures.unexplained_minor),
    );
}

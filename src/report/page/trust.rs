//! The first answer: can this day be trusted, account by account.

use std::fmt::Write;

use super::{escaped, put, scrolling};
use crate::provider::file;
use crate::report::headline::Doubt;
use crate::report::overview::{Account, Made};
use crate::report::sentence::Voice;
use crate::status::Verdict;
use crate::wording::{self, Word};

/// Writes the answer and the accounts.
pub(super) fn section(html: &mut String, made: Made<'_>, accounts: &[Account<'_>]) {
    let voice = made.voice;
    answer(html, made, accounts);
    put(html, "<section>\n");
    scrolling(html, voice.pick("各账户核对结论", "verdict per account"));
    put(html, "<table class=\"trust\">\n<thead><tr>");
    let names = [
        voice.pick("账户", "account"),
        voice.pick("核对结论", "verdict"),
        voice.pick("说明", "what it means"),
        voice.pick("覆盖范围", "coverage"),
        voice.pick("渠道", "provider"),
    ];
    for name in names {
        let _ = write!(html, "<th scope=\"col\">{name}</th>");
    }
    put(html, "</tr></thead>\n<tbody>\n");
    for account in accounts {
        let class = if account.is_proved() { "good" } else { "bad" };
        let coverage = account.coverage.map_or("", |coverage| coverage.word(voice.language));
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td class=\"state {class}\">{}</td><td class=\"say\">{}{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&account.shown()),
            account.verdict.word(voice.language),
            meaning(account, voice),
            why(account, voice),
            escaped(coverage),
            escaped(wording::provider(&account.entry.provider, voice.language)),
        );
    }
    put(html, "</tbody></table></div>\n</section>\n");
}

/// Begins the box with the headline; the caller ends it.
pub(in crate::report) fn open_answer(html: &mut String, doubt: Doubt, lines: &[String]) {
    let class = match doubt {
        Doubt::Unexplained => " bad",
        Doubt::Unproved | Doubt::Gap | Doubt::FewRows => " warn",
        Doubt::None => "",
    };
    let (strong, lines) =
        lines.split_first().map_or(("", &[][..]), |(it, rest)| (it.as_str(), rest));
    let _ =
        writeln!(html, "<section class=\"answer{class}\">\n<strong>{}</strong>", escaped(strong));
    for line in lines {
        let _ = writeln!(html, "<p>{}</p>", escaped(line));
    }
}

fn answer(html: &mut String, made: Made<'_>, accounts: &[Account<'_>]) {
    let voice = made.voice;
    let Some((doubt, lines)) = made.headline() else { return };
    open_answer(html, doubt, lines);
    let ties = if accounts.iter().all(Account::is_explained) {
        voice.pick(
            "差异明细逐笔解释了双方合计的全部差额，未解释差额为 0.00 元。",
            "The rows explain the whole difference of the totals; unexplained is 0.00 yuan.",
        )
    } else {
        voice.pick(
            "差异明细未能解释全部差额，见下表“未解释差额”。",
            "The rows do not explain the whole difference: see the column unexplained below.",
        )
    };
    let _ = writeln!(html, "<p>{ties}</p>\n</section>");
}

/// What a verdict rests on where there is nothing but files that nobody signed.
const fn meaning_of_files(verdict: Verdict, voice: Voice) -> &'static str {
    let (zh, en) = match verdict {
        Verdict::Complete => (
            "当日账单完整，合计或逐笔余额与明细相符；文件没有签名，无从验证",
            "the day's bill is whole and ties to its totals or balances; nothing verifies the file",
        ),
        Verdict::ProvedEmpty => {
            ("当日账单完整且无交易", "the day's bill is whole and has no trade")
        }
        Verdict::Incomplete => (
            "账单不完整或有行被拒收，未据此判定漏单",
            "the bill is not whole, or rows of it were refused; nothing is called missing on its account",
        ),
        Verdict::NotReady => ("尚无当日账单", "there is no bill of the day yet"),
        Verdict::Failed => ("账单不能使用", "the bill cannot be used"),
        Verdict::Unasked => ("没有账单可核对", "there was no bill to look at"),
    };
    match voice.language {
        crate::config::Language::Zh => zh,
        crate::config::Language::En => en,
    }
}

fn meaning(account: &Account<'_>, voice: Voice) -> &'static str {
    if account.entry.provider == file::REGISTRATION.id {
        return meaning_of_files(account.verdict, voice);
    }
    meaning_of_answers(account.verdict, voice)
}

const fn meaning_of_answers(verdict: Verdict, voice: Voice) -> &'static str {
    let (zh, en) = match verdict {
        Verdict::Complete => (
            "能向渠道查询的全部查到并验证",
            "everything that the provider can be asked was answered and verified",
        ),
        Verdict::ProvedEmpty => ("已查询并证实当日无交易", "asked, and there was no trade"),
        Verdict::Incomplete => (
            "部分应答缺失或不可信，未据此判定漏单",
            "some answers are missing or not trustworthy; nothing is called missing on their account",
        ),
        Verdict::NotReady => ("渠道尚未提供当日数据", "the provider does not have the day yet"),
        Verdict::Failed => ("没有可用的应答", "nothing usable was answered"),
        Verdict::Unasked => (
            "当日没有本方订单，渠道又不能列出交易：没有什么可查",
            "no order of ours that day, and the provider cannot list: there was nothing to ask",
        ),
    };
    match voice.language {
        crate::config::Language::Zh => zh,
        crate::config::Language::En => en,
    }
}

/// Why an account is not complete, and how little of it was compared.
fn why(account: &Account<'_>, voice: Voice) -> String {
    let mut text = String::new();
    for line in account.about() {
        let _ = write!(text, "<br>{}", escaped(line));
    }
    let unstated = account.entry.status_only_count;
    if unstated > 0 {
        let remark = voice.pick(
            "{n} 笔渠道不报金额，只核对了状态",
            "{n} without a stated amount: only their status was compared",
        );
        let _ = write!(text, "<br>{}", remark.replace("{n}", &unstated.to_string()));
    }
    text
}

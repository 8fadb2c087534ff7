//! The report in a few lines for a terminal, with columns that line up in Chinese too.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::config::Language;
use crate::money::{Currency, units, yuan};
use crate::report::discrepancies::{Explained, Tally};
use crate::report::folder::Outcome;
use crate::report::roll::Roll;
use crate::report::sentence::{remarks, tied_bills, why};
use crate::report::summary::{self, AccountSummary, Figures};
use crate::report::table::{Field, aligned};
use crate::report::{ReportSet, Unexplained, settlement};
use crate::rules::settlement::{SettlementRow, SettlementState};
use crate::settle::{Balanced, Reliance, SettledAccount};
use crate::wording::{self, Word};

/// The report in words: per account, per type, what is unexplained, and where the files are.
pub fn terminal(set: &ReportSet, language: Language) -> String {
    let mut text = match language {
        Language::Zh => format!("账期日 {} 对账结果(金额单位：元)\n\n", set.date),
        Language::En => format!("Reconciliation of {} (amounts in yuan)\n\n", set.date),
    };
    if !only_yuan(set) {
        text = match language {
            Language::Zh => {
                format!("账期日 {} 对账结果(金额按币种分列，未注明的为元)\n\n", set.date)
            }
            Language::En => {
                format!("Reconciliation of {} (amounts per currency, else in yuan)\n\n", set.date)
            }
        };
    }
    let headline = &set.headline;
    let _ = writeln!(text, "{}", headline.verdict(language));
    for line in headline.against(language) {
        let _ = writeln!(text, "! {line}");
    }
    let _ = writeln!(text, "{}\n", headline.pending_line(language));
    text.push_str(&account_table(set, language));
    for account in &set.accounts {
        text.push_str(&about_account(account, language));
    }
    text.push_str(&settled(&set.settled, language));
    text.push('\n');
    text.push_str(&type_table(set, language));
    for (currency, roll) in &set.roll {
        text.push_str(&roll_line(*currency, roll, language));
    }
    for cause in &set.causes {
        let _ = writeln!(text, "{}{cause}", language.pick("共同原因：", "One cause: "));
    }
    for line in &set.unexplained {
        text.push_str(&warning(line, language));
    }
    text.push('\n');
    text.push_str(&place(&set.folder, &set.outcome, language));
    text
}

/// What both sides add up to, then what explains their difference: two tables, so that each fits a usual
/// terminal.
fn account_table(set: &ReportSet, language: Language) -> String {
    let say = |zh, en| Field::left(language.pick(zh, en));
    let number = |zh, en| Field::right(language.pick(zh, en));
    let mut sides = vec![vec![
        say("账户", "account"),
        say("核对结论", "verdict"),
        number("商户笔数/金额", "merchant"),
        number("渠道笔数/金额", "provider"),
        number("差异", "difference"),
    ]];
    let mut explained = vec![vec![
        say("账户", "account"),
        number("差异", "difference"),
        number("其中在途", "timing"),
        number("差异明细", "discrepancies"),
        number("未解释", "unexplained"),
    ]];
    let mut add = |name: &str, verdict: &str, total: (&Currency, &Figures)| {
        sides.push(side_line(name, verdict, total));
        explained.extend(explained_line(name, total));
    };
    for account in &set.accounts {
        for total in &account.totals {
            add(&account.title, account.verdict.word(language), total);
        }
    }
    let whole = summary::over_all(set.accounts.iter().map(|account| &account.totals));
    if let (Some(whole), 2..) = (whole, set.accounts.len()) {
        for total in &whole {
            add(wording::total(language), "", total);
        }
    }
    let mut text = aligned(&sides);
    if explained.len() > 1 {
        text.push('\n');
        text.push_str(&aligned(&explained));
    }
    text
}

fn side_line(name: &str, verdict: &str, (currency, figures): (&Currency, &Figures)) -> Vec<Field> {
    let counted = |count, minor| counted(count, minor, *currency);
    let totals = &figures.totals;
    vec![
        Field::left(name),
        Field::left(verdict),
        Field::right(&counted(totals.merchant_count, totals.merchant_minor)),
        Field::right(&counted(totals.provider_count, totals.provider_minor)),
        Field::right(&amount(figures.difference_minor, *currency)),
    ]
}

/// What explains a difference; `None` where both sides agree row by row.
fn explained_line(name: &str, (currency, figures): (&Currency, &Figures)) -> Option<Vec<Field>> {
    let Explained { timing, discrepancy } = figures.explained;
    let has_rows = timing.count != 0 || discrepancy.count != 0;
    (has_rows || figures.difference_minor != 0 || figures.unexplained_minor != 0).then(|| {
        vec![
            Field::left(name),
            Field::right(&amount(figures.difference_minor, *currency)),
            Field::right(&counted(timing.count, timing.minor, *currency)),
            Field::right(&counted(discrepancy.count, discrepancy.minor, *currency)),
            Field::right(&amount(figures.unexplained_minor, *currency)),
        ]
    })
}

/// `12 / 345.00`: how many and how much.
fn counted(count: i64, minor: i64, currency: Currency) -> String {
    format!("{count} / {}", amount(minor, currency))
}

/// An amount, with its currency where that is not yuan.
fn amount(minor: i64, currency: Currency) -> String {
    let text = units(minor, currency);
    if currency == Currency::CNY { text } else { format!("{text} {currency}") }
}

/// Whether nothing in the report is of another currency.
fn only_yuan(set: &ReportSet) -> bool {
    let totals = set.accounts.iter().flat_map(|account| account.totals.keys());
    let rows = set.counts.keys().map(|(_, _, currency)| currency);
    totals.chain(rows).all(|currency| *currency == Currency::CNY)
}

/// What the figures alone do not say: why an account is not complete, and how little was compared.
fn about_account(account: &AccountSummary, language: Language) -> String {
    let mut text = String::new();
    let against = why(&account.reason, language);
    // What speaks against an account that is not proved stands in the headline.
    if account.is_proved() && !against.is_empty() {
        let (name, verdict) = (&account.title, account.verdict.word(language));
        let _ = writeln!(text, "! {name} {verdict}{}{against}", language.pick("：", ": "));
    }
    let bills = tied_bills(&account.reason, language);
    for bill in bills.into_iter().chain(remarks(&account.reason, language)) {
        let _ = writeln!(text, "  {} {bill}", account.title);
    }
    let unstated = account.status_only_count();
    if unstated > 0 {
        let name = &account.title;
        let _ = match language {
            Language::Zh => writeln!(text, "  {name}：{unstated} 笔渠道不报金额，只核对了状态"),
            Language::En => writeln!(
                text,
                "  {name}: {unstated} without a stated amount, only the status was compared"
            ),
        };
    }
    text
}

/// One line per account: does its balance tie, and what is still to come or wrong of its settlements.
/// Accounts of which neither is known are left out.
pub fn settled(accounts: &[SettledAccount], language: Language) -> String {
    let mut text = String::new();
    for account in accounts {
        let parts: Vec<String> =
            [bridged(account, language), due(account, language)].into_iter().flatten().collect();
        if !parts.is_empty() {
            let gap = language.pick("：", ": ");
            let between = language.pick("；", "; ");
            let _ = writeln!(text, "  {}{gap}{}", account.account, parts.join(between));
        }
        for finding in account.terms.iter().filter(|term| term.is_finding()) {
            let gap = language.pick("：", ": ");
            let kind = finding.term.kind.word(language);
            let words = crate::report::balances::term_note(finding, language);
            // A platform may state one for each of its channels.
            let channel = match &*finding.term.channel {
                "" => String::new(),
                channel => format!("({channel})"),
            };
            let _ = writeln!(text, "! {} {kind}{channel}{gap}{words}", account.account);
        }
        for undated in account.undated() {
            let _ = writeln!(text, "! {}", settlement::undated_words(undated, language));
        }
    }
    text
}

fn bridged(account: &SettledAccount, language: Language) -> Option<String> {
    let (built, reliance) = match &account.balanced {
        Balanced::NotSettled | Balanced::NotStated => return None,
        Balanced::NoClosing | Balanced::NoOpening(_) => {
            let none = language.pick("余额无法调节(缺快照)", "no balance bridge (no snapshot)");
            return Some(none.to_owned());
        }
        Balanced::ClosingUnread(unread) | Balanced::OpeningUnread(_, unread) => {
            let none = language.pick(
                "余额无法调节(应答读不出)",
                "no balance bridge (the answer could not be used)",
            );
            return Some(format!("{none}: {}", unread.problem));
        }
        Balanced::Built(built, reliance) => (built, reliance),
    };
    let (expected, closing) = (yuan(built.expected_minor), yuan(built.closing.held_minor));
    let rest = yuan(built.unexplained_minor);
    let aside = match reliance {
        Reliance::Proved => "",
        Reliance::Ahead(_) => language.pick("(含未对账时段)", " (reaches ahead)"),
        Reliance::Unproved(_) => language.pick("(核对不完整)", " (not proved)"),
        Reliance::OtherParts => language.pick("(余额组成不同)", " (other parts)"),
    };
    Some(match language {
        Language::Zh => format!("余额应为 {expected}，渠道报 {closing}，余额差额 {rest}{aside}"),
        Language::En => {
            format!("balance should be {expected}, is {closing}, balance gap {rest}{aside}")
        }
    })
}

fn due(account: &SettledAccount, language: Language) -> Option<String> {
    let whole = || account.shown().filter(|row| !row.is_part);
    whole().next()?;
    let ahead = whole().fold(0_i64, |sum, row| sum.saturating_add(row.in_transit_minor()));
    let wrong = whole().filter(|row| row.state == SettlementState::Mismatch);
    let wrong: Vec<i64> = wrong.filter_map(SettlementRow::difference_minor).collect();
    let sum = wrong.iter().fold(0_i64, |sum, minor| sum.saturating_add(*minor));
    let (ahead, sum, count) = (yuan(ahead), yuan(sum), wrong.len());
    Some(match language {
        Language::Zh => format!("结算在途 {ahead}，不符 {count} 笔 {sum}"),
        Language::En => format!("{ahead} to be settled, {count} settlements wrong by {sum}"),
    })
}

fn type_table(set: &ReportSet, language: Language) -> String {
    if set.counts.is_empty() {
        return language.pick("没有差异。\n", "No discrepancies.\n").to_owned();
    }
    let mut table = vec![vec![
        Field::left(language.pick("差异类型", "type")),
        Field::left(language.pick("状态", "state")),
        Field::right(language.pick("笔数", "count")),
        Field::right(language.pick("差异金额", "difference")),
    ]];
    for ((kind, state, currency), tally) in &set.counts {
        table.push(vec![
            Field::left(kind.word(language)),
            Field::left(state.word(language)),
            Field::right(&tally.count.to_string()),
            Field::right(&amount(tally.minor, *currency)),
        ]);
    }
    aligned(&table) + &by_state(set, language)
}

/// One line: how many rows are in which state, carried over ones included.
fn by_state(set: &ReportSet, language: Language) -> String {
    let mut states: BTreeMap<_, Tally> = BTreeMap::new();
    for ((_, state, _), tally) in &set.counts {
        let sum = states.entry(*state).or_default();
        sum.count = sum.count.saturating_add(tally.count);
    }
    let parts: Vec<_> = states
        .iter()
        .map(|(state, tally)| format!("{} {}", state.word(language), tally.count))
        .collect();
    let lead = language.pick("共计(含以前账期结转)：", "In all, carried over ones included: ");
    format!("{lead}{}\n", parts.join(language.pick("，", ", ")))
}

/// What became of the discrepancies since the day before, in count and money at stake.
fn roll_line(currency: Currency, roll: &Roll, language: Language) -> String {
    let [opening, new, reopened, closed, changed, outstanding, timing, open, suspense] =
        roll.parts().map(|part| counted(part.count, part.minor, currency));
    match language {
        Language::Zh => format!(
            "差异变动表(笔数/涉及金额)：\n  期初 {opening} + 新增 {new} + 重开 {reopened}\n  − 关闭 {closed} ± 变动 \
             {changed} = 期末 {outstanding}\n  其中在途 {timing}，待处理 {open}，挂账 {suspense}\n"
        ),
        Language::En => format!(
            "Roll (count / at stake):\n  opening {opening} + new {new} + reopened {reopened}\n  - closed {closed} \
             +- changed {changed} = outstanding {outstanding}\n  of it timing {timing}, open {open}, suspense \
             {suspense}\n"
        ),
    }
}

fn warning(line: &Unexplained, language: Language) -> String {
    let stream = &line.stream;
    let (kind, product) = (stream.kind.word(language), wording::product(&stream.product, language));
    let gap = if product.is_empty() { "" } else { "/" };
    let amount = amount(line.money.minor, line.money.currency);
    match language {
        Language::Zh => format!(
            "! {} {kind}{gap}{product} 有未解释差额 {amount}：汇总与差异明细不符，请重新对账本日\n",
            stream.account
        ),
        Language::En => format!(
            "! {} {kind}{gap}{product}: {amount} unexplained: the rows do not make up the totals; \
             reconcile this day again\n",
            stream.account
        ),
    }
}

/// Says where a report is, and whether it had to be written.
pub(super) fn place(folder: &Path, outcome: &Outcome, language: Language) -> String {
    let folder = folder.display();
    match (outcome, language) {
        (Outcome::Unchanged, Language::Zh) => format!("报告：{folder}(与已有的相同，未改动)\n"),
        (Outcome::Unchanged, Language::En) => {
            format!("Report: {folder} (same as before, not touched)\n")
        }
        (Outcome::Written { superseded: None }, Language::Zh) => format!("报告：{folder}\n"),
        (Outcome::Written { superseded: None }, Language::En) => format!("Report: {folder}\n"),
        (Outcome::Written { superseded: Some(old) }, Language::Zh) => {
            format!("报告：{folder}(旧的一套已移到 {})\n", old.display())
        }
        (Outcome::Written { superseded: Some(old) }, Language::En) => {
            format!("Report: {folder} (the old set is in {})\n", old.display())
        }
    }
}

//! What does not tie of an account as a whole: its balance, its settlements. A day's headline names it.

use std::collections::BTreeMap;

use crate::config::Language;
use crate::money::{Currency, units, yuan};
use crate::rules::settlement::{SettlementRow, SettlementState};
use crate::settle::{Balanced, BankJudged, Reliance, SettledAccount};

/// What of an account's balance no known movement explains, in fen; `None` without a bridge.
pub fn of(settled: &[SettledAccount], account: &str) -> Option<i64> {
    let found = settled.iter().find(|it| it.account == account)?;
    match &found.balanced {
        Balanced::Built(bridge, _) => Some(bridge.unexplained_minor),
        Balanced::NotSettled
        | Balanced::NotStated
        | Balanced::NoClosing
        | Balanced::ClosingUnread(_)
        | Balanced::NoOpening(_)
        | Balanced::OpeningUnread(..) => None,
    }
}

/// A line per account whose balance or settlements do not tie, in words; empty where all do. `title` says how
/// people are shown an account of a name.
pub fn lines<'t>(
    settled: &'t [SettledAccount],
    title: impl Fn(&'t str) -> &'t str,
    language: Language,
) -> Vec<String> {
    settled.iter().filter_map(|it| line(it, title(&it.account), language)).collect()
}

/// Why a gap accuses nobody yet; empty where it does.
const fn doubt(balanced: &Balanced, language: Language) -> &'static str {
    let Balanced::Built(_, reliance) = balanced else { return "" };
    let (zh, en) = match reliance {
        Reliance::Proved => ("", ""),
        Reliance::Ahead(_) => ("(含未对账时段，不作判断)", " (reaches ahead, not judged)"),
        Reliance::Unproved(_) => {
            ("(有账期未核对完整，不作判断)", " (a day is not proved, not judged)")
        }
        Reliance::OtherParts => {
            ("(两次余额组成不同，不作判断)", " (of other parts than before, not judged)")
        }
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

/// What of an account's payouts, or of a bank account's lines, is not the same on both sides.
fn at_the_bank(account: &SettledAccount, language: Language) -> Option<String> {
    let (mut count, mut rests) = (0_usize, BTreeMap::new());
    for item in &account.bank {
        let BankJudged::Gap(gap) = &item.judged else { continue };
        let rest = gap.received_minor.unwrap_or(0).saturating_sub(gap.stated_minor.unwrap_or(0));
        let sum: &mut i64 = rests.entry(gap.currency).or_default();
        *sum = sum.saturating_add(rest);
        count = count.saturating_add(1);
    }
    let rests = rests.into_iter().map(|(currency, minor)| match currency {
        Currency::CNY => yuan(minor),
        _ => format!("{} {currency}", units(minor, currency)),
    });
    let rests: Vec<String> = rests.collect();
    (count > 0).then(|| match language {
        Language::Zh => format!("打款与银行到账不符 {count} 笔 {}", rests.join("、")),
        Language::En => {
            format!("{count} payout(s) and the bank apart by {}", rests.join(", "))
        }
    })
}

fn line(account: &SettledAccount, title: &str, language: Language) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(gap) = of(std::slice::from_ref(account), &account.account).filter(|gap| *gap != 0) {
        let (gap, doubt) = (yuan(gap), doubt(&account.balanced, language));
        parts.push(match language {
            Language::Zh => format!("余额差额 {gap}{doubt}"),
            Language::En => format!("balance gap {gap}{doubt}"),
        });
    }
    let wrong: Vec<i64> = account
        .shown()
        .filter(|row| !row.is_part && row.state == SettlementState::Mismatch)
        .filter_map(SettlementRow::difference_minor)
        .collect();
    if !wrong.is_empty() {
        let sum = yuan(wrong.iter().fold(0_i64, |sum, minor| sum.saturating_add(*minor)));
        let count = wrong.len();
        parts.push(match language {
            Language::Zh => format!("结算不符 {count} 笔 {sum}"),
            Language::En => format!("{count} settlement(s) wrong by {sum}"),
        });
    }
    parts.extend(at_the_bank(account, language));
    let (gap, between) = match language {
        Language::Zh => ("：", "；"),
        Language::En => (": ", "; "),
    };
    (!parts.is_empty()).then(|| format!("{title}{gap}{}", parts.join(between)))
}

//! What does not tie of an account as a whole: its balance, its settlements. A day's headline names it.

use crate::config::Language;
use crate::money::yuan;
use crate::reconcile::settlement::{SettlementRow, SettlementState};
use crate::settle::{Balanced, SettledAccount};

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

/// A line per account whose balance or settlements do not tie, in words; empty where all do.
pub fn lines(settled: &[SettledAccount], language: Language) -> Vec<String> {
    settled.iter().filter_map(|account| line(account, language)).collect()
}

fn line(account: &SettledAccount, language: Language) -> Option<String> {
    let name = &account.account;
    let mut parts = Vec::new();
    if let Some(gap) = of(std::slice::from_ref(account), name).filter(|gap| *gap != 0) {
        let gap = yuan(gap);
        parts.push(match language {
            Language::Zh => format!("余额差额 {gap}"),
            Language::En => format!("balance gap {gap}"),
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
    let (gap, between) = match language {
        Language::Zh => ("：", "；"),
        Language::En => (": ", "; "),
    };
    (!parts.is_empty()).then(|| format!("{name}{gap}{}", parts.join(between)))
}

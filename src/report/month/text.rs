//! The month in a few lines, for a terminal.

use crate::config::Language;
use crate::money::yuan;
use crate::report::month::MonthSet;
use crate::report::terminal::place;
use crate::wording::Word;

/// A line per account, then where the report is.
pub fn text(set: &MonthSet, language: Language) -> String {
    let mut text = String::new();
    for account in &set.accounts {
        let verdict = account.verdict();
        let mark = if verdict.is_proved() { "" } else { "! " };
        let (name, word) = (&account.name, verdict.word(language));
        let claim = yuan(account.claim.net_minor().unwrap_or(0));
        let rest = account.unexplained_minor.map(yuan);
        let line = match (language, rest) {
            (Language::Zh, Some(rest)) => {
                format!("{mark}{name} {word}：净多收手续费 {claim}，余额差额 {rest}\n")
            }
            (Language::Zh, None) => {
                format!("{mark}{name} {word}：净多收手续费 {claim}，无余额调节\n")
            }
            (Language::En, Some(rest)) => {
                format!("{mark}{name} {word}: fees to claim {claim}, balance gap {rest}\n")
            }
            (Language::En, None) => {
                format!("{mark}{name} {word}: fees to claim {claim}, no balance to adjust\n")
            }
        };
        text.push_str(&line);
    }
    text.push_str(&place(&set.folder, &set.outcome, language));
    text
}

//! `discrepancy list` and `discrepancy show`.

mod list;
mod row;
mod show;

pub(crate) use list::list;
pub(crate) use show::show;

use crate::config::Language;
use crate::money::{self, Currency, Money};
use crate::report::columns::FileKind;

/// What the report calls a column of the discrepancy file; the code where it has none.
fn heading(code: &'static str, language: Language) -> &'static str {
    let columns = FileKind::Discrepancies.columns();
    match (language, columns.iter().find(|column| column.code == code)) {
        (Language::Zh, Some(column)) => column.zh,
        (Language::Zh, None) | (Language::En, _) => code,
    }
}

/// An amount, with its currency where that is not yuan.
fn written(amount: Money) -> String {
    let text = money::units(amount.minor, amount.currency);
    if amount.currency == Currency::CNY { text } else { format!("{text} {}", amount.currency) }
}

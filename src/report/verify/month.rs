//! That the statement and the fee claim of a month add up.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Language;
use crate::money::{Currency, units, yuan};
use crate::month::Month;
use crate::report::columns::{FileKind, Form};
use crate::report::manifest::AccountEntry;
use crate::report::month::claim::{Basis, Charge};
use crate::report::verify::settled::Settled;
use crate::report::verify::{Row, Terms};
use crate::status::Verdict;
use crate::wording::{self, Word};

/// Counts, and fen, by column; a column that is empty everywhere has none.
type Figures = BTreeMap<&'static str, i64>;

/// What was read so far.
pub(super) struct MonthTies {
    language: Language,
    month: Option<Month>,
    statements: BTreeMap<(String, Currency), Statement>,
    claims: BTreeMap<String, Claim>,
}

#[derive(Default)]
struct Statement {
    dates: BTreeSet<String>,
    days: Figures,
    total: Option<(Figures, Verdict)>,
}

#[derive(Default)]
struct Claim {
    over: i64,
    under: i64,
    is_ended: bool,
}

/// Whether a row of the claim is the total of an account.
pub(super) fn is_total(row: &Row<'_>) -> bool {
    Basis::from_word(row.text("basis")) == Some(Basis::Total)
}

/// The numbers of a row.
fn figures(row: &Row<'_>) -> Result<Figures, String> {
    let mut figures = Figures::new();
    for column in FileKind::MonthStatement.columns() {
        let text = row.text(column.code);
        let number = match column.form {
            _ if text.is_empty() => continue,
            Form::Count => row.count(column.code)?,
            Form::Yuan => row.fen(column.code)?,
            Form::Text | Form::Date | Form::Time => continue,
        };
        figures.insert(column.code, number);
    }
    Ok(figures)
}

fn check_arithmetic(figures: &Figures, currency: Currency) -> Result<(), String> {
    const DIFFERENCE: [&str; 2] = ["provider_amount", "merchant_amount"];
    const NET: [&str; 5] = ["payments", "refunds", "fees", "payouts", "payout_fees"];
    let money = |minor| units(minor, currency);
    for (column, parts) in [("difference", &DIFFERENCE[..]), ("net", &NET[..])] {
        let Some(found) = figures.get(column) else { continue };
        let mut sum: Option<i64> = None;
        for part in parts {
            let minor = figures.get(part).copied().ok_or(format!("{part} is empty"))?;
            sum = match sum {
                None => Some(minor),
                Some(sum) => Some(sum.checked_sub(minor).ok_or("a sum that does not fit")?),
            };
        }
        if sum != Some(*found) {
            let sum = sum.map_or_else(String::new, money);
            return Err(format!("{column} is {}, the amounts give {sum}", money(*found)));
        }
    }
    Ok(())
}

impl MonthTies {
    pub(super) const fn new(terms: &Terms) -> Self {
        let (language, month) = (terms.language, terms.month);
        Self { language, month, statements: BTreeMap::new(), claims: BTreeMap::new() }
    }

    /// Takes in a row of the statement, which has to add up in itself.
    pub(super) fn statement(&mut self, row: &Row<'_>) -> Result<(), String> {
        let figures = figures(row)?;
        let key = (row.text("account").to_owned(), row.currency()?);
        check_arithmetic(&figures, key.1)?;
        let statement = self.statements.entry(key).or_default();
        let (date, word) = (row.text("business_date"), row.text("verdict"));
        let verdict = Verdict::from_word(word);
        if date == wording::total(self.language) {
            let verdict = verdict.ok_or("verdict is not known")?;
            let twice = statement.total.replace((figures, verdict)).is_some();
            return if twice { Err("the same line twice".to_owned()) } else { Ok(()) };
        }
        match (verdict, figures.contains_key("difference")) {
            (Some(_), true) => {}
            (None, false) if word == wording::not_reconciled(self.language) => {}
            _ => return Err("verdict and figures contradict each other".to_owned()),
        }
        for (column, number) in figures {
            let sum = statement.days.entry(column).or_default();
            *sum = sum.checked_add(number).ok_or("a sum that does not fit")?;
        }
        if statement.dates.insert(date.to_owned()) {
            Ok(())
        } else {
            Err("the same line twice".to_owned())
        }
    }

    /// Takes in a row of the claim, which has to add up in itself.
    pub(super) fn claim(&mut self, row: &Row<'_>) -> Result<(), String> {
        let basis = Basis::from_word(row.text("basis")).ok_or("basis is not known")?;
        let difference = row.yuan("difference")?;
        let fees = row.yuan("charged")?.zip(row.yuan("expected")?);
        if difference != fees.and_then(|(charged, expected)| charged.checked_sub(expected)) {
            return Err("difference is not charged − expected".to_owned());
        }
        let charge = difference.map_or("", |minor| Charge::of(minor).word(self.language));
        if row.text("direction") != charge {
            return Err("direction is not that of the difference".to_owned());
        }
        let parted = row.yuan("overcharged")?.zip(row.yuan("undercharged")?);
        let net = parted.and_then(|(over, under)| over.checked_sub(under));
        if parted.is_some() && net != difference {
            return Err("overcharged − undercharged is not the difference".to_owned());
        }
        let claim = self.claims.entry(row.text("account").to_owned()).or_default();
        if claim.is_ended {
            return Err("stands below the total of its account".to_owned());
        }
        let (over, under) = parted.unwrap_or_default();
        if basis == Basis::Total {
            claim.is_ended = true;
            if (claim.over, claim.under) != (over, under) {
                return Err("the total is not that of its lines".to_owned());
            }
            return Ok(());
        }
        claim.over = claim.over.checked_add(over).ok_or("a sum that does not fit")?;
        claim.under = claim.under.checked_add(under).ok_or("a sum that does not fit")?;
        Ok(())
    }

    /// Ties totals to lines, and both to the manifest; returns the accounts with a balance gap.
    pub(super) fn finish(
        &self,
        accounts: &[AccountEntry],
        settled: &Settled,
        problems: &mut Vec<String>,
    ) -> Vec<(String, String)> {
        let mut unexplained = Vec::new();
        let named: BTreeSet<&String> = self.statements.keys().map(|(name, _)| name).collect();
        if accounts.len() != named.len() || accounts.len() != self.claims.len() {
            problems.push("not the accounts that the manifest lists".to_owned());
        }
        let days: BTreeSet<String> =
            self.month.iter().flat_map(|month| month.days()).map(|day| day.to_string()).collect();
        for entry in accounts {
            let name = &entry.account;
            let own = || self.statements.iter().filter(|((account, _), _)| account == name);
            let totals: Option<Vec<_>> =
                own().map(|(_, it)| it.total.as_ref().map(|total| (it, total))).collect();
            let Some(totals) = totals.filter(|totals| !totals.is_empty()) else {
                problems.push(format!("statement: has no total for {name}"));
                continue;
            };
            if totals.iter().any(|(statement, _)| statement.dates != days) {
                problems.push(format!("statement: not every day of the month for {name}"));
            }
            if totals.iter().any(|(statement, (total, _))| statement.days != *total) {
                problems.push(format!("statement: the total of {name} is not that of its days"));
            }
            let verdicts = || totals.iter().map(|(_, (_, verdict))| verdict.code());
            let rest = settled.rest_of(name).unwrap_or(0);
            // A set of an older version, or an account without a bridge.
            let gap = match entry.balance_gap.as_str() {
                "" => &entry.unexplained,
                _ => &entry.balance_gap,
            };
            if verdicts().any(|code| code != entry.verdict) || yuan(rest) != *gap {
                problems.push(format!("statement: {name} is not what the manifest says"));
            }
            if !self.claims.get(name).is_some_and(|claim| claim.is_ended) {
                problems.push(format!("fee_claim: has no total for {name}"));
            }
            if rest != 0 {
                unexplained.push((name.clone(), yuan(rest)));
            }
        }
        unexplained
    }
}

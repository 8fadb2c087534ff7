//! That the roll adds up, ends with the very rows of the discrepancy file, and begins where the day
//! before has ended.

use std::collections::BTreeMap;

use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::discrepancy::{DiscrepancyType, State};
use crate::money::{Currency, units};
use crate::report::discrepancies::Tally;
use crate::report::roll::{Roll, Rolls, totals};
use crate::report::verify::{Row, Terms};
use crate::wording::{self, Word};

/// What was read so far.
pub(super) struct RollTies {
    language: Language,
    date: String,
    /// What the rows of the discrepancy file add up to.
    rows: Rolls,
    rolls: Rolls,
    totals: BTreeMap<Currency, Roll>,
}

impl RollTies {
    pub(super) fn new(terms: &Terms) -> Self {
        Self {
            language: terms.language,
            date: terms.date.to_string(),
            rows: BTreeMap::new(),
            rolls: BTreeMap::new(),
            totals: BTreeMap::new(),
        }
    }

    /// Takes in a row of the discrepancies.
    pub(super) fn discrepancy(&mut self, row: &Row<'_>) -> Result<(), String> {
        let state = State::from_word(row.text("state")).ok_or("state is not a known word")?;
        let roll = self.rows.entry((row.text("account").to_owned(), row.currency()?)).or_default();
        roll.stands(state, at_stake(row)?).ok_or("a sum that does not fit in 64 bits of fen")?;
        Ok(())
    }

    /// Takes in a row of the roll, which has to add up in itself.
    pub(super) fn roll(&mut self, row: &Row<'_>) -> Result<(), String> {
        if row.text("business_date") != self.date {
            return Err("business_date is not the report's".to_owned());
        }
        let (roll, currency) = (read(row)?, row.currency()?);
        let words_of = |tally| words_of(tally, currency);
        let large = "a figure that does not fit";
        let carried = roll.carried().ok_or(large)?;
        if carried != roll.outstanding {
            let (what, is) = (words_of(carried), words_of(roll.outstanding));
            return Err(format!("the movements leave {what}, outstanding is {is}"));
        }
        let by_state = roll.by_state().ok_or(large)?;
        if by_state != roll.outstanding {
            let (what, is) = (words_of(by_state), words_of(roll.outstanding));
            return Err(format!("the states add up to {what}, outstanding is {is}"));
        }
        let account = row.text("account");
        let twice = if account == wording::total(self.language) {
            self.totals.insert(currency, roll).is_some()
        } else {
            self.rolls.insert((account.to_owned(), currency), roll).is_some()
        };
        if twice { Err("the same line twice".to_owned()) } else { Ok(()) }
    }

    /// Ties the roll to the rows and its total to its lines.
    pub(super) fn finish(&self, problems: &mut Vec<String>) {
        for (key, rows) in &self.rows {
            let roll = self.rolls.get(key).copied().unwrap_or_default();
            let (account, currency) = key;
            let parts = |roll: &Roll| (roll.timing, roll.open, roll.suspense);
            if parts(&roll) != parts(rows) {
                problems.push(format!(
                    "roll: {account} has {} outstanding, the rows give {} (or the states differ)",
                    words_of(roll.outstanding, *currency),
                    words_of(rows.outstanding, *currency)
                ));
            }
        }
        for (key, roll) in &self.rolls {
            if !self.rows.contains_key(key) && roll.outstanding != Tally::default() {
                let (account, is) = (&key.0, words_of(roll.outstanding, key.1));
                problems.push(format!("roll: {account} has {is} outstanding, there are no rows"));
            }
        }
        if Some(&self.totals) != totals(&self.rolls).as_ref() {
            problems.push("roll: the total is not that of its lines".to_owned());
        }
    }

    /// That every account opens with what the day before has left.
    pub(super) fn check_opening(
        &self,
        before: &Self,
        date: BusinessDate,
        problems: &mut Vec<String>,
    ) {
        let names = self.rolls.keys().chain(before.rolls.keys());
        let names: std::collections::BTreeSet<&(String, Currency)> = names.collect();
        for key in names {
            let opening = self.rolls.get(key).map(|roll| roll.opening).unwrap_or_default();
            let left = before.rolls.get(key).map(|roll| roll.outstanding).unwrap_or_default();
            let (name, currency) = key;
            if opening != left {
                problems.push(format!(
                    "roll: {name} opens with {}, the report of {date} beside it has left {}: if {date} \
                     was reconciled again since, write this report again",
                    words_of(opening, *currency),
                    words_of(left, *currency)
                ));
            }
        }
    }
}

/// The fen at stake of a row: the difference, else that of the fees, else the larger amount.
fn at_stake(row: &Row<'_>) -> Result<i64, String> {
    let difference = row.fen("difference")?;
    if difference != 0 {
        return Ok(difference.saturating_abs());
    }
    let kind = DiscrepancyType::from_word(row.text("type")).ok_or("type is not a known word")?;
    if kind == DiscrepancyType::FeeMismatch
        && let Some(fees) = row.yuan("fee_difference")?
    {
        return Ok(fees.saturating_abs());
    }
    let amounts = [row.yuan("merchant_amount")?, row.yuan("provider_amount")?];
    if let ([Some(expected), Some(stated)], true) = (amounts, kind.is_of_account()) {
        return Ok(stated.saturating_sub(expected).saturating_abs());
    }
    Ok(amounts.into_iter().flatten().map(i64::saturating_abs).max().unwrap_or(0))
}

fn read(row: &Row<'_>) -> Result<Roll, String> {
    let part = |name: &str| {
        let count = row.count(&format!("{name}_count"))?;
        Ok::<_, String>(Tally { count, minor: row.fen(&format!("{name}_amount"))? })
    };
    Ok(Roll {
        opening: part("opening")?,
        new: part("new")?,
        reopened: part("reopened")?,
        closed: part("closed")?,
        changed: part("changed")?,
        outstanding: part("outstanding")?,
        timing: part("timing")?,
        open: part("open")?,
        suspense: part("suspense")?,
    })
}

fn words_of(tally: Tally, currency: Currency) -> String {
    format!("{} / {}", tally.count, units(tally.minor, currency))
}

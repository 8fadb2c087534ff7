//! That the summary follows from the discrepancies, its totals from its lines, and its verdicts are
//! those of the manifest.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Language;
use crate::discrepancy::{DiscrepancyType, State};
use crate::ledger::Totals;
use crate::money::{Currency, units};
use crate::order::Stream;
use crate::report::JOB;
use crate::report::discrepancies::{Explained, Share, Tally};
use crate::report::manifest::{self, AccountEntry};
use crate::report::summary::Figures;
use crate::report::verify::month::MonthTies;
use crate::report::verify::roll::RollTies;
use crate::report::verify::settled::Settled;
use crate::report::verify::{Row, Terms};
use crate::status::{Coverage, Kind, Verdict};
use crate::wording::{self, Word};

/// What was read so far.
pub(super) struct Ties {
    language: Language,
    date: String,
    explained: BTreeMap<(Stream, Currency), Explained>,
    lines: BTreeMap<(Stream, Currency), Figures>,
    totals: BTreeMap<(String, Currency), (Figures, Verdict, Option<Coverage>)>,
    /// What the roll has to tie to.
    pub(super) roll: RollTies,
    /// Settlements and bridges.
    pub(super) settled: Settled,
    /// Statement and claim of a month.
    pub(super) month: MonthTies,
}

impl Ties {
    pub(super) fn new(terms: &Terms) -> Self {
        Self {
            language: terms.language,
            date: terms.date.to_string(),
            explained: BTreeMap::new(),
            lines: BTreeMap::new(),
            totals: BTreeMap::new(),
            roll: RollTies::new(terms),
            settled: Settled::new(terms.language),
            month: MonthTies::new(terms),
        }
    }

    /// Takes in a row of the discrepancies.
    pub(super) fn discrepancy(&mut self, row: &Row<'_>) -> Result<(), String> {
        let kind =
            DiscrepancyType::from_word(row.text("type")).ok_or("type is not a known word")?;
        if row.text("business_date") != self.date || kind.is_of_account() {
            return Ok(());
        }
        let state = State::from_word(row.text("state")).ok_or("state is not a known word")?;
        let share = match state {
            State::Timing => Share::Timing,
            State::Resolved if row.text("resolved_by") == JOB => Share::Nothing,
            State::Open | State::Suspense | State::Resolved | State::WrittenOff => {
                Share::Discrepancy
            }
        };
        let explained = self.explained.entry((stream(row)?, row.currency()?)).or_default();
        let sum = explained.with(share, row.fen("difference")?);
        *explained = sum.ok_or("a sum that does not fit in 64 bits of fen")?;
        Ok(())
    }

    /// Takes in a row of the summary, which has to add up in itself.
    pub(super) fn summary(&mut self, row: &Row<'_>) -> Result<(), String> {
        if row.text("business_date") != self.date {
            return Err("business_date is not the report's".to_owned());
        }
        let (figures, currency) = (figures(row)?, row.currency()?);
        let money = |minor| units(minor, currency);
        let difference = row.fen("difference")?;
        if difference != figures.difference_minor {
            let real = money(figures.difference_minor);
            return Err(format!("difference is {}, the amounts give {real}", money(difference)));
        }
        let unexplained = row.fen("unexplained")?;
        if unexplained != figures.unexplained_minor {
            let real = money(figures.unexplained_minor);
            return Err(format!("unexplained is {}, the amounts give {real}", money(unexplained)));
        }
        let verdict = Verdict::from_word(row.text("verdict")).ok_or("verdict is not known")?;
        let coverage = match row.text("coverage") {
            "" => None,
            word => Some(Coverage::from_word(word).ok_or("coverage is not known")?),
        };
        let account = row.text("account").to_owned();
        let twice = if row.text("kind") == wording::total(self.language) {
            self.totals.insert((account, currency), (figures, verdict, coverage)).is_some()
        } else {
            self.lines.insert((stream(row)?, currency), figures).is_some()
        };
        if twice { Err("the same line twice".to_owned()) } else { Ok(()) }
    }

    /// Ties all to all; returns the accounts with something unexplained.
    pub(super) fn finish(
        &self,
        accounts: &[AccountEntry],
        problems: &mut Vec<String>,
    ) -> Vec<(String, String)> {
        for (line, figures) in &self.lines {
            let rows = self.explained.get(line).copied().unwrap_or_default();
            if figures.explained != rows {
                problems.push(untied(line, figures.explained, rows));
            }
        }
        for line in self.explained.keys().filter(|line| !self.lines.contains_key(line)) {
            problems.push(format!("summary: has no line for {}", name(line)));
        }
        let mut sums: BTreeMap<(String, Currency), Figures> = BTreeMap::new();
        for ((stream, currency), figures) in &self.lines {
            let sum = sums.entry((stream.account.clone(), *currency)).or_default();
            *sum = sum.plus(figures).unwrap_or_default();
        }
        for (account, currency) in sums.keys().filter(|total| !self.totals.contains_key(total)) {
            problems.push(format!("summary: has no total for {account} in {currency}"));
        }
        let mut unexplained = Vec::new();
        for (key, (total, _, _)) in &self.totals {
            let (account, currency) = key;
            let sum = sums.remove(key).unwrap_or_default();
            if sum != *total {
                problems.push(format!("summary: the total of {account} is not that of its lines"));
            }
            if total.unexplained_minor != 0 {
                let rest =
                    manifest::unexplained([(*currency, total.unexplained_minor)].into_iter());
                unexplained.push((account.clone(), rest));
            }
        }
        self.check_accounts(accounts, problems);
        self.settled.finish(problems);
        unexplained
    }

    /// Ties the files of a month; returns the accounts with something unexplained.
    pub(super) fn finish_month(
        &self,
        accounts: &[AccountEntry],
        problems: &mut Vec<String>,
    ) -> Vec<(String, String)> {
        self.settled.finish(problems);
        self.month.finish(accounts, &self.settled, problems)
    }

    fn check_accounts(&self, accounts: &[AccountEntry], problems: &mut Vec<String>) {
        let named: BTreeSet<&str> = self.totals.keys().map(|(name, _)| name.as_str()).collect();
        if accounts.len() != named.len() {
            problems.push("summary: not the accounts that the manifest lists".to_owned());
        }
        for entry in accounts {
            let account = &entry.account;
            let own = || self.totals.iter().filter(|((name, _), _)| name == account);
            if own().next().is_none() {
                problems.push(format!("summary: has no total for {account}"));
                continue;
            }
            for (_, (_, verdict, coverage)) in own() {
                let coverage = coverage.map_or("", Coverage::code);
                if verdict.code() != entry.verdict || coverage != entry.coverage {
                    problems.push(format!(
                        "summary: {account} is {verdict} {coverage}, in the manifest {} {}",
                        entry.verdict, entry.coverage
                    ));
                }
            }
            let rest = own().map(|((_, currency), it)| (*currency, it.0.unexplained_minor));
            let rest = manifest::unexplained(rest);
            if rest != entry.unexplained {
                problems.push(format!(
                    "summary: {account} has {rest} unexplained, in the manifest {}",
                    entry.unexplained
                ));
            }
        }
    }
}

fn stream(row: &Row<'_>) -> Result<Stream, String> {
    Ok(Stream {
        account: row.text("account").to_owned(),
        kind: Kind::from_word(row.text("kind")).ok_or("kind is not a known word")?,
        product: wording::product_code(row.text("product")).to_owned(),
    })
}

/// The figures of a row of the summary.
pub(in crate::report) fn figures(row: &Row<'_>) -> Result<Figures, String> {
    let tally = |count: &str, amount: &str| {
        Ok::<_, String>(Tally { count: row.count(count)?, minor: row.fen(amount)? })
    };
    let totals = Totals {
        merchant_count: row.count("merchant_count")?,
        merchant_minor: row.fen("merchant_amount")?,
        provider_count: row.count("provider_count")?,
        provider_minor: row.fen("provider_amount")?,
        status_only_count: 0,
    };
    let explained = Explained {
        timing: tally("timing_count", "timing_amount")?,
        discrepancy: tally("discrepancy_count", "discrepancy_amount")?,
    };
    Figures::of(totals, explained).ok_or_else(|| "a figure that does not fit".to_owned())
}

fn untied(line: &(Stream, Currency), summary: Explained, rows: Explained) -> String {
    let words = |explained: Explained| {
        let Explained { timing, discrepancy } = explained;
        format!(
            "timing {} / {} and discrepancies {} / {}",
            timing.count,
            units(timing.minor, line.1),
            discrepancy.count,
            units(discrepancy.minor, line.1)
        )
    };
    format!("summary: {} has {}, the rows give {}", name(line), words(summary), words(rows))
}

fn name((stream, currency): &(Stream, Currency)) -> String {
    let name = format!("{} {} {}", stream.account, stream.kind, stream.product);
    let name = name.trim_end();
    if *currency == Currency::CNY { name.to_owned() } else { format!("{name} in {currency}") }
}

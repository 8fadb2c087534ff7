//! That the summary follows from the discrepancies, its totals from its lines, and its verdicts are
//! those of the manifest.

use std::collections::BTreeMap;

use crate::config::Language;
use crate::discrepancy::{DiscrepancyType, State};
use crate::ledger::Totals;
use crate::money::{minor_from_yuan, yuan};
use crate::order::Stream;
use crate::report::JOB;
use crate::report::discrepancies::{Explained, Share, Tally};
use crate::report::manifest::AccountEntry;
use crate::report::summary::Figures;
use crate::report::verify::month::MonthTies;
use crate::report::verify::roll::RollTies;
use crate::report::verify::settled::Settled;
use crate::report::verify::{Row, Terms};
use crate::report::words::{self, Word};
use crate::status::{Coverage, Kind, Verdict};

/// What was read so far.
pub(super) struct Ties {
    language: Language,
    date: String,
    explained: BTreeMap<Stream, Explained>,
    lines: BTreeMap<Stream, Figures>,
    totals: BTreeMap<String, (Figures, Verdict, Option<Coverage>)>,
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
        let explained = self.explained.entry(stream(row)?).or_default();
        let sum = explained.with(share, row.fen("difference")?);
        *explained = sum.ok_or("a sum that does not fit in 64 bits of fen")?;
        Ok(())
    }

    /// Takes in a row of the summary, which has to add up in itself.
    pub(super) fn summary(&mut self, row: &Row<'_>) -> Result<(), String> {
        if row.text("business_date") != self.date {
            return Err("business_date is not the report's".to_owned());
        }
        let figures = figures(row)?;
        let difference = row.fen("difference")?;
        if difference != figures.difference_minor {
            let real = yuan(figures.difference_minor);
            return Err(format!("difference is {}, the amounts give {real}", yuan(difference)));
        }
        let unexplained = row.fen("unexplained")?;
        if unexplained != figures.unexplained_minor {
            let real = yuan(figures.unexplained_minor);
            return Err(format!("unexplained is {}, the amounts give {real}", yuan(unexplained)));
        }
        let verdict = Verdict::from_word(row.text("verdict")).ok_or("verdict is not known")?;
        let coverage = match row.text("coverage") {
            "" => None,
            word => Some(Coverage::from_word(word).ok_or("coverage is not known")?),
        };
        let account = row.text("account").to_owned();
        let twice = if row.text("kind") == words::total(self.language) {
            self.totals.insert(account, (figures, verdict, coverage)).is_some()
        } else {
            self.lines.insert(stream(row)?, figures).is_some()
        };
        if twice { Err("the same line twice".to_owned()) } else { Ok(()) }
    }

    /// Ties all to all; returns the accounts with something unexplained.
    pub(super) fn finish(
        &self,
        accounts: &[AccountEntry],
        problems: &mut Vec<String>,
    ) -> Vec<(String, i64)> {
        for (stream, figures) in &self.lines {
            let rows = self.explained.get(stream).copied().unwrap_or_default();
            if figures.explained != rows {
                problems.push(untied(stream, figures.explained, rows));
            }
        }
        for stream in self.explained.keys().filter(|stream| !self.lines.contains_key(stream)) {
            problems.push(format!("summary: has no line for {}", name(stream)));
        }
        let mut sums: BTreeMap<&str, Figures> = BTreeMap::new();
        for (stream, figures) in &self.lines {
            let sum = sums.entry(&stream.account).or_default();
            *sum = sum.plus(figures).unwrap_or_default();
        }
        for account in sums.keys().filter(|account| !self.totals.contains_key(**account)) {
            problems.push(format!("summary: has no total for {account}"));
        }
        let mut unexplained = Vec::new();
        for (account, (total, _, _)) in &self.totals {
            let sum = sums.remove(account.as_str()).unwrap_or_default();
            if sum != *total {
                problems.push(format!("summary: the total of {account} is not that of its lines"));
            }
            if total.unexplained_minor != 0 {
                unexplained.push((account.clone(), total.unexplained_minor));
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
    ) -> Vec<(String, i64)> {
        self.settled.finish(problems);
        self.month.finish(accounts, &self.settled, problems)
    }

    fn check_accounts(&self, accounts: &[AccountEntry], problems: &mut Vec<String>) {
        if accounts.len() != self.totals.len() {
            problems.push("summary: not the accounts that the manifest lists".to_owned());
        }
        for entry in accounts {
            let account = &entry.account;
            let Some((total, verdict, coverage)) = self.totals.get(account) else {
                problems.push(format!("summary: has no total for {account}"));
                continue;
            };
            let coverage = coverage.map_or("", Coverage::code);
            if verdict.code() != entry.verdict || coverage != entry.coverage {
                problems.push(format!(
                    "summary: {account} is {verdict} {coverage}, in the manifest {} {}",
                    entry.verdict, entry.coverage
                ));
            }
            if minor_from_yuan(&entry.unexplained) != Ok(total.unexplained_minor) {
                problems.push(format!(
                    "summary: {account} has {} unexplained, in the manifest {}",
                    yuan(total.unexplained_minor),
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
        product: words::product_code(row.text("product")).to_owned(),
    })
}

fn figures(row: &Row<'_>) -> Result<Figures, String> {
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

fn untied(stream: &Stream, summary: Explained, rows: Explained) -> String {
    let words = |explained: Explained| {
        let Explained { timing, discrepancy } = explained;
        format!(
            "timing {} / {} and discrepancies {} / {}",
            timing.count,
            yuan(timing.minor),
            discrepancy.count,
            yuan(discrepancy.minor)
        )
    };
    format!("summary: {} has {}, the rows give {}", name(stream), words(summary), words(rows))
}

fn name(stream: &Stream) -> String {
    format!("{} {} {}", stream.account, stream.kind, stream.product).trim_end().to_owned()
}

//! `summary.csv`: per account what both sides add up to, and what the rows explain of the
//! difference.

use std::collections::{BTreeMap, BTreeSet};

use crate::business_day::BusinessDate;
use crate::config::Language;
use crate::ledger::{AccountVerdict, Totals};
use crate::money::{Currency, Money};
use crate::order::Stream;
use crate::report::csv::Cell;
use crate::report::discrepancies::{Explained, Tallies};
use crate::report::{ReportError, ReportRequest};
use crate::rules::why::speaks_against;
use crate::status::{Coverage, Verdict};
use crate::wording::{self, Word};

/// The figures of one line. Sums are in fen; differences are provider − merchant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// What both sides add up to.
    pub totals: Totals,
    /// What the rows explain.
    pub explained: Explained,
    /// The provider's sum less the merchant's.
    pub difference_minor: i64,
    /// What of it no row explains; expected to be 0.
    pub unexplained_minor: i64,
}

impl Figures {
    /// Works out what is left unexplained; `None` when a figure does not fit.
    pub fn of(totals: Totals, explained: Explained) -> Option<Self> {
        let difference_minor = totals.provider_minor.checked_sub(totals.merchant_minor)?;
        let unexplained_minor = difference_minor
            .checked_sub(explained.timing.minor)?
            .checked_sub(explained.discrepancy.minor)?;
        Some(Self { totals, explained, difference_minor, unexplained_minor })
    }

    /// Adds another line of the same whole; `None` when a figure does not fit.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let explained = Explained {
            timing: self.explained.timing.plus(other.explained.timing)?,
            discrepancy: self.explained.discrepancy.plus(other.explained.discrepancy)?,
        };
        Self::of(self.totals.plus(&other.totals)?, explained)
    }
}

/// One account on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSummary {
    /// The account's name.
    pub name: String,
    /// How people are shown it.
    pub title: String,
    /// The provider's id; empty for an account that the configuration no longer has.
    pub provider_id: String,
    /// The account's number at the provider; empty likewise.
    pub merchant_no: String,
    /// How far the day could be proved.
    pub verdict: Verdict,
    /// From how many sides it was seen; `None` when it was not reconciled at all.
    pub coverage: Option<Coverage>,
    /// Why it is not complete; empty when it is.
    pub reason: String,
    /// Per kind, product and currency.
    pub streams: Vec<(Stream, Currency, Figures)>,
    /// Their sums, one per currency; of an account without any, one of yuan.
    pub totals: BTreeMap<Currency, Figures>,
}

impl AccountSummary {
    /// Whether the day can be trusted for this account.
    pub fn is_proved(&self) -> bool {
        self.verdict.is_trusted(speaks_against(&self.reason))
    }

    /// Provider transactions whose amount the provider does not state.
    pub fn status_only_count(&self) -> i64 {
        let counts = self.totals.values().map(|figures| figures.totals.status_only_count);
        counts.fold(0, i64::saturating_add)
    }

    /// Whether the rows explain the difference of every total.
    pub fn is_explained(&self) -> bool {
        self.totals.values().all(|figures| figures.unexplained_minor == 0)
    }
}

/// The sums over accounts, one per currency; `None` when one does not fit.
pub fn over_all<'a>(
    accounts: impl Iterator<Item = &'a BTreeMap<Currency, Figures>>,
) -> Option<BTreeMap<Currency, Figures>> {
    let mut all: BTreeMap<Currency, Figures> = BTreeMap::new();
    for (currency, figures) in accounts.flatten() {
        let sum = all.entry(*currency).or_default();
        *sum = sum.plus(figures)?;
    }
    Some(all)
}

/// A line whose rows do not explain its difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexplained {
    /// The line.
    pub stream: Stream,
    /// How much.
    pub money: Money,
}

/// Puts the day together: every account of the request, and every other that the day knows.
///
/// # Errors
///
/// [`ReportError::TooLarge`] when a sum leaves 64 bits.
pub fn assemble(
    request: &ReportRequest<'_>,
    totals: Vec<(Stream, Currency, Totals)>,
    verdicts: &[AccountVerdict],
    tallies: &Tallies,
) -> Result<Vec<AccountSummary>, ReportError> {
    let mut lines: BTreeMap<(Stream, Currency), (Totals, Explained)> = totals
        .into_iter()
        .map(|(stream, currency, totals)| ((stream, currency), (totals, Explained::default())))
        .collect();
    for (line, explained) in &tallies.by_stream {
        lines.entry(line.clone()).or_default().1 = *explained;
    }
    let mut names: BTreeSet<&str> = request.accounts.iter().map(|a| a.name.as_str()).collect();
    names.extend(verdicts.iter().map(|verdict| verdict.account.as_str()));
    names.extend(lines.keys().map(|(stream, _)| stream.account.as_str()));
    let too_large = |name: &str| ReportError::TooLarge { what: name.to_owned() };
    let mut accounts = Vec::new();
    for name in names {
        let mut account = frame(request, name, verdicts);
        let own = lines.iter().filter(|((stream, _), _)| stream.account == name);
        for ((stream, currency), (totals, explained)) in own {
            let figures = Figures::of(totals.clone(), *explained).ok_or_else(|| too_large(name))?;
            let total = account.totals.entry(*currency).or_default();
            *total = total.plus(&figures).ok_or_else(|| too_large(name))?;
            account.streams.push((stream.clone(), *currency, figures));
        }
        if account.totals.is_empty() {
            account.totals.insert(Currency::CNY, Figures::default());
        }
        accounts.push(account);
    }
    Ok(accounts)
}

/// An account without figures. One that has no verdict was not reconciled: that is never a clean day.
fn frame(request: &ReportRequest<'_>, name: &str, verdicts: &[AccountVerdict]) -> AccountSummary {
    let known = request.accounts.iter().find(|account| account.name == name);
    let verdict = verdicts.iter().find(|verdict| verdict.account == name);
    let none = request.voice().pick("本日没有对账", "not reconciled for this date");
    AccountSummary {
        name: name.to_owned(),
        title: known.map_or_else(|| name.to_owned(), |account| account.title.clone()),
        provider_id: known.map_or_else(String::new, |account| account.provider_id.clone()),
        merchant_no: known.map_or_else(String::new, |account| account.merchant_no.clone()),
        verdict: verdict.map_or(Verdict::Failed, |verdict| verdict.verdict),
        coverage: verdict.map(|verdict| verdict.coverage),
        reason: verdict.map_or_else(|| none.to_owned(), |verdict| verdict.reason.clone()),
        streams: Vec::new(),
        totals: BTreeMap::new(),
    }
}

/// The lines that the rows do not explain.
pub fn unexplained(accounts: &[AccountSummary]) -> Vec<Unexplained> {
    let lines = accounts.iter().flat_map(|account| &account.streams);
    lines
        .filter(|(_, _, figures)| figures.unexplained_minor != 0)
        .map(|(stream, currency, figures)| Unexplained {
            stream: stream.clone(),
            money: Money { minor: figures.unexplained_minor, currency: *currency },
        })
        .collect()
}

/// The cells of the line of one kind, product and currency.
pub fn stream_cells<'a>(
    date: BusinessDate,
    account: &'a AccountSummary,
    (stream, currency, figures): &'a (Stream, Currency, Figures),
    language: Language,
) -> Vec<Cell<'a>> {
    let product = wording::product(&stream.product, language);
    let names = (stream.kind.word(language), product);
    line(date, account, names, (*currency, figures), language)
}

/// The cells of an account's total in a currency.
pub fn total_cells<'a>(
    date: BusinessDate,
    account: &'a AccountSummary,
    (currency, figures): (&'a Currency, &Figures),
    language: Language,
) -> Vec<Cell<'a>> {
    let total = wording::total(language);
    line(date, account, (total, total), (*currency, figures), language)
}

fn line<'a>(
    date: BusinessDate,
    account: &'a AccountSummary,
    (kind, product): (&'a str, &'a str),
    (currency, figures): (Currency, &Figures),
    language: Language,
) -> Vec<Cell<'a>> {
    let Totals { merchant_count, merchant_minor, provider_count, provider_minor, .. } =
        figures.totals;
    let Explained { timing, discrepancy } = figures.explained;
    let money = |minor| Cell::of(minor, currency);
    vec![
        Cell::Moment(date.to_string()),
        Cell::text(&account.name),
        Cell::text(&account.provider_id),
        Cell::text(kind),
        Cell::text(product),
        Cell::text(account.verdict.word(language)),
        Cell::text(account.coverage.map_or("", |coverage| coverage.word(language))),
        Cell::Count(merchant_count),
        money(merchant_minor),
        Cell::Count(provider_count),
        money(provider_minor),
        money(figures.difference_minor),
        Cell::Count(timing.count),
        money(timing.minor),
        Cell::Count(discrepancy.count),
        money(discrepancy.minor),
        money(figures.unexplained_minor),
        Cell::Text(currency.to_string().into()),
    ]
}

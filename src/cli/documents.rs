//! Parts that several documents of `--json` have: amounts as text with their currency beside them, codes
//! instead of words.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::config::Language;
use crate::money::{Currency, units, yuan};
use crate::report::discrepancies::Tally;
use crate::report::month::{MonthAccount, MonthSet};
use crate::report::roll::Roll;
use crate::report::summary::{AccountSummary, Figures};
use crate::report::{Outcome, ReportFile, ReportSet};
use crate::settle::{Balanced, Reliance, SettledAccount};

/// A count of rows and what they come to.
#[derive(Debug, Serialize)]
pub(crate) struct Counted {
    count: i64,
    amount: String,
}

impl Counted {
    /// A count and an amount in the smallest unit of a currency.
    pub(crate) fn of(count: i64, minor: i64, currency: Currency) -> Self {
        Self { count, amount: units(minor, currency) }
    }

    fn tally(tally: Tally, currency: Currency) -> Self {
        Self::of(tally.count, tally.minor, currency)
    }
}

/// What both sides of an account come to in one currency.
#[derive(Debug, Serialize)]
struct Total {
    currency: String,
    merchant: Counted,
    provider: Counted,
    difference: String,
    timing: Counted,
    discrepancies: Counted,
    unexplained: String,
}

impl Total {
    fn of(currency: Currency, figures: &Figures) -> Self {
        let (totals, explained) = (&figures.totals, figures.explained);
        Self {
            currency: currency.to_string(),
            merchant: Counted::of(totals.merchant_count, totals.merchant_minor, currency),
            provider: Counted::of(totals.provider_count, totals.provider_minor, currency),
            difference: units(figures.difference_minor, currency),
            timing: Counted::tally(explained.timing, currency),
            discrepancies: Counted::tally(explained.discrepancy, currency),
            unexplained: units(figures.unexplained_minor, currency),
        }
    }
}

/// An account of a report.
#[derive(Debug, Serialize)]
struct AccountOf {
    account: String,
    provider: String,
    verdict: &'static str,
    coverage: Option<&'static str>,
    proved: bool,
    /// Why it is not complete, in words (English); empty when it is.
    reason: String,
    totals: Vec<Total>,
    balance: Option<BridgeOf>,
}

/// The bridge of an account, in yuan.
#[derive(Debug, Serialize)]
struct BridgeOf {
    currency: &'static str,
    expected: String,
    stated: String,
    balance_gap: String,
    /// Why a gap says nothing yet; `None` where it does.
    doubt: Option<&'static str>,
}

impl BridgeOf {
    fn of(settled: &[SettledAccount], account: &str) -> Option<Self> {
        let found = settled.iter().find(|it| it.account == account)?;
        let Balanced::Built(bridge, reliance) = &found.balanced else { return None };
        Some(Self {
            currency: "CNY",
            expected: yuan(bridge.expected_minor),
            stated: yuan(bridge.closing.held_minor),
            balance_gap: yuan(bridge.unexplained_minor),
            doubt: match reliance {
                Reliance::Proved => None,
                Reliance::Ahead(_) => Some("reaches_ahead"),
                Reliance::Unproved(_) => Some("not_proved"),
                Reliance::OtherParts => Some("other_parts"),
            },
        })
    }
}

impl AccountOf {
    fn of(account: &AccountSummary, settled: &[SettledAccount]) -> Self {
        let totals = account.totals.iter();
        Self {
            account: account.name.clone(),
            provider: account.provider_id.clone(),
            verdict: account.verdict.code(),
            coverage: account.coverage.map(crate::status::Coverage::code),
            proved: account.is_proved(),
            reason: crate::report::sentence::why(&account.reason, Language::En),
            totals: totals.map(|(currency, figures)| Total::of(*currency, figures)).collect(),
            balance: BridgeOf::of(settled, &account.name),
        }
    }
}

/// Rows of one type in one state.
#[derive(Debug, Serialize)]
struct OfType {
    r#type: &'static str,
    state: &'static str,
    currency: String,
    count: i64,
    difference: String,
}

/// What became of the discrepancies since the day before, in one currency; amounts are what is at stake.
#[derive(Debug, Serialize)]
struct Rolled {
    currency: String,
    opening: Counted,
    new: Counted,
    reopened: Counted,
    closed: Counted,
    changed: Counted,
    outstanding: Counted,
    timing: Counted,
    open: Counted,
    suspense: Counted,
}

impl Rolled {
    fn of(currency: Currency, roll: &Roll) -> Self {
        let tally = |tally| Counted::tally(tally, currency);
        Self {
            currency: currency.to_string(),
            opening: tally(roll.opening),
            new: tally(roll.new),
            reopened: tally(roll.reopened),
            closed: tally(roll.closed),
            changed: tally(roll.changed),
            outstanding: tally(roll.outstanding),
            timing: tally(roll.timing),
            open: tally(roll.open),
            suspense: tally(roll.suspense),
        }
    }
}

/// A file of a report folder.
#[derive(Debug, Serialize)]
struct File {
    name: String,
    rows: u64,
    sha256: String,
}

/// Where a report is.
#[derive(Debug, Serialize)]
struct FolderOf {
    folder: String,
    /// Whether it had to be written.
    written: bool,
    files: Vec<File>,
}

impl FolderOf {
    fn of(folder: &std::path::Path, outcome: &Outcome, files: &[ReportFile]) -> Self {
        let file = |file: &ReportFile| File {
            name: file.name.clone(),
            rows: file.rows,
            sha256: file.sha256.clone(),
        };
        Self {
            folder: folder.display().to_string(),
            written: matches!(outcome, Outcome::Written { .. }),
            files: files.iter().map(file).collect(),
        }
    }
}

/// A written report of a business date.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    business_date: String,
    #[serde(flatten)]
    folder: FolderOf,
    /// Can the day be booked, what is proved, what is open.
    headline: serde_json::Value,
    accounts: Vec<AccountOf>,
    /// Rows that somebody has to work on.
    open_count: i64,
    discrepancies: Vec<OfType>,
    roll: Vec<Rolled>,
    /// Files with far fewer rows than usual.
    unusual_files: Vec<String>,
}

impl Report {
    /// What a report says.
    pub(crate) fn of(set: &ReportSet) -> Self {
        let of_type = |((kind, state, currency), tally): (&(_, _, Currency), &Tally)| {
            let (kind, state): (&crate::discrepancy::DiscrepancyType, &crate::discrepancy::State) =
                (kind, state);
            OfType {
                r#type: kind.code(),
                state: state.code(),
                currency: currency.to_string(),
                count: tally.count,
                difference: units(tally.minor, *currency),
            }
        };
        Self {
            business_date: set.date.to_string(),
            folder: FolderOf::of(&set.folder, &set.outcome, &set.files),
            headline: set.headline.data(),
            accounts: set.accounts.iter().map(|it| AccountOf::of(it, &set.settled)).collect(),
            open_count: set.open_count(),
            discrepancies: set.counts.iter().map(of_type).collect(),
            roll: set.roll.iter().map(|(currency, roll)| Rolled::of(*currency, roll)).collect(),
            unusual_files: set.unusual.iter().map(|file| file.name.clone()).collect(),
        }
    }
}

/// An account of a month.
#[derive(Debug, Serialize)]
struct AccountOfMonth {
    account: String,
    provider: String,
    verdict: &'static str,
    currency: &'static str,
    /// What was charged too much less what was charged too little.
    fees_to_claim: Option<String>,
    balance_gap: Option<String>,
    days: BTreeMap<String, Option<&'static str>>,
}

impl AccountOfMonth {
    fn of(account: &MonthAccount) -> Self {
        let days = account.days.iter().map(|(date, day)| {
            (date.to_string(), day.verdict.as_ref().map(|verdict| verdict.verdict.code()))
        });
        Self {
            account: account.name.clone(),
            provider: account.provider_id.clone(),
            verdict: account.verdict().code(),
            currency: "CNY",
            fees_to_claim: account.claim.net_minor().map(yuan),
            balance_gap: account.unexplained_minor.map(yuan),
            days: days.collect(),
        }
    }
}

/// A written report of a month.
#[derive(Debug, Serialize)]
pub(crate) struct ReportOfMonth {
    month: String,
    #[serde(flatten)]
    folder: FolderOf,
    proved: bool,
    accounts: Vec<AccountOfMonth>,
}

impl ReportOfMonth {
    /// What a month's report says.
    pub(crate) fn of(set: &MonthSet) -> Self {
        Self {
            month: set.month.to_string(),
            folder: FolderOf::of(&set.folder, &set.outcome, &set.files),
            proved: set.is_proved(),
            accounts: set.accounts.iter().map(AccountOfMonth::of).collect(),
        }
    }
}

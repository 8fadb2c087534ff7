//! Arguments of `discrepancy`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::DateArg;
use crate::config::Language;
use crate::discrepancy::{DiscrepancyType, Severity, State};
use crate::money::minor_from_yuan;
use crate::resolution::Reason;
use crate::status::Kind;
use crate::wording::Word;

/// `discrepancy`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DiscrepancyArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: DiscrepancyCommand,
}

/// What can be done with discrepancies.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum DiscrepancyCommand {
    /// What is not closed, the most urgent first, as it is now; with --date a day's report
    #[command(after_help = "\
Examples:
  duizhang discrepancy list --severity critical --severity high
  duizhang discrepancy list --account mmsp-main --type 金额不符 --older-than 3
  duizhang discrepancy list --min-amount 1000 --sort amount --limit 20
  duizhang discrepancy list --date 2026-11-20 --limit 0 --json

Types, states, severities and kinds are written as their codes or as their Chinese words.")]
    List(DiscrepancyListArgs),
    /// A discrepancy, or those of an order: both sides, the evidence and the history
    Show(DiscrepancyShowArgs),
    /// What changes a history, or checks it.
    #[command(flatten)]
    Decide(DecisionCommand),
}

/// What people decide about discrepancies.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum DecisionCommand {
    /// Close a discrepancy whose cause was found and removed, or all that one cause claims
    #[command(after_help = "\
Examples:
  duizhang discrepancy resolve DZ3K9QF0VTB2M7XHC1 --reason order_completed --note 已补单
  duizhang discrepancy resolve --pattern PT7MQ2ZK0AYX94TCNB --reason adjusted --note 单位已改

With [resolution] four_eyes_above, a larger one is only proposed until another person confirms it.")]
    Resolve(DiscrepancyResolveArgs),
    /// Put a discrepancy on suspense (挂账) until it is explained, or all that one cause claims
    Suspend(DecideArgs),
    /// Give a discrepancy up (核销), or all that one cause claims
    WriteOff(DecideArgs),
    /// Open a discrepancy again that a person closed or put on suspense
    Reopen(DiscrepancyReopenArgs),
    /// Confirm what another person proposed
    Confirm(DiscrepancyConfirmArgs),
    /// Take back the last thing that a person did to a discrepancy
    Undo(DiscrepancyUndoArgs),
    /// Check that no entry of any history was altered
    Verify,
}

/// By what discrepancies are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SortBy {
    /// The most urgent first, then the larger amount.
    #[default]
    Severity,
    /// The oldest first.
    Age,
    /// The largest amount at stake first.
    Amount,
    /// The latest business date first.
    Date,
}

/// `discrepancy list`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DiscrepancyListArgs {
    /// The rows of this business day's report, closed ones too, in the states of that day: YYYY-MM-DD,
    /// yesterday or today [default: what is not closed now]
    #[arg(long, value_name = "D")]
    pub date: Option<DateArg>,
    /// Only this account; may be repeated [default: all]
    #[arg(long = "account", value_name = "A")]
    pub accounts: Vec<String>,
    /// Only this type; may be repeated
    #[arg(long = "type", value_name = "TYPE", value_parser = words(DiscrepancyType::ALL, DiscrepancyType::code))]
    pub types: Vec<DiscrepancyType>,
    /// Only this state; may be repeated [default: every one but the closed ones]
    #[arg(long = "state", value_name = "STATE", value_parser = words(State::ALL, State::code))]
    pub states: Vec<State>,
    /// Only this severity; may be repeated
    #[arg(long = "severity", value_name = "SEVERITY", value_parser = words(Severity::ALL, Severity::code))]
    pub severities: Vec<Severity>,
    /// Only this kind of order; may be repeated
    #[arg(long = "kind", value_name = "KIND", value_parser = words(Kind::ALL, Kind::code))]
    pub kinds: Vec<Kind>,
    /// Only what was first seen more than N days ago
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..36_500))]
    pub older_than: Option<u32>,
    /// Only where at least this much is at stake, in whole units of the row's currency: 1000 or 1000.00
    #[arg(long, value_name = "AMOUNT", value_parser = hundredths)]
    pub min_amount: Option<u64>,
    /// Only what this cause claims: an id (原因编号) of the newest report, or of that of --date
    #[arg(long, value_name = "ID")]
    pub pattern: Option<String>,
    /// Only of this order number, the merchant's or the provider's
    #[arg(long, value_name = "ORDER_NO")]
    pub order_no: Option<String>,
    /// What comes first
    #[arg(long, value_enum, value_name = "BY", default_value = "severity")]
    pub sort: SortBy,
    /// Rows at most; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
    /// Rows to leave out at the beginning: the next page
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub skip: usize,
}

/// `discrepancy reopen`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DiscrepancyReopenArgs {
    /// The id, as in the report's first column (差异编号)
    #[arg(value_name = "ID")]
    pub id: String,
    /// Why, in a person's words; no card numbers, no names of customers
    #[arg(long, value_name = "TEXT")]
    pub note: String,
    /// Who decides, for the history [default: the user who is logged in]
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
}

/// `discrepancy suspend`, `write-off`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DecideArgs {
    /// The id, as in the report's first column (差异编号)
    #[arg(value_name = "ID", required_unless_present = "pattern", conflicts_with = "pattern")]
    pub id: Option<String>,
    /// Every discrepancy that this cause claims in the newest report (原因编号)
    #[arg(long, value_name = "ID")]
    pub pattern: Option<String>,
    /// Why, in a person's words; no card numbers, no names of customers
    #[arg(long, value_name = "TEXT")]
    pub note: String,
    /// Who decides, for the history [default: the user who is logged in]
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
}

/// `discrepancy resolve`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DiscrepancyResolveArgs {
    /// What is decided.
    #[command(flatten)]
    pub decide: DecideArgs,
    /// The reason's code or its Chinese word
    #[arg(long, value_name = "CODE", value_parser = reasons())]
    pub reason: Reason,
}

/// `discrepancy confirm`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DiscrepancyConfirmArgs {
    /// The id, as in the report's first column (差异编号)
    #[arg(value_name = "ID")]
    pub id: String,
    /// Who confirms, for the history [default: the user who is logged in]
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
}

/// `discrepancy undo`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DiscrepancyUndoArgs {
    /// The id, as in the report's first column (差异编号)
    #[arg(value_name = "ID")]
    pub id: String,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Who takes it back, for the history [default: the user who is logged in]
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
}

/// `discrepancy show`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DiscrepancyShowArgs {
    /// The id, as in the report's first column (差异编号), or the merchant's order number
    #[arg(value_name = "ID_OR_ORDER_NO")]
    pub id: String,
}

/// Values by their codes or Chinese words.
fn words<T: Word + Send + Sync>(
    all: &'static [T],
    code: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    let values = all.iter().map(|value| {
        let zh = value.word(Language::Zh);
        // What is in brackets explains the word.
        let short = zh.split('(').next().unwrap_or(zh);
        PossibleValue::new(code(*value)).alias(zh).alias(short).help(zh)
    });
    PossibleValuesParser::new(values.collect::<Vec<_>>()).try_map(move |word| {
        let is_it = |value: &&T| {
            let zh = value.word(Language::Zh);
            code(**value) == word || zh == word || zh.split('(').next() == Some(word.as_str())
        };
        all.iter().find(is_it).copied().ok_or("write one of the codes")
    })
}

/// An amount as hundredths of a whole unit.
fn hundredths(text: &str) -> Result<u64, &'static str> {
    let amount = minor_from_yuan(text).ok().and_then(|minor| u64::try_from(minor).ok());
    amount.ok_or("write an amount such as 1000 or 1000.00")
}

/// The reasons that a person can give, by code or Chinese word.
fn reasons() -> impl TypedValueParser<Value = Reason> {
    let values = Reason::of_people().map(|reason| {
        let zh = reason.word(Language::Zh);
        PossibleValue::new(reason.code()).alias(zh).help(zh)
    });
    PossibleValuesParser::new(values.collect::<Vec<_>>())
        .try_map(|word| Reason::from_word(&word).ok_or("write one of the codes"))
}

//! Arguments of `discrepancy`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::cli::StepArgs;
use crate::config::Language;
use crate::report::words::Word;
use crate::resolution::Reason;

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
    /// The discrepancies of a business day's report
    List(StepArgs),
    /// One discrepancy: both sides, the evidence and its history
    Show(DiscrepancyShowArgs),
    /// Close a discrepancy whose cause was found and removed
    #[command(after_help = "\
Example:
  duizhang discrepancy resolve DZ3K9QF0VTB2M7XHC1 --reason order_completed --note 已补单

With [resolution] four_eyes_above, a larger one is only proposed until another person confirms it.")]
    Resolve(DiscrepancyResolveArgs),
    /// Put a discrepancy on suspense (挂账) until it is explained
    Suspend(DecideArgs),
    /// Give a discrepancy up (核销)
    WriteOff(DecideArgs),
    /// Open a discrepancy again that a person closed or put on suspense
    Reopen(DecideArgs),
    /// Confirm what another person proposed
    Confirm(DiscrepancyConfirmArgs),
    /// Take back the last thing that a person did to a discrepancy
    Undo(DiscrepancyUndoArgs),
    /// Check that no entry of any history was altered
    Verify,
}

/// `discrepancy suspend`, `write-off`, `reopen`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DecideArgs {
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
    /// The id, as in the report's first column (差异编号)
    #[arg(value_name = "ID")]
    pub id: String,
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

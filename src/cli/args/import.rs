//! Arguments of `import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::DateArg;

/// `import`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportArgs {
    /// What the files are.
    #[command(subcommand)]
    pub what: ImportCommand,
}

/// What can be imported.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ImportCommand {
    /// Merchant orders: CSV in any usual encoding, or .xlsx
    #[command(after_help = "\
Example:
  duizhang import orders orders/2026-11-20.csv --date 2026-11-20
  duizhang import orders export.xlsx --explain     what it is, and what to write into the configuration

Importing a file again replaces what it said before, and makes it current, whatever was imported between.")]
    Orders(ImportOrdersArgs),
    /// A provider's own statement (渠道对账单) as its portal exports it: CSV or .xlsx
    #[command(after_help = "\
Examples:
  duizhang import statement --account lhxpay-main statements/2026-11-20.csv --date 2026-11-20
  duizhang import statement --account lhxpay-main statements/2026-11.xlsx --from 2026-11-01 --to 2026-11-30

[account.statement] in the configuration says under which names the file has its columns. Totals at
the end of the file are compared with its rows: where they differ, nothing of it is imported. Importing
a file again replaces what it said before. Then reconcile the days again, or wait for the next night.")]
    Statement(ImportStatementArgs),
    /// A log of callbacks: one JSON object a line: when it was received, content type and raw body
    #[command(after_help = "\
Example:
  duizhang import notifications --account mmsp-main callbacks.jsonl

Signatures are verified. Importing a file again adds nothing.")]
    Notifications(ImportNotificationsArgs),
    /// The discrepancy file with 处理方式, 处理人 and 处理备注 filled in: CSV or .xlsx
    #[command(after_help = "\
Example:
  duizhang import resolutions var/reports/2026-11-20/2026-11-20_差异明细.csv --person 李四

Tolerates what Excel and WPS do to the file. Rows that changed since they were exported, unknown
words and contradictions are refused and listed in NAME.refused.csv beside the file; all others are applied together.
Importing a file again changes nothing. Ends with exit code 1 when a row was refused.")]
    Resolutions(ImportResolutionsArgs),
    /// Money of an account that is no order: settlements to the bank, top-ups, adjustments
    #[command(after_help = "\
Example:
  duizhang import movements --account mmsp-main movements/2026-11-20.csv

Columns: occurred_at, kind (settlement, topup, adjustment), product, settlement_date, amount, name,
note, account. Importing a file again replaces what it said before.")]
    Movements(ImportMovementsArgs),
}

/// Only to look at a file: nothing is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct ExplainArgs {
    /// Only show how the files would be read, with a block of configuration for what is missing
    #[arg(long, conflicts_with = "withdraw")]
    pub explain: bool,
}

/// `import resolutions`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportResolutionsArgs {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Who imports it: stands for an empty 处理人, and confirms what another person decided
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// Only show how the file would be read; nothing is imported
    #[arg(long)]
    pub explain: bool,
}

/// `import statement`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportStatementArgs {
    /// The account whose statement it is
    #[arg(long, value_name = "A")]
    pub account: String,
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The business day of which a file has everything: YYYY-MM-DD, yesterday or today
    /// [default: what the file says, else the days of its rows]
    #[arg(long, value_name = "D")]
    pub date: Option<DateArg>,
    /// The first of several business days of which a file has everything
    #[arg(long, value_name = "D", conflicts_with = "date", requires = "to")]
    pub from: Option<DateArg>,
    /// The last of them
    #[arg(long, value_name = "D", requires = "from")]
    pub to: Option<DateArg>,
    /// Take back what was imported from the files, which need not be there any more: another account's
    /// file, for instance
    #[arg(long, conflicts_with_all = ["from", "date"])]
    pub withdraw: bool,
    /// --explain.
    #[command(flatten)]
    pub look: ExplainArgs,
}

/// `import movements`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportMovementsArgs {
    /// The account that the files are for [default: what their column account says]
    #[arg(long, value_name = "A")]
    pub account: Option<String>,
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The business day under which refused rows are reported: YYYY-MM-DD, yesterday or today
    #[arg(long, value_name = "D", default_value = "yesterday")]
    pub date: DateArg,
    /// Take back what was imported from the files, which need not be there any more
    #[arg(long)]
    pub withdraw: bool,
    /// --explain.
    #[command(flatten)]
    pub look: ExplainArgs,
}

/// `import notifications`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportNotificationsArgs {
    /// The account that the callbacks were sent for
    #[arg(long, value_name = "A")]
    pub account: String,
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The business day under which refused lines are reported: YYYY-MM-DD, yesterday or today
    #[arg(long, value_name = "D", default_value = "yesterday")]
    pub date: DateArg,
    /// Only show how the file would be read; nothing is imported
    #[arg(long)]
    pub explain: bool,
}

/// `import orders`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportOrdersArgs {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The business day under which refused rows are reported: YYYY-MM-DD, yesterday or today
    #[arg(long, value_name = "D", default_value = "yesterday")]
    pub date: DateArg,
    /// Take back what was imported from the files, which need not be there any more; what other files say stays
    #[arg(long)]
    pub withdraw: bool,
    /// --explain.
    #[command(flatten)]
    pub look: ExplainArgs,
}

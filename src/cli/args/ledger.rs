//! Arguments of `ledger`.

use clap::{Args, Subcommand};

use crate::cli::DateArg;

/// `ledger`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct LedgerArgs {
    /// What to do.
    #[command(subcommand)]
    pub what: LedgerCommand,
}

/// What can be done with the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum LedgerCommand {
    /// Create or upgrade the schema; safe to repeat
    Migrate,
    /// Show schema version, row counts and placement
    Status,
    /// Copy the whole ledger into an empty one: from a SQLite file to PostgreSQL, or back
    #[command(after_help = "\
Examples:
  duizhang ledger copy --to postgres://duizhang@db.example/duizhang
  LEDGER=postgres://duizhang:PASSWORD@db.example/duizhang duizhang ledger copy --to-env LEDGER

Counts and sums are compared on both sides before the copy is kept. The ledger that was copied stays as
it is; write the new URL into duizhang.toml afterwards.")]
    Copy(LedgerCopyArgs),
    /// Check the whole ledger: database, histories and their chain, archived answers, reports
    ///
    /// Every page and row is read; every word of the platforms is read again from its archived answer,
    /// signature included; every history and the chain over all of them is worked out again and compared
    /// with the manifests of the reports. Nothing is changed. Ends with 1 when something is wrong, and with
    /// 4 when something could not be shown: an answer that is no longer kept, a key that is not there.
    #[command(after_help = "\
Example:
  duizhang ledger verify

Whoever may write to the database can write a whole history anew. What shows it is a manifest that this
person could not change: keep copies of the report folders elsewhere, and verify with [reports] dir
pointing to them.")]
    Verify,
    /// Remove what is older than a business day and finished
    ///
    /// Orders, answers, their closed discrepancies with history, totals, verdicts, files and runs of
    /// earlier days. Whatever is open, was closed on that day or after, or belongs to something later
    /// stays whole, and is listed. Balances stay. The archive has a setting of its own.
    #[command(after_help = "\
Example:
  duizhang ledger prune --before 2025-01-01 --dry-run

With [ledger] retention_days in the configuration, jobs do this at their end.")]
    Prune(LedgerPruneArgs),
    /// Spread the tables over the machines of a PostgreSQL server with the extension citus
    ///
    /// Safe to repeat, also after it was interrupted, and to be repeated after an upgrade that brings new
    /// tables. Run it as the role that owns the tables, while no job runs.
    Distribute(LedgerDistributeArgs),
}

/// `ledger distribute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct LedgerDistributeArgs {
    /// Into how many parts each table is split, at the first time: twice the cores of all machines, at least
    /// 64, is a good number; else as the server is set
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64_000))]
    pub shards: Option<u32>,
}

/// `ledger prune`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct LedgerPruneArgs {
    /// The first business day that stays: YYYY-MM-DD
    #[arg(long, value_name = "D")]
    pub before: DateArg,
    /// Only say what would be removed
    #[arg(long)]
    pub dry_run: bool,
}

/// `ledger copy`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(required = true, multiple = false)]
pub struct LedgerCopyArgs {
    /// The empty ledger to copy to, as the configuration would name it; a relative file is looked for from here
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// The variable of the environment that holds its URL: for one with a password
    #[arg(long, value_name = "NAME")]
    pub to_env: Option<String>,
}

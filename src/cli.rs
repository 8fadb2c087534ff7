//! The command line: what may be asked of duizhang. Bad usage ends with exit code 2.
//!
//! The arguments are here; what a command does is in `cli/<command>.rs`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::status::Kind;

mod balances;
mod check;
mod completions;
mod date;
mod demo;
mod discrepancy;
mod exit;
mod failure;
mod import;
mod jobs;
mod ledger;
mod log;
mod open;
mod output;
mod query;
mod renotify;
mod simulate;
mod start;
mod steps;
mod verify;

pub use date::{DateArg, FutureDate, NotADate};
pub use start::main;

/// What `--help` says last.
const AFTER_HELP: &str = "\
Examples:
  duizhang demo                              see a whole night, without any account
  duizhang check --online                    is everything set up?
  duizhang run nightly                       what cron calls every night
  duizhang run nightly --date 2026-11-20     the same for another business day
  duizhang discrepancy list                  what is open

Exit codes:
   0  done
   1  failed
   2  bad usage or configuration
   3  done, discrepancies are open (only with --fail-on-discrepancy)
   4  done, but at least one account could not be proved complete
  75  another run of the same job holds the lock

Results go to standard output, logs and progress to standard error.";

/// Nightly reconciliation and settlement of a merchant's payment platforms (对账).
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "duizhang", version, after_help = AFTER_HELP, propagate_version = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The configuration file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "DUIZHANG_CONFIG",
        default_value = "duizhang.toml"
    )]
    pub config: PathBuf,
    /// How log lines are written to standard error
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Log more: -v for every request, -vv for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// No progress bars, even on a terminal
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for log collectors.
    Json,
}

/// The commands.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run a whole night against simulated providers, and prove that every planted discrepancy was found
    ///
    /// Needs no configuration and no account: the providers are part of the program and are asked
    /// over real HTTP on this machine, with real signatures.
    Demo(DemoArgs),
    /// Run one job now: what cron calls
    ///
    /// Safe to repeat, also after it was killed: the same run twice changes nothing.
    #[command(after_help = "\
Examples:
  duizhang run nightly
  duizhang run nightly --date 2026-11-20 --account mmsp-main
  duizhang run nightly --fail-on-discrepancy")]
    Run(RunArgs),
    /// Ask the providers about a business day, and keep their verified answers
    Pull(StepArgs),
    /// Ask the providers what the accounts hold now, and keep the verified answers
    #[command(after_help = "\
Example:
  duizhang balances --account mmsp-main

Ends with exit code 4 when an account that states its balance gave no trustworthy answer.")]
    Balances(StepArgs),
    /// Compare both sides of a business day, and keep the discrepancies
    Reconcile(StepArgs),
    /// Write the report folder of a business day
    Report(StepArgs),
    /// Bring files into the ledger
    Import(ImportArgs),
    /// Look at discrepancies from the terminal
    Discrepancy(DiscrepancyArgs),
    /// Ask a provider about one order now, and show the verified answer
    #[command(after_help = "\
Examples:
  duizhang query mmsp-main 20261120000017 --product scan
  duizhang query zhangxun-main P20261120000003 --kind payout")]
    Query(QueryArgs),
    /// Ask a provider to send the callback of paid orders again: the repair for a lost one
    ///
    /// Offered by lhxpay and xxpay. Reaches the shop's production system, so it asks first; the
    /// history of the order's discrepancy says who did it.
    #[command(after_help = "\
Examples:
  duizhang renotify xxpay-main 20261120000017 20261120000018
  duizhang renotify lhxpay-main P20261120000003 --kind payout --yes")]
    Renotify(RenotifyArgs),
    /// Validate configuration, secrets, ledger and jobs
    Check(CheckArgs),
    /// List the jobs and when each fires next
    Jobs,
    /// Re-check a report folder offline against its manifest
    Verify(VerifyArgs),
    /// Run the simulated providers by themselves
    #[command(after_help = "\
Example:
  duizhang simulate --listen 127.0.0.1:18080 --out world
  then point base_url and its like in duizhang.toml to http://127.0.0.1:18080/…")]
    Simulate(SimulateArgs),
    /// The ledger's schema
    Ledger(LedgerArgs),
    /// Print the completion script of a shell
    #[command(after_help = "\
Example:
  duizhang completions bash > /etc/bash_completion.d/duizhang")]
    Completions(CompletionsArgs),
}

/// `demo`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DemoArgs {
    /// The folder for configuration, orders, ledger and reports
    #[arg(long, value_name = "DIR", default_value = "duizhang-demo")]
    pub out: PathBuf,
    /// The business day that is simulated: YYYY-MM-DD, yesterday or today
    #[arg(long, value_name = "D", default_value = "yesterday")]
    pub date: DateArg,
}

/// `run`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RunArgs {
    /// The job's name, as `duizhang jobs` lists it
    #[arg(value_name = "JOB")]
    pub job: String,
    /// The business day: YYYY-MM-DD, yesterday or today [default: as the job says]
    #[arg(long, value_name = "D")]
    pub date: Option<DateArg>,
    /// Only this account; may be repeated [default: those of the job]
    #[arg(long = "account", value_name = "A")]
    pub accounts: Vec<String>,
    /// End with exit code 3 when discrepancies are open
    #[arg(long)]
    pub fail_on_discrepancy: bool,
}

/// `pull`, `balances`, `reconcile`, `report`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct StepArgs {
    /// The business day: YYYY-MM-DD, yesterday or today
    #[arg(long, value_name = "D", default_value = "yesterday")]
    pub date: DateArg,
    /// Only this account; may be repeated [default: all]
    #[arg(long = "account", value_name = "A")]
    pub accounts: Vec<String>,
}

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
    /// Merchant orders: CSV in UTF-8 or GB18030
    #[command(after_help = "\
Example:
  duizhang import orders orders/2026-11-20.csv --date 2026-11-20

Importing a file again replaces what it said before.")]
    Orders(ImportOrdersArgs),
    /// A log of callbacks: one JSON object a line: when it was received, content type and raw body
    #[command(after_help = "\
Example:
  duizhang import notifications --account mmsp-main callbacks.jsonl

Signatures are verified. Importing a file again adds nothing.")]
    Notifications(ImportNotificationsArgs),
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
}

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
}

/// `discrepancy show`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct DiscrepancyShowArgs {
    /// The id, as in the report's first column (差异编号)
    #[arg(value_name = "ID")]
    pub id: String,
}

/// `query`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct QueryArgs {
    /// The account's name in the configuration
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The merchant's order number
    #[arg(value_name = "ORDER_NO")]
    pub order_no: String,
    /// What kind of order it is
    #[arg(long, value_name = "KIND", default_value = "payment", value_parser = kinds())]
    pub kind: Kind,
    /// The product, where the provider has several: quick, gateway, scan or payout at mmsp
    #[arg(long, value_name = "PRODUCT")]
    pub product: Option<String>,
}

/// `renotify`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RenotifyArgs {
    /// The account's name in the configuration
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The merchant's order numbers
    #[arg(value_name = "ORDER_NO", required = true)]
    pub order_nos: Vec<String>,
    /// What kind of orders they are
    #[arg(long, value_name = "KIND", default_value = "payment", value_parser = kinds())]
    pub kind: Kind,
    /// The product, where the provider has several
    #[arg(long, value_name = "PRODUCT")]
    pub product: Option<String>,
    /// Do not ask first; needed where there is no terminal to ask at
    #[arg(long)]
    pub yes: bool,
    /// Who does it, for the history [default: the user who is logged in]
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
}

/// `check`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct CheckArgs {
    /// Also ask each provider one harmless question
    #[arg(long)]
    pub online: bool,
}

/// `verify`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct VerifyArgs {
    /// The report folder, the one with manifest.json
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// `simulate`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct SimulateArgs {
    /// Where to listen
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:18080")]
    pub listen: SocketAddr,
    /// What the providers know [default: the world of the demo]
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// Also write a configuration and merchant orders that fit the world into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

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
    Distribute,
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
    /// The empty ledger to copy to, as the configuration would name it
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// The variable of the environment that holds its URL: for one with a password
    #[arg(long, value_name = "NAME")]
    pub to_env: Option<String>,
}

/// `completions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    let codes: Vec<&'static str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
    PossibleValuesParser::new(codes)
        .try_map(|code| Kind::from_code(&code).ok_or("write payment, payout or refund"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    fn command(line: &str) -> Command {
        parse(line).map(|cli| cli.command).expect(line)
    }

    #[test]
    fn the_definition_is_sound_and_every_command_has_help() {
        Cli::command().debug_assert();
        let mut waiting = vec![Cli::command()];
        while let Some(command) = waiting.pop() {
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {argument}", command.get_name());
            }
            assert!(command.get_about().is_some(), "{}", command.get_name());
            waiting.extend(command.get_subcommands().cloned());
        }
    }

    #[test]
    fn every_command_of_the_contract_is_understood() {
        let lines = [
            "duizhang demo --out d --date 2026-11-20",
            "duizhang run nightly --date yesterday --account a --account b",
            "duizhang run nightly --fail-on-discrepancy",
            "duizhang pull --date today --account a",
            "duizhang balances --date today --account a",
            "duizhang reconcile",
            "duizhang report --date 2026-11-20",
            "duizhang import orders a.csv b.csv --date 2026-11-20",
            "duizhang import notifications --account a callbacks.jsonl --date today",
            "duizhang discrepancy list",
            "duizhang discrepancy show D-1",
            "duizhang query a 123 --kind refund --product scan",
            "duizhang check --online",
            "duizhang jobs",
            "duizhang verify var/reports/2026-11-20",
            "duizhang simulate --listen 127.0.0.1:0 --world w.toml --out d",
            "duizhang ledger migrate",
            "duizhang ledger status",
            "duizhang ledger copy --to postgres://a@b/c",
            "duizhang ledger copy --to-env LEDGER",
            "duizhang ledger distribute",
            "duizhang ledger prune --before 2025-01-01 --dry-run",
            "duizhang completions zsh",
        ];
        for line in lines {
            assert!(parse(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        let before = parse("duizhang -vv --config a.toml --log-format json --no-progress jobs");
        let after = parse("duizhang jobs -vv --config a.toml --log-format json --no-progress");
        let before = before.expect("arguments").global;
        assert_eq!(before, after.expect("arguments").global);
        let config = PathBuf::from("a.toml");
        let log_format = LogFormat::Json;
        assert_eq!(before, Global { config, log_format, verbose: 2, no_progress: true });
    }

    #[test]
    fn what_is_left_out_has_the_default_of_the_contract() {
        let Command::Run(run) = command("duizhang run nightly") else { panic!("run") };
        assert_eq!(run.date, None);
        assert_eq!(run.accounts, Vec::<String>::new());
        assert!(!run.fail_on_discrepancy);
        let Command::Pull(pull) = command("duizhang pull") else { panic!("pull") };
        assert_eq!(pull.date, DateArg::Yesterday);
        let Command::Query(query) = command("duizhang query a 1") else { panic!("query") };
        assert_eq!((query.kind, query.product), (Kind::Payment, None));
    }

    #[test]
    fn bad_usage_ends_with_code_2() {
        let lines = [
            "duizhang",
            "duizhang rnu nightly",
            "duizhang run",
            "duizhang run nightly --date 20261120",
            "duizhang run nightly --date 2026-02-30",
            "duizhang run nightly --date 2026-1-1",
            "duizhang run nightly --date 0026-11-20",
            "duizhang run nightly --date tomorrow",
            "duizhang import orders",
            "duizhang query a 1 --kind payments",
            "duizhang simulate --listen nowhere",
            "duizhang --log-format xml jobs",
            "duizhang ledger",
        ];
        for line in lines {
            assert_eq!(parse(line).expect_err(line).exit_code(), 2, "{line}");
        }
    }
}

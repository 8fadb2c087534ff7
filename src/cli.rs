//! The command line: what may be asked of duizhang. Bad usage ends with exit code 2.
//!
//! The arguments are here; what a command does is in `cli/<command>.rs`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Language;
use crate::month::Month;
use crate::provider::PROVIDERS;
use crate::report::words::Word;
use crate::resolution::Reason;
use crate::status::Kind;

mod balances;
mod check;
mod completions;
mod daemon;
mod date;
mod demo;
mod discrepancy;
mod exit;
mod failure;
mod import;
mod init;
mod jobs;
mod ledger;
mod log;
mod month;
mod open;
mod output;
mod query;
mod renotify;
mod resolution;
mod settle;
mod signals;
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
  duizhang init                              a folder to fill in
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
    /// Log only warnings, failures and one line about each run: for cron, which mails what is said
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
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
    /// Make a folder with configuration, jobs, calendar and a place for the secrets
    ///
    /// Only for the platforms that the merchant uses. Never replaces a file.
    #[command(after_help = "\
Examples:
  duizhang init /srv/duizhang --provider mmsp --provider xxpay
  duizhang init --language en                asks which platforms")]
    Init(InitArgs),
    /// Run one job now: what cron calls
    ///
    /// Safe to repeat, also after it was killed: the same run twice changes nothing.
    #[command(after_help = "\
Examples:
  duizhang run nightly
  duizhang run nightly --date 2026-11-20 --account mmsp-main
  duizhang run nightly --fail-on-discrepancy
  duizhang run nightly --from 2026-11-01 --to 2026-11-20
  duizhang run nightly --dry-run")]
    Run(RunArgs),
    /// Stay up and run every job on its schedule, also those that were missed
    ///
    /// SIGTERM and Ctrl-C finish what is in hand; a second one leaves at once. SIGHUP reads
    /// configuration and jobs again.
    Daemon(DaemonArgs),
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
    /// Compare settlements and balances of a business day with what they should be
    #[command(after_help = "\
Example:
  duizhang settle --date 2026-11-20

Ends with exit code 4 when a settlement date is in a year that the calendar does not have.")]
    Settle(StepArgs),
    /// Write the report folder of a business day
    Report(StepArgs),
    /// Write the report folder of a month: statement, fee claim, balance adjustment to sign
    #[command(after_help = "\
Example:
  duizhang month --month 2026-11

Ends with exit code 4 when an account was not proved complete on every day of the month.")]
    Month(MonthArgs),
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
    /// List the jobs: when each fires next, how it last went, and what is overdue
    Jobs(JobsArgs),
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

/// `init`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct InitArgs {
    /// The folder; made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// A platform that the merchant uses; may be repeated [default: asks, at a terminal]
    #[arg(long = "provider", value_name = "P", value_parser = provider_ids())]
    pub providers: Vec<String>,
    /// The language of the comments and of the reports
    #[arg(long, value_name = "LANGUAGE", default_value = "zh", value_parser = languages())]
    pub language: Language,
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
    /// The first of several business days, each of which is run by itself, in order
    #[arg(long, value_name = "D", conflicts_with = "date")]
    pub from: Option<DateArg>,
    /// The last of several business days [default: yesterday]
    #[arg(long, value_name = "D", requires = "from")]
    pub to: Option<DateArg>,
    /// Ask the providers and report, but keep nothing: works on a copy of the ledger
    #[arg(long)]
    pub dry_run: bool,
    /// Only this account; may be repeated [default: those of the job]
    #[arg(long = "account", value_name = "A")]
    pub accounts: Vec<String>,
    /// End with exit code 3 when discrepancies are open
    #[arg(long)]
    pub fail_on_discrepancy: bool,
}

/// `daemon`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct DaemonArgs {
    /// Serve /metrics, /healthz and /readyz at this address, for instance 127.0.0.1:9464
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
}

/// `jobs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct JobsArgs {
    /// As JSON, for other programs
    #[arg(long)]
    pub json: bool,
}

/// `pull`, `balances`, `reconcile`, `settle`, `report`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct StepArgs {
    /// The business day: YYYY-MM-DD, yesterday or today
    #[arg(long, value_name = "D", default_value = "yesterday")]
    pub date: DateArg,
    /// Only this account; may be repeated [default: all]
    #[arg(long = "account", value_name = "A")]
    pub accounts: Vec<String>,
}

/// `month`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct MonthArgs {
    /// The month: YYYY-MM [default: that of yesterday]
    #[arg(long, value_name = "M", value_parser = months)]
    pub month: Option<Month>,
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
    /// The discrepancy file with 处理方式, 处理人 and 处理备注 filled in: CSV or .xlsx
    #[command(after_help = "\
Example:
  duizhang import resolutions var/reports/2026-11-20/2026-11-20_差异明细.csv --person 李四

Tolerates what Excel and WPS do to the file. Rows that changed since they were exported, unknown
words and contradictions are refused and listed in FILE.refused.csv; all others are applied together.
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

/// `import resolutions`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ImportResolutionsArgs {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Who imports it: stands for an empty 处理人, and confirms what another person decided
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
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

fn months(text: &str) -> Result<Month, &'static str> {
    Month::parse(text).filter(|month| date::is_sensible(month.first())).ok_or("write YYYY-MM")
}

fn provider_ids() -> PossibleValuesParser {
    PossibleValuesParser::new(PROVIDERS.iter().map(|known| known.id))
}

fn languages() -> impl TypedValueParser<Value = Language> {
    let codes: Vec<&'static str> = Language::ALL.iter().map(|language| language.code()).collect();
    PossibleValuesParser::new(codes)
        .try_map(|code| Language::from_code(&code).ok_or("write zh or en"))
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    let codes: Vec<&'static str> = Kind::ALL.iter().map(|kind| kind.code()).collect();
    PossibleValuesParser::new(codes)
        .try_map(|code| Kind::from_code(&code).ok_or("write payment, payout or refund"))
}

/// The reasons that a person can give, by code or Chinese word.
fn reasons() -> impl TypedValueParser<Value = Reason> {
    let ours = || Reason::ALL.iter().filter(|reason| **reason != Reason::Agreed);
    let values = ours().map(|reason| {
        let zh = reason.word(Language::Zh);
        PossibleValue::new(reason.code()).alias(zh).help(zh)
    });
    PossibleValuesParser::new(values.collect::<Vec<_>>())
        .try_map(|word| Reason::from_word(&word).ok_or("write one of the codes"))
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
            "duizhang init d --provider mmsp --provider xxpay --language en",
            "duizhang --quiet run nightly",
            "duizhang run nightly --date yesterday --account a --account b",
            "duizhang run nightly --fail-on-discrepancy",
            "duizhang run nightly --from 2026-11-01 --to yesterday --dry-run",
            "duizhang daemon",
            "duizhang jobs --json",
            "duizhang pull --date today --account a",
            "duizhang balances --date today --account a",
            "duizhang reconcile",
            "duizhang settle --date 2026-11-20 --account a",
            "duizhang import movements --account a m.csv --date today",
            "duizhang report --date 2026-11-20",
            "duizhang month",
            "duizhang month --month 2026-11",
            "duizhang import orders a.csv b.csv --date 2026-11-20",
            "duizhang import notifications --account a callbacks.jsonl --date today",
            "duizhang discrepancy list",
            "duizhang discrepancy show D-1",
            "duizhang discrepancy resolve D-1 --reason order_completed --note done --person li",
            "duizhang discrepancy resolve D-1 --reason 补单 --note done",
            "duizhang discrepancy suspend D-1 --note asked",
            "duizhang discrepancy write-off D-1 --note small",
            "duizhang discrepancy reopen D-1 --note again",
            "duizhang discrepancy confirm D-1 --person wang",
            "duizhang discrepancy undo D-1",
            "duizhang discrepancy verify",
            "duizhang import resolutions a.xlsx --person wang",
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
        assert_eq!(
            before,
            Global { config, log_format, verbose: 2, no_progress: true, quiet: false }
        );
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
            "duizhang run nightly --to 2026-11-20",
            "duizhang run nightly --from 2026-11-01 --date 2026-11-20",
            "duizhang run nightly --date 2026-02-30",
            "duizhang run nightly --date 2026-1-1",
            "duizhang run nightly --date 0026-11-20",
            "duizhang run nightly --date tomorrow",
            "duizhang month --month 2026-11-01",
            "duizhang month --month 2026-13",
            "duizhang month --month 0026-11",
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

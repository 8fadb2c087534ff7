//! The command line: what may be asked of duizhang. Bad usage ends with exit code 2.
//!
//! The arguments are in `cli/args.rs`; what a command does is in `cli/<command>.rs`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

mod answer;
mod args;
mod balances;
mod check;
mod completions;
mod daemon;
mod date;
mod demo;
mod discrepancy;
mod documents;
mod exit;
mod explain;
mod failure;
mod import;
mod init;
mod jobs;
mod layouts;
mod ledger;
mod ledger_verify;
mod log;
mod man;
mod month;
mod open;
mod output;
mod query;
mod renotify;
mod resolution;
mod robots;
mod settle;
mod signals;
mod simulate;
mod start;
mod steps;
mod verify;

pub use args::{
    CheckArgs, CompletionsArgs, DaemonArgs, DecideArgs, DecisionCommand, DemoArgs, DiscrepancyArgs,
    DiscrepancyCommand, DiscrepancyConfirmArgs, DiscrepancyListArgs, DiscrepancyReopenArgs,
    DiscrepancyResolveArgs, DiscrepancyShowArgs, DiscrepancyUndoArgs, ExplainArgs, ImportArgs,
    ImportCommand, ImportMovementsArgs, ImportNotificationsArgs, ImportOrdersArgs,
    ImportResolutionsArgs, ImportStatementArgs, InitArgs, LayoutsArgs, LayoutsCommand, LedgerArgs,
    LedgerCommand, LedgerCopyArgs, LedgerDistributeArgs, LedgerPruneArgs, ManArgs, MonthArgs,
    QueryArgs, RenotifyArgs, RobotsArgs, RobotsCommand, RunArgs, SimulateArgs, SortBy, StepArgs,
    VerifyArgs,
};
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
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line by itself")]
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
    /// Accept that the ledger is another one than the one that wrote the reports: begun anew, or an older copy
    #[arg(long, global = true)]
    pub new_ledger: bool,
    /// No progress bars, even on a terminal
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// The result as one JSON document on standard output, for other programs
    ///
    /// For `jobs`, `check`, `discrepancy list` and `show`, `query`, `balances`, `ledger status`, `run`,
    /// `import`, `verify` and `month`. Keys are stable, new ones may come; docs/output.schema.json has all
    /// of them. Failures are said on standard error as always, and the exit codes are the same.
    #[arg(long, global = true)]
    pub json: bool,
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
    /// List the shipped layouts of bills, or print one as it is written into a configuration
    #[command(after_help = "\
Examples:
  duizhang layouts
  duizhang layouts show wechatpay-trade")]
    Layouts(LayoutsArgs),
    /// Try the robots of the configuration
    #[command(after_help = "\
Examples:
  duizhang robots test
  duizhang robots test --robot 2

Sends a message that says that it is a test. Ends with exit code 1 when one could not be sent.")]
    Robots(RobotsArgs),
    /// List the jobs: when each fires next, how it last went, and what is overdue
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
    /// Write the manual pages of all commands into a folder
    #[command(after_help = "\
Example:
  duizhang man /usr/local/share/man/man1")]
    Man(ManArgs),
    /// Print the completion script of a shell
    #[command(after_help = "\
Example:
  duizhang completions bash > /etc/bash_completion.d/duizhang")]
    Completions(CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::status::Kind;

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
            "duizhang discrepancy list --type 金额不符 --type 掉单 --state open --severity 紧急 --kind payment",
            "duizhang discrepancy list --older-than 3 --min-amount 1000.50 --pattern PT1 --order-no A1",
            "duizhang discrepancy list --date today --sort age --limit 0 --skip 50 --json",
            "duizhang discrepancy show D-1",
            "duizhang discrepancy resolve D-1 --reason order_completed --note done --person li",
            "duizhang discrepancy resolve D-1 --reason 补单 --note done",
            "duizhang discrepancy suspend D-1 --note asked",
            "duizhang discrepancy write-off D-1 --note small",
            "duizhang discrepancy resolve --pattern PT1 --reason adjusted --note unit",
            "duizhang discrepancy suspend --pattern PT1 --note asked",
            "duizhang discrepancy reopen D-1 --note again",
            "duizhang discrepancy confirm D-1 --person wang",
            "duizhang discrepancy undo D-1",
            "duizhang discrepancy verify",
            "duizhang import resolutions a.xlsx --person wang",
            "duizhang query a 123 --kind refund --product scan",
            "duizhang check --online",
            "duizhang robots test --robot 2",
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
            "duizhang man pages",
        ];
        for line in lines {
            assert!(parse(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        let before =
            parse("duizhang -vv --config a.toml --log-format json --no-progress --json jobs");
        let after =
            parse("duizhang jobs -vv --config a.toml --log-format json --no-progress --json");
        let before = before.expect("arguments").global;
        assert_eq!(before, after.expect("arguments").global);
        let config = PathBuf::from("a.toml");
        let log_format = LogFormat::Json;
        assert_eq!(
            before,
            Global {
                config,
                log_format,
                verbose: 2,
                no_progress: true,
                quiet: false,
                new_ledger: false,
                json: true,
            }
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
            "duizhang discrepancy list --type nothing",
            "duizhang discrepancy resolve --reason adjusted --note neither",
            "duizhang discrepancy resolve D-1 --pattern PT1 --reason adjusted --note both",
            "duizhang discrepancy reopen --pattern PT1 --note closed",
            "duizhang discrepancy list --min-amount -1",
            "duizhang discrepancy list --older-than x",
        ];
        for line in lines {
            assert_eq!(parse(line).expect_err(line).exit_code(), 2, "{line}");
        }
    }
}

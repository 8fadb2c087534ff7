//! From the arguments to the exit code.

use std::process::ExitCode;

use clap::Parser;

use crate::cli::failure::Failure;
use crate::cli::{
    Cli, Command, DiscrepancyCommand, ImportCommand, LedgerCommand, balances, check, completions,
    daemon, demo, discrepancy, import, init, jobs, layouts, ledger, log, month, open, output,
    query, renotify, resolution, settle, signals, simulate, steps, verify,
};
use crate::progress;
use crate::resolution::Reason;

/// Runs the command of the process's arguments. Called once, by the binary.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start(cli.global.log_format, log::Amount::of(&cli.global));
    progress::enable(!cli.global.no_progress);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::Runtime(error).report(),
    };
    match runtime.block_on(run(&cli)) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(),
    }
}

async fn run(cli: &Cli) -> Result<u8, Failure> {
    let config = &cli.global.config;
    if cli.global.new_ledger {
        open::accept_ledger(config).await?;
    }
    match &cli.command {
        Command::Demo(args) => demo::run(args).await,
        Command::Simulate(args) => simulate::run(args).await,
        Command::Init(args) => init::run(args),
        Command::Completions(args) => Ok(completions::run(*args)),
        Command::Verify(args) => verify::run(args),
        Command::Check(args) => check::run(config, args.online).await,
        Command::Layouts(args) => layouts::run(args),
        Command::Jobs(args) => jobs::run(config, *args).await,
        Command::Run(args) => steps::job(signals::house(config).await?, args).await,
        Command::Daemon(args) => daemon::run(config, *args).await,
        Command::Pull(args) => steps::pull(&signals::house(config).await?, args).await,
        Command::Balances(args) => balances::run(&open::house(config).await?, args).await,
        Command::Reconcile(args) => steps::reconcile(&open::house(config).await?, args).await,
        Command::Settle(args) => settle::run(&open::house(config).await?, args).await,
        Command::Report(args) => steps::report(&open::house(config).await?, args).await,
        Command::Month(args) => month::run(&open::house(config).await?, *args).await,
        Command::Import(args) => match &args.what {
            ImportCommand::Orders(args) => import::orders(&open::house(config).await?, args).await,
            ImportCommand::Statement(args) => {
                import::statement(&open::house(config).await?, args).await
            }
            ImportCommand::Notifications(args) => {
                import::notifications(&open::house(config).await?, args).await
            }
            ImportCommand::Resolutions(args) => {
                resolution::import(&open::house(config).await?, args).await
            }

            ImportCommand::Movements(args) => {
                import::movements(&open::house(config).await?, args).await
            }
        },
        Command::Discrepancy(args) => {
            let house = open::house(config).await?;
            match &args.what {
                DiscrepancyCommand::List(args) => discrepancy::list(&house, args).await,
                DiscrepancyCommand::Show(args) => discrepancy::show(&house, args).await,
                DiscrepancyCommand::Resolve(args) => resolution::resolve(&house, args).await,
                DiscrepancyCommand::Suspend(args) => {
                    resolution::decide(&house, args, Reason::Suspense).await
                }
                DiscrepancyCommand::WriteOff(args) => {
                    resolution::decide(&house, args, Reason::WrittenOff).await
                }
                DiscrepancyCommand::Reopen(args) => {
                    resolution::decide(&house, args, Reason::Reopened).await
                }
                DiscrepancyCommand::Confirm(args) => resolution::confirm(&house, args).await,
                DiscrepancyCommand::Undo(args) => resolution::undo(&house, args).await,
                DiscrepancyCommand::Verify => resolution::verify(&house).await,
            }
        }
        Command::Renotify(args) => renotify::run(&open::house(config).await?, args).await,
        Command::Query(args) => query::run(&open::house(config).await?, args).await,
        Command::Ledger(args) => match &args.what {
            LedgerCommand::Migrate => ledger::migrate(config).await,
            LedgerCommand::Status => ledger::status(config).await,
            LedgerCommand::Prune(args) => ledger::prune(&open::house(config).await?, *args).await,
            LedgerCommand::Distribute => ledger::distribute(&open::house(config).await?).await,
            LedgerCommand::Copy(args) => ledger::copy(&open::house(config).await?, args).await,
        },
    }
    .inspect(|_| output::flush())
}

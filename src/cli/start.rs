//! From the arguments to the exit code.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::app::App;
use crate::cli::answer::{Answer, Format};
use crate::cli::failure::Failure;
use crate::cli::{
    Cli, Command, DiscrepancyArgs, DiscrepancyCommand, ImportArgs, ImportCommand, LedgerArgs,
    LedgerCommand, balances, check, completions, daemon, demo, discrepancy, explain, import, init,
    jobs, layouts, ledger, ledger_verify, log, man, month, open, query, renotify, resolution,
    robots, settle, signals, simulate, steps, verify,
};
use crate::progress;

/// Runs the command of the process's arguments. Called once, by the binary.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start(cli.global.log_format, log::Amount::of(&cli.global));
    progress::enable(!cli.global.no_progress);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::Runtime(error).report(),
    };
    let format = if cli.global.json { Format::Json } else { Format::Text };
    match runtime.block_on(run(&cli, format)).and_then(|answer| answer.write(format)) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.report(),
    }
}

async fn run(cli: &Cli, format: Format) -> Result<Answer, Failure> {
    let config = &cli.global.config;
    if cli.global.new_ledger {
        open::accept_ledger(config).await?;
    }
    let app = || open::app(config);
    match &cli.command {
        Command::Verify(args) => verify::run(args),
        Command::Check(args) => check::run(config, args.online, format).await,
        Command::Jobs => jobs::run(config).await,
        Command::Layouts(args) => without_document(format, async { layouts::run(args) }).await,
        Command::Robots(args) => without_document(format, robots::run(config, args)).await,
        Command::Run(args) => steps::job(signals::app(config).await?, args, format).await,
        Command::Balances(args) => balances::run(&app().await?, args).await,
        Command::Month(args) => month::run(&app().await?, *args).await,
        Command::Import(args) if explain::is_asked(&args.what) => explain::run(config, &args.what),
        Command::Import(args) => imported(&app().await?, args).await,
        Command::Query(args) => query::run(&app().await?, args).await,
        Command::Discrepancy(args) => triaged(config, args, format).await,
        Command::Ledger(args) => kept(config, args, format).await,
        Command::Demo(args) => without_document(format, demo::run(args)).await,
        Command::Simulate(args) => without_document(format, simulate::run(args)).await,
        Command::Init(args) => without_document(format, async { init::run(args) }).await,
        Command::Man(args) => without_document(format, async { man::run(args) }).await,
        Command::Completions(args) => {
            without_document(format, async { Ok(completions::run(*args)) }).await
        }
        Command::Daemon(args) => without_document(format, daemon::run(config, *args)).await,
        Command::Pull(args) => {
            without_document(format, async {
                steps::pull(&signals::app(config).await?, args).await
            })
            .await
        }
        Command::Reconcile(args) => {
            without_document(format, async { steps::reconcile(&app().await?, args).await }).await
        }
        Command::Settle(args) => {
            without_document(format, async { settle::run(&app().await?, args).await }).await
        }
        Command::Report(args) => {
            without_document(format, async { steps::report(&app().await?, args).await }).await
        }
        Command::Renotify(args) => {
            without_document(format, async { renotify::run(&app().await?, args).await }).await
        }
    }
}

/// A command that has no document, and writes what it says itself: under `--json` nothing is done.
async fn without_document(
    format: Format,
    command: impl Future<Output = Result<u8, Failure>>,
) -> Result<Answer, Failure> {
    match format {
        Format::Text => command.await.map(Answer::without_document),
        Format::Json => Err(Failure::Usage(
            "this command has no JSON document; jobs, check, discrepancy list and show, query, balances, \
             ledger status and verify, run, import, verify and month have one"
                .to_owned(),
        )),
    }
}

async fn imported(app: &App, args: &ImportArgs) -> Result<Answer, Failure> {
    match &args.what {
        ImportCommand::Orders(args) => import::orders(app, args).await,
        ImportCommand::Statement(args) => import::statement(app, args).await,
        ImportCommand::Notifications(args) => import::notifications(app, args).await,
        ImportCommand::Resolutions(args) => resolution::import(app, args).await,
        ImportCommand::Movements(args) => import::movements(app, args).await,
    }
}

async fn triaged(config: &Path, args: &DiscrepancyArgs, format: Format) -> Result<Answer, Failure> {
    let app = || open::app(config);
    match &args.what {
        DiscrepancyCommand::List(args) => discrepancy::list(&app().await?, args).await,
        DiscrepancyCommand::Show(args) => discrepancy::show(&app().await?, args).await,
        DiscrepancyCommand::Decide(what) => {
            without_document(format, async { resolution::run(&app().await?, what).await }).await
        }
    }
}

async fn kept(config: &Path, args: &LedgerArgs, format: Format) -> Result<Answer, Failure> {
    let app = || open::app(config);
    match &args.what {
        LedgerCommand::Status => ledger::status(config).await,
        LedgerCommand::Verify => ledger_verify::run(&open::app_to_verify(config).await?).await,
        LedgerCommand::Migrate => without_document(format, ledger::migrate(config)).await,
        LedgerCommand::Prune(args) => {
            without_document(format, async { ledger::prune(&app().await?, *args).await }).await
        }
        LedgerCommand::Distribute(args) => {
            without_document(format, async { ledger::distribute(&app().await?, args.shards).await })
                .await
        }
        LedgerCommand::Copy(args) => {
            without_document(format, async { ledger::copy(&app().await?, args).await }).await
        }
    }
}

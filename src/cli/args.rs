//! Arguments of the commands.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::cli::{DateArg, date};
use crate::config::Language;
use crate::month::Month;
use crate::provider::PROVIDERS;
use crate::status::Kind;

mod discrepancy;
mod import;
mod ledger;

pub use discrepancy::{
    DecideArgs, DecisionCommand, DiscrepancyArgs, DiscrepancyCommand, DiscrepancyConfirmArgs,
    DiscrepancyListArgs, DiscrepancyReopenArgs, DiscrepancyResolveArgs, DiscrepancyShowArgs,
    DiscrepancyUndoArgs, SortBy,
};
pub use import::{
    ExplainArgs, ImportArgs, ImportCommand, ImportMovementsArgs, ImportNotificationsArgs,
    ImportOrdersArgs, ImportResolutionsArgs, ImportStatementArgs,
};
pub use ledger::{
    LedgerArgs, LedgerCommand, LedgerCopyArgs, LedgerDistributeArgs, LedgerPruneArgs,
};

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
    /// The family of a platform's deployment, as in xxpay=agentpay; may be repeated [default: asks, at a terminal]
    #[arg(long = "dialect", value_name = "P=D")]
    pub dialects: Vec<String>,
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

/// `layouts`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct LayoutsArgs {
    /// What to do; without it, every layout in a line
    #[command(subcommand)]
    pub command: Option<LayoutsCommand>,
}

/// What of `layouts`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum LayoutsCommand {
    /// Print a layout as the [account.statement] that it is
    Show {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// `robots`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct RobotsArgs {
    /// What to do
    #[command(subcommand)]
    pub command: RobotsCommand,
}

/// What of `robots`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum RobotsCommand {
    /// Send a test message
    Test {
        /// Only to this one, by its place among the `[[robots]]`, from 1 [default: all]
        #[arg(long, value_name = "N")]
        robot: Option<u32>,
    },
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
    /// Ask although the platform (zhangxun) calls the shop back no more about an order that the answer
    /// finds final
    #[arg(long)]
    pub ends_callbacks: bool,
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
    /// Also check that the manifest was signed with the key that belongs to this one (PEM)
    #[arg(long, value_name = "FILE")]
    pub public_key: Option<PathBuf>,
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

/// `man`.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct ManArgs {
    /// The folder; made if it is not there
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
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

//! `duizhang.toml`: typed settings, secrets from environment or file only, precise errors.
//!
//! [`load`] reads everything and reports everything that is wrong, each with line, column and what
//! to do. Nothing else in the program reads the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::business_day::BusinessDay;
use crate::provider::{Account, PROVIDERS, Registration, Secret};
use crate::status::{Kind, MerchantStatus};

mod account;
pub mod calendar;
mod digest;
mod ledger_url;
mod problem;
pub(crate) mod reader;
mod secret;
mod sections;
mod settlement;
mod severity;
pub(crate) mod values;

pub use problem::{ConfigErrors, ConfigProblem};
pub(crate) use problem::{Wrong, nearest};
use reader::{Section, Source};
use secret::Outside;
pub use settlement::{Cycle, CycleRule, MovementSettings, cycle_of};

/// Everything that `duizhang.toml` says, checked.
#[derive(Clone)]
pub struct Config {
    /// The folder that relative paths are relative to: the one of the configuration file.
    pub base: PathBuf,
    /// `[ledger] url`, with a relative SQLite path already made absolute.
    pub ledger_url: String,
    /// `[business_day]` zone and cut-off.
    pub business_day: BusinessDay,
    /// `[business_day] calendar`.
    pub calendar: Option<PathBuf>,
    /// What that file says.
    pub legal_days: Option<calendar::Calendar>,
    /// `[reports]`.
    pub reports: ReportSettings,
    /// `[orders]`.
    pub orders: OrderSettings,
    /// `[movements]`.
    pub movements: MovementSettings,
    /// `[matching]`.
    pub matching: MatchingSettings,
    /// `[severity]`.
    pub severity: crate::discrepancy::SeverityBands,
    /// `[archive]`.
    pub archive: ArchiveSettings,
    /// `[[account]]`, sorted by name.
    pub accounts: Vec<AccountConfig>,
    /// SHA-256 over all that can change a report's content (not the ledger's place, not secrets),
    /// hexadecimal.
    pub digest: String,
    /// What should be put right but stops nothing: a secret that every user can read, a fee rule
    /// that applies to nothing.
    pub warnings: Vec<ConfigProblem>,
}

/// Reads a configuration file, with the providers that duizhang knows.
///
/// `env` answers for the environment: [`environment`], or a table in tests.
///
/// # Errors
///
/// [`ConfigErrors`] with every problem found, in the order of the lines, without any secret.
pub fn load(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigErrors> {
    load_with(path, env, PROVIDERS)
}

/// Reads a configuration file, with these providers.
///
/// # Errors
///
/// As [`load`].
pub fn load_with(
    path: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    providers: &[Registration],
) -> Result<Config, ConfigErrors> {
    let fix = "name it with --config, or start from samples/duizhang.toml";
    let text = reader::read_text(path, fix)?;
    let file = path.display().to_string();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let base = absolute.parent().unwrap_or(Path::new("/"));
    let source = Source::new(&file, &text);
    let table = source.parse()?;
    let known = [
        "ledger",
        "business_day",
        "reports",
        "orders",
        "movements",
        "matching",
        "severity",
        "archive",
        "account",
    ];
    let top = Section::open(&source, "", (0, Some(table.get_ref())), &known);
    let config = read(&top, Outside { env, base }, providers);
    let errors = match source.finish() {
        Ok(warnings) => match config {
            Ok(config) => return Ok(Config { warnings, ..config }),
            Err(errors) => errors,
        },
        Err(mut errors) => {
            errors.problems.extend(config.err().into_iter().flat_map(|more| more.problems));
            errors
        }
    };
    Err(errors)
}

/// Reads every section. The result counts only when the source has no problem; the errors are those
/// of other files.
fn read(
    top: &Section<'_>,
    outside: Outside<'_>,
    providers: &[Registration],
) -> Result<Config, ConfigErrors> {
    let ledger = top.section("ledger", "[ledger]", &["url"]);
    let (business_day, calendar) = sections::business_day(top, outside);
    let stated = account::accounts(top, providers, outside, calendar.as_deref());
    let (accounts, canons): (Vec<_>, Vec<_>) =
        stated.into_iter().map(|stated| (stated.config, stated.canon)).unzip();
    let mut config = Config {
        base: outside.base.to_owned(),
        ledger_url: ledger_url::ledger_url(&ledger, outside).unwrap_or_default(),
        business_day,
        calendar,
        legal_days: None,
        reports: sections::reports(top, outside),
        orders: sections::orders(top, outside),
        movements: settlement::movements(top),
        matching: sections::matching(top),
        severity: severity::severity(top),
        archive: sections::archive(top, outside),
        accounts,
        digest: String::new(),
        warnings: Vec::new(),
    };
    // One that does not exist is a problem of its key, and noted there.
    let calendar = config.calendar.as_deref().filter(|path| path.is_file());
    let calendar = calendar.map(calendar::Calendar::read).transpose()?;
    config.digest = digest::digest(&config, calendar.as_ref(), &canons);
    config.legal_days = calendar;
    Ok(config)
}

/// A variable of the environment; `None` when it is not set or not text.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// One `[[account]]`.
#[derive(Clone)]
pub struct AccountConfig {
    /// Name, provider, limits.
    pub account: Account,
    /// `fees`, in the order of the file.
    pub fees: Vec<FeeRule>,
    /// `settlement`; empty where nothing is said, which means T1.
    pub settlement: Vec<CycleRule>,
}

/// What the contract says that the provider may charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRule {
    /// For which kind.
    pub kind: Kind,
    /// For which product; `None` for all.
    pub product: Option<String>,
    /// From which business date; `None` from the beginning.
    pub from: Option<crate::business_day::BusinessDate>,
    /// Share of the amount: `0.0038` is 0.38 %.
    pub rate: rust_decimal::Decimal,
    /// Fen added per transaction.
    pub fixed_minor: i64,
    /// Fen at least.
    pub min_minor: Option<i64>,
    /// Fen at most.
    pub max_minor: Option<i64>,
}

/// `[reports]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSettings {
    /// Where the folders per date go.
    pub dir: PathBuf,
    /// Headers, wording and file names.
    pub language: Language,
    /// Bytes of the CSV files.
    pub encoding: Encoding,
    /// What keeps a spreadsheet from destroying long ids.
    pub long_id_guard: LongIdGuard,
}

crate::status::coded! {
    /// The language of reports.
    Language {
        /// 中文.
        Zh = 1, "zh";
        /// English.
        En = 2, "en";
    }
}

crate::status::coded! {
    /// The encoding of CSV files.
    Encoding {
        /// UTF-8 with byte order mark: what Excel reads by double-click.
        Utf8Bom = 1, "utf-8-bom";
        /// UTF-8 for machines.
        Utf8 = 2, "utf-8";
        /// GB18030 for old Chinese programs.
        Gb18030 = 3, "gb18030";
    }
}

crate::status::coded! {
    /// What is put before an id of more than 11 digits or with leading zeros.
    LongIdGuard {
        /// A tab: invisible, text in Excel and WPS.
        Tab = 1, "tab";
        /// A backtick, as the bills of some platforms have it.
        Backtick = 2, "backtick";
        /// Nothing, for machines.
        None = 3, "none";
    }
}

/// `[orders]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderSettings {
    /// Path of the CSV, with `{date}` for the business date as `YYYY-MM-DD`; relative paths are
    /// relative to [`Config::base`].
    pub csv: Option<String>,
    /// The merchant's own database; exactly one of this and `csv` is set.
    pub database: Option<DatabaseOrders>,
    /// Unit of `amount` and `fee`.
    pub amount_unit: AmountUnit,
    /// Our column name → the file's column name.
    pub columns: BTreeMap<String, String>,
    /// The file's word → ours.
    pub statuses: BTreeMap<String, MerchantStatus>,
}

/// `[orders] database`: orders are asked from the merchant's own database.
#[derive(Debug, Clone)]
pub struct DatabaseOrders {
    /// Where the database is, with its password.
    pub url: Secret,
    /// The file of the SQL query.
    pub query: PathBuf,
}

impl PartialEq for DatabaseOrders {
    fn eq(&self, other: &Self) -> bool {
        self.url.expose() == other.url.expose() && self.query == other.query
    }
}

impl Eq for DatabaseOrders {}

crate::status::coded! {
    /// The unit of amounts in the orders file.
    AmountUnit {
        /// Yuan with at most two decimals.
        Yuan = 1, "yuan";
        /// Whole fen.
        Fen = 2, "fen";
    }
}

/// `[matching]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchingSettings {
    /// Fen by which amounts may differ.
    pub tolerance_minor: i64,
    /// Seconds for which a one-sided or unfinished item is timing.
    pub timing_window_seconds: i64,
    /// Business days before the night's own that are looked at for what arrived late.
    pub look_back: u32,
}

/// `[archive]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveSettings {
    /// Where raw answers are kept, owner-only.
    pub dir: PathBuf,
    /// For how many days.
    pub retention_days: u32,
}

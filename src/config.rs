//! `duizhang.toml`: typed settings, secrets from environment or file only, precise errors.
//!
//! [`load`] reads everything and reports everything that is wrong, each with line, column and what
//! to do. Nothing else in the program reads the environment.

pub(crate) use ledger_url::has_password;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::archive::ArchiveSettings;
use crate::business_day::BusinessDay;
use crate::lane::Lane;
use crate::money::Currency;
use crate::provider::signature::ed25519::SignKey;
use crate::provider::{Account, PROVIDERS, Registration, Secret};
use crate::status::{Kind, MerchantStatus};

mod account;
mod address;
mod bank;
pub mod calendar;
mod choice;
mod digest;
pub mod layouts;
mod ledger_url;
mod occasion;
mod problem;
pub(crate) mod reader;
mod robots;
mod secret;
mod sections;
mod settlement;
mod severity;
mod statement;
pub(crate) mod values;

pub use bank::BankLink;
pub(crate) use choice::could_hold;
pub use occasion::Occasion;
pub(crate) use occasion::occasions;
pub use problem::{ConfigErrors, ConfigProblem};
pub(crate) use problem::{Wrong, nearest};
use reader::{Section, Source};
pub use robots::{Attachment, Hook, Mail, Reached, Robot, RobotKind};
use secret::Outside;
pub(crate) use secret::SECRET_FILE_KEY;
pub use settlement::{Cycle, CycleRule, MovementSettings, cycle_of, is_unstated, settled_as};
pub use statement::{
    BatchSum, DecimalRounding, Direction, Field, Figure, Form, Line, RowKind, STATEMENT_COLUMNS,
    Sign, StatementSettings, Tag, TagFigure, TagScope, TotalOf, TotalsNeeded, WholeOf,
};

/// Everything that `duizhang.toml` says, checked.
#[derive(Clone)]
pub struct Config {
    /// The folder that relative paths are relative to: the one of the configuration file.
    pub base: PathBuf,
    /// `[ledger] url`, with a relative SQLite path already made absolute.
    pub ledger_url: String,
    /// `[ledger] retention_days`: for how many days the ledger keeps what is finished; `None` for ever.
    pub ledger_retention_days: Option<u32>,
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
    /// `[metrics]`.
    pub metrics: MetricsSettings,
    /// `[resolution]`.
    pub resolution: ResolutionSettings,
    /// `[[robots]]`, in the order of the file.
    pub robots: Vec<Robot>,
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
    let examined = examine_with(path, env, providers);
    match examined.config {
        Some(config) if examined.problems.is_empty() => Ok(config),
        Some(_) | None => Err(ConfigErrors { problems: examined.problems }),
    }
}

/// A configuration as far as it can be read, for `check`.
pub struct Examined {
    /// What could be read: what has a problem has its default, an account with a problem is left
    /// out. `None` where the file itself cannot be read. Work with it only if there is no problem.
    pub config: Option<Config>,
    /// The names of all accounts, also of those that have a problem.
    pub account_names: Vec<String>,
    /// Everything that has to be put right.
    pub problems: Vec<ConfigProblem>,
}

/// Reads a configuration file and goes on after every problem.
pub fn examine(path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Examined {
    examine_with(path, env, PROVIDERS)
}

fn examine_with(
    path: &Path,
    env: &dyn Fn(&str) -> Option<String>,
    providers: &[Registration],
) -> Examined {
    let nothing = |errors: ConfigErrors| Examined {
        config: None,
        account_names: Vec::new(),
        problems: errors.problems,
    };
    let fix = "name it with --config, or make one with `duizhang init`";
    let text = match reader::read_text(path, fix) {
        Ok(text) => text,
        Err(errors) => return nothing(errors),
    };
    let file = path.display().to_string();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let base = absolute.parent().unwrap_or(Path::new("/"));
    let source = Source::new(&file, &text);
    let table = match source.parse() {
        Ok(table) => table,
        Err(errors) => return nothing(errors),
    };
    let known = [
        "ledger",
        "business_day",
        "reports",
        "orders",
        "movements",
        "matching",
        "severity",
        "archive",
        "metrics",
        "resolution",
        "account",
        "robots",
    ];
    let top = Section::open(&source, "", (0, Some(table.get_ref())), &known);
    let account_names = account::names(table.get_ref());
    let (config, elsewhere) = read(&top, Outside { env, base }, providers, &account_names);
    let (mut problems, warnings) = source.found();
    problems.extend(elsewhere);
    Examined { config: Some(Config { warnings, ..config }), account_names, problems }
}

/// Reads every section. The result counts only when the source has no problem; the problems are
/// those of other files.
fn read(
    top: &Section<'_>,
    outside: Outside<'_>,
    providers: &[Registration],
    account_names: &[String],
) -> (Config, Vec<ConfigProblem>) {
    let ledger = top.section("ledger", "[ledger]", &["url", "retention_days"]);
    let (business_day, calendar) = sections::business_day(top, outside);
    let stated = account::accounts(top, providers, outside, calendar.as_deref());
    let (accounts, canons): (Vec<_>, Vec<_>) =
        stated.into_iter().map(|stated| (stated.config, stated.canon)).unzip();
    let mut config = Config {
        base: outside.base.to_owned(),
        ledger_url: ledger_url::ledger_url(&ledger, outside).unwrap_or_default(),
        ledger_retention_days: ledger.whole("retention_days", sections::LEDGER_DAYS),
        business_day,
        calendar,
        legal_days: None,
        reports: sections::reports(top, outside),
        orders: sections::orders(top, outside, account_names),
        movements: settlement::movements(top),
        matching: sections::matching(top),
        severity: severity::severity(top),
        archive: sections::archive(top, outside),
        metrics: sections::metrics(top, outside),
        resolution: sections::resolution(top),
        robots: robots::robots(top, outside),
        accounts,
        digest: String::new(),
        warnings: Vec::new(),
    };
    // One that does not exist is a problem of its key, and noted there.
    let calendar = config.calendar.as_deref().filter(|path| path.is_file());
    let (calendar, problems) = match calendar.map(calendar::Calendar::read).transpose() {
        Ok(calendar) => (calendar, Vec::new()),
        Err(errors) => (None, errors.problems),
    };
    config.digest = digest::digest(&config, calendar.as_ref(), &canons);
    config.legal_days = calendar;
    (config, problems)
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
    /// `bank`: where its payouts arrive; `None` where nothing is said.
    pub bank: Option<BankLink>,
    /// `statement`: how its statement files are read; `None` where they are not.
    pub statement: Option<StatementSettings>,
    /// It is called over the network without encryption, as `allow_insecure` says that it may.
    pub insecure: bool,
}

/// What the contract says that the provider may charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRule {
    /// For which kind.
    pub kind: Kind,
    /// For which product of the platform, else for which way of paying in the shop's own word (the orders'
    /// `product`); `None` for all.
    pub product: Option<String>,
    /// For which way of paying in the platform's word; `None` for all.
    pub way: Option<String>,
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
    /// What is rounded half-up to the fen.
    pub rounding: FeeRounding,
}

impl choice::PaidRule for FeeRule {
    fn product(&self) -> Option<&str> {
        self.product.as_deref()
    }

    fn way(&self) -> Option<&str> {
        self.way.as_deref()
    }
}

impl FeeRule {
    /// Whether it is chosen by something that every order states for itself: a way of paying in the platform's word,
    /// or, where the platform has no products, in the shop's own.
    pub fn is_per_order(&self, lanes: &[Lane]) -> bool {
        self.way.is_some()
            || (self.product.is_some() && lanes.iter().all(|lane| lane.product.is_empty()))
    }
}

crate::status::coded! {
    /// What of a fee is rounded: half-up to the fen, once.
    FeeRounding {
        /// The fee of each transaction.
        Row = 1, "row";
        /// The sum of a day's fees; that of one transaction may be rounded either way.
        Day = 2, "day";
    }
}

/// Who may read what is written, as far as the process's own mask lets them (`umask`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Of folders, as in `chmod`.
    pub folder: u32,
    /// Of files, as in `chmod`.
    pub file: u32,
}

impl Default for Rights {
    /// The owner, and the group to look at: reports hold what customers paid.
    fn default() -> Self {
        Self { folder: 0o750, file: 0o640 }
    }
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
    /// Who may read them.
    pub rights: Rights,
    /// What the manifests are signed with.
    pub sign_key: Option<SignKey>,
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

impl Language {
    /// One of two texts.
    pub const fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
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
    /// Path of the file, with `{date}` for the business date as `YYYY-MM-DD`, and with `*` in its last
    /// part where a day comes in several files; relative paths are relative to [`Config::base`].
    pub csv: Option<String>,
    /// The merchant's own database; exactly one of this and `csv` is set.
    pub database: Option<DatabaseQuery>,
    /// Unit of `amount` and `fee`.
    pub amount_unit: AmountUnit,
    /// Our column ([`crate::intake::ORDER_COLUMNS`]) → the names that the file may have for it.
    pub columns: BTreeMap<String, Vec<String>>,
    /// The file's word → the kind.
    pub kinds: BTreeMap<String, Kind>,
    /// The file's word → ours.
    pub statuses: BTreeMap<String, MerchantStatus>,
    /// What every row says of a column that the file does not have.
    pub of_all: OfAllOrders,
    /// The sign of refunds in the file.
    pub refunds: Sign,
    /// The sheet of a workbook that is meant; `None`: every one that has the header.
    pub sheet: Option<String>,
    /// The zone of the file's times; `None`: what its header names, else the business time zone.
    pub timezone: Option<chrono_tz::Tz>,
}

impl Default for OrderSettings {
    fn default() -> Self {
        Self {
            csv: None,
            database: None,
            amount_unit: AmountUnit::Yuan,
            columns: BTreeMap::new(),
            kinds: BTreeMap::new(),
            statuses: BTreeMap::new(),
            of_all: OfAllOrders::default(),
            refunds: Sign::Positive,
            sheet: None,
            timezone: None,
        }
    }
}

/// One value for all rows of a file of orders, for columns that the file does not have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfAllOrders {
    /// The account.
    pub account: Option<String>,
    /// The kind.
    pub kind: Option<Kind>,
    /// The product.
    pub product: Option<String>,
    /// The currency; also of rows that name none.
    pub currency: Option<Currency>,
}

/// `database` of `[orders]` or `[account.statement]`: rows are asked from a database of the merchant's.
#[derive(Debug, Clone)]
pub struct DatabaseQuery {
    /// Where the database is, with its password.
    pub url: Secret,
    /// The file of the SQL query.
    pub query: PathBuf,
    /// What the query may name as `{name}`, besides the bounds of the day: the account's own settings.
    pub named: BTreeMap<String, String>,
}

impl PartialEq for DatabaseQuery {
    fn eq(&self, other: &Self) -> bool {
        let (left, right) = (self.url.expose(), other.url.expose());
        left == right && self.query == other.query && self.named == other.named
    }
}

impl Eq for DatabaseQuery {}

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
    /// Orders per account that the merchant gave up and that are asked about each night although a
    /// proved listing lacks them.
    pub spot_checks: u32,
    /// Days for which an order is asked about until the platform's word is final.
    pub ask_until_days: u32,
    /// After how many days settled payouts and refunds are asked about once more.
    pub second_look: SecondLookDays,
}

/// `[matching] second_look`: a few days, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondLookDays([u32; Self::COUNT_MAX]);

impl SecondLookDays {
    /// How many there may be.
    pub const COUNT_MAX: usize = 4;

    /// These days; `None` where there are too many, or one of them is the day itself.
    pub fn of(days: &[u32]) -> Option<Self> {
        let mut sorted = days.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.contains(&0) || sorted.len() > Self::COUNT_MAX {
            return None;
        }
        let mut all = [0; Self::COUNT_MAX];
        for (place, day) in all.iter_mut().zip(sorted) {
            *place = day;
        }
        Some(Self(all))
    }

    /// The days, ascending.
    pub fn days(&self) -> impl Iterator<Item = u32> {
        self.0.iter().copied().filter(|day| *day > 0)
    }
}

impl Default for SecondLookDays {
    /// After 3 and 7 days.
    fn default() -> Self {
        Self([3, 7, 0, 0])
    }
}

/// `[resolution]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResolutionSettings {
    /// Fen: closing a discrepancy with more at stake takes two people; `None`: one is enough.
    pub four_eyes_above_minor: Option<i64>,
}

/// `[metrics]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsSettings {
    /// The file that every run writes for the textfile collector of Prometheus's `node_exporter`;
    /// `None` for no file.
    pub textfile: Option<PathBuf>,
}

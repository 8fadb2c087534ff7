//! `duizhang.toml`: typed settings, secrets from environment or file only, precise errors.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::business_day::BusinessDay;
use crate::provider::Account;
use crate::status::{Kind, MerchantStatus};

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
    /// `[reports]`.
    pub reports: ReportSettings,
    /// `[orders]`.
    pub orders: OrderSettings,
    /// `[matching]`.
    pub matching: MatchingSettings,
    /// `[archive]`.
    pub archive: ArchiveSettings,
    /// `[[account]]`, sorted by name.
    pub accounts: Vec<AccountConfig>,
    /// SHA-256 over all that can change a report's content (not the ledger's place, not secrets),
    /// hexadecimal.
    pub digest: String,
}

/// One `[[account]]`.
#[derive(Clone)]
pub struct AccountConfig {
    /// Name, provider, limits.
    pub account: Account,
    /// `fees`, in the order of the file.
    pub fees: Vec<FeeRule>,
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
    /// Unit of `amount` and `fee`.
    pub amount_unit: AmountUnit,
    /// Our column name → the file's column name.
    pub columns: BTreeMap<String, String>,
    /// The file's word → ours.
    pub statuses: BTreeMap<String, MerchantStatus>,
}

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
}

/// `[archive]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveSettings {
    /// Where raw answers are kept, owner-only.
    pub dir: PathBuf,
    /// For how many days.
    pub retention_days: u32,
}

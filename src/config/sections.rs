//! The sections besides `[[account]]`, each with its defaults.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveTime;

use super::problem::Wrong;
use super::reader::Section;
use super::secret::{Outside, secret};
use super::statement::words;
use super::values::{self, coded_word};
use super::{
    AmountUnit, DatabaseQuery, Encoding, Language, LongIdGuard, MatchingSettings, MetricsSettings,
    OfAllOrders, OrderSettings, ReportSettings, ResolutionSettings, Rights, SecondLookDays, Sign,
};
use crate::archive::{ArchiveKeys, ArchiveSettings};
use crate::business_day::BusinessDay;
use crate::money::Currency;
use crate::provider::signature::ed25519::SignKey;
use crate::status::{Kind, MerchantStatus};

/// The columns of the merchant's orders, in the order of the contract.
const COLUMNS: [&str; 12] = [
    "account",
    "kind",
    "product",
    "order_no",
    "provider_order_no",
    "original_order_no",
    "amount",
    "currency",
    "status",
    "created_at",
    "paid_at",
    "fee",
];

/// `[ledger] retention_days`: not so few that a month could not be closed any more.
pub(crate) const LEDGER_DAYS: std::ops::RangeInclusive<u32> = 62..=36_500;

/// Longest `timing_window`: what is older than a quarter is not timing.
const TIMING_SECONDS_MAX: i64 = 92 * 86_400;

/// Days before the night's own that are looked at for what arrived late, where nothing is configured.
const LOOK_BACK_DAYS: u32 = 3;
/// `spot_checks` where there is none: enough to find a listing that leaves out one order in twenty in
/// most nights, and a few seconds' questions.
const SPOT_CHECKS: u32 = 50;
/// More would be to ask about everything.
const SPOT_CHECKS_MAX: u32 = 100_000;
/// The most of them: as far as any provider's listings go back.
const LOOK_BACK_DAYS_MAX: u32 = 90;

/// Days for which an order is asked about until its platform is final, where nothing is configured.
const ASK_UNTIL_DAYS: u32 = 30;
/// The most of them, and the latest second look.
const ASK_UNTIL_DAYS_MAX: u32 = 366;

/// `[business_day]`: the rule, and the calendar's path.
pub(crate) fn business_day(
    top: &Section<'_>,
    outside: Outside<'_>,
) -> (BusinessDay, Option<PathBuf>) {
    let section =
        top.section("business_day", "[business_day]", &["timezone", "cutoff", "calendar"]);
    let timezone = section.parsed("timezone", values::zone);
    let cutoff = section.parsed("cutoff", values::time_of_day);
    let calendar = path(&section, "calendar", outside);
    if calendar.as_ref().is_some_and(|calendar| !calendar.is_file()) {
        section.refuse("calendar", "names no file", "see samples/calendar-2026.toml");
    }
    let day = BusinessDay {
        timezone: timezone.unwrap_or(chrono_tz::Asia::Shanghai),
        cutoff: cutoff.unwrap_or(NaiveTime::MIN),
    };
    (day, calendar)
}

/// `[reports]`.
pub(crate) fn reports(top: &Section<'_>, outside: Outside<'_>) -> ReportSettings {
    let known =
        ["dir", "language", "encoding", "long_id_guard", "folder_mode", "file_mode", "sign_key"];
    let section = top.section("reports", "[reports]", &known);
    let dir = path(&section, "dir", outside);
    ReportSettings {
        dir: dir.unwrap_or_else(|| outside.base.join("var/reports")),
        language: section.parsed("language", coded_word!(Language)).unwrap_or(Language::Zh),
        encoding: section.parsed("encoding", coded_word!(Encoding)).unwrap_or(Encoding::Utf8Bom),
        long_id_guard: section
            .parsed("long_id_guard", coded_word!(LongIdGuard))
            .unwrap_or(LongIdGuard::Tab),
        rights: Rights {
            folder: section
                .parsed("folder_mode", values::folder_mode)
                .unwrap_or(Rights::default().folder),
            file: section.parsed("file_mode", values::file_mode).unwrap_or(Rights::default().file),
        },
        sign_key: sign_key(&section, outside),
    }
}

/// `sign_key`: an Ed25519 key in PEM.
fn sign_key(section: &Section<'_>, outside: Outside<'_>) -> Option<SignKey> {
    let pem = secret(section, "sign_key", "reports", outside)?;
    let key = SignKey::parse(pem.expose());
    if key.is_none() {
        section.refuse(
            "sign_key",
            "is no Ed25519 key in PEM",
            "make one: openssl genpkey -algorithm ed25519 -out secrets/reports.pem",
        );
    }
    key
}

/// `[orders]`. `accounts` are the names of all accounts.
pub(crate) fn orders(
    top: &Section<'_>,
    outside: Outside<'_>,
    accounts: &[String],
) -> OrderSettings {
    let known = [
        "csv",
        "database",
        "amount_unit",
        "account",
        "kind",
        "product",
        "currency",
        "refunds",
        "sheet",
        "timezone",
        "columns",
        "kinds",
        "statuses",
    ];
    let section = top.section("orders", "[orders]", &known);
    let csv = section.parsed("csv", csv_path);
    let stated = section.has("database");
    let database = stated.then(|| database(&section, "[orders]", "shop", outside)).flatten();
    if section.has("csv") && section.has("database") {
        section.refuse("database", "stands beside csv", "keep one of them");
    } else if section.lacks("database") {
        section.require("csv", "\"orders/{date}.csv\"");
    }
    let unit = section.parsed("amount_unit", coded_word!(AmountUnit));
    let columns = section.section("columns", "[orders.columns]", &COLUMNS);
    for one_of_all in ["account", "kind", "product", "currency"] {
        if section.has(one_of_all) && columns.has(one_of_all) {
            let what = format!("stands beside the column {one_of_all}");
            section.refuse(one_of_all, &what, "keep one of them");
        }
    }
    let account = |text: &str| {
        let is_one = |text: &str| accounts.iter().find(|name| *name == text).cloned();
        values::word(text, is_one, &accounts.iter().map(String::as_str).collect::<Vec<_>>())
    };
    OrderSettings {
        csv,
        database,
        amount_unit: unit.unwrap_or(AmountUnit::Yuan),
        of_all: OfAllOrders {
            account: section.parsed("account", account),
            kind: section.parsed("kind", coded_word!(Kind)),
            product: section.parsed("product", words::label),
            currency: section.parsed("currency", |text| {
                let wrong = |_| Wrong::new("not a currency code", "write for example \"CNY\"");
                Currency::parse(text).map_err(wrong)
            }),
        },
        refunds: section.parsed("refunds", coded_word!(Sign)).unwrap_or(Sign::Positive),
        sheet: section.parsed("sheet", words::label),
        timezone: section.parsed("timezone", values::zone),
        columns: words::columns(&columns, &COLUMNS),
        kinds: words::table(
            &section,
            "kinds",
            "[orders.kinds]",
            Kind::from_code,
            coded_word!(Kind),
        ),
        statuses: words::table(
            &section,
            "statuses",
            "[orders.statuses]",
            MerchantStatus::from_code,
            coded_word!(MerchantStatus),
        ),
    }
}

/// `[matching]`.
pub(crate) fn matching(top: &Section<'_>) -> MatchingSettings {
    let known = [
        "amount_tolerance",
        "timing_window",
        "look_back",
        "spot_checks",
        "ask_until",
        "second_look",
    ];
    let section = top.section("matching", "[matching]", &known);
    let window = |text: &str| values::seconds(text, 0..=TIMING_SECONDS_MAX);
    let tolerance = section.parsed("amount_tolerance", values::yuan_not_negative);
    MatchingSettings {
        tolerance_minor: tolerance.unwrap_or(0),
        timing_window_seconds: section.parsed("timing_window", window).unwrap_or(86_400),
        look_back: section.whole("look_back", 0..=LOOK_BACK_DAYS_MAX).unwrap_or(LOOK_BACK_DAYS),
        ask_until_days: section
            .whole("ask_until", 0..=ASK_UNTIL_DAYS_MAX)
            .unwrap_or(ASK_UNTIL_DAYS),
        second_look: second_look(&section).unwrap_or_default(),
        spot_checks: section.whole("spot_checks", 0..=SPOT_CHECKS_MAX).unwrap_or(SPOT_CHECKS),
    }
}

fn second_look(section: &Section<'_>) -> Option<SecondLookDays> {
    let days = section.wholes("second_look", 1..=ASK_UNTIL_DAYS_MAX)?;
    let looks = SecondLookDays::of(&days);
    if looks.is_none() {
        let most = SecondLookDays::COUNT_MAX;
        section.refuse("second_look", "has too many days", format!("write {most} days at most"));
    }
    looks
}

/// `[archive]`.
pub(crate) fn archive(top: &Section<'_>, outside: Outside<'_>) -> ArchiveSettings {
    /// About a year and a month, so that last year's same day can be verified again.
    const RETENTION_DAYS: u32 = 400;
    let known = ["dir", "retention_days", "encrypt_to", "identity"];
    let section = top.section("archive", "[archive]", &known);
    ArchiveSettings {
        dir: path(&section, "dir", outside).unwrap_or_else(|| outside.base.join("var/archive")),
        retention_days: section.whole("retention_days", 1..=36_500).unwrap_or(RETENTION_DAYS),
        keys: archive_keys(&section, outside),
    }
}

/// To whom the archive is encrypted, and what reads it. No message holds a key.
fn archive_keys(section: &Section<'_>, outside: Outside<'_>) -> ArchiveKeys {
    let mut keys = ArchiveKeys::default();
    if let Some(recipients) = section.texts("encrypt_to") {
        if recipients.is_empty() {
            let fix = "write a recipient, or take the line out: then nothing is encrypted";
            section.refuse("encrypt_to", "names nobody", fix);
        }
        let wrong = recipients.iter().find_map(|text| keys.add_recipient(text).err());
        if let Some(wrong) = wrong {
            let fix = "write the public key, age1…, as age-keygen prints it";
            section.refuse("encrypt_to", &wrong.to_string(), fix);
        }
    }
    if let Some(identity) = secret(section, "identity", "archive", outside) {
        if let Err(wrong) = keys.add_identities(identity.expose()) {
            let fix = "it is the file that age-keygen wrote, with a line AGE-SECRET-KEY-1…";
            section.refuse("identity", &wrong.to_string(), fix);
        } else if keys.encrypts() && !keys.reads_its_own() {
            section.warn(
                "identity",
                "does not open what is encrypted from now on: it is of none of encrypt_to",
                "compare encrypt_to with the public key that age-keygen -y prints for it",
            );
        }
    }
    keys
}

/// `[metrics]`.
pub(crate) fn metrics(top: &Section<'_>, outside: Outside<'_>) -> MetricsSettings {
    let section = top.section("metrics", "[metrics]", &["textfile"]);
    let textfile = path(&section, "textfile", outside);
    // The collector reads nothing that is called otherwise.
    if textfile.as_ref().is_some_and(|path| path.extension().is_none_or(|end| end != "prom")) {
        section.refuse("textfile", "does not end with .prom", "write \"…/duizhang.prom\"");
    }
    MetricsSettings { textfile }
}

/// `[resolution]`.
pub(crate) fn resolution(top: &Section<'_>) -> ResolutionSettings {
    let section = top.section("resolution", "[resolution]", &["four_eyes_above"]);
    ResolutionSettings {
        four_eyes_above_minor: section.parsed("four_eyes_above", values::yuan_not_negative),
    }
}

fn path(section: &Section<'_>, key: &str, outside: Outside<'_>) -> Option<PathBuf> {
    section.parsed(key, |text| match text {
        "" => Err(Wrong::new("not a path", "write a path, relative to this file")),
        text => Ok(outside.base.join(text)),
    })
}

/// A path with no other placeholder than `{date}`.
pub(crate) fn csv_path(text: &str) -> Result<String, Wrong> {
    let rest = text.replace("{date}", "");
    if text.is_empty() {
        Err(Wrong::new("not a path", "write for example \"orders/{date}.csv\""))
    } else if rest.contains(['{', '}']) {
        let fix = "write {date} for the business date, for example \"orders/{date}.csv\"";
        Err(Wrong::new("with a placeholder other than {date}", fix))
    } else {
        Ok(text.to_owned())
    }
}

/// `database` of a section that stands in `place`; `owner` names it in the example of a secret.
pub(crate) fn database(
    section: &Section<'_>,
    place: &str,
    owner: &str,
    outside: Outside<'_>,
) -> Option<DatabaseQuery> {
    let table = section.section("database", &format!("database of {place}"), &["url", "query"]);
    table.require("url", "{ env = \"SHOP_DB\" }");
    table.require("query", "\"sql/merchant_orders.sql\"");
    let url = secret(&table, "url", owner, outside);
    let query = path(&table, "query", outside);
    if query.as_ref().is_some_and(|query| !query.is_file()) {
        table.refuse("query", "names no file", "write the path of an SQL file");
        return None;
    }
    Some(DatabaseQuery { url: url?, query: query?, named: BTreeMap::new() })
}

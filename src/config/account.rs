//! `[[account]]`: common keys, the provider's own keys, fees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rust_decimal::Decimal;
use toml::de::DeTable;

use super::address;
use super::bank;
use super::digest::Canon;
use super::problem::{Wrong, nearest};
use super::reader::Section;
use super::secret::{Outside, example, secret};
use super::settlement;
use super::statement;
use super::values::{self, coded_word};
use super::{
    AccountConfig, Cycle, CycleRule, FeeRounding, FeeRule, RowKind, StatementSettings, cycle_of,
};
use crate::money::Currency;
use crate::provider::{
    Account, Limits, Provider, Registration, Setting, SettingForm, Settings, StatusCodes, file,
    order_lanes,
};
use crate::status::{Kind, ProviderStatus};

/// The keys that every account has.
const COMMON: [&str; 18] = [
    "name",
    "title",
    "provider",
    "rate_limit",
    "concurrency",
    "timeout",
    "retries",
    "max_answer",
    "ask_during_day",
    "fees",
    "settlement",
    "statement",
    "bank",
    "not_found",
    "allow_insecure",
    "proxy",
    "currency",
    "status_codes",
];
/// From this share on a rate is taken for percent that were meant: 5 %.
const RATE_UNUSUAL: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// The keys of a fee rule.
const FEE_KEYS: [&str; 9] =
    ["kind", "product", "way", "from", "rate", "fixed", "min", "max", "rounding"];

/// An account as the configuration states it, and its part of the digest's text.
pub(crate) struct Stated {
    /// The account.
    pub(crate) config: AccountConfig,
    /// Provider, non-secret settings and fees.
    pub(crate) canon: Canon,
}

/// Reads every account, sorted by name. Accounts with problems are left out. `calendar` is the file of
/// legal workdays, where there is one.
pub(crate) fn accounts(
    top: &Section<'_>,
    providers: &[Registration],
    outside: Outside<'_>,
    calendar: Option<&Path>,
) -> Vec<Stated> {
    let tables = top.tables("account");
    if top.lacks("account") {
        let what = "there is no [[account]]".to_owned();
        top.source.problem(0, "account", what, "add one, see samples/duizhang.toml");
    }
    let mut first_lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut accounts: Vec<Stated> = Vec::new();
    let mut sections = Vec::new();
    for (number, table) in (1_u32..).zip(tables) {
        let section = open(top, number, table, providers);
        let before = section.source.problem_count();
        let stated = account(&section, providers, outside);
        if let Some(stated) = &stated {
            check_cycles(&section, &stated.config, calendar);
        }
        let Some(name) = section.peek("name") else { continue };
        let line = section.source.line(section.at);
        if let Some(first) = first_lines.insert(name.to_owned(), line) {
            let what = format!("is {name:?}, which the account in line {first} has already");
            section.refuse("name", &what, "give each account a name of its own");
        }
        if section.source.problem_count() == before {
            accounts.extend(stated);
        }
        sections.push(section);
    }
    check_banks(&sections, &mut accounts);
    accounts.sort_by(|a, b| a.config.account.name.cmp(&b.config.account.name));
    accounts
}

/// A payout arrives at a bank account: one whose bill is a bank's statement.
fn check_banks(sections: &[Section<'_>], accounts: &mut Vec<Stated>) {
    let is_bank = |account: &AccountConfig| {
        let statement = account.statement.as_ref();
        statement.is_some_and(|statement| statement.kind == Some(RowKind::Bank))
    };
    let banks: BTreeSet<String> = accounts
        .iter()
        .filter(|stated| is_bank(&stated.config))
        .map(|stated| stated.config.account.name.clone())
        .collect();
    accounts.retain(|Stated { config, .. }| {
        let Some(link) = &config.bank else { return true };
        let what = if is_bank(config) {
            "stands at a bank account".to_owned()
        } else if banks.contains(&link.account) {
            return true;
        } else {
            format!("names {:?}, which is no bank account", link.account)
        };
        let known: Vec<&str> = banks.iter().map(String::as_str).collect();
        let fix = if known.is_empty() {
            "add the bank's account: provider = \"file\" and a layout of a bank's statement"
                .to_owned()
        } else {
            format!("bank accounts are {}", known.join(", "))
        };
        let named = |section: &&Section<'_>| section.peek("name") == Some(&*config.account.name);
        if let Some(section) = sections.iter().find(named) {
            section.refuse("bank", &what, &fix);
        }
        false
    });
}

/// The names of all accounts, also of those that cannot be read.
pub(crate) fn names(top: &DeTable<'_>) -> Vec<String> {
    let tables = top.get("account").and_then(|value| value.get_ref().as_array());
    let name = |table: &toml::de::DeValue<'_>| {
        table.as_table()?.get("name")?.get_ref().as_str().map(str::to_owned)
    };
    tables.into_iter().flatten().filter_map(|table| name(table.get_ref())).collect()
}

/// Opens an account's table with the keys that its provider gives it; with the keys of all
/// providers where it names none that is known.
fn open<'a>(
    top: &Section<'a>,
    number: u32,
    (at, table): (usize, Option<&'a DeTable<'a>>),
    providers: &[Registration],
) -> Section<'a> {
    let text = |key: &str| table?.get(key)?.get_ref().as_str();
    let place = text("name")
        .map_or_else(|| format!("[[account]] {number}"), |name| format!("[[account]] {name:?}"));
    let named = text("provider").unwrap_or_default();
    let one: Vec<&Registration> = providers.iter().filter(|known| known.id == named).collect();
    let own = if one.is_empty() { providers.iter().collect() } else { one };
    let mut known = COMMON.to_vec();
    for setting in own.iter().flat_map(|registration| registration.settings) {
        if !known.contains(&setting.key) {
            known.push(setting.key);
        }
    }
    Section::open(top.source, &place, (at, table), &known)
}

fn account(
    section: &Section<'_>,
    providers: &[Registration],
    outside: Outside<'_>,
) -> Option<Stated> {
    section.require("name", "\"…\"");
    section.require("provider", "\"…\"");
    let before = section.source.problem_count();
    let name = section.parsed("name", values::name);
    let limits = limits(section);
    let fees = fees(section);
    let not_found = section.texts("not_found").unwrap_or_default();
    let currency = section.parsed("currency", currency).unwrap_or_default();
    let registration = section.parsed("provider", |text| registered(text, providers))?;
    let owner = name.as_deref().unwrap_or(registration.id);
    let status_codes = status_codes(section, owner);
    let title = section.parsed("title", title);
    let bank = bank::bank(section);
    let mut settings = Settings { not_found, currency, status_codes, ..Settings::default() };
    for setting in registration.settings {
        read_setting(section, setting, owner, outside, &mut settings);
    }
    // Without an interface, what its bills tell of is what there is.
    let by_bill = registration.id == file::REGISTRATION.id;
    let mut statement =
        by_bill.then(|| bills(section, registration.id, &settings.texts, outside)).flatten();
    if let Some(statement) = &statement {
        settings.bill_kinds = statement.order_kinds();
    }
    let insecure = address::check(section, &settings);
    if section.source.problem_count() != before {
        return None;
    }
    let provider = (registration.build)(&settings)
        .map_err(|error| section.refuse(error.key, &format!("is wrong: {}", error.problem), ""))
        .ok()?;
    warn_of_idle_fees(section, &fees, provider.as_ref());
    let rules = settlement::rules(section, &products(provider.as_ref()));
    check_rounding(section, &fees, &rules, provider.as_ref());
    if !by_bill {
        let lanes = order_lanes(&provider.lanes());
        statement = statement::statement(section, &lanes, &settings.texts, outside);
    }
    let mut canon = canon(&name.clone()?, registration.id, &settings, &fees);
    settlement::put(&mut canon, &rules);
    bank::put(&mut canon, bank.as_ref());
    statement::put(&mut canon, statement.as_ref());
    if let Some(title) = &title {
        canon.put("title", title);
    }
    let name = name?;
    let title = title.unwrap_or_else(|| name.clone());
    let account = Account { name, title, provider_id: registration.id, provider, limits };
    let config = AccountConfig { account, fees, settlement: rules, bank, statement, insecure };
    Some(Stated { config, canon })
}

/// How people are shown an account: one line in any script.
fn title(text: &str) -> Result<String, Wrong> {
    const CHARS_MAX: usize = 64;
    let text = text.trim();
    let is_plain = !text.chars().any(crate::text::is_forbidden);
    if !text.is_empty() && is_plain && text.chars().count() <= CHARS_MAX {
        return Ok(text.to_owned());
    }
    Err(Wrong::new("not a title", "write one line of at most 64 characters"))
}

/// The bills of an account that has nothing else.
fn bills(
    section: &Section<'_>,
    provider: &str,
    named: &BTreeMap<&'static str, String>,
    outside: Outside<'_>,
) -> Option<StatementSettings> {
    if section.lacks("statement") {
        let what = format!("{} has no [account.statement]", section.place);
        let fix = format!(
            "an account of provider {provider:?} is known by its bills: write layout = \"…\" \
             (`duizhang layouts` lists them) and file = \"statements/…-{{date}}*\" there"
        );
        section.source.problem(section.at, "statement", what, fix);
    }
    let kinds = Kind::ALL.iter().map(|kind| (*kind, String::new()));
    statement::statement(section, &kinds.collect(), named, outside)
}

/// `[account.status_codes]`: what codes mean that the platform's document does not list.
fn status_codes(account: &Section<'_>, owner: &str) -> StatusCodes {
    let place = format!("[account.status_codes] of {owner:?}");
    let section = account.free_section("status_codes", &place);
    let mut codes = BTreeMap::new();
    for (code, _) in section.keys() {
        let status = section.parsed(code, |text| {
            let known: Vec<&'static str> =
                STATUSES.iter().copied().map(ProviderStatus::code).collect();
            let status = values::word(text, ProviderStatus::from_code, &known)?;
            if STATUSES.contains(&status) {
                return Ok(status);
            }
            Err(Wrong::new("no status of an order", format!("write one of {}", known.join(", "))))
        });
        codes.extend(status.map(|status| (code.to_owned(), status)));
    }
    StatusCodes(codes)
}

/// What a status code may mean: that there is no order, or no answer, is no status of one.
const STATUSES: [ProviderStatus; 6] = [
    ProviderStatus::Pending,
    ProviderStatus::Succeeded,
    ProviderStatus::Failed,
    ProviderStatus::Refunded,
    ProviderStatus::Returned,
    ProviderStatus::Held,
];

fn currency(text: &str) -> Result<Currency, Wrong> {
    Currency::parse(text).map_err(|_| {
        Wrong::new("not a currency", "write its three letters, such as \"CNY\" or \"INR\"")
    })
}

fn registered<'r>(text: &str, providers: &'r [Registration]) -> Result<&'r Registration, Wrong> {
    providers.iter().find(|known| known.id == text).ok_or_else(|| {
        let ids = || providers.iter().map(|known| known.id);
        let near = nearest(text, ids(), |_| false);
        let fix = near.map_or_else(
            || format!("known are {}", ids().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean {near:?}?"),
        );
        Wrong::new("not a known provider", fix)
    })
}

fn read_setting(
    section: &Section<'_>,
    setting: &Setting,
    owner: &str,
    outside: Outside<'_>,
    settings: &mut Settings,
) {
    let key = setting.key;
    if setting.required {
        let example = match setting.form {
            SettingForm::Text => "\"…\"".to_owned(),
            SettingForm::Flag => "true".to_owned(),
            SettingForm::List => "[\"…\"]".to_owned(),
            SettingForm::Secret => example(owner, key),
        };
        section.require(key, &example);
    }
    let empty = || section.refuse(key, "is empty", "write what the platform gave you");
    match setting.form {
        SettingForm::Text => match section.text(key) {
            Some("") if setting.required => empty(),
            Some(text) => {
                settings.texts.insert(key, text.to_owned());
            }
            None => {}
        },
        SettingForm::Flag => settings.flags.extend(section.flag(key).map(|flag| (key, flag))),
        SettingForm::List => match section.texts(key) {
            Some(list) if list.is_empty() && setting.required => empty(),
            Some(list) => {
                settings.lists.insert(key, list);
            }
            None => {}
        },
        SettingForm::Secret => {
            let secret = secret(section, key, owner, outside);
            settings.secrets.extend(secret.map(|secret| (key, secret)));
        }
    }
}

fn limits(section: &Section<'_>) -> Limits {
    let default = Limits::default();
    let timeout = section.parsed("timeout", |text| values::seconds(text, 1..=600));
    let timeout = timeout.and_then(|seconds| u64::try_from(seconds).ok());
    let answer = section.parsed("max_answer", |text| values::bytes(text, 1 << 10..=1 << 30));
    Limits {
        rate_limit: section.whole("rate_limit", 1..=10_000).unwrap_or(default.rate_limit),
        concurrency: section.whole("concurrency", 1..=256).unwrap_or(default.concurrency),
        timeout: timeout.map_or(default.timeout, Duration::from_secs),
        retries: section.whole("retries", 0..=10).unwrap_or(default.retries),
        answer_bytes_max: answer.unwrap_or(default.answer_bytes_max),
        follows_proxy: section.parsed("proxy", address::proxy).unwrap_or(default.follows_proxy),
        ask_during_day: section.flag("ask_during_day").unwrap_or(default.ask_during_day),
    }
}

fn fees(account: &Section<'_>) -> Vec<FeeRule> {
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for (number, table) in (1_u32..).zip(account.tables("fees")) {
        let place = format!("fee {number} of {}", account.place);
        let section = Section::open(account.source, &place, table, &FEE_KEYS);
        let Some(rule) = fee(&section) else { continue };
        if seen.insert((rule.kind, rule.product.clone(), rule.way.clone(), rule.from)) {
            rules.push(rule);
        } else {
            let what = format!("{place} is for the same kind, product, way and date as another");
            account.source.problem(section.at, "fees", what, "keep one of them");
        }
    }
    rules
}

fn fee(section: &Section<'_>) -> Option<FeeRule> {
    section.require("kind", "\"payment\"");
    let kind = section.parsed("kind", coded_word!(Kind));
    let word = |key: &str| section.text(key).filter(|word| !word.is_empty()).map(str::to_owned);
    let (product, way) = (word("product"), word("way"));
    let from = section.parsed("from", values::date);
    let rate = section.parsed("rate", values::rate);
    if let Some(rate) = rate.filter(|rate| *rate >= RATE_UNUSUAL) {
        let percent = rate.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default().normalize();
        let hundredth = rate.checked_div(Decimal::ONE_HUNDRED).unwrap_or_default().normalize();
        let what = format!("is {percent} %, far more than platforms charge");
        section.warn("rate", &what, format!("for {rate} % write \"{hundredth}\""));
    }
    let yuan = |key: &str| section.parsed(key, values::yuan_not_negative);
    let (fixed_minor, min_minor, max_minor) = (yuan("fixed"), yuan("min"), yuan("max"));
    if section.lacks("rate") && section.lacks("fixed") {
        section.require("rate", "\"0.0038\" or fixed = \"2.00\"");
    }
    if min_minor.zip(max_minor).is_some_and(|(min, max)| min > max) {
        section.refuse("min", "is more than max", "");
    }
    let rounding = section.parsed("rounding", coded_word!(FeeRounding));
    let rounding = rounding.unwrap_or(FeeRounding::Row);
    if rounding == FeeRounding::Day && (min_minor.is_some() || max_minor.is_some()) {
        let fix = "leave out min and max, which are per transaction, or write rounding = \"row\"";
        section.refuse("rounding", "is \"day\" beside min or max", fix);
    }
    Some(FeeRule {
        kind: kind?,
        product,
        way,
        from,
        rate: rate.unwrap_or(Decimal::ZERO),
        fixed_minor: fixed_minor.unwrap_or(0),
        min_minor,
        max_minor,
        rounding,
    })
}

/// The products of an account; an empty one where the provider has none.
fn products(provider: &dyn Provider) -> Vec<String> {
    let products: BTreeSet<_> = provider.lanes().into_iter().map(|lane| lane.product).collect();
    products.into_iter().collect()
}

/// T1 needs a calendar: what is said and cannot be worked out is refused.
fn check_cycles(section: &Section<'_>, account: &AccountConfig, calendar: Option<&Path>) {
    let is_t1 = |product: &String| cycle_of(&account.settlement, product) == Cycle::T1;
    let has_cycles = !account.settlement.is_empty();
    let has_t1 = account.settlement.iter().any(|rule| rule.cycle == Cycle::T1)
        || products(&*account.account.provider).iter().any(is_t1);
    if has_cycles && calendar.is_none() && has_t1 {
        section.refuse(
            "settlement",
            "is T1, and there is no calendar of legal workdays",
            "set calendar in [business_day], see samples/calendar-2026.toml",
        );
    }
}

/// The sum of a day that is rounded is of all ways of paying together.
fn check_rounding(
    section: &Section<'_>,
    fees: &[FeeRule],
    cycles: &[CycleRule],
    provider: &dyn Provider,
) {
    let lanes = provider.lanes();
    let has_products = lanes.iter().any(|lane| !lane.product.is_empty());
    let is_apart = fees.iter().any(|rule| rule.is_per_order(&lanes))
        || cycles.iter().any(|rule| rule.is_per_order(has_products));
    if is_apart && fees.iter().any(|rule| rule.rounding == FeeRounding::Day) {
        section.refuse(
            "fees",
            "round the sum of a day, beside rates or settlements that depend on the way of paying",
            "leave out rounding = \"day\"",
        );
    }
}

/// A rule for something that the account does not do is a slip of the pen more often than not.
fn warn_of_idle_fees(section: &Section<'_>, fees: &[FeeRule], provider: &dyn Provider) {
    let lanes = provider.lanes();
    for (number, rule) in (1_u32..).zip(fees) {
        let product = rule.product.as_deref();
        let applies = lanes.iter().any(|lane| {
            // Where the platform has no products, it is the shop's own word.
            let is_for = |product| product == lane.product || lane.product.is_empty();
            lane.kind == rule.kind && product.is_none_or(is_for)
        });
        if !applies {
            let product = product.map_or_else(String::new, |product| format!(" {product:?}"));
            let what = format!("has rule {number} for {}{product}", rule.kind);
            section.warn("fees", &what, "the account has no such transactions");
        }
    }
}

fn canon(name: &str, provider: &str, settings: &Settings, fees: &[FeeRule]) -> Canon {
    let mut canon = Canon::default();
    canon.put("account", name);
    canon.put("provider", provider);
    for (key, text) in &settings.texts {
        // Where a platform is reached does not change what it says.
        if !key.ends_with("_url") {
            canon.put(&format!("text.{key}"), text);
        }
    }
    for (key, flag) in &settings.flags {
        canon.put(&format!("flag.{key}"), if *flag { "true" } else { "false" });
    }
    for (key, list) in &settings.lists {
        for item in list {
            canon.put(&format!("list.{key}"), item);
        }
    }
    for text in &settings.not_found {
        canon.put("not_found", text);
    }
    if settings.currency != Currency::default() {
        canon.put("currency", settings.currency.as_str());
    }
    for (code, status) in &settings.status_codes.0 {
        canon.put(&format!("status_codes.{status}"), code);
    }
    for rule in fees {
        canon.put("fee.kind", rule.kind.code());
        canon.put_some("fee.product", rule.product.as_deref());
        if let Some(way) = &rule.way {
            canon.put("fee.way", way);
        }
        canon.put_some("fee.from", rule.from.map(|from| from.to_string()).as_deref());
        canon.put("fee.rate", &rule.rate.normalize().to_string());
        canon.put("fee.fixed", &rule.fixed_minor.to_string());
        canon.put_some("fee.min", rule.min_minor.map(|minor| minor.to_string()).as_deref());
        if rule.rounding != FeeRounding::Row {
            canon.put("fee.rounding", rule.rounding.code());
        }
        canon.put_some("fee.max", rule.max_minor.map(|minor| minor.to_string()).as_deref());
    }
    canon
}

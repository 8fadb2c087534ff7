//! The configuration's fingerprint: one text of all that can change a report, and its SHA-256.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{Config, OfAllOrders, OrderSettings, Sign};
use crate::config::calendar::Calendar;
use crate::status::Kind;

/// A text in which every value stands with its length, so that no two settings look alike.
#[derive(Clone, Default)]
pub(crate) struct Canon(String);

impl Canon {
    /// Adds one fact.
    pub(crate) fn put(&mut self, key: &str, value: &str) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "{key} {} {value}", value.len());
    }

    /// Adds one fact, or that there is none.
    pub(crate) fn put_some(&mut self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => self.put(key, value),
            None => {
                let _ = writeln!(self.0, "{key} -");
            }
        }
    }
}

/// SHA-256 over the settings that can change a report's content, hexadecimal.
///
/// `accounts` are the texts of the accounts, sorted by name. Not in it: the ledger's place, folders,
/// limits and secrets.
pub(crate) fn digest(config: &Config, calendar: Option<&Calendar>, accounts: &[Canon]) -> String {
    let mut canon = Canon::default();
    canon.put("format", "1");
    canon.put("business_day.timezone", config.business_day.timezone.name());
    canon.put("business_day.cutoff", &config.business_day.cutoff.format("%H:%M").to_string());
    canon.put_some("business_day.calendar", calendar.map(Calendar::canonical).as_deref());
    canon.put("reports.language", config.reports.language.code());
    canon.put("reports.encoding", config.reports.encoding.code());
    canon.put("reports.long_id_guard", config.reports.long_id_guard.code());
    put_orders(&mut canon, &config.orders, &config.base);
    if let Some(csv) = &config.movements.csv {
        canon.put("movements.csv", csv);
    }
    canon.put("matching.amount_tolerance", &config.matching.tolerance_minor.to_string());
    canon.put("matching.timing_window", &config.matching.timing_window_seconds.to_string());
    canon.put("matching.look_back", &config.matching.look_back.to_string());
    canon.put("matching.ask_until", &config.matching.ask_until_days.to_string());
    let looks: Vec<String> =
        config.matching.second_look.days().map(|day| day.to_string()).collect();
    canon.put("matching.second_look", &looks.join(","));
    canon.put("matching.spot_checks", &config.matching.spot_checks.to_string());
    let bands = config.severity;
    for (name, band) in
        [("critical", bands.critical), ("high", bands.high), ("medium", bands.medium)]
    {
        canon.put(&format!("severity.{name}.amount"), &band.at_stake_minor.to_string());
        canon.put(&format!("severity.{name}.age"), &band.age_seconds.to_string());
    }
    for account in accounts {
        canon.0.push_str(&account.0);
    }
    Sha256::digest(canon.0.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn put_orders(canon: &mut Canon, orders: &OrderSettings, base: &std::path::Path) {
    canon.put_some("orders.csv", orders.csv.as_deref());
    let query = orders.database.as_ref().map(|database| {
        database.query.strip_prefix(base).unwrap_or(&database.query).display().to_string()
    });
    canon.put_some("orders.database.query", query.as_deref());
    canon.put("orders.amount_unit", orders.amount_unit.code());
    for (ours, names) in &orders.columns {
        for theirs in names {
            canon.put(&format!("orders.columns.{ours}"), theirs);
        }
    }
    for (theirs, kind) in &orders.kinds {
        canon.put(&format!("orders.kinds.{kind}"), theirs);
    }
    for (theirs, ours) in &orders.statuses {
        canon.put(&format!("orders.statuses.{}", ours.code()), theirs);
    }
    // What is not said leaves the digest as it was before it could be.
    let OfAllOrders { account, kind, product, currency } = &orders.of_all;
    let currency = currency.map(|currency| currency.to_string());
    let stated = [
        ("account", account.as_deref()),
        ("kind", kind.map(Kind::code)),
        ("product", product.as_deref()),
        ("currency", currency.as_deref()),
        ("sheet", orders.sheet.as_deref()),
        ("timezone", orders.timezone.map(chrono_tz::Tz::name)),
        ("refunds", Some(orders.refunds).filter(|it| *it != Sign::Positive).map(Sign::code)),
    ];
    for (key, value) in stated.into_iter().filter_map(|(key, value)| Some((key, value?))) {
        canon.put(&format!("orders.{key}"), value);
    }
}

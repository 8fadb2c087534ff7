//! The configuration of a world, and the keys that it names.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::{Lane, WorldSettings, bank, bill};
use crate::simulator::platform::{PLATFORMS, Platform};
use crate::status::Kind;

/// The key files of a world's accounts: name under `secrets/`, and content.
pub(super) fn secrets(settings: &WorldSettings) -> Vec<(&'static str, String)> {
    traded(settings).flat_map(|(platform, lanes)| (platform.keys)(&lanes)).collect()
}

/// The platforms at which something is traded, sorted by account, with what.
fn traded(settings: &WorldSettings) -> impl Iterator<Item = (&'static Platform, Vec<Lane>)> {
    let lanes = settings.chosen_lanes();
    let mut platforms: Vec<&Platform> = PLATFORMS.iter().collect();
    platforms.sort_by_key(|platform| platform.account);
    let of = move |platform: &'static Platform| {
        let own = lanes.iter().copied().filter(|lane| lane.account == platform.account);
        (platform, own.collect::<Vec<_>>())
    };
    platforms.into_iter().map(of).filter(|(_, lanes)| !lanes.is_empty())
}

/// `duizhang.toml`, with every URL pointing to `address`.
pub(super) fn text(settings: &WorldSettings, address: SocketAddr) -> String {
    let (head, cycle) = if settings.held {
        (format!("{HEAD}{MOVEMENTS}"), "settlement = \"T0\"")
    } else {
        (HEAD.to_owned(), "")
    };
    let text = accounts(head, settings, address, |platform, lanes| {
        let payouts = if lanes.iter().any(|lane| lane.kind == Kind::Payout) {
            ", { kind = \"payout\", fixed = \"2.00\" }"
        } else {
            ""
        };
        let payments = "{ kind = \"payment\", rate = \"0.0038\", min = \"0.00\" }";
        let cycle = if platform.states_balance { cycle } else { "" };
        let is_paid_out = settings.bank && platform.states_balance;
        let link = if is_paid_out { bank::link(platform) } else { String::new() };
        format!("fees = [{payments}{payouts}]\n{cycle}\n{link}")
    });
    if settings.bank { text + &bank::account() } else { text }
}

/// The same for ten nights, with a calendar and each account's own terms.
pub(super) fn text_of_nights(
    settings: &WorldSettings,
    address: SocketAddr,
    terms: impl Fn(&str) -> String,
) -> String {
    let calendar = "cutoff = \"00:00\"\ncalendar = \"calendar.toml\"";
    let head = HEAD.replace("cutoff = \"00:00\"", calendar);
    accounts(format!("{head}{MOVEMENTS}"), settings, address, |platform, _| terms(platform.account))
}

fn accounts(
    mut text: String,
    settings: &WorldSettings,
    address: SocketAddr,
    terms: impl Fn(&Platform, &[Lane]) -> String,
) -> String {
    for (platform, lanes) in traded(settings) {
        // Writing into a string cannot fail.
        let _written = write!(
            text,
            r#"
[[account]]
name = "{}"
provider = "{}"
{}
rate_limit = 1000
concurrency = 16
{}
{}
"#,
            platform.account,
            platform.provider,
            (platform.settings)(address, &lanes),
            terms(platform, &lanes).trim_end(),
            settings.account_lines.trim_end(),
        );
        if settings.bills {
            text.push_str(&bill::settings(platform));
        }
    }
    text
}

const HEAD: &str = r#"# Written by the simulator; the keys are the platforms' published test keys, or invented.

[ledger]
url = "sqlite://var/ledger.db"

[business_day]
timezone = "Asia/Shanghai"
cutoff = "00:00"

[reports]
dir = "var/reports"
language = "zh"

[orders]
csv = "orders/{date}.csv"
amount_unit = "yuan"

[matching]
amount_tolerance = "0.00"
timing_window = "24h"
"#;

const MOVEMENTS: &str = r#"
[movements]
csv = "movements/{date}.csv"
"#;

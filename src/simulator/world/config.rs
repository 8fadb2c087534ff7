//! The configuration of a world, and the keys that it names.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::{Lane, WorldSettings, bill};
use crate::simulator::{icashier, lhxpay, mmsp, xxpay, zhangxun};
use crate::status::Kind;

/// The key files of a world's accounts: name under `secrets/`, and content.
pub(super) fn secrets(settings: &WorldSettings) -> Vec<(&'static str, String)> {
    let lanes = settings.chosen_lanes();
    let mut keys = Vec::new();
    for (account, file, key) in [
        (icashier::ACCOUNT, "icashier.key", icashier::KEY),
        (lhxpay::ACCOUNT, "lhxpay.key", lhxpay::KEY),
        (mmsp::ACCOUNT, "mmsp.key", mmsp::KEY),
        (xxpay::ACCOUNT, "xxpay.key", xxpay::KEY),
        (zhangxun::ACCOUNT, "zhangxun.key", zhangxun::KEY),
    ] {
        if lanes.iter().any(|lane| lane.account == account) {
            keys.push((file, key.to_owned()));
        }
    }
    if has_payouts(&lanes, mmsp::ACCOUNT) {
        keys.push(("mmsp_merchant.pem", mmsp::payapi::MERCHANT_PRIVATE_KEY.to_owned()));
        keys.push(("mmsp_platform.pem", mmsp::payapi::platform_public_key()));
    }
    keys
}

/// `duizhang.toml`, with every URL pointing to `address`.
pub(super) fn text(settings: &WorldSettings, address: SocketAddr) -> String {
    let lanes = settings.chosen_lanes();
    let (head, cycle) = if settings.held {
        (format!("{HEAD}{MOVEMENTS}"), "settlement = \"T0\"")
    } else {
        (HEAD.to_owned(), "")
    };
    let settles = |account: &str| ![icashier::ACCOUNT, lhxpay::ACCOUNT].contains(&account);
    accounts(head, settings, address, |account| {
        let payouts = if has_payouts(&lanes, account) {
            ", { kind = \"payout\", fixed = \"2.00\" }"
        } else {
            ""
        };
        let payments = "{ kind = \"payment\", rate = \"0.0038\", min = \"0.00\" }";
        let cycle = if settles(account) { cycle } else { "" };
        format!("fees = [{payments}{payouts}]\n{cycle}")
    })
}

/// The same for ten nights, with a calendar and each account's own terms.
pub(super) fn text_of_nights(
    settings: &WorldSettings,
    address: SocketAddr,
    terms: impl Fn(&str) -> String,
) -> String {
    let calendar = "cutoff = \"00:00\"\ncalendar = \"calendar.toml\"";
    let head = HEAD.replace("cutoff = \"00:00\"", calendar);
    accounts(format!("{head}{MOVEMENTS}"), settings, address, terms)
}

fn accounts(
    mut text: String,
    settings: &WorldSettings,
    address: SocketAddr,
    terms: impl Fn(&str) -> String,
) -> String {
    let lanes = settings.chosen_lanes();
    for (account, lines) in [
        (icashier::ACCOUNT, icashier_lines(address)),
        (lhxpay::ACCOUNT, lhxpay_lines(address)),
        (mmsp::ACCOUNT, mmsp_lines(address, &lanes)),
        (xxpay::ACCOUNT, xxpay_lines(address, &lanes)),
        (zhangxun::ACCOUNT, zhangxun_lines(address)),
    ] {
        if !lanes.iter().any(|lane| lane.account == account) {
            continue;
        }
        let (platform, _) = account.split_once('-').unwrap_or((account, ""));
        // Writing into a string cannot fail.
        let _written = write!(
            text,
            r#"
[[account]]
name = "{account}"
provider = "{platform}"
{lines}
rate_limit = 1000
concurrency = 16
{}
{}
"#,
            terms(account).trim_end(),
            settings.account_lines.trim_end(),
        );
        if settings.bills {
            text.push_str(&bill::settings(account));
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

fn has_payouts(lanes: &[Lane], account: &str) -> bool {
    lanes.iter().any(|lane| lane.account == account && lane.kind == Kind::Payout)
}

fn icashier_lines(address: SocketAddr) -> String {
    format!(
        r#"base_url = "http://{address}{}"
mer_id = "{}"
key = {{ file = "secrets/icashier.key" }}"#,
        icashier::BASE,
        icashier::MER_ID,
    )
}

fn lhxpay_lines(address: SocketAddr) -> String {
    format!(
        r#"base_url = "http://{address}{}"
app_key = "{}"
key = {{ file = "secrets/lhxpay.key" }}"#,
        lhxpay::BASE,
        lhxpay::APP_KEY,
    )
}

fn mmsp_lines(address: SocketAddr, lanes: &[Lane]) -> String {
    let mut products: Vec<String> = lanes
        .iter()
        .filter(|lane| lane.account == mmsp::ACCOUNT)
        .map(|lane| format!("\"{}\"", lane.product))
        .collect();
    products.dedup();
    let mut text = format!(
        r#"openapi_url = "http://{address}{}"
merchant_no = "{}"
terminal_no = "{}"
agent_no = ""
products = [{}]
md5_key = {{ file = "secrets/mmsp.key" }}"#,
        mmsp::PATH,
        mmsp::MERCHANT_NO,
        mmsp::TERMINAL_NO,
        products.join(", "),
    );
    if has_payouts(lanes, mmsp::ACCOUNT) {
        let _written = write!(
            text,
            r#"
payapi_url = "http://{address}{}"
merchant_private_key = {{ file = "secrets/mmsp_merchant.pem" }}
platform_public_key = {{ file = "secrets/mmsp_platform.pem" }}"#,
            mmsp::payapi::PATH,
        );
    }
    text
}

fn xxpay_lines(address: SocketAddr, lanes: &[Lane]) -> String {
    // A deployment with payouts also has the interface for the balance.
    let balance = if has_payouts(lanes, xxpay::ACCOUNT) { "\nbalance = true" } else { "" };
    format!(
        r#"base_url = "http://{address}{}"
mch_id = "{}"
app_id = "{}"
key = {{ file = "secrets/xxpay.key" }}{balance}"#,
        xxpay::BASE,
        xxpay::MCH_ID,
        xxpay::APP_ID,
    )
}

fn zhangxun_lines(address: SocketAddr) -> String {
    format!(
        r#"base_url = "http://{address}{}"
org_no = "{}"
cust_id = "{}"
version = "{}"
key = {{ file = "secrets/zhangxun.key" }}"#,
        zhangxun::BASE,
        zhangxun::ORG_NO,
        zhangxun::CUST_ID,
        zhangxun::VERSION,
    )
}

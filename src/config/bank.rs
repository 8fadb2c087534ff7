//! `[account.bank]`: at which bank account a platform's payouts arrive, and how they are known there.

use super::digest::Canon;
use super::problem::Wrong;
use super::reader::Section;

/// The keys of `[account.bank]`.
const KEYS: [&str; 3] = ["account", "payers", "within_days"];

/// Workdays within which a payout arrives, where nothing is configured.
const WITHIN_DAYS: u16 = 3;

/// `[account.bank]` of a platform's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankLink {
    /// The name of the bank account among the accounts.
    pub account: String,
    /// How the bank's statement names the platform: parts of the name that stands there. A line of another
    /// payer is none of its payouts, whatever its amount.
    pub payers: Vec<String>,
    /// Workdays after the day of the payout by which it has arrived.
    pub within_days: u16,
}

/// `[account.bank]`.
pub(super) fn bank(account: &Section<'_>) -> Option<BankLink> {
    if account.lacks("bank") {
        return None;
    }
    let section = account.section("bank", "[account.bank]", &KEYS);
    section.require("account", "\"the name of your bank account\"");
    section.require("payers", "[\"how the bank names the platform\"]");
    let name = section.parsed("account", |text| match text.trim() {
        "" => Err(Wrong::new("empty", "write the name of a bank account")),
        name => Ok(name.to_owned()),
    });
    let payers = section.texts("payers").map(|payers| {
        let payers: Vec<String> = payers.iter().map(|payer| payer.trim().to_owned()).collect();
        if payers.is_empty() || payers.iter().any(String::is_empty) {
            section.refuse(
                "payers",
                "has no name",
                "write how the bank's statement names the payer",
            );
        }
        payers
    });
    let within_days = section.whole("within_days", 0..=30).unwrap_or(WITHIN_DAYS);
    Some(BankLink { account: name?, payers: payers?, within_days })
}

/// What the digest's text says of it.
pub(super) fn put(canon: &mut Canon, link: Option<&BankLink>) {
    let Some(BankLink { account, payers, within_days }) = link else { return };
    canon.put("bank.account", account);
    for payer in payers {
        canon.put("bank.payer", payer);
    }
    canon.put("bank.within_days", &within_days.to_string());
}

//! `ledger verify`.

use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::cli::{LedgerVerifyArgs, output};
use crate::run::House;
use crate::run::verify::{ByAccount, LedgerChecked};

/// Checks the whole ledger.
///
/// Ends with 1 when something is wrong, else with [`UNPROVED`] when something could not be shown.
pub(crate) async fn run(house: &House, args: LedgerVerifyArgs) -> Result<u8, Failure> {
    let _lock = house.lock("ledger verify").await?;
    let checked = house.check_ledger().await?;
    if args.json {
        output::line(&serde_json::to_string_pretty(&checked).unwrap_or_default());
    } else {
        say(&checked);
    }
    let problems = checked.problems.count;
    if problems > 0 {
        return Err(Failure::Verdict(format!(
            "{problems} problem(s) with the ledger: keep it as it is, and compare it with its last good copy"
        )));
    }
    Ok(if checked.is_whole() { DONE } else { UNPROVED })
}

fn say(checked: &LedgerChecked) {
    let LedgerChecked { histories, chain, readings, reports, problems } = checked;
    output::line(&format!("histories  {} were read", histories.histories));
    output::line(&format!(
        "chain      {} anchors over {} entries; {} entries since the last report",
        chain.anchors, chain.entries, chain.since
    ));
    if chain.pruned > 0 {
        output::line(&format!(
            "           {} of them were pruned, the newest of {}: only that they were there can be shown",
            chain.pruned, chain.newest_pruned
        ));
    }
    output::line(&format!(
        "answers    {} words say what their archived answers say; {} claim nothing; {} are rows of files",
        readings.shown, readings.claims_nothing, readings.of_files
    ));
    if readings.no_longer_kept > 0 {
        output::line(&format!(
            "           {} could not be shown: their answers are no longer kept",
            readings.no_longer_kept
        ));
    }
    by_account(&readings.without_account, "could not be shown: it is not in the configuration");
    by_account(
        &readings.older_key,
        "could not be shown: their signatures do not fit its key, which seems to have been changed since",
    );
    output::line(&format!(
        "reports    {} manifests are in the chain, {} name no anchor; the rows of {} dates add up",
        reports.anchored, reports.without_anchor, reports.compared
    ));
    if reports.pruned > 0 {
        output::line(&format!(
            "           rows of {} dates were pruned: their sums could not be compared",
            reports.pruned
        ));
    }
    for problem in &problems.named {
        output::line(&format!("✗ {problem}"));
    }
    output::line(match (problems.count, checked.is_whole()) {
        (0, true) => "the ledger is what was written",
        (0, false) => "nothing is wrong with what could be shown",
        (_, _) => "the ledger is not what was written",
    });
}

fn by_account(counts: &ByAccount, what: &str) {
    for (account, count) in counts {
        output::line(&format!("           {count} of {account} {what}"));
    }
}

//! `ledger verify`.

use crate::app::App;
use crate::cli::answer::{Answer, lines};
use crate::cli::exit::{DONE, UNPROVED};
use crate::cli::failure::Failure;
use crate::run::verify::{ByAccount, LedgerChecked};

/// Checks the whole ledger.
///
/// Ends with 1 when something is wrong, else with [`UNPROVED`] when something could not be shown.
pub(crate) async fn run(app: &App) -> Result<Answer, Failure> {
    let _lock = app.lock("ledger verify").await?;
    let checked = app.check_ledger().await?;
    let problems = checked.problems.count;
    let failure = (problems > 0).then(|| {
        Failure::Verdict(format!(
            "{problems} problem(s) with the ledger: keep it as it is, and compare it with its last good copy"
        ))
    });
    let code = if checked.is_whole() { DONE } else { UNPROVED };
    Ok(Answer::new(code, lines(text(&checked)), &checked).and_failed(failure))
}

fn text(checked: &LedgerChecked) -> Vec<String> {
    let mut text = Vec::new();
    let LedgerChecked { histories, chain, readings, words, reports, problems } = checked;
    text.push(format!("histories  {} were read", histories.histories));
    text.push(format!(
        "chain      {} anchors over {} entries; {} entries since the last report",
        chain.anchors, chain.entries, chain.since
    ));
    if chain.pruned > 0 {
        text.push(format!(
            "           {} of them were pruned, the newest of {}: only that they were there can be shown",
            chain.pruned, chain.newest_pruned
        ));
    }
    text.push(format!(
        "answers    {} words say what their archived answers say; {} claim nothing; {} are rows of files",
        readings.shown, readings.claims_nothing, readings.of_files
    ));
    if readings.no_longer_kept > 0 {
        text.push(format!(
            "           {} could not be shown: their answers are no longer kept",
            readings.no_longer_kept
        ));
    }
    if readings.locked > 0 {
        text.push(format!(
            "           {} could not be shown: their answers are encrypted, and [archive] identity is not set or \
             does not open them",
            readings.locked
        ));
    }
    by_account(
        &mut text,
        &readings.without_account,
        "could not be shown: it is not in the configuration",
    );
    by_account(
        &mut text,
        &readings.older_key,
        "could not be shown: their signatures do not fit its key, which seems to have been changed since",
    );
    text.push(format!(
        "words      of {} dates all are there that their reports rest on; {} came since",
        words.dates, words.since
    ));
    if words.pruned > 0 {
        text.push(format!("           those of {} dates were pruned", words.pruned));
    }
    text.push(format!(
        "reports    {} manifests are in the chain, {} name no anchor; the rows of {} dates add up",
        reports.anchored, reports.without_anchor, reports.compared
    ));
    if reports.pruned > 0 {
        text.push(format!(
            "           rows of {} dates were pruned: their sums could not be compared",
            reports.pruned
        ));
    }
    for problem in &problems.named {
        text.push(format!("✗ {problem}"));
    }
    let verdict = match (problems.count, checked.is_whole()) {
        (0, true) => "the ledger is what was written",
        (0, false) => "nothing is wrong with what could be shown",
        (_, _) => "the ledger is not what was written",
    };
    text.push(verdict.to_owned());
    text
}

fn by_account(text: &mut Vec<String>, counts: &ByAccount, what: &str) {
    text.extend(
        counts.iter().map(|(account, count)| format!("           {count} of {account} {what}")),
    );
}

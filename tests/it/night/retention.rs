//! Goal: what the settings call old goes at the end of a job, and nothing that is not finished does.
//! Method: a night, and another one three months later, by a rehearsal's clock.

use std::process::Output;

use super::{DATE, On, Rehearsal, code, rows, stderr, stdout};

const LATER: &str = "2027-02-20";

on_each_ledger! {
    a_job_removes_what_is_old_and_finished
}

fn later(rehearsal: &Rehearsal, arguments: &[&str]) -> Output {
    let mut command = rehearsal.command(arguments);
    command.env("DUIZHANG_REHEARSAL_CLOCK", "2027-02-21T02:30:00+08:00").output().unwrap()
}

/// How many rows a table has.
fn count(rehearsal: &Rehearsal, table: &str) -> u64 {
    let status = stdout(&rehearsal.run(&["ledger", "status"]));
    let line = status.lines().find(|line| line.split_whitespace().next() == Some(table)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn a_job_removes_what_is_old_and_finished(on: On) {
    let rehearsal = Rehearsal::start(on, 600, 0);
    rehearsal.edit_config("language = \"zh\"", "language = \"en\"");
    assert_eq!(code(&rehearsal.nightly()), 4);
    let not_closed = rows(&rehearsal.report_text("_discrepancies.csv"));
    let header = std::fs::read_to_string(rehearsal.orders()).unwrap();
    let orders = rehearsal.path("orders").join(format!("{LATER}.csv"));
    std::fs::write(orders, header.lines().next().unwrap()).unwrap();
    let before = count(&rehearsal, "merchant_order");
    // Without a setting, everything stays.
    let night = later(&rehearsal, &["run", "nightly", "--date", LATER]);
    assert_eq!(code(&night), 4, "{}", stderr(&night));
    assert_eq!(count(&rehearsal, "merchant_order"), before);
    let counted = later(&rehearsal, &["ledger", "prune", "--before", "2026-12-20", "--dry-run"]);
    assert_eq!(code(&counted), 0, "{}", stderr(&counted));
    assert!(stdout(&counted).contains("would be removed"), "{}", stdout(&counted));
    assert!(stdout(&counted).contains("stay: a discrepancy is not closed"), "{}", stdout(&counted));
    assert_eq!(count(&rehearsal, "merchant_order"), before);
    // With one, what agreed goes at the end of the next job.
    rehearsal
        .edit_config("[ledger]", "[archive]\nretention_days = 62\n\n[ledger]\nretention_days = 62");
    let night = later(&rehearsal, &["run", "nightly", "--date", LATER]);
    assert_eq!(code(&night), 4, "{}", stderr(&night));
    for expected in ["removed what is old from the ledger", "removed old files from the archive"] {
        assert!(stderr(&night).contains(expected), "{}", stderr(&night));
    }
    let left = count(&rehearsal, "merchant_order");
    assert!(left < before / 2 && left > 0, "{left} of {before}");
    let line = stdout(&counted)
        .lines()
        .find(|line| line.starts_with("merchant_order"))
        .map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap());
    assert_eq!(line, Some(before - left), "as it was counted");
    // What is open can still be looked at, with both sides and its history.
    let open = not_closed.iter().find(|row| row[9] == "paid_only_at_provider").unwrap();
    let shown = rehearsal.run(&["discrepancy", "show", &open[0]]);
    assert!(stdout(&shown).contains("raised") && stdout(&shown).contains(&open[13]));
    let again = later(&rehearsal, &["ledger", "prune", "--before", DATE]);
    assert!(stdout(&again).contains("nothing is older than 2026-11-18"), "{}", stdout(&again));
}

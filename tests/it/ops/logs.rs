//! What a run says of itself on standard error.

use std::collections::BTreeSet;

use serde_json::Value;
use tempfile::TempDir;

use super::{duizhang, stderr, stdout};

const STEPS: [&str; 5] = ["import_orders", "pull", "balances", "reconcile", "report"];

#[test]
fn the_demo_proves_itself_twice_over_the_same_files_and_its_log_can_be_read() {
    let folder = TempDir::new().unwrap();
    let demo = |log: &[&str]| {
        let arguments = [log, &["demo", "--date", "2026-06-17"]].concat();
        let output = duizhang(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
        assert!(stdout(&output).contains("PROVED"), "{}", stdout(&output));
        assert!(stdout(&output).contains("相差 0.00 元"), "{}", stdout(&output));
        stderr(&output)
    };
    every_line_of_a_run_has_its_id_each_step_one_line_and_the_run_one(&demo(&[
        "--log-format",
        "json",
    ]));
    a_quiet_run_says_what_has_to_be_read(&demo(&["--quiet"]));
}

fn every_line_of_a_run_has_its_id_each_step_one_line_and_the_run_one(log: &str) {
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut ids = BTreeSet::new();
    let mut done = Vec::new();
    let of_run = lines.iter().filter(|line| line["spans"].is_array());
    for line in of_run.clone() {
        ids.insert(line["spans"][0]["run"].as_str().unwrap());
        if line["message"] == "step done" {
            assert!(line["counts"].as_str().unwrap().contains('='), "{line}");
            done.push(line["spans"][1]["step"].as_str().unwrap());
        }
    }
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(ids.first().unwrap().starts_with("nightly-2026-06-17-"), "{ids:?}");
    for step in STEPS {
        assert_eq!(done.iter().filter(|name| **name == step).count(), 1, "{step}: {done:?}");
    }
    let summaries: Vec<_> = of_run.filter(|line| line["target"] == "duizhang::summary").collect();
    assert_eq!(summaries.len(), 1, "{summaries:?}");
    assert_eq!(summaries[0]["unproved"], "mmsp-main,xxpay-main");
}

fn a_quiet_run_says_what_has_to_be_read(log: &str) {
    assert!(!log.contains("step done") && !log.contains(" INFO "), "{log}");
    assert_eq!(log.matches("but not everything is proved").count(), 1, "{log}");
    assert!(log.lines().all(|line| !line.contains("run:") || line.contains("nightly-2026-06-17-")));
}

//! What a run says of itself on standard error.

use std::collections::BTreeSet;

use serde_json::Value;
use tempfile::TempDir;

use super::{duizhang, stderr};

const STEPS: [&str; 5] = ["import_orders", "pull", "balances", "reconcile", "report"];

#[test]
fn every_line_of_a_run_has_its_id_each_step_one_line_and_the_run_one() {
    let folder = TempDir::new().unwrap();
    let output = duizhang(folder.path(), &["--log-format", "json", "demo", "--date", "2026-06-17"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines: Vec<Value> =
        stderr(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
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

#[test]
fn a_quiet_run_says_what_has_to_be_read() {
    let folder = TempDir::new().unwrap();
    let output = duizhang(folder.path(), &["--quiet", "demo", "--date", "2026-06-17"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(!said.contains("step done") && !said.contains(" INFO "), "{said}");
    assert_eq!(said.matches("but not everything is proved").count(), 1, "{said}");
    assert!(
        said.lines().all(|line| !line.contains("run:") || line.contains("nightly-2026-06-17-"))
    );
}

//! The shipped deployment files: units that systemd takes, commands that the program has, metrics
//! that exist.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Command;

use clap::{CommandFactory, Parser};
use duizhang::cli::Cli;
use duizhang::metrics::FAMILIES;
use serde_json::Value;
use tempfile::TempDir;

use super::shipped;

const UNITS: [&str; 3] = ["duizhang.service", "duizhang-nightly.service", "duizhang-nightly.timer"];

fn unit(name: &str) -> String {
    shipped(&format!("deploy/systemd/{name}"))
}

/// Whether the program understands these arguments.
fn understood(file: &str, arguments: &[String]) {
    let command = Cli::command();
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    // A build without the daemon has nothing to hold against its unit.
    if named("daemon") && command.find_subcommand("daemon").is_none() {
        return;
    }
    let line = std::iter::once("duizhang".to_owned()).chain(arguments.iter().cloned());
    if let Err(error) = Cli::try_parse_from(line) {
        panic!("{file}: {arguments:?}: {error}");
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn list(text: &str) -> Vec<String> {
    serde_json::from_str(text.trim()).unwrap()
}

#[test]
fn every_command_in_the_deployment_files_is_one_that_the_program_has() {
    for name in ["duizhang.service", "duizhang-nightly.service"] {
        let unit = unit(name);
        let mut commands = unit.lines().filter_map(|line| line.strip_prefix("ExecStart="));
        let command = commands.next().unwrap().strip_prefix("/usr/local/bin/duizhang ").unwrap();
        understood(name, &words(command));
        assert_eq!(commands.next(), None);
    }
    let crontab = shipped("deploy/crontab");
    let lines: Vec<&str> =
        crontab.lines().filter(|line| line.contains("/usr/local/bin/duizhang ")).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let (schedule, command) = line.split_once(" /usr/local/bin/duizhang ").unwrap();
        assert_eq!(schedule.split(' ').count(), 6, "five fields and the user: {line}");
        assert!(!line.contains('%'), "{line}");
        understood("crontab", &words(command));
    }
    let cronjob = shipped("deploy/kubernetes/cronjob.yaml");
    let arguments = cronjob.lines().find_map(|line| line.trim().strip_prefix("args: ")).unwrap();
    understood("cronjob.yaml", &list(arguments));
    let dockerfile = shipped("deploy/docker/Dockerfile");
    let command = dockerfile.lines().find_map(|line| line.strip_prefix("CMD ")).unwrap();
    understood("Dockerfile", &list(command));
}

#[test]
fn a_cluster_runs_it_once_unprivileged_and_on_time() {
    let cronjob = shipped("deploy/kubernetes/cronjob.yaml");
    for wanted in [
        "timeZone: Asia/Shanghai",
        "concurrencyPolicy: Forbid",
        "restartPolicy: Never",
        "backoffLimit: 2",
        "readOnlyRootFilesystem: true",
        "runAsNonRoot: true",
        "defaultMode: 0440",
        "values: [2, 4]",
        "values: [75]",
    ] {
        assert!(cronjob.contains(wanted), "{wanted}");
    }
    assert!(!cronjob.contains("secretKeyRef"), "secrets are files");
    let dockerfile = shipped("deploy/docker/Dockerfile");
    assert!(dockerfile.contains("\nFROM scratch\n") && dockerfile.contains("\nUSER 10001:10001\n"));
}

#[test]
fn systemd_takes_the_units() {
    let version = Command::new("systemd-analyze").arg("--version").output();
    if version.is_err() {
        let message = "\nThe units are not verified: there is no systemd-analyze here\n";
        // Not with a macro, whose output is kept back.
        std::io::stderr().write_all(message.as_bytes()).unwrap();
        return;
    }
    let folder = TempDir::new().unwrap();
    for name in UNITS {
        // It looks whether the program is there, too.
        let text = unit(name).replace("/usr/local/bin/duizhang", env!("CARGO_BIN_EXE_duizhang"));
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let output = Command::new("systemd-analyze")
        .arg("verify")
        .args(UNITS.map(|name| folder.path().join(name)))
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    // What it says of other units of this machine is not about ours.
    let ours: Vec<&str> = message.lines().filter(|line| line.contains("duizhang")).collect();
    assert!(output.status.success() && ours.is_empty(), "{message}");
    let service = unit("duizhang-nightly.service");
    assert!(service.contains("\nSuccessExitStatus=75\n"), "4 is not a success");
    assert!(unit("duizhang-nightly.timer").contains("\nPersistent=true\n"));
}

#[test]
fn every_alert_is_about_a_metric_that_exists_and_the_first_about_a_run_that_did_not() {
    let rules = shipped("deploy/prometheus/duizhang.rules.yml");
    let known: BTreeSet<&str> = FAMILIES.iter().map(|family| family.name).collect();
    let mut named = BTreeSet::new();
    for word in rules.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        if word.starts_with("duizhang_") {
            assert!(known.contains(word), "{word} does not exist");
            named.insert(word);
        }
    }
    let alerts: Vec<&str> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert_eq!(alerts.first(), Some(&"DuizhangJobDidNotRun"));
    assert_eq!(rules.matches("summary: ").count(), alerts.len());
    assert_eq!(rules.matches(" do: ").count(), alerts.len());
    for metric in [
        "duizhang_job_due_timestamp_seconds",
        "duizhang_account_verdict",
        "duizhang_unexplained_yuan",
        "duizhang_discrepancies_open_by_severity",
        "duizhang_calls_total",
    ] {
        assert!(named.contains(metric), "no alert about {metric}");
    }
}

#[test]
fn every_panel_of_the_board_shows_a_metric_that_exists() {
    let board: Value = serde_json::from_str(&shipped("deploy/grafana/duizhang.json")).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let mut ids = BTreeSet::new();
    let mut named = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        assert!(!panel["title"].as_str().unwrap().is_empty(), "{panel}");
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{panel}");
        for target in targets {
            let expr = target["expr"].as_str().unwrap();
            let words = expr.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let metrics: Vec<&str> = words.filter(|it| it.starts_with("duizhang_")).collect();
            assert!(!metrics.is_empty(), "{expr}");
            for metric in metrics {
                let family = FAMILIES.iter().find(|family| family.name == metric);
                named.insert(family.unwrap_or_else(|| panic!("{metric} does not exist")).name);
            }
        }
    }
    for metric in
        ["duizhang_account_verdict", "duizhang_unexplained_yuan", "duizhang_job_last_exit_code"]
    {
        assert!(named.contains(metric), "no panel about {metric}");
    }
}

#[test]
fn the_package_has_only_files_that_exist_or_that_the_command_makes() {
    let manifest: toml::Table = shipped("Cargo.toml").parse().unwrap();
    let deb = &manifest["package"]["metadata"]["deb"];
    let script = shipped("deploy/package.sh");
    let mut parts = BTreeSet::new();
    for asset in deb["assets"].as_array().unwrap() {
        let source = asset[0].as_str().unwrap();
        if let Some(made) = source.strip_prefix("target/package/") {
            let folder = made.split(['/', '.']).next().unwrap();
            assert!(script.contains(&format!("\"$parts/{folder}")), "{source}");
            parts.insert(folder);
        } else if source == "docs/*.md" {
            assert!(!shipped("docs/operator-guide.md").is_empty());
        } else {
            assert!(source == "target/release/duizhang" || !shipped(source).is_empty(), "{source}");
        }
        assert!(!asset[1].as_str().unwrap().starts_with('/'), "{asset}");
    }
    assert_eq!(parts, BTreeSet::from(["crontab", "duizhang", "man", "units"]));
    assert!(!shipped(deb["license-file"][0].as_str().unwrap()).is_empty());
    // The package's program is where its units look for it.
    assert_eq!(script.matches("s:/usr/local/bin/duizhang:/usr/bin/duizhang:").count(), 2);
}

#[test]
fn every_deployment_file_says_what_people_get_wrong() {
    let readme = shipped("deploy/README.md");
    for file in [
        "systemd/duizhang.service",
        "systemd/duizhang-nightly.service",
        "systemd/duizhang-nightly.timer",
        "crontab",
        "kubernetes/cronjob.yaml",
        "docker/Dockerfile",
        "prometheus/duizhang.rules.yml",
        "grafana/duizhang.json",
        "package.sh",
    ] {
        assert!(shipped(&format!("deploy/{file}")).contains("What people get wrong"), "{file}");
        let name = file.rsplit_once('.').map_or(file, |(_, ending)| ending);
        assert!(readme.contains(name), "{file}");
    }
}

//! `init`, and what `check` says of what it made.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::{duizhang, shipped, stderr, stdout};

const ALL: [&str; 5] = ["icashier", "lhxpay", "mmsp", "xxpay", "zhangxun"];

fn set_up(providers: &[&str], language: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut arguments = vec!["init", ".", "--language", language];
    for provider in providers {
        arguments.extend(["--provider", provider]);
    }
    let output = duizhang(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    folder
}

fn write_secret(folder: &Path, name: &str, text: &str) {
    let path = folder.join("secrets").join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
}

/// The published test keys.
fn write_secrets(folder: &Path) {
    let vectors: Value = serde_json::from_str(&shipped("samples/vectors.json")).unwrap();
    let key = |name: &str| vectors["keys"][name].as_str().unwrap().to_owned();
    for name in ["icashier-main.key", "lhxpay-main.key", "xxpay-main.key", "zhangxun-main.key"] {
        write_secret(folder, name, "testkeyC0123456789");
    }
    write_secret(folder, "mmsp-main.key", &key("mmsp_test_md5_key"));
    let private = key("mmsp_test_merchant_private_pkcs8_b64");
    write_secret(folder, "mmsp-main-merchant.pem", &private);
    write_secret(folder, "mmsp-main-platform.pem", &key("mmsp_test_platform_public_spki_b64"));
}

/// Writes other addresses and numbers than the template's.
fn fill_in(folder: &Path) {
    let path = folder.join("duizhang.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace(".example.com", ".pay.cn");
    let filled = text.lines().map(|line| {
        let is_number = ["_no =", "_id =", "app_key ="].iter().any(|key| line.contains(key));
        let mut parts = line.splitn(3, '"');
        match (is_number && !line.starts_with('#'), parts.next(), parts.next(), parts.next()) {
            (true, Some(head), Some(value), Some(rest)) if !value.is_empty() => {
                format!("{head}\"{}7\"{rest}\n", &value[..value.len() - 1])
            }
            _ => format!("{line}\n"),
        }
    });
    std::fs::write(path, filled.collect::<String>()).unwrap();
}

fn check(folder: &Path) -> (Option<i32>, String) {
    let output = duizhang(folder, &["check"]);
    (output.status.code(), stdout(&output))
}

#[test]
fn what_init_makes_is_in_order_once_the_secrets_are_there() {
    for language in ["zh", "en"] {
        let folder = set_up(&ALL, language);
        let mode = folder.path().join("secrets").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);

        let (code, printed) = check(folder.path());
        assert_eq!(code, Some(2), "{printed}");
        let readme = std::fs::read_to_string(folder.path().join("secrets/README.md")).unwrap();
        let missing = [
            "icashier-main.key",
            "lhxpay-main.key",
            "mmsp-main.key",
            "mmsp-main-merchant.pem",
            "mmsp-main-platform.pem",
            "xxpay-main.key",
            "zhangxun-main.key",
        ];
        for name in missing {
            assert_eq!(
                printed.matches(&format!("secrets/{name}, ")).count(),
                1,
                "{name}: {printed}"
            );
            assert!(readme.contains(&format!("`secrets/{name}`")), "{readme}");
        }
        assert!(printed.contains("secrets        7 problems"), "{printed}");

        write_secrets(folder.path());
        // The examples are not taken for addresses and numbers of a platform.
        let (code, printed) = check(folder.path());
        assert_eq!(code, Some(2), "{printed}");
        for example in ["\"https://icashier.example.com\"", "\"20001222\"", "\"demo-app\""] {
            assert!(printed.contains(example), "{example}: {printed}");
        }
        fill_in(folder.path());
        let (code, printed) = check(folder.path());
        assert_eq!(code, Some(0), "{printed}");
        assert!(printed.contains("everything is set up"), "{printed}");
    }
}

#[test]
fn init_writes_the_chosen_platforms_only_and_never_over_anything() {
    let folder = set_up(&["xxpay"], "en");
    let path = folder.path().join("duizhang.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("provider = \"xxpay\""), "{text}");
    assert!(!text.contains("mmsp"), "{text}");
    let again = duizhang(folder.path(), &["init", "--provider", "mmsp"]);
    assert_eq!(again.status.code(), Some(2));
    for name in ["duizhang.toml", "secrets/README.md", "orders/example.csv", "jobs/nightly.toml"] {
        assert!(stderr(&again).contains(name), "{name}: {}", stderr(&again));
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn init_without_a_terminal_needs_the_platforms() {
    let folder = TempDir::new().unwrap();
    let output = duizhang(folder.path(), &["init"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("--provider: file, icashier, jeepay, lhxpay"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn check_says_everything_at_once_and_goes_on_after_each_problem() {
    let folder = set_up(&["xxpay", "icashier"], "en");
    write_secrets(folder.path());
    let at = |name: &str| folder.path().join(name);
    std::fs::set_permissions(at("secrets/xxpay-main.key"), PermissionsExt::from_mode(0o644))
        .unwrap();
    std::fs::remove_file(at("secrets/icashier-main.key")).unwrap();
    std::fs::write(at("jobs/nightly.toml"), "schedule = \"30 25 * * *\"\nsteps = [\"pull\"]\n")
        .unwrap();
    std::fs::write(
        at("jobs/till.toml"),
        "schedule = \"@daily\"\nsteps = [\"pull\"]\naccounts = [\"till\"]\n",
    )
    .unwrap();
    std::fs::write(at("calendar-2026.toml"), "[2020]\nholidays = []\nworkdays = []\n").unwrap();
    std::fs::remove_dir_all(at("orders")).unwrap();
    std::fs::write(at("var"), "in the way").unwrap();
    let text = std::fs::read_to_string(at("duizhang.toml")).unwrap();
    std::fs::write(at("duizhang.toml"), text.replacen("cutoff = ", "cutof = ", 1)).unwrap();

    let (code, printed) = check(folder.path());
    assert_eq!(code, Some(2), "{printed}");
    for wanted in [
        "unknown key \"cutof\"",
        "did you mean \"cutoff\"?",
        "secrets/icashier-main.key, which cannot be used",
        "secrets/xxpay-main.key, which every user can read",
        "chmod 600 secrets/xxpay-main.key",
        "not a schedule",
        "\"till\", which no [[account]] is called",
        "the calendar does not have 2026",
        "there is no folder",
        "reports        1 problem",
        "archive        1 problem",
        "ledger         1 problem",
        "disk",
    ] {
        assert!(printed.contains(wanted), "{wanted}:\n{printed}");
    }
    // An account with a problem is still an account: no job is blamed for it.
    assert!(!printed.contains("\"icashier-main\", which no"), "{printed}");
    // Every problem says what to do.
    let problems = printed.matches("\n  ✗ ").count();
    assert!(printed.contains(&format!("{problems} problems have to be put right")), "{printed}");
}

#[test]
fn check_without_a_configuration_says_how_to_make_one() {
    let folder = TempDir::new().unwrap();
    let (code, printed) = check(folder.path());
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("duizhang init"), "{printed}");
}

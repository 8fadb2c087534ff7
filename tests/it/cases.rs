//! Goal: files as people really have them are read, or refused by line, as they should be. Method: small
//! invented files, a folder for each kind of trouble, with the configuration that reads it and the
//! expected reading (`UPDATE_EXPECT=1` writes it anew), read in this process and kept nowhere.
//!
//! What becomes of such files over nights is in `bills`, `own_rows`, `orders_again` and `currencies`.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use duizhang::business_day::{BusinessDate, Timestamp};
use duizhang::config::{self, Config, Language};
use duizhang::explain::{self, Asked, Explained};

use crate::intake::is_updating;

/// 2026-11-21 04:00 in Beijing.
const NOW: Timestamp = Timestamp::from_epoch_seconds(1_795_204_800);

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/files/cases")
}

/// The files below a folder, by their path in it.
fn files(folder: &Path, below: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder.join(below)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        if folder.join(&name).is_dir() {
            files(folder, &name, found);
        } else if !["duizhang.toml", "expected.txt"].contains(&name.as_str()) {
            found.push(name);
        }
    }
    found.sort();
}

fn config_of(text: &str) -> Config {
    let base = tempfile::tempdir().unwrap();
    let key = base.path().join("key");
    // The simulator's, which has signed what is signed.
    std::fs::write(&key, "demoKeyE").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let path = base.path().join("duizhang.toml");
    std::fs::write(&path, text).unwrap();
    config::load(&path, &|_| None).unwrap()
}

fn explained(config: &Config, path: &Path, name: &str) -> Explained {
    let account = config.accounts.first();
    let date = Some(BusinessDate::parse("2026-11-20").unwrap());
    let asked = Asked { config, path, name, account, date, now: NOW, parts: &[] };
    match name {
        "m.csv" => explain::movements(&asked),
        "n.log" => explain::notifications(&asked, account.unwrap()),
        name if name.starts_with("orders/") || name.starts_with('a') => {
            explain::orders_as_configured(&asked)
        }
        _ => explain::statement_as_configured(&asked, account.unwrap()),
    }
}

#[test]
fn every_case_is_read_as_it_should_be() {
    let mut folders: Vec<_> =
        std::fs::read_dir(cases()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() >= 38, "{}", folders.len());
    let mut wrong = Vec::new();
    for folder in folders {
        let config = config_of(&std::fs::read_to_string(folder.join("duizhang.toml")).unwrap());
        let mut names = Vec::new();
        files(&folder, "", &mut names);
        assert!(!names.is_empty(), "{}", folder.display());
        let mut found = String::new();
        for name in names {
            let explained = explained(&config, &folder.join(&name), &name);
            write!(found, "{}", explain::text(&explained, Language::En)).unwrap();
        }
        let expected = folder.join("expected.txt");
        if is_updating() {
            std::fs::write(&expected, &found).unwrap();
        }
        if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

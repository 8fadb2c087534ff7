//! A ledger that was lost is not a new one.

use std::os::unix::fs::PermissionsExt as _;

use super::{On, Rehearsal, code, stderr, stdout};

on_each_ledger! {
    a_lost_ledger_is_not_taken_for_a_new_one
}

/// Loses the ledger: its file is cut off, or its database emptied.
fn lose(rehearsal: &Rehearsal) {
    if let Some(database) = &rehearsal.database {
        return database.empty();
    }
    for name in ["ledger.db-wal", "ledger.db-shm"] {
        std::fs::remove_file(rehearsal.path(&format!("var/{name}"))).ok();
    }
    std::fs::write(rehearsal.path("var/ledger.db"), "").unwrap();
}

fn a_lost_ledger_is_not_taken_for_a_new_one(on: On) {
    let rehearsal = Rehearsal::start(on, 300, 0);
    let first = rehearsal.nightly();
    assert_eq!(code(&first), 4, "{}{}", stdout(&first), stderr(&first));
    let report = rehearsal.report();
    lose(&rehearsal);
    for arguments in
        [&["run", "nightly", "--date", super::DATE][..], &["discrepancy", "list"], &["balances"]]
    {
        let refused = rehearsal.run(arguments);
        assert_eq!(code(&refused), 2, "{arguments:?} {}", stdout(&refused));
        let printed = stderr(&refused);
        assert!(
            printed.contains("another ledger") && printed.contains("--new-ledger"),
            "{printed}"
        );
    }
    assert_eq!(rehearsal.report(), report, "nothing was touched");
    // Also where an earlier version has left no mark.
    for folder in ["reports", "archive"] {
        std::fs::remove_file(rehearsal.path(&format!("var/{folder}/.ledger"))).unwrap();
    }
    assert_eq!(code(&rehearsal.nightly()), 2);
    let accepted = rehearsal.run(&["--new-ledger", "run", "nightly", "--date", super::DATE]);
    assert_eq!(code(&accepted), 4, "{}{}", stdout(&accepted), stderr(&accepted));
    assert_eq!(code(&rehearsal.nightly()), 4, "once is enough");
}

#[test]
fn an_older_copy_of_the_ledger_is_not_taken_for_the_ledger() {
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let older = format!("sqlite://{}", rehearsal.path("var/older.db").display());
    assert_eq!(code(&rehearsal.run(&["ledger", "copy", "--to", &older])), 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    super::servers::the_next_day(&rehearsal);
    let next = ["run", "nightly", "--date", "2026-11-19"];
    assert_eq!(code(&rehearsal.run(&next)), 4);
    rehearsal.edit_config("sqlite://var/ledger.db", "sqlite://var/older.db");
    for arguments in [&next[..], &["discrepancy", "list"]] {
        let refused = rehearsal.run(arguments);
        assert_eq!(code(&refused), 2, "{arguments:?} {}", stdout(&refused));
        let printed = stderr(&refused);
        assert!(printed.contains("an older copy") && printed.contains("--new-ledger"), "{printed}");
    }
    let verified = rehearsal.run(&["ledger", "verify"]);
    assert!(stdout(&verified).contains("its end was cut off"), "{}", stdout(&verified));
    // The last good copy is taken on purpose, and goes on.
    let accepted = rehearsal.run(&[&["--new-ledger"], &next[..]].concat());
    assert_eq!(code(&accepted), 4, "{}{}", stdout(&accepted), stderr(&accepted));
    assert_eq!(code(&rehearsal.run(&next)), 4, "once is enough");
}

#[test]
fn a_copied_ledger_takes_the_place_of_its_source() {
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let to = format!("sqlite://{}", rehearsal.path("var/other.db").display());
    let copied = rehearsal.run(&["ledger", "copy", "--to", &to]);
    assert_eq!(code(&copied), 0, "{}{}", stdout(&copied), stderr(&copied));
    rehearsal.edit_config("sqlite://var/ledger.db", "sqlite://var/other.db");
    let again = rehearsal.nightly();
    assert_eq!(code(&again), 4, "{}{}", stdout(&again), stderr(&again));
}

#[test]
fn reports_are_private() {
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    rehearsal.nightly();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let folder = rehearsal.path("var/reports").join(super::DATE);
    assert_eq!(mode(&folder) & 0o027, 0, "{:o}", mode(&folder));
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path) & 0o137, 0, "{} {:o}", path.display(), mode(&path));
    }
    // And whoever else is to read them is said in the configuration.
    rehearsal.edit_config("[reports]", "[reports]\nfolder_mode = \"0755\"\nfile_mode = \"0644\"");
    rehearsal.edit_config("language = \"zh\"", "language = \"en\"");
    rehearsal.nightly();
    let manifest = folder.join("manifest.json");
    assert_eq!(mode(&manifest) & 0o044, 0o044, "{:o}", mode(&manifest));
}

//! Goal: whatever is changed in a ledger behind its back is named by `ledger verify`, on either database;
//! and a garbled page of a file by `check` as well. Method: a night, a decision, the night's report again;
//! then one alteration after the other, each of which has to add a problem of its own.

use std::io::Read;
use std::os::unix::fs::FileExt;

use serde_json::Value;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::{DATE, On, Rehearsal, code, rows, stderr, stdout};
use crate::ledger::server::wait_for;

/// A moment on the evening of the day, so that what is decided is dated to it.
const EVENING: &str = "2026-11-18T20:00:00+08:00";

/// What is changed, and what has to be said of it.
const ALTERATIONS: [(&str, &str); 12] = [
    // What is gone cannot be held against its answer.
    (
        "DELETE FROM reading WHERE source = 1 AND order_no = \
         (SELECT min(order_no) FROM reading WHERE source = 1 AND evidence <> 0)",
        "are there: words were taken out of the ledger",
    ),
    (
        "UPDATE reading SET amount_minor = amount_minor + 1 WHERE source = 2 AND order_no = \
         (SELECT min(order_no) FROM reading WHERE source = 2 AND amount_minor IS NOT NULL)",
        "the amount in the ledger is not what its archived answer says",
    ),
    (
        "UPDATE reading SET status = 2 WHERE source = 1 AND order_no = \
         (SELECT max(order_no) FROM reading WHERE source = 1)",
        "the status in the ledger is not what its archived answer says",
    ),
    ("UPDATE anchor SET word_count = word_count - 1 WHERE sequence = 2", "anchor 2, of the report"),
    ("UPDATE anchor SET word_evidence = 0", ", 0 are there"),
    (
        "UPDATE day_total SET merchant_minor = merchant_minor - 1 WHERE merchant_minor > 0",
        "the totals of 2026-11-18 in the ledger",
    ),
    (
        "UPDATE discrepancy_version SET provider_amount_minor = provider_amount_minor + 1 \
         WHERE discrepancy_id = (SELECT max(discrepancy_id) FROM discrepancy \
         WHERE provider_amount_minor IS NOT NULL)",
        "provider_amount adds up to",
    ),
    (
        "UPDATE discrepancy SET difference_minor = difference_minor + 1 WHERE discrepancy_id = \
         (SELECT min(discrepancy_id) FROM discrepancy WHERE state <> 5)",
        "is not what its last entry",
    ),
    ("UPDATE discrepancy_event SET person = 'wang' WHERE event = 'written_off'", "entry 2 of "),
    (
        "UPDATE anchor SET entry_count = entry_count + 1 WHERE sequence = 1",
        "anchor 1, of the report of 2026-11-18, is not what was written",
    ),
    (
        "DELETE FROM discrepancy_event WHERE discrepancy_id = \
         (SELECT min(discrepancy_id) FROM discrepancy WHERE state = 5)",
        "has a row and no history",
    ),
    ("DELETE FROM anchor WHERE sequence = 2", "its end was cut off"),
];

fn alter(rehearsal: &Rehearsal, on: On, text: &str) {
    let text = AssertSqlSafe(text.to_owned());
    wait_for(async {
        let changed = match on {
            On::Postgres => {
                rehearsal.database().connect().await.execute(text).await.unwrap().rows_affected()
            }
            On::Sqlite => {
                let path = rehearsal.path("var/ledger.db");
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
                options.connect().await.unwrap().execute(text).await.unwrap().rows_affected()
            }
        };
        assert!(changed > 0);
    });
}

/// The problems that `ledger verify` finds, and how many.
fn problems(rehearsal: &Rehearsal) -> (u64, String) {
    let output = rehearsal.run(&["ledger", "verify", "--json"]);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    let found: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let named = found["problems"]["named"].to_string();
    (found["problems"]["count"].as_u64().unwrap(), named)
}

pub(super) fn whatever_is_changed_in_a_ledger_is_named(on: On) {
    let rehearsal = Rehearsal::start(on, 300, 0);
    rehearsal.edit_config("language = \"zh\"", "language = \"en\"");
    assert_eq!(code(&rehearsal.nightly()), 4);
    let found = rows(&rehearsal.report_text("_discrepancies.csv"));
    let lost = &found.iter().find(|row| row[9] == "missing_at_provider").unwrap()[0];
    let decided = rehearsal
        .command(&["discrepancy", "write-off", lost, "--note", "small", "--person", "li"])
        .env("DUIZHANG_REHEARSAL_CLOCK", EVENING)
        .output()
        .unwrap();
    assert_eq!(code(&decided), 0, "{}", stderr(&decided));
    assert_eq!(code(&rehearsal.nightly()), 4);
    let right = rehearsal.run(&["ledger", "verify"]);
    assert_eq!(code(&right), 0, "{}{}", stdout(&right), stderr(&right));
    assert!(stdout(&right).contains("2 anchors over"), "{}", stdout(&right));
    assert!(stdout(&right).contains("2 manifests are in the chain, 0 name"), "{}", stdout(&right));
    let shown: Value =
        serde_json::from_str(&stdout(&rehearsal.run(&["ledger", "verify", "--json"]))).unwrap();
    assert!(shown["readings"]["shown"].as_u64().unwrap() > 200, "{shown}");
    let mut known = String::new();
    for (text, expected) in ALTERATIONS {
        alter(&rehearsal, on, text);
        let (_, named) = problems(&rehearsal);
        assert!(!known.contains(expected) && named.contains(expected), "{text}: {named}");
        known = named;
    }
}

/// The two lines that encrypt an archive and read it. Key and recipient were made for this test.
const ENCRYPTED: [&str; 2] = [
    "encrypt_to = [\"age1u357qdx97c00wxmuhce70uwavf8a5fcucy8dcmxfpcm65hmruenqprfau2\"]",
    "identity = { env = \"ARCHIVE_IDENTITY\" }",
];
const IDENTITY: &str = "AGE-SECRET-KEY-1KJNJQFXWDJG4GNS0WKQDZ6AAC88MKALUKEDQ9Y673MTMZJLADCPST00859";

#[test]
fn answers_that_were_changed_or_are_gone_are_named() {
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let archive = std::fs::read_dir(rehearsal.path("var/archive")).unwrap();
    let mut files: Vec<_> = archive.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|kind| kind == "gz"));
    files.sort();
    let bytes = std::fs::read(&files[0]).unwrap();
    let mut altered = bytes.clone();
    altered[bytes.len() / 2] ^= 0x10;
    std::fs::write(&files[0], altered).unwrap();
    assert!(problems(&rehearsal).1.contains("is damaged"));
    std::fs::remove_file(&files[0]).unwrap();
    let (count, named) = problems(&rehearsal);
    assert!(count > 10 && named.contains("is gone from the archive"), "{named}");
    std::fs::write(&files[0], bytes).unwrap();
    assert_eq!(code(&rehearsal.run(&["ledger", "verify"])), 0);
    // With another key, nothing can be shown of what it signed, and nobody is accused.
    let key = std::fs::read_to_string(rehearsal.path("duizhang.toml")).unwrap();
    let name = key
        .lines()
        .find_map(|line| line.trim().strip_prefix("key = { env = \""))
        .map(|rest| rest.split('"').next().unwrap().to_owned());
    if let Some(name) = name {
        let other = rehearsal.command(&["ledger", "verify"]).env(name, "another").output().unwrap();
        assert_eq!(code(&other), 4, "{}{}", stdout(&other), stderr(&other));
        assert!(stdout(&other).contains("do not fit its key"), "{}", stdout(&other));
    }
}

#[test]
fn encrypted_answers_are_shown_where_the_identity_is_and_counted_elsewhere() {
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    let [encrypted, read] = ENCRYPTED;
    rehearsal.edit_config("[ledger]", &format!("[archive]\n{encrypted}\n\n[ledger]"));
    assert_eq!(code(&rehearsal.nightly()), 4);
    let archive = std::fs::read_dir(rehearsal.path("var/archive")).unwrap();
    let mut unpacked = Vec::new();
    for path in archive.map(|entry| entry.unwrap().path()) {
        if path.extension().is_some_and(|kind| kind == "gz") {
            let bytes = std::fs::read(&path).unwrap();
            flate2::read::MultiGzDecoder::new(&*bytes).read_to_end(&mut unpacked).unwrap();
        }
    }
    assert!(!unpacked.windows(9).any(|part| part == b"mmsp-main"));
    let locked = rehearsal.run(&["ledger", "verify"]);
    assert_eq!(code(&locked), 4, "{}{}", stdout(&locked), stderr(&locked));
    assert!(stdout(&locked).contains("[archive] identity is not set"), "{}", stdout(&locked));
    assert!(stdout(&locked).contains("answers    0 words say"), "{}", stdout(&locked));
    let check = rehearsal.run(&["check"]);
    assert!(stdout(&check).contains("cannot be read here"), "{}", stdout(&check));

    rehearsal.edit_config(encrypted, &format!("{encrypted}\n{read}"));
    let verify = rehearsal
        .command(&["ledger", "verify", "--json"])
        .env("ARCHIVE_IDENTITY", IDENTITY)
        .output()
        .unwrap();
    assert_eq!(code(&verify), 0, "{}{}", stdout(&verify), stderr(&verify));
    let shown: Value = serde_json::from_str(&stdout(&verify)).unwrap();
    assert!(shown["readings"]["shown"].as_u64().unwrap() > 40, "{shown}");
    assert_eq!(shown["readings"]["locked"], 0);
}

#[test]
fn a_garbled_page_is_found_by_check_and_by_ledger_verify() {
    const PAGE: u64 = 16 * 1024;
    let rehearsal = Rehearsal::start(On::Sqlite, 300, 0);
    assert_eq!(code(&rehearsal.nightly()), 4);
    let path = rehearsal.path("var/ledger.db");
    // What is still in the log goes into the file, as it does sooner or later.
    wait_for(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
        let mut conn = options.connect().await.unwrap();
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
        conn.close().await.unwrap();
    });
    let good = std::fs::read(&path).unwrap();
    let pages = u64::try_from(good.len()).unwrap() / PAGE;
    assert!(pages > 20);
    for page in [0, pages / 3, pages - 2] {
        std::fs::write(&path, &good).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(&[0xA5; 16 * 1024], page * PAGE).unwrap();
        for (command, expected) in [(&["check"][..], 2), (&["ledger", "verify"], 1)] {
            let output = rehearsal.run(command);
            let printed = format!("{}{}", stdout(&output), stderr(&output));
            assert_eq!(code(&output), expected, "page {page}: {printed}");
            assert!(printed.contains("is damaged"), "page {page}: {printed}");
        }
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(code(&rehearsal.run(&["ledger", "verify"])), 0, "the {DATE} is whole again");
}

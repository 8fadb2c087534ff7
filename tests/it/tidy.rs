//! Goal: the map in `docs/architecture.md` is true. Method: the source is read as text: which room uses which, which
//! file says the name of a library, whether a file that is cited is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The words, which every room may use; one of them only those above it.
const WORDS: &[&str] = &[
    "business_day",
    "money",
    "status",
    "lines",
    "text",
    "personal",
    "story",
    "stop",
    "clock",
    "progress",
    "sorter",
    "lane",
    "month",
    "movement",
    "order",
    "reading",
    "occurrence",
    "balance",
    "discrepancy",
    "ledger_data",
];

/// The other rooms, each with the rooms besides words that it uses: all of them stand above it.
const ROOMS: &[(&str, &[&str])] = &[
    ("archive", &[]),
    ("provider", &[]),
    ("schedule", &[]),
    ("simulator", &[]),
    ("config", &["archive", "provider"]),
    ("rules", &["config"]),
    ("wording", &["config", "provider", "rules"]),
    ("resolution", &["config", "rules", "wording"]),
    ("ledger", &["config", "resolution", "rules"]),
    ("app", &["config", "ledger"]),
    ("job", &["config", "schedule"]),
    ("init", &["config", "job", "provider"]),
    ("settle", &["config", "ledger", "provider", "rules"]),
    ("report", &["config", "ledger", "provider", "resolution", "rules", "settle", "wording"]),
    ("intake", &["config", "ledger", "provider", "report", "resolution", "wording"]),
    ("reconcile", &["config", "ledger", "provider", "rules"]),
    ("pull", &["archive", "ledger", "provider", "reconcile", "rules"]),
    (
        "run",
        &[
            "archive",
            "config",
            "app",
            "intake",
            "job",
            "ledger",
            "provider",
            "pull",
            "reconcile",
            "report",
            "resolution",
            "rules",
            "settle",
            "wording",
        ],
    ),
    ("explain", &["config", "intake", "provider", "resolution", "run", "wording"]),
    ("metrics", &["app", "job", "ledger", "provider", "report", "run"]),
    (
        "message",
        &["config", "job", "ledger", "provider", "report", "rules", "run", "settle", "wording"],
    ),
    ("daemon", &["app", "job", "ledger", "message", "metrics", "run"]),
    (
        "check",
        &[
            "archive", "config", "explain", "init", "intake", "job", "ledger", "provider", "pull",
            "rules", "run",
        ],
    ),
    (
        "cli",
        &[
            "archive",
            "check",
            "config",
            "app",
            "daemon",
            "explain",
            "init",
            "intake",
            "job",
            "ledger",
            "message",
            "metrics",
            "provider",
            "pull",
            "report",
            "resolution",
            "rules",
            "run",
            "settle",
            "simulator",
            "wording",
        ],
    ),
];

/// Libraries, and the files and folders that may say their names.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx::", &["ledger", "intake/database", "simulator/jeepay/database.rs"]),
    ("rusqlite", &["ledger/sqlite"]),
    ("reqwest::", &["provider/http"]),
    ("lettre::", &["message/mail.rs", "config/robots.rs"]),
    ("rsa::", &["provider/signature", "simulator"]),
    ("md5::", &["provider/signature", "simulator"]),
    ("hmac::", &["provider/signature", "simulator"]),
    ("rust_xlsxwriter::", &["report", "init", "simulator"]),
    ("calamine::", &["intake", "report"]),
    ("Utc::now", &["clock.rs"]),
    ("SystemTime::now", &["clock.rs"]),
    ("Local::now", &["clock.rs"]),
];

/// Names that say nothing to whoever has not been told.
const RETIRED: &[&str] =
    &["House", "house", "Bench", "bench", "Desk", "desk", "Sitting", "hearsay"];

/// Names that do not say what they hold; in prose they are words as any other.
const VAGUE: &[&str] = &["said", "told", "Said", "Told"];

/// What stands before a name where it is declared or used.
const BEFORE_A_NAME: &[&str] =
    &["let ", "mut ", "fn ", "struct ", "enum ", "::", ".", "&", "|", "(", "    "];

/// Every file below a folder that ends so, with its text.
fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                all.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

/// What is compiled into the program: no comments, no tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms that a code names after `crate::`, also in a list between braces.
fn named(code: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
    };
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0_i32;
        let mut begin = 0;
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => {
                    found.insert(word(&list[begin..at]));
                    break;
                }
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    found.insert(word(&list[begin..at]));
                    begin = at + 1;
                }
                _ => {}
            }
        }
    }
    found
}

/// Which room uses which.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let rooms: BTreeSet<&str> =
        WORDS.iter().copied().chain(ROOMS.iter().map(|(room, _)| *room)).collect();
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in files("src", "rs") {
        let path = path.strip_prefix(root().join("src")).unwrap();
        let first = path.iter().next().unwrap().to_str().unwrap();
        let room = first.trim_end_matches(".rs").to_owned();
        let is_test = path.file_stem().unwrap().to_str().unwrap().ends_with("tests");
        if ["lib", "main"].contains(&&*room) || is_test {
            continue;
        }
        assert!(rooms.contains(&*room), "{room} is no room of the map: {}", path.display());
        let used = named(&code(&text));
        let used = used.into_iter().filter(|it| *it != room && rooms.contains(&**it));
        arrows.entry(room.clone()).or_default().extend(used);
    }
    arrows
}

#[test]
fn an_arrow_between_rooms_only_goes_up_the_map() {
    let arrows = arrows();
    for (at, word) in WORDS.iter().enumerate() {
        let used = &arrows[*word];
        let below: Vec<_> = used.iter().filter(|it| !WORDS[..at].contains(&&***it)).collect();
        assert!(below.is_empty(), "the word {word} uses {below:?}, which do not stand above it");
    }
    for (at, (room, allowed)) in ROOMS.iter().enumerate() {
        let above: Vec<&str> = ROOMS[..at].iter().map(|(room, _)| *room).collect();
        let low: Vec<_> = allowed.iter().filter(|it| !above.contains(it)).collect();
        assert!(low.is_empty(), "{room} may not use {low:?}, which do not stand above it");
        let used = arrows[*room].iter().map(String::as_str).filter(|it| !WORDS.contains(it));
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert_eq!(used.collect::<BTreeSet<_>>(), allowed, "what {room} uses");
    }
}

#[test]
fn each_library_is_named_where_the_map_says() {
    let mut wrong = Vec::new();
    for (path, text) in files("src", "rs") {
        let path = path.strip_prefix(root().join("src")).unwrap().to_str().unwrap();
        if path.ends_with("tests.rs") {
            continue;
        }
        let code = code(&text);
        for (library, places) in LIBRARIES {
            let is_named = code.match_indices(library).any(|(at, _)| {
                !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
            });
            if is_named && !places.iter().any(|place| path.starts_with(place)) {
                wrong.push(format!("{path}: {library}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn every_file_that_the_source_cites_is_there() {
    let mut missing = BTreeSet::new();
    let all = ["src", "tests", "fuzz/fuzz_targets"].map(|folder| files(folder, "rs"));
    for (path, text) in all.iter().flatten().chain(&files("sql", "sql")) {
        for folder in ["docs/", "samples/", "src/", "tests/it/", "sql/", "deploy/"] {
            for (at, _) in text.match_indices(&format!("`{folder}")) {
                let cited = text[at + 1..].split('`').next().unwrap();
                let is_pattern = cited.contains(['<', '{', '*', ' ', '…', '\n', 'N']);
                if !is_pattern && !root().join(cited).exists() {
                    missing.insert(format!("{}: {cited}", path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn no_name_is_a_private_metaphor() {
    let mut found = Vec::new();
    for (path, text) in files("src", "rs").into_iter().chain(files("tests", "rs")) {
        if path.ends_with("tidy.rs") {
            continue;
        }
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        found.extend(
            words.filter(|word| RETIRED.contains(word)).map(|word| (path.clone(), word.to_owned())),
        );
    }
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn no_name_leaves_open_what_it_holds() {
    let mut found = Vec::new();
    for (path, text) in files("src", "rs") {
        for line in code(&text).lines() {
            let is_name = |name: &&&str| {
                line.match_indices(**name).any(|(at, _)| {
                    let is_whole = line[at + name.len()..]
                        .starts_with([':', ',', '.', ')', '(', ' ', ';', '|', '?', '{', '<']);
                    is_whole && BEFORE_A_NAME.iter().any(|before| line[..at].ends_with(before))
                })
            };
            found.extend(VAGUE.iter().filter(is_name).map(|_| (path.clone(), line.to_owned())));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

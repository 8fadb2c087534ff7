//! Goal: no bytes from outside make a reader panic, lose a row, or let in what cannot be kept; and what is
//! let in of answers is what both ledgers give back. Method: the targets of `fuzz/` on samples and on
//! mutations of them by a generator whose seed is printed; `DUIZHANG_FUZZ_RUNS` of each target,
//! `DUIZHANG_FUZZ_SEED` for another series.

use std::collections::BTreeMap;
use std::panic::catch_unwind;

use duizhang::clock::Stopwatch;
use duizhang::ledger::{Access, Ledger, open};
use duizhang::reading::{Reading, Source};
use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::ledger::server::{Database, is_there};
use crate::samples::sample::samples;

#[expect(
    unreachable_pub,
    clippy::as_conversions,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::wildcard_enum_match_arm,
    reason = "it is the library of another package too"
)]
#[path = "../../fuzz/src/targets.rs"]
mod targets;

/// Executions of each target, where nobody asks for more.
const RUNS: usize = 40;
/// Words that are put into ledgers at most.
const LEDGER_WORDS: usize = 300;
/// Bytes of an input at most.
const BYTES_MAX: usize = 64 * 1024;

fn asked(name: &str) -> Option<u64> {
    let text = std::env::var_os(name)?;
    Some(text.to_str().unwrap().parse().unwrap())
}

/// What readers stumble over.
const TOKENS: [&str; 40] = [
    "\0",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "\"",
    "\"\"",
    "'",
    ",",
    ";",
    "\t",
    "\r",
    "\n",
    "\r\n\r\n",
    "\\",
    "\\u0000",
    "{",
    "}",
    "[",
    "]",
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "0.1",
    "1e400",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999.99",
    "00010101000000",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59",
    "1.23457E+19",
    "=cmd|' /C calc'!A0",
    "合计",
    "交易金额(元)",
    "succeeded",
    "########",
    "😀",
    "\u{fffd}",
];

/// A mutated input.
fn mutated(seeds: &[Vec<u8>], rng: &mut SmallRng) -> Vec<u8> {
    let mut data = seeds.choose(rng).cloned().unwrap_or_default();
    for _ in 0..rng.random_range(1..=4) {
        let at = rng.random_range(0..=data.len());
        let to = rng.random_range(at..=data.len().min(at + 64));
        match rng.random_range(0..7) {
            0 if at < data.len() => data[at] ^= 1 << rng.random_range(0..8),
            1 => drop(data.drain(at..to)),
            2 => {
                let part = data[at..to].to_vec();
                data.splice(at..at, part);
            }
            3 => {
                let other = seeds.choose(rng).unwrap();
                let from = rng.random_range(0..=other.len());
                data.splice(at..to, other[from..].iter().copied());
            }
            4 => data.truncate(to),
            _ => {
                let token = TOKENS.choose(rng).unwrap();
                data.splice(at..to, token.bytes());
            }
        }
    }
    data.truncate(BYTES_MAX);
    data
}

/// A JSON text of which some values are others: it still has the form of an answer.
fn revalued(data: &[u8], rng: &mut SmallRng) -> Option<Vec<u8>> {
    let (question, body) = data.split_first()?;
    let mut value: Value = serde_json::from_slice(body).ok()?;
    for _ in 0..rng.random_range(1..=3) {
        revalue(&mut value, rng, 0);
    }
    let mut data = vec![*question];
    data.extend(value.to_string().bytes());
    Some(data)
}

fn revalue(value: &mut Value, rng: &mut SmallRng, depth: usize) {
    let children: Vec<&mut Value> = match value {
        Value::Object(fields) => fields.iter_mut().map(|(_, value)| value).collect(),
        Value::Array(items) => items.iter_mut().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let at = rng.random_range(0..children.len().max(1));
    if let Some(child) = children.into_iter().nth(at).filter(|_| depth < 6) {
        return revalue(child, rng, depth + 1);
    }
    let token = *TOKENS.choose(rng).unwrap();
    *value = match rng.random_range(0..6) {
        0 => serde_json::from_str(token).unwrap_or(Value::Null),
        1 => Value::String(token.repeat(100)),
        2 => Value::Array(vec![value.clone(), value.clone()]),
        3 => Value::String(format!("{}{token}", value.as_str().unwrap_or_default())),
        4 => Value::Null,
        _ => Value::String(token.to_owned()),
    };
}

/// What a target begins with.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let file = |path: &str| {
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
    };
    let answers = |is_notification: bool| {
        let mut found = Vec::new();
        for sample in samples() {
            if (sample.interface == "notification") != is_notification {
                continue;
            }
            for question in 0..targets::questions() {
                if targets::provider_of(question) == sample.provider_id {
                    let mut data = vec![u8::try_from(question).unwrap()];
                    data.extend(&sample.raw);
                    found.push(data);
                }
            }
        }
        found
    };
    match target {
        "answer" | "signed_answer" => answers(false),
        "notification" => answers(true),
        "php_json" => samples().into_iter().map(|sample| sample.raw).collect(),
        "callbacks" => vec![
            br#"{"received_at":"2026-11-20T10:00:01+08:00","content_type":"","body":"a=1"}"#.to_vec(),
        ],
        "orders" => vec![
            file("samples/orders/standard.csv"),
            file("samples/orders/broken-rows.csv"),
            file("samples/orders/gb18030.csv"),
            file("samples/orders/saved-by-excel.csv"),
        ],
        "bill" => vec![
            file("samples/statements/guarded.csv"),
            file("samples/statements/preamble.csv"),
            "商户订单号,平台订单号,交易金额(元),完成时间\nA1,P1,1.00,2026-11-20 10:00:00\n合计,,1.00,\n".into(),
            file("tests/it/files/libreoffice_csv_to_xlsx.xlsx"),
        ],
        "movements" => vec![
            "occurred_at,kind,product,settlement_date,amount,name,note,account\n\
             2026-11-20 10:00:00,settlement,,2026-11-19,100.00,T1,note,\n"
                .into(),
        ],
        "resolutions" => vec![
            file("tests/it/files/libreoffice_csv_to_csv.csv"),
            file("tests/it/files/libreoffice_csv_to_xlsx.xlsx"),
            file("tests/it/files/libreoffice_xlsx_to_csv.csv"),
        ],
        "configuration" => vec![file("samples/duizhang.toml")],
        "job" => vec![file("jobs/nightly.toml")],
        other => panic!("{other} has no samples"),
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "figures are for people")]
fn no_bytes_from_outside_break_a_reader() {
    let runs = asked("DUIZHANG_FUZZ_RUNS").map_or(RUNS, |runs| runs.try_into().unwrap());
    let seed = asked("DUIZHANG_FUZZ_SEED").unwrap_or(20_261_120);
    let mut kept: BTreeMap<String, Reading> = BTreeMap::new();
    for (name, target) in targets::TARGETS {
        let mut rng = SmallRng::seed_from_u64(seed);
        let seeds = seeds(name);
        let watch = Stopwatch::start();
        let all = seeds.len() + runs;
        for run in 0..all {
            let data = match seeds.get(run) {
                Some(seed) => seed.clone(),
                None if name == "signed_answer" && rng.random_bool(0.8) => {
                    revalued(seeds.choose(&mut rng).unwrap(), &mut rng).unwrap_or_default()
                }
                None => mutated(&seeds, &mut rng),
            };
            let broken = catch_unwind(|| target(&data)).is_err();
            assert!(
                !broken,
                "{name}, seed {seed}, run {run}: {:?}",
                String::from_utf8_lossy(&data)
            );
        }
        for word in targets::accepted() {
            kept.insert(format!("{:?}", word.facts), word);
        }
        let milliseconds = watch.elapsed().as_millis().max(1);
        let per_second = u128::try_from(all).unwrap() * 1_000 / milliseconds;
        eprintln!("fuzz: {name:<14} seed {seed}, {all} runs, {per_second} a second");
    }
    assert!(kept.len() > 10, "only {} answers were let in", kept.len());
    // Each as the word about an order of its own.
    let of_its_own = |(number, mut word): (usize, Reading)| {
        word.key.stream.product = format!("{number:05}");
        word
    };
    let kept: Vec<_> = kept.into_values().take(LEDGER_WORDS).enumerate().map(of_its_own).collect();
    what_was_let_in_comes_back(&kept);
}

/// Both ledgers give back what was let in, byte for byte.
fn what_was_let_in_comes_back(words: &[Reading]) {
    let folder = tempfile::tempdir().unwrap();
    let database = is_there().then(Database::create_now);
    let sqlite = format!("sqlite://{}", folder.path().join("ledger.db").display());
    let urls = [Some(sqlite), database.as_ref().map(Database::url)];
    crate::ledger::server::wait_for(async {
        for url in urls.into_iter().flatten() {
            let ledger = open(&url, Access::Work).await.unwrap();
            comes_back(ledger.as_ref(), words).await;
        }
    });
}

async fn comes_back(ledger: &dyn Ledger, words: &[Reading]) {
    ledger.migrate().await.unwrap();
    ledger.put_answers(words).await.unwrap();
    let keys: Vec<_> = words.iter().map(|word| word.key.clone()).collect();
    let pairs = ledger.pairs(&keys).await.unwrap();
    for (pair, word) in pairs.iter().zip(words) {
        let found: Vec<_> = pair.readings.iter().filter(|it| it.source == Source::Query).collect();
        assert_eq!(found, [word]);
    }
}

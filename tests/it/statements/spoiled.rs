//! Bills that were changed, cut off or half imported, and what a bill must never leave behind.

use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use encoding_rs::GB18030;
use zip::ZipArchive;

use super::{DATE, On, Stage, code, stderr, stdout};

const LHXPAY: &str = "lhxpay-main";

/// The bill of lhxpay as text.
fn text(stage: &Stage) -> String {
    GB18030.decode(&std::fs::read(stage.bill(LHXPAY)).unwrap()).0.into_owned()
}

fn write(stage: &Stage, text: &str) {
    std::fs::write(stage.bill(LHXPAY), GB18030.encode(text).0).unwrap();
}

/// What a total in the footer says, after its label.
fn total<'a>(text: &'a str, label: &str) -> &'a str {
    let (_, rest) = text.split_once(label).unwrap();
    rest.trim_start_matches('：').split(['元', '笔']).next().unwrap()
}

#[test]
fn a_night_goes_on_without_a_bill_that_was_cut_off_and_says_so() {
    let stage = Stage::set(On::Sqlite);
    let whole = text(&stage);
    let half: String = whole.split_inclusive('\n').take(whole.lines().count() / 2).collect();
    write(&stage, &half);
    std::fs::rename(stage.path("downloads"), stage.path("statements")).unwrap();
    let night = stage.nightly(4);
    let printed = stderr(&night);
    assert!(
        printed.contains("the statement was not imported") && printed.contains("cut off"),
        "{printed}"
    );
    let coverages: Vec<String> = stage.standing().into_iter().map(|(_, of)| of).collect();
    assert_eq!(coverages, ["two_sided", "status_only"], "the other account's bill counts");
    // With the whole one the next night is as if nothing had been.
    std::fs::rename(stage.path("statements"), stage.path("downloads")).unwrap();
    write(&stage, &whole);
    std::fs::rename(stage.path("downloads"), stage.path("statements")).unwrap();
    stage.nightly(0);
    assert!(stage.proof().is_proved());
}

#[test]
fn a_bill_whose_rows_are_not_its_totals_is_refused_as_a_whole() {
    let stage = Stage::set(On::Sqlite);
    stage.nightly(0);
    let ledger = stage.ledger();
    let whole = text(&stage);
    let row = whole.lines().nth(5).unwrap();
    let amount = row.split(',').nth(4).unwrap();
    let more = format!("1{amount}");
    let changed = whole.replacen(row, &row.replacen(amount, &more, 1), 1);
    write(&stage, &changed);
    let refused = stage.import(LHXPAY, &stage.bill(LHXPAY));
    assert_eq!(code(&refused), 1, "{}", stdout(&refused));
    let stated = total(&whole, "交易总金额");
    let cents = |yuan: &str| yuan.replace('.', "").parse::<i64>().unwrap();
    let sum = cents(stated) + cents(&more) - cents(amount);
    let sum = format!("{}.{:02}", sum / 100, sum % 100);
    for word in ["交易总金额", stated, &sum, "nothing of it was imported"] {
        assert!(stderr(&refused).contains(word), "{word}: {}", stderr(&refused));
    }
    assert_eq!(stage.ledger(), ledger);

    let half: String = whole.split_inclusive('\n').take(whole.lines().count() / 2).collect();
    write(&stage, &half);
    let refused = stage.import(LHXPAY, &stage.bill(LHXPAY));
    assert_eq!(code(&refused), 1, "{}", stdout(&refused));
    assert!(stderr(&refused).contains("cut off"), "{}", stderr(&refused));
    assert_eq!(stage.ledger(), ledger);

    // The right one under the same name goes in as if nothing had been.
    write(&stage, &whole);
    stage.import_all();
    stage.nightly(0);
    let proof = stage.proof();
    assert!(proof.is_proved(), "{proof} {proof:#?}");
}

#[test]
fn an_import_that_was_killed_and_done_again_is_as_one_that_was_not() {
    let stage = Stage::set(On::Sqlite);
    stage.nightly(0);
    let kept = stage.path("kept");
    copy_dir(&stage.path("var"), &kept);
    stage.import_all();
    stage.nightly(0);
    let undisturbed = stage.report(DATE);
    for moment in [5_u64, 20, 40, 60, 90, 130] {
        std::fs::remove_dir_all(stage.path("var")).unwrap();
        copy_dir(&kept, &stage.path("var"));
        let bill = stage.bill(LHXPAY);
        let mut import = stage
            .command(&["import", "statement", "--account", LHXPAY, "--date", DATE])
            .arg(bill)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(moment));
        import.kill().unwrap();
        import.wait().unwrap();
        stage.import_all();
        stage.nightly(0);
        assert!(stage.report(DATE) == undisturbed, "killed after {moment} ms");
    }
}

fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_dir(&path, &there);
        } else {
            std::fs::copy(&path, &there).unwrap();
        }
    }
}

#[test]
fn names_and_cards_of_a_bill_are_nowhere_but_in_the_archive() {
    let stage = Stage::set(On::Sqlite);
    let whole = text(&stage);
    // A row that is refused is told of, and only of what cannot be read.
    let row = whole.lines().nth(5).unwrap();
    let amount = row.split(',').nth(4).unwrap();
    let spoiled = row.replacen(&format!(",{amount},"), ",1.2E+19,", 1);
    write(&stage, &whole.replacen(row, &spoiled, 1));
    let imported = stage.import(LHXPAY, &stage.bill(LHXPAY));
    assert_eq!(code(&imported), 4, "{}", stderr(&imported));
    assert!(stdout(&imported).contains(" 1 refused"), "{}", stdout(&imported));
    let night = stage.run(&["run", "nightly", "--date", DATE]);
    let rejected = stage.rows(DATE, "rejected_rows");
    assert!(rejected.iter().flatten().any(|cell| cell.contains("1.2E+19")), "{rejected:?}");

    // What every name and every card of the simulated bills has, and nothing else.
    let stems = ["示例", "622202***"];
    let rows = whole.lines().skip(3).take_while(|line| !line.starts_with('#'));
    for row in rows {
        let cells: Vec<&str> = row.split(',').collect();
        assert!(cells[7].contains(stems[0]) && cells[8].contains(stems[1]), "{row}");
    }
    let mut looked_at = vec![
        ("import".to_owned(), [imported.stdout, imported.stderr].concat()),
        ("night".to_owned(), [night.stdout, night.stderr].concat()),
    ];
    files(&stage.path("var"), &mut looked_at);
    let is_workbook =
        |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "xlsx");
    let packed: Vec<_> =
        looked_at.iter().filter(|(name, _)| is_workbook(name)).flat_map(unpacked).collect();
    // What is looked through is what people read: the order of a discrepancy is in it.
    let discrepancies = stage.rows(DATE, "discrepancies");
    let order_no = discrepancies[0][13].as_bytes();
    let is_named = |bytes: &[u8]| bytes.windows(order_no.len()).any(|window| window == order_no);
    assert!(packed.iter().any(|(_, bytes)| is_named(bytes)), "{:?}", discrepancies[0]);
    looked_at.extend(packed);
    assert!(looked_at.iter().any(|(name, _)| name.ends_with("ledger.db")));
    assert!(looked_at.iter().any(|(name, _)| name.ends_with("discrepancies.csv")));
    for (name, bytes) in looked_at {
        for stem in stems {
            for form in [stem.as_bytes(), &GB18030.encode(stem).0] {
                let found = bytes.windows(form.len()).any(|window| window == form);
                assert!(!found, "{stem} in {name}");
            }
        }
    }
}

/// Every part of a workbook, which is an archive of compressed files.
fn unpacked((name, bytes): &(String, Vec<u8>)) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let parts = (0..archive.len()).map(|at| {
        let mut part = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        (format!("{name}: {}", part.name().unwrap()), content)
    });
    parts.collect()
}

/// Every file below a folder, but for the archive.
fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != "archive" {
                files(&path, into);
            }
        } else {
            into.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

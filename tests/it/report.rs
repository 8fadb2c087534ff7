//! Goal: the report folder is what an accountant, a script and an auditor may rely on. Method: a day
//! with every type of discrepancy in a real ledger; golden files in both languages (rewritten with
//! `UPDATE_EXPECT=1`), reports compared byte by byte, and folders tampered with in every way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use duizhang::config::{Encoding, Language, LongIdGuard, ReportSettings};
use duizhang::discrepancy::{DiscrepancyType, State};
use duizhang::ledger::Totals;
use duizhang::money::Money;
use duizhang::provider::signature::ed25519::{PublicKey, SignKey};
use duizhang::report::sign::{self, Signature};
use duizhang::report::{self, Outcome, ReportError, ReportSet, VerifyError};
use duizhang::status::{Coverage, Verdict};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

mod month;
mod overviews;
mod pictures;
mod sentences;
mod settled;
mod world;

use world::{DATE, accounts, date, request, settings};

fn zh() -> ReportSettings {
    settings(Language::Zh, Encoding::Utf8Bom, LongIdGuard::Tab)
}

fn en() -> ReportSettings {
    settings(Language::En, Encoding::Utf8, LongIdGuard::None)
}

/// A ledger with a day, and a place for its reports.
struct App {
    folder: TempDir,
    ledger: Box<dyn duizhang::ledger::Ledger>,
}

impl App {
    async fn with_a_day() -> Self {
        let folder = TempDir::new().unwrap();
        let ledger = world::ledger(&folder).await;
        Self { folder, ledger }
    }

    fn reports(&self) -> PathBuf {
        self.folder.path().join("reports")
    }

    fn set(&self) -> PathBuf {
        self.reports().join(DATE)
    }

    async fn write(&self, settings: &ReportSettings) -> Result<ReportSet, ReportError> {
        let (dir, accounts) = (self.reports(), accounts());
        report::write(&request(&dir, settings, &accounts), self.ledger.as_ref()).await
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn expect(name: &str, actual: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/expected/report").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read(&path).unwrap();
    let (expected, actual) = (String::from_utf8(expected), String::from_utf8(actual.to_vec()));
    assert_eq!(expected.unwrap(), actual.unwrap(), "{name}: UPDATE_EXPECT=1 rewrites it");
}

#[tokio::test]
async fn the_files_are_as_expected_in_both_languages() {
    let app = App::with_a_day().await;
    for (language, settings) in [("zh", zh()), ("en", en())] {
        let set = app.write(&settings).await.unwrap();
        for (name, bytes) in files(&set.folder) {
            let (name, text) = match name.strip_suffix("xlsx") {
                Some(name) => (format!("{name}txt"), overviews::cells(&bytes)),
                None => (name, String::from_utf8(bytes).unwrap()),
            };
            expect(&format!("{language}/{name}"), overviews::lasting(&text).as_bytes());
        }
        let mut shown = set.clone();
        shown.folder = format!("reports/{DATE}").into();
        shown.outcome = Outcome::Written { superseded: None };
        let text = report::terminal(&shown, settings.language);
        expect(&format!("{language}/terminal.txt"), text.as_bytes());
    }
}

#[tokio::test]
async fn every_type_of_this_report_is_in_the_golden_files() {
    let app = App::with_a_day().await;
    let set = app.write(&en()).await.unwrap();
    let found: BTreeSet<_> = set.counts.keys().map(|(kind, ..)| *kind).collect();
    let expected: BTreeSet<_> = DiscrepancyType::ALL.iter().copied().collect();
    assert_eq!(found, expected);
    let states: BTreeSet<_> = set.counts.keys().map(|(_, state, _)| *state).collect();
    assert_eq!(states.into_iter().collect::<Vec<_>>(), State::ALL);
}

#[tokio::test]
async fn no_file_says_the_ambiguous_words() {
    let app = App::with_a_day().await;
    let set = app.write(&zh()).await.unwrap();
    for (name, bytes) in files(&set.folder).iter().filter(|(name, _)| name.ends_with("csv")) {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("长款") && !text.contains("短款"), "{name}");
    }
    let manifest = fs::read_to_string(set.folder.join("manifest.json")).unwrap();
    assert!(manifest.contains("长款 = 实际资金多于账面"), "they are defined in the notes");
}

#[tokio::test]
async fn a_second_run_touches_nothing_and_a_changed_one_keeps_the_old_set() {
    let app = App::with_a_day().await;
    let first = app.write(&zh()).await.unwrap();
    assert_eq!(first.outcome, Outcome::Written { superseded: None });
    let before = files(&app.set());
    let stamp = fs::metadata(app.set().join("manifest.json")).unwrap().modified().unwrap();
    let second = app.write(&zh()).await.unwrap();
    assert_eq!(second.outcome, Outcome::Unchanged);
    assert_eq!(second.files, first.files);
    assert_eq!(files(&app.set()), before);
    assert_eq!(fs::metadata(app.set().join("manifest.json")).unwrap().modified().unwrap(), stamp);

    // The clerk has annotated the file: that copy is kept.
    let sheet = app.set().join(format!("{DATE}_差异明细.csv"));
    fs::write(&sheet, "the clerk's").unwrap();
    let third = app.write(&zh()).await.unwrap();
    let kept = app.set().join("superseded/001");
    assert_eq!(third.outcome, Outcome::Written { superseded: Some(kept.clone()) });
    assert_eq!(fs::read(kept.join(format!("{DATE}_差异明细.csv"))).unwrap(), b"the clerk's");
    assert_eq!(files(&app.set()), before, "the same inputs give the same bytes");

    // Another language leaves no file of the old one behind.
    app.write(&en()).await.unwrap();
    assert_eq!(
        names(&app.set()),
        [
            "2026-11-20_balances.csv",
            "2026-11-20_corrections.csv",
            "2026-11-20_discrepancies.csv",
            "2026-11-20_patterns.csv",
            "2026-11-20_rejected_rows.csv",
            "2026-11-20_report.html",
            "2026-11-20_report.xlsx",
            "2026-11-20_roll.csv",
            "2026-11-20_settlement.csv",
            "2026-11-20_summary.csv",
            "manifest.json",
            "superseded"
        ]
    );
    assert_eq!(names(&app.set().join("superseded")), ["001", "002"]);
    assert_eq!(names(&app.reports()), [DATE]);
}

#[tokio::test]
async fn every_form_of_the_folder_verifies() {
    let app = App::with_a_day().await;
    for language in Language::ALL {
        for encoding in Encoding::ALL {
            for guard in LongIdGuard::ALL {
                let set = app.write(&settings(*language, *encoding, *guard)).await.unwrap();
                assert!(set.unexplained.is_empty(), "{:?}", set.unexplained);
                let verified = report::verify(&set.folder);
                let verified = verified.unwrap_or_else(|error| panic!("{encoding} {error}"));
                assert_eq!(verified.date, date(DATE));
                let rows: Vec<_> = verified.files.iter().map(|(_, rows)| *rows).collect();
                assert_eq!(rows, [27, 12, 1, 9, 37, 4, 7, 0, 97, 0]);
                let silent = verified.accounts.iter().find(|(name, ..)| name == "icashier-main");
                let (_, verdict, coverage) = silent.unwrap();
                assert_eq!((*verdict, *coverage), (Verdict::ProvedEmpty, Some(Coverage::OneSided)));
            }
        }
    }
}

#[tokio::test]
async fn what_the_rows_do_not_explain_is_shown_everywhere() {
    let app = App::with_a_day().await;
    let (mut totals, verdicts) = app.ledger.day(date(DATE)).await.unwrap();
    let (stream, _, known) = totals.first_mut().unwrap();
    let stream = stream.clone();
    *known = Totals { provider_minor: known.provider_minor + 1, ..known.clone() };
    app.ledger.put_day(date(DATE), &totals, &verdicts).await.unwrap();
    let set = app.write(&zh()).await.unwrap();
    let [unexplained] = set.unexplained.as_slice() else { panic!("{:?}", set.unexplained) };
    assert_eq!((&unexplained.stream, unexplained.money), (&stream, Money::fen(1)));
    let text = report::terminal(&set, Language::Zh);
    assert!(text.contains(&format!("! {} 支付 有未解释差额 0.01", stream.account)), "{text}");
    // It was written so, and the folder says so: that is no tampering.
    let verified = report::verify(&set.folder).unwrap();
    assert_eq!(verified.unexplained, [(stream.account.clone(), "0.01".to_owned())]);
}

#[tokio::test]
async fn an_account_without_a_verdict_is_never_clean() {
    let folder = TempDir::new().unwrap();
    let app = App { ledger: world::empty(&folder).await, folder };
    let set = app.write(&zh()).await.unwrap();
    assert_eq!(set.accounts.len(), 4, "all accounts have their total");
    for account in &set.accounts {
        assert_eq!((account.verdict, account.coverage), (Verdict::Failed, None));
    }
    report::verify(&set.folder).unwrap();
    let text = report::terminal(&set, Language::Zh);
    assert!(text.contains("没有差异。"), "{text}");
    assert!(text.contains("! mmsp-main 核对失败：本日没有对账"), "{text}");
}

#[tokio::test]
async fn a_ledger_that_fails_half_way_leaves_the_old_set() {
    let app = App::with_a_day().await;
    app.write(&zh()).await.unwrap();
    let before = files(&app.set());
    let url = format!("sqlite://{}", app.folder.path().join("ledger.db").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    sqlx::query("UPDATE discrepancy_version SET state = 99 WHERE discrepancy_id LIKE '%18'")
        .execute(&pool)
        .await
        .unwrap();
    let error = app.write(&zh()).await.unwrap_err();
    assert!(matches!(error, ReportError::Ledger { .. }), "{error:?}");
    assert_eq!(files(&app.set()), before);
    assert_eq!(names(&app.reports()), [DATE], "no draft is left");
}

/// Changes one file and, so that only the content can tell, its digest in the manifest.
fn tamper(set: &Path, name: &str, change: impl Fn(&str) -> String) {
    let before = fs::read_to_string(set.join(name)).unwrap();
    let after = change(&before);
    assert_ne!(before, after, "{name} was not changed");
    replace(set, name, after.as_bytes());
}

/// Writes another file over one of a set, and mends its digest.
fn replace(set: &Path, name: &str, after: &[u8]) {
    fs::write(set.join(name), after).unwrap();
    let manifest = set.join("manifest.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    for entry in value["files"].as_array_mut().unwrap() {
        if entry["name"] == name {
            entry["sha256"] = Value::from(format!("{:x}", Sha256::digest(after)));
            entry["bytes"] = Value::from(after.len());
        }
    }
    fs::write(&manifest, serde_json::to_string_pretty(&value).unwrap()).unwrap();
}

type Tampering = (&'static str, &'static str, &'static str, &'static str);

/// File, what is replaced, by what, and what `verify` has to say.
const TAMPERINGS: &[Tampering] = &[
    ("discrepancies", ",100.00,100.00,", ",100.01,100.00,", "provider_amount adds up to"),
    ("discrepancies", ",1.00,-99.00,", ",1.00,-98.00,", "difference adds up to"),
    (
        "discrepancies",
        "amount_mismatch,provider_less,open",
        "amount_mismatch,provider_less,timing",
        "summary: mmsp-main payment scan has timing 1 / -300.00",
    ),
    ("discrepancies", ",amount_mismatch,", ",amount_mismatch", "found record with 33 fields"),
    ("discrepancies", ",written_off,li,", ",written_off,duizhang,wang,", "cannot be read"),
    (
        "discrepancies",
        ",100.00,1.00,-99.00,",
        ",100.00,x,-99.00,",
        "provider_amount is not a number",
    ),
    ("discrepancies", "discrepancy_id,", "id,", "the header is not the one of this file"),
    ("discrepancies", ",resolved,low", ",open,low", "summary: mmsp-main payment quick has"),
    (
        "summary",
        "icashier-main,icashier,total,total,proved_empty",
        "icashier-main,icashier,total,total,complete",
        "icashier-main is complete one_sided, in the manifest proved_empty one_sided",
    ),
    (
        "summary",
        "mmsp-main,mmsp,payment,quick",
        "mmsp-main,mmsp,payment,gateway",
        "summary: has no line for mmsp-main payment quick",
    ),
    (
        "summary",
        ",0,0.00,0,0.00,0.00,0,0.00,0,0.00,0.00",
        ",1,0.00,0,0.00,0.00,0,0.00,0,0.00,0.00",
        "the total of icashier-main is not that of its lines",
    ),
    ("summary", "0.00,CNY\r\n", "0.01,CNY\r\n", "unexplained is 0.01, the amounts give 0.00"),
    (
        "roll",
        "mmsp-main,mmsp,1,15.00",
        "mmsp-main,mmsp,2,20.00",
        "the movements leave 20 / 16598.22, outstanding is 19 / 16593.22",
    ),
    ("roll", "total,,1,15.00", "totla,,1,15.00", "the total is not that of its lines"),
    (
        "settlement",
        ",40,10000.00,1,50.00,38.00,0,0.00,0.00,9912.00,9900.00,",
        ",40,10000.00,1,50.00,39.00,0,0.00,0.00,9912.00,9900.00,",
        "net is 9912.00, its parts give 9911.00",
    ),
    ("settlement", ",9900.00,-12.00,", ",9900.00,-11.00,", "difference is -11.00, it should be"),
    ("settlement", ",total,T1,", ",-,T1,", "the total is not that of its parts"),
    ("settlement", ",nothing_due,", ",nothing,", "state is not a known word"),
    ("balances", "bridge,fees,,40,-38.00", "bridge,fees,,40,-39.00", "lines of mmsp-main do not"),
    ("balances", "balance_gap,,,-3.00", "balance_gap,,,-2.00", "amount adds up to -2.00"),
    ("balances", "adjusted_book,,,", "adjusted_book,,,1", "lines of mmsp-main do not add up"),
    ("rejected_rows", "\r\n", "\r\nx,1,a,b,missing,\r\n", "5 rows, written were 4"),
];

#[tokio::test]
async fn a_signed_set_differs_from_one_that_somebody_else_wrote() {
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
         -----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    let app = App::with_a_day().await;
    let public = PublicKey::parse(PUBLIC).unwrap();
    let unsigned = app.write(&en()).await.unwrap();
    assert_eq!(sign::signature(&unsigned.folder, None).unwrap(), Signature::None);
    sign::signature(&unsigned.folder, Some(&public)).unwrap_err();
    let settings = ReportSettings { sign_key: SignKey::parse(PRIVATE), ..en() };
    let set = app.write(&settings).await.unwrap();
    assert!(matches!(set.outcome, Outcome::Written { superseded: Some(_) }), "{:?}", set.outcome);
    assert_eq!(sign::signature(&set.folder, None).unwrap(), Signature::Unchecked);
    assert_eq!(sign::signature(&set.folder, Some(&public)).unwrap(), Signature::Valid);
    report::verify(&set.folder).unwrap();
    assert_eq!(app.write(&settings).await.unwrap().outcome, Outcome::Unchanged);
    // Whoever changes a file and mends the manifest cannot sign it.
    let manifest = set.folder.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap().replacen("\"rows\": ", "\"rows\":  ", 1);
    fs::write(&manifest, text).unwrap();
    report::verify(&set.folder).unwrap();
    sign::signature(&set.folder, Some(&public)).unwrap_err();
}

#[tokio::test]
async fn verify_finds_what_was_changed_even_when_the_digests_were_mended() {
    let app = App::with_a_day().await;
    let set = app.write(&en()).await.unwrap();
    let good = files(&set.folder);
    for (file, from, to, expected) in TAMPERINGS {
        for (name, bytes) in &good {
            fs::write(set.folder.join(name), bytes).unwrap();
        }
        report::verify(&set.folder).unwrap();
        let name = format!("{DATE}_{file}.csv");
        tamper(&set.folder, &name, |text| text.replacen(from, to, 1));
        let error = report::verify(&set.folder).unwrap_err().to_string();
        assert!(error.contains(expected), "{from:?} -> {to:?}: {error}");
    }
}

#[tokio::test]
async fn verify_finds_changed_and_missing_files() {
    let app = App::with_a_day().await;
    let set = app.write(&zh()).await.unwrap();
    for file in &set.files {
        let path = set.folder.join(&file.name);
        let good = fs::read(&path).unwrap();
        // The manifest is what the others are held against; nothing in the folder vouches for it.
        if file.name != "manifest.json" {
            let mut bad = good.clone();
            let last = bad.len() - 10;
            bad[last] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(report::verify(&set.folder).is_err(), "{}: one bit", file.name);
        }
        fs::remove_file(&path).unwrap();
        assert!(report::verify(&set.folder).is_err(), "{}: missing", file.name);
        fs::write(&path, &good).unwrap();
    }
    report::verify(&set.folder).unwrap();
    let error = report::verify(&app.reports()).unwrap_err();
    assert!(matches!(error, VerifyError::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains("is this the folder of a report?"), "{error}");
}

#[tokio::test]
async fn verify_reads_nothing_outside_its_folder() {
    let app = App::with_a_day().await;
    let set = app.write(&zh()).await.unwrap();
    let manifest = set.folder.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let text = text.replace(&format!("{DATE}_汇总.csv"), "../../ledger.db");
    fs::write(&manifest, text).unwrap();
    let error = report::verify(&set.folder).unwrap_err().to_string();
    assert!(error.contains("../../ledger.db: not a file name"), "{error}");
}

//! Files that `LibreOffice` really saved: always those in `tests/it/files`, and new ones where
//! `soffice` is installed (`UPDATE_EXPECT=1` puts these in the place of the committed ones).

use std::path::{Path, PathBuf};
use std::process::Command;

use duizhang::resolution::Effect;

use super::{FILLS, STAND, filled, import, night, report, stands, write};
use crate::stub::Stubbed;

/// CSV in UTF-8 as `LibreOffice` is told to read and write it; quoted only where it has to be, values
/// as shown, every sheet into a file of its own.
const CSV: &str = "44,34,76,1,,0,false,true,false,false,false,-1";

/// The files, by how they came about.
const FILES: [&str; 3] =
    ["libreoffice_csv_to_xlsx.xlsx", "libreoffice_xlsx_to_csv.csv", "libreoffice_csv_to_csv.csv"];

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/files").join(name)
}

/// Has `LibreOffice` open a file and save it as another kind; `None` where it is not installed.
#[expect(clippy::print_stderr, reason = "who runs the tests should see what was left out")]
fn converted(from: &Path, to: &str, filter: &[&str]) -> Option<PathBuf> {
    let folder = from.parent().unwrap();
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.display());
    let out = folder.join("saved");
    let run = Command::new("soffice")
        .args([&profile, "--headless"])
        .args(filter)
        .args(["--convert-to", to, "--outdir"])
        .arg(&out)
        .arg(from)
        .output();
    let Ok(output) = run else {
        eprintln!("SKIPPED: soffice is not installed, only the committed files were imported");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    let ending = to.split(':').next().unwrap();
    let stem = from.file_stem().unwrap().to_str().unwrap();
    // Of several sheets each goes into a file of its own.
    let names =
        ["", "-差异明细", &format!("-{stem}")].map(|sheet| format!("{stem}{sheet}.{ending}"));
    let found = names.iter().map(|name| out.join(name)).find(|path| path.is_file());
    Some(found.unwrap_or_else(|| panic!("{output:?}")))
}

async fn is_applied(stub: &Stubbed, path: &Path) {
    let name = path.display();
    let imported = import(stub, path, None).await;
    assert_eq!(
        (imported.count(Effect::Applied), imported.refused()),
        (4, 0),
        "{name} {imported:?}"
    );
    assert_eq!(stands(stub).await, STAND, "{name}");
    assert_eq!(import(stub, path, None).await.count(Effect::Unchanged), 4, "{name}");
}

#[tokio::test]
async fn files_that_libreoffice_saved_once_are_applied() {
    for name in FILES {
        is_applied(&night().await, &committed(name)).await;
    }
}

#[tokio::test]
async fn files_that_libreoffice_saves_now_are_applied() {
    let filter = format!("csv:Text - txt - csv (StarCalc):{CSV}");
    let read = format!("--infilter=CSV:{}", CSV.split(",-1").next().unwrap());
    let stub = night().await;
    let (csv, book) = (report(&stub, false).await, report(&stub, true).await);
    let list = stub.folder.path().join("list.csv");
    write(&list, &filled(&csv, &FILLS));
    let Some(to_xlsx) = converted(&list, "xlsx", &[&read]) else { return };
    let to_csv = converted(&list, &filter, &[&read]).unwrap();
    let from_book = converted(&book, &filter, &[]).unwrap();
    write(&from_book, &filled(&from_book, &FILLS));
    for (name, path) in FILES.iter().zip([to_xlsx, from_book, to_csv]) {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::create_dir_all(committed(name).parent().unwrap()).unwrap();
            std::fs::copy(&path, committed(name)).unwrap();
        }
        is_applied(&night().await, &path).await;
    }
}

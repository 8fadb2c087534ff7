//! The workbook and the page: what they say, and that they say what the CSV files say.

use std::fmt::Write;
use std::fs;
use std::io::{Cursor, Read, Write as _};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use calamine::{Data, Reader, Xlsx};
use duizhang::config::{Encoding, Language, LongIdGuard, Rights};
use duizhang::discrepancy::Severity;
use duizhang::report;
use duizhang::report::columns::{FileKind, Form, today};
use duizhang::report::csv::{reader, unguard};
use duizhang::report::verify::{Indexed, Rebuilt, indexed};
use duizhang::wording::Word;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::world::{DATE, date, settings};
use super::{App, en, files, replace, tamper, zh};

fn book(bytes: &[u8]) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes.to_vec())).unwrap()
}

/// A cell as text; numbers and dates marked as such.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Float(number) => format!("#{number}"),
        Data::DateTime(moment) => format!("@{}", moment.as_datetime().unwrap()),
        Data::Int(_)
        | Data::Bool(_)
        | Data::DateTimeIso(_)
        | Data::DurationIso(_)
        | Data::Error(_) => panic!("{cell:?}"),
    }
}

/// Every cell of a workbook.
pub(super) fn cells(bytes: &[u8]) -> String {
    let mut book = book(bytes);
    let mut text = String::new();
    for sheet in book.sheet_names() {
        writeln!(text, "== {sheet}").unwrap();
        for row in book.worksheet_range(&sheet).unwrap().rows() {
            let row: Vec<String> = row.iter().map(shown).collect();
            text.push_str(row.join(" | ").trim_end_matches([' ', '|']));
            text.push('\n');
        }
    }
    text
}

/// A file's text without what another version of the program makes different.
pub(super) fn lasting(text: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = text
        .replace(&format!("\"version\": \"{version}\""), "\"version\": \"…\"")
        .replace(&format!("duizhang {version}"), "duizhang …");
    let Ok(manifest) = serde_json::from_str::<Value>(&text) else { return text };
    for file in manifest["files"].as_array().unwrap() {
        if file["file"].as_str().unwrap().starts_with("report_") {
            text = text.replace(file["sha256"].as_str().unwrap(), "…");
            text = text.replace(&format!("\"bytes\": {},", file["bytes"]), "\"bytes\": 0,");
        }
    }
    text
}

#[tokio::test]
async fn the_workbook_has_every_row_of_every_file_in_its_form() {
    let app = App::with_a_day().await;
    let gb18030 = settings(Language::Zh, Encoding::Gb18030, LongIdGuard::Backtick);
    for settings in [zh(), en(), gb18030] {
        let set = app.write(&settings).await.unwrap();
        let name = set.files.iter().find(|file| file.name.ends_with("xlsx")).unwrap();
        let mut book = book(&fs::read(set.folder.join(&name.name)).unwrap());
        let mut rows = 0;
        for kind in FileKind::ALL {
            let title = kind.title(settings.language);
            let range = book.worksheet_range(&title).unwrap();
            let file = fs::File::open(set.folder.join(kind.name(date(DATE), settings.language)));
            let mut csv = reader(file.unwrap(), settings.encoding);
            let mut sheet = range.rows();
            let header: Vec<_> = sheet.next().unwrap().iter().map(shown).collect();
            assert!(csv.headers().unwrap().iter().eq(header.iter().map(String::as_str)));
            for record in csv.records() {
                let (record, row) = (record.unwrap(), sheet.next().unwrap());
                for ((column, text), cell) in kind.columns().iter().zip(&record).zip(row) {
                    let text = unguard(text);
                    let is_text = matches!(cell, Data::String(_) | Data::Empty);
                    assert_eq!(is_text, column.form == Form::Text || text.is_empty(), "{text}");
                    let cell = if let Data::Float(number) = cell {
                        // An amount has the decimals of its currency.
                        let decimals = text.split_once('.').map_or(0, |(_, it)| it.len());
                        format!("{number:.decimals$}")
                    } else {
                        shown(cell).trim_start_matches('@').to_owned()
                    };
                    let cell = if text.len() == 10 { cell.replace(" 00:00:00", "") } else { cell };
                    assert_eq!(cell, text, "{}", column.code);
                }
                rows += 1;
            }
            // Below may stand what they add up to.
            let total = settings.language.pick("总计", "grand total");
            let below: Vec<Vec<String>> =
                sheet.map(|row| row.iter().map(shown).collect()).collect();
            let is_total = |row: &Vec<String>| row.iter().any(|cell| cell.starts_with(total));
            let is_blank = |row: &Vec<String>| row.iter().all(String::is_empty);
            assert!(below.iter().all(|row| is_total(row) || is_blank(row)), "{title} {below:?}");
        }
        assert_eq!(rows, name.rows);
    }
}

#[tokio::test]
async fn the_first_sheet_has_what_is_to_be_done_and_leads_to_the_full_rows() {
    let app = App::with_a_day().await;
    for settings in [zh(), en()] {
        let set = app.write(&settings).await.unwrap();
        let name = set.files.iter().find(|file| file.name.ends_with("xlsx")).unwrap();
        let bytes = fs::read(set.folder.join(&name.name)).unwrap();
        let mut book = book(&bytes);
        let first = book.sheet_names().remove(0);
        assert_eq!(first, today::title(settings.language));
        let rows: Vec<Vec<String>> = book
            .worksheet_range(&first)
            .unwrap()
            .rows()
            .map(|row| row.iter().map(shown).collect())
            .collect();
        let headline = &set.headline;
        assert_eq!(rows[1][0], headline.verdict(settings.language));
        assert_eq!(rows[2][0], headline.pending_line(settings.language));
        let at = rows.iter().position(|row| row[1] == today::header(settings.language)[1]).unwrap();
        assert_eq!(rows[at], today::header(settings.language));
        let tasks = &rows[at + 1..];
        assert_eq!(i64::try_from(tasks.len()).unwrap(), set.open_count());
        let severities: Vec<Severity> =
            tasks.iter().map(|row| Severity::from_word(&row[0]).unwrap()).collect();
        assert!(severities.is_sorted_by(|a, b| a >= b), "{severities:?}");
        assert!(tasks.iter().all(|row| row[5].starts_with('#')), "{tasks:?}");
        // Each id leads to its own full row.
        let full = book.worksheet_range(&FileKind::Discrepancies.title(settings.language)).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let xml = std::io::read_to_string(archive.by_name("xl/worksheets/sheet1.xml").unwrap());
        let xml = xml.unwrap();
        let links = xml.split("<hyperlink ").skip(1);
        let links: Vec<u32> = links
            .map(|link| {
                link.split("!A").nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
            })
            .collect();
        assert_eq!(links.len(), tasks.len());
        for (link, task) in links.iter().zip(tasks) {
            assert_eq!(full.get_value((link - 1, 0)).map(shown).as_ref(), Some(&task[1]));
        }
    }
}

#[tokio::test]
async fn every_sheet_fits_the_paper_and_says_which_page_it_is() {
    let app = App::with_a_day().await;
    let set = app.write(&zh()).await.unwrap();
    let name = set.files.iter().find(|file| file.name.ends_with("xlsx")).unwrap();
    let bytes = fs::read(set.folder.join(&name.name)).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names = archive.file_names().map(|name| name.unwrap().into_owned());
    let sheets: Vec<String> = names.filter(|name| name.contains("worksheets/sheet")).collect();
    assert_eq!(sheets.len(), FileKind::ALL.len() + 3);
    for name in sheets {
        let xml = std::io::read_to_string(archive.by_name(&name).unwrap()).unwrap();
        assert!(xml.contains("fitToPage=\"1\""), "{name}");
        assert!(xml.contains("fitToHeight=\"0\""), "{name}");
        assert!(xml.contains("orientation=\"landscape\""), "{name}");
        assert!(xml.contains("第 &amp;P 页，共 &amp;N 页"), "{name}");
    }
}

#[tokio::test]
async fn the_page_needs_nothing_from_outside_and_escapes_what_it_shows() {
    let app = App::with_a_day().await;
    for settings in [zh(), en()] {
        let set = app.write(&settings).await.unwrap();
        let name = set.files.iter().find(|file| file.name.ends_with("html")).unwrap();
        let page = fs::read_to_string(set.folder.join(&name.name)).unwrap();
        for outside in ["http://", "https://", "src=", "url(", "@import", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
        // The one script is the one that the page allows.
        let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
        let digest = STANDARD.encode(Sha256::digest(script));
        assert!(page.contains(&format!("script-src 'sha256-{digest}'\"")), "{digest}");
        assert_eq!(page.matches("<script").count(), 1);
        let mut open = Vec::new();
        for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let word = tag.split([' ', '\n']).next().unwrap();
            if tag.ends_with('/') {
                continue;
            }
            if let Some(ended) = word.strip_prefix('/') {
                assert_eq!(open.pop(), Some(ended), "{tag}");
            } else if !matches!(word, "!DOCTYPE" | "meta" | "br" | "input" | "wbr") {
                open.push(word);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

/// A workbook in which one text of the part with that name is another one.
pub(super) fn rezipped(bytes: &[u8], part: &str, from: &str, to: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        if name == part {
            let text = String::from_utf8(content).unwrap();
            assert!(text.contains(from), "{from} is not in {part}");
            content = text.replacen(from, to, 1).into_bytes();
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[tokio::test]
async fn verify_makes_page_and_workbook_again_and_names_the_cell_that_differs() {
    let app = App::with_a_day().await;
    let set = app.write(&en()).await.unwrap();
    let good = files(&set.folder);
    assert_eq!(report::verify(&set.folder).unwrap().rebuilt, Rebuilt::Same);
    let name = |ending: &str| format!("{DATE}_{ending}");
    let book = fs::read(set.folder.join(name("report.xlsx"))).unwrap();
    let problems = |expected: &[&str]| {
        let error = report::verify(&set.folder).unwrap_err().to_string();
        for expected in expected {
            assert!(error.contains(expected), "{expected}: {error}");
        }
        for (name, bytes) in &good {
            fs::write(set.folder.join(name), bytes).unwrap();
        }
    };
    // Whoever changes one of them and mends its digest: the file, the row and the column are named.
    tamper(&set.folder, &name("report.html"), |text| {
        text.replacen(">-123,456.00<", ">-123.00<", 1)
    });
    problems(&[
        "_report.html: line ",
        "says \"-123.00\"; by the CSV files and the manifest it is \"-123,456.00\"",
    ]);
    let part = "xl/worksheets/sheet5.xml";
    replace(&set.folder, &name("report.xlsx"), &rezipped(&book, part, ">34660<", ">34661<"));
    problems(&[
        "_report.xlsx: sheet summary, cell K10 (provider_amount): says \"34661\"; by the CSV files",
    ]);
    // A workbook that a spreadsheet has saved says the same, and is another file all the same.
    replace(&set.folder, &name("report.xlsx"), &rezipped(&book, part, ">34660<", ">34660<"));
    problems(&["_report.xlsx: has the same cells, but was saved by another program"]);
    // A changed CSV file, as the overviews show it.
    tamper(&set.folder, &name("rejected_rows.csv"), |text| {
        text.replacen("1.23457E+19", "1.2E+19", 1)
    });
    problems(&[
        "_report.html: line ",
        "_report.xlsx: sheet rejected_rows, cell D3 (value): says \"1.23457E+19\"; by the CSV files and the manifest \
         it is \"1.2E+19\"",
    ]);
    // What stands in the manifest alone.
    tamper(&set.folder, "manifest.json", |text| {
        text.replacen("orders unproved", "orders proved", 1)
    });
    problems(&["_report.html: line "]);
    // A set of another version is not held against this one.
    tamper(&set.folder, "manifest.json", |text| text.replacen("\"pending\"", "\"other\"", 1));
    assert_eq!(report::verify(&set.folder).unwrap().rebuilt, Rebuilt::OtherVersion);
}

#[tokio::test]
async fn verify_makes_the_index_again_and_names_the_line_that_differs() {
    let app = App::with_a_day().await;
    let set = app.write(&zh()).await.unwrap();
    assert_eq!(indexed(&set.folder).unwrap(), Indexed::None, "there is none");
    let reports = set.folder.parent().unwrap();
    let path = reports.join("index.html");
    report::index::write(reports, Language::Zh, Rights::default()).unwrap();
    assert_eq!(indexed(&set.folder).unwrap(), Indexed::Same);
    let good = fs::read_to_string(&path).unwrap();
    let day = format!("<a href=\"{DATE}/");
    fs::write(&path, good.replacen(&day, "<a href=\"2026-01-01/", 1)).unwrap();
    let differs = || match indexed(&set.folder).unwrap() {
        Indexed::Differs(lines) => lines.join("\n"),
        other @ (Indexed::Same | Indexed::OtherVersion | Indexed::None) => panic!("{other:?}"),
    };
    assert!(differs().contains("2026-01-01"), "a link that leads elsewhere");
    fs::write(&path, good.replacen("</h1>", "。</h1>", 1)).unwrap();
    let error = differs();
    let expected = ": says \"对账总览。\"; by the folders beside it it is \"对账总览\"";
    assert!(error.contains("line "), "{error}");
    assert!(error.contains(expected), "{error}");
    // A night that it shows was changed, or taken away.
    fs::write(&path, &good).unwrap();
    let roll = format!("{DATE}_差异变动表.csv");
    fs::write(set.folder.join(roll), "x").unwrap();
    let error = differs();
    assert!(error.contains("line "), "{error}");
    // Another version may make another one of the same folders.
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    tamper(&set.folder, "manifest.json", |text| text.replacen(&version, "\"version\": \"0.0\"", 1));
    assert_eq!(indexed(&set.folder).unwrap(), Indexed::OtherVersion);
}

//! The workbook and the page: what they say, and that they say what the CSV files say.

use std::fmt::Write;
use std::fs;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use duizhang::config::{Encoding, Language, LongIdGuard};
use duizhang::report::columns::{FileKind, Form};
use duizhang::report::csv::{reader, unguard};
use serde_json::Value;

use super::world::{DATE, date, settings};
use super::{House, en, zh};

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
    let house = House::with_a_day().await;
    let gb18030 = settings(Language::Zh, Encoding::Gb18030, LongIdGuard::Backtick);
    for settings in [zh(), en(), gb18030] {
        let set = house.write(&settings).await.unwrap();
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
            assert!(sheet.next().is_none(), "{title}");
        }
        assert_eq!(rows, name.rows);
    }
}

#[tokio::test]
async fn the_page_needs_nothing_from_outside_and_escapes_what_it_shows() {
    let house = House::with_a_day().await;
    for settings in [zh(), en()] {
        let set = house.write(&settings).await.unwrap();
        let name = set.files.iter().find(|file| file.name.ends_with("html")).unwrap();
        let page = fs::read_to_string(set.folder.join(&name.name)).unwrap();
        for outside in ["http://", "https://", "src=", "url(", "@import", "<script", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
        let mut open = Vec::new();
        for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let word = tag.split([' ', '\n']).next().unwrap();
            if let Some(ended) = word.strip_prefix('/') {
                assert_eq!(open.pop(), Some(ended), "{tag}");
            } else if !matches!(word, "!DOCTYPE" | "meta" | "br") {
                open.push(word);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

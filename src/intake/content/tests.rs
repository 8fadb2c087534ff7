//! What files are told to be, by their bytes.

use std::io::Write as _;

use super::*;

/// The text of a content, and its label and lines.
fn read(bytes: &[u8]) -> Result<(String, &'static str, u64), String> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    let is_bill = |content: &Content| {
        let mut text = String::new();
        let (mut input, _) = content.text().expect("text");
        input.read_to_string(&mut text).is_ok() && text.starts_with("a,b")
    };
    let content = examine(file.path(), "bill", &is_bill).map_err(|error| error.to_string())?;
    let Form::Text { label, lines, .. } = content.form else {
        return Ok((String::new(), content.label(), 0));
    };
    let mut text = String::new();
    content.text().expect("text").0.read_to_string(&mut text).expect("utf-8");
    Ok((text, label, lines))
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).expect("a file");
        writer.write_all(bytes).expect("written");
    }
    writer.finish().expect("an archive").into_inner()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).expect("written");
    writer.finish().expect("an archive")
}

fn utf16(text: &str, big_endian: bool, has_mark: bool) -> Vec<u8> {
    let mark = has_mark.then_some(0xFEFF);
    let units = mark.into_iter().chain(text.encode_utf16());
    let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
    units.flat_map(bytes).collect()
}

#[test]
fn text_is_read_in_every_dress_with_its_lines_counted() {
    let text = "a,b\n1,2\n";
    let table: Vec<(&str, Vec<u8>, &str, u64)> = vec![
        ("plain", text.into(), "utf-8", 2),
        ("no line end", "a,b\n1,2".into(), "utf-8", 2),
        ("a mark", [BOM, text.as_bytes()].concat(), "utf-8-bom", 2),
        ("two marks", [BOM, BOM, text.as_bytes()].concat(), "utf-8-bom", 2),
        ("carriage returns", "a,b\r1,2\r".into(), "utf-8", 2),
        ("carriage returns, not ended", "a,b\r1,2".into(), "utf-8", 2),
        ("utf-16", utf16(text, false, true), "utf-16", 2),
        ("utf-16, the other way", utf16(text, true, true), "utf-16", 2),
        ("utf-16 without a mark", utf16(text, false, false), "utf-16", 2),
        ("packed", gz(text.as_bytes()), "utf-8", 2),
        ("packed with a mark", gz(&[BOM, text.as_bytes()].concat()), "utf-8-bom", 2),
        ("the only file", zip(&[("x.csv", text.as_bytes())]), "utf-8", 2),
        (
            "the one that is a bill",
            zip(&[("x/y.csv", text.as_bytes()), ("sum.csv", b"x\n"), ("__MACOSX/._x", b"a,b")]),
            "utf-8",
            2,
        ),
        (
            "an archive beside it",
            zip(&[("x.csv", text.as_bytes()), ("old.zip", &zip(&[("x.csv", text.as_bytes())]))]),
            "utf-8",
            2,
        ),
        ("a notice beside it", zip(&[("x.csv", text.as_bytes()), ("n.pdf", b"%PDF")]), "utf-8", 2),
    ];
    for (what, bytes, label, lines) in table {
        let found = read(&bytes).expect(what);
        let plain = found.0.trim_end_matches('\n');
        assert_eq!((plain, found.1, found.2), ("a,b\n1,2", label, lines), "{what}");
    }
}

#[test]
fn what_is_no_table_is_named() {
    let bill: &[u8] = b"a,b\n";
    let table: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "is empty"),
        (
            b"<xml><return_code>FAIL</return_code></xml>".to_vec(),
            "is XML: it is what an interface answered",
        ),
        ([BOM, b"\n<?xml version=\"1.0\"?>"].concat(), "is XML"),
        (b"{\"code\":\"NO_STATEMENT_EXIST\"}".to_vec(), "is JSON"),
        (b"[ {\"code\": 1} ]".to_vec(), "is JSON"),
        (b"<!DOCTYPE html><html>".to_vec(), "is an HTML page"),
        (b"<table><tr><td>".to_vec(), "a table of an HTML page"),
        (b"%PDF-1.4".to_vec(), "is a PDF document"),
        (b"Rar!\x1a\x07".to_vec(), "is a RAR archive: unpack it first"),
        (b"7z\xBC\xAF\x27\x1C".to_vec(), "is a 7z archive"),
        (b"\xD0\xCF\x11\xE0\xA1".to_vec(), "an old Excel workbook"),
        (zip(&[("a.csv", b"x\n"), ("b.csv", b"y\n")]), "2 files (a.csv, b.csv), and none of them"),
        (zip(&[("a.csv", bill), ("b.csv", bill)]), "more than one is such a bill"),
        (zip(&[]), "there is nothing in it"),
        (zip(&[("a.zip", &zip(&[("a.csv", bill)]))]), "there is an archive inside"),
        (zip(&[("a.csv.gz", &gz(bill))]), "there is an archive inside"),
        (gz(&gz(bill)), "there is an archive inside"),
        (gz(&zip(&[("a.csv", bill)])), "there is an archive inside"),
        (
            b"<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\">".to_vec(),
            "is a bank's statement in XML (camt): layout = \"camt053\"",
        ),
        (gz(b"%PDF"), "is a PDF document"),
        (b"PK\x03\x04....".to_vec(), "an archive that cannot be read"),
        (b"\x1F\x8B\x08xx".to_vec(), "it cannot be unpacked"),
    ];
    for (bytes, expected) in table {
        let error = read(&bytes).expect_err(expected);
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
    }
    // A header may begin with a bracket.
    assert!(read("[时间],[金额]\n".as_bytes()).is_ok());
}

#[test]
fn an_archive_with_a_password_says_so() {
    let mut bytes = zip(&[("x.csv", b"a,b\n")]);
    // The flag of encryption, in the file's header and in the directory.
    for mark in [&b"PK\x03\x04"[..], b"PK\x01\x02"] {
        let at = bytes.windows(4).position(|found| found == mark).expect("a header");
        let flag = at + if mark[2] == 3 { 6 } else { 8 };
        bytes[flag] |= 1;
    }
    assert!(read(&bytes).expect_err("refused").contains("a zip archive with a password"));
}

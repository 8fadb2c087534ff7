//! A bill that comes packed: a zip or gz with one bill in it.

use std::io::Cursor;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::{Besides, Content, Form, Place, bounded, foreign, of_memory};
use crate::intake::cell;
use crate::intake::table::TableError;

/// Files of an archive that are looked at.
const MEMBERS_MAX: usize = 64;

/// Whether bytes begin as a zip, a workbook or a gz does.
pub(super) fn is_packed(start: &[u8]) -> bool {
    [&b"PK\x03\x04"[..], b"PK\x05\x06", b"\x1F\x8B"].iter().any(|mark| start.starts_with(mark))
}

/// What is in a file that was read into memory, where it is packed.
///
/// # Errors
///
/// [`TableError`] when it cannot be unpacked, or holds no table, or several.
pub(super) fn unpacked(
    whole: Content,
    name: &str,
    besides: Besides,
    is_wanted: &dyn Fn(&Content) -> bool,
) -> Result<Content, TableError> {
    let Place::Memory(bytes) = &whole.place else { return Ok(whole) };
    if whole.form != Form::Workbook {
        return Ok(whole);
    }
    if bytes.starts_with(b"\x1F\x8B") {
        let inside = bounded(MultiGzDecoder::new(bytes.as_slice()), name)
            .map_err(|error| not_unpacked(error, name))?;
        foreign::refuse(&inside, name, besides)?;
        let inside = of_memory(inside, "the file inside".to_owned(), name)?;
        return as_packed(&whole, inside, name);
    }
    let mut archive = archive(bytes, name)?;
    let has = |wanted: &str| archive.index_for_name(wanted).is_some();
    if has("[Content_Types].xml") || has("xl/workbook.xml") {
        return Ok(whole);
    }
    if has("mimetype") && has("content.xml") {
        let found = "an OpenDocument spreadsheet";
        let advice = crate::intake::table::SAVE;
        return Err(TableError::Other { name: name.to_owned(), found, advice });
    }
    let names = members(&mut archive, name)?;
    let mut inside = |at: usize, member: &str| {
        let input = archive.by_index(at).map_err(|error| broken(name, &error.to_string()))?;
        let bytes = bounded(input, name)?;
        foreign::refuse(&bytes, name, besides)?;
        of_memory(bytes, member.to_owned(), name)
    };
    if let [(at, member)] = &names[..] {
        return as_packed(&whole, inside(*at, member)?, name);
    }
    // Of several files only the bill is kept while the others are looked at: an archive of a megabyte can
    // hold sixty that fill the memory one by one.
    let (mut readable, mut wanted) = (Vec::new(), None);
    let mut is_one = true;
    for (at, member) in &names {
        // A notice in another form may lie beside the bill.
        let Ok(found) = inside(*at, member) else { continue };
        readable.push((*at, member.as_str()));
        if is_wanted(&found) {
            is_one &= wanted.is_none();
            wanted = Some(found);
        }
    }
    match (wanted, &readable[..]) {
        (None, [(at, member)]) => as_packed(&whole, inside(*at, member)?, name),
        (Some(found), _) if is_one => as_packed(&whole, found, name),
        (found, _) => Err(TableError::Archive {
            name: name.to_owned(),
            files: names.len(),
            problem: if found.is_none() {
                "none of them is the bill that the configuration describes".to_owned()
            } else {
                "more than one is such a bill".to_owned()
            },
            names: names
                .iter()
                .map(|(_, member)| cell::shown(member))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// A file inside, with the digest of what it came in.
fn as_packed(whole: &Content, inside: Content, name: &str) -> Result<Content, TableError> {
    let Content { digest, bytes, .. } = *whole;
    let is_archive = match (&inside.place, inside.form) {
        (Place::Memory(bytes), Form::Workbook) => !is_workbook(bytes),
        _ => false,
    };
    if is_archive {
        return Err(broken(name, "there is an archive inside"));
    }
    Ok(Content { digest, bytes, ..inside })
}

fn is_workbook(bytes: &Arc<Vec<u8>>) -> bool {
    let archive = ZipArchive::new(Cursor::new(bytes.as_slice()));
    let parts = ["[Content_Types].xml", "xl/workbook.xml"];
    archive.is_ok_and(|archive| parts.iter().any(|part| archive.index_for_name(part).is_some()))
}

fn archive<'a>(bytes: &'a [u8], name: &str) -> Result<ZipArchive<Cursor<&'a [u8]>>, TableError> {
    ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(name, &error.to_string()))
}

/// The files of an archive that may be bills, with their numbers.
fn members(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Result<Vec<(usize, String)>, TableError> {
    let mut names = Vec::new();
    for at in 0..archive.len() {
        let member = archive.by_index_raw(at).map_err(|error| broken(name, &error.to_string()))?;
        let own = String::from_utf8(member.name_raw().to_vec()).unwrap_or_else(|raw| {
            encoding_rs::GB18030.decode_without_bom_handling(raw.as_bytes()).0.into_owned()
        });
        let file = own.rsplit('/').next().unwrap_or_default();
        if member.is_dir() || own.starts_with("__MACOSX") || file.starts_with('.') {
            continue;
        }
        if member.encrypted() {
            let found = "a zip archive with a password";
            let advice = "unpack it with its password, and import what is in it";
            return Err(TableError::Other { name: name.to_owned(), found, advice });
        }
        names.push((at, own));
    }
    if names.is_empty() {
        return Err(broken(name, "there is nothing in it"));
    }
    if names.len() > MEMBERS_MAX {
        return Err(broken(name, "there are too many files in it"));
    }
    Ok(names)
}

/// Bytes in memory can only fail to be read because they cannot be unpacked.
fn not_unpacked(error: TableError, name: &str) -> TableError {
    if let TableError::Read { .. } = error { broken(name, "it cannot be unpacked") } else { error }
}

fn broken(name: &str, problem: &str) -> TableError {
    TableError::Packed { name: name.to_owned(), problem: cell::shown(problem) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_unpacked_is_not_called_broken() {
        let large = TableError::TooLarge { name: "bill".to_owned(), limit: "256 MB unpacked" };
        let said = not_unpacked(large, "bill").to_string();
        assert!(said.contains("has more than 256 MB unpacked"), "{said}");
        let source = std::io::Error::other("corrupt deflate stream");
        let broken = TableError::Read { name: "bill".to_owned(), source };
        let said = not_unpacked(broken, "bill").to_string();
        assert!(said.contains("it cannot be unpacked"), "{said}");
    }
}

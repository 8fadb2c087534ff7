//! A bill that comes packed: a zip or gz with one bill in it.

use std::io::Cursor;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::{
    Besides, Content, Form, MEMORY_BYTES_MAX, Place, bounded, bounded_by, foreign, of_memory,
};
use crate::config::Encoding;
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
    let (mut all, mut left) = (Vec::new(), MEMORY_BYTES_MAX);
    for (at, member) in &names {
        let input = archive.by_index(*at).map_err(|error| broken(name, &error.to_string()))?;
        // Together they have to be so few that they can be held.
        let bytes = bounded_by(left, input, name);
        let too_large = matches!(bytes, Err(TableError::TooLarge { .. }));
        let read = bytes.and_then(|bytes| {
            left = left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            foreign::refuse(&bytes, name, besides)?;
            of_memory(bytes, member.clone(), name)
        });
        match read {
            Ok(inside) => all.push(inside),
            // A notice in another form may lie beside the bill.
            Err(_) if names.len() > 1 && !too_large => {}
            Err(error) => return Err(error),
        }
    }
    let mut wanted: Vec<_> = match all.len() {
        1 => all,
        _ => all.into_iter().filter(|inside| is_wanted(inside)).collect(),
    };
    if besides != Besides::Nothing && wanted.len() > 1 {
        return Ok(as_one(&whole, wanted));
    }
    match (wanted.pop(), wanted.is_empty()) {
        (Some(inside), true) => as_packed(&whole, inside, name),
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

/// Several files inside as one, in the order of their names.
fn as_one(whole: &Content, mut parts: Vec<Content>) -> Content {
    parts.sort_by(|a, b| a.inside.cmp(&b.inside));
    let inside = parts.iter().map(|part| part.inside.as_str()).collect::<Vec<_>>().join(", ");
    let lines = parts.iter().map(Content::lines).fold(0, u64::saturating_add);
    let encoding = parts.first().map_or(Encoding::Utf8, |first| match first.form {
        Form::Text { encoding, .. } => encoding,
        Form::Workbook => Encoding::Utf8,
    });
    let form = Form::Text { label: encoding.code(), encoding, lines, has_returns: false };
    let place = Place::Memory(Arc::default());
    Content { digest: whole.digest, bytes: whole.bytes, inside, form, place, more: parts }
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
        let message = not_unpacked(large, "bill").to_string();
        assert!(message.contains("has more than 256 MB unpacked"), "{message}");
        let source = std::io::Error::other("corrupt deflate stream");
        let broken = TableError::Read { name: "bill".to_owned(), source };
        let message = not_unpacked(broken, "bill").to_string();
        assert!(message.contains("it cannot be unpacked"), "{message}");
    }
}

//! The index beside a folder is made again from the folders that it shows, and has to be the one that is there.

use std::fs;
use std::path::Path;

use crate::config::Language;
use crate::report::verify::rebuilt::{self, BYTES_MAX};
use crate::report::verify::{VerifyError, manifest_of};
use crate::report::{index, verify};

/// Whether the index beside a folder says what the folders say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Indexed {
    /// Made again, it is the same.
    Same,
    /// It says something else, in these lines. It belongs to no one folder, so that the folder is what its manifest says
    /// all the same.
    Differs(Vec<String>),
    /// Another version wrote the newest report, and perhaps the index: it was not compared.
    OtherVersion,
    /// There is none beside the folder, or the folder is none that an index shows.
    None,
}

impl Indexed {
    /// A code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Differs(_) => "differs",
            Self::OtherVersion => "other_version",
            Self::None => "none",
        }
    }
}

/// Makes the index beside the report of a date again.
///
/// # Errors
///
/// [`VerifyError::Unreadable`] where the index or the folder above cannot be read.
pub fn indexed(folder: &Path) -> Result<Indexed, VerifyError> {
    // A path like `.` names no folder by itself.
    let Ok(folder) = folder.canonicalize() else { return Ok(Indexed::None) };
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_of_a_date = verify::BusinessDate::parse(name).is_some();
    let Some(above) = folder.parent().filter(|_| is_of_a_date) else { return Ok(Indexed::None) };
    let path = above.join(index::NAME);
    let unreadable = |source| VerifyError::Unreadable { path: path.clone(), source };
    if !path.try_exists().map_err(unreadable)? {
        return Ok(Indexed::None);
    }
    let newest = index::newest(above).map_err(unreadable)?;
    let newest = newest.and_then(|date| manifest_of(&above.join(date.to_string())).ok());
    let is_ours = newest.is_some_and(|it| it.tool.version == env!("CARGO_PKG_VERSION"));
    if !is_ours {
        return Ok(Indexed::OtherVersion);
    }
    let is_small = fs::metadata(&path).map_err(unreadable)?.len() <= BYTES_MAX;
    let found = if is_small { fs::read(&path).map_err(unreadable)? } else { Vec::new() };
    let is_in_chinese = found.windows(8).take(200).any(|bytes| bytes == b"lang=\"zh");
    let language = if is_in_chinese { Language::Zh } else { Language::En };
    let again = index::made(above, language).map_err(unreadable)?;
    let problems = rebuilt::differences_of_text(&again, &found, "by the folders beside it");
    Ok(if problems.is_empty() { Indexed::Same } else { Indexed::Differs(problems) })
}

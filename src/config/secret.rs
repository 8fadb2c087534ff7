//! Secrets: named in the configuration, never written there.

use std::path::Path;

use super::reader::{Section, io_reason};
use crate::provider::Secret;

/// Bytes of a secret's file, at most: keys are small, a larger file is a mistake.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The key of the problems and warnings about the file of a secret.
pub(crate) const SECRET_FILE_KEY: &str = "file";

/// What a configuration refers to outside itself.
#[derive(Clone, Copy)]
pub(crate) struct Outside<'a> {
    /// The environment.
    pub(crate) env: &'a dyn Fn(&str) -> Option<String>,
    /// The folder of the configuration file.
    pub(crate) base: &'a Path,
}

/// Reads `{ env = "NAME" }` or `{ file = "PATH" }`; `None` when absent or when there is a problem.
///
/// `owner` is whose secret it is, for the name that a message proposes. No message holds the value.
pub(crate) fn secret(
    section: &Section<'_>,
    key: &str,
    owner: &str,
    outside: Outside<'_>,
) -> Option<Secret> {
    if !section.has(key) {
        return None;
    }
    if !section.is_table(key) {
        let fix = format!("write {key} = {}", example(owner, key));
        section.refuse(key, "is a secret and must not stand in this file", fix);
        return None;
    }
    let place = format!("{key} of {}", section.place);
    let table = section.section(key, &place, &["env", "file"]);
    match (table.has("env"), table.has("file")) {
        (true, false) => from_env(&table, outside),
        (false, true) => from_file(&table, outside),
        (true, true) => {
            section.refuse(key, "has both env and file", "keep one of them");
            None
        }
        (false, false) => {
            if table.lacks("file") {
                table.require("env", "\"NAME\" or file = \"PATH\"");
            }
            None
        }
    }
}

/// How a secret is written: `{ env = "ZHANGXUN_MAIN_KEY" } or { file = "secrets/…" }`.
pub(crate) fn example(owner: &str, key: &str) -> String {
    let name: String = format!("{owner}_{key}")
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
        .collect();
    format!("{{ env = \"{name}\" }} or {{ file = \"PATH\" }}")
}

fn from_env(table: &Section<'_>, outside: Outside<'_>) -> Option<Secret> {
    let name = table.text("env")?;
    let letters = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !letters || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        // Perhaps the secret itself: it is not repeated.
        let fix = "write the variable's name, in letters, digits and _";
        table.refuse("env", "is not the name of an environment variable", fix);
        return None;
    }
    let value = (outside.env)(name).map(|value| value.trim().to_owned());
    match value {
        None => table.refuse("env", &format!("needs {name}, which is not set"), "set it"),
        Some(value) if value.is_empty() => {
            table.refuse("env", &format!("needs {name}, which is empty"), "set it");
        }
        Some(value) => return Some(Secret::new(value)),
    }
    None
}

fn from_file(table: &Section<'_>, outside: Outside<'_>) -> Option<Secret> {
    let path = table.text("file")?;
    match read(&outside.base.join(path)) {
        Ok((value, readable_by_all)) => {
            if readable_by_all {
                let fix = format!("run chmod 600 {path}");
                table.warn(SECRET_FILE_KEY, &format!("is {path}, which every user can read"), fix);
            }
            Some(Secret::new(value))
        }
        Err(reason) => {
            let fix = if outside.base.join(path).exists() {
                "check the path and its permissions".to_owned()
            } else {
                format!("write it there, for your eyes only: (umask 077; cat > {path})")
            };
            table.refuse(
                SECRET_FILE_KEY,
                &format!("is {path}, which cannot be used: {reason}"),
                fix,
            );
            None
        }
    }
}

/// The content without surrounding white space, and whether everybody may read it.
fn read(path: &Path) -> Result<(String, bool), String> {
    let metadata = std::fs::metadata(path).map_err(|error| io_reason(&error))?;
    if metadata.len() > FILE_BYTES_MAX {
        return Err("it is too large for a secret".to_owned());
    }
    let bytes = std::fs::read(path).map_err(|error| io_reason(&error))?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let value = text.trim_start_matches('\u{feff}').trim();
    if value.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok((value.to_owned(), readable_by_all(&metadata)))
}

#[cfg(unix)]
fn readable_by_all(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn readable_by_all(_: &std::fs::Metadata) -> bool {
    false
}

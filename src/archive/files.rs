//! The archive's folder and file names, and who may read them.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::{ArchiveError, Place};
use crate::business_day::BusinessDate;

/// One file of the archive, known by its name.
pub(super) struct ArchiveFile {
    pub(super) number: u32,
    pub(super) date: BusinessDate,
    pub(super) path: PathBuf,
}

/// The files whose names are ours, in no order.
pub(super) fn list(dir: &Path) -> Result<Vec<ArchiveFile>, ArchiveError> {
    let failed = |source| ArchiveError::file("list", dir, source);
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if let Some((number, date)) = entry.file_name().to_str().and_then(parsed) {
            files.push(ArchiveFile { number, date, path: entry.path() });
        }
    }
    Ok(files)
}

fn parsed(name: &str) -> Option<(u32, BusinessDate)> {
    let mut parts = name.strip_suffix(".gz")?.splitn(3, '_');
    let number = parts.next()?.parse().ok()?;
    let date = BusinessDate::parse(parts.next()?)?;
    parts.next()?;
    Some((number, date))
}

/// Makes a new file with the next number. Two runs that want the same number get two numbers: the
/// folder is locked from looking to making.
pub(super) fn create_next(
    dir: &Path,
    account: &str,
    date: BusinessDate,
    ending: &str,
) -> Result<(u32, PathBuf, File), ArchiveError> {
    let lock = dir.join(".lock");
    let _locked = private(OpenOptions::new().create(true).write(true).truncate(false))
        .open(&lock)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|source| ArchiveError::file("lock", &lock, source))?;
    let highest = list(dir)?.iter().map(|file| file.number).max().unwrap_or(0);
    let number = highest.saturating_add(1);
    if number > Place::FILE_MAX {
        return Err(ArchiveError::Full { path: dir.display().to_string() });
    }
    let path = dir.join(format!("{number:08}_{date}_{}.{ending}", safe(account)));
    let file = private(OpenOptions::new().append(true).create_new(true))
        .open(&path)
        .map_err(|source| ArchiveError::file("make", &path, source))?;
    sync_dir(dir).map_err(|source| ArchiveError::file("sync", dir, source))?;
    Ok((number, path, file))
}

/// Account names may hold anything; file names may not.
fn safe(account: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    account.chars().map(|c| if allowed(c) { c } else { '-' }).take(64).collect()
}

/// Empties a file; says whether there was anything in it.
pub(super) fn empty(path: &Path) -> io::Result<bool> {
    let file = OpenOptions::new().write(true).open(path)?;
    let had_content = file.metadata()?.len() > 0;
    file.set_len(0)?;
    Ok(had_content)
}

#[cfg(unix)]
pub(super) fn make_private_dir(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    let permissions = fs::metadata(dir)?.permissions();
    if permissions.mode() & 0o077 != 0 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn make_private_dir(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Makes a new name in a folder survive a power cut.
#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}

//! Folders that are written to: whether they can be, and whether the disk has space.

use std::io;
use std::path::{Path, PathBuf};

use super::Part;
use crate::config::Config;

/// Tells how many bytes are free where a folder is.
pub type SpaceOf<'a> = dyn Fn(&Path) -> io::Result<u64> + Sync + 'a;

/// Bytes below which a night may not fit: a million orders take about this in ledger, archive,
/// report and the rows that are being sorted.
const NEEDED_BYTES: u64 = 2 << 30;

/// Bytes below which it is time to think about space.
const COMFORTABLE_BYTES: u64 = 10 << 30;

/// Looks at every folder that a night writes to.
pub(super) fn folders(config: &Config, path: &Path, space: &SpaceOf<'_>) -> Vec<Part> {
    let mut wanted = vec![
        ("reports", config.reports.dir.clone(), "dir in [reports]"),
        ("archive", config.archive.dir.clone(), "dir in [archive]"),
        ("working files", config.base.join("var/spool"), "the folder of duizhang.toml"),
    ];
    if let Some(folder) = config.metrics.textfile.as_ref().and_then(|file| file.parent()) {
        wanted.push(("metrics", folder.to_owned(), "textfile in [metrics]"));
    }
    let mut parts: Vec<Part> = wanted
        .iter()
        .map(|(name, folder, key)| {
            let mut part = Part::new(name);
            part.found = folder.display().to_string();
            writable(&mut part, folder, key);
            part
        })
        .collect();
    let ledger = config.ledger_url.strip_prefix("sqlite://").map(PathBuf::from);
    let mut folders: Vec<PathBuf> = wanted.into_iter().map(|(_, folder, _)| folder).collect();
    folders.extend(ledger.as_deref().and_then(Path::parent).map(Path::to_owned));
    parts.push(disk(&folders, path, space));
    parts
}

/// Whether a file can be made in a folder, or the folder in what there is of its path.
fn writable(part: &mut Part, folder: &Path, key: &str) {
    let Some(there) = nearest(folder) else {
        part.wrong(format!("there is no {}", folder.display()), format!("check {key}"));
        return;
    };
    if !there.is_dir() {
        let what = format!("{} is no folder", there.display());
        part.wrong(what, format!("check {key}"));
    } else if let Err(error) = tempfile::tempfile_in(there) {
        let what = format!("{} cannot be written to: {}", there.display(), error.kind());
        let fix = format!("let the user that runs duizhang write there, or change {key}");
        part.wrong(what, fix);
    }
}

/// The folder itself, or the nearest one above it that is there.
fn nearest(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|ancestor| ancestor.exists())
}

fn disk(folders: &[PathBuf], path: &Path, space: &SpaceOf<'_>) -> Part {
    let mut part = Part::new("disk");
    let mut least: Option<(u64, PathBuf)> = None;
    for folder in folders {
        let Some(there) = nearest(folder) else { continue };
        match space(there) {
            Ok(bytes) if least.as_ref().is_none_or(|(known, _)| bytes < *known) => {
                least = Some((bytes, there.to_owned()));
            }
            Ok(_) => {}
            Err(error) => part.note(
                format!("the free space of {} is not known: {}", there.display(), error.kind()),
                "",
            ),
        }
    }
    let Some((bytes, folder)) = least else {
        "not looked at".clone_into(&mut part.found);
        return part;
    };
    let mib = bytes >> 20;
    part.found = format!("{mib} MiB free");
    let what = format!("only {mib} MiB are free at {}", folder.display());
    let fix = format!(
        "free some space, or move the folders in {} to a larger disk; retention_days in [archive] \
         says how long raw answers are kept",
        path.display()
    );
    if bytes < NEEDED_BYTES {
        part.wrong(what, fix);
    } else if bytes < COMFORTABLE_BYTES {
        part.note(what, fix);
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_nearly_full_is_noticed() {
        let free = |bytes: u64| move |_: &Path| Ok(bytes);
        let unknown = |_: &Path| Err(io::ErrorKind::Unsupported.into());
        let table: [(&SpaceOf<'_>, usize, usize); 4] = [
            (&free(NEEDED_BYTES - 1), 1, 0),
            (&free(NEEDED_BYTES), 0, 1),
            (&free(COMFORTABLE_BYTES), 0, 0),
            (&unknown, 0, 1),
        ];
        for (space, wrong, notes) in table {
            let part = disk(&[PathBuf::from("/no/such/folder")], Path::new("d.toml"), space);
            assert_eq!((part.wrong.len(), part.notes.len()), (wrong, notes), "{part}");
        }
    }

    #[test]
    fn a_folder_that_is_a_file_cannot_be_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("reports");
        std::fs::write(&file, "").expect("a file");
        let mut part = Part::new("reports");
        writable(&mut part, &file, "dir in [reports]");
        assert_eq!(part.wrong.len(), 1, "{part}");
        let mut part = Part::new("reports");
        writable(&mut part, &folder.path().join("not/there/yet"), "dir in [reports]");
        assert_eq!(part.wrong.len(), 0, "{part}");
        assert!(!folder.path().join("not").exists());
    }
}

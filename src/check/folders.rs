//! Folders that are written to: whether they can be, and whether the disk has space.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Part;
use super::room::{self, Growth};
use crate::archive::ArchiveKeys;
use crate::config::Config;

/// Tells how many bytes are free where a folder is.
pub type SpaceOf<'a> = dyn Fn(&Path) -> io::Result<u64> + Sync + 'a;

/// Bytes below which a night may not fit: a million orders take about this in ledger, archive,
/// report and the rows that are being sorted.
const NEEDED_BYTES: u64 = 2 << 30;

/// Bytes below which it is time to think about space.
const COMFORTABLE_BYTES: u64 = 10 << 30;

/// Nights for which there is to be room, or it is time to think about space.
const COMFORTABLE_NIGHTS: u64 = 14;

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
    if let Some(archive) = parts.iter_mut().find(|part| part.name == "archive") {
        encrypted(archive, &config.archive.keys);
    }
    let ledger = config.ledger_url.strip_prefix("sqlite://").map(PathBuf::from);
    let mut folders: Vec<PathBuf> = wanted.into_iter().map(|(_, folder, _)| folder).collect();
    folders.extend(ledger.as_deref().and_then(Path::parent).map(Path::to_owned));
    parts.push(disk(&folders, &room::a_night(config), path, space));
    parts
}

/// Whether answers are encrypted, and whether they can be read here.
fn encrypted(part: &mut Part, keys: &ArchiveKeys) {
    if !keys.encrypts() {
        return;
    }
    part.found.push_str(", encrypted");
    if !keys.has_identity() {
        part.note(
            "answers are encrypted and cannot be read here: [archive] identity is not set",
            "nights do without it; run ledger verify with it, on a machine that may read them",
        );
    }
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

/// One file system that is written to.
struct Disk {
    folder: PathBuf,
    free: u64,
    /// Bytes that a night takes of it, as far as that is known.
    a_night: u64,
}

fn disk(folders: &[PathBuf], growths: &[Growth], path: &Path, space: &SpaceOf<'_>) -> Part {
    let mut part = Part::new("disk");
    let mut disks: BTreeMap<u64, Disk> = BTreeMap::new();
    for folder in folders {
        let Some(there) = nearest(folder) else { continue };
        let device = device(there);
        if disks.contains_key(&device) {
            continue;
        }
        match space(there) {
            Ok(free) => {
                let folder = there.to_owned();
                disks.insert(device, Disk { folder, free, a_night: 0 });
            }
            Err(error) => part.note(
                format!("the free space of {} is not known: {}", there.display(), error.kind()),
                "",
            ),
        }
    }
    for growth in growths {
        let device = nearest(&growth.folder).map(device);
        if let Some(disk) = device.and_then(|device| disks.get_mut(&device)) {
            disk.a_night = disk.a_night.saturating_add(growth.bytes);
        }
    }
    let Some(least) = disks.values().map(|disk| disk.free).min() else {
        "not looked at".clone_into(&mut part.found);
        return part;
    };
    let a_night = disks.values().fold(0_u64, |sum, disk| sum.saturating_add(disk.a_night));
    part.found = match a_night {
        0 => format!("{} MiB free", least >> 20),
        bytes => format!("{} MiB free; a night takes about {} MiB", least >> 20, mib(bytes)),
    };
    for disk in disks.values() {
        enough(&mut part, disk, path);
    }
    part
}

/// Whole mebibytes, never none of something.
const fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// Whether a file system has room for what is to come.
fn enough(part: &mut Part, disk: &Disk, path: &Path) {
    let Disk { folder, free, a_night } = disk;
    let needed = NEEDED_BYTES.max(a_night.saturating_mul(2));
    let comfortable = COMFORTABLE_BYTES.max(a_night.saturating_mul(COMFORTABLE_NIGHTS));
    let mut what = format!("only {} MiB are free at {}", free >> 20, folder.display());
    if let Some(nights) = free.checked_div(*a_night) {
        what = format!("{what}: enough for {nights} nights like the last ones");
    }
    let fix = format!(
        "free some space, or move the folders in {} to a larger disk; retention_days in [archive] \
         says how long raw answers are kept, and in [ledger] how long what is finished",
        path.display()
    );
    if *free < needed {
        part.wrong(what, fix);
    } else if *free < comfortable {
        part.note(what, fix);
    }
}

/// The number of the file system on which a path is; 0 where that cannot be told.
fn device(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |it| it.dev())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_is_nearly_full_is_noticed() {
        let free = |bytes: u64| move |_: &Path| Ok(bytes);
        let unknown = |_: &Path| Err(io::ErrorKind::Unsupported.into());
        // Free bytes, bytes that a night takes, problems, notes.
        let large = COMFORTABLE_BYTES;
        let table: [(&SpaceOf<'_>, u64, usize, usize); 7] = [
            (&free(NEEDED_BYTES - 1), 0, 1, 0),
            (&free(NEEDED_BYTES), 0, 0, 1),
            (&free(COMFORTABLE_BYTES), 1 << 20, 0, 0),
            (&free(2 * large - 1), large, 1, 0),
            (&free(2 * large), large, 0, 1),
            (&free(COMFORTABLE_NIGHTS * large), large, 0, 0),
            (&unknown, large, 0, 1),
        ];
        let folder = PathBuf::from("/no/such/folder");
        for (space, bytes, wrong, notes) in table {
            let growths = [Growth { folder: folder.clone(), bytes }];
            let part = disk(std::slice::from_ref(&folder), &growths, Path::new("d.toml"), space);
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

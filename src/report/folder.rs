//! The folder of a date or month, replaced as a whole: a kill at any moment leaves the old or the new set.
//!
//! A set is written into `.{date}.partial` beside `{date}`. When it is complete and durable:
//!
//! 1. `.{date}.partial/superseded` is made;
//!
//! then, where the file system can exchange two names (Linux's common ones),
//!
//! 2. `.{date}.partial` and `{date}` change places in one step, so that there is a set at every moment;
//! 3. the old set moves from `.{date}.partial` to `{date}/superseded/NNN`, and what it had superseded
//!    moves up beside it;
//!
//! and where it cannot,
//!
//! 2. `{date}` is renamed to `.{date}.partial/superseded/NNN`: the old set, with all that it
//!    superseded, in one step;
//! 3. `.{date}.partial` is renamed to `{date}`;
//! 4. what the old set had superseded moves up beside it.
//!
//! A killed run is put right by the next one: an old set in a partial folder is put aside, a partial
//! folder that holds an old set goes on with 3 and 4, any other is an unfinished draft and is removed. Where 2 fails (a spreadsheet holds a file
//! open, no right to write) nothing has changed yet, and the new set is kept as `{date}.new-N`.

use std::fmt::Display;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::config::Rights;
use crate::report::csv::hex;
use crate::report::{ReportError, ReportFile};

mod switch;

use switch::{Disk, Place, RealDisk, holds_old_set, keep, recover, switch};

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was written.
    Written {
        /// Where the set that it replaced is now.
        superseded: Option<PathBuf>,
    },
    /// The set that was there says the same: nothing was touched.
    Unchanged,
}

/// The folder of a business date or month.
pub fn current(dir: &Path, label: impl Display) -> PathBuf {
    dir.join(label.to_string())
}

/// A set that is being written. Dropped before it is settled, it leaves no trace.
#[derive(Debug)]
pub struct Draft {
    place: Place,
    rights: Rights,
    unfinished: bool,
}

impl Draft {
    /// Puts right what killed runs have left in `dir`, and starts an empty set.
    ///
    /// # Errors
    ///
    /// [`ReportError::File`] when the folder cannot be made.
    pub fn begin(dir: &Path, label: impl Display, rights: Rights) -> Result<Self, ReportError> {
        let place = Place { dir: dir.to_path_buf(), label: label.to_string() };
        let make = |path: &Path, all: bool| {
            DirBuilder::new().recursive(all).mode(rights.folder).create(path)
        };
        make(dir, true).map_err(|source| ReportError::file(dir, source))?;
        recover(&RealDisk, &place).map_err(|source| ReportError::file(dir, source))?;
        let partial = place.partial();
        make(&partial, false).map_err(|source| ReportError::file(&partial, source))?;
        Ok(Self { place, rights, unfinished: true })
    }

    /// A new file in the set, and where it will be.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn create(&self, name: &str) -> Result<(PathBuf, File), ReportError> {
        let path = self.place.partial().join(name);
        let file =
            OpenOptions::new().write(true).create_new(true).mode(self.rights.file).open(&path);
        let file = file.map_err(|source| ReportError::file(&path, source))?;
        Ok((self.place.current().join(name), file))
    }

    /// Writes a whole file and returns its SHA-256.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<String, ReportError> {
        let (path, mut file) = self.create(name)?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|source| ReportError::file(&path, source))?;
        Ok(hex(&Sha256::digest(bytes)))
    }

    /// SHA-256 and length of a file of the set.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn measure(&self, name: &str) -> Result<(String, u64), ReportError> {
        let path = self.place.partial().join(name);
        sha256_of(&path).map_err(|source| ReportError::file(&path, source))
    }

    /// The folder in which the set is being written.
    pub fn folder(&self) -> PathBuf {
        self.place.partial()
    }

    /// Puts the set in its place, unless the one that is there says the same.
    ///
    /// # Errors
    ///
    /// [`ReportError::InUse`] when the old set cannot be moved; the new one is kept beside it.
    pub fn settle(&mut self, files: &[ReportFile]) -> Result<Outcome, ReportError> {
        self.settle_on(&RealDisk, files)
    }

    fn settle_on(&mut self, disk: &dyn Disk, files: &[ReportFile]) -> Result<Outcome, ReportError> {
        let place = &self.place;
        if same(&place.current(), files) {
            return Ok(Outcome::Unchanged);
        }
        sync_folder(&place.partial());
        // From here on the partial folder may hold the old set: it is never simply removed again.
        self.unfinished = false;
        match switch(disk, place) {
            Ok(superseded) => Ok(Outcome::Written { superseded }),
            Err(source) if is_full(&source) && !holds_old_set(place) => {
                self.unfinished = true;
                Err(ReportError::DiskFull { path: place.current() })
            }
            Err(source) => {
                let folder = place.current();
                let kept = keep(disk, place, files).unwrap_or_else(|_| place.partial());
                Err(ReportError::InUse { folder, kept, source })
            }
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.unfinished {
            // What cannot be removed now is removed by the next run.
            let _ = fs::remove_dir_all(self.place.partial());
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether a folder holds these very files.
fn same(folder: &Path, files: &[ReportFile]) -> bool {
    files.iter().all(|file| {
        sha256_of(&folder.join(&file.name)).is_ok_and(|(digest, _)| digest == file.sha256)
    })
}

/// SHA-256 and length of a file.
pub(super) fn sha256_of(path: &Path) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0_u64;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((hex(&hash.finalize()), bytes));
        }
        hash.update(buffer.get(..count).unwrap_or_default());
        bytes = bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// Makes the names in a folder durable, where the system can.
fn sync_folder(folder: &Path) {
    // Windows opens no folders, and some network drives refuse: the names are then as durable as
    // the system makes them.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

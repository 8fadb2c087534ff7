//! Writing answers: one file, many threads, compressed before they wait for each other.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{ArchiveError, ArchiveKeys, Header, Place, RawRecord, files, sha256};
use crate::business_day::BusinessDate;

/// Writes one account's answers of one run.
pub struct ArchiveWriter {
    dir: PathBuf,
    keys: ArchiveKeys,
    account: String,
    date: BusinessDate,
    segment: Mutex<Option<Segment>>,
}

struct Segment {
    number: u32,
    path: PathBuf,
    file: File,
    length: u64,
}

impl ArchiveWriter {
    pub(super) const fn new(
        dir: PathBuf,
        keys: ArchiveKeys,
        account: String,
        date: BusinessDate,
    ) -> Self {
        Self { dir, keys, account, date, segment: Mutex::new(None) }
    }

    /// Adds an answer and says where it lies: a number above zero for the ledger.
    ///
    /// The answer is with the operating system when this returns: a killed run does not lose it. A
    /// machine that loses power may, until [`ArchiveWriter::sync`] has been called, so that comes
    /// before the ledger refers to it.
    ///
    /// Compresses, and encrypts where it is to, on the caller's thread (a page of 250 KB takes about two
    /// milliseconds), so call it where blocking is allowed.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::DiskFull`] or [`ArchiveError::File`]; all earlier answers are kept.
    pub fn append(&self, record: &RawRecord<'_>) -> Result<i64, ArchiveError> {
        let member = self.member(record).map_err(|source| ArchiveError::File {
            doing: "compress or encrypt an answer for",
            path: self.dir.display().to_string(),
            source,
        })?;
        let mut segment = self.segment.lock().unwrap_or_else(PoisonError::into_inner);
        let segment = match &mut *segment {
            Some(segment) => segment,
            none => none.insert(self.create()?),
        };
        segment.append(&member)
    }

    /// Waits until everything that was added is on the disk.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::DiskFull`] or [`ArchiveError::File`] when it cannot be said to be there.
    pub fn sync(&self) -> Result<(), ArchiveError> {
        let handle = {
            let segment = self.segment.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(segment) = &*segment else { return Ok(()) };
            // A handle of its own, so that others can go on adding meanwhile.
            segment.file.try_clone().map(|file| (file, segment.path.clone()))
        };
        let failed = |path: &PathBuf, source| ArchiveError::file("sync", path, source);
        let (file, path) = handle.map_err(|source| failed(&self.dir, source))?;
        file.sync_data().map_err(|source| failed(&path, source))
    }

    fn create(&self) -> Result<Segment, ArchiveError> {
        let ending = if self.keys.encrypts() { "age.gz" } else { "gz" };
        let (number, path, file) = files::create_next(&self.dir, &self.account, self.date, ending)?;
        Ok(Segment { number, path, file, length: 0 })
    }

    fn member(&self, record: &RawRecord<'_>) -> io::Result<Vec<u8>> {
        let header = Header {
            account: self.account.clone(),
            interface: record.interface.to_owned(),
            asked: record.asked.to_owned(),
            at: record.at,
            sha256: sha256(record.body),
            bytes: u64::try_from(record.body.len()).unwrap_or(u64::MAX),
        };
        // Written at once: the encoder clears its room for every piece that it is given.
        let mut line = serde_json::to_vec(&header)?;
        line.push(b'\n');
        // Level 1: answers are text with much repetition, and the caller waits.
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&line)?;
        encoder.write_all(record.body)?;
        let text = encoder.finish()?;
        if !self.keys.encrypts() {
            return Ok(text);
        }
        // A member all the same, so that it says itself where it ends; what is encrypted does not compress.
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(&self.keys.seal(&text)?)?;
        encoder.finish()
    }
}

impl Segment {
    fn append(&mut self, member: &[u8]) -> Result<i64, ArchiveError> {
        let place = Place { file: self.number, offset: self.length };
        let after = u64::try_from(member.len()).ok().and_then(|more| self.length.checked_add(more));
        let (Some(evidence), Some(after)) = (place.evidence(), after) else {
            return Err(ArchiveError::Full { path: self.path.display().to_string() });
        };
        if let Err(source) = self.file.write_all(member) {
            self.take_back();
            return Err(ArchiveError::file("write", &self.path, source));
        }
        self.length = after;
        Ok(evidence)
    }

    /// Cuts off half an answer. Where even that fails, later ones are put behind the half.
    fn take_back(&mut self) {
        if self.file.set_len(self.length).is_err()
            && let Ok(metadata) = self.file.metadata()
        {
            self.length = metadata.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::opened;
    use crate::business_day::Timestamp;

    /// `/dev/full` is a disk without space: every write to it fails as one does there.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_says_what_to_do() {
        let path = PathBuf::from("/dev/full");
        let file = std::fs::OpenOptions::new().append(true).open(&path).expect("the device");
        let mut segment = Segment { number: 1, path, file, length: 0 };
        let error = segment.append(b"an answer").expect_err("no space");
        assert!(matches!(error, ArchiveError::DiskFull { .. }), "{error:?}");
        assert!(error.to_string().contains("free some space and run the same command again"));
    }

    #[test]
    fn half_an_answer_is_taken_back() {
        let dir = tempfile::tempdir().expect("a folder");
        let archive = opened(dir.path(), false);
        let date = BusinessDate::parse("2026-11-20").expect("a date");
        let writer = archive.writer("mmsp-main", date);
        let record = |body| RawRecord {
            interface: "0x0305",
            asked: "1",
            at: Timestamp::from_epoch_seconds(0),
            body,
        };
        let first = writer.append(&record(b"first")).expect("kept");
        {
            let mut guard = writer.segment.lock().expect("unlocked");
            let segment = guard.as_mut().expect("a file");
            segment.file.write_all(b"half an ans").expect("written");
            segment.take_back();
        }
        let second = writer.append(&record(b"second")).expect("kept");
        for (place, body) in [(first, &b"first"[..]), (second, b"second")] {
            assert_eq!(archive.read(place).expect("readable").expect("there").body, body);
        }
    }

    #[test]
    fn a_run_that_asks_nothing_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let archive = opened(dir.path(), false);
        let date = BusinessDate::parse("2026-11-20").expect("a date");
        archive.writer("mmsp-main", date).sync().expect("nothing to do");
        assert_eq!(std::fs::read_dir(dir.path()).expect("a list").count(), 0);
    }

    #[test]
    fn writers_at_the_same_time_never_share_a_number() {
        let dir = tempfile::tempdir().expect("a folder");
        let archive = opened(dir.path(), false);
        let date = BusinessDate::parse("2026-11-20").expect("a date");
        let numbers = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|_| scope.spawn(|| archive.writer("mmsp-main", date).create()))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("it ends").expect("a file").number)
                .collect::<std::collections::BTreeSet<u32>>()
        });
        assert_eq!(numbers.into_iter().collect::<Vec<_>>(), (1..=16).collect::<Vec<_>>());
    }
}

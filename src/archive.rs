//! Raw answers of the platforms, kept as evidence: compressed, owner-only, for a number of days.
//!
//! A run writes one file per account, `00000042_2026-11-20_mmsp-main.gz`: answers follow each other
//! as gzip members, each a line of JSON ([`ArchivedAnswer`] without the body) and the body. Where an
//! answer lies is one number, the evidence, which the ledger keeps beside what was read from it.
//! Files are only ever added to, and a member that a killed run left half written harms none before
//! it. `zcat` reads them.
//!
//! Where the configuration says to whom ([`ArchiveKeys`]), a member holds an age file instead of the text, and
//! that the compressed text; such a file is called `00000042_2026-11-20_mmsp-main.age.gz`. What was written
//! before stays as it is, and both are read alike.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::bufread::GzDecoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::business_day::{BusinessDate, Timestamp};

mod files;
mod keys;
mod place;
mod writer;

pub use keys::{ArchiveKeys, KeyError, Locked};
pub use writer::ArchiveWriter;

use place::Place;

/// `[archive]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveSettings {
    /// Where raw answers are kept, owner-only.
    pub dir: PathBuf,
    /// For how many days.
    pub retention_days: u32,
    /// `encrypt_to` and `identity`.
    pub keys: ArchiveKeys,
}

/// The archive could not do what it was asked. Holds no answer.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file or the folder could not be used.
    #[error("the archive could not {doing} {path}")]
    File {
        /// What was being done, as a verb.
        doing: &'static str,
        /// Which file or folder.
        path: String,
        /// The cause.
        source: io::Error,
    },
    /// The disk is full: the answer that was being written is not kept, all earlier ones are.
    #[error(
        "no space left for the archive at {path}: free some space and run the same command again; \
         nothing is lost"
    )]
    DiskFull {
        /// Which file.
        path: String,
    },
    /// A file is larger, or there are more of them, than an evidence number can point into.
    #[error("the archive is full: {path} is beyond what an evidence number can point to")]
    Full {
        /// Which file or folder.
        path: String,
    },
    /// What lies at the place of an answer is not one, or was changed.
    #[error("the archived answer {evidence} in {path} is damaged: {what}")]
    Damaged {
        /// Which answer.
        evidence: i64,
        /// Which file.
        path: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// An answer is encrypted and cannot be opened here.
    #[error("the archived answer {evidence} in {path} is encrypted: {why}")]
    Locked {
        /// Which answer.
        evidence: i64,
        /// Which file.
        path: String,
        /// Why it cannot be opened.
        why: Locked,
    },
}

impl ArchiveError {
    fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            return Self::DiskFull { path };
        }
        Self::File { doing, path, source }
    }
}

/// An answer on its way into the archive.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    /// The interface by the provider's name for it.
    pub interface: &'a str,
    /// What was asked for: an order number, or `page 3 of 20261120-20261120`. No personal data.
    pub asked: &'a str,
    /// When the answer came.
    pub at: Timestamp,
    /// The answer as it came.
    pub body: &'a [u8],
}

/// An answer out of the archive, unchanged since it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedAnswer {
    /// The account's name.
    pub account: String,
    /// The interface by the provider's name for it.
    pub interface: String,
    /// What was asked for.
    pub asked: String,
    /// When the answer came.
    pub at: Timestamp,
    /// The answer as it came.
    pub body: Vec<u8>,
}

/// The line before the body.
#[derive(Serialize, Deserialize)]
struct Header {
    account: String,
    interface: String,
    asked: String,
    at: Timestamp,
    sha256: String,
    bytes: u64,
}

/// The folder of archived answers.
#[derive(Debug, Clone)]
pub struct Archive {
    dir: PathBuf,
    keys: ArchiveKeys,
}

impl Archive {
    /// Opens the folder, makes it if need be, and closes it to everybody but its owner.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::File`] when it cannot be made or is not ours to close.
    pub fn open(settings: &ArchiveSettings) -> Result<Self, ArchiveError> {
        let ArchiveSettings { dir, keys, .. } = settings;
        files::make_private_dir(dir)
            .map_err(|source| ArchiveError::file("make the folder", dir, source))?;
        Ok(Self { dir: dir.clone(), keys: keys.clone() })
    }

    /// A writer for one account's answers of one business date. Its file is made with the first
    /// answer, so that a run that asks nothing leaves nothing.
    pub fn writer(&self, account: &str, date: BusinessDate) -> ArchiveWriter {
        ArchiveWriter::new(self.dir.clone(), self.keys.clone(), account.to_owned(), date)
    }

    /// The answer at a place that [`ArchiveWriter::append`] gave; `None` when it is not kept any
    /// more (or never was).
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Damaged`] when what lies there is not what was written, [`ArchiveError::Locked`] when it
    /// is encrypted to somebody else.
    pub fn read(&self, evidence: i64) -> Result<Option<ArchivedAnswer>, ArchiveError> {
        let Some(place) = Place::of(evidence) else { return Ok(None) };
        let found = files::list(&self.dir)?.into_iter().find(|file| file.number == place.file);
        let Some(found) = found else { return Ok(None) };
        let mut file = match File::open(&found.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ArchiveError::file("read", &found.path, source)),
        };
        let length = file
            .seek(SeekFrom::End(0))
            .and_then(|length| file.seek(SeekFrom::Start(place.offset)).map(|_| length))
            .map_err(|source| ArchiveError::file("read", &found.path, source))?;
        if place.offset >= length {
            return Ok(None);
        }
        let path = || found.path.display().to_string();
        read_member(file, &self.keys).map(Some).map_err(|unread| match unread {
            Unread::Damaged(what) => ArchiveError::Damaged { evidence, path: path(), what },
            Unread::Locked(why) => ArchiveError::Locked { evidence, path: path(), why },
        })
    }

    /// Removes the files of business dates before `older_than`; says how many.
    ///
    /// The youngest file stays as an empty one, so that no number is given twice and evidence never
    /// comes to point to another answer.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::File`] when one cannot be removed.
    pub fn prune(&self, older_than: BusinessDate) -> Result<u64, ArchiveError> {
        let files = files::list(&self.dir)?;
        let youngest = files.iter().map(|file| file.number).max();
        let mut removed: u64 = 0;
        for file in files.iter().filter(|file| file.date < older_than) {
            let gone = if Some(file.number) == youngest {
                files::empty(&file.path)
            } else {
                std::fs::remove_file(&file.path).map(|()| true)
            };
            if gone.map_err(|source| ArchiveError::file("remove", &file.path, source))? {
                removed = removed.saturating_add(1);
            }
        }
        Ok(removed)
    }
}

/// Why a member gives no answer.
enum Unread {
    Damaged(&'static str),
    Locked(Locked),
}

/// What is said of a member whose bytes are not those of a compressed text.
const NOT_COMPRESSED: &str = "it cannot be decompressed";

fn read_member(file: File, keys: &ArchiveKeys) -> Result<ArchivedAnswer, Unread> {
    let mut member = GzDecoder::new(BufReader::new(file));
    let mut start = Vec::new();
    let magic = u64::try_from(keys::MAGIC.len()).unwrap_or(u64::MAX);
    member
        .by_ref()
        .take(magic)
        .read_to_end(&mut start)
        .map_err(|_| Unread::Damaged(NOT_COMPRESSED))?;
    let is_encrypted = start == keys::MAGIC;
    let member = BufReader::new(io::Cursor::new(start).chain(member));
    if is_encrypted {
        let opened = keys.open(member)?;
        read_text(BufReader::new(GzDecoder::new(BufReader::new(opened)))).map_err(Unread::Damaged)
    } else {
        read_text(member).map_err(Unread::Damaged)
    }
}

fn read_text(mut text: impl BufRead) -> Result<ArchivedAnswer, &'static str> {
    let mut line = Vec::new();
    // A header is a few hundred bytes; the bound keeps damage from filling the memory.
    let header_limit = 64 * 1024;
    let read = text.by_ref().take(header_limit).read_until(b'\n', &mut line);
    read.map_err(|_| NOT_COMPRESSED)?;
    let header: Header = serde_json::from_slice(&line).map_err(|_| "its header is unreadable")?;
    let mut body = Vec::new();
    // One byte more shows what is longer than it says.
    text.take(header.bytes.saturating_add(1)).read_to_end(&mut body).map_err(|_| NOT_COMPRESSED)?;
    if u64::try_from(body.len()) != Ok(header.bytes) || sha256(&body) != header.sha256 {
        return Err("its content was changed");
    }
    Ok(ArchivedAnswer {
        account: header.account,
        interface: header.interface,
        asked: header.asked,
        at: header.at,
        body,
    })
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _written = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> BusinessDate {
        BusinessDate::parse(text).expect("a date")
    }

    fn record<'a>(asked: &'a str, body: &'a [u8]) -> RawRecord<'a> {
        let at = Timestamp::from_epoch_seconds(1_795_000_000);
        RawRecord { interface: "0x0305", asked, at, body }
    }

    /// An archive in a folder, encrypted with a key of its own or not at all.
    pub(super) fn opened(dir: &Path, is_encrypted: bool) -> Archive {
        let mut keys = ArchiveKeys::default();
        if is_encrypted {
            let identity = age::x25519::Identity::generate();
            keys.add_recipient(&identity.to_public().to_string()).expect("a recipient");
            let identity = identity.to_string();
            let identity = age::secrecy::ExposeSecret::expose_secret(&identity);
            keys.add_identities(identity).expect("an identity");
        }
        let settings = ArchiveSettings { dir: dir.to_owned(), retention_days: 400, keys };
        Archive::open(&settings).expect("an archive")
    }

    fn archive() -> (tempfile::TempDir, Archive) {
        let dir = tempfile::tempdir().expect("a folder");
        let archive = opened(&dir.path().join("archive"), false);
        (dir, archive)
    }

    /// One as it is without a word about keys, and one that is encrypted.
    fn both() -> (tempfile::TempDir, [Archive; 2]) {
        let dir = tempfile::tempdir().expect("a folder");
        let in_folder = |name, is_encrypted| opened(&dir.path().join(name), is_encrypted);
        let both = [in_folder("plain", false), in_folder("encrypted", true)];
        (dir, both)
    }

    /// Everything that lies in an archive, unpacked as far as anybody can.
    fn unpacked(archive: &Archive) -> Vec<u8> {
        let mut all = Vec::new();
        for file in files::list(&archive.dir).expect("a list") {
            let file = BufReader::new(File::open(file.path).expect("a file"));
            flate2::bufread::MultiGzDecoder::new(file).read_to_end(&mut all).expect("unpacked");
        }
        all
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (_dir, archives) = both();
        let bodies: Vec<Vec<u8>> =
            vec![b"{}".to_vec(), Vec::new(), vec![0xFF, 0x0A, 0x00], vec![b'x'; 250_000]];
        for archive in archives {
            let writer = archive.writer("mmsp-main", date("2026-11-20"));
            let places: Vec<i64> = bodies
                .iter()
                .map(|body| writer.append(&record("20261120000001", body)).expect("kept"))
                .collect();
            writer.sync().expect("on disk");
            for (place, body) in places.iter().zip(&bodies) {
                assert!(*place > 0);
                let answer = archive.read(*place).expect("readable").expect("there");
                assert_eq!(&answer.body, body);
                assert_eq!(answer.account, "mmsp-main");
                assert_eq!(answer.interface, "0x0305");
                assert_eq!(answer.asked, "20261120000001");
                assert_eq!(answer.at.epoch_seconds(), 1_795_000_000);
            }
        }
    }

    #[test]
    fn of_an_encrypted_answer_nothing_can_be_read_without_the_identity() {
        let (_dir, [plain, encrypted]) = both();
        let write = |archive: &Archive, body: &[u8]| {
            let writer = archive.writer("mmsp-main", date("2026-11-20"));
            writer.append(&record("20261120000001", body)).expect("kept")
        };
        for (archive, shows) in [(&plain, true), (&encrypted, false)] {
            write(archive, b"{\"NAME\":\"li\"}");
            let all = unpacked(archive);
            for text in [&b"20261120000001"[..], b"NAME", b"mmsp-main"] {
                let is_there = all.windows(text.len()).any(|part| part == text);
                assert_eq!(is_there, shows, "{text:?}");
            }
        }
        let named = files::list(&encrypted.dir).expect("a list");
        assert!(named[0].path.to_string_lossy().ends_with("_mmsp-main.age.gz"));

        let place = write(&encrypted, b"second");
        let mut other = encrypted.clone();
        other.keys = ArchiveKeys::default();
        let error = other.read(place).expect_err("no identity");
        assert!(matches!(error, ArchiveError::Locked { why: Locked::NoIdentity, .. }), "{error}");
        assert!(error.to_string().contains("[archive] identity is not set"));
        other.keys = opened(&other.dir, true).keys;
        let error = other.read(place).expect_err("another identity");
        assert!(
            matches!(error, ArchiveError::Locked { why: Locked::OtherIdentity, .. }),
            "{error}"
        );

        // Whoever reads encrypted answers reads what was written before there was a key, and after it.
        other.keys = ArchiveKeys::default();
        let later = write(&other, b"plain again");
        for (place, body) in [(place, &b"second"[..]), (later, b"plain again")] {
            assert_eq!(encrypted.read(place).expect("readable").expect("there").body, body);
        }
        assert_eq!(encrypted.prune(date("2026-12-01")).expect("pruned"), 3);
    }

    #[test]
    fn many_threads_write_one_file_and_every_answer_is_found() {
        let (_dir, archive) = archive();
        let writer = archive.writer("mmsp-main", date("2026-11-20"));
        let written: Vec<(i64, String)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|thread| {
                    let writer = &writer;
                    scope.spawn(move || {
                        (0..50)
                            .map(|number| {
                                let asked = format!("{thread}-{number}");
                                let body = asked.repeat(number);
                                let place = writer.append(&record(&asked, body.as_bytes()));
                                (place.expect("kept"), asked)
                            })
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("it ends")).collect()
        });
        assert_eq!(written.len(), 200);
        for (place, asked) in written {
            assert_eq!(archive.read(place).expect("readable").expect("there").asked, asked);
        }
    }

    #[test]
    fn a_torn_last_answer_harms_none_before_it() {
        let (_dir, archives) = both();
        for archive in archives {
            let writer = archive.writer("mmsp-main", date("2026-11-20"));
            let first = writer.append(&record("1", b"first")).expect("kept");
            let last = writer.append(&record("2", &[7; 5000])).expect("kept");
            let path = files::list(&archive.dir).expect("a list")[0].path.clone();
            let file = std::fs::OpenOptions::new().write(true).open(&path).expect("the file");
            let whole = file.metadata().expect("its length").len();
            for torn in [whole - 1, whole - 20] {
                file.set_len(torn).expect("shortened");
                assert_eq!(archive.read(first).expect("readable").expect("there").body, b"first");
                let error = archive.read(last).expect_err("half an answer");
                assert!(matches!(error, ArchiveError::Damaged { .. }), "{error}");
            }
            let later = archive.writer("mmsp-main", date("2026-11-20"));
            let again = later.append(&record("2", b"again")).expect("kept");
            assert_eq!(archive.read(again).expect("readable").expect("there").body, b"again");
        }
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let (_dir, archives) = both();
        for archive in archives {
            let writer = archive.writer("mmsp-main", date("2026-11-20"));
            let place = writer.append(&record("1", b"{\"AMT\":\"100\"}")).expect("kept");
            let answer = archive.read(place).expect("readable").expect("there");
            let path = files::list(&archive.dir).expect("a list")[0].path.clone();
            let good = std::fs::read(&path).expect("bytes");
            let mut noticed = 0;
            for index in 0..good.len() {
                let mut bad = good.clone();
                bad[index] ^= 0x10;
                std::fs::write(&path, &bad).expect("written");
                // A few bits of gzip say nothing: its time, its system, what fills the last byte.
                match archive.read(place) {
                    Ok(read) => assert_eq!(read.as_ref(), Some(&answer), "byte {index}"),
                    Err(_) => noticed += 1,
                }
            }
            assert!(noticed > good.len() - 20, "{noticed} of {}", good.len());
        }
    }

    #[test]
    fn old_dates_are_removed_and_no_number_comes_again() {
        let (_dir, archive) = archive();
        let mut places = Vec::new();
        for day in ["2026-08-01", "2026-08-02", "2026-08-03"] {
            let writer = archive.writer("mmsp-main", date(day));
            places.push(writer.append(&record(day, b"x")).expect("kept"));
        }
        assert_eq!(archive.prune(date("2026-08-02")).expect("pruned"), 1);
        assert_eq!(archive.read(places[0]).expect("no error"), None);
        assert!(archive.read(places[1]).expect("no error").is_some());

        assert_eq!(archive.prune(date("2026-12-01")).expect("pruned"), 2);
        assert_eq!(archive.prune(date("2026-12-01")).expect("pruned"), 0, "nothing is left");
        let new = archive
            .writer("xxpay-main", date("2026-12-01"))
            .append(&record("new", b"new"))
            .expect("kept");
        assert!(!places.contains(&new));
        for place in places {
            assert_eq!(archive.read(place).expect("no error"), None);
        }
    }

    #[test]
    fn foreign_files_are_left_alone() {
        let (_dir, archive) = archive();
        let foreign = ["README", "x_2026-08-01_y.gz", "00000001_2026-99-01_y.gz", "00000002.gz"];
        for name in foreign {
            std::fs::write(archive.dir.join(name), "x").expect("written");
        }
        assert_eq!(archive.prune(date("2030-01-01")).expect("pruned"), 0);
        let writer = archive.writer("a/../b", date("2026-11-20"));
        let place = writer.append(&record("1", b"x")).expect("kept");
        assert_eq!(archive.read(place).expect("readable").expect("there").account, "a/../b");
        for name in foreign {
            assert_eq!(std::fs::read(archive.dir.join(name)).expect("still there"), b"x");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_but_the_owner_can_read() {
        use std::os::unix::fs::PermissionsExt;

        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("deep/archive");
        std::fs::create_dir_all(&path).expect("made");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("opened");
        let archive = opened(&path, false);
        let writer = archive.writer("mmsp-main", date("2026-11-20"));
        writer.append(&record("1", b"x")).expect("kept");
        let mode =
            |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&files::list(&path).expect("a list")[0].path), 0o600);
    }
}

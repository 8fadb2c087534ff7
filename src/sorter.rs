//! Sorts any number of rows in bounded memory.
//!
//! Rows are kept encoded, each behind the bytes that it is sorted by ([`SortKey`]), so that nothing
//! is decoded to be compared. What does not fit in memory goes as sorted runs into one temporary
//! file, which has no name, is readable by its owner only, and is gone when the rows are dropped or
//! the process dies. The sort is stable. Rows that arrive in order are neither sorted nor merged.
//!
//! A run is sorted and written by a thread of its own while the rows of the next one arrive.

use std::cmp::Ordering;
use std::io;
use std::marker::PhantomData;
use std::path::Path;
use std::thread::{self, JoinHandle};

use serde::Serialize;
use serde::de::DeserializeOwned;

mod background;
mod key;
mod run;

pub use background::Background;
pub use key::SortKey;

use run::{Merge, Spool, first_record, split_record};

/// Rows in ascending key order, read back from wherever they were sorted. Rows that are equal but
/// for their line are already one row.
pub type SortedRows<T> = Box<dyn Iterator<Item = Result<T, io::Error>> + Send>;

/// Bytes that one [`Sorter`] holds before it spills; then it fills as many again.
pub const MEMORY_BYTES: usize = 32 * 1024 * 1024;

/// Bytes before the key of a record: the lengths of key and row.
const HEADER_BYTES: usize = 8;

/// Takes rows in any order and gives them back in the order of their keys.
pub struct Sorter<T> {
    key_of: fn(&T, &mut SortKey),
    memory_bytes: usize,
    batch: Batch,
    spool: Spool,
    /// The thread that has the spool, and the batch before this one.
    spilling: Option<JoinHandle<io::Result<(Spool, Batch)>>>,
    rows: u64,
    key: SortKey,
    row: Vec<u8>,
    rows_are: PhantomData<fn(T) -> T>,
}

/// Rows that are in memory.
#[derive(Debug, Default)]
struct Batch {
    /// Encoded records one after another.
    records: Vec<u8>,
    entries: Vec<Entry>,
    /// Whether they did not arrive in order.
    is_mixed: bool,
}

/// Where a record lies, and the part of its key that mostly decides.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Set before sorting, see [`set_prefixes`]: where two differ, they compare as the keys do.
    prefix: [u64; 2],
    at: usize,
}

impl<T> Sorter<T>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    /// A sorter that spills into `dir` when it holds more than [`MEMORY_BYTES`].
    ///
    /// `key_of` writes the key of a row; rows with equal keys keep the order in which they came.
    #[must_use]
    pub fn new(dir: &Path, key_of: fn(&T, &mut SortKey)) -> Self {
        Self::with_memory(dir, MEMORY_BYTES, key_of)
    }

    /// A sorter that spills when it holds more than `memory_bytes`.
    #[must_use]
    pub fn with_memory(dir: &Path, memory_bytes: usize, key_of: fn(&T, &mut SortKey)) -> Self {
        Self {
            key_of,
            memory_bytes,
            batch: Batch::default(),
            spool: Spool::new(dir),
            spilling: None,
            rows: 0,
            key: SortKey::default(),
            row: Vec::new(),
            rows_are: PhantomData,
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// The temporary file cannot be made or written; a full disk is
    /// [`io::ErrorKind::StorageFull`] with a message that says what to do.
    pub fn push(&mut self, row: &T) -> io::Result<()> {
        self.key.clear();
        (self.key_of)(row, &mut self.key);
        self.row.clear();
        self.row = postcard::to_extend(row, std::mem::take(&mut self.row)).map_err(unencodable)?;
        self.batch.add(self.key.bytes(), &self.row)?;
        self.rows = self.rows.saturating_add(1);
        if self.batch.bytes() >= self.memory_bytes {
            self.spill()?;
        }
        Ok(())
    }

    /// Rows added so far.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The rows in order. The first one may take a while: runs may have to be merged in passes.
    ///
    /// # Errors
    ///
    /// As [`Self::push`]. The rows themselves fail when the temporary file cannot be read back, or
    /// when it gives back another number of rows than went in.
    pub fn finish(mut self) -> io::Result<SortedRows<T>> {
        self.spilled()?;
        let records: Box<dyn Records> = if self.spool.is_empty() {
            self.batch.sort();
            let Batch { records, entries, is_mixed: _ } = self.batch;
            Box::new(InMemory { records, entries: entries.into_iter() })
        } else {
            self.spill()?;
            self.spilled()?;
            drop(self.batch);
            Box::new(Merge::new(self.spool)?)
        };
        Ok(Box::new(Decoded { records, missing: self.rows, rows_are: PhantomData }))
    }

    /// Has the batch sorted and written, and goes on with the one before it, emptied.
    fn spill(&mut self) -> io::Result<()> {
        let emptied = self.spilled()?;
        let mut batch = std::mem::replace(&mut self.batch, emptied);
        let dir = self.spool.dir().to_owned();
        let mut spool = std::mem::replace(&mut self.spool, Spool::new(&dir));
        // Here, so that a folder that cannot be used is noticed with the first row too many.
        spool.open()?;
        let thread = thread::Builder::new().name("sort".to_owned()).spawn(move || {
            batch.sort();
            spool.append_run(batch.in_order())?;
            batch.clear();
            Ok((spool, batch))
        });
        self.spilling = Some(thread?);
        Ok(())
    }

    /// Waits for the batch that is being written; gives it back emptied.
    fn spilled(&mut self) -> io::Result<Batch> {
        let Some(spilling) = self.spilling.take() else { return Ok(Batch::default()) };
        let ended = spilling.join();
        let (spool, batch) = ended.map_err(|_| io::Error::other("the sorting stopped"))??;
        self.spool = spool;
        Ok(batch)
    }
}

impl Batch {
    fn add(&mut self, key: &[u8], row: &[u8]) -> io::Result<()> {
        let at = self.records.len();
        let before = self.entries.last();
        self.is_mixed |= before.is_some_and(|last| key_at(&self.records, last) > key);
        for part in [key, row] {
            let length = u32::try_from(part.len()).map_err(unencodable)?;
            self.records.extend_from_slice(&length.to_le_bytes());
        }
        self.records.extend_from_slice(key);
        self.records.extend_from_slice(row);
        self.entries.push(Entry { prefix: [0; 2], at });
        Ok(())
    }

    fn bytes(&self) -> usize {
        let entries = self.entries.len().saturating_mul(size_of::<Entry>());
        self.records.len().saturating_add(entries)
    }

    fn sort(&mut self) {
        if !self.is_mixed {
            return;
        }
        let records = self.records.as_slice();
        set_prefixes(records, &mut self.entries);
        self.entries.sort_unstable_by(|left, right| {
            left.prefix
                .cmp(&right.prefix)
                .then_with(|| key_at(records, left).cmp(key_at(records, right)))
                .then_with(|| left.at.cmp(&right.at))
        });
        self.is_mixed = false;
    }

    /// The records in the order of their entries.
    fn in_order(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().filter_map(|entry| first_record(tail(&self.records, entry.at)))
    }

    fn clear(&mut self) {
        self.records.clear();
        self.entries.clear();
        self.is_mixed = false;
    }
}

/// Sixteen bytes of each key that mostly decide: the first byte in which not all keys are equal, and
/// what comes behind that which the keys with that byte have in common. Order numbers of a day have
/// much in common, and those of two accounts something else each.
fn set_prefixes(records: &[u8], entries: &mut [Entry]) {
    let first = entries.first().map_or(&[][..], |entry| key_at(records, entry));
    let shared = entries
        .iter()
        .fold(first.len(), |shared, entry| common(first, key_at(records, entry)).min(shared));
    let mut groups: Vec<Option<(&[u8], usize)>> = vec![None; 256];
    for entry in &*entries {
        let key = tail(key_at(records, entry), shared);
        let byte = key.first().map(|byte| usize::from(*byte));
        let Some(group) = byte.and_then(|byte| groups.get_mut(byte)) else { continue };
        *group = match *group {
            None => Some((key, key.len())),
            Some((first, shared)) => Some((first, common(first, key).min(shared))),
        };
    }
    for entry in entries {
        let key = tail(key_at(records, entry), shared);
        let group = key.first().and_then(|byte| groups.get(usize::from(*byte)));
        let in_common = group.copied().flatten().map_or(0, |(_, shared)| shared);
        entry.prefix = prefix_of(key.first().copied(), tail(key, in_common));
    }
}

/// How many bytes two keys begin with in common.
fn common(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

fn prefix_of(first: Option<u8>, rest: &[u8]) -> [u64; 2] {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(first.iter().chain(rest)) {
        *to = *from;
    }
    let number = |half: Option<&[u8; 8]>| half.map_or(0, |half| u64::from_be_bytes(*half));
    [number(bytes.first_chunk()), number(bytes.last_chunk())]
}

fn key_at<'a>(records: &'a [u8], entry: &Entry) -> &'a [u8] {
    split_record(tail(records, entry.at)).map_or(&[], |(key, _)| key)
}

fn tail(bytes: &[u8], from: usize) -> &[u8] {
    bytes.get(from..).unwrap_or_default()
}

fn unencodable(cause: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause)
}

/// Encoded rows in order.
trait Records: Send {
    /// The next row's bytes; `None` at the end.
    fn next_row(&mut self) -> io::Result<Option<&[u8]>>;
}

struct InMemory {
    records: Vec<u8>,
    entries: std::vec::IntoIter<Entry>,
}

impl Records for InMemory {
    fn next_row(&mut self) -> io::Result<Option<&[u8]>> {
        let Some(entry) = self.entries.next() else { return Ok(None) };
        Ok(split_record(tail(&self.records, entry.at)).map(|(_, row)| row))
    }
}

struct Decoded<T> {
    records: Box<dyn Records>,
    /// Rows that went in and have not come out yet.
    missing: u64,
    rows_are: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Iterator for Decoded<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = match self.records.next_row() {
            Ok(Some(bytes)) => bytes,
            Ok(None) if self.missing == 0 => return None,
            Ok(None) => {
                let lost = std::mem::take(&mut self.missing);
                let problem = format!("{lost} rows are missing from the spool file");
                return Some(Err(io::Error::new(io::ErrorKind::UnexpectedEof, problem)));
            }
            Err(error) => {
                self.missing = 0;
                return Some(Err(error));
            }
        };
        self.missing = self.missing.saturating_sub(1);
        Some(postcard::from_bytes(bytes).map_err(unencodable))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, usize::try_from(self.missing).ok())
    }
}

/// Orders two runs' heads; the run that came first wins a tie, which makes the merge stable.
fn in_run_order(left: (&[u8], usize), right: (&[u8], usize)) -> Ordering {
    left.0.cmp(right.0).then_with(|| left.1.cmp(&right.1))
}

#[cfg(test)]
#[path = "sorter/tests.rs"]
mod tests;

//! Sorted runs in a temporary file, and their merge.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{HEADER_BYTES, Records, in_run_order};

/// Runs that are merged at once; more are merged in passes.
pub(super) const MERGED_RUNS_MAX: usize = 64;

/// Bytes that are read ahead of each run.
const READ_AHEAD_BYTES: usize = 128 * 1024;

/// Bytes that are gathered before they are written.
const WRITE_BEHIND_BYTES: usize = 256 * 1024;

/// Sorted runs, one after another in one temporary file.
pub(super) struct Spool {
    dir: PathBuf,
    file: Option<Arc<File>>,
    runs: Vec<Run>,
    /// The key of the last record of the last run.
    last_key: Vec<u8>,
    end: u64,
}

/// A part of the file that is sorted.
#[derive(Debug, Clone, Copy)]
struct Run {
    from: u64,
    to: u64,
}

impl Spool {
    pub(super) fn new(dir: &Path) -> Self {
        let dir = dir.to_owned();
        Self { dir, file: None, runs: Vec::new(), last_key: Vec::new(), end: 0 }
    }

    /// The folder of the file.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    #[cfg(test)]
    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// Writes sorted records as one run. A run that goes on where
    /// the last one ended becomes part of it.
    pub(super) fn append_run<'a>(
        &mut self,
        records: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<()> {
        let mut writer = self.writer()?;
        for record in records {
            writer.write(record)?;
        }
        let written = writer.end()?;
        self.add(written);
        Ok(())
    }

    /// The file, which is made where there is none.
    pub(super) fn open(&mut self) -> io::Result<Arc<File>> {
        if let Some(file) = &self.file {
            return Ok(Arc::clone(file));
        }
        let made = tempfile::tempfile_in(&self.dir);
        let file = Arc::new(made.map_err(|error| explain(&error, &self.dir))?);
        self.file = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Writes at the end of the file.
    fn writer(&mut self) -> io::Result<RunWriter> {
        let file = self.open()?;
        Ok(RunWriter {
            dir: self.dir.clone(),
            out: BufWriter::with_capacity(WRITE_BEHIND_BYTES, Shared(file)),
            run: Run { from: self.end, to: self.end },
            first_key: None,
            last_key: Vec::new(),
        })
    }

    fn add(&mut self, written: Written) {
        let Some(first_key) = written.first_key else { return };
        self.end = written.run.to;
        match self.runs.last_mut() {
            Some(last) if self.last_key <= first_key => last.to = written.run.to,
            Some(_) | None => self.runs.push(written.run),
        }
        self.last_key = written.last_key;
    }

    /// Merges neighbouring runs until few enough are left to be merged at once.
    fn reduced(mut self) -> io::Result<Self> {
        while self.runs.len() > MERGED_RUNS_MAX {
            let mut next = Self::new(&self.dir);
            for runs in self.runs.chunks(MERGED_RUNS_MAX) {
                let mut heads = Heads::open(self.file.as_ref(), runs)?;
                let mut writer = next.writer()?;
                while let Some(head) = heads.next_head()? {
                    writer.write(&head.record)?;
                }
                let written = writer.end()?;
                next.add(written);
            }
            self = next;
        }
        Ok(self)
    }
}

struct RunWriter {
    dir: PathBuf,
    out: BufWriter<Shared>,
    run: Run,
    first_key: Option<Vec<u8>>,
    last_key: Vec<u8>,
}

/// A run that was written to its end.
struct Written {
    run: Run,
    first_key: Option<Vec<u8>>,
    last_key: Vec<u8>,
}

impl RunWriter {
    fn write(&mut self, record: &[u8]) -> io::Result<()> {
        let (key, _) = split_record(record).ok_or_else(torn)?;
        if self.first_key.is_none() {
            self.first_key = Some(key.to_owned());
        }
        self.last_key.clear();
        self.last_key.extend_from_slice(key);
        self.out.write_all(record).map_err(|error| explain(&error, &self.dir))?;
        let written = u64::try_from(record.len()).map_err(super::unencodable)?;
        self.run.to = self.run.to.saturating_add(written);
        Ok(())
    }

    fn end(mut self) -> io::Result<Written> {
        self.out.flush().map_err(|error| explain(&error, &self.dir))?;
        Ok(Written { run: self.run, first_key: self.first_key, last_key: self.last_key })
    }
}

/// The temporary file, which one thread at a time writes and then reads.
struct Shared(Arc<File>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

/// The records of all runs in order.
pub(super) struct Merge {
    heads: Heads,
}

impl Merge {
    pub(super) fn new(spool: Spool) -> io::Result<Self> {
        let spool = spool.reduced()?;
        Ok(Self { heads: Heads::open(spool.file.as_ref(), &spool.runs)? })
    }
}

impl Records for Merge {
    fn next_row(&mut self) -> io::Result<Option<&[u8]>> {
        Ok(self.heads.next_head()?.map(Head::row))
    }
}

/// Runs that are being merged, the one with the smallest unread record on top.
struct Heads {
    heap: BinaryHeap<Box<Head>>,
    /// Whether the top's record was already given out.
    given: bool,
}

impl Heads {
    fn open(file: Option<&Arc<File>>, runs: &[Run]) -> io::Result<Self> {
        let mut heap = BinaryHeap::with_capacity(runs.len());
        let Some(file) = file else { return Ok(Self { heap, given: false }) };
        for (number, run) in runs.iter().enumerate() {
            let section = Section { file: Arc::clone(file), at: run.from, to: run.to };
            let mut first = Box::new(Head {
                number,
                reader: BufReader::with_capacity(READ_AHEAD_BYTES, section),
                unread: run.to.saturating_sub(run.from),
                record: Vec::new(),
                key_ends: HEADER_BYTES,
            });
            if first.advance()? {
                heap.push(first);
            }
        }
        Ok(Self { heap, given: false })
    }

    fn next_head(&mut self) -> io::Result<Option<&Head>> {
        if self.given
            && let Some(mut top) = self.heap.peek_mut()
            && !top.advance()?
        {
            PeekMut::pop(top);
        }
        self.given = true;
        Ok(self.heap.peek().map(|head| &**head))
    }
}

/// One run and its first unread record.
struct Head {
    number: usize,
    reader: BufReader<Section>,
    /// Bytes of the run that were not read yet.
    unread: u64,
    /// Lengths, key and row.
    record: Vec<u8>,
    key_ends: usize,
}

impl Head {
    /// Reads the next record; `false` at the end of the run.
    fn advance(&mut self) -> io::Result<bool> {
        if self.unread == 0 {
            return Ok(false);
        }
        let mut header = [0; HEADER_BYTES];
        self.reader.read_exact(&mut header)?;
        let (key, row) = lengths(header).ok_or_else(torn)?;
        self.key_ends = HEADER_BYTES.saturating_add(key);
        let end = self.key_ends.saturating_add(row);
        let read = u64::try_from(end).map_err(super::unencodable)?;
        self.unread = self.unread.checked_sub(read).ok_or_else(torn)?;
        self.record.clear();
        self.record.extend_from_slice(&header);
        self.record.resize(end, 0);
        self.reader.read_exact(self.record.get_mut(HEADER_BYTES..).unwrap_or_default())?;
        Ok(true)
    }

    fn key(&self) -> &[u8] {
        self.record.get(HEADER_BYTES..self.key_ends).unwrap_or_default()
    }

    fn row(&self) -> &[u8] {
        self.record.get(self.key_ends..).unwrap_or_default()
    }
}

// Reversed, since the heap has its greatest element on top.
impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        in_run_order((other.key(), other.number), (self.key(), self.number))
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

/// A part of the file; several are read by turns, so each read says where.
struct Section {
    file: Arc<File>,
    at: u64,
    to: u64,
}

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.to.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let Some(buffer) = buffer.get_mut(..wanted) else { return Ok(0) };
        let mut file = &*self.file;
        file.seek(SeekFrom::Start(self.at))?;
        let read = file.read(buffer)?;
        self.at = self.at.saturating_add(u64::try_from(read).map_err(super::unencodable)?);
        Ok(read)
    }
}

/// The record at the beginning of `bytes`, without what follows it.
pub(super) fn first_record(bytes: &[u8]) -> Option<&[u8]> {
    let (key, row) = lengths(*bytes.first_chunk()?)?;
    bytes.get(..HEADER_BYTES.saturating_add(key).saturating_add(row))
}

/// Key and row of the record at the beginning of `bytes`.
pub(super) fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    let (key, row) = lengths(*header)?;
    let (key, rest) = rest.split_at_checked(key)?;
    Some((key, rest.get(..row)?))
}

fn lengths(header: [u8; HEADER_BYTES]) -> Option<(usize, usize)> {
    let (key, row) = header.split_first_chunk::<4>()?;
    let row = row.first_chunk::<4>()?;
    let key = usize::try_from(u32::from_le_bytes(*key)).ok()?;
    let row = usize::try_from(u32::from_le_bytes(*row)).ok()?;
    Some((key, row))
}

fn torn() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the spool file is damaged")
}

/// Says what the temporary file is for, and what to do when the disk is full.
fn explain(error: &io::Error, dir: &Path) -> io::Error {
    let dir = dir.display();
    let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let problem = if is_full {
        format!(
            "no space left in {dir} to sort rows: free some space and run the same command again; \
             nothing is lost"
        )
    } else {
        format!("cannot write sorted rows to a temporary file in {dir}: {error}")
    };
    io::Error::new(error.kind(), problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_says_so_and_what_to_do() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = explain(&full, Path::new("var/spool"));
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(
            error.to_string(),
            "no space left in var/spool to sort rows: free some space and run the same command \
             again; nothing is lost"
        );
    }

    #[test]
    fn a_cut_record_is_no_record() {
        let mut record = vec![1, 0, 0, 0, 2, 0, 0, 0, b'k', b'r', b'w'];
        assert_eq!(split_record(&record), Some((&b"k"[..], &b"rw"[..])));
        record.pop();
        assert_eq!(split_record(&record), None);
        assert_eq!(split_record(&[]), None);
    }
}

//! A sorter on a thread of its own.

use std::io;
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Sorter;

/// Rows that change threads at once.
const ROWS: usize = 512;

/// Handfuls of rows that wait to be added at most.
const AHEAD: usize = 4;

/// A [`Sorter`] that another thread adds the rows to, while whoever has them reads the next ones.
pub struct Background<T> {
    sender: Option<SyncSender<Vec<T>>>,
    thread: Option<JoinHandle<io::Result<Sorter<T>>>>,
    rows: Vec<T>,
}

impl<T> Background<T>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// There can be no further thread.
    pub fn new(mut sorter: Sorter<T>) -> io::Result<Self> {
        let (sender, receiver) = mpsc::sync_channel::<Vec<T>>(AHEAD);
        let thread = thread::Builder::new().name("spool".to_owned()).spawn(move || {
            for rows in receiver {
                for row in rows {
                    sorter.push(&row)?;
                }
            }
            Ok(sorter)
        });
        let rows = Vec::with_capacity(ROWS);
        Ok(Self { sender: Some(sender), thread: Some(thread?), rows })
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// As [`Sorter::push`], of this row or of one before it.
    pub fn push(&mut self, row: T) -> io::Result<()> {
        self.rows.push(row);
        if self.rows.len() >= ROWS { self.hand_over() } else { Ok(()) }
    }

    /// The sorter, with every row.
    ///
    /// # Errors
    ///
    /// As [`Sorter::push`].
    pub fn finish(mut self) -> io::Result<Sorter<T>> {
        self.hand_over()?;
        self.ended()
    }

    fn hand_over(&mut self) -> io::Result<()> {
        let rows = std::mem::replace(&mut self.rows, Vec::with_capacity(ROWS));
        let sender = self.sender.as_ref();
        match sender.map(|sender| sender.send(rows)) {
            Some(Ok(())) => Ok(()),
            // Nobody receives any more: the thread says why.
            Some(Err(_)) | None => self.ended().and(Err(stopped())),
        }
    }

    fn ended(&mut self) -> io::Result<Sorter<T>> {
        // Without its sender the thread comes to its end.
        self.sender = None;
        let thread = self.thread.take().ok_or_else(stopped)?;
        thread.join().map_err(|_| stopped())?
    }
}

fn stopped() -> io::Error {
    io::Error::other("the sorting stopped")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn numbers(dir: &Path, memory_bytes: usize) -> Background<i64> {
        let sorter = Sorter::with_memory(dir, memory_bytes, |number, key| key.number(*number));
        Background::new(sorter).expect("a thread")
    }

    #[test]
    fn every_row_comes_back_in_order() {
        let dir = tempfile::tempdir().expect("a folder");
        let count = i64::try_from(ROWS * 2 + 7).expect("small");
        for rows in [0, 1, count] {
            let mut sorting = numbers(dir.path(), 10_000);
            for row in (0..rows).rev() {
                sorting.push(row).expect("added");
            }
            let sorter = sorting.finish().expect("all added");
            assert_eq!(i64::try_from(sorter.rows()).ok(), Some(rows));
            let back: Vec<i64> =
                sorter.finish().expect("merged").map(|row| row.expect("a row")).collect();
            assert!(back.iter().copied().eq(0..rows));
        }
    }

    #[test]
    fn what_went_wrong_on_the_thread_is_reported_once_and_stays_wrong() {
        let mut sorting = numbers(Path::new("/nonexistent/folder"), 1);
        let error = (0..).find_map(|row| sorting.push(row).err()).expect("an error");
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "{error}");
        assert!(sorting.finish().is_err());
    }
}

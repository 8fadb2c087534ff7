//! The ledger's lock: an operating system's lock on a file beside the database, which goes away with
//! the process that holds it. The file says who that is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::{Outcome, SqliteLedger};
use crate::ledger::{LedgerError, LedgerLock, LockHolder};

/// The file is locked for as long as it is open.
struct FileLock {
    file: File,
}

impl LedgerLock for FileLock {}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing unlocks; an empty file only spares the next reader an old name.
        self.file.set_len(0).ok();
    }
}

#[derive(Serialize, Deserialize)]
struct Note {
    job: String,
    pid: u32,
    since: i64,
}

/// How often, and how many times, a lock is asked for whose holder has not written its name yet, or has
/// removed it and is giving the lock back.
const AGAIN: Duration = Duration::from_millis(50);
const TIMES: u32 = 20;

/// See [`crate::ledger::Ledger::lock`].
pub(super) async fn take(
    store: &SqliteLedger,
    holder: &LockHolder,
) -> Outcome<Box<dyn LedgerLock>> {
    let mut path = store.path.as_os_str().to_owned();
    path.push(".lock");
    let path = Path::new(&path);
    let unusable = |source| LedgerError::File { path: path.display().to_string(), source };
    let mut options = OpenOptions::new();
    // Not truncated on opening: it may be somebody else's.
    let opened = options.read(true).append(true).create(true).mode(0o600).open(path);
    let mut file = opened.map_err(unusable)?;
    let mut asked = 0_u32;
    loop {
        match (file.try_lock(), who(path)) {
            (Ok(()), _) => break,
            (Err(TryLockError::Error(source)), _) => return Err(unusable(source)),
            (Err(TryLockError::WouldBlock), None) if asked < TIMES => {}
            (Err(TryLockError::WouldBlock), holder) => {
                let holder = holder.unwrap_or_else(|| "another process".to_owned());
                return Err(LedgerError::Locked { holder });
            }
        }
        tokio::time::sleep(AGAIN).await;
        asked = asked.saturating_add(1);
    }
    let since = holder.since.epoch_seconds();
    let note = Note { job: holder.job.clone(), pid: holder.pid, since };
    let text = serde_json::to_string(&note).unwrap_or_default();
    file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).map_err(unusable)?;
    Ok(Box::new(FileLock { file }))
}

/// Who wrote into the file at `path` that it has the lock.
fn who(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let Note { job, pid, since } = serde_json::from_str(&text).ok()?;
    let since = DateTime::from_timestamp(since, 0).unwrap_or_default();
    Some(format!("{job} (process {pid}, since {} UTC)", since.format("%Y-%m-%d %H:%M:%S")))
}

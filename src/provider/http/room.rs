//! How much memory answers may take, all accounts together.

use tokio::sync::{Semaphore, SemaphorePermit};

const KIB: u64 = 1024;

/// KiB of all large answers that are being read at once, whoever sends them.
const LARGE_KIB: usize = 64 * 1024;

/// Answers of up to so many KiB are not counted: there are few at once, and they are small.
const SMALL_KIB: u64 = 64;

static LARGE: Semaphore = Semaphore::const_new(LARGE_KIB);

/// The room of one answer, given back when it is dropped.
#[derive(Debug)]
pub struct Room(
    #[expect(dead_code, reason = "kept for its drop")] Option<SemaphorePermit<'static>>,
);

impl Room {
    /// Waits until there is room for an answer of so many bytes.
    pub(super) async fn take(bytes: u64) -> Self {
        let kib = bytes.div_ceil(KIB);
        if kib <= SMALL_KIB {
            return Self(None);
        }
        let most = u32::try_from(LARGE_KIB).unwrap_or(u32::MAX);
        let kib = u32::try_from(kib).unwrap_or(u32::MAX).min(most);
        // Never closed, so this always is a permit.
        Self(LARGE.acquire_many(kib).await.ok())
    }
}

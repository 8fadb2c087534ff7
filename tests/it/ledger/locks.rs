//! One writer at a time, and whoever comes second is told who is first.

use duizhang::ledger::{LedgerError, LockHolder};

use super::Fresh;
use super::words::at;

pub(crate) async fn a_lock_excludes_and_is_released(fresh: Fresh) {
    let other = fresh.again().await;
    let pid = std::process::id();
    let holder = |job: &str| LockHolder { job: job.to_owned(), pid, since: at(0) };
    let held = fresh.ledger.lock(&holder("nightly")).await.unwrap();
    for ledger in [&*other, &*fresh.ledger] {
        match ledger.lock(&holder("morning")).await {
            Err(LedgerError::Locked { holder }) => {
                assert!(
                    holder.contains("nightly") && holder.contains(&pid.to_string()),
                    "{holder}"
                );
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("locked twice"),
        }
    }
    drop(held);
    let held = other.lock(&holder("morning")).await.unwrap();
    assert!(fresh.ledger.lock(&holder("nightly")).await.is_err());
    drop(held);
    assert!(fresh.ledger.lock(&holder("nightly")).await.is_ok());
}

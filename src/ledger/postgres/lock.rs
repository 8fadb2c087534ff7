//! The ledger's lock: an advisory lock of the server, which goes away with the session that holds
//! it. A row says who that is.
//!
//! The session lives on a thread of its own, so that the lock can be given back, and known to be
//! given back, wherever it is dropped. Should the server end it before, every later write is refused:
//! by then somebody else may hold the lock.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use chrono::DateTime;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::connect::{connect, unopened};
use super::{Doing, Outcome, PostgresLedger};
use crate::ledger::rows::Fields;
use crate::ledger::{LedgerError, LedgerLock, LockHolder, sql};

const DOING: &str = "take its lock";

/// How long giving the lock back may take, before it is left to the server to notice.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a lock is waited for whose holder is about to be known: it has died and the server has not
/// noticed, or it has not written its row yet, or has removed it and is giving the lock back.
const HOLDER_KNOWN: Duration = Duration::from_secs(5);
/// How often it is asked for meanwhile.
const AGAIN: Duration = Duration::from_millis(50);

/// The session by which a ledger holds its lock, if it does.
#[derive(Debug, Clone, Default)]
pub(super) struct Holding {
    session: Arc<AtomicI32>,
}

impl Holding {
    /// The number by which the server knows the session.
    pub(super) fn session(&self) -> Option<i32> {
        Some(self.session.load(Ordering::Acquire)).filter(|session| *session != 0)
    }

    fn set(&self, session: i32) {
        self.session.store(session, Ordering::Release);
    }
}

/// The session lives until this is dropped.
struct SessionLock {
    release: Option<oneshot::Sender<()>>,
    session: Option<JoinHandle<()>>,
    holding: Holding,
}

impl LedgerLock for SessionLock {}

impl Drop for SessionLock {
    fn drop(&mut self) {
        self.holding.set(0);
        drop(self.release.take());
        if let Some(session) = self.session.take() {
            session.join().ok();
        }
    }
}

/// See [`crate::ledger::Ledger::lock`].
pub(super) async fn take(
    store: &PostgresLedger,
    holder: &LockHolder,
) -> Outcome<Box<dyn LedgerLock>> {
    let lock = hold_it(store, holder).await?;
    is_our_own(store).await?;
    Ok(lock)
}

async fn hold_it(ledger: &PostgresLedger, holder: &LockHolder) -> Outcome<Box<dyn LedgerLock>> {
    let (sender, received) = oneshot::channel();
    let (release, released) = oneshot::channel();
    let (options, url, holder) = (ledger.options.clone(), ledger.url.clone(), holder.clone());
    let schema = ledger.schema.clone();
    let session = move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(hold((options, schema), url, holder, sender, released)),
            Err(error) => drop(sender.send(Err(sqlx::Error::Io(error)).doing(DOING))),
        }
    };
    let session = std::thread::Builder::new().name("ledger-lock".to_owned()).spawn(session);
    let session = session.map_err(sqlx::Error::Io).doing(DOING)?;
    let number = received.await.unwrap_or(Err(sqlx::Error::WorkerCrashed).doing(DOING))?;
    let holding = ledger.holding.clone();
    holding.set(number);
    Ok(Box::new(SessionLock { release: Some(release), session: Some(session), holding }))
}

/// Makes sure that the session that has the lock is nobody else's. A pooler that gives a session away as soon
/// as its connection does nothing gives the next connection that one: then the lock holds nothing.
async fn is_our_own(ledger: &PostgresLedger) -> Outcome<()> {
    let mut other = ledger.reader(DOING).await?;
    let session: i32 =
        sqlx::query_scalar(sql::SESSION_NUMBER).fetch_one(&mut *other).await.doing(DOING)?;
    if ledger.holding.session() == Some(session) { Err(LedgerError::SharedSession) } else { Ok(()) }
}

/// The life of a session: takes the lock, says how that went, waits, and gives the lock back.
async fn hold(
    (options, schema): (PgConnectOptions, Option<String>),
    url: String,
    holder: LockHolder,
    sender: oneshot::Sender<Outcome<i32>>,
    released: oneshot::Receiver<()>,
) {
    let mut conn = match connect(&options, schema.as_deref()).await {
        Ok(conn) => conn,
        Err(source) => return drop(sender.send(Err(unopened(url, source)))),
    };
    let taken = try_take(&mut conn, &holder).await;
    let is_taken = taken.is_ok();
    // Whoever asked may have gone away meanwhile: then nobody holds it.
    if sender.send(taken).is_ok() && is_taken {
        released.await.ok();
    }
    timeout(PATIENCE, give_back(conn, is_taken)).await.ok();
}

async fn give_back(mut conn: PgConnection, is_taken: bool) {
    if is_taken {
        sqlx::query(sql::LOCK_HOLDER_DELETE).execute(&mut conn).await.ok();
        sqlx::query(sql::LOCK_RELEASE).execute(&mut conn).await.ok();
    }
    conn.close().await.ok();
}

/// Takes the lock, or says who has it; gives the session's number.
async fn try_take(conn: &mut PgConnection, holder: &LockHolder) -> Outcome<i32> {
    sqlx::query(sql::SESSION_SETTINGS).execute(&mut *conn).await.doing(DOING)?;
    let session = sqlx::query(sql::LOCK_SESSION).fetch_one(&mut *conn).await.doing(DOING)?;
    let session = session.try_get(0).doing(DOING)?;
    let mut waited = Duration::ZERO;
    while !sqlx::query_scalar::<_, bool>(sql::LOCK_TAKE).fetch_one(&mut *conn).await.doing(DOING)? {
        let known = written(conn).await;
        let is_living = known.as_ref().is_some_and(|known| !known.is_dead());
        if is_living || waited >= HOLDER_KNOWN {
            let holder = known.map_or_else(|| "another process".to_owned(), |known| known.text());
            return Err(LedgerError::Locked { holder });
        }
        tokio::time::sleep(AGAIN).await;
        waited = waited.saturating_add(AGAIN);
    }
    let query = sqlx::query(sql::LOCK_HOLDER_UPSERT)
        .bind(&holder.job)
        .bind(i64::from(holder.pid))
        .bind(host())
        .bind(holder.since.epoch_seconds());
    query.execute(conn).await.doing(DOING)?;
    Ok(session)
}

/// Who wrote down that it has the lock.
struct Written {
    job: String,
    pid: i64,
    host: String,
    since: i64,
}

impl Written {
    /// Whether it was a process of this machine that is no more: then the server is about to end its
    /// session.
    fn is_dead(&self) -> bool {
        let processes = Path::new("/proc");
        let is_known = processes.join("self").exists();
        is_known && self.host == host() && !processes.join(self.pid.to_string()).exists()
    }

    fn text(&self) -> String {
        let Self { job, pid, host, since } = self;
        let since = DateTime::from_timestamp(*since, 0).unwrap_or_default();
        let since = since.format("%Y-%m-%d %H:%M:%S");
        format!("{job} (process {pid} on {host}, since {since} UTC)")
    }
}

/// Between taking the lock and writing the row there is nothing to read.
async fn written(conn: &mut PgConnection) -> Option<Written> {
    let row = sqlx::query(sql::LOCK_HOLDER_FIND).fetch_optional(conn).await.ok().flatten()?;
    let (job, host) = (row.text(0).ok()?, row.text(2).ok()?);
    Some(Written { job, pid: row.int(1).ok()?, host, since: row.int(3).ok()? })
}

/// This machine's name.
fn host() -> String {
    let name = ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .into_iter()
        .find_map(|path| fs::read_to_string(path).ok());
    name.map_or_else(|| "another machine".to_owned(), |name| name.trim().to_owned())
}

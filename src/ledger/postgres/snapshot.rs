//! A copy of the whole ledger in a schema of its own, to be worked on and thrown away.
//!
//! A thread of its own holds a session with a lock for as long as the copy is used, and takes the
//! schema away at the end. What a killed process leaves behind, the next copy takes away.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Doing, Outcome, PostgresLedger, connect};
use crate::ledger::{Copied, LedgerError, sql};

const DOING: &str = "copy itself";
/// The schema of the copy.
const SCHEMA: &str = "duizhang_dry_run";
/// Locks the copy's schema for the session that made it.
const LOCK: &str = "SELECT pg_try_advisory_lock(1685747050, 0)";
/// How long taking the copy away may take, before it is left to the next one.
const PATIENCE: Duration = Duration::from_mins(1);

/// The copy is there until this is dropped.
struct Guard {
    release: Option<oneshot::Sender<()>>,
    session: Option<JoinHandle<()>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(session) = self.session.take() {
            session.join().ok();
        }
    }
}

/// See [`crate::ledger::Ledger::copy`].
pub(super) async fn copy(ledger: &PostgresLedger, _folder: &Path) -> Outcome<Copied> {
    let (sender, received) = oneshot::channel();
    let (release, released) = oneshot::channel();
    let (options, schema) = (ledger.options.clone(), ledger.schema.clone());
    let session = move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => runtime.block_on(hold((options, schema), sender, released)),
            Err(error) => drop(sender.send(Err(sqlx::Error::Io(error)).doing(DOING))),
        }
    };
    let session = std::thread::Builder::new().name("ledger-copy".to_owned()).spawn(session);
    let session = session.map_err(sqlx::Error::Io).doing(DOING)?;
    let guard = Guard { release: Some(release), session: Some(session) };
    received.await.unwrap_or(Err(sqlx::Error::WorkerCrashed).doing(DOING))?;
    let options = ledger.options.clone();
    let schema = Some(SCHEMA.to_owned());
    let pool = connect::pool(&options, schema.clone());
    // Whoever cannot be in the copy is told before anything is done.
    pool.acquire().await.doing(DOING)?;
    let copied = PostgresLedger {
        pool,
        options,
        schema,
        url: ledger.url.clone(),
        holding: super::lock::Holding::default(),
    };
    Ok(Copied { ledger: Box::new(copied), guard: Box::new(guard) })
}

async fn hold(
    (options, schema): (PgConnectOptions, Option<String>),
    sender: oneshot::Sender<Outcome<()>>,
    released: oneshot::Receiver<()>,
) {
    let conn = connect::connect(&options, schema.as_deref()).await;
    let mut conn = match conn.doing(DOING) {
        Ok(conn) => conn,
        Err(error) => return drop(sender.send(Err(error))),
    };
    let made = make(&mut conn).await;
    let is_made = made.is_ok();
    if sender.send(made).is_ok() && is_made {
        released.await.ok();
    }
    let end = async {
        if is_made {
            conn.execute(AssertSqlSafe(format!("DROP SCHEMA {SCHEMA} CASCADE"))).await.ok();
        }
        conn.close().await.ok();
    };
    timeout(PATIENCE, end).await.ok();
}

async fn make(conn: &mut PgConnection) -> Outcome<()> {
    if !sqlx::query_scalar::<_, bool>(LOCK).fetch_one(&mut *conn).await.doing(DOING)? {
        return Err(LedgerError::Locked { holder: "another dry run".to_owned() });
    }
    let drop = format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE");
    conn.execute(AssertSqlSafe(drop)).await.doing(DOING)?;
    // All tables are copied as they are at one moment, whatever is written meanwhile.
    conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ").await.doing(DOING)?;
    conn.execute(AssertSqlSafe(format!("CREATE SCHEMA {SCHEMA}"))).await.doing(DOING)?;
    let query = sqlx::query_scalar::<_, String>(sql::SNAPSHOT_COPY_POSTGRES).bind(SCHEMA);
    for statement in query.fetch_all(&mut *conn).await.doing(DOING)? {
        conn.execute(AssertSqlSafe(statement)).await.doing(DOING)?;
    }
    conn.execute("COMMIT").await.doing(DOING).map(|_| ())
}

//! What can go wrong with a ledger.

/// The ledger could not do what it was asked. Messages never hold personal data or secrets.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The URL is not one that duizhang knows.
    #[error("ledger url {url:?} is not understood: use sqlite://PATH or postgres://USER@HOST/DB")]
    Url {
        /// The URL without its password.
        url: String,
    },
    /// The database could not be opened or reached.
    #[error("cannot open the ledger {url}")]
    Open {
        /// The URL without its password.
        url: String,
        /// The cause.
        source: sqlx::Error,
    },
    /// The server, or a pooler before it, does not let us in as we came, and what to do about it is known.
    #[error("cannot open the ledger {url}: {advice}")]
    NotLetIn {
        /// The URL without its password.
        url: String,
        /// What is wrong and what to do.
        advice: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// A newer duizhang has written this ledger.
    #[error(
        "the ledger has schema version {found}, this duizhang knows {known}: install the newer \
         duizhang that wrote it; nothing was changed"
    )]
    TooNew {
        /// Version in the ledger.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The schema is older than this program and has to be migrated first.
    #[error(
        "the ledger has schema version {found}, this duizhang needs {known}: run `duizhang ledger migrate`"
    )]
    TooOld {
        /// Version in the ledger.
        found: i64,
        /// Version that this program needs.
        known: i64,
    },
    /// Somebody else is writing.
    #[error("{holder} holds the ledger's lock")]
    Locked {
        /// Job, process and host of the holder.
        holder: String,
    },
    /// The lock that this process had is gone, and somebody else may have it by now.
    #[error(
        "the ledger's lock was lost: the server has ended the session that held it. Nothing more was \
         written; run the same command again"
    )]
    LockLost,
    /// A pooler before the server shares one session among several connections.
    #[error(
        "between duizhang and the database server stands a pooler that gives one session to several \
         connections, where no lock holds: let it keep a session for each connection (PgBouncer: \
         pool_mode = session), or name the server itself in [ledger] url; nothing was written"
    )]
    SharedSession,
    /// A ledger that is to be filled has rows.
    #[error(
        "the ledger to copy to is not empty: {table} has {rows} rows; copy to an empty database"
    )]
    NotEmpty {
        /// The first table that has some.
        table: &'static str,
        /// How many.
        rows: i64,
    },
    /// What was copied is not what was there.
    #[error("{what}: {here} in the ledger to copy from, {there} in the copy; nothing was kept")]
    TransferDiffers {
        /// What differs: `rows of reading`.
        what: String,
        /// What the source has.
        here: i64,
        /// What the target would have.
        there: i64,
    },
    /// This ledger cannot run on several machines.
    #[error("the ledger cannot be distributed: {reason}")]
    NotDistributable {
        /// Why.
        reason: &'static str,
    },
    /// A table is not where it is to be, nor on the first machine, from where it could be put there.
    #[error(
        "the table {table} is {found}, which is not where it belongs: take it back with \
         SELECT undistribute_table('{table}') and try again"
    )]
    Misplaced {
        /// The table.
        table: &'static str,
        /// Where it is.
        found: String,
    },
    /// A statement failed.
    #[error("the ledger failed while it was to {doing}")]
    Statement {
        /// What was being done, as a verb phrase.
        doing: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// What the database has stored is no longer what it wrote.
    #[error(
        "the ledger's database is damaged, which showed while it was to {doing}: stop all runs, put this \
         ledger aside as it is, put its last good copy in its place (`duizhang ledger verify` says whether \
         it is one), and run the nights since again"
    )]
    Damaged {
        /// What was being done, as a verb phrase.
        doing: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// The disk is full: nothing of the unit that was being written is kept.
    #[error(
        "no space left for the ledger while it was to {doing}: free some space and run the same command again; nothing is lost"
    )]
    DiskFull {
        /// What was being done, as a verb phrase.
        doing: &'static str,
    },
    /// The rows to be written could not be read back from their spool.
    #[error("could not read back sorted rows while the ledger was to {doing}")]
    Rows {
        /// What was being done, as a verb phrase.
        doing: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// A file beside the database (lock, folder) could not be used.
    #[error("cannot use {path}")]
    File {
        /// The path as configured.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The ledger's own rows contradict what the program knows.
    #[error("the ledger holds {what}, which this duizhang does not know: {value}")]
    Inconsistent {
        /// Which column.
        what: &'static str,
        /// The value found.
        value: String,
    },
}

impl LedgerError {
    /// Whether it is about what some rows hold (a sum that does not fit, a value that is not known)
    /// rather than about the database: the rows of other accounts are none the worse.
    pub fn is_of_rows(&self) -> bool {
        match self {
            Self::Inconsistent { .. } => true,
            // PostgreSQL's class 22, data exception; SQLite has only words for a sum that does not fit.
            Self::Statement { source: sqlx::Error::Database(error), .. } => {
                error.code().is_some_and(|code| code.len() == 5 && code.starts_with("22"))
                    || error.message() == "integer overflow"
            }
            Self::Statement { .. }
            | Self::Url { .. }
            | Self::Open { .. }
            | Self::NotLetIn { .. }
            | Self::TooNew { .. }
            | Self::TooOld { .. }
            | Self::Locked { .. }
            | Self::LockLost
            | Self::SharedSession
            | Self::NotEmpty { .. }
            | Self::TransferDiffers { .. }
            | Self::NotDistributable { .. }
            | Self::Misplaced { .. }
            | Self::Damaged { .. }
            | Self::DiskFull { .. }
            | Self::Rows { .. }
            | Self::File { .. } => false,
        }
    }
}

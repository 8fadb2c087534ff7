//! Turns a database's errors into the ledger's: what was being done, and whether the disk is full.

use std::io;

use sqlx::migrate::MigrateError;

use super::LedgerError;

/// What a ledger's function gives back.
pub(super) type Outcome<T> = Result<T, LedgerError>;

/// Says what was being done when a statement failed.
pub(super) trait Doing<T> {
    /// The result, with `doing` (a verb phrase) in its error.
    fn doing(self, doing: &'static str) -> Outcome<T>;
}

impl<T> Doing<T> for Result<T, sqlx::Error> {
    fn doing(self, doing: &'static str) -> Outcome<T> {
        self.map_err(|source| {
            if is_disk_full(&source) {
                LedgerError::DiskFull { doing }
            } else if is_damage(&source) {
                LedgerError::Damaged { doing, source }
            } else if is_shared_session(&source) {
                LedgerError::SharedSession
            } else {
                LedgerError::Statement { doing, source }
            }
        })
    }
}

/// A row of an input that breaks what the trait promises about it.
pub(super) fn broken_rows(doing: &'static str, problem: &'static str) -> LedgerError {
    LedgerError::Rows { doing, source: io::Error::new(io::ErrorKind::InvalidData, problem) }
}

/// A number in the ledger that this program does not know.
pub(super) fn unknown(what: &'static str, value: &(impl ToString + ?Sized)) -> LedgerError {
    LedgerError::Inconsistent { what, value: value.to_string() }
}

/// A prepared statement that another connection made, or that this one made in another session: PostgreSQL's
/// codes for one that exists already and one that does not. The driver numbers them by connection, so that
/// only a pooler can bring this about.
fn is_shared_session(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| matches!(error.code().as_deref(), Some("42P05" | "26000")))
}

/// What the database said when it was migrated.
pub(super) fn of_migration(error: MigrateError) -> sqlx::Error {
    if let MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) = error {
        return error;
    }
    sqlx::Error::Migrate(Box::new(error))
}

/// Whether the database says that there is no room.
pub(super) fn is_disk_full(error: &sqlx::Error) -> bool {
    // SQLITE_FULL and SQLITE_IOERR_SHMSIZE (the write-ahead log's index could not grow);
    // PostgreSQL's disk_full.
    let by_code = error
        .as_database_error()
        .is_some_and(|error| matches!(error.code().as_deref(), Some("13" | "4874" | "53100")));
    by_code || matches!(error, sqlx::Error::Io(error) if error.kind() == io::ErrorKind::StorageFull)
}

/// Whether a database says that what it has stored is no longer what it wrote.
pub(super) fn is_damage(error: &sqlx::Error) -> bool {
    // SQLITE_CORRUPT with its kinds, and SQLITE_NOTADB; PostgreSQL's data_corrupted and index_corrupted.
    let codes = ["11", "267", "523", "779", "26", "XX001", "XX002"];
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| codes.contains(&&*code))
}

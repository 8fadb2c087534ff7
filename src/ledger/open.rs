//! From a ledger's URL to the ledger.

use std::path::PathBuf;

use super::postgres::PostgresLedger;
use super::sqlite::SqliteLedger;
use super::{Ledger, LedgerError};

/// What a ledger is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To work with its rows: an empty ledger and an older SQLite one are migrated on the way, a newer
    /// one and an older PostgreSQL one are refused.
    Work,
    /// To look at its schema: [`Ledger::status`] and [`Ledger::migrate`] only. Nothing is migrated,
    /// and a newer ledger opens too.
    Inspect,
}

/// Opens the ledger at `sqlite:///absolute/path` or `sqlite://relative/path`.
///
/// A SQLite ledger that is not there is created, readable by its owner only, with its folders.
///
/// A ledger on PostgreSQL is at `postgres://USER@HOST:PORT/DATABASE` or
/// `postgres://USER@localhost/DATABASE?host=/folder/of/the/socket`; the database has to be there. The
/// connection is encrypted where the server can (`sslmode=prefer`). Over a network that is not your
/// own, write `?sslmode=verify-full&sslrootcert=/path/of/ca.pem`: then nothing but that server, with a
/// certificate of that authority (without `sslrootcert`, one that the system trusts), is talked to.
/// `sslcert` and `sslkey` show a certificate to the server.
///
/// # Errors
///
/// [`LedgerError::Url`] for a URL that this program cannot serve, [`LedgerError::TooNew`] and
/// [`LedgerError::TooOld`] for a ledger of another version, else what kept the database from being
/// opened or migrated.
pub async fn open(url: &str, access: Access) -> Result<Box<dyn Ledger>, LedgerError> {
    match place(url)? {
        Place::Sqlite(path) => Ok(Box::new(SqliteLedger::open(&path, url, access).await?)),
        Place::Postgres => {
            Ok(Box::new(PostgresLedger::open(url, without_password(url), access).await?))
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Sqlite(PathBuf),
    Postgres,
}

fn place(url: &str) -> Result<Place, LedgerError> {
    let not_understood = || LedgerError::Url { url: without_password(url) };
    let (scheme, rest) = url.split_once("://").ok_or_else(not_understood)?;
    match scheme {
        "sqlite" if !rest.is_empty() && !rest.ends_with('/') && !rest.starts_with(':') => {
            Ok(Place::Sqlite(PathBuf::from(rest)))
        }
        "postgres" | "postgresql" => Ok(Place::Postgres),
        _ => Err(not_understood()),
    }
}

/// A URL as it may be shown: without the password between user and host, and without parameters,
/// where a password may stand as well.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.chars().take_while(|c| *c != ':' && *c != '@').collect();
    };
    let rest = rest.split_once('?').map_or(rest, |(path, _)| path);
    match rest.rsplit_once('@') {
        Some((who, place)) => {
            let user = who.split_once(':').map_or(who, |(user, _)| user);
            format!("{scheme}://{user}@{place}")
        }
        None => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_the_ledger_is() {
        let sqlite = |path: &str| Some(Place::Sqlite(PathBuf::from(path)));
        let table = [
            ("sqlite:///var/lib/ledger.db", sqlite("/var/lib/ledger.db")),
            ("sqlite://var/ledger.db", sqlite("var/ledger.db")),
            ("postgres://me@host/db", Some(Place::Postgres)),
            ("postgresql://me@host/db", Some(Place::Postgres)),
            ("sqlite://", None),
            ("sqlite:///var/", None),
            ("sqlite://:memory:", None),
            ("mysql://me@host/db", None),
            ("ledger.db", None),
        ];
        for (url, expected) in table {
            assert_eq!(place(url).ok(), expected, "{url}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let table = [
            ("mysql://me:p@ss:word@host/db", "mysql://me@host/db"),
            ("mysql://me@host/db?password=x", "mysql://me@host/db"),
            ("sqlite:///var/ledger.db", "sqlite:///var/ledger.db"),
            ("me:secret@host", "me"),
        ];
        for (url, shown) in table {
            assert_eq!(without_password(url), shown);
        }
    }
}

//! Where the merchant's database is: from its URL to a connection.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::query::Dialect;
use super::{CONNECT_PATIENCE, DatabaseError, Engine, mysql, postgres, sqlite};

/// Parameters that a PostgreSQL URL may have. The driver passes over any other one in silence, and a
/// mistyped `sslmode` must not become a connection that anybody can read.
const POSTGRES_PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// Parameters that a `MySQL` URL may have.
const MYSQL_PARAMETERS: &[&str] = &[
    "charset",
    "collation",
    "socket",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "sslca",
    "sslcert",
    "sslkey",
    "sslmode",
];

/// A database by its URL.
pub(super) struct Place {
    shown: String,
    kind: Kind,
}

enum Kind {
    Postgres(Box<PgConnectOptions>),
    MySql(Box<MySqlConnectOptions>),
    Sqlite(PathBuf),
}

impl Place {
    /// Understands a URL: `postgres://`, `mysql://` (also for `MariaDB`, `mariadb://`) or `sqlite://`,
    /// whose relative path is relative to `base`.
    pub(super) fn of(url: &str, base: &Path) -> Result<Self, DatabaseError> {
        let shown = without_password(url);
        let wrong =
            |problem: &str| DatabaseError::Url { url: shown.clone(), problem: problem.to_owned() };
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let known = match scheme {
            "postgres" | "postgresql" => POSTGRES_PARAMETERS,
            "mysql" | "mariadb" => MYSQL_PARAMETERS,
            "sqlite" => &[],
            _ => {
                return Err(wrong(
                    "is not understood: use postgres://USER@HOST/DB, mysql://USER@HOST/DB or \
                     sqlite://PATH",
                ));
            }
        };
        if let Some(unknown) = unknown_parameter(url, known) {
            return Err(wrong(&format!("has the unknown parameter {unknown:?}")));
        }
        // What the driver says of a URL may repeat parts of it, so it is not told.
        let unreadable = || wrong("cannot be read: write it with percent-encoding");
        let kind = match scheme {
            "sqlite" if rest.is_empty() || rest.starts_with(':') => {
                return Err(wrong("names no file"));
            }
            "sqlite" => Kind::Sqlite(base.join(rest)),
            "mysql" | "mariadb" => {
                let url = format!("mysql://{rest}");
                let options = MySqlConnectOptions::from_str(&url).map_err(|_| unreadable())?;
                Kind::MySql(Box::new(options))
            }
            _ => {
                Kind::Postgres(Box::new(PgConnectOptions::from_str(url).map_err(|_| unreadable())?))
            }
        };
        Ok(Self { shown, kind })
    }

    /// The URL without its password and parameters.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// How its SQL is written.
    pub(super) const fn dialect(&self) -> Dialect {
        match self.kind {
            Kind::Postgres(_) => Dialect::Postgres,
            Kind::MySql(_) => Dialect::MySql,
            Kind::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Connects, so that nothing can be written.
    pub(super) async fn connect(&self) -> Result<Box<dyn Engine>, DatabaseError> {
        let connecting = async {
            Ok::<Box<dyn Engine>, sqlx::Error>(match &self.kind {
                Kind::Postgres(options) => Box::new(postgres::Shop::connect(options).await?),
                Kind::MySql(options) => Box::new(mysql::Shop::connect(options).await?),
                Kind::Sqlite(path) => Box::new(sqlite::Shop::connect(path).await?),
            })
        };
        let connected = tokio::time::timeout(CONNECT_PATIENCE, connecting).await;
        let connected = connected.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        connected.map_err(|source| DatabaseError::Connect { url: self.shown.clone(), source })
    }
}

fn unknown_parameter<'u>(url: &'u str, known: &[&str]) -> Option<&'u str> {
    let (_, parameters) = url.split_once('?')?;
    let mut names = parameters.split('&').map(|pair| pair.split('=').next().unwrap_or_default());
    names.find(|name| !known.contains(name))
}

/// A URL as it may be shown: without the password between user and host, and without parameters,
/// where a password may stand as well.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "(no URL)".to_owned() };
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
    fn a_url_is_understood_or_refused_without_its_password() {
        let table = [
            ("postgres://me:secret@host/db?sslmode=require", Ok("postgres://me@host/db")),
            ("mysql://me:sec@ret@host:3306/db", Ok("mysql://me@host:3306/db")),
            ("mariadb://me:secret@host/db?socket=/run/x", Ok("mariadb://me@host/db")),
            ("sqlite://shop/orders.db", Ok("sqlite://shop/orders.db")),
            ("postgres://me:secret@host/db?sslmod=require", Err("unknown parameter \"sslmod\"")),
            ("mysql://me:secret@host:port/db", Err("cannot be read")),
            ("oracle://me:secret@host/db", Err("is not understood")),
            ("me:secret@host", Err("is not understood")),
            ("sqlite://:memory:", Err("names no file")),
            ("sqlite://", Err("names no file")),
        ];
        for (url, expected) in table {
            match (Place::of(url, Path::new("/shop")), expected) {
                (Ok(place), Ok(shown)) => assert_eq!(place.shown(), shown),
                (Err(error), Err(problem)) => {
                    let text = format!("{error} {error:?}");
                    assert!(text.contains(problem) && !text.contains("secret"), "{text}");
                }
                (found, _) => panic!("{url}: {:?}", found.map(|place| place.shown)),
            }
        }
    }
}

//! The merchant's orders, or what a platform has, out of a database of the merchant's own, read-only
//! (`database` of `[orders]` and of `[account.statement]`).
//!
//! Besides the ledger, this file and its folder are the only place that knows a database: whatever
//! the engine, a query's rows are written down as the CSV that the merchant would have exported, into
//! a file that only its owner can read and that is gone afterwards. From there on everything is as
//! with a file: columns, statuses, rejections, and the digest by which nothing is imported twice.
//!
//! The query is the merchant's own, in a file, with `{day_start}` and `{day_end}` for the bounds of the
//! business day (the first moment of it, and the first moment after it). They are bound, never
//! pasted. What they are depends on the engine:
//!
//! - PostgreSQL: `timestamptz`, with the session's time zone set to that of the business day, so that
//!   columns with and without a zone and dates compare rightly;
//! - `MySQL` and `MariaDB`: `DATETIME` in the business time zone, which the session has too;
//! - SQLite: text, `yyyy-MM-dd HH:mm:ss` in the business time zone.

use std::io;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use crate::business_day::{BusinessDate, BusinessDay, Timestamp};
use crate::config::{DatabaseQuery, OrderSettings, STATEMENT_COLUMNS};
use crate::intake::orders::columns_of;
use crate::intake::{IntakeError, ORDER_COLUMNS};

mod columns;
mod mysql;
mod place;
mod postgres;
mod query;
mod sink;
mod sqlite;

use columns::{Column, Fit, Used, misfit};
use place::Place;
use query::Query;
use sink::Sink;

/// How long to wait for a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(15);
/// How long to wait for the next rows.
const ROWS_PATIENCE: Duration = Duration::from_mins(10);
/// How long a query may take in all: one that gives a row every nine minutes never ends.
const QUERY_PATIENCE: Duration = Duration::from_hours(2);
/// Rows of one answer at most: more means that the query does not look at one day.
const ROWS_MAX: u64 = 200_000_000;
/// Bytes of the query's file at most.
const QUERY_BYTES_MAX: u64 = 256 * 1024;

/// The merchant's database could not be asked. Messages never hold a password, nor what rows say.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is not one of a database that can be asked.
    #[error("database url {url} {problem}")]
    Url {
        /// The URL without its password and parameters.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The file of the query cannot be read.
    #[error("cannot read the query {file}")]
    Read {
        /// The file, relative to the configuration.
        file: String,
        /// The cause.
        source: io::Error,
    },
    /// The text of the query is not one that can be asked.
    #[error("the query {file} {problem}")]
    Query {
        /// The file, relative to the configuration.
        file: String,
        /// What is wrong with it, and what to write.
        problem: String,
    },
    /// The database cannot be reached.
    #[error("cannot connect to the shop's database {url}")]
    Connect {
        /// The URL without its password and parameters.
        url: String,
        /// The cause.
        source: sqlx::Error,
    },
    /// The database does not take the query.
    #[error("the shop's database {url} does not take the query {file}")]
    Prepare {
        /// The URL without its password and parameters.
        url: String,
        /// The file, relative to the configuration.
        file: String,
        /// The cause.
        source: sqlx::Error,
    },
    /// The database stopped while the rows were read. Its words may quote a row, so only its code is
    /// told.
    #[error("the shop's database {url} failed while it answered the query {file} ({code})")]
    Rows {
        /// The URL without its password and parameters.
        url: String,
        /// The file, relative to the configuration.
        file: String,
        /// The database's code for it, or what kind of failure it was.
        code: String,
    },
    /// Columns whose type does not hold what they are needed for exactly.
    #[error("the query {file} gives {}", .columns.join("; "))]
    Types {
        /// The file, relative to the configuration.
        file: String,
        /// Each column, its type, and what to write instead.
        columns: Vec<String>,
    },
    /// The rows cannot be put aside.
    #[error("cannot put the rows of the query {file} aside")]
    Spool {
        /// The file, relative to the configuration.
        file: String,
        /// The cause.
        source: io::Error,
    },
}

/// What to ask, and for which day.
#[derive(Clone, Copy)]
pub struct DatabaseRequest<'a> {
    /// The database and the query.
    pub database: &'a DatabaseQuery,
    /// What its rows are.
    pub rows: RowsOf<'a>,
    /// The folder of the configuration.
    pub base: &'a Path,
    /// Zone and cut-off.
    pub business_day: BusinessDay,
    /// The day.
    pub date: BusinessDate,
    /// The folder for the rows.
    pub spool: &'a Path,
}

/// What the rows of a query are.
#[derive(Clone, Copy)]
pub enum RowsOf<'a> {
    /// The merchant's orders, by `[orders]`.
    Orders(&'a OrderSettings),
    /// What a platform has, with our names for its columns ([`STATEMENT_COLUMNS`]).
    Statement,
}

/// The rows of a query, as a CSV file that is removed when this is dropped.
pub struct DatabaseRows {
    /// The name in the ledger: the query's file and the date.
    pub name: String,
    file: tempfile::NamedTempFile,
}

impl DatabaseRows {
    /// Where the rows are.
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

/// Asks the merchant's database for the rows of a day.
///
/// # Errors
///
/// [`IntakeError::Database`] says what could not be asked or read, [`IntakeError::Columns`] and
/// [`IntakeError::DuplicateColumn`] what the query lacks.
pub async fn read_database(request: &DatabaseRequest<'_>) -> Result<DatabaseRows, IntakeError> {
    let source = source(request)?;
    let failed = |code: &str| DatabaseError::Rows {
        url: source.place.shown().to_owned(),
        file: source.file.clone(),
        code: code.to_owned(),
    };
    let asked = tokio::time::timeout(ROWS_PATIENCE, source.asked(request)).await;
    let mut asked = asked.map_err(|_| failed("no answer for ten minutes"))??;
    let used = asked.used(request, &source)?;
    let spool = |error| DatabaseError::Spool { file: source.file.clone(), source: error };
    let names: Vec<&str> = used.iter().map(|used| used.name.as_str()).collect();
    let mut sink = Sink::start(request.spool, &names).map_err(spool)?;
    let day = Bounds::of(request);
    let rows = asked.engine.rows(&asked.query, &day, &used, &mut sink);
    let rows = tokio::time::timeout(QUERY_PATIENCE, rows).await;
    rows.map_err(|_| failed("not done after two hours"))?.map_err(|stop| match stop {
        Stop::Spool(error) => spool(error),
        Stop::Type(column) => {
            DatabaseError::Types { file: source.file.clone(), columns: vec![column] }
        }
        Stop::Failed(code) => failed(&code),
    })?;
    let file = sink.finish().map_err(spool)?;
    Ok(DatabaseRows { name: format!("database:{} {}", source.file, request.date), file })
}

/// Whether the database can be reached, takes the query, and gives the columns that are needed: every
/// problem that can be seen.
///
/// # Errors
///
/// The problems; never none.
pub async fn check_database(request: &DatabaseRequest<'_>) -> Result<String, Vec<IntakeError>> {
    let mut problems: Vec<IntakeError> = Vec::new();
    let (place, text) = (place(request), query_text(request));
    let text = text.map_err(|error| problems.push(error.into())).ok();
    let place = place.map_err(|error| problems.push(error.into())).ok();
    let Some(place) = place else { return Err(problems) };
    let engine = place.connect().await.map_err(|error| problems.push(error.into())).ok();
    let query = text.and_then(|(file, text)| {
        let query = query::parsed(&file, &text, place.dialect(), &request.database.named);
        query.map(|query| (file, query)).map_err(|error| problems.push(error.into())).ok()
    });
    let (Some(mut engine), Some((file, query)), true) = (engine, query, problems.is_empty()) else {
        return Err(problems);
    };
    let source = Source { place, file };
    let columns = match source.prepared(engine.as_mut(), &query).await {
        Ok(columns) => columns,
        Err(error) => return Err(vec![error.into()]),
    };
    let asked = Asked { engine, query, columns };
    if let Err(error) = asked.used(request, &source) {
        problems.push(error);
    }
    // A column that is missing does not hide that another one is of the wrong type.
    if !matches!(problems.first(), Some(IntakeError::Database(_)) | None) {
        let wrong = asked.wrong_types(request.rows);
        if !wrong.is_empty() {
            problems
                .push(DatabaseError::Types { file: source.file.clone(), columns: wrong }.into());
        }
    }
    if problems.is_empty() { Ok(source.place.shown().to_owned()) } else { Err(problems) }
}

/// Where the database is, and the name of the query's file.
struct Source {
    place: Place,
    file: String,
}

/// A database that has understood the query.
struct Asked {
    engine: Box<dyn Engine>,
    query: Query,
    columns: Vec<Column>,
}

/// What ended the reading of rows.
enum Stop {
    /// The rows could not be put aside.
    Spool(io::Error),
    /// A value that is of another type than its column promises.
    Type(String),
    /// The database's code.
    Failed(String),
}

/// The bounds of the day.
struct Bounds {
    day: BusinessDay,
    start: Timestamp,
    end: Timestamp,
}

impl Bounds {
    fn of(request: &DatabaseRequest<'_>) -> Self {
        let day = request.business_day;
        Self { day, start: day.start_of(request.date), end: day.end_of(request.date) }
    }
}

/// One kind of database.
#[async_trait]
trait Engine: Send {
    /// The columns that a query gives.
    async fn columns(&mut self, query: &Query) -> Result<Vec<Column>, sqlx::Error>;

    /// Runs the query in a transaction that cannot write and puts its rows into the sink.
    async fn rows(
        &mut self,
        query: &Query,
        day: &Bounds,
        used: &[Used],
        sink: &mut Sink,
    ) -> Result<(), Stop>;
}

fn source(request: &DatabaseRequest<'_>) -> Result<Source, DatabaseError> {
    Ok(Source { place: place(request)?, file: file_name(request) })
}

fn place(request: &DatabaseRequest<'_>) -> Result<Place, DatabaseError> {
    Place::of(request.database.url.expose(), request.base)
}

fn file_name(request: &DatabaseRequest<'_>) -> String {
    let path = &request.database.query;
    path.strip_prefix(request.base).unwrap_or(path).display().to_string()
}

fn query_text(request: &DatabaseRequest<'_>) -> Result<(String, String), DatabaseError> {
    let (file, path) = (file_name(request), &request.database.query);
    let read = || {
        let bytes = std::fs::metadata(path)?.len();
        if bytes > QUERY_BYTES_MAX {
            return Err(io::Error::other("it is too large for a query"));
        }
        std::fs::read_to_string(path)
    };
    let text = read().map_err(|source| DatabaseError::Read { file: file.clone(), source })?;
    Ok((file, text.trim_start_matches('\u{feff}').to_owned()))
}

impl Source {
    async fn asked(&self, request: &DatabaseRequest<'_>) -> Result<Asked, DatabaseError> {
        let (file, text) = query_text(request)?;
        let query = query::parsed(&file, &text, self.place.dialect(), &request.database.named)?;
        let mut engine = self.place.connect().await?;
        let columns = self.prepared(engine.as_mut(), &query).await?;
        Ok(Asked { engine, query, columns })
    }

    async fn prepared(
        &self,
        engine: &mut dyn Engine,
        query: &Query,
    ) -> Result<Vec<Column>, DatabaseError> {
        engine.columns(query).await.map_err(|source| DatabaseError::Prepare {
            url: self.place.shown().to_owned(),
            file: self.file.clone(),
            source,
        })
    }
}

impl Asked {
    /// The columns that are needed, in the order of the result.
    fn used(
        &self,
        request: &DatabaseRequest<'_>,
        source: &Source,
    ) -> Result<Vec<Used>, IntakeError> {
        let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        let file = format!("the query {}", source.file);
        let needed = match request.rows {
            RowsOf::Orders(settings) => columns_of(&names, settings, &file)?,
            RowsOf::Statement => self.of_statement(),
        };
        let wrong = self.wrong(needed.iter().copied());
        if !wrong.is_empty() {
            let file = source.file.clone();
            return Err(DatabaseError::Types { file, columns: wrong }.into());
        }
        let used = needed.into_iter().filter_map(|(at, ours)| {
            let name = self.columns.get(at)?.name.clone();
            Some(Used { at, name, ours })
        });
        Ok(used.collect())
    }

    /// What is wrong with the types of the columns that are there under our names or the configured
    /// ones.
    fn wrong_types(&self, rows: RowsOf<'_>) -> Vec<String> {
        let RowsOf::Orders(settings) = rows else {
            return self.wrong(self.of_statement().into_iter());
        };
        let known = ORDER_COLUMNS.into_iter();
        let named = |ours: &'static str| match settings.columns.get(ours) {
            Some(theirs) => theirs.iter().find_map(|theirs| self.named(theirs)),
            None => self.named(ours),
        };
        self.wrong(known.filter_map(|ours| Some((named(ours)?, ours))))
    }

    /// The columns that a statement may have, under our names: no other one is read.
    fn of_statement(&self) -> Vec<(usize, &'static str)> {
        let known = STATEMENT_COLUMNS.into_iter();
        let mut found: Vec<_> = known.filter_map(|ours| Some((self.named(ours)?, ours))).collect();
        found.sort_unstable();
        found
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    fn wrong(&self, needed: impl Iterator<Item = (usize, &'static str)>) -> Vec<String> {
        needed
            .filter_map(|(at, ours)| {
                let column = self.columns.get(at)?;
                misfit(&column.name, &column.type_name, column.fit, ours)
            })
            .collect()
    }
}

/// The next of something, or that the database was silent for too long.
async fn within_patience<T>(next: impl Future<Output = T> + Send) -> Result<T, Stop> {
    within(ROWS_PATIENCE, next).await
}

async fn within<T>(patience: Duration, next: impl Future<Output = T> + Send) -> Result<T, Stop> {
    let next = tokio::time::timeout(patience, next).await;
    next.map_err(|_| Stop::Failed("no rows for ten minutes".to_owned()))
}

/// The code of a failure, without what it says of rows.
#[expect(clippy::wildcard_enum_match_arm, reason = "the driver's list of failures is open")]
fn code(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => {
            error.code().map_or_else(|| "no code".to_owned(), std::borrow::Cow::into_owned)
        }
        sqlx::Error::Io(error) => format!("connection: {}", error.kind()),
        sqlx::Error::Protocol(_) => "protocol".to_owned(),
        _ => "the connection was lost".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_query_that_never_answers_is_given_up() {
        let never = within(Duration::from_millis(1), std::future::pending::<()>()).await;
        assert!(matches!(never, Err(Stop::Failed(code)) if code == "no rows for ten minutes"));
        assert!(matches!(within(ROWS_PATIENCE, std::future::ready(7)).await, Ok(7)));
    }
}

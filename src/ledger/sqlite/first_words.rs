//! The statement that adds many words: what all its rows say alike stands in it once, and only what differs
//! is bound row by row. Binding costs more than most columns are worth.

use std::sync::Arc;

use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, SqliteConnection};

use super::bind::{Binder, EACH, ROWS, repeated};
use crate::business_day::{BusinessDate, Timestamp};
use crate::ledger::failure::{Doing, Outcome};

/// Texts that one put keeps at most: a put of which the rows vary more is written by the plain one.
const TEXTS_MAX: usize = 4;

/// A value of a row that is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    /// A text that many rows share.
    Common(&'a str),
}

/// Values of rows, row by row in the order of `…_insert.sql`.
#[derive(Default)]
pub(super) struct Values<'a> {
    values: Vec<Value<'a>>,
    date: Option<(BusinessDate, i64)>,
}

impl<'a> Values<'a> {
    /// Room for so many values.
    pub(super) fn with_capacity(values: usize) -> Self {
        Self { values: Vec::with_capacity(values), date: None }
    }

    /// A whole number.
    pub(super) fn int(&mut self, value: impl Into<i64>) {
        self.values.push(Value::Int(value.into()));
    }

    /// A whole number or NULL.
    pub(super) fn int_or_null(&mut self, value: Option<i64>) {
        self.values.push(value.map_or(Value::Null, Value::Int));
    }

    /// A moment or NULL.
    pub(super) fn time(&mut self, value: Option<Timestamp>) {
        self.int_or_null(value.map(Timestamp::epoch_seconds));
    }

    /// A business date as its number.
    pub(super) fn date(&mut self, value: BusinessDate) {
        // Making the number costs more than all the rest of a row, and most rows share their date.
        let number = match self.date {
            Some((date, number)) if date == value => number,
            Some(_) | None => i64::from(value.number()),
        };
        self.date = Some((value, number));
        self.int(number);
    }

    /// A text.
    pub(super) fn text(&mut self, value: &'a str) {
        self.values.push(Value::Text(value));
    }

    /// A text, NULL when it is empty.
    pub(super) fn text_or_null(&mut self, value: &'a str) {
        self.values.push(if value.is_empty() { Value::Null } else { Value::Text(value) });
    }

    /// A text that many rows share, NULL when it is empty.
    pub(super) fn common_text(&mut self, value: &'a str) {
        self.values.push(if value.is_empty() { Value::Null } else { Value::Common(value) });
    }
}

/// How a column comes into the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    /// Row by row.
    Bound,
    /// As a text that is bound once.
    Once,
    /// In the statement's own text: a number, or that there is none.
    Written(Option<i64>),
}

/// A statement that adds rows.
pub(super) struct Insert {
    text: Arc<str>,
    arguments: SqliteArguments,
    rows: usize,
}

impl Insert {
    /// Adds the rows.
    pub(super) async fn execute(
        self,
        conn: &mut SqliteConnection,
        doing: &'static str,
    ) -> Outcome<()> {
        // Only the usual size is worth keeping prepared. The text is a file's, with question marks repeated and
        // numbers in the place of some: as safe as the file.
        let query = sqlx::query_with(AssertSqlSafe(self.text), self.arguments);
        query.persistent(self.rows == ROWS).execute(conn).await.doing(doing).map(|_| ())
    }
}

/// Makes the statements of one put.
pub(super) struct Inserts {
    /// `…_insert.sql`.
    file: &'static str,
    /// Values of a row.
    columns: usize,
    known: Vec<(Vec<Column>, Arc<str>)>,
}

impl Inserts {
    /// Those of a file whose rows have so many values.
    pub(super) const fn new(file: &'static str, columns: usize) -> Self {
        Self { file, columns, known: Vec::new() }
    }

    /// The statement that adds some rows, [`ROWS`] at most.
    pub(super) fn of(&mut self, rows: &Values<'_>) -> Result<Insert, sqlx::Error> {
        let values = &rows.values;
        let count = values.len().checked_div(self.columns).unwrap_or(0);
        let found = if count == ROWS { self.columns_of(values) } else { self.all_bound() };
        let (columns, text) = self.text(found, count);
        let mut binder = Binder::with_capacity(values.len());
        let places = columns.iter().cycle();
        for (value, column) in values.iter().zip(places) {
            if *column == Column::Bound {
                bind(&mut binder, *value)?;
            }
        }
        for (value, column) in values.iter().zip(&columns) {
            if *column == Column::Once {
                bind(&mut binder, *value)?;
            }
        }
        Ok(Insert { text, arguments: binder.finish(), rows: count })
    }

    /// The statement that adds some rows with every value bound.
    pub(super) fn plain(&self, rows: &Values<'_>) -> Result<Insert, sqlx::Error> {
        let count = rows.values.len().checked_div(self.columns).unwrap_or(0);
        let mut binder = Binder::with_capacity(rows.values.len());
        for value in &rows.values {
            bind(&mut binder, *value)?;
        }
        let text = repeated(self.file, count).0.into();
        Ok(Insert { text, arguments: binder.finish(), rows: count })
    }

    fn all_bound(&self) -> Vec<Column> {
        vec![Column::Bound; self.columns]
    }

    fn columns_of(&self, values: &[Value<'_>]) -> Vec<Column> {
        let (first, rest) = values.split_at(self.columns.min(values.len()));
        let mut columns: Vec<Column> = first
            .iter()
            .map(|value| match value {
                Value::Null => Column::Written(None),
                Value::Int(value) => Column::Written(Some(*value)),
                Value::Text(_) | Value::Common(_) => Column::Once,
            })
            .collect();
        for row in rest.chunks(self.columns.max(1)) {
            for ((column, value), one) in columns.iter_mut().zip(row).zip(first) {
                if *column != Column::Bound && value != one {
                    *column = Column::Bound;
                }
            }
        }
        columns
    }

    /// The text for some columns, and the columns that it is for: where the put has too many texts already,
    /// every value is bound.
    fn text(&mut self, columns: Vec<Column>, rows: usize) -> (Vec<Column>, Arc<str>) {
        if rows != ROWS {
            let text = written(self.file, &columns, rows).into();
            return (columns, text);
        }
        let is_full = self.known.len() >= TEXTS_MAX;
        let is_known = self.known.iter().any(|(of, _)| *of == columns);
        let columns = if is_full && !is_known { self.all_bound() } else { columns };
        if let Some((_, text)) = self.known.iter().find(|(of, _)| *of == columns) {
            return (columns, Arc::clone(text));
        }
        let text: Arc<str> = written(self.file, &columns, rows).into();
        self.known.push((columns.clone(), Arc::clone(&text)));
        (columns, text)
    }
}

fn bind(binder: &mut Binder, value: Value<'_>) -> Result<(), sqlx::Error> {
    match value {
        Value::Null => binder.int_or_null(None),
        Value::Int(value) => binder.int(value),
        Value::Text(value) => binder.text(value),
        Value::Common(value) => binder.common_text(value),
    }
}

/// The file's text for so many rows. What is bound once comes behind everything that is bound row by row: `$7`
/// is the seventh argument.
fn written(file: &'static str, columns: &[Column], rows: usize) -> String {
    if columns.iter().all(|column| *column == Column::Bound) {
        return repeated(file, rows).0;
    }
    let bound = columns.iter().filter(|column| **column == Column::Bound).count();
    let mut once = bound.saturating_mul(rows);
    let words: Vec<String> = columns
        .iter()
        .map(|column| match column {
            Column::Bound => "?".to_owned(),
            Column::Written(None) => "NULL".to_owned(),
            Column::Written(Some(value)) => value.to_string(),
            Column::Once => {
                once = once.saturating_add(1);
                format!("${once}")
            }
        })
        .collect();
    let mut parts = file.split(EACH);
    let (before, row, after) = (parts.next(), parts.next(), parts.next());
    let mut words = words.iter();
    let mut values = String::new();
    for letter in row.unwrap_or_default().trim().chars() {
        match letter {
            '?' => values.push_str(words.next().map_or("?", String::as_str)),
            letter => values.push(letter),
        }
    }
    let all = vec![values; rows].join(",");
    [before.unwrap_or_default(), &all, after.unwrap_or_default()].concat()
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, Row};

    use super::*;

    const FILE: &str = "INSERT INTO t (a, b, c, d, e) VALUES /*each*/ (?, ?, 1, ?, ?) /*each*/;";

    #[test]
    fn what_all_rows_say_alike_stands_in_the_text() {
        let columns =
            [Column::Bound, Column::Once, Column::Written(Some(-7)), Column::Written(None)];
        assert_eq!(
            written(FILE, &columns, 2),
            "INSERT INTO t (a, b, c, d, e) VALUES (?, $3, 1, -7, NULL),(?, $3, 1, -7, NULL);"
        );
        let plain = [Column::Bound, Column::Bound, Column::Bound, Column::Bound];
        assert_eq!(
            written(FILE, &plain, 1),
            "INSERT INTO t (a, b, c, d, e) VALUES (?, ?, 1, ?, ?);"
        );
    }

    /// Rows of every kind of column, with `varies` of the four different from row to row.
    async fn stored(inserts: &mut Inserts, conn: &mut SqliteConnection, varies: [bool; 4]) {
        let numbers: Vec<String> = (0..ROWS).map(|n| format!("n{n:04}'?$1")).collect();
        let mut values = Values::with_capacity(ROWS * 4);
        for (n, number) in numbers.iter().enumerate() {
            let text = |varies: bool| if varies { &**number } else { "?2 '$3' --" };
            let whole = i64::try_from(n).unwrap();
            values.text(text(varies[0]));
            values.common_text(text(varies[1]));
            values.int(if varies[2] { whole } else { i64::MIN });
            values.int_or_null(varies[3].then_some(whole).filter(|n| n % 2 == 0));
        }
        sqlx::query("DELETE FROM t").execute(&mut *conn).await.unwrap();
        inserts.of(&values).unwrap().execute(conn, "test").await.unwrap();
        let rows = sqlx::query("SELECT a, b, c, d, e FROM t ORDER BY rowid");
        let rows = rows.fetch_all(conn).await.unwrap();
        assert_eq!(rows.len(), ROWS);
        for (n, (row, number)) in rows.iter().zip(&numbers).enumerate() {
            let text = |varies: bool| if varies { &**number } else { "?2 '$3' --" };
            let whole = i64::try_from(n).unwrap();
            assert_eq!(row.get::<&str, _>(0), text(varies[0]));
            assert_eq!(row.get::<&str, _>(1), text(varies[1]));
            assert_eq!(row.get::<i64, _>(2), 1);
            assert_eq!(row.get::<i64, _>(3), if varies[2] { whole } else { i64::MIN });
            let last = varies[3].then_some(whole).filter(|n| n % 2 == 0);
            assert_eq!(row.get::<Option<i64>, _>(4), last);
        }
    }

    #[tokio::test]
    async fn rows_are_stored_as_they_are_whatever_they_have_alike() {
        let mut conn = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let table = "CREATE TABLE t (a TEXT, b TEXT, c INTEGER, d INTEGER, e INTEGER) STRICT";
        sqlx::query(table).execute(&mut conn).await.unwrap();
        let mut inserts = Inserts::new(FILE, 4);
        for bits in 0..16 {
            let varies = [1, 2, 4, 8].map(|bit| bits & bit != 0);
            stored(&mut inserts, &mut conn, varies).await;
            // Again, by the text that is known, or by the plain one.
            stored(&mut inserts, &mut conn, varies).await;
        }
        assert_eq!(inserts.known.len(), TEXTS_MAX + 1);
    }

    #[test]
    fn every_question_mark_of_the_files_has_a_value() {
        use crate::ledger::sqlite::words::WordTable;
        fn marks<W: WordTable>() -> usize {
            W::TEXTS.insert.split(EACH).nth(1).unwrap_or_default().matches('?').count()
        }
        assert_eq!(marks::<crate::order::Order>(), <crate::order::Order as WordTable>::COLUMNS);
        assert_eq!(
            marks::<crate::reading::Reading>(),
            <crate::reading::Reading as WordTable>::COLUMNS
        );
    }
}

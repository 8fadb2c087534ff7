//! Statements about the rows of lists of keys.

use sqlx::Arguments as _;

use super::dialect::{Arguments, add_list, with_lists};
use super::{Connection, Doing, Outcome, Row};

/// Keys that one statement takes at most.
const KEYS: usize = 5_000;

/// The rows that a statement finds, which takes whole numbers and then lists of texts. Lists are of one
/// length: what stands at one place of them belongs together, and long ones are asked about in parts.
pub(super) async fn fetch(
    conn: &mut Connection,
    doing: &'static str,
    text: &'static str,
    numbers: &[i64],
    lists: &[&[&str]],
) -> Outcome<Vec<Row>> {
    let mut found = Vec::new();
    for arguments in parts(numbers, lists).map_err(sqlx::Error::Encode).doing(doing)? {
        let query = sqlx::query_with(with_lists(text), arguments);
        found.extend(query.fetch_all(&mut *conn).await.doing(doing)?);
    }
    Ok(found)
}

/// Runs a statement that takes what those of [`fetch`] take.
pub(super) async fn execute(
    conn: &mut Connection,
    doing: &'static str,
    text: &'static str,
    numbers: &[i64],
    lists: &[&[&str]],
) -> Outcome<()> {
    for arguments in parts(numbers, lists).map_err(sqlx::Error::Encode).doing(doing)? {
        sqlx::query_with(with_lists(text), arguments).execute(&mut *conn).await.doing(doing)?;
    }
    Ok(())
}

/// The arguments of each part.
fn parts(numbers: &[i64], lists: &[&[&str]]) -> Result<Vec<Arguments>, sqlx::error::BoxDynError> {
    let length = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    let part = |start: usize| {
        let mut arguments = Arguments::default();
        for number in numbers {
            arguments.add(*number)?;
        }
        for list in lists {
            add_list(&mut arguments, list.iter().copied().skip(start).take(KEYS).collect())?;
        }
        Ok(arguments)
    };
    (0..length).step_by(KEYS).map(part).collect()
}

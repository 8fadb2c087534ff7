//! Statements about the rows of lists of keys.

use std::collections::BTreeMap;

use sqlx::Arguments as _;

use super::dialect::{Arguments, add_list, parts_of, with_lists};
use super::{Connection, Doing, Outcome, Row};

/// Keys that one statement takes at most.
const KEYS: usize = crate::ledger::KEYS_TOGETHER;

/// The rows that a statement finds, which takes whole numbers and then lists of texts, the first of order
/// numbers. Lists are of one length: what stands at one place of them belongs together, and long ones are asked
/// about in pieces.
///
/// Where tables are split over several machines, what lives together is asked about together: a list that is of
/// every machine would go to each of them whole.
pub(super) async fn fetch(
    conn: &mut Connection,
    doing: &'static str,
    text: &'static str,
    numbers: &[i64],
    lists: &[&[&str]],
) -> Outcome<Vec<Row>> {
    let mut found = Vec::new();
    for piece in pieces(lists) {
        for piece in apart(conn, doing, piece).await? {
            let arguments = arguments(numbers, piece).map_err(sqlx::Error::Encode).doing(doing)?;
            let query = sqlx::query_with(with_lists(text), arguments);
            found.extend(query.fetch_all(&mut *conn).await.doing(doing)?);
        }
    }
    Ok(found)
}

/// As [`fetch`] for a statement about rows that do not live where the listed order numbers do: those of other
/// orders that name them, or of a table that is not split.
pub(super) async fn fetch_anywhere(
    conn: &mut Connection,
    doing: &'static str,
    text: &'static str,
    order_nos: &[&str],
) -> Outcome<Vec<Row>> {
    let mut found = Vec::new();
    for piece in pieces(&[order_nos]) {
        let arguments = arguments(&[], piece).map_err(sqlx::Error::Encode).doing(doing)?;
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
    for piece in pieces(lists) {
        for piece in apart(conn, doing, piece).await? {
            let arguments = arguments(numbers, piece).map_err(sqlx::Error::Encode).doing(doing)?;
            let query = sqlx::query_with(with_lists(text), arguments);
            query.execute(&mut *conn).await.doing(doing)?;
        }
    }
    Ok(())
}

/// Lists of one length.
type Lists<'k> = Vec<Vec<&'k str>>;

/// The lists, at most [`KEYS`] long each.
fn pieces<'k>(lists: &[&[&'k str]]) -> impl Iterator<Item = Lists<'k>> {
    let length = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    let piece = move |start: usize| {
        lists.iter().map(|list| list.iter().copied().skip(start).take(KEYS).collect()).collect()
    };
    (0..length).step_by(KEYS).map(piece)
}

/// The lists by where the order numbers live that are the first of them.
async fn apart<'k>(
    conn: &mut Connection,
    doing: &'static str,
    lists: Lists<'k>,
) -> Outcome<Vec<Lists<'k>>> {
    let order_nos = lists.first().map_or(&[][..], Vec::as_slice);
    let parts = parts_of(conn, doing, order_nos).await?;
    Ok(parts.map_or_else(|| vec![lists.clone()], |parts| by_part(&lists, &parts)))
}

/// The lists by the part in which each place of them is.
fn by_part<'k>(lists: &[Vec<&'k str>], parts: &[i32]) -> Vec<Lists<'k>> {
    let mut grouped: BTreeMap<i32, Lists<'k>> = BTreeMap::new();
    for (number, list) in lists.iter().enumerate() {
        for (key, part) in list.iter().zip(parts) {
            let group = grouped.entry(*part).or_insert_with(|| vec![Vec::new(); lists.len()]);
            if let Some(list) = group.get_mut(number) {
                list.push(*key);
            }
        }
    }
    grouped.into_values().collect()
}

/// The values of a statement.
fn arguments(numbers: &[i64], lists: Lists<'_>) -> Result<Arguments, sqlx::error::BoxDynError> {
    let mut arguments = Arguments::default();
    for number in numbers {
        arguments.add(*number)?;
    }
    for list in lists {
        add_list(&mut arguments, list)?;
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lives_together_is_asked_about_together_and_lists_stay_aligned() {
        let lists = [vec!["a", "b", "c", "a"], vec!["1", "2", "3", "4"]];
        let expected =
            vec![vec![vec!["b"], vec!["2"]], vec![vec!["a", "c", "a"], vec!["1", "3", "4"]]];
        assert_eq!(by_part(&lists, &[7, 3, 7, 7]), expected);
    }

    #[test]
    fn a_long_list_is_asked_about_in_pieces() {
        let long = vec!["a"; KEYS + 1];
        let lengths = |lists: &[&[&str]]| -> Vec<Vec<usize>> {
            pieces(lists).map(|piece| piece.iter().map(Vec::len).collect()).collect()
        };
        assert_eq!(lengths(&[&long, &long]), [[KEYS, KEYS], [1, 1]]);
        assert_eq!(lengths(&[&[]]), Vec::<Vec<usize>>::new());
    }
}

//! Moving a whole ledger into an empty one, of whichever database: every table of [`super::TABLES`],
//! with the columns that the catalog has, so that a table of a later migration goes along by itself.

use super::failure::{Outcome, unknown};
use super::{Ledger, LedgerError};
use crate::progress::Bar;

/// What a column's name ends with when it is money in fen.
const MONEY: &str = "_minor";
/// The table that no ledger has empty: a copy takes the place of its source, so it takes its identity.
const IDENTITY: &str = "identity";
/// Rows that travel together.
pub(super) const ROWS: usize = 500;

/// One value of one row, whichever the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

/// A table as a ledger has it: its columns, how many rows, and the sum of each column of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSummary {
    /// The table.
    pub name: &'static str,
    /// Its columns, in their order.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: i64,
    /// Each column of money with its sum in fen.
    pub sums: Vec<(String, i64)>,
}

impl TableSummary {
    /// The statement that reads every row.
    pub(super) fn select_text(&self) -> String {
        format!("SELECT {} FROM {}", self.columns.join(", "), self.name)
    }

    /// Finds the first thing in which another ledger's table differs.
    fn check(&self, other: &Self) -> Outcome<()> {
        let differs = |what: &str, here: i64, there: i64| {
            let what = format!("{what} of {}", self.name);
            Err(LedgerError::TransferDiffers { what, here, there })
        };
        if self.rows != other.rows {
            return differs("rows", self.rows, other.rows);
        }
        for (column, sum) in &self.sums {
            let found = other.sums.iter().find(|(name, _)| name == column);
            let found = found.map(|(_, sum)| *sum);
            if found != Some(*sum) {
                return differs(&format!("the sum of {column}"), *sum, found.unwrap_or(0));
            }
        }
        Ok(())
    }
}

/// The statement that counts a table's rows and adds up its columns of money; and these columns.
pub(super) fn summary_text(table: &str, columns: &[String]) -> (String, Vec<String>) {
    let money: Vec<String> =
        columns.iter().filter(|column| column.ends_with(MONEY)).cloned().collect();
    let sum = |column: &String| format!(", CAST(coalesce(sum({column}), 0) AS BIGINT)");
    let sums: String = money.iter().map(sum).collect();
    let text = format!("SELECT count(*){sums} FROM {table}");
    (text, money)
}

/// Makes sure that a ledger that is to be filled has nothing yet, and every column of the other one.
pub(super) fn check_empty(from: &[TableSummary], to: &[TableSummary]) -> Outcome<()> {
    for table in to {
        if table.rows > 0 && table.name != IDENTITY {
            return Err(LedgerError::NotEmpty { table: table.name, rows: table.rows });
        }
        let source = from.iter().find(|source| source.name == table.name);
        let sorted = |table: &TableSummary| {
            let mut columns = table.columns.clone();
            columns.sort();
            columns
        };
        if source.map(sorted) != Some(sorted(table)) {
            return Err(unknown("other columns than its source in a table", table.name));
        }
    }
    Ok(())
}

/// Makes sure that a ledger that was filled has what the other one has.
pub(super) fn check_same(from: &[TableSummary], to: &[TableSummary]) -> Outcome<()> {
    for table in from {
        match to.iter().find(|target| target.name == table.name) {
            Some(target) => table.check(target)?,
            None => return Err(unknown("no table", table.name)),
        }
    }
    Ok(())
}

/// Copies every row of a ledger into an empty one, in one transaction, and compares counts and sums
/// before that is kept. Gives each table as both ledgers have it.
///
/// Nobody may write to the source meanwhile: take its lock.
///
/// # Errors
///
/// [`LedgerError::NotEmpty`] and [`LedgerError::TransferDiffers`], or what failed: the target is then
/// as empty as before.
pub async fn copy(
    from: &dyn Ledger,
    to: &dyn Ledger,
    bar: &Bar,
) -> Result<Vec<(TableSummary, TableSummary)>, LedgerError> {
    let source = from.summaries().await?;
    let rows = source.iter().map(|table| table.rows).fold(0_i64, i64::saturating_add);
    bar.set_total(rows.unsigned_abs());
    let target = to.fill(from, &source, bar).await?;
    Ok(source.into_iter().zip(target).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: i64, sum: i64) -> TableSummary {
        let columns = vec!["order_no".to_owned(), "amount_minor".to_owned()];
        TableSummary {
            name: "reading",
            columns,
            rows,
            sums: vec![("amount_minor".to_owned(), sum)],
        }
    }

    #[test]
    fn a_difference_is_named() {
        let check =
            |other| check_same(&[table(3, 500)], &[other]).map_err(|error| error.to_string());
        assert_eq!(check(table(3, 500)), Ok(()));
        let message = check(table(2, 500)).unwrap_err();
        assert!(message.contains("rows of reading: 3") && message.contains(" 2 "), "{message}");
        let message = check(table(3, 499)).unwrap_err();
        assert!(message.contains("the sum of amount_minor of reading: 500"), "{message}");
        let none = TableSummary { sums: vec![], ..table(3, 0) };
        assert!(check(none).is_err());
        assert!(check_same(&[table(0, 0)], &[]).is_err());
    }

    #[test]
    fn only_an_empty_ledger_with_the_same_columns_is_filled() {
        let source = [table(3, 500)];
        assert!(check_empty(&source, &[table(0, 0)]).is_ok());
        let full = check_empty(&source, &[table(1, 0)]).unwrap_err();
        assert!(matches!(full, LedgerError::NotEmpty { table: "reading", rows: 1 }), "{full}");
        let mut other = table(0, 0);
        other.columns.reverse();
        assert!(check_empty(&source, std::slice::from_ref(&other)).is_ok());
        other.columns.push("later".to_owned());
        assert!(check_empty(&source, &[other]).is_err());
    }

    #[test]
    fn every_column_of_money_is_added_up() {
        let columns = ["order_no", "amount_minor", "fee_minor"].map(str::to_owned);
        let (text, money) = summary_text("reading", &columns);
        assert_eq!(
            text,
            "SELECT count(*), CAST(coalesce(sum(amount_minor), 0) AS BIGINT), \
             CAST(coalesce(sum(fee_minor), 0) AS BIGINT) FROM reading"
        );
        assert_eq!(money, ["amount_minor", "fee_minor"]);
    }
}

//! Why a statement file was not imported.

use crate::intake::IntakeError;
use crate::intake::table::TableError;

/// A statement file cannot be read as a whole, or contradicts itself. Nothing of it was imported.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The file cannot be opened.
    #[error("cannot open {name}")]
    Open {
        /// The file.
        name: String,
        /// The cause.
        source: std::io::Error,
    },
    /// It cannot be read as text, has changed, lacks a column, or has one twice.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// It cannot be read as a workbook or as text in UTF-16.
    #[error(transparent)]
    Table(#[from] TableError),
    /// None of its first rows is the header that was looked for.
    #[error("{name} has no header with {wanted}. {found}{advice}")]
    NoHeader {
        /// The file.
        name: String,
        /// The columns by our names, and the names under which they were looked for.
        wanted: String,
        /// What the likeliest row has.
        found: String,
        /// The lines to write into the configuration.
        advice: String,
    },
    /// A total that the file states is not what its rows add up to.
    #[error(
        "{name} line {line}: {label:?} is {stated}, and its {rows} rows give {sum}: nothing of it \
         was imported; export it again, or, where this adds up something else, write in the \
         configuration\n[account.statement.totals]\n{word:?} = \"ignored\""
    )]
    Totals {
        /// The file.
        name: String,
        /// The line of the total.
        line: i64,
        /// The label in the file, with its column where it stands in a row of sums.
        label: String,
        /// The label alone.
        word: String,
        /// What it states.
        stated: Box<str>,
        /// The rows that were added up.
        rows: u64,
        /// What they give.
        sum: Box<str>,
    },
    /// A configured total is not in the file: the end of an export is what is lost first.
    #[error(
        "{name} has no {label:?} with a number, which [account.statement.totals] names: the file has \
         probably been cut off; export it again"
    )]
    NoTotal {
        /// The file.
        name: String,
        /// The label as configured.
        label: String,
    },
    /// It is not what its form has to be, or does not come to what it states.
    #[error("{name} line {line}: {problem}. Nothing of it was imported; export it again")]
    Form {
        /// The file.
        name: String,
        /// The line.
        line: i64,
        /// What is wrong.
        problem: Box<str>,
    },
    /// Nothing says of which year its rows are.
    #[error(
        "{name}: its times have no year, and its name is not {wanted:?}, which would say it: give it the \
         name back that it was downloaded under, or import it with --date"
    )]
    NoYear {
        /// The file.
        name: String,
        /// `date_in_name`.
        wanted: String,
    },
    /// More rows that are no orders than an account has in a year.
    #[error(
        "{name} has more than {limit} settlements, top-ups and adjustments: map what is a \
         transaction to payment, payout or refund, or to ignored"
    )]
    TooManyMovements {
        /// The file.
        name: String,
        /// How many may be there.
        limit: usize,
    },
}

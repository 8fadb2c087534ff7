//! Files that come in, read in one pass and in bounded memory.
//!
//! A row that cannot be read is a [`Rejection`](crate::order::Rejection); only a file that cannot
//! be read as a whole is an [`IntakeError`].

mod cell;
mod content;
pub mod database;
mod header;
mod long_numbers;
pub mod movements;
pub mod notifications;
mod orders;
mod records;
pub mod resolutions;
mod rows;
mod scan;
pub mod statement;
mod sum_word;
pub mod table;
mod time;
mod totals;

pub(crate) use cell::{amount as amount_of_cell, shown as shown_value};
pub(crate) use header::look;
pub use header::{Head, Looked};
pub use orders::{
    KnownAccount, ORDER_COLUMNS, OrdersFile, OrdersRead, OrdersRequest, Repeated, examine_orders,
    read_orders,
};
pub(crate) use orders::{is_data, likeliest};
pub use totals::{StatedTotal, Tie};

/// A file cannot be read as a whole. Nothing of it was imported.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The file cannot be opened.
    #[error(
        "cannot open {name} ([orders] csv says where the orders of a day are looked for: have they \
         been exported?)"
    )]
    Open {
        /// The file as configured.
        name: String,
        /// The cause.
        source: std::io::Error,
    },
    /// Reading the file failed half-way.
    #[error("cannot read {name}")]
    Read {
        /// The file as configured.
        name: String,
        /// The cause.
        source: std::io::Error,
    },
    /// The file has not even a header.
    #[error(
        "{name} is empty, not even a header: the export has probably failed; export it again \
         (a day without orders is a file with only the header)"
    )]
    Empty {
        /// The file as configured.
        name: String,
    },
    /// The file is of another kind.
    #[error("{name} is {found}, not CSV: {advice}")]
    NotCsv {
        /// The file as configured.
        name: String,
        /// What it is.
        found: &'static str,
        /// What to save instead.
        advice: &'static str,
    },
    /// Columns that are needed are not in the header.
    #[error("{name} has no column for {missing}. {header}{advice}")]
    Columns {
        /// The file as configured.
        name: String,
        /// The missing columns by our names, and the names under which they were looked for.
        missing: String,
        /// What the header has.
        header: String,
        /// The lines to write into the configuration.
        advice: String,
    },
    /// Two columns have the name of one that is needed.
    #[error(
        "{name} has {count} columns named {column:?}: it is not certain which one counts; rename or \
         remove the others"
    )]
    DuplicateColumn {
        /// The file as configured.
        name: String,
        /// The name in the header.
        column: String,
        /// How many columns have it.
        count: usize,
    },
    /// Every long number of a column ends in zeros: a spreadsheet has kept 15 digits of each.
    #[error(
        "{name} line {line}: every long number of the column {column:?} ends in zeros, as {value}: a \
         spreadsheet has cut them to 15 digits, and different orders share one now. Nothing of it was \
         imported; take the file as it was first written, or open it in Excel with this column as text"
    )]
    CutNumbers {
        /// The file as configured.
        name: String,
        /// The first line with such a number.
        line: i64,
        /// The column in the file.
        column: String,
        /// The number.
        value: String,
    },
    /// A column names the zone of its times, and it is not certain which one.
    #[error(
        "{name}: the column {column:?} names the zone of its times, and {problem}: say which zone the \
         file is in, in the configuration\n{section}\ntimezone = \"Asia/Shanghai\""
    )]
    Zone {
        /// The file as configured.
        name: String,
        /// The column.
        column: String,
        /// What is not certain.
        problem: String,
        /// The section of the configuration.
        section: &'static str,
    },
    /// The file was written to while it was being read.
    #[error(
        "{name} changed while it was being read: wait until its export is done and import it again"
    )]
    Changed {
        /// The file as configured.
        name: String,
    },
    /// The merchant's database could not be asked.
    #[error(transparent)]
    Database(#[from] database::DatabaseError),
    /// It cannot be read as a table.
    #[error(transparent)]
    Table(#[from] table::TableError),
    /// A line was lost or counted twice.
    #[error(
        "{name}: {counted} lines were accounted for, and the file has {lines}. That is a fault of \
         duizhang: nothing of the file was imported; please report it with the file's form"
    )]
    Unaccounted {
        /// The file as configured.
        name: String,
        /// What was counted.
        counted: u64,
        /// What is there.
        lines: u64,
    },
    /// Rows cannot be put aside for sorting.
    #[error("cannot sort the rows of {name}")]
    Spool {
        /// The file as configured.
        name: String,
        /// The cause, with what to do.
        source: std::io::Error,
    },
}

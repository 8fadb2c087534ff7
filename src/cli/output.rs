//! Results go to standard output; a reader that has gone away is no failure.

use std::io::{self, Write};

/// Writes text as it is.
pub(crate) fn print(text: &str) {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).unwrap_or(());
}

/// Writes a line.
pub(crate) fn line(text: &str) {
    print(&format!("{text}\n"));
}

/// Makes sure that everything is written.
pub(crate) fn flush() {
    io::stdout().flush().unwrap_or(());
}

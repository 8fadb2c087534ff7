//! Results go to standard output; a reader that has gone away is no failure.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::text;

/// Writes text; what would do something to a terminal is shown as U+FFFD.
pub(crate) fn print(text: &str) {
    let mut out = io::stdout().lock();
    out.write_all(visible(text).as_bytes()).unwrap_or(());
}

/// A text of several lines without what does something to a terminal, wherever it came from: a name in
/// a file, a platform's number.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let is_raw = |c: char| text::is_forbidden(c) && !matches!(c, '\n' | '\t');
    if !text.contains(is_raw) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_raw(c) { '\u{fffd}' } else { c }).collect())
}

/// Writes a line.
pub(crate) fn line(text: &str) {
    print(&format!("{text}\n"));
}

/// How many columns the terminal has; `None` where standard output is none.
pub(crate) fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|width| *width > 0)
}

/// Makes sure that everything is written.
pub(crate) fn flush() {
    io::stdout().flush().unwrap_or(());
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn nothing_that_does_something_to_a_terminal_is_written() {
        assert_eq!(visible("a\tb\n订单"), "a\tb\n订单");
        assert_eq!(visible("A\u{1b}[31m\u{202e}\0\r1"), "A\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}1");
    }
}

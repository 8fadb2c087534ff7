//! Progress on a terminal: bars with rate and time left on standard error; nothing without one.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// All bars of the process, so that log lines can be written between them.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

/// Turns progress bars on if standard error is a terminal and the user did not turn them off.
pub fn enable(wanted: bool) {
    if wanted && io::stderr().is_terminal() {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        // A second call keeps the first one's bars.
        BARS.set(bars).unwrap_or(());
    }
}

/// One line of progress; does nothing where progress is off.
#[derive(Debug, Clone)]
pub struct Bar(Option<ProgressBar>);

impl Bar {
    /// A bar that shows nothing.
    #[must_use]
    pub const fn hidden() -> Self {
        Self(None)
    }

    /// Starts a line with a label; `total` is `None` while nobody knows it.
    pub fn start(label: &str, total: Option<u64>) -> Self {
        let Some(bars) = BARS.get() else { return Self(None) };
        let (bar, template) = match total {
            Some(total) => (
                ProgressBar::new(total),
                "{prefix:<28} {bar:24} {human_pos}/{human_len} {rate} {eta} left",
            ),
            None => (ProgressBar::no_length(), "{prefix:<28} {spinner} {human_pos} {rate}"),
        };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("rate", |state: &ProgressState, line: &mut dyn std::fmt::Write| {
                // A bar that cannot be drawn is no reason to stop.
                write!(line, "{:.0}/s", state.per_sec()).unwrap_or(());
            });
        let bar = bars.add(bar).with_style(style).with_prefix(label.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(Some(bar))
    }

    /// So many more are done.
    pub fn advance(&self, count: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(count);
        }
    }

    /// Now it is known how many there are.
    pub fn set_total(&self, total: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(total);
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Standard error for the log: lines go above the bars.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match BARS.get() {
            Some(bars) => bars.suspend(|| io::stderr().write(bytes)),
            None => io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

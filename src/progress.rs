//! Progress: bars with rate and time left on standard error; without a terminal a line in the log now
//! and then.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::clock::Stopwatch;

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

/// Without a terminal, one line in this time.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// One line of progress.
#[derive(Debug, Clone)]
pub struct Bar(Shown);

#[derive(Debug, Clone)]
enum Shown {
    Nowhere,
    OnTerminal(ProgressBar),
    InLog(Arc<LogLine>),
}

/// What the log says of something that takes its time.
#[derive(Debug)]
struct LogLine {
    label: String,
    since: Stopwatch,
    /// 0 while nobody knows it.
    total: AtomicU64,
    done: AtomicU64,
    /// Lines that were written, so that each span of time has one.
    lines: AtomicU64,
}

impl Bar {
    /// A bar that shows nothing.
    #[must_use]
    pub const fn hidden() -> Self {
        Self(Shown::Nowhere)
    }

    /// Starts a line with a label; `total` is `None` while nobody knows it.
    pub fn start(label: &str, total: Option<u64>) -> Self {
        let Some(bars) = BARS.get() else {
            return Self(Shown::InLog(Arc::new(LogLine {
                label: label.to_owned(),
                since: Stopwatch::start(),
                total: AtomicU64::new(total.unwrap_or(0)),
                done: AtomicU64::new(0),
                lines: AtomicU64::new(0),
            })));
        };
        let (bar, template) = match total {
            Some(total) => (ProgressBar::new(total), WITH_TOTAL),
            None => (ProgressBar::no_length(), WITHOUT_TOTAL),
        };
        let bar = bars.add(bar).with_style(style(template)).with_prefix(label.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(Shown::OnTerminal(bar))
    }

    /// So many more are done.
    pub fn advance(&self, count: u64) {
        match &self.0 {
            Shown::Nowhere => {}
            Shown::OnTerminal(bar) => bar.inc(count),
            Shown::InLog(line) => line.advance(count, line.since.elapsed()),
        }
    }

    /// Now it is known how many there are.
    pub fn set_total(&self, total: u64) {
        match &self.0 {
            Shown::Nowhere => {}
            Shown::OnTerminal(bar) => {
                bar.set_length(total);
                bar.set_style(style(WITH_TOTAL));
            }
            Shown::InLog(line) => line.total.store(total, Ordering::Relaxed),
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Shown::OnTerminal(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Rows that are counted as they go by.
pub fn counted<T>(rows: impl Iterator<Item = T>, bar: Bar) -> impl Iterator<Item = T> {
    rows.inspect(move |_| bar.advance(1))
}

const WITH_TOTAL: &str = "{prefix:<28} {bar:24} {human_pos}/{human_len} {rate} {eta} left";
const WITHOUT_TOTAL: &str = "{prefix:<28} {spinner} {human_pos} {rate}";

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", |state: &ProgressState, line: &mut dyn std::fmt::Write| {
            // A bar that cannot be drawn is no reason to stop.
            write!(line, "{:.0}/s", state.per_sec()).unwrap_or(());
        })
}

impl LogLine {
    fn advance(&self, count: u64, elapsed: Duration) {
        let done = self.done.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        let due = elapsed.as_secs().checked_div(LINE_EVERY.as_secs()).unwrap_or(0);
        // Whoever is first in a span of time writes its line.
        if due > self.lines.fetch_max(due, Ordering::Relaxed) {
            tracing::info!(progress = self.label, "{}", self.line(done, elapsed));
        }
    }

    fn line(&self, done: u64, elapsed: Duration) -> String {
        let seconds = elapsed.as_secs().max(1);
        let rate = done.checked_div(seconds).unwrap_or(0);
        match self.total.load(Ordering::Relaxed) {
            total if total > done && rate > 0 => {
                let left = total.saturating_sub(done).checked_div(rate).unwrap_or(0);
                format!("{done} of {total}, {rate}/s, {left} s left")
            }
            total if total >= done && total > 0 => format!("{done} of {total}, {rate}/s"),
            _ => format!("{done}, {rate}/s"),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn log_line(total: u64) -> LogLine {
        LogLine {
            label: "report".to_owned(),
            since: Stopwatch::start(),
            total: AtomicU64::new(total),
            done: AtomicU64::new(0),
            lines: AtomicU64::new(0),
        }
    }

    #[test]
    fn the_log_says_how_much_is_done_how_fast_and_what_is_left() {
        let table = [
            (1000, 300, 30, "300 of 1000, 10/s, 70 s left"),
            (1000, 1000, 40, "1000 of 1000, 25/s"),
            (1000, 3, 30, "3 of 1000, 0/s"),
            (0, 300, 30, "300, 10/s"),
            (100, 300, 30, "300, 10/s"),
        ];
        for (total, done, seconds, expected) in table {
            let line = log_line(total).line(done, Duration::from_secs(seconds));
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn each_half_minute_has_one_line_at_most() {
        let shown = log_line(0);
        let mut lines = 0;
        for seconds in [0, 29, 30, 31, 59, 60, 200, 201, 209, 210] {
            let before = shown.lines.load(Ordering::Relaxed);
            shown.advance(1, Duration::from_secs(seconds));
            lines += u64::from(shown.lines.load(Ordering::Relaxed) > before);
        }
        assert_eq!(lines, 4);
        assert_eq!(shown.done.load(Ordering::Relaxed), 10);
    }
}

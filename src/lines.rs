//! What became of the lines of a file that came in.
//!
//! Every line is exactly one of the kinds here; an import whose counts do not add up to the lines of
//! its file is an error, never a shorter file.

/// What a line of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// The names of the columns, wherever they are repeated.
    Header,
    /// What stands above the header, and sheets without one.
    Preamble,
    /// A row that was read: kept, or left out because the configuration says so.
    Taken,
    /// A row that was refused.
    Refused,
    /// A total that the file states.
    Total,
    /// A comment, or a line that only separates.
    Comment,
    /// Nothing.
    Blank,
}

/// The lines of a file by what they are. A row that goes over several lines counts with all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounts {
    /// See [`LineKind::Header`].
    pub header: u64,
    /// See [`LineKind::Preamble`].
    pub preamble: u64,
    /// See [`LineKind::Taken`].
    pub taken: u64,
    /// See [`LineKind::Refused`].
    pub refused: u64,
    /// See [`LineKind::Total`].
    pub totals: u64,
    /// See [`LineKind::Comment`].
    pub comments: u64,
    /// See [`LineKind::Blank`].
    pub blank: u64,
}

impl LineCounts {
    /// Counts lines of one kind.
    pub const fn add(&mut self, kind: LineKind, lines: u64) {
        let count = match kind {
            LineKind::Header => &mut self.header,
            LineKind::Preamble => &mut self.preamble,
            LineKind::Taken => &mut self.taken,
            LineKind::Refused => &mut self.refused,
            LineKind::Total => &mut self.totals,
            LineKind::Comment => &mut self.comments,
            LineKind::Blank => &mut self.blank,
        };
        *count = count.saturating_add(lines);
    }

    /// All lines.
    pub fn sum(&self) -> u64 {
        self.all().into_iter().fold(0, |sum, (_, lines)| sum.saturating_add(lines))
    }

    /// The counts as a ledger keeps them; empty where there are none.
    pub fn code(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let counts = self.all().map(|(word, lines)| format!("{word}={lines}"));
        counts.join(" ")
    }

    /// What [`LineCounts::code`] gives.
    pub fn from_code(code: &str) -> Self {
        let of = |wanted: &str| {
            let mut counts = code.split(' ').filter_map(|count| count.split_once('='));
            let count = counts.find(|(word, _)| *word == wanted);
            count.and_then(|(_, lines)| lines.parse().ok()).unwrap_or(0)
        };
        Self {
            header: of("header"),
            preamble: of("preamble"),
            taken: of("taken"),
            refused: of("refused"),
            totals: of("totals"),
            comments: of("comments"),
            blank: of("blank"),
        }
    }

    /// The counts with their words, in the order in which people read a file.
    pub const fn all(&self) -> [(&'static str, u64); 7] {
        [
            ("preamble", self.preamble),
            ("header", self.header),
            ("taken", self.taken),
            ("refused", self.refused),
            ("totals", self.totals),
            ("comments", self.comments),
            ("blank", self.blank),
        ]
    }
}

impl std::fmt::Display for LineCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} lines:", self.sum())?;
        let mut separator = " ";
        for (word, lines) in self.all().into_iter().filter(|(_, lines)| *lines > 0) {
            write!(f, "{separator}{lines} {word}")?;
            separator = ", ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_shown_and_kept() {
        let mut counts = LineCounts::default();
        assert_eq!((counts.code(), LineCounts::from_code("")), (String::new(), counts));
        counts.add(LineKind::Header, 1);
        counts.add(LineKind::Taken, 20);
        counts.add(LineKind::Blank, 3);
        assert_eq!(counts.to_string(), "24 lines: 1 header, 20 taken, 3 blank");
        assert_eq!(LineCounts::from_code(&counts.code()), counts);
    }
}
